"""Layers with a window keep what it can reach; texts that begin alike share what the cache holds of that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from transformers import GenerationConfig  # noqa: E402
from transformers.generation.continuous_batching import PagedAttentionCache, RequestStatus  # noqa: E402
from transformers.generation.torch_blocks import Blocks, Groups, Prefixes  # noqa: E402

from .test_continuous_batching import alone, model_of, prompts, together  # noqa: E402

LONG = {"max_new_tokens": 40, "eos_token_id": [400]}


@contextmanager
def watched(model: Any) -> Iterator[list[tuple[int, int, int]]]:
    """Rows, new columns and all columns of every forward of more than the first token."""
    seen: list[tuple[int, int, int]] = []

    def note(module: Any, args: Any, kwargs: Any) -> None:
        rows = kwargs["past_key_values"]
        if hasattr(rows, "known"):
            seen.append((*kwargs["input_ids"].shape, rows.known + rows.new))

    handle = model.register_forward_pre_hook(note, with_kwargs=True)
    try:
        yield seen
    finally:
        handle.remove()


def cache_of(kind: str, **settings: Any) -> PagedAttentionCache:
    config = GenerationConfig()
    for name, value in settings.items():
        setattr(config, name, value)
    return PagedAttentionCache(model_of(kind).config, config, "cpu", torch.float32)


@pytest.mark.parametrize("size", [1, 3, 4, 8])
def test_long_texts_need_no_more_blocks_than_the_window(size: int) -> None:
    model, settings = model_of("mistral"), {"block_size": size, "max_batch_tokens": 6}
    blocks = cache_of("mistral", **settings, num_blocks=9).cost(1000)
    # Window 5, at most max(5, size) new tokens a step: no more than 14 neighbouring places are looked at.
    assert blocks == {1: 9, 3: 4, 4: 3, 8: 3}[size]
    texts = prompts()[3:6]
    expected = [alone(model, ids, 0, **LONG) for ids in texts]
    for count in (blocks, 2 * blocks):
        with watched(model) as seen:
            assert together(model, texts, **LONG, **settings, num_blocks=count) == expected
        assert max(length - new for _, new, length in seen) == 4  # and no row is longer than the window
        assert max(rows for rows, _, _ in seen) >= min(count // blocks, 2)


def test_text_that_its_window_always_covers_is_read_at_once() -> None:
    model = model_of("mistral")
    with watched(model) as seen:
        together(model, prompts()[4:5], max_new_tokens=1, block_size=8)
    assert seen == [(1, 5, 5)]


@pytest.mark.parametrize("kind", ["qwen2", "gpt_neo"])
def test_layers_of_both_kinds_keep_blocks_of_their_own(kind: str) -> None:
    model, settings = model_of(kind), {"block_size": 4, "max_batch_tokens": 4}
    held = cache_of(kind, **settings, num_blocks=30)
    assert (held.cost(8), held.cost(60)) == (4, 15 + 3)
    texts = prompts()[3:6]
    expected = [alone(model, ids, 0, **LONG) for ids in texts]
    assert together(model, texts, **LONG, **settings, num_blocks=held.cost(59)) == expected


def test_layers_are_grouped_by_window() -> None:
    groups = Groups((None, 4, 4, 4, None))
    assert groups.windows == [None, 4, 4]
    assert [groups.where(layer) for layer in range(5)] == [(0, 0), (1, 0), (1, 1), (2, 0), (0, 1)]
    assert Groups(()).windows == [None] and Groups(()).where(7) == (0, 7)


def test_layers_of_several_groups_share_buffers() -> None:
    held, key = cache_of("gpt_neo", num_blocks=3), torch.zeros(1, 4, 2, 8)
    assert held.pool(0, key, key)[0] is held.pool(1, key, key)[0]
    other = torch.zeros(1, 2, 2, 8)
    assert held.pool(1, other, other)[0].shape == (97, 2, 8)  # of another size: a buffer of its own


def test_configs_of_another_length_have_no_windows() -> None:
    settings = GenerationConfig()
    settings.num_blocks = 5
    config = model_of("gpt_neo").config
    held = PagedAttentionCache(config, settings, "cpu", torch.float32, layer_bytes=[64] * 3)
    assert held.groups.windows == [None] and held.reach is None and held.most_new is None


def test_blocks_go_round_in_a_window() -> None:
    blocks = Blocks(5, 2, (None, 2))
    assert blocks.cost(3) == 5 and blocks.give("a", 3) == 5 and not blocks.free
    assert blocks.places("a", 0).tolist() == [1, 2, 3, 4, 5, 6]
    assert blocks.places("a", 1).tolist() == [7, 8, 9, 10, 7, 8]
    with pytest.raises(ValueError, match="2 blocks were asked for, and 0 are free"):
        blocks.give("b", 1)
    blocks.take_back("a")
    assert sorted(blocks.free) == [0, 1, 2, 3, 4]


def test_text_may_become_longer_than_asked_for_first() -> None:
    blocks = Blocks(6, 2, (None, 2))
    assert blocks.give("a", 1) == 2 and blocks.give("a", 2) == 3 and blocks.held("a") == 3
    assert len(set(blocks.places("a", 0).tolist())) == 6 and len(set(blocks.places("a", 1).tolist())) == 4


def test_beginnings_are_found_while_somebody_holds_them() -> None:
    prefixes = Prefixes(2)
    prefixes.enter([1, 2, 3, 4, 5], [7, 8, 9], 0)
    assert prefixes.find([1, 2, 3, 4, 6]) == ([7, 8], False)
    prefixes.read([7])
    assert prefixes.find([1, 2, 9, 9, 9]) == ([7], True)
    assert prefixes.find([1, 2, 3, 4]) == ([7], True)  # one token is left to be read
    assert prefixes.find([3, 4, 5]) == ([], True)
    prefixes.read([8])
    prefixes.enter([1, 2, 3, 4, 5, 6, 7], [7, 8, 3, 2], 2)
    assert prefixes.find([1, 2, 3, 4, 5, 6, 0]) == ([7, 8, 3], False)
    prefixes.forget(8)
    prefixes.forget(100)
    assert prefixes.find([1, 2, 3, 4, 6]) == ([7], True)


def test_shared_blocks_are_free_when_nobody_has_them() -> None:
    held = cache_of("llama", num_blocks=6, block_size=2)
    assert held.begin("a", [1, 2, 3, 4, 5], 6) == 0 and held.awaits([1, 2, 3])
    held.note_read("a", 5)
    assert not held.awaits([1, 2, 3]) and held.shared([1, 2, 3, 4, 5]) == 2
    assert held.begin("b", [1, 2, 3, 4, 5], 6) == 4 and held.get_num_free_blocks() == 2
    assert held.places("a")[:4].tolist() == held.places("b")[:4].tolist()
    held.free_blocks("a")
    assert held.get_num_free_blocks() == 3 and held.shared([1, 2, 3, 4, 5]) == 2
    held.free_blocks("b")
    assert held.get_num_free_blocks() == 6 and held.shared([1, 2, 3, 4, 5]) == 0


def test_prompts_that_begin_alike_are_read_once() -> None:
    model, first = model_of("llama"), prompts()[5]
    texts = [[*first, token] for token in (3, 4, 5)] + [first[:9], first]
    settings = {"max_new_tokens": 5, "block_size": 4}
    expected = [alone(model, ids, 0, max_new_tokens=5) for ids in texts]
    with watched(model) as seen:
        assert together(model, texts, **settings) == expected
    # 21 tokens; then what stands behind the shared ones: twice 1, once 1 and 4.
    assert [rows * new for rows, new, _ in seen if new > 1] == [21, 4]
    with watched(model) as seen:
        found = together(model, texts[:1] + texts[3:], **settings, max_batch_tokens=6)
    assert found == expected[:1] + expected[3:]
    assert sum(rows * new for rows, new, _ in seen if new > 1) < 21 + 4 + 6


def test_failing_reader_leaves_those_that_waited_to_read_themselves(monkeypatch: Any) -> None:
    model, first = model_of("llama"), prompts()[5]
    whole, calls = type(model).forward, []

    def failing(self: Any, *args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:  # the first one asks for sizes
            raise RuntimeError("bad luck")
        return whole(self, *args, **kwargs)

    expected = alone(model, first, 0, max_new_tokens=4)
    monkeypatch.setattr(model, "forward", failing.__get__(model))
    settings = {"progress_bar": False, "max_new_tokens": 4, "block_size": 4}
    found = list(model.generate_batch([first, first], **settings).values())
    assert found[0].status is RequestStatus.FAILED and found[0].error == "bad luck"
    assert found[1].generated_tokens == expected
