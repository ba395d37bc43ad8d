"""What every architecture must do in JAX beside the common suite."""

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
from .adapters import ADAPTERS  # noqa: E402
from .test_common import close, each, head_run, ids  # noqa: E402

jax.config.update("jax_disable_most_optimizations", True)  # compiling is what these tests' time goes into

JAX = ADAPTERS["jax"]
ONE = cases.NAMES[0]  # properties of the face itself are tested with one architecture
SHALLOW = {"num_hidden_layers": 1}


def fresh_head(name: str = ONE, **overrides: Any) -> Any:
    return JAX.build(name, cases.case(name)["head"], head_run(name), **SHALLOW, **overrides)


@functools.cache
def head(name: str = ONE) -> Any:
    """The case's head; tests that share it leave it as it is."""
    return fresh_head(name)


@functools.cache
def dropping(name: str = ONE) -> Any:
    """The case's head with dropout."""
    config = JAX.config(name, head_run(name))
    rates = {
        key: 0.3
        for key in vars(config)
        if key.endswith(("dropout", "dropout_prob")) and getattr(config, key) == 0
    }
    assert rates
    return fresh_head(name, **rates)


def labelled(name: str = ONE) -> dict[str, np.ndarray]:
    return cases.inputs(name, head_run(name))


def plain(name: str = ONE) -> dict[str, np.ndarray]:
    return {key: value for key, value in labelled(name).items() if key != "labels"}


def decoder() -> tuple[str, Any]:
    name = next(n for n in cases.NAMES if "cached" in cases.case(n))
    spec = cases.case(name)["cached"]
    variant = cases.case(name)["variants"].get(spec.get("variant"), {})
    return name, JAX.build(name, spec["class"], **SHALLOW, **variant)


def leaves(tree: Any) -> list[Any]:
    return jax.tree.leaves(tree)


def equal(one: Any, other: Any) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(leaves(one), leaves(other), strict=True))


# ---------------------------------------------------------------------- parameters


@each
def test_params_are_a_tree_of_checkpoint_names(name: str) -> None:
    model = JAX.build(name, cases.case(name)["head"], head_run(name))
    golden = cases.golden(name)["runs"][head_run(name)]["state"]
    found = {
        ".".join(str(key.key) for key in path): leaf
        for path, leaf in jax.tree_util.tree_leaves_with_path(model.params)
    }
    assert {key: list(leaf.shape) for key, leaf in found.items()} == {
        key: shape for key, (shape, _) in golden.items()
    }
    assert all(isinstance(leaf, jax.Array) and leaf.dtype == jnp.float32 for leaf in found.values())
    assert model.required_params == {tuple(key.split(".")) for key in golden}
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
    model.params = params
    close(model(**plain()).logits, expected)


# ---------------------------------------------------------------------- compilation


def test_call_is_compiled_once_for_each_shape() -> None:
    model = fresh_head()
    sizes = []
    for rows, width in ((2, 6), (2, 6), (2, 5), (2, 6)):
        model(ids(ONE, rows, width))
        sizes.append(model._compiled._cache_size())
    model.params = jax.tree.map(lambda x: x + 1, model.params)
    model(input_ids=jnp.asarray(ids(ONE)))
    model(ids(ONE).tolist())
    model(ids(ONE), params=head().params)
    assert [*sizes, model._compiled._cache_size()] == [1, 1, 2, 2, 2]


def test_config_changes_compile_anew() -> None:
    model = fresh_head()
    assert model(ids(ONE)).hidden_states is None
    model.config.output_hidden_states = True
    assert len(model(ids(ONE)).hidden_states) == model.config.num_hidden_layers + 1
    model.config.output_hidden_states = False
    assert model(ids(ONE)).hidden_states is None
    assert model._compiled._cache_size() == 2
    model.config.return_dict = False
    assert isinstance(model(ids(ONE)), tuple)
    assert model(ids(ONE), return_dict=True).logits.shape[0] == 2


@each
def test_call_takes_the_published_inputs_in_order(name: str) -> None:
    model, inputs = head(name), plain(name)
    expected = model(**inputs).logits
    names = cases.golden(name)["runs"][head_run(name)]["forward"]
    ordered = [inputs.get(key) for key in names]
    while ordered[-1] is None:
        ordered.pop()
    for convert in (np.asarray, jnp.asarray, lambda x: np.asarray(x).tolist()):
        close(model(*(None if x is None else convert(x) for x in ordered)).logits, expected)
    close(model(list(ids(name))).logits, model(ids(name)).logits)


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


# ---------------------------------------------------------------------- transformations


def test_apply_is_pure_under_transformations() -> None:
    model, inputs = head(), labelled()
    params = model.params
    expected = model(**inputs)

    def loss(params: Any) -> Any:
        return model.apply(params, **inputs).loss

    close(jax.jit(lambda p: model.apply(p, **inputs))(params).logits, expected.logits)
    value, gradient = jax.jit(jax.value_and_grad(loss))(params)
    close(value, expected.loss)
    assert jax.tree.structure(gradient) == jax.tree.structure(params)
    again = jax.jit(jax.grad(jax.checkpoint(loss)))(params)
    for one, other in zip(leaves(gradient), leaves(again), strict=True):
        close(one, other, 1e-5)
    two = jax.tree.map(lambda x: jnp.stack([x, 2 * x]), params)
    both = jax.vmap(lambda p: model.apply(p, **plain()).logits)(two)
    close(both[0], expected.logits)
    close(both[1], model(**plain(), params=jax.tree.map(lambda x: 2 * x, params)).logits, 1e-4)
    wrapped = model.apply({"params": params}, **plain())
    close(wrapped.logits, expected.logits)
    output, state = model.apply({"params": params}, **plain(), mutable=["batch_stats"])
    close(output.logits, expected.logits)
    assert state == {"batch_stats": {}}


def test_output_is_a_tree() -> None:
    output = head()(**labelled(), output_hidden_states=True, output_attentions=True)
    assert type(output).__name__ == "SequenceClassifierOutput"
    doubled = jax.tree.map(lambda x: 2 * x, output)
    assert type(doubled) is type(output)
    close(doubled.logits, 2 * output.logits)
    close(jax.jit(lambda out: out.hidden_states[1] * 2)(output), doubled.hidden_states[1])
    assert {str(path[0].key) for path, _ in jax.tree_util.tree_leaves_with_path(output)} == set(output.keys())


@each
def test_training_step_has_keyed_dropout_and_recomputes(name: str) -> None:
    model, inputs = dropping(name), labelled(name)

    def loss(params: Any, key: Any, model: Any = model) -> Any:
        return model(**inputs, params=params, train=True, dropout_rng=key).loss

    step = jax.jit(jax.value_and_grad(loss))
    (one, gradient), (again, _), (other, _) = (step(model.params, jax.random.key(k)) for k in (1, 1, 2))
    assert one == again
    assert one != other
    assert step._cache_size() == 1
    assert all(bool(jnp.isfinite(leaf).all()) for leaf in leaves(gradient))
    saving = copy.deepcopy(model)
    saving.enable_gradient_checkpointing()
    traced = [
        str(jax.make_jaxpr(jax.grad(functools.partial(loss, model=m)))(m.params, jax.random.key(1)))
        for m in (model, saving)
    ]
    assert ["remat" in text for text in traced] == [False, True]
    if name == ONE:  # the masks are the same ones when a layer is computed again
        value, recomputed = jax.jit(jax.value_and_grad(functools.partial(loss, model=saving)))(
            model.params, jax.random.key(1)
        )
        close(value, one)
        for a, b in zip(leaves(recomputed), leaves(gradient), strict=True):
            close(a, b, 1e-5)


# ---------------------------------------------------------------------- dropout


def test_dropout_follows_its_key() -> None:
    model, inputs = dropping(), plain()
    run = functools.partial(model, **inputs, train=True)
    with pytest.raises(ValueError, match="pass dropout_rng"):
        run()
    one = run(dropout_rng=jax.random.key(1)).logits
    np.testing.assert_array_equal(run(dropout_rng=jax.random.key(1)).logits, one)
    assert np.abs(run(dropout_rng=jax.random.key(2)).logits - one).max() > 1e-3
    assert np.abs(model(**inputs).logits - one).max() > 1e-3
    np.testing.assert_array_equal(
        model(**inputs, dropout_rng=jax.random.key(1)).logits, model(**inputs).logits
    )
    pure = model.apply(model.params, **inputs, train=True, dropout_rng=jax.random.key(1)).logits
    close(pure, one)
    linen_style = model.apply(
        {"params": model.params}, **inputs, train=True, rngs={"dropout": jax.random.key(1)}
    ).logits
    close(linen_style, one)
    old_style = run(dropout_rng=jax.random.PRNGKey(1)).logits
    close(old_style, one)


def test_dropout_of_a_module_ignores_the_others() -> None:
    """A layer's mask depends on key, path and call index: another module's draws before it change nothing."""
    from transformers.frameworks.core.scope import Scope, use
    from transformers.frameworks.loader import torch_module

    torch = torch_module("jax")
    drop, unrelated = torch.nn.Dropout(0.5).train(), torch.nn.Dropout(0.5).train()
    drop._path, unrelated._path = "layer.0.dropout", "embeddings.dropout"
    ones = torch.ones(64)

    def masks(extra: int) -> list[np.ndarray]:
        with use(Scope(train=True, rng=jax.random.key(0))):
            for _ in range(extra):
                unrelated(ones)
            return [np.asarray(drop(ones).a) for _ in range(2)]

    plain_masks, later = masks(0), masks(3)
    np.testing.assert_array_equal(plain_masks, later)
    assert not np.array_equal(plain_masks[0], plain_masks[1])
    drop._path = "layer.1.dropout"
    assert not np.array_equal(masks(0)[0], plain_masks[0])


# ---------------------------------------------------------------------- precision


@each
def test_computes_in_half_precision(name: str) -> None:
    exact = head(name)
    model = type(exact)(copy.deepcopy(exact.config), dtype=jnp.bfloat16, _do_init=False)
    output = model(**plain(name), params=exact.params, output_hidden_states=True)
    assert {str(leaf.dtype) for leaf in leaves(output)} == {"bfloat16"}
    assert np.abs(output.logits.astype(jnp.float32) - exact(**plain(name)).logits).max() < 0.15


def test_gradients_keep_the_precision_of_the_params() -> None:
    exact = head()
    model = type(exact)(copy.deepcopy(exact.config), dtype=jnp.float16, _do_init=False)
    (_, output), gradient = jax.jit(
        jax.value_and_grad(lambda p: ((out := model(**labelled(), params=p)).loss, out), has_aux=True)
    )(exact.params)
    assert output.logits.dtype == jnp.float16
    assert np.abs(output.logits - exact(**plain()).logits).max() < 0.02
    assert all(leaf.dtype == jnp.float32 and bool(jnp.isfinite(leaf).all()) for leaf in leaves(gradient))


def test_params_change_precision_by_mask() -> None:
    model = head()
    half = model.to_bf16(model.params)
    assert {str(leaf.dtype) for leaf in leaves(half)} == {"bfloat16"}
    assert {str(leaf.dtype) for leaf in leaves(model.to_fp16(model.params))} == {"float16"}
    assert {str(leaf.dtype) for leaf in leaves(model.to_fp32(half))} == {"float32"}
    mask = unflatten({key: not key.endswith("bias") for key, _ in flatten(model.params)})
    for key, leaf in flatten(model.to_fp16(model.params, mask)):
        assert leaf.dtype == ("float32" if key.endswith("bias") else "float16"), key
    assert all(leaf.dtype == jnp.float32 for leaf in leaves(model.params))
    output = model(**plain(), params=half).logits  # stored in half, computed in model.dtype
    assert output.dtype == jnp.float32
    assert np.abs(output - model(**plain()).logits).max() < 0.1


def test_loads_in_the_precision_asked_for(tmp_path: Path) -> None:
    head().save_pretrained(tmp_path, params=head().to_fp16(head().params))
    load = type(head()).from_pretrained
    assert {str(leaf.dtype) for leaf in leaves(load(tmp_path).params)} == {"float32"}
    stored = load(tmp_path, param_dtype="auto")
    assert {str(leaf.dtype) for leaf in leaves(stored.params)} == {"float16"}
    model = load(tmp_path, dtype=jnp.bfloat16)
    assert model.dtype == jnp.bfloat16
    assert {str(leaf.dtype) for leaf in leaves(model.params)} == {"float32"}


# ---------------------------------------------------------------------- training


def test_optax_loop_reduces_the_loss() -> None:
    optax = pytest.importorskip("optax")
    model, inputs = dropping(), labelled()
    optimizer = optax.adamw(3e-3)

    @functools.partial(jax.jit, donate_argnums=(0, 1))
    def step(params: Any, state: Any, key: Any) -> Any:
        loss, gradient = jax.value_and_grad(
            lambda p: model(**inputs, params=p, train=True, dropout_rng=key).loss
        )(params)
        updates, state = optimizer.update(gradient, state, params)
        return optax.apply_updates(params, updates), state, loss

    params = jax.tree.map(jnp.copy, model.params)
    before, state = model(**inputs, params=params).loss, optimizer.init(params)
    for index in range(20):
        params, state, loss = step(params, state, jax.random.key(index))
    assert np.isfinite(float(loss))
    assert float(model(**inputs, params=params).loss) < 0.3 * float(before)
    assert step._cache_size() == 1


def test_train_state_of_flax_works() -> None:
    optax = pytest.importorskip("optax")
    train_state = pytest.importorskip("flax.training.train_state")
    model, inputs = head(), labelled()
    state = train_state.TrainState.create(apply_fn=model.__call__, params=model.params, tx=optax.sgd(0.1))

    @jax.jit
    def step(state: Any) -> Any:
        loss, gradient = jax.value_and_grad(lambda p: state.apply_fn(**inputs, params=p)[0])(state.params)
        return state.apply_gradients(grads=gradient), loss

    state, first = step(state)
    state, second = step(state)
    assert float(second) < float(first)
    assert int(state.step) == 2


def test_loss_options_reach_the_loss() -> None:
    model, inputs = head(), labelled()
    mean = model(**inputs).loss
    rows = len(inputs["labels"])
    close(model(**inputs, num_items_in_batch=2 * rows).loss, mean / 2)
    assert abs(float(model(**inputs, label_smoothing=0.5).loss - mean)) > 1e-4


# ---------------------------------------------------------------------- caches


def test_cache_passes_through_compiled_steps() -> None:
    name, model = decoder()
    batch = ids(name)

    @jax.jit
    def step(params: Any, tokens: Any, past: Any) -> Any:
        output = model.apply(params, tokens, past_key_values=past, use_cache=True)
        return output.logits, output.past_key_values

    whole = model(batch).logits
    logits, past = step(model.params, batch[:, :4], None)
    close(logits, whole[:, :4])
    for index in (4, 5):
        logits, past = step(model.params, batch[:, index : index + 1], past)
        close(logits, whole[:, index : index + 1])
    assert past.get_seq_length() == 6
    legacy = past.to_legacy_cache()
    assert all(isinstance(leaf, jax.Array) for leaf in leaves(legacy))


# ---------------------------------------------------------------------- classes, files, copies


def test_classes_stand_where_they_are_published() -> None:
    from transformers.modeling_flax_utils import FlaxPreTrainedModel

    import transformers

    assert transformers.FlaxPreTrainedModel is FlaxPreTrainedModel
    case = cases.case(ONE)
    room = case["module"].split(".")[1]
    module = __import__(f"transformers.models.{room}.modeling_flax_{room}", fromlist=["*"])
    assert module.__all__ == sorted(module.__all__)
    for class_name in {run["class"] for run in case["runs"].values()}:
        cls = getattr(transformers, f"Flax{class_name}")
        assert cls is getattr(module, f"Flax{class_name}")
        assert issubclass(cls, FlaxPreTrainedModel)
        assert cls.module_class.__name__ == class_name
        assert cls.config_class.__name__ == case["config_class"]
        assert cls.__module__ == module.__name__
        assert inspect.getdoc(cls)
        assert any(
            base.__name__.endswith("PreTrainedModel") and base is not FlaxPreTrainedModel
            for base in cls.__mro__
        )
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
