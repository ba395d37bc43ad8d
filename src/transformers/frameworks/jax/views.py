"""A JAX model by other names, and options of how it runs."""

from __future__ import annotations

import importlib
from typing import Any

from ..face import FaceMixin
from ..loader import torch_module
from .counted import empty_cache


class _ModuleClass:
    """`module_class`: the linen class of a model's class, made when it is first asked for."""

    def __get__(self, model: Any, owner: Any) -> Any:
        return importlib.import_module(".linen", __package__).linen_class(owner)


class ViewsMixin(FaceMixin):
    """The model as a module of Flax, and recomputation and loops over layers."""

    config: Any
    dtype: Any
    _index: Any

    module_class = _ModuleClass()

    @property
    def module(self) -> Any:
        """The model as a `flax.linen` module: `model.module.apply({"params": model.params}, ...)`."""
        return self.module_class(config=self.config, dtype=self.dtype, model=self)

    def linen(self) -> Any:
        """The same as `module`."""
        return self.module

    def nnx(self, rngs: Any = None) -> Any:
        """The model with its parameters as a `flax.nnx` module, for `nnx.jit` and `nnx.Optimizer`.

        rngs: `nnx.Rngs` that dropout takes its keys from.
        """
        return importlib.import_module(".nnx", __package__).NnxView(self, rngs)

    def init_cache(self, batch_size: int, max_length: int) -> Any:
        """An empty cache for `max_length` tokens, filled in place by compiled steps; any number of rows.

        Raises:
            TypeError: the model keeps no cache.
        """
        return empty_cache(self.network, max_length)

    def enable_gradient_checkpointing(self) -> None:
        """Compute layers again in the backward pass instead of keeping their intermediates.

        Raises:
            ValueError: the architecture cannot do it.
        """
        if not self.network.supports_gradient_checkpointing:
            raise ValueError(f"{type(self).__name__} does not support gradient checkpointing")
        for part in self.network.modules():
            if "gradient_checkpointing" in vars(part):
                part.gradient_checkpointing = True
        self._index()

    def enable_layer_scan(self, enable: bool = True) -> None:
        """Run layers of one form as a single `lax.scan` over their weights: compiled once, not once a layer.

        Parameters keep their names and shapes; results are those of the plain loop.  With a cache, layer drop
        or layers that differ the plain loop runs.
        """
        containers = torch_module("jax").nn.ModuleList
        for part in self.network.modules():
            if isinstance(part, containers):
                part.scanned = enable
        self._index()


__all__ = ["ViewsMixin"]
