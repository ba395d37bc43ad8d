"""FlashAttention 2 and 3 (arXiv:2307.08691, 2407.08608) by the packages flash_attn and flash_attn_3.

Padding is taken out of a batch before the kernel runs, and sequences packed into one row stay apart.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
from typing import Any, NamedTuple, TypedDict

import torch
from torch import nn

# published name of the kernel -> (package that is installed, module with the functions, how to install it)
PACKAGES = {
    "flash_attention_2": ("flash_attn", "flash_attn", "pip install flash-attn --no-build-isolation"),
    "flash_attention_3": (
        "flash_attn_3",
        "flash_attn_interface",
        "build it from the folder hopper of github.com/Dao-AILab/flash-attention",
    ),
}


class FlashAttentionKwargs(TypedDict, total=False):
    """Keywords of a forward that tell the sequences packed into one row.

    cu_seq_lens_q, cu_seq_lens_k: (sequences + 1,) int32, where each ends, from 0 on.  max_length_q,
    max_length_k: tokens of the longest.
    """

    cu_seq_lens_q: torch.Tensor | None
    cu_seq_lens_k: torch.Tensor | None
    max_length_q: int | None
    max_length_k: int | None


def check_installed(name: str) -> Any:
    """The module with the functions of a kernel.

    Raises:
        ImportError: it is not; tells how to install it.
    """
    package, module, how = PACKAGES[name]
    if importlib.util.find_spec(module) is None:
        raise ImportError(
            f"attn_implementation={name!r} needs the package {package}, which is not installed: {how}"
        )
    return importlib.import_module(module)


class _Rows(NamedTuple):
    """Sequences one behind the other: (tokens,) places in the flat batch, their ends, the longest."""

    places: torch.Tensor
    ends: torch.Tensor
    longest: int


def _of_mask(mask: torch.Tensor) -> _Rows:
    """The tokens of a (B, S) mask."""
    lengths = mask.sum(dim=-1, dtype=torch.int32)
    return _Rows(mask.flatten().nonzero().flatten(), _ends(lengths), int(lengths.max()))


def _of_starts(starts: torch.Tensor) -> _Rows:
    """All of a batch (B, T), where `starts` is True at the first token of each sequence."""
    flat = starts.flatten()
    first = flat.nonzero().flatten()
    lengths = torch.diff(first, append=first.new_tensor([flat.shape[0]])).to(torch.int32)
    return _Rows(torch.arange(flat.shape[0], device=flat.device), _ends(lengths), int(lengths.max()))


def _ends(lengths: torch.Tensor) -> torch.Tensor:
    return nn.functional.pad(lengths.cumsum(0, dtype=torch.int32), (1, 0))


def _sequences(
    query: torch.Tensor,
    key: torch.Tensor,
    mask: torch.Tensor | None,
    position_ids: torch.Tensor | None,
    all_queries: bool,
) -> tuple[_Rows, _Rows] | None:
    """The sequences of queries and keys (B, T or S, ...), or None where rows are whole sequences."""
    T, S = query.shape[1], key.shape[1]
    if mask is not None:
        keys = _of_mask(mask.to(torch.bool))
        if all_queries or T == 1:
            return _of_mask(mask.new_ones(query.shape[0], T, dtype=torch.bool)), keys
        return (keys if T == S else _of_mask(mask[:, -T:].to(torch.bool))), keys
    if position_ids is None or position_ids.dim() != 2 or T != S:
        return None
    starts = nn.functional.pad(position_ids[:, 1:] - position_ids[:, :-1] != 1, (1, 0), value=True)
    if not bool(starts[:, 1:].any()):
        return None
    rows = _of_starts(starts.expand(query.shape[0], T))
    return rows, rows


def _options(kernel: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    """Those keywords that a kernel's version knows; one that it lacks must have no effect."""
    known = inspect.signature(kernel).parameters
    open_ended = any(parameter.kind is parameter.VAR_KEYWORD for parameter in known.values())
    if not open_ended:
        lacking = [n for n in wanted if n not in known and wanted[n] not in (None, 0.0, (-1, -1))]
        if lacking:
            raise ValueError(f"this version of the flash attention kernel has no {', '.join(lacking)}")
    return {name: value for name, value in wanted.items() if name in known or open_ended}


def _half(module: nn.Module, *tensors: torch.Tensor) -> list[torch.Tensor]:
    """Tensors that a model computed in float32, in the dtype of its weights."""
    if tensors[0].dtype != torch.float32:
        return list(tensors)
    dtype = next((p.dtype for p in module.parameters() if p.is_floating_point()), torch.float32)
    if torch.is_autocast_enabled(tensors[0].device.type):
        dtype = torch.get_autocast_dtype(tensors[0].device.type)
    return [tensor.to(dtype) for tensor in tensors]


def flash_attention_forward(
    module: nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    sliding_window: int | None = None,
    softcap: float | None = None,
    is_causal: bool | None = None,
    position_ids: torch.Tensor | None = None,
    bias: torch.Tensor | None = None,
    all_queries: bool = False,
    implementation: str = "flash_attention_2",
    **kwargs: Any,
) -> tuple[torch.Tensor, None]:
    """Attention by the installed package.

    Args:
        module: the attention module.
        query: (B, H, T, D).
        key, value: (B, K, S, D) each.
        attention_mask: (B, S), True for a token, or None.
        dropout: probability, in training.
        scaling: factor of the scores; None: 1 / sqrt(D).
        sliding_window: number of keys that a query sees, itself included.
        softcap: scores are squeezed into this range.
        is_causal: whether queries see only what came before, the last query being the last key's; None: as
            `module.is_causal` says.
        position_ids: (B or 1, T); where they begin anew, so does a sequence, if there is no mask.
        bias: what the architecture adds to the scores: refused.
        all_queries: whether the mask speaks of the keys only, those of an encoder.
        implementation: "flash_attention_2" or "flash_attention_3".
        kwargs: arguments of other kernels.

    Returns:
        The output (B, T, H, D), 0 where a query is padding, and None for the probabilities.

    Raises:
        ImportError: the package is not installed.
        ValueError: a bias, a mask that differs by query, or an option that the kernel lacks.
    """
    if bias is not None or (attention_mask is not None and attention_mask.dim() != 2):
        raise ValueError(
            f"{implementation} takes a mask of padding, (batch, tokens), and adds nothing to scores: "
            "use attn_implementation='sdpa' or 'flex_attention'"
        )
    causal = bool(getattr(module, "is_causal", False) if is_causal is None else is_causal)
    window = (sliding_window - 1, 0 if causal else sliding_window - 1) if sliding_window else (-1, -1)
    wanted = {"dropout_p": dropout if module.training else 0.0, "softmax_scale": scaling, "causal": causal}
    wanted |= {"window_size": window, "softcap": softcap or 0.0}
    functions = check_installed(implementation)
    rows = [x.transpose(1, 2) for x in _half(module, query, key, value)]  # (B, T, H, D)
    split = _sequences(rows[0], rows[1], attention_mask, position_ids, all_queries)
    if split is not None:
        output = _apart(functions.flash_attn_varlen_func, rows, split, wanted)
    else:
        output = _first(functions.flash_attn_func(*rows, **_options(functions.flash_attn_func, wanted)))
    return output.to(query.dtype), None


def _first(output: Any) -> torch.Tensor:
    """The output alone of a kernel that may give more."""
    return output[0] if isinstance(output, tuple) else output


def _apart(
    kernel: Any, rows: list[torch.Tensor], split: tuple[_Rows, _Rows], wanted: dict[str, Any]
) -> torch.Tensor:
    """The output (B, T, H, D) of sequences that a kernel takes one behind the other."""
    queries, keys = split
    flat = [x.reshape(-1, *x.shape[2:]) for x in rows]
    output = _first(
        kernel(
            flat[0][queries.places],
            flat[1][keys.places],
            flat[2][keys.places],
            cu_seqlens_q=queries.ends,
            cu_seqlens_k=keys.ends,
            max_seqlen_q=queries.longest,
            max_seqlen_k=keys.longest,
            **_options(kernel, wanted),
        )
    )
    whole = output.new_zeros(flat[0].shape[0], *output.shape[1:]).index_copy(0, queries.places, output)
    return whole.reshape(*rows[0].shape[:2], *output.shape[1:])


__all__ = ["PACKAGES", "FlashAttentionKwargs", "check_installed", "flash_attention_forward"]
