"""Writing weights: one safetensors file or shards with an index, complete or not at all."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from ..utils.constants import SAFE_WEIGHTS_INDEX_NAME, SAFE_WEIGHTS_NAME, WEIGHTS_INDEX_NAME, WEIGHTS_NAME
from .arrays import CODE_OF, CODES, TensorInfo, describe, to_bytes
from .checkpoint import variant_name
from .config_files import new_file, write_text

_UNITS = {
    "B": 1,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KIB": 2**10,
    "MIB": 2**20,
    "GIB": 2**30,
    "TIB": 2**40,
}
_TYPE_ORDER = {code: rank for rank, code in enumerate(CODES)}


def parse_size(size: int | str) -> int:
    """Bytes of a size such as "5GB" (10**9) or "512MiB" (2**20).

    Raises:
        ValueError: neither a number nor a number with a unit, or not above zero.
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*", str(size))
    unit = _UNITS.get((found[2] or "B").upper()) if found else None
    if found is None or unit is None or (value := int(float(found[1]) * unit)) < 1:
        raise ValueError(f"max_shard_size must be a size such as 5000000000 or '5GB', got {size!r}")
    return value


def split_into_shards(infos: Mapping[str, TensorInfo], max_shard_size: int | str = "5GB") -> list[list[str]]:
    """Names of the tensors of each file, in order; a tensor larger than the limit gets a file of its own."""
    limit = parse_size(max_shard_size)
    shards: list[list[str]] = [[]]
    filled = 0
    for name, info in infos.items():
        if shards[-1] and filled + info.nbytes > limit:
            shards.append([])
            filled = 0
        shards[-1].append(name)
        filled += info.nbytes
    return shards


def write_safetensors(
    file: IO[bytes], arrays: Mapping[str, Any], metadata: Mapping[str, str] | None = None
) -> None:
    """Write tensors in the order that the format's own writer uses: by type, widest first, then by name."""
    infos = {name: describe(array) for name, array in arrays.items()}
    order = sorted(infos, key=lambda name: (-_TYPE_ORDER[CODE_OF[infos[name].dtype]], name))
    header: dict[str, Any] = {"__metadata__": dict(sorted(metadata.items()))} if metadata else {}
    reached = 0
    for name in order:
        info = infos[name]
        end = reached + info.nbytes
        header[name] = {
            "dtype": CODE_OF[info.dtype],
            "shape": list(info.shape),
            "data_offsets": [reached, end],
        }
        reached = end
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    file.write(len(text).to_bytes(8, "little"))
    file.write(text)
    for name in order:
        file.write(to_bytes(arrays[name]))


def save_checkpoint(
    folder: str | os.PathLike[str],
    arrays: Mapping[str, Any],
    *,
    max_shard_size: int | str = "5GB",
    safe: bool = True,
    metadata: Mapping[str, str] | None = None,
    variant: str | None = None,
    aliases: Mapping[str, str] | None = None,
) -> list[str]:
    """Write the weights of a model.

    Every file is written under a temporary name, flushed to disk and renamed, so that a crash leaves the old
    weights or the new ones; files of an earlier save are removed last. Equal contents give equal bytes.

    Args:
        folder: made if need be.
        arrays: name -> array of torch, NumPy, JAX or TensorFlow.
        max_shard_size: largest file, in bytes or as "5GB".
        safe: write safetensors; False writes `pytorch_model.bin` and needs PyTorch.
        metadata: text kept in the header.
        variant: write `model.<variant>.safetensors`.
        aliases: further name -> name in `arrays`; `pytorch_model.bin` lists both, safetensors cannot.

    Returns:
        Names of the files written, the index last.

    Raises:
        TypeError: an array's type cannot be saved.
        ValueError: a size or variant that is not understood.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    single = variant_name(SAFE_WEIGHTS_NAME if safe else WEIGHTS_NAME, variant)
    index_name = variant_name(SAFE_WEIGHTS_INDEX_NAME if safe else WEIGHTS_INDEX_NAME, variant)
    infos = {name: describe(array) for name, array in arrays.items()}
    others = {} if safe else dict(aliases or {})
    shards = _with_aliases(split_into_shards(infos, max_shard_size), others)
    stem, _, suffix = single.rpartition(".")
    names = [f"{stem}-{i:05d}-of-{len(shards):05d}.{suffix}" for i in range(1, len(shards) + 1)]
    names = names if len(shards) > 1 else [single]
    header = {"format": "pt"} if metadata is None else metadata
    written: list[tuple[Path, str]] = []
    try:
        for name, members in zip(names, shards, strict=True):
            part = {member: arrays[others.get(member, member)] for member in members}
            written.append((_write_part(folder, name, part, safe, header), name))
        if len(shards) > 1:  # between two sets of shards there is no index, so no reader can mix them
            (folder / index_name).unlink(missing_ok=True)
        for temporary, name in written:
            os.replace(temporary, folder / name)
    except BaseException:
        for temporary, _ in written:
            temporary.unlink(missing_ok=True)
        raise
    if len(shards) > 1:
        write_text(folder / index_name, _index(names, shards, infos))
        names = [*names, index_name]
    _remove_stale(folder, names, stem, suffix, single, index_name)
    return names


def _with_aliases(shards: list[list[str]], aliases: Mapping[str, str]) -> list[list[str]]:
    """Every alias in the file of its source, so that both lie over the same memory."""
    return [[*part, *(name for name, source in aliases.items() if source in part)] for part in shards]


def _index(names: list[str], shards: list[list[str]], infos: Mapping[str, TensorInfo]) -> str:
    """The text that joins shards: the file of each tensor, and the sums."""
    home = {member: name for name, members in zip(names, shards, strict=True) for member in members}
    totals = {
        "total_parameters": sum(math.prod(info.shape) for info in infos.values()),
        "total_size": sum(info.nbytes for info in infos.values()),
    }
    return json.dumps({"metadata": totals, "weight_map": dict(sorted(home.items()))}, indent=2) + "\n"


def _write_part(
    folder: Path, name: str, part: dict[str, Any], safe: bool, metadata: Mapping[str, str]
) -> Path:
    """Write one file under a temporary name; returns that name."""
    temporary = new_file(folder, name)
    try:
        with open(temporary, "xb") as file:
            if safe:
                write_safetensors(file, part, metadata)
            else:
                import torch

                torch.save({key: torch.as_tensor(value).detach().cpu() for key, value in part.items()}, file)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def is_stale(name: str, new: set[str], *, safe: bool = True, variant: str | None = None) -> bool:
    """Whether a file of an earlier save, of the same kind and variant, has no place beside the new ones."""
    single = variant_name(SAFE_WEIGHTS_NAME if safe else WEIGHTS_NAME, variant)
    index_name = variant_name(SAFE_WEIGHTS_INDEX_NAME if safe else WEIGHTS_INDEX_NAME, variant)
    stem, _, suffix = single.rpartition(".")
    shard = rf"{re.escape(stem)}-\d{{5}}-of-\d{{5}}\.{re.escape(suffix)}"
    return name not in new and (name in (single, index_name) or re.fullmatch(shard, name) is not None)


def _remove_stale(
    folder: Path, kept: list[str], stem: str, suffix: str, single: str, index_name: str
) -> None:
    """Remove the files of an earlier save of the same kind and variant."""
    shard = re.compile(rf"{re.escape(stem)}-\d{{5}}-of-\d{{5}}\.{re.escape(suffix)}")
    for entry in folder.iterdir():
        mine = entry.name in (single, index_name) or shard.fullmatch(entry.name)
        if mine and entry.name not in kept and entry.is_file():
            entry.unlink()


__all__ = ["is_stale", "parse_size", "save_checkpoint", "split_into_shards", "write_safetensors"]
