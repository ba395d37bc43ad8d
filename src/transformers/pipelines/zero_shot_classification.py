"""zero-shot-classification: labels chosen at call time, scored by a model that judges entailment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from ..utils import logging
from .arrays import to_numpy
from .base import ChunkPipeline
from .protocol import ArgumentHandler
from .text_classification import tokenise, without_cache

logger = logging.get_logger(__name__)


class ZeroShotClassificationArgumentHandler(ArgumentHandler):
    """Turns texts and labels into pairs of premise and hypothesis."""

    def _parse_labels(self, labels: Any) -> Any:
        """Labels as a list, where they are one text with commas."""
        if isinstance(labels, str):
            return [label for part in labels.split(",") if (label := part.strip())]
        return labels

    def __call__(
        self, sequences: str | list[str], labels: list[str], hypothesis_template: str
    ) -> tuple[list[list[str]], list[str]]:
        """(pairs, texts): every text with every label in the template.

        Raises:
            TypeError: texts or labels are of another kind.
            ValueError: there are none, or the template has no place for a label.
            AttributeError: the template is no text.
        """
        for name, value in (("the input", sequences), ("candidate_labels", labels)):
            if not isinstance(value, str | list | tuple):
                raise TypeError(f"{name} must be a text or a list of texts, got {value!r}")
        if not len(labels) or not len(sequences):
            raise ValueError("give at least one label in candidate_labels, and a text that is not empty")
        if not isinstance(hypothesis_template, str):
            raise AttributeError(f"hypothesis_template must be a text with {{}}, got {hypothesis_template!r}")
        if hypothesis_template.format(labels[0]) == hypothesis_template:
            raise ValueError(
                f"hypothesis_template must have {{}} where the label goes, got {hypothesis_template!r}"
            )
        texts = [sequences] if isinstance(sequences, str) else sequences
        return [[text, hypothesis_template.format(label)] for text in texts for label in labels], texts


class ZeroShotClassificationPipeline(ChunkPipeline):
    """Scores labels that are given with the call, by a model trained on pairs of premise and hypothesis.

    Input: a text or many.  Result: {"sequence", "labels", "scores"}, the likeliest label first.

    Options: `candidate_labels` (a list, or one text with commas; also the second positional argument),
    `hypothesis_template` with a {} for the label, and `multi_label`: labels judged each by itself, by
    entailment against contradiction, instead of against each other.
    """

    batched: ClassVar[bool] = True

    def __init__(self, args_parser: Any = None, **kwargs: Any) -> None:
        self._args_parser = args_parser or ZeroShotClassificationArgumentHandler()
        super().__init__(**kwargs)
        if self.entailment_id == -1:
            logger.warning(
                "No label of the model's config.label2id begins with 'entail': the last label (-1) is taken "
                "for entailment. Name the labels in the config, or results may be wrong."
            )

    @property
    def entailment_id(self) -> int:
        """Index of the label that begins with "entail"; -1 where there is none."""
        config = self.model.config
        names = config.label2id or {name: index for index, name in config.id2label.items()}
        return next((int(names[name]) for name in names if name.lower().startswith("entail")), -1)

    def _sanitize_parameters(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        if kwargs.get("multi_class") is not None:
            logger.warning("multi_class is deprecated: it is called multi_label now")
            kwargs["multi_label"] = kwargs["multi_class"]
        steps = ("candidate_labels", "hypothesis_template")
        before: dict[str, Any] = {key: kwargs[key] for key in steps if key in kwargs}
        if "candidate_labels" in before:
            before["candidate_labels"] = self._args_parser._parse_labels(before["candidate_labels"])
        after = {"multi_label": kwargs["multi_label"]} if "multi_label" in kwargs else {}
        unknown = sorted(kwargs.keys() - before.keys() - after.keys() - {"multi_class"})
        if unknown:
            logger.warning(f"zero-shot-classification ignores {', '.join(unknown)}")
        return before, {}, after

    def __call__(self, sequences: Any, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """Labels of the texts, best first; one positional argument after the texts is `candidate_labels`."""
        if args:
            if len(args) > 1 or "candidate_labels" in kwargs:
                raise ValueError(f"zero-shot-classification takes texts and labels, got {args} beside them")
            kwargs["candidate_labels"] = args[0]
        return super().__call__(sequences, **kwargs)

    def preprocess(
        self,
        inputs: Any,
        candidate_labels: Any = None,
        hypothesis_template: str = "This example is {}.",
    ) -> Iterator[Mapping[str, Any]]:
        """One item per label; a text that is too long is cut, never its label."""
        pairs, sequences = self._args_parser(inputs, candidate_labels, hypothesis_template)
        pairs = pairs[: len(candidate_labels)]
        encoded = self._tokenised([first for first, _ in pairs], [second for _, second in pairs])
        for number, (label, item) in enumerate(zip(candidate_labels, encoded, strict=True), 1):
            kept = {"candidate_label": label, "sequence": sequences[0], "is_last": number == len(encoded)}
            yield {**item, "kept": kept}

    def _tokenised(self, texts: list[str], hypotheses: list[str]) -> list[Mapping[str, Any]]:
        if self.tokenizer.pad_token is None:
            logger.error("the tokenizer has no token to pad with; its end token is taken")
            self.tokenizer.pad_token = self.tokenizer.eos_token
        try:
            return tokenise(self.tokenizer, texts, hypotheses, truncation="only_first")
        except ValueError as error:
            if "too short" not in str(error):
                raise
        # a hypothesis leaves no room: the model may yet take the whole
        return tokenise(self.tokenizer, texts, hypotheses, truncation=False)

    def _forward(self, model_inputs: Mapping[str, Any], **parameters: Any) -> Mapping[str, Any]:
        output = self.model(**model_inputs, **without_cache(self.model, self.framework))
        return {"logits": output["logits"]}

    def postprocess(self, model_outputs: list[Mapping[str, Any]], multi_label: bool = False) -> Any:
        """Scores of the labels of one text."""
        import numpy as np

        labels = [output["candidate_label"] for output in model_outputs]
        logits = np.concatenate([to_numpy(output["logits"]) for output in model_outputs])  # (labels, classes)
        entailed = self.entailment_id
        if multi_label or len(labels) == 1:
            refuted = -1 if entailed == 0 else 0
            both = logits[:, [refuted, entailed]]
            scores = _softmax(both, 1)[:, 1]
        else:
            scores = _softmax(logits[:, entailed], 0)
        order = scores.argsort()[::-1]
        return {
            "sequence": model_outputs[0]["sequence"],
            "labels": [labels[index] for index in order],
            "scores": scores[order].tolist(),
        }


def _softmax(logits: Any, axis: int) -> Any:
    import numpy as np

    powers = np.exp(logits - logits.max(axis, keepdims=True))
    return powers / powers.sum(axis, keepdims=True)


__all__ = ["ZeroShotClassificationArgumentHandler", "ZeroShotClassificationPipeline"]
