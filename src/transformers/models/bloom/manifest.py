"""Facts about BLOOM from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"bloom": "BloomConfig"},
    "heads": {
        "AutoModel": {"bloom": ["BloomModel"]},
        "AutoModelForCausalLM": {"bloom": ["BloomForCausalLM"]},
        "AutoModelForPreTraining": {"bloom": ["BloomForCausalLM"]},
        "AutoModelForQuestionAnswering": {"bloom": ["BloomForQuestionAnswering"]},
        "AutoModelForSequenceClassification": {"bloom": ["BloomForSequenceClassification"]},
        "AutoModelForTokenClassification": {"bloom": ["BloomForTokenClassification"]},
        "AutoModelWithLMHead": {"bloom": ["BloomForCausalLM"]},
    },
    "tokenizer": {"bloom": ["BloomTokenizerFast"]},
    "processors": {},
    "aliases": {},
    "docs": {
        "title": "BLOOM",
        "paper": "arXiv:2211.05100",
        "summary": "Text decoder without position embeddings, trained on 46 languages and 13 of programming.",
    },
}
