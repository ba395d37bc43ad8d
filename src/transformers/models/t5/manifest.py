"""Facts about T5 from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"t5": "T5Config"},
    "heads": {
        "AutoModel": {"t5": ["T5Model"]},
        "AutoModelForPreTraining": {"t5": ["T5ForConditionalGeneration"]},
        "AutoModelForQuestionAnswering": {"t5": ["T5ForQuestionAnswering"]},
        "AutoModelForSeq2SeqLM": {"t5": ["T5ForConditionalGeneration"]},
        "AutoModelForSequenceClassification": {"t5": ["T5ForSequenceClassification"]},
        "AutoModelForTextEncoding": {"t5": ["T5EncoderModel"]},
        "AutoModelForTokenClassification": {"t5": ["T5ForTokenClassification"]},
        "AutoModelWithLMHead": {"t5": ["T5ForConditionalGeneration"]},
    },
    "tokenizer": {"t5": ["T5Tokenizer", "T5TokenizerFast"]},
    "processors": {},
    "aliases": {},
    "docs": {
        "title": "T5",
        "paper": "arXiv:1910.10683",
        "summary": "Encoder-decoder for which every task is text to text; also T5 1.1, FLAN-T5, UL2, ByT5.",
    },
}
