"""Facts about PEGASUS from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"pegasus": "PegasusConfig"},
    "heads": {
        "AutoModel": {"pegasus": ["PegasusModel"]},
        "AutoModelForCausalLM": {"pegasus": ["PegasusForCausalLM"]},
        "AutoModelForSeq2SeqLM": {"pegasus": ["PegasusForConditionalGeneration"]},
    },
    "tokenizer": {"pegasus": ["PegasusTokenizer", "PegasusTokenizerFast"]},
    "processors": {},
    "aliases": {},
    "docs": {
        "title": "PEGASUS",
        "paper": "arXiv:1912.08777",
        "summary": "Encoder-decoder trained to fill in whole sentences, for summaries.",
    },
}
