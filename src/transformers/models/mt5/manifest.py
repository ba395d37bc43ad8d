"""Facts about mT5 from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"mt5": "MT5Config"},
    "heads": {
        "AutoModel": {"mt5": ["MT5Model"]},
        "AutoModelForQuestionAnswering": {"mt5": ["MT5ForQuestionAnswering"]},
        "AutoModelForSeq2SeqLM": {"mt5": ["MT5ForConditionalGeneration"]},
        "AutoModelForSequenceClassification": {"mt5": ["MT5ForSequenceClassification"]},
        "AutoModelForTextEncoding": {"mt5": ["MT5EncoderModel"]},
        "AutoModelForTokenClassification": {"mt5": ["MT5ForTokenClassification"]},
    },
    "tokenizer": {"mt5": ["T5Tokenizer", "T5TokenizerFast"]},
    "processors": {},
    "aliases": {},
    "docs": {
        "title": "mT5",
        "paper": "arXiv:2010.11934",
        "summary": "T5 trained on a hundred languages.",
    },
}
