"""Recurrent cells: one step of a recurrent layer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..filled import zeros
from ..tensor import Tensor
from . import functional as F
from . import init
from .layers import make_parameter
from .module import Module
from .recurrent import GATES, STEPS, rnn_mode


class _Cell(Module):
    """One step: weight_ih, weight_hh, bias_ih, bias_hh."""

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.mode, self.input_size, self.hidden_size, self.bias = mode, input_size, hidden_size, bias
        rows, where = GATES[mode] * hidden_size, {"dtype": dtype, "device": device}
        self.weight_ih = make_parameter(rows, input_size, **where)
        self.weight_hh = make_parameter(rows, hidden_size, **where)
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, make_parameter(rows, **where) if bias else None)
        bound = 1.0 / math.sqrt(hidden_size)
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def forward(self, input: Tensor, hx: Any = None) -> Any:
        """The next state, of (N, input_size) or (input_size); of an LSTM the hidden state and the cell."""
        several = self.mode == "LSTM"
        if input.ndim not in (1, 2):
            raise ValueError(f"{type(self).__name__} needs an input with 1 or 2 axes, not {input.ndim}")
        if hx is None:
            state = zeros(*input.shape[:-1], self.hidden_size, dtype=input.dtype)
            hx = (state, state) if several else state
        states: Sequence[Tensor] = tuple(hx) if several else (hx,)
        x = F.linear(input, self.weight_ih, self.bias_ih)
        new = STEPS[self.mode](x, tuple(states), [self.weight_hh, self.bias_hh])
        return new if several else new[0]

    def extra_repr(self) -> str:
        """Sizes and whatever is not the default."""
        return f"{self.input_size}, {self.hidden_size}{'' if self.bias else ', bias=False'}"


class LSTMCell(_Cell):
    """One step of `LSTM`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("LSTM", *args, **kwargs)


class GRUCell(_Cell):
    """One step of `GRU`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("GRU", *args, **kwargs)


class RNNCell(_Cell):
    """One step of `RNN`."""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh", **kwargs: Any
    ) -> None:
        super().__init__(rnn_mode(nonlinearity), input_size, hidden_size, bias, **kwargs)
        self.nonlinearity = nonlinearity


__all__ = ["GRUCell", "LSTMCell", "RNNCell"]
