"""Products over copies of weights: the layer's numbers, in every form and for every number of rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from transformers.layers.conv1d import Conv1D  # noqa: E402
from transformers.quantization import kernels  # noqa: E402
from transformers.quantization.linear import Int8Linear  # noqa: E402

OUT, IN = 160, 192
usable = pytest.mark.skipif(not kernels.usable(), reason="this build of PyTorch has no oneDNN")


def layer_of(kind: str, dtype: torch.dtype, bias: bool = True) -> Any:
    torch.manual_seed(2)
    if kind == "conv1d":
        layer: Any = Conv1D(OUT, IN)
        nn.init.normal_(layer.bias)
    else:
        layer = nn.Linear(IN, OUT, bias=bias)
    if kind == "int8":
        packed = Int8Linear(IN, OUT, layer.bias)
        packed.fill(layer.weight)
        return packed
    return layer.to(dtype)


@usable
@pytest.mark.parametrize(
    ("kind", "form"),
    [("linear", "blocks"), ("conv1d", "blocks"), ("int8", "steps"), ("int8", "whole")],
)
@pytest.mark.parametrize("rounded", [False, True])
@pytest.mark.parametrize("rows", [1, 5, 33])
def test_product_with_a_copy_is_the_layers(kind: str, form: str, rounded: bool, rows: int) -> None:
    layer = layer_of(kind, torch.float32)
    if rounded and kind != "int8":
        layer.weight.data = layer.weight.data.bfloat16().float()
    x = torch.randn(1, rows, IN)
    weight = layer.whole(torch.float32) if kind == "int8" else kernels.linear_form(layer)
    expected = x[0].double() @ weight.double().t() + layer.bias.detach().double()
    with torch.no_grad():
        name, product = kernels.copied(layer, form)
        found = product(x)
    exact = rounded or form == "steps"
    assert name == ("half" if exact and kernels.has_half() else "blocks") or (
        form == "whole" and name in ("half", "blocks")
    )
    if found is None:
        assert name == "half" and rows > kernels.FEW_HALF
        return
    np.testing.assert_allclose(found[0].numpy(), expected.detach().numpy(), atol=1e-5, rtol=1e-5)


@usable
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("rows", [1, 7])
def test_product_of_half_the_bits(bias: bool, rows: int) -> None:
    layer = layer_of("linear", torch.bfloat16, bias)
    x = torch.randn(rows, IN).bfloat16()
    with torch.no_grad():
        _, product = kernels.copied(layer, "blocks")
        torch.testing.assert_close(product(x), layer(x), atol=0.02, rtol=0.02)
        assert product(x.float()) is None


@pytest.mark.parametrize("rows", [1, 7, 25])
def test_packed_weights_are_called_straight_for_few_rows(rows: int) -> None:
    layer = layer_of("int8", torch.float32)
    layer.bias = nn.Parameter(layer.bias.detach().bfloat16())
    x = torch.randn(1, rows, IN).bfloat16()
    product = kernels.without_copy(layer)
    assert product is not None
    with torch.no_grad():
        found = product(x)
        assert (found is None) == (rows > 24) and product(x.float()) is None
        if found is not None:
            assert torch.equal(found, layer(x))
    layer.weight_scale.data = layer.weight_scale.data.float()
    assert kernels.without_copy(layer) is None


@usable
@pytest.mark.parametrize("kind", ["linear", "conv1d"])
def test_product_without_a_copy_needs_many_rows_or_a_large_weight(kind: str) -> None:
    layer = layer_of(kind, torch.float32)
    product = kernels.without_copy(layer)
    assert product is not None
    x = torch.randn(2, kernels.LEAST // (2 * layer.weight.numel()) + 1, IN)
    with torch.no_grad():
        torch.testing.assert_close(product(x), layer(x), atol=1e-5, rtol=1e-5)
        assert product(x[:1]) is None
        assert product(x[:, :, 1:]) is None
        assert product(x.double()) is None
    assert kernels.without_copy(layer_of(kind, torch.bfloat16)) is None
    side = int(kernels.LARGE**0.5)
    large = Conv1D(side, side) if kind == "conv1d" else nn.Linear(side, side)
    with torch.no_grad():
        found = kernels.whole_product(large, torch.ones(1, 1, side))
        assert found is not None and found.shape == (1, 1, side)
        torch.testing.assert_close(found, large(torch.ones(1, 1, side)), atol=1e-4, rtol=1e-4)
        assert kernels.whole_product(large, torch.ones(0, side)) is None


@pytest.mark.parametrize(
    ("values", "factor"),
    [
        ([1.0, 0.5, -3.0], 1.0),
        ([1.0, 1 + 2**-10], 1.0),
        ([1.0, 1 + 2**-11], None),  # one bit too many
        ([2.0**-20, 2.0**-30], 2.0**33),  # below float16, and scaled into it
        ([1.0, 2.0**-38], None),  # too far apart
        ([70000.0], None),  # beyond float16, and no power of two brings all its bits
        ([2.0**17, 1.0], 2.0**-4),
        ([0.0], None),
        ([float("inf"), 1.0], None),
        ([float("nan"), 1.0], None),
    ],
)
def test_numbers_of_float16_are_recognised(values: list[float], factor: float | None) -> None:
    weight = torch.zeros(9000).view(90, 100)
    weight[0, : len(values)] = torch.tensor(values)
    found = kernels.exact_factor(weight)
    assert (found is None) == (factor is None)
    if found is not None:
        scaled = weight.double() * found
        assert torch.equal(scaled.half().double(), scaled) and float(np.log2(found)).is_integer()


@usable
def test_weights_that_are_not_finite_are_multiplied_as_they_are() -> None:
    layer = layer_of("linear", torch.float32)
    layer.weight.data[3, 4] = float("inf")
    x = torch.ones(1, IN)
    with torch.no_grad():
        _, product = kernels.copied(layer, "blocks")
        found = product(x)
        assert found is not None
        torch.testing.assert_close(found, layer(x), atol=1e-4, rtol=1e-4)


def test_one_number_in_many_is_enough_to_refuse() -> None:
    weight = torch.ones(100, 100)
    weight[99, 99] = 1 + 2**-12
    assert kernels.exact_factor(weight) is None
