"""Buffers that are computed, not stored: right after building, and after building without memory."""

from __future__ import annotations

import torch
from torch import nn

from transformers.layers.buffers import computed_buffer, evaluate


def rates(width: int) -> torch.Tensor:
    return 10.0 ** -torch.arange(width, dtype=torch.float32)


class Rotary(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        computed_buffer(self, "inv_freq", rates, 3)


def test_computed_buffer_is_not_saved_and_has_its_value() -> None:
    part = Rotary()
    assert not part.state_dict()
    torch.testing.assert_close(part.inv_freq, torch.tensor([1.0, 0.1, 0.01]))


def test_buffers_built_without_memory_are_computed_afterwards() -> None:
    with torch.device("meta"):
        model = nn.Sequential(nn.Identity(), Rotary())
    assert model[1].inv_freq.is_meta
    evaluate(model)
    torch.testing.assert_close(model[1].inv_freq, torch.tensor([1.0, 0.1, 0.01]))
    assert not model.state_dict()
