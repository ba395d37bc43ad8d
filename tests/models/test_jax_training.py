"""What every architecture must do in JAX when it is transformed, trained or built upon."""

from __future__ import annotations

import copy
import functools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

jax = pytest.importorskip("jax")
jnp = jax.numpy

from transformers.frameworks.jax.trees import flatten, unflatten  # noqa: E402

from .cases import RECOMPUTING  # noqa: E402
from .jax_models import ONE, apply, decoder, dropping, head, labelled, leaves, plain  # noqa: E402
from .test_common import close, each, ids, seldom  # noqa: E402

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
def test_dropout_is_keyed(name: str) -> None:
    model, inputs = dropping(name), labelled(name)
    one, again, other = (
        apply(model, model.params, **inputs, train=True, dropout_rng=jax.random.key(k)).loss
        for k in (1, 1, 2)
    )
    assert one == again
    assert one != other


@pytest.mark.parametrize("name", [n for n in seldom if n.values[0] in RECOMPUTING])
def test_layers_are_recomputed(name: str) -> None:
    model = copy.deepcopy(dropping(name))
    model.enable_gradient_checkpointing()

    def loss(params: Any, key: Any) -> Any:
        return model.apply(params, **labelled(name), train=True, dropout_rng=key).loss

    traced = jax.make_jaxpr(jax.grad(loss))(model.params, jax.random.key(1))
    assert "remat" in str(traced)


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=() if n == ONE else pytest.mark.full) for n in RECOMPUTING]
)
def test_compiled_training_step_draws_and_recomputes_alike(name: str) -> None:
    model, inputs = dropping(name), labelled(name)

    traces = []

    def loss(params: Any, key: Any, model: Any = model) -> Any:
        traces.append(model)
        return model(**inputs, params=params, train=True, dropout_rng=key).loss

    step = jax.jit(jax.value_and_grad(loss))
    (one, gradient), (again, _), (other, _) = (step(model.params, jax.random.key(k)) for k in (1, 1, 2))
    assert one == again
    assert one != other
    assert len(traces) == 1
    assert all(bool(jnp.isfinite(leaf).all()) for leaf in leaves(gradient))
    saving = copy.deepcopy(model)
    saving.enable_gradient_checkpointing()
    # The masks are the same ones when a layer is computed again.
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


@pytest.mark.parametrize("name", seldom)
def test_computes_in_half_precision(name: str) -> None:
    exact = head(name)
    model = type(exact)(copy.deepcopy(exact.config), dtype=jnp.bfloat16, _do_init=False)
    output = apply(model, exact.params, **plain(name), output_hidden_states=True)
    assert {str(leaf.dtype) for leaf in leaves(output)} == {"bfloat16"}
    expected = apply(exact, exact.params, **plain(name)).logits
    assert np.abs(output.logits.astype(jnp.float32) - expected).max() < 0.15


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
    assert {str(leaf.dtype) for leaf in leaves(load(tmp_path).params)} == {"float16"}
    for chosen, dtype in (("auto", "float16"), (jnp.float32, "float32"), ("bfloat16", "bfloat16")):
        stored = load(tmp_path, param_dtype=chosen)
        assert {str(leaf.dtype) for leaf in leaves(stored.params)} == {dtype}
    model = load(tmp_path, dtype=jnp.bfloat16)
    assert model.dtype == jnp.bfloat16
    assert {str(leaf.dtype) for leaf in leaves(model.params)} == {"float16"}


# ---------------------------------------------------------------------- training


def test_optax_loop_reduces_the_loss() -> None:
    optax = pytest.importorskip("optax")
    model, inputs = dropping(), labelled()
    optimizer = optax.adamw(3e-3)

    traces = []

    @functools.partial(jax.jit, donate_argnums=(0, 1))
    def step(params: Any, state: Any, key: Any) -> Any:
        traces.append(key)
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
    assert len(traces) == 1


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


def test_linen_view_has_the_same_variables() -> None:
    nn = pytest.importorskip("flax.linen")
    model, inputs = dropping(), plain()
    view = model.linen()
    assert isinstance(view, nn.Module)
    variables = jax.eval_shape(view.init, jax.random.key(0), **inputs)
    assert jax.tree.map(lambda x: x.shape, variables) == {
        "params": jax.tree.map(lambda x: x.shape, model.params)
    }
    given = {"params": model.params}
    close(view.apply(given, **inputs).logits, model(**inputs).logits)
    with pytest.raises(ValueError, match="pass dropout_rng"):
        view.apply(given, **inputs, train=True)
    keys = [{"dropout": jax.random.key(k)} for k in (1, 1, 2)]
    one, again, other = (view.apply(given, **inputs, train=True, rngs=k).logits for k in keys)
    np.testing.assert_array_equal(one, again)
    assert np.abs(one - other).max() > 1e-3

    class Top(nn.Module):
        base: Any

        @nn.compact
        def __call__(self, batch: Any) -> Any:
            return nn.Dense(2)(self.base(batch).logits)

    top = Top(view)
    variables = top.init(jax.random.key(0), inputs["input_ids"])
    assert set(variables["params"]) == {"base", "Dense_0"}
    assert top.apply(variables, inputs["input_ids"]).shape == (len(inputs["input_ids"]), 2)


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
