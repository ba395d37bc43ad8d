"""Facts about M2M-100 from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"m2m_100": "M2M100Config"},
    "heads": {
        "AutoModel": {"m2m_100": ["M2M100Model"]},
        "AutoModelForSeq2SeqLM": {"m2m_100": ["M2M100ForConditionalGeneration"]},
        "AutoModelWithLMHead": {"m2m_100": ["M2M100ForConditionalGeneration"]},
    },
    "tokenizer": {"m2m_100": ["M2M100Tokenizer"]},
    "processors": {},
    "aliases": {},
    "docs": {
        "title": "M2M-100",
        "paper": "arXiv:2010.11125",
        "summary": "Translation among a hundred languages by one model.",
    },
}
