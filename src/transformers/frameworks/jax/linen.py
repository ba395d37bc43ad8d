"""A JAX model as a `flax.linen` module, for code that composes those; `flax.nnx.bridge` takes it further."""

from __future__ import annotations

from typing import Any

import flax.linen as nn


class LinenView(nn.Module):
    """A linen module whose variables are the model's: `init` gives trees like `model.params`.

    Called like the model, with `train` and, through `rngs`, a "dropout" key.
    """

    model: Any

    @nn.compact
    def __call__(self, *args: Any, train: bool = False, **kwargs: Any) -> Any:
        """The model's output."""
        shapes = self.model.params_shape_tree
        split = {"params", "batch_stats"} == set(shapes)
        trees = shapes if split else {"params": shapes}
        fresh: Any = None
        if self.is_initializing():
            fresh = self.model.init_weights(self.make_rng("params"))
            fresh = fresh if split else {"params": fresh}
            params = {
                name: self.param(name, lambda _, n=name: fresh["params"][n]) for name in trees["params"]
            }
        else:  # as they are: `param` would trace the initialiser again to compare shapes
            params = {name: self.get_variable("params", name) for name in trees["params"]}
        statistics = {
            name: self.variable("batch_stats", name, lambda n=name: fresh["batch_stats"][n])
            for name in trees.get("batch_stats", ())
        }
        given = {"params": params, "batch_stats": {name: held.value for name, held in statistics.items()}}
        key = self.make_rng("dropout") if train and self.has_rng("dropout") else None
        output, updates = self.model.apply(given, *args, train=train, dropout_rng=key, mutable=True, **kwargs)
        if train and not self.is_initializing():
            for name, held in statistics.items():
                held.value = updates["batch_stats"][name]
        return output


__all__ = ["LinenView"]
