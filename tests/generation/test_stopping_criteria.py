"""Criteria in the four frameworks, and stop strings against the text itself."""

from __future__ import annotations

import copy
import importlib
import pickle
import random
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.tokenization import byte_cases
from transformers import (
    BertTokenizer,
    ByT5Tokenizer,
    EosTokenCriteria,
    GPT2Tokenizer,
    MaxLengthCriteria,
    MaxTimeCriteria,
    StoppingCriteria,
    StoppingCriteriaList,
    StopStringCriteria,
)
from transformers.generation.flags import flags_like
from transformers.generation.stopping_criteria import (
    ConfidenceCriteria,
    MaxNewTokensCriteria,
    validate_stopping_criteria,
)
from transformers.generation.token_bytes import token_bytes
from transformers.utils.tensors import framework_of

ARRAYS = {
    "pt": ("torch", "tensor"),
    "jax": ("jax.numpy", "array"),
    "tf": ("tensorflow", "constant"),
    "np": ("numpy", "array"),
}
PRINTABLE = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}


@pytest.fixture(params=ARRAYS)
def array(request: pytest.FixtureRequest) -> Callable[[Any], Any]:
    module, name = ARRAYS[request.param]
    return getattr(pytest.importorskip(module), name)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Any:
    vocab, merges = byte_cases.write_files(tmp_path_factory.mktemp("bytes"))
    return GPT2Tokenizer(vocab_file=vocab, merges_file=merges)


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Any:
    words = "[PAD] [UNK] [CLS] [SEP] [MASK] a the end ##ing st ##op ##ping ."
    path = tmp_path_factory.mktemp("words") / "vocab.txt"
    path.write_text("\n".join(words.split()), encoding="utf-8")
    return BertTokenizer(vocab_file=str(path))


def values(flags: Any) -> list[bool]:
    assert "bool" in str(flags.dtype)
    return list(np.asarray(flags).tolist())


def test_answers_are_of_the_inputs_framework(array: Callable[[Any], Any]) -> None:
    ids, scores = array([[1, 2, 3], [4, 5, 6]]), array([[0.5], [0.5]])
    cases: list[tuple[Any, list[bool]]] = [
        (MaxLengthCriteria(3), [True, True]),
        (MaxLengthCriteria(4), [False, False]),
        (MaxNewTokensCriteria(1, 2), [True, True]),
        (MaxNewTokensCriteria(1, 3), [False, False]),
        (MaxTimeCriteria(1000.0), [False, False]),
        (MaxTimeCriteria(1.0, initial_timestamp=time.time() - 2), [True, True]),
        (EosTokenCriteria(3), [True, False]),
        (EosTokenCriteria([7, 6, 3]), [True, True]),
        (EosTokenCriteria(np.array([6])), [False, True]),
        (StoppingCriteriaList(), [False, False]),
        (StoppingCriteriaList([MaxLengthCriteria(9), EosTokenCriteria(6)]), [False, True]),
        (StoppingCriteriaList([lambda ids, scores: True]), [True, True]),
    ]
    for criterion, expected in cases:
        answer = criterion(ids, scores)
        assert framework_of(answer) == framework_of(ids)
        assert values(answer) == expected, criterion


def test_list_passes_keywords_on() -> None:
    class Own(StoppingCriteria):
        def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
            return flags_like(input_ids, kwargs["stop"])

    ids = np.array([[1], [2]])
    assert values(StoppingCriteriaList([Own()])(ids, None, stop=[False, True])) == [False, True]


def test_base_and_wrong_arguments_raise() -> None:
    with pytest.raises(NotImplementedError, match="must define __call__"):
        StoppingCriteria()(np.array([[1]]), None)
    with pytest.raises(ValueError, match="at least one eos_token_id"):
        EosTokenCriteria([])
    with pytest.raises(TypeError, match=r"input_ids must be an array .* got a Rows"):
        flags_like(type("Rows", (), {"shape": (1, 2)})(), True)


def test_confidence_looks_at_the_last_token(array: Callable[[Any], Any]) -> None:
    steps = (array([[9.0, 0.0, 0.0]]), array([[0.0, 2.0, 0.0]]))
    # softmax of the last step: e^2 / (e^2 + 2) = 0.787
    assert ConfidenceCriteria(0.78)(array([[0, 1]]), steps) is False
    assert ConfidenceCriteria(0.79)(array([[0, 1]]), steps) is True
    assert ConfidenceCriteria(0.4)(array([[1, 0]]), steps) is True


def test_length_of_a_list() -> None:
    assert StoppingCriteriaList([EosTokenCriteria(1), MaxLengthCriteria(9)]).max_length == 9
    assert StoppingCriteriaList([MaxNewTokensCriteria(2, 3)]).max_length == 5
    assert StoppingCriteriaList().max_length is None
    added = validate_stopping_criteria(StoppingCriteriaList(), 11)
    assert added.max_length == 11
    kept = StoppingCriteriaList([MaxLengthCriteria(10)])
    assert validate_stopping_criteria(kept, 10).max_length == 10
    with pytest.warns(UserWarning, match="max_length is 11, but the stopping criteria stop at 10"):
        assert validate_stopping_criteria(kept, 11).max_length == 10


def test_length_beyond_positions_is_told(caplog: pytest.LogCaptureFixture) -> None:
    logging = importlib.import_module("transformers.utils.logging")
    logging._seen.cache_clear()
    logging.add_handler(caplog.handler)
    criterion = MaxLengthCriteria(9, max_position_embeddings=2)
    assert values(criterion(np.array([[1]]), None)) == [False]
    assert not caplog.records
    criterion(np.array([[1, 2]]), None)
    criterion(np.array([[1, 2, 3]]), None)
    logging.remove_handler(caplog.handler)
    assert len(caplog.records) == 1
    assert "passed the 2 positions" in caplog.text


@pytest.mark.parametrize(
    ("strings", "error"), [([], ValueError), ("", ValueError), (["a", ""], ValueError), ([1], TypeError)]
)
def test_stop_strings_must_be_texts(strings: Any, error: type[Exception], gpt2: Any) -> None:
    with pytest.raises(error, match="stop_strings must be"):
        StopStringCriteria(gpt2, strings)


def bytes_of(token: str) -> bytes:
    """A token of GPT-2 as bytes, by the rule of its paper's code: unprintable bytes start at U+0100."""
    others = [byte for byte in range(256) if byte not in PRINTABLE]
    return bytes(ord(c) if ord(c) in PRINTABLE else others[ord(c) - 256] for c in token)


def test_stop_string_is_found_wherever_tokens_are_cut(gpt2: Any, array: Callable[[Any], Any]) -> None:
    draw, kind = random.Random(5), framework_of(array([1]))
    tokens = {index: token for token, index in gpt2.get_vocab().items() if not token.startswith("<|")}
    ids = sorted(tokens)
    strings = ["stop", " the ", "\n\n", "日本", "é", "aba", "</s>", "User:"]
    found = 0
    for _ in range(400 if kind == "np" else 5):
        wanted = draw.sample(strings, draw.choice((1, 2, 3)))
        rows = []
        for _ in range(6):
            text = (
                draw.choice(("", "x", " ")) + draw.choice(wanted) + draw.choice(("", "", "s", " ", "\n", ">"))
            )
            row = [draw.choice(ids) for _ in range(3)] + gpt2(text)["input_ids"]
            rows.append(row[: len(row) - draw.choice((0, 0, 0, 1))])
        width = max(map(len, rows))
        rows = [[draw.choice(ids) for _ in range(width - len(row))] + row for row in rows]
        expected = []
        for row in rows:
            before, last = b"".join(bytes_of(tokens[i]) for i in row[:-1]), bytes_of(tokens[row[-1]])
            ends = [
                end
                for end in range(len(before) + 1, len(before + last) + 1)
                for string in wanted
                if (before + last)[:end].endswith(string.encode())
            ]
            expected.append(bool(ends))
        assert values(StopStringCriteria(gpt2, wanted)(array(rows), None)) == expected, (wanted, rows)
        found += sum(expected)
    assert found > 3


def test_stop_string_reads_pieces_of_words(bert: Any) -> None:
    def stops(strings: Any, *tokens: str) -> bool:
        ids = np.array([bert.convert_tokens_to_ids(list(tokens))])
        return values(StopStringCriteria(bert, strings)(ids, None))[0]

    assert stops("stop", "the", "st", "##op")
    assert stops("stop", "st", "##op", "##ping") is False
    assert stops("opp", "st", "##op", "##ping")
    assert stops("the end", "a", "the", "end")
    assert stops("theend", "a", "the", "end") is False
    assert stops("[SEP]", "a", "[SEP]")
    assert stops(["x", "."], "end", ".")


def test_stop_string_needs_text_and_survives_copies(gpt2: Any) -> None:
    criterion = StopStringCriteria(gpt2, "stop")
    assert values(criterion(np.zeros((2, 0), dtype="int64"), None)) == [False, False]
    assert values(criterion(np.array([[len(gpt2) + 500]]), None)) == [False]  # logits without a token
    ids = np.array([gpt2("x stop")["input_ids"]])
    twins = [copy.deepcopy(criterion), pickle.loads(pickle.dumps(criterion))]
    assert copy.deepcopy(criterion)._table is token_bytes(gpt2)
    assert [values(twin(ids, None)) for twin in twins] == [[True], [True]]


class Letters:
    """A tokenizer like SentencePiece with bytes, like BPE with an end-of-word mark, or like fastBPE."""

    all_special_tokens = ("</s>",)

    def __init__(self, tokens: list[str], style: str) -> None:
        self.tokens, self.style = tokens, style

    def get_added_vocab(self) -> dict[str, int]:
        return {"<tool>": 0, "\u2581\u2581": 1}

    def convert_ids_to_tokens(self, index: int) -> str:
        return self.tokens[index]

    def convert_tokens_to_string(self, tokens: list[str]) -> str:
        text = "".join(tokens)
        if self.style == "fastbpe":
            return " ".join(tokens).replace("@@ ", "")
        if self.style == "suffix":
            return text.replace("</w>", " ").strip()
        return "\ufffd" if text.startswith("a<0x") else text.replace("\u2581", " ").replace("</s>", "")


@pytest.mark.parametrize(
    ("style", "tokens", "pieces"),
    [
        (
            "metaspace",
            ["<tool>", "\u2581\u2581", "</s>", "\u2581dog", "<0xE2>", "é", ""],
            [b"<tool>", b"  ", b"</s>", b" dog", b"\xe2", "é".encode(), b""],
        ),
        ("suffix", ["dog</w>", "do"], [b"dog ", b"do"]),
        ("fastbpe", ["do@@", "dog"], [b"do", b"dog "]),
    ],
)
def test_token_bytes_of_other_families(style: str, tokens: list[str], pieces: list[bytes]) -> None:
    tokenizer = Letters(tokens, style)
    table = token_bytes(tokenizer)
    assert [table[index] for index in range(len(tokens) + 1)] == [*pieces, b""]
    assert token_bytes(tokenizer) is table


def test_token_bytes_of_bytes() -> None:
    tokenizer = ByT5Tokenizer()
    ids = tokenizer("né", add_special_tokens=False)["input_ids"]
    assert [token_bytes(tokenizer)[index] for index in ids] == [b"n", b"\xc3", b"\xa9"]
    stop = StopStringCriteria(tokenizer, "é")
    assert values(stop(np.array([ids]), None)) == [True]
    assert values(stop(np.array([ids[:-1]]), None)) == [False]
