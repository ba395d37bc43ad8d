"""Processors with more inputs, with state, or with work on the host."""

from __future__ import annotations

import types
from typing import Any

import numpy as np
import pytest

from .logits_cases import IDS, SCORES, B, V
from .logits_oracle import keep
from .ring import COMPILED, FRAMEWORKS, call, compiled, make, ring, tensor, torch_of

everywhere = pytest.mark.parametrize("framework", FRAMEWORKS)
COUNT = int(0.4 * V)
CLEAR = np.where(np.isinf(SCORES), np.float32(-9), SCORES)


def close(found: Any, wanted: Any) -> None:
    np.testing.assert_allclose(found, wanted, rtol=2e-6, atol=2e-6)


@everywhere
def test_prefix_constraint_keeps_what_the_function_allows(framework: str) -> None:
    seen = []

    def allowed(number: int, text: Any) -> list[int]:
        seen.append((number, np.asarray(text).tolist()))
        return [1 + number, 5]

    processor = make(framework, "PrefixConstrainedLogitsProcessor", (allowed, 2))
    found = call(framework, processor, IDS, SCORES, cur_len=3)
    assert seen == [(row // 2, IDS[row, :3].tolist()) for row in range(B)]
    close(found, [keep(row, [1 + number // 2, 5]) for number, row in enumerate(SCORES)])


@everywhere
@pytest.mark.parametrize(("group", "groups"), [(0, 3), (1, 3), (2, 3), (1, 2)])
def test_hamming_diversity_counts_earlier_groups(framework: str, group: int, groups: int) -> None:
    beams, texts = 6, 2
    size = beams // groups
    random = np.random.default_rng(3)
    chosen = random.integers(0, 5, texts * beams)
    scores = random.normal(size=(texts * size, V)).astype(np.float32)
    processor = make(framework, "HammingDiversityLogitsProcessor", (0.75, beams, groups))
    found = call(framework, processor, IDS[: texts * size], scores, chosen, beam_group_idx=group)
    wanted = scores.astype(np.float64)
    for text in range(texts):
        for token in chosen[text * beams : text * beams + group * size]:
            wanted[text * size : (text + 1) * size, token] -= 0.75
    close(found, wanted)


@everywhere
def test_guidance_moves_away_from_scores_without_prompt(framework: str) -> None:
    with_prompt, without = CLEAR[:2].astype(np.float64), CLEAR[2:].astype(np.float64)
    plain = make(framework, "ClassifierFreeGuidanceLogitsProcessor", (2.5,))
    close(call(framework, plain, IDS[:2], CLEAR), without + 2.5 * (with_prompt - without))
    dia = make(framework, "DiaClassifierFreeGuidanceLogitsProcessor", (2.5,))
    guided = with_prompt + 2.5 * (with_prompt - without)
    close(call(framework, dia, IDS[:2], CLEAR), guided)
    chosen = make(framework, "DiaClassifierFreeGuidanceLogitsProcessor", (2.5, 4))
    wanted = [keep(row, np.argsort(-g)[:4].tolist()) for row, g in zip(with_prompt, guided, strict=True)]
    close(call(framework, chosen, IDS[:2], CLEAR), wanted)


class Counter:
    """A model whose logits tell which ids, mask and cache it was given."""

    def __init__(self, torch: Any) -> None:
        self.torch = torch
        self.calls: list[tuple[Any, Any, Any]] = []

    def __call__(self, ids: Any, attention_mask: Any, use_cache: bool, past_key_values: Any) -> Any:
        self.calls.append((np.asarray(ids).tolist(), np.asarray(attention_mask).tolist(), past_key_values))
        logits = self.torch.nn.functional.one_hot(ids.long(), V).to(self.torch.float32)

        class Output(dict[str, Any]):
            pass

        found = Output(past_key_values=len(self.calls) if use_cache else None)
        found.logits = logits
        return found


@everywhere
@pytest.mark.parametrize("cached", [True, False])
def test_unbatched_guidance_runs_the_model_on_its_own_prompt(framework: str, cached: bool) -> None:
    model = Counter(torch_of(framework))
    prompt = np.array([[3, 4], [5, 6]])
    arguments = (1.5, model, prompt, None, cached)
    processor = make(framework, "UnbatchedClassifierFreeGuidanceLogitsProcessor", arguments)
    for length, last in ((3, prompt[:, -1]), (4, IDS[:2, 3])):
        found = call(framework, processor, IDS[:2, :length], CLEAR[:2])
        with_prompt = CLEAR[:2] - np.log(np.exp(CLEAR[:2].astype(np.float64)).sum(-1, keepdims=True))
        hot = np.eye(V)[last]
        without = hot - np.log(np.exp(hot).sum(-1, keepdims=True))
        close(found, 1.5 * (with_prompt - without) + without)
    second = IDS[:2, 3:4] if cached else np.concatenate([prompt, IDS[:2, 3:4]], axis=1)
    assert model.calls == [
        (prompt.tolist(), [[1, 1]] * 2, None),
        (second.tolist(), [[1, 1, 1]] * 2, 1 if cached else None),
    ]


def test_unbatched_guidance_of_one_is_log_softmax() -> None:
    processor = make("np", "UnbatchedClassifierFreeGuidanceLogitsProcessor", (1, None))
    close(np.exp(call("np", processor, IDS, CLEAR).astype(np.float64)).sum(-1), np.ones(B))


def test_unbatched_guidance_begins_with_the_last_token_where_no_prompt_is_given() -> None:
    model = Counter(torch_of("np"))
    processor = make("np", "UnbatchedClassifierFreeGuidanceLogitsProcessor", (2.0, model))
    call("np", processor, IDS, CLEAR, cur_len=4)
    assert model.calls[0][:2] == (IDS[:, 3:4].tolist(), [[1]] * B)


@everywhere
def test_dia_ends_by_its_first_channel_alone(framework: str) -> None:
    end = 12
    scores = CLEAR.copy()
    scores[0, end], scores[2, end] = 50.0, -50.0
    scores[:, end + 1] = 60.0
    processor = make(framework, "DiaEOSChannelFilterLogitsProcessor", (2, end))
    found = call(framework, processor, IDS[:2], scores)
    wanted = [keep(row, range(end)) for row in scores]
    wanted[0] = keep(scores[0], [end])
    close(found, wanted)


@everywhere
def test_dia_delays_the_end_of_each_channel(framework: str) -> None:
    end, texts = 4, 2
    processor = make(framework, "DiaEOSDelayPatternLogitsProcessor", ([0, 2, 3], end, 12))
    forced = []
    for length in range(1, 13):
        scores = np.zeros((texts * 3, 7), np.float32)
        scores[:, 1] = 1.0
        scores[0, end] = 9.0 * (length == 3)  # the first text ends by itself, the second at the limit of 8
        found = call(framework, processor, np.ones((texts * 3, length), np.int64), scores)
        only = keep(np.zeros(7), [end])
        forced += [(length, row) for row in range(texts * 3) if (found[row] == only).all()]
    assert forced == [(3, 0), (5, 1), (6, 2), (8, 3), (10, 4), (11, 5)]


def green_of(context: list[int], scheme: str, key: int, count: int) -> set[int]:
    """The green list by PyTorch's own generator."""
    torch = pytest.importorskip("torch")
    draw = torch.Generator()
    if scheme == "lefthash":
        seed = key * context[-1]
    else:
        draw.manual_seed(key)
        table = torch.randperm(1_000_003, generator=draw)
        seed = min(key * (int(table[t]) + 1) * (int(table[context[-1]]) + 1) for t in context)
    draw.manual_seed(seed % (2**64 - 1))
    return set(torch.randperm(V, generator=draw)[:count].tolist())


@everywhere
@pytest.mark.parametrize("width", [1, 2])
def test_watermark_raises_green_tokens(framework: str, width: int) -> None:
    arguments = (V, "cpu", 0.4, 1.25, 15485863, "lefthash", width)
    processor = make(framework, "WatermarkLogitsProcessor", arguments)
    found = call(framework, processor, IDS, CLEAR, cur_len=5)
    wanted = CLEAR.copy()
    for row in range(B):
        wanted[row, list(green_of(IDS[row, :5].tolist(), "lefthash", 15485863, COUNT))] += 1.25
    close(found, wanted)
    close(call(framework, processor, IDS[:, : width - 1], CLEAR), CLEAR if width > 1 else wanted * 0 + CLEAR)


def test_watermark_lets_a_token_take_part_in_its_own_seed() -> None:
    processor = make("np", "WatermarkLogitsProcessor", (V, "cpu", 0.4, 1.25, 99, "selfhash", 2))
    found = call("np", processor, IDS[:1], CLEAR[:1])
    raised = {
        token for token in range(V) if token in green_of([int(IDS[0, -1]), token], "selfhash", 99, COUNT)
    }
    assert set(np.flatnonzero(found[0] != CLEAR[0]).tolist()) == raised


@pytest.mark.parametrize("framework", COMPILED)
def test_watermark_is_part_of_a_compiled_graph(framework: str) -> None:
    arguments = (V, "cpu", 0.4, 1.25, 15485863, "lefthash", 1)
    run = compiled(framework, make(framework, "WatermarkLogitsProcessor", arguments))
    eager = make("np", "WatermarkLogitsProcessor", arguments)
    for length in (1, 6):
        close(run(IDS, CLEAR, length), call("np", eager, IDS[:, :length], CLEAR))


def hashed(start: int, numbers: list[int]) -> int:
    """The generator's state after numbers, as a signed 64-bit integer."""
    for number in numbers:
        start = (start + number) * 6364136223846793005 + 1
    start %= 2**64
    return start - 2**64 if start >= 2**63 else start


@pytest.mark.parametrize("framework", [key for key in FRAMEWORKS if key != "jax"])
def test_synthid_plays_its_tournament(framework: str) -> None:
    torch = pytest.importorskip("torch")
    keys, n, size = [7, 30, 2], 3, 64
    arguments = (n, keys, size, 5, 4)
    draw = torch.Generator().manual_seed(5)
    table = torch.randint(0, 2, (size,), generator=draw).tolist()
    processor = make(framework, "SynthIDTextWatermarkLogitsProcessor", arguments)
    contexts = [[0, 0] for _ in range(B)]
    history: list[list[int]] = [[0] * 4 for _ in range(B)]
    for length in range(2, 8):
        found = call(framework, processor, IDS[:, :length], CLEAR)
        for row in range(B):
            if length > 2:
                contexts[row] = [contexts[row][1], int(IDS[row, length - 1])]
            context = hashed(1, contexts[row])
            likely = np.exp(CLEAR[row].astype(np.float64))
            likely /= likely.sum()
            for key in keys:
                bits = np.array([table[hashed(hashed(context, [t]), [key]) % size] for t in range(V)])
                likely = likely * (1 + bits - (bits * likely).sum())
            wanted = CLEAR[row] if context in history[row] else np.log(np.maximum(likely, 1e-300))
            np.testing.assert_allclose(
                np.maximum(found[row], -600), np.maximum(wanted, -600), rtol=1e-4, atol=1e-4
            )
            history[row] = [context, *history[row]][:4]


def test_synthid_scores_a_text() -> None:
    torch = pytest.importorskip("torch")
    processor = make("pt", "SynthIDTextWatermarkLogitsProcessor", (3, [11, 4], 128, 2, 16))
    ids = tensor("pt", IDS)
    table = torch.randint(0, 2, (128,), generator=torch.Generator().manual_seed(2)).tolist()
    rows = IDS.tolist()
    bits = [
        [[table[hashed(hashed(1, row[i : i + 3]), [key]) % 128] for key in (11, 4)] for i in range(7)]
        for row in rows
    ]
    assert processor.compute_g_values(ids).tolist() == bits
    fresh = [[row[i : i + 2] not in [row[j : j + 2] for j in range(i)] for i in range(7)] for row in rows]
    assert processor.compute_context_repetition_mask(ids).tolist() == fresh
    before = [[3 not in row[: i + 1] for i in range(len(row))] for row in rows]
    assert processor.compute_eos_token_mask(ids, 3).tolist() == before
    assert processor.expected_mean_g_value(4) == pytest.approx(0.5 + 0.25 * 0.75)


def test_synthid_skips_the_first_tokens_and_can_mark_equal_scores() -> None:
    arguments = (3, [11, 4], 128, 2, 16, "cpu", True, True)
    processor = make("np", "SynthIDTextWatermarkLogitsProcessor", arguments)
    first = [call("np", processor, IDS[:, :length], CLEAR) for length in (1, 2, 3)]
    close(first[:2], np.ones((2, *CLEAR.shape)))
    assert not (first[2] == 1).all()


@pytest.mark.parametrize("framework", [key for key in FRAMEWORKS if key == "jax"])
def test_synthid_needs_long_integers(framework: str) -> None:
    with pytest.raises(RuntimeError, match="jax_enable_x64"):
        make(framework, "SynthIDTextWatermarkLogitsProcessor", (3, [1], 64, 0, 8))


def test_begin_index_can_be_changed() -> None:
    processor = make("np", "SuppressTokensAtBeginLogitsProcessor", ([1], 4))
    processor.set_begin_index(2)
    assert np.isinf(call("np", processor, IDS[:, :2], CLEAR)[:, 1]).all()
    facts = types.SimpleNamespace(no_timestamps_token_id=11, eos_token_id=8, bos_token_id=7)
    whisper = ring("np").WhisperTimeStampLogitsProcessor(facts, 4, False)
    whisper.set_begin_index(3)
    assert np.isinf(call("np", whisper, IDS[:, :3], CLEAR)[:, :11]).all()
