"""Facts about mBART from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"mbart": "MBartConfig"},
    "heads": {
        "AutoModel": {"mbart": ["MBartModel"]},
        "AutoModelForCausalLM": {"mbart": ["MBartForCausalLM"]},
        "AutoModelForMaskedLM": {"mbart": ["MBartForConditionalGeneration"]},
        "AutoModelForQuestionAnswering": {"mbart": ["MBartForQuestionAnswering"]},
        "AutoModelForSeq2SeqLM": {"mbart": ["MBartForConditionalGeneration"]},
        "AutoModelForSequenceClassification": {"mbart": ["MBartForSequenceClassification"]},
    },
    "tokenizer": {"mbart": ["MBartTokenizer", "MBartTokenizerFast"]},
    "processors": {},
    "aliases": {},
    "docs": {
        "title": "mBART",
        "paper": "arXiv:2001.08210",
        "summary": "BART trained on many languages at once, for translation.",
    },
}
