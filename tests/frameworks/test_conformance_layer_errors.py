"""What the layers of images, recurrence, attention and normalised weights refuse, and what they say then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .harness import FRAMEWORKS, namespace


@pytest.fixture(params=FRAMEWORKS)
def t(request: pytest.FixtureRequest) -> Any:
    return namespace(request.param)


REFUSED: dict[str, tuple[Callable[[Any], Any], type[Exception], str]] = {
    "output_padding": (
        lambda t: t.nn.ConvTranspose1d(1, 1, 2, output_padding=1)(t.ones(1, 1, 3)),
        ValueError,
        r"output_padding \(1\) must be smaller",
    ),
    "transposed channels": (
        lambda t: t.nn.ConvTranspose1d(2, 1, 2)(t.ones(1, 3, 3)),
        ValueError,
        "has 3 channels, the weight expects 2",
    ),
    "transposed axes": (lambda t: t.nn.ConvTranspose2d(2, 1, 2)(t.ones(2, 3)), ValueError, "3 or 4 axes"),
    "transposed dtype": (
        lambda t: t.nn.ConvTranspose1d(2, 1, 2)(t.ones(1, 2, 3).half()),
        RuntimeError,
        "convert one of them",
    ),
    "transposed groups": (
        lambda t: t.nn.functional.conv_transpose1d(t.ones(1, 3, 3), t.ones(3, 1, 2), groups=2),
        ValueError,
        "do not divide into 2 groups",
    ),
    "transposed layer groups": (
        lambda t: t.nn.ConvTranspose1d(3, 2, 1, groups=2),
        ValueError,
        "multiples of",
    ),
    "transposed padding_mode": (
        lambda t: t.nn.ConvTranspose1d(1, 1, 2, padding_mode="reflect"),
        ValueError,
        "zeros only",
    ),
    "output_size": (
        lambda t: t.nn.ConvTranspose1d(1, 1, 2, 2)(t.ones(1, 1, 3), output_size=(9,)),
        ValueError,
        "out of reach",
    ),
    "output_size axes": (
        lambda t: t.nn.ConvTranspose2d(1, 1, 2, 2)(t.ones(1, 1, 3, 3), output_size=(6,)),
        ValueError,
        "needs 2 numbers",
    ),
    "unfold": (lambda t: t.ones(3).unfold(0, 4, 1), RuntimeError, "windows of 4 do not fit"),
    "fold": (
        lambda t: t.nn.functional.fold(t.ones(1, 4, 5), (3, 3), 2),
        ValueError,
        r"needs \(N, C \* 4, 4\)",
    ),
    "channel_shuffle": (
        lambda t: t.nn.functional.channel_shuffle(t.ones(1, 3, 2), 2),
        ValueError,
        "do not divide into 2 groups",
    ),
    "grid mode": (
        lambda t: t.nn.functional.grid_sample(t.ones(1, 1, 2, 2), t.ones(1, 2, 2, 2), "cubic"),
        ValueError,
        "mode 'cubic' does not fit",
    ),
    "grid padding": (
        lambda t: t.nn.functional.grid_sample(
            t.ones(1, 1, 2, 2), t.ones(1, 2, 2, 2), padding_mode="circular"
        ),
        ValueError,
        "zeros, border, reflection",
    ),
    "grid axes": (
        lambda t: t.nn.functional.grid_sample(t.ones(1, 1, 2, 2), t.ones(1, 2, 2, 3)),
        ValueError,
        "with a grid",
    ),
    "grid dtype": (
        lambda t: t.nn.functional.grid_sample(t.ones(1, 1, 2, 2).half(), t.ones(1, 2, 2, 2)),
        RuntimeError,
        "convert one of them",
    ),
    "affine_grid": (
        lambda t: t.nn.functional.affine_grid(t.ones(1, 3, 3), (1, 1, 2, 2)),
        ValueError,
        r"\(N, 2, 3\) with four sizes",
    ),
    "antialias": (
        lambda t: t.nn.functional.interpolate(t.ones(1, 1, 2), size=3, mode="linear", antialias=True),
        ValueError,
        "modes bilinear and bicubic",
    ),
    "align nearest": (
        lambda t: t.nn.functional.interpolate(t.ones(1, 1, 2), size=3, align_corners=True),
        ValueError,
        "no meaning for nearest",
    ),
    "resized integers": (
        lambda t: t.nn.functional.interpolate(t.arange(2).reshape(1, 1, 2), size=3, mode="linear"),
        TypeError,
        "needs a floating dtype",
    ),
    "recompute": (
        lambda t: t.nn.functional.interpolate(t.ones(1, 1, 2), size=3, recompute_scale_factor=True),
        ValueError,
        "needs a scale_factor",
    ),
    "pool indices": (
        lambda t: t.nn.MaxPool1d(2, return_indices=True)(t.ones(1, 1, 4)),
        ValueError,
        "return_indices is not part",
    ),
    "adaptive axes": (
        lambda t: t.nn.AdaptiveAvgPool2d(2)(t.ones(2, 4)),
        ValueError,
        "an input with 3 or 4 axes",
    ),
    "pad width": (lambda t: t.nn.ZeroPad2d((1, 2)), ValueError, "needs one width or 4"),
    "local response": (
        lambda t: t.nn.functional.local_response_norm(t.ones(2, 3), 2),
        ValueError,
        "at least 3 axes",
    ),
    "instance norm axes": (
        lambda t: t.nn.InstanceNorm1d(3)(t.ones(1, 1, 1, 1)),
        ValueError,
        "needs 2 or 3 axes, not 4",
    ),
    "instance norm of one": (
        lambda t: t.nn.InstanceNorm1d(3)(t.ones(2, 3, 1)),
        ValueError,
        "more than one position",
    ),
    "recurrent size": (lambda t: t.nn.LSTM(3, 0), ValueError, "must be at least 1"),
    "recurrent projection": (lambda t: t.nn.GRU(3, 4, proj_size=2), ValueError, "is for LSTM"),
    "recurrent dropout": (lambda t: t.nn.GRU(3, 4, dropout=2.0), ValueError, "between 0 and 1, not 2.0"),
    "recurrent nonlinearity": (
        lambda t: t.nn.RNN(3, 4, nonlinearity="gelu"),
        ValueError,
        "'tanh' or 'relu'",
    ),
    "recurrent axes": (lambda t: t.nn.GRU(3, 4)(t.ones(3)), ValueError, "2 or 3 axes, not 1"),
    "recurrent width": (lambda t: t.nn.GRU(3, 4)(t.ones(2, 1, 5)), RuntimeError, "5 wide, input_size is 3"),
    "recurrent states": (
        lambda t: t.nn.GRU(3, 4)(t.ones(2, 1, 3), t.ones(1, 4)),
        RuntimeError,
        "must have 3 axes like the input's",
    ),
    "recurrent steps": (lambda t: t.nn.GRU(3, 4)(t.ones(0, 1, 3)), ValueError, "at least one step"),
    "cell axes": (lambda t: t.nn.GRUCell(3, 4)(t.ones(1, 2, 3)), ValueError, "1 or 2 axes, not 3"),
    "attention heads": (lambda t: t.nn.MultiheadAttention(5, 2), ValueError, r"multiple of num_heads \(2\)"),
    "attention width": (
        lambda t: t.nn.MultiheadAttention(4, 2)(*[t.ones(3, 1, 6)] * 3),
        ValueError,
        "6 wide, the layer 4",
    ),
    "attention causal": (
        lambda t: t.nn.MultiheadAttention(4, 2)(*[t.ones(3, 1, 4)] * 3, is_causal=True),
        RuntimeError,
        "give attn_mask too",
    ),
    "attention mask dtype": (
        lambda t: t.nn.MultiheadAttention(4, 2)(*[t.ones(3, 1, 4)] * 3, attn_mask=t.ones(3, 3).long()),
        TypeError,
        "must be bool or floating",
    ),
    "attention mask axes": (
        lambda t: t.nn.MultiheadAttention(4, 2)(*[t.ones(3, 1, 4)] * 3, attn_mask=t.ones(3)),
        ValueError,
        r"must be \(L, S\)",
    ),
    "attention static": (
        lambda t: t.nn.functional.multi_head_attention_forward(
            *[t.ones(3, 1, 4)] * 3, 4, 2, *[None] * 4, False, 0.0, None, None, static_k=t.ones(1)
        ),
        ValueError,
        "static_k and static_v",
    ),
    "pad_sequence of nothing": (lambda t: t.nn.utils.rnn.pad_sequence([]), RuntimeError, "at least one"),
    "padding_side": (
        lambda t: t.nn.utils.rnn.pad_sequence([t.ones(1)], padding_side="up"),
        ValueError,
        "'left' or 'right'",
    ),
    "normed twice": (
        lambda t: t.nn.utils.weight_norm(t.nn.utils.weight_norm(t.nn.Linear(2, 2))),
        RuntimeError,
        "normalised already",
    ),
    "parametrized twice": (
        lambda t: [t.nn.utils.parametrizations.weight_norm(layer) for layer in [t.nn.Linear(2, 2)] * 2],
        AttributeError,
        "no parameter 'weight'",
    ),
    "not normed": (lambda t: t.nn.utils.remove_weight_norm(t.nn.Linear(2, 2)), ValueError, "no weight_norm"),
    "not parametrized": (
        lambda t: t.nn.utils.parametrize.remove_parametrizations(t.nn.Linear(2, 2), "weight"),
        ValueError,
        "does not compute 'weight'",
    ),
    "original left": (
        lambda t: t.nn.utils.parametrize.remove_parametrizations(t.nn.ReLU(), "weight", False),
        ValueError,
        "only leave_parametrized=True",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_layer_refusal_says_what_to_do(t: Any, name: str) -> None:
    attempt, error, text = REFUSED[name]
    with pytest.raises(error, match=text):
        attempt(t)
