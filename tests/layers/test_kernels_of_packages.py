"""flash_attn, by a stand-in that computes the formula; flex_attention; the choice of kernels by name."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from transformers import (
    AttentionInterface,
    BartConfig,
    BartForConditionalGeneration,
    EncoderDecoderConfig,
    EncoderDecoderModel,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralModel,
    StaticCache,
    T5Config,
    T5Model,
)
from transformers.integrations.flash_attention import FlashAttentionKwargs
from transformers.integrations.flex_attention import flex_attention_forward
from transformers.layers.attention import ALL_ATTENTION_FUNCTIONS
from transformers.masking_utils import AttentionMaskInterface

SMALL: dict[str, Any] = {
    "vocab_size": 40,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "hidden_size": 24,
}
WIDE = {**SMALL, "intermediate_size": 32, "num_key_value_heads": 2}


def one(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    scale: Any,
    causal: bool,
    window: tuple[int, int],
) -> torch.Tensor:
    """Attention of one sequence, (T, H, D) to (S, K, D), the last query being the last key's."""
    groups = query.shape[1] // key.shape[1]
    key, value = (x.repeat_interleave(groups, dim=1) for x in (key, value))
    scores = torch.einsum("thd,shd->hts", query, key) * (query.shape[-1] ** -0.5 if scale is None else scale)
    T, S = query.shape[0], key.shape[0]
    distance = torch.arange(S)[None, :] - (torch.arange(T)[:, None] + S - T)
    hidden = (distance > 0) & causal
    for far, side in zip(window, (-distance, distance), strict=True):
        hidden |= (side > far) & (far >= 0)
    return torch.einsum("hts,shd->thd", scores.masked_fill(hidden, -torch.inf).softmax(-1), value)


@pytest.fixture
def flash(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """A module flash_attn; the list gets the keywords of each call."""
    calls: list[dict[str, Any]] = []

    def flash_attn_func(
        q: Any, k: Any, v: Any, dropout_p: float = 0.0, softmax_scale: Any = None, causal: bool = False,
        window_size: tuple[int, int] = (-1, -1), softcap: float = 0.0,
    ) -> Any:  # fmt: skip
        calls.append({"rows": len(q)})
        given = (softmax_scale, causal, window_size)
        return torch.stack([one(*row, *given) for row in zip(q, k, v, strict=True)])

    def flash_attn_varlen_func(
        q: Any, k: Any, v: Any, cu_seqlens_q: Any, cu_seqlens_k: Any, max_seqlen_q: int, max_seqlen_k: int,
        dropout_p: float = 0.0, softmax_scale: Any = None, causal: bool = False,
        window_size: tuple[int, int] = (-1, -1), softcap: float = 0.0,
    ) -> Any:  # fmt: skip
        assert cu_seqlens_q.dtype == cu_seqlens_k.dtype == torch.int32
        ends = cu_seqlens_q.tolist(), cu_seqlens_k.tolist()
        calls.append({"q": ends[0], "k": ends[1], "longest": (max_seqlen_q, max_seqlen_k)})
        parts = []
        for index in range(len(ends[0]) - 1):
            (a, b), (c, d) = (side[index : index + 2] for side in ends)
            parts.append(one(q[a:b], k[c:d], v[c:d], softmax_scale, causal, window_size))
        return torch.cat(parts), None

    module = types.ModuleType("flash_attn")
    module.__spec__ = types.SimpleNamespace(name="flash_attn")  # type: ignore[assignment]
    module.flash_attn_func = flash_attn_func  # type: ignore[attr-defined]
    module.flash_attn_varlen_func = flash_attn_varlen_func  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "flash_attn", module)
    yield calls


def llama(**more: Any) -> Any:
    torch.manual_seed(0)
    return LlamaForCausalLM(LlamaConfig(**WIDE, **more)).eval()


IDS = torch.tensor([[5, 6, 7, 8, 9], [10, 11, 12, 0, 0]])
MASK = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])


@torch.no_grad()
def test_flash_attention_takes_padding_out(flash: list[dict[str, Any]]) -> None:
    model = llama()
    for mask in (MASK, MASK.flip(1)):
        model.set_attn_implementation("sdpa")
        expected = model(IDS, attention_mask=mask).logits
        model.set_attn_implementation("flash_attention_2")
        found = model(IDS, attention_mask=mask).logits
        torch.testing.assert_close(found[mask.bool()], expected[mask.bool()])
        assert flash.pop() == {"q": [0, 5, 8], "k": [0, 5, 8], "longest": (5, 5)}
    assert model(IDS).logits.shape == (2, 5, 40)
    assert flash.pop() == {"rows": 2}


@torch.no_grad()
def test_flash_attention_writes_with_a_cache(flash: list[dict[str, Any]]) -> None:
    model = llama(pad_token_id=0, eos_token_id=None)
    given = {"attention_mask": MASK.flip(1), "max_new_tokens": 4, "do_sample": False}
    expected = model.generate(IDS.flip(1), **given)
    model.set_attn_implementation("flash_attention_2")
    assert torch.equal(model.generate(IDS.flip(1), **given), expected)
    assert flash[-1] == {"q": [0, 1, 2], "k": [0, 8, 14], "longest": (1, 8)}


@torch.no_grad()
def test_flash_attention_keeps_packed_sequences_apart(flash: list[dict[str, Any]]) -> None:
    model = llama()
    expected = torch.cat([model(IDS[:1]).logits, model(IDS[1:, :3]).logits], dim=1)
    model.set_attn_implementation("flash_attention_2")
    row, places = torch.cat([IDS[:1], IDS[1:, :3]], dim=1), torch.tensor([[0, 1, 2, 3, 4, 0, 1, 2]])
    torch.testing.assert_close(model(row, position_ids=places).logits, expected)
    ends = torch.tensor([0, 5, 8], dtype=torch.int32)
    told = FlashAttentionKwargs(cu_seq_lens_q=ends, cu_seq_lens_k=ends, max_length_q=5, max_length_k=5)
    torch.testing.assert_close(model(row, **told).logits, expected)
    assert flash[-1] == {"q": [0, 5, 8], "k": [0, 5, 8], "longest": (5, 5)}


@torch.no_grad()
@pytest.mark.parametrize("length", [3, 5])
def test_flash_attention_has_windows(flash: list[dict[str, Any]], length: int) -> None:
    torch.manual_seed(0)
    model = MistralModel(MistralConfig(**WIDE, sliding_window=3)).eval()
    expected = model(IDS[:, :length])[0]
    model.set_attn_implementation("flash_attention_2")
    torch.testing.assert_close(model(IDS[:, :length])[0], expected)
    assert len(flash) == 2


@torch.no_grad()
def test_flash_attention_reads_an_encoder(flash: list[dict[str, Any]]) -> None:
    torch.manual_seed(0)
    sizes = {f"{half}_{what}": 32 if what == "ffn_dim" else 2 for half in ("encoder", "decoder")
             for what in ("ffn_dim", "layers", "attention_heads")}  # fmt: skip
    model = BartForConditionalGeneration(BartConfig(vocab_size=40, d_model=24, **sizes)).eval()
    given = {"attention_mask": MASK, "decoder_input_ids": IDS[:, :4]}
    expected = model(IDS, **given).logits
    model.set_attn_implementation("flash_attention_2")
    torch.testing.assert_close(model(IDS, **given).logits, expected)
    assert {"q": [0, 4, 8], "k": [0, 5, 8], "longest": (4, 5)} in flash


def test_flash_attention_refuses_what_it_cannot_do(flash: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match="T5Model adds a bias"):
        T5Model(T5Config(vocab_size=40, d_model=24, num_layers=1, num_heads=2)).set_attn_implementation(
            "flash_attention_2"
        )
    model = llama(attn_implementation="flash_attention_2")
    with pytest.raises(ValueError, match="no mask of 3 or 4 dimensions"):
        model(IDS, attention_mask=torch.ones(2, 5, 5))
    with pytest.raises(ValueError, match="adds nothing to scores"):
        model(IDS, attention_mask=torch.zeros(2, 1, 5, 5))
    with pytest.raises(ValueError, match="fixed length"):
        cache = StaticCache(config=model.config, max_cache_len=9)
        model(IDS, past_key_values=cache, cache_position=torch.arange(5))
    old = types.SimpleNamespace(flash_attn_func=lambda q, k, v, causal, softmax_scale, dropout_p: q)
    sys.modules["flash_attn"].__dict__.update(vars(old))
    with pytest.raises(ValueError, match="has no window_size"):
        narrow = MistralModel(
            MistralConfig(**WIDE, sliding_window=3, attn_implementation="flash_attention_2")
        )
        narrow(IDS)


@pytest.mark.parametrize(
    ("name", "advice"), [("flash_attention_2", "pip install flash-attn"), ("flash_attention_3", "hopper")]
)
def test_missing_packages_are_named(name: str, advice: str) -> None:
    with pytest.raises(ImportError, match=f"{name}.*not installed: .*{advice}"):
        llama(attn_implementation=name)
    model = llama()
    with pytest.raises(ImportError, match="not installed"):
        model.set_attn_implementation(name)
    assert model.config._attn_implementation == "sdpa"


def test_flex_attention_says_what_it_lacks() -> None:
    model = llama(attn_implementation="flex_attention", attention_dropout=0.5)
    with pytest.raises(ValueError, match="no gradients on the CPU"):
        model(IDS)
    with pytest.raises(ValueError, match="no dropout"):
        model.train()(IDS)


@torch.no_grad()
def test_flex_attention_caps_and_adds() -> None:
    query, key, value = (torch.randn(2, heads, 5, 6) for heads in (4, 2, 2))
    bias = torch.randn(1, 4, 5, 5)
    module = torch.nn.Module().eval()
    found, _ = flex_attention_forward(module, query, key, value, None, scaling=0.3, softcap=2.0, bias=bias)
    expected, _ = ALL_ATTENTION_FUNCTIONS["eager"](
        module, query, key, value, None, scaling=0.3, softcap=2.0, bias=bias
    )
    torch.testing.assert_close(found, expected)


def test_unknown_kernels_and_parts_are_refused() -> None:
    model = llama()
    with pytest.raises(ValueError, match=r'"flash"` is not supported: .* there are eager, .*sdpa'):
        model.set_attn_implementation("flash")
    with pytest.raises(ValueError, match="names 'vision_config'; parts of LlamaForCausalLM are ''"):
        model.set_attn_implementation({"vision_config": "sdpa"})
    with pytest.raises(ValueError, match='"flash"` is not supported'):
        llama(attn_implementation="flash")


def test_parts_of_a_pair_have_kernels_of_their_own() -> None:
    halves = [
        GPT2Config(vocab_size=40, n_embd=24, n_layer=1, n_head=2, add_cross_attention=c, is_decoder=c)
        for c in (False, True)
    ]
    config = EncoderDecoderConfig.from_encoder_decoder_configs(*halves)
    model = EncoderDecoderModel(config=config)
    model.set_attn_implementation({"": "eager", "decoder": "sdpa"})
    assert model.config._attn_implementation == "eager"
    assert model.encoder.config._attn_implementation == "sdpa"
    model.set_attn_implementation({"encoder": "eager"})
    assert model.encoder.config._attn_implementation == "eager"
    assert model.decoder.config._attn_implementation == "sdpa"
    model.set_attn_implementation("sdpa")
    assert {p.config._attn_implementation for p in (model, model.encoder, model.decoder)} == {"sdpa"}


@torch.no_grad()
def test_kernel_and_mask_function_get_the_published_arguments() -> None:
    seen: list[Any] = []

    def kernel(module: Any, query: Any, key: Any, value: Any, attention_mask: Any, scaling: Any, dropout: Any,
               **kwargs: Any) -> Any:  # fmt: skip
        seen.append((type(module).__name__, attention_mask, scaling, dropout, set(kwargs)))
        weights = torch.full((*query.shape[:3], key.shape[2]), 0.25)
        return torch.zeros_like(query).transpose(1, 2), weights

    def mask(**kwargs: Any) -> Any:
        seen.append(kwargs)
        return "a form of its own"

    AttentionInterface.register("shown", kernel)
    AttentionMaskInterface.register("shown", mask)
    try:
        model = llama(attn_implementation="shown")
        out = model(IDS, attention_mask=MASK, output_attentions=True, position_ids=torch.arange(5)[None])
    finally:
        AttentionInterface._global_mapping.pop("shown")
        AttentionMaskInterface._global_mapping.pop("shown")
    asked, first, second = seen
    assert set(asked) >= {"batch_size", "cache_position", "kv_length", "kv_offset", "mask_function", "config"}
    assert (asked["batch_size"], asked["kv_length"], asked["kv_offset"]) == (2, 5, 0)
    assert torch.equal(asked["attention_mask"], MASK.bool())
    assert asked["config"] is model.config
    assert asked["dtype"] == torch.float32
    assert first[:4] == second[:4] == ("LlamaAttention", "a form of its own", 6**-0.5, 0.0)
    assert {"sliding_window", "is_causal", "position_ids"} <= first[4]
    assert all(bool((weights == 0.25).all()) for weights in out.attentions)


@torch.no_grad()
def test_masks_take_the_dtype_of_the_scores() -> None:
    model = GPT2LMHeadModel(GPT2Config(vocab_size=40, n_embd=24, n_layer=1, n_head=2)).eval().bfloat16()

    def kernel(module: Any, query: Any, key: Any, value: Any, attention_mask: Any, **kwargs: Any) -> Any:
        assert attention_mask.dtype == torch.bfloat16
        out = F.scaled_dot_product_attention(query, key, value, attn_mask=attention_mask)
        return out.transpose(1, 2), None

    from transformers.masking_utils import eager_mask

    expected = model(IDS, attention_mask=MASK).logits
    AttentionInterface.register("half", kernel)
    AttentionMaskInterface.register("half", eager_mask)
    try:
        model.set_attn_implementation("half")
        found = model(IDS, attention_mask=MASK).logits
    finally:
        AttentionInterface._global_mapping.pop("half")
        AttentionMaskInterface._global_mapping.pop("half")
    torch.testing.assert_close(found, expected, atol=0.02, rtol=0.02)
