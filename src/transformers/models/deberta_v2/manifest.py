"""Facts about DeBERTa-v2 from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"deberta-v2": "DebertaV2Config"},
    "heads": {
        "AutoModel": {"deberta-v2": ["DebertaV2Model"]},
        "AutoModelForMaskedLM": {"deberta-v2": ["DebertaV2ForMaskedLM"]},
        "AutoModelForMultipleChoice": {"deberta-v2": ["DebertaV2ForMultipleChoice"]},
        "AutoModelForPreTraining": {"deberta-v2": ["DebertaV2ForMaskedLM"]},
        "AutoModelForQuestionAnswering": {"deberta-v2": ["DebertaV2ForQuestionAnswering"]},
        "AutoModelForSequenceClassification": {"deberta-v2": ["DebertaV2ForSequenceClassification"]},
        "AutoModelForTextEncoding": {"deberta-v2": ["DebertaV2Model"]},
        "AutoModelForTokenClassification": {"deberta-v2": ["DebertaV2ForTokenClassification"]},
        "AutoModelWithLMHead": {"deberta-v2": ["DebertaV2ForMaskedLM"]},
    },
    "tokenizer": {"deberta-v2": ["DebertaV2Tokenizer", "DebertaV2TokenizerFast"]},
    "processors": {},
    "aliases": {},
    "docs": {
        "title": "DeBERTa-v2",
        "paper": "arXiv:2111.09543",
        "summary": "DeBERTa with ranges of distance and SentencePiece; v3 learns as ELECTRA does.",
    },
}
