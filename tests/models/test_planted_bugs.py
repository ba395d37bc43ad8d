"""The golden numbers notice mistakes of the kinds that are easily made: each is planted here, in PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from transformers.layers import activations, attention, masks, trunk
from transformers.models.bert import modeling_bert

from . import cases
from .adapters import ADAPTERS

Plant = Callable[[pytest.MonkeyPatch], None]


def wrong_scale(patch: pytest.MonkeyPatch) -> None:
    """Scores are not divided by the root of the head's width."""
    kernel = attention.sdpa_attention
    patch.setitem(
        attention.ALL_ATTENTION_FUNCTIONS, "sdpa", lambda *a, **k: kernel(*a, **{**k, "scaling": 1.0})
    )


def mask_off_by_one(patch: pytest.MonkeyPatch) -> None:
    """The last real token is hidden."""
    good = masks.padding_mask

    def bad(mask: Any) -> Any:
        found = good(mask)
        return None if found is None else found & found.roll(-1, dims=-1)

    patch.setattr(trunk, "padding_mask", bad)


def no_mask(patch: pytest.MonkeyPatch) -> None:
    """Padding is attended to."""
    patch.setattr(trunk, "padding_mask", lambda mask: None)


def positions_off_by_one(patch: pytest.MonkeyPatch) -> None:
    """Positions start at one."""
    good = masks.positions
    patch.setattr(trunk, "positions", lambda *a, **k: good(*a, **k) + 1)


def wrong_norm_eps(patch: pytest.MonkeyPatch) -> None:
    """The norm's epsilon is PyTorch's default."""
    good = nn.functional.layer_norm

    def bad(x: Any, shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
        return good(x, shape, weight, bias, 1e-5 if eps == 0.1 else eps)

    patch.setattr(nn.functional, "layer_norm", bad)


def other_gelu(patch: pytest.MonkeyPatch) -> None:
    """The tanh approximation in place of the exact GELU."""
    patch.setitem(activations.ACTIVATIONS, "gelu", activations.gelu_new)


def swapped_segments(patch: pytest.MonkeyPatch) -> None:
    """Segment ids are ignored."""
    good = modeling_bert.BertEmbeddings.forward

    def bad(self: Any, input_ids: Any, token_type_ids: Any, *rest: Any) -> Any:
        return good(self, input_ids, None, *rest)

    patch.setattr(modeling_bert.BertEmbeddings, "forward", bad)


def not_causal(patch: pytest.MonkeyPatch) -> None:
    """A decoder sees what comes after."""
    patch.setattr(trunk, "causal_mask", lambda mask, length, **k: (masks.padding_mask(mask), False))


def swapped_distances(patch: pytest.MonkeyPatch) -> None:
    """Relative distances have the wrong sign."""
    good = torch.einsum

    def bad(equation: str, one: Any, two: Any) -> Any:
        return good(equation, one, two.flip(0, 1) if equation == "bhtd,tsd->bhts" else two)

    patch.setattr(torch, "einsum", bad)


@pytest.mark.parametrize(
    ("plant", "run"),
    [
        (wrong_scale, "model_plain"),
        (mask_off_by_one, "sequence"),
        (no_mask, "sequence"),
        (positions_off_by_one, "model_plain"),
        (wrong_norm_eps, "model_eps"),
        (other_gelu, "model_plain"),
        (swapped_segments, "model"),
        (not_causal, "causal_lm"),
        (swapped_distances, "model_relative_key"),
    ],
)
def test_planted_bug_is_noticed(monkeypatch: pytest.MonkeyPatch, plant: Plant, run: str) -> None:
    case, expected = cases.case("bert")["runs"][run], cases.golden("bert")["runs"][run]["outputs"]
    adapter = ADAPTERS["pt"]

    def compare() -> None:
        model = adapter.build("bert", case["class"], run)
        model.set_attn_implementation("sdpa")
        output = adapter.run(model, cases.inputs("bert", run))
        for key in ("last_hidden_state", "logits"):
            if key in expected:
                cases.compare(output[key], expected[key], cases.mask("bert", run), key)

    compare()
    plant(monkeypatch)
    with pytest.raises(AssertionError, match="differ"):
        compare()
