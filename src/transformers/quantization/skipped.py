"""Which layers published ways of quantising leave as they are unless they are told."""

from __future__ import annotations

from typing import Any


def default_skips(model: Any) -> list[str]:
    """Paths of the head of a model and of what is tied; none for a bare model."""
    if model.base_model is model:
        return []
    head = model.get_output_embeddings() if model._output_embeddings else None
    last = [name for name, _ in model.named_parameters()][-1].rpartition(".")[0]
    tied = [name.rpartition(".")[0] for name in model.active_ties()]
    return [last, *(path for path, layer in model.named_modules() if layer is head and path != last), *tied]


__all__ = ["default_skips"]
