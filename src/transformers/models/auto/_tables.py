"""Which class serves which model type."""
# Written by tools/generate.py; edit what it reads, not this file.

from __future__ import annotations

CONFIGS: dict[str, str] = {
    "bert": "BertConfig",
    "camembert": "CamembertConfig",
    "distilbert": "DistilBertConfig",
    "gpt_neo": "GPTNeoConfig",
    "gpt2": "GPT2Config",
    "gpt-sw3": "GPT2Config",
    "roberta": "RobertaConfig",
    "xlm-roberta": "XLMRobertaConfig",
}

ROOMS: dict[str, str] = {
    "bert": "bert",
    "camembert": "camembert",
    "distilbert": "distilbert",
    "gpt_neo": "gpt_neo",
    "gpt2": "gpt2",
    "gpt-sw3": "gpt2",
    "roberta": "roberta",
    "xlm-roberta": "xlm_roberta",
}

HEADS: dict[str, dict[str, tuple[str, ...]]] = {
    "AutoModel": {
        "bert": ("BertModel",),
        "camembert": ("CamembertModel",),
        "distilbert": ("DistilBertModel",),
        "gpt_neo": ("GPTNeoModel",),
        "gpt2": ("GPT2Model",),
        "gpt-sw3": ("GPT2Model",),
        "roberta": ("RobertaModel",),
        "xlm-roberta": ("XLMRobertaModel",),
    },
    "AutoModelForCausalLM": {
        "bert": ("BertLMHeadModel",),
        "camembert": ("CamembertForCausalLM",),
        "gpt_neo": ("GPTNeoForCausalLM",),
        "gpt2": ("GPT2LMHeadModel",),
        "gpt-sw3": ("GPT2LMHeadModel",),
        "roberta": ("RobertaForCausalLM",),
        "xlm-roberta": ("XLMRobertaForCausalLM",),
    },
    "AutoModelForMaskedLM": {
        "bert": ("BertForMaskedLM",),
        "camembert": ("CamembertForMaskedLM",),
        "distilbert": ("DistilBertForMaskedLM",),
        "roberta": ("RobertaForMaskedLM",),
        "xlm-roberta": ("XLMRobertaForMaskedLM",),
    },
    "AutoModelForMultipleChoice": {
        "bert": ("BertForMultipleChoice",),
        "camembert": ("CamembertForMultipleChoice",),
        "distilbert": ("DistilBertForMultipleChoice",),
        "roberta": ("RobertaForMultipleChoice",),
        "xlm-roberta": ("XLMRobertaForMultipleChoice",),
    },
    "AutoModelForNextSentencePrediction": {
        "bert": ("BertForNextSentencePrediction",),
    },
    "AutoModelForPreTraining": {
        "bert": ("BertForPreTraining",),
        "camembert": ("CamembertForMaskedLM",),
        "distilbert": ("DistilBertForMaskedLM",),
        "gpt2": ("GPT2LMHeadModel",),
        "gpt-sw3": ("GPT2LMHeadModel",),
        "roberta": ("RobertaForMaskedLM",),
        "xlm-roberta": ("XLMRobertaForMaskedLM",),
    },
    "AutoModelForQuestionAnswering": {
        "bert": ("BertForQuestionAnswering",),
        "camembert": ("CamembertForQuestionAnswering",),
        "distilbert": ("DistilBertForQuestionAnswering",),
        "gpt_neo": ("GPTNeoForQuestionAnswering",),
        "gpt2": ("GPT2ForQuestionAnswering",),
        "roberta": ("RobertaForQuestionAnswering",),
        "xlm-roberta": ("XLMRobertaForQuestionAnswering",),
    },
    "AutoModelForSequenceClassification": {
        "bert": ("BertForSequenceClassification",),
        "camembert": ("CamembertForSequenceClassification",),
        "distilbert": ("DistilBertForSequenceClassification",),
        "gpt_neo": ("GPTNeoForSequenceClassification",),
        "gpt2": ("GPT2ForSequenceClassification",),
        "gpt-sw3": ("GPT2ForSequenceClassification",),
        "roberta": ("RobertaForSequenceClassification",),
        "xlm-roberta": ("XLMRobertaForSequenceClassification",),
    },
    "AutoModelForTextEncoding": {
        "bert": ("BertModel",),
        "distilbert": ("DistilBertModel",),
        "roberta": ("RobertaModel",),
        "xlm-roberta": ("XLMRobertaModel",),
    },
    "AutoModelForTokenClassification": {
        "bert": ("BertForTokenClassification",),
        "camembert": ("CamembertForTokenClassification",),
        "distilbert": ("DistilBertForTokenClassification",),
        "gpt_neo": ("GPTNeoForTokenClassification",),
        "gpt2": ("GPT2ForTokenClassification",),
        "gpt-sw3": ("GPT2ForTokenClassification",),
        "roberta": ("RobertaForTokenClassification",),
        "xlm-roberta": ("XLMRobertaForTokenClassification",),
    },
    "AutoModelWithLMHead": {
        "bert": ("BertForMaskedLM",),
        "camembert": ("CamembertForMaskedLM",),
        "distilbert": ("DistilBertForMaskedLM",),
        "gpt_neo": ("GPTNeoForCausalLM",),
        "gpt2": ("GPT2LMHeadModel",),
        "gpt-sw3": ("GPT2LMHeadModel",),
        "roberta": ("RobertaForMaskedLM",),
        "xlm-roberta": ("XLMRobertaForMaskedLM",),
    },
}

TOKENIZERS: dict[str, tuple[str, ...]] = {
    "bert": ("BertTokenizer", "BertTokenizerFast"),
    "distilbert": ("DistilBertTokenizer", "DistilBertTokenizerFast"),
    "gpt_neo": ("GPT2Tokenizer", "GPT2TokenizerFast"),
    "gpt2": ("GPT2Tokenizer", "GPT2TokenizerFast"),
    "roberta": ("RobertaTokenizer", "RobertaTokenizerFast"),
}

PROCESSORS: dict[str, dict[str, str]] = {
}

__all__ = ["CONFIGS", "HEADS", "PROCESSORS", "ROOMS", "TOKENIZERS"]
