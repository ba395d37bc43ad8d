"""`FlaxPreTrainedModel`: what a user holds in JAX, a parameter tree beside a pure function."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from ...configuration_core import ConfigCore
from ...generation.flax_utils import FlaxGenerationMixin
from ...loading.sharing import push_saved
from ...utils.collecting import without_collections
from .. import face
from ..arguments import show_inputs
from ..core.recipe import Abstract
from ..core.scope import Scope, use
from ..loader import torch_module
from .counted import with_counted
from .params import ParamsMixin, Tree, is_floating
from .sharding import ShardingMixin, unbound
from .trees import unflatten
from .views import ViewsMixin


class FlaxPreTrainedModel(ParamsMixin, ShardingMixin, ViewsMixin, FlaxGenerationMixin):
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

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        show_inputs(cls, "__call__", {"params": None, "dropout_rng": None, "train": False})

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
            _module = face.build("jax", self.network_class, config, seed=seed, **kwargs)
        self.config = config
        self.network = _module
        self.dtype = _floating(dtype)
        self.input_shape = input_shape
        self.seed = seed
        self.name_or_path = config.name_or_path
        self._arguments: tuple[tuple[Any, ...], dict[str, Any]] = ((), kwargs)
        self._index()
        self._params = self._held(self.network) if _do_init else None
        for slot in (*self._weights.values(), *self._statistics.values()):
            slot.set(Abstract(tuple(slot.shape), slot.dtype.name))  # values live in `params` only
        if gradient_checkpointing:
            self.enable_gradient_checkpointing()

    def _index(self) -> None:
        """Tables over the module's slots, and the compiled call."""
        saved = self.network.state_dict()
        self._statistics = {name: b for name, b in self.network.named_buffers() if name in saved}
        fixed = {name: self._statistics.pop(name) for name in self.network._vocabulary_buffers}
        self._weights = {**fixed, **dict(self.network.named_parameters())}
        self._names = {id(slot): name for name, slot in self._statistics.items()}
        self._seen: dict[str, Any] = {}
        # A new function each time: JAX would find an equal one's compiled code.
        pure = functools.partial(FlaxPreTrainedModel._pure, self)
        self._compiled = jax.jit(pure, static_argnums=(3, 4, 5, 6))

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
        arrays, flags = self._bound(args, kwargs)
        arrays = {name: _as_array(value) for name, value in arrays.items()}
        if "past_key_values" in arrays:
            arrays["past_key_values"] = with_counted(arrays["past_key_values"])
        params = self.params if params is None else params
        static = tuple(sorted(flags.items()))
        output, statistics = self._compiled(params, arrays, dropout_rng, bool(train), static, self._facts())
        return (output, {"batch_stats": statistics}) if train and self._statistics else output

    def _bound(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Tree, Tree]:
        """Arrays and choices of a call: a cache is kept only where one is given or asked for."""
        arrays, flags = face.bind_arguments(self.network, args, kwargs, self.framework)
        if "past_key_values" not in arrays and "use_cache" in face.input_names(self.network)[0]:
            flags.setdefault("use_cache", False)
        return arrays, flags

    def _facts(self) -> str:
        """The config's values as text, for which a call is compiled."""
        now = {k: dict(vars(v)) if isinstance(v, ConfigCore) else v for k, v in vars(self.config).items()}
        if now != self._seen:
            self._seen, self._text = now, repr(sorted(now.items()))
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
        arrays, flags = self._bound(args, kwargs)
        key = rngs.get("dropout") if dropout_rng is None and rngs else dropout_rng
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
        part: Any = None,
    ) -> tuple[Any, Tree]:
        weights, statistics = self._checked(params)
        values = {id(self._weights[name]): self._computed(leaf, name) for name, leaf in weights.items()}
        values.update({id(self._statistics[name]): leaf for name, leaf in statistics.items()})
        tensor = torch_module("jax").Tensor
        inputs = {
            name: face.map_tree(lambda leaf: tensor._wrap(self._computed(leaf)), value, _is_array)
            for name, value in arrays.items()
        }
        with use(Scope(values, train, rng)) as scope:
            output = (part or self.network)(**inputs, **dict(flags))
        output = face.map_tree(lambda t: t.a, output, lambda value: isinstance(value, tensor))
        written = {self._names[key]: value for key, value in scope.updates.items() if key in self._names}
        return output, unflatten({**statistics, **written})

    def _computed(self, leaf: Any, name: str = "") -> Any:
        """An array as the model computes with it: floating-point ones in `self.dtype`, some weights never."""
        if leaf.dtype == self.dtype or not is_floating(leaf):
            return leaf
        kept = self.network.keeps_float32(name, self.dtype.name)
        return leaf.astype(jnp.float32 if kept else self.dtype)

    def _fill(self, module: Any) -> None:
        weights, statistics = self._checked(self.params)
        for name, slot in face.slots(module).items():
            slot.set(np.asarray(weights[name] if name in weights else statistics[name]))

    def _take(self, module: Any) -> None:
        kept = {name: getattr(self, name) for name in ("name_or_path", "_arguments")}
        FlaxPreTrainedModel.__init__(
            self, self.config, self.input_shape, self.seed, self.dtype, _module=module
        )
        self.__dict__.update(kept)

    def _embedding(self) -> Any:
        path = self.network.get_input_embeddings()._path.split(".")
        return functools.reduce(lambda tree, name: tree[name], [*path, "weight"], self.params)

    # ------------------------------------------------------------------ loading and saving

    @classmethod
    @without_collections()
    def from_pretrained(
        cls, pretrained_model_name_or_path: Any, dtype: Any = jnp.float32, *model_args: Any, **kwargs: Any
    ) -> Any:
        """A model with the weights of a checkpoint.

        dtype: in which the model computes; parameters keep the dtypes of the file unless `param_dtype` says
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
        face.settle_writing(model, request)
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
        face.save(self, save_directory, self._for_files(params), max_shard_size=max_shard_size)
        if push_to_hub:
            how = {"params": params, "max_shard_size": max_shard_size, "token": token}
            push_saved(self, save_directory, {**how, **kwargs})

    # ------------------------------------------------------------------ copies

    def __getstate__(self) -> dict[str, Any]:
        kept = ("config", "dtype", "input_shape", "seed", "name_or_path", "network", "_arguments")
        return {
            **{name: vars(self)[name] for name in kept},
            "_params": jax.tree.map(np.asarray, self._params),
        }

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
        raise ValueError(
            f"dtype must be a floating-point type to compute in, such as jnp.bfloat16, got {found}"
        )
    return found


def _is_array(value: Any) -> bool:
    return isinstance(value, jax.Array | np.ndarray | np.generic)


def _as_array(value: Any) -> Any:
    """Lists, numbers and NumPy arrays as JAX arrays; trees (caches, tuples of arrays) as they are."""
    if isinstance(value, tuple) and any(isinstance(item, tuple) or _is_array(item) for item in value):
        return value
    if isinstance(value, list | tuple | int | float) or _is_array(value) or hasattr(value, "__array__"):
        return unbound(jnp.asarray(value))
    return value


__all__ = ["FlaxPreTrainedModel"]
