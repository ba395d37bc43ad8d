"""Facts about Gemma from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {},
    "heads": {},
    "tokenizer": {"gemma": ["GemmaTokenizer", "GemmaTokenizerFast"]},
    "processors": {},
    "aliases": {},
    "docs": {"title": "Gemma"},
}
