"""Facts about Wav2Vec2 from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"wav2vec2": "Wav2Vec2Config"},
    "heads": {
        "AutoModel": {"wav2vec2": ["Wav2Vec2Model"]},
        "AutoModelForAudioClassification": {"wav2vec2": ["Wav2Vec2ForSequenceClassification"]},
        "AutoModelForAudioFrameClassification": {"wav2vec2": ["Wav2Vec2ForAudioFrameClassification"]},
        "AutoModelForAudioXVector": {"wav2vec2": ["Wav2Vec2ForXVector"]},
        "AutoModelForCTC": {"wav2vec2": ["Wav2Vec2ForCTC"]},
        "AutoModelForMaskedLM": {"wav2vec2": ["Wav2Vec2ForMaskedLM"]},
        "AutoModelForPreTraining": {"wav2vec2": ["Wav2Vec2ForPreTraining"]},
        "AutoModelWithLMHead": {"wav2vec2": ["Wav2Vec2ForMaskedLM"]},
    },
    "tokenizer": {},
    "processors": {},
    "aliases": {},
    "docs": {
        "title": "Wav2Vec2",
        "paper": "arXiv:2006.11477",
        "summary": "Speech encoder that reads the waveform, pretrained to tell masked frames from others.",
    },
}
