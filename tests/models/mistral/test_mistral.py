"""What is Mistral's own: the window."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tests.models import cases
from tests.models.adapters import ADAPTERS

from transformers import MistralConfig, MistralForCausalLM, MistralModel, StaticCache
from transformers.layers import trunk

IDS = torch.tensor([[5, 7, 9, 3, 2, 11, 4], [4, 8, 6, 10, 1, 12, 13]])


def make(model_class: Any, **changes: Any) -> Any:
    sizes = {"vocab_size": 23, "hidden_size": 16, "intermediate_size": 14, "num_hidden_layers": 1}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2, "sliding_window": 3}
    torch.manual_seed(0)
    return model_class(MistralConfig(**{**sizes, **heads, "initializer_range": 0.5, **changes})).eval()


def close(found: torch.Tensor, expected: torch.Tensor) -> None:
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


def test_query_sees_as_many_keys_as_the_window_has() -> None:
    model = make(MistralModel)
    with torch.no_grad():
        whole = model(IDS)[0]
        changed = IDS.clone()
        changed[:, 3] = 20
        moved = (model(changed)[0] - whole).abs().amax(dim=(0, 2)) > 1e-6
        assert moved.tolist() == [False, False, False, True, True, True, False]
        shares = model(IDS, output_attentions=True).attentions[0]
    assert (shares > 0)[0, 0, 6].tolist() == [False] * 4 + [True] * 3


@pytest.mark.parametrize("fixed", [False, True])
def test_steps_beyond_the_window_equal_one_pass(fixed: bool) -> None:
    model = make(MistralForCausalLM, num_hidden_layers=2)
    cache = StaticCache(max_cache_len=9) if fixed else None
    mask = torch.ones_like(IDS)
    mask[1, :2] = 0
    with torch.no_grad():
        whole = model(IDS, attention_mask=mask).logits
        close(whole[1, 2:], model(IDS[1:, 2:]).logits[0])
        for start, end in ((0, 4), (4, 5), (5, 6), (6, 7)):
            places = torch.arange(start, end) if fixed else None
            out = model(
                IDS[:, start:end],
                attention_mask=mask[:, :end],
                past_key_values=cache,
                cache_position=places,
                use_cache=True,
            )
            cache = out.past_key_values
            close(out.logits[:, max(2 - start, 0) :], whole[:, max(start, 2) : end])


def test_window_is_the_configs_at_the_call() -> None:
    narrow, model = make(MistralModel, sliding_window=2), make(MistralModel)
    with torch.no_grad():
        expected = narrow(IDS)[0]
        assert not torch.allclose(model(IDS)[0], expected)
        model.config.sliding_window = 2
        close(model(IDS)[0], expected)


def test_wide_window_needs_no_mask(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("a mask was built")

    monkeypatch.setattr(trunk, "local_mask", refuse)
    model = make(MistralModel, sliding_window=7)
    with torch.no_grad():
        model(IDS)
        with pytest.raises(AssertionError, match="was built"):
            model(torch.cat([IDS, IDS], dim=1))


def test_planted_window_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    good = trunk.local_mask
    monkeypatch.setattr(trunk, "local_mask", lambda mask, T, window, **k: good(mask, T, window + 1, **k))
    run, adapter = "model_plain", ADAPTERS["pt"]
    expected = cases.golden("mistral")["runs"][run]["outputs"]["last_hidden_state"]
    output = adapter.run(adapter.build("mistral", "MistralModel", run), cases.inputs("mistral", run))
    with pytest.raises(AssertionError, match="differ"):
        cases.compare(output[0], expected, None, run)


def test_file_may_add_scaling() -> None:
    made = MistralConfig(rope_scaling={"type": "linear", "factor": 2.0})
    assert made.rope_scaling["rope_type"] == "linear"
    assert "rope_scaling" not in MistralConfig().to_dict()
    with pytest.raises(KeyError, match="needs factor"):
        MistralConfig(rope_scaling={"type": "linear"})


@pytest.mark.parametrize("kernel", ["eager", "sdpa"])
def test_a_mask_for_every_query_and_key_is_taken_as_it_is(kernel: str) -> None:
    near = make(MistralModel, attn_implementation=kernel)
    far = make(MistralModel, attn_implementation=kernel, sliding_window=None)
    far.load_state_dict(near.state_dict())
    mask = torch.ones(2, 1, 7, 7, dtype=torch.bool).tril()
    mask[:, :, 5, 2] = False
    added = torch.zeros(mask.shape).masked_fill(~mask, torch.finfo(torch.float32).min)
    with torch.no_grad():
        expected = far(IDS, attention_mask=mask)[0]
        close(near(IDS, attention_mask=mask)[0], expected)
        close(near(IDS, attention_mask=added)[0], expected)
        assert (near(IDS)[0] - expected).abs().max() > 1e-2
