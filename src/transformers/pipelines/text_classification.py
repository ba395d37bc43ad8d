"""text-classification (sentiment-analysis): labels with scores for texts or pairs of texts."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, ClassVar

from .arrays import to_numpy
from .base import Pipeline


class ClassificationFunction(StrEnum):
    """What turns logits into scores."""

    SIGMOID = "sigmoid"
    SOFTMAX = "softmax"
    NONE = "none"


class TextClassificationPipeline(Pipeline):
    """Classifies texts.

    Input: a text, {"text": ..., "text_pair": ...}, or many of them.
    Result: {"label", "score"}, or with `top_k` a list of them, best first.

    Options: `top_k` (None: all labels), `function_to_apply` ("sigmoid", "softmax", "none"; by default what
    the config's problem type asks for), and those of the tokenizer (`truncation`, `max_length` ...).
    """

    batched: ClassVar[bool] = True

    def _sanitize_parameters(
        self,
        top_k: Any = "",
        function_to_apply: str | ClassificationFunction | None = None,
        return_all_scores: bool | None = None,
        **tokenizer_kwargs: Any,
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        after: dict[str, Any] = {}
        if top_k is None or isinstance(top_k, int):
            if isinstance(top_k, int) and top_k < 1:
                raise ValueError(f"top_k must be at least 1, or None for all labels, got {top_k}")
            after.update({"top_k": top_k, "ranked": True})
        elif return_all_scores is not None:
            warnings.warn(
                "return_all_scores is deprecated: use top_k=None for True and top_k=1 for False", stacklevel=3
            )
            after["top_k"] = None if return_all_scores else 1
        elif getattr(self.model.config, "return_all_scores", None):
            after["top_k"] = None
        if function_to_apply is not None:
            allowed = [item.value for item in ClassificationFunction]
            name = str(getattr(function_to_apply, "value", function_to_apply)).lower()
            if name not in allowed:
                raise ValueError(
                    f"function_to_apply must be one of {', '.join(allowed)}, got {function_to_apply!r}"
                )
            after["function_to_apply"] = ClassificationFunction(name)
        return tokenizer_kwargs, {}, after

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Labels of the inputs; a single text gives a list with its one result, as published."""
        result = super().__call__(inputs, *args, **kwargs)
        return [result] if isinstance(inputs, str) and "top_k" not in kwargs else result

    def preprocess(self, input_: Any, **parameters: Any) -> Mapping[str, Any]:
        """One text, or pair, as arrays."""
        return self.preprocess_many([input_], **parameters)[0]

    def preprocess_many(self, inputs: Sequence[Any], **parameters: Any) -> list[Mapping[str, Any]]:
        """Texts tokenised together, not padded."""
        pairs = [_pair(item) for item in inputs]
        paired = [second is not None for _, second, _ in pairs]
        if any(extra for *_, extra in pairs) or len(set(paired)) > 1:
            return [
                tokenise(self.tokenizer, [one], two and [two], **{**parameters, **extra})[0]
                for one, two, extra in pairs
            ]
        second = [two for _, two, _ in pairs] if any(paired) else None
        return tokenise(self.tokenizer, [one for one, *_ in pairs], second, **parameters)

    def _forward(self, model_inputs: Mapping[str, Any], **parameters: Any) -> Mapping[str, Any]:
        return self.model(**model_inputs, **without_cache(self.model, self.framework))  # type: ignore[no-any-return]

    def postprocess(
        self,
        model_outputs: Mapping[str, Any],
        function_to_apply: ClassificationFunction | None = None,
        top_k: int | None = 1,
        ranked: bool = False,
    ) -> Any:
        """Scores of one row: {"label", "score"}, or a list of them, unless `ranked` in the labels' order."""
        import numpy as np

        logits = np.asarray(to_numpy(model_outputs["logits"][0]), dtype=np.float32)
        scores = _scores(logits, function_to_apply or self._function())
        names = self.model.config.id2label
        if top_k == 1 and not ranked:
            best = int(scores.argmax())
            return {"label": names[best], "score": float(scores[best])}
        order = np.argsort(-scores, kind="stable")[:top_k] if ranked else range(len(scores))
        return [{"label": names[int(index)], "score": float(scores[index])} for index in order]

    def _function(self) -> ClassificationFunction:
        """The function that the model's config asks for."""
        config = self.model.config
        if config.problem_type == "regression":
            return ClassificationFunction.NONE
        if config.problem_type == "multi_label_classification" or config.num_labels == 1:
            return ClassificationFunction.SIGMOID
        return ClassificationFunction.SOFTMAX


def _pair(item: Any) -> tuple[str, str | None, dict[str, Any]]:
    """(text, second text or None, options of the tokenizer) of one input.

    Raises:
        ValueError: neither a text nor a dict with one.
    """
    if isinstance(item, Mapping) and "text" in item:
        rest = {key: value for key, value in item.items() if key not in ("text", "text_pair")}
        return item["text"], item.get("text_pair"), rest
    if isinstance(item, list | tuple) and len(item) == 1 and isinstance(item[0], list | tuple):
        item = item[0]
        if len(item) == 2:
            return item[0], item[1], {}
    if isinstance(item, str):
        return item, None, {}
    raise ValueError(
        f'an input must be a text or {{"text": ..., "text_pair": ...}}, got {type(item).__name__}'
    )


def without_cache(model: Any, framework: str) -> dict[str, bool]:
    """The keyword that keeps a torch decoder from returning a cache nobody reads."""
    known = framework == "pt" and "use_cache" in inspect.signature(model.forward).parameters
    return {"use_cache": False} if known else {}


def tokenise(
    tokenizer: Any, texts: list[str], pairs: Sequence[str | None] | None = None, **options: Any
) -> list[Mapping[str, Any]]:
    """Texts tokenised in one call, each as int64 arrays of shape (1, its length)."""
    import numpy as np

    encoded = tokenizer(texts, pairs, **options)
    return [
        {key: np.asarray([values[index]], dtype=np.int64) for key, values in encoded.items()}
        for index in range(len(texts))
    ]


def _scores(logits: Any, function: ClassificationFunction) -> Any:
    import numpy as np

    if function is ClassificationFunction.SIGMOID:
        return 1.0 / (1.0 + np.exp(-logits))
    if function is ClassificationFunction.SOFTMAX:
        powers = np.exp(logits - logits.max(-1, keepdims=True))
        return powers / powers.sum(-1, keepdims=True)
    return logits


__all__ = ["ClassificationFunction", "TextClassificationPipeline", "tokenise", "without_cache"]
