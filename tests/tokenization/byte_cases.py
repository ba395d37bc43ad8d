"""Texts, vocabulary and kinds of the byte-level BPE goldens; imports neither library."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from types import ModuleType
from typing import Any

MADE = Path(__file__).parent / "golden" / "byte_vocabulary.json.gz"
FEW = 180
# Kind: (class, options, whether every text is recorded or the first `FEW` and those with special tokens).
KINDS: dict[str, tuple[str, dict[str, Any], bool]] = {
    "roberta": ("RobertaTokenizer", {}, True),
    "roberta_prefix": ("RobertaTokenizer", {"add_prefix_space": True}, False),
    "roberta_whole": ("RobertaTokenizer", {"trim_offsets": False}, False),
    "deberta": ("DebertaTokenizer", {}, False),
    "deberta_prefix": ("DebertaTokenizer", {"add_prefix_space": True}, False),
    "gpt2": ("GPT2Tokenizer", {}, False),
    "gpt2_prefix": ("GPT2Tokenizer", {"add_prefix_space": True}, False),
    "gpt2_bos": ("GPT2Tokenizer", {"add_bos_token": True}, False),
}
FIRST = ["<s>", "<pad>", "</s>", "<unk>", "<|endoftext|>"]
LAST = ["<mask>", "[CLS]", "[PAD]", "[SEP]", "[UNK]", "[MASK]"]
MARKED = [
    "<mask>", " <mask>", "  <mask>  ", "a <mask> b", "a<mask>b", "The  \t<mask>, really", "<mask><mask>",
    "<mask> <mask>", "<s>", "x <s> y", "</s>x</s> ", "<pad><pad> end", "<|endoftext|>", "a<|endoftext|> b",
    "< mask >", "<MASK>", "<unk> known", " <|endoftext|>\n<|endoftext|>", "naïve <mask>é", "\n<mask>\n",
    "a  [MASK] b[MASK]", "[CLS] é [SEP][PAD]", "[UNK] [mask]",
]  # fmt: skip


def texts(strings: ModuleType, every: bool) -> list[str]:
    """The texts of a kind: those of `strings`, and some with special tokens of this family."""
    common = strings.golden_strings()
    return MARKED + (common if every else common[:FEW])


def digest(strings: ModuleType) -> str:
    """Fingerprint of texts, kinds and vocabulary: goldens belong to exactly these."""
    made = gzip.decompress(MADE.read_bytes()).decode()
    return hashlib.sha256(json.dumps([texts(strings, True), KINDS, made]).encode()).hexdigest()[:16]


def write_files(folder: Path) -> tuple[str, str]:
    """Write the made vocabulary as vocab.json and merges.txt; their paths."""
    made = json.loads(gzip.decompress(MADE.read_bytes()))
    vocab, merges = folder / "vocab.json", folder / "merges.txt"
    vocab.write_text(
        json.dumps({token: i for i, token in enumerate(made["tokens"])}, ensure_ascii=False), encoding="utf-8"
    )
    merges.write_text("\n".join(["#version: 0.2", *made["merges"]]) + "\n", encoding="utf-8")
    return str(vocab), str(merges)


def moves(row: list[Any]) -> list[int]:
    """Offsets as gaps from the end of the token before, and widths."""
    end, flat = 0, []
    for start, stop in row:
        flat += [start - end, stop - start]
        end = stop
    return flat
