"""What every architecture must do in JAX beside the common suite: inputs, parameters, classes, files."""

from __future__ import annotations

import copy
import functools
import inspect
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

jax = pytest.importorskip("jax")
jnp = jax.numpy

from transformers.frameworks.jax.trees import flatten, unflatten  # noqa: E402

from . import cases  # noqa: E402
from .jax_models import JAX, ONE, SHALLOW, count_runs, equal, fresh_head, head, leaves, plain  # noqa: E402
from .test_common import close, each, head_run, ids  # noqa: E402

# ---------------------------------------------------------------------- parameters


def untied(name: str, model: Any) -> dict[str, Any]:
    """The recorded names of the head's weights with their shapes, each shared one once."""
    state = cases.golden(name)["runs"][head_run(name)]["state"]
    return {key: value for key, value in state.items() if key not in model.network.active_ties()}


@each
def test_params_are_a_tree_of_checkpoint_names(name: str) -> None:
    model = JAX.build(name, cases.case(name)["head"], head_run(name))
    golden = untied(name, model)
    statistics = ("running_mean", "running_var", "num_batches_tracked")
    trees = {"params": model.params}
    if any(key.endswith(statistics) for key in golden):  # batch norms: their statistics are a tree of its own
        trees = model.params
        assert trees.keys() == {"params", "batch_stats"}
    found = {
        ".".join(str(key.key) for key in path): (kind, leaf)
        for kind, tree in trees.items()
        for path, leaf in jax.tree_util.tree_leaves_with_path(tree)
    }
    assert {key: list(leaf.shape) for key, (_, leaf) in found.items()} == {
        key: shape for key, (shape, _) in golden.items()
    }
    for key, (kind, leaf) in found.items():
        assert kind == ("batch_stats" if key.endswith(statistics) else "params")
        assert isinstance(leaf, jax.Array)
        assert leaf.dtype == (jnp.int32 if key.endswith(statistics[-1]) else jnp.float32)
    own = {path[1:] if len(trees) == 2 else path for path in model.required_params}
    assert own == {tuple(key.split(".")) for key in golden}
    assert type(model.params) is dict


def test_shape_tree_needs_no_arrays() -> None:
    model = JAX.model_class(ONE, cases.case(ONE)["head"])(
        JAX.config(ONE, head_run(ONE), **SHALLOW), _do_init=False
    )
    shapes = model.params_shape_tree
    assert all(isinstance(leaf, jax.ShapeDtypeStruct) for leaf in leaves(shapes))
    expected = head().params
    assert jax.tree.map(lambda leaf: leaf.shape, shapes) == jax.tree.map(lambda leaf: leaf.shape, expected)
    drawn = jax.eval_shape(model.init_weights, jax.random.key(0))
    assert jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), drawn) == jax.tree.map(
        lambda leaf: (leaf.shape, leaf.dtype), shapes
    )


def test_params_setter_checks_the_tree() -> None:
    model = fresh_head()
    flat = dict(flatten(model.params))
    key = min(flat)
    with pytest.raises(ValueError, match=f"lack 1 leaves: {key}"):
        model.params = unflatten({k: v for k, v in flat.items() if k != key})
    with pytest.raises(ValueError, match=r"hold 1 leaves not of .*: extra\.weight"):
        model.params = unflatten({**flat, "extra.weight": jnp.zeros(2)})
    with pytest.raises(ValueError, match=f"{key} has shape \\(3, 1\\)"):
        model.params = unflatten({**flat, key: jnp.zeros((3, 1))})
    with pytest.raises(ValueError, match="lack"):
        model(**plain(), params={})
    with pytest.raises(ValueError, match="lack"):
        model.apply({}, **plain())
    model.params = {"params": unflatten(flat)}
    assert dict(flatten(model.params)).keys() == flat.keys()


def test_frozen_params_are_accepted() -> None:
    core = pytest.importorskip("flax.core")
    model = fresh_head()
    frozen = core.freeze(model.params)
    expected = head()(**plain()).logits
    close(model(**plain(), params=frozen).logits, expected)
    model.params = frozen
    assert type(model.params) is dict
    close(model(**plain()).logits, expected)
    assert isinstance(model.to_bf16(frozen), dict)


def test_init_weights_follow_the_key_and_keep_given_leaves() -> None:
    model = head()
    key = jax.random.key(3)
    one, again, other = (model.init_weights(k, (1, 1)) for k in (key, key, jax.random.PRNGKey(4)))
    assert equal(one, again)
    assert not equal(one, other)
    assert equal(jax.jit(model.init_weights)(key), one)
    some = dict(list(flatten(model.params))[:3])
    merged = dict(flatten(model.init_weights(key, (1, 1), params=unflatten(some))))
    fresh = dict(flatten(one))
    assert merged.keys() == fresh.keys()
    assert all(np.array_equal(merged[k], some.get(k, fresh[k])) for k in merged)


def test_seed_decides_the_first_params() -> None:
    made = functools.partial(JAX.model_class(ONE, cases.case(ONE)["head"]), JAX.config(ONE))
    assert equal(made(seed=1).params, made(seed=1).params)
    assert not equal(made(seed=1).params, made(seed=2).params)


def test_model_without_init_keeps_no_params(tmp_path: Path) -> None:
    head().save_pretrained(tmp_path)
    cls = type(head())
    model, params = cls.from_pretrained(tmp_path, _do_init=False)
    with pytest.raises(ValueError, match="_do_init=False"):
        _ = model.params
    with pytest.raises(ValueError, match="pass params"):
        model(**plain())
    expected = head()(**plain()).logits
    close(model(**plain(), params=params).logits, expected)
    again = model.init_weights(jax.random.key(0), (1, 1), params)
    assert equal(again, params)
    assert pickle.loads(pickle.dumps(model))._is_initialized is False
    with pytest.raises(ValueError, match="holds no params: pass params to the call"):
        model.params = params


# ---------------------------------------------------------------------- compilation


def test_call_is_compiled_once_for_each_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    model = fresh_head()
    runs, sizes = count_runs(monkeypatch, model), []
    for rows, width in ((2, 6), (2, 6), (2, 5), (2, 6)):
        model(ids(ONE, rows, width))
        sizes.append(len(runs))
    model.params = jax.tree.map(lambda x: x + 1, model.params)
    model(input_ids=jnp.asarray(ids(ONE)))
    model(ids(ONE).tolist())
    model(ids(ONE), params=head().params)
    assert [*sizes, len(runs)] == [1, 1, 2, 2, 2]


def test_config_changes_compile_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    model = fresh_head()
    runs = count_runs(monkeypatch, model)
    assert model(ids(ONE)).hidden_states is None
    model.config.output_hidden_states = True
    assert len(model(ids(ONE)).hidden_states) == model.config.num_hidden_layers + 1
    model.config.output_hidden_states = False
    assert model(ids(ONE)).hidden_states is None
    assert len(runs) == 2
    model.config.return_dict = False
    assert isinstance(model(ids(ONE)), tuple)
    assert model(ids(ONE), return_dict=True).logits.shape[0] == 2


@each
def test_call_takes_the_published_inputs_in_order(name: str) -> None:
    model, inputs = head(name), plain(name)
    expected = model(**inputs).logits
    names = cases.golden(name)["runs"][head_run(name)]["forward"]
    if names[1] == "past_key_values":  # in Flax mask and positions stand before the cache
        names = sorted(names, key=["input_ids", "attention_mask", "position_ids", *names].index)
    ordered = [inputs.get(key) for key in names]
    while ordered[-1] is None:
        ordered.pop()
    for convert in (np.asarray, jnp.asarray, lambda x: np.asarray(x).tolist()):
        close(model(*(None if x is None else convert(x) for x in ordered)).logits, expected)
    close(model(**{key: list(value) for key, value in inputs.items()}).logits, expected)


def test_bad_inputs_say_what_is_wrong() -> None:
    model = head()
    with pytest.raises(TypeError, match="run a tokenizer"):
        model("hello")
    with pytest.raises(TypeError, match="twice"):
        model(ids(ONE), input_ids=ids(ONE))
    with pytest.raises(TypeError, match="at most"):
        model(*[ids(ONE)] * 40)
    with pytest.raises(TypeError, match="Did you mean 'attention_mask'"):
        JAX.build(ONE, cases.case(ONE)["trunk"])(ids(ONE), attention_masks=ids(ONE))
    with pytest.raises(ValueError, match="floating-point"):
        type(model)(model.config, dtype=jnp.int32)
    with pytest.raises(TypeError, match="base class"):
        type(model).__mro__[1](model.config)
    with pytest.raises(TypeError, match="from_pretrained"):
        type(model)("some/name")
    with pytest.raises(ValueError, match="flash_misspelt"):
        type(model)._from_config(model.config, attn_implementation="flash_misspelt")


# ---------------------------------------------------------------------- classes, files, copies


def _aliases(room: str) -> dict[str, str]:
    manifest = __import__(f"transformers.models.{room}.manifest", fromlist=["*"]).MANIFEST
    return {alias: ours for alias, ours in manifest.get("aliases", {}).items() if alias.startswith("Flax")}


@each
def test_classes_stand_where_they_are_published(name: str) -> None:
    import transformers
    from transformers.modeling_flax_utils import FlaxPreTrainedModel

    assert transformers.FlaxPreTrainedModel is FlaxPreTrainedModel
    case = cases.case(name)
    room = case["module"].split(".")[1]
    module = __import__(f"transformers.models.{room}.modeling_flax_{room}", fromlist=["*"])
    assert module.__all__ == sorted(module.__all__)
    for class_name in {run["class"] for run in case["runs"].values()}:
        cls = getattr(transformers, f"Flax{class_name}")
        assert cls is getattr(module, f"Flax{class_name}")
        assert issubclass(cls, FlaxPreTrainedModel)
        assert cls.network_class.__name__ == class_name
        assert cls.config_class.__name__ == case["config_class"]
        assert cls.__module__ == module.__name__
        assert inspect.getdoc(cls)
        assert any(
            base.__name__.endswith("PreTrainedModel") and base is not FlaxPreTrainedModel
            for base in cls.__mro__
        )
    for alias, ours in _aliases(room).items():
        assert getattr(transformers, alias) is getattr(module, alias) is getattr(module, ours)
    with pytest.raises(AttributeError, match="Did you mean"):
        getattr(module, f"Flax{case['trunk']}s")


def test_auto_classes_choose_the_model(tmp_path: Path) -> None:
    from transformers import FlaxAutoModel, FlaxAutoModelForSequenceClassification

    model = head()
    made = FlaxAutoModelForSequenceClassification.from_config(model.config, seed=1, dtype=jnp.bfloat16)
    assert type(made) is type(model)
    assert made.dtype == jnp.bfloat16
    assert made.config is not model.config
    model.save_pretrained(tmp_path)
    _, params = FlaxAutoModelForSequenceClassification.from_pretrained(tmp_path, _do_init=False)
    assert equal(params, model.params)
    trunk = FlaxAutoModel.from_pretrained(tmp_path, dtype=jnp.float16)
    assert type(trunk).__name__ == f"Flax{cases.case(ONE)['trunk']}"
    assert trunk.dtype == jnp.float16


def test_copies_keep_all_settings() -> None:
    model = type(head())(copy.deepcopy(head().config), seed=7, dtype=jnp.bfloat16)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert equal(other.params, model.params)
        assert (other.dtype, other.seed, other.config) == (model.dtype, 7, model.config)
        other.params = jax.tree.map(lambda x: 0 * x, other.params)
        assert not equal(other.params, model.params)


def test_facts_about_the_model() -> None:
    model = head()
    total = sum(leaf.size for leaf in leaves(model.params))
    assert model.num_parameters() == total
    assert model.get_memory_footprint(return_buffers=False) == 4 * total
    assert model.framework == "flax"
    assert model.main_input_name == "input_ids"
    assert repr(model).startswith(f"{type(model).__name__}(\n")


def test_unknown_name_is_an_error_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(OSError, match="nobody/nothing"):
        type(head()).from_pretrained("nobody/nothing", local_files_only=True)
