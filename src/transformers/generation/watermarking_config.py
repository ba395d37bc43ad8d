"""What a watermark needs to know: plain settings, checked, that build their processor and detector."""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

LARGEST_TABLE = 2**24


@dataclasses.dataclass
class BaseWatermarkingConfig(ABC):
    """Base of all watermarks' settings; a subclass is a dataclass."""

    # Order of the keys in files, where it is not that of the fields.
    _key_order: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def from_dict(cls, config_dict: Mapping[str, Any], **kwargs: Any) -> Self:
        """Settings from plain data; `kwargs` that name one override it.

        Raises:
            TypeError: `config_dict` has a key that is no setting.
        """
        config = cls(**config_dict)
        config.update(**kwargs)
        return config

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain data."""
        names = self._key_order or tuple(field.name for field in dataclasses.fields(self))
        return {name: getattr(self, name) for name in names}

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        yield from self.to_dict().items()

    def to_json_string(self) -> str:
        """The settings as JSON text."""
        return json.dumps(self.to_dict(), indent=2) + "\n"

    def to_json_file(self, json_file_path: str | os.PathLike[str]) -> None:
        """Write `to_json_string` to a file, complete or not at all."""
        from ..loading.config_files import write_text

        write_text(json_file_path, self.to_json_string())

    def update(self, **kwargs: Any) -> None:
        """Set the settings named; other names are left alone."""
        for name in kwargs.keys() & self.to_dict().keys():
            setattr(self, name, kwargs[name])

    @abstractmethod
    def validate(self) -> None:
        """Raise ValueError where a setting is impossible."""

    @abstractmethod
    def construct_processor(self, vocab_size: int, device: Any = "cpu") -> Any:
        """The logits processor that writes this watermark."""


@dataclasses.dataclass
class WatermarkingConfig(BaseWatermarkingConfig):
    """Settings of the red and green lists watermark (arXiv:2301.10226, arXiv:2306.04634).

    greenlist_ratio: the part of the vocabulary that is favoured, in [0, 1].
    bias: what is added to the logits of favoured tokens.
    hashing_key: seed of the lists; whoever detects the watermark must know it.
    seeding_scheme: "lefthash" (the lists depend on earlier tokens only) or "selfhash" (on the token too).
    context_width: how many earlier tokens choose the lists.
    """

    greenlist_ratio: float = 0.25
    bias: float = 2.0
    hashing_key: int = 15485863
    seeding_scheme: str = "lefthash"
    context_width: int = 1

    def validate(self) -> None:
        """Raise ValueError where a setting is impossible."""
        if self.seeding_scheme not in ("selfhash", "lefthash"):
            raise ValueError(
                "watermarking_config: seeding_scheme must be selfhash or lefthash, "
                f"got {self.seeding_scheme!r}"
            )
        if not 0.0 <= self.greenlist_ratio <= 1.0:
            raise ValueError(
                f"watermarking_config: greenlist_ratio must be from 0 to 1, got {self.greenlist_ratio!r}"
            )
        if not self.context_width >= 1:
            raise ValueError(
                f"watermarking_config: context_width must be at least 1, got {self.context_width!r}"
            )

    def construct_processor(self, vocab_size: int, device: Any = "cpu") -> Any:
        """The logits processor that writes this watermark, for a vocabulary of `vocab_size` tokens."""
        kind = _part("logits").WatermarkLogitsProcessor
        return kind(vocab_size=vocab_size, device=device, **self.to_dict())

    def construct_detector(self, model_config: Any, device: Any = "cpu", **kwargs: Any) -> Any:
        """The detector of this watermark, for texts of a model with `model_config`."""
        kind = _part("watermarking").WatermarkDetector
        return kind(model_config=model_config, device=device, watermarking_config=self, **kwargs)


@dataclasses.dataclass
class SynthIDTextWatermarkingConfig(BaseWatermarkingConfig):
    """Settings of the SynthID watermark (tournament sampling, doi:10.1038/s41586-024-08025-4).

    ngram_len: length of the n-grams that are marked.
    keys: one secret integer per layer of the tournament.
    context_history_size: how many contexts are remembered, so that none is marked twice.
    sampling_table_seed, sampling_table_size: of the table of random bits, at most 2**24 long.
    skip_first_ngram_calls: leave the first `ngram_len - 1` tokens unmarked.
    debug_mode: mark uniform logits in place of the model's.
    """

    ngram_len: int
    keys: list[int]
    context_history_size: int = 1024
    sampling_table_seed: int = 0
    sampling_table_size: int = 2**16
    skip_first_ngram_calls: bool = False
    debug_mode: bool = False
    _key_order: ClassVar[tuple[str, ...]] = (
        "ngram_len",
        "keys",
        "sampling_table_size",
        "sampling_table_seed",
        "context_history_size",
        "skip_first_ngram_calls",
        "debug_mode",
    )

    def validate(self) -> None:
        """Raise ValueError where a setting is impossible."""
        if self.sampling_table_size > LARGEST_TABLE:
            raise ValueError(
                "watermarking_config: sampling_table_size must be at most 2**24, "
                f"got {self.sampling_table_size}"
            )

    def construct_processor(self, vocab_size: int, device: Any = "cpu") -> Any:
        """The logits processor that writes this watermark; `vocab_size` plays no part."""
        return _part("logits").SynthIDTextWatermarkLogitsProcessor(device=device, **self.to_dict())


def watermark_of(value: Any) -> BaseWatermarkingConfig | None:
    """`watermarking_config` as an object: a dict with `ngram_len` is SynthID's, any other the green list's.

    Raises:
        TypeError: it is neither, or the dict has a key that is no setting.
    """
    if value is None or isinstance(value, BaseWatermarkingConfig):
        return value
    if not isinstance(value, Mapping):
        raise TypeError(
            "watermarking_config must be a WatermarkingConfig, a SynthIDTextWatermarkingConfig or a dict of "
            f"their settings, got {value!r}"
        )
    kind = SynthIDTextWatermarkingConfig if "ngram_len" in value else WatermarkingConfig
    try:
        return kind(**value)
    except TypeError as error:
        raise TypeError(f"watermarking_config: {error}") from error


def _part(name: str) -> Any:
    """A module beside this one, loaded when something of it is built."""
    return importlib.import_module(f".{name}", __package__)


__all__ = [
    "BaseWatermarkingConfig",
    "SynthIDTextWatermarkingConfig",
    "WatermarkingConfig",
    "watermark_of",
]
