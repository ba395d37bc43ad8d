"""Linear layers shared out among processes, two of gloo's here."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from transformers import (
    BertConfig,
    BertModel,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
)
from transformers.integrations.tensor_parallel import ShardedLinear, share

IDS = torch.tensor([[5, 6, 7, 8, 9]])
SIZES: dict[str, Any] = {
    **{"vocab_size": 40, "hidden_size": 24, "num_hidden_layers": 2},
    **{"num_attention_heads": 4, "intermediate_size": 32},
}
MODELS = {
    "llama": (LlamaForCausalLM, LlamaConfig(**SIZES, num_key_value_heads=2, attention_bias=True)),
    "tied": (LlamaForCausalLM, LlamaConfig(**SIZES, num_key_value_heads=2, tie_word_embeddings=True)),
    "gpt_neox": (GPTNeoXForCausalLM, GPTNeoXConfig(**SIZES, rotary_pct=1.0)),
}


def outcome(model: Any) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Logits, the gradient of the embedding, and written ids."""
    out = model(IDS, labels=IDS)
    out.loss.backward()
    written = model.generate(IDS, max_new_tokens=3, do_sample=False, pad_token_id=0, eos_token_id=None)
    return out.logits.detach(), model.get_input_embeddings().weight.grad, written


def worker(rank: int, port: int, folder: str, name: str) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=2)
    model = MODELS[name][0].from_pretrained(folder, tp_plan="auto", tp_size=2)
    assert model.tp_size == 2
    shared = [part for part in model.modules() if isinstance(part, ShardedLinear)]
    assert len(shared) == {"llama": 15, "tied": 14, "gpt_neox": 9}[name]
    torch.save(outcome(model), f"{folder}/rank{rank}.pt")
    model.save_pretrained(f"{folder}/again", max_shard_size="20KB")
    assert Path(folder, "again", "config.json").is_file()  # the first process has written when others go on
    model.save_pretrained(f"{folder}/not", is_main_process=False)
    assert model.generate(IDS, max_new_tokens=1, do_sample=False, pad_token_id=0).shape == (1, 6)
    dist.destroy_process_group()


@pytest.mark.full
@pytest.mark.parametrize("name", list(MODELS))
def test_two_processes_give_the_whole_models_numbers(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    cls, config = MODELS[name]
    model = cls(config).eval()
    model.save_pretrained(tmp_path)
    expected = outcome(model)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    mp.spawn(worker, args=(port, str(tmp_path), name), nprocs=2)
    again = cls.from_pretrained(tmp_path / "again")
    for key, tensor in model.state_dict().items():
        assert torch.equal(again.state_dict()[key], tensor)
    assert (tmp_path / "again" / "config.json").read_text() == (tmp_path / "config.json").read_text()
    assert not (tmp_path / "not").exists()
    for rank in range(2):
        for found, one in zip(torch.load(tmp_path / f"rank{rank}.pt"), expected, strict=True):
            torch.testing.assert_close(found, one, atol=1e-5, rtol=1e-4)


@pytest.fixture
def alone() -> Iterator[None]:
    """A group of this process only."""
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    yield
    dist.destroy_process_group()


def llama() -> Any:
    torch.manual_seed(0)
    return MODELS["llama"][0](MODELS["llama"][1]).eval()


def test_one_process_keeps_everything(alone: None) -> None:
    model, expected = llama(), outcome(llama())
    share(model, "auto")
    assert isinstance(model.model.layers[0].mlp.down_proj, ShardedLinear)
    for found, one in zip(outcome(model), expected, strict=True):
        torch.testing.assert_close(found, one)


def test_what_cannot_be_shared_says_so(alone: None, tmp_path: Path) -> None:
    model = llama()
    with pytest.raises(ValueError, match="tp_size is 3, and there are 1 processes"):
        share(model, "auto", 3)
    with pytest.raises(ValueError, match="'diagonal'; words are colwise, rowwise"):
        share(model, {"lm_head": "diagonal"})
    bert = BertModel(BertConfig(**SIZES))
    with pytest.raises(ValueError, match="BertModel has no plan"):
        share(bert, "auto")
    model.save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="device_map or tp_plan"):
        type(model).from_pretrained(tmp_path, tp_plan="auto", device_map="cpu")


def test_uneven_layers_are_refused(alone: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dist, "get_world_size", lambda group=None: 5)
    with pytest.raises(ValueError, match="q_proj has 24 features, which 5 processes cannot share"):
        share(llama(), "auto")
    monkeypatch.setattr(dist, "get_world_size", lambda group=None: 4)
    with pytest.raises(ValueError, match="has 2 heads, which 4 processes cannot share"):
        share(llama(), "auto")


def test_processes_are_started_by_torchrun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RANK", raising=False)
    with pytest.raises(ValueError, match="torchrun"):
        share(llama(), "auto")


def test_plans_are_told() -> None:
    model = llama()
    assert model.supports_tp_plan and model.supports_pp_plan and model.tp_size is None
    assert model.tp_plan["model.layers.*.mlp.down_proj"] == "rowwise"
    assert model.tp_plan["lm_head"] == "colwise_rep"
    assert model.model.tp_plan["layers.*.self_attn.q_proj"] == "colwise"
    assert model.pp_plan["model.norm"] == (["hidden_states"], ["hidden_states"])
    model.tp_plan, model.pp_plan = {}, {}
    assert not model.supports_tp_plan and not model.supports_pp_plan
    assert model.can_record_outputs == {}
    assert not model.use_kernels
    with pytest.raises(ValueError, match="kernels from the hub"):
        model.use_kernels = True
    bert = BertModel(BertConfig(**SIZES))
    assert not bert.supports_tp_plan and not bert.supports_pp_plan


def test_a_trunk_answers_with_the_loss_of_next_tokens() -> None:
    logits, labels = torch.randn(2, 5, 40), torch.randint(0, 40, (2, 5))
    model = llama()
    expected = torch.nn.functional.cross_entropy(logits[:, :-1].reshape(-1, 40), labels[:, 1:].reshape(-1))
    for loss in (model.loss_function, model.model.loss_function):
        torch.testing.assert_close(loss(logits, labels, config=model.config), expected)
    with pytest.raises(AttributeError, match="LlamaModel has no loss"):
        model.model.compute_loss(logits, labels)


def test_a_process_that_writes_nothing_uploads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    model = llama()
    monkeypatch.setattr(type(model), "save_pretrained", lambda self, folder, **kwargs: None)
    assert model.push_to_hub("somebody/something") is None
