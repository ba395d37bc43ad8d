"""Facts about Marian from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"marian": "MarianConfig"},
    "heads": {
        "AutoModel": {"marian": ["MarianModel"]},
        "AutoModelForCausalLM": {"marian": ["MarianForCausalLM"]},
        "AutoModelForSeq2SeqLM": {"marian": ["MarianMTModel"]},
        "AutoModelWithLMHead": {"marian": ["MarianMTModel"]},
    },
    "tokenizer": {"marian": ["MarianTokenizer"]},
    "processors": {},
    "aliases": {},
    "docs": {
        "title": "Marian",
        "paper": "arXiv:1804.00344",
        "summary": "Translation models, one for each pair of languages.",
    },
}
