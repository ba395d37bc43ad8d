"""What is Falcon's own: shared heads, norms, ALiBi in every kernel, padding, old configs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from transformers import FalconConfig, FalconForCausalLM, FalconModel, StaticCache
from transformers.models.falcon import modeling_falcon

IDS = torch.tensor([[5, 7, 9, 3, 2], [4, 8, 6, 10, 1]])
SERIAL = {"alibi": True, "parallel_attn": False, "multi_query": False, "bias": True}
PARTS: Any = modeling_falcon
GROUPED = {"new_decoder_architecture": True, "num_kv_heads": 2}
KINDS = pytest.mark.parametrize("kind", [{}, SERIAL, GROUPED], ids=["7b", "rw", "40b"])


def make(model_class: Any, **changes: Any) -> Any:
    torch.manual_seed(0)
    sizes = {"vocab_size": 23, "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 6}
    return model_class(FalconConfig(**{**sizes, "initializer_range": 0.5, **changes})).eval()


def close(found: torch.Tensor, expected: torch.Tensor) -> None:
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


def left_padded() -> tuple[torch.Tensor, torch.Tensor]:
    """IDS with the second row's first two tokens as padding, and the mask."""
    ids, mask = IDS.clone(), torch.ones_like(IDS)
    ids[1, :2] = mask[1, :2] = 0
    return ids, mask


@KINDS
def test_left_padded_generation_steps_equal_single_rows(kind: dict[str, Any]) -> None:
    model = make(FalconForCausalLM, **kind)
    ids, mask = left_padded()
    with torch.no_grad():
        first = model(ids[:, :4], attention_mask=mask[:, :4])
        second = model(ids[:, 4:], attention_mask=mask, past_key_values=first.past_key_values)
        close(second.logits[0], model(ids[:1]).logits[0, 4:])
        close(second.logits[1], model(ids[1:, 2:]).logits[0, 2:])


@KINDS
def test_kernels_agree(kind: dict[str, Any]) -> None:
    model = make(FalconModel, **kind)
    with torch.no_grad():
        fast = model(IDS)[0]
        close(model(IDS, output_attentions=True)[0], fast)
        close(model(IDS, head_mask=torch.ones(6))[0], fast)


@pytest.mark.parametrize(("kind", "heads"), [({}, 1), (SERIAL, 6), (GROUPED, 2), ({"num_kv_heads": 3}, 1)])
def test_cache_holds_each_shared_head_once(kind: dict[str, Any], heads: int) -> None:
    model = make(FalconModel, **kind)
    assert model(IDS).past_key_values[0][0].shape == (2, heads, 5, 4)
    assert model.h[0].self_attention.query_key_value.weight.shape == ((6 + 2 * heads) * 4, 24)


@pytest.mark.parametrize("padded", [False, True])
def test_cache_of_fixed_length_gives_the_same_numbers(padded: bool) -> None:
    model = make(FalconForCausalLM, **SERIAL)
    ids, mask = left_padded() if padded else (IDS, None)
    cache = StaticCache(config=model.config, max_cache_len=8)
    with torch.no_grad():
        whole = model(ids, attention_mask=mask).logits
        for start, end in ((0, 3), (3, 5)):
            found = model(
                ids[:, start:end],
                attention_mask=None if mask is None else mask[:, :end],
                past_key_values=cache,
                cache_position=torch.arange(start, end),
            ).logits
            close(found[0], whole[0, start:end])
            close(found[1, -1:], whole[1, end - 1 : end])


@pytest.mark.parametrize(
    ("kind", "norms"),
    [
        ({}, {"input_layernorm"}),
        ({"parallel_attn": False}, {"input_layernorm", "post_attention_layernorm"}),
        (GROUPED, {"ln_attn", "ln_mlp"}),
        ({**GROUPED, "parallel_attn": False}, {"ln_attn", "ln_mlp"}),
        ({**GROUPED, "num_ln_in_parallel_attn": 1}, {"input_layernorm"}),
    ],
)
def test_layers_have_the_norms_of_their_kind(kind: dict[str, Any], norms: set[str]) -> None:
    model = make(FalconModel, **kind)
    assert {
        name for name, part in model.h[0].named_children() if isinstance(part, torch.nn.LayerNorm)
    } == norms
    assert model(IDS)[0].shape == (2, 5, 24)


@KINDS
def test_masked_heads_add_nothing(kind: dict[str, Any]) -> None:
    model = make(FalconModel, **kind)
    keep = torch.ones(2, 6)
    keep[0, 1] = 0
    with torch.no_grad():
        found = model(IDS, head_mask=keep)[0]
        model.h[0].self_attention.dense.weight[:, 4:8] = 0
        close(found, model(IDS)[0])


def test_product_is_rounded_before_the_bias() -> None:
    layer = PARTS.FalconLinear(2, 1).to(torch.bfloat16)
    with torch.no_grad():
        layer.weight.fill_(1.0)
        layer.bias.fill_(1.0)
        # 257 has nine binary digits: it rounds to 256, and so does the sum.
        assert layer(torch.tensor([[256.0, 1.0]], dtype=torch.bfloat16)).item() == 256.0


def test_bias_under_its_published_name() -> None:
    found = PARTS.build_alibi_tensor(torch.tensor([[0, 1, 1]]), 2, torch.float32)
    assert (found[:, 0] * 256).tolist() == [[0, 0, 16], [0, 0, 1]]


def test_old_files_with_frequencies_load(tmp_path: Path) -> None:
    model = make(FalconForCausalLM)
    model.save_pretrained(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    weights["transformer.h.0.self_attention.rotary_emb.inv_freq"] = torch.ones(2)
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    loaded, info = FalconForCausalLM.from_pretrained(tmp_path, output_loading_info=True)
    assert not any(info.values())
    close(loaded(IDS).logits, model(IDS).logits)


def test_config_completes_itself() -> None:
    config = FalconConfig.from_dict({"n_embed": 48, "num_attention_heads": 6})
    assert (config.head_dim, config.num_kv_heads, config.ffn_hidden_size, config.rotary) == (8, 6, 192, True)
    assert FalconConfig.from_dict(config.to_dict()) == config


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"num_attention_heads": 5}, r"hidden_size \(24\) must be a multiple of num_attention_heads \(5\)"),
        (
            {**GROUPED, "num_kv_heads": 4},
            r"num_attention_heads \(6\) must be a multiple of num_kv_heads \(4\)",
        ),
        ({"num_ln_in_parallel_attn": 3}, "num_ln_in_parallel_attn must be 1 or 2, got 3"),
        ({"num_attention_heads": 8}, "width of a head must be even.*got 3"),
    ],
)
def test_impossible_sizes_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make(FalconModel, **given)
    if "got 3" in message and "even" in message:
        assert make(FalconModel, alibi=True, **given)(IDS)[0].shape == (2, 5, 24)
