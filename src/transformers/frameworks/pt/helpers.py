"""Smaller public methods of PyTorch models: masks as published code builds them, counts, tags, positions."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import torch
from torch import nn

from ...layers.heads import head_mask_per_layer
from ...layers.masks import causal_mask, padding_mask
from ...utils import logging

logger = logging.get_logger(__name__)


class ModelHelpers:
    """Methods that users' own models call, and that trainers ask for."""

    config: Any
    dtype: Any
    device: Any
    base_model: Any
    main_input_name: str
    model_tags: list[str] | None = None
    _position_embeddings: ClassVar[str | tuple[str, ...] | None] = None

    # ------------------------------------------------------------------ masks

    def get_extended_attention_mask(
        self,
        attention_mask: torch.Tensor,
        input_shape: Sequence[int],
        device: Any = None,
        dtype: torch.dtype | None = None,
    ) -> torch.Tensor:
        """A published mask as a term to add to attention scores: 0 = attend, the lowest number = hidden.

        Args:
            attention_mask: (B, S) or (B, T, S), 1 = attend.  In a decoder the first is made causal too.
            input_shape: (B, T) of the input.
            device: accepted for compatibility.
            dtype: of the result; the model's if None.

        Returns:
            (B, 1, 1 or T, S).

        Raises:
            ValueError: a mask of another rank.
        """
        if attention_mask.dim() not in (2, 3):
            raise ValueError(f"attention_mask must be 2-D or 3-D, got shape {tuple(attention_mask.shape)}")
        if attention_mask.dim() == 2 and self.config.is_decoder:
            offset = attention_mask.shape[1] - input_shape[1]
            visible, _ = causal_mask(
                attention_mask, input_shape[1], offset=offset, device=attention_mask.device
            )
        else:
            visible = padding_mask(attention_mask)
        return self._hidden(visible, dtype)

    def invert_attention_mask(self, encoder_attention_mask: torch.Tensor) -> torch.Tensor:
        """The mask (B, S) or (B, T, S) of an encoder's tokens as a term to add to attention scores."""
        return self._hidden(padding_mask(encoder_attention_mask), None)

    def _hidden(self, visible: torch.Tensor, dtype: torch.dtype | None) -> torch.Tensor:
        dtype = self.dtype if dtype is None else dtype
        return torch.zeros_like(visible, dtype=dtype).masked_fill(~visible, torch.finfo(dtype).min)

    def get_head_mask(
        self, head_mask: torch.Tensor | None, num_hidden_layers: int, is_attention_chunked: bool = False
    ) -> Any:
        """A head mask (H,) or (layers, H), 1 = keep, as (layers, 1, H, 1, 1); without one a list of None."""
        masks = head_mask_per_layer(head_mask, num_hidden_layers)
        if masks is None:
            return [None] * num_hidden_layers
        stacked = torch.stack(masks).to(self.dtype)
        return stacked.unsqueeze(-1) if is_attention_chunked else stacked

    # ------------------------------------------------------------------ counts and facts

    def num_parameters(self: Any, only_trainable: bool = False, exclude_embeddings: bool = False) -> int:
        """Number of parameters, each shared one counted once."""
        tables = (
            {id(m.weight) for m in self.modules() if isinstance(m, nn.Embedding)}
            if exclude_embeddings
            else set()
        )
        counted = (
            p for p in self.parameters() if id(p) not in tables and (p.requires_grad or not only_trainable)
        )
        return sum(p.numel() for p in counted)

    def get_memory_footprint(self: Any, return_buffers: bool = True) -> int:
        """Bytes of all parameters and, unless told otherwise, buffers."""
        tensors: list[torch.Tensor] = [*self.parameters(), *(self.buffers() if return_buffers else ())]
        return sum(t.nelement() * t.element_size() for t in tensors)

    def to_bettertransformer(self) -> Self:
        """This model: fused attention is what it runs already."""
        return self

    def reverse_bettertransformer(self) -> Self:
        """This model."""
        return self

    def estimate_tokens(self, input_dict: Mapping[str, Any]) -> int:
        """Number of elements of the main input in a batch; 0 if it is not there."""
        main = input_dict.get(self.main_input_name)
        return 0 if main is None else int(main.numel())

    def floating_point_ops(self, input_dict: Mapping[str, Any], exclude_embeddings: bool = True) -> int:
        """Operations of one forward and backward pass: 6 per token and parameter (arXiv:2001.08361, 2.1)."""
        parameters = self.num_parameters(exclude_embeddings=exclude_embeddings)  # type: ignore[attr-defined]
        return int(6 * self.estimate_tokens(input_dict) * parameters)

    def warn_if_padding_and_no_attention_mask(self, input_ids: torch.Tensor, attention_mask: Any) -> None:
        """Say once that padded input came without a mask; only first and last tokens are looked at."""
        pad = self.config.pad_token_id
        if attention_mask is None and pad is not None and bool((input_ids[:, [0, -1]] == pad).any()):
            logger.warning_once(
                "the input seems to be padded: pass its attention_mask, or padding is attended to"
            )

    def get_parameter_or_buffer(self, target: str) -> Any:
        """The parameter or buffer of that name.

        Raises:
            AttributeError: there is none.
        """
        owner, _, name = target.rpartition(".")
        module: nn.Module = self.get_submodule(owner)  # type: ignore[attr-defined]
        for held in (module._parameters, module._buffers):
            if held.get(name) is not None:
                return held[name]
        raise AttributeError(f"{type(self).__name__} has no parameter or buffer {target!r}")

    def add_model_tags(self, tags: str | Sequence[str]) -> None:
        """Note tags for the model card that `push_to_hub` writes."""
        new = [tags] if isinstance(tags, str) else tags
        self.model_tags = list(dict.fromkeys([*(self.model_tags or []), *new]))

    # ------------------------------------------------------------------ parts

    def get_position_embeddings(self) -> Any:
        """The module with one vector per position, or a tuple of the encoder's and the decoder's.

        Raises:
            NotImplementedError: the architecture has none that can be exchanged.
        """
        if self._position_embeddings is None:
            raise NotImplementedError(f"{type(self).__name__} has no position embeddings of variable length")
        found = [self.base_model.get_submodule(path) for path in self._position_paths()]
        return found[0] if isinstance(self._position_embeddings, str) else tuple(found)

    def _position_paths(self) -> tuple[str, ...]:
        given: str | tuple[str, ...] = self._position_embeddings or ()
        return (given,) if isinstance(given, str) else given

    def resize_position_embeddings(self, new_num_position_embeddings: int) -> None:
        """Change the number of positions: rows are cut off, or fresh ones added.

        Raises:
            NotImplementedError: the architecture has no position embeddings of variable length.
        """
        from ...layers.resizing import resize_positions

        self.get_position_embeddings()
        resize_positions(self, self._position_paths(), new_num_position_embeddings)

    def _tie_or_clone_weights(self, output_embeddings: Any, input_embeddings: Any) -> None:
        """Make an output projection use the input embedding's table, for `tie_weights` of users' models."""
        output_embeddings.weight = input_embeddings.weight
        output_embeddings.out_features = input_embeddings.num_embeddings

    def load_tf1_weights(self, family: str, path: str | os.PathLike[str]) -> Self:
        """Fill this model from a checkpoint that TensorFlow 1 wrote.

        Args:
            family: whose names its variables have, such as "bert"; the rooms' `load_tf_weights_in_...` say.
            path: the checkpoint's prefix, `model.ckpt` for `model.ckpt.index` and its data.

        Returns:
            This model.

        Raises:
            ImportError: TensorFlow, which reads the file, is not installed.
            OSError: there is no such checkpoint.
            ValueError: a weight is missing, or has another shape.
        """
        from ...loading.tf1_files import load_tf1

        return load_tf1(self, path, family)  # type: ignore[no-any-return]

    def initialize_weights(self) -> None:
        """Give every module that has none yet fresh weights (published name of `init_weights`)."""
        self.init_weights()  # type: ignore[attr-defined]


__all__ = ["ModelHelpers"]
