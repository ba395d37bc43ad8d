"""Facts about TAPEX from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {},
    "heads": {},
    "tokenizer": {"tapex": ["TapexTokenizer"]},
    "processors": {},
    "aliases": {},
    "docs": {"title": "TAPEX"},
}
