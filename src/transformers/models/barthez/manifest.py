"""Facts about BARThez from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {},
    "heads": {},
    "tokenizer": {"barthez": ["BarthezTokenizer", "BarthezTokenizerFast"]},
    "processors": {},
    "aliases": {},
    "docs": {"title": "BARThez"},
}
