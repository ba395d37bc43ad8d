"""What `nn.Module` does with its tree: names, state dicts, dtypes, descriptions."""

from __future__ import annotations

import collections
import itertools
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from ....core import dtypes
from ....core.recipe import Abstract, Recipe
from ... import backend as B
from ..tensor import Tensor


class IncompatibleKeys(NamedTuple):
    """Names that `load_state_dict` did not find here, or did not find in the given state."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


def named_slots(module: Any, table: str, prefix: str, recurse: bool, once: bool) -> Iterator[tuple[str, Any]]:
    """Dotted names and entries of one table over the tree."""
    seen: set[int] = set()
    tree = module.named_modules(prefix=prefix, remove_duplicate=once) if recurse else [(prefix, module)]
    for path, owner in tree:
        for name, slot in owner.__dict__[table].items():
            if slot is None or (once and id(slot) in seen):
                continue
            seen.add(id(slot))
            yield (f"{path}.{name}" if path else name), slot


def find(module: Any, target: str) -> Any:
    """The module of a dotted name."""
    found = module
    for name in target.split(".") if target else ():
        child = found._modules.get(name)
        if child is None:
            raise AttributeError(
                f"{type(found).__name__} has no child module {name!r} (looking for {target!r})"
            )
        found = child
    return found


def find_slot(module: Any, target: str, table: str) -> Any:
    """The parameter or buffer of a dotted name."""
    path, _, name = target.rpartition(".")
    slot = find(module, path).__dict__[table].get(name)
    if slot is None:
        raise AttributeError(f"there is no {table.strip('_')[:-1]} {target!r} in {type(module).__name__}")
    return slot


def state_dict(module: Any, prefix: str) -> dict[str, Any]:
    """Parameters and persistent buffers by dotted name, shared ones under each of their names."""
    found: dict[str, Any] = collections.OrderedDict()
    for path, owner in module.named_modules(remove_duplicate=False):
        for name, slot in itertools.chain(owner._parameters.items(), owner._buffers.items()):
            if slot is not None and getattr(slot, "persistent", True):
                found[prefix + (f"{path}.{name}" if path else name)] = slot
    return found


def _sizes_of(value: Any) -> tuple[int, ...]:
    return tuple(value.shape)


def _host(value: Any) -> Any:
    """What to store for a given value: a recipe or raw array as it is, anything else as a host array."""
    if isinstance(value, Tensor):
        held = value.peek() if hasattr(type(value), "peek") else value.a
        return held if isinstance(held, (Recipe, Abstract)) else value.a
    if hasattr(value, "detach"):  # a tensor of real PyTorch
        value = value.detach().cpu()
        if str(value.dtype) == "torch.bfloat16":
            return B.to_numpy(B.cast(B.constant(value.float().numpy()), "bfloat16"))
        return value.numpy()
    return value if B.is_raw(value) else np.asarray(value)


def _dtype_name(value: Any) -> str:
    return (
        value.dtype
        if isinstance(value, (Recipe, Abstract))
        else B.dtype(value)
        if B.is_raw(value)
        else value.dtype.name
    )


def _stored(value: Any, wanted: str, assign: bool) -> Any:
    held = _host(value)
    name = B.canonical(_dtype_name(held) if assign else wanted)
    if isinstance(held, (Recipe, Abstract)):
        import dataclasses

        return dataclasses.replace(held, dtype=name)
    if _dtype_name(held) != name:
        return B.cast(held if B.is_raw(held) else B.constant(held), name)
    return np.array(held) if isinstance(held, np.ndarray) and not assign else held


def load_state_dict(module: Any, given: Mapping[str, Any], strict: bool, assign: bool) -> IncompatibleKeys:
    """See `Module.load_state_dict`; nothing is changed if anything is wrong."""
    if not isinstance(given, Mapping):
        raise TypeError(f"load_state_dict needs a dict of names and tensors, not {type(given).__name__}")
    slots = state_dict(module, "")
    missing = [name for name in slots if name not in given]
    unexpected = [name for name in given if name not in slots]
    problems = []
    if strict and missing:
        problems.append(f"missing: {', '.join(missing)}")
    if strict and unexpected:
        problems.append(f"unexpected: {', '.join(unexpected)}")
    for name, slot in slots.items():
        if name in given and _sizes_of(given[name]) != _sizes_of(slot):
            have, got = list(_sizes_of(slot)), list(_sizes_of(given[name]))
            problems.append(f"size mismatch for {name}: the module has {have}, the state has {got}")
    if problems:
        raise RuntimeError(f"cannot load the state into {type(module).__name__}: " + "; ".join(problems))
    for name, slot in slots.items():
        if name in given:
            slot.set(_stored(given[name], slot.dtype.name, assign))
    return IncompatibleKeys(missing, unexpected)


def convert(module: Any, args: tuple[Any, ...], dtype: Any) -> Any:
    """Convert floating parameters and buffers to the dtype among `args`."""
    for argument in args:
        if isinstance(argument, dtypes.dtype):
            dtype = argument
        elif isinstance(argument, Tensor):
            dtype = argument.dtype
        elif isinstance(argument, str) and argument in dtypes.DTYPES:
            dtype = dtypes.DTYPES[argument]
    if dtype is None:
        return module
    if not dtype.is_floating_point:
        raise TypeError(f"a module converts to floating dtypes only, not {dtype}")
    for slot in itertools.chain(module.parameters(), module.buffers()):
        if slot.dtype.is_floating_point:
            slot.convert(dtype)
    return module


def _indented(text: str) -> str:
    first, *rest = text.split("\n")
    return "\n".join([first, *(f"  {line}" for line in rest)])


def _child_lines(module: Any) -> list[str]:
    """One description per child; equal neighbours of a list are drawn together."""
    entries = [(name, _indented(repr(child))) for name, child in module._modules.items()]
    if not getattr(module, "_folds_repr", False):
        return [f"({name}): {text}" for name, text in entries]
    lines = []
    for text, group in itertools.groupby(entries, key=lambda entry: entry[1]):
        names = [name for name, _ in group]
        if len(names) == 1:
            lines.append(f"({names[0]}): {text}")
        else:
            lines.append(f"({names[0]}-{names[-1]}): {len(names)} x {text}")
    return lines


def describe(module: Any) -> str:
    """The text of `repr(module)`: class, settings, and the children indented."""
    extra = module.extra_repr()
    lines = _child_lines(module)
    name = module._get_name()
    if not lines:
        return f"{name}({extra})" if "\n" not in extra else f"{name}(\n  {_indented(extra)}\n)"
    body = [*(extra.split("\n") if extra else ()), *lines]
    return f"{name}(\n  " + "\n  ".join(body) + "\n)"


__all__ = ["IncompatibleKeys"]
