"""Facts about OPT from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"opt": "OPTConfig"},
    "heads": {
        "AutoModel": {"opt": ["OPTModel"]},
        "AutoModelForCausalLM": {"opt": ["OPTForCausalLM"]},
        "AutoModelForQuestionAnswering": {"opt": ["OPTForQuestionAnswering"]},
        "AutoModelForSequenceClassification": {"opt": ["OPTForSequenceClassification"]},
    },
    "tokenizer": {"opt": ["GPT2Tokenizer", "GPT2TokenizerFast"]},
    "processors": {},
    "aliases": {},
    "docs": {
        "title": "OPT",
        "paper": "arXiv:2205.01068",
        "summary": "Text decoder with learned positions, trained openly at the sizes of GPT-3.",
    },
}
