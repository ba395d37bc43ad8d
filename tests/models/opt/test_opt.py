"""What is OPT's own: positions from the mask, narrow word embeddings, masked heads, skipped layers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from transformers import OPTConfig, OPTForCausalLM, OPTModel, StaticCache
from transformers.models.opt import modeling_opt

PARTS: Any = modeling_opt
IDS = torch.tensor([[5, 7, 9, 3, 2], [4, 8, 6, 10, 1]])


def make(model_class: Any, **changes: Any) -> Any:
    torch.manual_seed(0)
    sizes = {"vocab_size": 23, "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3}
    more = {"ffn_dim": 14, "max_position_embeddings": 9, "dropout": 0.0, "init_std": 0.5}
    return model_class(OPTConfig(**{**sizes, **more, **changes})).eval()


def close(found: torch.Tensor, expected: torch.Tensor) -> None:
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


def left_padded() -> tuple[torch.Tensor, torch.Tensor]:
    """IDS with the second row's first two tokens as padding, and the mask."""
    ids, mask = IDS.clone(), torch.ones_like(IDS)
    ids[1, :2] = mask[1, :2] = 0
    return ids, mask


def test_left_padded_generation_steps_equal_single_rows() -> None:
    model = make(OPTForCausalLM)
    ids, mask = left_padded()
    with torch.no_grad():
        first = model(ids[:, :4], attention_mask=mask[:, :4])
        second = model(ids[:, 4:], attention_mask=mask, past_key_values=first.past_key_values)
        close(second.logits[0], model(ids[:1]).logits[0, 4:])
        close(second.logits[1], model(ids[1:, 2:]).logits[0, 2:])


@pytest.mark.parametrize("padded", [False, True])
def test_cache_of_fixed_length_gives_the_same_numbers(padded: bool) -> None:
    model = make(OPTForCausalLM)
    ids, mask = left_padded() if padded else (IDS, None)
    cache = StaticCache(config=model.config, max_cache_len=8)
    with torch.no_grad():
        whole = model(ids, attention_mask=mask).logits
        for start, end in ((0, 3), (3, 4), (4, 5)):
            found = model(
                ids[:, start:end],
                attention_mask=None if mask is None else mask[:, :end],
                past_key_values=cache,
                cache_position=torch.arange(start, end),
            ).logits
            close(found[0], whole[0, start:end])
            close(found[1, -1:], whole[1, end - 1 : end])


def test_positions_are_rows_from_the_third_on() -> None:
    table: Any = PARTS.OPTLearnedPositionalEmbedding(4, 6)
    assert table.weight.shape == (6, 6)
    mask = torch.tensor([[0, 1, 1, 1], [1, 1, 0, 1]])
    close(table(mask), table.weight[torch.tensor([[1, 2, 3, 4], [2, 3, 1, 4]])])
    close(table(mask, 2), table.weight[torch.tensor([[3, 4], [1, 4]])])
    close(table(mask, position_ids=torch.tensor([[3]])), table.weight[None, 5:])


def test_masked_heads_add_nothing() -> None:
    model = make(OPTModel)
    keep = torch.ones(2, 3)
    keep[0, 1] = 0
    with torch.no_grad():
        found = model(IDS, head_mask=keep)[0]
        model.decoder.layers[0].self_attn.out_proj.weight[:, 8:16] = 0
        close(found, model(IDS)[0])


def test_layers_are_skipped_in_training_only() -> None:
    model, whole = make(OPTModel, layerdrop=1.0, do_layer_norm_before=False), make(OPTModel)
    words = model.decoder.embed_tokens(IDS) + model.decoder.embed_positions(torch.ones_like(IDS))
    close(model.train()(IDS)[0], words)
    assert not torch.allclose(model.eval()(IDS)[0], words)
    close(whole.train()(IDS)[0], whole.eval()(IDS)[0])


def test_tuples_and_models_without_word_projections() -> None:
    model = make(OPTModel)
    assert model.decoder.project_in is model.decoder.project_out is None
    assert len(model(IDS, return_dict=False, output_hidden_states=True)) == 3
    assert model.get_decoder() is model.decoder
    assert model.decoder.get_input_embeddings() is model.get_input_embeddings()


@pytest.mark.parametrize("changes", [{}, {"word_embed_proj_dim": 16}])
def test_older_files_without_prefix_load(tmp_path: Path, changes: dict[str, Any]) -> None:
    model = make(OPTForCausalLM, **changes)
    model.save_pretrained(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    old = {name.removeprefix("model."): value for name, value in weights.items()}
    old["decoder.version"] = torch.ones(1)
    save_file(old, tmp_path / "model.safetensors", metadata={"format": "pt"})
    loaded, info = OPTForCausalLM.from_pretrained(tmp_path, output_loading_info=True)
    assert not any(info.values())
    assert loaded.lm_head.weight is loaded.model.decoder.embed_tokens.weight
    with torch.no_grad():
        close(loaded(IDS).logits, model(IDS).logits)


def test_config_says_whether_the_last_norm_is_gone() -> None:
    config = OPTConfig(_remove_final_layer_norm=True, hidden_size=36)
    assert OPTConfig.from_dict(config.to_dict()) == config
    assert (config.to_dict()["_remove_final_layer_norm"], config.word_embed_proj_dim) == (True, 36)
    assert make(OPTModel, _remove_final_layer_norm=True).decoder.final_layer_norm is None


def test_config_refuses_heads_that_do_not_divide() -> None:
    with pytest.raises(
        ValueError, match=r"hidden_size \(24\) must be a multiple of num_attention_heads \(5\)"
    ):
        make(OPTModel, num_attention_heads=5)
