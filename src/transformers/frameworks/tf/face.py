"""`TFPreTrainedModel`: what a user holds in TensorFlow, a `keras.Model` whose layers mirror the modules."""

from __future__ import annotations

import copy
import os
import re
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import tensorflow as tf

from ...generation.tf_utils import TFGenerationMixin
from ...loading.sharing import push_saved
from ...utils.collecting import without_collections
from .. import face
from ..arguments import show_inputs
from ..dummies import dummy_input
from .check import keras  # first: says what is wrong where Keras does not run on TensorFlow
from .data import DataMixin
from .inputs import by_name
from .layers import Parts, adopt, as_tensors, mode, run
from .parts import PartsMixin
from .serving import ServingMixin
from .training import TrainingMixin
from .trees import register

register()


class TFPreTrainedModel(
    Parts,
    PartsMixin,
    TrainingMixin,
    ServingMixin,
    DataMixin,
    keras.Model,
    TFGenerationMixin,
    face.FaceMixin,
):
    """Base of all TensorFlow models.

    Inputs are given by name, in order, as a list or as a dict: `model(input_ids)`, `model([ids, mask])`,
    `model({"input_ids": ids})`, `model(input_ids=ids, attention_mask=mask)`.  Compiled without a loss,
    `fit` trains on the model's own, with labels among the inputs or as targets; with a Keras loss it
    compares targets with the logits.

    Args:
        config: the model's config.
        args, kwargs: further arguments of the model, such as `add_pooling_layer`.
        name: of the Keras model.
        seed: of the initial weights.
        dtype: a Keras dtype policy or its name, such as "mixed_bfloat16"; None: the global one.
    """

    framework: ClassVar[str] = "tf"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__module__.startswith(f"{__name__.partition('.')[0]}."):
            # So that `keras.models.load_model` finds the class.
            keras.saving.register_keras_serializable("transformers")(cls)
        show_inputs(cls, "call", {"training": None}, tf.autograph.experimental.do_not_convert)

    def __init__(
        self,
        config: Any,
        *args: Any,
        name: str | None = None,
        seed: int | None = None,
        dtype: Any = None,
        _module: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name or _snake(type(self).__name__), dtype=dtype)
        with tf.init_scope():
            if _module is None:
                _module = face.build("tf", self.network_class, config, *args, seed=seed, **kwargs)
            hidden = {"config": config, "network": _module, "_own_loss": True, "_by_output": False}
            hidden |= {"name_or_path": config.name_or_path, "_arguments": (args, kwargs)}
            for key, value in hidden.items():  # attributes that Keras shall not track
                object.__setattr__(self, key, value)
            adopt(self, _module, set())
        self.built = True

    # ------------------------------------------------------------------ running

    def __call__(self, *args: Any, training: bool | None = None, flags: Any = None, **kwargs: Any) -> Any:
        """Run the model; returns the published output with TensorFlow tensors."""
        arrays, choices = self._by_name(args, {**(flags or {}), **kwargs})
        return super().__call__(arrays, flags=choices, **mode(training))

    def _by_name(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[dict[str, Any], Any]:
        inputs, extra = by_name(args, kwargs)
        arrays, choices = face.bind_arguments(self.network, inputs, extra, self.framework)
        return {name: _as_input(value) for name, value in arrays.items()}, choices

    @tf.autograph.experimental.do_not_convert
    def call(
        self, inputs: Any = None, *args: Any, training: bool | None = None, flags: Any = None, **kwargs: Any
    ) -> Any:
        """What Keras runs: arrays by name, and choices of the forward; called by itself, as the model."""
        if flags is None:
            if len(args) == len(face.input_names(self.network)[0]):  # behind all inputs stands `training`
                *args, training = args  # type: ignore[assignment]
            given = () if inputs is None and not args else (inputs, *args)
            inputs, flags = self._by_name(given, kwargs)
        return run(self.network, {**inputs, **flags}, training)

    # Inside tf.function autograph would rewrite the library's code, which needs no rewriting.
    generate = tf.autograph.experimental.do_not_convert(face.FaceMixin.generate)

    @property
    def dummy_inputs(self) -> dict[str, tf.Tensor]:
        """A small batch to try the model on: every input of `input_signature`."""
        name, array = dummy_input(self.config, self.main_input_name)
        found = {name: tf.constant(array[:2], tf.int32 if name == "input_ids" else None)}
        for key, place in self.input_signature.items():
            if key not in found:
                shape = found[name].shape[: len(place.shape)] if place.dtype == tf.int32 else place.shape
                shape = [2 if size is None else size for size in shape]
                found[key] = (tf.zeros if key == "token_type_ids" else tf.ones)(shape, place.dtype)
        return found

    def _take(self, module: Any) -> None:
        made = type(self)(self.config, name=self.name, dtype=self.dtype_policy, _module=module)
        object.__setattr__(made, "_arguments", self._arguments)
        object.__setattr__(made, "name_or_path", self.name_or_path)
        self.__dict__.clear()
        self.__dict__.update(vars(made))

    def _embedding(self) -> Any:
        return self.get_input_embeddings()

    # ------------------------------------------------------------------ loading and saving

    @classmethod
    @without_collections()
    def from_pretrained(cls, pretrained_model_name_or_path: Any, *model_args: Any, **kwargs: Any) -> Any:
        """A model with the weights of a checkpoint; keywords as for `PreTrainedModel.from_pretrained`."""
        own = {key: kwargs.pop(key) for key in ("name",) if key in kwargs}
        module, request, plan = face.load("tf", cls, pretrained_model_name_or_path, model_args, kwargs)
        model = cls(request.config, _module=module, **own)
        face.settle_writing(model, request)
        object.__setattr__(model, "_arguments", (model_args, request.model_kwargs))
        return (model, plan.loading_info()) if request.output_loading_info else model

    def save_pretrained(
        self,
        save_directory: str | os.PathLike[str],
        saved_model: bool = False,
        version: int = 1,
        push_to_hub: bool = False,
        signatures: Any = None,
        **kwargs: Any,
    ) -> None:
        """Write config.json and model.safetensors, which every framework reads.

        saved_model: also write a SavedModel to saved_model/<version>, with `signatures` ({name: function or
        concrete function}), by default those of `serving`.
        """
        options = {key: kwargs[key] for key in ("max_shard_size", "variant") if kwargs.get(key) is not None}
        face.save(self, save_directory, self.state_dict(), **options)
        if saved_model:
            self.write_saved_model(Path(save_directory, "saved_model", str(version)), signatures)
        if push_to_hub:
            push_saved(self, save_directory, kwargs)

    def state_dict(self) -> dict[str, np.ndarray[Any, Any]]:
        """Weights by checkpoint name."""
        return {
            name: np.asarray(slot.variable._value.numpy()) for name, slot in face.slots(self.network).items()
        }

    def get_config(self) -> dict[str, Any]:
        """The model's config as a dict."""
        return self.config.to_dict()  # type: ignore[no-any-return]

    @classmethod
    def from_config(cls, config: Any, **kwargs: Any) -> Self:
        """A model of a config, or of the dict that `get_config` gives."""
        if isinstance(config, dict):
            config = cls.config_class.from_dict(config)
        return cls._from_config(config, **kwargs)

    # ------------------------------------------------------------------ copies

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, self._description()

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return _rebuild(*copy.deepcopy(self._description(), memo))

    def _description(self) -> tuple[Any, ...]:
        return type(self), self.config, self._arguments, self.name, self.dtype_policy.name, self.state_dict()


def _rebuild(
    cls: Any,
    config: Any,
    arguments: tuple[tuple[Any, ...], dict[str, Any]],
    name: str,
    policy: str,
    weights: dict[str, Any],
) -> Any:
    args, kwargs = arguments
    module = face.build("tf", cls.network_class, config, *args, **kwargs)
    for key, slot in face.slots(module).items():
        slot.set(weights[key])
    model = cls(config, name=name, dtype=policy, _module=module)
    object.__setattr__(model, "_arguments", arguments)
    return model


def _snake(name: str) -> str:
    """TFBertModel -> tf_bert_model"""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _as_input(value: Any) -> Any:
    """An input as tensors; nested lists of numbers are one tensor."""
    if isinstance(value, list | tuple) and not face.holds(value, lambda item: hasattr(item, "shape")):
        value = np.asarray(value)
    elif isinstance(value, list):
        value = tf.stack(value)
    return as_tensors(value)


__all__ = ["TFPreTrainedModel"]
