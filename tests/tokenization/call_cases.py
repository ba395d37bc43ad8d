"""Calls of tokenizers as data: steps on a fresh tokenizer, run alike by the recorder and by the tests.

A step is [name, args, kwargs]: a method; `get` and `set` read and write an attribute; `call` calls the
tokenizer; `then` calls a method of the last result. The result of the last step is what is compared.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

SHORT = "hello world"
LONG = "the happiest house in the world came back again, without unhappiness: 3.14 times!"
PAIRS = [[SHORT, LONG], ["little", "great work of the people"], [LONG, "no"]]
CHAT = [
    {"role": "system", "content": "Be good."},
    {"role": "user", "content": "  how much is it? "},
    {"role": "assistant", "content": "It is new. "},
]
TEMPLATE = (
    "{%- for message in messages %}{{ '<' + message['role'] + '>' + message['content'] }}\n{%- endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}{{ mask_token }}{{ extra }}"
)
MARKED = (
    "{% for m in messages %}{% if m['role'] == 'assistant' %}"
    "{% generation %}{{ m['content'] }}{% endgeneration %}"
    "{% else %}{{ m['content'] }}{% endif %} {% endfor %}"
)
TOOLS = [{"type": "function", "function": {"name": "sum", "parameters": {"type": "object"}}}]
TOOL_TEMPLATE = (
    "{% if tools %}{{ tools | tojson }}{% endif %}{% for m in messages %}{{ m['content'] }}{% endfor %}"
)


def _call(*args: Any, **kwargs: Any) -> list[Any]:
    return ["call", list(args), kwargs]


def _step(name: str, *args: Any, **kwargs: Any) -> list[Any]:
    return [name, list(args), kwargs]


def _grids() -> list[list[list[Any]]]:
    """Truncation, overflow, padding and returned columns in combination."""
    cases: list[list[list[Any]]] = []
    both = {"return_overflowing_tokens": True, "return_offsets_mapping": True}
    for strategy in (True, "longest_first", "only_first", "only_second", False, "do_not_truncate"):
        for length in (5, 8, 13):
            for stride in (0, 2):
                options = {"truncation": strategy, "max_length": length, "stride": stride}
                cases.append([_call(LONG, **options, **both)])
                cases.append([_call(SHORT, LONG, **options, **both)])
                cases.append([_call([LONG, SHORT], **options)])
    for side in ("left", "right"):
        for length in (6, 9):
            sided = [_step("set", "truncation_side", side)]
            cases.append([*sided, _call(LONG, truncation=True, max_length=length, stride=1, **both)])
            cases.append(
                [*sided, _call(LONG, LONG, truncation="only_second", max_length=30, stride=1, **both)]
            )
            cases.append([*sided, _call(LONG, SHORT, truncation=True, max_length=length)])
    for padding in (True, "longest", "max_length", False, "do_not_pad"):
        for side in ("left", "right", None):
            for multiple in (None, 8):
                options = {"padding": padding, "padding_side": side, "pad_to_multiple_of": multiple}
                cases.append([_call([SHORT, LONG], **options, return_special_tokens_mask=True)])
                cases.append([_call(SHORT, max_length=16, **options)])
                cases.append([_call([SHORT, LONG], max_length=16, truncation=True, **options)])
    for flag in ("token_type_ids", "attention_mask"):
        for value in (True, False):
            cases.append([_call(SHORT, LONG, **{f"return_{flag}": value})])
    return cases


def _forms() -> list[list[list[Any]]]:
    words = ["don't", "stop", "happiest"]
    return [
        [_call(SHORT)], [_call("")], [_call([""])], [_call([SHORT, LONG, ""])], [_call(SHORT, LONG)],
        [_call([SHORT, LONG], [LONG, ""])], [_call(["a"], ["b", "c"])], [_call(["a"], "b")], [_call()],
        [_call(3)], [_call([None])], [_call({"a": 1})], [_call(["a", None])],
        [_call(SHORT, add_special_tokens=False, return_length=True)], [_call([SHORT], return_length=True)],
        [_call(text_target=SHORT)], [_call(SHORT, text_target=LONG)], [_call([SHORT], text_target=[LONG])],
        [_call(SHORT, text_target=LONG, text_pair_target=SHORT)],
        [_call(words, is_split_into_words=True)], [_call(words, ["a"], is_split_into_words=True)],
        [_call([words, ["a"]], is_split_into_words=True, return_offsets_mapping=True)],
        [_call([words, ["a"]], [["b", "c"], words], is_split_into_words=True)],
        [_call(words, is_split_into_words=True, truncation=True, max_length=5,
         return_overflowing_tokens=True)],
        [_call(words, is_split_into_words=True), _step("then", "word_ids")],
        [_step("batch_encode_plus", PAIRS)], [_step("batch_encode_plus", [SHORT, LONG], padding=True)],
        [_step("encode", SHORT)], [_step("encode", SHORT, LONG, add_special_tokens=False)],
        [_step("encode", SHORT, truncation=True, max_length=3)], [_step("encode_plus", SHORT, LONG)],
        [_step("tokenize", LONG)], [_step("tokenize", SHORT, pair="x", add_special_tokens=True)],
        [_call(SHORT, truncation="sideways")], [_call(SHORT, padding="round")], [_call(SHORT, unknown=3)],
        [_call(LONG, max_length=4)], [_call(LONG, max_length=4, truncation=False)],
        [_call([LONG], max_length=6, padding="max_length", truncation=True, pad_to_multiple_of=4)],
        [_call(LONG, truncation=True, max_length=5, stride=7, return_overflowing_tokens=True)],
        [_call(LONG, truncation=True), _step("then", "tokens")],
        [_step("set", "model_max_length", 7), _call(LONG, truncation=True)],
        [_step("set", "model_max_length", 7), _call(SHORT, padding="max_length")],
        [_step("set", "model_max_length", 9), _step("get", "max_len_sentences_pair")],
        [_step("set", "model_max_length", 9), _step("get", "max_len_single_sentence")],
        [_step("set", "padding_side", "left"), _call([SHORT, LONG], padding=True,
         return_offsets_mapping=True)],
        [_step("set", "model_input_names", ["input_ids"]), _call([SHORT, LONG], padding=True)],
        [_step("set", "pad_token", None), _call([SHORT, LONG], padding=True)],
        [_step("set", "split_special_tokens", True), _call("[CLS] a [MASK] b")],
        [_call("[CLS] a [MASK] b", split_special_tokens=True)], [_call("[CLS]a[MASK]b [PAD]")],
        [_step("prepare_for_model", [40, 41, 42], [43, 44])],
        [_step("prepare_for_model", [40, 41, 42], max_length=4, truncation=True,
         return_overflowing_tokens=True)],
        [_step("prepare_for_model", [40, 41, 42], max_length=8, padding="max_length")],
        [_step("prepare_for_model", [40, 41, 42], [43, 44], max_length=6, truncation=True)],
        [_step("prepare_for_model", [40] * 5, [43] * 7, max_length=9, truncation="only_second", stride=2,
               return_overflowing_tokens=True)],
        [_step("prepare_for_model", [40] * 3, [43], max_length=5, truncation=True,
         return_overflowing_tokens=True)],
        [_step("truncate_sequences", [1, 2, 3, 4, 5], [6, 7], 4)],
        [_step("truncate_sequences", [1, 2], [6, 7, 8, 9], 3)],
        [_step("truncate_sequences", [1, 2, 3], [6, 7, 8], 3)],
        [_step("truncate_sequences", [1, 2, 3, 4], None, 2, "longest_first", 1)],
        [_step("truncate_sequences", [1, 2, 3, 4], [9], 2, "only_first", 1)],
        [_step("truncate_sequences", [1, 2, 3, 4], [9], 1, "only_second", 1)],
        [_step("set", "truncation_side", "left"), _step("truncate_sequences", [1, 2, 3, 4], [5], 2,
         "only_first", 1)],
        [_step("num_special_tokens_to_add")], [_step("num_special_tokens_to_add", True)],
        [_step("build_inputs_with_special_tokens", [50], [51, 52])],
        [_step("build_inputs_with_special_tokens", [])],
        [_step("create_token_type_ids_from_sequences", [50], [51, 52])],
        [_step("get_special_tokens_mask", [2, 50, 3, 0], already_has_special_tokens=True)],
    ]  # fmt: skip


def _decoding() -> list[list[list[Any]]]:
    ids = [2, 60, 61, 1, 3, 70, 0, 0]
    clean = "we do n't know , it 's . I 'm ! you 've ? they 're ' so '"
    return [
        [_step("decode", ids)], [_step("decode", ids, skip_special_tokens=True)], [_step("decode", 60)],
        [_step("decode", [])], [_step("decode", [100000])], [_step("batch_decode", [ids, [60]])],
        [_step("batch_decode", [60, 61])], [_step("batch_decode", [])], [_step("decode", [-100])],
        [_step("batch_decode", [ids], skip_special_tokens=True, clean_up_tokenization_spaces=False)],
        [_step("clean_up_tokenization", clean)],
        [_step("convert_ids_to_tokens", 60)], [_step("convert_ids_to_tokens", ids, skip_special_tokens=True)],
        [_step("convert_ids_to_tokens", [100000])], [_step("convert_tokens_to_ids", "hello")],
        [_step("convert_tokens_to_ids", ["the", "nothing like this", "[MASK]"])],
        [_step("convert_tokens_to_string", ["un", "##happi", "##ness", ",", "[SEP]"])],
        [_step("convert_tokens_to_string", [])],
    ]  # fmt: skip


def _special() -> list[list[list[Any]]]:
    more = _step("add_special_tokens", {"bos_token": "<s>", "additional_special_tokens": ["<a>", "<b>"]})
    third = {"additional_special_tokens": ["<c>"]}
    names = [
        "bos_token",
        "bos_token_id",
        "pad_token_id",
        "all_special_tokens",
        "all_special_ids",
        "special_tokens_map",
    ]
    names += [
        "additional_special_tokens",
        "additional_special_tokens_ids",
        "vocab_size",
        "added_tokens_encoder",
    ]
    names += ["pad_token_type_id", "is_fast", "model_max_length", "model_input_names"]
    cases = [[_step("get", name)] for name in names] + [[more, _step("get", name)] for name in names]
    return [
        *cases,
        [more],
        [more, _step("get_added_vocab")],
        [more, _step("add_special_tokens", third), _step("get", "additional_special_tokens")],
        [
            more,
            _step("add_special_tokens", third, replace_additional_special_tokens=False),
            _step("get", names[3]),
        ],
        [more, _call("<a>x<b> the<s>")],
        [more, _step("decode", [2, 60, 1631, 61], skip_special_tokens=True)],
        [_step("add_tokens", ["newword", "hello", ""])],
        [_step("add_tokens", ["newword"]), _call("a newword, NEWWORDs", return_offsets_mapping=True)],
        [_step("add_tokens", "NewWord", special_tokens=True), _call("a newword, NewWords")],
        [_step("add_tokens", ["newword"]), _step("add_tokens", ["newword"])],
        [_step("add_tokens", []), _step("get", "vocab_size")],
        [_step("add_tokens", [{"__added__": ["ab", {"single_word": True}]}]), _call("ab abc ab, xab")],
        [
            _step("add_tokens", [{"__added__": ["ab", {"lstrip": True, "rstrip": True}]}]),
            _call("x ab y  ab  z"),
        ],
        [_step("add_tokens", [{"__added__": ["Ab", {"normalized": False}]}]), _call("ab Ab AB")],
        [_step("add_tokens", [5])],
        [_step("add_special_tokens", {"wrong_token": "x"})],
        [_step("add_special_tokens", {"bos_token": 3})],
        [_step("set", "bos_token", "hello"), _step("get", "bos_token_id")],
        [_step("set", "bos_token", "nothing like this"), _step("get", "bos_token_id")],
        [_step("set", "bos_token_id", 70), _step("get", "bos_token")],
        [_step("set", "bos_token", 5)],
        [_step("set", "additional_special_tokens", ["the"]), _step("get", "all_special_tokens")],
        [_step("get", "no_such_thing")],
    ]


def _mapping() -> list[list[list[Any]]]:
    call = _call([LONG, SHORT], ["don't", "happiest"])
    thens: list[tuple[Any, ...]] = [("tokens",), ("tokens", 1), ("word_ids", 1), ("sequence_ids",)]
    for name in ("word_to_tokens", "word_to_chars"):
        thens += [(name, 1), (name, 0, 2), (name, 1, 0, 1)]
    for name in ("token_to_chars", "token_to_word", "token_to_sequence"):
        thens += [(name, 3), (name, 1, 2), (name, 0)]
    for name in ("char_to_token", "char_to_word"):
        thens += [(name, 5), (name, 0, 3), (name, 1, 2, 1), (name, 0, 999)]
    return [[call, _step("then", *then)] for then in thens]


def _chat() -> list[list[list[Any]]]:
    template = _step("set", "chat_template", TEMPLATE)
    several = _step("set", "chat_template", {"default": TEMPLATE, "tool_use": TOOL_TEMPLATE})
    render = "apply_chat_template"
    batch = [CHAT, CHAT[:2]]
    marked = {"return_dict": True, "return_assistant_tokens_mask": True, "chat_template": MARKED}
    return [
        [template, _step(render, CHAT)],
        [template, _step(render, CHAT, tokenize=False)],
        [template, _step(render, CHAT[:2], tokenize=False, add_generation_prompt=True, extra="?")],
        [template, _step(render, CHAT, tokenize=False, continue_final_message=True)],
        [template, _step(render, batch, padding=True, return_dict=True)],
        [template, _step(render, batch, truncation=True, max_length=5)],
        [template, _step(render, CHAT, tokenize=False, chat_template=TOOL_TEMPLATE, tools=TOOLS)],
        [template, _step(render, CHAT, tokenize=False, return_dict=True)],
        [template, _step(render, CHAT, continue_final_message=True, add_generation_prompt=True)],
        [several, _step(render, CHAT, tokenize=False, tools=TOOLS)],
        [several, _step(render, CHAT, tokenize=False)],
        [several, _step(render, CHAT, tokenize=False, chat_template="tool_use")],
        [_step(render, CHAT)],
        [_step(render, CHAT, **marked)],
        [_step(render, batch, **marked)],
        [_step(render, CHAT, tokenize=False, chat_template="{{ ''.__class__.__mro__ }}")],
    ]


def _padding() -> list[list[list[Any]]]:
    rows = [{"input_ids": [40, 41], "labels": [1, 2]}, {"input_ids": [40], "labels": [1]}]
    masks = {
        "input_ids": [[40, 41], [40]],
        "token_type_ids": [[1, 1], [1]],
        "special_tokens_mask": [[0, 0], [0]],
    }
    return [
        [_step("pad", rows)],
        [_step("pad", masks, padding_side="left")],
        [_step("pad", masks, padding="max_length", max_length=5)],
        [_step("pad", masks, pad_to_multiple_of=8, return_attention_mask=False)],
        [_step("pad", {"input_ids": [40, 41]}, padding="max_length", max_length=4)],
        [_step("pad", {"input_ids": [40, 41]}, padding=False)],
        [_step("pad", [{"other": [1]}])],
        [_step("set", "padding_side", "left"), _step("pad", rows)],
    ]


def call_cases() -> list[list[list[Any]]]:
    """Every case."""
    return [*_grids(), *_forms(), *_decoding(), *_special(), *_mapping(), *_chat(), *_padding()]


def digest() -> str:
    """Fingerprint of the cases: goldens belong to exactly these."""
    return hashlib.sha256(json.dumps(call_cases()).encode()).hexdigest()[:16]
