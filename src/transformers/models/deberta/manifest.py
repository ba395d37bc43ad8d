"""Facts about DeBERTa from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"deberta": "DebertaConfig"},
    "heads": {
        "AutoModel": {"deberta": ["DebertaModel"]},
        "AutoModelForMaskedLM": {"deberta": ["DebertaForMaskedLM"]},
        "AutoModelForPreTraining": {"deberta": ["DebertaForMaskedLM"]},
        "AutoModelForQuestionAnswering": {"deberta": ["DebertaForQuestionAnswering"]},
        "AutoModelForSequenceClassification": {"deberta": ["DebertaForSequenceClassification"]},
        "AutoModelForTextEncoding": {"deberta": ["DebertaModel"]},
        "AutoModelForTokenClassification": {"deberta": ["DebertaForTokenClassification"]},
        "AutoModelWithLMHead": {"deberta": ["DebertaForMaskedLM"]},
    },
    "tokenizer": {"deberta": ["DebertaTokenizer", "DebertaTokenizerFast"]},
    "processors": {},
    "aliases": {},
    "docs": {
        "title": "DeBERTa",
        "paper": "arXiv:2006.03654",
        "summary": "Encoder whose attention treats what a token is and where it stands apart.",
    },
}
