"""Facts about Code Llama from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {},
    "heads": {},
    "tokenizer": {"code_llama": ["CodeLlamaTokenizer", "CodeLlamaTokenizerFast"]},
    "processors": {},
    "aliases": {},
    "docs": {"title": "Code Llama"},
}
