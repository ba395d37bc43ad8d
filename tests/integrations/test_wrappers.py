"""Programs that wrap models: accelerate loading and offloading, FSDP, torch.compile of flex_attention."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist

from transformers import LlamaConfig, LlamaForCausalLM

accelerate = pytest.importorskip("accelerate", reason="an extra")
IDS = torch.tensor([[5, 6, 7, 8, 9]])
CONFIG = LlamaConfig(
    vocab_size=40, hidden_size=24, num_hidden_layers=2, num_attention_heads=4, intermediate_size=32
)


@pytest.fixture
def model() -> Any:
    torch.manual_seed(0)
    return LlamaForCausalLM(CONFIG).eval()


def logits(model: Any) -> torch.Tensor:
    with torch.no_grad():
        return model(IDS).logits


def test_accelerate_fills_an_empty_model(model: Any, tmp_path: Path) -> None:
    model.save_pretrained(tmp_path)
    with accelerate.init_empty_weights():
        empty = LlamaForCausalLM(CONFIG)
    assert empty.lm_head.weight.is_meta
    parts = {"model": "cpu", "lm_head": "disk"}
    filled = accelerate.load_checkpoint_and_dispatch(
        empty, str(tmp_path / "model.safetensors"), device_map=parts, offload_folder=str(tmp_path / "away")
    )
    assert torch.equal(logits(filled.eval()), logits(model))


def test_accelerate_offloads_a_loaded_model(model: Any) -> None:
    expected = logits(model)
    accelerate.cpu_offload(model)
    assert model.lm_head.weight.is_meta
    assert torch.equal(logits(model), expected)


@pytest.fixture
def alone() -> Iterator[None]:
    """A group of this process only."""
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    yield
    dist.destroy_process_group()


def test_blocks_can_be_wrapped_by_fsdp(model: Any, alone: None) -> None:
    from torch.distributed.fsdp import fully_shard

    out = model(IDS, labels=IDS)
    out.loss.backward()
    gradient = model.lm_head.weight.grad.clone()
    model.zero_grad()
    mesh = dist.device_mesh.init_device_mesh("cpu", (1,))
    blocks = [part for part in model.modules() if type(part).__name__ in model._no_split_modules]
    assert len(blocks) == 2
    for part in (*blocks, model):
        fully_shard(part, mesh=mesh)
    found = model(IDS, labels=IDS)
    found.loss.backward()
    torch.testing.assert_close(found.logits, out.logits)
    torch.testing.assert_close(model.lm_head.weight.grad.full_tensor(), gradient)


def test_flex_attention_compiles_to_one_graph(model: Any) -> None:
    expected = logits(model)
    model.set_attn_implementation("flex_attention")
    torch._dynamo.reset()
    torch.testing.assert_close(logits(torch.compile(model, backend="eager", fullgraph=True)), expected)
