"""Answers to SQuAD's questions out of a model's scores: the best spans, as the original spells them."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from ...utils import logging
from ..processors.squad_examples import SquadExample, SquadFeatures, SquadResult

logger = logging.get_logger(__name__)

_NO_SCORE = 1_000_000  # more than any score of "no answer"
_Texts = list[tuple[str, float, float]]  # an answer with the scores of its start and of its end


class _Span(NamedTuple):
    """Tokens first..last of a window, with the scores of both; without a window it means "no answer"."""

    window: SquadFeatures | None
    first: int
    last: int
    start: float
    end: float


def get_final_text(pred_text: str, orig_text: str, do_lower_case: bool, verbose_logging: bool = False) -> str:
    """The part of a text that a tokenizer's words stand for, as it is spelt there.

    Args:
        pred_text: words as the tokenizer spells them, "steve smith".
        orig_text: text around them, "Steve Smith's".
        do_lower_case: whether the tokenizer writes small letters.
        verbose_logging: whether to say why no part was found.

    Returns:
        "Steve Smith"; the whole text where its characters and those of the words cannot be matched.
    """
    from ...tokenization.wordpiece import BasicTokenizer

    spelt = " ".join(BasicTokenizer(do_lower_case=do_lower_case).tokenize(orig_text))
    start = spelt.find(pred_text)
    original = [place for place, char in enumerate(orig_text) if char != " "]
    order = {place: number for number, place in enumerate(i for i, char in enumerate(spelt) if char != " ")}
    end = start + len(pred_text) - 1
    if start < 0:
        reason = f"{pred_text!r} is not in it"
    elif len(order) != len(original):
        reason = f"{spelt!r} has another number of characters"
    elif start not in order or end not in order:
        reason = f"{pred_text!r} begins or ends with a space"
    else:
        return orig_text[original[order[start]] : original[order[end]] + 1]
    if verbose_logging:
        logger.info(f"{orig_text!r} is taken whole: {reason}")
    return orig_text


def _spelt(example: SquadExample, tokenizer: Any, lower: bool, verbose: bool, span: _Span) -> str:
    """The text of a span, as the example spells it."""
    if span.window is None:
        return ""
    words = span.window.token_to_orig_map
    pieces = span.window.tokens[span.first : span.last + 1]
    text = " ".join(tokenizer.convert_tokens_to_string(pieces).split())
    original = " ".join(example.doc_tokens[words[span.first] : words[span.last] + 1])
    return get_final_text(text, original, lower, verbose)


def _best_texts(spans: list[_Span], count: int, spell: Callable[[_Span], str]) -> _Texts:
    """The first spans in the order of their scores, each text once."""
    found: _Texts = []
    seen: set[str] = set()
    for span in sorted(spans, key=lambda one: one.start + one.end, reverse=True):
        if len(found) >= count:
            break
        text = spell(span)
        if text not in seen or not text:
            found.append((text, span.start, span.end))
            seen.add(text)
    return found


def _rows(texts: _Texts, names: tuple[str, str]) -> list[dict[str, Any]]:
    """What is written of the best answers: each with its probability among them."""
    sums = [start + end for _, start, end in texts]
    powers = [math.exp(one - max(sums)) for one in sums]
    total = sum(powers)
    return [
        {"text": text, "probability": power / total, names[0]: start, names[1]: end}
        for power, (text, start, end) in zip(powers, texts, strict=True)
    ]


def _windows(
    examples: Sequence[SquadExample], features: Sequence[SquadFeatures], results: Sequence[SquadResult]
) -> Iterator[tuple[SquadExample, list[tuple[SquadFeatures, Any]]]]:
    """Each example with its windows and their scores."""
    by_id = {result.unique_id: result for result in results}
    windows = defaultdict(list)
    for feature in features:
        windows[feature.example_index].append(feature)
    for number, example in enumerate(examples):
        yield example, [(feature, by_id[feature.unique_id]) for feature in windows[number]]


def _highest(scores: Sequence[float], count: int) -> list[int]:
    return sorted(range(len(scores)), key=lambda place: scores[place], reverse=True)[:count]


def _write(path: str | None, value: dict[str, Any]) -> None:
    if path:
        logger.info(f"{path} gets {len(value)} examples")
        with open(path, "w", encoding="utf-8") as file:
            file.write(json.dumps(value, indent=4) + "\n")


def _logit_spans(windows: list[tuple[SquadFeatures, Any]], count: int, longest: int) -> list[_Span]:
    """The spans between the best starts and the best ends of each window."""
    found = []
    for window, result in windows:
        whole = window.token_is_max_context
        inside = window.token_to_orig_map.keys() & range(len(window.tokens))
        ends = [last for last in _highest(result.end_logits, count) if last in inside]
        for first in _highest(result.start_logits, count):
            if first not in inside or not whole.get(first, False):
                continue
            found += [
                _Span(
                    window if first else None,
                    first,
                    last,
                    result.start_logits[first],
                    result.end_logits[last],
                )
                for last in ends
                if first <= last < first + longest
            ]
    return found


def _nothing(windows: list[tuple[SquadFeatures, Any]]) -> _Span:
    """ "No answer", with the scores of the window in which it has the least."""
    scores = [(result.start_logits[0], result.end_logits[0]) for _, result in windows]
    return _Span(None, 0, 0, *min(scores, key=sum, default=(0, 0)))


def _with_nothing(texts: _Texts, nothing: _Span) -> _Texts:
    """The answers with "no answer" among them, and with another one beside it."""
    if all(text for text, _, _ in texts):
        texts = [*texts, ("", nothing.start, nothing.end)]
    return [("empty", 0.0, 0.0), *texts] if len(texts) == 1 else texts


def compute_predictions_logits(
    all_examples: Sequence[SquadExample],
    all_features: Sequence[SquadFeatures],
    all_results: Sequence[SquadResult],
    n_best_size: int,
    max_answer_length: int,
    do_lower_case: bool,
    output_prediction_file: str | None,
    output_nbest_file: str | None,
    output_null_log_odds_file: str | None,
    verbose_logging: bool,
    version_2_with_negative: bool,
    null_score_diff_threshold: float,
    tokenizer: Any,
) -> dict[str, str]:
    """The answers of a model that scores each token as start and as end.

    Args:
        all_examples: questions and texts.
        all_features: their windows.
        all_results: the scores of each window, one number for each token.
        n_best_size: starts and ends that are tried in each window, and answers written of each example.
        max_answer_length: tokens of the longest answer.
        do_lower_case: whether the tokenizer writes small letters.
        output_prediction_file: where the answers are written, as JSON by name; None for nowhere.
        output_nbest_file: where the best answers of each example are, with probabilities and scores.
        output_null_log_odds_file: where it is written how much more "no answer" scores than the best one.
        verbose_logging: whether to tell where an answer cannot be found in its text.
        version_2_with_negative: whether there may be no answer.
        null_score_diff_threshold: above it that is the answer.
        tokenizer: of the windows.

    Returns:
        the answers by name of the example; "" for none.
    """
    answers: dict[str, str] = {}
    best: dict[str, Any] = {}
    odds: dict[str, float] = {}
    for example, windows in _windows(all_examples, all_features, all_results):
        name: Any = example.qas_id
        spans = _logit_spans(windows, n_best_size, max_answer_length)
        nothing = _nothing(windows)
        spell = partial(_spelt, example, tokenizer, do_lower_case, verbose_logging)
        texts = _best_texts([*spans, nothing] if version_2_with_negative else spans, n_best_size, spell)
        if version_2_with_negative:
            texts = _with_nothing(texts, nothing)
        texts = texts or [("empty", 0.0, 0.0)]
        answers[name] = texts[0][0]
        best[name] = _rows(texts, ("start_logit", "end_logit"))
        if version_2_with_negative:
            text, start, end = next((row for row in texts if row[0]), texts[0])
            least = nothing.start + nothing.end if windows else _NO_SCORE
            odds[name] = least - start - end
            answers[name] = "" if odds[name] > null_score_diff_threshold else text
    _write(output_prediction_file, answers)
    _write(output_nbest_file, best)
    if version_2_with_negative:
        _write(output_null_log_odds_file, odds)
    return answers


def _log_prob_spans(
    windows: list[tuple[SquadFeatures, Any]], starts: int, ends: int, longest: int
) -> list[_Span]:
    """The spans between the best starts of each window and the best ends of each start."""
    found = []
    for window, result in windows:
        after = window.paragraph_len - 1
        for i in range(starts):
            first, row = result.start_top_index[i], slice(i * ends, (i + 1) * ends)
            if first >= after or not window.token_is_max_context.get(first, False):
                continue
            found += [
                _Span(window, first, last, result.start_logits[i], score)
                for last, score in zip(result.end_top_index[row], result.end_logits[row], strict=True)
                if first <= last < min(after, first + longest)
            ]
    return found


def compute_predictions_log_probs(
    all_examples: Sequence[SquadExample],
    all_features: Sequence[SquadFeatures],
    all_results: Sequence[SquadResult],
    n_best_size: int,
    max_answer_length: int,
    output_prediction_file: str | None,
    output_nbest_file: str | None,
    output_null_log_odds_file: str | None,
    start_n_top: int,
    end_n_top: int,
    version_2_with_negative: bool,
    tokenizer: Any,
    verbose_logging: bool,
) -> dict[str, str]:
    """The answers of a model that names its best starts, and for each of them its best ends (XLNet, XLM).

    Args:
        all_examples: questions and texts.
        all_features: their windows, the text in front.
        all_results: of each window the best places with their scores, and how likely it has no answer.
        n_best_size: answers written of each example.
        max_answer_length: tokens of the longest answer.
        output_prediction_file: where the answers are written, as JSON by name; None for nowhere.
        output_nbest_file: where the best answers of each example are, with probabilities and scores.
        output_null_log_odds_file: where the least score of "no answer" is written.
        start_n_top: starts of each window.
        end_n_top: ends of each start.
        version_2_with_negative: whether there may be no answer, and the scores of that are written.
        tokenizer: of the windows.
        verbose_logging: whether to tell where an answer cannot be found in its text.

    Returns:
        the best answers by name of the example, never that there is none: a threshold is the measure's.
    """
    lower = getattr(tokenizer, "do_lower_case", None)
    if lower is None:
        lower = getattr(tokenizer, "do_lowercase_and_remove_accent", False)
    answers: dict[str, str] = {}
    best: dict[str, Any] = {}
    odds: dict[str, float] = {}
    for example, windows in _windows(all_examples, all_features, all_results):
        name: Any = example.qas_id
        spell = partial(_spelt, example, tokenizer, lower, verbose_logging)
        spans = _log_prob_spans(windows, start_n_top, end_n_top, max_answer_length)
        texts = _best_texts(spans, n_best_size, spell) or [("", -1e6, -1e6)]
        answers[name] = texts[0][0]
        best[name] = _rows(texts, ("start_log_prob", "end_log_prob"))
        odds[name] = min([_NO_SCORE, *(result.cls_logits for _, result in windows)])
    _write(output_prediction_file, answers)
    _write(output_nbest_file, best)
    if version_2_with_negative:
        _write(output_null_log_odds_file, odds)
    return answers


__all__ = ["compute_predictions_log_probs", "compute_predictions_logits", "get_final_text"]
