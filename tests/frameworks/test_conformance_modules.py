"""`nn.Module` over every framework behaves as PyTorch's: names, sharing, state, modes, copies,
descriptions.
"""

from __future__ import annotations

import copy
import pickle
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from .harness import FRAMEWORKS, backend, namespace


@pytest.fixture(params=FRAMEWORKS)
def t(request: pytest.FixtureRequest) -> Any:
    return namespace(request.param)


def tied(t: Any) -> Any:
    """A small model with a shared weight, a shared child, buffers, lists, a dict and a reserved name."""
    nn = t.nn

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed = nn.Embedding(7, 4, padding_idx=1)
            self.blocks = nn.ModuleList([nn.Linear(4, 4), nn.Linear(4, 4), nn.LayerNorm(4)])
            self.again = self.blocks[2]
            self.table = nn.ModuleDict({"a": nn.Linear(4, 2), "b": nn.Sequential(nn.ReLU(), nn.Dropout(0.1))})
            self.scale = nn.Parameter(t.ones(4))
            self.register_parameter("none", None)
            self.register_buffer("kept", t.arange(3))
            self.register_buffer("lost", t.zeros(2), persistent=False)
            self.extra = nn.ParameterList([t.zeros(2), nn.Parameter(t.ones(3))])
            self.head = nn.Linear(4, 7, bias=False)
            self.head.weight = self.embed.weight

    return Model()


def sizes(pairs: Any) -> list[tuple[str, tuple[int, ...]]]:
    return [(name, tuple(value.shape)) for name, value in pairs]


LISTINGS = {
    "named_parameters": lambda m: sizes(m.named_parameters()),
    "named_parameters with duplicates": lambda m: sizes(m.named_parameters(remove_duplicate=False)),
    "named_parameters of one module": lambda m: sizes(m.named_parameters("x", recurse=False)),
    "named_buffers": lambda m: sizes(m.named_buffers()),
    "state_dict": lambda m: sizes(m.state_dict().items()),
    "named_modules": lambda m: [(name, type(x).__name__) for name, x in m.named_modules()],
    "named_modules with duplicates": lambda m: [name for name, _ in m.named_modules(remove_duplicate=False)],
    "named_children": lambda m: [name for name, _ in m.named_children()],
    "counts": lambda m: (
        len(list(m.modules())),
        len(list(m.children())),
        len(list(m.parameters())),
        len(m.blocks),
    ),
    "slices": lambda m: (
        len(m.blocks[1:]),
        type(m.blocks[:2]).__name__,
        len(m.table["b"][:1]),
        list(m.table.keys()),
    ),
    "repr": repr,
    "get": lambda m: (
        tuple(m.get_parameter("blocks.0.weight").shape),
        repr(m.get_submodule("table.b.1")),
        m.get_submodule("") is m,
    ),
    "contains": lambda m: ("a" in m.table, "none" in m._parameters, m.none is None, hasattr(m, "nothing")),
}


@pytest.mark.parametrize("listing", LISTINGS)
def test_listing_agrees_with_pytorch(t: Any, listing: str) -> None:
    assert LISTINGS[listing](tied(t)) == LISTINGS[listing](tied(torch))


REPRS = {
    "Linear": lambda nn: nn.Linear(3, 4, bias=False),
    "Embedding": lambda nn: nn.Embedding(5, 4, padding_idx=-1),
    "LayerNorm": lambda nn: nn.LayerNorm((3, 4), eps=1e-6),
    "GroupNorm": lambda nn: nn.GroupNorm(2, 4),
    "BatchNorm2d": lambda nn: nn.BatchNorm2d(3, momentum=None),
    "Conv2d": lambda nn: nn.Conv2d(4, 6, 3, stride=2, padding=1, dilation=2, groups=2, bias=False),
    "Dropout": lambda nn: nn.Dropout(0.2),
    "Identity": lambda nn: nn.Identity(3, x=4),
    "nested": lambda nn: nn.Sequential(nn.Linear(1, 2), nn.ModuleList([nn.Tanh(), nn.Tanh(), nn.Sigmoid()])),
    "empty": lambda nn: nn.ModuleList(),
    "RMSNorm": lambda nn: nn.RMSNorm(4, eps=1e-6),
    "Flatten": lambda nn: nn.Flatten(),
}


@pytest.mark.parametrize("name", REPRS)
def test_repr_agrees_with_pytorch(t: Any, name: str) -> None:
    assert repr(REPRS[name](t.nn)) == repr(REPRS[name](torch.nn))


def test_train_eval_and_apply_reach_every_module(t: Any) -> None:
    model = tied(t)
    seen: list[str] = []
    assert model.training and all(m.training for m in model.modules())
    assert model.eval() is model and not any(m.training for m in model.modules())
    model.train()
    assert model.table["b"][1].training
    model.apply(lambda m: seen.append(type(m).__name__))
    expected: list[str] = []
    tied(torch).apply(lambda m: expected.append(type(m).__name__))
    assert seen == expected


def test_shared_weight_is_one_parameter(t: Any) -> None:
    model = tied(t)
    assert model.head.weight is model.embed.weight
    state = {name: np.asarray(value) for name, value in model.state_dict().items()}
    state["embed.weight"] = state["head.weight"] = np.full((7, 4), 3.0, np.float32)
    assert str(model.load_state_dict(state)) == "<All keys matched successfully>"
    assert np.asarray(model.head.weight).tolist() == [[3.0] * 4] * 7


def test_load_state_dict_takes_pytorch_tensors_and_names_what_is_wrong(t: Any) -> None:
    source, model = tied(torch), tied(t)
    model.load_state_dict(source.state_dict())
    for name, value in model.state_dict().items():
        assert np.array_equal(np.asarray(value), source.state_dict()[name].numpy()), name
    state = dict(source.state_dict())
    del state["scale"]
    state["stranger"] = torch.zeros(1)
    state["blocks.0.weight"] = torch.zeros(5, 4)
    with pytest.raises(
        RuntimeError, match=r"missing: scale.*unexpected: stranger.*blocks.0.weight: the module has \[4, 4\]"
    ):
        model.load_state_dict(state)
    state["blocks.0.weight"] = torch.zeros(4, 4)
    result = model.load_state_dict(state, strict=False)
    assert (result.missing_keys, result.unexpected_keys) == (["scale"], ["stranger"])


def test_load_state_dict_converts_unless_assigned(t: Any) -> None:
    model = t.nn.Linear(2, 2)
    half = {"weight": torch.ones(2, 2, dtype=torch.bfloat16), "bias": torch.zeros(2, dtype=torch.bfloat16)}
    model.load_state_dict(half)
    assert model.weight.dtype is t.float32
    model.load_state_dict(half, assign=True)
    assert model.weight.dtype is t.bfloat16


def test_loading_copies_host_arrays(t: Any) -> None:
    model = t.nn.Linear(1, 1)
    values = np.ones((1, 1), np.float32)
    model.load_state_dict({"weight": values, "bias": values[0]})
    values[:] = 9
    assert model.weight.item() == 1.0


def test_attributes_follow_pytorch(t: Any) -> None:
    model = t.nn.Linear(2, 3)
    with pytest.raises(TypeError, match=r"assign an nn\.Parameter or None"):
        model.weight = t.zeros(3, 2)
    model.bias = None
    assert [name for name, _ in model.named_parameters()] == ["weight"]
    del model.weight
    assert not hasattr(model, "weight")
    with pytest.raises(AttributeError, match="has no attribute 'weight'"):
        _ = model.weight
    model.register_buffer("count", t.zeros(1))
    slot = model.count
    model.count = t.ones(1)
    assert model.count is slot and slot.item() == 1.0
    with pytest.raises(KeyError, match="without a dot"):
        model.add_module("a.b", t.nn.Identity())
    with pytest.raises(KeyError, match="already has an attribute 'forward'"):
        model.register_buffer("forward", None)


def test_module_needs_its_init(t: Any) -> None:
    class Forgetful(t.nn.Module):
        def __init__(self) -> None:
            self.inner = t.nn.Identity()

    with pytest.raises(AttributeError, match="super"):
        Forgetful()


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_keep_values_and_sharing(t: Any, duplicate: Any) -> None:
    layers = t.nn.Sequential(t.nn.Linear(3, 3), t.nn.BatchNorm1d(3), t.nn.Linear(3, 3))
    layers[2].weight = layers[0].weight
    layers[0].bias.requires_grad_(False)
    twin = duplicate(layers)
    assert twin[2].weight is twin[0].weight and twin[0].weight is not layers[0].weight
    assert not twin[0].bias.requires_grad and twin[1].running_mean.persistent
    x = t.ones(2, 3)
    assert np.array_equal(twin.eval()(x).numpy(), layers.eval()(x).numpy())
    twin[0].weight.set(np.zeros((3, 3), np.float32))
    assert float(layers[0].weight.abs().sum()) > 0


def test_convert_changes_floating_state_only(t: Any) -> None:
    model = tied(t).to(t.bfloat16)
    kinds = {name: value.dtype for name, value in model.state_dict().items()}
    assert kinds.pop("kept") is t.long
    assert set(kinds.values()) == {t.bfloat16}
    assert model.float().scale.dtype is t.float32


INITS = {
    "normal_": (lambda init, p: init.normal_(p, 0.5, 2.0), 0.5, 2.0),
    "uniform_": (lambda init, p: init.uniform_(p, -1.0, 3.0), 1.0, 4 / 12**0.5),
    "zeros_": (lambda init, p: init.zeros_(p), 0.0, 0.0),
    "ones_": (lambda init, p: init.ones_(p), 1.0, 0.0),
    "constant_": (lambda init, p: init.constant_(p, 2.5), 2.5, 0.0),
    "xavier_uniform_": (lambda init, p: init.xavier_uniform_(p), 0.0, (2 / 500) ** 0.5),
    "xavier_normal_": (lambda init, p: init.xavier_normal_(p, gain=2.0), 0.0, 2 * (2 / 500) ** 0.5),
    "kaiming_uniform_": (
        lambda init, p: init.kaiming_uniform_(p, nonlinearity="relu"),
        0.0,
        (2 / 200) ** 0.5,
    ),
    "kaiming_normal_": (
        lambda init, p: init.kaiming_normal_(p, mode="fan_out", nonlinearity="relu"),
        0.0,
        (2 / 300) ** 0.5,
    ),
    "trunc_normal_": (lambda init, p: init.trunc_normal_(p, std=0.02), 0.0, 0.02),
    "orthogonal_": (lambda init, p: init.orthogonal_(p), 0.0, 300**-0.5),
}


@pytest.mark.parametrize("name", INITS)
def test_init_has_the_stated_mean_and_deviation(t: Any, name: str) -> None:
    run, mean, deviation = INITS[name]
    weight = t.nn.Parameter(t.empty(300, 200))
    t.manual_seed(3)
    assert run(t.nn.init, weight) is weight
    first = np.asarray(weight)
    assert abs(first.mean() - mean) < 0.02 * max(deviation, 1e-9) + 1e-7
    assert abs(first.std() - deviation) < 0.02 * deviation + 1e-7
    t.manual_seed(3)
    run(t.nn.init, weight)
    assert np.array_equal(np.asarray(weight), first)


def test_orthogonal_rows_are_orthonormal(t: Any) -> None:
    weight = t.nn.init.orthogonal_(t.nn.Parameter(t.empty(3, 5)))
    assert np.allclose(np.asarray(weight @ weight.t()), np.eye(3), atol=1e-5)


def test_init_refuses_what_is_not_a_slot(t: Any) -> None:
    weight = t.nn.Parameter(t.empty(3, 2))
    with pytest.raises(TypeError, match="a slice of a parameter is a copy"):
        t.nn.init.zeros_(weight[0])
    weight[1] = 4.0
    assert np.asarray(weight).tolist() == [[0, 0], [4, 4], [0, 0]]


def test_building_a_large_model_draws_nothing(t: Any) -> None:
    layer = t.nn.Linear(100_000, 100_000)  # 40 GB if it were made
    assert tuple(layer.weight.shape) == (100_000, 100_000) and layer.weight.dtype is t.float32


def test_meta_device_gives_shapes_without_values(t: Any) -> None:
    with t.device("meta"):
        model = tied(t)
    assert sizes(model.named_parameters()) == sizes(tied(torch).named_parameters())
    assert all(p.is_meta and p.device.type == "meta" for p in model.parameters())
    with pytest.raises(RuntimeError, match=r"Parameter of shape \[4, 4\] was made on the meta device"):
        model.blocks[0](t.ones(1, 4))
    model.load_state_dict(
        {name: np.zeros(tuple(v.shape), np.float32) for name, v in model.state_dict().items()}, assign=True
    )
    assert not any(p.is_meta for p in model.parameters())
    assert not t.nn.Linear(1, 1).weight.is_meta


def test_every_backend_has_every_primitive(t: Any) -> None:
    from transformers.frameworks.core.backend import primitives

    module: ModuleType = backend(t.__name__.split(".")[-2])
    assert [name for name in primitives() if not hasattr(module, name)] == []


def test_every_framework_has_the_same_vocabulary(t: Any) -> None:
    from transformers.frameworks.core.vocabulary import vocabulary

    names = vocabulary()
    assert {"float64", "long", "nn", "Tensor", "softmax"} <= names["torch"]
    assert [name for name in names["torch"] if not hasattr(t, name)] == []
    assert [name for name in names["torch"] if not hasattr(torch, name)] == []
    assert [name for name in names["torch.nn"] if not hasattr(torch.nn, name)] == []
    assert [name for name in names["torch.nn.functional"] if not hasattr(torch.nn.functional, name)] == []
    assert [name for name in names["Tensor"] if not hasattr(torch.Tensor, name)] == []
