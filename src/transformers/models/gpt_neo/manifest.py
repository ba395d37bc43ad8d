"""Facts about GPT Neo from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"gpt_neo": "GPTNeoConfig"},
    "heads": {
        "AutoModel": {"gpt_neo": ["GPTNeoModel"]},
        "AutoModelForCausalLM": {"gpt_neo": ["GPTNeoForCausalLM"]},
        "AutoModelForQuestionAnswering": {"gpt_neo": ["GPTNeoForQuestionAnswering"]},
        "AutoModelForSequenceClassification": {"gpt_neo": ["GPTNeoForSequenceClassification"]},
        "AutoModelForTokenClassification": {"gpt_neo": ["GPTNeoForTokenClassification"]},
        "AutoModelWithLMHead": {"gpt_neo": ["GPTNeoForCausalLM"]},
    },
    "tokenizer": {"gpt_neo": ["GPT2Tokenizer", "GPT2TokenizerFast"]},
    "processors": {},
    "aliases": {},
    "docs": {
        "title": "GPT Neo",
        "paper": "doi:10.5281/zenodo.5297715",
        "summary": "GPT-2's decoder, in which every second layer attends to a window of recent tokens.",
    },
}
