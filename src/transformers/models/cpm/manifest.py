"""Facts about CPM from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {},
    "heads": {},
    "tokenizer": {"cpm": ["CpmTokenizer", "CpmTokenizerFast"]},
    "processors": {},
    "aliases": {},
    "docs": {"title": "CPM"},
}
