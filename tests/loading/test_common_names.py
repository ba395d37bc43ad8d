"""Heads with parts called as those of the bare model, ties by a method, configs made without ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from transformers import AutoModel, BertConfig, BertModel, PretrainedConfig, PreTrainedModel


class Bare(PreTrainedModel):
    base_model_prefix = "base"
    config_class = PretrainedConfig

    def __init__(self, config: PretrainedConfig) -> None:
        super().__init__(config)
        self.one = nn.Linear(3, 3)
        self.two = nn.Linear(3, 3)


class Headed(PreTrainedModel):
    base_model_prefix = "base"
    config_class = PretrainedConfig

    def __init__(self, config: PretrainedConfig) -> None:
        super().__init__(config)
        self.base = Bare(config)
        self.one = nn.Linear(3, 3)

    def _init_weights(self, module: nn.Module) -> None:
        pass


class TiedByMethod(Headed):
    def tie_weights(self, *args: Any, **kwargs: Any) -> None:
        self.one.weight = self.base.one.weight


class LateConfig(PretrainedConfig):
    model_type = "late-of-tests"

    def __init__(self, width: int = 3, **kwargs: Any) -> None:
        self.width = width


class Late(PreTrainedModel):
    config_class = LateConfig

    def __init__(self, config: LateConfig) -> None:
        super().__init__(config)
        self.one = nn.Linear(config.width, config.width)

    def _init_weights(self, module: nn.Module) -> None:
        pass


def test_bare_file_fills_the_bare_model_inside_a_head(tmp_path: Path) -> None:
    bare = Bare(PretrainedConfig())
    bare.save_pretrained(tmp_path)
    model, info = Headed.from_pretrained(tmp_path, output_loading_info=True)
    for name, value in bare.state_dict().items():
        assert torch.equal(model.base.state_dict()[name], value)
    assert info["missing_keys"] == ["one.weight", "one.bias"]


def test_file_with_head_fills_the_bare_model_alone(tmp_path: Path) -> None:
    headed = Headed(PretrainedConfig())
    headed.save_pretrained(tmp_path)
    model, info = Bare.from_pretrained(tmp_path, output_loading_info=True)
    for name, value in headed.base.state_dict().items():
        assert torch.equal(model.state_dict()[name], value)
    assert sorted(info["unexpected_keys"]) == ["one.bias", "one.weight"]


def test_what_a_method_ties_is_not_missing(tmp_path: Path) -> None:
    Bare(PretrainedConfig()).save_pretrained(tmp_path)
    model, info = TiedByMethod.from_pretrained(tmp_path, output_loading_info=True)
    assert model.one.weight is model.base.one.weight
    assert info["missing_keys"] == ["one.bias"]


def test_config_that_skips_our_constructor_saves_and_loads(tmp_path: Path) -> None:
    model = Late(LateConfig(width=5))
    assert (model.config.name_or_path, model.config.transformers_version) == ("", None)
    model.save_pretrained(tmp_path)
    again = Late.from_pretrained(tmp_path)
    assert torch.equal(again.one.weight, model.one.weight)


@pytest.mark.parametrize("dtype", [torch.int64, "int8"])
def test_models_of_whole_numbers_are_refused(dtype: Any) -> None:
    config = BertConfig(vocab_size=7, hidden_size=4, num_hidden_layers=1, num_attention_heads=2)
    with pytest.raises(ValueError, match=r"must be of floating point, got torch\.int"):
        AutoModel.from_config(config, dtype=dtype)
    with pytest.raises(ValueError, match="must be of floating point"):
        BertModel._from_config(config, torch_dtype=dtype)
