"""`TFPreTrainedModel`: what a user holds in TensorFlow, a `keras.Model` whose layers mirror the modules."""

from __future__ import annotations

import copy
import os
from typing import Any, ClassVar, Self

import keras
import numpy as np
import tensorflow as tf

from ...loading.sharing import PushToHubMixin
from .. import face
from ..core.scope import Scope, use
from ..loader import torch_module
from .layers import adopt
from .trees import register

if keras.backend.backend() != "tensorflow":
    raise ImportError(
        f"TensorFlow models need Keras on TensorFlow, and KERAS_BACKEND is {keras.backend.backend()!r}: "
        "set KERAS_BACKEND=tensorflow before Keras is imported"
    )
register()

# Labels by the names that a data set's targets may have been given.
_LABELS = ("labels", "start_positions", "end_positions", "next_sentence_label")


class TFPreTrainedModel(keras.Model, PushToHubMixin):
    """Base of all TensorFlow models.

    Inputs are given by name, in order, as a list or as a dict: `model(input_ids)`, `model([ids, mask])`,
    `model({"input_ids": ids})`, `model(input_ids=ids, attention_mask=mask)`.  Compiled without a loss,
    `fit` trains on the model's own, with labels among the inputs or as targets; with a Keras loss it
    compares targets with the logits.
    """

    framework: ClassVar[str] = "tf"
    module_class: ClassVar[Any] = None
    config_class: ClassVar[Any] = None
    base_model_prefix: ClassVar[str] = ""
    main_input_name: ClassVar[str] = "input_ids"

    def __init__(
        self,
        config: Any,
        *args: Any,
        name: str | None = None,
        seed: int | None = None,
        _module: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name or _snake(type(self).__name__))
        with tf.init_scope():
            if _module is None:
                _module = face.build("tf", self.module_class, config, *args, seed=seed, **kwargs)
            self._hold(config, _module)
            adopt(self, _module, set())
        self.built = True

    def _hold(self, config: Any, module: Any) -> None:
        """Attributes that Keras shall not track."""
        for name, value in {"config": config, "module": module, "_own_loss": True}.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "name_or_path", config.name_or_path)

    # ------------------------------------------------------------------ running

    def __call__(self, *args: Any, training: bool | None = None, **kwargs: Any) -> Any:
        """Run the model; returns the published output with TensorFlow tensors."""
        inputs, extra = _by_name(args, kwargs)
        arrays, flags = face.bind_arguments(self.module, inputs, extra)
        return super().__call__({n: _as_tensor(v) for n, v in arrays.items()}, training=training, flags=flags)

    @tf.autograph.experimental.do_not_convert
    def call(self, inputs: Any, training: bool | None = None, flags: Any = None) -> Any:
        """What Keras runs: arrays by name, and flags of the forward."""
        tensor = torch_module("tf").Tensor
        arrays = face.map_tree(tensor._wrap, inputs, _is_tensor)
        with use(Scope(train=bool(training))) as scope:
            output = self.module(**arrays, **(flags or {}))
        for buffer in self.module.buffers():
            if id(buffer) in scope.updates and buffer.variable is not None:
                buffer.variable.assign(scope.updates[id(buffer)])
        return face.map_tree(lambda t: t.a, output, lambda value: isinstance(value, tensor))

    @property
    def dummy_inputs(self) -> dict[str, tf.Tensor]:
        """A small batch to try the model on."""
        return {"input_ids": tf.constant([[7, 6, 0, 0, 1], [1, 2, 3, 0, 0]], dtype=tf.int32)}

    # ------------------------------------------------------------------ training

    def compile(self, optimizer: Any = "rmsprop", loss: Any = None, **kwargs: Any) -> None:
        """As in Keras.

        Without `loss` (or with "auto_with_warning", "passthrough") the model's own is used.
        """
        own = loss is None or (isinstance(loss, str) and loss in ("auto_with_warning", "passthrough"))
        object.__setattr__(self, "_own_loss", own)
        super().compile(optimizer=optimizer, loss=None if own else loss, **kwargs)

    def train_step(self, data: Any) -> dict[str, Any]:
        """One step of `fit`."""
        if not self._own_loss:
            return super().train_step(data)  # type: ignore[no-any-return]
        x, y, _ = keras.utils.unpack_x_y_sample_weight(data)
        with tf.GradientTape() as tape:
            output = self(self._with_labels(x, y), training=True)
            loss = self._own_loss_of(output)
            scaled = self.optimizer.scale_loss(loss)
        gradients = tape.gradient(scaled, self.trainable_weights)
        pairs = [(g, v) for g, v in zip(gradients, self.trainable_weights, strict=True) if g is not None]
        self.optimizer.apply_gradients(pairs)
        return self._report(x, y, output, loss)

    def test_step(self, data: Any) -> dict[str, Any]:
        """One step of `evaluate`."""
        if not self._own_loss:
            return super().test_step(data)  # type: ignore[no-any-return]
        x, y, _ = keras.utils.unpack_x_y_sample_weight(data)
        output = self(self._with_labels(x, y), training=False)
        return self._report(x, y, output, self._own_loss_of(output))

    def _own_loss_of(self, output: Any) -> Any:
        if getattr(output, "loss", None) is None:
            raise ValueError(
                f"{type(self).__name__} was compiled without a loss and got no labels: put them among the inputs "
                "(a dict with 'labels') or give them as targets"
            )
        return tf.reduce_mean(output.loss)

    def _with_labels(self, x: Any, y: Any) -> dict[str, Any]:
        """The inputs as a dict, with targets under the names of the labels."""
        inputs, extra = _by_name((x,), {})
        given, _ = face.bind_arguments(self.module, inputs, extra)
        if isinstance(y, dict):
            given.update(y)
        elif y is not None:
            given["labels"] = y
        return given

    def _report(self, x: Any, y: Any, output: Any, loss: Any) -> dict[str, Any]:
        self._loss_tracker.update_state(loss)
        targets = y
        if targets is None and isinstance(x, dict):
            targets = x.get("labels")
        return self.compute_metrics(x, targets, output) if targets is not None else self.get_metrics_result()

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, *args: Any, **kwargs: Any
    ) -> Any:
        """Keras's loss, of the part of the output that the targets are for."""
        return super().compute_loss(x, y, _predictions(y, y_pred), *args, **kwargs)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Keras's metrics, of the part of the output that the targets are for."""
        return super().compute_metrics(x, y, _predictions(y, y_pred), sample_weight)

    # ------------------------------------------------------------------ loading and saving

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: Any, *model_args: Any, **kwargs: Any) -> Any:
        """A model with the weights of a checkpoint; keywords as for `PreTrainedModel.from_pretrained`."""
        name = kwargs.pop("name", None)
        module, request, plan = face.load("tf", cls, pretrained_model_name_or_path, model_args, kwargs)
        model = cls(request.config, name=name, _module=module)
        return (model, plan.loading_info()) if request.output_loading_info else model

    @classmethod
    def _from_config(cls, config: Any, **kwargs: Any) -> Self:
        """A model with fresh weights."""
        return cls(copy.deepcopy(config), **kwargs)

    def save_pretrained(
        self, save_directory: str | os.PathLike[str], push_to_hub: bool = False, **kwargs: Any
    ) -> None:
        """Write config.json and model.safetensors, which every framework reads."""
        options = {key: kwargs[key] for key in ("max_shard_size", "variant") if kwargs.get(key) is not None}
        face.save(self, save_directory, self.state_dict(), **options)
        if push_to_hub:
            self.push_to_hub(kwargs.get("repo_id") or os.path.basename(os.fspath(save_directory)))

    def state_dict(self) -> dict[str, np.ndarray[Any, Any]]:
        """Weights by checkpoint name."""
        return {name: np.asarray(slot.variable.numpy()) for name, slot in face.slots(self.module).items()}

    @classmethod
    def can_generate(cls) -> bool:
        """Whether the class has `generate`."""
        return hasattr(cls, "generate")

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
        return _rebuild, (type(self), self.config, self.name, self.state_dict())

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return _rebuild(type(self), copy.deepcopy(self.config, memo), self.name, self.state_dict())


def _rebuild(cls: Any, config: Any, name: str, weights: dict[str, Any]) -> Any:
    model = cls(config, name=name)
    for key, slot in face.slots(model.module).items():
        slot.variable.assign(weights[key])
    return model


def _snake(name: str) -> str:
    """TFBertModel -> tf_bert_model"""
    import re

    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _by_name(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The published ways to pass inputs as positional arguments and keywords."""
    kwargs = dict(kwargs)
    if "inputs" in kwargs:
        args = (kwargs.pop("inputs"), *args)
    if len(args) == 1 and hasattr(args[0], "keys"):
        return (), {**dict(args[0]), **kwargs}
    if len(args) == 1 and isinstance(args[0], list | tuple) and any(_is_tensor(v) for v in args[0]):
        return tuple(args[0]), kwargs
    return args, kwargs


def _is_tensor(value: Any) -> bool:
    return isinstance(value, tf.Tensor | tf.Variable | np.ndarray | np.generic | keras.KerasTensor)


def _as_tensor(value: Any) -> Any:
    """Numbers as tensors: ids, masks and labels as int64, the rest as it is."""
    if isinstance(value, list | tuple) and any(_is_tensor(v) or isinstance(v, tuple) for v in value):
        return type(value)(_as_tensor(v) for v in value)
    if hasattr(value, "flatten") and hasattr(value, "unflatten"):
        return value
    if isinstance(value, keras.KerasTensor):
        return value
    tensor = tf.convert_to_tensor(value)
    if tensor.dtype.is_integer and tensor.dtype != tf.int64:
        return tf.cast(tensor, tf.int64)
    return tf.cast(tensor, tf.float32) if tensor.dtype == tf.float64 else tensor


def _predictions(y: Any, y_pred: Any) -> Any:
    """What of a model's output is to be compared with the targets `y`."""
    if not hasattr(y_pred, "to_tuple"):
        return y_pred
    if isinstance(y, dict):
        return {name: y_pred[name] for name in y if name in y_pred}
    if "logits" in y_pred:
        return y_pred["logits"]
    values = [value for name, value in y_pred.items() if name != "loss"]
    return values[: len(y)] if isinstance(y, list | tuple) else values[0]


__all__ = ["TFPreTrainedModel"]
