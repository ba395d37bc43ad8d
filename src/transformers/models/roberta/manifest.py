"""Facts about RoBERTa from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"roberta": "RobertaConfig"},
    "heads": {
        "AutoModel": {"roberta": ["RobertaModel"]},
        "AutoModelForCausalLM": {"roberta": ["RobertaForCausalLM"]},
        "AutoModelForMaskedLM": {"roberta": ["RobertaForMaskedLM"]},
        "AutoModelForMultipleChoice": {"roberta": ["RobertaForMultipleChoice"]},
        "AutoModelForPreTraining": {"roberta": ["RobertaForMaskedLM"]},
        "AutoModelForQuestionAnswering": {"roberta": ["RobertaForQuestionAnswering"]},
        "AutoModelForSequenceClassification": {"roberta": ["RobertaForSequenceClassification"]},
        "AutoModelForTextEncoding": {"roberta": ["RobertaModel"]},
        "AutoModelForTokenClassification": {"roberta": ["RobertaForTokenClassification"]},
        "AutoModelWithLMHead": {"roberta": ["RobertaForMaskedLM"]},
    },
    "tokenizer": {"roberta": ["RobertaTokenizer", "RobertaTokenizerFast"]},
    "processors": {},
    "aliases": {"TFRobertaMainLayer": "TFRobertaModel"},
    "docs": {
        "title": "RoBERTa",
        "paper": "arXiv:1907.11692",
        "summary": "BERT's encoder trained for longer, on more text and on masked words alone.",
    },
}
