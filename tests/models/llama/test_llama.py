"""What is Llama's own: patched parts, padding, caches, long inputs, old checkpoints, refusals."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.models import cases
from tests.models.adapters import ADAPTERS

from transformers import (
    AutoModelForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    LlamaForQuestionAnswering,
    LlamaForSequenceClassification,
    LlamaForTokenClassification,
    LlamaModel,
    StaticCache,
)
from transformers.layers import attention, rope
from transformers.models.llama import modeling_llama

IDS = torch.tensor([[5, 7, 9, 3, 2], [4, 8, 6, 10, 1]])


def config(**changes: Any) -> LlamaConfig:
    sizes = {"vocab_size": 23, "hidden_size": 16, "intermediate_size": 14, "num_hidden_layers": 2}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 12}
    return LlamaConfig(**{**sizes, **heads, "initializer_range": 0.5, **changes})


def make(model_class: Any, **changes: Any) -> Any:
    torch.manual_seed(0)
    return model_class(config(**changes)).eval()


def close(found: torch.Tensor, expected: torch.Tensor) -> None:
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


# ---------------------------------------------------------------------- parts


@pytest.mark.parametrize("name", ["RMSNorm", "RotaryEmbedding", "Attention", "MLP", "DecoderLayer"])
def test_patched_part_is_used(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    original = getattr(modeling_llama, f"Llama{name}")
    patched = type(f"My{name}", (original,), {})
    monkeypatch.setattr(modeling_llama, f"Llama{name}", patched)
    kinds = [type(module) for module in make(LlamaForCausalLM).modules()]
    count = {"RMSNorm": 5, "RotaryEmbedding": 1}.get(name, 2)
    assert kinds.count(patched) == count
    assert original not in kinds


def test_patched_rotation_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = make(LlamaModel)(IDS)[0]
    monkeypatch.setattr(modeling_llama, "apply_rotary_pos_emb", lambda q, k, cos, sin: (q, k))
    assert (make(LlamaModel)(IDS)[0] - expected).abs().max() > 1e-2


def test_published_helpers_stand_where_they_are_imported_from() -> None:
    assert modeling_llama.apply_rotary_pos_emb is rope.apply_rotary_pos_emb
    assert modeling_llama.rotate_half is rope.rotate_half
    x = torch.arange(12.0).reshape(1, 2, 3, 2)
    assert torch.equal(modeling_llama.repeat_kv(x, 2), x.repeat_interleave(2, dim=1))
    assert modeling_llama.eager_attention_forward is attention.eager_attention


def wrong_sign(patch: pytest.MonkeyPatch) -> None:
    """Queries and keys are turned the wrong way."""
    good = rope.apply_rotary_pos_emb
    patch.setattr(modeling_llama, "apply_rotary_pos_emb", lambda q, k, cos, sin: good(q, k, cos, -sin))


def swapped_halves(patch: pytest.MonkeyPatch) -> None:
    """Neighbouring channels are paired instead of halves."""
    patch.setattr(rope, "rotate_half", rope.rotate_every_two)


def wrong_groups(patch: pytest.MonkeyPatch) -> None:
    """Key/value heads serve every second query head instead of neighbours."""
    patch.setattr(attention, "repeat_key_values", lambda x, groups: x.repeat(1, groups, 1, 1))


@pytest.mark.parametrize("plant", [wrong_sign, swapped_halves, wrong_groups])
def test_planted_bug_is_noticed(
    monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None]
) -> None:
    adapter, run = ADAPTERS["pt"], "model_plain"
    expected = cases.golden("llama")["runs"][run]["outputs"]["last_hidden_state"]

    def compare() -> None:
        output = adapter.run(adapter.build("llama", "LlamaModel", run), cases.inputs("llama", run))
        cases.compare(output[0], expected, None, run)

    compare()
    plant(monkeypatch)
    with pytest.raises(AssertionError, match="differ"):
        compare()


# ---------------------------------------------------------------------- padding, caches, long inputs


def test_left_padded_generation_steps_equal_single_rows() -> None:
    model = make(LlamaForCausalLM)
    ids, mask = IDS.clone(), torch.ones_like(IDS)
    ids[1, :2] = mask[1, :2] = 0
    with torch.no_grad():
        first = model(ids[:, :4], attention_mask=mask[:, :4])
        second = model(ids[:, 4:], attention_mask=mask, past_key_values=first.past_key_values)
        close(second.logits[0], model(ids[:1]).logits[0, 4:])
        close(second.logits[1], model(ids[1:, 2:]).logits[0, 2:])


def test_fixed_cache_gives_the_numbers_of_a_growing_one() -> None:
    model = make(LlamaForCausalLM, num_key_value_heads=1)
    cache = StaticCache(max_cache_len=8)
    with torch.no_grad():
        whole = model(IDS).logits
        for start, end in ((0, 3), (3, 4), (4, 5)):
            places = torch.arange(start, end)
            out = model(IDS[:, start:end], past_key_values=cache, cache_position=places)
            close(out.logits, whole[:, start:end])
    assert cache[0][0].shape == (2, 1, 8, 4)


@pytest.mark.parametrize(
    "scaling",
    [
        {"rope_type": "dynamic", "factor": 4.0},
        {"rope_type": "longrope", "factor": 4.0, "short_factor": [1.0, 1.0], "long_factor": [2.0, 6.0]},
    ],
)
def test_scaling_by_length_leaves_short_inputs_and_rows(scaling: dict[str, Any]) -> None:
    plain, scaled = make(LlamaModel), make(LlamaModel, rope_scaling=scaling)
    long = torch.arange(1, 21)[None]
    with torch.no_grad():
        if scaling["rope_type"] == "dynamic":
            close(scaled(IDS)[0], plain(IDS)[0])
        before = scaled(IDS)[0]
        far = scaled(long)[0]
        assert (far - plain(long)[0]).abs().max() > 1e-2
        close(scaled(IDS)[0], before)  # a long input leaves nothing behind
        mask = torch.ones(2, 20, dtype=torch.long)
        mask[0, :15] = 0
        batch = torch.cat([torch.cat([torch.zeros(1, 15, dtype=torch.long), IDS[:1]], dim=1), long])
        found = scaled(batch, attention_mask=mask)[0]
        close(found[:1, 15:], before[:1])
        close(found[1:], far)


def test_logits_are_kept_where_asked_for() -> None:
    model = make(LlamaForCausalLM)
    with torch.no_grad():
        full = model(IDS).logits
        close(model(IDS, logits_to_keep=2).logits, full[:, 3:])
        close(model(IDS, logits_to_keep=torch.tensor([0, 3])).logits, full[:, [0, 3]])


def test_classifier_reads_the_last_token_of_padded_rows() -> None:
    model = make(LlamaForSequenceClassification, pad_token_id=0)
    ids = torch.tensor([[5, 7, 9, 0, 0]])
    with torch.no_grad():
        close(model(ids).logits, model(ids[:, :3]).logits)
    with pytest.raises(ValueError, match=r"2 rows.*pad_token_id or give attention_mask"):
        make(LlamaForSequenceClassification)(IDS)


# ---------------------------------------------------------------------- config, files


def test_token_classifier_drops_out_at_the_rate_that_is_set() -> None:
    for given, rate in (
        ({}, 0.1),
        ({"hidden_dropout": 0.3}, 0.3),
        ({"hidden_dropout": 0.3, "classifier_dropout": 0.0}, 0.0),
    ):
        assert make(LlamaForTokenClassification, **given).dropout.p == rate


def test_config_completes_and_keeps_what_a_file_says() -> None:
    made = LlamaConfig(
        rope_scaling={"type": "linear", "factor": 2.0}, torch_dtype="float16", pretraining_tp=2
    )
    assert made.rope_scaling == {"type": "linear", "factor": 2.0, "rope_type": "linear"}
    assert (made.num_key_value_heads, made.head_dim, made.pretraining_tp) == (32, 128, 2)
    assert made.base_model_tp_plan["layers.*.self_attn.o_proj"] == "rowwise"
    assert list(made.base_model_pp_plan) == ["embed_tokens", "layers", "norm"]
    assert LlamaConfig.from_dict(made.to_dict()) == made


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"num_key_value_heads": 3}, r"num_attention_heads \(4\) must be a multiple of num_key_value_heads"),
        ({"hidden_size": 18}, r"hidden_size \(18\) must be a multiple"),
        ({"head_dim": 5}, "must be even"),
    ],
)
def test_heads_that_do_not_fit_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LlamaModel(config(**given))


def test_old_files_with_frequencies_load(tmp_path: Path) -> None:
    model = make(LlamaForCausalLM, tie_word_embeddings=True)
    model.save_pretrained(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    assert "lm_head.weight" not in weights
    weights["model.layers.0.self_attn.rotary_emb.inv_freq"] = torch.ones(2)
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    again = AutoModelForCausalLM.from_pretrained(tmp_path)
    assert again.lm_head.weight is again.model.embed_tokens.weight
    close(again(IDS).logits, model(IDS).logits)


@pytest.mark.parametrize("trunk", [LlamaModel, LlamaForCausalLM])
def test_question_answering_loads_the_trunk_of_other_heads(tmp_path: Path, trunk: Any) -> None:
    model = make(trunk)
    model.save_pretrained(tmp_path)
    made, info = LlamaForQuestionAnswering.from_pretrained(tmp_path, output_loading_info=True)
    assert sorted(info["missing_keys"]) == ["qa_outputs.bias", "qa_outputs.weight"]
    close(made.transformer(IDS)[0], model.base_model(IDS)[0])


def test_half_precision_keeps_frequencies(tmp_path: Path) -> None:
    make(LlamaForCausalLM).half().save_pretrained(tmp_path)
    model = LlamaForCausalLM.from_pretrained(tmp_path, dtype=torch.float16)
    assert model.lm_head.weight.dtype == torch.float16
    assert model.model.rotary_emb.inv_freq.dtype == torch.float32
