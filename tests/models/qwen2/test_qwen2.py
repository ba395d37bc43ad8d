"""What is Qwen2's own: which layers have windows, and how text is cut into words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from transformers import Qwen2Config, Qwen2Tokenizer, Qwen2TokenizerFast
from transformers.tokenization.byte_bpe import bytes_to_unicode

FULL, NEAR = "full_attention", "sliding_attention"


@pytest.mark.parametrize(
    ("given", "kinds", "windows"),
    [
        ({}, [FULL] * 3, (None,) * 3),
        ({"use_sliding_window": True, "max_window_layers": 2}, [FULL, FULL, NEAR], (None, None, 4096)),
        ({"use_sliding_window": True, "sliding_window": 5, "max_window_layers": 0}, [NEAR] * 3, (5, 5, 5)),
        ({"layer_types": [NEAR, FULL, FULL]}, [NEAR, FULL, FULL], (None,) * 3),
        (
            {"use_sliding_window": True, "sliding_window": 7, "layer_types": [NEAR, FULL, NEAR]},
            [NEAR, FULL, NEAR],
            (7, None, 7),
        ),
    ],
)
def test_layers_have_the_windows_they_should(given: dict[str, Any], kinds: list[str], windows: Any) -> None:
    config = Qwen2Config(num_hidden_layers=3, **given)
    assert config.layer_types == kinds
    assert config.key_windows() == windows
    assert "windows" not in config.to_dict()


@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        ([FULL], "must name 2 layers.*got 1"),
        ([FULL, "linear"], "full_attention, sliding_attention; got 'linear'"),
    ],
)
def test_impossible_layer_types_are_refused(kinds: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Qwen2Config(num_hidden_layers=2, layer_types=kinds)


@pytest.fixture
def tokenizer(tmp_path: Path) -> Qwen2Tokenizer:
    letters = list(bytes_to_unicode().values())
    vocabulary = {
        token: index for index, token in enumerate([*letters, "he", "<|endoftext|>", "<|im_start|>"])
    }
    (tmp_path / "vocab.json").write_text(json.dumps(vocabulary))
    (tmp_path / "merges.txt").write_text("#version: 0.2\nh e\n")
    return Qwen2Tokenizer(str(tmp_path / "vocab.json"), str(tmp_path / "merges.txt"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("He'LL go", ["He", "'LL", " go"]),
        ("a1 23", ["a", "1", " ", "2", "3"]),
        ("(x) _y", ["(x", ")", " _", "y"]),
        ("a!!\n\nb", ["a", "!!\n\n", "b"]),
        ("a  b", ["a", " ", " b"]),
        (" \n\t", [" \n", "\t"]),
    ],
)
def test_text_is_cut_into_words(tokenizer: Qwen2Tokenizer, text: str, words: list[str]) -> None:
    cut = tokenizer.backend_tokenizer.pre_tokenizer.pre_tokenize_str(text)
    assert [text[start:end] for _, (start, end) in cut] == words


def test_text_is_composed_and_comes_back(tokenizer: Qwen2Tokenizer) -> None:
    assert tokenizer("e\u0301").input_ids == tokenizer("\u00e9").input_ids
    text = "He's 12 \u00e9\n"
    assert tokenizer.decode(tokenizer(text).input_ids) == text
    assert tokenizer.tokenize("the he") == ["t", "he", "\u0120", "he"]


def test_special_tokens_are_the_published_ones(tokenizer: Qwen2Tokenizer) -> None:
    assert tokenizer.special_tokens_map == {
        name: "<|endoftext|>" for name in ("eos_token", "unk_token", "pad_token")
    }
    assert tokenizer("a<|endoftext|>").input_ids[1] == tokenizer.eos_token_id
    assert Qwen2TokenizerFast is Qwen2Tokenizer
    assert tokenizer(["a", "b"], is_split_into_words=True).input_ids == tokenizer("ab").input_ids
    with pytest.raises(ValueError, match="needs vocab_file"):
        Qwen2Tokenizer()
