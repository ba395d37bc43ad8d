"""What models made of two others share: the halves' classes, their checks, and the weights they share."""

from __future__ import annotations

import importlib
import inspect

from .base import LOSS_OPTIONS


def class_of(task, config):
    """The model class of `task`, such as "AutoModel", for a config, in the framework that runs this file.

    Raises:
        ValueError: that model type has no such class.
    """
    from ..models.auto._tables import HEADS, ROOMS

    rows = HEADS[task]
    if config.model_type not in rows:
        known = ", ".join(sorted(rows))
        raise ValueError(f"{config.model_type!r} has no {task} class to be half of a pair; known: {known}")
    names, room = rows[config.model_type], ROOMS[config.model_type]
    name = next((name for name in names if name in (config.architectures or ())), names[0])
    return getattr(importlib.import_module(f"..models.{room}.modeling_{room}", __package__), name)


def choose_attention(config, halves):
    """Name the kernel of a pair and of its halves where the caller named none: {attribute: class}."""
    if config._attn_implementation is None:
        chosen = {"": "sdpa"}
        for name, kind in halves.items():
            best = "sdpa" if kind._supports_sdpa else "eager"
            chosen[name] = getattr(config, name)._attn_implementation or best
        config._attn_implementation = chosen


def check_widths(config):
    """Refuse a decoder that expects another width than its encoder has."""
    expected, found = config.decoder.cross_attention_hidden_size, config.encoder.hidden_size
    if expected is not None and expected != found:
        raise ValueError(
            f"decoder.cross_attention_hidden_size ({expected}) must be the encoder's hidden_size ({found}), "
            "or None for a projection"
        )


def needs_projection(config):
    """Whether the decoder has another width than the encoder, and no projection of its own."""
    own = config.decoder.cross_attention_hidden_size is not None
    return config.encoder.hidden_size != config.decoder.hidden_size and not own


def collected(halves, name):
    """A tuple attribute of all halves, each entry once."""
    return tuple(dict.fromkeys(entry for half in halves.values() for entry in getattr(half, name) or ()))


def scoped(halves, name):
    """Patterns that a tuple attribute of the halves lists, each as one of its half's names only."""
    found = []
    for half, model in halves.items():
        for entry in getattr(model, name):
            behind = f"^(?={half}\\.).*(?:{entry})" if floats(entry) else f"^{half}\\.{entry[1:]}"
            found.append(behind)
    return tuple(found)


def floats(pattern):
    """Whether a pattern may match anywhere in a name, not only from its beginning on."""
    return not pattern.startswith("^")


def scoped_renames(halves):
    """The halves' renames as those of the pair: what is anchored is anchored behind the half's name."""
    found = []
    for half, model in halves.items():
        for pattern, replacement, *transform in model._renames:
            if isinstance(pattern, str) and isinstance(replacement, str) and not floats(pattern):
                pattern, replacement = f"^{half}\\.{pattern[1:]}", f"{half}.{replacement}"
            found.append((pattern, replacement, *transform))
    return tuple(dict.fromkeys(found))


def prefixed(halves, name):
    """Paths that a tuple attribute of the halves lists, as paths of the pair."""
    found = []
    for half, model in halves.items():
        inner = f"{model.base_model_prefix}." if model.base_model is not model else ""
        found += [f"{half}.{start}{path}" for path in getattr(model, name) for start in {"", inner}]
    return tuple(sorted(found))


def twin_ties(encoder, decoder):
    """Ties of an encoder and a decoder that share what they both have: {encoder's name: decoder's name}.

    Raises:
        ValueError: they have nothing in common, or weights of one name and two shapes.
    """
    trunk = decoder.base_model
    inner = f"{decoder.base_model_prefix}." if trunk is not decoder else ""
    theirs = {name: tuple(weight.shape) for name, weight in trunk.named_parameters()}
    ours = {name: tuple(weight.shape) for name, weight in encoder.named_parameters() if name in theirs}
    if not ours:
        raise ValueError(
            f"tie_encoder_decoder: {type(encoder).__name__} and {type(trunk).__name__} have no weight of one "
            "name to share; set it to False"
        )
    for name, shape in ours.items():
        if shape != theirs[name]:
            raise ValueError(
                f"tie_encoder_decoder: {name} is {shape} in the encoder and {theirs[name]} in the decoder; "
                "give both the same sizes, or set it to False"
            )
    return {f"encoder.{name}": f"decoder.{inner}{name}" for name in ours}


def split_options(kwargs):
    """Further keywords of a pair's forward: (the encoder's, the decoder's, the loss's).

    The decoder's begin with "decoder_"; `cache_position` is the decoder's too.
    """
    inner = {name.removeprefix("decoder_"): kwargs[name] for name in kwargs if name.startswith("decoder_")}
    if "cache_position" in kwargs:
        inner["cache_position"] = kwargs["cache_position"]
    loss = {name: kwargs[name] for name in kwargs if name in LOSS_OPTIONS}
    rest = {
        name: kwargs[name]
        for name in kwargs
        if name not in loss and name != "cache_position" and not name.startswith("decoder_")
    }
    return rest, inner, loss


def check_encoder_options(encoder, options):
    """Refuse keywords that the encoder, which need not run again, would refuse."""
    for name in options:
        if name not in inspect.signature(encoder.forward).parameters:
            raise TypeError(f"{type(encoder).__name__}.forward() got an unexpected keyword argument {name!r}")


__all__ = [
    "check_encoder_options",
    "check_widths",
    "choose_attention",
    "class_of",
    "collected",
    "needs_projection",
    "prefixed",
    "scoped",
    "scoped_renames",
    "split_options",
    "twin_ties",
]
