"""Facts about XLNet from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"xlnet": "XLNetConfig"},
    "heads": {
        "AutoModel": {"xlnet": ["XLNetModel"]},
        "AutoModelForCausalLM": {"xlnet": ["XLNetLMHeadModel"]},
        "AutoModelForMultipleChoice": {"xlnet": ["XLNetForMultipleChoice"]},
        "AutoModelForPreTraining": {"xlnet": ["XLNetLMHeadModel"]},
        "AutoModelForQuestionAnswering": {"xlnet": ["XLNetForQuestionAnsweringSimple"]},
        "AutoModelForSequenceClassification": {"xlnet": ["XLNetForSequenceClassification"]},
        "AutoModelForTokenClassification": {"xlnet": ["XLNetForTokenClassification"]},
        "AutoModelWithLMHead": {"xlnet": ["XLNetLMHeadModel"]},
    },
    "tokenizer": {"xlnet": ["XLNetTokenizer", "XLNetTokenizerFast"]},
    "processors": {},
    "aliases": {"TFXLNetMainLayer": "TFXLNetModel"},
    "docs": {
        "title": "XLNet",
        "paper": "arXiv:1906.08237",
        "summary": "Predicts words in every order, with two streams of attention and memory of earlier text.",
    },
}
