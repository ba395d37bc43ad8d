"""Tensor parallelism (arXiv:1909.08053): each process of `torchrun` keeps its share of the linear layers.

A plan says of each layer whether its outputs ("colwise") or its inputs ("rowwise") are shared out; "_rep"
behind the word gives every process the whole result.
"""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import torch
import torch.distributed as dist
from torch import nn

from ..utils import environment

STYLES = ("colwise", "rowwise", "colwise_rep", "rowwise_rep")


class _Copy(torch.autograd.Function):
    """The input as it is; gradients are summed over the processes."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, group: Any) -> torch.Tensor:
        ctx.group = group
        return x

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        total = gradients[0].clone()
        dist.all_reduce(total, group=ctx.group)
        return total, None


class _Sum(torch.autograd.Function):
    """The sum over the processes; gradients are those of the sum."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, group: Any) -> torch.Tensor:
        total = x.clone()
        dist.all_reduce(total, group=group)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        return gradients[0], None


class _Gather(torch.autograd.Function):
    """The shares of all processes side by side on the last axis; each gets its gradient."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, group: Any) -> torch.Tensor:
        ctx.rank, ctx.width = dist.get_rank(group), x.shape[-1]
        parts = [torch.empty_like(x) for _ in range(dist.get_world_size(group))]
        dist.all_gather(parts, x.contiguous(), group=group)
        return torch.cat(parts, dim=-1)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        return gradients[0].narrow(-1, ctx.rank * ctx.width, ctx.width), None


class ShardedLinear(nn.Linear):
    """This process's share of a linear layer; made from a whole one by `share`."""

    style: str
    group: Any

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """(..., in) -> (..., out) or this process's part of it."""
        if self.style.startswith("colwise"):
            output = nn.functional.linear(_Copy.apply(input, self.group), self.weight, self.bias)
            return _Gather.apply(output, self.group) if self.style.endswith("_rep") else output
        output = _Sum.apply(nn.functional.linear(input, self.weight), self.group)
        return output if self.bias is None else output + self.bias


def processes(tp_size: int | None, device_mesh: Any = None) -> Any:
    """The group of processes that share a model, of a mesh of one axis or all; joins them where nobody has.

    Raises:
        ValueError: the program was not started by torchrun, or with another number of processes.
    """
    if not dist.is_initialized():
        if environment.text("RANK") is None:
            raise ValueError("tp_plan shares a model among processes: start the program with torchrun")
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    group = dist.group.WORLD if device_mesh is None else device_mesh.get_group()
    if tp_size is not None and tp_size != dist.get_world_size(group):
        raise ValueError(f"tp_size is {tp_size}, and there are {dist.get_world_size(group)} processes")
    return group


def share(
    model: Any, plan: Mapping[str, str] | str, tp_size: int | None = None, device_mesh: Any = None
) -> None:
    """Keep of a loaded model what is this process's.

    Args:
        model: the model; changed.
        plan: {pattern of module paths, `*` a number: word}, or "auto" for the model's own.
        tp_size: number of processes, if it must be checked.
        device_mesh: a mesh of one axis, if not all processes share the model.

    Raises:
        ValueError: there is no plan, a word is unknown, or a layer cannot be divided evenly.
    """
    if plan == "auto":
        plan = model.tp_plan
    if not isinstance(plan, Mapping) or not plan:
        raise ValueError(f"{type(model).__name__} has no plan of its own: give tp_plan as a dict")
    if unknown := sorted(set(plan.values()) - set(STYLES)):
        raise ValueError(f"tp_plan says {unknown[0]!r}; words are {', '.join(STYLES)}")
    group = processes(tp_size, device_mesh)
    if torch.cuda.is_available():
        model.to(torch.device("cuda", int(environment.text("LOCAL_RANK") or 0)))
    tied = _tied(model)
    for pattern, style in plan.items():
        form = re.compile(re.escape(pattern).replace(r"\*", r"\d+"))
        for name, module in list(model.named_modules()):
            if not form.fullmatch(name) or not isinstance(module, nn.Linear):
                continue
            if not (style.endswith("_rep") and id(module.weight) in tied):
                _divide(name, module, style, group)
    _count_heads(model, dist.get_world_size(group))
    model._tp_group, model._tp_size = group, dist.get_world_size(group)


@contextlib.contextmanager
def gathered(model: Any, writes: bool = True) -> Iterator[tuple[dict[str, torch.Tensor] | None, bool]]:
    """The whole state dict of a shared model, for the process that saves it; the others wait until it has.

    Args:
        model: whose layers were shared; every process of the group must come here.
        writes: whether this process may save.

    Yields:
        (the weights, True) in the group's first process, if it may save; (None, False) in the others.
    """
    layers = {name: part for name, part in model.named_modules() if isinstance(part, ShardedLinear)}
    group = model._tp_group
    first = dist.get_rank(group) == 0
    state = dict(model.state_dict())
    for name, layer in layers.items():
        axis = int(layer.style.startswith("rowwise"))
        for key in (f"{name}.weight", f"{name}.bias") if axis == 0 else (f"{name}.weight",):
            if key in state:
                state[key] = _joined(state[key], axis, group, first)
    try:
        yield (state, True) if first and writes else (None, False)
    finally:
        dist.barrier(group)


def _joined(part: torch.Tensor, axis: int, group: Any, wanted: bool) -> torch.Tensor:
    """The shares of all processes side by side, on the processor; the share itself where it is not wanted."""
    parts = [torch.empty_like(part) for _ in range(dist.get_world_size(group))]
    dist.all_gather(parts, part.contiguous(), group=group)
    return torch.cat([one.cpu() for one in parts], dim=axis) if wanted else part


def _divide(name: str, module: nn.Linear, style: str, group: Any) -> None:
    """Turn a linear layer into this process's share."""
    rank, size, axis = dist.get_rank(group), dist.get_world_size(group), int(style.startswith("rowwise"))
    features = module.weight.shape[axis]
    if features % size:
        raise ValueError(f"{name} has {features} features, which {size} processes cannot share")
    module.weight = nn.Parameter(
        module.weight.detach().chunk(size, dim=axis)[rank].clone(), module.weight.requires_grad
    )
    if module.bias is not None and axis == 0:
        module.bias = nn.Parameter(module.bias.detach().chunk(size)[rank].clone(), module.bias.requires_grad)
    module.__class__ = ShardedLinear
    module.style, module.group = style, group


def _tied(model: Any) -> set[int]:
    """The weights, by identity, that several modules have: whole everywhere, they stay one parameter."""
    counts = Counter(id(p) for part in model.modules() for p in part.parameters(recurse=False))
    return {one for one, count in counts.items() if count > 1}


def _count_heads(model: Any, size: int) -> None:
    """Tell attention modules how many heads they have left, where their projections were shared out."""
    for name, module in model.named_modules():
        shares = [part.style for part in module.children() if isinstance(part, ShardedLinear)]
        if "colwise" not in shares or not hasattr(module, "num_heads"):
            continue
        for count in ("num_heads", "num_key_value_heads"):
            heads = getattr(module, count, None)
            if heads is not None and heads % size:
                raise ValueError(f"{name} has {heads} heads, which {size} processes cannot share")
            if heads is not None:
                setattr(module, count, heads // size)


__all__ = ["STYLES", "ShardedLinear", "gathered", "processes", "share"]
