"""What is T5's own: ranges of distances, files, encoder outputs, caches, half precision, refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from transformers import (
    DynamicCache,
    StaticCache,
    T5Config,
    T5EncoderModel,
    T5ForConditionalGeneration,
    T5ForQuestionAnswering,
    T5ForSequenceClassification,
    T5ForTokenClassification,
    T5Model,
)
from transformers.layers.cache_pair import EncoderDecoderCache
from transformers.layers.relative import distance_buckets
from transformers.layers.seq2seq import finite
from transformers.modeling_outputs import BaseModelOutput
from transformers.models.t5.modeling_t5 import T5Stack

IDS = torch.tensor([[5, 7, 9, 3, 2], [4, 8, 6, 10, 1]])
WRITTEN = torch.tensor([[0, 4, 9, 8], [0, 11, 3, 7]])


def config(**changes: Any) -> T5Config:
    sizes = {"vocab_size": 23, "d_model": 12, "d_kv": 5, "d_ff": 14, "num_layers": 2, "num_heads": 3}
    return T5Config(**{**sizes, "decoder_start_token_id": 0, **changes})


def make(model_class: Any, **changes: Any) -> Any:
    torch.manual_seed(0)
    return model_class(config(**changes)).eval()


def close(found: torch.Tensor, expected: torch.Tensor) -> None:
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(
    ("buckets", "starts"),
    [
        (16, [8, 12, 16, 23, 32, 46, 64, 91]),
        (32, [16, 19, 21, 24, 27, 31, 35, 40, 46, 52, 59, 67, 77, 87, 99, 113]),
    ],
)
def test_far_distances_share_buckets(buckets: int, starts: list[int]) -> None:
    found = distance_buckets(buckets, 128)
    assert len(found) == 129
    assert found[: starts[0]] == list(range(starts[0]))
    assert [found.index(bucket) for bucket in range(buckets // 2, buckets)] == starts


def test_biases_depend_on_the_distance_alone() -> None:
    model = make(T5Model, relative_attention_num_buckets=8, relative_attention_max_distance=6)
    for stack, same in ((model.encoder, False), (model.decoder, True)):
        attention = stack.block[0].layer[0].SelfAttention
        bias = attention.compute_bias(4, 4)  # (1, H, T, S)
        close(bias[:, :, 1:, 1:], bias[:, :, :-1, :-1])
        close(attention.compute_bias(1, 4, offset=3), bias[:, :, 3:])
        later = bias[0, :, 0]  # keys after the query: the decoder never sees them and gives them no bucket
        assert torch.equal(later[:, 1], later[:, 3]) == same


# ---------------------------------------------------------------------- files


@pytest.mark.parametrize(
    "held", ["shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight"]
)
def test_one_name_of_the_table_is_enough(tmp_path: Path, held: str) -> None:
    model = make(T5ForConditionalGeneration)
    model.save_pretrained(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    assert [key for key in weights if "embed" in key or key in ("lm_head.weight", "shared.weight")] == [
        "shared.weight"
    ]
    weights[held] = weights.pop("shared.weight")
    # What the first files held beside that, and no model uses.
    weights["decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight"] = torch.zeros(32, 3)
    save_file(weights, tmp_path / "model.safetensors")
    again, info = T5ForConditionalGeneration.from_pretrained(tmp_path, output_loading_info=True)
    assert not any(info.values())
    assert again.lm_head.weight is again.shared.weight is again.decoder.embed_tokens.weight
    close(again(IDS, decoder_input_ids=WRITTEN).logits, model(IDS, decoder_input_ids=WRITTEN).logits)


@pytest.mark.parametrize("part", [T5EncoderModel, T5ForTokenClassification])
def test_encoders_load_from_files_of_pairs(tmp_path: Path, part: Any) -> None:
    model = make(T5ForConditionalGeneration)
    model.save_pretrained(tmp_path)
    encoder, info = part.from_pretrained(tmp_path, output_loading_info=True)
    assert all(key.startswith("classifier.") for key in info["missing_keys"])
    close(encoder.get_encoder()(IDS)[0], model.encoder(IDS)[0])


@pytest.mark.parametrize(
    ("head", "new"),
    [
        (T5ForConditionalGeneration, ["lm_head.weight"]),
        (T5ForQuestionAnswering, ["qa_outputs.bias", "qa_outputs.weight"]),
    ],
)
def test_heads_without_prefix_load_from_trunks(tmp_path: Path, head: Any, new: list[str]) -> None:
    trunk = make(T5Model, tie_word_embeddings=False)
    trunk.save_pretrained(tmp_path)
    model, info = head.from_pretrained(tmp_path, output_loading_info=True)
    assert sorted(info["missing_keys"]) == new
    for key in new:
        assert torch.isfinite(model.state_dict()[key]).all()
    model.save_pretrained(tmp_path)
    again = T5Model.from_pretrained(tmp_path)
    close(again(IDS, decoder_input_ids=WRITTEN)[0], trunk(IDS, decoder_input_ids=WRITTEN)[0])


def test_replaced_embeddings_reach_both_stacks() -> None:
    model = make(T5ForConditionalGeneration)
    table = torch.nn.Embedding(23, 12)
    model.set_input_embeddings(table)
    model.tie_weights()
    assert model.get_input_embeddings() is model.encoder.embed_tokens is model.decoder.embed_tokens is table
    assert model.lm_head.weight is table.weight


@pytest.mark.parametrize("kind", [T5ForConditionalGeneration, T5ForSequenceClassification])
def test_encoder_and_decoder_may_share_their_layers(tmp_path: Path, kind: Any) -> None:
    model = make(kind, tie_encoder_decoder=True)
    encoder, decoder = model.get_encoder(), model.get_decoder()
    for own, other in (
        ("0.SelfAttention.q", "0.SelfAttention.q"),
        ("1.DenseReluDense.wo", "2.DenseReluDense.wo"),
        ("1.layer_norm", "2.layer_norm"),
    ):
        one = encoder.get_parameter(f"block.1.layer.{own}.weight")
        assert one is decoder.get_parameter(f"block.1.layer.{other}.weight")
    assert encoder.final_layer_norm.weight is decoder.final_layer_norm.weight
    model.save_pretrained(tmp_path)
    assert not [key for key in load_file(tmp_path / "model.safetensors") if "encoder." in key]
    again, info = kind.from_pretrained(tmp_path, output_loading_info=True)
    assert not any(info.values())
    close(again.get_encoder()(IDS)[0], encoder(IDS)[0])


# ---------------------------------------------------------------------- inputs


def test_encoder_outputs_may_be_given_in_every_form() -> None:
    model = make(T5ForConditionalGeneration)
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    with torch.no_grad():
        expected = model(IDS, attention_mask=mask, decoder_input_ids=WRITTEN).logits
        state = model.get_encoder()(IDS, attention_mask=mask)[0]
        for form in (
            (state,),
            [state],
            state,
            {"last_hidden_state": state},
            BaseModelOutput(last_hidden_state=state),
        ):
            output = model(encoder_outputs=form, attention_mask=mask, decoder_input_ids=WRITTEN)
            close(output.logits, expected)
            close(output.encoder_last_hidden_state, state)


def test_labels_become_decoder_inputs() -> None:
    model = make(T5ForConditionalGeneration)
    labels = torch.tensor([[4, 9, 8, -100], [11, 3, -100, 7]])
    moved = torch.tensor([[0, 4, 9, 8], [0, 11, 3, 0]])
    assert torch.equal(model.prepare_decoder_input_ids_from_labels(labels), moved)
    with torch.no_grad():
        output = model(IDS, labels=labels)
        close(output.logits, model(IDS, decoder_input_ids=moved).logits)
    told = torch.nn.functional.cross_entropy(output.logits.reshape(-1, 23), labels.reshape(-1))
    close(output.loss, told)


def test_head_mask_of_the_encoder_serves_the_decoder() -> None:
    model = make(T5Model)
    mask = torch.tensor([[1.0, 0, 1], [0, 1, 1]])
    with torch.no_grad():
        both = model(IDS, decoder_input_ids=WRITTEN, head_mask=mask, decoder_head_mask=mask)[0]
        close(model(IDS, decoder_input_ids=WRITTEN, head_mask=mask)[0], both)


@pytest.mark.parametrize("ends", [1, [1, 2]])
def test_classifier_reads_the_last_end(ends: Any) -> None:
    model = make(T5ForSequenceClassification, eos_token_id=ends)
    rows = torch.tensor([[5, 1, 9, 1, 2], [4, 8, 6, 10, 0], [4, 1, 6, 0, 0]])
    with torch.no_grad():
        states = model.transformer(rows, decoder_input_ids=model._shift_right(rows))[0]
        places = [4 if ends == [1, 2] else 3, 3, 1]  # a row without an end: its last token
        expected = model.classification_head(states[torch.arange(3), torch.tensor(places)])
        close(model(rows).logits, expected)


# ---------------------------------------------------------------------- caches


def steps(model: Any, cache: Any, fixed: bool) -> torch.Tensor:
    found = []
    state = model.get_encoder()(IDS)[0]
    for place in (slice(0, 2), slice(2, 3), slice(3, 4)):
        where = {"cache_position": torch.arange(4)[place]} if fixed else {}
        output = model(
            encoder_outputs=(state,), decoder_input_ids=WRITTEN[:, place], past_key_values=cache, **where
        )
        cache = output.past_key_values if cache is None or isinstance(cache, tuple) else cache
        found.append(output.logits)
    return torch.cat(found, dim=1)


@pytest.mark.parametrize("kind", ["none", "legacy", "pair", "fixed"])
def test_caches_of_every_kind_give_the_same(kind: str) -> None:
    model = make(T5ForConditionalGeneration)
    cache: Any = {
        "none": None,
        "legacy": (),
        "pair": EncoderDecoderCache(DynamicCache(), DynamicCache()),
        "fixed": EncoderDecoderCache(StaticCache(max_cache_len=6), DynamicCache()),
    }[kind]
    with torch.no_grad():
        close(steps(model, cache, kind == "fixed"), model(IDS, decoder_input_ids=WRITTEN).logits)


def test_legacy_caches_hold_four_tensors_a_layer() -> None:
    model = make(T5ForConditionalGeneration)
    with torch.no_grad():
        first = model(IDS, decoder_input_ids=WRITTEN[:, :3])
        past = first.past_key_values.to_legacy_cache()
        assert [len(layer) for layer in past] == [4, 4]
        assert past[0][0].shape == (2, 3, 3, 5) and past[0][2].shape == (2, 3, 5, 5)
        step = model(IDS, decoder_input_ids=WRITTEN[:, 3:], past_key_values=past).logits
        close(step, model(IDS, decoder_input_ids=WRITTEN).logits[:, 3:])


# ---------------------------------------------------------------------- half precision


def test_the_second_projection_stays_float32_in_float16(tmp_path: Path) -> None:
    make(T5ForConditionalGeneration, feed_forward_proj="gated-gelu").save_pretrained(tmp_path)
    model = T5ForConditionalGeneration.from_pretrained(tmp_path, dtype=torch.float16)
    kept = {key for key, tensor in model.state_dict().items() if tensor.dtype == torch.float32}
    assert kept == {key for key in model.state_dict() if key.endswith(".wo.weight")}
    assert model(IDS, decoder_input_ids=WRITTEN).logits.dtype == torch.float16
    whole = T5ForConditionalGeneration.from_pretrained(tmp_path, dtype=torch.bfloat16)
    assert {tensor.dtype for tensor in whole.state_dict().values()} == {torch.bfloat16}


def test_overflow_in_half_precision_stays_finite() -> None:
    wild = torch.tensor([float("inf"), -float("inf"), 2.0], dtype=torch.float16)
    assert finite(wild).tolist() == [64512.0, -64512.0, 2.0]
    assert finite(wild.float())[0] == float("inf")


# ---------------------------------------------------------------------- refusals


def test_inputs_that_say_too_little_are_refused() -> None:
    model = make(T5Model)
    with pytest.raises(ValueError, match="decoder_input_ids or decoder_inputs_embeds"):
        model(IDS)
    with pytest.raises(ValueError, match=r"config\.decoder_start_token_id"):
        make(T5ForConditionalGeneration, decoder_start_token_id=None)(IDS, labels=IDS)
    with pytest.raises(ValueError, match=r"config\.pad_token_id"):
        make(T5ForConditionalGeneration, pad_token_id=None)(IDS, labels=IDS)
    classifier = make(T5ForSequenceClassification)
    embeds = torch.zeros(2, 5, 12)
    with pytest.raises(ValueError, match="give input_ids or decoder_input_ids"):
        classifier(inputs_embeds=embeds)
    with pytest.raises(NotImplementedError, match="give input_ids"):
        classifier(inputs_embeds=embeds, decoder_input_ids=IDS)
    with pytest.raises(ValueError, match="the decoder has 4 tokens and input_ids 5"):
        classifier(IDS, decoder_input_ids=WRITTEN)
    with pytest.raises(ValueError, match="made without embed_tokens"):
        T5Stack(config())(IDS)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"feed_forward_proj": "gated-big-gelu"}, "'gated-' and one, got 'gated-big-gelu'"),
        ({"feed_forward_proj": "soft-gelu"}, "'gated-' and one"),
        ({"tie_encoder_decoder": True, "num_decoder_layers": 1}, r"decoder layers \(1\)"),
        ({"relative_attention_max_distance": 16}, r"buckets \(32\).*max_distance \(16\)"),
    ],
)
def test_impossible_configs_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        config(**changes)


def test_activation_follows_from_the_projection() -> None:
    for told, name, gated in (("relu", "relu", False), ("gated-silu", "silu", True)):
        made = config(feed_forward_proj=told)
        assert (made.dense_act_fn, made.is_gated_act) == (name, gated)
    assert config(feed_forward_proj="gated-gelu").dense_act_fn == "gelu_new"
    assert T5Config.from_dict(config(dense_act_fn="tanh").to_dict()).dense_act_fn == "tanh"
    assert config(num_layers=3).num_decoder_layers == 3
