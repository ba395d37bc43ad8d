"""What JAX programs do with a model: Flax modules, checkpoints of Flax and orbax, optimisers, precision."""

from __future__ import annotations

import copy
import functools
import importlib
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

jax = pytest.importorskip("jax")
jnp = jax.numpy

import flax.linen as nn  # noqa: E402
import optax  # noqa: E402
import orbax.checkpoint as ocp  # noqa: E402
from flax import nnx, serialization  # noqa: E402
from flax.training import train_state  # noqa: E402

from ..models.jax_models import count_runs  # noqa: E402
from .face_rooms import IDS, LABELS, SIZES, fresh, inputs, labelled, shared  # noqa: E402

ROOMS = [
    "bert",
    "mobilenet_v2",
    *(pytest.param(name, marks=pytest.mark.full) for name in ("gpt2", "llama", "t5", "wav2vec2")),
]
each = pytest.mark.parametrize("name", ROOMS)
seldom = pytest.mark.parametrize(
    "name", ["mobilenet_v2", *(pytest.param(n, marks=pytest.mark.full) for n in SIZES if n != "mobilenet_v2")]
)


def head(name: str) -> Any:
    return shared("Flax", name)


def variables(model: Any) -> dict[str, Any]:
    return model.params if "batch_stats" in model.params else {"params": model.params}


def same(one: Any, other: Any, tolerance: float = 0.0) -> None:
    assert jax.tree.structure(one) == jax.tree.structure(other)
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, atol=tolerance, rtol=tolerance)


# ---------------------------------------------------------------------- flax.linen


@each
def test_module_of_a_model_is_a_linen_module(name: str) -> None:
    model = head(name)
    assert isinstance(model.module, nn.Module)
    assert type(model.module) is type(model).module_class
    given, batch = variables(model), inputs(name)
    expected = model(**batch).logits
    run = jax.jit(functools.partial(model.module.apply, deterministic=True))
    np.testing.assert_allclose(run(given, **batch).logits, expected, atol=1e-5)
    if name in ("bert", "t5"):
        np.testing.assert_allclose(run(given, *batch.values()).logits, expected, atol=1e-5)


@each
def test_linen_init_gives_the_models_tree(name: str) -> None:
    model = head(name)
    init = jax.jit(model.module.init)
    made, again, other = (init(jax.random.key(k), **inputs(name)) for k in (0, 0, 1))
    forms = jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), (made, variables(model)))
    assert forms[0] == forms[1]
    same(made, again)
    assert any((a != b).any() for a, b in zip(jax.tree.leaves(made), jax.tree.leaves(other), strict=True))


def test_linen_classes_have_their_published_names() -> None:
    from transformers import FlaxBertForMaskedLM, FlaxBertModel, FlaxGPT2LMHeadModel

    bert = importlib.import_module("transformers.models.bert.modeling_flax_bert")
    gpt2 = importlib.import_module("transformers.models.gpt2.modeling_flax_gpt2")
    assert FlaxBertModel.module_class is bert.FlaxBertModule
    assert FlaxBertForMaskedLM.module_class is bert.FlaxBertForMaskedLMModule
    assert FlaxGPT2LMHeadModel.module_class is gpt2.FlaxGPT2LMHeadModule
    assert bert.FlaxBertModule.__name__ == "FlaxBertModule"
    assert pickle.loads(pickle.dumps(bert.FlaxBertModule)) is bert.FlaxBertModule
    with pytest.raises(AttributeError, match="has no 'FlaxBurtModule'"):
        _ = bert.FlaxBurtModule


def test_linen_class_is_a_part_of_other_modules() -> None:
    bert = importlib.import_module("transformers.models.bert.modeling_flax_bert")
    model = head("bert")

    class Top(nn.Module):
        config: Any

        def setup(self) -> None:
            self.bert = bert.FlaxBertModule(config=self.config, dtype=jnp.float32, add_pooling_layer=False)
            self.top = nn.Dense(3)

        def __call__(self, ids: Any, mask: Any, deterministic: bool = True) -> Any:
            return self.top(self.bert(ids, mask, deterministic=deterministic)[0])

    top = Top(model.config)
    made = top.init(jax.random.key(0), IDS, np.ones_like(IDS))
    assert set(made["params"]["bert"]) == {"embeddings", "encoder"}
    made["params"]["bert"] = {key: model.params["bert"][key] for key in ("embeddings", "encoder")}
    dense = made["params"]["top"]
    hidden = model(IDS, output_hidden_states=True).hidden_states[-1]
    expected = hidden @ dense["kernel"] + dense["bias"]
    np.testing.assert_allclose(top.apply(made, IDS, np.ones_like(IDS)), expected, atol=1e-5)


def test_linen_module_draws_dropout_from_its_key() -> None:
    model = fresh("Flax", "bert", hidden_dropout_prob=0.5)
    given = variables(model)
    runs = [
        model.module.apply(given, IDS, deterministic=False, rngs={"dropout": jax.random.key(k)}).logits
        for k in (1, 1, 2)
    ]
    np.testing.assert_array_equal(runs[0], runs[1])
    assert np.abs(runs[0] - runs[2]).max() > 1e-3
    with pytest.raises(ValueError, match="pass dropout_rng"):
        model.module.apply(given, IDS, deterministic=False)


def test_linen_module_moves_batch_statistics() -> None:
    model, batch = head("mobilenet_v2"), labelled("mobilenet_v2")
    run = jax.jit(functools.partial(model.module.apply, train=True, mutable=["batch_stats"]))
    output, state = run(model.params, **batch)
    expected, moved = model(**batch, train=True)
    np.testing.assert_allclose(output.loss, expected.loss, rtol=1e-5)
    same(state, moved, 1e-5)
    before = jax.tree.leaves(model.params["batch_stats"])
    assert any(np.abs(a - b).max() > 1e-3 for a, b in zip(jax.tree.leaves(state), before, strict=True))


# ---------------------------------------------------------------------- flax.nnx


def test_nnx_module_trains_under_nnx() -> None:
    model, batch = fresh("Flax", "bert", hidden_dropout_prob=0.2), labelled("bert")
    view = model.nnx(nnx.Rngs(dropout=0))
    assert isinstance(view, nnx.Module)
    np.testing.assert_allclose(view(**batch).logits, model(**batch).logits, atol=1e-6)
    first = view.bert.encoder.layer["0"].output.dense.weight
    assert isinstance(first, nnx.Param)
    assert len(nnx.to_flat_state(nnx.state(view, nnx.Param))) == len(jax.tree.leaves(model.params))
    optimizer = nnx.Optimizer(view, optax.adam(1e-2), wrt=nnx.Param)

    @nnx.jit
    def step(view: Any, optimizer: Any) -> Any:
        loss, gradients = nnx.value_and_grad(lambda held: held(**batch).loss)(view)
        optimizer.update(view, gradients)
        return loss

    before = float(view(**batch).loss)
    view.train()
    drawn = [float(view(**batch).loss) for _ in range(2)]
    assert drawn[0] != drawn[1]
    for _ in range(10):
        step(view, optimizer)
    view.eval()
    assert float(view(**batch).loss) < 0.5 * before
    assert float(model(**batch).loss) == pytest.approx(before, rel=1e-5)  # the model keeps its own
    model.params = view.params
    np.testing.assert_allclose(model(**batch).logits, view(**batch).logits, atol=1e-6)
    again = nnx.merge(*nnx.split(view))
    np.testing.assert_allclose(again(**batch).logits, view(**batch).logits, atol=1e-6)


def test_nnx_module_moves_batch_statistics() -> None:
    model, batch = head("mobilenet_v2"), labelled("mobilenet_v2")
    view = model.nnx()
    _, moved = model(**batch, train=True)
    nnx.jit(lambda held: held(**batch, train=True).loss)(view)
    same(view.params["batch_stats"], moved["batch_stats"], 1e-5)
    same(view.params["params"], model.params["params"])


# ---------------------------------------------------------------------- checkpoints of Flax and orbax


@each
def test_flax_serialization_round_trips(name: str) -> None:
    params = head(name).params
    written = serialization.to_bytes(params)
    blank = jax.tree.map(jnp.zeros_like, params)
    same(serialization.from_bytes(blank, written), jax.tree.map(np.asarray, params))
    same(serialization.msgpack_restore(written), jax.tree.map(np.asarray, params))
    same(serialization.to_state_dict(params), params)
    model = fresh("Flax", name, seed=5)
    model.params = serialization.from_state_dict(model.params, serialization.to_state_dict(params))
    same(model.params, params)


@seldom
def test_orbax_checkpoints_restore_into_the_model(name: str, tmp_path: Path) -> None:
    model = head(name)
    with ocp.StandardCheckpointer() as keeper:
        keeper.save(tmp_path / "state", model.params)
        keeper.wait_until_finished()
        restored = keeper.restore(tmp_path / "state", model.params_shape_tree)
    same(restored, model.params)
    other = fresh("Flax", name, seed=5)
    other.params = restored
    np.testing.assert_array_equal(other(**inputs(name)).logits, model(**inputs(name)).logits)


def test_orbax_keeps_a_train_state(tmp_path: Path) -> None:
    model = head("bert")
    state = train_state.TrainState.create(apply_fn=model.__call__, params=model.params, tx=optax.adam(1e-3))
    gradients = jax.tree.map(jnp.ones_like, state.params)
    state = state.apply_gradients(grads=gradients)
    with ocp.CheckpointManager(tmp_path, options=ocp.CheckpointManagerOptions(max_to_keep=1)) as keeper:
        keeper.save(1, args=ocp.args.StandardSave(state))
        keeper.wait_until_finished()
        fresh_state = train_state.TrainState.create(
            apply_fn=model.__call__, params=model.init_weights(jax.random.key(3)), tx=optax.adam(1e-3)
        )
        restored = keeper.restore(1, args=ocp.args.StandardRestore(fresh_state))
    same(restored.params, state.params)
    same(restored.opt_state, state.opt_state)
    assert int(restored.step) == 1


# ---------------------------------------------------------------------- training


class State(train_state.TrainState):
    """A TrainState with batch statistics."""

    batch_stats: Any = None


def test_train_state_with_batch_statistics() -> None:
    model, batch = head("mobilenet_v2"), labelled("mobilenet_v2")
    state = State.create(apply_fn=model.module.apply, tx=optax.sgd(0.002), **model.params)

    @jax.jit
    def step(state: State) -> Any:
        def loss(params: Any) -> Any:
            given = {"params": params, "batch_stats": state.batch_stats}
            output, updates = state.apply_fn(given, **batch, train=True, mutable=["batch_stats"])
            return output.loss, updates

        (value, updates), gradients = jax.value_and_grad(loss, has_aux=True)(state.params)
        return state.apply_gradients(grads=gradients, batch_stats=updates["batch_stats"]), value

    losses = []
    for _ in range(4):
        state, value = step(state)
        losses.append(float(value))
    assert losses[-1] < losses[0]
    counts = {int(leaf) for leaf in jax.tree.leaves(state.batch_stats) if leaf.ndim == 0}
    assert counts == {4}


@pytest.mark.full
@pytest.mark.parametrize("name", [name for name in SIZES if name != "mobilenet_v2"])
def test_recomputed_layers_give_the_same_gradients(name: str) -> None:
    model, batch = head(name), labelled(name)
    saving = copy.deepcopy(model)
    saving.enable_gradient_checkpointing()

    def gradient(one: Any) -> Any:
        run = functools.partial(one.apply, **batch, train=True, dropout_rng=jax.random.key(0))
        return jax.jit(jax.grad(lambda params: run(params).loss))

    assert "remat" in str(jax.make_jaxpr(gradient(saving))(model.params))
    same(gradient(saving)(model.params), gradient(model)(model.params), 1e-4)


@pytest.mark.full
@pytest.mark.parametrize("name", list(SIZES))
@pytest.mark.parametrize(("dtype", "tolerance"), [(jnp.bfloat16, 0.1), (jnp.float16, 0.02)])
def test_halves_store_and_compute(name: str, dtype: Any, tolerance: float) -> None:
    exact = head(name)
    cast = {jnp.bfloat16: exact.to_bf16, jnp.float16: exact.to_fp16}[dtype]
    model = type(exact)(copy.deepcopy(exact.config), dtype=dtype, _do_init=False)
    output = model(**inputs(name), params=cast(exact.params)).logits
    assert output.dtype == dtype
    expected = exact(**inputs(name)).logits
    assert np.abs(output.astype(jnp.float32) - expected).max() < tolerance * max(1, np.abs(expected).max())
    back = exact.to_fp32(cast(exact.params))
    assert {str(leaf.dtype) for leaf in jax.tree.leaves(back)} <= {"float32", "int32"}


def test_layer_scan_keeps_the_names_on_disk(tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    model = fresh("Flax", "bert")
    expected = model(IDS, labels=LABELS).loss
    model.save_pretrained(tmp_path / "plain")
    model.enable_layer_scan()
    assert float(model(IDS, labels=LABELS).loss) == pytest.approx(float(expected), rel=1e-5)
    model.save_pretrained(tmp_path / "scanned")
    one, other = (load_file(tmp_path / kind / "model.safetensors") for kind in ("plain", "scanned"))
    assert one.keys() == other.keys()
    assert "bert.encoder.layer.1.output.dense.weight" in other
    for key, value in one.items():
        np.testing.assert_array_equal(other[key], value)


@pytest.mark.parametrize("name", ["gpt2", pytest.param("llama", marks=pytest.mark.full)])
def test_cache_of_fixed_length_is_compiled_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model, ids = fresh("Flax", name), np.array([[5, 6, 7, 8, 9]])
    whole, past, found = model(ids).logits, model.init_cache(1, 8), []
    runs = count_runs(monkeypatch, model)
    for place in range(5):
        output = model(
            ids[:, place : place + 1],
            attention_mask=np.ones((1, 8), np.int32),  # as in Flax: what is not written yet is not seen
            position_ids=np.array([[place]]),
            past_key_values=past,
        )
        past = output.past_key_values
        found.append(output.logits)
    np.testing.assert_allclose(np.concatenate(found, axis=1), whole, atol=1e-5)
    assert len(runs) <= 2  # the first step makes the buffers


def test_encoder_has_no_cache() -> None:
    with pytest.raises(TypeError, match="takes no past_key_values"):
        head("mobilenet_v2").init_cache(1, 8)
