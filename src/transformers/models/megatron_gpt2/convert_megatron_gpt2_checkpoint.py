"""Checkpoints of GPT-2 that Megatron-LM (arXiv:1909.08053) wrote, as checkpoints of `GPT2LMHeadModel`.

    python -m transformers.models.megatron_gpt2.convert_megatron_gpt2_checkpoint checkpoint.zip

Files are read without running anything in them.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_LAYER = re.compile(r"layers\.(\d+)\.(\w+(?:\.\w+)?)\.(weight|bias)")
# Megatron's name -> (ours, whether the weight is stored the other way about)
_PARTS = {
    "input_layernorm": ("ln_1", False),
    "post_attention_layernorm": ("ln_2", False),
    "attention.query_key_value": ("attn.c_attn", True),
    "attention.dense": ("attn.c_proj", True),
    "mlp.dense_h_to_4h": ("mlp.c_fc", True),
    "mlp.dense_4h_to_h": ("mlp.c_proj", True),
}
_SIZES = {
    "vocab_size": "padded_vocab_size",
    "n_positions": "max_position_embeddings",
    "n_embd": "hidden_size",
    "n_layer": "num_layers",
    "n_head": "num_attention_heads",
    "n_inner": "ffn_hidden_size",
}


def fix_query_key_value_ordering(
    param: Any, checkpoint_version: float, num_splits: int, num_heads: int, hidden_size: int
) -> Any:
    """Rows of a joined projection, queries of all heads first, whatever order the version has.

    Args:
        param: weight (splits * heads * width, C) or bias.
        checkpoint_version: below 1 the order is right; 1 has (head, width, split), 2 (head, split, width).
        num_splits: 3 for query, key and value.
        num_heads: of the attention.
        hidden_size: width of a head.
    """
    shape = tuple(param.shape)
    if checkpoint_version >= 2.0:
        turned = param.reshape(num_heads, num_splits, hidden_size, *shape[1:]).swapaxes(0, 1)
    elif checkpoint_version >= 1.0:
        split = param.reshape(num_heads, hidden_size, num_splits, *shape[1:])
        turned = split.swapaxes(1, 2).swapaxes(0, 1)
    else:
        return param
    return turned.reshape(shape)


def _setting(source: Any, name: str) -> Any:
    return source.get(name) if isinstance(source, Mapping) else getattr(source, name, None)


def convert_megatron_checkpoint(
    args: Any, input_state_dict: Mapping[str, Any], config: Any
) -> dict[str, Any]:
    """The state dict of a `GPT2LMHeadModel`.

    Args:
        args: of the command line; not looked at.
        input_state_dict: what Megatron saved: {"model": {"language_model": ...}, "args", ...}.
        config: a `GPT2Config`; it takes the sizes that the file's own arguments have.

    Raises:
        ValueError: sizes do not go together, or a weight is unknown.
    """
    arguments = input_state_dict.get("args")
    for ours, theirs in _SIZES.items():
        if arguments is not None and (value := _setting(arguments, theirs)) is not None:
            setattr(config, ours, value)
    version = float(input_state_dict.get("checkpoint_version", 0.0))
    model = input_state_dict["model"]["language_model"]
    embedding = model["embedding"]
    words = embedding["word_embeddings"]["weight"][: config.vocab_size]
    positions = embedding["position_embeddings"]["weight"]
    if positions.shape[0] != config.n_positions:
        raise ValueError(
            f"the file has {positions.shape[0]} positions and the config n_positions={config.n_positions}"
        )
    found = {"transformer.wte.weight": words, "transformer.wpe.weight": positions}
    layers = model["transformer"] if "transformer" in model else model["encoder"]
    for name, value in layers.items():
        found.update(_converted(name, value, version, config))
    found["lm_head.weight"] = words
    return found


def _converted(name: str, value: Any, version: float, config: Any) -> dict[str, Any]:
    if name.startswith("final_layernorm."):
        return {name.replace("final_layernorm", "transformer.ln_f"): value}
    match = _LAYER.fullmatch(name)
    part = match[2].replace("self_attention", "attention") if match else ""
    if match is None or part not in _PARTS:
        raise ValueError(f"{name!r} is no weight of a Megatron GPT-2")
    ours, turned = _PARTS[part]
    if part == "attention.query_key_value":
        width = config.n_embd // config.n_head
        value = fix_query_key_value_ordering(value, version, 3, config.n_head, width)
    if turned and match[3] == "weight":
        value = value.swapaxes(0, 1)
    return {f"transformer.h.{match[1]}.{ours}.{match[3]}": value}


def read_megatron(path: str | os.PathLike[str]) -> Any:
    """What a Megatron checkpoint holds: a file, or the archive that has it in `release/mp_rank_00/`.

    Raises:
        ValueError: an archive without such a file; a file that is no checkpoint.
    """
    from ...loading.training_file import TrainingFile

    inner = "release/mp_rank_00/model_optim_rng.pt"
    if not os.fspath(path).endswith(".zip"):
        return TrainingFile(path).tree()
    with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
        if inner not in archive.namelist():
            raise ValueError(f"{path} has no {inner}")
        target = Path(folder) / "checkpoint.pt"
        with archive.open(inner) as source, open(target, "wb") as file:
            while block := source.read(1 << 24):
                file.write(block)
        return _copied(TrainingFile(target).tree())


def _copied(tree: Any) -> Any:
    """Tensors of their own memory: the file they were in goes."""
    if isinstance(tree, dict):
        return type(tree)({key: _copied(value) for key, value in tree.items()})
    return tree.clone() if hasattr(tree, "clone") else tree


def recursive_print(name: str | None, val: Any, spaces: int = 0) -> None:
    """Write names and shapes of a nested state dict to the standard output."""
    if name is not None:
        shape = (
            f": {tuple(val.shape)}" if hasattr(val, "shape") else "" if isinstance(val, dict) else f": {val}"
        )
        sys.stdout.write(f"{'.' * max(0, spaces - 2)}# {name}{shape}\n")
    if isinstance(val, dict):
        for key, value in val.items():
            recursive_print(key, value, spaces + 2)


def main(arguments: list[str] | None = None) -> int:
    """Convert a checkpoint into the folder that it lies in: config, weights and tokenizer settings."""
    parser = argparse.ArgumentParser(description="Convert a Megatron-LM checkpoint of GPT-2.")
    parser.add_argument("--print-checkpoint-structure", action="store_true", help="write names and shapes")
    parser.add_argument("path_to_checkpoint", help="the .pt file, or the .zip archive around it")
    parser.add_argument("--config_file", default="", help="a config.json of GPT-2")
    args = parser.parse_args(arguments)
    from ..gpt2.configuration_gpt2 import GPT2Config
    from ..gpt2.modeling_gpt2 import GPT2LMHeadModel

    folder = Path(args.path_to_checkpoint).parent
    state = read_megatron(args.path_to_checkpoint)
    config = (
        GPT2Config.from_json_file(args.config_file) if args.config_file else _config(_setting(state, "args"))
    )
    converted = convert_megatron_checkpoint(args, state, config)
    if args.print_checkpoint_structure:
        recursive_print(None, converted)
    config.architectures = ["GPT2LMHeadModel"]
    model = GPT2LMHeadModel.from_pretrained(None, config=config, state_dict=converted)
    model.save_pretrained(folder)
    return 0


def _config(arguments: Any) -> Any:
    """GPT-2 with the vocabulary of Megatron, and the activation that its arguments name."""
    from ..gpt2.configuration_gpt2 import GPT2Config

    fused = arguments is not None and _setting(arguments, "bias_gelu_fusion")
    openai = arguments is not None and _setting(arguments, "openai_gelu")
    activation = "gelu_fast" if fused else "gelu_new" if openai or arguments is None else "gelu"
    return GPT2Config(
        vocab_size=50257,
        n_embd=1024,
        n_layer=24,
        n_head=16,
        n_inner=4096,
        activation_function=activation,
        summary_type="cls_index",
    )


if __name__ == "__main__":
    sys.exit(main())

__all__ = [
    "convert_megatron_checkpoint",
    "fix_query_key_value_ordering",
    "main",
    "read_megatron",
    "recursive_print",
]
