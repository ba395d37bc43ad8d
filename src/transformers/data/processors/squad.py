"""Questions and texts as windows that a model takes, with the answer's place in each."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

from ...utils import logging
from .squad_examples import (
    SquadExample,
    SquadFeatures,
    SquadProcessor,
    SquadResult,
    SquadV1Processor,
    SquadV2Processor,
)

logger = logging.get_logger(__name__)

_FIRST_ID = 1_000_000_000


def _words_as_tokens(tokenizer: Any, words: Sequence[str]) -> tuple[list[str], list[int], list[int]]:
    """(tokens of all words, the word of each token, the first token of each word)."""
    from ...tokenization.byte_bpe import ByteLevelTokenizer

    tokens: list[str] = []
    owners: list[int] = []
    firsts: list[int] = []
    spaced = isinstance(tokenizer, ByteLevelTokenizer)  # there: a word inside a text begins with its space
    for number, word in enumerate(words):
        firsts.append(len(tokens))
        pieces = tokenizer.tokenize(word, add_prefix_space=True) if spaced else tokenizer.tokenize(word)
        tokens += pieces
        owners += [number] * len(pieces)
    return tokens, owners, firsts


def _tight(tokens: list[str], first: int, last: int, answer: str) -> tuple[int, int]:
    """The shortest leading span of tokens inside first..last that reads as the answer, or the whole."""
    for start in range(first, last + 1):
        for end in range(last, start - 1, -1):
            if " ".join(tokens[start : end + 1]) == answer:
                return start, end
    return first, last


def _answer(example: SquadExample, tokenizer: Any, tokens: list[str], firsts: list[int]) -> tuple[int, int]:
    """First and last token of the answer in the text."""
    after = example.end_position + 1
    last = (firsts[after] if after < len(firsts) else len(tokens)) - 1
    wanted = " ".join(tokenizer.tokenize(example.answer_text))
    return _tight(tokens, firsts[example.start_position], last, wanted)


def _windows(total: int, room: int, step: int) -> list[tuple[int, int]]:
    """(first token, number of tokens) of every window."""
    found, start = [], 0
    while True:
        count = min(room, total - start)
        found.append((start, count))
        if start + count >= total:
            return found
        start += step


def _best_window(windows: list[tuple[int, int]], place: int) -> int:
    """The window in which a token has most text around it."""

    def context(window: tuple[int, int]) -> float:
        start, count = window
        before, behind = place - start, start + count - 1 - place
        return min(before, behind) + 0.01 * count if min(before, behind) >= 0 else -1.0

    return max(range(len(windows)), key=lambda number: context(windows[number]))


def _place_of(part: list[int], whole: list[int], begin: int) -> int:
    """Where the tokens of the text begin among all."""
    return next(at for at in range(begin, len(whole) + 1) if whole[at : at + len(part)] == part)


def squad_convert_example_to_features(
    example: SquadExample,
    tokenizer: Any,
    max_seq_length: int,
    doc_stride: int,
    max_query_length: int,
    padding_strategy: Any = "max_length",
    is_training: bool = False,
) -> list[SquadFeatures]:
    """The windows of one example; none where its answer is not to be found in its text.

    Args:
        example: question and text.
        tokenizer: a tokenizer; where it pads on the left, the text stands before the question.
        max_seq_length: tokens of a window with its question.
        doc_stride: tokens from one window to the next.
        max_query_length: tokens of the question.
        padding_strategy: "max_length", or another of the tokenizer's.
        is_training: whether the answer's place is wanted.

    Raises:
        ValueError: the question leaves no room for the text.
    """
    answered = is_training and not example.is_impossible
    if answered:
        words = " ".join(example.doc_tokens[example.start_position : example.end_position + 1])
        if " ".join((example.answer_text or "").split()) not in words:
            logger.warning(f"the answer {example.answer_text!r} is not in its text: {words!r}")
            return []
    tokens, owners, firsts = _words_as_tokens(tokenizer, example.doc_tokens)
    answer = _answer(example, tokenizer, tokens, firsts) if answered else None
    ids = tokenizer.convert_tokens_to_ids(tokens)
    query = tokenizer.encode(example.question_text, add_special_tokens=False)[:max_query_length]
    room = max_seq_length - len(query) - tokenizer.num_special_tokens_to_add(pair=True)
    if room < 1:
        raise ValueError(
            f"a question of {len(query)} tokens leaves no room in max_seq_length ({max_seq_length})"
        )
    windows = _windows(len(ids), room, doc_stride)
    best = [_best_window(windows, place) for place in range(len(ids))]
    features = []
    for number, (start, count) in enumerate(windows):
        part = ids[start : start + count]
        made = _window(tokenizer, query, part, max_seq_length, padding_strategy)
        at = made["at"]
        made["token_to_orig_map"] = {at + i: owners[start + i] for i in range(count)}
        made["token_is_max_context"] = {at + i: best[start + i] == number for i in range(count)}
        features.append(_feature(example, made, answer, (start, count), is_training))
    return features


def _window(tokenizer: Any, query: list[int], part: list[int], length: int, padding: Any) -> dict[str, Any]:
    """The tokenizer's output for one window, and where its parts are."""
    left = tokenizer.padding_side == "left"
    pair = (part, query) if left else (query, part)
    whole = tokenizer.build_inputs_with_special_tokens(*pair)
    encoding = tokenizer.prepare_for_model(
        *pair,
        padding=padding,
        max_length=length,
        return_token_type_ids=True,
        return_attention_mask=True,
    )
    ids = list(encoding["input_ids"])
    shift = len(ids) - len(whole) if left else 0
    at = _place_of(part, whole, 0 if left else len(query)) + shift
    return {
        "encoding": encoding,
        "ids": ids,
        "at": at,
        "cls_index": ids.index(tokenizer.cls_token_id),
        "special": set(tokenizer.all_special_ids),
        "tokens": tokenizer.convert_ids_to_tokens(whole),
    }


def _feature(
    example: SquadExample,
    made: dict[str, Any],
    answer: tuple[int, int] | None,
    window: tuple[int, int],
    is_training: bool,
) -> SquadFeatures:
    (start, count), at, cls_index = window, made["at"], made["cls_index"]
    ids = made["ids"]
    allowed = {place for place in range(at, at + count) if ids[place] not in made["special"]} | {cls_index}
    inside = answer is not None and start <= answer[0] and answer[1] < start + count
    first = last = cls_index if is_training else 0
    if answer is not None and inside:
        first, last = (place - start + at for place in answer)
    return SquadFeatures(
        ids,
        list(made["encoding"]["attention_mask"]),
        list(made["encoding"]["token_type_ids"]),
        cls_index,
        [int(place not in allowed) for place in range(len(ids))],
        0,
        0,
        count,
        made["token_is_max_context"],
        made["tokens"],
        made["token_to_orig_map"],
        first,
        last,
        bool(example.is_impossible) or (answer is not None and not inside),
        example.qas_id,
        made["encoding"],
    )


def squad_convert_examples_to_features(
    examples: Sequence[SquadExample],
    tokenizer: Any,
    max_seq_length: int,
    doc_stride: int,
    max_query_length: int,
    is_training: bool,
    padding_strategy: Any = "max_length",
    return_dataset: bool | str = False,
    threads: int = 1,
    tqdm_enabled: bool = True,
) -> Any:
    """The windows of all examples, numbered.

    Args:
        examples: questions and texts.
        tokenizer, max_seq_length, doc_stride, max_query_length, padding_strategy, is_training: as for one.
        return_dataset: "pt" gives (windows, a `TensorDataset`), "tf" a TensorFlow data set.
        threads, tqdm_enabled: accepted for compatibility.

    Raises:
        ValueError: another `return_dataset`.
    """
    if return_dataset not in (False, "pt", "tf"):
        raise ValueError(f"return_dataset must be False, 'pt' or 'tf', got {return_dataset!r}")
    features: list[Any] = []
    for number, example in enumerate(examples):
        for feature in squad_convert_example_to_features(
            example, tokenizer, max_seq_length, doc_stride, max_query_length, padding_strategy, is_training
        ):
            feature.example_index = number  # type: ignore[attr-defined]
            feature.unique_id = _FIRST_ID + len(features)  # type: ignore[attr-defined]
            features.append(feature)
    if return_dataset == "pt":
        return features, _torch_dataset(features, is_training)
    return _tensorflow_dataset(features) if return_dataset == "tf" else features


def _torch_dataset(features: list[Any], is_training: bool) -> Any:
    torch = importlib.import_module("torch")
    columns = {
        name: torch.tensor([getattr(feature, name) for feature in features])
        for name in (
            "input_ids", "attention_mask", "token_type_ids", "start_position", "end_position", "cls_index"
        )
    }  # fmt: skip
    inputs = [columns[name] for name in ("input_ids", "attention_mask", "token_type_ids")]
    p_mask = torch.tensor([feature.p_mask for feature in features], dtype=torch.float)
    if not is_training:
        numbers = torch.arange(len(features))
        return torch.utils.data.TensorDataset(*inputs, numbers, columns["cls_index"], p_mask)
    impossible = torch.tensor([feature.is_impossible for feature in features], dtype=torch.float)
    places = [columns[name] for name in ("start_position", "end_position", "cls_index")]
    return torch.utils.data.TensorDataset(*inputs, *places, p_mask, impossible)


def _tensorflow_dataset(features: list[Any]) -> Any:
    tf = importlib.import_module("tensorflow")

    def column(name: str, kind: Any) -> Any:
        return tf.constant([getattr(feature, name) for feature in features], kind)

    inputs = {name: column(name, tf.int32) for name in ("input_ids", "attention_mask", "token_type_ids")}
    inputs["feature_index"] = tf.range(len(features), dtype=tf.int64)
    inputs["qas_id"] = tf.constant([feature.qas_id or "" for feature in features])
    targets = {
        "start_positions": column("start_position", tf.int64),
        "end_positions": column("end_position", tf.int64),
        "cls_index": column("cls_index", tf.int64),
        "p_mask": column("p_mask", tf.int32),
        "is_impossible": tf.cast(column("is_impossible", tf.bool), tf.int32),
    }
    return tf.data.Dataset.from_tensor_slices((inputs, targets))


__all__ = [
    "SquadExample",
    "SquadFeatures",
    "SquadProcessor",
    "SquadResult",
    "SquadV1Processor",
    "SquadV2Processor",
    "squad_convert_example_to_features",
    "squad_convert_examples_to_features",
]
