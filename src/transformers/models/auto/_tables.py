"""Which class serves which model type."""
# Written by tools/generate.py; edit what it reads, not this file.

from __future__ import annotations

CONFIGS: dict[str, str] = {
    "bert": "BertConfig",
    "distilbert": "DistilBertConfig",
    "roberta": "RobertaConfig",
}

ROOMS: dict[str, str] = {
    "bert": "bert",
    "distilbert": "distilbert",
    "roberta": "roberta",
}

HEADS: dict[str, dict[str, tuple[str, ...]]] = {
    "AutoModel": {
        "bert": ("BertModel",),
        "distilbert": ("DistilBertModel",),
        "roberta": ("RobertaModel",),
    },
    "AutoModelForCausalLM": {
        "bert": ("BertLMHeadModel",),
        "roberta": ("RobertaForCausalLM",),
    },
    "AutoModelForMaskedLM": {
        "bert": ("BertForMaskedLM",),
        "distilbert": ("DistilBertForMaskedLM",),
        "roberta": ("RobertaForMaskedLM",),
    },
    "AutoModelForMultipleChoice": {
        "bert": ("BertForMultipleChoice",),
        "distilbert": ("DistilBertForMultipleChoice",),
        "roberta": ("RobertaForMultipleChoice",),
    },
    "AutoModelForNextSentencePrediction": {
        "bert": ("BertForNextSentencePrediction",),
    },
    "AutoModelForPreTraining": {
        "bert": ("BertForPreTraining",),
        "distilbert": ("DistilBertForMaskedLM",),
        "roberta": ("RobertaForMaskedLM",),
    },
    "AutoModelForQuestionAnswering": {
        "bert": ("BertForQuestionAnswering",),
        "distilbert": ("DistilBertForQuestionAnswering",),
        "roberta": ("RobertaForQuestionAnswering",),
    },
    "AutoModelForSequenceClassification": {
        "bert": ("BertForSequenceClassification",),
        "distilbert": ("DistilBertForSequenceClassification",),
        "roberta": ("RobertaForSequenceClassification",),
    },
    "AutoModelForTextEncoding": {
        "bert": ("BertModel",),
        "distilbert": ("DistilBertModel",),
        "roberta": ("RobertaModel",),
    },
    "AutoModelForTokenClassification": {
        "bert": ("BertForTokenClassification",),
        "distilbert": ("DistilBertForTokenClassification",),
        "roberta": ("RobertaForTokenClassification",),
    },
    "AutoModelWithLMHead": {
        "bert": ("BertForMaskedLM",),
        "distilbert": ("DistilBertForMaskedLM",),
        "roberta": ("RobertaForMaskedLM",),
    },
}

TOKENIZERS: dict[str, tuple[str, ...]] = {
    "bert": ("BertTokenizer", "BertTokenizerFast"),
    "distilbert": ("DistilBertTokenizer", "DistilBertTokenizerFast"),
}

PROCESSORS: dict[str, dict[str, str]] = {
}

__all__ = ["CONFIGS", "HEADS", "PROCESSORS", "ROOMS", "TOKENIZERS"]
