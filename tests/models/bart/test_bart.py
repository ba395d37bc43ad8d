"""What is the fairseq family's own: files, positions, tables, biases, decoders alone, refusals."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from transformers import (
    BartConfig,
    BartForCausalLM,
    BartForConditionalGeneration,
    BartForQuestionAnswering,
    BartForSequenceClassification,
    BartModel,
    M2M100Config,
    M2M100Model,
    MarianConfig,
    MarianMTModel,
    MBartConfig,
    MBartForConditionalGeneration,
    PegasusConfig,
    PegasusForConditionalGeneration,
)
from transformers.layers.fairseq_embeddings import CountedSinusoids, sinusoid_table

IDS = torch.tensor([[5, 7, 9, 3, 2], [4, 8, 6, 10, 2]])
WRITTEN = torch.tensor([[2, 4, 9, 8], [2, 11, 3, 7]])
SIZES = {
    "vocab_size": 23,
    "d_model": 12,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 3,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 14,
    "decoder_ffn_dim": 16,
    "max_position_embeddings": 9,
    "init_std": 0.5,
}


def make(model_class: Any, **changes: Any) -> Any:
    torch.manual_seed(0)
    given = {**SIZES, **changes}
    if model_class.config_class in (MarianConfig, PegasusConfig):
        given = {"pad_token_id": 1, "decoder_start_token_id": 1, **given}
    return model_class(model_class.config_class(**given)).eval()


def close(found: torch.Tensor, expected: torch.Tensor) -> None:
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


# ---------------------------------------------------------------------- files


@pytest.mark.parametrize("pair", [BartForConditionalGeneration, BartModel])
def test_decoder_alone_loads_from_files_of_pairs(tmp_path: Path, pair: Any) -> None:
    model = make(pair)
    model.save_pretrained(tmp_path)
    assert not [key for key in load_file(tmp_path / "model.safetensors") if "embed_tokens" in key]
    alone, info = BartForCausalLM.from_pretrained(tmp_path, output_loading_info=True)
    assert not any(info.values())
    assert alone.config.is_decoder and not alone.config.is_encoder_decoder
    with torch.no_grad():
        close(alone.get_decoder()(WRITTEN)[0], model.get_decoder()(WRITTEN)[0])
    alone.save_pretrained(tmp_path / "alone")
    again = BartForCausalLM.from_pretrained(tmp_path / "alone")
    close(again(WRITTEN).logits, alone(WRITTEN).logits)


def test_decoder_alone_compares_labels_with_their_own_places() -> None:
    model = make(BartForCausalLM)
    output = model(WRITTEN, labels=WRITTEN)
    told = torch.nn.functional.cross_entropy(output.logits.reshape(-1, 23), WRITTEN.reshape(-1))
    close(output.loss, told)


@pytest.mark.parametrize("kind", [BartForConditionalGeneration, PegasusForConditionalGeneration])
def test_what_is_computed_may_be_missing(tmp_path: Path, kind: Any) -> None:
    model = make(kind)
    model.save_pretrained(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    computed = [key for key in weights if key == "final_logits_bias"]
    if kind is PegasusForConditionalGeneration:
        computed += [key for key in weights if key.endswith("coder.embed_positions.weight")]
        assert len(computed) == 3
    save_file(
        {key: value for key, value in weights.items() if key not in computed}, tmp_path / "model.safetensors"
    )
    again, info = kind.from_pretrained(tmp_path, output_loading_info=True)
    assert not any(info.values())
    for key in computed:
        close(again.state_dict()[key], weights[key])


def test_first_files_name_their_forced_token_otherwise() -> None:
    assert BartConfig(force_bos_token_to_be_generated=True).forced_bos_token_id == 0
    assert BartConfig(force_bos_token_to_be_generated=True, forced_bos_token_id=4).forced_bos_token_id == 4
    assert BartConfig().forced_bos_token_id is None
    assert (BartConfig().num_labels, BartConfig(num_labels=5).num_labels) == (3, 5)
    assert BartConfig(encoder_layers=7).num_hidden_layers == 7
    assert make(BartForQuestionAnswering).num_labels == 2


# ---------------------------------------------------------------------- words and positions


def test_resized_tables_keep_their_scale_and_bias() -> None:
    model = make(BartForConditionalGeneration, scale_embedding=True)
    model.final_logits_bias = torch.arange(23.0)[None]
    with torch.no_grad():
        expected = model(IDS, decoder_input_ids=WRITTEN).logits
        model.resize_token_embeddings(30)
        found = model(IDS, decoder_input_ids=WRITTEN).logits
    close(found[..., :23], expected)
    assert model.final_logits_bias.shape == (1, 30)
    assert model.final_logits_bias[0, 23:].tolist() == [0.0] * 7
    assert model.get_decoder().embed_tokens is model.get_encoder().embed_tokens is model.model.shared


@pytest.mark.parametrize(("length", "width"), [(100, 6), (65, 7), (3, 2)])
def test_sinusoids_are_exact(length: int, width: int) -> None:
    table = sinusoid_table(length, width)
    assert table.shape == (length, width)
    sines = (width + 1) // 2
    for place in (0, 1, length // 2, length - 1):
        for k in range(sines):
            angle = place / 10000 ** (2 * k / width)
            assert table[place, k].item() == pytest.approx(math.sin(angle), abs=1e-6)
            if k < width // 2:
                assert table[place, sines + k].item() == pytest.approx(math.cos(angle), abs=1e-6)


def test_sinusoids_without_a_table_have_no_end() -> None:
    waves = CountedSinusoids(4, 7, padding_idx=1)(torch.tensor([[1, 2, 5000]]))[0]
    rates = [math.exp(-k * math.log(10000) / 2) for k in range(3)]
    assert waves[0].tolist() == [0.0] * 7
    for row, place in ((1, 2), (2, 5000)):
        expected = [math.sin(place * r) for r in rates] + [math.cos(place * r) for r in rates] + [0.0]
        assert waves[row].tolist() == pytest.approx(expected, abs=1e-3)
    model = make(M2M100Model)
    long = IDS.repeat(1, 4)
    assert model(long, decoder_input_ids=long).last_hidden_state.shape == (2, 20, 12)


@pytest.mark.parametrize("kind", [BartModel, M2M100Model])
def test_positions_of_a_decoder_go_on_after_its_cache(kind: Any) -> None:
    model = make(kind)
    mask = torch.tensor([[1, 1, 1, 1], [0, 1, 1, 1]])
    with torch.no_grad():
        whole = model(IDS, decoder_input_ids=WRITTEN, decoder_attention_mask=mask)
        first = model(IDS, decoder_input_ids=WRITTEN[:, :2], decoder_attention_mask=mask[:, :2])
        step = model(
            IDS,
            decoder_input_ids=WRITTEN[:, 2:],
            decoder_attention_mask=mask,
            past_key_values=first.past_key_values,
        )
    close(step[0], whole[0][:, 2:])


def test_tables_of_two_languages_stay_apart(tmp_path: Path) -> None:
    model = make(MarianMTModel, share_encoder_decoder_embeddings=False)
    assert model.model.get_input_embeddings() is model.model.encoder.embed_tokens
    assert model.lm_head.weight is model.model.decoder.embed_tokens.weight
    assert model.lm_head.weight is not model.model.encoder.embed_tokens.weight
    model.save_pretrained(tmp_path)
    again, info = MarianMTModel.from_pretrained(tmp_path, output_loading_info=True)
    assert not any(info.values())
    close(again(IDS, decoder_input_ids=WRITTEN).logits, model(IDS, decoder_input_ids=WRITTEN).logits)


# ---------------------------------------------------------------------- decoder inputs


@pytest.mark.parametrize("kind", [MarianMTModel, PegasusForConditionalGeneration])
def test_embeddings_given_to_a_decoder_are_scaled_and_an_encoders_are_not(kind: Any) -> None:
    model = make(kind, scale_embedding=True)
    embed = model.get_input_embeddings()
    with torch.no_grad():
        read, written = embed(IDS) * math.sqrt(SIZES["d_model"]), embed(WRITTEN)
        given = model(inputs_embeds=read, decoder_inputs_embeds=written)
        close(given.logits, model(IDS, decoder_input_ids=WRITTEN).logits)


def test_language_codes_come_first() -> None:
    model = make(MBartForConditionalGeneration)
    labels = torch.tensor([[4, 9, 2, 20, -100], [11, 2, 21, 1, 1]])
    expected = torch.tensor([[20, 4, 9, 2, 20], [21, 11, 2, 21, 1]])
    assert torch.equal(model.prepare_decoder_input_ids_from_labels(labels), expected)
    with torch.no_grad():
        output = model(IDS, labels=labels)
        close(output.logits, model(IDS, decoder_input_ids=expected).logits)
    assert output.past_key_values is None
    with pytest.raises(ValueError, match=r"config\.pad_token_id"):
        make(MBartForConditionalGeneration, pad_token_id=None)(IDS, labels=labels)


def test_layers_are_skipped_in_training_alone() -> None:
    model = make(BartModel, dropout=0.0, encoder_layerdrop=0.9999, decoder_layerdrop=0.9999)
    states = model.train()(IDS, output_hidden_states=True)
    close(states.encoder_hidden_states[0], states.encoder_last_hidden_state)
    states = model.eval()(IDS, output_hidden_states=True)
    assert (states.encoder_hidden_states[0] - states.encoder_last_hidden_state).abs().max() > 0.1


def test_inputs_and_configs_that_do_not_fit_are_refused() -> None:
    embeds = torch.zeros(2, 5, 12)
    with pytest.raises(ValueError, match="made from input_ids alone"):
        make(BartModel)(inputs_embeds=embeds)
    with pytest.raises(NotImplementedError, match="give input_ids"):
        make(BartForSequenceClassification)(inputs_embeds=embeds, decoder_input_ids=IDS)
    with pytest.raises(ValueError, match="must be a multiple of the number of heads"):
        make(BartModel, encoder_attention_heads=5)
    with pytest.raises(ValueError, match="decoder_input_ids or decoder_inputs_embeds"):
        M2M100Model(M2M100Config(**SIZES))(IDS)
    assert MBartConfig().decoder_start_token_id is None
