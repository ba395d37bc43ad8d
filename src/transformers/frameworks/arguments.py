"""The inputs of a model's forward: given to a face's call, and shown as its signature."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from types import MethodType
from typing import Any

from ..utils.errors import did_you_mean

# Keywords of a forward that are choices, not arrays; so is every other plain number but the counts.
FLAGS = frozenset({"output_attentions", "output_hidden_states", "return_dict", "use_cache"})
COUNTS = frozenset({"num_items_in_batch"})


def input_names(module: Any, framework: str = "") -> tuple[tuple[str, ...], bool]:
    """Names of the parameters of a module's forward in their order, and whether it takes others.

    framework: "flax" puts mask and positions before a cache that is the second input, "tf" the places of
    cached tokens last, as their published models do.
    """
    return _input_names(module.__class__, framework)


@functools.cache
def _input_names(module_class: Any, framework: str) -> tuple[tuple[str, ...], bool]:
    parameters = inspect.signature(module_class.forward).parameters.values()
    names = tuple(p.name for p in parameters if p.kind is not p.VAR_KEYWORD and p.name != "self")
    open_ended = len(names) + 1 < len(parameters)
    if framework == "flax" and names[1:2] == ("past_key_values",):
        names = tuple(sorted(names, key=(names[0], "attention_mask", "position_ids", *names).index))
    elif framework == "tf":
        names = tuple(sorted(names, key=lambda name: name == "cache_position"))
    return names, open_ended


def bind_arguments(
    module: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], framework: str = ""
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Arguments of a forward by name, None left out: (arrays, flags).

    framework: whose order of inputs `args` have; see `input_names`.

    Raises:
        TypeError: too many arguments, one given twice, or one that the forward does not have.
    """
    (names, open_ended), kind = input_names(module, framework), type(module).__name__
    if len(args) > len(names):
        raise TypeError(f"{kind} takes at most {len(names)} inputs, got {len(args)}")
    given = dict(zip(names, args, strict=False))
    for name in kwargs:
        if name in given:
            raise TypeError(f"{kind} got {name!r} twice")
        if not open_ended and name not in (*names, *getattr(type(module).forward, "packing", ())):
            raise TypeError(f"{kind} got an unexpected input {name!r}.{did_you_mean(name, names)}")
    arrays: dict[str, Any] = {}
    flags: dict[str, Any] = {}
    for name, value in (*given.items(), *kwargs.items()):
        if isinstance(value, str):
            raise TypeError(f"{kind}: {name} must be an array, got the text {value!r}: run a tokenizer first")
        if value is not None:
            choice = name in FLAGS or (isinstance(value, bool | int | float) and name not in COUNTS)
            (flags if choice else arrays)[name] = value
    return arrays, flags


def _signature(module_class: Any, framework: str, own: Mapping[str, Any]) -> inspect.Signature:
    """`self`, the inputs of a forward in a framework's order, and the call's own keywords with defaults."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    names, open_ended = _input_names(module_class, framework)
    found = [inspect.Parameter("self", kind)]
    found += [inspect.Parameter(name, kind, default=None) for name in names]
    found += [inspect.Parameter(name, kind, default=value) for name, value in own.items()]
    if open_ended:
        found.append(inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD))
    return inspect.Signature(found)


class SignedCall:
    """A method that shows another signature than it has, once its model is made.

    Keras reads the signature of `call` while it makes a layer, and must see the real one.

    Args:
        function: what is called.
        signature: what is shown, with `self`.
        decorate: put around the function that is shown.
    """

    def __init__(
        self, function: Callable[..., Any], signature: inspect.Signature, decorate: Any = lambda f: f
    ) -> None:
        @functools.wraps(function)
        def call(self: Any, *args: Any, **kwargs: Any) -> Any:
            return function(self, *args, **kwargs)

        self.function, self.shown = function, decorate(call)
        self.shown.__signature__ = signature

    def __get__(self, model: Any, owner: Any = None) -> Any:
        if model is None:
            return self.shown
        return MethodType(self.shown if "network" in vars(model) else self.function, model)


def show_inputs(cls: Any, method: str, own: Mapping[str, Any], decorate: Any = lambda f: f) -> None:
    """Let a method of a face's class, where that stands for a model, show the inputs of its forward.

    method: "call" or "__call__".  own: its own keywords, with defaults.
    """
    inner = vars(cls).get("network_class")
    if inner is None or method in vars(cls) or "self" not in inspect.signature(inner.forward).parameters:
        return
    if _input_names(inner, "")[0] in ((), ("args",)):
        return
    found = next(vars(base)[method] for base in cls.__mro__ if method in vars(base))
    function = found.function if isinstance(found, SignedCall) else found
    signature = _signature(inner, cls.framework, own)
    setattr(cls, method, SignedCall(function, signature, decorate))


__all__ = ["COUNTS", "FLAGS", "SignedCall", "bind_arguments", "input_names", "show_inputs"]
