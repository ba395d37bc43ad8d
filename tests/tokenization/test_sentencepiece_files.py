"""SentencePiece files: results of that library, damaged and hostile files, time."""

from __future__ import annotations

import struct
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from transformers.models.llama.tokenization_llama import LlamaTokenizer
from transformers.models.t5.tokenization_t5 import T5Tokenizer
from transformers.models.xlm_roberta.tokenization_xlm_roberta import XLMRobertaTokenizer
from transformers.tokenization.charsmap import check_charsmap
from transformers.tokenization.sentencepiece_model import parse_sentencepiece, read_sentencepiece
from transformers.tokenization.sentencepiece_processor import SentencePieceProcessor

from . import spm_cases, strings
from .spm_cases import BASIC, bytes_field, model_bytes, number_field, piece_field, varint

Golden = Callable[[str], dict[str, Any]]
UNIGRAM, BPE = spm_cases.base("unigram"), spm_cases.base("bpe")
GOOD = model_bytes(UNIGRAM, BASIC)
PIECES = b"".join(piece_field(piece, 0.0, sort) for piece, sort in BASIC) + piece_field("a", -1.0, 1)


@pytest.mark.parametrize("kind", list(spm_cases.CODECS))
def test_processor_gives_what_the_library_gives(golden: Golden, kind: str) -> None:
    want = golden("spm_codecs")[kind]
    name, head, changes = spm_cases.CODECS[kind]
    processor = SentencePieceProcessor(model_proto=model_bytes(spm_cases.base(name), head, **changes))
    texts = spm_cases.texts(strings, every=False)
    assert len(texts) == len(want["ids"]) > 100
    for number, text in enumerate(texts):
        normal = want["normal"][number]
        assert processor.normalize(text) == (text if normal is None else normal), repr(text)
        assert processor.encode(text) == want["ids"][number], repr(text)
    for text, pieces, row, decoded in zip(texts, want["pieces"], want["ids"], want["decoded"], strict=False):
        assert processor.encode(text, out_type=str) == pieces, repr(text)
        assert processor.decode(row) == decoded, repr(text)
    for row, joined in zip(want["drawn"], want["joined"], strict=True):
        assert processor.decode(row) == joined, row


def test_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "x.model"
    path.write_bytes(GOOD)
    model = read_sentencepiece(path)
    assert model.pieces[:3] == ["<unk>", "<s>", "</s>"] and model.types[:4] == bytes([2, 3, 3, 1])
    assert (model.unk_id, model.bos_id, model.eos_id, model.pad_id) == (0, 1, 2, -1)
    assert (model.model_type, model.byte_fallback, model.unk_piece) == (1, False, "<unk>")
    assert (model.add_dummy_prefix, model.remove_extra_whitespaces) == (True, True)
    for (piece, score), (text, number) in zip(UNIGRAM["pieces"], model.scored(3), strict=True):
        assert (text, number) == (piece, struct.unpack("<f", struct.pack("<f", score))[0])
    assert model.charsmap.hex() == UNIGRAM["charsmap"]
    assert model.data == GOOD


def test_unknown_fields_are_passed_over() -> None:
    extra = number_field(99, 5) + bytes_field(4, b"anything") + varint(98 << 3 | 1) + bytes(8)
    inner = bytes_field(1, b"b") + varint(2 << 3 | 5) + struct.pack("<f", -2.0) + number_field(9, 1)
    model = parse_sentencepiece(extra + PIECES + extra + bytes_field(1, inner))
    assert model.pieces == ["<unk>", "<s>", "</s>", "a", "b"]
    assert model.scores[-2:] == [-1.0, -2.0]
    assert (model.unk_piece, model.unk_surface, model.pad_id) == ("<unk>", " \u2047 ", -1)


GIGABYTE = varint(1 << 30)
NEGATIVE = varint(-5)
TRAINER, RULES = bytes_field(2, b""), bytes_field(3, b"")
BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "no pieces"),
    "text": (b"this is a text and no model", "."),
    "zeros": (bytes(40), "field number 0"),
    "cut_key": (PIECES + b"\xff", "cut off"),
    "endless_number": (PIECES + b"\x18" + b"\xff" * 30, "too long"),
    "one_gigabyte": (PIECES + b"\x0a" + GIGABYTE + b"a", "claims 1073741824 bytes"),
    "negative_size": (PIECES + b"\x0a" + NEGATIVE + b"a", "claims 18446744073709551611 bytes"),
    "inner_gigabyte": (PIECES + bytes_field(1, b"\x0a" + GIGABYTE), "claims 1073741824 bytes"),
    "inner_negative": (PIECES + bytes_field(1, b"\x0a" + NEGATIVE), "claims"),
    "charsmap_gigabyte": (PIECES + bytes_field(3, b"\x12" + GIGABYTE), "claims"),
    "group": (PIECES + b"\x0b", "kind 3"),
    "kind_seven": (PIECES + b"\x0f", "kind 7"),
    "huge_field_number": (PIECES + varint(1 << 40) + b"\0", "does not exist"),
    "piece_as_number": (PIECES + number_field(1, 4), "a message is expected"),
    "piece_text_as_number": (PIECES + bytes_field(1, number_field(1, 4)), "field 1 is of the wrong kind"),
    "score_as_number": (
        PIECES + bytes_field(1, bytes_field(1, b"x") + number_field(2, 4)),
        "field 2 is of the wrong",
    ),
    "type_as_text": (
        PIECES + bytes_field(1, bytes_field(1, b"x") + bytes_field(3, b"x")),
        "field 3 is of",
    ),
    "cut_score": (PIECES + bytes_field(1, bytes_field(1, b"x") + b"\x15\0\0"), "claims 4 bytes"),
    "no_text": (PIECES + bytes_field(1, b""), "''"),
    "no_text_plain": (PIECES + piece_field("", 0.0, 1), "''"),
    "latin_text": (PIECES + bytes_field(1, bytes_field(1, b"\xe9")), "piece 4 is not UTF-8"),
    "endless_piece": (PIECES + bytes_field(1, bytes_field(1, b"x" * 3000)), "3000 bytes"),
    "nan": (PIECES + piece_field("x", float("nan"), 1), "nan"),
    "infinity": (PIECES + piece_field("x", float("-inf"), 4), "-inf"),
    "type_zero": (PIECES + piece_field("x", 0.0, 0), "type 0"),
    "type_ninety": (PIECES + piece_field("x", 0.0, 90), "type 90"),
    "type_huge": (PIECES + piece_field("x", 0.0, 1 << 60), "type"),
    "twice": (PIECES + PIECES, "'<unk>' comes twice"),
    "no_unknown": (piece_field("x", 0.0, 1), "unknown type, not 0"),
    "two_unknown": (PIECES + piece_field("?", 0.0, 2), "unknown type, not 2"),
    "trainer_as_number": (PIECES + number_field(2, 4), "a message is expected"),
    "kind_as_text": (PIECES + bytes_field(2, bytes_field(3, b"x")), "model_type is of the kind 2"),
    "kind_unknown": (PIECES + bytes_field(2, number_field(3, 9)), "model_type 9"),
    "id_outside": (PIECES + bytes_field(2, number_field(41, 4)), "bos_id is 4"),
    "id_negative": (PIECES + bytes_field(2, number_field(40, -7)), "unk_id is -7"),
    "name_latin": (PIECES + bytes_field(2, bytes_field(45, b"\xff")), "unk_piece is not UTF-8"),
    "charsmap_short": (PIECES + bytes_field(3, bytes_field(2, b"abc")), "precompiled_charsmap"),
    "charsmap_claim": (PIECES + bytes_field(3, bytes_field(2, b"\0\0\0\x40abcd")), "1073741824"),
}


@pytest.mark.parametrize("name", list(BAD))
def test_hostile_file_is_refused_at_once(tmp_path: Path, name: str) -> None:
    data, word = BAD[name]
    path = tmp_path / "bad.model"
    path.write_bytes(data)
    tracemalloc.start()
    start = time.perf_counter()
    with pytest.raises(ValueError, match=word) as caught:
        read_sentencepiece(path)
    taken, peak = time.perf_counter() - start, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert str(caught.value).startswith(f"{path} is no SentencePiece model")
    assert taken < 1 and peak < 4_000_000
    for tokenizer in (XLMRobertaTokenizer, T5Tokenizer, LlamaTokenizer):
        with pytest.raises(ValueError, match=r"bad\.model is no SentencePiece model"):
            tokenizer(str(path))


def test_every_cut_of_a_file_is_refused_or_whole() -> None:
    for made in (UNIGRAM, BPE):
        data = model_bytes({**made, "pieces": made["pieces"][:40]}, BASIC)
        whole = 0
        for end in range(0, len(data), 1 if made is BPE else 7):
            try:
                parse_sentencepiece(data[:end])
                whole += 1  # cut between two fields: fewer pieces, or no rules
            except ValueError:
                pass
        assert whole < 320


def test_every_changed_byte_is_refused_or_read() -> None:
    data = model_bytes({**UNIGRAM, "pieces": UNIGRAM["pieces"][:30]}, BASIC)
    start = time.perf_counter()
    for place in range(0, min(len(data), 2000)):
        for byte in (0, 0x7F, 0xFF):
            changed = data[:place] + bytes([byte]) + data[place + 1 :]
            try:
                processor = SentencePieceProcessor(model_proto=changed)
                processor.decode(processor.encode("the ﬁrst  house é"))
            except ValueError:
                pass
    assert time.perf_counter() - start < 60


def test_rules_that_lead_outside_are_refused() -> None:
    good = bytes.fromhex(UNIGRAM["charsmap"])
    check_charsmap(good)
    count = int.from_bytes(good[:4], "little")
    far = struct.pack("<I", 0x1FFFFF << 10)
    for place in range(4, 4 + count, 4 * 97):
        with pytest.raises(ValueError, match="outside of the array"):
            check_charsmap(good[:place] + far + good[place + 4 :])
        with pytest.raises(ValueError, match="outside of the replacements"):
            check_charsmap(good[:place] + b"\xff" * 4 + good[place + 4 :])
    with pytest.raises(ValueError, match="do not end"):
        check_charsmap(good + b"x")
    with pytest.raises(ValueError, match="not UTF-8"):
        check_charsmap(good + b"\xff\0")
    with pytest.raises(ValueError, match="claims an array of 0 bytes"):
        check_charsmap(bytes(8))


@pytest.mark.parametrize("sort", [3, 4])
def test_models_of_words_and_characters_are_refused(tmp_path: Path, sort: int) -> None:
    path = tmp_path / "w.model"
    path.write_bytes(PIECES + bytes_field(2, number_field(3, sort)))
    with pytest.raises(ValueError, match="unigram and bpe are"):
        XLMRobertaTokenizer(str(path))
    with pytest.raises(ValueError, match="unigram and bpe are"):
        SentencePieceProcessor(path)


def test_too_large_a_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers.tokenization import sentencepiece_model

    path = tmp_path / "x.model"
    path.write_bytes(GOOD)
    monkeypatch.setattr(sentencepiece_model, "LARGEST_FILE", 100)
    with pytest.raises(ValueError, match="at most 100 are read"):
        read_sentencepiece(path)


@pytest.fixture
def model(tmp_path: Path) -> str:
    """A good model's file."""
    path = tmp_path / "good.model"
    path.write_bytes(GOOD)
    return str(path)


def test_hostile_text_takes_linear_time(tmp_path: Path) -> None:
    for made, tokenizer in ((UNIGRAM, XLMRobertaTokenizer), (BPE, LlamaTokenizer)):
        path = tmp_path / "m.model"
        path.write_bytes(model_bytes(made, BASIC))
        engine, own = tokenizer(str(path)), SentencePieceProcessor(path)
        for unit in ("a", "ab", " ", "é", "\n", "👩"):
            start = time.perf_counter()
            assert engine(unit * (200_000 // len(unit.encode()))).input_ids
            own.encode(unit * (100_000 // len(unit.encode())))
            assert time.perf_counter() - start < 10, unit


def test_model_is_not_read_beside_tokenizer_json(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers.tokenization import sentencepiece_engine

    first = XLMRobertaTokenizer(model)
    first.save_pretrained(tmp_path / "both")

    def refuse(path: str) -> None:
        raise AssertionError(f"{path} was read")

    monkeypatch.setattr(sentencepiece_engine, "read_sentencepiece", refuse)
    again = XLMRobertaTokenizer.from_pretrained(tmp_path / "both")
    assert again("the house").data == first("the house").data
    again.save_pretrained(tmp_path / "copy")
    copied = tmp_path / "copy" / "sentencepiece.bpe.model"
    assert copied.read_bytes() == GOOD
    assert again.save_vocabulary(str(tmp_path / "both")) == (str(tmp_path / "both" / copied.name),)
