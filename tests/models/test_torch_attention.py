"""What every architecture must do with kernels and masks of a user's, packed rows and offloaded weights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from transformers import AttentionInterface, AttentionMaskInterface, StaticCache
from transformers.layers.attention import ALL_ATTENTION_FUNCTIONS
from transformers.masking_utils import (
    ALL_MASK_ATTENTION_FUNCTIONS,
    eager_mask,
    sdpa_mask,
)

from . import cases
from .adapters import ADAPTERS
from .devices import placed
from .test_common import FAMILIES, close, each_attending, ids, is_pair, light, main_input, seldom, trunk
from .test_generation import WRITING, writer
from .test_torch import head, head_run, tensors, torch_fed

PT = ADAPTERS["pt"]


def kernel(
    module: Any,
    query: Any,
    key: Any,
    value: Any,
    attention_mask: Any,
    scaling: Any = None,
    dropout: float = 0.0,
    **kwargs: Any,
) -> Any:
    """A user's kernel: it knows the published arguments, and nothing of biases."""
    assert module.is_causal in (True, False)  # published kernels read it
    groups = query.shape[1] // key.shape[1]
    out = F.scaled_dot_product_attention(
        query,
        key.repeat_interleave(groups, dim=1),
        value.repeat_interleave(groups, dim=1),
        attn_mask=attention_mask,
        scale=scaling,
        is_causal=attention_mask is None and kwargs["is_causal"],
    )
    return out.transpose(1, 2), None


@pytest.fixture
def calls() -> Iterator[dict[str, int]]:
    """Registers kernels "free", "bool" and "added" and counts the calls, masks' under "masks"."""
    found = {"kernels": 0, "masks": 0}

    def counting(function: Any, what: str) -> Any:
        def counted(*args: Any, **kwargs: Any) -> Any:
            found[what] += 1
            return function(*args, **kwargs)

        return counted

    masks = {"bool": sdpa_mask, "added": eager_mask}
    for name in ("free", *masks):
        AttentionInterface.register(name, counting(kernel, "kernels"))
    for name, function in masks.items():
        AttentionMaskInterface.register(name, counting(function, "masks"))
    yield found
    for name in ("free", *masks):
        del ALL_ATTENTION_FUNCTIONS[name]
    for name in masks:
        del ALL_MASK_ATTENTION_FUNCTIONS[name]


def padded(name: str) -> list[dict[str, torch.Tensor]]:
    """Inputs without padding, and some with it: tokens on the right and on the left, samples on the right."""
    batch = placed(main_input(name))
    inputs = [torch_fed(name, batch)]
    sides = {"input_ids": (slice(-2, None), slice(0, 2)), "input_values": (slice(-20, None),)}
    for hidden in sides.get(cases.main(name), ()):
        mask = torch.ones_like(batch, dtype=torch.long)
        mask[0, hidden] = 0
        inputs.append({**inputs[0], "attention_mask": mask})
    return inputs


def seen(output: Any, inputs: dict[str, Any]) -> Any:
    """The first output, 0 where the input is padding."""
    mask = inputs.get("attention_mask")
    return output[0] if mask is None or output[0].shape[:2] != mask.shape else output[0] * mask[:, :, None]


@pytest.mark.parametrize("name", [n for n in seldom if n.values[0] in cases.ATTENDING])
def test_kernels_and_masks_of_a_user_give_the_same_numbers(name: str, calls: dict[str, int]) -> None:
    model = trunk(PT, name, **light(name))
    for inputs in padded(name):
        with torch.no_grad():
            model.set_attn_implementation(model.default_attention())
            expected = seen(model(**inputs), inputs)
            for own in ("free", "bool", "added", "flex_attention"):
                calls.update(kernels=0, masks=0)
                model.set_attn_implementation(own)
                close(seen(model(**inputs), inputs), expected)
                assert (calls["kernels"] > 0) == (own != "flex_attention")
                assert (calls["masks"] > 0) == (own in ("bool", "added"))


@each_attending
def test_masks_of_a_user_are_made_once_in_a_forward(name: str, calls: dict[str, int]) -> None:
    """One for each kind, however many layers; a pair has the encoder's, the decoder's and one between."""
    model = trunk(PT, name)
    kinds = getattr(model.config, "layer_types", None) or getattr(model.config, "attention_layers", [""])
    for own in ("bool", "added"):
        model.set_attn_implementation(own)
        for inputs in padded(name):
            calls.update(kernels=0, masks=0)
            with torch.no_grad():
                model(**inputs)
            assert calls["masks"] == (3 if is_pair(name) else len(set(kinds)))
            assert calls["kernels"] >= (6 if is_pair(name) else 2)


@each_attending
def test_probabilities_come_with_any_kernel(name: str, calls: dict[str, int]) -> None:
    model, inputs = trunk(PT, name, **light(name)), padded(name)[:2][-1]
    with torch.no_grad():
        model.set_attn_implementation("eager")
        expected = model(**inputs, output_attentions=True)
        for own in ("bool", "flex_attention"):
            model.set_attn_implementation(own)
            found = model(**inputs, output_attentions=True)
            key = "decoder_attentions" if "decoder_attentions" in expected else "attentions"
            for one, other in zip(found[key], expected[key], strict=True):
                one, other = (x if isinstance(x, torch.Tensor) else x[0] for x in (one, other))
                close(one, other)


PACKING = [name for name in WRITING if not is_pair(name)]
COUNTED = ("camembert", "roberta", "xlm_roberta")  # whose first token stands behind padding's position


def packed_row(model: Any, name: str) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """A row of two sequences, and these; without what RoBERTa takes for padding."""
    batch = placed(ids(name))
    batch = torch.where(batch == model.config.pad_token_id, 2, batch) if name in COUNTED else batch
    first, second = batch[:1], batch[1:, :4]
    return torch.cat([first, second], dim=1), first, second


@pytest.mark.parametrize(
    ("name", "kernel"),
    [
        pytest.param(n, key, marks=() if key == "sdpa" or n in FAMILIES else pytest.mark.full)
        for n in PACKING
        for key in ("sdpa", "eager", "flex_attention")
    ],
)
def test_packed_sequences_equal_single_ones(name: str, kernel: str) -> None:
    model = writer("pt", name)
    model.set_attn_implementation(kernel)
    row, first, second = packed_row(model, name)
    places = placed([[0, 1, 2, 3, 4, 5, 0, 1, 2, 3]])
    places = places + model.config.pad_token_id + 1 if name in COUNTED else places
    ends = placed(torch.tensor([0, 6, 10], dtype=torch.int32))
    told = {"cu_seq_lens_q": ends, "cu_seq_lens_k": ends, "max_length_q": 6, "max_length_k": 6}
    numbers = placed(torch.tensor([[0] * 6 + [1] * 4], dtype=torch.int32))
    with torch.no_grad():
        expected = torch.cat([model(first).logits, model(second).logits], dim=1)
        for more in ({}, {"use_cache": False}):
            close(model(row, position_ids=places, **more).logits, expected)
        close(model(row, position_ids=places, **told).logits, expected)
        close(model(row, **told).logits, expected)
        close(model(row, seq_idx=numbers).logits, expected)
        close(model(row, position_ids=places, seq_idx=numbers, **told).logits, expected)
        assert (model(row).logits - expected).abs().max() > 1e-3
    with pytest.raises(ValueError, match="single row, got 2 rows"):
        model(row.repeat(2, 1), **told)
    with pytest.raises(ValueError, match="seq_idx numbers the sequence of each token"):
        model(row, seq_idx=numbers[:, 1:])


@pytest.mark.parametrize("name", ["albert", "bert", "deberta", "deberta_v2", "mpnet", "roberta"])
def test_packed_sequences_that_read_both_ways_equal_single_ones(name: str) -> None:
    model = trunk(PT, name)
    row, first, second = packed_row(model, name)
    row, first, second = (torch.where(x == 1, 2, x) if name == "mpnet" else x for x in (row, first, second))
    numbers = placed(torch.tensor([[0] * 6 + [1] * 4]))
    ends = placed(torch.tensor([0, 6, 10], dtype=torch.int32))
    with torch.no_grad():
        expected = torch.cat([model(first)[0], model(second)[0]], dim=1)
        for told in ({"seq_idx": numbers}, {"cu_seq_lens_q": ends, "max_length_q": 6}):
            close(model(row, **told)[0], expected)
        assert (model(row)[0] - expected).abs().max() > 1e-3


def test_packed_sequences_of_two_streams_equal_single_ones() -> None:
    model = PT.build("xlnet", "XLNetLMHeadModel")  # has no positions, but a mask for permutations
    row, first, second = packed_row(model, "xlnet")
    numbers = placed([[0] * 6 + [1] * 4])
    ends = placed(torch.tensor([0, 6, 10], dtype=torch.int32))
    apart = (numbers[:, :, None] != numbers[:, None, :]).float()
    with torch.no_grad():
        expected = torch.cat([model(first).logits, model(second).logits], dim=1)
        for told in ({"perm_mask": apart}, {"seq_idx": numbers}, {"cu_seq_lens_q": ends, "max_length_q": 6}):
            close(model(row, **told).logits, expected)
        close(model(row, perm_mask=torch.zeros_like(apart), seq_idx=numbers).logits, expected)
        assert (model(row).logits - expected).abs().max() > 1e-3
        close(model.base_model(row, seq_idx=numbers)[0], model.base_model(row, perm_mask=apart)[0])
        mems = model(first, use_mems=True).mems
    with pytest.raises(ValueError, match="packed into one row have no mems"):
        model(row, seq_idx=numbers, mems=mems)


class NoHostSync(TorchDispatchMode):
    """Refuses what makes the host wait for the device, or gives sizes that depend on values."""

    refused = ("_local_scalar_dense", "is_nonzero", "nonzero", "unique", "masked_select", "equal")

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = function.overloadpacket.__name__
        assert name not in self.refused, f"the forward calls {name}"
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize("name", PACKING)
def test_forward_with_a_static_cache_never_waits_for_the_device(name: str) -> None:
    """So that a CUDA graph can hold it."""
    model = writer("pt", name)
    batch, length = placed(ids(name)), 9
    cache = StaticCache(config=model.config, max_cache_len=length)
    mask = torch.ones_like(batch[:, :1]).repeat(1, length)
    mask[0, 0] = 0
    with torch.no_grad():
        expected = model(batch, attention_mask=mask[:, :6]).logits
        found = []
        with NoHostSync():
            for places in placed(torch.arange(6)).split([4, 1, 1]):
                out = model(
                    batch[:, places],
                    attention_mask=mask,
                    past_key_values=cache,
                    cache_position=places,
                    use_cache=True,
                )
                found.append(out.logits)
    shown = mask[:, :6, None]
    close(torch.cat(found, dim=1) * shown, expected * shown)


def test_host_sync_is_noticed() -> None:
    with pytest.raises(AssertionError, match="_local_scalar_dense"), NoHostSync():
        torch.ones(1).item()


@pytest.mark.parametrize("name", cases.NAMES)
def test_weights_on_the_disk_give_the_same_numbers(name: str, tmp_path: Path) -> None:
    pytest.importorskip("accelerate", reason="an extra")
    model, inputs = head(name, **light(name)).cpu(), tensors(name, head_run(name))
    inputs = {key: value.cpu() for key, value in inputs.items()}
    with torch.no_grad():
        expected = model(**inputs)[1]
    model.save_pretrained(tmp_path)
    spread = type(model).from_pretrained(tmp_path, device_map={"": "disk"})
    assert spread.hf_device_map == {"": "disk"}
    assert all(parameter.is_meta for parameter in spread.parameters())
    assert spread.device.type == "cpu"
    with torch.no_grad():
        found = spread(**inputs)[1]
    pairs = [(found, expected)] if isinstance(found, torch.Tensor) else zip(found, expected, strict=True)
    for one, other in pairs:
        close(one, other)
