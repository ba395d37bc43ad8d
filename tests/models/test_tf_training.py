"""What every architecture must do in TensorFlow when it is transformed, trained or built upon."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

from . import cases  # noqa: E402
from .test_common import close, each, head_run, ids  # noqa: E402
from .tf_models import (  # noqa: E402
    ONE,
    PAIR,
    SHALLOW,
    TF,
    answers,
    compiled,
    crossentropy,
    fresh_head,
    fresh_trunk,
    head,
    keras_reads,
    labelled,
    plain,
)

# ---------------------------------------------------------------------- training


@each
def test_loss_and_gradients_reach_every_variable(name: str) -> None:
    model = head(name)
    with tf.GradientTape() as tape:
        loss = model(labelled(name), training=True).loss
    found = zip(model.trainable_variables, tape.gradient(loss, model.trainable_variables), strict=True)
    without = {variable.path.replace("/", ".") for variable, gradient in found if gradient is None}
    assert not without & set(cases.golden(name)["runs"][head_run(name)]["gradients"])
    assert loss.shape == ()


def stepping(model: Any, inputs: dict[str, Any], how: str = "eager") -> Any:
    """A function of nothing that gives the loss and the gradient of every variable, 0 where there is none."""

    def step() -> Any:
        with tf.GradientTape() as tape:
            loss = model(inputs, training=True).loss
        pairs = zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables, strict=True)
        return loss, [tf.zeros(v.shape) if g is None else tf.convert_to_tensor(g) for g, v in pairs]

    return step if how == "eager" else tf.function(step, jit_compile=how == "xla", autograph=False)


SEEN = {("eager", ONE), ("graph", ONE)}
OTHERS = [("graph", ONE), ("graph", "t5"), ("xla", "t5")]


@pytest.mark.parametrize(
    ("how", "name"),
    [
        pytest.param(how, n, marks=() if (how, n) in SEEN else pytest.mark.full)
        for how, n in [
            *(("eager", n) for n in cases.RECOMPUTING),
            ("graph", ONE),
            ("graph", "t5"),
            ("xla", "t5"),
        ]
    ],
)
def test_recomputed_layers_have_the_same_gradients(how: str, name: str) -> None:
    model, found = fresh_head(name), []
    for change in (model.gradient_checkpointing_disable, model.gradient_checkpointing_enable):
        change()
        found.append(stepping(model, labelled(name), how)())
    assert model.is_gradient_checkpointing
    close(found[1][0], found[0][0])
    for one, other in zip(found[1][1], found[0][1], strict=True):
        close(one, other, 1e-5)


@pytest.mark.parametrize("how", ["eager", "graph"])  # XLA takes no seed
def test_recomputed_layers_drop_the_same(how: str) -> None:
    """The gradient is that of the very loss: as much as this falls where the variables move against it."""
    dropping = {"hidden_dropout_prob": 0.3, "attention_probs_dropout_prob": 0.3, "num_hidden_layers": 2}
    model = fresh_head(ONE, **dropping)
    model.gradient_checkpointing_enable()
    step = stepping(model, labelled(), how)

    def seeded() -> Any:
        tf.random.set_seed(3)
        return step()

    first, gradients = seeded()
    assert float(seeded()[0]) == float(first)
    assert float(step()[0]) != float(first)
    length = float(tf.sqrt(sum(tf.reduce_sum(g * g) for g in gradients)))
    losses = []
    for side in (0.01, -0.02):
        for variable, gradient in zip(model.trainable_variables, gradients, strict=True):
            variable.assign_add(side / length * gradient)
        losses.append(float(seeded()[0]))
    assert (losses[0] - losses[1]) / 0.02 == pytest.approx(length, rel=0.02)


def test_layers_are_computed_twice_only_where_told(monkeypatch: pytest.MonkeyPatch) -> None:
    model, runs = fresh_head(), []
    layer = type(model.network.base_model.encoder.layer[0])
    plainly = layer.forward

    def counted(self: Any, *args: Any, **kwargs: Any) -> Any:
        runs.append(self)
        return plainly(self, *args, **kwargs)

    monkeypatch.setattr(layer, "forward", counted)
    count = len(model.network.base_model.encoder.layer)
    for change, times in (
        (model.gradient_checkpointing_enable, 2),
        (model.gradient_checkpointing_disable, 1),
    ):
        change()
        runs.clear()
        stepping(model, labelled())()
        assert len(runs) == times * count
    model.gradient_checkpointing_enable()
    runs.clear()
    model(labelled())  # nothing is trained
    assert len(runs) == count


@pytest.mark.full
def test_fit_recomputes_when_told_between_two_calls() -> None:
    x, y = plain(), labelled()["labels"]
    model = compiled(fresh_head(), optimizer=keras.optimizers.SGD(0.0))
    expected = model.fit(x, y, verbose=0).history["loss"]
    model.gradient_checkpointing_enable({"use_reentrant": False})
    assert model.fit(x, y, verbose=0).history["loss"] == pytest.approx(expected, rel=1e-5)


def test_architectures_without_recomputation_say_so() -> None:
    from transformers import MobileNetV2Config, TFMobileNetV2Model

    model = TFMobileNetV2Model(MobileNetV2Config(image_size=32, depth_multiplier=0.35))
    with pytest.raises(ValueError, match="TFMobileNetV2Model does not support gradient checkpointing"):
        model.gradient_checkpointing_enable()


def test_fit_on_the_models_own_loss() -> None:
    x, y = plain(), labelled()["labels"]
    expected = float(head()(labelled()).loss)
    model = compiled(fresh_head())
    history = model.fit(x, y, epochs=6, verbose=0, shuffle=False).history["loss"]
    assert history[0] == pytest.approx(expected, rel=1e-4)
    assert history[-1] < 0.6 * history[0]
    assert model.evaluate(x, y, verbose=0) == pytest.approx(float(model(labelled()).loss), rel=1e-4)
    data = tf.data.Dataset.from_tensor_slices
    forms = [
        (labelled(), None),
        (x, {"labels": y}),
        (data(labelled()).batch(2), None),
        (data((x, y)).batch(2), None),
    ]
    model = compiled(fresh_head(), optimizer=keras.optimizers.SGD(0.0), run_eagerly=True)
    for inputs, targets in forms:
        assert model.fit(inputs, targets, verbose=0).history["loss"][0] == pytest.approx(expected, rel=1e-4)


def test_fit_on_a_keras_loss_of_the_logits() -> None:
    x, y = plain(), labelled()["labels"]
    expected = float(crossentropy()(y, head()(x).logits))
    model = compiled(fresh_head(), loss=crossentropy(), metrics=["accuracy"])
    history = model.fit(x, y, epochs=6, verbose=0).history
    assert history["loss"][0] == pytest.approx(expected, rel=1e-4)
    assert history["loss"][-1] < 0.6 * history["loss"][0]
    assert set(history) == {"loss", "accuracy"}
    forms: list[tuple[Any, Any, Any, Any]] = [
        (x, {"labels": y}, crossentropy(), ["accuracy"]),
        (labelled(), None, crossentropy(), ["accuracy"]),
        (x, y, {"logits": crossentropy()}, {"logits": ["accuracy"]}),
        (x, {"logits": y}, {"logits": crossentropy()}, {"logits": ["accuracy"]}),
        (x, {"labels": y}, {"logits": crossentropy()}, {"logits": ["accuracy"]}),
    ]
    model = fresh_head()
    for inputs, targets, loss, metrics in forms:
        compiled(model, optimizer=keras.optimizers.SGD(0.0), loss=loss, metrics=metrics, run_eagerly=True)
        history = model.fit(inputs, targets, verbose=0).history
        assert history["loss"][0] == pytest.approx(expected, rel=1e-4)
        assert any(key.endswith("accuracy") for key in history)
    compiled(model, loss=crossentropy(), run_eagerly=True)
    first = float(crossentropy()(y[:1], model(x).logits[:1]))
    found = model.evaluate(x, y, sample_weight=np.array([1.0, 0.0]), verbose=0, return_dict=True)["loss"]
    assert min(abs(found - first), abs(found - first / 2)) < 1e-4


def test_fit_with_two_targets() -> None:
    model, x, y = answers()
    expected = float(model({**x, **y}).loss)
    for inputs, targets in (({**x, **y}, None), (x, y), (x, tuple(y.values()))):
        compiled(model, optimizer=keras.optimizers.SGD(0.0), run_eagerly=True)
        assert model.fit(inputs, targets, verbose=0).history["loss"][0] == pytest.approx(expected, rel=1e-4)
    compiled(
        model,
        optimizer="adam",
        loss={"start_logits": crossentropy(), "end_logits": crossentropy()},
        run_eagerly=True,
    )
    losses = [model.fit(x, y, verbose=0).history["loss"][0] for _ in range(2)]
    assert losses[0] == pytest.approx(2 * expected, rel=1e-4)
    assert losses[1] < losses[0]
    with pytest.raises(ValueError, match="start_positions, end_positions, got 1 targets"):
        compiled(model, run_eagerly=True).fit(x, y["start_positions"], verbose=0)
    with pytest.raises(ValueError, match="'labels' is for no output"):
        compiled(model, loss=crossentropy(), run_eagerly=True).fit(
            x, {"labels": y["start_positions"]}, verbose=0
        )


def test_fit_refuses_what_it_would_ignore() -> None:
    with pytest.raises(ValueError, match=r"got no labels.*labels"):
        compiled(fresh_head(), run_eagerly=True).fit(plain(), verbose=0)
    with pytest.raises(ValueError, match="sample or class weights"):
        compiled(fresh_head(), run_eagerly=True).fit(
            plain(), labelled()["labels"], sample_weight=np.ones(2), verbose=0
        )


def test_fit_with_callbacks_validation_metrics_and_xla() -> None:
    model = fresh_head()
    seen: list[str] = []
    callback = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.extend(sorted(logs)))
    model.compile(optimizer="adam", metrics=["accuracy"], jit_compile=True)
    stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=3)
    x, y = plain(), labelled()["labels"]
    model.fit(x, y, validation_data=(x, y), epochs=2, callbacks=[callback, stop], verbose=0)
    assert seen == ["accuracy", "loss", "val_accuracy", "val_loss"] * 2
    predicted = model.predict(x, verbose=0)
    close(predicted.logits, model(x).logits)
    assert isinstance(predicted.logits, np.ndarray)


def test_fit_in_half_precision_scales_the_loss() -> None:
    model = type(head())(copy.deepcopy(head().config), dtype="mixed_float16", seed=0)
    model.set_weights(head().get_weights())
    compiled(model)
    history = model.fit(plain(), labelled()["labels"], epochs=8, verbose=0).history["loss"]
    assert type(model.optimizer).__name__ == "LossScaleOptimizer"
    assert history[-1] < history[0]


# ---------------------------------------------------------------------- inside other models


@keras_reads
def test_model_is_a_part_of_keras_models(tmp_path: Path) -> None:
    trunk, inputs = fresh_trunk(), {key: plain()[key] for key in ("input_ids", "attention_mask")}
    expected = trunk(inputs).last_hidden_state
    places = {key: keras.Input((None,), dtype="int32", name=key) for key in inputs}
    hidden = trunk(places, output_hidden_states=True)
    functional = keras.Model(places, [hidden.last_hidden_state, hidden.hidden_states[0]])
    close(functional(inputs)[0], expected)
    assert len(functional.trainable_variables) == len(trunk.trainable_variables)

    class Wrapper(keras.Model):
        def __init__(self, trunk: Any) -> None:
            super().__init__()
            self.trunk = trunk
            self.top = keras.layers.Dense(3)

        def call(self, batch: Any, training: bool = False) -> Any:
            return self.top(self.trunk(batch, training=training)[1])

    wrapper = compiled(Wrapper(trunk), loss=crossentropy())
    losses = wrapper.fit(inputs, labelled()["labels"], epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    wrapper.save_weights(tmp_path / "wrapper.weights.h5")
    other = Wrapper(fresh_trunk())
    other(inputs)
    other.load_weights(tmp_path / "wrapper.weights.h5")
    np.testing.assert_array_equal(other(inputs), wrapper(inputs))


def test_training_mode_reaches_models_and_layers_inside_others() -> None:
    trunk = TF.build(ONE, cases.case(ONE)["trunk"], **SHALLOW, hidden_dropout_prob=0.4)
    hidden = tf.ones([2, 5, trunk.config.hidden_size])
    uses = [lambda batch: trunk(batch)[0], lambda batch: trunk.encoder(hidden)[0]]

    class Wrapper(keras.Model):
        def __init__(self, use: Any) -> None:
            super().__init__()
            self.use = use

        def call(self, batch: Any) -> Any:
            return self.use(batch)

    for use in uses:
        wrapper, batch = Wrapper(use), plain()["input_ids"]
        assert np.abs(wrapper(batch, training=True) - wrapper(batch, training=True)).max() > 1e-3
        np.testing.assert_array_equal(wrapper(batch, training=False), wrapper(batch))
    states = trunk.encoder(hidden, collect_hidden=True)
    assert len(states.all_hidden_states) == 2


# ---------------------------------------------------------------------- files of Keras and TensorFlow


@keras_reads
def test_weights_files_of_keras_and_tensorflow_round_trip(tmp_path: Path) -> None:
    model, inputs = fresh_head(), plain()
    expected = model(inputs).logits
    model.save_weights(tmp_path / "model.weights.h5")
    tf.train.Checkpoint(model=model).write(str(tmp_path / "checkpoint"))
    fresh = [type(model)(model.config, seed=index) for index in range(3)]
    fresh[0].load_weights(tmp_path / "model.weights.h5")
    tf.train.Checkpoint(model=fresh[1]).read(str(tmp_path / "checkpoint")).assert_consumed()
    fresh[2].set_weights(model.get_weights())
    for other in fresh:
        np.testing.assert_array_equal(other(inputs).logits, expected)


@keras_reads
def test_keras_file_round_trips(tmp_path: Path) -> None:
    model = fresh_head()
    model.save(tmp_path / "model.keras")
    other = keras.models.load_model(tmp_path / "model.keras")
    assert type(other) is type(model)
    assert other.config == model.config
    np.testing.assert_array_equal(other(plain()).logits, model(plain()).logits)
    again = type(model).from_config(model.get_config())
    assert again.config == model.config


def test_saved_model_has_the_signature(tmp_path: Path) -> None:
    model = head()
    serve = tf.function(
        lambda input_ids, attention_mask: {"logits": model(input_ids, attention_mask).logits},
        input_signature=PAIR,
    )
    tf.saved_model.save(model, str(tmp_path), signatures={"serving_default": serve})
    batch = {"input_ids": tf.constant(ids(ONE, 3, 4), tf.int32), "attention_mask": tf.ones([3, 4], tf.int32)}
    loaded = tf.saved_model.load(str(tmp_path)).signatures["serving_default"]
    close(loaded(**batch)["logits"], model(batch).logits)
