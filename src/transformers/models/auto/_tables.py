"""Which class serves which model type."""
# Written by tools/generate.py; edit what it reads, not this file.

from __future__ import annotations

CONFIGS: dict[str, str] = {
    "bert": "BertConfig",
    "distilbert": "DistilBertConfig",
}

ROOMS: dict[str, str] = {
    "bert": "bert",
    "distilbert": "distilbert",
}

HEADS: dict[str, dict[str, tuple[str, ...]]] = {
    "AutoModel": {
        "bert": ("BertModel",),
        "distilbert": ("DistilBertModel",),
    },
    "AutoModelForCausalLM": {
        "bert": ("BertLMHeadModel",),
    },
    "AutoModelForMaskedLM": {
        "bert": ("BertForMaskedLM",),
        "distilbert": ("DistilBertForMaskedLM",),
    },
    "AutoModelForMultipleChoice": {
        "bert": ("BertForMultipleChoice",),
        "distilbert": ("DistilBertForMultipleChoice",),
    },
    "AutoModelForNextSentencePrediction": {
        "bert": ("BertForNextSentencePrediction",),
    },
    "AutoModelForPreTraining": {
        "bert": ("BertForPreTraining",),
        "distilbert": ("DistilBertForMaskedLM",),
    },
    "AutoModelForQuestionAnswering": {
        "bert": ("BertForQuestionAnswering",),
        "distilbert": ("DistilBertForQuestionAnswering",),
    },
    "AutoModelForSequenceClassification": {
        "bert": ("BertForSequenceClassification",),
        "distilbert": ("DistilBertForSequenceClassification",),
    },
    "AutoModelForTextEncoding": {
        "bert": ("BertModel",),
        "distilbert": ("DistilBertModel",),
    },
    "AutoModelForTokenClassification": {
        "bert": ("BertForTokenClassification",),
        "distilbert": ("DistilBertForTokenClassification",),
    },
    "AutoModelWithLMHead": {
        "bert": ("BertForMaskedLM",),
        "distilbert": ("DistilBertForMaskedLM",),
    },
}

TOKENIZERS: dict[str, tuple[str, ...]] = {
    "bert": ("BertTokenizer", "BertTokenizerFast"),
    "distilbert": ("DistilBertTokenizer", "DistilBertTokenizerFast"),
}

PROCESSORS: dict[str, dict[str, str]] = {
}

__all__ = ["CONFIGS", "HEADS", "PROCESSORS", "ROOMS", "TOKENIZERS"]
