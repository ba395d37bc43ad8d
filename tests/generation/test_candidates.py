"""Drafts: whatever they are, a greedy text stays the same and a sampled one keeps its distribution."""

from __future__ import annotations

import collections
import itertools
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from transformers import GenerationConfig  # noqa: E402
from transformers.generation import candidate_generator as kinds  # noqa: E402
from transformers.generation.assisted import speculate  # noqa: E402

from ..models.adapters import installed  # noqa: E402
from . import golden_cases  # noqa: E402
from .writers import Words, assistant, build, prompt, tokens, writer  # noqa: E402

ALONE = torch.tensor(golden_cases.ALONE)
SCHEDULES = ("constant", "heuristic", "heuristic_transient")


def drafted(framework: str, name: str, kind: str) -> dict[str, Any]:
    return {
        "assistant": {"assistant_model": assistant(framework, name)},
        "itself": {"assistant_model": writer(framework, name)},
        "lookup": {"prompt_lookup_num_tokens": 3, "max_matching_ngram_size": 2},
        "early": {"assistant_early_exit": 1},
    }[kind]


@pytest.mark.parametrize("kind", ["assistant", "itself", "lookup", "early"])
@pytest.mark.parametrize("name", golden_cases.MODELS)
@pytest.mark.parametrize("framework", ["pt", "np"])
@pytest.mark.parametrize(
    "settings",
    [
        {"max_new_tokens": 1},
        {"max_new_tokens": 20, "eos_token_id": [2, 9, 17]},
        {"max_length": 16, "repetition_penalty": 1.3, "no_repeat_ngram_size": 3},
        {"max_new_tokens": 9, "min_new_tokens": 6, "eos_token_id": [29, 25, 31, 9], "forced_eos_token_id": 5},
    ],
)
def test_greedy_text_stays_the_same(framework: str, name: str, kind: str, settings: dict[str, Any]) -> None:
    if kind == "early" and golden_cases.MODELS[name]["pair"]:
        return  # refused, and tested with the errors
    given, model = prompt(framework, "alone", golden_cases.MODELS[name]["pair"]), writer(framework, name)
    flags = {"return_dict_in_generate": True, "output_scores": True}
    expected = model.generate(**given, **settings, **flags)
    found = model.generate(**given, **settings, **flags, **drafted(framework, name, kind))
    assert tokens(framework, found) == tokens(framework, expected)
    assert len(found.scores) == len(expected.scores)
    for one, other in zip(found.scores, expected.scores, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


@pytest.mark.parametrize("framework", ["jax", "tf"])
def test_first_layers_draft_in_every_framework(framework: str) -> None:
    if framework not in installed():
        pytest.skip(f"{framework} is not installed")
    model, given = writer(framework, "gpt2"), prompt(framework, "alone", False)
    found = model.generate(**given, max_new_tokens=6, assistant_early_exit=1)
    assert tokens(framework, found) == tokens(framework, model.generate(**given, max_new_tokens=6))


@pytest.mark.parametrize("name", ["llama", "bart"])
def test_states_are_those_of_single_steps(name: str) -> None:
    flags = {"return_dict_in_generate": True, "output_hidden_states": True, "output_attentions": True}
    model = writer("pt", name)
    expected = model.generate(ALONE, max_new_tokens=7, **flags)
    found = model.generate(ALONE, max_new_tokens=7, **flags, assistant_model=assistant("pt", name))
    for key, steps in expected.items():
        if not key.startswith("encoder") and key.endswith(("hidden_states", "attentions")):
            for one, other in zip(getattr(found, key), steps, strict=True):
                for part, wanted in zip(one, other, strict=True):
                    np.testing.assert_allclose(part, wanted, atol=1e-5)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_schedule_changes_the_length_of_drafts(schedule: str) -> None:
    model, draft = build("pt", "llama"), build("pt", "llama")
    settings = {"num_assistant_tokens": 3, "num_assistant_tokens_schedule": schedule}
    for name, value in {**settings, "assistant_confidence_threshold": 0.0}.items():
        setattr(draft.generation_config, name, value)
    config = GenerationConfig(max_length=40)
    made = kinds.AssistedCandidateGenerator(ALONE, draft, config, {})
    text, scores = made.get_candidates(ALONE)
    assert text.shape == (1, 8) and scores.shape == (1, 3, 53)
    made.update_candidate_strategy(text, torch.zeros(1, 4, 53), 3)
    assert made.num_assistant_tokens == (3 if schedule == "constant" else 5)
    made.update_candidate_strategy(text, torch.zeros(1, 6, 53), 2)
    assert made.num_assistant_tokens == (3 if schedule == "constant" else 4)
    model.generate(ALONE, max_new_tokens=8, eos_token_id=None, assistant_model=draft)
    # Only "heuristic" is remembered: drafts of the model itself all stand.
    assert (draft.generation_config.num_assistant_tokens > 3) is (schedule == "heuristic")


def test_doubtful_token_ends_a_draft() -> None:
    draft = build("pt", "llama")
    config = GenerationConfig(max_length=40)
    for threshold, length in ((1.0, 1), (None, 20)):
        draft.generation_config.assistant_confidence_threshold = threshold
        made = kinds.AssistedCandidateGenerator(ALONE, draft, config, {})
        assert made.get_candidates(ALONE)[0].shape[1] == 5 + length


def test_drafts_leave_room_for_the_token_after_them() -> None:
    made = kinds.AssistedCandidateGenerator(
        ALONE, assistant("pt", "llama"), GenerationConfig(max_length=6), {}
    )
    assert made.get_candidates(ALONE) == (ALONE, None)


# ------------------------------------------------------------------ looking at the prompt


@pytest.mark.parametrize(
    ("text", "draft", "options"),
    [
        ([1, 2, 3, 4, 1, 2], [3, 4, 1], {"num_output_tokens": 3}),
        ([1, 2, 3, 9, 2, 4, 1, 2], [3, 9], {"num_output_tokens": 2}),  # the longer match first
        ([1, 2, 3, 9, 2], [3, 9, 2], {}),  # then the shorter one
        ([1, 2, 3], [], {}),
        ([1, 5, 2, 8, 1], [], {"eos_token_id": 5}),  # nothing behind the end of a text
        ([1, 5, 2, 8, 1], [5], {"eos_token_id": torch.tensor([2])}),
        ([1, 5, 2, 8, 1], [5, 2], {"max_length": 7}),
        ([7], [], {}),
    ],
)
@pytest.mark.parametrize("framework", ["pt", "np"])
def test_lookup_copies_what_followed_before(
    text: list[int], draft: list[int], options: dict[str, Any], framework: str
) -> None:
    from transformers.generation.runtime import runtime

    ids = runtime(framework).tensor(np.array([text]))
    made = kinds.PromptLookupCandidateGenerator(**options)
    found, scores = made.get_candidates(ids)
    assert found.tolist() == [text + draft] and scores is None
    made.update_candidate_strategy(found, None, 0)


def test_lookup_ends_before_what_is_forbidden() -> None:
    from transformers.generation.logits import LogitsProcessorList, SuppressTokensLogitsProcessor

    processors = LogitsProcessorList([SuppressTokensLogitsProcessor([4])])
    made = kinds.PromptLookupCandidateGenerator(logits_processor=processors, vocab_size=9)
    assert made.get_candidates(torch.tensor([[1, 2, 3, 4, 1, 2]]))[0].tolist() == [[1, 2, 3, 4, 1, 2, 3]]


def test_numbers_must_be_positive_and_bases_say_what_is_missing() -> None:
    for options in ({"num_output_tokens": 0}, {"max_matching_ngram_size": -1}):
        with pytest.raises(ValueError, match="must be greater than 0"):
            kinds.PromptLookupCandidateGenerator(**options)
    with pytest.raises(NotImplementedError, match="CandidateGenerator must define get_candidates"):
        kinds.CandidateGenerator().get_candidates(ALONE)
    with pytest.raises(NotImplementedError, match="must define update_candidate_strategy"):
        kinds.CandidateGenerator().update_candidate_strategy(ALONE, None, 0)


# ------------------------------------------------------------------ sampling


def test_speculative_sampling_draws_from_the_models_distribution() -> None:
    """Chi-square of two tokens, drafted from another distribution: 15 degrees of freedom, 37.7 at 0.1 %."""
    torch.manual_seed(0)
    p, q = torch.randn(3, 4), torch.randn(2, 4)
    draws, found = 20_000, collections.Counter()
    for _ in range(draws):
        draft = torch.multinomial(q.softmax(-1), 1).reshape(1, 2)
        matches, chosen = speculate(torch, draft, q[None], p[None])
        first = int(chosen[0, 0])
        second = int(chosen[0, 1]) if matches else int(torch.multinomial(p[1].softmax(-1), 1))
        found[first, second] += 1
    chances = p.softmax(-1)
    expected = {
        (a, b): float(chances[0, a] * chances[1, b]) * draws for a, b in itertools.product(range(4), repeat=2)
    }
    assert sum((found[key] - count) ** 2 / count for key, count in expected.items()) < 37.7


@pytest.mark.parametrize("framework", ["pt", "np"])
@pytest.mark.parametrize("kind", ["assistant", "lookup", "early"])
def test_sampled_drafts_are_texts_of_the_model(framework: str, kind: str) -> None:
    model, given = writer(framework, "llama"), prompt(framework, "alone", False)
    found = model.generate(
        **given, do_sample=True, top_k=1, max_new_tokens=8, **drafted(framework, "llama", kind)
    )
    assert tokens(framework, found) == tokens(framework, model.generate(**given, max_new_tokens=8))


# ------------------------------------------------------------------ another tokenizer


@pytest.mark.parametrize("framework", ["pt", "np"])
@pytest.mark.parametrize("sample", [False, True])
def test_assistant_with_another_tokenizer_leaves_the_text_as_it_is(framework: str, sample: bool) -> None:
    model, draft = writer(framework, "llama"), build(framework, "gpt2", vocab_size=60)
    given = prompt(framework, "alone", False)
    more = {"do_sample": True, "top_k": 1} if sample else {}
    found = model.generate(
        **given, max_new_tokens=10, assistant_model=draft, tokenizer=Words(), **more,
        assistant_tokenizer=Words(60, first=4),
    )  # fmt: skip
    assert tokens(framework, found) == tokens(framework, model.generate(**given, max_new_tokens=10))


def test_drafts_are_carried_over_as_text_and_as_tokens() -> None:
    draft, mine, other = build("pt", "gpt2", vocab_size=60), Words(), Words(60, first=4)
    draft.generation_config.assistant_confidence_threshold = None
    draft.generation_config.num_assistant_tokens = 4
    draft.generation_config.eos_token_id = None
    config = GenerationConfig(max_length=30)
    args = (ALONE, draft, mine, other, config, {})
    expected = (
        draft.generate(ALONE + 4, max_new_tokens=4, suppress_tokens=[0, 1, 2, 3, 57, 58, 59])[:, 5:] - 4
    )
    translator = kinds.AssistantVocabTranslatorCache.get_translator(mine, other, 53)
    assert translator is kinds.AssistantVocabTranslatorCache.get_translator(mine, other, 53)
    shared = kinds.UniversalSpeculativeDecodingGenerator(*args, atm_translator=translator)
    text, scores = shared.get_candidates(ALONE)
    assert text.tolist() == torch.cat([ALONE, expected], dim=1).tolist() and scores.shape == (1, 4, 53)
    again = shared.get_candidates(text)[0]
    assert again[:, :9].tolist() == text.tolist() and again.shape == (1, 13)
    whole = kinds.AssistedCandidateGeneratorDifferentTokenizers(*args)
    text, scores = whole.get_candidates(ALONE)
    assert text[:, :5].tolist() == ALONE.tolist() and scores is None and text.shape[1] > 5
    kinds.AssistantVocabTranslatorCache.cleanup()


def test_translator_maps_the_tokens_that_both_have() -> None:
    class Vocabulary:
        def __init__(self, vocabulary: dict[str, int]) -> None:
            self.vocabulary = vocabulary

        def get_vocab(self) -> dict[str, int]:
            return self.vocabulary

        def __call__(self, text: str, add_special_tokens: bool = True) -> dict[str, list[int]]:
            return {"input_ids": []}

    mine, other = Vocabulary({"red": 0, "green": 1, "blue": 2}), Vocabulary({"green": 0, "pink": 1, "red": 3})
    made = kinds.AssistantToTargetTranslator(mine, other, 5)
    assert made._assistant_to_target_input_ids.tolist() == [1, -1, -1, 0]
    assert made._get_suppress_input_ids().tolist() == [1, 2]
    found = made.get_target_ids(torch.tensor([[0]]), torch.tensor([[4]]), torch.tensor([[0, 3, 1]]))
    assert found.tolist() == [[4, 0, -1]]
    logits = made.get_target_logits(torch.tensor([[[0.1, 0.2, 0.3, 0.4]]]))[0, 0].tolist()
    assert logits == [pytest.approx(0.4), pytest.approx(0.1), -np.inf, -np.inf, -np.inf]


@pytest.mark.parametrize(
    ("before", "after", "changed", "new", "others"),
    [
        ([1, 2, 3], [4, 5, 6], None, None, None),
        ([1, 2, 3], [1, 2, 3, 4, 5], 0, [4, 5], []),
        ([1, 2, 3], [2, 3, 4], 0, [4], []),
        ([1, 2, 3], [1, 2, 3], 0, [], []),
        ([1, 2, 3, 9], [1, 2, 3, 7, 8], 1, [8], [7]),
    ],
)
def test_new_tokens_are_found_behind_the_longest_common_run(
    before: list[int], after: list[int], changed: Any, new: Any, others: Any
) -> None:
    find = kinds.AssistedCandidateGeneratorDifferentTokenizers._get_tokens_diag
    found = find(torch.tensor([before]), torch.tensor([after]))
    assert found[0] == changed
    assert [None if part is None else part[0].tolist() for part in found[1:]] == [new, others]


def test_longest_diagonal_is_found() -> None:
    find = kinds.AssistedCandidateGeneratorDifferentTokenizers._get_longest_diag_index
    matrix = torch.tensor([[1, 0, 0], [0, 1, 0], [1, 0, 0]])
    assert find(matrix).tolist() == [[0, 1], [0, 1]]
