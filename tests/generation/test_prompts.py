"""Prompts that come as embeddings, behind a cache, or with places of their own; caches as tuples."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from transformers import XLNetConfig, XLNetLMHeadModel  # noqa: E402
from transformers.cache_utils import EncoderDecoderCache  # noqa: E402

from . import golden_cases  # noqa: E402
from .writers import tokens, writer  # noqa: E402

IDS = torch.tensor(golden_cases.PROMPT)
B, T, C, H = 2, 5, 24, 4
NEW = {"max_new_tokens": 4, "eos_token_id": None}
decoder = pytest.mark.parametrize("name", ["gpt2", "llama"])


def same_past(one: Any, other: Any) -> None:
    for mine, yours in zip(one.layers, other.layers, strict=True):
        torch.testing.assert_close(mine.keys, yours.keys)
        torch.testing.assert_close(mine.values, yours.values)


@decoder
@pytest.mark.parametrize("beams", [2, 3])
def test_beams_go_on_from_embeddings_alone(name: str, beams: int) -> None:
    model = writer("pt", name)
    embedded = model.get_input_embeddings()(IDS)
    by_ids = tokens("pt", model.generate(IDS, **NEW, num_beams=beams))
    found = tokens("pt", model.generate(inputs_embeds=embedded, **NEW, num_beams=beams))
    assert found == [row[T:] for row in by_ids]


@decoder
def test_embeddings_behind_a_cache_are_read_once(name: str) -> None:
    model = writer("pt", name)
    embed = model.get_input_embeddings()
    whole = model.generate(inputs_embeds=embed(IDS), **NEW, return_dict_in_generate=True)
    part = model.generate(
        inputs_embeds=embed(IDS), max_new_tokens=3, eos_token_id=None, return_dict_in_generate=True
    )
    longer = torch.cat([embed(IDS), embed(part.sequences)], dim=1)
    last = model.generate(
        inputs_embeds=longer, past_key_values=part.past_key_values, max_new_tokens=1, eos_token_id=None,
        return_dict_in_generate=True,
    )  # fmt: skip
    assert whole.sequences.tolist() == torch.cat([part.sequences, last.sequences], dim=1).tolist()
    same_past(whole.past_key_values, last.past_key_values)


@decoder
def test_ids_may_lack_what_is_cached_if_their_places_are_given(name: str) -> None:
    model, asked = writer("pt", name), {**NEW, "return_dict_in_generate": True}
    first = model.generate(IDS, **asked)
    whole = model.generate(
        torch.cat([first.sequences, IDS], dim=1), past_key_values=first.past_key_values, **asked
    )
    first = model.generate(IDS, **asked)
    new = torch.cat([first.sequences[:, -1:], IDS], dim=1)
    known = first.past_key_values.get_seq_length()
    part = model.generate(
        new, past_key_values=first.past_key_values, cache_position=torch.arange(known, known + T + 1), **asked
    )
    assert whole.sequences[:, known:].tolist() == part.sequences.tolist()
    same_past(whole.past_key_values, part.past_key_values)


@decoder
@pytest.mark.parametrize(
    "more", [{}, {"num_beams": 2}, {"use_cache": False}, {"prompt_lookup_num_tokens": 2}]
)
def test_places_of_the_prompt_go_on_behind_it(name: str, more: dict[str, Any]) -> None:
    model, ids = writer("pt", name), IDS[:1] if "prompt_lookup_num_tokens" in more else IDS
    places = torch.arange(T)[None].expand(len(ids), T)
    plain = tokens("pt", model.generate(ids, **NEW, **more))
    assert tokens("pt", model.generate(ids, position_ids=places, **NEW, **more)) == plain
    if name == "gpt2":  # its places are learned: others give another text
        moved = model.generate(
            ids, position_ids=places + 30, output_logits=True, **NEW, return_dict_in_generate=True
        )
        there = model.generate(ids, output_logits=True, **NEW, return_dict_in_generate=True)
        assert not torch.allclose(moved.logits[-1], there.logits[-1])


@pytest.mark.parametrize("name", golden_cases.MODELS)
def test_cache_is_returned_as_tuples_if_asked_for(name: str) -> None:
    model = writer("pt", name)
    asked = {**NEW, "return_dict_in_generate": True}
    past = model.generate(IDS, return_legacy_cache=True, **asked).past_key_values
    kept = model.generate(IDS, return_legacy_cache=False, **asked).past_key_values
    pair = isinstance(kept, EncoderDecoderCache)
    assert [len(layer) for layer in past] == [4 if pair else 2] * 2
    assert all(
        torch.equal(a, b)
        for mine, its in zip(past, kept, strict=True)
        for a, b in zip(mine, its, strict=True)
    )


@decoder
@pytest.mark.parametrize("beams", [1, 2])
def test_fixed_cache_has_no_place_for_the_token_that_nobody_reads(name: str, beams: int) -> None:
    found = writer("pt", name).generate(
        IDS, cache_implementation="static", num_beams=beams, return_dict_in_generate=True, **NEW
    )
    assert found.past_key_values.max_cache_len == T + 3
    assert found.past_key_values.layers[0].keys.shape[:3:2] == (beams * B, T + 3)


def test_beams_keep_attentions_of_two_streams() -> None:
    config = XLNetConfig(
        vocab_size=53, d_model=C, n_head=H, d_inner=32, n_layer=2, bos_token_id=1, eos_token_id=2
    )
    out = (
        XLNetLMHeadModel(config)
        .eval()
        .generate(
            IDS, num_beams=3, output_attentions=True, return_dict_in_generate=True, pad_token_id=3, **NEW
        )
    )
    assert [part.shape[0] for part in out.attentions[0][0]] == [3 * B, 3 * B]
