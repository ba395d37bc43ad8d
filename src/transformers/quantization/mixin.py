"""What every PyTorch model offers about quantised weights and about copies of weights for fast kernels."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Self

import torch

if TYPE_CHECKING:
    from .linear import QuantizedLinear

_HELD = (f"{__package__}.prepack", f"{__package__}.products")


class WeightsMixin:
    """How the weights of a model are held.

    Attributes:
        is_quantized: whether linear layers hold weights of few bits.
        quantization_method: the method's name, or None.
        hf_quantizer: what quantised them, or None.
    """

    config: Any
    is_quantized: bool = False
    quantization_method: Any = None
    hf_quantizer: Any = None
    training: bool

    def dequantize(self) -> Self:
        """Make all weights floating-point again, in the model's dtype; this model.

        Raises:
            ValueError: nothing is quantised.
        """
        if not self.is_quantized:
            raise ValueError(f"this {type(self).__name__} is not quantised: there is nothing to make whole")
        self.hf_quantizer.dequantize(self)
        self.is_quantized, self.quantization_method, self.hf_quantizer = False, None, None
        del self.config.quantization_config
        return self

    def prepack_weights(self, enabled: bool | None = True) -> Self:
        """Choose whether copies of the weights are kept in the order that the CPU's kernels like.

        Args:
            enabled: True: always, in `generate` and in calls without gradients. False: never, and those there
                are go. None: in `generate` only, and where it pays (see `quantization.prepack`).

        Returns:
            This model.

        Calls compare a weight with its copy by its place in memory and by PyTorch's count of its changes: who
        writes through `.data` says `prepack_weights(True)` again. `generate` compares the bits.
        """
        from . import prepack, products

        prepack.switch(self, enabled)
        products.drop(self)
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the model; without gradients, on the kernels that are fastest on a CPU."""
        if torch.compiler.is_compiling() or torch.is_grad_enabled() or self.training:
            return super().__call__(*args, **kwargs)  # type: ignore[misc]
        from .products import run

        return run(self, super().__call__, args, kwargs)  # type: ignore[misc]

    def active_ties(self) -> dict[str, str]:
        """The ties in force: a layer of few bits has weights of its own."""
        ties: dict[str, str] = super().active_ties()  # type: ignore[misc]
        return {alias: source for alias, source in ties.items() if self._packed_at(alias) is None}

    def _packed_at(self, name: str) -> QuantizedLinear | None:
        """The layer of few bits that a parameter's name points into."""
        owner = self.get_submodule(name.rpartition(".")[0])  # type: ignore[attr-defined]
        return owner if hasattr(owner, "fixed_dtypes") else None

    def _check_resizable(self) -> None:
        """Make sure that the vocabulary can change its size.

        Raises:
            ValueError: the projection to the vocabulary is quantised.
        """
        head = self.get_output_embeddings() if self.is_quantized else None  # type: ignore[attr-defined]
        if hasattr(head, "fixed_dtypes"):
            raise ValueError(
                "the projection to the vocabulary is quantised and cannot be resized: call dequantize() first"
            )

    def train(self, mode: bool = True) -> Self:
        """Switch training on or off; training drops the copies of the weights."""
        if mode:
            self._drop_copies()
        return super().train(mode)  # type: ignore[misc, no-any-return]

    def _apply(self, fn: Any, recurse: bool = True) -> Any:
        """Move or cast; the copies of the weights go."""
        self._drop_copies()
        return super()._apply(fn, recurse)  # type: ignore[misc]

    def load_state_dict(self, *args: Any, **kwargs: Any) -> Any:
        """Take other weights; the copies of the old ones go."""
        self._drop_copies()
        return super().load_state_dict(*args, **kwargs)  # type: ignore[misc]

    def _drop_copies(self) -> None:
        for name in _HELD:
            if (module := sys.modules.get(name)) is not None:
                module.drop(self)


__all__ = ["WeightsMixin"]
