"""Beam scorers step by step, against small searches done by hand and by brute force."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest

from transformers import BeamScorer, BeamSearchScorer, ConstrainedBeamSearchScorer, PhrasalConstraint
from transformers.generation.beam_search import BeamHypotheses

torch = pytest.importorskip("torch")


def test_hypotheses_keep_the_best() -> None:
    kept = BeamHypotheses(2, length_penalty=1.0, early_stopping=False)
    kept.add(torch.tensor([1, 2, 3]), -3.0)
    kept.add(torch.tensor([1, 2, 3, 4]), -6.0, beam_indices=(0, 1), generated_len=2)
    assert (len(kept), kept.worst_score) == (2, -3.0)
    kept.add(torch.tensor([1]), -9.0)
    assert (len(kept), kept.worst_score) == (2, -3.0)
    kept.add(torch.tensor([1, 1]), -1.0)
    assert [score for score, _, _ in kept.beams] == [-1.0, -0.5]
    assert kept.worst_score == -1.0


@pytest.mark.parametrize(
    ("early", "penalty", "best", "length", "prompt", "done"),
    [
        (True, 1.0, -0.1, 4, 0, True),
        (False, 1.0, -3.9, 4, 0, False),
        (False, 1.0, -4.0, 4, 0, True),
        (False, 1.0, -3.9, 4, 1, True),
        ("never", 1.0, -7.9, 4, 0, False),
        ("never", 1.0, -8.0, 4, 0, True),
        ("never", 0.0, -1.0, 4, 0, True),
        ("never", -1.0, -0.2, 4, 0, False),
    ],
)
def test_hypotheses_know_when_nothing_better_comes(
    early: Any, penalty: float, best: float, length: int, prompt: int, done: bool
) -> None:
    kept = BeamHypotheses(2, penalty, early, max_length=8)
    kept.add(torch.tensor([1]), -1.0)
    assert kept.is_done(best, length, prompt) is False
    kept.add(torch.tensor([2]), -1.0)
    assert kept.is_done(best, length, prompt) is done


def test_hypotheses_refuse_impossible_lengths() -> None:
    with pytest.raises(ValueError, match="early_stopping='never' needs max_length"):
        BeamHypotheses(2, 1.0, "never")
    kept = BeamHypotheses(1, 1.0, "never", max_length=3)
    kept.add(torch.tensor([1]), -1.0)
    with pytest.raises(ValueError, match=r"max_length \(3\) must be greater than the prompt's length \(3\)"):
        kept.is_done(-1.0, 4, 3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"num_beams": 1}, "num_beams must be an int greater than 1, got 1"),
        ({"num_beams": "a"}, "num_beams must be an int greater than 1"),
        (
            {"num_beams": 4, "num_beam_groups": 3},
            r"num_beams \(4\) must be a multiple of num_beam_groups \(3\)",
        ),
        ({"num_beams": 4, "num_beam_groups": 8}, "must be a multiple of num_beam_groups"),
    ],
)
def test_scorer_refuses_impossible_beams(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BeamSearchScorer(2, device="cpu", **settings)


def step(scorer: Any, tokens: list[int], scores: list[float], indices: list[int], **options: Any) -> Any:
    ids = torch.tensor([[1, 2], [1, 3]])
    table = [torch.tensor([part]) for part in (scores, tokens, indices)]
    return scorer.process(ids, table[0], table[1], table[2], **options)


def test_process_keeps_finished_texts_and_goes_on_with_others() -> None:
    scorer = BeamSearchScorer(1, 2, "cpu")
    out = step(scorer, [5, 6, 7, 8], [-1.0, -2.0, -3.0, -4.0], [0, 1, 0, 1], pad_token_id=0, eos_token_id=5)
    assert out["next_beam_scores"].tolist() == [-2.0, -3.0]
    assert out["next_beam_tokens"].tolist() == [6, 7]
    assert out["next_beam_indices"].tolist() == [1, 0]
    score, ids, _ = scorer._beam_hyps[0].beams[0]
    assert (score, ids.tolist()) == (pytest.approx(-1 / 3), [1, 2])
    assert not scorer.is_done


def test_process_ignores_ends_that_rank_below_the_beams() -> None:
    scorer = BeamSearchScorer(1, 2, "cpu")
    step(scorer, [6, 7, 5, 8], [-1.0, -2.0, -3.0, -4.0], [0, 1, 0, 1], pad_token_id=0, eos_token_id=[4, 5])
    assert len(scorer._beam_hyps[0]) == 0


def test_process_pads_what_is_done_and_asks_for_a_pad() -> None:
    scorer = BeamSearchScorer(1, 2, "cpu", do_early_stopping=True)
    row: Any = ([5, 5, 7, 8], [-1.0, -2.0, -3.0, -4.0], [0, 1, 0, 1])
    step(scorer, *row, pad_token_id=torch.tensor(9), eos_token_id=torch.tensor([5]))
    assert scorer.is_done
    out = step(scorer, *row, pad_token_id=9, eos_token_id=5)
    assert out["next_beam_tokens"].tolist() == [9, 9]
    for options in ({"pad_token_id": 9}, {"eos_token_id": 5}):
        with pytest.raises(ValueError, match="pad_token_id and eos_token_id are needed"):
            step(scorer, *row, **options)


def test_process_refuses_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="input 0 has 1 unfinished continuations, 2 are needed"):
        step(BeamSearchScorer(1, 2, "cpu"), [5, 5, 5, 8], [-1.0] * 4, [0] * 4, pad_token_id=0, eos_token_id=5)
    with pytest.raises(ValueError, match=r"must have 4 rows \(2 inputs, 2 beams\), got 2"):
        step(BeamSearchScorer(2, 2, "cpu"), [5] * 4, [-1.0] * 4, [0] * 4)


def test_finalize_sorts_pads_and_ends() -> None:
    scorer = BeamSearchScorer(1, 2, "cpu", num_beam_hyps_to_keep=2)
    past = ((3, 4), (4, 5))
    options = {"pad_token_id": 0, "eos_token_id": [7]}
    step(scorer, [7, 6, 8, 8], [-0.5, -2.0, -3.0, -4.0], [0, 1, 0, 1], beam_indices=past, **options)
    ids = torch.tensor([[1, 2, 4], [1, 3, 4]])
    past = ((3, 4, 0), (4, 5, 1))
    out = scorer.finalize(
        ids, torch.tensor([-9.0, -3.0]), None, None, max_length=6, beam_indices=past, **options
    )
    assert out["sequences"].tolist() == [[1, 2, 7, 0], [1, 3, 4, 7]]
    assert out["sequence_scores"].tolist() == pytest.approx([-0.5 / 3, -1.0])
    assert out["beam_indices"].tolist() == [[3, 4, 0, -1], [4, 5, 1, -1]]


def test_finalize_cuts_at_max_length_and_needs_enough_texts() -> None:
    ids, scores = torch.tensor([[1, 2, 3], [1, 3, 4]]), torch.tensor([-1.0, -2.0])
    out = BeamSearchScorer(1, 2, "cpu").finalize(ids, scores, None, None, max_length=3, eos_token_id=9)
    assert out["sequences"].tolist() == [[1, 2, 3]]
    assert out["beam_indices"] is None
    plain = BeamSearchScorer(1, 2, "cpu").finalize(ids, scores, None, None, max_length=9)
    assert plain["sequences"].tolist() == [[1, 2, 3]]
    scorer = BeamSearchScorer(1, 2, "cpu", num_beam_hyps_to_keep=3)
    with pytest.raises(ValueError, match="3 texts were asked for, but beam search found 2"):
        scorer.finalize(ids, scores, None, None, max_length=9)
    scorer = BeamSearchScorer(1, 2, "cpu", num_beam_hyps_to_keep=2)
    step(scorer, [7, 6, 8, 8], [-0.5, -2.0, -3.0, -4.0], [0, 1, 0, 1], pad_token_id=0, eos_token_id=7)
    with pytest.raises(ValueError, match="pad_token_id is needed"):
        scorer.finalize(ids, scores, None, None, max_length=9, eos_token_id=7)


def test_base_is_abstract() -> None:
    with pytest.raises(TypeError, match="abstract"):
        BeamScorer()  # type: ignore[abstract]


VOCAB, END, LENGTH = 4, 0, 4


def search(scorer: Any, model: Any, rows: int, beams: int, groups: int = 1) -> Any:
    """A whole search with `scorer`; `model` gives log probabilities (rows, V) of token ids (rows, T)."""
    ids = torch.full((rows * beams, 1), 1)
    scores = torch.full((rows, beams), -1e9)
    scores[:, :: beams // groups] = 0.0
    scores = scores.reshape(-1)
    size = beams // groups
    while ids.shape[1] < LENGTH and not scorer.is_done:
        tokens, source = torch.zeros(rows * beams).long(), torch.arange(rows * beams)
        for group in range(groups):
            own = torch.arange(rows * beams).view(rows, groups, size)[:, group].reshape(-1)
            every = model(ids[own]) + scores[own][:, None]  # (rows * size, V)
            best, place = every.view(rows, -1).topk(2 * size)
            extra = {"group_index": group} if groups > 1 else {}
            if isinstance(scorer, ConstrainedBeamSearchScorer):
                extra = {"scores_for_all_vocab": every}
            out = scorer.process(
                ids[own], best, place % VOCAB, place // VOCAB, pad_token_id=3, eos_token_id=END, **extra
            )
            scores[own], tokens[own] = out["next_beam_scores"], out["next_beam_tokens"]
            source[own] = own[out["next_beam_indices"]]
        ids = torch.cat([ids[source], tokens[:, None]], dim=-1)
    return scorer.finalize(ids, scores, None, None, max_length=LENGTH + 1, pad_token_id=3, eos_token_id=END)


class Bigrams:
    """A model in which the last token and the length decide."""

    def __init__(self, seed: int) -> None:
        maker = torch.Generator().manual_seed(seed)
        self.table = torch.randn(LENGTH, VOCAB, VOCAB, generator=maker).log_softmax(-1)

    def __call__(self, ids: Any) -> Any:
        return self.table[ids.shape[1] - 1][ids[:, -1]]

    def texts(self) -> dict[tuple[int, ...], float]:
        """Every text with its score, -sum / length of the ids before the end token's."""
        found = {}
        for tail in itertools.product(range(VOCAB), repeat=LENGTH - 1):
            cut = tail.index(END) + 1 if END in tail else len(tail)
            ids, total = (1, *tail[:cut]), 0.0
            for place in range(cut):
                total += float(self.table[place][ids[place]][ids[place + 1]])
            length = len(ids)
            found[ids] = total / length
        return found


@pytest.mark.parametrize("seed", range(6))
def test_wide_beam_search_finds_the_best_of_all_texts(seed: int) -> None:
    model = Bigrams(seed)
    scorer = BeamSearchScorer(1, 16, "cpu", do_early_stopping="never", max_length=LENGTH)
    out = search(scorer, model, 1, 16)
    texts = model.texts()
    best = max(texts, key=texts.__getitem__)
    assert tuple(out["sequences"][0].tolist()[: len(best)]) == best
    assert out["sequence_scores"][0].item() == pytest.approx(texts[best], abs=1e-5)


@pytest.mark.parametrize("seed", range(6))
def test_constrained_search_finds_texts_that_hold_the_phrase(seed: int) -> None:
    model, phrase = Bigrams(seed), [2, 3]
    scorer = ConstrainedBeamSearchScorer(2, 4, [PhrasalConstraint(phrase)], "cpu")
    out = search(scorer, model, 2, 4)
    for row in out["sequences"].tolist():
        assert any(row[place : place + 2] == phrase for place in range(len(row)))
    texts = {ids: score for ids, score in model.texts().items() if (2, 3) in itertools.pairwise(ids)}
    assert out["sequence_scores"][0].item() <= max(texts.values()) + 1e-5


def test_groups_do_not_see_each_other() -> None:
    model = Bigrams(1)
    both = search(
        BeamSearchScorer(2, 4, "cpu", num_beam_groups=2, num_beam_hyps_to_keep=4), model, 2, 4, groups=2
    )
    one = search(BeamSearchScorer(2, 2, "cpu", num_beam_hyps_to_keep=2), model, 2, 2)
    scores = both["sequence_scores"].view(2, 4)
    assert torch.equal(scores[:, ::2], scores[:, 1::2])  # without a penalty both groups find the same
    assert torch.allclose(scores[:, ::2], one["sequence_scores"].view(2, 2))


def test_constrained_scorer_needs_constraints_and_beams() -> None:
    with pytest.raises(ValueError, match="at least one constraint"):
        ConstrainedBeamSearchScorer(1, 2, [], "cpu")
    with pytest.raises(ValueError, match="num_beams must be an int greater than 1"):
        ConstrainedBeamSearchScorer(1, 1, [PhrasalConstraint([1])], "cpu")


def test_constrained_scorer_ends_only_complete_texts_and_adds_progress() -> None:
    scorer = ConstrainedBeamSearchScorer(1, 2, [PhrasalConstraint([5, 6])], "cpu")
    every = torch.tensor([[-math.inf] * 5 + [-50.0, -9.0, -2.0, -3.0]] * 2)
    out = step(
        scorer,
        [0, 7, 8, 7],
        [-1.0, -2.0, -3.0, -4.0],
        [0, 0, 1, 1],
        scores_for_all_vocab=every,
        pad_token_id=9,
        eos_token_id=0,
    )
    assert len(scorer._beam_hyps[0]) == 0  # [1, 2] does not hold the phrase
    assert out["next_beam_tokens"].tolist() == [5, 7]  # progress first, then the best of the others
    assert out["next_beam_scores"].tolist() == [-50.0, -2.0]
    assert scorer.check_completes_constraints([5, 6])
    assert not scorer.check_completes_constraints([5, 7, 6])


def test_constrained_step_pushes_complete_beams_when_asked() -> None:
    scorer = ConstrainedBeamSearchScorer(1, 2, [PhrasalConstraint([2])], "cpu")
    ids = torch.tensor([[1, 2], [1, 3]])
    every = torch.tensor([[-5.0, -0.5, -4.0, -3.0], [-1.0, -2.0, -9.0, -3.0]])
    given = (torch.tensor([-1.0, -3.0]), torch.tensor([0, 3]), torch.tensor([1, 0]))
    quiet = scorer.step_sentence_constraint(0, ids, every, *given)
    assert [part.tolist() for part in quiet] == [[-3.0, -1.0], [3, 0], [0, 1]]
    pushed = scorer.step_sentence_constraint(0, ids, every, *given, push_progress=True)
    assert [part.tolist() for part in pushed] == [[-0.5, -1.0], [1, 0], [0, 1]]
