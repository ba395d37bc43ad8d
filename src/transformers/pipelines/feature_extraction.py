"""feature-extraction: the last hidden states of a trunk, one vector per token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from .arrays import to_framework, to_numpy, without_padding
from .base import Pipeline
from .text_classification import tokenise


class FeatureExtractionPipeline(Pipeline):
    """Gives the hidden states of texts.

    Input: a text or many.  Result: nested lists of shape (1, tokens, hidden); with `return_tensors` the
    framework's tensor of that shape.

    Options: `return_tensors`, `truncation`, and `tokenize_kwargs`, a dict for the tokenizer.
    """

    batched: ClassVar[bool] = True

    def _sanitize_parameters(
        self,
        truncation: Any = None,
        tokenize_kwargs: Mapping[str, Any] | None = None,
        return_tensors: Any = None,
        **kwargs: Any,
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        if kwargs:
            raise TypeError(f"feature-extraction got an unexpected keyword argument {sorted(kwargs)[0]!r}")
        before = dict(tokenize_kwargs or {})
        if truncation is not None:
            if "truncation" in before:
                raise ValueError("truncation was given twice: directly and in tokenize_kwargs")
            before["truncation"] = truncation
        return before, {}, {} if return_tensors is None else {"return_tensors": return_tensors}

    def preprocess(self, input_: str, **parameters: Any) -> Mapping[str, Any]:
        """One text as arrays."""
        return self.preprocess_many([input_], **parameters)[0]

    def preprocess_many(self, inputs: Sequence[str], **parameters: Any) -> list[Mapping[str, Any]]:
        """Texts tokenised together, not padded."""
        return tokenise(self.tokenizer, list(inputs), **parameters)

    def _forward(self, model_inputs: Mapping[str, Any], **parameters: Any) -> Mapping[str, Any]:
        return {"features": self.model(**model_inputs)[0]}

    def unpad(self, row: dict[str, Any], length: int) -> dict[str, Any]:
        """The row without the padding's vectors."""
        return {"features": without_padding(row["features"], length, self.tokenizer)}

    def postprocess(self, model_outputs: Mapping[str, Any], return_tensors: Any = False) -> Any:
        """The features of one row."""
        features = to_numpy(model_outputs["features"])
        if return_tensors:
            return as_tensor(features, self.framework)
        return features.tolist()


def as_tensor(array: Any, framework: str) -> Any:
    """An array as the framework's tensor, on the CPU."""
    if framework == "tf":
        import tensorflow as tf

        return tf.convert_to_tensor(array)
    if framework == "jax":
        import jax.numpy as jnp

        return jnp.asarray(array)
    return to_framework({"features": array}, framework, "cpu")["features"]


__all__ = ["FeatureExtractionPipeline", "as_tensor"]
