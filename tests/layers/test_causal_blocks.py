"""Causal attention in blocks gives what PyTorch's kernel gives, and leaves it what it cannot do."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")
import torch.nn.functional as F  # noqa: E402

from transformers import LlamaConfig, LlamaForCausalLM  # noqa: E402
from transformers.frameworks.pt import causal_blocks  # noqa: E402

KERNEL = F.scaled_dot_product_attention


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of queries that PyTorch's kernel is called with."""
    seen: list[int] = []

    def watched(query: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append(query.shape[-2])
        return KERNEL(query, *args, **kwargs)

    monkeypatch.setattr(F, "scaled_dot_product_attention", watched)
    return seen


def inputs(tokens: int, dtype: str = "float32") -> list[Any]:
    torch.manual_seed(0)
    return [torch.randn(2, 3, tokens, 8).to(getattr(torch, dtype)) for _ in range(3)]


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("tokens", [128, 191, 512, 768])
@pytest.mark.parametrize("scale", [None, 0.3])
def test_the_numbers_are_the_kernels(calls: Any, dtype: str, tokens: int, scale: float | None) -> None:
    q, k, v = inputs(tokens, dtype)
    with torch.no_grad():
        found = causal_blocks.scaled_dot_product_attention(q, k, v, is_causal=True, scale=scale)
    assert sum(calls) == tokens and max(calls) == 64
    expected = KERNEL(q.double(), k.double(), v.double(), is_causal=True, scale=scale)
    bound = {"float32": 2e-6, "bfloat16": 2e-2, "float16": 2e-3}[dtype]
    torch.testing.assert_close(found.double(), expected, atol=bound, rtol=0)


@pytest.mark.parametrize(
    ("tokens", "options", "grad"),
    [
        (127, {"is_causal": True}, False),
        (769, {"is_causal": True}, False),
        (256, {"is_causal": True}, True),
        (256, {}, False),
        (256, {"attn_mask": torch.ones(256, 256).tril().bool()}, False),
        (256, {"is_causal": True, "dropout_p": 1.0}, False),
    ],
)
def test_what_is_left_to_the_kernel(calls: Any, tokens: int, options: dict[str, Any], grad: bool) -> None:
    q, k, v = inputs(tokens)
    with torch.set_grad_enabled(grad):
        found = causal_blocks.scaled_dot_product_attention(q, k, v, **options)
        assert calls == [tokens]
        assert torch.equal(found, KERNEL(q, k, v, **options))


def test_fewer_queries_than_keys_are_left_to_the_kernel(calls: Any) -> None:
    q, k, v = inputs(256)
    with torch.no_grad():
        found = causal_blocks.scaled_dot_product_attention(q[:, :, :200], k, v, is_causal=True)
    assert calls == [200] and torch.equal(found, KERNEL(q[:, :, :200], k, v, is_causal=True))


@pytest.mark.parametrize("busy", ["compiler.is_compiling", "jit.is_tracing"])
def test_graphs_hold_the_kernel_alone(calls: Any, monkeypatch: pytest.MonkeyPatch, busy: str) -> None:
    q, k, v = inputs(256)
    monkeypatch.setattr(f"torch.{busy}", lambda: True)
    with torch.no_grad():
        causal_blocks.scaled_dot_product_attention(q, k, v, is_causal=True)
    assert calls == [256]


def test_models_use_it_without_gradients(calls: Any) -> None:
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
    model = LlamaForCausalLM(LlamaConfig(vocab_size=9, num_key_value_heads=1, **sizes)).eval()
    ids = torch.arange(150)[None] % 9
    with torch.no_grad():
        fast = model(ids).logits
        assert calls == [64, 64, 22]
        calls.clear()
        mask = torch.ones(1, 1, 150, 150).tril().bool()
        torch.testing.assert_close(fast, model(ids, attention_mask=mask).logits)
    grown = model(ids).logits
    assert calls[-1] == 150
    torch.testing.assert_close(fast, grown)
