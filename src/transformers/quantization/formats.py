"""How files of each method hold a linear layer: which tensors belong to it, its sizes and its numbers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from . import packing

Shapes = Mapping[str, tuple[int, ...]]
Reader = Callable[[str], Any]


class Format:
    """One method's layers.

    Args:
        config: the checkpoint's `quantization_config`.
    """

    sign: ClassVar[str] = ""  # the part without which there is no packed layer
    others: ClassVar[tuple[str, ...]] = ()

    def __init__(self, config: Any) -> None:
        self.config = config

    def layers(self, names: Sequence[str]) -> dict[str, dict[str, str]]:
        """Path of each packed layer -> {part: key in the file}."""
        known, found = set(names), {}
        for name in names:
            path, _, part = name.rpartition(f".{self.sign}")
            if path and not part:
                keys = {part: f"{path}.{part}" for part in (self.sign, *self.others)}
                found[path] = {part: key for part, key in keys.items() if key in known}
        return found

    def opened(self, checkpoint: Any) -> Any:
        """The checkpoint with the names that `layers` and models know."""
        return checkpoint

    def about(self, checkpoint: Any, path: str) -> str | None:
        """What the file says of a layer beside its tensors."""
        return None

    def shape(self, shapes: Shapes, read: Reader) -> tuple[int, int]:
        """(out, in) of a layer whose parts have those shapes."""
        raise NotImplementedError

    def weight(self, parts: Mapping[str, Any]) -> Any:
        """The weight (out, in) in float32, from NumPy arrays."""
        raise NotImplementedError


class WeightOnlyFormat(Format):
    """See `WeightOnlyConfig`."""

    sign = "weight_scale"
    others = ("weight",)

    def shape(self, shapes: Shapes, read: Reader) -> tuple[int, int]:
        """(out, in); scales in groups go with two numbers a byte."""
        rows, columns = shapes["weight"]
        return rows, columns * (2 if len(shapes["weight_scale"]) == 3 else 1)

    def weight(self, parts: Mapping[str, Any]) -> Any:
        """The weight (out, in) in float32."""
        return packing.weight_only_weight(parts["weight"], parts["weight_scale"])


class GptqFormat(Format):
    """See `GPTQConfig`.

    Raises:
        ValueError: the file is in the order of one kernel, not of GPTQ.
    """

    sign = "qweight"
    others = ("qzeros", "scales", "g_idx")

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        if config.checkpoint_format not in ("gptq", "gptq_v2"):
            raise ValueError(
                "checkpoint_format of a GPTQ checkpoint must be gptq or gptq_v2 to be read here, got "
                f"{config.checkpoint_format!r}: that is the order of one kernel's own library"
            )
        self.offset = 1 if config.checkpoint_format == "gptq" else 0

    def bits(self, shapes: Shapes) -> int:
        """Bits of one layer, which may differ from the config's."""
        inputs = shapes["g_idx"][0] if "g_idx" in shapes else 0
        return packing.WORD * shapes["qweight"][0] // inputs if inputs else int(self.config.bits)

    def shape(self, shapes: Shapes, read: Reader) -> tuple[int, int]:
        """(out, in)."""
        rows, outputs = shapes["qweight"]
        return outputs, rows * packing.WORD // self.bits(shapes)

    def weight(self, parts: Mapping[str, Any]) -> Any:
        """The weight (out, in) in float32."""
        bits = self.bits({part: array.shape for part, array in parts.items()})
        return packing.gptq_weight(parts, bits, self.offset).T


class AwqFormat(Format):
    """See `AwqConfig`.

    Raises:
        ValueError: the file is in an order that is not GEMM's, or of other than 4 bits.
    """

    sign = "qweight"
    others = ("qzeros", "scales")

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        version, backend = config.version.value, config.backend.value
        if version not in ("gemm", "exllama", "ipex") or backend != "autoawq":
            raise ValueError(
                "AWQ checkpoints are read in the order of version gemm (also exllama and ipex) and backend "
                f"autoawq, got {version} and {backend}"
            )
        if config.bits != 4:
            raise ValueError(f"AWQ checkpoints are read with 4 bits, got {config.bits}")

    def shape(self, shapes: Shapes, read: Reader) -> tuple[int, int]:
        """(out, in)."""
        inputs, words = shapes["qweight"]
        return words * packing.WORD // 4, inputs

    def weight(self, parts: Mapping[str, Any]) -> Any:
        """The weight (out, in) in float32."""
        return packing.awq_weight(parts, 4).T


class BnbFormat(Format):
    """See `BitsAndBytesConfig`: 8 bits (`SCB` beside int8), or 4 (`weight.quant_state...` beside bytes)."""

    STATE = ".weight.quant_state.bitsandbytes__"
    PARTS = ("absmax", "quant_map", "nested_absmax", "nested_quant_map")

    def layers(self, names: Sequence[str]) -> dict[str, dict[str, str]]:
        """Path of each packed layer -> {part: key in the file}."""
        known, found = set(names), {}
        for name in names:
            path, mark, _ = name.partition(self.STATE)
            if mark:
                keys = {"weight": f"{path}.weight", "state": name}
                keys |= {part: f"{path}.weight.{part}" for part in self.PARTS}
            elif name.endswith(".SCB"):
                path = name.removesuffix(".SCB")
                keys = {part: f"{path}.{part}" for part in ("weight", "SCB", "weight_format")}
            else:
                continue
            found[path] = {part: key for part, key in keys.items() if key in known}
        return found

    def shape(self, shapes: Shapes, read: Reader) -> tuple[int, int]:
        """(out, in)."""
        if "SCB" in shapes:
            rows, columns = shapes["weight"]
            return rows, columns
        rows, columns = state_of(read("state"))["shape"]
        return rows, columns

    def weight(self, parts: Mapping[str, Any]) -> Any:
        """The weight (out, in) in float32.

        Raises:
            ValueError: the numbers are in the order of one kernel.
        """
        if "SCB" in parts:
            if parts.get("weight_format", 0) != 0:
                raise ValueError("8-bit weights of bitsandbytes are read in row order only")
            return parts["weight"].astype("float32") * (parts["SCB"][:, None] / 127)
        state = state_of(parts["state"])
        scales = parts["absmax"]
        if scales.ndim == 2:  # written after a kernel had turned them
            scales = scales.T.reshape(-1).astype("float32")
        return packing.bnb_weight({**parts, "absmax": scales, "weight": parts["weight"].view("uint8")}, state)


def state_of(array: Any) -> dict[str, Any]:
    """What bitsandbytes writes beside 4-bit weights, as JSON in bytes."""
    found: dict[str, Any] = json.loads(bytes(array.tolist()))
    return found


class TorchAoFormat(Format):
    """See `TorchAoConfig`: `_weight_qdata` (out, in), `_weight_scale`, and perhaps `_weight_zero_point`.

    The file's metadata says under `...weight` which of torchao's tensors they make up. Names in older files
    have colons.
    """

    MARK = "._weight_"
    OLD = ".weight:"
    PLAIN = ":_data"

    def opened(self, checkpoint: Any) -> Any:
        """The checkpoint with the later spelling of names."""
        if not any(":" in name for name in checkpoint):
            return checkpoint
        from .reading import Renamed

        spelled = {name: name.removesuffix(self.PLAIN).replace(self.OLD, self.MARK) for name in checkpoint}
        return Renamed(checkpoint, {new: old for old, new in spelled.items()})

    def about(self, checkpoint: Any, path: str) -> str | None:
        """The description of a layer's weight, JSON."""
        found: str | None = checkpoint.metadata.get(f"{path}.weight")
        return found

    def layers(self, names: Sequence[str]) -> dict[str, dict[str, str]]:
        """Path of each packed layer -> {part: key in the file}."""
        found: dict[str, dict[str, str]] = {}
        for name in names:
            path, mark, part = name.rpartition(self.MARK)
            if mark and path:
                found.setdefault(path, {})[part] = name
        return {path: parts for path, parts in found.items() if {"qdata", "scale"} <= parts.keys()}

    def shape(self, shapes: Shapes, read: Reader) -> tuple[int, int]:
        """(out, in).

        Raises:
            ValueError: numbers and scales do not go together.
        """
        numbers = shapes["qdata"]
        for part in ("scale", "zero_point"):
            sizes = shapes.get(part, (1, 1))
            if (
                len(numbers) != 2
                or len(sizes) != 2
                or any(not b or a % b for a, b in zip(numbers, sizes, strict=True))
            ):
                raise ValueError(
                    f"a weight of torchao of shape {list(numbers)} has a {part} of {list(sizes)}"
                )
        return numbers[0], numbers[1]

    def weight(self, parts: Mapping[str, Any]) -> Any:
        """The weight (out, in) in float32."""
        numbers = parts["qdata"].astype("float32")
        rows, columns = numbers.shape
        scale, zero = (
            part.repeat(rows // part.shape[0], 0).repeat(columns // part.shape[1], 1)
            for part in (
                parts["scale"].astype("float32"),
                parts.get("zero_point", parts["scale"][:1, :1] * 0),
            )
        )
        return (numbers - zero.astype("float32")) * scale


FORMATS: dict[str, type[Format]] = {
    "weight_only": WeightOnlyFormat,
    "gptq": GptqFormat,
    "awq": AwqFormat,
    "bitsandbytes": BnbFormat,
    "torchao": TorchAoFormat,
}

__all__ = [
    "FORMATS",
    "AwqFormat",
    "BnbFormat",
    "Format",
    "GptqFormat",
    "TorchAoFormat",
    "WeightOnlyFormat",
    "state_of",
]
