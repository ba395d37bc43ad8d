"""Facts about encoder-decoder pairs from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"encoder-decoder": "EncoderDecoderConfig"},
    "heads": {
        "AutoModelForSeq2SeqLM": {"encoder-decoder": ["EncoderDecoderModel"]},
        "AutoModelWithLMHead": {"encoder-decoder": ["EncoderDecoderModel"]},
    },
    "tokenizer": {},
    "processors": {},
    "aliases": {},
    "docs": {
        "title": "Encoder-decoder pairs",
        "paper": "arXiv:1907.12461",
        "summary": "Any text encoder and any decoder that can attend to it, joined into one model.",
    },
}
