"""Positions of RoBERTa and its family: only tokens count, wherever padding stands."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from transformers import RobertaConfig, RobertaForCausalLM, RobertaModel
from transformers.layers.roberta_trunk import counted_positions
from transformers.models.roberta.modeling_roberta import create_position_ids_from_input_ids

TINY = {
    "vocab_size": 40,
    "hidden_size": 12,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 20,
    "max_position_embeddings": 11,
}


@pytest.mark.parametrize(
    ("ids", "mask", "offset", "expected"),
    [
        pytest.param([[7, 8, 9]], None, 0, [[2, 3, 4]], id="plain"),
        pytest.param([[7, 8, 1, 1]], None, 0, [[2, 3, 1, 1]], id="right"),
        pytest.param([[1, 7, 1, 8]], None, 0, [[1, 2, 1, 3]], id="left-and-between"),
        pytest.param([[7, 8, 9]], [[0, 1, 1]], 0, [[1, 2, 3]], id="masked-left"),
        pytest.param([[7, 8, 9]], [[1, 0, 1]], 0, [[2, 3, 4]], id="masked-between"),
        pytest.param([[7, 8, 9], [1, 1, 5]], [[1, 1, 1], [0, 0, 1]], 0, [[2, 3, 4], [1, 1, 2]], id="rows"),
        pytest.param([[8, 9]], None, 3, [[5, 6]], id="cached"),
        pytest.param([[8, 9]], [[0, 1, 1, 1, 1]], 3, [[4, 5]], id="cached-left"),
        pytest.param([[8, 9]], [[1, 1, 0, 1, 1]], 3, [[4, 5]], id="cached-right"),
        pytest.param(None, None, 0, [[2, 3, 4]], id="embeddings"),
        pytest.param(None, [[0, 0, 1]], 0, [[1, 1, 2]], id="embeddings-left"),
    ],
)
def test_positions_count_tokens_from_padding_on(ids: Any, mask: Any, offset: int, expected: Any) -> None:
    given = None if ids is None else torch.tensor(ids)
    mask = None if mask is None else torch.tensor(mask)
    found = counted_positions(given, len(expected[0]), mask, 1, offset=offset)
    assert found.tolist() == expected


def test_published_helper_counts_alike() -> None:
    ids = torch.tensor([[3, 4, 1], [1, 3, 4]])
    assert create_position_ids_from_input_ids(ids, 1).tolist() == [[2, 3, 1], [1, 2, 3]]
    assert create_position_ids_from_input_ids(ids[:1, :2], 1, 5).tolist() == [[7, 8]]


@pytest.mark.parametrize("mask_only", [False, True])
def test_left_padded_cached_steps_equal_one_row(mask_only: bool) -> None:
    torch.manual_seed(3)
    model = RobertaForCausalLM(RobertaConfig(**TINY, is_decoder=True)).eval()
    row = torch.randint(2, 40, (1, 5))
    filler = torch.full((1, 2), 9 if mask_only else 1)
    batch = torch.cat([torch.cat([filler, row], dim=1), torch.randint(2, 40, (1, 7))])
    mask = torch.ones_like(batch)
    mask[0, :2] = 0
    with torch.no_grad():
        expected = model(row).logits
        first = model(batch[:, :4], attention_mask=mask[:, :4], use_cache=True)
        second = model(batch[:, 4:], attention_mask=mask, past_key_values=first.past_key_values)
    found = torch.cat([first.logits[:1, 2:], second.logits[:1]], dim=1)
    torch.testing.assert_close(found, expected, atol=2e-5, rtol=1e-4)


def test_tokens_beyond_the_positions_are_refused() -> None:
    model = RobertaModel(RobertaConfig(**TINY)).eval()
    with torch.no_grad():
        assert model(torch.full((1, 9), 5)).last_hidden_state.shape == (1, 9, 12)
        with pytest.raises(ValueError, match=r"10 tokens, and the model takes 9.*pad_token_id \(1\)"):
            model(torch.full((1, 10), 5))
        places = torch.arange(10)[None, :] % 5 + 2  # two packed texts
        assert model(torch.full((1, 10), 5), position_ids=places)[0].shape == (1, 10, 12)


def test_config_without_padding_or_with_uneven_heads_is_refused() -> None:
    with pytest.raises((TypeError, ValueError), match="pad_token_id"):
        RobertaConfig(pad_token_id=None)
    with pytest.raises(ValueError, match="multiple of num_attention_heads"):
        RobertaModel(RobertaConfig(hidden_size=10, num_attention_heads=4))
