"""Models are built for loading quickly, without memory, and complete what older files lack."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from transformers import (
    BertConfig,
    FlaxMobileNetV2ForImageClassification,
    GPTJConfig,
    GPTJForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MobileNetV2Config,
    MobileNetV2ForImageClassification,
)
from transformers.loading.torch_meta import WithoutValues

from .bounds import MIB, bounded

LOAD = """
import sys
from transformers import AutoModelForCausalLM
AutoModelForCausalLM.from_pretrained(sys.argv[1])
print(sorted({"sympy", "torch._dynamo"} & set(sys.modules)))
"""


LLAMA = LlamaConfig(
    vocab_size=9, hidden_size=16, intermediate_size=20, num_hidden_layers=1, num_attention_heads=4
)
GPTJ = GPTJConfig(vocab_size=9, n_embd=16, n_layer=1, n_head=2, rotary_dim=4)


@pytest.mark.parametrize(("kind", "config"), [(LlamaForCausalLM, LLAMA), (GPTJForCausalLM, GPTJ)])
def test_loading_imports_no_compiler(kind: Any, config: Any, tmp_path: Path) -> None:
    kind(config).save_pretrained(tmp_path)
    command = [sys.executable, "-W", "ignore", "-c", LOAD, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


CALLS = {
    "quotient of whole numbers": lambda x, n: n / 4,
    "quotient": lambda x, n: 1.0 / x,
    "rounded quotient": lambda x, n: torch.div(n, 3, rounding_mode="floor"),
    "power": lambda x, n: 10000.0**x,
    "mixed sum": lambda x, n: n[:, None] + x - 1,
    "whole product": lambda x, n: n * 2,
    "range": lambda x, n: torch.arange(1, 12, 3),
    "falling range": lambda x, n: torch.arange(7, 0, -2, dtype=torch.int32),
    "broken range": lambda x, n: torch.arange(0, 1, 0.3),
    "curve": lambda x, n: (x / 3).sin(),
    "curve of whole numbers": lambda x, n: n.exp(),
    "joined": lambda x, n: torch.cat([x[None], x[None], x[None]], dim=0),
}


@pytest.mark.parametrize("name", CALLS)
def test_shapes_without_values_are_those_with_them(name: str) -> None:
    real = CALLS[name](torch.ones(5), torch.ones(5, dtype=torch.int64))
    with torch.device("meta"), WithoutValues():
        made = CALLS[name](torch.ones(5), torch.ones(5, dtype=torch.int64))
    assert made.is_meta
    assert (made.shape, made.dtype) == (real.shape, real.dtype)


def test_ranges_elsewhere_have_values() -> None:
    with WithoutValues():
        assert torch.arange(3).tolist() == [0, 1, 2]
    with torch.device("meta"), WithoutValues():
        assert torch.arange(3, device="cpu").tolist() == [0, 1, 2]


def test_batch_norms_of_old_files_start_to_count(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    config = MobileNetV2Config(image_size=32, depth_multiplier=0.35, num_labels=3)
    MobileNetV2ForImageClassification(config).save_pretrained(tmp_path)
    path = tmp_path / "model.safetensors"
    arrays = load_file(path)
    save_file({name: x for name, x in arrays.items() if "num_batches" not in name}, path)
    for face in (MobileNetV2ForImageClassification, FlaxMobileNetV2ForImageClassification):
        model, info = face.from_pretrained(tmp_path, output_loading_info=True)
        assert not any(info.values())
    assert not caplog.records
    model = MobileNetV2ForImageClassification.from_pretrained(tmp_path).train()
    model(torch.zeros(2, 3, 32, 32))
    counters = [int(x) for name, x in model.state_dict().items() if name.endswith("num_batches_tracked")]
    assert set(counters) == {1}


@pytest.mark.full
def test_a_million_labels_are_named_within_bounds(tmp_path: Path) -> None:
    with bounded(tmp_path, seconds=0.1, memory=MIB):
        config = BertConfig(num_labels=10**6)
        assert config.num_labels == 10**6
    assert config.num_labels == 10**6
    assert config.id2label[10**6 - 1] == "LABEL_999999"
