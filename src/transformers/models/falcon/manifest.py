"""Facts about Falcon from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"falcon": "FalconConfig"},
    "heads": {
        "AutoModel": {"falcon": ["FalconModel"]},
        "AutoModelForCausalLM": {"falcon": ["FalconForCausalLM"]},
        "AutoModelForQuestionAnswering": {"falcon": ["FalconForQuestionAnswering"]},
        "AutoModelForSequenceClassification": {"falcon": ["FalconForSequenceClassification"]},
        "AutoModelForTokenClassification": {"falcon": ["FalconForTokenClassification"]},
    },
    "tokenizer": {"falcon": ["PreTrainedTokenizerFast"]},
    "processors": {},
    "aliases": {},
    "docs": {
        "title": "Falcon",
        "paper": "arXiv:2311.16867",
        "summary": "Text decoder whose query heads share one key/value head, or a few, for fast generation.",
    },
}
