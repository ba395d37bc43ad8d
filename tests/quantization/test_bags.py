"""Weights of 8 bits as tables of embeddings: the numbers, the cuts, and when they are used."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from transformers import LlamaConfig, LlamaForCausalLM, WeightOnlyConfig  # noqa: E402
from transformers.quantization import bags, kernels, prepack  # noqa: E402
from transformers.quantization.linear import Int8Linear  # noqa: E402

fast = pytest.mark.skipif(not bags.readable(), reason="this processor or build has no fast kernel of bags")
usable = pytest.mark.skipif(not kernels.usable(), reason="this build of PyTorch has no oneDNN")
BOUNDS = {torch.float32: 2e-6, torch.bfloat16: 0.008, torch.float16: 0.001}


@pytest.fixture
def one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def packed(outputs: int, inputs: int, bias: bool = False) -> Int8Linear:
    torch.manual_seed(3)
    layer = Int8Linear(inputs, outputs, nn.Parameter(torch.randn(outputs)) if bias else None)
    layer.fill(torch.randn(outputs, inputs))
    return layer


def expected(layer: Int8Linear, x: Any) -> Any:
    weight = layer.weight.double() * layer.weight_scale.double()[:, None]
    y = x.double() @ weight.t()
    return y if layer.bias is None else y + layer.bias.detach().double()


def assert_near(found: Any, layer: Int8Linear, x: Any) -> None:
    want = expected(layer, x)
    assert found.dtype == x.dtype and found.shape == want.shape
    assert float((found.double() - want).abs().max() / want.abs().max()) < BOUNDS[x.dtype]


SIZES = [(1, 1), (40, 3), (640, 17), (961, 33), (3072, 8), (5000, 12)]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("outputs", "inputs"), SIZES)
@torch.no_grad()
def test_one_row_times_bags(outputs: int, inputs: int, bias: bool, one_thread: Any) -> None:
    layer = packed(outputs, inputs, bias)
    table = bags.Bags(layer.weight)
    assert torch.equal(table.weight(), layer.weight)
    product = bags.bags_product(table, layer)
    for dtype in BOUNDS:
        for shape in ((inputs,), (1, inputs), (1, 1, inputs)):
            x = torch.randn(shape).to(dtype)
            found = product(x)
            assert found is not None
            assert_near(found, layer, x)
        assert product(torch.randn(2, inputs).to(dtype)) is None
    assert product(torch.ones(1, inputs, dtype=torch.float64)) is None


@pytest.mark.parametrize("outputs", [1, 448, 640, 641, 960, 3072, 4097, 49152])
def test_bags_hold_what_registers_do(outputs: int, one_thread: Any) -> None:
    count = bags.bags_for(outputs)
    assert count == 1 if outputs <= bags.SINGLE else 1 < count <= 2 * -(-outputs // bags.WIDTH)
    assert outputs <= bags.SINGLE or -(-outputs // count) <= bags.WIDTH


@fast
def test_several_threads_need_many_bags(one_thread: Any) -> None:
    small, large = packed(576, 8), packed(4096, 8)
    assert bags.suits(small) and kernels.form_for(small, False, torch.bfloat16) == "bags"
    torch.set_num_threads(2)
    assert not bags.suits(small) and bags.suits(large)
    assert kernels.form_for(small, False, torch.bfloat16) is None
    assert kernels.form_for(small, False, torch.float32) == ("steps" if kernels.has_half() else None)


def test_other_processors_keep_their_kernel(monkeypatch: pytest.MonkeyPatch, one_thread: Any) -> None:
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")
    bags.readable.cache_clear()
    try:
        assert not bags.suits(packed(40, 8))
    finally:
        monkeypatch.undo()
        bags.readable.cache_clear()


def broken(*arguments: Any) -> Any:
    raise NotImplementedError("no kernel")


@pytest.mark.parametrize("kernel", [broken, lambda *arguments: torch.zeros(1, 48)])
def test_kernel_that_is_missing_or_wrong_is_not_used(kernel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX512")
    monkeypatch.setattr(bags, "kernel", lambda: kernel)
    bags.readable.cache_clear()
    try:
        assert not bags.readable()
    finally:
        monkeypatch.undo()
        bags.readable.cache_clear()


@usable
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(
    ("dtype", "few", "most"), [(torch.bfloat16, 5, 24), (torch.float32, 2, 16)], ids=["bfloat16", "float32"]
)
@torch.no_grad()
def test_several_rows_get_a_copy_once_they_keep_coming(dtype: Any, few: int, most: int, bias: bool) -> None:
    if dtype == torch.float32 and not kernels.has_half():
        pytest.skip("this build of PyTorch has no product with float16 weights")
    layer = packed(96, 64, bias)
    if layer.bias is not None:
        layer.bias = nn.Parameter(layer.bias.detach().to(dtype))
    _, product = kernels.copied(layer, "bags")
    prompt = torch.randn(1, 100, 64).to(dtype)
    assert all(product(prompt) is None for _ in range(3 * bags.CALLS))  # prompts alone do not
    x = torch.randn(1, most, 64).to(dtype)
    found = [product(x) for _ in range(bags.CALLS)]
    assert found[:-1] == [None] * (bags.CALLS - 1)
    assert_near(found[-1], layer, x)
    assert product(x[:, : few - 1].clone()) is None or few == 2
    assert product(x.to(torch.float16)) is None


@usable
@fast
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("rows", [1, 6])
def test_text_is_the_same_as_without_copies(dtype: str, rows: int, one_thread: Any, tmp_path: Any) -> None:
    torch.manual_seed(0)
    sizes = {"hidden_size": 128, "intermediate_size": 256, "num_hidden_layers": 2, "num_attention_heads": 4}
    plain = LlamaForCausalLM(LlamaConfig(vocab_size=211, **sizes, num_key_value_heads=2))
    with torch.no_grad():
        for parameter in plain.parameters():  # far from ties between tokens
            parameter.add_(0.2 * torch.randn_like(parameter))
    plain.save_pretrained(tmp_path)
    how = WeightOnlyConfig(bits=8)
    made = LlamaForCausalLM.from_pretrained(tmp_path, dtype=dtype, quantization_config=how)
    names = list(made.state_dict())
    ids = torch.tensor([[4, 9, 7, 11, 5]]).repeat(rows, 1)
    options: dict[str, Any] = {"attention_mask": torch.ones_like(ids), "max_new_tokens": 40}
    options |= {"do_sample": False, "eos_token_id": None, "pad_token_id": 0}
    quick = made.generate(ids, **options)
    assert {entry.form for entry in prepack._COPIES[made].values()} == {"bags"}
    assert list(made.state_dict()) == names
    slow = made.prepack_weights(False).generate(ids, **options)
    if dtype == "float32":
        assert torch.equal(quick, slow)
    else:  # later tokens may differ by roundings
        assert torch.equal(quick[:, :12], slow[:, :12])
