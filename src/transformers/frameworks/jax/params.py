"""The parameter tree of a JAX model: reading, replacing, initialising and casting it."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .. import face
from .trees import flatten, unflatten

Tree = dict[str, Any]


class ParamsMixin:
    """`params` and what is done with them."""

    config: Any
    network_class: Any
    _arguments: tuple[tuple[Any, ...], dict[str, Any]]
    _params: Tree | None
    seed: int
    _statistics: dict[str, Any]
    _weights: dict[str, Any]

    def _tree(self, values: Iterable[tuple[str, Any]]) -> Tree:
        """The tree of `params` with these values by name."""
        flat = dict(values)
        params = unflatten({name: flat[name] for name in self._weights})
        if not self._statistics:
            return params
        return {"params": params, "batch_stats": unflatten({name: flat[name] for name in self._statistics})}

    def _held(self, module: Any) -> Tree:
        """The values that a module holds."""
        return self._tree((name, jnp.asarray(slot.a)) for name, slot in face.slots(module).items())

    @property
    def params(self) -> Tree:
        """The parameter tree; assign a complete one (a FrozenDict too) to replace it.

        Raises:
            ValueError: the model was made with `_do_init=False`; or the tree assigned lacks leaves, has
            others, or wrong shapes.
        """
        if self._params is None:
            raise ValueError(
                "this model holds no params: it was made with _do_init=False; pass params to the call"
            )
        return self._params

    @params.setter
    def params(self, params: Mapping[str, Any]) -> None:
        if self._params is None:
            raise ValueError(
                "a model made with _do_init=False holds no params: pass params to the call instead"
            )
        weights, statistics = self._checked(params)
        self._params = self._tree((*weights.items(), *statistics.items()))

    @property
    def key(self) -> jax.Array:
        """The random key of the model's seed: `model.init_weights(model.key, model.input_shape)`."""
        return jax.random.PRNGKey(self.seed)

    @property
    def _is_initialized(self) -> bool:
        return self._params is not None

    def _checked(self, params: Mapping[str, Any]) -> tuple[Tree, Tree]:
        """Parameters and batch statistics by name.

        Raises:
            ValueError: they are not those of this model.
        """
        statistics: Mapping[str, Any] = {}
        if "params" in params and "params" not in self._weights:
            params, statistics = params["params"], params.get("batch_stats", {})
        for what, given, slots in (
            ("params", dict(flatten(params)), self._weights),
            ("batch_stats", dict(flatten(statistics)), self._statistics),
        ):
            if missing := sorted(slots.keys() - given.keys()):
                raise ValueError(
                    f"{what} of {type(self).__name__} lack {len(missing)} leaves: {_few(missing)}"
                )
            if unknown := sorted(given.keys() - slots.keys()):
                raise ValueError(
                    f"{what} hold {len(unknown)} leaves not of {type(self).__name__}: {_few(unknown)}"
                )
            for name, leaf in given.items():
                if hasattr(leaf, "shape") and tuple(leaf.shape) != tuple(slots[name].shape):
                    raise ValueError(
                        f"{what}: {name} has shape {tuple(leaf.shape)}, {type(self).__name__} needs "
                        f"{tuple(slots[name].shape)}"
                    )
        return dict(flatten(params)), dict(flatten(statistics))

    def _for_files(self, params: Mapping[str, Any] | None) -> Tree:
        """Leaves of `params`, else of the model's, by name and in the dtypes of files."""
        weights, statistics = self._checked(self.params if params is None else params)
        # JAX narrows long to int32: the count of batches is written as it is published.
        return {
            name: np.asarray(leaf, np.int64) if leaf.dtype == np.int32 else leaf
            for name, leaf in {**weights, **statistics}.items()
        }

    @property
    def params_shape_tree(self) -> Tree:
        """Shapes and dtypes of the parameters; nothing is allocated."""
        slots = {**self._weights, **self._statistics}
        return self._tree(
            (name, jax.ShapeDtypeStruct(tuple(slot.shape), slot.dtype.name)) for name, slot in slots.items()
        )

    @property
    def required_params(self) -> set[tuple[str, ...]]:
        """Paths of all leaves that `params` must have."""
        return {tuple(path.split(".")) for path, _ in flatten(self.params_shape_tree)}

    def init_weights(
        self, rng: jax.Array, input_shape: tuple[int, ...] | None = None, params: Any = None
    ) -> Tree:
        """Fresh parameters from a random key; leaves that `params` has are taken from there.

        Works under `jax.jit` and `jax.eval_shape` too; the model's own `params` stay.
        """
        seed = jax.random.randint(rng, (), 0, np.iinfo(np.int32).max)
        if isinstance(seed, jax.core.Tracer):
            fresh = jax.pure_callback(self._fresh, self.params_shape_tree, seed, vmap_method="sequential")
        else:
            fresh = self._fresh(seed)
        return fresh if params is None else unflatten({**dict(flatten(fresh)), **dict(flatten(params))})

    def _fresh(self, seed: Any) -> Tree:
        args, kwargs = self._arguments
        config = copy.deepcopy(self.config)
        return self._held(face.build("jax", self.network_class, config, *args, seed=int(seed), **kwargs))

    def to_bf16(self, params: Mapping[str, Any], mask: Any = None) -> Tree:
        """`params` in bfloat16; a tree of bools as `mask` chooses the leaves."""
        return _cast(params, jnp.bfloat16, mask)

    def to_fp16(self, params: Mapping[str, Any], mask: Any = None) -> Tree:
        """`params` in float16; a tree of bools as `mask` chooses the leaves."""
        return _cast(params, jnp.float16, mask)

    def to_fp32(self, params: Mapping[str, Any], mask: Any = None) -> Tree:
        """`params` in float32; a tree of bools as `mask` chooses the leaves."""
        return _cast(params, jnp.float32, mask)


def is_floating(leaf: Any) -> bool:
    """Whether an array holds floating-point numbers."""
    return bool(jnp.issubdtype(leaf.dtype, jnp.floating))


def _cast(params: Mapping[str, Any], dtype: Any, mask: Any) -> Tree:
    """`params` with the floating-point leaves that `mask` chooses in `dtype`."""
    chosen = dict(flatten(mask)) if mask is not None else {}
    return unflatten(
        {
            name: leaf.astype(dtype) if is_floating(leaf) and chosen.get(name, True) else leaf
            for name, leaf in flatten(params)
        }
    )


def _few(names: list[str]) -> str:
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")


__all__ = ["ParamsMixin", "Tree", "is_floating"]
