"""Facts about NLLB from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {},
    "heads": {},
    "tokenizer": {"nllb": ["NllbTokenizer", "NllbTokenizerFast"]},
    "processors": {},
    "aliases": {},
    "docs": {"title": "NLLB"},
}
