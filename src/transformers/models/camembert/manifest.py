"""Facts about CamemBERT from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"camembert": "CamembertConfig"},
    "heads": {
        "AutoModel": {"camembert": ["CamembertModel"]},
        "AutoModelForCausalLM": {"camembert": ["CamembertForCausalLM"]},
        "AutoModelForMaskedLM": {"camembert": ["CamembertForMaskedLM"]},
        "AutoModelForMultipleChoice": {"camembert": ["CamembertForMultipleChoice"]},
        "AutoModelForPreTraining": {"camembert": ["CamembertForMaskedLM"]},
        "AutoModelForQuestionAnswering": {"camembert": ["CamembertForQuestionAnswering"]},
        "AutoModelForSequenceClassification": {"camembert": ["CamembertForSequenceClassification"]},
        "AutoModelForTokenClassification": {"camembert": ["CamembertForTokenClassification"]},
        "AutoModelWithLMHead": {"camembert": ["CamembertForMaskedLM"]},
    },
    "tokenizer": {"camembert": ["CamembertTokenizer", "CamembertTokenizerFast"]},
    "processors": {},
    "aliases": {},
    "docs": {
        "title": "CamemBERT",
        "paper": "arXiv:1911.03894",
        "summary": "RoBERTa trained on French text.",
    },
}
