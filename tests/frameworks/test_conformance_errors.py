"""What the layer refuses, and what it says then; what depends on the framework's own types."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from .harness import FRAMEWORKS, namespace


@pytest.fixture(params=FRAMEWORKS)
def t(request: pytest.FixtureRequest) -> Any:
    return namespace(request.param)


REFUSED: dict[str, tuple[Callable[[Any], Any], type[Exception], str]] = {
    "unknown function": (
        lambda t: t.foo,
        AttributeError,
        r"torch\.foo is not part of the torch-API layer \((np|jax|tf)\)",
    ),
    "unknown layer": (lambda t: t.nn.Transformer, AttributeError, r"torch\.nn\.Transformer is not part"),
    "unknown functional": (
        lambda t: t.nn.functional.rrelu,
        AttributeError,
        r"functional\.rrelu is not part",
    ),
    "unknown method": (lambda t: t.ones(1).sspaddmm, AttributeError, r"Tensor\.sspaddmm is not part"),
    "in place": (lambda t: t.ones(1).add_(1), AttributeError, r"writes in place.*write x = x\.add\(\.\.\.\)"),
    "in-place operator": (lambda t: exec("x = t.ones(2)\nx += 1", {"t": t}), TypeError, r"write x = x \+ y"),
    "data": (lambda t: t.ones(1).data, AttributeError, "use nn.init"),
    "inplace activation": (lambda t: t.nn.ReLU(inplace=True)(t.ones(1)), ValueError, r"write x = relu\(x\)"),
    "constructor": (lambda t: t.Tensor([1.0]), TypeError, r"write torch\.tensor"),
    "mean of integers": (lambda t: t.arange(3).mean(), RuntimeError, r"write x\.float\(\)\.mean"),
    "bool minus bool": (lambda t: t.ones(1).bool() - t.ones(1).bool(), RuntimeError, "logical_xor"),
    "minus bool": (lambda t: -t.ones(1).bool(), RuntimeError, "use ~x"),
    "dim outside": (
        lambda t: t.ones(2, 3).sum(2),
        IndexError,
        "dim 2 is outside a tensor with 2 axes: allowed are -2 to 1",
    ),
    "dim twice": (lambda t: t.ones(2, 3).sum((0, -2)), ValueError, "names an axis twice"),
    "too many indices": (lambda t: t.ones(2)[0, 0], IndexError, "2 for a tensor with 1 axes"),
    "index of floats": (
        lambda t: t.ones(2, 2).gather(0, t.ones(2, 2)),
        IndexError,
        "must be an integer tensor",
    ),
    "mask of integers": (
        lambda t: t.ones(2).masked_fill(t.arange(2), 0.0),
        RuntimeError,
        "needs a bool mask",
    ),
    "mixed matmul": (lambda t: t.ones(2, 2) @ t.ones(2, 2).half(), RuntimeError, "convert one of them"),
    "mixed linear": (lambda t: t.nn.Linear(2, 2)(t.ones(1, 2).half()), RuntimeError, "convert one of them"),
    "bmm of matrices": (lambda t: t.ones(2, 2).bmm(t.ones(2, 2)), RuntimeError, "use matmul"),
    "t of three axes": (lambda t: t.ones(1, 1, 1).t(), ValueError, "transpose"),
    "view as dtype": (lambda t: t.ones(1).view(t.int32), TypeError, "reinterprets bits"),
    "expand to fewer": (lambda t: t.ones(2, 2).expand(2), ValueError, "has 2 axes"),
    "repeat too few": (lambda t: t.ones(2, 2).repeat(2), ValueError, "at least 2 counts"),
    "permute too few": (lambda t: t.ones(2, 2).permute(0), ValueError, "all 2 axes"),
    "flatten backwards": (lambda t: t.ones(2, 2).flatten(1, 0), ValueError, "comes after"),
    "cat of nothing": (lambda t: t.cat([]), ValueError, "at least one tensor"),
    "split sections": (lambda t: t.ones(3).split([1, 1]), RuntimeError, "must add up to the size 3"),
    "clamp of nothing": (lambda t: t.ones(1).clamp(), ValueError, "min, max or both"),
    "rounding mode": (lambda t: t.div(t.ones(1), 2, rounding_mode="up"), ValueError, "'floor' or 'trunc'"),
    "finfo of integers": (lambda t: t.finfo(t.int32), TypeError, "floating dtype"),
    "iinfo of floats": (lambda t: t.iinfo(t.float32), TypeError, "integer dtype"),
    "type of string": (lambda t: t.ones(1).type("x"), TypeError, "needs a dtype"),
    "ragged": (lambda t: t.tensor([[1], [1, 2]]), TypeError, "equal lengths"),
    "meshgrid": (lambda t: t.meshgrid(t.ones(1), indexing="ii"), ValueError, "'ij' or 'xy'"),
    "scatter_reduce": (
        lambda t: t.ones(1).scatter_reduce(0, t.arange(1), t.ones(1), "median"),
        ValueError,
        "sum, prod, mean, amax or amin",
    ),
    "layer_norm": (lambda t: t.nn.LayerNorm(3)(t.ones(2)), ValueError, "the last sizes must agree"),
    "group_norm": (lambda t: t.nn.GroupNorm(2, 3), ValueError, "multiple of num_groups"),
    "batch_norm axes": (lambda t: t.nn.BatchNorm2d(3)(t.ones(2, 3)), ValueError, "needs 4 axes"),
    "batch_norm single": (
        lambda t: t.nn.BatchNorm1d(3)(t.ones(1, 3)),
        ValueError,
        "more than one value per channel",
    ),
    "conv channels": (
        lambda t: t.nn.Conv1d(2, 2, 1)(t.ones(1, 3, 4)),
        ValueError,
        "has 3 channels, the weight expects 2",
    ),
    "conv groups": (lambda t: t.nn.Conv1d(3, 2, 1, groups=2), ValueError, r"multiples of groups \(2\)"),
    "conv axes": (lambda t: t.nn.Conv2d(1, 1, 1)(t.ones(1, 1)), ValueError, "3 or 4 axes"),
    "pool padding": (lambda t: t.nn.MaxPool1d(2, padding=2)(t.ones(1, 1, 4)), ValueError, "at most half"),
    "pad mode": (
        lambda t: t.nn.functional.pad(t.ones(2), (1, 1), mode="mirror"),
        ValueError,
        "constant, reflect, replicate, circular",
    ),
    "interpolate mode": (
        lambda t: t.nn.functional.interpolate(t.ones(1, 1, 2), size=2, mode="bilinear"),
        ValueError,
        "does not fit",
    ),
    "interpolate size": (
        lambda t: t.nn.functional.interpolate(t.ones(1, 1, 2)),
        ValueError,
        "size or scale_factor",
    ),
    "reduction": (
        lambda t: t.nn.functional.mse_loss(t.ones(1), t.ones(1), reduction="max"),
        ValueError,
        "'mean', 'sum' or 'none'",
    ),
    "causal and mask": (
        lambda t: t.nn.functional.scaled_dot_product_attention(
            *[t.ones(1, 1, 2, 2)] * 3, attn_mask=t.ones(2, 2), is_causal=True
        ),
        ValueError,
        "not both",
    ),
    "dropout probability": (lambda t: t.nn.Dropout(1.5), ValueError, "between 0 and 1"),
    "layer setting": (lambda t: t.nn.GELU(approximation="tanh"), TypeError, "settings: approximate"),
    "missing setting": (lambda t: t.nn.MaxPool2d(), TypeError, "needs kernel_size"),
    "loss setting": (lambda t: t.nn.MSELoss(weight=1), TypeError, "no setting 'weight'"),
    "padding_idx": (lambda t: t.nn.Embedding(3, 2, padding_idx=3), ValueError, "outside the 3 embeddings"),
    "fan of a vector": (
        lambda t: t.nn.init.xavier_uniform_(t.nn.Parameter(t.ones(3))),
        ValueError,
        "at least two axes",
    ),
    "gain": (lambda t: t.nn.init.calculate_gain("gelu"), ValueError, "must be one of"),
    "train mode": (lambda t: t.nn.Identity().train("yes"), ValueError, "True or False"),
    "integer module": (lambda t: t.nn.Linear(1, 1).to(t.int32), TypeError, "floating dtypes only"),
    "no forward": (lambda t: t.nn.Module()(), NotImplementedError, "does not define forward"),
    "missing child": (
        lambda t: t.nn.Sequential(t.nn.ReLU()).get_submodule("0.x"),
        AttributeError,
        "no child module 'x'",
    ),
    "len of 0-d": (lambda t: len(t.tensor(1)), TypeError, "0-d"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusal_says_what_to_do(t: Any, name: str) -> None:
    attempt, error, text = REFUSED[name]
    with pytest.raises(error, match=text):
        attempt(t)


def test_long_is_what_arrays_really_hold(t: Any) -> None:
    assert t.arange(3).dtype is t.long is t.int64
    assert t.tensor([1]).long().dtype == t.long
    assert t.iinfo(t.long).max == (2**31 - 1 if t.__name__.split(".")[-2] == "jax" else 2**63 - 1)


def test_jax_long_follows_the_setting() -> None:
    import jax

    t = namespace("jax")
    assert t.long is t.int32 and t.float64 is t.float32
    with jax.enable_x64(True):
        assert t.long is not t.int32 and t.arange(3).dtype is t.long
        assert t.tensor([1.0], dtype=t.float64).dtype is t.float64


def test_dtypes_and_devices_pickle(t: Any) -> None:
    assert pickle.loads(pickle.dumps(t.bfloat16)) is t.bfloat16
    assert pickle.loads(pickle.dumps(t.device("cuda:1"))) == t.device("cuda", 1) == "cuda:1"
    assert repr(t.device("cpu")) == "device(type='cpu')"


def test_tensors_pickle_and_copy(t: Any) -> None:
    import copy

    x = t.tensor([[1.5, 2.0]], dtype=t.bfloat16)
    for twin in (pickle.loads(pickle.dumps(x)), copy.deepcopy(x)):
        assert twin.dtype is t.bfloat16 and twin.tolist() == [[1.5, 2.0]]


def test_host_conversions(t: Any) -> None:
    x = t.tensor([[1, 2], [3, 4]])
    assert x.tolist() == [[1, 2], [3, 4]] and x[0, 1].item() == 2 and len(x) == 2 and 4 in x
    assert [row.tolist() for row in x] == [[1, 2], [3, 4]]
    assert int(x[1, 0]) == 3 and float(x[1, 1]) == 4.0 and bool(x[0, 0]) and list(range(x[0, 1])) == [0, 1]
    assert np.asarray(x).sum() == 10 and f"{x[0, 0]:03d}" == "001"
    assert repr(t.tensor([1.0, 2.0])) == "tensor([1., 2.])"


def test_numpy_numbers_are_numbers(t: Any) -> None:
    assert (t.ones(2, dtype=t.float16) * np.float32(2)).dtype is t.float16
    assert (np.float64(2) * t.ones(2)).tolist() == [2.0, 2.0]
    assert (np.int64(2) + t.ones(2, dtype=t.int32)).dtype is t.int32


def test_size_is_a_tuple_with_numel(t: Any) -> None:
    x = t.ones(2, 3, 4)
    assert x.shape == (2, 3, 4) and x.size() == x.shape and x.shape.numel() == x.numel() == 24
    assert isinstance(x.shape[1:], t.Size) and isinstance(x.shape[:1] + x.shape[1:], t.Size)
    assert repr(x.shape) == "torch.Size([2, 3, 4])"


def test_random_tensors_repeat_after_seeding(t: Any) -> None:
    def draw() -> list[Any]:
        t.manual_seed(5)
        return [
            t.rand(3).tolist(),
            t.randn(2, 2).tolist(),
            t.randint(0, 9, (4,)).tolist(),
            t.randperm(5).tolist(),
        ]

    assert draw() == draw()
    assert sorted(t.randperm(6).tolist()) == list(range(6))
    share = t.bernoulli(t.full((1000,), 0.3)).mean().item()
    assert abs(share - 0.3) < 0.06 and t.rand_like(t.ones(2)).dtype is t.float32


def test_no_grad_is_a_context_and_a_decorator(t: Any) -> None:
    @t.no_grad()
    def inside() -> bool:
        with t.enable_grad():
            assert t.is_grad_enabled()
        return t.is_grad_enabled()

    assert t.is_grad_enabled() and not inside() and t.is_grad_enabled()


def test_compiler_questions_answer_no(t: Any) -> None:
    assert (
        not t.compiler.is_compiling()
        and not t.jit.is_tracing()
        and t.is_tensor(t.ones(1))
        and not t.is_tensor(1)
    )


@pytest.mark.parametrize("framework", ["jax", "tf"])
def test_branching_on_a_traced_value_is_refused(framework: str) -> None:
    t = namespace(framework)

    def branch(x: Any) -> Any:
        return x if t.Tensor._wrap(x).sum() > 0 else -x

    with pytest.raises(TypeError, match=r"branch on the configuration, or use torch\.where"):
        if framework == "jax":
            import jax

            jax.jit(branch)(np.ones(2, np.float32))
        else:
            import tensorflow as tf

            tf.function(branch, autograph=False)(tf.ones(2))
