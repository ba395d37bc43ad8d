"""Small public behaviours of tokenizers, as the published release has them."""

from __future__ import annotations

import importlib
import json
import sys
import time
import unicodedata
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import transformers
from transformers import AutoTokenizer, PreTrainedTokenizerFast
from transformers.tokenization.moses import remove_non_printing_char, replace_unicode_punct
from transformers.tokenization.normal_form import normal_form
from transformers.tokenization.published import get_pairs
from transformers.tokenization.sentencepiece_codec import Codec
from transformers.tokenization.sentencepiece_model import parse_sentencepiece

from . import byte_cases, spm_cases, strings, text_cases

MEGABYTE = 10**6


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The made files of every family."""
    place = tmp_path_factory.mktemp("made")
    text_cases.write_files(place, strings, byte_cases.write_files(place))
    (place / "vocab.txt").rename(place / "tweets.txt")
    (place / "vocab.txt").write_text(
        "\n".join(["<s>", "<pad>", "</s>", "<mask>", *strings.made_vocabulary()[:7]])
    )
    return place


@pytest.fixture
def herbert(folder: Path) -> Any:
    return transformers.HerbertTokenizer(str(folder / "herbert.json"), str(folder / "herbert.txt"))


def _saved_class(tokenizer: Any, place: Path, **options: Any) -> str:
    tokenizer.save_pretrained(place, **options)
    return str(json.loads((place / "tokenizer_config.json").read_text())["tokenizer_class"])


def test_saved_class_loses_fast_where_older_files_can_be_written(folder: Path, tmp_path: Path) -> None:
    files = (str(folder / "vocab.json"), str(folder / "merges.txt"))
    for name in ("Roberta", "Bart", "GPT2", "Deberta"):
        tokenizer = getattr(transformers, f"{name}TokenizerFast")(*files)
        assert _saved_class(tokenizer, tmp_path / name) == f"{name}Tokenizer"
        assert type(AutoTokenizer.from_pretrained(tmp_path / name)) is type(tokenizer)
    whole = spm_cases.write_files(tmp_path / "t5", "xlm_roberta")
    tokenizer = transformers.XLMRobertaTokenizer(**whole)
    assert _saved_class(tokenizer, tmp_path / "x") == "XLMRobertaTokenizer"
    assert _saved_class(tokenizer, tmp_path / "y", legacy_format=False) == "XLMRobertaTokenizer"
    bare = transformers.XLMRobertaTokenizer.from_pretrained(tmp_path / "y")
    assert _saved_class(bare, tmp_path / "z") == "XLMRobertaTokenizerFast"
    assert type(AutoTokenizer.from_pretrained(tmp_path / "z")) is transformers.XLMRobertaTokenizer
    plain = PreTrainedTokenizerFast.from_pretrained(tmp_path / "y")
    assert _saved_class(plain, tmp_path / "p") == "PreTrainedTokenizerFast"


def test_saved_class_of_ones_own_keeps_the_rule(folder: Path, tmp_path: Path) -> None:
    class MyThingFast(transformers.RobertaTokenizer):
        pass

    class OtherFast(PreTrainedTokenizerFast):
        pass

    own = MyThingFast(str(folder / "vocab.json"), str(folder / "merges.txt"))
    assert _saved_class(own, tmp_path / "a") == "MyThing"
    assert _saved_class(OtherFast.from_pretrained(tmp_path / "a"), tmp_path / "b") == "OtherFast"


def test_one_class_is_its_own_older_one(folder: Path) -> None:
    assert transformers.RobertaTokenizer.slow_tokenizer_class is transformers.RobertaTokenizer
    assert transformers.BartTokenizer is transformers.BartTokenizerFast
    assert transformers.BartTokenizer is not transformers.RobertaTokenizer
    assert PreTrainedTokenizerFast.slow_tokenizer_class is None


def test_flags_of_special_tokens_are_those_of_older_files(folder: Path) -> None:
    files = (str(folder / "vocab.json"), str(folder / "merges.txt"))
    for name, normalizes in (("Roberta", False), ("Bart", True)):
        tokenizer = getattr(transformers, f"{name}Tokenizer")(*files)
        token = tokenizer.special_tokens_map_extended["bos_token"]
        assert (token.content, token.normalized, token.lstrip) == ("<s>", True, False)
        assert tokenizer.added_tokens_decoder[0].normalized
        mask = tokenizer.special_tokens_map_extended["mask_token"]
        assert (mask.lstrip, mask.normalized) == (True, normalizes)
    mpnet = transformers.MPNetTokenizer(str(folder / "vocab.txt"))
    assert mpnet.tokenize("<S>") == ["<s>"]  # text is in lower case where the token is looked for


def test_special_token_that_is_added_to_a_python_tokenizer_gets_a_role(folder: Path) -> None:
    tokenizer = transformers.ByT5Tokenizer(extra_ids=2)
    assert tokenizer.add_tokens(["SPEC"], special_tokens=True) == 1
    assert tokenizer.additional_special_tokens == ["<extra_id_0>", "<extra_id_1>", "SPEC"]
    ids = tokenizer("the SPEC")["input_ids"]
    assert tokenizer.decode(ids, skip_special_tokens=True) == "the "
    tokenizer.add_tokens(["zq"])
    assert tokenizer.tokenize("zq<pad>", split_special_tokens=True) == list("zq<pad>")
    assert tokenizer.added_tokens_decoder[0].normalized


def test_tokens_without_an_id_are_named() -> None:
    tokenizer = transformers.ByT5Tokenizer()
    assert tokenizer.convert_tokens_to_ids(["the", "a"]) == [None, 100]
    assert tokenizer.encode(["t", "h"]) == [119, 107, 1]
    with pytest.raises(ValueError, match="'the' is no token of this ByT5Tokenizer"):
        tokenizer.encode(["the", "house"])


def test_roles_of_one_model_are_listed(folder: Path) -> None:
    tokenizer = transformers.ByT5Tokenizer(extra_special_tokens={"image_token": "<img>"})
    assert tokenizer.extra_special_tokens == {"image_token": "<img>"}
    assert transformers.ByT5Tokenizer().extra_special_tokens == {}


def test_types_of_a_pair_follow_the_separator(tmp_path: Path) -> None:
    files = spm_cases.write_files(tmp_path, "m2m_100")
    tokenizer = transformers.M2M100Tokenizer(**files)
    assert tokenizer.create_token_type_ids_from_sequences([5], [6, 7]) == [0, 0, 1, 1, 1]


# -- HerBERT's helpers


def test_moses_helpers_need_sacremoses(herbert: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sacremoses", None)
    for use in (
        lambda: herbert.sm,
        lambda: herbert.moses_tokenize("a", "pl"),
        lambda: herbert.moses_pipeline("a", "pl"),
    ):
        with pytest.raises(ImportError, match="pip install sacremoses"):
            use()


def test_moses_helpers_ask_the_package(herbert: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Normalizer:
        def __init__(self, lang: str) -> None:
            self.lang = lang

        def normalize(self, text: str) -> str:
            return f"{self.lang}:{text}"

    class Cutter(Normalizer):
        def tokenize(self, text: str, return_str: bool, escape: bool) -> list[str]:
            assert (return_str, escape) == (False, False)
            return [self.lang, *text.split()]

    package = ModuleType("sacremoses")
    package.MosesPunctNormalizer, package.MosesTokenizer = Normalizer, Cutter  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sacremoses", package)
    assert herbert.moses_punct_norm("a", "pl") == "pl:a"
    assert herbert.moses_tokenize("a b", "en") == ["en", "a", "b"]
    assert herbert.moses_pipeline("\uff11\u3002 x\u200b", "pl") == "pl:1. x"
    assert herbert.sm is package


def test_plain_signs_replace_typographic_ones() -> None:
    assert replace_unicode_punct(
        "\u300a\uff10\uff5e\uff19\u300b\uff0e  \u2026\u2019\u201c\u3010\uff05\u3011\u2501\uff0c\u3001"
    ) == ('"0~9". ...\'"[%]-,,')
    assert remove_non_printing_char("a\x00\u200b\n\ue000b") == "ab"
    assert get_pairs(("a", "b", "c")) == {("a", "b"), ("b", "c")}
    room = importlib.import_module("transformers.models.herbert.tokenization_herbert")
    assert room.get_pairs is get_pairs


def test_herbert_gives_its_parts(herbert: Any) -> None:
    assert herbert.bert_pre_tokenizer.tokenize("The house,of") == ["The", "house", ",", "of"]
    assert herbert.bpe("house").split() == herbert.tokenize("house")
    assert herbert.encoder["</s>"] == 2
    assert (herbert.do_lower_case, herbert.lang2id, herbert.id2lang) == (False, None, None)
    assert "ja" in herbert.lang_with_custom_tokenizer


# -- hostile texts


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_marks_in_any_order_are_normalised_in_linear_time(form: Any) -> None:
    text = "a" + "\u0301\u0323\u0344" * 400 + "\uac00\u11a8\ufb01" + "\u0323\u0301" * 9
    assert normal_form(form, text) == unicodedata.normalize(form, text)
    start = time.process_time()
    normal_form(form, "a" + "\u0301\u0323" * (MEGABYTE // 4))
    assert time.process_time() - start < 5


HOSTILE = {
    "one": "a" * MEGABYTE,
    "two": "ab" * (MEGABYTE // 2),
    "spaces": " " * MEGABYTE,
    "signs": "\u2581" * (MEGABYTE // 3),
    "marks": "\u0301\u0323" * (MEGABYTE // 4),
    "unknown": "\U0001f9ff" * (MEGABYTE // 4),
}


@pytest.mark.full
@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("base", ["unigram", "bpe"])
def test_megabyte_takes_the_python_engines_seconds(base: str, name: str) -> None:
    codec = Codec(parse_sentencepiece(spm_cases.model_bytes(spm_cases.base(base), spm_cases.BASIC)))
    codec.cut(codec.normalize("the house"))
    start = time.process_time()
    codec.cut(codec.normalize(HOSTILE[name]))
    assert time.process_time() - start < 20


def test_many_spaces_and_unknown_signs_are_no_square(tmp_path: Path) -> None:
    codec = Codec(parse_sentencepiece(spm_cases.model_bytes(spm_cases.base("unigram"), spm_cases.BASIC)))
    start = time.process_time()
    assert codec.normalize(" " * MEGABYTE) == ""
    assert codec.cut("\U0001f9ff" * 100_000) == ["\U0001f9ff" * 100_000]
    assert time.process_time() - start < 10


def test_bytes_that_are_no_text_are_shown_one_by_one() -> None:
    model = parse_sentencepiece(spm_cases.model_bytes(spm_cases.base("bpe"), spm_cases.BASIC))
    pieces = ["<0xF0>", "<0x9F>"] * 200 + [f"<0x{byte:02X}>" for byte in "é😀".encode()] + ["<0xE4>"]
    assert Codec(model).join(pieces) == "\ufffd" * 400 + "é😀\ufffd"
