"""What every architecture must do in TensorFlow beside the common suite: inputs, layers, classes, copies."""

from __future__ import annotations

import copy
import functools
import inspect
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

from . import cases  # noqa: E402
from .test_common import (  # noqa: E402
    close,
    each,
    each_attending,
    each_of_tokens,
    head_run,
    ids,
    is_pair,
    seldom,
    sizes,
    sparingly,
    state,
)
from .tf_models import ONE, TF, compiled, fresh_head, fresh_trunk, head, labelled, plain  # noqa: E402

# ---------------------------------------------------------------------- calls


def narrowed(array: np.ndarray) -> tf.Tensor:
    """A tensor, integers in int32 as Keras has them."""
    return tf.constant(array, tf.int32 if array.dtype == np.int64 else None)


@pytest.mark.parametrize("name", seldom)
def test_every_way_to_give_inputs_is_the_same(name: str) -> None:
    model, inputs = head(name), plain(name)
    expected = model(**inputs).logits
    names = cases.golden(name)["runs"][head_run(name)]["forward"]
    order = [inputs.get(key) for key in names]
    while order[-1] is None:
        order.pop()
    narrow = {key: narrowed(value) for key, value in inputs.items()}
    for output in (
        model(inputs),
        model(narrow),
        model(narrow, training=False),
        model(*order),
        model(inputs=inputs),
    ):
        close(output.logits, expected)
    if all(value is not None for value in order):
        close(model(order).logits, expected)
        close(model(tuple(order)).logits, expected)
    close(model({key: value.tolist() for key, value in inputs.items()}).logits, expected)
    main = cases.main(name)
    first, others = inputs[main], {key: value for key, value in inputs.items() if key != main}
    close(model(first, **others).logits, expected)
    close(model({main: first}, **others).logits, expected)
    assert isinstance(model(inputs, return_dict=False), tuple)


def test_batch_encoding_is_an_input() -> None:
    from transformers import BatchEncoding

    encoding = BatchEncoding({key: tf.constant(value, tf.int32) for key, value in plain().items()})
    close(head()(encoding).logits, head()(**plain()).logits)
    close(head()(**encoding).logits, head()(**plain()).logits)


def test_bad_inputs_say_what_is_wrong() -> None:
    model = head()
    with pytest.raises(TypeError, match="run a tokenizer"):
        model("hello")
    with pytest.raises(TypeError, match="twice"):
        model(ids(ONE), input_ids=ids(ONE))
    with pytest.raises(TypeError, match="Did you mean 'attention_mask'"):
        fresh_trunk()({"input_ids": ids(ONE), "attention_masks": ids(ONE)})
    with pytest.raises(TypeError, match="base class"):
        next(c for c in type(model).__mro__ if c.__name__.endswith("PreTrainedModel"))(model.config)
    with pytest.raises(TypeError, match="from_pretrained"):
        type(model)("some/name")
    with pytest.raises(ValueError, match="flash_misspelt"):
        type(model)._from_config(model.config, attn_implementation="flash_misspelt")


@each_of_tokens
def test_one_graph_serves_all_sizes(name: str) -> None:
    model, inputs = head(name), plain(name)
    names = ["input_ids", "attention_mask"] + ["decoder_input_ids"] * ("decoder_input_ids" in inputs)
    batch = {key: inputs.get(key, np.ones_like(inputs["input_ids"])) for key in names}
    places = [tf.TensorSpec([None, None], tf.int32, name=key) for key in names]
    run = tf.function(lambda *args: model(dict(zip(names, args, strict=True))), input_signature=places)
    for rows, width in ((2, 7), (1, 4)):
        part = {key: tf.constant(value[:rows, :width], tf.int32) for key, value in batch.items()}
        output = run(*part.values())
        expected = model(part)
        assert type(output) is type(expected)
        close(output.logits, expected.logits)
    assert run.experimental_get_tracing_count() == 1


@pytest.mark.parametrize("name", [n for n in sparingly if n.values[0] not in cases.TOKENS])
def test_one_graph_serves_all_sizes_of_the_main_input(name: str) -> None:
    model, batch = head(name), plain(name)[cases.main(name)]
    axes = (0, *sizes(name))
    free = [None if axis in axes else size for axis, size in enumerate(batch.shape)]
    run = tf.function(lambda values: model(values), input_signature=[tf.TensorSpec(free, tf.float32)])
    smaller = [size - 1 - axis if axis in axes else size for axis, size in enumerate(batch.shape)]
    for part in (batch, batch[tuple(slice(size) for size in smaller)]):
        output, expected = run(tf.constant(part)), model(part)
        assert type(output) is type(expected)
        close(output.logits, expected.logits)
    assert run.experimental_get_tracing_count() == 1


def test_graphs_take_dicts_and_compile_with_xla() -> None:
    model, inputs = head(), {key: tf.constant(value, tf.int32) for key, value in plain().items()}
    expected = model(inputs).logits
    signature = [{key: tf.TensorSpec([None, None], tf.int32) for key in inputs}]
    close(tf.function(lambda batch: model(batch).logits, input_signature=signature)(inputs), expected)
    close(tf.function(model)(inputs).logits, expected)
    close(tf.function(lambda batch: model(batch).logits, jit_compile=True)(inputs), expected)


@pytest.mark.parametrize("name", seldom)
def test_dropout_is_on_in_training_only(name: str) -> None:
    config = TF.config(name, head_run(name))
    rates = {
        key: 0.3
        for key in vars(config)
        if key.endswith(("dropout", "dropout_prob", "dropout_rate", "pdrop")) and getattr(config, key) == 0
    }
    model, inputs = fresh_head(name, **rates), plain(name)
    one, other = (model(inputs, training=True).logits for _ in range(2))
    assert np.abs(one - other).max() > 1e-3
    np.testing.assert_array_equal(model(inputs).logits, model(inputs, training=False).logits)
    drawn = []
    for _ in range(2):
        keras.utils.set_random_seed(3)
        drawn.append(model(inputs, training=True).logits)
    np.testing.assert_array_equal(drawn[0], drawn[1])
    if name == ONE:
        graph = tf.function(lambda: model(inputs, training=True).logits)
        assert np.abs(graph() - graph()).max() > 1e-3


@pytest.mark.parametrize("name", seldom)
@pytest.mark.parametrize(
    ("policy", "tolerance"),
    [("mixed_float16", 0.02), pytest.param("mixed_bfloat16", 0.15, marks=pytest.mark.full)],
)
def test_mixed_precision_stays_near(name: str, policy: str, tolerance: float) -> None:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = fresh_head(name)
    finally:
        keras.config.set_dtype_policy(before)
    output = model(plain(name)).logits
    assert output.dtype.name == policy.removeprefix("mixed_")
    dtypes = {str(variable.dtype) for variable in model.variables}
    assert dtypes - {"int64"} == {"float32"}  # a batch norm counts its batches
    assert np.abs(tf.cast(output, tf.float32) - head(name)(plain(name)).logits).max() < tolerance


# ---------------------------------------------------------------------- variables and layers


@each
def test_variables_are_the_checkpoint_with_slashes(name: str) -> None:
    model = TF.build(name, cases.case(name)["head"], head_run(name))
    golden = cases.golden(name)["runs"][head_run(name)]["state"]
    golden = {k: s for k, (s, _) in golden.items() if k not in model.network.active_ties()}
    assert {v.path.replace("/", "."): list(v.shape) for v in model.variables} == golden
    trained = [p for p in model.network.parameters() if p.requires_grad]
    assert len(model.trainable_variables) == len(trained)
    assert isinstance(model, keras.Model)
    assert model.built
    assert model.name == "_".join(_words(f"TF{cases.case(name)['head']}"))


def _words(name: str) -> list[str]:
    """TFBertForMaskedLM -> tf, bert, for, masked, lm; TFGPT2Model -> tfgpt2, model"""
    words: list[str] = []
    for letter, after in zip(name, f"{name[1:]}_", strict=True):
        if letter.isupper() and (not words or after.islower() or not words[-1][-1:].isupper()):
            words.append("")
        words[-1] += letter
    return [word.lower() for word in words]


@each
def test_layers_mirror_the_modules(name: str) -> None:
    model = head(name)
    trunk = model.get_layer(model.base_model_prefix)
    assert trunk is getattr(model, model.base_model_prefix) is model.layers[0]
    assert isinstance(trunk, keras.layers.Layer)
    assert type(trunk).__name__ == cases.case(name)["trunk"]
    for path in [v.path for v in model.variables if not v.path.startswith(f"{model.base_model_prefix}/")]:
        assert functools.reduce(getattr, path.split("/"), model).path == path
    with pytest.raises(AttributeError, match="encodre"):
        _ = model.encodre


@each_of_tokens
def test_embeddings_are_layers(name: str) -> None:
    model = head(name)
    table = model.get_input_embeddings()
    assert table.weight.shape[0] == model.config.vocab_size
    close(table(ids(name)), table.weight.numpy()[ids(name)])
    assert (model.get_output_embeddings() is None) == (model.network.get_output_embeddings() is None)


@each_attending
def test_trunk_is_a_layer_that_runs_alone(name: str) -> None:
    model = head(name)
    if "decoder_input_ids" in plain(name) or not is_pair(name):
        output = model(plain(name), output_hidden_states=True)
        trunk = model.get_layer(model.base_model_prefix)
        close(trunk(**plain(name)).last_hidden_state, state(output, "hidden_states")[-1])


def test_summary_names_layers_by_their_paths() -> None:
    lines: list[str] = []
    head().summary(line_length=100, print_fn=lines.append, expand_nested=True)
    text = "\n".join(lines)
    for piece in (
        "└ embeddings",
        "└ word_embeddings (Embedding)",
        "└ layer (ModuleList)",
        "classifier (Linear)",
    ):
        assert piece in text
    assert f"Total params: {head().count_params():,}" in text
    lines.clear()
    head().summary(print_fn=lines.append)
    assert "word_embeddings" not in "\n".join(lines)


def test_freezing_a_layer_stops_its_training() -> None:
    model = compiled(fresh_head())
    model.layers[0].trainable = False
    assert [v.path for v in model.trainable_variables] == ["classifier/weight", "classifier/bias"]
    before = model.get_weights()
    model.fit(plain(), labelled()["labels"], verbose=0)
    moved = [not np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True)]
    assert sum(moved) == 2
    model.trainable = False
    assert model.trainable_variables == []


# ---------------------------------------------------------------------- classes, files, copies


@each
def test_classes_stand_where_they_are_published(name: str) -> None:
    import transformers
    from transformers.modeling_tf_utils import TFPreTrainedModel

    assert transformers.TFPreTrainedModel is TFPreTrainedModel
    case = cases.case(name)
    room = case["module"].split(".")[1]
    module = __import__(f"transformers.models.{room}.modeling_tf_{room}", fromlist=["*"])
    for class_name in {run["class"] for run in case["runs"].values()}:
        cls = getattr(transformers, f"TF{class_name}")
        assert cls is getattr(module, f"TF{class_name}")
        assert issubclass(cls, TFPreTrainedModel)
        assert cls.network_class.__name__ == class_name
        assert cls.config_class.__name__ == case["config_class"]
        assert inspect.getdoc(cls)


def test_auto_classes_choose_the_model(tmp_path: Path) -> None:
    from transformers import TFAutoModel, TFAutoModelForSequenceClassification

    model = head()
    assert type(TFAutoModelForSequenceClassification.from_config(model.config)) is type(model)
    model.save_pretrained(tmp_path)
    loaded = TFAutoModelForSequenceClassification.from_pretrained(tmp_path, name="mine")
    assert loaded.name == "mine"
    close(loaded(plain()).logits, model(plain()).logits)
    assert type(TFAutoModel.from_pretrained(tmp_path)).__name__ == f"TF{cases.case(ONE)['trunk']}"


def test_copies_keep_all_settings() -> None:
    model = type(head())(copy.deepcopy(head().config), seed=7, name="mine", dtype="mixed_bfloat16")
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert (other.name, other.dtype_policy.name, other.config) == ("mine", "mixed_bfloat16", model.config)
        for a, b in zip(other.get_weights(), model.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
        other.classifier.bias.assign_add(tf.ones(3))
        assert not np.array_equal(other.classifier.bias.numpy(), model.classifier.bias.numpy())
    trunk = TF.model_class(ONE, "BertModel")(head().config, add_pooling_layer=False)
    assert copy.deepcopy(trunk)(ids(ONE)).pooler_output is None


def test_facts_about_the_model() -> None:
    model = head()
    assert model.num_parameters() == model.count_params()
    assert model.num_parameters(only_trainable=True) == model.count_params()
    assert model.get_memory_footprint(return_buffers=False) == 4 * model.count_params()
    assert (model.framework, model.main_input_name) == ("tf", "input_ids")
    assert repr(model) == f"<{type(model).__name__} name={model.name}, built=True>"
    assert set(model.dummy_inputs) == set(model.input_signature) > {"input_ids"}
    assert model(model.dummy_inputs).logits.shape == (2, 3)


def test_unknown_name_is_an_error_offline() -> None:
    with pytest.raises(OSError, match="nobody/nothing"):
        type(head()).from_pretrained("nobody/nothing", local_files_only=True)


def test_other_keras_backends_are_refused() -> None:
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "KERAS_BACKEND": "numpy", "PYTHONPATH": str(root / "src")}
    done = subprocess.run(
        [sys.executable, "-c", "from transformers import TFBertModel"],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: ")
    assert "set KERAS_BACKEND=tensorflow" in last
    assert "'numpy'" in last
