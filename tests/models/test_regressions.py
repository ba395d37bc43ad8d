"""What once went wrong: masks, tuples, pruning, saving and refusals of BERT and DistilBERT in PyTorch."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertForSequenceClassification,
    BertLMHeadModel,
    BertModel,
    DistilBertConfig,
    DistilBertForMaskedLM,
    DistilBertModel,
    DynamicCache,
    PretrainedConfig,
    PreTrainedModel,
)
from transformers.frameworks.pt import helpers

IDS = torch.tensor([[5, 7, 9, 3, 2], [4, 8, 6, 10, 1]])


def config(**changes: Any) -> BertConfig:
    sizes = {"vocab_size": 23, "hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 3}
    return BertConfig(**{**sizes, "intermediate_size": 14, "max_position_embeddings": 9, **changes})


def distil(**changes: Any) -> DistilBertConfig:
    sizes = {"vocab_size": 23, "dim": 12, "n_layers": 2, "n_heads": 3, "hidden_dim": 14}
    return DistilBertConfig(**{**sizes, "max_position_embeddings": 9, **changes})


def seeded(cls: Any, chosen: Any) -> Any:
    torch.manual_seed(3)
    model = cls(chosen).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return model


# ---------------------------------------------------------------------- masks


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
def test_a_row_without_tokens_attends_evenly(attention: str) -> None:
    model = seeded(BertModel, config())
    model.set_attn_implementation(attention)
    hidden = model(IDS, attention_mask=torch.zeros_like(IDS), output_hidden_states=True).hidden_states
    layer = model.encoder.layer[0].attention
    value = layer.self.value(hidden[0])
    even = value.mean(dim=1, keepdim=True).expand_as(value)  # every query sees the mean of all values
    attended = layer.output(even, hidden[0])
    feed = model.encoder.layer[0]
    expected = feed.output(feed.intermediate(attended), attended)
    torch.testing.assert_close(hidden[1], expected, atol=1e-5, rtol=1e-5)


def test_a_row_without_tokens_counts_positions_as_without_a_mask() -> None:
    model = seeded(BertModel, config(num_hidden_layers=0))
    plain = model(IDS).last_hidden_state
    torch.testing.assert_close(model(IDS, attention_mask=torch.zeros_like(IDS)).last_hidden_state, plain)


def test_a_four_dimensional_mask_of_integers_hides() -> None:
    model = seeded(BertModel, config())
    mask = torch.ones(2, 1, 5, 5, dtype=torch.long)
    mask[..., 3:] = 0
    found = model(IDS, attention_mask=mask).last_hidden_state
    torch.testing.assert_close(found, model(IDS, attention_mask=mask.bool()).last_hidden_state)
    assert (found - model(IDS).last_hidden_state).abs().max() > 1e-3


def test_a_mask_for_every_query_is_not_made_causal_again() -> None:
    model = seeded(BertModel, config(is_decoder=True))
    open_mask = torch.ones(2, 5, 5)
    model.config.is_decoder, encoder = False, model(IDS).last_hidden_state
    model.config.is_decoder = True
    torch.testing.assert_close(encoder.shape, model(IDS).last_hidden_state.shape)
    full = model(IDS, attention_mask=open_mask).last_hidden_state
    four = model(IDS, attention_mask=open_mask[:, None].bool()).last_hidden_state
    torch.testing.assert_close(full, four)
    assert (full - model(IDS).last_hidden_state).abs().max() > 1e-3


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"input_ids": IDS[0]}, r"input_ids must be \(batch, tokens\)"),
        ({"inputs_embeds": torch.zeros(5, 12)}, r"inputs_embeds must be \(batch, tokens, width\)"),
        ({"input_ids": IDS, "attention_mask": torch.ones(2, 3)}, "covers 3 tokens; there are 5"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(inputs: dict[str, torch.Tensor], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BertModel(config())(**inputs)


# ---------------------------------------------------------------------- outputs and caches


def test_an_encoder_takes_and_gives_back_a_prefix() -> None:
    model = seeded(BertModel, config())
    prefix = DynamicCache()
    for layer in range(2):
        prefix.update(torch.randn(2, 3, 4, 4), torch.randn(2, 3, 4, 4), layer)
    out = model(IDS[:, :3], past_key_values=prefix, output_attentions=True)
    assert out.attentions[0].shape == (2, 3, 3, 7)
    assert out.past_key_values is prefix


def test_tuples_hold_the_cache_before_the_hidden_states() -> None:
    model = seeded(BertModel, config(is_decoder=True))
    flags = {"use_cache": True, "output_hidden_states": True}
    named = model(IDS, **flags)
    plain = model(IDS, return_dict=False, **flags)
    assert list(named) == ["last_hidden_state", "pooler_output", "hidden_states", "past_key_values"]
    assert hasattr(plain[2], "get_seq_length") and len(plain[3]) == 3


@pytest.mark.parametrize("cls", [BertForMaskedLM, BertForSequenceClassification, BertLMHeadModel])
def test_tuples_of_heads_hold_what_the_trunk_gives(cls: Any) -> None:
    model = seeded(cls, config(is_decoder=True))
    plain = model(IDS, return_dict=False, output_attentions=True)
    assert len(plain) == 3  # logits, cache, attentions
    assert hasattr(plain[1], "get_seq_length")


def test_an_unknown_position_type_adds_no_positions() -> None:
    model = seeded(BertModel, config(position_embedding_type="none"))
    assert not any("distance" in name for name in model.state_dict())
    turned = model(IDS.flip(1)).last_hidden_state.flip(1)
    torch.testing.assert_close(turned, model(IDS).last_hidden_state, atol=1e-5, rtol=1e-5)


# ---------------------------------------------------------------------- tracing


@pytest.mark.parametrize(("cls", "chosen"), [(BertModel, config), (BertForMaskedLM, config)])
@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning", "ignore::DeprecationWarning")
def test_models_can_be_traced(cls: Any, chosen: Any) -> None:
    model = seeded(cls, chosen(return_dict=False))
    traced = torch.jit.trace(model, (IDS, torch.ones_like(IDS)))
    twice = IDS.repeat(2, 1)
    torch.testing.assert_close(traced(twice, torch.ones_like(twice))[0], model(twice)[0])


def test_a_trunk_has_no_loss_of_its_own() -> None:
    model = BertModel(config())
    assert model.loss_type is None
    assert model.loss_function is model.loss_function  # that of next tokens, as published


# ---------------------------------------------------------------------- pruning


@pytest.mark.parametrize(("cls", "chosen"), [(BertModel, config()), (DistilBertForMaskedLM, distil())])
def test_a_config_with_pruned_heads_builds_a_pruned_model(cls: Any, chosen: Any) -> None:
    chosen.pruned_heads = {1: [0, 2]}
    shapes = [
        tuple(p.shape) for name, p in cls(chosen).named_parameters() if "query.w" in name or "q_lin.w" in name
    ]
    assert shapes == [(12, 12), (4, 12)]


def test_pruning_refuses_heads_that_do_not_exist() -> None:
    model = BertModel(config())
    model.prune_heads({0: [1]})
    model.prune_heads({0: [1]})  # again is fine
    with pytest.raises(ValueError, match="numbered from 0 to 2, got 7"):
        model.prune_heads({0: [7]})
    with pytest.raises(ValueError, match="leave at least one"):
        model.prune_heads({0: [0, 2]})
    with pytest.raises(NotImplementedError, match="no heads that can be pruned"):
        Tied(Narrow()).prune_heads({0: [0]})


# ---------------------------------------------------------------------- helpers


def test_masks_for_published_forwards() -> None:
    model = BertModel(config())
    mask = torch.tensor([[1, 1, 0]])
    lowest = torch.finfo(torch.float32).min
    assert model.get_extended_attention_mask(mask, (1, 3)).tolist() == [[[[0.0, 0.0, lowest]]]]
    assert model.invert_attention_mask(mask[:, None]).tolist() == [[[[0.0, 0.0, lowest]]]]
    model.config.is_decoder = True
    rows = model.get_extended_attention_mask(mask, (1, 3))[0, 0] == 0
    assert rows.tolist() == [[True, False, False], [True, True, False], [True, True, False]]
    with pytest.raises(ValueError, match="2-D or 3-D"):
        model.get_extended_attention_mask(mask[0], (1, 3))


def test_head_masks_for_published_forwards() -> None:
    model = BertModel(config())
    assert model.get_head_mask(None, 2) == [None, None]
    assert model.get_head_mask(torch.ones(3), 2).shape == (2, 1, 3, 1, 1)
    assert model.get_head_mask(torch.ones(2, 3), 2, is_attention_chunked=True).shape == (2, 1, 3, 1, 1, 1)


def test_counts_of_tokens_and_operations() -> None:
    model = BertModel(config())
    assert model.estimate_tokens({"input_ids": IDS}) == 10
    assert model.estimate_tokens({}) == 0
    inner = sum(p.numel() for name, p in model.named_parameters() if "_embeddings" not in name)
    assert model.floating_point_ops({"input_ids": IDS}) == 6 * 10 * inner


def test_parameters_and_buffers_by_name() -> None:
    model = BertModel(config())
    assert model.get_parameter_or_buffer("pooler.dense.bias") is model.pooler.dense.bias
    with pytest.raises(AttributeError, match=r"no parameter or buffer 'pooler\.nothing'"):
        model.get_parameter_or_buffer("pooler.nothing")


def test_tags_are_kept_once() -> None:
    model = BertModel(config())
    model.add_model_tags("a")
    model.add_model_tags(["b", "a"])
    assert model.model_tags == ["a", "b"]
    assert BertModel(config()).model_tags is None


def test_padding_without_a_mask_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(helpers.logger, "warning_once", said.append)
    model = BertModel(config())
    model.warn_if_padding_and_no_attention_mask(IDS, None)
    model.warn_if_padding_and_no_attention_mask(IDS * 0, torch.ones_like(IDS))
    assert said == []
    model.warn_if_padding_and_no_attention_mask(IDS * 0, None)
    assert len(said) == 1 and "attention_mask" in said[0]


@pytest.mark.parametrize("sinusoidal", [False, True])
@pytest.mark.parametrize("size", [6, 15])
def test_positions_can_be_resized(size: int, sinusoidal: bool) -> None:
    model = DistilBertForMaskedLM(distil(sinusoidal_pos_embds=sinusoidal)).eval()
    before = model.get_position_embeddings().weight.detach().clone()
    model.resize_position_embeddings(size)
    after = model.get_position_embeddings().weight
    assert after.shape == (size, 12) and model.config.max_position_embeddings == size
    torch.testing.assert_close(after[:6].detach(), before[:6])
    assert model(torch.ones(1, size, dtype=torch.long)).logits.shape == (1, size, 23)
    if sinusoidal:
        fresh = DistilBertModel(distil(sinusoidal_pos_embds=True, max_position_embeddings=size))
        torch.testing.assert_close(after, fresh.get_position_embeddings().weight)


def test_positions_that_cannot_be_resized() -> None:
    with pytest.raises(NotImplementedError, match="no position embeddings of variable length"):
        BertModel(config()).resize_position_embeddings(4)
    with pytest.raises(ValueError, match="must be positive"):
        DistilBertModel(distil()).resize_position_embeddings(0)


# ---------------------------------------------------------------------- users' models


class Narrow(PretrainedConfig):
    model_type = "narrow"

    def __init__(self, width: int = 4, vocab_size: int = 7, **kwargs: Any) -> None:
        self.width, self.vocab_size = width, vocab_size
        super().__init__(**kwargs)


class Tied(PreTrainedModel):
    """A user's model in the published style: it names no ties, only its embeddings."""

    config_class = Narrow
    _tied_weights_keys = ["head.weight"]
    _keys_to_ignore_on_save = ["scratch"]
    _keys_to_ignore_on_load_missing = ["scratch"]

    def __init__(self, config: Narrow) -> None:
        super().__init__(config)
        self.table = nn.Embedding(config.vocab_size, config.width)
        self.head = nn.Linear(config.width, config.vocab_size, bias=False)
        self.scratch = nn.Parameter(torch.zeros(2))
        self.post_init()

    def get_input_embeddings(self) -> nn.Embedding:
        return self.table

    def set_input_embeddings(self, value: nn.Embedding) -> None:
        self.table = value

    def get_output_embeddings(self) -> nn.Linear:
        return self.head

    def set_output_embeddings(self, value: nn.Linear) -> None:
        self.head = value


def test_a_users_model_ties_by_its_embeddings(tmp_path: Path) -> None:
    model = Tied(Narrow())
    assert model.head.weight is model.table.weight
    assert Tied(Narrow(tie_word_embeddings=False)).head.weight.data_ptr() != model.table.weight.data_ptr()
    model.save_pretrained(tmp_path)
    loaded, info = Tied.from_pretrained(tmp_path, output_loading_info=True)
    assert not any(info.values()) and loaded.head.weight is loaded.table.weight
    torch.testing.assert_close(loaded.table.weight, model.table.weight)
    loaded.resize_token_embeddings(9)
    assert loaded.head.weight is loaded.table.weight and loaded.head.weight.shape == (9, 4)


# ---------------------------------------------------------------------- saving and refusals


@pytest.mark.parametrize("limit", ["5GB", "2KB"])
def test_pickled_weights_list_tied_names_too(tmp_path: Path, limit: str) -> None:
    model = seeded(BertForMaskedLM, config())
    model.save_pretrained(tmp_path, safe_serialization=False, max_shard_size=limit)
    merged: dict[str, torch.Tensor] = {}
    for file in sorted(tmp_path.glob("*.bin")):
        merged |= torch.load(file, weights_only=True)
    assert merged.keys() == model.state_dict().keys()
    BertForMaskedLM(config()).load_state_dict(merged)
    again, info = BertForMaskedLM.from_pretrained(tmp_path, output_loading_info=True)
    assert not any(info.values())
    torch.testing.assert_close(again(IDS).logits, model(IDS).logits)


def test_tied_weights_of_another_shape_are_named_once(tmp_path: Path) -> None:
    BertForMaskedLM(config()).save_pretrained(tmp_path)
    options = {"vocab_size": 11, "ignore_mismatched_sizes": True, "output_loading_info": True}
    _, info = BertForMaskedLM.from_pretrained(tmp_path, **options)
    assert sorted(info["mismatched_keys"]) == [
        "bert.embeddings.word_embeddings.weight",
        "cls.predictions.bias",
    ]


def changed_config(folder: Path, **changes: Any) -> Path:
    BertModel(config()).save_pretrained(folder)
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    return folder


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"num_hidden_layers": 10**9}, "num_hidden_layers=1000000000, and the checkpoint holds 39 tensors"),
        ({"hidden_size": 3 * 2**38}, "describes no possible model"),
        ({"pad_token_id": 99}, "describes no possible model"),
        ({"pruned_heads": {"0": [5]}}, "heads are numbered from 0 to 2, got 5"),
    ],
)
def test_configs_of_impossible_models_are_refused(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        BertModel.from_pretrained(changed_config(tmp_path, **changes))


def test_integers_in_place_of_weights_are_refused() -> None:
    weights = BertModel(config()).state_dict()
    weights["pooler.dense.weight"] = torch.ones(12, 12, dtype=torch.int8)
    with pytest.raises(ValueError, match="not floating-point numbers"):
        BertModel.from_pretrained(None, config=config(), state_dict=weights)


def test_a_name_given_twice_is_refused(tmp_path: Path) -> None:
    BertModel(config()).save_pretrained(tmp_path)
    path = tmp_path / "model.safetensors"
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = data[8 : 8 + length].decode().rstrip()
    entry = json.loads(header)["pooler.dense.bias"]
    header = f'{header[:-1]},"pooler.dense.bias":{json.dumps(entry)}}}'
    path.write_bytes(struct.pack("<Q", len(header)) + header.encode() + data[8 + length :])
    with pytest.raises(OSError, match="given twice"):
        BertModel.from_pretrained(tmp_path)
