"""What fuzzing found, each in its smallest form: an error that the parser declares, not one from below it."""

from __future__ import annotations

import json
import struct
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jinja2 import TemplateError

from transformers import AutoConfig, AutoTokenizer, PreTrainedTokenizerFast
from transformers.loading.gguf_blocks import FORMATS, dequantized
from transformers.loading.pickle_reader import PickledFile
from transformers.loading.safetensors_reader import FormatError
from transformers.tokenization.byte_bpe import byte_bpe
from transformers.tokenization.chat import render
from transformers.tokenization.gguf import load_gguf_tokenizer
from transformers.tokenization.tiktoken import load_ranks

from .files import archive, tensor_pickle


def test_encrypted_archive_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.bin", tensor_pickle())
    data = bytearray(path.read_bytes())
    for mark, flags in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        data[data.index(mark) + flags] |= 1
    path.write_bytes(data)
    with pytest.raises(FormatError, match="encrypted"):
        PickledFile(path)


def test_archive_whose_member_ends_early_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.bin", tensor_pickle())
    with zipfile.ZipFile(path) as file:
        at = file.start_dir
    data = bytearray(path.read_bytes())
    for place in (20, 24):  # the sizes of the description, in the list at the end
        struct.pack_into("<I", data, at + place, 2**20)
    path.write_bytes(data)
    with pytest.raises(FormatError, match="cannot be read as weights"):
        PickledFile(path)


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{% macro say(x, x) %}{% endmacro %}", "cannot be compiled: SyntaxError"),
        ("{{ " + "(" * 2000 + "1" + ")" * 2000 + " }}", "cannot be compiled: RecursionError"),
        ("{{ '' > 1 }}", "fails: TypeError"),
        ("{{ 1 // 0 }}", "fails: ZeroDivisionError"),
        ("{{ 'a'.encode('no') }}", "fails: LookupError"),
    ],
    ids=["twice", "deep", "types", "zero", "codec"],
)
def test_templates_fail_as_templates(template: str, said: str) -> None:
    with pytest.raises(TemplateError, match=said):
        render(template, {})


@pytest.mark.parametrize("rows", [[{"name": "a"}], [{"template": "a"}], ["a"], [None]])
def test_templates_without_a_name_are_refused(rows: list[Any], tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_text("[UNK]\n[PAD]\n[CLS]\n[SEP]\n[MASK]\na")
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"chat_template": rows}))
    with pytest.raises(ValueError, match="needs 'name' and 'template'"):
        AutoTokenizer.from_pretrained(tmp_path)


@pytest.mark.parametrize("rank", ["4294967296", "8" * 40, "-1"])
def test_ranks_beyond_any_vocabulary_are_refused(rank: str, tmp_path: Path) -> None:
    (tmp_path / "x.tiktoken").write_text(f"YQ== 0\nYg== {rank}\n")
    with pytest.raises(ValueError, match="a rank must be from 0"):
        load_ranks(tmp_path / "x.tiktoken")


def test_panic_over_merges_is_an_error(tmp_path: Path) -> None:
    vocab, merges = tmp_path / "vocab.json", tmp_path / "merges.txt"
    vocab.write_text('{"a": 1, "b": 2, "ab": 3, "b</w>": 6}')
    merges.write_text("#version: 0.2\na b\na b</w>\n")
    files = {"vocab_file": str(vocab), "merges_file": str(merges)}
    with pytest.raises(ValueError, match="no vocabulary and merges"):
        byte_bpe(files, add_prefix_space=False, owner="it")


@pytest.mark.parametrize("kind", [True, 5])
def test_inner_model_type_of_another_kind_is_named(kind: Any, tmp_path: Path) -> None:
    inner = {"model_type": "bert", "hidden_size": 8, "num_attention_heads": 2}
    data = {"model_type": "encoder-decoder", "encoder": {"model_type": kind}, "decoder": inner}
    (tmp_path / "config.json").write_text(json.dumps(data))
    with pytest.raises((ValueError, TypeError), match=str(kind)):
        AutoConfig.from_pretrained(tmp_path)


def test_text_that_needs_a_missing_unknown_token_is_a_value_error(tmp_path: Path) -> None:
    model = {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "<unk>"}
    parts = dict.fromkeys(
        ("truncation", "padding", "normalizer", "pre_tokenizer", "post_processor", "decoder")
    )
    (tmp_path / "tokenizer.json").write_text(
        json.dumps({"version": "1.0", "added_tokens": [], **parts, "model": model})
    )
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(tmp_path / "tokenizer.json"))
    assert tokenizer("a")["input_ids"] == [0]
    with pytest.raises(ValueError, match="cannot be encoded"):
        tokenizer("b")


@pytest.mark.parametrize("score", [float("nan"), float("inf"), float("-inf")])
def test_scores_of_pieces_are_finite(score: float, tmp_path: Path) -> None:
    import gguf

    writer = gguf.GGUFWriter(tmp_path / "x.gguf", "llama")
    writer.add_tokenizer_model("llama")
    writer.add_array("tokenizer.ggml.tokens", ["<unk>", "a"])
    writer.add_array("tokenizer.ggml.scores", [0.0, score])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(ValueError, match="and finite"):
        load_gguf_tokenizer(tmp_path / "x.gguf", {})


def test_scales_that_are_no_number_warn_nobody() -> None:
    kind = FORMATS[8]
    data = np.zeros(kind.size, np.uint8)
    data[:2] = np.frombuffer(np.float16(np.inf).tobytes(), np.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(dequantized(data, kind)).all()
