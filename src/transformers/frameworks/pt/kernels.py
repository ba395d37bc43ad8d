"""Attention kernels that only PyTorch has, in the tables of kernels and of masks; imported when used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...layers.attention import ALL_ATTENTION_FUNCTIONS, FUSED, AttentionInterface
from ...layers.base import ModelBase
from ...layers.mask_rules import AttentionMaskInterface, flash_attention_mask
from .causal_blocks import scaled_dot_product_attention

FLASH = ("flash_attention_2", "flash_attention_3")
# Published names of kernels over a paged cache, whose rows are to a kernel those of any other cache.
PAGED = {"eager_paged": "eager", "paged_attention": "flash_attention_2", "sdpa_paged": "sdpa"}


def _flash(name: str) -> Any:
    def flash_attention(*args: Any, **kwargs: Any) -> Any:
        """FlashAttention: see `transformers.integrations.flash_attention`."""
        from ...integrations.flash_attention import flash_attention_forward

        return flash_attention_forward(*args, **{**kwargs, "implementation": name})

    flash_attention.gives_no_probabilities = True  # type: ignore[attr-defined]
    return flash_attention


def flex_attention(*args: Any, **kwargs: Any) -> Any:
    """Attention over blocks: see `transformers.integrations.flex_attention`."""
    from ...integrations.flex_attention import flex_attention_forward

    return flex_attention_forward(*args, **kwargs)


def flex_mask(*args: Any, **kwargs: Any) -> Any:
    """The mask of `flex_attention`."""
    from ...integrations.flex_attention import flex_attention_mask

    return flex_attention_mask(*args, **kwargs)


flex_attention.gives_no_probabilities = True  # type: ignore[attr-defined]


def register() -> None:
    """Enter the kernels, unless a user put others under their names."""
    FUSED[:] = [scaled_dot_product_attention]
    for name in (*FLASH, "flex_attention"):
        if name not in ALL_ATTENTION_FUNCTIONS:
            flash = name in FLASH
            AttentionInterface.register(name, _flash(name) if flash else flex_attention)
            AttentionMaskInterface.register(name, flash_attention_mask if flash else flex_mask)
    for name, kernel in PAGED.items():
        if name not in ALL_ATTENTION_FUNCTIONS:
            AttentionInterface.register(name, ALL_ATTENTION_FUNCTIONS[kernel])
            if kernel in FLASH:
                AttentionMaskInterface.register(name, flash_attention_mask)


def check(cls: Any, name: Any) -> None:
    """Raise unless `name` is a kernel that exists and suits the model class `cls`.

    Raises:
        ValueError: it is unknown, or the architecture cannot run it.
        ImportError: the package behind it is not installed.
    """
    if not isinstance(name, str) or name not in ALL_ATTENTION_FUNCTIONS:
        known = ", ".join(sorted(ALL_ATTENTION_FUNCTIONS))
        raise ValueError(
            f'Specified `attn_implementation="{name}"` is not supported: the name is unknown; '
            f"there are {known}"
        )
    kernel = PAGED.get(name, name)
    if kernel == "sdpa" and not cls._supports_sdpa:
        raise ValueError(f"{cls.__name__} cannot run attn_implementation={name!r}; use 'eager'")
    if kernel in FLASH and getattr(ALL_ATTENTION_FUNCTIONS[name], "gives_no_probabilities", False):
        from ...integrations.flash_attention import check_installed

        if not cls._supports_flash_attn:
            raise ValueError(
                f"{cls.__name__} adds a bias to its scores, which attn_implementation={name!r} cannot do; "
                "use 'sdpa' or 'flex_attention'"
            )
        check_installed(kernel)


def choose(model: Any, choice: str | Mapping[str, str]) -> None:
    """See `PreTrainedModel.set_attn_implementation`."""
    parts = [part for part in model.modules() if isinstance(part, ModelBase)]
    if isinstance(choice, str):
        chosen = {id(part): choice for part in parts}
    else:
        inner = {
            name: part
            for name, part in vars(model.config).items()
            if hasattr(part, "_attn_implementation") and hasattr(part, "to_dict")
        }
        if unknown := sorted(set(choice) - {"", *inner}):
            raise ValueError(
                f"attn_implementation names {unknown[0]!r}; parts of {type(model).__name__} are "
                f"{', '.join(repr(name) for name in ('', *sorted(inner)))}"
            )
        owners = {id(config): name for name, config in inner.items()}
        wanted = {id(part): owners.get(id(part.config), "") for part in parts}
        chosen = {key: choice[name] for key, name in wanted.items() if name in choice}
    affected = [part for part in parts if id(part) in chosen]
    for part in affected:  # first all checks: a refusal changes nothing
        check(type(part), chosen[id(part)])
    for part in affected:
        _write(part.config, chosen[id(part)])


def _write(config: Any, name: str) -> None:
    """Name the kernel of one config and leave those inside it alone."""
    config._attn_implementation = {"": name}


__all__ = ["FLASH", "PAGED", "check", "choose", "register"]
