"""Facts about ELECTRA from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"electra": "ElectraConfig"},
    "heads": {
        "AutoModel": {"electra": ["ElectraModel"]},
        "AutoModelForCausalLM": {"electra": ["ElectraForCausalLM"]},
        "AutoModelForMaskedLM": {"electra": ["ElectraForMaskedLM"]},
        "AutoModelForMultipleChoice": {"electra": ["ElectraForMultipleChoice"]},
        "AutoModelForPreTraining": {"electra": ["ElectraForPreTraining"]},
        "AutoModelForQuestionAnswering": {"electra": ["ElectraForQuestionAnswering"]},
        "AutoModelForSequenceClassification": {"electra": ["ElectraForSequenceClassification"]},
        "AutoModelForTextEncoding": {"electra": ["ElectraModel"]},
        "AutoModelForTokenClassification": {"electra": ["ElectraForTokenClassification"]},
        "AutoModelWithLMHead": {"electra": ["ElectraForMaskedLM"]},
    },
    "tokenizer": {"electra": ["ElectraTokenizer", "ElectraTokenizerFast"]},
    "processors": {},
    "aliases": {},
    "docs": {
        "title": "ELECTRA",
        "paper": "arXiv:2003.10555",
        "summary": "Encoder that learns to tell replaced words from original ones.",
    },
}
