"""Facts about BARTpho from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {},
    "heads": {},
    "tokenizer": {"bartpho": ["BartphoTokenizer"]},
    "processors": {},
    "aliases": {},
    "docs": {"title": "BARTpho"},
}
