"""Kernels and masks of users where an architecture adds to its scores, or sees a part of the keys only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from transformers import (
    AttentionInterface,
    AttentionMaskInterface,
    BertConfig,
    BertForSequenceClassification,
    BloomConfig,
    BloomModel,
    DebertaConfig,
    DebertaModel,
    FalconConfig,
    FalconModel,
    GPT2Config,
    GPT2Model,
    GPTNeoConfig,
    GPTNeoModel,
    LlamaConfig,
    LlamaForCausalLM,
)
from transformers.layers.attention import ALL_ATTENTION_FUNCTIONS, eager_attention
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS, eager_mask, sdpa_mask

SIZES: dict[str, Any] = {"vocab_size": 19, "hidden_size": 16}
BLOOM = BloomConfig(**SIZES, n_layer=2, n_head=4)
FALCON = FalconConfig(**SIZES, num_hidden_layers=2, num_attention_heads=4, alibi=True, multi_query=False)
IDS = torch.tensor([[5, 2, 7, 3, 11], [4, 9, 1, 6, 8]])
PADDED = {"input_ids": IDS, "attention_mask": torch.tensor([[1, 1, 1, 1, 1], [0, 0, 1, 1, 1]])}


class Form:
    """A mask of a form that only its kernel knows."""

    def __init__(self, visible: Any) -> None:
        self.visible = visible


def without_bias(module: Any, query: Any, key: Any, value: Any, attention_mask: Any, **kwargs: Any) -> Any:
    """A kernel that takes masks of that form."""
    kwargs["bias"] = None
    return eager_attention(module, query, key, value, attention_mask.visible, **kwargs)


def with_bias(
    module: Any, query: Any, key: Any, value: Any, attention_mask: Any, bias: Any = None, **kwargs: Any
) -> Any:
    """The same, with a place for a bias."""
    return eager_attention(module, query, key, value, attention_mask.visible, bias=bias, **kwargs)


@pytest.fixture
def masks() -> Iterator[list[Any]]:
    """Registers kernels "bare", "biased" (of `Form`), "bool" and "added"; what mask functions gave."""
    made: list[Any] = []

    def keeping(write: Any) -> Any:
        def kept(**kwargs: Any) -> Any:
            made.append(write(**kwargs))
            return made[-1]

        return kept

    def form(**kwargs: Any) -> Form:
        return Form(sdpa_mask(**{**kwargs, "allow_is_causal_skip": False}))

    table = {
        "bare": (without_bias, form),
        "biased": (with_bias, form),
        "bool": (eager_attention, sdpa_mask),
        "added": (eager_attention, eager_mask),
    }
    for name, (kernel, write) in table.items():
        AttentionInterface.register(name, kernel)
        AttentionMaskInterface.register(name, keeping(write))
    yield made
    for name in table:
        del ALL_ATTENTION_FUNCTIONS[name]
        del ALL_MASK_ATTENTION_FUNCTIONS[name]


def ran(model: Any, own: str, **inputs: Any) -> torch.Tensor:
    """The output under a kernel, 0 where there is padding."""
    model.set_attn_implementation(own)
    with torch.no_grad():
        output: torch.Tensor = model(**inputs)[0]
    mask = inputs.get("attention_mask")
    return output if mask is None else output * mask[:, -output.shape[1] :, None]


@pytest.mark.parametrize(("kind", "config"), [(BloomModel, BLOOM), (FalconModel, FALCON)])
@pytest.mark.parametrize("own", ["biased", "bool", "added"])
def test_a_bias_of_places_reaches_kernels(kind: Any, config: Any, own: str, masks: list[Any]) -> None:
    torch.manual_seed(0)
    model = kind(config).eval()
    for inputs in ({"input_ids": IDS}, PADDED, {"input_ids": IDS[:, :1]}):
        expected = ran(model, "eager", **inputs)
        masks.clear()
        assert torch.allclose(ran(model, own, **inputs), expected, atol=1e-6)
        assert len(masks) == 1


@pytest.mark.parametrize(("kind", "config"), [(BloomModel, BLOOM), (FalconModel, FALCON)])
def test_kernels_without_a_place_for_the_bias_are_refused(kind: Any, config: Any, masks: list[Any]) -> None:
    with pytest.raises(ValueError, match="attn_implementation='bare' has no place for the bias"):
        ran(kind(config), "bare", input_ids=IDS)


def test_a_bias_of_places_stands_beside_cached_keys(masks: list[Any]) -> None:
    torch.manual_seed(0)
    model = BloomModel(BLOOM).eval()
    expected = ran(model, "eager", **PADDED)
    with torch.no_grad():
        model.set_attn_implementation("biased")
        mask = PADDED["attention_mask"]
        first = model(IDS[:, :3], attention_mask=mask[:, :3], use_cache=True)
        rest = model(IDS[:, 3:], attention_mask=mask, past_key_values=first.past_key_values)[0]
    assert torch.allclose(rest, expected[:, 3:], atol=1e-6)


def test_mixed_heads_leave_no_room_for_a_kernel(masks: list[Any]) -> None:
    config = DebertaConfig(**SIZES, num_hidden_layers=1, num_attention_heads=4, intermediate_size=8,
                           max_position_embeddings=9, talking_head=True)  # fmt: skip
    model = DebertaModel(config)
    with pytest.raises(ValueError, match="talking_head mixes the heads"):
        ran(model, "bool", input_ids=IDS)
    assert ran(model, "sdpa", input_ids=IDS).shape == (2, 5, 16)


def test_layers_of_one_window_make_one_mask(masks: list[Any]) -> None:
    config = GPTNeoConfig(**SIZES, num_layers=2, num_heads=4, attention_types=[[["local"], 2]], window_size=2,
                          max_position_embeddings=9)  # fmt: skip
    torch.manual_seed(0)
    model = GPTNeoModel(config).eval()
    expected = ran(model, "eager", input_ids=IDS)
    assert torch.allclose(ran(model, "bool", input_ids=IDS), expected, atol=1e-6)
    (mask,) = masks
    assert mask[0, 0].int().tolist() == [
        [1, 0, 0, 0, 0],
        [1, 1, 0, 0, 0],
        [0, 1, 1, 0, 0],
        [0, 0, 1, 1, 0],
        [0, 0, 0, 1, 1],
    ]


@pytest.mark.parametrize("shape", [(2, 7), (2, 1, 1, 7), (2, 5, 7)])
def test_a_mask_of_an_encoder_is_made_once(shape: tuple[int, ...], masks: list[Any]) -> None:
    config = GPT2Config(
        vocab_size=19, n_embd=16, n_layer=2, n_head=4, n_positions=9, add_cross_attention=True
    )
    torch.manual_seed(0)
    model = GPT2Model(config).eval()
    seen = torch.ones(shape, dtype=torch.long)
    seen[1, ..., 4:] = 0
    inputs = {"encoder_hidden_states": torch.randn(2, 7, 16), "encoder_attention_mask": seen}
    expected = ran(model, "eager", input_ids=IDS, **inputs)
    assert torch.allclose(ran(model, "added", input_ids=IDS, **inputs), expected, atol=1e-6)
    own, crossed = masks
    assert own.shape == (2, 1, 5, 5)
    assert crossed.shape == (2, 1, 5, 7)
    assert ((crossed == 0).sum(dim=-1)[:, 0] == torch.tensor([[7], [4]])).all()


def scaled(
    module: Any,
    query: Any,
    key: Any,
    value: Any,
    attention_mask: Any,
    scaling: Any = None,
    warmth: float = 1.0,
    **kwargs: Any,
) -> Any:
    """A kernel with a keyword of its own."""
    scaling = query.shape[-1] ** -0.5 if scaling is None else scaling
    return eager_attention(module, query, key, value, attention_mask, scaling=scaling / warmth, **kwargs)


WIDE: dict[str, Any] = {**SIZES, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 24}
WIDE["initializer_range"] = 0.3
MODELS = [(LlamaForCausalLM, LlamaConfig(**WIDE)), (BertForSequenceClassification, BertConfig(**WIDE))]


@pytest.fixture
def warm() -> Iterator[None]:
    """The kernel "warm"."""
    AttentionInterface.register("warm", scaled)
    yield
    del ALL_ATTENTION_FUNCTIONS["warm"]


@pytest.mark.parametrize(("kind", "config"), MODELS)
def test_keywords_of_a_kernel_reach_it(kind: Any, config: Any, warm: None) -> None:
    torch.manual_seed(0)
    model = kind(config).eval()
    expected, plain = ran(model, "eager", input_ids=IDS), ran(model, "warm", input_ids=IDS)
    assert torch.allclose(plain, expected, atol=1e-6)
    found = ran(model, "warm", input_ids=IDS, warmth=torch.tensor(4.0))
    assert not torch.allclose(found, expected, atol=1e-6)
    assert torch.equal(ran(model, "warm", input_ids=IDS), plain)  # told once, for one call
    inner = ran(model.base_model, "warm", input_ids=IDS, warmth=4.0)
    whole = model(IDS, warmth=4.0, output_hidden_states=True).hidden_states[-1]
    assert torch.allclose(inner, whole, atol=1e-6)
    for own, name in (("warm", "cold"), ("sdpa", "warmth"), ("eager", "warmth")):
        with pytest.raises(TypeError, match=f"unexpected keyword argument '{name}'"):
            ran(model, own, input_ids=IDS, **{name: 2.0})


@pytest.mark.parametrize(("kind", "config"), MODELS)
def test_keywords_of_a_kernel_reach_layers_that_are_computed_again(
    kind: Any, config: Any, warm: None
) -> None:
    gradients = []
    for again, warmth in ((False, 4.0), (True, 4.0), (True, 1.0)):
        torch.manual_seed(0)
        model = kind(config)
        model.set_attn_implementation("warm")
        if again:
            model.gradient_checkpointing_enable()
        for part in model.modules():
            if isinstance(part, torch.nn.Dropout):
                part.p = 0.0
        model.train()(IDS, warmth=warmth)[0].square().sum().backward()
        gradients.append([p.grad for p in model.parameters() if p.grad is not None])
    colder = gradients.pop()
    assert not all(torch.allclose(a, b, rtol=1e-2) for a, b in zip(gradients[0], colder, strict=True))
    for one, other in zip(*gradients, strict=True):
        assert torch.allclose(one, other, rtol=1e-4, atol=1e-4)
