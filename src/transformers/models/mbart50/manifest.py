"""Facts about mBART-50 from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {},
    "heads": {},
    "tokenizer": {"mbart50": ["MBart50Tokenizer", "MBart50TokenizerFast"]},
    "processors": {},
    "aliases": {},
    "docs": {"title": "mBART-50"},
}
