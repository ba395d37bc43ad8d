"""Quantised checkpoints as ones of floating-point weights: what a framework that runs whole weights reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..utils import logging
from .formats import FORMATS, Format
from .methods import stored_config

logger = logging.get_logger(__name__)


def made_whole(checkpoint: Any, request: Any) -> Any:
    """A checkpoint as one of floating-point weights; itself where nothing is quantised.

    Raises:
        ValueError: the caller asks to quantise, or the weights are in a way that cannot be read here.
    """
    if request.quantization is not None:
        raise ValueError("quantization_config is for PyTorch models: leave it out, or load the PyTorch class")
    how = stored_config(request.config)
    if how is None:
        return checkpoint
    method = str(getattr(how.quant_method, "value", how.quant_method))
    if method not in FORMATS:
        known = ", ".join(sorted(FORMATS))
        raise ValueError(f"weights quantised by {method} cannot be read here; those by {known} can")
    logger.warning_once(f"{request.name}: quantised weights are made whole, in {request.dtype or 'float32'}")
    del request.config.quantization_config
    return PackedCheckpoint(checkpoint, FORMATS[method](how))


class Packed:
    """The tensors of one layer as a file holds them.

    parts: PyTorch tensors by the last piece of their names.  shape: (out, in) of the weight they stand for.
    about: what the file says of them beside.
    """

    def __init__(self, parts: dict[str, Any], shape: tuple[int, int], about: str | None = None) -> None:
        self.parts, self.shape, self.about = parts, shape, about


class PackedCheckpoint:
    """A checkpoint whose packed layers read as one `weight` each; satisfies `Checkpoint`.

    Args:
        file: the checkpoint as it is.
        form: how its layers are packed.
        whole: give whole weights to PyTorch too, instead of `Packed` ones.
    """

    def __init__(self, file: Any, form: Format, whole: bool = True) -> None:
        file = form.opened(file)
        self.file, self.form, self._whole = file, form, whole
        self.metadata = file.metadata
        self.layers = form.layers(list(file))  # path -> {part: key}
        hidden = {key for parts in self.layers.values() for key in parts.values()}
        self._names = [name for name in file if name not in hidden]
        self._names += [f"{path}.weight" for path in self.layers]
        self._turned: set[str] = set()

    def fit(self, model: Any) -> None:
        """Learn from a model which layers hold their weight as (in, out), and which have no bias.

        Files of GPTQ may hold biases of zeros where the model has none.
        """
        turned, plain = set(), set()
        for path, layer in model.named_modules():
            kind = type(layer).__name__
            if kind == "Conv1D":
                turned.add(path)
            elif kind.endswith("Linear") and getattr(layer, "bias", None) is None:
                plain.add(path)
        self._turned = {path for path in self.layers if _ends_alike(path, turned)}
        extra = {f"{path}.bias" for path in self.layers if _ends_alike(path, plain)}
        self._names = [name for name in self._names if name not in extra or self.file.get(name, "np").any()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def parts(self, name: str) -> dict[str, str] | None:
        """The keys of a packed layer by part, for the name of its weight; None for what is not packed."""
        path, _, own = name.rpartition(".")
        return self.layers.get(path) if own == "weight" else None

    def info(self, name: str) -> Any:
        """Number type and shape of a tensor, made whole."""
        from ..loading.arrays import TensorInfo

        if (parts := self.parts(name)) is None:
            return self.file.info(name)
        outputs, inputs = self._shape(parts)
        turned = name.removesuffix(".weight") in self._turned
        return TensorInfo("float32", (inputs, outputs) if turned else (outputs, inputs))

    def _shape(self, parts: Mapping[str, str]) -> tuple[int, int]:
        return self.form.shape(
            {part: tuple(self.file.info(key).shape) for part, key in parts.items()},
            lambda part: self.file.get(parts[part], "np"),
        )

    def get(self, name: str, framework: str = "np") -> Any:
        """A tensor, made whole, as an array of `framework`; for PyTorch packed where that was asked for."""
        import numpy as np

        from ..loading.arrays import as_framework

        if (parts := self.parts(name)) is None:
            return self.file.get(name, framework)
        if framework == "pt" and not self._whole:
            found = {part: self.file.get(key, "pt") for part, key in parts.items()}
            about = self.form.about(self.file, name.removesuffix(".weight"))
            return Packed(found, self._shape(parts), about)
        arrays = {part: np.asarray(self.file.get(key, "np")) for part, key in parts.items()}
        weight = self.form.weight(arrays)
        turned = name.removesuffix(".weight") in self._turned
        return as_framework(np.ascontiguousarray(weight.T if turned else weight), framework)


class Renamed:
    """A checkpoint under other names; satisfies `Checkpoint`.

    keys: new name -> name in the file.
    """

    def __init__(self, file: Any, keys: dict[str, str]) -> None:
        self.file, self.metadata, self._keys = file, file.metadata, keys

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, name: object) -> bool:
        return name in self._keys

    def info(self, name: str) -> Any:
        """Number type and shape of a tensor."""
        return self.file.info(self._keys[name])

    def get(self, name: str, framework: str = "np") -> Any:
        """A tensor as an array of `framework`."""
        return self.file.get(self._keys[name], framework)


def _ends_alike(path: str, paths: set[str]) -> bool:
    """Whether a path is one of `paths`, or differs only by a prefix that one of them has more."""
    if path in paths:
        return True
    return any(f".{path}".endswith(f".{other}") or f".{other}".endswith(f".{path}") for other in paths)


__all__ = ["Packed", "PackedCheckpoint", "Renamed", "made_whole"]
