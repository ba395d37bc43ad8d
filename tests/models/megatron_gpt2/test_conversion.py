"""Megatron-LM's checkpoints of GPT-2, made here, against GPT-2 computed from their own layout."""

from __future__ import annotations

import argparse
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from transformers import GPT2Config, GPT2LMHeadModel  # noqa: E402
from transformers.loading.training_file import Settings, TrainingFile  # noqa: E402
from transformers.models.megatron_gpt2.convert_megatron_gpt2_checkpoint import (  # noqa: E402
    convert_megatron_checkpoint,
    main,
)

V, P, C, H, F, N = 13, 7, 12, 3, 20, 2
ARGS = {"padded_vocab_size": V, "max_position_embeddings": P, "hidden_size": C, "num_layers": N}
ARGS |= {"num_attention_heads": H, "ffn_hidden_size": F, "openai_gelu": True, "bias_gelu_fusion": False}
IDS = np.array([[1, 5, 2, 9], [3, 3, 0, 12]])


def saved(version: float, attention: str = "attention", root: str = "transformer") -> dict[str, Any]:
    """What Megatron saves, with random weights."""
    draw = np.random.default_rng(3)

    def tensor(*shape: int) -> Any:
        return torch.from_numpy(draw.normal(0, 0.5, shape).astype(np.float32))

    layers = {}
    for i in range(N):
        for name, shape in {
            "input_layernorm": (C,),
            f"{attention}.query_key_value": (3 * C, C),
            f"{attention}.dense": (C, C),
            "post_attention_layernorm": (C,),
            "mlp.dense_h_to_4h": (F, C),
            "mlp.dense_4h_to_h": (C, F),
        }.items():
            layers[f"layers.{i}.{name}.weight"] = tensor(*shape)
            layers[f"layers.{i}.{name}.bias"] = tensor(shape[0])
    layers |= {"final_layernorm.weight": tensor(C), "final_layernorm.bias": tensor(C)}
    words = {"word_embeddings": {"weight": tensor(V + 3, C)}, "position_embeddings": {"weight": tensor(P, C)}}
    model = {"language_model": {"embedding": words, root: layers}}
    return {"model": model, "checkpoint_version": version, "args": argparse.Namespace(**ARGS)}


def normed(x: Any, weight: Any, bias: Any) -> Any:
    x = x - x.mean(-1, keepdims=True)
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-5) * weight + bias


def by_megatron(state: dict[str, Any]) -> Any:
    """Logits by Megatron's layout: heads are cut out of the joined projection as its version has it."""
    model = state["model"]["language_model"]
    words = model["embedding"]["word_embeddings"]["weight"].numpy()[:V]
    x = words[IDS] + model["embedding"]["position_embeddings"]["weight"].numpy()[: IDS.shape[1]]
    layers = {
        k.replace("self_", ""): v.numpy() for k, v in model.get("transformer", model.get("encoder")).items()
    }
    B, T, D = *IDS.shape, C // H
    for i in range(N):
        w = {k.removeprefix(f"layers.{i}."): v for k, v in layers.items() if k.startswith(f"layers.{i}.")}
        y = normed(x, w["input_layernorm.weight"], w["input_layernorm.bias"])
        y = y @ w["attention.query_key_value.weight"].T + w["attention.query_key_value.bias"]
        if state["checkpoint_version"] >= 2:
            q, k, v = np.moveaxis(y.reshape(B, T, H, 3, D), 3, 0)
        elif state["checkpoint_version"] >= 1:
            q, k, v = np.moveaxis(y.reshape(B, T, H, D, 3), 4, 0)
        else:
            q, k, v = np.moveaxis(y.reshape(B, T, 3, H, D), 2, 0)
        scores = np.einsum("bthd,bshd->bhts", q, k) / D**0.5
        scores = np.where(np.tril(np.ones((T, T), bool)), scores, -np.inf)
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        shares = shares / shares.sum(-1, keepdims=True)
        y = np.einsum("bhts,bshd->bthd", shares, v).reshape(B, T, C)
        x = x + y @ w["attention.dense.weight"].T + w["attention.dense.bias"]
        y = normed(x, w["post_attention_layernorm.weight"], w["post_attention_layernorm.bias"])
        y = y @ w["mlp.dense_h_to_4h.weight"].T + w["mlp.dense_h_to_4h.bias"]
        y = 0.5 * y * (1 + np.tanh(np.sqrt(2 / np.pi) * (y + 0.044715 * y**3)))
        x = x + y @ w["mlp.dense_4h_to_h.weight"].T + w["mlp.dense_4h_to_h.bias"]
    return normed(x, layers["final_layernorm.weight"], layers["final_layernorm.bias"]) @ words.T


@pytest.mark.parametrize("version", [0.0, 1.0, 2.0, 3.0])
@pytest.mark.parametrize(("attention", "root"), [("attention", "transformer"), ("self_attention", "encoder")])
def test_converted_model_computes_the_same(version: float, attention: str, root: str) -> None:
    state, config = saved(version, attention, root), GPT2Config()
    converted = convert_megatron_checkpoint(None, state, config)
    assert (config.n_embd, config.n_inner, config.vocab_size) == (C, F, V)
    model = GPT2LMHeadModel.from_pretrained(None, config=config, state_dict=converted)
    with torch.no_grad():
        logits = model(torch.from_numpy(IDS)).logits.numpy()
    assert np.allclose(logits, by_megatron(state), atol=2e-4)


@pytest.mark.parametrize("packed", [False, True])
def test_command_writes_a_folder(packed: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = {**saved(2.0), "rng_state": [np.random.default_rng(0).integers(3, size=2)]}
    file = tmp_path / "model_optim_rng.pt"
    torch.save(state, file)
    if packed:
        with zipfile.ZipFile(tmp_path / "release.zip", "w") as archive:
            archive.write(file, "release/mp_rank_00/model_optim_rng.pt")
        file = tmp_path / "release.zip"
    assert main(["--print-checkpoint-structure", str(file)]) == 0
    assert "# transformer.h.1.attn.c_attn.weight: (12, 36)" in capsys.readouterr().out
    model = GPT2LMHeadModel.from_pretrained(tmp_path)
    assert model.config.activation_function == "gelu_new"
    with torch.no_grad():
        logits = model(torch.from_numpy(IDS)).logits.numpy()
    assert np.allclose(logits, by_megatron(state), atol=2e-4)


def test_command_takes_a_config(tmp_path: Path) -> None:
    state = saved(2.0)
    del state["args"]
    torch.save(state, tmp_path / "model.pt")
    sizes = {"vocab_size": V, "n_positions": P, "n_embd": C, "n_layer": N, "n_head": H, "n_inner": F}
    (tmp_path / "sizes.json").write_text(json.dumps(sizes))
    main(["--config_file", str(tmp_path / "sizes.json"), str(tmp_path / "model.pt")])
    assert GPT2LMHeadModel.from_pretrained(tmp_path).config.n_layer == N


def test_objects_in_files_are_not_made(tmp_path: Path) -> None:
    torch.save(
        {"args": argparse.Namespace(a=1, b=Path("x")), "deep": {"w": torch.ones(2)}}, tmp_path / "a.pt"
    )
    tree = TrainingFile(tmp_path / "a.pt").tree()
    assert type(tree["args"]) is Settings
    assert tree["args"].a == 1
    assert tree["deep"]["w"].tolist() == [1.0, 1.0]
    with pytest.raises(AttributeError, match="no 'c'"):
        _ = tree["args"].c


def test_wrong_files_raise(tmp_path: Path) -> None:
    state = saved(2.0)
    with pytest.raises(ValueError, match="7 positions and the config n_positions=1024"):
        convert_megatron_checkpoint(None, {**state, "args": None}, GPT2Config(vocab_size=V))
    state["model"]["language_model"]["transformer"]["layers.0.other.weight"] = torch.ones(1)
    with pytest.raises(ValueError, match=r"'layers.0.other.weight' is no weight"):
        convert_megatron_checkpoint(None, state, GPT2Config())
    with zipfile.ZipFile(tmp_path / "release.zip", "w") as archive:
        archive.writestr("other", "")
    with pytest.raises(ValueError, match="has no release/mp_rank_00"):
        main([str(tmp_path / "release.zip")])
    deep: dict[str, Any] = {}
    for _ in range(70):
        deep = {"a": deep}
    torch.save(deep, tmp_path / "deep.pt")
    with pytest.raises(ValueError, match="more than 64 deep"):
        TrainingFile(tmp_path / "deep.pt")
