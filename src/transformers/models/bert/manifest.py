"""Facts about BERT from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {"bert": "BertConfig"},
    "heads": {
        "AutoModel": {"bert": ["BertModel"]},
        "AutoModelForCausalLM": {"bert": ["BertLMHeadModel"]},
        "AutoModelForMaskedLM": {"bert": ["BertForMaskedLM"]},
        "AutoModelForMultipleChoice": {"bert": ["BertForMultipleChoice"]},
        "AutoModelForNextSentencePrediction": {"bert": ["BertForNextSentencePrediction"]},
        "AutoModelForPreTraining": {"bert": ["BertForPreTraining"]},
        "AutoModelForQuestionAnswering": {"bert": ["BertForQuestionAnswering"]},
        "AutoModelForSequenceClassification": {"bert": ["BertForSequenceClassification"]},
        "AutoModelForTextEncoding": {"bert": ["BertModel"]},
        "AutoModelForTokenClassification": {"bert": ["BertForTokenClassification"]},
        "AutoModelWithLMHead": {"bert": ["BertForMaskedLM"]},
    },
    "tokenizer": {"bert": ["BertTokenizer", "BertTokenizerFast"]},
    "processors": {},
    "aliases": {"TFBertMainLayer": "TFBertModel", "FlaxBertForCausalLM": "FlaxBertLMHeadModel"},
    "docs": {
        "title": "BERT",
        "paper": "arXiv:1810.04805",
        "summary": "Bidirectional text encoder, pretrained on masked words and on pairs of sentences.",
    },
}
