"""Activation modules: those with weights, and the published classes."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import torch

from transformers import BertConfig, BertModel, LlamaConfig, LlamaModel
from transformers.activations import (
    ACT2FN,
    FastGELUActivation,
    GELUActivation,
    NewGELUActivation,
    QuickGELUActivation,
    SiLUActivation,
    XIELUActivation,
    gelu_python,
    get_activation,
)

POINTS = torch.linspace(-3, 3, 7)
SIZES = {"vocab_size": 11, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2}


def test_prelu_has_a_learned_slope() -> None:
    function = get_activation("prelu")
    assert {name: value.tolist() for name, value in function.state_dict().items()} == {"weight": [0.25]}
    assert function(POINTS).tolist() == [-0.75, -0.5, -0.25, 0.0, 1.0, 2.0, 3.0]
    function(POINTS).sum().backward()
    assert function.weight.grad.tolist() == [-6.0]


def test_xielu_values() -> None:
    # numbers of the published release
    function = XIELUActivation(alpha_p_init=1.0, alpha_n_init=0.5, beta=0.3, eps=-1e-3, dtype=torch.float32)
    assert list(function.state_dict()) == ["alpha_p", "alpha_n", "beta", "eps"]
    assert float(function.alpha_p.detach()) == pytest.approx(0.5413, abs=1e-4)
    assert float(function.alpha_n.detach()) == pytest.approx(-1.5078, abs=1e-4)
    expected = [0.12489, -0.032332, -0.11606, -0.00049975, 1.3, 4.6, 9.9]
    np.testing.assert_allclose(function(POINTS).detach().numpy(), expected, atol=1e-5)
    usual = get_activation("xielu")
    assert (usual.alpha_p.dtype, usual.beta.dtype) == (torch.bfloat16, torch.bfloat16)
    assert usual(POINTS)[-1].item() == pytest.approx(8.7070, abs=1e-4)
    assert usual(POINTS.bfloat16()).dtype == torch.bfloat16


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("gelu", GELUActivation),
        ("gelu_new", NewGELUActivation),
        ("gelu_fast", FastGELUActivation),
        ("quick_gelu", QuickGELUActivation),
        ("silu", SiLUActivation),
        ("swish", SiLUActivation),
        ("xielu", XIELUActivation),
    ],
)
def test_names_make_the_published_classes(name: str, kind: type[torch.nn.Module]) -> None:
    assert type(ACT2FN[name]) is type(get_activation(name)) is kind
    torch.testing.assert_close(kind()(POINTS), get_activation(name)(POINTS))


def test_modules_are_distinct_and_can_be_copied() -> None:
    one, other = get_activation("gelu"), get_activation("gelu")
    one.mark = 1
    assert not hasattr(other, "mark") and copy.deepcopy(one).mark == 1
    for name in ("gelu_new", "prelu", "tanh"):
        made = get_activation(name)
        again = pickle.loads(pickle.dumps(made))
        assert type(again) is type(made) and torch.equal(again(POINTS), made(POINTS))
    torch.testing.assert_close(gelu_python(POINTS), one(POINTS))
    for unknown in ("bogus", None):
        with pytest.raises(KeyError, match="unknown activation"):
            get_activation(unknown)


def test_models_save_the_weights_of_their_activations(tmp_path) -> None:  # type: ignore[no-untyped-def]
    bert = BertModel(BertConfig(**SIZES, intermediate_size=12, hidden_act="prelu"))
    name = "encoder.layer.0.intermediate.intermediate_act_fn.weight"
    assert bert.state_dict()[name].tolist() == [0.25]
    bert.state_dict()[name].fill_(0.5)
    bert.save_pretrained(tmp_path)
    assert BertModel.from_pretrained(tmp_path).state_dict()[name].tolist() == [0.5]
    llama = LlamaModel(LlamaConfig(**SIZES, intermediate_size=12, hidden_act="xielu"))
    assert "layers.0.mlp.act_fn.alpha_p" in llama.state_dict()
    assert torch.isfinite(llama(torch.tensor([[1, 2, 3]]))[0]).all()
