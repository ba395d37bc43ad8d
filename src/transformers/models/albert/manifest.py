"""Facts about ALBERT from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"albert": "AlbertConfig"},
    "heads": {
        "AutoModel": {"albert": ["AlbertModel"]},
        "AutoModelForMaskedLM": {"albert": ["AlbertForMaskedLM"]},
        "AutoModelForMultipleChoice": {"albert": ["AlbertForMultipleChoice"]},
        "AutoModelForPreTraining": {"albert": ["AlbertForPreTraining"]},
        "AutoModelForQuestionAnswering": {"albert": ["AlbertForQuestionAnswering"]},
        "AutoModelForSequenceClassification": {"albert": ["AlbertForSequenceClassification"]},
        "AutoModelForTextEncoding": {"albert": ["AlbertModel"]},
        "AutoModelForTokenClassification": {"albert": ["AlbertForTokenClassification"]},
        "AutoModelWithLMHead": {"albert": ["AlbertForMaskedLM"]},
    },
    "tokenizer": {"albert": ["AlbertTokenizer", "AlbertTokenizerFast"]},
    "processors": {},
    "aliases": {"TFAlbertMainLayer": "TFAlbertModel"},
    "docs": {
        "title": "ALBERT",
        "paper": "arXiv:1909.11942",
        "summary": "BERT with the weights of one layer for all, and embeddings narrower than the layers.",
    },
}
