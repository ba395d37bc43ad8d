"""Weights that are one tensor under two names, in PyTorch models that are saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedModel  # noqa: E402
from transformers.loading.checkpoint import open_checkpoint  # noqa: E402

SIZES = {"vocab_size": 50, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 1}
CONFIG = {**SIZES, "num_attention_heads": 2, "num_key_value_heads": 2}


def saved_names(model: Any, folder: Path) -> set[str]:
    model.save_pretrained(folder)
    return set(open_checkpoint(folder))


@pytest.mark.parametrize("how", ["one memory", "one parameter"])
def test_weights_that_share_memory_by_chance_are_saved_each(how: str, tmp_path: Path) -> None:
    model = LlamaForCausalLM(LlamaConfig(**CONFIG, tie_word_embeddings=False))
    if how == "one memory":
        model.lm_head.weight.data = model.model.embed_tokens.weight.data
    else:
        model.lm_head.weight = model.model.embed_tokens.weight
    assert {"lm_head.weight", "model.embed_tokens.weight"} <= saved_names(model, tmp_path)
    again, info = LlamaForCausalLM.from_pretrained(tmp_path, output_loading_info=True)
    assert not info["missing_keys"]
    assert torch.equal(again.lm_head.weight, model.model.embed_tokens.weight)


class Sharing(PreTrainedModel):
    config_class = LlamaConfig

    def __init__(self, config: Any, extra: int | None = None) -> None:
        super().__init__(config)
        self.one, self.two = nn.Linear(4, 4), nn.Linear(4, 4)
        self.two.weight = self.one.weight
        self.post_init()


class Asking(Sharing):
    def __init__(self, config: Any, extra: int) -> None:
        super().__init__(config, extra)


def test_weights_that_are_one_by_construction_are_saved_once(tmp_path: Path) -> None:
    model = Sharing(LlamaConfig(**CONFIG))
    assert saved_names(model, tmp_path) == {"one.weight", "one.bias", "two.bias"}
    again = Sharing.from_pretrained(tmp_path)
    assert again.two.weight is again.one.weight
    assert torch.equal(again.two.weight, model.one.weight)


def test_class_that_takes_more_than_a_config_saves_each(tmp_path: Path) -> None:
    model = Asking(LlamaConfig(**CONFIG), 3)
    assert saved_names(model, tmp_path) == {"one.weight", "two.weight", "one.bias", "two.bias"}
    again = Asking.from_pretrained(tmp_path, 3)
    assert torch.equal(again.two.weight, model.one.weight)
    assert saved_names(again, tmp_path / "again") == {"one.weight", "one.bias", "two.bias"}  # it knows by now


def test_tie_that_was_undone_loses_nothing(tmp_path: Path) -> None:
    model = LlamaForCausalLM(LlamaConfig(**CONFIG, tie_word_embeddings=True))
    assert "lm_head.weight" not in saved_names(model, tmp_path)
    model.lm_head.weight = nn.Parameter(model.lm_head.weight.detach().clone())
    assert "lm_head.weight" not in saved_names(model, tmp_path)  # the same values
    model.lm_head.weight.data += 1
    assert "lm_head.weight" in saved_names(model, tmp_path)
    model.config.tie_word_embeddings = False
    model.save_pretrained(tmp_path)
    again = LlamaForCausalLM.from_pretrained(tmp_path)
    assert torch.equal(again.lm_head.weight, model.lm_head.weight)
