"""What is fuzzed: every parser of files as a function of bytes, its first inputs, the errors it declares."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fuzz_seeds as seeds
import fuzz_seeds_foreign as foreign

LARGEST = 2**20  # bytes of an input
ALLOWED = (OSError, ValueError)  # what a damaged file may raise; a FormatError is both
SMALL = 2**20  # tensors of at most so many bytes are read, not only described


@dataclass(frozen=True)
class Target:
    """A parser.

    Args:
        run: gets an input and a folder for its files.
        first: makes the first inputs, at least one of which is valid.
        allowed: the errors that the parser declares.
    """

    run: Callable[[bytes, Path], Any]
    first: Callable[[], list[bytes]]
    allowed: tuple[type[Exception], ...] = ALLOWED


def put(folder: Path, name: str, data: bytes) -> Path:
    """Write a file."""
    path = folder / name
    path.write_bytes(data)
    return path


def read_all(checkpoint: Any) -> None:
    """Read every tensor of a checkpoint that is small."""
    for name in checkpoint:
        if checkpoint.info(name).nbytes <= SMALL:
            checkpoint.get(name)


def _safetensors(data: bytes, folder: Path) -> None:
    from transformers.loading.safetensors_reader import SafetensorsFile

    read_all(SafetensorsFile(put(folder, "x.safetensors", data)))


def _h5(data: bytes, folder: Path) -> None:
    from transformers.loading.keras_file import KerasFile

    read_all(KerasFile(put(folder, "x.h5", data)))


def _msgpack(data: bytes, folder: Path) -> None:
    from transformers.loading.flax_tree import FlaxFile

    read_all(FlaxFile(put(folder, "x.msgpack", data)))


def _archive(data: bytes, folder: Path) -> None:
    from transformers.loading.pickle_reader import PickledFile

    read_all(PickledFile(put(folder, "x.bin", data)))


def _pickle(data: bytes, folder: Path) -> None:
    _archive(seeds.archived(data), folder)


def _training(data: bytes, folder: Path) -> None:
    from transformers.loading.training_file import TrainingFile

    file = TrainingFile(put(folder, "x.bin", seeds.archived(data)))
    read_all(file)
    file.tree("np")


def _index(data: bytes, folder: Path) -> None:
    from transformers.loading.checkpoint import open_checkpoint

    for name, tensor in (("a", b"w"), ("b", b"v")):
        header = b'{"' + tensor + b'":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}'
        put(folder, f"{name}.safetensors", len(header).to_bytes(8, "little") + header + bytes(16))
    read_all(open_checkpoint(put(folder, "model.safetensors.index.json", data).parent))


def _config(data: bytes, folder: Path) -> None:
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(put(folder, "config.json", data).parent)
    json.loads(config.to_json_string())


def _generation(data: bytes, folder: Path) -> None:
    from transformers import GenerationConfig

    settings = GenerationConfig.from_pretrained(put(folder, "generation_config.json", data).parent)
    json.loads(settings.to_json_string())


def _gguf(data: bytes, folder: Path) -> None:
    from transformers.loading.gguf_models import GGUFCheckpoint
    from transformers.tokenization.gguf import load_gguf_tokenizer

    path = put(folder, "x.gguf", data)
    read_all(GGUFCheckpoint(path))
    load_gguf_tokenizer(path, {})("ab a")


def _sentencepiece(data: bytes, folder: Path) -> None:
    from transformers.tokenization.sentencepiece_processor import SentencePieceProcessor

    processor = SentencePieceProcessor(str(put(folder, "x.model", data)))
    processor.decode(processor.encode("a b ab\u2581a"))


def _charsmap(data: bytes, folder: Path) -> None:
    from transformers.tokenization.charsmap import Charsmap, check_charsmap

    if data:
        check_charsmap(data)
    rules = Charsmap(data)
    text = "abc aé中".encode()
    for place in range(len(text)):
        rules.longest(text, place)


def _tekken(data: bytes, folder: Path) -> None:
    from transformers.tokenization.tekken import read_tekken, tekken_engine

    path = put(folder, "tekken.json", data)
    tekken_engine(read_tekken(path), path).encode("the a")


def _tiktoken(data: bytes, folder: Path) -> None:
    from transformers.tokenization.tiktoken import tiktoken_engine

    tiktoken_engine(put(folder, "x.tiktoken", data)).encode("abc a")


def _vocabulary(data: bytes, folder: Path) -> None:
    from transformers import BertTokenizer, PhobertTokenizer
    from transformers.tokenization.byte_bpe import byte_bpe

    kind, (first, _, second) = data[:1], data[1:].partition(b"\0")
    one, two = put(folder, "vocab", first), put(folder, "merges", second)
    if kind == b"\1":
        files = {"vocab_file": str(one), "merges_file": str(two)}
        byte_bpe(files, add_prefix_space=False, owner="it").encode("ab a")
    elif kind == b"\2":
        PhobertTokenizer(str(one), str(two)).tokenize("ab a")
    else:
        BertTokenizer(str(one))("good ab")


def _engine(data: bytes, folder: Path) -> None:
    from transformers.tokenization.engine_file import open_engine, panics_are_errors

    engine = open_engine(put(folder, "tokenizer.json", data))
    with panics_are_errors("the text"):
        try:
            engine.encode("ab a b")
        except Exception as error:  # the library raises bare Exception
            raise ValueError(str(error)) from error


def _tokenizer_config(data: bytes, folder: Path) -> None:
    from transformers import AutoTokenizer

    put(folder, "vocab.txt", seeds.vocabularies()[0][1:])
    put(folder, "config.json", b'{"model_type": "bert"}')
    tokenizer = AutoTokenizer.from_pretrained(put(folder, "tokenizer_config.json", data).parent)
    tokenizer("good ab")


def _template(data: bytes, folder: Path) -> None:
    from jinja2 import TemplateError

    from transformers.tokenization.chat import render

    chat = [{"role": "user", "content": " hello "}]
    try:
        render(data.decode(), {"messages": chat, "add_generation_prompt": True, "tools": None})
    except TemplateError as error:
        raise ValueError(str(error)) from error


TARGETS: dict[str, Target] = {
    "charsmap": Target(_charsmap, seeds.charsmaps),
    "config": Target(_config, seeds.configs, (*ALLOWED, KeyError, TypeError)),
    "engine": Target(_engine, seeds.engines),
    "generation": Target(_generation, seeds.generation, (*ALLOWED, TypeError)),
    "gguf": Target(_gguf, seeds.ggufs),
    "h5": Target(_h5, foreign.h5s),
    "index": Target(_index, seeds.indexes),
    "msgpack": Target(_msgpack, foreign.msgpacks),
    "pickle": Target(_pickle, seeds.pickles),
    "pickle_archive": Target(_archive, seeds.archives),
    "pickle_stream": Target(_archive, seeds.streams),
    "safetensors": Target(_safetensors, seeds.safetensors),
    "sentencepiece": Target(_sentencepiece, seeds.sentencepieces),
    "tekken": Target(_tekken, seeds.tekkens),
    "template": Target(_template, seeds.templates),
    "tiktoken": Target(_tiktoken, seeds.tiktokens),
    "tokenizer_config": Target(_tokenizer_config, seeds.tokenizer_configs, (*ALLOWED, TypeError)),
    "training_file": Target(_training, seeds.pickles),
    "vocabulary": Target(_vocabulary, seeds.vocabularies),
}


def try_input(target: Target, data: bytes, folder: Path | None = None) -> bool:
    """Whether a parser takes an input; False: it refused it with an error that it declares."""
    if folder is None:
        with tempfile.TemporaryDirectory() as made:
            return try_input(target, data, Path(made))
    try:
        target.run(data[:LARGEST], folder)
    except target.allowed:
        return False
    return True


__all__ = ["ALLOWED", "TARGETS", "Target", "try_input"]
