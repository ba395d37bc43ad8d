"""Calls without gradients run on faster kernels, and nothing else is to be seen of them."""

from __future__ import annotations

import copy
import gc
import pickle
import threading
import weakref
from typing import Any

import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from transformers import BertConfig, BertForMaskedLM, BertModel, GPT2Config, GPT2Model  # noqa: E402
from transformers.layers.conv1d import Conv1D  # noqa: E402
from transformers.quantization import kernels, products  # noqa: E402

pytestmark = pytest.mark.skipif(not kernels.usable(), reason="this build of PyTorch has no oneDNN")
IDS = torch.arange(64).reshape(2, 32) % 50


@pytest.fixture(autouse=True)
def on_any_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "pays", lambda: True)


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The layers whose products oneDNN has computed, in order."""
    found: list[Any] = []
    plain = kernels.whole_product

    def watched(layer: Any, x: Any) -> Any:
        y = plain(layer, x)
        found.extend([layer] * (y is not None))
        return y

    monkeypatch.setattr(kernels, "whole_product", watched)
    return found


def bert(kind: Any = BertModel) -> Any:
    torch.manual_seed(3)
    sizes = {"hidden_size": 128, "intermediate_size": 256, "num_hidden_layers": 2, "num_attention_heads": 4}
    return kind(BertConfig(vocab_size=50, **sizes)).eval()


def is_clean(model: Any) -> bool:
    return not any("forward" in vars(module) for module in model.modules())


def test_calls_without_gradients_use_them(used: list[Any]) -> None:
    model = bert()
    expected = model(IDS).last_hidden_state.detach()
    assert not used
    with torch.no_grad():
        found = model(IDS).last_hidden_state
    assert len(used) == 12  # six products in each of two layers; the pooler has too few rows
    assert is_clean(model)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


def test_layers_of_gpt2s_kind_use_them(used: list[Any]) -> None:
    torch.manual_seed(3)
    model = GPT2Model(GPT2Config(vocab_size=50, n_embd=128, n_layer=2, n_head=4, n_positions=64)).eval()
    expected = model(IDS).last_hidden_state.detach()
    with torch.inference_mode():
        found = model(IDS).last_hidden_state
    assert {type(layer) for layer in used} == {Conv1D}
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kind", [nn.Linear, Conv1D])
@pytest.mark.parametrize("order", ["plain", "turned", "part", "four axes", "one row", "one axis", "none"])
def test_products_of_all_rows_are_right(kind: Any, order: str) -> None:
    torch.manual_seed(0)
    layer = nn.Linear(96, 160) if kind is nn.Linear else Conv1D(160, 96)
    nn.init.normal_(layer.weight)
    nn.init.normal_(layer.bias)
    rows = {
        "plain": torch.randn(4, 70, 96),
        "turned": torch.randn(4, 96, 70).transpose(1, 2),
        "part": torch.randn(4, 70, 200)[..., 8:104],
        "four axes": torch.randn(2, 2, 70, 96),
        "one row": torch.randn(1, 96),
        "one axis": torch.randn(96),
        "none": torch.randn(0, 96),
    }[order]
    with torch.no_grad():
        matrix = layer.weight if kind is Conv1D else layer.weight.t()
        expected = rows.double() @ matrix.double() + layer.bias.double()
        found = products.product(layer, rows)
    torch.testing.assert_close(found, expected.float(), atol=1e-4, rtol=1e-5)


def test_weights_are_read_as_they_are_at_the_call(used: list[Any]) -> None:
    model = bert()
    with torch.no_grad():
        before = model(IDS).last_hidden_state
        query = model.encoder.layer[0].attention.self.query
        query.weight.data.mul_(2)
        changed = model(IDS).last_hidden_state
        query.weight = nn.Parameter(query.weight / 2)
        again = model(IDS).last_hidden_state
    assert len(used) == 36
    assert not torch.allclose(before, changed)
    torch.testing.assert_close(again, before)


def test_they_can_be_switched_off(used: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    model = bert().prepack_weights(False)
    with torch.no_grad():
        model(IDS)
        assert not used
        model.prepack_weights(None)(IDS)
        assert used
        used.clear()
        with monkeypatch.context() as patch:  # as by torch.backends.mkldnn.flags(enabled=False)
            patch.setattr(torch._C, "_get_mkldnn_enabled", lambda: False)
            model(IDS)
        monkeypatch.setenv("TRANSFORMERS_PREPACK", "0")
        model(IDS)
    assert not used


def test_training_and_other_numbers_are_left_alone(used: list[Any]) -> None:
    model = bert()
    model(IDS).last_hidden_state.sum().backward()
    assert model.encoder.layer[0].attention.self.query.weight.grad is not None
    with torch.no_grad():
        model.train()(IDS)
        model.eval().to(torch.bfloat16)(IDS)
        with torch.autocast("cpu", torch.bfloat16):
            assert model.float()(IDS).last_hidden_state.dtype == torch.float32
    assert not used


def test_gradients_asked_for_inside_a_call_are_there() -> None:
    class Asking(BertModel):
        def forward(self, *args: Any, **kwargs: Any) -> Any:
            with torch.enable_grad():
                return super().forward(*args, **kwargs)

    with torch.no_grad():
        found = bert(Asking)(IDS).last_hidden_state
    assert found.requires_grad


def test_models_inside_others_use_them_once(used: list[Any]) -> None:
    model = bert(BertForMaskedLM)
    with torch.no_grad():
        model(IDS)
    assert len(used) == 13  # the head's dense layer too; its decoder of 50 tokens is too small
    assert is_clean(model)


def test_errors_leave_the_layers_clean() -> None:
    model = bert()
    with torch.no_grad(), pytest.raises(IndexError):
        model(IDS + 50)
    assert is_clean(model)
    assert not products.prepack.INSIDE.depth


def test_wrong_widths_are_pytorchs_error() -> None:
    with torch.no_grad(), pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        products.product(nn.Linear(256, 256), torch.randn(64, 128))


def test_copies_made_during_a_call_work() -> None:
    model, copies = bert(), []
    handle = model.encoder.layer[1].register_forward_pre_hook(
        lambda *_: copies.extend([copy.deepcopy(model), pickle.loads(pickle.dumps(model.encoder.layer[0]))])
    )
    with torch.no_grad():
        expected = model(IDS).last_hidden_state
        handle.remove()
        copies[0].encoder.layer[1]._forward_pre_hooks.clear()
        torch.testing.assert_close(copies[0](IDS).last_hidden_state, expected)
        assert copies[1](expected)[0].shape == expected.shape


def test_hooks_and_forwards_of_users_are_kept(used: list[Any]) -> None:
    model, seen = bert(), []
    first, second = model.encoder.layer[0].output.dense, model.encoder.layer[1].output.dense
    first.register_forward_hook(lambda module, args, output: seen.append(output.shape))
    second.forward = lambda x: torch.zeros(*x.shape[:-1], 128)
    with torch.no_grad():
        model(IDS)
    assert seen == [(2, 32, 128)]
    assert first in used
    assert second not in used
    assert "forward" in vars(second)


def test_threads_get_what_one_gets() -> None:
    model, found = bert(), []
    with torch.no_grad():
        expected = model(IDS).last_hidden_state

    def work() -> None:
        with torch.no_grad():
            found.extend(model(IDS).last_hidden_state for _ in range(5))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 20
    assert all(torch.equal(one, expected) for one in found)
    assert is_clean(model)


@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning", "ignore:There is a performance drop")
def test_whoever_watches_operations_sees_pytorchs_own(used: list[Any]) -> None:
    from torch.utils.flop_counter import FlopCounterMode

    model = bert()
    with torch.no_grad():
        with FlopCounterMode(display=False) as counter:
            model(IDS)
        assert counter.get_total_flops() > 2 * 64 * 12 * 128 * 128
        with pytest.warns(DeprecationWarning, match="jit.trace"):
            traced = torch.jit.trace(model, (IDS,), strict=False, check_trace=False)
        torch.func.vmap(lambda ids: model(ids[None]).last_hidden_state)(IDS)
        compiled = torch.compile(model, backend="eager", fullgraph=True)(IDS)
        exported = torch.export.export(model, (IDS,))
    assert not used
    assert "mkldnn" not in str(traced.inlined_graph)
    assert "mkldnn" not in str(exported.graph)
    torch.testing.assert_close(compiled.last_hidden_state, model(IDS).last_hidden_state.detach())


# ---------------------------------------------------------------------- copies that calls keep


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The layers whose weights were copied, in order."""
    found: list[Any] = []
    plain = kernels.copied

    def watched(layer: Any, form: str) -> Any:
        found.append(layer)
        return plain(layer, form)

    monkeypatch.setattr(kernels, "copied", watched)
    return found


def gpt2() -> Any:
    torch.manual_seed(3)
    return GPT2Model(GPT2Config(vocab_size=50, n_embd=128, n_layer=2, n_head=4, n_positions=64)).eval()


@pytest.mark.parametrize("make", [bert, gpt2])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("tokens", [1, 8, 32])
def test_asked_for_copies_give_the_same(make: Any, dtype: str, tokens: int, copied: list[Any]) -> None:
    model = make().to(getattr(torch, dtype))
    ids = IDS[:1, :tokens]
    expected = model(ids).last_hidden_state.detach()
    model.prepack_weights(True)
    with torch.no_grad():
        for _ in range(3):
            found = model(ids).last_hidden_state
    assert len(copied) == len(set(copied)) >= 8 and is_clean(model)  # once each
    bound = {"float32": 1e-5, "bfloat16": 0.06}[dtype]
    torch.testing.assert_close(found, expected, atol=bound, rtol=bound)
    model(ids).last_hidden_state.sum().backward()  # gradients are PyTorch's own
    assert model.get_input_embeddings().weight.grad is not None


def test_changed_weights_are_copied_anew(copied: list[Any]) -> None:
    model = bert().prepack_weights(True)
    layer = model.encoder.layer[0].output.dense

    def is_right() -> bool:
        expected = model(IDS).last_hidden_state.detach()
        with torch.no_grad():
            return torch.allclose(model(IDS).last_hidden_state, expected, atol=1e-4)

    assert is_right()
    copied.clear()
    with torch.no_grad():
        layer.weight.mul_(2)
    assert is_right() and copied == [layer]
    layer.weight.data = torch.randn_like(layer.weight)
    assert is_right() and copied == [layer] * 2
    layer.weight = nn.Parameter(torch.randn_like(layer.weight))
    assert is_right() and copied == [layer] * 3
    layer.weight.data = torch.randn(128, 256).t().contiguous().t().reshape(128, 256)
    layer.bias.data = torch.randn_like(layer.bias)
    assert is_right() and copied == [layer] * 4
    layer.weight.data.mul_(3)  # unseen, so the copies are asked for again
    model.prepack_weights(True)
    assert is_right()
    model.load_state_dict(bert().state_dict())
    assert is_right()


def test_memory_of_a_replaced_weight_is_not_mistaken(copied: list[Any]) -> None:
    model = bert().prepack_weights(True)
    layer = model.encoder.layer[0].output.dense
    with torch.no_grad():
        for _ in range(20):  # without what it was made from, new memory would come to lie in its place
            model(IDS)
            layer.weight.data = torch.randn(128, 256)
            layer.weight.data = torch.randn(128, 256)
            expected = nn.functional.linear(torch.ones(3, 256), layer.weight, layer.bias)
            held = products.Held(layer)
            assert torch.allclose(held.product(torch.ones(3, 256)), expected, atol=1e-4)
            found: Any = products._CALLS[model]
            forward = next(forward for one, forward in found.layers if one is layer)
            assert torch.allclose(forward(torch.ones(3, 256)), expected, atol=1e-4)


@pytest.mark.parametrize("choice", [False, None])
def test_copies_go_when_they_are_not_wanted(choice: bool | None, copied: list[Any]) -> None:
    model = bert().prepack_weights(True)
    with torch.no_grad():
        model(IDS)
    kept = weakref.ref(products._CALLS[model])
    copied.clear()
    model.prepack_weights(choice)
    gc.collect()
    assert kept() is None
    with torch.no_grad():
        model(IDS)
    assert not copied


@torch.no_grad()
def test_what_no_copy_is_for_is_left_to_the_layer(copied: list[Any]) -> None:
    layer = nn.Linear(64, 48)
    held, x = products.Held(layer), torch.randn(2, 64)
    assert held.product(x.double()) is None
    assert held.product(x[:, :32]) is None and held.product(torch.tensor(1.0)) is None
    layer.bias.data = layer.bias.data.double()
    assert held.product(x) is None
    layer.bias = None
    layer.weight = nn.Parameter(layer.weight.half())
    assert held.product(x.half()) is None
    with torch.inference_mode():
        layer.weight = nn.Parameter(torch.randn(48, 64))
    assert held.product(x) is None and not copied
    layer.weight = nn.Parameter(torch.randn(48, 64))
    assert held.product(x) is not None and copied == [layer]
