"""Facts about MPNet from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"mpnet": "MPNetConfig"},
    "heads": {
        "AutoModel": {"mpnet": ["MPNetModel"]},
        "AutoModelForMaskedLM": {"mpnet": ["MPNetForMaskedLM"]},
        "AutoModelForMultipleChoice": {"mpnet": ["MPNetForMultipleChoice"]},
        "AutoModelForPreTraining": {"mpnet": ["MPNetForMaskedLM"]},
        "AutoModelForQuestionAnswering": {"mpnet": ["MPNetForQuestionAnswering"]},
        "AutoModelForSequenceClassification": {"mpnet": ["MPNetForSequenceClassification"]},
        "AutoModelForTextEncoding": {"mpnet": ["MPNetModel"]},
        "AutoModelForTokenClassification": {"mpnet": ["MPNetForTokenClassification"]},
        "AutoModelWithLMHead": {"mpnet": ["MPNetForMaskedLM"]},
    },
    "tokenizer": {"mpnet": ["MPNetTokenizer", "MPNetTokenizerFast"]},
    "processors": {},
    "aliases": {"TFMPNetMainLayer": "TFMPNetModel"},
    "docs": {
        "title": "MPNet",
        "paper": "arXiv:2004.09297",
        "summary": "Encoder pretrained on masked words in permuted order, with relative positions.",
    },
}
