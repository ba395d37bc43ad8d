"""Tokenizers that users write in Python."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
from tokenizers import AddedToken

from transformers.tokenization import PreTrainedTokenizer


class Letters(PreTrainedTokenizer):
    """One token a letter, in the classic style of the field."""

    vocab_files_names = {"vocab_file": "letters.txt"}
    model_input_names = ["input_ids", "token_type_ids", "attention_mask"]

    def __init__(
        self, vocab_file: str, unk_token: str = "?", pad_token: str = "_", sep_token: str = "|", **kwargs: Any
    ):
        self.letters = {letter: i for i, letter in enumerate(Path(vocab_file).read_text().splitlines())}
        super().__init__(unk_token=unk_token, pad_token=pad_token, sep_token=sep_token, **kwargs)

    @property
    def vocab_size(self) -> int:
        return len(self.letters)

    def get_vocab(self) -> dict[str, int]:
        return {**self.letters, **self.added_tokens_encoder}

    def _tokenize(self, text: str) -> list[str]:
        return [letter for letter in text if letter != " "]

    def _convert_token_to_id(self, token: str) -> int:
        return self.letters.get(token, self.letters["?"])

    def _convert_id_to_token(self, index: int) -> str:
        return {i: letter for letter, i in self.letters.items()}.get(index, "?")

    def convert_tokens_to_string(self, tokens: list[str]) -> str:
        return "".join(tokens)

    def build_inputs_with_special_tokens(
        self, first: list[int], second: list[int] | None = None
    ) -> list[int]:
        end = [self.sep_token_id]
        return first + end + (second + end if second is not None else [])

    def save_vocabulary(self, save_directory: str, filename_prefix: str | None = None) -> tuple[str]:
        path = Path(save_directory, "letters.txt")
        path.write_text("\n".join(self.letters) + "\n")
        return (str(path),)


@pytest.fixture
def letters(tmp_path: Path) -> Letters:
    """`?`, `a` ... `e` are 0 to 5; `_` and `|` are added as 6 and 7."""
    path = tmp_path / "letters.txt"
    path.write_text("\n".join("?abcde") + "\n")
    return Letters(str(path))


def test_special_tokens_are_appended(letters: Letters) -> None:
    assert (letters.vocab_size, len(letters)) == (6, 8)
    assert (letters.pad_token_id, letters.sep_token_id) == (7, 6)
    assert letters.added_tokens_encoder == {"?": 0, "|": 6, "_": 7}
    assert not letters.is_fast


def test_calls_work_as_with_other_tokenizers(letters: Letters) -> None:
    assert letters("ab z").data == {
        "input_ids": [1, 2, 0, 6],
        "token_type_ids": [0] * 4,
        "attention_mask": [1] * 4,
    }
    batch = letters(
        ["a", "bcd"], ["e", ""], padding=True, return_special_tokens_mask=True, return_length=True
    )
    assert batch["input_ids"] == [[1, 6, 5, 6, 7], [2, 3, 4, 6, 6]]
    assert batch["token_type_ids"] == [[0, 0, 1, 1, 0], [0, 0, 0, 0, 1]]
    assert batch["attention_mask"] == [[1, 1, 1, 1, 0], [1, 1, 1, 1, 1]]
    assert batch["special_tokens_mask"] == [[0, 1, 0, 1, 1], [0, 0, 0, 1, 1]]
    assert batch["length"] == [5, 5]
    assert letters(["abc", "d"], truncation=True, max_length=3, padding="max_length")["input_ids"] == [
        [1, 2, 6],
        [4, 6, 7],
    ]
    assert letters("ab", return_tensors="np")["input_ids"].tolist() == [[1, 2, 6]]
    assert letters(["ab", "c"], is_split_into_words=True)["input_ids"] == [1, 2, 3, 6]
    assert letters.encode(["a", "b"]) == letters.encode([1, 2]) == [1, 2, 6]
    assert letters.num_special_tokens_to_add(pair=True) == 2


def test_overflow_comes_as_tokens(letters: Letters) -> None:
    row = letters("abcde", truncation=True, max_length=3, stride=1, return_overflowing_tokens=True)
    assert (row["input_ids"], row["overflowing_tokens"]) == ([1, 2, 6], [2, 3, 4, 5])
    assert row["num_truncated_tokens"] == 3


def test_added_tokens_stay_whole(letters: Letters) -> None:
    assert letters.add_tokens(["dad", AddedToken("be", single_word=True), "a"]) == 2
    assert letters.tokenize("dadb be bed") == ["dad", "b", "be", "b", "e", "d"]
    letters.add_tokens([AddedToken("<m>", lstrip=True)], special_tokens=True)
    assert letters.tokenize("a <m>b") == ["a", "<m>", "b"]
    assert letters.tokenize("<m>", split_special_tokens=True) == ["<", "m", ">"]
    with pytest.raises(TypeError, match="int"):
        letters.add_tokens([3])


def test_decoding_joins_and_skips(letters: Letters) -> None:
    assert letters.decode([1, 2, 6, 3, 7]) == "ab|c_"
    assert letters.decode([1, 2, 6, 3, 7], skip_special_tokens=True) == "abc"
    assert letters.decode([1, 6, 2], spaces_between_special_tokens=False) == "a|b"
    assert letters.batch_decode([[1], [2, 3]]) == ["a", "bc"]
    letters.add_tokens(["dad"])
    assert letters.decode([1, 8, 2]) == "a dad b"
    assert letters.decode([1, 8, 2], spaces_between_special_tokens=False) == "adadb"


def test_saving_and_pickling_keep_it(letters: Letters, tmp_path: Path) -> None:
    letters.add_tokens(["dad"])
    letters.save_pretrained(tmp_path / "saved")
    again = Letters.from_pretrained(tmp_path / "saved")
    for twin in (again, pickle.loads(pickle.dumps(letters))):
        assert twin("dad a")["input_ids"] == letters("dad a")["input_ids"] == [8, 1, 6]
        assert twin.special_tokens_map == letters.special_tokens_map


def test_masks_and_types_follow_the_frame(letters: Letters) -> None:
    assert letters.get_special_tokens_mask([1, 2], [3]) == [0, 0, 1, 0, 1]
    assert letters.get_special_tokens_mask([1, 6, 7], already_has_special_tokens=True) == [0, 1, 1]
    assert letters.create_token_type_ids_from_sequences([1, 2], [3]) == [0, 0, 0, 1, 1]


def test_what_python_cannot_do_is_said(letters: Letters, tmp_path: Path) -> None:
    with pytest.raises(NotImplementedError, match="offsets"):
        letters("a", return_offsets_mapping=True)
    with pytest.raises(ValueError, match="Rust tokenizer"):
        letters("a").word_ids()

    class Bare(PreTrainedTokenizer):
        def get_vocab(self) -> dict[str, int]:
            return {}

    for call in (lambda t: t.tokenize("a"), lambda t: t.convert_tokens_to_ids("a"), lambda t: t.decode([1])):
        with pytest.raises(NotImplementedError, match="Bare must define"):
            call(Bare())
    with pytest.raises(NotImplementedError, match="save_vocabulary"):
        Bare().save_vocabulary(str(tmp_path))
