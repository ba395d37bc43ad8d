"""Facts about BART from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"bart": "BartConfig"},
    "heads": {
        "AutoModel": {"bart": ["BartModel"]},
        "AutoModelForCausalLM": {"bart": ["BartForCausalLM"]},
        "AutoModelForMaskedLM": {"bart": ["BartForConditionalGeneration"]},
        "AutoModelForPreTraining": {"bart": ["BartForConditionalGeneration"]},
        "AutoModelForQuestionAnswering": {"bart": ["BartForQuestionAnswering"]},
        "AutoModelForSeq2SeqLM": {"bart": ["BartForConditionalGeneration"]},
        "AutoModelForSequenceClassification": {"bart": ["BartForSequenceClassification"]},
        "AutoModelWithLMHead": {"bart": ["BartForConditionalGeneration"]},
    },
    "tokenizer": {"bart": ["BartTokenizer", "BartTokenizerFast"]},
    "processors": {},
    "aliases": {},
    "docs": {
        "title": "BART",
        "paper": "arXiv:1910.13461",
        "summary": "Encoder-decoder trained to restore text that was corrupted in many ways.",
    },
}
