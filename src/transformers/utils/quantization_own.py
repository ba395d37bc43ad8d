"""Descriptions of the library's own quantised weights, which need no further library."""

from __future__ import annotations

from typing import Any, ClassVar

from .quantization_base import QuantizationConfigMixin, QuantizationMethod, of_type, one_of

GROUPS = (32, 64, 128, 256)


class WeightOnlyConfig(QuantizationConfigMixin):
    """Linear layers hold 8- or 4-bit weights and are multiplied with activations as they are.

    With 8 bits each row (output feature) has one scale around 0. With 4 bits each run of `group_size` numbers
    of a row has a scale and a zero point. A layer whose sizes the kernels cannot divide keeps more bits: 4
    become 8 unless the inputs are a multiple of `group_size` and the outputs of 64; 8 need inputs that are a
    multiple of 32, and the layer stays as it is without.

    Args:
        bits: 8 or 4.
        group_size: 32, 64, 128 or 256, for 4 bits; None is 32. 8 bits have no groups.
        head_bits: bits of the projection to the vocabulary: 8, 4, or None to leave it as it is. It is made
            a tensor of its own where it is tied to the embedding, which is never quantised.
        modules_to_not_convert: names, or pieces of dotted names, of layers to leave as they are.
        min_features: layers with fewer inputs or outputs are left as they are.
    """

    _method: ClassVar[Any] = QuantizationMethod.WEIGHT_ONLY
    bits: int = 8
    group_size: int | None = None
    head_bits: int | None = 8
    modules_to_not_convert: list[str] | None = None
    min_features: int = 1

    def post_init(self) -> None:
        """Check the fields."""
        one_of(self, "bits", (8, 4))
        one_of(self, "head_bits", (8, 4, None))
        of_type(self, (list, tuple, type(None)), "modules_to_not_convert")
        of_type(self, int, "min_features")
        if 4 in (self.bits, self.head_bits):
            self.group_size = 32 if self.group_size is None else self.group_size
            one_of(self, "group_size", GROUPS)
        elif self.group_size is not None:
            raise ValueError(f"group_size goes with 4 bits; got {self.group_size!r} with {self.bits} bits")


class GgufConfig(QuantizationConfigMixin):
    """The weights of a GGUF file stay in memory as the file's blocks, and are made whole in each call.

    The numbers are exactly those of the model that is loaded whole.

    Args:
        keep_blocks: False makes all weights whole while loading, as without this description.
        modules_to_not_convert: names, or pieces of dotted names, of layers to make whole.
    """

    _method: ClassVar[Any] = QuantizationMethod.GGUF
    keep_blocks: bool = True
    modules_to_not_convert: list[str] | None = None

    def post_init(self) -> None:
        """Check the fields."""
        of_type(self, bool, "keep_blocks")
        of_type(self, (list, tuple, type(None)), "modules_to_not_convert")


__all__ = ["GROUPS", "GgufConfig", "WeightOnlyConfig"]
