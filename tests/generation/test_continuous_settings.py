"""What a text may ask for beside its prompt acts in a changing batch as it does alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from transformers import WatermarkingConfig  # noqa: E402
from transformers.generation import SynthIDTextWatermarkingConfig  # noqa: E402
from transformers.generation.continuous_batching import RequestStatus  # noqa: E402

from .test_continuous_batching import TIGHT, alone, model_of, prompts, together  # noqa: E402
from .writers import Words  # noqa: E402

KEYS = [654, 400, 836, 123, 340]
# Settings, each with what lets it be seen: greedy texts of these models, or drawn ones.
SETTINGS: dict[str, dict[str, Any]] = {
    "repetition_penalty": {"repetition_penalty": 1.8},
    "no_repeat_ngram_size": {"no_repeat_ngram_size": 1},
    "encoder_no_repeat_ngram_size": {"encoder_no_repeat_ngram_size": 1},
    "encoder_repetition_penalty": {"encoder_repetition_penalty": 1.8},
    "bad_words_ids": {"bad_words_ids": [[7], [30], [41, 5], [60], [77]]},
    "sequence_bias": {"sequence_bias": {(9,): 4.0, (3, 12): 9.0}},
    "min_length": {"min_length": 12, "eos_token_id": list(range(0, 97, 4))},
    "min_new_tokens": {"min_new_tokens": 4, "eos_token_id": list(range(0, 97, 4))},
    "max_length": {"max_length": 24, "max_new_tokens": None},
    "eos_token_id": {"eos_token_id": list(range(0, 97, 5))},
    "forced_bos_token_id": {"forced_bos_token_id": 33},
    "forced_eos_token_id": {"forced_eos_token_id": [2, 14]},
    "decay": {"exponential_decay_length_penalty": (2, 1.9), "eos_token_id": [2]},
    "suppress_tokens": {"suppress_tokens": list(range(40, 97))},
    "begin_suppress_tokens": {"begin_suppress_tokens": list(range(30, 97))},
    "remove_invalid_values": {"remove_invalid_values": True},
    "greenlist": {"watermarking_config": WatermarkingConfig(bias=4.0)},
    "synthid": {
        "watermarking_config": SynthIDTextWatermarkingConfig(keys=KEYS, ngram_len=3),
        "do_sample": True,
    },
    "temperature": {"do_sample": True, "temperature": 0.4},
    "top_k": {"do_sample": True, "top_k": 3},
    "top_p": {"do_sample": True, "top_p": 0.6, "top_k": 0},
    "min_p": {"do_sample": True, "min_p": 0.3},
    "typical_p": {"do_sample": True, "typical_p": 0.5},
    "epsilon_cutoff": {"do_sample": True, "epsilon_cutoff": 0.02},
    "eta_cutoff": {"do_sample": True, "eta_cutoff": 0.1},
    "renormalize_logits": {"do_sample": True, "renormalize_logits": True},
    "static cache": {"cache_implementation": "static"},
    "no states asked for": {"output_scores": True},
}
IDLE = ("remove_invalid_values", "renormalize_logits", "static cache", "no states asked for")
STOPS = ["w41 ", "3 w", "w9"]


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_act_on_each_text_as_alone(name: str) -> None:
    model, settings = model_of("llama"), {"max_new_tokens": 7, **SETTINGS[name]}
    texts = prompts()
    expected = [alone(model, ids, seed, **settings) for seed, ids in enumerate(texts)]
    assert together(model, texts, seeds=list(range(10)), **TIGHT, **settings) == expected
    plain = {"max_new_tokens": 7, "do_sample": settings.get("do_sample", False)}
    usual = [alone(model, ids, seed, **plain) for seed, ids in enumerate(texts)]
    assert (expected == usual) == (name in IDLE)


def test_forced_decoder_ids_act_on_each_text_as_alone() -> None:
    model = model_of("llama")
    config = type(model.generation_config)(max_new_tokens=4, eos_token_id=[2], pad_token_id=0)
    config.forced_decoder_ids = [[3, 50], [7, 51]]
    expected = [alone(model, ids, 0, generation_config=config) for ids in prompts()]
    found = model.generate_batch(prompts(), config, progress_bar=False)
    assert [out.generated_tokens for out in found.values()] == expected
    assert expected[2][0] == 50 and expected[1][0] == 51


class OnlyAfter:
    """A processor that remembers how long the text was that it saw first: it serves one text."""

    def __init__(self) -> None:
        self.first: int | None = None

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        self.first = input_ids.shape[1] if self.first is None else self.first
        wanted = 10 + 2 * (input_ids.shape[1] - self.first)
        return scores.masked_fill(torch.arange(scores.shape[-1]) != wanted, -float("inf"))


def test_processors_of_a_call_serve_each_text_with_a_copy() -> None:
    given = OnlyAfter()
    found = together(model_of("llama"), prompts(), max_new_tokens=3, logits_processor=[given], **TIGHT)
    assert found == [[10, 12, 14]] * 10 and given.first is None


def test_criteria_of_a_call_end_each_text() -> None:
    def even(input_ids: Any, scores: Any) -> bool:
        assert scores[-1].argmax() == input_ids[0, -1]
        return bool(input_ids.shape[1] % 2 == 0)

    found = together(model_of("llama"), prompts(), max_new_tokens=6, stopping_criteria=[even])
    assert [len(ids) + len(new) for ids, new in zip(prompts(), found, strict=True)] == [
        *(2, 8, 4, 14, 6, 22, 4, 10, 6, 18)  # the first even length above 1, 7, 3, 12, 5, 20, 2, 9, 4, 16
    ]


def test_processor_that_raises_ends_its_text_alone() -> None:
    def picky(input_ids: Any, scores: Any) -> Any:
        if input_ids.shape[1] == 8:
            raise RuntimeError("not eight")
        return scores

    texts = prompts()[:3]
    given = {"max_new_tokens": 3, "progress_bar": False, "logits_processor": [picky]}
    found = list(model_of("llama").generate_batch(texts, **given).values())
    expected = [alone(model_of("llama"), ids, 0, max_new_tokens=3) for ids in texts]
    assert found[1].status is RequestStatus.FAILED and found[1].error == "not eight"
    assert found[1].generated_tokens == expected[1][:1]
    assert [found[i].generated_tokens for i in (0, 2)] == [expected[i] for i in (0, 2)]


@pytest.mark.parametrize("kind", ["llama", "mistral"])
def test_stop_strings_end_each_text_as_alone(kind: str) -> None:
    model, settings = model_of(kind), {"max_new_tokens": 20, "eos_token_id": [400], "pad_token_id": 0}
    settings |= {"stop_strings": STOPS, "tokenizer": Words(97)}
    expected = [alone(model, ids, 0, **settings) for ids in prompts()]
    assert together(model, prompts(), **settings, **TIGHT) == expected
    assert len({len(new) for new in expected}) > 3


@pytest.mark.parametrize("kind", ["llama", "mistral"])
def test_several_texts_of_a_prompt_are_those_of_their_seeds(kind: str) -> None:
    model, texts, seeds = model_of(kind), prompts()[3:6], list(range(9))
    settings = {"max_new_tokens": 5, "do_sample": True, "top_k": 0}
    found = model.generate_batch(
        texts, num_return_sequences=3, seeds=seeds, progress_bar=False, block_size=4, **settings
    )
    assert list(found) == [f"req_{i}{end}" for i in range(3) for end in ("", "#1", "#2")]
    expected = [alone(model, texts[seed // 3], seed, **settings) for seed in seeds]
    assert [out.generated_tokens for out in found.values()] == expected
    assert [out.prompt_ids for out in found.values()] == [texts[seed // 3] for seed in seeds]
    torch.manual_seed(4)
    drawn = together(model, texts, 3, **settings)
    torch.manual_seed(4)
    assert together(model, texts, 3, **TIGHT, **settings) == drawn


def test_text_that_ends_within_its_prompt_goes_on() -> None:
    model, ids = model_of("llama"), [*prompts()[0], 2]
    expected = alone(model, ids, 0, max_new_tokens=5)
    assert together(model, [ids], max_new_tokens=5) == [expected] and expected[0] != 2


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ([5, 6], TypeError, "'req_0' must be a list of token ids, got int"),
        ([[5, 6.0]], TypeError, "must be a list of token ids, got list"),
        ([[[5, 6]]], TypeError, "must be a list of token ids"),
        ([torch.tensor([], dtype=torch.long)], ValueError, "'req_0' has no tokens"),
    ],
)
def test_prompts_are_lists_of_tokens(given: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        model_of("llama").generate_batch(given, progress_bar=False)


def test_prompts_may_be_tensors() -> None:
    texts = prompts()[:2]
    assert together(model_of("llama"), texts, max_new_tokens=2) == [
        out.generated_tokens
        for out in model_of("llama")
        .generate_batch([torch.tensor(ids) for ids in texts], progress_bar=False, max_new_tokens=2)
        .values()
    ]


CALLS: list[tuple[str, Callable[[Any], Any]]] = [
    ("of a call", lambda m: m.generate_batch([[5]], stop_strings=["end"])),
    ("of a manager", lambda m: manager(m, stop_strings=["end"])),
    ("of a request", lambda m: manager(m).add_request([5], stop_strings="end")),
]


def manager(model: Any, **settings: Any) -> Any:
    config = type(model.generation_config).from_dict({**model.generation_config.to_dict(), **settings})
    return model.init_continuous_batching(config)


@pytest.mark.parametrize(("whose", "call"), CALLS, ids=[whose for whose, _ in CALLS])
def test_stop_strings_need_the_tokenizer(whose: str, call: Callable[[Any], Any]) -> None:
    with pytest.raises(ValueError, match="stop_strings need the tokenizer"):
        call(model_of("llama"))
