"""Norms and rotations of few rows with fewer operations, while a model writes on a CPU.

With one token a step an operation costs more to call than to compute. The numbers are the same up to the
order of summation and, in bfloat16, to fewer roundings.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch

from ..layers.norm import RMSNorm
from ..layers.rope import apply_rotary_pos_emb

LARGEST = 1 << 14  # elements of the rows up to which calls cost more than numbers (measured, one thread)


def suits(x: torch.Tensor) -> bool:
    """Whether rows are few and of a dtype whose squares float32 holds."""
    return x.numel() <= LARGEST and x.dtype in (torch.float32, torch.bfloat16) and x.is_cpu


def fast_norm(layer: RMSNorm) -> Callable[[torch.Tensor], torch.Tensor]:
    """The forward of an RMS norm: the length of a row first, from one operation."""
    own, weight, epsilon = layer.forward, layer.weight, torch.tensor(layer.variance_epsilon)

    def forward(hidden_states: torch.Tensor) -> torch.Tensor:
        x = hidden_states
        if layer.weight is not weight or x.dtype != weight.dtype or not suits(x):
            return own(x)
        length = torch.linalg.vector_norm(x, dim=-1, keepdim=True, dtype=torch.float32)
        factor = torch.addcmul(epsilon, length, length, value=1 / x.shape[-1]).rsqrt_()
        return weight * (x * factor).to(x.dtype)

    return forward


class Rotation:
    """`apply_rotary_pos_emb` on queries and keys together; cos and sin are made ready once for all layers."""

    def __init__(self) -> None:
        self.ready: tuple[Any, Any, Any, Any] = (None, None, None, None)

    def tables(self, cos: torch.Tensor, sin: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """cos and sin (B, T, D) as (B, 1, T, D), the sines of the first half negative."""
        ready = self.ready
        if ready[0] is not cos or ready[1] is not sin:
            first, second = sin.unsqueeze(1).chunk(2, dim=-1)
            ready = self.ready = (cos, sin, cos.unsqueeze(1), torch.cat((-first, second), dim=-1))
        return ready[2], ready[3]

    def __call__(self, query: Any, key: Any, cos: Any, sin: Any) -> tuple[Any, Any]:
        """Rotated queries (B, H, T, D) and keys (B, K, T, D)."""
        if not suits(query) or not query.dtype == key.dtype == cos.dtype:
            return apply_rotary_pos_emb(query, key, cos, sin)
        cos, sin = self.tables(cos, sin)
        both = torch.cat((query, key), dim=1)
        first, second = both.chunk(2, dim=-1)
        turned = torch.cat((second, first), dim=-1)
        rotated = both.mul_(cos).addcmul_(turned, sin)
        query, key = rotated.split((query.shape[1], key.shape[1]), dim=1)
        return query, key


def hurry(model: Any) -> Callable[[], None]:
    """Give the norms and attentions of a model on a CPU the forms above; returns what takes them back."""
    changed: list[tuple[Any, str]] = []
    rotation = Rotation()
    for module in model.modules():
        own = vars(module)
        if isinstance(module, RMSNorm) and type(module).forward is RMSNorm.forward:
            if "forward" not in own and type(module.weight) is torch.nn.Parameter:
                module.__dict__["forward"] = fast_norm(module)
                changed.append((module, "forward"))
        elif own.get("rotate") is apply_rotary_pos_emb:
            module.__dict__["rotate"] = rotation
            changed.append((module, "rotate"))
    return functools.partial(restore, changed)


def restore(changed: list[tuple[Any, str]]) -> None:
    """Take back what `hurry` changed."""
    for module, name in changed:
        if name == "rotate":
            module.__dict__["rotate"] = apply_rotary_pos_emb
        else:
            module.__dict__.pop("forward", None)


__all__ = ["hurry"]
