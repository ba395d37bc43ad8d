"""The forward of a model with a task head: trunk first, then what the head does with its output."""

from __future__ import annotations

import functools
import inspect
from dataclasses import fields

from .base import plain_tuple
from .kernel_options import taking_options
from .packing import PACKING, with_places

OUTPUT_FLAGS = ("output_attentions", "output_hidden_states", "return_dict")


def task_forward(*names, unlisted=(), trunk=None, before=None):
    """Make a head's `forward` out of a function of the trunk's output.

    names: the published parameters in their order.  Those that the decorated function names itself (labels)
    go to it; the others go to the trunk.  The function is called as `function(self, out, **own)` and
    returns a ModelOutput; hidden states, attentions and the cache are filled in from `out`.  If the
    function names `choices`, the inputs are (B, choices, T ...) and are folded into the batch.  If it names
    `inputs`, it gets the dict of what was given for the trunk, before any folding.  Keywords that are not
    listed reach a `**kwargs` of the function, or raise TypeError.
    unlisted: further keywords for the trunk, which the published forward takes among its `**kwargs`.
    trunk: called as `trunk(self, **inputs)` in place of `self.base_model`, by heads without a prefix.
    before: called as `before(self, inputs, own)`; returns further inputs of the trunk (decoder inputs, made
        from labels).
    """
    run_trunk = run_base_model if trunk is None else trunk

    def decorate(function):
        parameters = inspect.signature(function).parameters
        open_ended = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
        own = set(parameters) & set(names)
        for_trunk = tuple(name for name in (*names, *unlisted) if name not in own)
        folds = "choices" in parameters
        packs = "position_ids" in for_trunk

        @functools.wraps(function)
        def forward(self, *args, **kwargs):
            if len(args) > len(names):
                raise TypeError(f"{type(self).__name__}.forward() takes at most {len(names)} arguments")
            given = dict(zip(names, args, strict=False))
            if twice := sorted(set(given) & set(kwargs)):
                raise TypeError(f"{type(self).__name__}.forward() got {twice[0]!r} twice")
            given.update(kwargs)
            wanted = given.pop("return_dict", None)
            if packs and any(name in given for name in PACKING):
                given = with_places(given, self.first_place(), self.sees_both_ways())
            inputs = {name: given.pop(name) for name in for_trunk if name in given}
            extra = sorted(set(given) - own)
            if extra and not open_ended:
                raise TypeError(
                    f"{type(self).__name__}.forward() got an unexpected keyword argument {extra[0]!r}"
                )
            if before is not None:
                inputs = {**inputs, **before(self, inputs, given)}
            if "inputs" in parameters:
                given["inputs"] = inputs
            if folds:
                given["choices"], inputs = fold_choices(inputs)
            out = run_trunk(self, **inputs, return_dict=True)
            result = function(self, out, **given)
            if wanted is None:
                wanted = self.config.use_return_dict
            if wanted:
                return complete(result, out)
            return joined_tuple(result, out)

        forward.__signature__ = published_signature(names, open_ended)
        forward.unlisted, forward.packing = tuple(unlisted), PACKING if packs else ()
        return taking_options(forward, {*names, *unlisted, *own, *PACKING, "return_dict"})

    return decorate


def with_hidden_states(model, inputs, own):
    """For `before`: the head reads the trunk's hidden states, whether or not the caller wants them too."""
    return {"output_hidden_states": True}


def run_base_model(model, **inputs):
    """The trunk under `base_model_prefix`."""
    return model.base_model(**inputs)


def published_signature(names, open_ended):
    """`(self, name=None, ...)`, with `**kwargs` if open-ended."""
    Parameter = inspect.Parameter
    parts = [Parameter("self", Parameter.POSITIONAL_OR_KEYWORD)]
    parts += [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=None) for name in names]
    if open_ended:
        parts.append(Parameter("kwargs", Parameter.VAR_KEYWORD))
    return inspect.Signature(parts)


# Inputs of three and more axes that have none for choices: XLNet takes what follows as folded already.
_WHOLE = ("head_mask", "mems", "perm_mask", "target_mapping")


def fold_choices(inputs):
    """Number of choices, and the inputs (B, choices, T, ...) as (B * choices, T, ...).

    Inputs without that axis, (B, T, ...), are one choice each.
    """
    main = inputs.get("input_ids")
    plain = 3 if main is None else 2
    main = inputs.get("inputs_embeds") if main is None else main
    if main is not None and main.dim() == plain:
        return 1, inputs
    if main is None:
        raise ValueError("give either input_ids or inputs_embeds, of shape (batch, choices, tokens, ...)")
    folded = {}
    for name, value in inputs.items():
        per_choice = name not in _WHOLE and hasattr(value, "dim") and value.dim() > 2
        folded[name] = value.reshape(-1, *value.shape[2:]) if per_choice else value
    return main.shape[1], folded


# Fields of a trunk's output that are for its heads alone.
_FOR_HEADS = ("last_hidden_state", "pooler_output", "extract_features")


def joined_tuple(result, out):
    """A head's result and what the trunk adds; fields that the result's class has after those come last."""
    names = [field.name for field in fields(result)]
    after = names[names.index("attentions") + 1 :] if "attentions" in names else []
    own = tuple(value for name, value in result.items() if name not in after)
    return (
        own + plain_tuple(out, without=_FOR_HEADS) + tuple(result[name] for name in after if name in result)
    )


def complete(result, out):
    """A head's result with the fields that only the trunk knows, all in the order of its class."""
    found = {}
    for field in fields(result):
        own = getattr(result, field.name)
        found[field.name] = getattr(out, field.name, None) if own is None else own
    return type(result)(**found)


__all__ = ["OUTPUT_FLAGS", "task_forward", "with_hidden_states"]
