"""JAX models as `flax.linen` modules, for code that composes those."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from typing import Any

import flax.linen as nn
import jax.numpy as jnp

# Fields of every module, in order; only the last three decide whether two modules are equal.
FIELDS: dict[str, Any] = {
    "config": dataclasses.field(compare=False),
    "dtype": jnp.float32,
    "gradient_checkpointing": False,
}


class LinenView(nn.Module):
    """A linen module whose variables are a model's: `init` gives trees like `model.params`.

    The class of a model is `model.module_class`, and `FlaxBertModule` of `modeling_flax_bert`; it is made of
    a config, and holds no values.

    Args:
        config: the model's config.
        dtype, gradient_checkpointing: as for the model; further fields are the model's own arguments.
        model: the model to stand for; by default a new one of the config.
    """

    def __post_init__(self) -> None:
        if self.model is None:  # type: ignore[has-type]
            own = {name: getattr(self, name) for name in self._own}
            shared = {"dtype": self.dtype, "gradient_checkpointing": self.gradient_checkpointing}
            self.model = self._face(self.config, _do_init=False, **shared, **own)
        super().__post_init__()

    @nn.compact
    def __call__(
        self, *args: Any, train: bool = False, deterministic: bool | None = None, **kwargs: Any
    ) -> Any:
        """The model's output for the model's inputs.

        `train`, or `deterministic=False`, turns dropout on; its key comes through `rngs={"dropout": key}`.
        """
        train = train if deterministic is None else not deterministic
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


@functools.cache
def linen_class(face: Any) -> type[LinenView]:
    """The linen class of a JAX model's class: FlaxBertModule of FlaxBertModel."""
    parameters = list(inspect.signature(face.network_class.__init__).parameters.values())[2:]
    own = {p.name: p.default for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD}
    fields = {**FIELDS, **own, "model": None}
    name = f"{face.__name__.removesuffix('Model')}Module"
    body = {
        **fields,
        "__annotations__": dict.fromkeys(fields, Any),
        "__module__": face.__module__,
        "__doc__": f"{face.__name__} as a flax.linen module.",
        "_face": face,
        "_own": tuple(own),
    }
    metaclass: Any = type(LinenView)
    return metaclass(name, (LinenView,), body)  # type: ignore[no-any-return]


__all__ = ["LinenView", "linen_class"]
