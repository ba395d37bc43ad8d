"""Names that modeling files of others import from `transformers.utils`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from transformers import utils
from transformers.utils import (
    LossKwargs,
    TransformersKwargs,
    add_code_sample_docstrings,
    add_start_docstrings_to_model_forward,
    auto_docstring,
    generic,
    is_remote_url,
    is_torch_fx_proxy,
    replace_return_docstrings,
    torch_float,
    torch_int,
)


def test_docstring_decorators_change_docstrings_only() -> None:
    @auto_docstring
    def plain(x: int) -> int:
        """Plain."""
        return x

    @auto_docstring(custom_intro="First.", checkpoint="none")
    class Introduced:
        """Second."""

    @add_start_docstrings_to_model_forward("Before. ")
    @replace_return_docstrings(output_type=Introduced, config_class="X")
    @add_code_sample_docstrings(checkpoint="x", output_type="y")
    def forward(x: int) -> int:
        """After.

        Returns:
        """
        return x + 1

    assert (plain(3), plain.__doc__) == (3, "Plain.")
    assert Introduced.__doc__ == "First.\n\nSecond."
    assert forward(3) == 4
    assert forward.__doc__ is not None and forward.__doc__.startswith("Before. After.")
    assert "Returns: Introduced" in forward.__doc__

    @replace_return_docstrings("Thing")
    def bare(x: int) -> int:
        return x

    assert bare.__doc__ is None


@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")
def test_numbers_stay_tensors_while_a_model_is_traced() -> None:
    assert (torch_int(3.7), torch_float(3)) == (3, 3.0)
    assert torch_int(torch.tensor(3.7)) == 3

    def half(x: torch.Tensor) -> Any:
        kept = torch_int(x.sum() / 2)
        assert isinstance(kept, torch.Tensor) and kept.dtype == torch.int64
        return torch_float(kept)

    traced = torch.jit.trace(half, torch.ones(4), check_trace=False)  # type: ignore[no-untyped-call]
    assert traced(torch.ones(8)) == 4.0


def test_proxies_of_traced_graphs_are_known() -> None:
    seen = []

    class Asks(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            seen.append(is_torch_fx_proxy(x))
            return x + 1

    torch.fx.symbolic_trace(Asks())
    Asks()(torch.ones(1))
    assert seen == [True, False]


def test_addresses_and_keyword_types() -> None:
    found = [is_remote_url(text) for text in ("https://a.b", "http://a.b", "a/b", "/a/b")]
    assert found == [True, True, False, False]
    assert "cu_seq_lens_q" in TransformersKwargs.__annotations__ and LossKwargs is TransformersKwargs


def test_older_places_lead_to_the_same_objects() -> None:
    for name in ("ModelOutput", "to_numpy", "to_py_obj", "infer_framework", "torch_int", "can_return_tuple"):
        assert getattr(generic, name) is getattr(utils, name)
    assert generic.transpose(np.ones((2, 3))).shape == (3, 2)
    for name in ("no_such_name", "__no_such_name__"):
        with pytest.raises(AttributeError, match=name):
            getattr(generic, name)


def test_forward_of_others_answers_with_a_tuple() -> None:
    from transformers import BertConfig, PreTrainedModel
    from transformers.modeling_outputs import BaseModelOutput

    class Own(PreTrainedModel):
        config_class = BertConfig

        @utils.can_return_tuple
        @auto_docstring
        def forward(self, x: torch.Tensor, **kwargs: Any) -> Any:
            return BaseModelOutput(last_hidden_state=x)

    model = Own(BertConfig())
    assert model(torch.ones(2)).last_hidden_state.tolist() == [1, 1]
    assert model(torch.ones(2), return_dict=False)[0].tolist() == [1, 1]
