"""Layers of the same rows joined into one product: each one's own numbers, and alone where rows differ."""

from __future__ import annotations

import threading
from typing import Any

import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

import transformers  # noqa: E402
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM  # noqa: E402
from transformers.quantization import kernels, prepack, siblings  # noqa: E402
from transformers.quantization.linear import Int8Linear  # noqa: E402

pytestmark = pytest.mark.skipif(not kernels.usable(), reason="this build of PyTorch has no oneDNN")
SIZES = {"hidden_size": 256, "intermediate_size": 192, "num_hidden_layers": 2, "num_attention_heads": 4}
IDS = torch.tensor([[5, 6, 7, 8, 9]])
LONG = {"max_new_tokens": 33, "do_sample": False, "eos_token_id": None, "pad_token_id": 0}


def layers(kind: str, dtype: str, bias: bool) -> list[Any]:
    torch.manual_seed(0)
    plain = [nn.Linear(64, width, bias=bias).to(getattr(torch, dtype)) for width in (96, 32, 64)]
    if kind == "linear":
        return plain
    packed = [Int8Linear(64, one.out_features, one.bias) for one in plain]
    for layer, one in zip(packed, plain, strict=True):
        layer.fill(one.weight.detach().float())
    return packed


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(
    ("kind", "dtype", "form"),
    [
        ("linear", "float32", "blocks"),
        ("linear", "bfloat16", "blocks"),
        ("int8", "float32", "steps"),
    ],
)
@torch.no_grad()
def test_joined_products_are_those_of_the_layers(kind: str, dtype: str, form: str, bias: bool) -> None:
    members = layers(kind, dtype, bias)
    made = siblings.product_of(members, form)
    assert made is not None
    together = siblings.Together(made[1], [one.out_features for one in members])
    x = torch.randn(1, 3, 64).to(getattr(torch, dtype))
    bound = {"float32": 1e-5, "bfloat16": 0.02}[dtype]
    for layer, product in zip(members, together.members(), strict=True):
        torch.testing.assert_close(product(x), layer(x), atol=bound, rtol=bound)


@pytest.mark.parametrize("bias", [True, False])
@torch.no_grad()
def test_joined_bags_are_those_of_the_layers(bias: bool) -> None:
    members = layers("int8", "float32", bias)
    made = siblings.product_of(members, "bags")
    assert made is not None and made[0] == "bags"
    together = siblings.Together(made[1], [one.out_features for one in members])
    x = torch.randn(1, 1, 64)
    for layer, product in zip(members, together.members(), strict=True):
        torch.testing.assert_close(product(x), layer(x), atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_other_rows_are_left_to_the_layer_itself() -> None:
    members = layers("linear", "float32", False)
    _, run = siblings.product_of(members, "blocks") or ("", None)
    assert run is not None
    first, second, third = siblings.Together(run, [96, 32, 64]).members()
    x = torch.randn(2, 64)
    assert second(x) is None  # nothing is known before the first one ran
    first(x)
    assert second(x.clone()) is None
    assert second(x) is not None and second(x) is None  # once
    x.add_(1)
    assert third(x) is None  # written to since
    first(x)
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(second(x)))
    thread.start()
    thread.join()
    assert found == [None]  # rows of another thread are not taken


def test_rows_that_the_product_does_not_take_are_not_kept() -> None:
    together = siblings.Together(lambda x: None, [3, 4])
    first, second = together.members()
    x = torch.ones(1, 2)
    assert first(x) is None and second(x) is None


def model(cls: Any = LlamaForCausalLM, config: Any = LlamaConfig) -> Any:
    torch.manual_seed(0)
    return cls(config(vocab_size=80, num_key_value_heads=2, initializer_range=0.3, **SIZES)).eval()


def joined(made: Any) -> list[tuple[str, ...]]:
    return list(siblings.groups(made, dict(prepack.eligible(made))))


def test_groups_of_a_model() -> None:
    made = model()
    assert joined(made)[:2] == [
        tuple(f"model.layers.0.self_attn.{name}_proj" for name in "qkv"),
        ("model.layers.0.mlp.gate_proj", "model.layers.0.mlp.up_proj"),
    ]
    attention = made.model.layers[0].self_attn
    attention.k_proj.register_forward_pre_hook(lambda module, args: None)
    assert len(joined(made)) == 3
    attention = made.model.layers[1].self_attn
    attention.v_proj = nn.Linear(256, 128)  # with a bias, which the others have not
    assert len(joined(made)) == 2
    made.model.layers[1].mlp.up_proj.forward = lambda x: x  # somebody else's
    assert len(joined(made)) == 1


@pytest.mark.parametrize("name", ["GPTJ", "GPTNeo", "OPT", "Bart"])
def test_groups_of_other_architectures(name: str) -> None:
    sizes: dict[str, dict[str, Any]] = {
        "GPTJ": {"n_embd": 128, "n_layer": 1, "n_head": 2, "rotary_dim": 8},
        "GPTNeo": {"hidden_size": 128, "num_layers": 1, "num_heads": 2, "attention_types": [[["global"], 1]]},
        "OPT": {"hidden_size": 128, "num_hidden_layers": 1, "num_attention_heads": 2, "ffn_dim": 128},
        "Bart": {"d_model": 128, "encoder_layers": 1, "decoder_layers": 1, "decoder_attention_heads": 2},
    }
    torch.manual_seed(0)
    config = getattr(transformers, f"{name}Config")(vocab_size=80, **sizes[name])
    kind = "ForConditionalGeneration" if name == "Bart" else "ForCausalLM"
    made = getattr(transformers, name + kind)(config).eval()
    ((*names,),) = joined(made)  # of a decoder's own attention: another's keys are not made at each step
    assert [one.rpartition(".")[2] for one in names] == ["q_proj", "k_proj", "v_proj"]
    assert "encoder" not in names[0]
    options = {**LONG, "forced_eos_token_id": None}
    plain = made.prepack_weights(False).generate(IDS, **options)
    assert torch.equal(made.prepack_weights(None).generate(IDS, **options), plain)
    assert f"{names[0]}+" in prepack._COPIES[made] and not set(names) & set(prepack._COPIES[made])


@pytest.mark.parametrize("kinds", [(LlamaForCausalLM, LlamaConfig), (Qwen2ForCausalLM, Qwen2Config)])
def test_text_is_the_same_and_new_biases_are_noticed(kinds: Any) -> None:
    made = model(*kinds)
    biased = made.model.layers[0].self_attn.q_proj.bias
    for turn in range(2):
        plain = made.prepack_weights(False).generate(IDS, **LONG)
        made.prepack_weights(None)
        assert torch.equal(made.generate(IDS, **LONG), plain), turn
        copies = dict(prepack._COPIES[made])
        assert torch.equal(made.generate(IDS, **LONG), plain)
        assert all(prepack._COPIES[made][name] is entry for name, entry in copies.items())  # used again
        if biased is not None:
            with torch.no_grad():
                biased.add_(torch.randn_like(biased) * 3)
            made.generate(IDS, **LONG)
            name = "model.layers.0.self_attn.q_proj+"
            assert prepack._COPIES[made][name] is not copies[name]


@pytest.mark.skipif(not kernels.has_half(), reason="this build of PyTorch reads no float16 weights")
def test_layers_that_are_read_faster_alone_stay_apart() -> None:
    made = model()
    with torch.no_grad():
        made.model.layers[0].self_attn.q_proj.weight.copy_(torch.ones(256, 256))  # numbers of float16
    plain = made.prepack_weights(False).generate(IDS, **LONG)
    assert torch.equal(made.prepack_weights(None).generate(IDS, **LONG), plain)
    first, name = prepack._COPIES[made], "model.layers.0.self_attn.q_proj"
    assert first[f"{name}+"].form == "apart" and first[name].form == "half"
    decided = first[f"{name}+"]
    made.generate(IDS, **LONG)
    assert prepack._COPIES[made][f"{name}+"] is decided  # not looked into again


def test_copies_of_joined_layers_hold_no_weights_of_their_own() -> None:
    members = layers("linear", "float32", True)
    _, run = siblings.product_of(members, "blocks") or ("", None)
    held = [cell.cell_contents for cell in run.__closure__ or ()]  # type: ignore[attr-defined]
    assert not any(hasattr(one, "weight") for one in held)
