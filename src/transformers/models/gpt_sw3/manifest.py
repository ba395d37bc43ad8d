"""Facts about GPT-SW3 from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {},
    "heads": {},
    "tokenizer": {"gpt-sw3": ["GPTSw3Tokenizer"]},
    "processors": {},
    "aliases": {},
    "docs": {"title": "GPT-SW3"},
}
