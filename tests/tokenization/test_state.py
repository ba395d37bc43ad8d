"""Tokenizers as objects: pickling, copying, threads, processes, and state that must not leak from a call."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tokenizers import AddedToken

from transformers.tokenization import BatchEncoding

TEXTS = ["the happiest house", "no", "in the world of great people " * 4]


def _ids(tokenizer: Any, text: str) -> list[int]:
    return tokenizer(text)["input_ids"]


@pytest.mark.parametrize("again", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x)), copy.copy])
def test_copies_do_the_same(bert: Any, again: Any) -> None:
    bert.add_tokens([AddedToken("newword", lstrip=True)])
    bert.add_special_tokens({"bos_token": "<s>"})
    bert.padding_side = "left"
    twin = again(bert)
    assert twin(TEXTS, padding=True).data == bert(TEXTS, padding=True).data
    assert twin.bos_token_id == bert.bos_token_id
    assert twin.init_kwargs == bert.init_kwargs


def test_deep_copies_are_apart(bert: Any) -> None:
    twin = copy.deepcopy(bert)
    twin.add_tokens(["newword"])
    twin.pad_token = "the"
    assert len(twin) == len(bert) + 1
    assert bert.pad_token == "[PAD]"


@pytest.mark.filterwarnings("ignore")
def test_pickle_is_the_same_before_and_after_use(bert: Any) -> None:
    before = pickle.dumps(bert)
    bert(TEXTS, padding=True, truncation=True, max_length=7, return_tensors="np")
    bert(TEXTS[0], split_special_tokens=True, return_overflowing_tokens=True, max_length=4, truncation=True)
    bert(TEXTS, padding="max_length", max_length=32, padding_side="left", pad_to_multiple_of=8)
    bert.decode([5, 6])
    assert bert.vocab_size and bert.all_special_ids and len(bert)
    assert pickle.dumps(bert) == before


def test_call_options_do_not_stay(bert: Any) -> None:
    plain = bert(TEXTS).data
    bert(TEXTS, padding=True, truncation=True, max_length=5)
    bert("[MASK]", split_special_tokens=True)
    assert bert(TEXTS).data == plain
    assert bert("[MASK]", add_special_tokens=False)["input_ids"] == [bert.mask_token_id]


def test_engine_keeps_the_cutting_of_its_file(bert: Any, tmp_path: Any) -> None:
    bert.backend_tokenizer.enable_truncation(9)
    bert.backend_tokenizer.enable_padding(length=9)
    path = tmp_path / "tokenizer.json"
    bert.backend_tokenizer.save(str(path))
    loaded = type(bert).from_pretrained(path)
    assert len(_ids(loaded, TEXTS[2])) > 9
    loaded.save_pretrained(tmp_path / "again")
    assert (tmp_path / "again" / "tokenizer.json").read_text() == path.read_text()


def test_threads_with_different_options_do_not_mix(bert: Any) -> None:
    def work(number: int) -> bool:
        length = 4 + number % 5
        rows = bert(TEXTS, truncation=True, max_length=length, padding="max_length")["input_ids"]
        return all(len(row) == length for row in rows)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(200)))


def test_spawned_process_gives_the_same(bert: Any) -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        found = pool.apply_async(_ids, (bert, TEXTS[0])).get(
            timeout=120
        )  # a worker that cannot start says nothing
        assert found == _ids(bert, TEXTS[0])


def test_batch_encoding_pickles_with_its_maps(bert: Any) -> None:
    batch = bert(TEXTS, return_tensors="np", padding=True)
    twin = pickle.loads(pickle.dumps(batch))
    assert twin.tokens(2) == batch.tokens(2)
    assert twin.char_to_token(0, 5) == batch.char_to_token(0, 5)
    assert (twin["input_ids"] == batch["input_ids"]).all()
    assert copy.deepcopy(batch).word_ids(1) == batch.word_ids(1)


def test_batch_encoding_reads_as_mapping_and_attributes(bert: Any) -> None:
    batch = bert(TEXTS)
    assert dict(**batch) == batch.data
    assert batch.input_ids is batch["input_ids"]
    assert [len(record) for record in batch[:2]] == [len(row) for row in batch.input_ids[:2]]
    assert (batch.is_fast, batch.n_sequences, len(batch.encodings)) == (True, 1, 3)
    assert bert("a", "b").n_sequences == 2
    batch["extra"] = 1
    assert "extra" in batch
    assert BatchEncoding({"a": [[1], [2]]})[0:1] == {"a": [[1]]}
    with pytest.raises(AttributeError, match="nothing"):
        _ = batch.nothing
    with pytest.raises(KeyError, match="name of an input"):
        _ = BatchEncoding({"a": [1]})[0]
    with pytest.raises(ValueError, match="Rust tokenizer"):
        BatchEncoding({"a": [1]}).tokens()


def test_negative_token_numbers_count_from_the_end(bert: Any) -> None:
    batch = bert("the happiest", "house")
    last = len(batch.input_ids) - 2
    assert batch.token_to_chars(0, -2) == batch.token_to_chars(0, last) == (0, 5)
    assert (batch.token_to_word(0, -2), batch.token_to_sequence(0, -2)) == (0, 1)


def test_split_words_keep_their_numbers(bert: Any) -> None:
    batch = bert(["don't", "stop"], is_split_into_words=True)
    numbers = [n for n in batch.word_ids() if n is not None]
    assert numbers == sorted(numbers)
    assert set(numbers) == {0, 1}
