"""Layers over weights of 8 and 4 bits: the numbers they stand for, and products with them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from transformers.quantization.linear import FEW_4, FEW_8, Int4Linear, Int8Linear, QuantizedLinear  # noqa: E402

IN, OUT = 96, 64


def numbers_8(layer: Any) -> np.ndarray:
    return layer.weight.numpy().astype(np.float64) * layer.weight_scale.double().numpy()[:, None]


def numbers_4(layer: Any) -> np.ndarray:
    """Every number by the rule that the class states, byte by byte."""
    whole = np.empty((layer.out_features, layer.in_features))
    raw = layer.weight.numpy().reshape(-1)
    scale, zero = layer.weight_scale.double().numpy()[..., 0], layer.weight_scale.double().numpy()[..., 1]
    for row in range(layer.out_features):
        run, inside = divmod(row, 64)
        for i in range(layer.in_features):
            byte = int(raw[(run * layer.in_features + i) * 32 + inside % 32])
            half = byte >> 4 if inside >= 32 else byte & 15
            group = i // layer.group_size
            whole[row, i] = (half - 8) * scale[group, row] + zero[group, row]
    return whole


def made(bits: int, bias: bool = True) -> tuple[Any, Any]:
    torch.manual_seed(bits)
    plain = torch.nn.Linear(IN, OUT, bias=bias)
    layer = Int8Linear(IN, OUT, plain.bias) if bits == 8 else Int4Linear(IN, OUT, plain.bias, 32)
    layer.fill(plain.weight)
    return layer, plain


@pytest.mark.parametrize("bits", [8, 4])
def test_layer_stands_for_numbers_near_the_weights(bits: int) -> None:
    layer, plain = made(bits)
    numbers = numbers_8(layer) if bits == 8 else numbers_4(layer)
    weight = plain.weight.detach().numpy()
    groups = weight.reshape(OUT, -1, IN if bits == 8 else 32)
    step = np.abs(groups).max(-1) / 127 if bits == 8 else (groups.max(-1) - groups.min(-1)) / 15
    error = np.abs(numbers - weight).reshape(groups.shape).max(-1)
    assert (error <= 0.5 * step + 0.04 * np.abs(groups).max(-1) / (8 if bits == 8 else 1)).all()
    np.testing.assert_allclose(layer.whole(torch.float32).numpy(), numbers, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("bits", [8, 4])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("rows", [1, 3, FEW_8 + 1, FEW_4 + 1])
def test_layer_multiplies_with_those_numbers(bits: int, bias: bool, dtype: str, rows: int) -> None:
    layer, plain = made(bits, bias)
    numbers = numbers_8(layer) if bits == 8 else numbers_4(layer)
    x = torch.randn(rows, IN).to(getattr(torch, dtype))
    expected = x.double().numpy() @ numbers.T
    if bias:
        expected = expected + plain.bias.detach().double().numpy()
    with torch.no_grad():
        found = layer(x.reshape(1, rows, IN))
    assert found.dtype == x.dtype and found.shape == (1, rows, OUT)
    tolerance = {"float32": 1e-5, "bfloat16": 2e-2, "float16": 2e-3}[dtype]
    np.testing.assert_allclose(found[0].double().numpy(), expected, atol=tolerance * np.abs(expected).max())


@pytest.mark.parametrize("bits", [8, 4])
def test_kernel_is_not_given_weights_that_lie_askew(bits: int) -> None:
    layer, _ = made(bits)
    x = torch.randn(2, IN).bfloat16()
    expected = layer(x)
    raw = torch.empty(layer.weight.numel() + 65, dtype=layer.weight.dtype)
    start = (-raw.data_ptr()) % 64 + 1
    askew = raw[start : start + layer.weight.numel()].view(layer.weight.shape)
    layer.put("weight", askew.copy_(layer.weight))
    torch.testing.assert_close(layer(x), expected, atol=0.05, rtol=0.02)
    layer.align()
    assert layer.weight.data_ptr() % 64 == 0
    torch.testing.assert_close(layer(x), expected, atol=0, rtol=0)


@pytest.mark.parametrize("bits", [8, 4])
def test_gradients_reach_what_lies_below(bits: int) -> None:
    layer, _ = made(bits)
    x = torch.randn(2, IN, requires_grad=True)
    layer(x).sum().backward()
    np.testing.assert_allclose(
        x.grad.numpy(), np.tile(layer.whole(torch.float32).sum(0).numpy(), (2, 1)), rtol=1e-4, atol=1e-5
    )


def test_constant_and_zero_rows_are_kept() -> None:
    for bits in (8, 4):
        layer = Int8Linear(IN, OUT) if bits == 8 else Int4Linear(IN, OUT, None, 32)
        layer.fill(torch.zeros(OUT, IN))
        assert layer.whole(torch.float32).abs().max() == 0


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(value: float) -> None:
    layer, plain = made(8)
    with pytest.raises(ValueError, match="not finite"):
        layer.fill(torch.full_like(plain.weight, value))


def test_casts_leave_packed_weights_alone() -> None:
    layer, _ = made(8)
    before = layer.weight_scale.clone()
    layer.half().float()
    assert layer.weight.dtype == torch.int8 and layer.weight_scale.dtype == torch.bfloat16
    assert torch.equal(layer.weight_scale, before) and layer.bias.dtype == torch.float32


def test_base_has_no_weights_of_its_own() -> None:
    with pytest.raises(NotImplementedError, match="read from files only"):
        QuantizedLinear(IN, OUT).fill(torch.zeros(OUT, IN))
