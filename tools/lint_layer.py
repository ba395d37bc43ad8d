"""The names of the library's own torch-API layer, which lists what it defines when it runs."""

from __future__ import annotations

from collections.abc import Mapping


def names_of_the_layer(prefixes: Mapping[str, str]) -> frozenset[str]:
    """Names such as `torch.cat` and `F.relu`; prefixes: how ring files call the layer's namespaces."""
    from transformers.frameworks.core.vocabulary import vocabulary

    return frozenset(
        f"{prefixes.get(space, space)}.{name}" for space, names in vocabulary().items() for name in names
    )


__all__ = ["names_of_the_layer"]
