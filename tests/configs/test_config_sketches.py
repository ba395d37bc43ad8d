"""Configs whose sizes do not go together: made, written and read, but no model is made of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from transformers import AutoConfig, AutoModel, EncoderDecoderConfig, GPTNeoConfig
from transformers.models.bert.configuration_bert import BertConfig
from transformers.models.gpt2.configuration_gpt2 import GPT2Config

BY_WIDTH = ("albert", "bert", "bloom", "camembert", "deberta", "deberta-v2", "electra", "falcon", "gpt2")
BY_WIDTH += (
    "gpt_neo",
    "gpt_neox",
    "gptj",
    "llama",
    "mistral",
    "mpnet",
    "opt",
    "qwen2",
    "roberta",
    "wav2vec2",
)
BY_WIDTH += ("distilbert", "xlm-roberta")


@pytest.mark.parametrize("kind", BY_WIDTH)
def test_width_that_heads_do_not_share_waits_for_the_model(kind: str, tmp_path: Path) -> None:
    config = AutoConfig.for_model(kind, hidden_size=37)
    config.save_pretrained(tmp_path)
    again = AutoConfig.from_pretrained(tmp_path)
    assert again.to_diff_dict() == config.to_diff_dict() and again.hidden_size == 37
    with pytest.raises(ValueError, match=r"\(37\) must be a multiple"):
        AutoModel.from_config(again)


@pytest.mark.parametrize("kind", BY_WIDTH)
@pytest.mark.parametrize("change", [{"hidden_size": 0}, {"num_attention_heads": 1}, {"num_hidden_layers": 2}])
def test_one_size_may_be_given_alone(kind: str, change: dict[str, int]) -> None:
    ((name, value),) = change.items()
    assert getattr(AutoConfig.for_model(kind, **change), name) == value


def test_heads_changed_later_are_checked_when_the_model_is_made() -> None:
    config = BertConfig(hidden_size=24, num_attention_heads=4, num_hidden_layers=1)
    config.num_attention_heads = 5
    with pytest.raises(
        ValueError, match=r"hidden_size \(24\) must be a multiple of num_attention_heads \(5\)"
    ):
        AutoModel.from_config(config)


@pytest.mark.parametrize(("layers", "kinds"), [(2, "gl"), (3, "glg"), (26, "gl" * 13)])
def test_gpt_neo_pattern_is_as_long_as_the_model(layers: int, kinds: str) -> None:
    config = GPTNeoConfig(num_hidden_layers=layers)
    assert [name[0] for name in config.attention_layers or ()] == list(kinds)
    assert GPTNeoConfig.expand_attention_types_params(config.attention_types) == config.attention_layers


def test_gpt_neo_depth_by_its_own_name_must_fit_the_pattern() -> None:
    with pytest.raises(ValueError, match=r"must name 2 layers \(num_layers\), got 24"):
        GPTNeoConfig(num_layers=2)


def test_pruned_heads_of_no_layer_are_refused_by_files_and_models() -> None:
    config = BertConfig(hidden_size=24, num_attention_heads=4, num_hidden_layers=1, pruned_heads={"a": [0]})
    assert config.pruned_heads == {"a": [0]}
    with pytest.raises(ValueError, match=r"pruned_heads must have integer keys, got \['a'\]"):
        BertConfig.from_dict(config.to_dict())
    with pytest.raises(ValueError, match="pruned_heads must have integer keys"):
        AutoModel.from_config(config)


def test_one_token_may_be_suppressed_at_the_beginning() -> None:
    assert BertConfig.from_dict(BertConfig(begin_suppress_tokens=2).to_dict()).begin_suppress_tokens == 2


def test_halves_of_a_pair_are_read_by_their_own_classes(tmp_path: Path) -> None:
    pair = EncoderDecoderConfig.from_encoder_decoder_configs(BertConfig(), GPT2Config(n_embd=24))
    pair.save_pretrained(tmp_path)
    assert EncoderDecoderConfig.is_composition
    for half, auto in pair.sub_configs.items():
        kind = type(auto.for_model(**pair.to_dict()[half]))
        found = kind.from_pretrained(tmp_path).to_dict()
        found.pop("transformers_version")
        assert found == pair.to_dict()[half]
