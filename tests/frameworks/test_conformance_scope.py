"""Scopes: parameters from outside, collected buffer updates, training mode, dropout keys, bound variables."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
import torch

from transformers.frameworks.core.scope import Scope, current, use

from .harness import FRAMEWORKS, backend, namespace


@pytest.fixture(params=FRAMEWORKS)
def t(request: pytest.FixtureRequest) -> Any:
    return namespace(request.param)


def raw_of(t: Any, values: Any) -> Any:
    return t.tensor(np.asarray(values, np.float32)).a


def test_parameters_read_from_the_scope(t: Any) -> None:
    layer = t.nn.Linear(2, 2)
    given = {id(layer.weight): raw_of(t, np.full((2, 2), 3.0)), id(layer.bias): raw_of(t, [0.0, 1.0])}
    before = layer(t.ones(1, 2)).numpy()
    with use(Scope(given)):
        assert layer(t.ones(1, 2)).tolist() == [[6.0, 7.0]]
    assert np.array_equal(layer(t.ones(1, 2)).numpy(), before)
    assert current() is None


def test_scope_values_decide_dtype_and_shape(t: Any) -> None:
    layer = t.nn.Linear(2, 2)
    with use(Scope({id(layer.weight): t.ones(2, 2, dtype=t.bfloat16).a})):
        assert layer.weight.dtype is t.bfloat16


def test_training_follows_the_scope(t: Any) -> None:
    model = t.nn.Sequential(t.nn.Dropout(0.5)).eval()
    with use(Scope(train=True)):
        assert model.training and model[0].training
    with use(Scope()):
        assert not model.training
    assert not model.training


def test_scopes_are_per_thread(t: Any) -> None:
    seen: list[Any] = []
    with use(Scope(train=True)):
        thread = threading.Thread(target=lambda: seen.append(current()))
        thread.start()
        thread.join()
    assert seen == [None]


@pytest.mark.parametrize("momentum", [0.1, None])
def test_batch_norm_moves_running_statistics_as_pytorch(t: Any, momentum: float | None) -> None:
    x = np.random.default_rng(0).standard_normal((4, 3, 5)).astype(np.float32)
    ours, theirs = t.nn.BatchNorm1d(3, momentum=momentum), torch.nn.BatchNorm1d(3, momentum=momentum)
    for _ in range(2):
        out, want = ours(t.from_numpy(x)), theirs(torch.from_numpy(x))
    assert np.allclose(out.numpy(), want.detach().numpy(), atol=1e-5)
    for name, value in theirs.state_dict().items():
        assert np.allclose(np.asarray(ours.state_dict()[name]), value.numpy(), atol=1e-5), name
    assert np.allclose(
        ours.eval()(t.from_numpy(x)).numpy(), theirs.eval()(torch.from_numpy(x)).detach().numpy(), atol=1e-5
    )


def test_buffer_updates_are_collected_in_the_scope(t: Any) -> None:
    layer = t.nn.BatchNorm1d(3)
    x = t.from_numpy(np.arange(6, dtype=np.float32).reshape(2, 3))
    with use(Scope(train=True)) as scope:
        layer(x)
        assert int(layer.num_batches_tracked) == 1  # reads see the update
    assert set(scope.updates) == {
        id(layer.running_mean),
        id(layer.running_var),
        id(layer.num_batches_tracked),
    }
    assert np.allclose(backend(_name(t)).to_numpy(scope.updates[id(layer.running_mean)]), [0.15, 0.25, 0.35])
    assert layer.running_mean.tolist() == [0, 0, 0] and int(layer.num_batches_tracked) == 0


def _name(t: Any) -> str:
    return t.__name__.split(".")[-2]


def test_dropout_keeps_the_expected_share(t: Any) -> None:
    t.manual_seed(0)
    out = t.nn.Dropout(0.25)(t.ones(200, 100)).numpy()
    assert abs((out == 0).mean() - 0.25) < 0.02
    assert np.allclose(out[out != 0], 1 / 0.75)


def test_dropout_of_channels_drops_whole_channels(t: Any) -> None:
    out = t.nn.Dropout2d(0.5)(t.ones(8, 16, 3, 3)).numpy()
    assert np.array_equal(out.min((2, 3)), out.max((2, 3)))


def _dropped(t: Any, key: Any, path: str = "a.b", calls: int = 1) -> list[Any]:
    layer = t.nn.Dropout(0.5)
    layer._path = path
    with use(Scope(train=True, rng=key)):
        return [layer(t.ones(64)).numpy() for _ in range(calls)]


@pytest.mark.parametrize("framework", ["jax", "tf"])
def test_dropout_depends_on_key_path_and_call(framework: str) -> None:
    t = namespace(framework)
    keys = [_key(framework, seed) for seed in (0, 1)]
    first, second = _dropped(t, keys[0], calls=2)
    assert np.array_equal(first, _dropped(t, keys[0])[0])
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, _dropped(t, keys[0], "a.c")[0])
    assert not np.array_equal(first, _dropped(t, keys[1])[0])


def _key(framework: str, seed: int) -> Any:
    if framework == "jax":
        import jax

        return jax.random.key(seed)
    return backend("tf").asarray([seed, 7], "int32")


def test_dropout_path_hash_is_stable() -> None:
    scope = Scope(rng=object())
    scope.paths.append("123456789")  # whose CRC-32 is published as the algorithm's check value
    assert [scope.position(), scope.position()] == [(0xCBF43926, 0), (0xCBF43926, 1)]


def test_jax_dropout_without_a_key_says_what_to_pass() -> None:
    t = namespace("jax")
    layer = t.nn.Dropout(0.5)
    with use(Scope(train=True)), pytest.raises(ValueError, match="pass dropout_rng"):
        layer(t.ones(3))


def test_jax_buffer_write_under_a_trace_is_refused_without_a_scope() -> None:
    import jax

    t = namespace("jax")
    layer = t.nn.BatchNorm1d(2)
    with pytest.raises(RuntimeError, match="run the module in a Scope"):
        jax.jit(lambda x: layer(t.Tensor._wrap(x)).a)(np.ones((3, 2), np.float32))


def test_jax_parameters_are_made_outside_of_the_trace() -> None:
    import jax

    t = namespace("jax")
    layer, filled = t.nn.Linear(2, 2), t.ones(2)
    out = jax.jit(lambda x: layer(t.Tensor._wrap(x) + filled).a)(np.ones((1, 2), np.float32))
    assert np.allclose(out, (layer(t.ones(1, 2) + filled)).numpy())
    assert not isinstance(layer.weight.a, jax.core.Tracer) and not isinstance(filled.a, jax.core.Tracer)


def test_jax_tensors_are_trees() -> None:
    import jax

    t = namespace("jax")
    doubled = jax.jit(lambda pair: {"x": pair["x"] * 2, "y": pair["y"]})(
        {"x": t.ones(2), "y": t.nn.Parameter(t.zeros(1))}
    )
    assert isinstance(doubled["x"], t.Tensor) and doubled["x"].tolist() == [2.0, 2.0]


@pytest.mark.parametrize("rng", [False, True])
def test_jax_checkpoint_gives_values_gradients_and_updates(rng: bool) -> None:
    import jax

    t = namespace("jax")
    block = t.nn.Sequential(t.nn.Linear(3, 3), t.nn.BatchNorm1d(3), t.nn.Dropout(0.5 if rng else 0.0))
    for path, module in block.named_modules():
        module._path = path
    x = np.random.default_rng(1).standard_normal((4, 3)).astype(np.float32)

    def loss(values: Any, remat: bool) -> Any:
        scope = Scope({id(block[0].weight): values}, train=True, rng=jax.random.key(0) if rng else None)
        with use(scope):
            box = t.Tensor._wrap(x)
            out = t.utils.checkpoint.checkpoint(block, box, use_reentrant=False) if remat else block(box)
        return (out * out).sum().a, [scope.updates[id(block[1].running_mean)]]

    weight = block[0].weight.a
    (plain, moved), gradient = jax.jit(jax.value_and_grad(loss, has_aux=True), static_argnums=1)(
        weight, False
    )
    (again, moved_again), gradient_again = jax.jit(jax.value_and_grad(loss, has_aux=True), static_argnums=1)(
        weight, True
    )
    assert np.allclose(plain, again) and np.allclose(moved[0], moved_again[0])
    assert np.allclose(gradient, gradient_again, atol=1e-5)
    assert "remat" in str(jax.make_jaxpr(lambda v: loss(v, True)[0])(weight))


def test_checkpoint_outside_of_a_scope_is_a_plain_call(t: Any) -> None:
    out = t.utils.checkpoint.checkpoint(lambda x, flag=None: x * 2 if flag else x, t.ones(2), flag=True)
    assert out.tolist() == [2.0, 2.0]


def test_tf_variables_hold_bound_parameters() -> None:
    import tensorflow as tf

    t = namespace("tf")
    layer = t.nn.Linear(2, 2, bias=False)
    variable = tf.Variable(np.full((2, 2), 2.0, np.float32))
    layer.weight.bind(variable)
    step = tf.function(
        lambda x: layer(t.Tensor._wrap(x)).a, input_signature=[tf.TensorSpec([None, 2])], autograph=False
    )
    assert step(np.ones((1, 2), np.float32)).numpy().tolist() == [[4.0, 4.0]]
    variable.assign(np.ones((2, 2), np.float32))
    assert step(np.ones((1, 2), np.float32)).numpy().tolist() == [[2.0, 2.0]]
    with tf.GradientTape() as tape:
        total = layer(t.ones(1, 2)).sum().a
    assert tape.gradient(total, variable).numpy().tolist() == [[1.0, 1.0], [1.0, 1.0]]
    layer.load_state_dict({"weight": np.zeros((2, 2), np.float32)})
    assert variable.numpy().sum() == 0


def test_tf_keras_variables_hold_bound_parameters() -> None:
    import os

    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    import keras

    t = namespace("tf")
    layer = t.nn.Linear(2, 2, bias=False)
    layer.weight.bind(keras.Variable(np.full((2, 2), 2.0, np.float32), dtype="float32"))
    assert layer(t.ones(1, 2)).tolist() == [[4.0, 4.0]]
    assert tuple(layer.weight.shape) == (2, 2) and layer.weight.dtype is t.float32


def test_tf_bound_buffers_are_assigned_in_graphs() -> None:
    import tensorflow as tf

    t = namespace("tf")
    layer = t.nn.BatchNorm1d(2)
    mean = tf.Variable([0.0, 0.0], trainable=False)
    layer.running_mean.bind(mean)
    layer.running_var.bind(tf.Variable([1.0, 1.0], trainable=False))
    layer.num_batches_tracked.bind(tf.Variable(0, dtype=tf.int64, trainable=False))
    tf.function(lambda x: layer(t.Tensor._wrap(x)).a, autograph=False)(tf.constant([[1.0, 2.0], [3.0, 4.0]]))
    assert np.allclose(mean.numpy(), [0.2, 0.3])
