"""The calls whose results are recorded: standard library only, as the recorder runs it too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Call = tuple[str, str, list[Any], dict[str, Any]]  # task, kind, positional arguments, keywords

SHORT, LONG = "anna is good", "the good is in the , anna ."
ASK = [{"role": "user", "content": SHORT}]
TALK = [{"role": "system", "content": "the"}, *ASK]
BEGUN = [*ASK, {"role": "assistant", "content": "the"}]
GREEDY: dict[str, Any] = {"do_sample": False, "max_new_tokens": 6}
BEAMS: dict[str, Any] = {**GREEDY, "num_beams": 3}
SEVERAL: dict[str, Any] = {**BEAMS, "num_return_sequences": 2}


def _continued() -> Iterator[tuple[list[Any], dict[str, Any]]]:
    results: list[dict[str, Any]] = [{}, {"return_full_text": False}, {"return_full_text": True}]
    results += [{"return_tensors": True}, {"return_text": True}]
    for strategy in (GREEDY, BEAMS, SEVERAL):
        for result in results:
            for given in (SHORT, [SHORT, LONG, "a"], ASK, [TALK, BEGUN]):
                yield [given], {**strategy, **result}
    for given in (SHORT, ""):
        yield [given], {**GREEDY, "prefix": "the good "}
        yield [given], {**GREEDY, "clean_up_tokenization_spaces": False}
    for go_on in (True, False):
        for given in (ASK, BEGUN, [ASK, TALK], SHORT):
            yield [given], {**GREEDY, "continue_final_message": go_on}
    for extra in (
        {"stop_sequence": "in"},
        {"stop_sequence": "goodin"},
        {"eos_token_id": 179},
        {"handle_long_generation": "hole"},
        {"truncation": True, "tokenizer_encode_kwargs": {"max_length": 2}},
        {"tokenizer_encode_kwargs": {"max_length": 2, "truncation": True}},
        {"add_special_tokens": True},
        {"skip_special_tokens": False},
        {"skip_special_tokens": True},
        {"min_new_tokens": 3},
        {"repetition_penalty": 1.7},
        {"no_repeat_ngram_size": 1},
        {"bad_words_ids": [[272], [179]]},
    ):
        yield [SHORT], {**GREEDY, **extra}
        yield [[SHORT, "anna , is . good"]], {**GREEDY, **extra}
    yield ["the " * 60], {**GREEDY, "handle_long_generation": "hole"}
    yield ["the<|endoftext|> good"], {**GREEDY, "skip_special_tokens": True}
    yield [ASK], {**GREEDY, "tokenizer_encode_kwargs": {"chat_template": "{{ messages[0].content }}"}}
    for wrong in (
        {"return_text": True, "return_tensors": True},
        {"return_text": True, "return_full_text": True},
        {"return_full_text": True, "return_tensors": True},
        {"handle_long_generation": "cut"},
        {"unknown": 1},
        {"num_return_sequences": 2},
        {"handle_long_generation": "hole", "max_new_tokens": 60},
    ):
        yield [SHORT if "handle_long_generation" not in wrong else "the " * 60], {**GREEDY, **wrong}
    yield [[{"role": "user"}]], GREEDY
    yield [3], GREEDY


def _made() -> Iterator[tuple[list[Any], dict[str, Any]]]:
    for strategy in ({"max_new_tokens": 6}, {**GREEDY, "num_beams": 1}, BEAMS, SEVERAL):
        for result in ({}, {"return_tensors": True}, {"return_text": True}):
            for given in (SHORT, [SHORT], [SHORT, LONG, "a"]):
                yield [given], {**strategy, **result}
    for extra in (
        {"truncation": True},
        {"clean_up_tokenization_spaces": True},
        {"min_length": 4},
        {"length_penalty": 0.4},
        {"early_stopping": True},
        {"no_repeat_ngram_size": 2},
    ):
        yield [LONG], {**GREEDY, **extra}
    yield ["the " * 60], {**GREEDY, "truncation": True}
    yield [""], GREEDY
    yield [3], GREEDY
    yield [SHORT], {**GREEDY, "unknown": 1}


def calls() -> Iterator[Call]:
    """Every recorded call, in order."""
    for arguments, keywords in _continued():
        yield "text-generation", "gpt2", arguments, keywords
    for strategy in (GREEDY, SEVERAL):
        for result in ({}, {"return_full_text": False}, {"prefix": "the"}):
            yield "text-generation", "xlnet", [[SHORT, "a"]], {**strategy, **result}
    for kind in ("t5", "bart"):
        for task in ("text2text-generation", "summarization"):
            for arguments, keywords in _made():
                yield task, kind, arguments, keywords
    for task in ("translation_en_to_de", "translation_en_to_fr", "translation_en_to_ro"):
        for arguments, keywords in list(_made())[::5]:
            yield task, "t5", arguments, keywords
    for arguments, keywords in list(_made())[::9]:
        yield "translation", "t5", arguments, keywords
    pairs = [{"src_lang": "en_XX", "tgt_lang": "de_DE"}, {"src_lang": "fr_XX", "tgt_lang": "ro_RO"}]
    for pair in pairs:
        for arguments, keywords in list(_made())[::4]:
            yield "translation", "mbart", arguments, {**keywords, **pair}
    yield "translation", "mbart", [SHORT], GREEDY


def conversations() -> Iterator[Call]:
    """Every recorded call of the conversational pipeline, whose arguments are lists of messages."""
    for kind in ("gpt2", "gpt2-plain"):
        for strategy in (GREEDY, BEAMS, {**GREEDY, "minimum_tokens": 2, "min_length_for_response": 3}):
            for given in ([ASK], [ASK, BEGUN]):
                yield "conversational", kind, [given], strategy
