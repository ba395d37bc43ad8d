"""SentencePiece tokenizers: rows, frames, engines and call forms equal what the published release gave."""

from __future__ import annotations

import copy
import importlib
import json
import pickle
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tokenizers import AddedToken

from transformers.models.auto.tokenization_auto import AutoTokenizer

from . import byte_cases, call_cases, case_runner, spm_cases, strings
from .test_golden import OURS

Golden = Callable[[str], dict[str, Any]]
EVERY = {**spm_cases.KINDS, **spm_cases.SLOW}
ROOMS = {
    "XLMRobertaTokenizer": "xlm_roberta",
    "XLNetTokenizer": "xlnet",
    "MBartTokenizer": "mbart",
    "MBart50Tokenizer": "mbart50",
    "DebertaV2Tokenizer": "deberta_v2",
    "CodeLlamaTokenizer": "code_llama",
    "M2M100Tokenizer": "m2m_100",
    "GPTSw3Tokenizer": "gpt_sw3",
}


def class_of(kind: str) -> Any:
    name = EVERY[kind][0]
    room = ROOMS.get(name, name.removesuffix("Tokenizer").lower())
    return getattr(importlib.import_module(f"transformers.models.{room}.tokenization_{room}"), name)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Makes the tokenizer of a kind over the made models."""
    root = tmp_path_factory.mktemp("spm")

    def make(kind: str, **more: Any) -> Any:
        files = spm_cases.write_files(root / kind, kind)
        return class_of(kind)(**files, **EVERY[kind][3], **more)

    return make


# Where the release differs from what it reads back from its own file: it matches a token by flags that it
# has since replaced, so the white space before a mask is given as it is in the text, not as normalised.
RAW_MASK = {"The  \t<mask>, really", "\n<mask>\n"}
# Lower-casing reaches a token that is normalised, and decoding then shows it so: ours is not.
OTHER_FLAGS = {"deberta_split": [[3, "[UNK]", 0, 1, 0, 1]]}


def _raw(kind: str, text: str) -> bool:
    return kind.startswith("xlnet") and text in RAW_MASK


@pytest.fixture(scope="session")
def rows(golden: Golden) -> dict[str, Any]:
    """Goldens of all kinds."""
    found = [golden("spm_rows"), golden("spm_slow_rows")]
    assert all(part["provenance"]["texts"] == spm_cases.digest(strings) for part in found)
    return {**found[0], **found[1]}


@pytest.mark.parametrize("kind", list(EVERY))
def test_ids_offsets_and_texts_are_the_published_ones(made: Any, rows: dict[str, Any], kind: str) -> None:
    tokenizer, want = made(kind), rows[kind]
    texts = spm_cases.texts(strings, EVERY[kind][5])
    assert len(texts) > (2400 if EVERY[kind][5] else 100)
    got = tokenizer(texts, return_offsets_mapping=tokenizer.is_fast)
    for number, text in enumerate(texts):
        assert got["input_ids"][number] == want["ids"][number], repr(text)
        if tokenizer.is_fast and not _raw(kind, text):
            assert byte_cases.moves(got["offset_mapping"][number]) == want["moves"][number], repr(text)
    for name, count in (("decoded", len(texts)), ("whole", len(spm_cases.MARKED))):
        decoded = tokenizer.batch_decode(want["ids"][:count], skip_special_tokens=name == "decoded")
        for text, out, expected in zip(texts, decoded, want[name], strict=False):
            assert out == (text if expected is None else expected), repr(text)


@pytest.mark.parametrize("kind", list(EVERY))
def test_pairs_tokens_and_facts_are_the_published_ones(made: Any, rows: dict[str, Any], kind: str) -> None:
    tokenizer, want = made(kind), rows[kind]
    asked = {"return_token_type_ids": tokenizer.is_fast, "return_special_tokens_mask": True}
    assert [tokenizer(*pair, **asked).data for pair in spm_cases.PAIRS] == want["pairs"]
    for text, expected in zip(spm_cases.MARKED, want["tokens"], strict=True):
        assert tokenizer.tokenize(text) == expected or _raw(kind, text), repr(text)
    facts = want["facts"]
    assert (tokenizer.vocab_size, len(tokenizer)) == (facts["vocab_size"], facts["length"])
    # The release lists Code Llama's four tokens twice.
    assert tokenizer.all_special_tokens == list(dict.fromkeys(facts["special"]))
    assert tokenizer.all_special_ids == list(dict.fromkeys(facts["special_ids"]))
    assert len(tokenizer.get_vocab()) == facts["vocab"]
    assert [tokenizer.padding_side, tokenizer.pad_token_type_id] == facts["pad"]
    assert tokenizer.model_input_names == facts["names"]
    if not tokenizer.is_fast:
        assert [tokenizer.get_special_tokens_mask([5, 6], pair) for pair in (None, [7])] == facts["masks"]


@pytest.mark.parametrize("kind", list(spm_cases.KINDS))
def test_engine_is_the_published_one(made: Any, rows: dict[str, Any], kind: str) -> None:
    got = json.loads(json.dumps(spm_cases.parts(made(kind).backend_json())))
    want = rows[kind]["parts"]
    added = [row for row in got.pop("added_tokens") if row not in want["added_tokens"]]
    missing = [row for row in want["added_tokens"] if row[:2] not in [row[:2] for row in added]]
    assert got == {name: part for name, part in want.items() if name != "added_tokens"}
    assert [[*row[:3], 1, *row[4:]] for row in added] == OTHER_FLAGS.get(kind, [])
    assert len(missing) + len(added) == len(want["added_tokens"])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", list(spm_cases.SERVICES))
def test_calls_of_one_model_give_published_results(made: Any, golden: Golden, kind: str) -> None:
    for steps, expected in zip(spm_cases.SERVICES[kind], golden("spm_services")[kind], strict=True):
        got = json.loads(json.dumps(case_runner.run_case(made(kind), steps, AddedToken)))
        assert got == expected, steps


# Calls whose published result we do not repeat, and how often they come: the release gives fewer token types
# than tokens, fails on words where an engine knows none, and marks what follows an answer (its offset is
# trimmed).
OTHERWISE = {
    "llama": {"create_token_type_ids_from_sequences": 1, "then": 2},
    "xlnet": {"apply_chat_template": 2},
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["llama", "xlnet"])
def test_call_forms_give_published_results(made: Any, golden: Golden, kind: str) -> None:
    want = golden("spm_calls")
    assert want["provenance"]["texts"] == call_cases.digest() + spm_cases.digest(strings)
    different: Counter[str] = Counter()
    template = made(kind)
    for steps, expected in zip(call_cases.call_cases(), want[kind], strict=True):
        fresh = copy.deepcopy(template)
        got = json.loads(json.dumps(case_runner.run_case(fresh, steps, AddedToken)))
        if isinstance(expected, dict) and "error" in expected:
            expected = {"error": OURS.get(expected["error"], expected["error"])}
        if got != expected:
            assert steps[-1][0] in OTHERWISE[kind], (steps, got, expected)
            different[steps[-1][0]] += 1
    assert different == OTHERWISE[kind]


@pytest.mark.parametrize("kind", list(EVERY))
def test_published_files_are_written_and_read_back(
    made: Any, golden: Golden, tmp_path: Path, kind: str
) -> None:
    tokenizer = made(kind)
    written = tokenizer.save_pretrained(tmp_path / "one")
    assert sorted(Path(path).name for path in written) == golden("spm_saved")[kind]
    texts = [*spm_cases.MARKED, "the house of naïve 中文 👩‍🚀"]
    again = class_of(kind).from_pretrained(tmp_path / "one")
    assert again(texts).data == tokenizer(texts).data
    assert again.special_tokens_map == tokenizer.special_tokens_map
    assert len(again) == len(tokenizer)
    again.save_pretrained(tmp_path / "two")
    for path in (tmp_path / "one").iterdir():
        if path.name == "tokenizer.json":
            continue  # the Rust library reads some scores back with another last bit
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


@pytest.mark.parametrize("kind", list(spm_cases.KINDS))
def test_each_file_alone_is_enough(made: Any, tmp_path: Path, kind: str) -> None:
    tokenizer, texts = made(kind), [*spm_cases.MARKED, "the house of naïve 中文 👩‍🚀"]
    want, options = tokenizer(texts).data, EVERY[kind][3]
    tokenizer.save_pretrained(tmp_path / "json", legacy_format=False)
    assert not any(path.suffix == ".model" for path in (tmp_path / "json").iterdir())
    alone = class_of(kind).from_pretrained(tmp_path / "json")
    assert alone(texts).data == want
    tokenizer.save_pretrained(tmp_path / "model", legacy_format=True)
    assert not (tmp_path / "model" / "tokenizer.json").exists()
    assert class_of(kind).from_pretrained(tmp_path / "model", use_fast=False, **options)(texts).data == want
    assert not alone.can_save_slow_tokenizer
    with pytest.raises(ValueError, match="loaded without its SentencePiece model"):
        alone.save_vocabulary(str(tmp_path))
    with pytest.raises(AttributeError, match="sp_model"):
        _ = alone.sp_model


@pytest.mark.parametrize("kind", ["xlm_roberta", "code_llama", "mbart", "m2m_100", "marian_two", "gpt_sw3"])
def test_tokenizer_pickles_and_copies(made: Any, kind: str) -> None:
    tokenizer = made(kind)
    first = pickle.dumps(tokenizer)
    texts = ["the house", "a  <mask>"]
    want = tokenizer(texts).data
    for twin in (pickle.loads(first), copy.deepcopy(tokenizer)):
        assert twin(texts).data == want
        assert twin.decode(want["input_ids"][0]) == tokenizer.decode(want["input_ids"][0])
    assert pickle.dumps(pickle.loads(first)) == pickle.dumps(pickle.loads(first))


def test_fast_and_plain_names_are_one_class() -> None:
    for kind in spm_cases.KINDS:
        ours = class_of(kind)
        module = importlib.import_module(f"{ours.__module__}_fast")
        assert getattr(module, f"{ours.__name__}Fast") is ours
    assert importlib.import_module("transformers.models.mt5.tokenization_mt5").MT5TokenizerFast is class_of(
        "t5"
    )


@pytest.mark.parametrize("kind", list(EVERY))
def test_auto_class_finds_the_tokenizer(made: Any, tmp_path: Path, kind: str) -> None:
    tokenizer = made(kind)
    tokenizer.save_pretrained(tmp_path)
    for use_fast in (True, False):
        found = AutoTokenizer.from_pretrained(tmp_path, use_fast=use_fast)
        assert type(found) is class_of(kind)
        assert found("the house").data == tokenizer("the house").data


def test_default_prefix_is_kept_where_a_file_is_converted(made: Any) -> None:
    for kind in ("t5", "t5_new", "llama", "llama_new"):
        plain, asked = made(kind), made(kind, add_prefix_space=True)
        for text in spm_cases.MARKED:
            assert plain(text).data == asked(text).data, repr(text)


@pytest.mark.parametrize("kind", ["t5", "t5_new", "llama", "llama_new"])
def test_prefix_wins_over_tokenizer_json(made: Any, tmp_path: Path, kind: str) -> None:
    made(kind).save_pretrained(tmp_path, legacy_format=False)
    asked = class_of(kind).from_pretrained(tmp_path, add_prefix_space=False)
    want = made(kind, add_prefix_space=False)
    for text in spm_cases.MARKED:
        assert asked(text).data == want(text).data, repr(text)
        assert asked.decode(want(text).input_ids) == want.decode(want(text).input_ids)
    assert asked("the")["input_ids"] != made(kind)("the")["input_ids"]


def test_sentinels_are_listed(made: Any) -> None:
    tokenizer = made("t5_new")
    size = len(tokenizer) - 7
    assert sorted(tokenizer.get_sentinel_tokens()) == [f"<extra_id_{i}>" for i in range(7)]
    assert sorted(tokenizer.get_sentinel_token_ids()) == list(range(size, size + 7))
    assert tokenizer.convert_tokens_to_ids("<extra_id_0>") == size + 6


def test_older_batches_of_texts_and_targets(made: Any) -> None:
    tokenizer = made("mbart")
    batch = tokenizer.prepare_seq2seq_batch(["the house"], "de_DE", ["of", "men a"], "fr_XX")
    assert tokenizer.src_lang == "de_DE"
    assert batch["input_ids"][0][-1] == tokenizer.convert_tokens_to_ids("de_DE")
    assert {row[-1] for row in batch["labels"]} <= {tokenizer.convert_tokens_to_ids("fr_XX"), 1}
    plain = made("t5").prepare_seq2seq_batch(["the house of men"], ["a b"], max_length=3)
    assert (len(plain["input_ids"][0]), plain["labels"][0][-1]) == (3, 1)


@pytest.mark.parametrize("kind", ["xlm_roberta", "t5_new", "gemma", "nllb_legacy", "mbart", "xlnet"])
def test_new_vocabulary_keeps_frame_and_spaces(made: Any, kind: str) -> None:
    tokenizer = made(kind)
    new = tokenizer.train_new_from_iterator([["the house of the people"] * 9, strings.WORDS], 300)
    assert new.decode(new("the house").input_ids, skip_special_tokens=True) == "the house"
    special = set(tokenizer.all_special_tokens)
    old, fresh = (
        [token for token in made.convert_ids_to_tokens(made("the house").input_ids) if token in special]
        for made in (tokenizer, new)
    )
    assert old == fresh
    assert new.special_tokens_map == tokenizer.special_tokens_map


def test_sentencepiece_names_are_served(made: Any) -> None:
    spm = made("llama").sp_model
    assert (len(spm), spm.bos_id(), spm.eos_id(), spm.unk_id(), spm.pad_id()) == (2200, 1, 2, 0, -1)
    assert spm.encode("the house", out_type=str) == spm.EncodeAsPieces("the house") == ["▁the", "▁house"]
    ids = spm.encode("the house", add_bos=True, add_eos=True)
    assert (ids[0], ids[1:-1], ids[-1]) == (1, spm.EncodeAsIds("the house"), 2)
    assert spm.encode(["the", "house"]) == [spm.encode("the"), spm.encode("house")]
    assert spm.decode(ids) == spm.decode(spm.IdToPiece(ids)) == "the house"
    assert spm.decode([ids, ids]) == ["the house"] * 2
    assert spm.PieceToId(["▁the", "<none>"]) == [spm.piece_to_id("▁the"), 0]
    assert spm.is_control(1) and spm.is_unknown(0) and spm.is_byte(3) and not spm.is_unused(300)
    assert spm.get_score(1) == 0.0 > spm.GetScore(2000)
    with pytest.raises(IndexError, match="2200"):
        spm.id_to_piece(2200)
