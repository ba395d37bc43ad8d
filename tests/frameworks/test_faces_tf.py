"""What TensorFlow programs do with a model: XLA, precision, larger Keras models, datasets, serving."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

from .face_rooms import IDS, LABELS, SIZES, fresh, inputs, labelled, shared  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
OTHERS = [pytest.param(name, marks=pytest.mark.full) for name in SIZES if name != "bert"]
seldom = pytest.mark.parametrize("name", ["bert", *OTHERS])
# Keras 3.15 reads its variables into NumPy 2 in a way that NumPy advises against.
keras_reads = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"
)


def head(name: str) -> Any:
    return shared("TF", name)


def near(one: Any, other: Any, tolerance: float = 1e-5) -> None:
    np.testing.assert_allclose(np.asarray(one), np.asarray(other), atol=tolerance, rtol=tolerance)


def narrow(batch: dict[str, Any]) -> dict[str, tf.Tensor]:
    """Tensors, integers in int32 as signatures have them."""
    return {
        name: tf.constant(value, tf.int32 if value.dtype.kind == "i" else None)
        for name, value in batch.items()
    }


# ---------------------------------------------------------------------- graphs and precision


@pytest.mark.full
@pytest.mark.parametrize("name", list(SIZES))
def test_xla_compiles_forward_and_training(name: str) -> None:
    model, batch = fresh("TF", name), narrow(labelled(name))

    @tf.function(jit_compile=True)
    def step(batch: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = model(batch).loss
        return loss, tape.gradient(loss, model.trainable_variables[-1])

    with tf.GradientTape() as tape:
        expected = model(batch).loss
    loss, gradient = step(batch)
    near(loss, expected, 1e-4)
    near(gradient, tape.gradient(expected, model.trainable_variables[-1]), 1e-3)


@pytest.fixture
def policy(request: pytest.FixtureRequest) -> Iterator[str]:
    """A global policy of mixed precision while a test runs."""
    head(request.node.callspec.params["name"])  # the shared one is exact
    before = keras.config.dtype_policy()
    keras.mixed_precision.set_global_policy(request.param)
    yield request.param.removeprefix("mixed_")
    keras.mixed_precision.set_global_policy(before)


@pytest.mark.parametrize(
    ("name", "policy"),
    [
        (name, policy)
        if (name, policy) == ("bert", "mixed_bfloat16")
        else pytest.param(name, policy, marks=pytest.mark.full)
        for name in SIZES
        for policy in ("mixed_float16", "mixed_bfloat16")
    ],
    indirect=["policy"],
)
def test_mixed_precision_trains_float32_variables(name: str, policy: str) -> None:
    model, batch = fresh("TF", name), labelled(name)
    output = model(batch)
    assert output.logits.dtype.name == policy
    expected = head(name)(batch)
    limit = {"float16": 0.02, "bfloat16": 0.15}[policy] * max(1.0, float(np.abs(expected.logits).max()))
    assert np.abs(tf.cast(output.logits, tf.float32) - expected.logits).max() < limit
    model.compile(optimizer=keras.optimizers.SGD(1e-3), jit_compile=False)
    before = model.get_weights()
    epochs = 6 if policy == "float16" else 1  # the first may only show that the scale of the loss is too high
    history = model.fit(batch, verbose=0, epochs=epochs).history["loss"]
    assert np.isfinite(history[-1])
    assert {variable.dtype for variable in model.trainable_variables} == {"float32"}
    assert any((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))


# ---------------------------------------------------------------------- parts of larger Keras models


@keras_reads
def test_functional_model_around_a_trunk_fits_and_saves(tmp_path: Path) -> None:
    from transformers import TFBertModel

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def built(seed: int) -> Any:
        trunk = TFBertModel(head("bert").config, seed=seed)
        ids = keras.Input((None,), dtype="int32", name="input_ids")
        mask = keras.Input((None,), dtype="int32", name="attention_mask")
        pooled = trunk(ids, attention_mask=mask).pooler_output
        return keras.Model([ids, mask], keras.layers.Dense(2, name="top")(pooled))

    model, batch = built(1), list(inputs("bert").values())
    trunk = next(layer for layer in model.layers if isinstance(layer, TFBertModel))
    top = model.get_layer("top")
    near(model(batch), top(trunk(*batch).pooler_output))
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss=loss, jit_compile=False)
    history = model.fit(batch, LABELS, epochs=4, verbose=0).history["loss"]
    assert history[-1] < history[0]
    lines: list[str] = []
    model.summary(print_fn=lines.append, line_length=120)
    text = "\n".join(lines)
    assert "TFBertModel" in text
    assert f"{model.count_params():,}" in text
    model.save_weights(tmp_path / "all.weights.h5")
    other = built(2)
    assert np.abs(np.asarray(other(batch)) - np.asarray(model(batch))).max() > 1e-4
    other.load_weights(tmp_path / "all.weights.h5")
    near(other(batch), model(batch), 1e-6)


# ---------------------------------------------------------------------- serving


@seldom
def test_saved_model_beside_the_weights(name: str, tmp_path: Path) -> None:
    model = head(name)
    model.save_pretrained(tmp_path, saved_model=True, version=3)
    assert (tmp_path / "model.safetensors").is_file()
    loaded = tf.saved_model.load(str(tmp_path / "saved_model" / "3"))
    batch = {key: value for key, value in inputs(name).items() if key in model.input_signature}
    places = model.input_signature
    for key in set(places) - set(batch):  # neutral values for what the signature has beside
        beside = batch["decoder_input_ids"] if key.startswith("decoder") else next(iter(batch.values()))
        batch[key] = np.full(beside.shape, key != "token_type_ids", np.int64)
    expected = model(batch).logits
    served = loaded.signatures["serving_default"](**narrow(batch))
    near(served["logits"], expected, 1e-4)
    assert "past_key_values" not in " ".join(served)
    if "input_ids" in batch:
        wide = {key: tf.constant(value) for key, value in batch.items()}
        near(loaded.signatures["int64_serving"](**wide)["logits"], expected, 1e-4)
        smaller = {key: value[:1, :3] for key, value in batch.items()}
        near(loaded.signatures["serving_default"](**narrow(smaller))["logits"], model(smaller).logits, 1e-4)


def test_saved_model_with_signatures_of_the_caller(tmp_path: Path) -> None:
    model = head("bert")
    call = tf.function(model.call).get_concrete_function(
        tf.TensorSpec([None, None], tf.int32, name="input_ids")
    )

    @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int32, name="words")])
    def classes(words: Any) -> Any:
        return {"probabilities": tf.nn.softmax(call(words + 1).logits)}

    model.save_pretrained(tmp_path, saved_model=True, signatures={"serving_default": classes})
    loaded = tf.saved_model.load(str(tmp_path / "saved_model" / "1"))
    assert set(loaded.signatures) == {"serving_default"}
    served = loaded.signatures["serving_default"](words=tf.constant(IDS, tf.int32))
    near(served["probabilities"], tf.nn.softmax(model(IDS + 1).logits))


def test_subclass_defines_what_is_served(tmp_path: Path) -> None:
    from transformers import TFBertForSequenceClassification

    class Served(TFBertForSequenceClassification):
        @tf.function(
            input_signature=[{"inputs_embeds": tf.TensorSpec([None, None, 16], name="inputs_embeds")}]
        )
        def serving(self, inputs: Any) -> Any:
            return self.serving_output(self.call(inputs))

    model = Served(head("bert").config, seed=0)
    model.save_pretrained(tmp_path, saved_model=True)
    loaded = tf.saved_model.load(str(tmp_path / "saved_model" / "1"))
    assert set(loaded.signatures) == {"serving_default"}
    hidden = tf.random.stateless_normal([2, 5, 16], [1, 2])
    served = loaded.signatures["serving_default"](inputs_embeds=hidden)
    near(served["logits"], model(inputs_embeds=hidden).logits)


def test_signature_names_the_inputs_of_each_kind() -> None:
    texts = ["input_ids", "attention_mask"]
    found = {name: head(name).input_signature for name in ("bert", "gpt2", "t5", "mobilenet_v2", "wav2vec2")}
    assert list(found["bert"]) == [*texts, "token_type_ids"]
    assert list(found["t5"]) == [*texts, "decoder_input_ids", "decoder_attention_mask"]
    assert {tuple(place.shape) for place in found["t5"].values()} == {(None, None)}
    assert found["bert"]["input_ids"] == tf.TensorSpec([None, None], tf.int32, name="input_ids")
    images = found["mobilenet_v2"]["pixel_values"]
    assert (tuple(images.shape), images.dtype) == ((None, 3, 32, 32), tf.float32)
    sounds = found["wav2vec2"]
    assert list(sounds) == ["input_values", "attention_mask"]
    assert tuple(sounds["input_values"].shape) == (None, None)
    from transformers import TFBertForMultipleChoice

    choices = TFBertForMultipleChoice(head("bert").config).input_signature
    assert {len(place.shape) for place in choices.values()} == {3}


def test_served_output_stacks_what_has_one_size() -> None:
    model = head("gpt2")
    output = model(IDS, output_hidden_states=True, output_attentions=True)
    served = model.serving_output(output)
    assert set(served) == {"logits", "hidden_states", "attentions", "past_key_values"}
    assert served["hidden_states"].shape == (3, 4, 6, 16)
    near(served["hidden_states"][1], output.hidden_states[1])
    near(served["past_key_values"][1][0], output.past_key_values.to_legacy_cache()[1][0])
    pair = head("t5")
    output = pair(**inputs("t5"))
    served = pair.serving_output(output)  # six keys of the encoder beside four of the decoder
    near(served["past_key_values_1_2"], output.past_key_values.to_legacy_cache()[1][2])
    assert model.build_in_name_scope() is None


@seldom
def test_export_serves_the_model(name: str, tmp_path: Path) -> None:
    model, batch = head(name), narrow(inputs(name))
    batch.pop("token_type_ids", None)
    signature = {key: place for key, place in model.input_signature.items() if key in batch}
    model.export(tmp_path / "served", input_signature=signature)
    loaded = tf.saved_model.load(str(tmp_path / "served"))
    expected = model(batch).logits
    near(loaded.serve(batch)["logits"], expected, 1e-4)
    near(loaded.signatures["serving_default"](**batch)["logits"], expected, 1e-4)


def test_exported_model_is_a_keras_layer(tmp_path: Path) -> None:
    model = head("bert")
    model.export(str(tmp_path))
    layer = keras.layers.TFSMLayer(str(tmp_path), call_endpoint="serve")
    ones = tf.ones([4, 6], tf.int32)
    batch = {"input_ids": tf.constant(IDS, tf.int32), "attention_mask": ones, "token_type_ids": 0 * ones}
    near(layer(batch)["logits"], model(batch).logits)


# ---------------------------------------------------------------------- datasets


def rows(count: int = 10) -> list[dict[str, Any]]:
    return [
        {"input_ids": [index + 1, 5, 6], "label": index % 2, "text": f"row {index}"} for index in range(count)
    ]


def test_prepared_dataset_has_what_the_model_takes() -> None:
    model = head("bert")
    made = model.prepare_tf_dataset(rows(), batch_size=4, shuffle=False)
    batches = list(made.as_numpy_iterator())
    assert [len(labels) for _, labels in batches] == [4, 4, 2]
    assert [set(batch) for batch, _ in batches] == [{"input_ids"}] * 3
    assert made.element_spec[0]["input_ids"].shape.as_list() == [None, 3]
    assert int(made.cardinality()) == 3
    assert [row[0] for batch, _ in batches for row in batch["input_ids"]] == list(range(1, 11))
    assert [int(label) for _, labels in batches for label in labels] == [0, 1] * 5
    mixed = model.prepare_tf_dataset(rows(), batch_size=4)
    passes = [[int(row[0]) for batch, _ in mixed for row in batch["input_ids"]] for _ in range(2)]
    assert [len(one) for one in passes] == [8, 8]  # what is shuffled drops the remainder
    assert passes[0] != passes[1]
    single = next(iter(model.prepare_tf_dataset(rows(), batch_size=None, shuffle=False, prefetch=False)))
    assert single[0]["input_ids"].shape == (3,)
    assert single[1].shape == ()


def test_prepared_dataset_trains_and_predicts() -> None:
    model = fresh("TF", "bert")
    model.compile(optimizer=keras.optimizers.Adam(1e-2), jit_compile=False)
    data = model.prepare_tf_dataset(rows(8), batch_size=4, shuffle=False)
    history = model.fit(data, epochs=4, verbose=0).history["loss"]
    assert history[-1] < history[0]
    unlabelled = [{"input_ids": row["input_ids"]} for row in rows(5)]
    data = model.prepare_tf_dataset(unlabelled, batch_size=2, shuffle=False)
    predicted = model.predict(data, verbose=0).logits
    near(predicted, model(np.array([row["input_ids"] for row in unlabelled])).logits)


def test_prepared_dataset_pads_and_collates() -> None:
    uneven = [{"input_ids": [7] * (1 + index), "label": 0} for index in range(4)]

    class Padder:
        def pad(self, batch: list[dict[str, Any]], return_tensors: str, padding: bool = True) -> Any:
            assert return_tensors == "np"
            longest = max(len(row["input_ids"]) for row in batch)
            ids = np.array([row["input_ids"] + [0] * (longest - len(row["input_ids"])) for row in batch])
            return {"input_ids": ids, "label": np.array([row["label"] for row in batch])}

    model = head("bert")
    made = model.prepare_tf_dataset(uneven, batch_size=2, shuffle=False, tokenizer=Padder())
    assert [batch["input_ids"].shape for batch, _ in made] == [(2, 2), (2, 4)]
    assert made.element_spec[0]["input_ids"].shape.as_list() == [None, None]

    def first_two(batch: list[dict[str, Any]], width: int) -> dict[str, Any]:
        return {"input_ids": np.zeros((len(batch), width), int), "start_positions": np.ones(len(batch))}

    made = model.prepare_tf_dataset(uneven, collate_fn=first_two, collate_fn_args={"width": 5}, shuffle=False)
    batch, target = next(iter(made))
    assert batch["input_ids"].shape == (4, 5)
    assert target.dtype == tf.float32
    assert list(next(iter(model.prepare_tf_dataset(uneven[:1], batch_size=1, shuffle=False)))[0]) == [
        "input_ids"
    ]
    with pytest.raises(tf.errors.OpError, match="rows differ in the sizes of 'input_ids'"):
        list(model.prepare_tf_dataset([*uneven[:1] * 9, uneven[2]], batch_size=5, shuffle=False))


@pytest.mark.parametrize(
    ("dataset", "error", "message"),
    [
        (iter(rows()), TypeError, "needs rows by number .* not list_iterator"),
        ([], ValueError, "without rows"),
        (
            [{"text": "a", "label": 1}],
            ValueError,
            "takes none of the columns label, text: it takes input_ids",
        ),
        ([{"input_ids": [1]}, {"input_ids": [1, 2]}], ValueError, "rows differ in the sizes of 'input_ids'"),
    ],
)
def test_unfit_datasets_are_refused(dataset: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        head("bert").prepare_tf_dataset(dataset)


# ---------------------------------------------------------------------- processes of their own


def spawned(script: str, *args: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment |= {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", script, *args]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment)


@pytest.mark.full
def test_two_replicas_train_as_one_device() -> None:
    done = [spawned("tests.frameworks.faces_replicated", devices) for devices in ("1", "2")]
    assert [one.returncode for one in done] == [0, 0], done[0].stderr + done[1].stderr
    one, two = (json.loads(d.stdout.splitlines()[-1]) for d in done)
    assert (one.pop("replicas"), two.pop("replicas")) == (1, 2)
    assert one.keys() == two.keys() == {"bert", "t5", "keras loss", "statistics"}
    for name, found in one.items():
        assert found["loss"][0] != found["loss"][-1], name
        for key, values in found.items():
            np.testing.assert_allclose(two[name][key], values, rtol=2e-4, atol=1e-5, err_msg=f"{name} {key}")


@pytest.mark.full
def test_weights_of_torch_load_with_from_pt(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    import transformers

    for name, (_, kind, _) in SIZES.items():
        source = getattr(transformers, kind)(head(name).config).eval()
        source.save_pretrained(tmp_path / name, safe_serialization=False)
        model = getattr(transformers, f"TF{kind}").from_pretrained(tmp_path / name, from_pt=True)
        with torch.no_grad():
            expected = source(**{key: torch.from_numpy(value) for key, value in inputs(name).items()}).logits
        near(model(inputs(name)).logits, expected.numpy(), 1e-4)
