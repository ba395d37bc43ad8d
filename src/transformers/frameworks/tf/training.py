"""How Keras trains and evaluates a model: on the model's own loss, or on a Keras loss of its outputs."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from .. import face
from .inputs import by_name

# Labels by their published names, and the outputs that they are for.
LABELS = {
    "labels": ("logits", "prediction_logits"),
    "start_positions": ("start_logits",),
    "end_positions": ("end_logits",),
    "next_sentence_label": ("seq_relationship_logits",),
}

_SHUFFLE = 7  # position of `shuffle` among the arguments of `fit` after x


class TrainingMixin:
    """`compile`, `train_step` and `test_step` of the TensorFlow models, above those of `keras.Model`."""

    network: Any
    optimizer: Any
    trainable_weights: list[Any]
    _own_loss: bool
    _by_output: bool
    _loss_tracker: Any
    train_function: Any

    def compile(
        self, optimizer: Any = "rmsprop", loss: Any = None, metrics: Any = None, **kwargs: Any
    ) -> None:
        """As in Keras.

        Without `loss` (or with "auto_with_warning", "passthrough") the model's own is used.
        """
        own = loss is None or (isinstance(loss, str) and loss in ("auto_with_warning", "passthrough"))
        object.__setattr__(self, "_own_loss", own)
        object.__setattr__(self, "_by_output", isinstance(loss, dict) or isinstance(metrics, dict))
        super().compile(optimizer=optimizer, loss=None if own else loss, metrics=metrics, **kwargs)  # type: ignore[misc]

    # ------------------------------------------------------------------ recomputation

    @property
    def is_gradient_checkpointing(self) -> bool:
        """Whether layers are computed again in the backward pass."""
        return any(vars(part).get("gradient_checkpointing", False) for part in self.network.modules())

    def gradient_checkpointing_enable(
        self, gradient_checkpointing_kwargs: dict[str, Any] | None = None
    ) -> None:
        """Trade time for memory: layers are computed again in the backward pass, with the same dropout.

        Functions that `tf.function` made before keep what they do.  The keywords are PyTorch's, and change
        nothing.

        Raises:
            ValueError: the architecture cannot do it.
        """
        if not self.network.supports_gradient_checkpointing:
            raise ValueError(f"{type(self).__name__} does not support gradient checkpointing")
        self._set_gradient_checkpointing(True)

    def gradient_checkpointing_disable(self) -> None:
        """Keep the intermediates of all layers again."""
        self._set_gradient_checkpointing(False)

    def _set_gradient_checkpointing(self, value: bool) -> None:
        for part in self.network.modules():
            if "gradient_checkpointing" in vars(part):
                part.gradient_checkpointing = value
        self.train_function = None  # `fit` makes it anew

    # ------------------------------------------------------------------ training

    def fit(self, x: Any = None, *args: Any, **kwargs: Any) -> Any:
        """As in Keras; a `tf.data.Dataset` keeps its own order."""
        if isinstance(x, tf.data.Dataset) and len(args) <= _SHUFFLE:
            kwargs.setdefault("shuffle", False)  # Keras cannot, and would warn that it does not
        return super().fit(x, *args, **kwargs)  # type: ignore[misc]

    def train_step(self, data: Any) -> Any:
        """One step of `fit`."""
        x, y, weights = keras.utils.unpack_x_y_sample_weight(data)
        x, y = self._targets_apart(x, y)
        if not self._own_loss:
            return super().train_step((x, y, weights))  # type: ignore[misc]
        self._refuse_weights(weights)
        with tf.GradientTape() as tape:
            output = self(self._with_labels(x, y), training=True)  # type: ignore[operator]
            loss = self._loss_of(output)
            # Gradients of replicas are added up: each has its share of the loss.
            shared = loss / tf.distribute.get_strategy().num_replicas_in_sync
            scaled = self.optimizer.scale_loss(shared)
        if self.trainable_weights:
            gradients = tape.gradient(scaled, self.trainable_weights)
            pairs = [(g, v) for g, v in zip(gradients, self.trainable_weights, strict=True) if g is not None]
            self.optimizer.apply_gradients(pairs)
        return self._report(x, y, output, loss)

    def test_step(self, data: Any) -> Any:
        """One step of `evaluate`."""
        x, y, weights = keras.utils.unpack_x_y_sample_weight(data)
        x, y = self._targets_apart(x, y)
        if not self._own_loss:
            return super().test_step((x, y, weights))  # type: ignore[misc]
        self._refuse_weights(weights)
        output = self(self._with_labels(x, y), training=False)  # type: ignore[operator]
        return self._report(x, y, output, self._loss_of(output))

    def _label_names(self) -> list[str]:
        """The labels that the model takes, in order."""
        return [name for name in face.input_names(self.network)[0] if name in LABELS]

    def _targets_apart(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Inputs and targets, taking labels among the inputs for targets where there are no others."""
        if y is not None or not hasattr(x, "keys"):
            return x, y
        names = [name for name in self._label_names() if name in x]
        if not names:
            return x, y
        return {k: v for k, v in x.items() if k not in names}, {name: x[name] for name in names}

    def _named(self, y: Any) -> dict[str, Any]:
        """Targets by the names of the labels.

        Raises:
            ValueError: there are more or fewer than the model has labels.
        """
        if y is None or isinstance(y, dict):
            return dict(y or {})
        names, values = self._label_names(), list(y) if isinstance(y, list | tuple) else [y]
        if len(names) != len(values):
            raise ValueError(
                f"{type(self).__name__} takes the labels {', '.join(names) or '(none)'}, "
                f"got {len(values)} targets: give them as a dict by name"
            )
        return dict(zip(names, values, strict=True))

    def _with_labels(self, x: Any, y: Any) -> dict[str, Any]:
        """The inputs as a dict, with targets under the names of the labels."""
        inputs, extra = by_name((x,), {})
        arrays, flags = face.bind_arguments(self.network, inputs, extra, "tf")
        return {**arrays, **flags, **self._named(y), "return_dict": True}

    def _refuse_weights(self, weights: Any) -> None:
        if weights is not None:
            raise ValueError(
                f"{type(self).__name__} was compiled without a loss, and its own takes no sample or class "
                "weights: compile it with a Keras loss"
            )

    def _loss_of(self, output: Any) -> Any:
        if output.get("loss") is None:
            raise ValueError(
                f"{type(self).__name__} was compiled without a loss and got no labels: put them among the "
                f"inputs or give them as targets ({', '.join(self._label_names()) or 'this model has none'})"
            )
        return tf.reduce_mean(output.loss)

    def _report(self, x: Any, y: Any, output: Any, loss: Any) -> Any:
        rows = next(tf.shape(leaf)[0] for leaf in tf.nest.flatten(x) if leaf is not None)
        self._loss_tracker.update_state(loss, sample_weight=rows)
        return self.compute_metrics(x, y, output) if y is not None else self.get_metrics_result()  # type: ignore[attr-defined]

    def _compared(self, y: Any, output: Any) -> tuple[Any, Any]:
        """Targets and the parts of the output that they are for, as Keras compares them."""
        if not hasattr(output, "to_tuple"):
            return y, output
        if not isinstance(y, dict) and not self._label_names():
            return y, next(iter(output.values()))
        pairs = {}
        for name, value in self._named(y).items():
            place = next((key for key in (*LABELS.get(name, ()), name) if key in output), None)
            if place is None:
                raise ValueError(
                    f"target {name!r} is for no output of {type(self).__name__}: {', '.join(output)}"
                )
            pairs[place] = value
        if len(pairs) == 1 and not self._by_output:
            return next(iter(pairs.values())), output[next(iter(pairs))]
        return pairs, {name: output[name] for name in pairs}

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, *args: Any, **kwargs: Any
    ) -> Any:
        """Keras's loss, of the part of the output that the targets are for."""
        return super().compute_loss(x, *self._compared(y, y_pred), *args, **kwargs)  # type: ignore[misc]

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Keras's metrics, of the part of the output that the targets are for."""
        return super().compute_metrics(x, *self._compared(y, y_pred), sample_weight)  # type: ignore[misc]


__all__ = ["LABELS", "TrainingMixin"]
