"""What programs written for the published release ask of every tokenizer."""

from __future__ import annotations

import logging
import pickle
from pathlib import Path
from typing import Any

import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

import transformers
from transformers.models.auto.tokenization_auto import get_tokenizer_config
from transformers.models.bert.tokenization_bert import BertTokenizer
from transformers.tokenization import PreTrainedTokenizer, PreTrainedTokenizerFast
from transformers.tokenization_utils import Trie

from . import byte_cases, spm_cases, strings, text_cases

CHAT = "{% for m in messages %}{{ m['role'] }} {{ m['content'] }} {% endfor %}"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Makes the tokenizer of a SentencePiece kind."""

    def make(kind: str, **options: Any) -> Any:
        name, _, _, usual, _, _ = {**spm_cases.KINDS, **spm_cases.SLOW}[kind]
        files = spm_cases.write_files(tmp_path_factory.mktemp(kind), kind)
        return getattr(transformers, name)(**{**files, **usual, **options})

    return make


@pytest.fixture
def words(tmp_path: Path) -> Any:
    """A tokenizer as users write them."""
    files = text_cases.write_files(tmp_path, strings, byte_cases.write_files(tmp_path))["words"]
    return text_cases.classic(PreTrainedTokenizer)["Words"](**files)


@pytest.fixture
def byte_files(tmp_path: Path) -> tuple[str, str]:
    """A vocab.json and a merges.txt."""
    return byte_cases.write_files(tmp_path)


@pytest.mark.parametrize("name", ["bert", "words"])
def test_long_text_is_told_once_a_tokenizer(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    tokenizer = request.getfixturevalue(name)
    tokenizer.model_max_length = 3
    fresh = tokenizer.__getstate__()
    with caplog.at_level(logging.WARNING, "transformers"):
        for _ in range(3):
            tokenizer("the house of men", padding=False, truncation=False)
        assert [record.args for record in caplog.records] == [
            (len(tokenizer("the house of men").input_ids), 3)
        ]
        tokenizer("the house of men", truncation=True)
        tokenizer.deprecation_warnings = {}
        tokenizer(["the house of men"], verbose=False)
        assert len(caplog.records) == 1
        tokenizer(["the house of men"])
    assert len(caplog.records) == 2
    assert tokenizer.__getstate__() == fresh  # what was said is no part of a fingerprint
    assert name == "words" or pickle.loads(pickle.dumps(tokenizer)).deprecation_warnings == {}


@pytest.mark.parametrize("option", ["add_special_tokens", "get_vocab"])
def test_option_that_is_a_method_is_refused(vocab_file: str, option: str) -> None:
    with pytest.raises(AttributeError, match=f"{option} conflicts with the method"):
        BertTokenizer(vocab_file, **{option: True})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["bert", "words"])
def test_additional_special_tokens_can_be_unset(request: pytest.FixtureRequest, name: str) -> None:
    tokenizer = request.getfixturevalue(name)
    tokenizer.additional_special_tokens = None
    assert tokenizer.additional_special_tokens is None
    assert tokenizer.additional_special_tokens_ids == []
    assert "additional_special_tokens" not in tokenizer.special_tokens_map
    assert "the" in tokenizer.decode(tokenizer("the").input_ids)
    assert tokenizer.add_tokens(["<zq>"], special_tokens=True) == 1
    more = {"additional_special_tokens": ["<qz>"]}
    tokenizer.add_special_tokens(more, replace_additional_special_tokens=False)
    assert "<qz>" in tokenizer.additional_special_tokens


def test_tokens_with_flags_have_their_older_names(bert: Any) -> None:
    bert.eos_token = AddedToken("<end>", lstrip=True)
    assert (str(bert._eos_token), bert._eos_token.lstrip, bert.eos_token) == ("<end>", True, "<end>")
    assert (bert._bos_token, str(bert._cls_token)) == (None, "[CLS]")
    with pytest.raises(AttributeError, match="no attribute _end_token"):
        _ = bert._end_token


@pytest.mark.parametrize("error", [ValueError, AssertionError])
def test_one_token_is_no_list_of_additional_ones(bert: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="should be a list"):
        bert.add_special_tokens({"additional_special_tokens": "<zq>"})


def test_files_are_among_the_first_options(vocab_file: str, tmp_path: Path) -> None:
    tokenizer = BertTokenizer(vocab_file)
    assert tokenizer.init_kwargs["vocab_file"] == vocab_file
    assert tokenizer.init_kwargs["tokenizer_file"] is None
    tokenizer.save_pretrained(tmp_path)
    assert not {"vocab_file", "tokenizer_file", "tokenizer_object"} & set(
        (tmp_path / "tokenizer_config.json").read_text().split('"')
    )
    again = BertTokenizer.from_pretrained(tmp_path)
    assert again.init_kwargs["tokenizer_file"] == str(tmp_path / "tokenizer.json")
    assert again.train_new_from_iterator(["the house"], 60)("the").input_ids


def test_languages_mean_nothing_to_older_batches_of_one_language(bert: Any) -> None:
    plain = bert.prepare_seq2seq_batch(["the house"], ["men"], max_length=3)
    asked = bert.prepare_seq2seq_batch(["the house"], ["men"], max_length=3, src_lang="en", tgt_lang="de")
    assert plain.data == asked.data


@pytest.mark.parametrize(
    ("kind", "code"), [("mbart", "ro_RO"), ("mbart50", "ro_RO"), ("nllb", "fra_Latn"), ("m2m_100", "ro")]
)
def test_older_batches_know_a_target_language(made: Any, kind: str, code: str) -> None:
    tokenizer = made(kind, tgt_lang=None)
    labels = tokenizer.prepare_seq2seq_batch(["the house"], tgt_texts=["men"])["labels"]
    assert tokenizer.tgt_lang == code
    token = code if kind != "m2m_100" else "__ro__"
    assert tokenizer.convert_tokens_to_ids(token) in labels[0]
    kept = made(kind)
    before = kept.tgt_lang
    kept.prepare_seq2seq_batch(["the house"], tgt_texts=["men"])
    assert kept.tgt_lang == (before or code)


def _byte_engine(prefix: bool) -> Tokenizer:
    vocabulary = {char: i for i, char in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    engine = Tokenizer(models.BPE(vocabulary, []))
    engine.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix)
    engine.decoder = decoders.ByteLevel()
    return engine


@pytest.mark.parametrize("held", [True, False])
def test_prefix_space_is_known_to_every_rust_tokenizer(bert: Any, held: bool) -> None:
    assert bert.add_prefix_space is False
    plain = PreTrainedTokenizerFast(tokenizer_object=_byte_engine(held))
    assert plain.add_prefix_space is held
    assert plain.tokenize("ab") == ["Ġ"] * held + ["a", "b"]
    for wanted in (True, False):
        asked = PreTrainedTokenizerFast(tokenizer_object=_byte_engine(held), add_prefix_space=wanted)
        assert asked.add_prefix_space is wanted
        assert asked.tokenize("ab") == ["Ġ"] * wanted + ["a", "b"]


def test_prefix_space_holds_for_one_call(byte_files: tuple[str, str]) -> None:
    tokenizer = transformers.GPT2Tokenizer(*byte_files)
    plain = tokenizer.tokenize("the house")
    spaced = tokenizer.tokenize(" the house")
    assert plain != spaced == tokenizer.tokenize("the house", add_prefix_space=True)
    assert tokenizer("the house", add_prefix_space=True).input_ids == tokenizer(" the house").input_ids
    assert tokenizer.tokenize(" the house", add_prefix_space=True) == spaced
    assert tokenizer.tokenize("the house") == plain
    batch = tokenizer([["the", "house"]], is_split_into_words=True, add_prefix_space=True)
    assert batch.input_ids == [tokenizer(" the house").input_ids]
    with pytest.raises(ValueError, match="add_prefix_space=True"):
        tokenizer(["the", "house"], is_split_into_words=True)
    with pytest.raises(TypeError, match="add_prefix_spice"):
        tokenizer("the", add_prefix_spice=True)


def test_neox_frames_ids_as_it_frames_text(byte_files: tuple[str, str]) -> None:
    tokenizer = transformers.GPTNeoXTokenizerFast(*byte_files, add_bos_token=True, add_eos_token=True)
    ids = tokenizer("the", add_special_tokens=False).input_ids
    end = tokenizer.eos_token_id
    assert tokenizer.build_inputs_with_special_tokens(ids) == tokenizer("the").input_ids == [end, *ids, end]
    assert tokenizer.num_special_tokens_to_add(pair=True) == 4
    assert tokenizer.prepare_for_model(ids).input_ids == [end, *ids, end]
    tokenizer.add_eos_token = False
    assert tokenizer.num_special_tokens_to_add() == 1


@pytest.mark.parametrize("kind", ["xlnet", "deberta"])
def test_lower_case_wins_over_tokenizer_json(made: Any, tmp_path: Path, kind: str) -> None:
    cased = made(kind)
    cased.save_pretrained(tmp_path, legacy_format=False)
    lowered = type(cased).from_pretrained(tmp_path, do_lower_case=True)
    want = made(kind, do_lower_case=True)
    for text in ("The HOUSE of Men", "ZÜRICH Ab", "the house"):
        assert lowered(text).input_ids == want(text).input_ids
    assert cased("The HOUSE").input_ids != lowered("The HOUSE").input_ids
    lowered.save_pretrained(tmp_path / "again", legacy_format=False)
    again = type(cased).from_pretrained(tmp_path / "again")
    assert again("The HOUSE").input_ids == want("The HOUSE").input_ids


def test_renamed_special_tokens_keep_their_flags(byte_files: tuple[str, str]) -> None:
    tokenizer = transformers.RobertaTokenizer(*byte_files)
    new = tokenizer.train_new_from_iterator(
        ["the house"], 300, special_tokens_map={"<s>": "<a>", "<mask>": "<m>"}
    )
    old = tokenizer.special_tokens_map_extended["mask_token"]
    token = new.special_tokens_map_extended["mask_token"]
    assert isinstance(token, AddedToken)
    assert (token.content, token.lstrip, token.normalized) == ("<m>", old.lstrip, old.normalized)
    assert new.special_tokens_map["bos_token"] == new.cls_token == "<a>"


@pytest.mark.parametrize(("reader", "told"), [("ElectraTokenizer", True), ("PreTrainedTokenizerFast", False)])
def test_files_of_another_class_are_told(
    byte_files: tuple[str, str], bert: Any, tmp_path: Path, caplog: Any, reader: str, told: bool
) -> None:
    transformers.RobertaTokenizer(*byte_files).save_pretrained(tmp_path / "roberta", legacy_format=False)
    bert.save_pretrained(tmp_path / "bert")
    with caplog.at_level(logging.WARNING, "transformers"):
        getattr(transformers, reader).from_pretrained(tmp_path / "bert")
        BertTokenizer.from_pretrained(tmp_path / "bert")
        transformers.DistilBertTokenizer.from_pretrained(tmp_path / "bert")
        assert not caplog.records
        getattr(transformers, reader).from_pretrained(tmp_path / "roberta")
    assert [record.args for record in caplog.records] == [("RobertaTokenizer", reader)] * told


def test_spaces_without_characters_belong_to_the_answer(byte_files: tuple[str, str]) -> None:
    tokenizer = transformers.RobertaTokenizer(*byte_files)
    template = "{% for m in messages %}{% generation %}{{ m['content'] }}{% endgeneration %}{% endfor %}"
    chat = [{"role": "assistant", "content": "the   house"}]
    found = tokenizer.apply_chat_template(
        chat, chat_template=template, return_dict=True, return_assistant_tokens_mask=True
    )
    assert any(start == stop for start, stop in found.encodings[0].offsets)
    assert found["assistant_masks"] == [1] * len(found["input_ids"])


def test_message_is_encoded_behind_its_history(bert: Any) -> None:
    chat = [{"role": "the", "content": "house"}, {"role": "of", "content": "men"}]
    bert.chat_template = CHAT
    first, both = bert.apply_chat_template(chat[:1]), bert.apply_chat_template(chat)
    assert bert.encode_message_with_chat_template(chat[0]) == first
    assert first + bert.encode_message_with_chat_template(chat[1], chat[:1]) == both
    bert.chat_template = "{{ messages|length }} {{ messages[-1]['content'] }}"
    assert bert.encode_message_with_chat_template(chat[1], chat[:1]) == bert.apply_chat_template(chat)
    with pytest.raises(ValueError, match="encodes messages only"):
        bert.encode_message_with_chat_template(chat[0], add_generation_prompt=True)


def test_config_of_a_tokenizer_is_read_as_data(bert: Any, tmp_path: Path) -> None:
    bert.save_pretrained(tmp_path)
    settings = get_tokenizer_config(tmp_path, revision="main", trust_remote_code=True)
    assert settings["tokenizer_class"] == "BertTokenizer"
    (tmp_path / "inner").mkdir()
    assert get_tokenizer_config(tmp_path, subfolder="inner") == {}
    (tmp_path / "tokenizer_config.json").write_text("[1]")
    with pytest.raises(ValueError, match="must hold a JSON object"):
        get_tokenizer_config(tmp_path)


# -- steps and tables of the older classes


def test_steps_of_bert_can_be_taken_one_by_one(bert: Any) -> None:
    text = "The house, of Men"
    words = bert.basic_tokenizer.tokenize(text)
    assert words == ["the", "house", ",", "of", "men"]
    pieces = [piece for word in words for piece in bert.wordpiece_tokenizer.tokenize(word)]
    assert pieces == bert.tokenize(text)
    assert [bert.ids_to_tokens[index] for index in bert.encode(text, add_special_tokens=False)] == pieces
    assert list(bert.ids_to_tokens) == list(range(bert.vocab_size))


@pytest.mark.parametrize("name", ["GPT2Tokenizer", "RobertaTokenizer", "DebertaTokenizer", "Qwen2Tokenizer"])
def test_tables_of_bytes_are_shown(byte_files: tuple[str, str], name: str) -> None:
    tokenizer = getattr(transformers, name)(*byte_files)
    tokenizer.add_tokens(["<zq>"])
    tokens = tokenizer.tokenize("the é")
    assert [tokenizer.encoder[token] for token in tokens] == tokenizer.convert_tokens_to_ids(tokens)
    assert "<zq>" not in tokenizer.encoder
    assert bytes(tokenizer.byte_decoder[char] for char in "".join(tokens)).decode() == "the é"
    assert tokenizer.byte_encoder[ord(" ")] == "Ġ"
    assert len(tokenizer.byte_encoder) == len(tokenizer.byte_decoder) == 256
    assert tokenizer.errors == "replace"


# -- the tree of words


@pytest.mark.parametrize(
    ("given", "text", "pieces"),
    [
        (["ab", "abcd", "cde"], "abcde", ["abcd", "e"]),
        (["ab", "abcd", "cde"], "xabcex", ["x", "ab", "cex"]),
        (["b", "ab"], "aab b", ["a", "ab", " ", "b"]),
        (["end]", "[the end]"], "at [the end", ["at [the end"]),
        ([], "ab", ["ab"]),
    ],
)
def test_trie_takes_the_longest_word_at_each_place(given: list[str], text: str, pieces: list[str]) -> None:
    assert Trie(given).split(text) == pieces
    grown = Trie()
    grown.update(given)
    grown.add("")
    assert grown.split(text) == pieces
    assert grown.data == Trie(*given).data


def test_trie_shows_its_tree() -> None:
    trie = Trie("né", "n")
    assert trie.data == {"n": {"é": {"": 1}, "": 1}}
    assert trie.cut_text("abcd", [0, 2, 2, 1, 3]) == ["ab", "c", "d"]
