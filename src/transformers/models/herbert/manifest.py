"""Facts about HerBERT from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {},
    "heads": {},
    "tokenizer": {"herbert": ["HerbertTokenizer", "HerbertTokenizerFast"]},
    "processors": {},
    "aliases": {},
    "docs": {"title": "HerBERT"},
}
