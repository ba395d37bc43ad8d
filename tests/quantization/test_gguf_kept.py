"""GGUF files whose weights stay in blocks: the numbers of the whole model, in the memory of the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("gguf")

from transformers import AutoModelForCausalLM, GgufConfig  # noqa: E402

from ..loading import test_gguf as files  # noqa: E402

IDS = torch.tensor([[4, 9, 7, 11, 5]])
WIDE = {"embedding_length": 64, "feed_forward_length": 96}
KINDS = {
    "llama": ({"hidden_size": 64, "intermediate_size": 96}, WIDE),
    "llama tied": ({"hidden_size": 64, "intermediate_size": 96}, WIDE),
    "gpt2": ({"n_embd": 64, "n_inner": 96}, WIDE),
    "bloom": ({"hidden_size": 64}, WIDE),
    "falcon 40b": ({"hidden_size": 64}, WIDE),
}


@pytest.fixture(params=KINDS)
def path(request: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    arch, name, values, fields, rename = files.KINDS[request.param]
    ours, theirs = KINDS[request.param]
    monkeypatch.setitem(files.KINDS, "wide", (arch, name, {**values, **ours}, {**fields, **theirs}, rename))
    files.write_model(tmp_path / "m.gguf", "wide", quantise=True)
    return tmp_path / "m.gguf"


def logits(model: Any) -> Any:
    with torch.no_grad():
        return model(IDS).logits


def test_blocks_give_the_numbers_of_the_whole_model(path: Path) -> None:
    whole = AutoModelForCausalLM.from_pretrained(path)
    kept = AutoModelForCausalLM.from_pretrained(
        path.parent, gguf_file="m.gguf", quantization_config=GgufConfig()
    )
    assert torch.equal(logits(kept), logits(whole))
    assert kept.get_memory_footprint() < path.stat().st_size < whole.get_memory_footprint()
    settings = {"max_new_tokens": 6, "do_sample": False, "eos_token_id": None, "pad_token_id": 0}
    expected = whole.generate(IDS, **settings)
    assert torch.equal(kept.generate(IDS, **settings), expected)
    assert torch.equal(kept.prepack_weights().generate(IDS, **settings), expected)
    half = kept.to(torch.bfloat16)
    assert logits(half).dtype == torch.bfloat16 and half.lm_head.weight.dtype == torch.uint8


def test_blocks_can_be_made_whole_later(path: Path, tmp_path: Path) -> None:
    whole = AutoModelForCausalLM.from_pretrained(path)
    kept = AutoModelForCausalLM.from_pretrained(path, quantization_config=GgufConfig())
    with pytest.raises(ValueError, match=r"gguf cannot be saved: call dequantize\(\)"):
        kept.save_pretrained(tmp_path / "no")
    assert not (tmp_path / "no").exists()
    kept.dequantize().save_pretrained(tmp_path / "yes")
    again = AutoModelForCausalLM.from_pretrained(tmp_path / "yes")
    assert again.state_dict().keys() == whole.state_dict().keys()
    assert torch.equal(logits(again), logits(whole))


def test_config_chooses_what_is_kept(path: Path) -> None:
    plain = AutoModelForCausalLM.from_pretrained(path, quantization_config=GgufConfig(keep_blocks=False))
    assert not plain.is_quantized and plain.lm_head.weight.is_floating_point()
    names = ["lm_head", "wte", "embed_tokens", "word_embeddings"]
    some = AutoModelForCausalLM.from_pretrained(
        path, quantization_config=GgufConfig(modules_to_not_convert=names)
    )
    assert some.is_quantized and some.lm_head.weight.is_floating_point()
    assert torch.equal(logits(some), logits(plain))


def test_other_files_are_refused(path: Path, tmp_path: Path) -> None:
    AutoModelForCausalLM.from_pretrained(path).save_pretrained(tmp_path / "plain")
    with pytest.raises(ValueError, match="GgufConfig is for GGUF files"):
        AutoModelForCausalLM.from_pretrained(tmp_path / "plain", quantization_config=GgufConfig())
