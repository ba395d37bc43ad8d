"""Facts about Mistral from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"mistral": "MistralConfig"},
    "heads": {
        "AutoModel": {"mistral": ["MistralModel"]},
        "AutoModelForCausalLM": {"mistral": ["MistralForCausalLM"]},
        "AutoModelForQuestionAnswering": {"mistral": ["MistralForQuestionAnswering"]},
        "AutoModelForSequenceClassification": {"mistral": ["MistralForSequenceClassification"]},
        "AutoModelForTokenClassification": {"mistral": ["MistralForTokenClassification"]},
    },
    "tokenizer": {"mistral": ["LlamaTokenizer", "LlamaTokenizerFast"]},
    "processors": {},
    "aliases": {},
    "docs": {
        "title": "Mistral",
        "paper": "arXiv:2310.06825",
        "summary": "Llama's decoder with grouped key/value heads and a sliding window.",
    },
}
