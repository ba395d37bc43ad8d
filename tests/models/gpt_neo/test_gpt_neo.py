"""What is GPT Neo's own: windows, unscaled scores in half precision, refusals of its config."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from transformers import GPTNeoConfig, GPTNeoForCausalLM, GPTNeoModel, StaticCache
from transformers.layers.local_mask import local_mask

IDS = torch.tensor([[5, 7, 9, 3, 2, 6, 1], [4, 8, 6, 10, 1, 3, 9]])


def config(**changes: Any) -> GPTNeoConfig:
    sizes = {"vocab_size": 23, "max_position_embeddings": 9, "hidden_size": 12, "num_layers": 2}
    local = {"num_heads": 3, "attention_types": [[["global", "local"], 1]], "window_size": 3}
    return GPTNeoConfig(**{**sizes, **local, "initializer_range": 0.5, **changes})


def make(model_class: Any, **changes: Any) -> Any:
    torch.manual_seed(0)
    return model_class(config(**changes)).eval()


def test_local_layers_see_the_window_only() -> None:
    with torch.no_grad():
        layers = make(GPTNeoModel)(IDS, output_attentions=True).attentions
    seen = [(layer[0] > 0).any(dim=0).int().tolist() for layer in layers]
    assert seen[0] == [[int(key <= query) for key in range(7)] for query in range(7)]
    assert seen[1] == [[int(0 <= query - key < 3) for key in range(7)] for query in range(7)]


@pytest.mark.parametrize("static", [False, True], ids=["growing", "fixed"])
def test_windows_move_with_the_cache(static: bool) -> None:
    model = make(GPTNeoForCausalLM)
    cache = StaticCache(max_cache_len=9) if static else None
    with torch.no_grad():
        whole = model(IDS).logits
        first = model(IDS[:, :4], past_key_values=cache)
        steps = [first.logits]
        for place in range(4, 7):
            step = model(IDS[:, place : place + 1], past_key_values=first.past_key_values)
            steps.append(step.logits)
    torch.testing.assert_close(torch.cat(steps, dim=1), whole, atol=1e-5, rtol=1e-4)


def test_additive_masks_are_windowed_too() -> None:
    mask = torch.zeros(1, 1, 4, 4)
    hidden = local_mask(mask, 4, 2) < 0
    assert hidden[0, 0].int().tolist() == [[0, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0], [1, 1, 0, 0]]


def test_half_precision_scores_stay_finite() -> None:
    model = make(GPTNeoModel, initializer_range=6.0).half()
    with torch.no_grad():
        found = model(IDS)
    assert found.last_hidden_state.dtype == found.past_key_values[0][0].dtype == torch.float16
    assert torch.isfinite(found.last_hidden_state).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"num_heads": 5}, r"hidden_size \(12\) must be a multiple of num_heads \(5\)"),
        ({"num_layers": 3}, r"must name 3 layers \(num_layers\), got 2"),
        ({"attention_types": [[["global", "near"], 1]]}, "'global' or 'local', got 'near'"),
    ],
)
def test_config_refuses_what_does_not_fit(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make(GPTNeoModel, **changes)


def test_config_writes_its_layers_out() -> None:
    types = [[["global"], 1], [["local", "global"], 2]]
    assert config(attention_types=types, num_layers=5).attention_layers == [
        "global",
        "local",
        "global",
        "local",
        "global",
    ]
    assert GPTNeoConfig.from_dict(config().to_dict()) == config()
