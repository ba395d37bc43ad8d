"""Facts about XLM-RoBERTa from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"xlm-roberta": "XLMRobertaConfig"},
    "heads": {
        "AutoModel": {"xlm-roberta": ["XLMRobertaModel"]},
        "AutoModelForCausalLM": {"xlm-roberta": ["XLMRobertaForCausalLM"]},
        "AutoModelForMaskedLM": {"xlm-roberta": ["XLMRobertaForMaskedLM"]},
        "AutoModelForMultipleChoice": {"xlm-roberta": ["XLMRobertaForMultipleChoice"]},
        "AutoModelForPreTraining": {"xlm-roberta": ["XLMRobertaForMaskedLM"]},
        "AutoModelForQuestionAnswering": {"xlm-roberta": ["XLMRobertaForQuestionAnswering"]},
        "AutoModelForSequenceClassification": {"xlm-roberta": ["XLMRobertaForSequenceClassification"]},
        "AutoModelForTextEncoding": {"xlm-roberta": ["XLMRobertaModel"]},
        "AutoModelForTokenClassification": {"xlm-roberta": ["XLMRobertaForTokenClassification"]},
        "AutoModelWithLMHead": {"xlm-roberta": ["XLMRobertaForMaskedLM"]},
    },
    "tokenizer": {"xlm-roberta": ["XLMRobertaTokenizer", "XLMRobertaTokenizerFast"]},
    "processors": {},
    "aliases": {},
    "docs": {
        "title": "XLM-RoBERTa",
        "paper": "arXiv:1911.02116",
        "summary": "RoBERTa trained on text in a hundred languages; XLM-V has a larger vocabulary.",
    },
}
