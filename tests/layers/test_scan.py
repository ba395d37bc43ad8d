"""Recurrences in every framework, and layers run as one loop in JAX."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from tests.models.adapters import installed
from transformers import BertConfig, GPT2Config
from transformers.frameworks.loader import ring_module, torch_module
from transformers.layers.scan import scan, scan_layers

RNG = np.random.default_rng(5)
X = RNG.standard_normal((6, 2, 3)).astype(np.float32)
GATE = RNG.standard_normal((6, 2, 3)).astype(np.float32)
OTHERS = [key for key in installed() if key != "pt"]


def by_hand(x: np.ndarray, gate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """h_t = tanh(h / 2 + x_t) * gate_t with h_0 = 0: the last h, and 2 h_t of every step."""
    h, ys = np.zeros_like(x[0]), []
    for now, factor in zip(x, gate, strict=True):
        h = np.tanh(h * 0.5 + now) * factor
        ys.append(2 * h)
    return h, np.stack(ys)


def program(api: Any, run: Any) -> Any:
    def recurrence(x: Any, gate: Any) -> Any:
        def step(h: Any, item: Any) -> Any:
            now, factor = item
            h = api.tanh(h * 0.5 + now) * factor
            return h, (2 * h, h + 0.0)

        return run(step, api.zeros_like(x[0]), (x, gate))

    return recurrence


@pytest.mark.parametrize("framework", ["pt", *OTHERS])
def test_scan_is_the_recurrence(framework: str) -> None:
    api = torch if framework == "pt" else torch_module(framework)
    run = scan if framework == "pt" else ring_module(framework, "layers.scan").scan
    carry, (ys, hs) = program(api, run)(api.tensor(X), api.tensor(GATE))
    expected, outputs = by_hand(X, GATE)
    np.testing.assert_allclose(np.asarray(carry.numpy()), expected, atol=1e-6)
    np.testing.assert_allclose(np.asarray(ys.numpy()), outputs, atol=1e-6)
    np.testing.assert_allclose(np.asarray(hs.numpy()), outputs / 2, atol=1e-6)
    _, plain = run(lambda h, x: (h + x, h + x), api.tensor(X[0]), api.tensor(X))  # tensors, not tuples
    np.testing.assert_allclose(np.asarray(plain.numpy()), X[0] + np.cumsum(X, 0), atol=1e-5)


@pytest.mark.parametrize("framework", ["pt", *OTHERS])
def test_scan_of_nothing(framework: str) -> None:
    api = torch if framework == "pt" else torch_module(framework)
    run = scan if framework == "pt" else ring_module(framework, "layers.scan").scan
    with pytest.raises(ValueError, match="at least one step"):
        run(lambda h, x: (h, h), api.tensor(X[0]), api.tensor(X[:0]))


def gradient_of_torch() -> np.ndarray:
    x = torch.tensor(X, requires_grad=True)
    program(torch, scan)(x, torch.tensor(GATE))[1][0].pow(2).sum().backward()
    return x.grad.numpy()


@pytest.mark.filterwarnings("ignore:.torch.jit.script_method. is deprecated:DeprecationWarning")
def test_scan_compiles_and_exports_with_any_length() -> None:
    class Recurrence(torch.nn.Module):
        def forward(self, x: Any, gate: Any) -> Any:
            return program(torch, scan)(x, gate)

    steps = torch.export.Dim("steps")
    shapes = ({0: steps}, {0: steps})
    exported = torch.export.export(
        Recurrence(), (torch.tensor(X[:4]), torch.tensor(GATE[:4])), dynamic_shapes=shapes
    )
    found = exported.module()(torch.tensor(X), torch.tensor(GATE))[1][0]
    np.testing.assert_allclose(found.numpy(), by_hand(X, GATE)[1], atol=1e-6)
    compiled = torch.compile(Recurrence(), fullgraph=True, backend="eager", dynamic=True)
    x = torch.tensor(X, requires_grad=True)
    compiled(x, torch.tensor(GATE))[1][0].pow(2).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), gradient_of_torch(), atol=1e-5)


@pytest.mark.skipif("jax" not in OTHERS, reason="needs jax")
def test_scan_differentiates_and_compiles_in_jax() -> None:
    import jax

    api = torch_module("jax")
    recurrence = program(api, ring_module("jax", "layers.scan").scan)

    def loss(x: Any) -> Any:
        return recurrence(api.Tensor._wrap(x), api.tensor(GATE))[1][0].pow(2).sum().a

    np.testing.assert_allclose(jax.jit(jax.grad(loss))(X), gradient_of_torch(), atol=1e-5)


@pytest.mark.skipif("tf" not in OTHERS, reason="needs tensorflow")
def test_scan_differentiates_with_unknown_length_in_tensorflow() -> None:
    import tensorflow as tf

    api = torch_module("tf")
    recurrence = program(api, ring_module("tf", "layers.scan").scan)

    @tf.function(input_signature=[tf.TensorSpec([None, None, 3])] * 2)
    def gradient(x: Any, gate: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            ys = recurrence(api.Tensor._wrap(x), api.Tensor._wrap(gate))[1][0]
            loss = ys.pow(2).sum().a
        return tape.gradient(loss, x)

    np.testing.assert_allclose(gradient(X, GATE), gradient_of_torch(), atol=1e-5)


def test_torch_has_no_loop_over_layers() -> None:
    assert scan_layers([], None, None, {}) is None


SIZES = {"vocab_size": 30, "hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2}


@pytest.mark.skipif("jax" not in OTHERS, reason="needs jax")
@pytest.mark.parametrize("checkpointing", [False, True])
def test_scanned_layers_are_the_layers(checkpointing: bool) -> None:
    import jax

    from transformers import FlaxBertForMaskedLM

    model = FlaxBertForMaskedLM(BertConfig(**SIZES, intermediate_size=20))
    if checkpointing:
        model.enable_gradient_checkpointing()
    ids = RNG.integers(0, 30, (2, 5))
    heads = np.array([[1, 0], [0, 1], [1, 1]])

    def results() -> Any:
        everything = model(ids, output_hidden_states=True, output_attentions=True, head_mask=heads)
        key = jax.random.key(1)

        def loss(params: Any) -> Any:
            return model.apply(params, ids, labels=ids, train=True, dropout_rng=key).loss

        return everything, jax.jit(jax.value_and_grad(loss))(model.params)

    def layer_loops() -> int:
        return str(jax.make_jaxpr(lambda p: model.apply(p, ids).logits)(model.params)).count("scan[")

    names = jax.tree.structure(model.params)
    plain = results()
    assert layer_loops() == 0
    model.enable_layer_scan()
    scanned = results()
    assert layer_loops() == 1
    assert jax.tree.structure(model.params) == names
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=2e-5), plain, scanned)
    model.enable_layer_scan(False)
    assert layer_loops() == 0


@pytest.mark.skipif("jax" not in OTHERS, reason="needs jax")
@pytest.mark.parametrize("options", [{}, {"scale_attn_by_inverse_layer_idx": True}, {"use_cache": False}])
def test_layers_that_differ_or_cache_run_one_by_one(options: dict[str, Any]) -> None:
    from transformers import FlaxGPT2Model

    sizes = {"vocab_size": 30, "n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 8}
    model = FlaxGPT2Model(GPT2Config(**sizes, **options))
    ids = RNG.integers(0, 30, (1, 4))
    plain = np.asarray(model(ids).last_hidden_state)
    model.enable_layer_scan()
    np.testing.assert_allclose(model(ids).last_hidden_state, plain, atol=1e-5)


@pytest.mark.skipif("jax" not in OTHERS, reason="needs jax")
@pytest.mark.parametrize(("windows", "loops"), [("none", 1), ("all", 1), ("some", 0)])
@pytest.mark.parametrize("masked", [False, True])
def test_arguments_of_each_layer_reach_it(windows: str, loops: int, masked: bool) -> None:
    import jax

    from transformers import FlaxQwen2ForCausalLM, Qwen2Config

    kinds = {"none": ["full_attention"] * 3, "all": ["sliding_attention"] * 3}
    kinds["some"] = ["full_attention", "sliding_attention", "sliding_attention"]
    sizes = {"vocab_size": 30, "hidden_size": 16, "intermediate_size": 24, "num_attention_heads": 2}
    config = Qwen2Config(
        **sizes,
        num_key_value_heads=1,
        num_hidden_layers=3,
        use_sliding_window=True,
        sliding_window=3,
        layer_types=kinds[windows],
    )
    model = FlaxQwen2ForCausalLM(config)
    inputs = {"input_ids": RNG.integers(3, 30, (2, 7))}
    if masked:
        inputs["attention_mask"] = np.array([[1] * 7, [1] * 4 + [0] * 3])
    plain = np.asarray(model(**inputs).logits)
    model.enable_layer_scan()
    found = str(jax.make_jaxpr(lambda p: model.apply(p, **inputs).logits)(model.params)).count("scan[")
    assert found == loops
    np.testing.assert_allclose(model(**inputs).logits, plain, atol=1e-5)
