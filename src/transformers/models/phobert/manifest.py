"""Facts about PhoBERT from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {},
    "heads": {},
    "tokenizer": {"phobert": ["PhobertTokenizer"]},
    "processors": {},
    "aliases": {},
    "docs": {"title": "PhoBERT"},
}
