"""Weights that stay in the blocks of their GGUF file, and are made whole where they are used."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import nn

from ..layers.base import parameter_place, replace_module
from .linear import QuantizedLinear, is_linear
from .methods import Quantizer
from .weight_only import make_whole, named, sizes


class BlockLinear(QuantizedLinear):
    """`weight`: uint8 (out, bytes of a row), in a number format of GGUF.

    kind: the format's number.
    """

    fixed_dtypes: ClassVar[tuple[str, ...]] = ("weight",)

    def __init__(self, weight: Any, kind: int, in_features: int, bias: Any = None) -> None:
        super().__init__(in_features, weight.shape[0], bias)
        self.kind = kind
        self.weight = weight

    def extra_repr(self) -> str:
        """What the print of a model shows."""
        return f"in_features={self.in_features}, out_features={self.out_features}, kind={self.kind}"

    def whole(self, dtype: torch.dtype) -> torch.Tensor:
        """The weights (out, in) in floating point."""
        return numbers(self.weight, self.kind).to(dtype)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """As the layer over whole weights, in the same order of sums."""
        bias = None if self.bias is None else self.bias.to(x.dtype)
        if self.turned and bias is not None:
            rows = torch.addmm(bias, x.reshape(-1, self.in_features), self.whole(x.dtype).t())
            return rows.reshape(*x.shape[:-1], self.out_features)
        if self.origin is nn.Linear:
            return F.linear(x, self.whole(x.dtype), bias)
        product = F.linear(x, self.whole(x.dtype))
        return product if bias is None else product + bias


class BlockEmbedding(nn.Module):
    """An embedding over a table of blocks; only the rows that are asked for are made whole.

    `weight`: uint8 (entries, bytes of a row). kind: the format's number.
    """

    fixed_dtypes: ClassVar[tuple[str, ...]] = ("weight",)

    def __init__(self, weight: Any, kind: int, old: nn.Embedding) -> None:
        super().__init__()
        self.num_embeddings, self.embedding_dim = old.num_embeddings, old.embedding_dim
        self.padding_idx = old.padding_idx
        self.kind = kind
        self.weight = weight
        # Follows the model's casts; the table itself stays.
        self.register_buffer("sample", torch.empty(0, dtype=old.weight.dtype), persistent=False)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Ids (...) -> vectors (..., width)."""
        rows = numbers(self.weight[ids.reshape(-1)], self.kind)
        return rows.reshape(*ids.shape, self.embedding_dim).to(self.sample)


def numbers(blocks: torch.Tensor, kind: int) -> torch.Tensor:
    """Rows of blocks as float32 numbers, on the same device."""
    from ..loading.gguf_blocks import FORMATS, dequantized

    data = blocks.detach().cpu().contiguous().numpy().reshape(-1)
    return torch.from_numpy(dequantized(data, FORMATS[kind])).reshape(blocks.shape[0], -1).to(blocks.device)


class GgufQuantizer(Quantizer):
    """See `GgufConfig`."""

    is_trainable: ClassVar[bool] = False

    def is_serializable(self, safe_serialization: bool | None = None) -> bool:
        """Files of this library do not hold blocks."""
        return False

    def prepare(self, model: Any, checkpoint: Any) -> None:
        """Make sure that there are blocks.

        Raises:
            ValueError: the checkpoint is no GGUF file.
        """
        if gguf_of(checkpoint) is None:
            raise ValueError("GgufConfig is for GGUF files: name one, or pass gguf_file")

    def start(self, model: Any, checkpoint: Any, plan: Any) -> None:
        """Put layers over the file's blocks in their places."""
        file = gguf_of(checkpoint)
        if not self.quantization_config.keep_blocks:
            return
        ties = model.active_ties()
        for name, key in list(plan.sources.items()):
            found = None if name in ties or key not in file else file.blocks(key)
            if found is not None and self._put(model, name, *found):
                del plan.sources[name]
                for alias in [alias for alias, source in ties.items() if source == name]:
                    shared = parameter_place(model, name)[0].weight
                    self._put(model, alias, shared, found[1])
                    plan.sources.pop(alias, None)

    def _put(self, model: Any, name: str, blocks: Any, kind: int) -> bool:
        """Put a layer over blocks at the place of a weight; False where the layer is of another sort."""
        path, _, own = name.rpartition(".")
        old = model.get_submodule(path) if path else model
        if own != "weight" or named(path, self.quantization_config.modules_to_not_convert):
            return False
        if not isinstance(blocks, torch.Tensor):
            blocks = nn.Parameter(torch.from_numpy(blocks), requires_grad=False)
        if is_linear(old):
            inputs, _ = sizes(old)
            new = BlockLinear(blocks, kind, inputs, old.bias)
            new.origin = type(old)
            replace_module(model, path, new)
        elif type(old) is nn.Embedding:
            replace_module(model, path, BlockEmbedding(blocks, kind, old))
        else:
            return False
        return True

    def finish(self, model: Any) -> None:
        """Note what was done; a file that is made whole leaves a plain model."""
        if self.quantization_config.keep_blocks:
            super().finish(model)

    def dequantize(self, model: Any) -> None:
        """Put plain layers back, tied as before."""
        for path, module in list(model.named_modules()):
            if isinstance(module, BlockEmbedding):
                table = numbers(module.weight, module.kind).to(module.sample)
                plain = nn.Embedding(1, 1, module.padding_idx if module.padding_idx == 0 else None)
                plain.num_embeddings, plain.embedding_dim = table.shape
                plain.padding_idx = module.padding_idx
                plain.weight = nn.Parameter(table)
                replace_module(model, path, plain.train(module.training))
        make_whole(model)
        model.tie_weights()


def gguf_of(checkpoint: Any) -> Any:
    """The GGUF file behind a checkpoint, or None."""
    while checkpoint is not None and not hasattr(checkpoint, "blocks"):
        checkpoint = getattr(checkpoint, "file", None)
    return checkpoint


__all__ = ["BlockEmbedding", "BlockLinear", "GgufQuantizer"]
