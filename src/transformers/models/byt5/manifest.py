"""Facts about ByT5 from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {},
    "heads": {},
    "tokenizer": {"byt5": ["ByT5Tokenizer"]},
    "processors": {},
    "aliases": {},
    "docs": {"title": "ByT5"},
}
