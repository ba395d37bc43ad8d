"""Texts that are written together are those that are written alone, whatever waits for whatever."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig  # noqa: E402
from transformers.generation.continuous_batching import (  # noqa: E402
    PagedAttentionCache,
    RequestState,
    RequestStatus,
)
from transformers.generation.continuous_batching.scheduler import (  # noqa: E402
    FIFOScheduler,
    PrefillFirstScheduler,
)

from ..models import seeding  # noqa: E402
from ..models.adapters import ADAPTERS  # noqa: E402
from . import golden_cases  # noqa: E402
from .test_golden_tokens import golden  # noqa: E402
from .writers import build, writer  # noqa: E402

_SIZES = {"vocab_size": 97, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
# What tells a decoder where a token stands: rotary angles, windows of keys, two kinds of bias, three tables.
KINDS: dict[str, dict[str, Any]] = {
    "llama": {"intermediate_size": 40, "num_key_value_heads": 2},
    "mistral": {"intermediate_size": 40, "num_key_value_heads": 2, "sliding_window": 5},
    "gpt2": {"n_positions": 64},
    "gpt_neo": {"attention_types": [[["global", "local"], 1]], "window_size": 4, "num_layers": 2},
    "opt": {"ffn_dim": 40, "max_position_embeddings": 64, "word_embed_proj_dim": 32},
    "bloom": {},
    "falcon": {"alibi": True},
    "gptj": {"rotary_dim": 4},
}
LENGTHS = (1, 7, 3, 12, 5, 20, 2, 9, 4, 16)
TIGHT = {"num_blocks": 17, "block_size": 4, "max_batch_tokens": 10}  # four or so texts at a time
WAYS: list[dict[str, Any]] = [
    {},
    {"do_sample": True, "top_k": 20, "temperature": 1.5, "scheduler": "prefill_first"},
    {"repetition_penalty": 1.5, "no_repeat_ngram_size": 2, "min_new_tokens": 4},
]


@functools.cache
def model_of(kind: str) -> Any:
    config = AutoConfig.for_model(kind, **{**_SIZES, "bos_token_id": 1, "eos_token_id": 2, **KINDS[kind]})
    model, adapter = AutoModelForCausalLM.from_config(config), ADAPTERS["pt"]
    adapter.assign(model, {n: seeding.weight(n, s) for n, s in adapter.shapes(model).items()})
    return model.eval()


def prompts() -> list[list[int]]:
    numbers = torch.Generator().manual_seed(3)
    return [torch.randint(3, 97, (length,), generator=numbers).tolist() for length in LENGTHS]


def alone(model: Any, ids: list[int], seed: int, **settings: Any) -> list[int]:
    torch.manual_seed(seed)
    return model.generate(torch.tensor([ids]), **settings)[0, len(ids) :].tolist()  # type: ignore[no-any-return]


def together(model: Any, texts: list[list[int]], **settings: Any) -> list[list[int]]:
    found = model.generate_batch(texts, progress_bar=False, **settings)
    assert list(found) == [f"req_{index}" for index in range(len(texts))]
    assert [out.prompt_ids for out in found.values()] == texts
    assert all(out.status is RequestStatus.FINISHED and out.error is None for out in found.values())
    return [out.generated_tokens for out in found.values()]


@pytest.mark.parametrize("way", range(len(WAYS)))
@pytest.mark.parametrize("kind", KINDS)
def test_generate_batch_writes_what_generate_writes_alone(kind: str, way: int) -> None:
    model, settings = model_of(kind), {"max_new_tokens": 7, **WAYS[way]}
    own = {name: value for name, value in settings.items() if name != "scheduler"}
    expected = [alone(model, ids, seed, **own) for seed, ids in enumerate(prompts())]
    assert together(model, prompts(), seeds=list(range(10)), **TIGHT, **settings) == expected
    assert len(set(map(tuple, expected))) >= 8  # texts differ: rows that were mixed up would show


@pytest.mark.parametrize("key", ["greedy_padded", "greedy_ends", "penalties", "forced", "forbidden", "decay"])
@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_generate_batch_writes_the_published_tokens(name: str, key: str) -> None:
    call, expected = golden_cases.CALLS[key], golden()["runs"][name][key]["sequences"]
    width = len(golden_cases.PROMPT[0])
    padded = call.get("prompt") == "padded"
    lengths = golden_cases.LENGTHS if padded else [width] * len(golden_cases.PROMPT)
    texts = [row[width - n :] for row, n in zip(golden_cases.PROMPT, lengths, strict=True)]
    found = together(writer("pt", name), texts, **call["set"])
    filled = [new + [3] * (len(row) - width - len(new)) for new, row in zip(found, expected, strict=True)]
    assert filled == [row[width:] for row in expected]


def test_one_seed_for_all_settles_drawn_texts() -> None:
    model, settings = model_of("llama"), {"max_new_tokens": 6, "do_sample": True, "top_k": 0}
    found = []
    for more in ({}, TIGHT):
        torch.manual_seed(5)
        found.append(together(model, prompts(), **settings, **more))
    assert found[0] == found[1]


def test_log_probabilities_are_those_of_the_written_tokens() -> None:
    model, ids = model_of("gpt2"), prompts()[3]
    out = model.generate_batch([ids], progress_bar=False, max_new_tokens=5, log_prob_generation=True)["req_0"]
    with torch.no_grad():
        logits = model(torch.tensor([ids + out.generated_tokens])).logits[0, len(ids) - 1 : -1]
    expected = torch.log_softmax(logits, dim=-1)[torch.arange(5), out.generated_tokens]
    torch.testing.assert_close(torch.tensor(out.logprobs), expected, atol=1e-4, rtol=1e-4)


def test_failing_request_leaves_the_others_alone() -> None:
    model, texts = model_of("llama"), prompts()
    good = together(model, texts, max_new_tokens=5)
    texts[4] = [500, 3]
    texts[6] = list(range(3, 93))
    found = [*model.generate_batch(texts, progress_bar=False, max_new_tokens=5, **TIGHT).values()]
    assert [out.status is RequestStatus.FAILED for out in found] == [i in (4, 6) for i in range(10)]
    assert "index" in str(found[4].error) and "num_blocks" in str(found[6].error)
    kept = [i for i in range(10) if i not in (4, 6)]
    assert [found[i].generated_tokens for i in kept] == [good[i] for i in kept]


def test_time_is_up_for_each_text() -> None:
    found = together(model_of("llama"), prompts()[:3], max_new_tokens=40, max_time=0.0)
    assert [len(new) for new in found] == [1, 1, 1]


def test_no_prompts_give_nothing() -> None:
    assert model_of("llama").generate_batch([], progress_bar=False) == {}


@pytest.mark.parametrize("weights", ["kept", "packed"])
def test_generate_batch_leaves_the_model_as_it_was(weights: str) -> None:
    model = build("pt", "llama")
    model.prepack_weights(weights == "packed")
    before = {name: vars(module).get("forward") for name, module in model.named_modules()}
    together(model, golden_cases.PROMPT, max_new_tokens=3)
    assert {name: vars(module).get("forward") for name, module in model.named_modules()} == before


REFUSED: list[tuple[str, Callable[[Any], Any]]] = [
    ("num_beams|beam search", lambda m: m.generate_batch([[5]], num_beams=2)),
    ("num_return_sequences", lambda m: m.generate_batch([[5]], do_sample=True, num_return_sequences=2)),
    ("guidance_scale", lambda m: m.generate_batch([[5]], guidance_scale=2.0)),
    ("stop_strings", lambda m: m.generate_batch([[5]], stop_strings=["end"])),
    ("scheduler must be one of", lambda m: m.generate_batch([[5]], scheduler="lifo")),
    ("does not know colour", lambda m: m.generate_batch([[5]], colour=1)),
    ("has no tokens", lambda m: m.generate_batch([[5], []])),
    ("nothing can be written", lambda m: m.generate_batch([[5, 6, 7]], max_length=3)),
    ("2 prompts and 1 seeds", lambda m: m.generate_batch([[5], [6]], seeds=[1])),
    ("num_blocks must be", lambda m: m.generate_batch([[5]], num_blocks=0)),
    ("block_size must be", lambda m: m.generate_batch([[5]], block_size=2.5)),
    ("no memory for a single block", lambda m: m.generate_batch([[5]], max_memory=0.0)),
]


@pytest.mark.parametrize(("message", "call"), REFUSED, ids=[message for message, _ in REFUSED])
def test_impossible_settings_are_refused(message: str, call: Callable[[Any], Any]) -> None:
    with pytest.raises(ValueError, match=message):
        call(model_of("llama"))


@pytest.mark.parametrize(
    ("name", "message"), [("t5", "with an encoder"), ("xlnet", "keeps no keys"), ("own", "form of its own")]
)
def test_models_without_shared_keys_are_refused(name: str, message: str, monkeypatch: Any) -> None:
    if name == "xlnet":
        library = importlib.import_module("transformers")
        model = library.XLNetLMHeadModel(
            library.XLNetConfig(vocab_size=9, d_model=8, n_layer=1, n_head=2, d_inner=8)
        )
    else:
        model = build("pt", "t5" if name == "t5" else "llama")
    if name == "own":
        monkeypatch.setattr(model, "forward", lambda **kwargs: None)
    with pytest.raises(ValueError, match=message):
        model.generate_batch([[5]], progress_bar=False)


def cache(blocks: int, size: int = 4) -> PagedAttentionCache:
    settings = GenerationConfig()
    settings.num_blocks, settings.block_size = blocks, size
    return PagedAttentionCache(writer("pt", "llama").config, settings, "cpu", torch.float32)


def test_blocks_are_counted_and_come_back() -> None:
    held = cache(5)
    assert held.allocate_blocks(3, "a") == 3 and held.get_num_free_blocks() == 2
    assert len(set(held.places("a").tolist())) == 12
    with pytest.raises(ValueError, match="3 blocks were asked for, and 2 are free"):
        held.allocate_blocks(3, "b")
    held.free_blocks("a")
    held.free_blocks("nobody")
    assert held.get_num_free_blocks() == 5


def test_cache_is_no_larger_than_asked_for() -> None:
    held = cache(5)
    held.shrink(9)
    held.shrink(3)
    assert held.num_blocks == held.get_num_free_blocks() == 3
    held.allocate_blocks(3, "a")
    key = torch.zeros(1, 2, 4, 6)
    assert held.pool(0, key, key)[0].shape[0] == 13  # a place for padding stands in front


def test_models_are_known_by_the_published_mixin() -> None:
    from transformers.generation import ContinuousMixin

    assert isinstance(model_of("llama"), ContinuousMixin)


def test_blocks_follow_from_memory_where_their_number_is_not_given() -> None:
    settings = GenerationConfig()
    settings.max_memory = 0.001
    found = PagedAttentionCache(writer("pt", "llama").config, settings, "cpu", torch.float32)
    assert found.num_blocks > 0 and found.block_size == 32


def request(name: str, length: int, new: int = 5) -> RequestState:
    return RequestState(name, full_prompt_ids=list(range(length)), max_new_tokens=new)


def read(states: list[RequestState]) -> list[tuple[str, int]]:
    """Names and numbers of tokens of a step, which is then taken as done."""
    found = [(state.request_id, len(state.prompt_ids or ())) for state in states]
    for state in states:
        if state.remaining_prompt_ids:
            state.status = RequestStatus.SPLIT_PENDING_REMAINDER
        else:
            state.update_with_token(1)
    return found


def test_first_come_first_served_within_blocks_and_budget() -> None:
    scheduler = FIFOScheduler(cache(6))
    for name, length in (("a", 8), ("b", 6), ("c", 9), ("d", 2)):
        scheduler.add_waiting_request(request(name, length))
    assert read(scheduler.schedule_batch(10)) == [("a", 8), ("b", 2)]
    assert read(scheduler.schedule_batch(10)) == [("a", 1), ("b", 4)]  # c finds no blocks, d waits behind it
    scheduler.finish_request("a")
    assert read(scheduler.schedule_batch(10)) == [("b", 1)]
    scheduler.finish_request("b")
    assert read(scheduler.schedule_batch(10)) == [("c", 9), ("d", 1)]
    assert scheduler.get_active_request_static_outputs("c") == [1]
    assert scheduler.get_active_request_static_outputs("a") == []


def test_prompts_first_reads_before_it_writes() -> None:
    scheduler = PrefillFirstScheduler(cache(20))
    for name, length in (("a", 4), ("b", 9)):
        scheduler.add_waiting_request(request(name, length))
    assert read(scheduler.schedule_batch(6)) == [("a", 4), ("b", 2)]
    scheduler.add_waiting_request(request("c", 2))
    assert read(scheduler.schedule_batch(6)) == [("b", 6)]
    assert read(scheduler.schedule_batch(6)) == [("b", 1), ("c", 2), ("a", 1)]


def test_safety_margin_keeps_blocks_while_texts_are_written() -> None:
    scheduler = FIFOScheduler(cache(6), safety_margin=0.5)
    for name in "abc":
        scheduler.add_waiting_request(request(name, 4))
    assert read(scheduler.schedule_batch(50)) == [("a", 4)]
    with pytest.raises(ValueError, match="safety_margin must be in"):
        FIFOScheduler(cache(6), safety_margin=1.0)
