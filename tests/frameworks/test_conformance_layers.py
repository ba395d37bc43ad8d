"""Layers with weights of their own beyond the plain ones: names, sizes, descriptions, copies, refusals."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from .harness import FRAMEWORKS, namespace

pytestmark = pytest.mark.filterwarnings("ignore:.*weight_norm.*deprecated:FutureWarning")


@pytest.fixture(params=FRAMEWORKS)
def t(request: pytest.FixtureRequest) -> Any:
    return namespace(request.param)


LAYERS: dict[str, Callable[[Any], Any]] = {
    "LSTM": lambda nn: nn.LSTM(3, 6, 2, bidirectional=True, batch_first=True, dropout=0.1, proj_size=2),
    "LSTM of one layer": lambda nn: nn.LSTM(3, 4, bias=False),
    "GRU": lambda nn: nn.GRU(3, 4, num_layers=2),
    "RNN": lambda nn: nn.RNN(3, 4, 2, "relu", bidirectional=True),
    "LSTMCell": lambda nn: nn.LSTMCell(3, 4, bias=False),
    "GRUCell": lambda nn: nn.GRUCell(3, 4),
    "RNNCell": lambda nn: nn.RNNCell(3, 4),
    "MultiheadAttention": lambda nn: nn.MultiheadAttention(4, 2),
    "MultiheadAttention of other widths": lambda nn: nn.MultiheadAttention(
        4, 2, kdim=3, vdim=5, add_bias_kv=True, bias=False
    ),
    "AdaptiveLogSoftmaxWithLoss": lambda nn: nn.AdaptiveLogSoftmaxWithLoss(8, 20, [5, 9], 2.0, True),
    "ConvTranspose1d": lambda nn: nn.ConvTranspose1d(4, 6, 3, 2, 1, 1, 2, dilation=2),
    "ConvTranspose2d": lambda nn: nn.ConvTranspose2d(4, 6, (3, 2), bias=False),
    "ConvTranspose3d": lambda nn: nn.ConvTranspose3d(4, 6, 2, stride=2),
    "InstanceNorm2d": lambda nn: nn.InstanceNorm2d(4, affine=True, track_running_stats=True),
    "BatchNorm1d": lambda nn: nn.BatchNorm1d(4, bias=False),
    "SyncBatchNorm": lambda nn: nn.SyncBatchNorm(4),
    "LocalResponseNorm": lambda nn: nn.LocalResponseNorm(3, k=2.0),
    "ConstantPad2d": lambda nn: nn.ConstantPad2d(2, 1.5),
    "CircularPad1d": lambda nn: nn.CircularPad1d(1),
    "Fold": lambda nn: nn.Fold((4, 5), 2, stride=2),
    "ChannelShuffle": lambda nn: nn.ChannelShuffle(2),
    "MaxPool2d": lambda nn: nn.MaxPool2d((3, 2), ceil_mode=True),
    "AvgPool1d": lambda nn: nn.AvgPool1d(3, padding=1),
    "AvgPool2d": lambda nn: nn.AvgPool2d(2, 1, count_include_pad=False),
    "AdaptiveAvgPool2d": lambda nn: nn.AdaptiveAvgPool2d((1, None)),
    "Upsample": lambda nn: nn.Upsample(scale_factor=(2, 1.5), mode="bilinear", align_corners=True),
    "Upsample to a size": lambda nn: nn.Upsample(size=3),
    "Upsample by a number": lambda nn: nn.Upsample(scale_factor=2),
    "SiLU in place": lambda nn: nn.SiLU(inplace=True),
    "Bilinear": lambda nn: nn.Bilinear(2, 3, 4, bias=False),
    "weight norm": lambda nn: nn.utils.weight_norm(nn.Conv1d(3, 4, 2), dim=2),
    "weight norm of one length": lambda nn: nn.utils.weight_norm(nn.Linear(3, 4), dim=None),
    "no weight norm": lambda nn: nn.utils.remove_weight_norm(nn.utils.weight_norm(nn.Conv1d(3, 4, 2))),
    "no parametrization": lambda nn: nn.utils.parametrize.remove_parametrizations(
        nn.utils.parametrizations.weight_norm(nn.Conv1d(3, 4, 2)), "weight"
    ),
}


def _sizes(layer: Any) -> list[tuple[str, tuple[int, ...]]]:
    return [(name, tuple(value.shape)) for name, value in layer.state_dict().items()]


@pytest.mark.parametrize("name", LAYERS)
def test_layer_has_the_state_and_description_of_pytorch(t: Any, name: str) -> None:
    ours, theirs = LAYERS[name](t.nn), LAYERS[name](torch.nn)
    assert _sizes(ours) == _sizes(theirs)
    assert [n for n, _ in ours.named_parameters()] == [n for n, _ in theirs.named_parameters()]
    assert repr(ours) == repr(theirs)


def test_parametrized_layer_has_the_names_of_pytorch(t: Any) -> None:
    def make(nn: Any) -> Any:
        return nn.utils.parametrizations.weight_norm(nn.Conv1d(3, 4, 2), dim=2)

    ours, theirs = make(t.nn), make(torch.nn)
    assert _sizes(ours) == _sizes(theirs)
    assert [n for n, _ in ours.named_modules()] == [n for n, _ in theirs.named_modules()]
    parametrize = t.nn.utils.parametrize
    assert parametrize.is_parametrized(ours) and parametrize.is_parametrized(ours, "weight")
    assert not parametrize.is_parametrized(ours, "bias") and not parametrize.is_parametrized(t.nn.ReLU())
    assert tuple(ours.weight.shape) == tuple(theirs.weight.shape)


SPELLINGS: dict[str, Callable[[Any], Any]] = {
    "old": lambda nn: nn.utils.weight_norm,
    "new": lambda nn: nn.utils.parametrizations.weight_norm,
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_weight_norm_starts_as_the_weight_was(t: Any, spelling: str) -> None:
    t.manual_seed(4)
    plain = t.nn.Conv1d(3, 4, 2)
    before = copy.deepcopy(plain)
    normed = SPELLINGS[spelling](t.nn)(plain, dim=2)
    assert np.allclose(normed.weight.numpy(), before.weight.numpy(), atol=1e-6)
    for twin in (copy.deepcopy(normed), pickle.loads(pickle.dumps(normed))):
        assert np.array_equal(twin.weight.numpy(), normed.weight.numpy())
    with pytest.raises(TypeError, match="computed from other parameters"):
        normed.weight = t.ones(4, 3, 2)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_weight_norm_of_values_that_are_there(t: Any, spelling: str) -> None:
    values = np.arange(1.0, 13.0, dtype=np.float32).reshape(4, 3)
    layer = t.nn.Linear(3, 4, bias=False)
    layer.load_state_dict({"weight": values})
    layer.weight.a  # noqa: B018 - the value is there now
    normed = SPELLINGS[spelling](t.nn)(layer)
    assert np.allclose(normed.weight.numpy(), values, rtol=1e-6)
    half = SPELLINGS[spelling](t.nn)(t.nn.Linear(3, 4).to(t.bfloat16))
    assert half.weight.dtype is t.bfloat16


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_weight_norm_on_meta_takes_a_state(t: Any, spelling: str) -> None:
    with t.device("meta"):
        normed = SPELLINGS[spelling](t.nn)(t.nn.Linear(3, 4))
    assert all(parameter.is_meta for parameter in normed.parameters())
    state = {
        name: np.full(tuple(value.shape), 2.0, np.float32) for name, value in normed.state_dict().items()
    }
    normed.load_state_dict(state, assign=True)
    assert np.allclose(normed.weight.numpy(), 2 / 3**0.5)


def test_weight_norm_can_be_removed_on_meta(t: Any) -> None:
    with t.device("meta"):
        layer = t.nn.utils.remove_weight_norm(t.nn.utils.weight_norm(t.nn.Linear(3, 4)))
    assert layer.weight.is_meta and tuple(layer.weight.shape) == (4, 3)


def test_large_normed_layer_draws_nothing(t: Any) -> None:
    layer = t.nn.utils.weight_norm(t.nn.Linear(100_000, 100_000))  # 40 GB if it were made
    assert tuple(layer.weight_g.shape) == (100_000, 1)


def test_convert_sync_batchnorm_keeps_values(t: Any) -> None:
    plain = t.nn.Sequential(t.nn.BatchNorm1d(3, eps=0.1), t.nn.Sequential(t.nn.BatchNorm2d(4, affine=False)))
    kept = plain[0].weight
    made = t.nn.SyncBatchNorm.convert_sync_batchnorm(plain.eval())
    assert type(made[0]) is type(made[1][0]) is t.nn.SyncBatchNorm
    assert made[0].weight is kept and made[0].eps == 0.1 and not made[0].training


def test_dropout_between_recurrent_layers_acts_in_training_only(t: Any) -> None:
    layer = t.nn.GRU(3, 4, num_layers=2, dropout=0.5)
    x = t.ones(5, 2, 3)
    layer.eval()
    assert np.array_equal(layer(x)[0].numpy(), layer(x)[0].numpy())
    layer.train()
    t.manual_seed(1)
    assert not np.array_equal(layer(x)[0].numpy(), layer(x)[0].numpy())
    layer.flatten_parameters()
    assert [len(group) for group in layer.all_weights] == [4, 4]


def test_jax_recurrence_is_a_loop() -> None:
    import jax

    t = namespace("jax")
    layer = t.nn.LSTM(3, 4)

    def run(x: Any) -> Any:
        return layer(t.Tensor._wrap(x))[0].a

    short, long = (str(jax.make_jaxpr(run)(np.ones((n, 2, 3), np.float32))) for n in (3, 50))
    assert "scan" in short and short.count("\n") == long.count("\n")


def _squares(layer: Any, x: Any) -> Any:
    return (layer(x) * layer(x)).sum()


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_gradients_reach_the_parts_of_a_normed_weight(spelling: str) -> None:
    import jax
    import tensorflow as tf

    from transformers.frameworks.core.scope import Scope, use

    rng = np.random.default_rng(3)
    theirs = SPELLINGS[spelling](torch.nn)(torch.nn.Linear(3, 4))
    values = {name: rng.standard_normal(tuple(v.shape)).astype("f") for name, v in theirs.named_parameters()}
    theirs.load_state_dict({name: torch.from_numpy(value) for name, value in values.items()})
    x = rng.standard_normal((2, 3)).astype(np.float32)
    _squares(theirs, torch.from_numpy(x)).backward()
    wanted = {name: value.grad.numpy() for name, value in theirs.named_parameters()}

    t = namespace("jax")
    layer = SPELLINGS[spelling](t.nn)(t.nn.Linear(3, 4))

    def loss(given: Any) -> Any:
        with use(Scope({id(slot): given[name] for name, slot in layer.named_parameters()})):
            return _squares(layer, t.Tensor._wrap(x)).a

    found = jax.jit(jax.grad(loss))(values)
    assert all(np.allclose(found[name], wanted[name], atol=1e-4) for name in wanted)

    t = namespace("tf")
    layer = SPELLINGS[spelling](t.nn)(t.nn.Linear(3, 4))
    variables = {name: tf.Variable(value) for name, value in values.items()}
    for name, slot in layer.named_parameters():
        slot.bind(variables[name])
    with tf.GradientTape() as tape:
        total = _squares(layer, t.from_numpy(x)).a
    found = tape.gradient(total, variables)
    assert all(np.allclose(found[name], wanted[name], atol=1e-4) for name in wanted)


def test_containers_take_parts_out(t: Any) -> None:
    nn = t.nn
    children = nn.ModuleList([nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 3)])
    assert isinstance(children.pop(1), nn.ReLU) and list(children._modules) == ["0", "1"]
    table = nn.ModuleDict({"a": nn.ReLU()})
    table.clear()
    assert len(table) == 0
    named = nn.ParameterDict({"a": t.ones(2)})
    named.update({"b": t.zeros(3)})
    assert named.get("c", 5) == 5 and tuple(named.pop("b").shape) == (3,)
    del named["a"]
    named.update([("d", t.ones(1))])
    named.clear()
    assert len(named) == 0


def test_norms_can_start_again(t: Any) -> None:
    layers = [t.nn.BatchNorm1d(3), t.nn.InstanceNorm1d(3, affine=True), t.nn.LayerNorm(3), t.nn.RMSNorm(3)]
    for layer in layers:
        fresh = {name: value.numpy() for name, value in layer.state_dict().items()}
        layer.load_state_dict({name: np.full_like(value, 5) for name, value in fresh.items()})
        layer.reset_parameters()
        assert all(np.array_equal(value.numpy(), fresh[name]) for name, value in layer.state_dict().items())
