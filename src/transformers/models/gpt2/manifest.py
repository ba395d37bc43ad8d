"""Facts about GPT-2 from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"gpt2": "GPT2Config", "gpt-sw3": "GPT2Config"},
    "heads": {
        "AutoModel": {"gpt2": ["GPT2Model"], "gpt-sw3": ["GPT2Model"]},
        "AutoModelForCausalLM": {"gpt2": ["GPT2LMHeadModel"], "gpt-sw3": ["GPT2LMHeadModel"]},
        "AutoModelForPreTraining": {"gpt2": ["GPT2LMHeadModel"], "gpt-sw3": ["GPT2LMHeadModel"]},
        "AutoModelForQuestionAnswering": {"gpt2": ["GPT2ForQuestionAnswering"]},
        "AutoModelForSequenceClassification": {
            "gpt2": ["GPT2ForSequenceClassification"],
            "gpt-sw3": ["GPT2ForSequenceClassification"],
        },
        "AutoModelForTokenClassification": {
            "gpt2": ["GPT2ForTokenClassification"],
            "gpt-sw3": ["GPT2ForTokenClassification"],
        },
        "AutoModelWithLMHead": {"gpt2": ["GPT2LMHeadModel"], "gpt-sw3": ["GPT2LMHeadModel"]},
    },
    "tokenizer": {"gpt2": ["GPT2Tokenizer", "GPT2TokenizerFast"]},
    "processors": {},
    "aliases": {"TFGPT2MainLayer": "TFGPT2Model"},
    "docs": {
        "title": "GPT-2",
        "paper": "Language Models are Unsupervised Multitask Learners (Radford et al., 2019)",
        "summary": "Text decoder that predicts the next token; the first of the large language models.",
    },
}
