"""Keywords of a forward that only a user's attention kernel knows, on their way to it.

`model(ids, temperature=0.5)` reaches a registered kernel that has an argument `temperature`, in every layer
of every architecture.
"""

from __future__ import annotations

import contextlib
import functools
import inspect

from .attention import ALL_ATTENTION_FUNCTIONS, OPTIONS

# What kernels get from the model itself.
_OF_MODELS = frozenset(
    ("self", "module", "query", "key", "value", "attention_mask", "scaling", "dropout", "is_causal", "bias")
)
_FLAGS = frozenset(("output_attentions", "output_hidden_states", "return_dict", "use_cache"))


def options_of(model, kwargs, known):
    """Those of the keywords that are neither `known` nor a model's, but arguments of the model's kernel."""
    unknown = [name for name in kwargs if name not in known and name not in _OF_MODELS | _FLAGS]
    kernel = ALL_ATTENTION_FUNCTIONS.get(model.config._attn_implementation or "sdpa") if unknown else None
    if kernel is None or getattr(kernel, "gives_no_probabilities", False):
        return {}
    arguments = inspect.signature(kernel).parameters
    return {name: kwargs[name] for name in unknown if name in arguments}


@contextlib.contextmanager
def handed_on(options):
    """Kernels that are called meanwhile get these keywords too."""
    token = OPTIONS.set({**(OPTIONS.get() or {}), **options})
    try:
        yield
    finally:
        OPTIONS.reset(token)


def taking_options(forward, known):
    """A forward that takes, beside the keywords it knows, those of a user's kernel."""
    known = frozenset(known)

    @functools.wraps(forward)
    def taking(self, *args, **kwargs):
        options = {} if kwargs.keys() <= known else options_of(self, kwargs, known)
        if not options:
            return forward(self, *args, **kwargs)
        rest = {name: value for name, value in kwargs.items() if name not in options}
        with handed_on(options):
            return forward(self, *args, **rest)

    return taking


def carried(layer):
    """The layer as it runs now, whenever it does: a backward pass computes it again when all else is over."""
    options = OPTIONS.get()
    if not options:
        return layer

    def later(*args, **kwargs):
        with handed_on(options):
            return layer(*args, **kwargs)

    return later


__all__ = ["carried", "handed_on", "options_of", "taking_options"]
