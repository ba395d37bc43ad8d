"""A model's weights on disk: one file or shards with an index, found, checked, and read tensor by tensor."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

from ..utils.constants import (
    FLAX_WEIGHTS_INDEX_NAME,
    FLAX_WEIGHTS_NAME,
    SAFE_WEIGHTS_INDEX_NAME,
    SAFE_WEIGHTS_NAME,
    TF2_WEIGHTS_INDEX_NAME,
    TF2_WEIGHTS_NAME,
    WEIGHTS_INDEX_NAME,
    WEIGHTS_NAME,
)
from ..utils.errors import did_you_mean
from .arrays import FRAMEWORKS, TensorInfo
from .config_files import LARGEST_JSON, read_json
from .hub import cached_file, is_regular_file
from .pickle_reader import PickledFile
from .safetensors_reader import FormatError, MappedFile, SafetensorsFile

Resolver = Callable[[str], Path | None]
# Files of other frameworks, one or an index of several.
FOREIGN = {
    "tf": (TF2_WEIGHTS_NAME, TF2_WEIGHTS_INDEX_NAME),
    "flax": (FLAX_WEIGHTS_NAME, FLAX_WEIGHTS_INDEX_NAME),
}
_HDF5 = b"\x89HDF\r\n\x1a\n"
_OTHER_WEIGHTS = (
    TF2_WEIGHTS_NAME,
    FLAX_WEIGHTS_NAME,
    "model.ckpt.index",
    "adapter_model.safetensors",
    "model.onnx",
)


class Checkpoint(Protocol):
    """Names of tensors -> number type and shape, before anything is read; and the tensors one by one."""

    metadata: dict[str, str]

    def __iter__(self) -> Iterator[str]: ...

    def __len__(self) -> int: ...

    def __contains__(self, name: object) -> bool: ...

    def info(self, name: str) -> TensorInfo:
        """Number type and shape of a tensor.

        Raises:
            KeyError: no tensor of that name.
        """

    def get(self, name: str, framework: str = "np") -> Any:
        """A tensor as an array of `framework`: "pt", "np", "jax" or "tf"; the first two are views of the
        mapped file."""


class ShardedCheckpoint:
    """Several weight files that an index joins; an index of Keras spells names longer than its files do.

    Raises:
        FormatError: index and files do not agree, or a file name leaves the folder.
    """

    def __init__(self, index: Path, resolve: Resolver) -> None:
        data = read_json(index, limit=4 * LARGEST_JSON)
        table = data.get("weight_map")
        if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
            raise FormatError(f"{index} must map names of tensors to files under 'weight_map'")
        self.path = index
        self._shards: dict[str, MappedFile] = {}
        for name in sorted(set(table.values())):
            self._shards[name] = open_file(_shard_path(index, name, resolve))
        self.foreign = next((getattr(file, "foreign", None) for file in self._shards.values()), None)
        self.whole_names = False  # of Keras: pieces of a checkpoint have names without the model's
        if self.foreign == "tf":
            table = {name: shard for shard, file in self._shards.items() for name in file}
        for shard, file in self._shards.items():
            for name, pieces in getattr(file, "pieces", {}).items():
                if table.pop(name, None) is not None:
                    table |= dict.fromkeys(pieces, shard)
        self._home = table
        for name, shard in table.items():
            if name not in self._shards[shard]:
                raise FormatError(f"{index} puts {name!r} into {shard}, which has no such tensor")
        for shard, file in self._shards.items():
            for name in file:
                if name not in table:
                    raise FormatError(f"{shard} holds {name!r}, which {index} does not list")
        self.metadata = {key: text for file in self._shards.values() for key, text in file.metadata.items()}

    def __iter__(self) -> Iterator[str]:
        return iter(self._home)

    def __len__(self) -> int:
        return len(self._home)

    def __contains__(self, name: object) -> bool:
        return name in self._home

    def info(self, name: str) -> TensorInfo:
        """Number type and shape of a tensor."""
        return self.file_of(name).info(name)

    def get(self, name: str, framework: str = "np") -> Any:
        """A tensor as an array of `framework`."""
        return self.file_of(name).get(name, framework)

    def file_of(self, name: str) -> MappedFile:
        """The shard that holds a tensor."""
        if name not in self._home:
            raise KeyError(f"{self.path} lists no tensor {name!r}")
        return self._shards[self._home[name]]


def _shard_path(index: Path, name: str, resolve: Resolver) -> Path:
    """The file of one shard.

    Raises:
        FormatError: the name is not that of a plain file beside the index, or there is no such file.
    """
    if not name or name != os.path.basename(name) or name in (".", "..") or set(name) & set("\\\0:"):
        raise FormatError(f"{index} names {name!r}: a shard must be a plain file in the same folder")
    path = resolve(name)
    if path is None:
        raise FormatError(f"{index} names {name!r}, and there is no such file")
    if not is_regular_file(path):
        raise FormatError(f"{path} must be a regular file")
    return path


def open_file(path: str | os.PathLike[str]) -> MappedFile:
    """One weight file, opened by what its first bytes say, not by its name.

    Raises:
        FormatError: no weight file, or a damaged one.
    """
    path = Path(path)
    if not is_regular_file(path):
        raise FormatError(f"{path} must be a regular file")
    with open(path, "rb") as file:
        head = file.read(16)
    if head[:4] == b"GGUF":
        from .gguf_models import GGUFCheckpoint

        return GGUFCheckpoint(path)  # type: ignore[return-value]
    if head[:8] == _HDF5:
        from .keras_file import KerasFile

        return KerasFile(path)
    if path.suffix == ".msgpack":
        from .flax_tree import FlaxFile

        return FlaxFile(path)  # type: ignore[return-value]
    if head[8:9] == b"{" or path.suffix == ".safetensors":
        return SafetensorsFile(path)
    return PickledFile(path)


def variant_name(filename: str, variant: str | None) -> str:
    """`filename` of a variant: model.safetensors -> model.fp16.safetensors, and of its index.

    Raises:
        ValueError: the variant is not a plain word.
    """
    if variant is None:
        return filename
    if not variant.replace("-", "").replace("_", "").isalnum():
        raise ValueError(f"variant must be a word such as 'fp16', got {variant!r}")
    stem, _, suffix = filename.rpartition(".")
    return f"{stem}.{variant}.{suffix}"


def folder_resolver(source: str | os.PathLike[str], **place: Any) -> Resolver:
    """A function that finds files of a folder or hub repository; keywords as for `hub.cached_file`."""

    def resolve(filename: str) -> Path | None:
        return cached_file(source, filename, **{**place, "required": False})

    return resolve


def open_checkpoint(
    source: str | os.PathLike[str] | Resolver,
    *,
    variant: str | None = None,
    use_safetensors: bool | None = None,
    foreign: str | None = None,
    also: Iterable[str] = (),
    **place: Any,
) -> Checkpoint:
    """The weights of a folder, a file, a hub id, or of whatever `source(filename)` finds.

    Args:
        source: where to look; a function returns the path of a file or None.
        variant: read `model.<variant>.safetensors` and its like.
        use_safetensors: True refuses `.bin` files, False prefers nothing else; None takes safetensors first.
        foreign: look first for the files of "tf" (`tf_model.h5`) or "flax" (`flax_model.msgpack`).
        also: read files of these frameworks where there are no others.
        place: `revision`, `subfolder`, `token`, `cache_dir`, ... as for `hub.cached_file`.

    Raises:
        OSError: there are no weights; the message lists the names tried.
        FormatError: the weights are damaged or unsafe.
    """
    if not callable(source) and Path(source).expanduser().is_file():
        path = Path(source).expanduser()
        beside = folder_resolver(path.parent)
        return ShardedCheckpoint(path, beside) if path.suffix == ".json" else open_file(path)
    resolve = source if callable(source) else folder_resolver(source, **place)
    safe = [] if use_safetensors is False else [SAFE_WEIGHTS_NAME, SAFE_WEIGHTS_INDEX_NAME]
    other = [] if use_safetensors else [WEIGHTS_NAME, WEIGHTS_INDEX_NAME]
    first = [FOREIGN[foreign]] if foreign else []
    kinds = [*first, safe, other, *(FOREIGN[kind] for kind in also if kind != foreign)]
    names = [variant_name(name, variant) for kind in kinds for name in kind]
    for name in names:
        if (found := resolve(name)) is not None:
            return ShardedCheckpoint(found, resolve) if name.endswith(".json") else open_file(found)
    where = "there" if callable(source) else str(source)
    others = [
        name for name in (WEIGHTS_NAME, SAFE_WEIGHTS_NAME, *_OTHER_WEIGHTS) if resolve(name) is not None
    ]
    hint = f"; it holds {', '.join(others)}" if others else ""
    for kind, (name, _) in FOREIGN.items():
        hint += f"; from_{kind}=True reads {name}" if name in others and not foreign else ""
    raise OSError(f"no weights in {where}: none of {', '.join(names)}{hint}")


def foreign_kinds(framework: str, kwargs: dict[str, Any]) -> tuple[str | None, tuple[str, ...]]:
    """`foreign` and `also` of `open_checkpoint`, taken out of keywords.

    framework: whose model is filled: "pt", "tf", "flax", or "np", which has no files of its own.

    Raises:
        ValueError: both `from_tf` and `from_flax`.
    """
    asked = [kind for kind in FOREIGN if kwargs.pop(f"from_{kind}", False)]
    if len(asked) > 1:
        raise ValueError("from_tf and from_flax name two files: give one of them")
    also = tuple(kind for kind in FOREIGN if framework in (kind, "np"))
    return (asked[0] if asked else None), also


def check_framework(name: str) -> str:
    """`name`, if it is one of "pt", "np", "jax", "tf".

    Raises:
        ValueError: it is not.
    """
    if name not in FRAMEWORKS:
        raise ValueError(
            f"framework must be one of {', '.join(FRAMEWORKS)}, got {name!r}.{did_you_mean(name, FRAMEWORKS)}"
        )
    return name


__all__ = [
    "Checkpoint",
    "FOREIGN",
    "FormatError",
    "Resolver",
    "ShardedCheckpoint",
    "check_framework",
    "folder_resolver",
    "foreign_kinds",
    "open_checkpoint",
    "open_file",
    "variant_name",
]
