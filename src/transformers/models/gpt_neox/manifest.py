"""Facts about GPT-NeoX from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"gpt_neox": "GPTNeoXConfig"},
    "heads": {
        "AutoModel": {"gpt_neox": ["GPTNeoXModel"]},
        "AutoModelForCausalLM": {"gpt_neox": ["GPTNeoXForCausalLM"]},
        "AutoModelForQuestionAnswering": {"gpt_neox": ["GPTNeoXForQuestionAnswering"]},
        "AutoModelForSequenceClassification": {"gpt_neox": ["GPTNeoXForSequenceClassification"]},
        "AutoModelForTokenClassification": {"gpt_neox": ["GPTNeoXForTokenClassification"]},
        "AutoModelWithLMHead": {"gpt_neox": ["GPTNeoXForCausalLM"]},
    },
    "tokenizer": {"gpt_neox": ["GPTNeoXTokenizerFast"]},
    "processors": {},
    "aliases": {},
    "docs": {
        "title": "GPT NeoX",
        "paper": "arXiv:2204.06745",
        "summary": "Text decoder with rotary positions whose two halves of a layer run side by side.",
    },
}
