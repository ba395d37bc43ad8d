"""Facts about Llama from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"llama": "LlamaConfig", "code_llama": "LlamaConfig"},
    "heads": {
        "AutoModel": {"llama": ["LlamaModel"], "code_llama": ["LlamaModel"]},
        "AutoModelForCausalLM": {"llama": ["LlamaForCausalLM"], "code_llama": ["LlamaForCausalLM"]},
        "AutoModelForQuestionAnswering": {"llama": ["LlamaForQuestionAnswering"]},
        "AutoModelForSequenceClassification": {
            "llama": ["LlamaForSequenceClassification"],
            "code_llama": ["LlamaForSequenceClassification"],
        },
        "AutoModelForTokenClassification": {"llama": ["LlamaForTokenClassification"]},
    },
    "tokenizer": {"llama": ["LlamaTokenizer", "LlamaTokenizerFast"]},
    "processors": {},
    "aliases": {},
    "docs": {
        "title": "LLaMA",
        "paper": "arXiv:2302.13971",
        "summary": "Text decoder with rotary positions and gated layers; also Llama 2 and 3, Code Llama.",
    },
}
