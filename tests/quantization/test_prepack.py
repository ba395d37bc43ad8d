"""Copies of weights for fast kernels: the same text, invisible, and gone when the weights change."""

from __future__ import annotations

import copy
import pickle
import weakref
from typing import Any

import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM  # noqa: E402
from transformers.quantization import kernels, prepack  # noqa: E402

IDS = torch.tensor([[4, 9, 7, 11, 5]])
LONG = {"max_new_tokens": 40, "do_sample": False, "eos_token_id": None, "pad_token_id": 0}
usable = pytest.mark.skipif(not kernels.usable(), reason="this build of PyTorch has no oneDNN")


def model(dtype: str = "float32", rounded: bool = False, kind: str = "llama") -> Any:
    torch.manual_seed(1)
    made: Any
    if kind == "gpt2":
        made = GPT2LMHeadModel(GPT2Config(vocab_size=211, n_embd=128, n_layer=2, n_head=4, n_positions=64))
    else:
        sizes = {
            "hidden_size": 128,
            "intermediate_size": 256,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
        }
        made = LlamaForCausalLM(LlamaConfig(vocab_size=211, **sizes, num_key_value_heads=2))
    with torch.no_grad():
        for parameter in made.parameters():  # far from ties between tokens
            parameter.add_(0.2 * torch.randn_like(parameter))
            if rounded:
                parameter.copy_(parameter.bfloat16())
    return made.to(getattr(torch, dtype)).eval()


def forms(made: Any) -> set[str]:
    return {entry.form for entry in prepack._COPIES.get(made, {}).values()}


# ---------------------------------------------------------------------- models


@usable
@pytest.mark.parametrize("kind", ["llama", "gpt2"])
@pytest.mark.parametrize("rounded", [False, True])
@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("beams", [1, 2])
def test_text_is_the_same(kind: str, rounded: bool, rows: int, beams: int) -> None:
    made, ids = model(rounded=rounded, kind=kind), IDS.repeat(rows, 1)
    options = {**LONG, "num_beams": beams, "attention_mask": torch.ones_like(ids)}
    plain = made.prepack_weights(False).generate(ids, **options)
    fast = made.prepack_weights(None).generate(ids, **options)
    assert torch.equal(plain, fast)
    expected = "half" if rounded and kernels.has_half() else "blocks"
    assert forms(made) == {expected}
    assert torch.equal(made.generate(ids, **options), plain)
    assert torch.equal(made.prepack_weights(True).generate(ids, **options), plain)
    assert forms(made) == {expected}


@usable
def test_padded_texts_are_the_single_ones() -> None:
    made = model().prepack_weights()
    single = made.generate(IDS, **LONG)
    padded = torch.cat([torch.zeros_like(IDS[:, :3]), IDS], dim=1)
    mask = (torch.arange(8) > 2)[None].long()
    both = made.generate(torch.cat([padded, padded]), attention_mask=torch.cat([mask, mask]), **LONG)
    assert torch.equal(both[:, 3:], single.repeat(2, 1))


@usable
def test_copies_are_invisible() -> None:
    made = model()
    names = list(made.state_dict())
    before = pickle.dumps(made)
    made.prepack_weights().generate(IDS, **LONG)
    assert forms(made) and list(made.state_dict()) == names
    assert not any("forward" in vars(part) for part in made.modules())
    assert pickle.dumps(made) == before
    assert forms(copy.deepcopy(made)) == set()
    gone = weakref.ref(next(iter(prepack._COPIES[made].values())))
    del made
    assert gone() is None


@usable
@pytest.mark.parametrize("fail", [True, False])
def test_layers_are_put_back(fail: bool) -> None:
    class Stop(RuntimeError):
        pass

    def stop(ids: Any, scores: Any) -> Any:
        if fail:
            raise Stop
        return scores

    made = model().prepack_weights()
    try:
        made.generate(IDS, logits_processor=[stop], **LONG)
    except Stop:
        assert fail
    assert not any("forward" in vars(part) for part in made.modules())


CHANGES = {
    "in place": lambda m: m.lm_head.weight.mul_(-1),
    "behind its back": lambda m: m.lm_head.weight.data.mul_(-1),
    "one number": lambda m: m.lm_head.weight.data[7].fill_(3.0),
    "replaced": lambda m: setattr(m.lm_head, "weight", nn.Parameter(-m.lm_head.weight)),
}


@usable
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("rounded", [False, True])
def test_changed_weights_are_noticed(change: str, rounded: bool) -> None:
    made = model(rounded=rounded).prepack_weights()
    first = made.generate(IDS, **LONG)
    kept = {name: id(entry) for name, entry in prepack._COPIES[made].items()}
    with torch.no_grad():
        CHANGES[change](made)
    second = made.generate(IDS, **LONG)
    assert not torch.equal(first, second)
    assert torch.equal(second, copy.deepcopy(made).prepack_weights(False).generate(IDS, **LONG))
    same = [name for name, entry in prepack._COPIES[made].items() if kept[name] == id(entry)]
    assert set(kept) - set(same) == {"lm_head"}  # the others were not copied again


@usable
@pytest.mark.parametrize(
    "action",
    [
        lambda m: m.train(),
        lambda m: m.to(torch.bfloat16),
        lambda m: m.load_state_dict(m.state_dict()),
        lambda m: m.prepack_weights(False),
    ],
    ids=["train", "to", "load_state_dict", "prepack_weights"],
)
def test_copies_go(action: Any) -> None:
    made = model().prepack_weights()
    made.generate(IDS, **LONG)
    assert forms(made)
    action(made)
    assert not forms(made)


@usable
def test_copies_are_made_where_they_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    made = model()
    made.generate(IDS, **{**LONG, "max_new_tokens": prepack.FEWEST - 1})
    assert not forms(made)
    monkeypatch.setattr(prepack, "LARGEST", 1)
    made.generate(IDS, **LONG)
    assert not forms(made)
    monkeypatch.setenv("TRANSFORMERS_PREPACK", "1")
    made.generate(IDS, **LONG)
    assert forms(made)
    monkeypatch.setenv("TRANSFORMERS_PREPACK", "0")
    prepack.drop(made)
    made.generate(IDS, **LONG)
    assert not forms(made)
    made.prepack_weights(True).generate(IDS, **LONG)  # the model's own word counts more
    assert forms(made)


def test_switch_takes_three_words() -> None:
    with pytest.raises(TypeError, match="True, False or None"):
        model().prepack_weights("yes")  # type: ignore[arg-type]


@usable
def test_layers_that_others_changed_are_left() -> None:
    made = model().prepack_weights()
    head = made.lm_head
    calls: list[int] = []
    head.forward = lambda x: (calls.append(1), nn.Linear.forward(head, x))[1]
    made.generate(IDS, **LONG)
    assert len(calls) == 40 and "lm_head" not in prepack._COPIES[made]


@usable
def test_half_width_models_write_with_blocks() -> None:
    made = model("bfloat16").prepack_weights()
    made.generate(IDS, **LONG)
    assert forms(made) == {"blocks"}
