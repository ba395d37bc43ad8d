"""Norms and rotations with fewer operations: the same numbers, only while writing, nothing left behind."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from transformers import LlamaConfig, LlamaForCausalLM  # noqa: E402
from transformers.layers.norm import RMSNorm  # noqa: E402
from transformers.layers.rope import apply_rotary_pos_emb  # noqa: E402
from transformers.quantization import kernels, small_steps  # noqa: E402

BOUNDS = {torch.float32: 1e-6, torch.bfloat16: 0.01}


def norm(dtype: Any = torch.float32, eps: float = 1e-5) -> RMSNorm:
    torch.manual_seed(0)
    layer = RMSNorm(48, eps=eps)
    nn.init.normal_(layer.weight)
    return layer.to(dtype)


@pytest.mark.parametrize("scale", [0.0, 1e-6, 1.0, 1e4])
@pytest.mark.parametrize("dtype", BOUNDS, ids=str)
@torch.no_grad()
def test_norm_is_the_layers(dtype: Any, scale: float) -> None:
    layer = norm(dtype)
    x = (scale * torch.randn(2, 3, 48)).to(dtype)
    wide = x.double()
    want = layer.weight.double() * wide / (wide.square().mean(-1, keepdim=True) + 1e-5).sqrt()
    found = small_steps.fast_norm(layer)(x)
    assert found.dtype == dtype
    torch.testing.assert_close(found.double(), want, atol=BOUNDS[dtype], rtol=BOUNDS[dtype])


@torch.no_grad()
def test_what_is_not_small_goes_to_the_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = norm()
    forward = small_steps.fast_norm(layer)
    many = torch.randn(small_steps.LARGEST // 48 + 1, 48)
    monkeypatch.setattr(torch, "addcmul", lambda *arguments, **options: pytest.fail("not the layer's own"))
    assert torch.equal(forward(many), layer(many))
    half = many[:2].half()
    assert torch.equal(forward(half), layer(half))
    layer.weight = nn.Parameter(torch.ones(48))
    assert torch.equal(forward(many[:2]), layer(many[:2]))


@pytest.mark.parametrize("dtype", BOUNDS, ids=str)
@pytest.mark.parametrize(("heads", "groups", "tokens"), [(4, 4, 1), (6, 2, 1), (4, 2, 5)])
@torch.no_grad()
def test_rotation_is_the_published_one(dtype: Any, heads: int, groups: int, tokens: int) -> None:
    rotation = small_steps.Rotation()
    for seed in range(3):  # new angles each time
        torch.manual_seed(seed)
        query, key = torch.randn(2, heads, tokens, 16), torch.randn(2, groups, tokens, 16)
        cos, sin = torch.randn(2, 2, tokens, 16).to(dtype)
        given = query.to(dtype), key.to(dtype), cos, sin
        want = apply_rotary_pos_emb(*(part.double() for part in given))
        for found, expected in zip(rotation(*given), want, strict=True):
            assert found.dtype == dtype
            bound = {"atol": 4 * BOUNDS[dtype], "rtol": BOUNDS[dtype]}
            torch.testing.assert_close(found.double(), expected, **bound)
        assert torch.equal(given[0], query.to(dtype)) and torch.equal(given[1], key.to(dtype))


@torch.no_grad()
def test_angles_of_another_dtype_are_left_to_the_function() -> None:
    query, key = torch.randn(1, 2, 1, 16).bfloat16(), torch.randn(1, 2, 1, 16).bfloat16()
    cos, sin = torch.randn(2, 1, 1, 16)
    for found, want in zip(
        small_steps.Rotation()(query, key, cos, sin), apply_rotary_pos_emb(query, key, cos, sin), strict=True
    ):
        assert found.dtype == want.dtype and torch.equal(found, want)


def rotate(query: Any, key: Any, cos: Any, sin: Any) -> Any:
    return query, key


@pytest.mark.skipif(not kernels.usable(), reason="this build of PyTorch has no oneDNN")
@pytest.mark.parametrize("fails", [False, True])
def test_model_is_changed_while_it_writes_only(fails: bool) -> None:
    torch.manual_seed(0)
    sizes = {"hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4}
    model = LlamaForCausalLM(LlamaConfig(vocab_size=99, **sizes)).eval()
    first, second = (layer.self_attn for layer in model.model.layers)
    second.rotate = rotate  # a user's own
    own = model.model.norm
    own.forward = lambda x: x
    seen: list[Any] = []

    def look(*arguments: Any) -> None:
        layer = model.model.layers[0].input_layernorm
        seen.append(("forward" in vars(layer), type(first.rotate), second.rotate, vars(own)["forward"]))
        if fails:
            raise RuntimeError("stopped")

    model.model.register_forward_pre_hook(look)
    kept = vars(own)["forward"]
    settings = {"max_new_tokens": 2, "do_sample": False, "eos_token_id": None, "pad_token_id": 0}
    if fails:
        with pytest.raises(RuntimeError, match="stopped"):
            model.generate(torch.tensor([[5, 6]]), **settings)
    else:
        model.generate(torch.tensor([[5, 6]]), **settings)
    assert seen[0] == (True, small_steps.Rotation, rotate, kept)
    assert first.rotate is apply_rotary_pos_emb and second.rotate is rotate
    assert not any("forward" in vars(layer.input_layernorm) for layer in model.model.layers)
    assert vars(own)["forward"] is kept
    model.prepack_weights(False)
    if not fails:
        model.generate(torch.tensor([[5, 6]]), **settings)
        assert seen[-1][:2] == (False, type(apply_rotary_pos_emb))
