"""What of a TensorFlow model is served: its signature, outputs as one flat dict, and SavedModel folders."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from .. import face
from ..dummies import dummy_input
from .layers import is_tensor

# Ids and masks, (batch, tokens) each, in the order of signatures.
TOKENS = ("input_ids", "attention_mask", "token_type_ids", "decoder_input_ids", "decoder_attention_mask")


class ServingMixin:
    """Exporting a model with signatures, for TensorFlow Serving and other programs."""

    config: Any
    main_input_name: Any
    network: Any

    @property
    def input_signature(self) -> dict[str, tf.TensorSpec]:
        """Places for the inputs of a served model by name; sizes of batches, texts and sounds are open."""
        names, _ = face.input_names(self.network)
        text = [None, None, None] if type(self).__name__.endswith("ForMultipleChoice") else [None, None]
        found = {name: tf.TensorSpec(text, tf.int32, name=name) for name in TOKENS if name in names}
        main = self.main_input_name
        if main not in found and main in names:
            _, sample = dummy_input(self.config, main)
            sizes = [None, None] if sample.ndim == 2 else [None, *sample.shape[1:]]
            found = {main: tf.TensorSpec(sizes, tf.float32, name=main), **found}
        return found

    def eager_serving(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The served outputs for inputs by name; the cache of a decoder is left out."""
        names, _ = face.input_names(self.network)
        choices = {"use_cache": False} if "use_cache" in names else {}
        return self.serving_output(self(dict(inputs), **choices))  # type: ignore[operator]

    @property
    def serving(self) -> Any:
        """`eager_serving` as a graph of `input_signature`; a subclass may define a tf.function of its own."""
        return tf.function(self.eager_serving, input_signature=[self.input_signature], autograph=False)

    def serving_output(self, output: Any) -> dict[str, Any]:
        """An output as a flat dict of tensors: tuples of equal sizes are stacked, others numbered."""
        flat: dict[str, Any] = {}
        for name, value in output.items():
            flat.update(_flat(name, value))
        return flat

    def export(
        self,
        filepath: Any,
        format: str = "tf_saved_model",
        verbose: bool | None = None,
        input_signature: Any = None,
        **kwargs: Any,
    ) -> None:
        """Write a SavedModel whose endpoint `serve` (and signature "serving_default") is `eager_serving`.

        Args:
            filepath: the folder.
            format: "tf_saved_model", or what else `keras.Model.export` knows.
            verbose: whether Keras says what it wrote.
            input_signature: a dict of `tf.TensorSpec` by name, or a list of one; by default the model's own.
            kwargs: as for Keras.
        """
        signature = self.input_signature if input_signature is None else input_signature
        signature = list(signature) if isinstance(signature, list | tuple) else [signature]
        if format != "tf_saved_model":
            super().export(filepath, format, verbose, signature, **kwargs)  # type: ignore[misc]
            return
        archive = keras.export.ExportArchive()
        archive.track(self)
        archive.add_endpoint("serve", self.eager_serving, input_signature=signature)
        archive.write_out(str(filepath), verbose=bool(verbose), **kwargs)

    def write_saved_model(self, folder: Path, signatures: Any = None) -> None:
        """Write a SavedModel with signatures; by default `serving`, also for ids of 64 bits."""
        if signatures is None:
            serving = self.serving
            signatures = {"serving_default": serving.get_concrete_function()}
            if "serving" not in _defined(type(self)) and any(
                place.dtype == tf.int32 for place in self.input_signature.values()
            ):
                wide = {name: _wide(place) for name, place in self.input_signature.items()}
                graph = tf.function(self.eager_serving, input_signature=[wide], autograph=False)
                signatures["int64_serving"] = graph.get_concrete_function()
        tf.saved_model.save(self, str(folder), signatures=signatures)

    def build_in_name_scope(self) -> None:
        """Nothing: a model has its variables as soon as it is made."""


def _defined(cls: type) -> set[str]:
    """Names that a class and its parents above this library define."""
    here = __name__.partition(".")[0]
    return {name for base in cls.__mro__ if base.__module__.partition(".")[0] != here for name in vars(base)}


def _wide(place: tf.TensorSpec) -> tf.TensorSpec:
    return tf.TensorSpec(place.shape, tf.int64 if place.dtype == tf.int32 else place.dtype, name=place.name)


def _flat(name: str, value: Any) -> dict[str, Any]:
    """A part of an output as tensors by name."""
    value = value.to_legacy_cache() if hasattr(value, "to_legacy_cache") else value
    if (stacked := _stacked(value)) is not None:
        return {name: stacked}
    found: dict[str, Any] = {}
    for index, item in enumerate(item for item in value if item is not None):
        found.update(_flat(f"{name}_{index}", item))
    return found


def _stacked(value: Any) -> Any:
    """A tensor, or tensors of one size and tuples of such as one tensor; None where sizes differ."""
    if is_tensor(value):
        return value
    parts = [_stacked(item) for item in value or ()]
    if not parts or any(part is None or tuple(part.shape) != tuple(parts[0].shape) for part in parts):
        return None
    return tf.stack(parts)


__all__ = ["ServingMixin"]
