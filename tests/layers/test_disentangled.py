"""Ranges of distance, the alignment of scores, and what the DeBERTa heads do beside the recorded runs."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from transformers.layers.disentangled import distance_rows, range_of_distance
from transformers.layers.relative import aligned
from transformers.models.deberta.configuration_deberta import DebertaConfig
from transformers.models.deberta.modeling_deberta import (
    DebertaForMaskedLM,
    DebertaForSequenceClassification,
    DebertaModel,
)
from transformers.models.deberta_v2.configuration_deberta_v2 import DebertaV2Config
from transformers.models.deberta_v2.modeling_deberta_v2 import DebertaV2Model

SIZES = {
    "vocab_size": 30,
    "hidden_size": 12,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "max_position_embeddings": 14,
}


def test_near_distances_have_rows_and_far_ones_share() -> None:
    # By hand: ceil(log(d / 3) / log(17 / 3) * 2) + 3 from distance 4 on.
    assert range_of_distance(6, 18) == [0, 1, 2, 3, 4, 4, 4, 4, *[5] * 10, 6]
    assert range_of_distance(3, 9) == [0, 1]


@pytest.mark.parametrize(("buckets", "furthest"), [(1, 9), (8, 5), (6, 4)])
def test_ranges_without_width_are_refused(buckets: int, furthest: int) -> None:
    with pytest.raises(ValueError, match=f"position_buckets \\({buckets}\\) must be at least 2"):
        range_of_distance(buckets, furthest)


@pytest.mark.parametrize("length", [1, 2, 5])
@pytest.mark.parametrize("ranges", [None, [0, 1, 2, 2, 3]])
def test_aligned_rows_are_those_of_the_distance(length: int, ranges: list[int] | None) -> None:
    span = 3
    table = torch.arange(2 * span)
    for sign, rows in zip((1, -1), distance_rows(length, span, ranges), strict=True):
        found = aligned(table[rows].expand(1, 1, length, 2 * length))[0, 0]
        for i in range(length):
            for j in range(length):
                apart = abs(i - j) if ranges is None else ranges[min(abs(i - j), len(ranges) - 1)]
                signed = sign * (apart if i >= j else -apart)
                assert found[i, j] == min(max(signed + span, 0), 2 * span - 1)


def test_loss_is_zero_where_nothing_is_labelled() -> None:
    model = DebertaForSequenceClassification(DebertaConfig(**SIZES, num_labels=3))
    out = model(torch.tensor([[3, 4], [5, 6]]), labels=torch.tensor([-1, -100]))
    out.loss.backward()
    assert out.loss == 0
    assert all(p.grad is None or not p.grad.any() for p in model.parameters())


def test_head_without_projection_follows_the_words() -> None:
    model = DebertaForMaskedLM(DebertaConfig(**SIZES, legacy=False)).eval()
    ids = torch.tensor([[3, 4, 5]])
    assert model.lm_predictions.lm_head.dense.weight.shape == (12, 12)
    before = model(ids).logits
    model.resize_token_embeddings(33)
    found = model(ids).logits
    assert found.shape == (1, 3, 33)
    torch.testing.assert_close(found[..., :30], before)
    with pytest.raises(ValueError, match="embedding_size \\(8\\) must be hidden_size \\(12\\)"):
        DebertaForMaskedLM(DebertaConfig(**SIZES, legacy=False, embedding_size=8))


@pytest.mark.parametrize(
    ("model", "values", "message"),
    [
        (DebertaModel, {"num_attention_heads": 5}, "hidden_size \\(12\\) must be a multiple"),
        (DebertaV2Model, {"num_attention_heads": 5}, "hidden_size \\(12\\) must be a multiple"),
        (DebertaV2Model, {"attention_head_size": 5}, "attention_head_size \\(5\\)"),
        (DebertaV2Model, {"conv_kernel_size": 4}, "conv_kernel_size must be odd"),
    ],
)
def test_impossible_sizes_are_refused(model: Any, values: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        model(model.config_class(**{**SIZES, **values}))


def test_convolution_sees_no_padding() -> None:
    config = DebertaV2Config(
        **SIZES, conv_kernel_size=3, relative_attention=True, pos_att_type="c2p|p2c", position_buckets=4
    )
    model = DebertaV2Model(config).eval()
    ids = torch.tensor([[0, 0, 7, 8, 9]])
    mask = torch.tensor([[0, 0, 1, 1, 1]])
    with torch.no_grad():
        expected = model(ids[:, 2:]).last_hidden_state
        for given in (mask, mask[:, None].expand(1, 5, 5), mask[:, None, None].bool()):
            found = model(ids, given, position_ids=torch.tensor([[0, 0, 0, 1, 2]])).last_hidden_state
            torch.testing.assert_close(found[:, 2:], expected)


@pytest.mark.parametrize(
    ("kind", "talking_head"), [(DebertaConfig, False), (DebertaConfig, True), (DebertaV2Config, False)]
)
def test_gradient_of_padding_is_the_slope(kind: Any, talking_head: bool) -> None:
    # Spans are scored at padding too: its even attention must have the gradient that differences show.
    config = kind(**SIZES, relative_attention=True, pos_att_type=["c2p", "p2c"], talking_head=talking_head)
    torch.manual_seed(0)
    model = (DebertaModel if kind is DebertaConfig else DebertaV2Model)(config).double().eval()
    ids = torch.tensor([[7, 8, 9, 3, 0], [5, 6, 0, 0, 0]])
    weights = torch.randn(2, 5, 12, dtype=torch.float64)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.5)

    def value() -> torch.Tensor:
        loss: torch.Tensor = (model(ids, (ids != 0).long()).last_hidden_state * weights).sum()
        return loss

    value().backward()
    told = {name: parameter.grad.clone() for name, parameter in model.named_parameters()}
    for name, parameter in model.named_parameters():
        step = 1e-5 * torch.randn_like(parameter)
        with torch.no_grad():
            parameter += step
            difference = value()
            parameter -= 2 * step
            difference -= value()
            parameter += step
        torch.testing.assert_close(2 * (told[name] * step).sum(), difference, rtol=1e-5, atol=1e-8)
    model.set_attn_implementation("eager")  # its softmax is in single precision, too coarse for differences
    model.zero_grad()
    value().backward()
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(parameter.grad, told[name], rtol=1e-4, atol=1e-5)
