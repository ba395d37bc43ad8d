"""Models placed on several devices: the processor, the disk and the meta device stand in for others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from transformers import BertConfig, BertModel, DebertaConfig, DebertaModel, GPT2Config, GPT2LMHeadModel
from transformers.loading import device_map as placing
from transformers.utils import optional

IDS = torch.tensor([[5, 6, 7, 8, 9]])
SPLIT: dict[str, Any] = {"transformer.wte": "cpu", "transformer.wpe": "cpu", "transformer.h.0": "disk",
                         "transformer.h.1": "cpu", "transformer.ln_f": "disk", "transformer.drop": "disk",
                         "lm_head": "cpu"}  # fmt: skip
WHOLE = pytest.mark.parametrize("device_map", ["auto", "cpu", torch.device("cpu"), {"": "cpu"}, "sequential"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    config = GPT2Config(vocab_size=40, n_embd=24, n_layer=2, n_head=2, n_positions=16)
    GPT2LMHeadModel(config).save_pretrained(tmp_path / "model")
    return tmp_path / "model"


def logits(model: Any) -> torch.Tensor:
    with torch.no_grad():
        return model(IDS).logits


@WHOLE
@pytest.mark.skipif(torch.accelerator.is_available(), reason="strategies choose the accelerator")
def test_one_device_needs_no_package(folder: Path, device_map: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optional, "is_available", lambda package: package != "accelerate")
    model = GPT2LMHeadModel.from_pretrained(folder, device_map=device_map)
    assert {str(device) for device in model.hf_device_map.values()} == {"cpu"}
    assert not hasattr(model, "_hf_hook")
    assert not hasattr(GPT2LMHeadModel.from_pretrained(folder), "hf_device_map")


def test_several_devices_need_the_package(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optional, "is_available", lambda package: package != "accelerate")
    with pytest.raises(ImportError, match="several devices needs Accelerate: pip install accelerate"):
        GPT2LMHeadModel.from_pretrained(folder, device_map=SPLIT)


def test_weights_on_the_disk_are_read_from_the_checkpoint(folder: Path, tmp_path: Path) -> None:
    expected = logits(GPT2LMHeadModel.from_pretrained(folder))
    model = GPT2LMHeadModel.from_pretrained(folder, device_map=SPLIT, offload_folder=tmp_path / "away")
    assert model.hf_device_map == SPLIT
    assert not (tmp_path / "away").exists()
    assert model.transformer.h[0].ln_1.weight.is_meta
    assert not model.transformer.h[1].ln_1.weight.is_meta
    assert model.lm_head.weight is model.transformer.wte.weight
    assert torch.equal(logits(model), expected)
    model.save_pretrained(tmp_path / "again")
    assert torch.equal(logits(GPT2LMHeadModel.from_pretrained(tmp_path / "again")), expected)


def test_offloaded_models_write(folder: Path) -> None:
    given = {"max_new_tokens": 4, "do_sample": False, "pad_token_id": 0, "eos_token_id": None}
    expected = GPT2LMHeadModel.from_pretrained(folder).generate(IDS, **given)
    model = GPT2LMHeadModel.from_pretrained(folder, device_map={"": "disk"})
    assert model.device == torch.device("cpu")
    assert torch.equal(model.generate(IDS, **given), expected)


def test_other_files_are_copied_to_the_offload_folder(folder: Path, tmp_path: Path) -> None:
    model = GPT2LMHeadModel.from_pretrained(folder)
    expected = logits(model)
    model.save_pretrained(tmp_path / "old", safe_serialization=False)
    with pytest.raises(ValueError, match="give an offload_folder"):
        GPT2LMHeadModel.from_pretrained(tmp_path / "old", device_map=SPLIT)
    away = tmp_path / "away"
    placed = GPT2LMHeadModel.from_pretrained(tmp_path / "old", device_map=SPLIT, offload_folder=away)
    assert (away / "transformer.h.0.ln_1.weight.dat").is_file()
    assert torch.equal(logits(placed), expected)


def test_offloaded_weights_have_the_dtype_asked_for(folder: Path) -> None:
    expected = logits(GPT2LMHeadModel.from_pretrained(folder, dtype=torch.bfloat16))
    model = GPT2LMHeadModel.from_pretrained(folder, dtype=torch.bfloat16, device_map={"": "disk"})
    assert torch.equal(logits(model), expected)


@pytest.mark.parametrize("strategy", ["auto", "balanced", "sequential"])
def test_strategies_fill_the_memory_they_are_given(folder: Path, strategy: str) -> None:
    expected = logits(GPT2LMHeadModel.from_pretrained(folder))
    room = 2 * 7200 * 4  # bytes; a block has 7,200 numbers, and one on the way needs as much
    model = GPT2LMHeadModel.from_pretrained(folder, device_map=strategy, max_memory={"cpu": room})
    assert set(model.hf_device_map.values()) == {"cpu", "disk"}
    assert sum(p.nbytes for p in model.parameters() if not p.is_meta) <= room
    assert {p.is_meta for p in model.transformer.h[1].parameters()} == {True}
    assert torch.equal(logits(model), expected)


def test_a_model_may_have_no_memory_at_all(folder: Path) -> None:
    model = GPT2LMHeadModel.from_pretrained(folder, device_map="meta")
    assert all(parameter.is_meta for parameter in model.parameters())


@pytest.mark.parametrize(
    ("device_map", "message"),
    [
        ("cqu", "device_map must be a device, 'auto', .*got 'cqu'"),
        (-1, "from 0 on, or 'cpu'; got -1"),
        (
            {"transformer": "cpu", "lm_hat": "disk", "lm_head": "disk"},
            "names 'lm_hat', which GPT2LMHeadModel",
        ),
        (
            {"transformer.h": "cpu", "lm_head": "disk"},
            r"leaves 'transformer.wte.weight' without a device \(4",
        ),
    ],
)
def test_wrong_maps_are_refused(folder: Path, device_map: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GPT2LMHeadModel.from_pretrained(folder, device_map=device_map)


def test_kernels_from_the_hub_are_refused(folder: Path) -> None:
    assert not GPT2LMHeadModel.from_pretrained(folder, use_kernels=False).use_kernels
    with pytest.raises(ValueError, match="use_kernels=True would run code"):
        GPT2LMHeadModel.from_pretrained(folder, use_kernels=True)


def test_what_cannot_be_split_says_so() -> None:
    sizes = {"vocab_size": 40, "hidden_size": 24, "num_attention_heads": 2, "intermediate_size": 32}
    with pytest.raises(ValueError, match="DebertaModel cannot be split by device_map='auto'"):
        placing.unsplit(DebertaModel(DebertaConfig(**sizes, num_hidden_layers=1)), "auto")
    model = BertModel(BertConfig(**sizes, num_hidden_layers=1))
    assert placing.unsplit(model, "auto") == ["BertEmbeddings", "BertLayer"]
