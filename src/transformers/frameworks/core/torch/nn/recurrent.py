"""Recurrent layers: RNN, LSTM, GRU; loops over time are the framework's own."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from typing import Any

from ..filled import zeros
from ..shapes import cat, stack
from ..tensor import Tensor
from . import functional as F
from . import init
from .layers import make_parameter
from .module import Module

Step = Callable[[Tensor, tuple[Tensor, ...], list[Any]], tuple[Tensor, ...]]


def _scan(step: Any, carry: Any, xs: Any) -> tuple[Any, Any]:
    framework = __name__.partition(".torch.")[0]
    return importlib.import_module(f"{framework}.scan").scan(step, carry, xs)  # type: ignore[no-any-return]


# ------------------------------------------------------------------ one step
# Each takes the projected input of one step, the states, and weight and bias of the recurrent projection.
def _lstm(x: Tensor, states: tuple[Tensor, ...], weights: list[Any]) -> tuple[Tensor, ...]:
    hidden, cell = states
    gates = x + F.linear(hidden, weights[0], weights[1])
    i, f, g, o = gates.chunk(4, -1)
    cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
    hidden = o.sigmoid() * cell.tanh()
    return (hidden if len(weights) < 3 else F.linear(hidden, weights[2])), cell


def _gru(x: Tensor, states: tuple[Tensor, ...], weights: list[Any]) -> tuple[Tensor, ...]:
    (hidden,) = states
    xr, xz, xn = x.chunk(3, -1)
    hr, hz, hn = F.linear(hidden, weights[0], weights[1]).chunk(3, -1)
    kept = (xz + hz).sigmoid()
    new = (xn + (xr + hr).sigmoid() * hn).tanh()
    return ((1.0 - kept) * new + kept * hidden,)


def _rnn(activation: Callable[[Tensor], Tensor]) -> Step:
    def step(x: Tensor, states: tuple[Tensor, ...], weights: list[Any]) -> tuple[Tensor, ...]:
        return (activation(x + F.linear(states[0], weights[0], weights[1])),)

    return step


STEPS: dict[str, Step] = {
    "LSTM": _lstm,
    "GRU": _gru,
    "RNN_TANH": _rnn(lambda x: x.tanh()),
    "RNN_RELU": _rnn(F.relu),
}
GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}


def rnn_mode(nonlinearity: str) -> str:
    if nonlinearity not in ("tanh", "relu"):
        raise ValueError(f"nonlinearity must be 'tanh' or 'relu', not {nonlinearity!r}")
    return f"RNN_{nonlinearity.upper()}"


class RNNBase(Module):
    """Layers of a recurrent network; see `LSTM` for names and shapes."""

    _folded: tuple[str, ...] = ("proj_size", "num_layers", "bias", "batch_first", "dropout", "bidirectional")

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if hidden_size <= 0 or num_layers <= 0:
            raise ValueError(f"hidden_size ({hidden_size}) and num_layers ({num_layers}) must be at least 1")
        if proj_size and (mode != "LSTM" or not 0 < proj_size < hidden_size):
            raise ValueError(
                f"proj_size ({proj_size}) is for LSTM and must be smaller than hidden_size ({hidden_size})"
            )
        if not 0.0 <= dropout <= 1.0:
            raise ValueError(f"dropout must lie between 0 and 1, not {dropout}")
        self.mode, self.input_size, self.hidden_size, self.num_layers = (
            mode,
            input_size,
            hidden_size,
            num_layers,
        )
        self.bias, self.batch_first, self.dropout = bias, batch_first, float(dropout)
        self.bidirectional, self.proj_size = bidirectional, proj_size
        out, rows = proj_size or hidden_size, GATES[mode] * hidden_size
        for layer in range(num_layers):
            width = input_size if layer == 0 else out * (2 if bidirectional else 1)
            sizes = {"weight_ih": (rows, width), "weight_hh": (rows, out)}
            sizes |= {"bias_ih": (rows,), "bias_hh": (rows,)} if bias else {}
            sizes |= {"weight_hr": (proj_size, hidden_size)} if proj_size else {}
            for end in self._ends(layer):
                for name, size in sizes.items():
                    setattr(self, f"{name}{end}", make_parameter(*size, dtype=dtype, device=device))
        self.reset_parameters()

    def _ends(self, layer: int) -> tuple[str, ...]:
        return (f"_l{layer}", f"_l{layer}_reverse") if self.bidirectional else (f"_l{layer}",)

    def reset_parameters(self) -> None:
        """Uniform within 1 / sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size)
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def flatten_parameters(self) -> None:
        """Nothing: the layout of weights is the framework's business."""

    @property
    def all_weights(self) -> list[list[Any]]:
        """The parameters of each layer and direction."""
        ends = [end for layer in range(self.num_layers) for end in self._ends(layer)]
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
        return [[getattr(self, n + end) for n in names if hasattr(self, n + end)] for end in ends]

    def _states(self, input: Tensor, hx: Any, single: bool) -> tuple[Tensor, ...]:
        """The initial states, (layers * directions, N, width) each."""
        count = self.num_layers * (2 if self.bidirectional else 1)
        widths = [self.proj_size or self.hidden_size, self.hidden_size][: 2 if self.mode == "LSTM" else 1]
        if hx is None:
            return tuple(zeros(count, input.shape[1], width, dtype=input.dtype) for width in widths)
        given = tuple(hx) if self.mode == "LSTM" else (hx,)
        if len(given) != len(widths) or any(state.ndim != (2 if single else 3) for state in given):
            raise RuntimeError(
                f"{type(self).__name__}: the initial states must have {2 if single else 3} axes like the "
                f"input's, got {[state.ndim for state in given]}"
            )
        return tuple(state.unsqueeze(1) if single else state for state in given)

    def _direction(
        self, x: Tensor, states: tuple[Tensor, ...], end: str
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """One layer in one direction over x (T, N, width): its outputs and last states."""
        bias = (getattr(self, f"bias_{part}{end}") if self.bias else None for part in ("ih", "hh"))
        bias_ih, bias_hh = bias
        weights = [getattr(self, f"weight_hh{end}"), bias_hh]
        weights += [getattr(self, f"weight_hr{end}")] if self.proj_size else []
        step = STEPS[self.mode]

        def once(carry: tuple[Tensor, ...], x_t: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
            new = step(x_t, carry, weights)
            return new, new[0]

        # The input's part of all steps is one product outside the loop.
        projected = F.linear(x, getattr(self, f"weight_ih{end}"), bias_ih)
        backwards = end.endswith("_reverse")
        last, outputs = _scan(once, states, projected.flip(0) if backwards else projected)
        return (outputs.flip(0) if backwards else outputs), tuple(last)

    def forward(self, input: Tensor, hx: Any = None) -> tuple[Tensor, Any]:
        """Outputs of the last layer at every step, and the last states of every layer and direction."""
        if input.ndim not in (2, 3):
            raise ValueError(f"{type(self).__name__} needs an input with 2 or 3 axes, not {input.ndim}")
        width = input.shape[-1]
        if isinstance(width, int) and width != self.input_size:
            raise RuntimeError(f"the input is {width} wide, input_size is {self.input_size}")
        single = input.ndim == 2
        turned = self.batch_first and not single
        x = input.unsqueeze(1) if single else input.transpose(0, 1) if turned else input
        states = self._states(x, hx, single)
        finals: list[tuple[Tensor, ...]] = []
        for layer in range(self.num_layers):
            if layer and self.dropout:
                x = F.dropout(x, self.dropout, self.training)
            outputs = []
            for end in self._ends(layer):
                out, last = self._direction(x, tuple(state[len(finals)] for state in states), end)
                outputs.append(out)
                finals.append(last)
            x = outputs[0] if len(outputs) == 1 else cat(outputs, -1)
        stacked = [stack(list(parts)) for parts in zip(*finals, strict=True)]
        if single:
            x, stacked = x.squeeze(1), [state.squeeze(1) for state in stacked]
        return (x.transpose(0, 1) if turned else x), tuple(stacked) if self.mode == "LSTM" else stacked[0]

    def extra_repr(self) -> str:
        """Sizes and whatever is not the default."""
        defaults = (0, 1, True, False, 0.0, False)
        shown = [f"{self.input_size}, {self.hidden_size}"]
        for name, default in zip(self._folded, defaults, strict=True):
            if (value := getattr(self, name)) != default:
                shown.append(f"{name}={value}")
        return ", ".join(shown)


class LSTM(RNNBase):
    """Long short-term memory over (T, N, input_size), or (N, T, input_size) if `batch_first`, or without N.

    Parameters of layer k: weight_ih_lk (4 hidden, input), weight_hh_lk, bias_ih_lk, bias_hh_lk, with
    `proj_size` weight_hr_lk; `_reverse` after the name for the other direction.  Gates: i, f, g, o.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("LSTM", *args, **kwargs)


class GRU(RNNBase):
    """Gated recurrent units, with the names and shapes of `LSTM`.  Gates: r, z, n."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("GRU", *args, **kwargs)


class RNN(RNNBase):
    """The plain recurrent network, with the names and shapes of `LSTM`."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        **kwargs: Any,
    ) -> None:
        super().__init__(rnn_mode(nonlinearity), input_size, hidden_size, num_layers, **kwargs)
        self.nonlinearity = nonlinearity


__all__ = ["GRU", "LSTM", "RNN", "RNNBase"]
