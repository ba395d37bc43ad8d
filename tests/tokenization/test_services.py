"""Chat templates, training, ids that come from elsewhere, and mistakes that are explained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors

from transformers.models.bert.tokenization_bert import BertTokenizer
from transformers.tokenization import PreTrainedTokenizerFast
from transformers.tokenization.post_processing import BARE, read_frame

CHAT = [{"role": "user", "content": "the house"}, {"role": "assistant", "content": "great"}]
PLAIN = "{% for m in messages %}{{ m['content'] }} {% endfor %}"


# -- ids from elsewhere


def test_ids_are_framed_as_text_is(bert: Any) -> None:
    first, second = (bert.encode(text, add_special_tokens=False) for text in ("the house", "great"))
    one, two = bert("the house"), bert("the house", "great")
    assert bert.prepare_for_model(first).data == one.data
    assert bert.prepare_for_model(first, second).data == two.data
    assert bert.encode(first, second) == two["input_ids"]
    assert bert.encode(["the", "house", "the"]) == bert("the house the")["input_ids"]
    assert bert.encode(["the", "house"]) == bert.encode(("the", "house")) == bert.encode("the", "house")
    assert (
        bert.get_special_tokens_mask(first, second)
        == bert("the house", "great", return_special_tokens_mask=True)["special_tokens_mask"]
    )


@pytest.mark.parametrize(
    ("post", "single", "pair"),
    [
        (processors.BertProcessing(("s", 9), ("c", 8)), [8, 1, 9], [8, 1, 9, 2, 9]),
        (processors.RobertaProcessing(("s", 9), ("c", 8)), [8, 1, 9], [8, 1, 9, 9, 2, 9]),
        (processors.ByteLevel(), [1], [1, 2]),
        (
            processors.Sequence([processors.ByteLevel(), processors.BertProcessing(("s", 9), ("c", 8))]),
            [8, 1, 9],
            None,
        ),
        (None, [1], [1, 2]),
    ],
)
def test_every_kind_of_frame_is_read(post: Any, single: list[int], pair: list[int] | None) -> None:
    engine = Tokenizer(models.WordLevel({"a": 1, "b": 2, "c": 8, "s": 9}, unk_token="a"))
    engine.post_processor = post
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=engine)
    assert tokenizer.build_inputs_with_special_tokens([1]) == single == tokenizer("a")["input_ids"]
    both = tokenizer("a", "b", return_special_tokens_mask=True)
    assert tokenizer.build_inputs_with_special_tokens([1], [2]) == both["input_ids"]
    assert pair is None or both["input_ids"] == pair
    assert tokenizer.create_token_type_ids_from_sequences([1], [2]) == both["token_type_ids"]
    assert tokenizer.num_special_tokens_to_add(pair=True) == engine.num_special_tokens_to_add(True)
    assert read_frame(None) is BARE


def test_mistakes_with_ids_are_explained(bert: Any) -> None:
    with pytest.raises(ValueError, match="two texts"):
        bert.prepare_for_model([5], [6], truncation=True, max_length=4, return_overflowing_tokens=True)
    with pytest.raises(ValueError, match="add_special_tokens=True"):
        bert.prepare_for_model([5], add_special_tokens=False, return_token_type_ids=True)
    with pytest.raises(ValueError, match="token_ids_1"):
        bert.get_special_tokens_mask([5], [6], already_has_special_tokens=True)
    with pytest.raises(ValueError, match="not valid"):
        bert.encode([5, "a"])
    with pytest.raises(TypeError, match="prepare_for_model"):
        bert.batch_encode_plus([[5, 6]])
    with pytest.raises(TypeError, match="list or tuple"):
        bert.batch_encode_plus("a")
    with pytest.raises(ValueError, match="-100"):
        bert.decode([5, -100])
    bert.truncation_side = "top"
    with pytest.raises(ValueError, match="truncation_side"):
        bert.truncate_sequences([5, 6], None, 1)


def test_mistakes_with_text_are_explained(bert: Any) -> None:
    with pytest.raises(ValueError, match="list of NoneType"):
        bert([None])
    with pytest.raises(TypeError, match="row 1 holds None"):
        bert(["a", None])
    with pytest.raises(TypeError, match="as long"):
        bert(["a"], "b")
    with pytest.raises(ValueError, match="2 rows"):
        bert(["a", "b"], ["c"])
    with pytest.raises(TypeError, match="Did you mean 'truncation'"):
        bert("a", truncatoin=True)
    with pytest.raises(ValueError, match="stride"):
        bert("the house in the world", truncation=True, max_length=5, stride=7)
    with pytest.raises(ValueError, match="longest_first"):
        bert("a", "the house in the world", truncation="only_first", max_length=4)
    with pytest.raises(ValueError, match="multiple"):
        bert("a", truncation=True, padding="max_length", max_length=9, pad_to_multiple_of=4)
    bert.pad_token = None
    with pytest.raises(ValueError, match="pad_token"):
        bert(["a"], padding=True)


def test_older_spellings_are_understood(bert: Any) -> None:
    new = bert("the house", padding="max_length", truncation=True, max_length=9)
    old = bert("the house", pad_to_max_length=True, truncation_strategy="longest_first", max_length=9)
    assert old.data == new.data


def test_targets_and_modes(vocab_file: str) -> None:
    seen: list[str] = []

    class Watched(BertTokenizer):
        def _switch_to_input_mode(self) -> None:
            seen.append("input")

        def _switch_to_target_mode(self) -> None:
            seen.append("target")

    tokenizer = Watched(vocab_file)
    assert tokenizer("a", text_target="b")["labels"] == tokenizer("b")["input_ids"]
    assert seen == ["input", "target", "input", "input"]
    seen.clear()
    with tokenizer.as_target_tokenizer():
        assert tokenizer("a")["input_ids"]
        assert seen == ["target"]
    assert seen == ["target", "input"]


def test_options_of_bert_change_the_engine(vocab_file: str) -> None:
    assert BertTokenizer(vocab_file, tokenize_chinese_chars=False).tokenize("中文") == ["[UNK]"]
    assert BertTokenizer(vocab_file, do_basic_tokenize=False).tokenize("The,house") == ["[UNK]"]
    kept = BertTokenizer(vocab_file, never_split=["don't"])
    assert kept.tokenize("don't x") == ["don't", "x"]
    with pytest.raises(ValueError, match="never_split"):
        BertTokenizer(vocab_file, never_split=["nowhere"])


# -- chat


def test_chat_mistakes_are_explained(bert: Any) -> None:
    with pytest.raises(ValueError, match="no chat template"):
        bert.apply_chat_template(CHAT)
    bert.chat_template = PLAIN
    for options, word in [
        ({"return_dict": True, "tokenize": False}, "tokenize=True"),
        ({"return_assistant_tokens_mask": True}, "return_dict=True"),
        ({"continue_final_message": True, "add_generation_prompt": True}, "last message"),
    ]:
        with pytest.raises(ValueError, match=word):
            bert.apply_chat_template(CHAT, **options)
    with pytest.raises(ValueError, match="as rendered"):
        bert.apply_chat_template(CHAT, continue_final_message=True, chat_template="{{ messages[0].content }}")
    with pytest.raises(TypeError, match="schema"):
        bert.apply_chat_template(CHAT, tools=[len])
    bert.chat_template = {"a": PLAIN, "b": PLAIN}
    with pytest.raises(ValueError, match=r"\['a', 'b'\]"):
        bert.apply_chat_template(CHAT)


@pytest.mark.parametrize(
    "template",
    ["{{ raise_exception('no') }}", "{{ messages.append(1) }}", "{{ ''.__class__.__mro__[1] }}", "{% for %}"],
)
def test_templates_run_in_a_sandbox(bert: Any, template: str) -> None:
    with pytest.raises(jinja2.TemplateError):
        bert.apply_chat_template(CHAT, chat_template=template)


def test_chat_gives_arrays_and_masks(bert: Any) -> None:
    template = "{% for m in messages %}{% generation %}{{ m['content'] }}{% endgeneration %} no {% endfor %}"
    batch = bert.apply_chat_template(
        [CHAT, CHAT],
        chat_template=template,
        return_dict=True,
        return_assistant_tokens_mask=True,
        return_tensors="np",
    )
    words = [bert.convert_ids_to_tokens(int(i)) for i in batch["input_ids"][0]]
    marked = [word for word, flag in zip(words, batch["assistant_masks"][0], strict=True) if flag]
    assert marked == ["the", "house", "great"]
    assert bert.apply_chat_template(CHAT, chat_template=PLAIN, return_tensors="np").shape[0] == 1
    assert "20" in bert.apply_chat_template(CHAT, chat_template="{{ strftime_now('%Y') }}", tokenize=False)


def test_several_templates_are_saved_and_read(bert: Any, tmp_path: Path) -> None:
    bert.chat_template = {"default": PLAIN, "other": "x"}
    bert.save_pretrained(tmp_path / "files")
    bert.save_pretrained(tmp_path / "inline", save_jinja_files=False)
    for name in ("files", "inline"):
        again = BertTokenizer.from_pretrained(tmp_path / name)
        assert again.chat_template == {"default": PLAIN, "other": "x"}
        assert again.get_chat_template("other") == "x"
    bert.chat_template = {"../other": "x"}
    with pytest.raises(ValueError, match="file name"):
        bert.save_pretrained(tmp_path / "files")


# -- training


def test_trained_tokenizer_keeps_the_kind(vocab_file: str) -> None:
    old = BertTokenizer(vocab_file, do_lower_case=False, model_max_length=12)
    texts = ["Hello hello world", "the world of hello"] * 8
    new = old.train_new_from_iterator(
        [texts], 60, new_special_tokens=["<new>"], special_tokens_map={"[MASK]": "<mask>"}
    )
    assert type(new) is BertTokenizer
    assert len(new) <= 60
    assert new("Hello")["input_ids"][0] == new.cls_token_id
    assert (new.mask_token, new.model_max_length, new.do_lower_case) == ("<mask>", 12, False)
    assert "[MASK]" not in new.get_vocab()
    assert new.additional_special_tokens == ["<new>"]
    assert new.decode(new.encode("hello world"), skip_special_tokens=True) == "hello world"
    assert old.vocab_size == BertTokenizer(vocab_file).vocab_size


@pytest.mark.parametrize("kind", ["BPE", "Unigram", "WordLevel"])
def test_other_kinds_train_too(kind: str) -> None:
    model = {
        "BPE": models.BPE(),
        "Unigram": models.Unigram([("<unk>", 0.0), ("a", -1.0)], unk_id=0),
        "WordLevel": models.WordLevel({"<unk>": 0}, unk_token="<unk>"),
    }[kind]
    engine = Tokenizer(model)
    if kind == "BPE":
        engine.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        engine.decoder = decoders.ByteLevel()
    else:
        engine.pre_tokenizer = pre_tokenizers.Whitespace()
    engine.add_special_tokens([AddedToken("<unk>", special=True)])
    old = PreTrainedTokenizerFast(tokenizer_object=engine, unk_token="<unk>")
    new = old.train_new_from_iterator(["some words of some text"] * 10, 300)
    assert new.unk_token_id is not None
    assert len(new("some words")["input_ids"]) < len("some words")
    if kind == "BPE":
        assert new.decode(new.encode("wörds 中")) == "wörds 中"


def test_training_needs_special_tokens_of_the_frame(vocab_file: str) -> None:
    old = BertTokenizer(vocab_file)
    engine = Tokenizer.from_str(old.backend_json())
    engine.post_processor = processors.BertProcessing(("the", 7), ("[CLS]", 2))
    odd = PreTrainedTokenizerFast(tokenizer_object=engine)
    with pytest.raises(ValueError, match="new_special_tokens"):
        odd.train_new_from_iterator(["zzz"], 20)
