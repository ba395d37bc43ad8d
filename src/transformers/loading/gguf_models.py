"""A GGUF file as a checkpoint: its config, and its tensors under the published names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from .arrays import TensorInfo, as_framework
from .gguf_architectures import ARCHITECTURES, LLAMA_FIELDS, Architecture, transposed
from .gguf_file import GGUFFile
from .safetensors_reader import FormatError

_IDS = {"bos_token_id": "bos", "eos_token_id": "eos", "pad_token_id": "padding"}


class GGUFCheckpoint:
    """A GGUF file's weights under the names and in the form of the published model.

    Raises:
        FormatError: the file is damaged, or its architecture is not known.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.file = GGUFFile(path)
        self.architecture = architecture_of(self.file)
        self.config = config_of(self.file)
        self.metadata = {"format": "gguf"}
        self._homes: dict[str, str] = {}
        for name in self.file:
            if (ours := self._named(name)) is not None:
                self._homes[ours] = name

    def _named(self, name: str) -> str | None:
        """A tensor's name here; None for what is worked out from the config (rotary factors)."""
        if name.startswith("rope_"):
            return None
        if self.architecture.model_type == "t5":
            gated = f"{name.partition('.ffn_')[0]}.ffn_gate.weight" in self.file
            for theirs, ours in {"gate": "wi_0", "up": "wi_1" if gated else "wi", "down": "wo"}.items():
                name = name.replace(f".ffn_{theirs}.", f".ffn_{ours}.")
        if self.config.get("new_decoder_architecture"):
            name = re.sub(r"^blk\.(\d+)\.attn_norm\.", r"transformer.h.\1.ln_mlp.", name)
            if name.startswith("transformer."):
                return name
        for pattern, ours in self.architecture.names:
            found, count = re.subn(f"^{pattern}", ours, name)
            if count:
                return found
        raise FormatError(
            f"{self.file.path}: the tensor {name!r} has no place in a {self.architecture.model_type}"
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._homes)

    def __len__(self) -> int:
        return len(self._homes)

    def __contains__(self, name: object) -> bool:
        return name in self._homes

    def info(self, name: str) -> TensorInfo:
        """Number type and shape."""
        found = self.file.info(self._homes[name])
        turned = any(
            change is transposed and re.search(pattern, name) for pattern, change in self.architecture.changes
        )
        return TensorInfo(found.dtype, found.shape[::-1]) if turned else found

    def get(self, name: str, framework: str = "np") -> Any:
        """A tensor, made whole, as an array of `framework`."""
        value = self.file.array(self._homes[name])
        for pattern, change in self.architecture.changes:
            if re.search(pattern, name):
                value = change(value, self.config)
        return as_framework(np.array(value, copy=True), framework)

    def blocks(self, name: str) -> tuple[Any, int] | None:
        """A matrix of weights as its blocks, uint8 (out, bytes of a row), and the number of their format.

        None for what is no matrix, or is stored as plain numbers.
        """
        home = self._homes[name]
        value = self.file.blocks(home)
        if value is None:
            return None
        rows, kind = value
        for pattern, change in self.architecture.changes:
            if change is not transposed and re.search(pattern, name):  # those that are left move whole rows
                rows = change(rows, self.config)
        return np.array(rows, copy=True), kind


def architecture_of(file: GGUFFile) -> Architecture:
    """The row of a file.

    Raises:
        FormatError: there is none.
    """
    name = file.values.get("general.architecture")
    if name not in ARCHITECTURES:
        known = ", ".join(sorted(ARCHITECTURES))
        raise FormatError(f"{file.path} holds the architecture {name!r}; GGUF files of {known} can be read")
    return ARCHITECTURES[name]


def config_of(file: GGUFFile) -> dict[str, Any]:
    """The config's fields, as a config.json has them.

    Raises:
        FormatError: the architecture is not known, or a value is no plain number.
    """
    row, prefix = architecture_of(file), file.values["general.architecture"]
    config: dict[str, Any] = {"model_type": row.model_type, **row.fixed}
    for ours, theirs in row.fields.items():
        value = file.values.get(f"{prefix}.{theirs}")
        if value is None:
            continue
        if not isinstance(value, int | float | bool):
            raise FormatError(f"{file.path}: {prefix}.{theirs} must be a number, got {type(value).__name__}")
        config[ours] = value
    for ours, theirs in _IDS.items():
        if isinstance(value := file.values.get(f"tokenizer.ggml.{theirs}_token_id"), int):
            config[ours] = value
    if "token_embd.weight" in file:
        config["vocab_size"] = file.shape("token_embd.weight")[0]
    config["tie_word_embeddings"] = "output.weight" not in file
    finish(file, row, prefix, config)
    return config


def finish(file: GGUFFile, row: Architecture, prefix: str, config: dict[str, Any]) -> None:
    """Fields that follow from more than one value."""
    if row.fields is LLAMA_FIELDS:
        config.setdefault("num_key_value_heads", config.get("num_attention_heads"))
        factor = file.values.get(f"{prefix}.rope.scaling.factor")
        if file.values.get(f"{prefix}.rope.scaling.type") == "linear" and isinstance(factor, float):
            config["rope_scaling"] = {"rope_type": "linear", "factor": factor}
    elif row.model_type == "falcon":
        groups = config.setdefault("num_kv_heads", config.get("num_attention_heads"))
        config["new_decoder_architecture"] = any("attn_norm_2" in name for name in file)
        config["multi_query"] = groups == 1
    elif row.model_type == "t5":
        gated = any(".ffn_gate." in name for name in file)
        config["feed_forward_proj"] = "gated-gelu" if gated else "relu"
        config.setdefault("num_decoder_layers", config.get("num_layers"))


__all__ = ["GGUFCheckpoint", "architecture_of", "config_of"]
