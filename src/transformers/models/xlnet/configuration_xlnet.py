"""Configuration of XLNet."""

from __future__ import annotations

from typing import ClassVar

from ...configuration_utils import PretrainedConfig


class XLNetConfig(PretrainedConfig):
    """XLNet's sizes and rates; the defaults are those of xlnet-large-cased.

    Hidden states of earlier segments, `mems`, are given back where `use_mems_eval` or, in training,
    `use_mems_train` says so: of at most `mem_len` tokens, of which the first `reuse_len` of a segment count.
    """

    model_type = "xlnet"
    keys_to_ignore_at_inference = ["mems"]
    attribute_map = {
        "n_token": "vocab_size",
        "hidden_size": "d_model",
        "num_attention_heads": "n_head",
        "num_hidden_layers": "n_layer",
    }

    vocab_size: int = 32000
    d_model: int = 1024
    n_layer: int = 24
    n_head: int = 16
    d_inner: int = 4096
    ff_activation: str = "gelu"
    untie_r: bool = True  # kept for files: every layer has biases of its own
    attn_type: str = "bi"  # "uni": tokens see only what came before
    initializer_range: float = 0.02
    layer_norm_eps: float = 1e-12
    dropout: float = 0.1
    mem_len: int | None = 512  # None or 0: all
    reuse_len: int | None = None  # None or 0: all
    use_mems_eval: bool = True
    use_mems_train: bool = False
    bi_data: bool = False  # whether the second half of a batch runs backwards
    clamp_len: int = -1  # above 0: distances count no more than this
    same_length: bool = False  # with "uni": every token sees equally many
    summary_type: str = "last"  # or "first", "mean", "cls_index"
    summary_use_proj: bool = True
    summary_activation: str | None = "tanh"
    summary_last_dropout: float = 0.1
    start_n_top: int = 5
    end_n_top: int = 5
    pad_token_id: int | None = 5
    bos_token_id: int | None = 1
    eos_token_id: int | list[int] | None = 2
    d_head: int | None = None  # d_model / n_head

    # What a file may add; never written unless it did.
    summary_first_dropout: ClassVar[float] = 0.0
    summary_proj_to_labels: ClassVar[bool] = False

    @property
    def max_position_embeddings(self) -> int:
        """-1: distances have no limit.

        Raises:
            NotImplementedError: it is assigned to.
        """
        return -1

    @max_position_embeddings.setter
    def max_position_embeddings(self, value: int) -> None:
        raise NotImplementedError("XLNet has no limit of positions: there is nothing to set")

    def _check(self) -> None:
        if self.n_head < 1 or self.d_model % self.n_head:
            raise ValueError(f"d_model ({self.d_model}) must be a multiple of n_head ({self.n_head})")
        if self.d_head is None:
            self.d_head = self.d_model // self.n_head
        if self.d_head != self.d_model // self.n_head:
            raise ValueError(
                f"d_head ({self.d_head}) must be d_model / n_head ({self.d_model // self.n_head})"
            )
        if isinstance(asked := vars(self).get("use_cache"), bool):  # older files' name for it
            self.use_mems_eval = asked
        if self.attn_type not in ("bi", "uni"):
            raise ValueError(f"attn_type must be 'bi' or 'uni', got {self.attn_type!r}")


__all__ = ["XLNetConfig"]
