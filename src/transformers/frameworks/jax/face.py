"""`FlaxPreTrainedModel`: what a user holds in JAX, a parameter tree beside a pure function."""

from __future__ import annotations

import copy
import functools
import os
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from .. import face
from ..core.recipe import Abstract
from ..core.scope import Scope, use
from ..loader import torch_module
from .trees import flatten, unflatten

Tree = dict[str, Any]


class FlaxPreTrainedModel(face.FaceMixin):
    """Base of all JAX models.

    `model.params` is a nested dict whose leaves have the checkpoint's names.  `model(input_ids, ...)` runs
    a compiled function of `params`; `model.apply(params, ...)` is the pure function itself, for `jax.grad`,
    `vmap` and sharding.  A model with batch statistics keeps two trees, {"params": ..., "batch_stats": ...}.

    Args:
        config: the model's config.
        input_shape: accepted for compatibility; parameters do not depend on it.
        seed: of the initial weights.
        dtype: in which the model computes; parameters keep theirs.
        _do_init: False leaves `params` empty; initialise with `init_weights`.
        gradient_checkpointing: as `enable_gradient_checkpointing()`.
        kwargs: further arguments of the model, such as `add_pooling_layer`.
    """

    framework: ClassVar[str] = "flax"

    def __init__(
        self,
        config: Any,
        input_shape: tuple[int, ...] = (1, 1),
        seed: int = 0,
        dtype: Any = jnp.float32,
        _do_init: bool = True,
        gradient_checkpointing: bool = False,
        _module: Any = None,
        **kwargs: Any,
    ) -> None:
        if _module is None:
            _module = face.build("jax", self.module_class, config, seed=seed, **kwargs)
        self.config = config
        self.module = _module
        self.dtype = _floating(dtype)
        self.input_shape = input_shape
        self.seed = seed
        self.name_or_path = config.name_or_path
        self._arguments: tuple[tuple[Any, ...], dict[str, Any]] = ((), kwargs)
        self._index()
        self._params: Tree | None = self._held(self.module) if _do_init else None
        for slot in (*self._weights.values(), *self._statistics.values()):
            slot.set(Abstract(tuple(slot.shape), slot.dtype.name))  # values live in `params` only
        if gradient_checkpointing:
            self.enable_gradient_checkpointing()

    def _index(self) -> None:
        """Tables over the module's slots, and the compiled call."""
        saved = self.module.state_dict()
        self._weights = dict(self.module.named_parameters())
        self._statistics = {name: b for name, b in self.module.named_buffers() if name in saved}
        self._names = {id(slot): name for name, slot in self._statistics.items()}
        self._seen: dict[str, Any] = {}
        # A new function each time: JAX would find an equal one's compiled code.
        pure = functools.partial(FlaxPreTrainedModel._pure, self)
        self._compiled = jax.jit(pure, static_argnums=(3, 4, 5))

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

    # ------------------------------------------------------------------ parameters

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
        weights, statistics = self._checked(params)
        self._params = self._tree((*weights.items(), *statistics.items()))

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
                raise ValueError(f"{what} of {type(self).__name__} lack {len(missing)} leaves: {_few(missing)}")
            if unknown := sorted(given.keys() - slots.keys()):
                raise ValueError(f"{what} hold {len(unknown)} leaves not of {type(self).__name__}: {_few(unknown)}")
            for name, leaf in given.items():
                if hasattr(leaf, "shape") and tuple(leaf.shape) != tuple(slots[name].shape):
                    raise ValueError(
                        f"{what}: {name} has shape {tuple(leaf.shape)}, {type(self).__name__} needs "
                        f"{tuple(slots[name].shape)}"
                    )
        return dict(flatten(params)), dict(flatten(statistics))

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
        return self._held(face.build("jax", self.module_class, config, *args, seed=int(seed), **kwargs))

    def to_bf16(self, params: Mapping[str, Any], mask: Any = None) -> Tree:
        """`params` in bfloat16; a tree of bools as `mask` chooses the leaves."""
        return _cast(params, jnp.bfloat16, mask)

    def to_fp16(self, params: Mapping[str, Any], mask: Any = None) -> Tree:
        """`params` in float16; a tree of bools as `mask` chooses the leaves."""
        return _cast(params, jnp.float16, mask)

    def to_fp32(self, params: Mapping[str, Any], mask: Any = None) -> Tree:
        """`params` in float32; a tree of bools as `mask` chooses the leaves."""
        return _cast(params, jnp.float32, mask)

    # ------------------------------------------------------------------ running

    def __call__(
        self, *args: Any, params: Any = None, dropout_rng: Any = None, train: bool = False, **kwargs: Any
    ) -> Any:
        """Run the model, compiled once for each set of shapes.

        Args:
            args, kwargs: the published inputs as arrays or nested lists.
            params: a tree to use in place of `self.params`.
            dropout_rng: random key, needed with `train=True`.
            train: whether dropout is on.

        Returns:
            The published output; for a model with batch statistics in training, the pair of it and
            {"batch_stats": new ones}.
        """
        arrays, flags = face.bind_arguments(self.module, args, kwargs)
        arrays = {name: _as_array(value) for name, value in arrays.items()}
        params = self.params if params is None else params
        static = tuple(sorted(flags.items()))
        output, statistics = self._compiled(params, arrays, dropout_rng, bool(train), static, self._facts())
        return (output, {"batch_stats": statistics}) if train and self._statistics else output

    def _facts(self) -> str:
        """The config's values as text, for which a call is compiled."""
        now = vars(self.config)
        if now != self._seen:
            self._seen = dict(now)
            self._text = repr(sorted(now.items()))
        return self._text

    def apply(
        self,
        params: Mapping[str, Any],
        *args: Any,
        train: bool = False,
        dropout_rng: Any = None,
        rngs: Any = None,
        mutable: Any = False,
        **kwargs: Any,
    ) -> Any:
        """The model as a pure function of `params`, not compiled.

        params: the tree, or Flax's {"params": tree}.  rngs: {"dropout": key}, as `dropout_rng`.

        Returns:
            The output; with `mutable` the pair of output and {"batch_stats": new statistics}.
        """
        arrays, flags = face.bind_arguments(self.module, args, kwargs)
        key = rngs["dropout"] if dropout_rng is None and rngs else dropout_rng
        arrays = {name: _as_array(value) for name, value in arrays.items()}
        output, statistics = self._pure(params, arrays, key, train, tuple(sorted(flags.items())))
        return (output, {"batch_stats": statistics}) if mutable else output

    def _pure(
        self,
        params: Mapping[str, Any],
        arrays: dict[str, Any],
        rng: Any,
        train: bool,
        flags: tuple[tuple[str, Any], ...],
        facts: str = "",
    ) -> tuple[Any, Tree]:
        weights, statistics = self._checked(params)
        values = {id(self._weights[name]): self._computed(leaf) for name, leaf in weights.items()}
        values.update({id(self._statistics[name]): leaf for name, leaf in statistics.items()})
        tensor = torch_module("jax").Tensor
        inputs = {
            name: face.map_tree(lambda leaf: tensor._wrap(self._computed(leaf)), value, _is_array)
            for name, value in arrays.items()
        }
        with use(Scope(values, train, rng)) as scope:
            output = self.module(**inputs, **dict(flags))
        output = face.map_tree(lambda t: t.a, output, lambda value: isinstance(value, tensor))
        written = {self._names[key]: value for key, value in scope.updates.items() if key in self._names}
        return output, unflatten({**statistics, **written})

    def _computed(self, leaf: Any) -> Any:
        """An array as the model computes with it: floating-point ones in `self.dtype`."""
        return leaf.astype(self.dtype) if leaf.dtype != self.dtype and _is_floating(leaf) else leaf

    def enable_gradient_checkpointing(self) -> None:
        """Compute layers again in the backward pass instead of keeping their intermediates.

        Raises:
            ValueError: the architecture cannot do it.
        """
        if not self.module.supports_gradient_checkpointing:
            raise ValueError(f"{type(self).__name__} does not support gradient checkpointing")
        for part in self.module.modules():
            if "gradient_checkpointing" in vars(part):
                part.gradient_checkpointing = True
        self._index()

    # ------------------------------------------------------------------ loading and saving

    @classmethod
    def from_pretrained(
        cls, pretrained_model_name_or_path: Any, dtype: Any = jnp.float32, *model_args: Any, **kwargs: Any
    ) -> Any:
        """A model with the weights of a checkpoint.

        dtype: in which the model computes; parameters are loaded in float32 unless `param_dtype` says
        otherwise.  Other keywords as for `PreTrainedModel.from_pretrained`; `_do_init=False` gives (model,
        params).
        """
        do_init = kwargs.pop("_do_init", True)
        seed = kwargs.pop("seed", 0)
        own = {key: kwargs.pop(key) for key in ("input_shape", "gradient_checkpointing") if key in kwargs}
        kwargs["dtype"] = kwargs.pop("param_dtype", None)
        torch_module("jax").manual_seed(seed)
        module, request, plan = face.load("jax", cls, pretrained_model_name_or_path, model_args, kwargs)
        model = cls(request.config, seed=seed, dtype=dtype, _module=module, **own)
        model._arguments = (model_args, request.model_kwargs)
        if do_init:
            return (model, plan.loading_info()) if request.output_loading_info else model
        params, model._params = model._params, None
        return model, params

    def save_pretrained(
        self,
        save_directory: str | os.PathLike[str],
        params: Mapping[str, Any] | None = None,
        push_to_hub: bool = False,
        max_shard_size: int | str = "5GB",
        token: Any = None,
        safe_serialization: bool = True,
        **kwargs: Any,
    ) -> None:
        """Write config.json and model.safetensors, which every framework reads.

        `params` in place of the model's.
        """
        weights, statistics = self._checked(self.params if params is None else params)
        face.save(self, save_directory, {**weights, **statistics}, max_shard_size=max_shard_size)
        if push_to_hub:
            self.push_to_hub(
                kwargs.get("repo_id") or os.path.basename(os.fspath(save_directory)), token=token
            )

    # ------------------------------------------------------------------ copies

    def __getstate__(self) -> dict[str, Any]:
        kept = ("config", "dtype", "input_shape", "seed", "name_or_path", "module", "_arguments")
        return {**{name: vars(self)[name] for name in kept}, "_params": jax.tree.map(np.asarray, self._params)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._index()
        self._params = jax.tree.map(jnp.asarray, self._params)


def _floating(dtype: Any) -> Any:
    """A dtype to compute in.

    Raises:
        ValueError: it is not a floating-point one.
    """
    found = jnp.dtype(dtype)
    if not jnp.issubdtype(found, jnp.floating):
        raise ValueError(f"dtype must be a floating-point type to compute in, such as jnp.bfloat16, got {found}")
    return found


def _is_floating(leaf: Any) -> bool:
    return bool(jnp.issubdtype(leaf.dtype, jnp.floating))


def _cast(params: Mapping[str, Any], dtype: Any, mask: Any) -> Tree:
    """`params` with the floating-point leaves that `mask` chooses in `dtype`."""
    chosen = dict(flatten(mask)) if mask is not None else {}
    return unflatten(
        {
            name: leaf.astype(dtype) if _is_floating(leaf) and chosen.get(name, True) else leaf
            for name, leaf in flatten(params)
        }
    )


def _few(names: list[str]) -> str:
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")


def _is_array(value: Any) -> bool:
    return isinstance(value, jax.Array | np.ndarray | np.generic)


def _as_array(value: Any) -> Any:
    """Lists, numbers and NumPy arrays as JAX arrays; trees (caches, tuples of arrays) as they are."""
    if isinstance(value, tuple) and any(isinstance(item, tuple) or _is_array(item) for item in value):
        return value
    if isinstance(value, list | tuple | int | float) or _is_array(value) or hasattr(value, "__array__"):
        return jnp.asarray(value)
    return value


__all__ = ["FlaxPreTrainedModel"]
