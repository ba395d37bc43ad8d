"""How Flax and Keras store each layer: the same weights give the same result in their layer and in ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from transformers import BertConfig, BertModel, GPT2Config, GPT2Model
from transformers.layers.conv1d import Conv1D
from transformers.loading.checkpoint import open_checkpoint
from transformers.loading.conversions import converted
from transformers.loading.layouts import layer_layout, layout_renames, model_layout
from transformers.loading.saving import save_checkpoint

RNG = np.random.default_rng(11)
MAPS = {
    "Linear": (lambda: nn.Linear(4, 6), (2, 3, 4)),
    "Conv1d": (lambda: nn.Conv1d(4, 6, 3), (2, 9, 4)),
    "Conv2d": (lambda: nn.Conv2d(4, 6, (3, 2)), (2, 9, 8, 4)),
    "Depthwise": (lambda: nn.Conv2d(4, 4, (3, 2), groups=4), (2, 9, 8, 4)),
    "ConvTranspose2d": (lambda: nn.ConvTranspose2d(4, 6, (3, 2), stride=2), (2, 5, 4, 4)),
    "LayerNorm": (lambda: nn.LayerNorm(4), (2, 3, 4)),
    "GroupNorm": (lambda: nn.GroupNorm(2, 4), (2, 5, 5, 4)),
    "BatchNorm2d": (lambda: nn.BatchNorm2d(4), (2, 5, 5, 4)),
    "Embedding": (lambda: nn.Embedding(9, 4), (2, 3)),
}


def ours(kind: str, layer: Any, weights: dict[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    """The result of our layer over another framework's weights; x and the result are channels last."""
    layout = layer_layout(layer, kind)
    state = {}
    for name in layer.state_dict():
        stored = layout.get(name)
        if stored is not None and not stored.name:
            continue
        array = weights[name if stored is None else stored.name]
        state[name] = torch.tensor(
            array if stored is None or stored.dims is None else array.transpose(stored.dims)
        )
    layer.load_state_dict(state, strict=False)
    layer.eval()
    inputs = torch.tensor(x)
    with torch.no_grad():
        if x.ndim > 2 and type(layer).__name__ not in ("Linear", "LayerNorm"):
            return layer(inputs.movedim(-1, 1)).movedim(1, -1).numpy()
        return layer(inputs).numpy()


def sample(name: str) -> np.ndarray:
    shape = MAPS[name][1]
    if name == "Embedding":
        return RNG.integers(0, 9, shape)
    return RNG.standard_normal(shape).astype(np.float32)


FLAX: dict[str, Callable[[Any], Any]] = {
    "Linear": lambda n: n.Dense(6),
    "Conv1d": lambda n: n.Conv(6, (3,), padding="VALID"),
    "Conv2d": lambda n: n.Conv(6, (3, 2), padding="VALID"),
    "Depthwise": lambda n: n.Conv(4, (3, 2), padding="VALID", feature_group_count=4),
    "ConvTranspose2d": lambda n: n.ConvTranspose(
        6, (3, 2), strides=(2, 2), padding="VALID", transpose_kernel=True
    ),
    "LayerNorm": lambda n: n.LayerNorm(epsilon=1e-5),
    "GroupNorm": lambda n: n.GroupNorm(num_groups=2, epsilon=1e-5),
    "BatchNorm2d": lambda n: n.BatchNorm(use_running_average=True, epsilon=1e-5),
    "Embedding": lambda n: n.Embed(9, 4),
}


@pytest.mark.parametrize("name", MAPS)
def test_flax_weights_give_the_same_result(name: str) -> None:
    import jax
    from flax import linen

    theirs, x = FLAX[name](linen), sample(name)
    tree = theirs.init(jax.random.key(0), x)
    tree = jax.tree.map(lambda leaf: np.abs(RNG.standard_normal(leaf.shape)).astype(np.float32) + 0.1, tree)
    weights = {key: value for group in tree.values() for key, value in group.items()}
    found = ours("flax", MAPS[name][0](), weights, x)
    np.testing.assert_allclose(found, np.asarray(theirs.apply(tree, x)), rtol=1e-4, atol=1e-5)


KERAS: dict[str, Callable[[Any], Any]] = {
    "Linear": lambda n: n.Dense(6),
    "Conv1d": lambda n: n.Conv1D(6, 3),
    "Conv2d": lambda n: n.Conv2D(6, (3, 2)),
    "Depthwise": lambda n: n.DepthwiseConv2D((3, 2)),
    "ConvTranspose2d": lambda n: n.Conv2DTranspose(6, (3, 2), strides=2),
    "LayerNorm": lambda n: n.LayerNormalization(epsilon=1e-5),
    "GroupNorm": lambda n: n.GroupNormalization(groups=2, epsilon=1e-5),
    "BatchNorm2d": lambda n: n.BatchNormalization(epsilon=1e-5),
    "Embedding": lambda n: n.Embedding(9, 4),
}


@pytest.mark.parametrize("name", MAPS)
def test_keras_weights_give_the_same_result(name: str) -> None:
    import keras

    theirs, x = KERAS[name](keras.layers), sample(name)
    theirs.build(x.shape)
    weights = {}
    for variable in theirs.weights:
        value = np.abs(RNG.standard_normal(variable.shape)).astype(np.float32) + 0.1
        variable.assign(value)
        weights[
            "depthwise_kernel" if name == "Depthwise" and variable.name == "kernel" else variable.name
        ] = value
    found = ours("tf", MAPS[name][0](), weights, x)
    np.testing.assert_allclose(found, np.asarray(theirs(x)), rtol=1e-4, atol=1e-5)


def test_layouts_know_flax_conv1d_of_gpt2() -> None:
    stored = layer_layout(Conv1D(6, 4), "flax")["weight"]
    assert (stored.name, stored.dims) == ("kernel", (1, 0))  # published: (features, in)
    assert layer_layout(Conv1D(6, 4), "tf") == {}  # published: weight (in, out), as ours


def test_layout_of_an_unknown_kind() -> None:
    with pytest.raises(ValueError, match="kind must be one of flax, tf, got 'mxnet'"):
        layer_layout(nn.Linear(2, 2), "mxnet")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("flax", {"embedding", "kernel", "scale", "bias"}),
        ("tf", {"embeddings", "kernel", "gamma", "beta", "bias"}),
    ],
)
def test_whole_model_is_read_through_the_layout(tmp_path: Path, kind: str, expected: set[str]) -> None:
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 12}
    model = BertModel(BertConfig(vocab_size=11, max_position_embeddings=7, **sizes))
    theirs = {}
    for name, value in model.state_dict().items():
        path, _, own = name.rpartition(".")
        array = value.numpy()
        if "LayerNorm" in name:
            own = {"flax": {"weight": "scale"}, "tf": {"weight": "gamma", "bias": "beta"}}[kind].get(own, own)
        elif "_embeddings" in name:
            own = {"flax": "embedding", "tf": "embeddings"}[kind]
        elif own == "weight":
            own, array = "kernel", array.T
        theirs[f"{path}.{own}"] = np.ascontiguousarray(array)
    assert {name.rpartition(".")[2] for name in theirs} == expected
    assert {stored.name for _, stored in model_layout(model, kind)} == set(theirs)
    save_checkpoint(tmp_path, theirs)
    rules = layout_renames(model, kind)
    read = converted(open_checkpoint(tmp_path), rules, model.state_dict())
    plain = {rule[0]: rule[1] for rule in rules if len(rule) == 2}
    for name, value in model.state_dict().items():
        foreign = next((key[1:-1].replace("\\", "") for key, ours_ in plain.items() if ours_ == name), name)
        np.testing.assert_array_equal(read.get(foreign), value.numpy())


def test_gpt2_layout_names_kernels() -> None:
    config = GPT2Config(vocab_size=11, n_positions=7, n_embd=8, n_layer=1, n_head=2)
    names = dict(model_layout(GPT2Model(config), "flax"))
    assert names["h.0.attn.c_attn.weight"].name == "h.0.attn.c_attn.kernel"
    assert names["wte.weight"].name == "wte.embedding"


@pytest.mark.parametrize("kind", ["flax", "tf"])
def test_layout_leaves_out_what_exists_only_here(kind: str) -> None:
    names = dict(model_layout(nn.BatchNorm1d(3), kind))
    assert set(names) == {"weight", "bias", "running_mean", "running_var"}
