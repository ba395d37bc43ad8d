"""The tasks there are: pipeline class, auto classes, what they need and their default models. Data only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..utils.errors import did_you_mean

EMBEDDED = Path(__file__).parent / "embedded"


@dataclass(frozen=True)
class Task:
    """One task.

    pipeline: "module:class" below this package, or a class.
    auto_classes: names of torch auto classes, or classes; the other frameworks' have a prefix.
    tf_classes: classes for TensorFlow where they are not `auto_classes` with a prefix.
    needs: which of "tokenizer", "feature_extractor", "image_processor", "processor" it takes.
    default: (name on the hub, revision) by framework; "pt" stands for those not listed.
    defaults_by_pair: such defaults for pairs of languages.
    embedded: folder below `embedded/` with a small model for when the hub cannot be reached.
    """

    pipeline: Any
    auto_classes: tuple[Any, ...] = ()
    needs: tuple[str, ...] = ("tokenizer",)
    default: dict[str, tuple[str, str]] | None = None
    embedded: str | None = None
    type: str = "text"
    tf_classes: tuple[Any, ...] = ()
    defaults_by_pair: dict[tuple[str, str], dict[str, tuple[str, str]]] | None = None


_T5_BASE = {"pt": ("google-t5/t5-base", "a9723ea")}
_PAIR = re.compile(r"translation_([^_]+)_to_([^_]+)")

TASKS: dict[str, Task] = {
    "feature-extraction": Task(
        "feature_extraction:FeatureExtractionPipeline",
        ("AutoModel",),
        default={"pt": ("distilbert/distilbert-base-cased", "6ea8117")},
        type="multimodal",
    ),
    "text-classification": Task(
        "text_classification:TextClassificationPipeline",
        ("AutoModelForSequenceClassification",),
        default={"pt": ("distilbert/distilbert-base-uncased-finetuned-sst-2-english", "714eb0f")},
        embedded="sentiment",
    ),
    "token-classification": Task(
        "token_classification:TokenClassificationPipeline",
        ("AutoModelForTokenClassification",),
        default={"pt": ("dbmdz/bert-large-cased-finetuned-conll03-english", "4c53496")},
    ),
    "question-answering": Task(
        "question_answering:QuestionAnsweringPipeline",
        ("AutoModelForQuestionAnswering",),
        default={"pt": ("distilbert/distilbert-base-cased-distilled-squad", "564e9b5")},
    ),
    "fill-mask": Task(
        "fill_mask:FillMaskPipeline",
        ("AutoModelForMaskedLM",),
        default={"pt": ("distilbert/distilroberta-base", "fb53ab8")},
    ),
    "zero-shot-classification": Task(
        "zero_shot_classification:ZeroShotClassificationPipeline",
        ("AutoModelForSequenceClassification",),
        default={
            "pt": ("facebook/bart-large-mnli", "d7645e1"),
            "tf": ("FacebookAI/roberta-large-mnli", "2a8f12d"),
        },
    ),
    "text-generation": Task(
        "text_generation:TextGenerationPipeline",
        ("AutoModelForCausalLM",),
        default={"pt": ("openai-community/gpt2", "607a30d")},
    ),
    "text2text-generation": Task(
        "text2text_generation:Text2TextGenerationPipeline", ("AutoModelForSeq2SeqLM",), default=_T5_BASE
    ),
    "summarization": Task(
        "text2text_generation:SummarizationPipeline",
        ("AutoModelForSeq2SeqLM",),
        default={"pt": ("sshleifer/distilbart-cnn-12-6", "a4f8f3e"), "tf": ("google-t5/t5-small", "df1b051")},
    ),
    "translation": Task(
        "text2text_generation:TranslationPipeline",
        ("AutoModelForSeq2SeqLM",),
        defaults_by_pair={("en", "fr"): _T5_BASE, ("en", "de"): _T5_BASE, ("en", "ro"): _T5_BASE},
    ),
    "conversational": Task(
        "conversational:ConversationalPipeline",
        ("AutoModelForSeq2SeqLM", "AutoModelForCausalLM"),
        default={"pt": ("microsoft/DialoGPT-medium", "8bada3b")},
    ),
}

ALIASES = {"ner": "token-classification", "sentiment-analysis": "text-classification"}


def languages(task: str) -> tuple[str, str] | None:
    """The languages in the name of a task: (en, fr) in "translation_en_to_fr"; None where it names none."""
    found = _PAIR.fullmatch(task)
    return None if found is None else (found[1], found[2])


def normalise(task: str) -> str:
    """The name in `TASKS` of a task, an alias, or either with underscores; languages are left out.

    Raises:
        KeyError: there is no such task; the message lists those there are.
    """
    name = ALIASES.get(task.replace("_", "-"), task.replace("_", "-"))
    if task in TASKS:
        return task
    if languages(task) is not None and "translation" in TASKS:
        return "translation"
    if name not in TASKS:
        if name.startswith("translation-"):
            raise KeyError(f"{task!r} must name two languages, as in 'translation_en_to_fr'")
        known = sorted({*TASKS, *ALIASES})
        raise KeyError(f"unknown task {task!r}.{did_you_mean(name, known)} Tasks: {', '.join(known)}")
    return name


__all__ = ["ALIASES", "EMBEDDED", "TASKS", "Task", "languages", "normalise"]
