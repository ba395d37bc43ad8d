"""Facts about Qwen2 from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"qwen2": "Qwen2Config"},
    "heads": {
        "AutoModel": {"qwen2": ["Qwen2Model"]},
        "AutoModelForCausalLM": {"qwen2": ["Qwen2ForCausalLM"]},
        "AutoModelForQuestionAnswering": {"qwen2": ["Qwen2ForQuestionAnswering"]},
        "AutoModelForSequenceClassification": {"qwen2": ["Qwen2ForSequenceClassification"]},
        "AutoModelForTokenClassification": {"qwen2": ["Qwen2ForTokenClassification"]},
    },
    "tokenizer": {"qwen2": ["Qwen2Tokenizer", "Qwen2TokenizerFast"]},
    "docs": {
        "title": "Qwen2",
        "paper": "arXiv:2407.10671",
        "summary": "Llama's decoder with biased queries, keys and values; trained on many languages.",
    },
}
