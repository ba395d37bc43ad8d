"""What is GPT-2's own: padding, caches, summaries, initial weights, old checkpoints, refusals."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from transformers import (
    AutoModelForCausalLM,
    DynamicCache,
    GPT2Config,
    GPT2DoubleHeadsModel,
    GPT2ForQuestionAnswering,
    GPT2ForSequenceClassification,
    GPT2ForTokenClassification,
    GPT2LMHeadModel,
    GPT2Model,
)
from transformers.layers.cache_pair import EncoderDecoderCache
from transformers.models.gpt2 import modeling_gpt2
from transformers.pytorch_utils import Conv1D

IDS = torch.tensor([[5, 7, 9, 3, 2], [4, 8, 6, 10, 1]])


def config(**changes: Any) -> GPT2Config:
    sizes = {"vocab_size": 23, "n_positions": 9, "n_embd": 12, "n_layer": 2, "n_head": 3, "n_inner": 14}
    return GPT2Config(**{**sizes, "initializer_range": 0.5, **changes})


def make(model_class: Any, **changes: Any) -> Any:
    torch.manual_seed(0)
    return model_class(config(**changes)).eval()


def close(found: torch.Tensor, expected: torch.Tensor) -> None:
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("told_by", ["mask", "id"])
def test_classifier_reads_the_last_token_of_padded_rows(side: str, told_by: str) -> None:
    model = make(GPT2ForSequenceClassification, pad_token_id=0 if told_by == "id" else None)
    short = IDS[1:, :3]
    empty = torch.zeros(1, 2, dtype=torch.long)
    row = torch.cat([empty, short] if side == "left" else [short, empty], dim=1)
    mask = torch.ones_like(IDS)
    mask[1, slice(0, 2) if side == "left" else slice(3, 5)] = 0
    batch = torch.cat([IDS[:1], row])
    with torch.no_grad():
        alone = [model(ids).logits for ids in (IDS[:1], short)]
        # Without a mask left padding is seen, so only the right side can do without.
        given = {} if told_by == "id" and side == "right" else {"attention_mask": mask}
        close(model(batch, **given).logits, torch.cat(alone))
        embeds = model.transformer.wte(batch)
        close(model(inputs_embeds=embeds, attention_mask=mask).logits, torch.cat(alone))


def test_classifier_refuses_rows_of_unknown_ends() -> None:
    model = make(GPT2ForSequenceClassification)
    with pytest.raises(ValueError, match=r"2 rows.*pad_token_id or give attention_mask"):
        model(IDS)
    assert model(IDS[:1]).logits.shape == (1, 2)


def test_classifier_takes_embeddings_to_end_together_where_padding_has_a_name() -> None:
    model = make(GPT2ForSequenceClassification, pad_token_id=0)
    with torch.no_grad():
        embeds = model.transformer.wte(IDS)
        last = model.score(model.transformer(IDS)[0][:, -1])
        close(model(inputs_embeds=embeds).logits, last)


def test_left_padded_generation_steps_equal_single_rows() -> None:
    model = make(GPT2LMHeadModel)
    ids, mask = IDS.clone(), torch.ones_like(IDS)
    ids[1, :2] = mask[1, :2] = 0
    with torch.no_grad():
        first = model(ids[:, :4], attention_mask=mask[:, :4])
        second = model(ids[:, 4:], attention_mask=mask, past_key_values=first.past_key_values)
        close(second.logits[0], model(ids[:1]).logits[0, 4:])
        close(second.logits[1], model(ids[1:, 2:]).logits[0, 2:])


def test_legacy_tuples_are_caches_too() -> None:
    model = make(GPT2LMHeadModel)
    with torch.no_grad():
        whole = model(IDS)
        first = model(IDS[:, :3])
        assert type(first.past_key_values) is DynamicCache
        legacy = first.past_key_values.to_legacy_cache()
        assert [tuple(part.shape) for layer in legacy for part in layer] == [(2, 3, 3, 4)] * 4
        second = model(IDS[:, 3:], past_key_values=legacy)
    close(second.logits, whole.logits[:, 3:])
    assert second.past_key_values.get_seq_length() == 5
    assert model(IDS, use_cache=False).past_key_values is None
    assert first.past_key_values is model(IDS[:, 3:], past_key_values=first.past_key_values).past_key_values


def test_encoder_is_projected_once() -> None:
    model = make(GPT2LMHeadModel, add_cross_attention=True)
    encoder = torch.randn(2, 4, 12)
    seen: list[int] = []
    layer = model.transformer.h[0].crossattention.c_attn
    layer.register_forward_hook(lambda module, inputs, output: seen.append(output.shape[1]))
    with torch.no_grad():
        whole = model(IDS, encoder_hidden_states=encoder)
        first = model(IDS[:, :3], encoder_hidden_states=encoder)
        assert type(first.past_key_values) is EncoderDecoderCache
        second = model(IDS[:, 3:], encoder_hidden_states=encoder, past_key_values=first.past_key_values)
    close(second.logits, whole.logits[:, 3:])
    assert seen == [4, 4]
    with pytest.raises(ValueError, match="add_cross_attention is False"):
        make(GPT2Model)(IDS, encoder_hidden_states=encoder)


@pytest.mark.parametrize("kept", [2, torch.tensor([0, 3])], ids=["last", "places"])
def test_logits_of_some_tokens_only(kept: Any) -> None:
    model = make(GPT2LMHeadModel)
    with torch.no_grad():
        whole, some = model(IDS).logits, model(IDS, logits_to_keep=kept).logits
    close(some, whole[:, -2:] if isinstance(kept, int) else whole[:, kept])
    close(model(IDS, logits_to_keep=0).logits, whole)


def test_choices_are_judged_by_their_last_token() -> None:
    model = make(GPT2DoubleHeadsModel)
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    with torch.no_grad():
        folded = model(IDS[None], attention_mask=mask[None])
        named = model(IDS[None], attention_mask=mask[None], mc_token_ids=torch.tensor([[4, 2]]))
        flat = model(IDS, attention_mask=mask)
        embedded = model(inputs_embeds=model.transformer.wte(IDS)[None], attention_mask=mask[None])
    assert (folded.logits.shape, folded.mc_logits.shape) == ((1, 2, 5, 23), (1, 2))
    assert (flat.logits.shape, flat.mc_logits.shape) == ((2, 5, 23), (2,))
    for other in (named.mc_logits[0], flat.mc_logits, embedded.mc_logits[0]):
        close(other, folded.mc_logits[0])


def test_summary_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match=r"summary_type must be one of .*cls_index, got 'attn'"):
        make(GPT2DoubleHeadsModel, summary_type="attn")


@pytest.mark.parametrize(("given", "rate"), [({}, 0.1), ({"hidden_dropout": 0.3}, 0.3)])
def test_classifier_dropout_falls_back(given: dict[str, float], rate: float) -> None:
    assert make(GPT2ForTokenClassification, **given).dropout.p == rate
    both = make(GPT2ForTokenClassification, **given, classifier_dropout=0.2)
    assert both.dropout.p == 0.2
    assert "hidden_dropout" not in config().to_dict()


def test_tuples_leave_the_cache_out_as_published() -> None:
    for model_class, count in ((GPT2ForTokenClassification, 1), (GPT2ForQuestionAnswering, 2)):
        assert len(make(model_class)(IDS, return_dict=False)) == count
    assert len(make(GPT2LMHeadModel)(IDS, return_dict=False, output_attentions=True)) == 3


def test_residual_projections_start_smaller() -> None:
    torch.manual_seed(0)
    model = GPT2Model(GPT2Config(vocab_size=50, n_positions=8, n_embd=96, n_layer=8, n_head=4))
    for block in model.h:
        assert isinstance(block, modeling_gpt2.GPT2Block)
        for part in (block.attn, block.mlp):
            assert isinstance(part.c_proj, Conv1D)
            assert part.c_proj.weight.std().item() == pytest.approx(0.02 / math.sqrt(16), rel=0.05)
        for part in (block.attn.c_attn, block.mlp.c_fc):
            assert part.weight.std().item() == pytest.approx(0.02, rel=0.05)
            assert not part.bias.any()


def test_old_files_load_without_prefix_and_with_buffers(tmp_path: Path) -> None:
    model = make(GPT2LMHeadModel)
    model.save_pretrained(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    old = {name.removeprefix("transformer."): value for name, value in weights.items()}
    for layer in range(2):
        old[f"h.{layer}.attn.bias"] = torch.ones(1, 1, 9, 9).tril()
        old[f"h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
    save_file(old, tmp_path / "model.safetensors", metadata={"format": "pt"})
    loaded, info = AutoModelForCausalLM.from_pretrained(tmp_path, output_loading_info=True)
    assert type(loaded) is GPT2LMHeadModel
    assert not any(info.values())
    assert loaded.lm_head.weight is loaded.transformer.wte.weight
    with torch.no_grad():
        close(loaded(IDS).logits, model(IDS).logits)


def test_checkpoints_of_gpt_sw3_are_read_as_gpt2(tmp_path: Path) -> None:
    make(GPT2LMHeadModel).save_pretrained(tmp_path)
    file = tmp_path / "config.json"
    file.write_text(file.read_text().replace('"model_type": "gpt2"', '"model_type": "gpt-sw3"'))
    assert type(AutoModelForCausalLM.from_pretrained(tmp_path)) is GPT2LMHeadModel


def test_half_precision_scores_in_float32_keep_the_dtype() -> None:
    plain = make(GPT2Model, reorder_and_upcast_attn=True)
    with torch.no_grad():
        expected = plain(IDS).last_hidden_state
        found = plain.to(torch.bfloat16)(IDS)
    assert found.last_hidden_state.dtype == found.past_key_values[0][0].dtype == torch.bfloat16
    assert (found.last_hidden_state.float() - expected).abs().max() < 0.3


def test_config_refuses_heads_that_do_not_divide() -> None:
    with pytest.raises(ValueError, match=r"n_embd \(12\) must be a multiple of n_head \(5\)"):
        GPT2Model(config(n_head=5))
    assert config().hidden_size == 12
    assert config(num_attention_heads=4).n_head == 4
