"""Facts about GPT-J from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"gptj": "GPTJConfig"},
    "heads": {
        "AutoModel": {"gptj": ["GPTJModel"]},
        "AutoModelForCausalLM": {"gptj": ["GPTJForCausalLM"]},
        "AutoModelForQuestionAnswering": {"gptj": ["GPTJForQuestionAnswering"]},
        "AutoModelForSequenceClassification": {"gptj": ["GPTJForSequenceClassification"]},
        "AutoModelWithLMHead": {"gptj": ["GPTJForCausalLM"]},
    },
    "tokenizer": {"gptj": ["GPT2Tokenizer", "GPT2TokenizerFast"]},
    "processors": {},
    "aliases": {},
    "docs": {
        "title": "GPT-J",
        "paper": "https://github.com/kingoflolz/mesh-transformer-jax",
        "summary": "Text decoder with rotary positions and a single norm a layer, trained on the Pile.",
    },
}
