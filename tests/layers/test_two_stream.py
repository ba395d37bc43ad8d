"""XLNet's memory, orders, masks and beams beside the recorded runs."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from transformers.layers.beam_span import PoolerAnswerClass, PoolerEndLogits
from transformers.models.xlnet.configuration_xlnet import XLNetConfig
from transformers.models.xlnet.modeling_xlnet import (
    XLNetForMultipleChoice,
    XLNetForQuestionAnswering,
    XLNetLMHeadModel,
    XLNetModel,
)

SIZES = {"vocab_size": 30, "d_model": 12, "n_layer": 2, "n_head": 2, "d_inner": 16}
IDS = torch.tensor([[3, 4, 5, 6, 7, 8, 9], [9, 7, 5, 3, 8, 6, 4]])


def model(kind: Any = XLNetModel, **options: Any) -> Any:
    torch.manual_seed(0)
    return kind(XLNetConfig(**SIZES, initializer_range=0.5, **options)).eval()


def test_remembered_segments_equal_one_pass() -> None:
    trunk = model(attn_type="uni")
    types = torch.zeros_like(IDS)
    with torch.no_grad():
        whole = trunk(IDS, token_type_ids=types).last_hidden_state
        first = trunk(IDS[:, :3], token_type_ids=types[:, :3])
        second = trunk(IDS[:, 3:], mems=first.mems, token_type_ids=types[:, 3:])
    torch.testing.assert_close(second.last_hidden_state, whole[:, 3:])
    assert [layer.shape for layer in second.mems] == [(7, 2, 12)] * 2


@pytest.mark.parametrize(
    ("options", "kept"), [({"mem_len": 2}, 2), ({"mem_len": 0}, 7), ({"reuse_len": 4}, 4)]
)
def test_memory_is_as_long_as_the_config_says(options: dict[str, int], kept: int) -> None:
    assert model(**options)(IDS).mems[0].shape == (kept, 2, 12)


def test_memory_is_kept_where_it_is_asked_for() -> None:
    trunk = model()
    assert trunk(IDS, use_mems=False).mems is None
    assert trunk(IDS, use_cache=False).mems is None
    assert trunk.train()(IDS).mems is None
    assert trunk(IDS, use_mems=True).mems[0].requires_grad is False


def test_second_stream_does_not_see_its_own_word() -> None:
    """A target's state depends on the words that its order shows, and on no other."""
    trunk, other = model(), IDS.clone()
    other[:, 2], other[:, 5] = 11, 12
    barred = torch.zeros(2, 7, 7)
    barred[:, :, 2] = barred[:, :, 5] = 1
    targets = torch.zeros(2, 1, 7)
    targets[:, 0, 2] = 1
    with torch.no_grad():
        one, two = (
            trunk(x, perm_mask=barred, target_mapping=targets).last_hidden_state for x in (IDS, other)
        )
        shown = trunk(other, target_mapping=targets).last_hidden_state
    torch.testing.assert_close(one, two)
    assert (shown - two).abs().max() > 1e-3


def test_generation_asks_for_the_word_after_the_text() -> None:
    head = model(XLNetLMHeadModel)
    inputs = head.prepare_inputs_for_generation(IDS)
    assert inputs["input_ids"].tolist() == [[*row, 0] for row in IDS.tolist()]
    assert inputs["perm_mask"].sum(1).tolist() == [[0.0] * 7 + [8.0]] * 2
    assert inputs["target_mapping"].tolist() == [[[0.0] * 7 + [1.0]]] * 2
    assert head(**inputs).logits.shape == (2, 1, 30)
    mems = head(IDS).mems
    again = head.prepare_inputs_for_generation(IDS, past_key_values=mems, use_mems=True)
    assert again["input_ids"].tolist() == [[8, 9, 0], [6, 4, 0]]
    assert [layer.shape[0] for layer in again["mems"]] == [5, 5]
    swapped = head._reorder_cache(mems, torch.tensor([1, 0]))
    torch.testing.assert_close(swapped[0][:, 0], mems[0][:, 1])


def test_choices_take_folded_orders() -> None:
    head = model(XLNetForMultipleChoice)
    barred = torch.ones(6, 5, 5).triu(1)
    ids = torch.arange(30).reshape(2, 3, 5)
    with torch.no_grad():
        found = head(ids, perm_mask=barred).logits
        expected = head(ids[1:], perm_mask=barred[3:]).logits
    torch.testing.assert_close(found[1:], expected)


def test_impossible_calls_are_refused() -> None:
    trunk = model()
    with pytest.raises(ValueError, match="attention_mask or input_mask"):
        trunk(IDS, attention_mask=torch.ones_like(IDS), input_mask=torch.zeros_like(IDS))
    with pytest.raises(TypeError, match="unexpected keyword argument 'use_mem'"):
        trunk(IDS, use_mem=True)
    states = torch.zeros(2, 7, 12)
    for part in (PoolerEndLogits, PoolerAnswerClass):
        with pytest.raises(ValueError, match="start_states or start_positions"):
            part(trunk.config)(states)


def test_half_precision_hides_tokens_from_answers() -> None:
    head = model(XLNetForQuestionAnswering, start_n_top=2, end_n_top=2).half()
    hidden = torch.tensor([[0, 1, 0, 0, 1, 1, 1]] * 2)
    with torch.no_grad():
        out = head(IDS, p_mask=hidden)
    assert out.start_top_log_probs.isfinite().all()
    assert not hidden.gather(1, out.start_top_index).any()
    assert not hidden.gather(1, out.end_top_index).any()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"n_head": 5}, "d_model \\(12\\) must be a multiple of n_head \\(5\\)"),
        ({"d_head": 5}, "d_head \\(5\\) must be d_model / n_head \\(6\\)"),
        ({"attn_type": "left"}, "attn_type must be 'bi' or 'uni', got 'left'"),
    ],
)
def test_impossible_configs_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        XLNetConfig(**{**SIZES, **values})
    assert XLNetConfig(**SIZES).max_position_embeddings == -1
