"""Measures of SQuAD (arXiv:1606.05250, section 6; arXiv:1806.03822, section 4)."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...utils import logging
from .squad_predictions import compute_predictions_log_probs, compute_predictions_logits, get_final_text

logger = logging.get_logger(__name__)

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalize_answer(s: str) -> str:
    """A text in small letters, without punctuation, articles and spare white space."""
    return " ".join(_ARTICLES.sub(" ", s.lower().translate(_PUNCTUATION)).split())


def get_tokens(s: str) -> list[str]:
    """The words of a normalised text."""
    return normalize_answer(s).split() if s else []


def compute_exact(a_gold: str, a_pred: str) -> int:
    """1 where two answers are the same once normalised, else 0."""
    return int(normalize_answer(a_gold) == normalize_answer(a_pred))


def compute_f1(a_gold: str, a_pred: str) -> float:
    """Harmonic mean of precision and recall of the words; without words, whether both have none."""
    gold, pred = get_tokens(a_gold), get_tokens(a_pred)
    if not gold or not pred:
        return int(gold == pred)
    common = (Counter(gold) & Counter(pred)).total()
    return 2 * common / (len(gold) + len(pred)) if common else 0


def get_raw_scores(
    examples: Iterable[Any], preds: Mapping[str, str]
) -> tuple[dict[str, int], dict[str, float]]:
    """(exact, F1) by example, each against the best of its answers; those without prediction are left out."""
    exact: dict[str, int] = {}
    f1: dict[str, float] = {}
    for example in examples:
        name = example.qas_id
        if name not in preds:
            logger.warning(f"there is no prediction for {name}")
            continue
        answers = [one["text"] for one in example.answers if normalize_answer(one["text"])] or [""]
        exact[name] = max(compute_exact(answer, preds[name]) for answer in answers)
        f1[name] = max(compute_f1(answer, preds[name]) for answer in answers)
    return exact, f1


def apply_no_ans_threshold(
    scores: Mapping[str, float],
    na_probs: Mapping[str, float],
    qid_to_has_ans: Mapping[str, bool],
    na_prob_thresh: float,
) -> dict[str, float]:
    """The scores where "no answer" is predicted above a probability."""
    return {
        name: float(not qid_to_has_ans[name]) if na_probs[name] > na_prob_thresh else score
        for name, score in scores.items()
    }


def make_eval_dict(
    exact_scores: Mapping[str, float], f1_scores: Mapping[str, float], qid_list: Sequence[str] | None = None
) -> dict[str, float]:
    """Means in percent, {"exact", "f1", "total"}, over all examples or those named."""
    names = list(exact_scores if qid_list is None else qid_list)
    total = len(names)
    means = [100.0 * sum(scores[name] for name in names) / total for scores in (exact_scores, f1_scores)]
    return {"exact": means[0], "f1": means[1], "total": total}


def merge_eval(main_eval: dict[str, Any], new_eval: Mapping[str, Any], prefix: str) -> None:
    """Put measures into `main_eval` under names that begin with `prefix`."""
    main_eval.update({f"{prefix}_{name}": value for name, value in new_eval.items()})


def find_best_thresh(
    preds: Mapping[str, str],
    scores: Mapping[str, float],
    na_probs: Mapping[str, float],
    qid_to_has_ans: Mapping[str, bool],
) -> tuple[float, float]:
    """(mean score in percent, threshold of "no answer") at the best threshold."""
    current = best = float(sum(not known for known in qid_to_has_ans.values()))
    threshold = 0.0
    for name in sorted(na_probs, key=lambda one: na_probs[one]):
        if name not in scores:
            continue
        if qid_to_has_ans[name]:
            current += scores[name]
        elif preds[name]:
            current -= 1
        if current > best:
            best, threshold = current, na_probs[name]
    return 100.0 * best / len(scores), threshold


def find_best_thresh_v2(
    preds: Mapping[str, str],
    scores: Mapping[str, float],
    na_probs: Mapping[str, float],
    qid_to_has_ans: Mapping[str, bool],
) -> tuple[float, float, float]:
    """The same, with the mean score of the examples that have an answer, as a share of one."""
    known = [name for name in na_probs if qid_to_has_ans[name] and name in scores]
    mean = sum(scores[name] for name in known) / len(known)
    return *find_best_thresh(preds, scores, na_probs, qid_to_has_ans), mean


def find_all_best_thresh(
    main_eval: dict[str, Any],
    preds: Mapping[str, str],
    exact_raw: Mapping[str, float],
    f1_raw: Mapping[str, float],
    na_probs: Mapping[str, float],
    qid_to_has_ans: Mapping[str, bool],
) -> None:
    """Note the best thresholds and what they give in `main_eval`."""
    for name, scores in (("exact", exact_raw), ("f1", f1_raw)):
        found = find_best_thresh(preds, scores, na_probs, qid_to_has_ans)
        main_eval[f"best_{name}"], main_eval[f"best_{name}_thresh"] = found


def find_all_best_thresh_v2(
    main_eval: dict[str, Any],
    preds: Mapping[str, str],
    exact_raw: Mapping[str, float],
    f1_raw: Mapping[str, float],
    na_probs: Mapping[str, float],
    qid_to_has_ans: Mapping[str, bool],
) -> None:
    """The same, with the scores of the examples that have an answer."""
    find_all_best_thresh(main_eval, preds, exact_raw, f1_raw, na_probs, qid_to_has_ans)
    for name, scores in (("exact", exact_raw), ("f1", f1_raw)):
        main_eval[f"has_ans_{name}"] = find_best_thresh_v2(preds, scores, na_probs, qid_to_has_ans)[2]


def squad_evaluate(
    examples: Sequence[Any],
    preds: Mapping[str, str],
    no_answer_probs: Mapping[str, float] | None = None,
    no_answer_probability_threshold: float = 1.0,
) -> dict[str, Any]:
    """All measures of a set of predictions.

    Args:
        examples: `SquadExample`s with their answers.
        preds: the text predicted, by name of the example; "" for none.
        no_answer_probs: probability of "no answer" by name; None: 0 for all.
        no_answer_probability_threshold: above it "no answer" is predicted.
    """
    known = {example.qas_id: bool(example.answers) for example in examples}
    probabilities = dict.fromkeys(preds, 0.0) if no_answer_probs is None else no_answer_probs
    raw, limit = get_raw_scores(examples, preds), no_answer_probability_threshold
    chosen = [apply_no_ans_threshold(scores, probabilities, known, limit) for scores in raw]
    found: dict[str, Any] = make_eval_dict(*chosen)
    for prefix, answered in (("HasAns", True), ("NoAns", False)):
        names = [name for name, has in known.items() if has is answered]
        if names:
            merge_eval(found, make_eval_dict(*chosen, names), prefix)
    if probabilities:
        find_all_best_thresh(found, preds, *raw, probabilities, known)
    return found


__all__ = [
    "apply_no_ans_threshold",
    "compute_exact",
    "compute_f1",
    "compute_predictions_log_probs",
    "compute_predictions_logits",
    "find_all_best_thresh",
    "find_all_best_thresh_v2",
    "find_best_thresh",
    "find_best_thresh_v2",
    "get_final_text",
    "get_raw_scores",
    "get_tokens",
    "make_eval_dict",
    "merge_eval",
    "normalize_answer",
    "squad_evaluate",
]
