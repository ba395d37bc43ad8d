"""Blocks are counted, and requests wait for them and for their turn."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from transformers import GenerationConfig, LlamaConfig  # noqa: E402
from transformers.generation.continuous_batching import (  # noqa: E402
    PagedAttentionCache,
    RequestState,
    RequestStatus,
)
from transformers.generation.continuous_batching.cache import group_layers_by_attn_type  # noqa: E402
from transformers.generation.continuous_batching.continuous_api import build_attention_mask  # noqa: E402
from transformers.generation.continuous_batching.scheduler import (  # noqa: E402
    FIFOScheduler,
    PrefillFirstScheduler,
)
from transformers.generation.torch_batching import kind_of  # noqa: E402

from .writers import writer  # noqa: E402


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


def test_blocks_follow_from_memory_where_their_number_is_not_given() -> None:
    settings = GenerationConfig()
    settings.max_memory = 0.001
    found = PagedAttentionCache(writer("pt", "llama").config, settings, "cpu", torch.float32)
    assert found.num_blocks > 0 and found.block_size == 32


def request(name: str, length: int, new: int = 5) -> RequestState:
    first = 100 * ord(name)  # prompts that begin alike would share
    return RequestState(name, full_prompt_ids=list(range(first, first + length)), max_new_tokens=new)


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


@pytest.mark.parametrize(
    ("kinds", "window", "expected"),
    [
        (None, None, "f:0123"),
        (None, 7, "s:0123"),
        ("ssss", 7, "s:0123"),
        ("ssfssf", 7, "s:01 s:34 f:25"),
        ("sssf", 7, "s:0 s:1 s:2 f:3"),
    ],
)
def test_layers_stand_in_the_published_groups(kinds: str | None, window: int | None, expected: str) -> None:
    names = {"f": "full_attention", "s": "sliding_attention"}
    config = LlamaConfig(num_hidden_layers=4)
    config.layer_types = None if kinds is None else [names[kind] for kind in kinds]
    config.sliding_window = window
    groups, found = group_layers_by_attn_type(config)
    short = [f"{kind[0]}:{''.join(map(str, group))}" for group, kind in zip(groups, found, strict=True)]
    assert short == expected.split()


@pytest.mark.parametrize(
    ("queries", "keys", "window", "expected"),
    [
        ([0, 3], [0, 5], 1, ["11100", "11110", "11111"]),
        ([0, 3], [0, 5], 3, ["11100", "01110", "00111"]),
        ([0, 2, 3], [0, 3, 5], 1, ["11000", "11100", "00011"]),
        ([0, 2, 3], [0, 3, 6], 2, ["110000", "011000", "000011"]),
    ],
)
def test_texts_of_one_row_are_kept_apart(
    queries: list[int], keys: list[int], window: int, expected: list[str]
) -> None:
    mask = torch.full((1, 1, queries[-1], keys[-1]), -9.0)
    build_attention_mask(mask, torch.tensor(queries), torch.tensor(keys), window)
    seen = [[0.0 if char == "1" else -9.0 for char in row] for row in expected]
    assert mask[0, 0].tolist() == seen


def test_parts_of_a_step_run_with_others_of_nearly_their_length() -> None:
    groups: dict[tuple[int, int], list[int]] = {}
    for tokens in range(1, 3000):
        groups.setdefault(kind_of(tokens), []).append(tokens)
    assert groups[kind_of(1)] == [1] and groups[kind_of(16)] == [*range(9, 17)]
    large = [group for group in groups.values() if group[0] > 16]
    assert all(group[-1] <= 1.25 * group[0] for group in large) and len(large) < 32
