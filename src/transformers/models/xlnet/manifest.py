"""Facts about XLNet from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {},
    "heads": {},
    "tokenizer": {"xlnet": ["XLNetTokenizer", "XLNetTokenizerFast"]},
    "processors": {},
    "aliases": {},
    "docs": {"title": "XLNet"},
}
