"""`FlaxPreTrainedModel`: what a user holds in JAX, a parameter tree beside a pure function."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import jax
import jax.numpy as jnp
import numpy as np

from ...loading.sharing import PushToHubMixin
from .. import face
from ..core.scope import Scope, use
from ..loader import torch_module
from .trees import flatten, unflatten

Tree = dict[str, Any]


class FlaxPreTrainedModel(PushToHubMixin):
    """Base of all JAX models.

    `model.params` is a nested dict whose leaves have the checkpoint's names.  `model(input_ids, ...)` runs
    a compiled function of `params`; `model.apply(params, ...)` is the pure function itself, for `jax.grad`,
    `vmap` and sharding. A model with batch statistics keeps two trees, {"params": ..., "batch_stats": ...}.

    Args:
        config: the model's config.
        input_shape: accepted for compatibility; parameters do not depend on it.
        seed: of the initial weights.
        dtype: in which the model computes; parameters keep theirs.
        _do_init: False leaves `params` empty; initialise with `init_weights`.
    """

    framework: ClassVar[str] = "flax"
    module_class: ClassVar[Any] = None
    config_class: ClassVar[Any] = None
    base_model_prefix: ClassVar[str] = ""
    main_input_name: ClassVar[str] = "input_ids"

    def __init__(
        self,
        config: Any,
        input_shape: tuple[int, ...] = (1, 1),
        seed: int = 0,
        dtype: Any = jnp.float32,
        _do_init: bool = True,
        _module: Any = None,
        **kwargs: Any,
    ) -> None:
        if _module is None:
            _module = face.build("jax", self.module_class, config, seed=seed, **kwargs)
        self.config = config
        self.module = _module
        self.dtype = jnp.dtype(dtype)
        self.input_shape = input_shape
        self.seed = seed
        self.name_or_path = config.name_or_path
        self._is_initialized = _do_init
        self._index()
        self._params = self._initial() if _do_init else None

    def _index(self) -> None:
        """Tables over the module's slots, and the compiled call."""
        saved = self.module.state_dict()
        self._weights = dict(self.module.named_parameters())
        self._statistics = {name: b for name, b in self.module.named_buffers() if name in saved}
        self._names = {id(slot): name for name, slot in self._statistics.items()}
        self._compiled = jax.jit(self._pure, static_argnums=(3, 4))

    def _initial(self) -> Tree:
        """The values that the slots hold, as the tree of `params`."""
        params = unflatten({name: jnp.asarray(slot.a) for name, slot in self._weights.items()})
        if not self._statistics:
            return params
        statistics = unflatten({name: jnp.asarray(slot.a) for name, slot in self._statistics.items()})
        return {"params": params, "batch_stats": statistics}

    # ------------------------------------------------------------------ parameters

    @property
    def params(self) -> Tree:
        """The parameter tree.

        Raises:
            ValueError: the model was made with `_do_init=False`.
        """
        if self._params is None:
            raise ValueError(
                "this model holds no params: it was made with _do_init=False; pass params to the call"
            )
        return self._params

    @params.setter
    def params(self, params: Mapping[str, Any]) -> None:
        if missing := sorted(self.required_params - {tuple(name.split(".")) for name, _ in flatten(params)}):
            raise ValueError(
                f"params lack {len(missing)} leaves: {', '.join('.'.join(path) for path in missing[:5])}"
            )
        self._params = params  # type: ignore[assignment]

    @property
    def params_shape_tree(self) -> Tree:
        """Shapes and dtypes of the parameters."""
        described = {
            name: jax.ShapeDtypeStruct(tuple(slot.shape), slot.dtype.name)
            for name, slot in self._weights.items()
        }
        return unflatten(described)

    @property
    def required_params(self) -> set[tuple[str, ...]]:
        """Paths of all leaves that `params` must have."""
        names = [*self._weights, *self._statistics]
        if not self._statistics:
            return {tuple(name.split(".")) for name in names}
        tagged = [("params", *n.split(".")) for n in self._weights]
        return {*tagged, *(("batch_stats", *n.split(".")) for n in self._statistics)}

    def init_weights(self, rng: jax.Array, input_shape: tuple[int, ...] = (1, 1), params: Any = None) -> Tree:
        """Fresh parameters from a random key; leaves that `params` has are taken from there."""
        seed = int(np.asarray(jax.random.randint(rng, (), 0, np.iinfo(np.int32).max)))
        fresh = type(self)(copy.deepcopy(self.config), seed=seed).params
        if params is None:
            return fresh
        return unflatten({**dict(flatten(fresh)), **dict(flatten(params))})

    def _cast(self, params: Mapping[str, Any], dtype: Any, mask: Any) -> Tree:
        chosen = dict(flatten(mask)) if mask is not None else {}

        def cast(name: str, leaf: Any) -> Any:
            floating = jnp.issubdtype(jnp.result_type(leaf), jnp.floating)
            return leaf.astype(dtype) if floating and chosen.get(name, True) else leaf

        return unflatten({name: cast(name, leaf) for name, leaf in flatten(params)})

    def to_bf16(self, params: Mapping[str, Any], mask: Any = None) -> Tree:
        """`params` in bfloat16; a tree of bools as `mask` chooses the leaves."""
        return self._cast(params, jnp.bfloat16, mask)

    def to_fp16(self, params: Mapping[str, Any], mask: Any = None) -> Tree:
        """`params` in float16; a tree of bools as `mask` chooses the leaves."""
        return self._cast(params, jnp.float16, mask)

    def to_fp32(self, params: Mapping[str, Any], mask: Any = None) -> Tree:
        """`params` in float32; a tree of bools as `mask` chooses the leaves."""
        return self._cast(params, jnp.float32, mask)

    # ------------------------------------------------------------------ running

    def __call__(
        self, *args: Any, params: Any = None, dropout_rng: Any = None, train: bool = False, **kwargs: Any
    ) -> Any:
        """Run the model, compiled.

        Args:
            args, kwargs: the published inputs as arrays or nested lists.
            params: a tree to use in place of `self.params`.
            dropout_rng: random key, needed with `train=True`.
            train: whether dropout is on.
        """
        arrays, flags = face.bind_arguments(self.module, args, kwargs)
        arrays = {name: _as_array(value) for name, value in arrays.items()}
        flags = {**self._config_flags(), **flags}
        static = tuple(sorted(flags.items()))
        output, _ = self._compiled(
            self.params if params is None else params, arrays, dropout_rng, train, static
        )
        return output

    def _config_flags(self) -> dict[str, Any]:
        """What the config decides at trace time, so that changing it compiles anew."""
        config = self.config
        return {
            "output_attentions": config.output_attentions,
            "output_hidden_states": config.output_hidden_states,
            "return_dict": config.use_return_dict,
            "attn_implementation": config._attn_implementation,
        }

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

        Returns:
            The output; with `mutable` the pair of output and {"batch_stats": new statistics}.
        """
        arrays, flags = face.bind_arguments(self.module, args, kwargs)
        key = rngs["dropout"] if dropout_rng is None and rngs else dropout_rng
        arrays = {name: _as_array(value) for name, value in arrays.items()}
        output, statistics = self._pure(params, arrays, key, train, tuple(sorted(flags.items())))
        return (output, {"batch_stats": statistics}) if mutable else output

    def _pure(
        self, params: Any, arrays: dict[str, Any], rng: Any, train: bool, static: tuple[tuple[str, Any], ...]
    ) -> tuple[Any, Tree]:
        if "params" in params and "params" not in self._weights:
            params, statistics = params["params"], params.get("batch_stats", {})
        else:
            statistics = {}
        if self.dtype != jnp.float32:
            params = self._cast(params, self.dtype, None)
        values = {id(self._weights[name]): leaf for name, leaf in flatten(params)}
        values.update({id(self._statistics[name]): leaf for name, leaf in flatten(statistics)})
        tensor = torch_module("jax").Tensor

        def wrap(leaf: Any) -> Any:
            if self.dtype != jnp.float32 and jnp.issubdtype(leaf.dtype, jnp.floating):
                leaf = leaf.astype(self.dtype)
            return tensor._wrap(leaf)

        inputs = {name: face.map_tree(wrap, value, _is_array) for name, value in arrays.items()}
        flags = {name: value for name, value in static if name != "attn_implementation"}
        with use(Scope(values, train, rng)) as scope:
            output = self.module(**inputs, **_accepted(self.module, flags))
        output = face.map_tree(lambda t: t.a, output, lambda value: isinstance(value, tensor))
        written = {self._names[key]: value for key, value in scope.updates.items() if key in self._names}
        return output, unflatten({**dict(flatten(statistics)), **written}) if statistics else {}

    def enable_gradient_checkpointing(self) -> None:
        """Compute layers again in the backward pass instead of keeping their intermediates."""
        for part in self.module.modules():
            if "gradient_checkpointing" in vars(part):
                part.gradient_checkpointing = True
        self._index()

    @classmethod
    def can_generate(cls) -> bool:
        """Whether the class has `generate`."""
        return hasattr(cls, "generate")

    # ------------------------------------------------------------------ loading and saving

    @classmethod
    def from_pretrained(
        cls, pretrained_model_name_or_path: Any, dtype: Any = jnp.float32, *model_args: Any, **kwargs: Any
    ) -> Any:
        """A model with the weights of a checkpoint.

        dtype: in which the model computes; parameters are loaded in float32 unless `param_dtype` says
        otherwise. Other keywords as for `PreTrainedModel.from_pretrained`; `_do_init=False` gives (model,
        params).
        """
        do_init = kwargs.pop("_do_init", True)
        seed = kwargs.pop("seed", 0)
        kwargs["dtype"] = kwargs.pop("param_dtype", None)
        torch_module("jax").manual_seed(seed)
        module, request, plan = face.load("jax", cls, pretrained_model_name_or_path, model_args, kwargs)
        model = cls(request.config, seed=seed, dtype=dtype, _module=module)
        if do_init:
            return (model, plan.loading_info()) if request.output_loading_info else model
        params, model._params, model._is_initialized = model._params, None, False
        return model, params

    @classmethod
    def _from_config(cls, config: Any, **kwargs: Any) -> Self:
        """A model with fresh weights."""
        return cls(copy.deepcopy(config), **kwargs)

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
        tree = self.params if params is None else params
        if self._statistics:
            tree = unflatten({**dict(flatten(tree["params"])), **dict(flatten(tree["batch_stats"]))})
        face.save(self, save_directory, dict(flatten(tree)), max_shard_size=max_shard_size)
        if push_to_hub:
            self.push_to_hub(
                kwargs.get("repo_id") or os.path.basename(os.fspath(save_directory)), token=token
            )

    # ------------------------------------------------------------------ copies

    def __getstate__(self) -> dict[str, Any]:
        params = None if self._params is None else jax.tree.map(np.asarray, self._params)
        kept = ("config", "dtype", "input_shape", "seed", "name_or_path", "_is_initialized", "module")
        return {**{name: self.__dict__[name] for name in kept}, "params": params}

    def __setstate__(self, state: dict[str, Any]) -> None:
        params = state.pop("params")
        self.__dict__.update(state)
        self._index()
        self._params = None if params is None else jax.tree.map(jnp.asarray, params)


def _is_array(value: Any) -> bool:
    return isinstance(value, jax.Array | np.ndarray | np.generic)


def _as_array(value: Any) -> Any:
    """Lists and NumPy arrays as JAX arrays; trees (caches) as they are."""
    if isinstance(value, list | tuple | int | float) and not _holds_arrays(value):
        return jnp.asarray(np.asarray(value))
    return jnp.asarray(value) if _is_array(value) or hasattr(value, "__array__") else value


def _holds_arrays(value: Any) -> bool:
    return isinstance(value, list | tuple) and any(_is_array(v) or _holds_arrays(v) for v in value)


def _accepted(module: Any, flags: dict[str, Any]) -> dict[str, Any]:
    """Those flags that the model's forward has."""
    import inspect

    names = inspect.signature(type(module).forward).parameters
    return {name: value for name, value in flags.items() if name in names}


__all__ = ["FlaxPreTrainedModel"]
