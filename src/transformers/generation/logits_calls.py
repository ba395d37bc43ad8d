"""Which keywords of a list of processors belong to which processor."""

from __future__ import annotations

import inspect

import torch

_forms = {}  # by the function of a class; torch.compile would make a graph anew for each


def arguments_for(processor, given, skipped=()):
    """The keywords of `given` that a processor's call takes, and all names it takes after ids and scores.

    skipped: names that the caller gives by other means.

    Raises:
        ValueError: the processor cannot do without a keyword that is not there.
    """
    names, needed, takes_any = _form_of(processor)
    missing = [name for name in needed if name not in given and name not in skipped]
    if missing:
        raise ValueError(
            f"{type(processor).__name__} needs {', '.join(missing)}: "
            "pass it by keyword to the list of processors"
        )
    return {key: value for key, value in given.items() if takes_any or key in names}, names


def _form_of(processor):
    """Names a call takes after ids and scores, those it cannot do without, and whether it takes any."""
    if inspect.isroutine(processor):
        return _read(processor, 2)
    function = type(processor).__call__
    if torch.compiler.is_compiling():
        return _read(function, 3)
    known = _forms.get(function)
    return _forms.setdefault(function, _read(function, 3)) if known is None else known


def _read(function, skipped):
    parameters = list(inspect.signature(function).parameters.values())
    takes_any = any(p.kind == p.VAR_KEYWORD for p in parameters)
    named = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)][skipped:]
    needed = tuple(p.name for p in named if p.default is p.empty and p.name != "cur_len")
    return frozenset(p.name for p in named), needed, takes_any


__all__ = ["arguments_for"]
