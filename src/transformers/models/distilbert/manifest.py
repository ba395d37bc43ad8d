"""Facts about DistilBERT from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"distilbert": "DistilBertConfig"},
    "heads": {
        "AutoModel": {"distilbert": ["DistilBertModel"]},
        "AutoModelForMaskedLM": {"distilbert": ["DistilBertForMaskedLM"]},
        "AutoModelForMultipleChoice": {"distilbert": ["DistilBertForMultipleChoice"]},
        "AutoModelForPreTraining": {"distilbert": ["DistilBertForMaskedLM"]},
        "AutoModelForQuestionAnswering": {"distilbert": ["DistilBertForQuestionAnswering"]},
        "AutoModelForSequenceClassification": {"distilbert": ["DistilBertForSequenceClassification"]},
        "AutoModelForTextEncoding": {"distilbert": ["DistilBertModel"]},
        "AutoModelForTokenClassification": {"distilbert": ["DistilBertForTokenClassification"]},
        "AutoModelWithLMHead": {"distilbert": ["DistilBertForMaskedLM"]},
    },
    "tokenizer": {"distilbert": ["DistilBertTokenizer", "DistilBertTokenizerFast"]},
    "processors": {},
    "aliases": {"TFDistilBertMainLayer": "TFDistilBertModel"},
    "docs": {
        "title": "DistilBERT",
        "paper": "arXiv:1910.01108",
        "summary": "Half of BERT's layers, trained to answer as BERT does: smaller, faster.",
    },
}
