"""Enumerations and helpers."""

from __future__ import annotations

import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from transformers.utils import environment, generic, tensors


def test_explicit_enum_names_what_is_allowed() -> None:
    assert generic.PaddingStrategy("longest") is generic.PaddingStrategy.LONGEST
    with pytest.raises(
        ValueError, match=r"'longst' is not a valid PaddingStrategy.*\['longest', 'max_length'.*Did you"
    ):
        generic.PaddingStrategy("longst")


def test_tensor_type_has_four_frameworks() -> None:
    assert [member.value for member in generic.TensorType] == ["pt", "tf", "np", "jax"]


@pytest.mark.parametrize(
    ("text", "value"), [("yes", 1), ("T", 1), ("on", 1), ("0", 0), ("False", 0), ("n", 0)]
)
def test_strtobool_reads_truth(text: str, value: int) -> None:
    assert generic.strtobool(text) == value


def test_strtobool_refuses_the_rest() -> None:
    with pytest.raises(ValueError, match="invalid truth value 'maybe'"):
        generic.strtobool("maybe")


def test_flatten_dict_joins_keys() -> None:
    assert generic.flatten_dict({"a": {"b": 1, "c": {"d": 2}}, "e": 3}) == {"a.b": 1, "a.c.d": 2, "e": 3}


def test_context_managers_enter_and_leave_in_order() -> None:
    seen: list[str] = []

    class Manager:
        def __init__(self, name: str) -> None:
            self.name = name

        def __enter__(self) -> None:
            seen.append(f"+{self.name}")

        def __exit__(self, *error: object) -> None:
            seen.append(f"-{self.name}")

    with generic.ContextManagers([Manager("a"), Manager("b")]):
        pass
    assert seen == ["+a", "+b", "-b", "-a"]


def test_copy_func_is_another_function() -> None:
    def original(x: int, *, y: int = 3) -> int:
        """Doc."""
        return x + y

    twin = generic.copy_func(original)
    twin.__doc__ = "Other."
    assert (twin(1), original.__doc__) == (4, "Doc.")


def test_working_or_temp_dir_deletes_its_own(tmp_path: Path) -> None:
    with generic.working_or_temp_dir(tmp_path) as kept:
        assert kept == tmp_path
    with generic.working_or_temp_dir(tmp_path, use_temp_dir=True) as gone:
        assert Path(gone).is_dir()
    assert not Path(gone).exists() and tmp_path.exists()


class Torch:
    def forward(self, input_ids: int, labels: int = 0, next_sentence_label: int = 0) -> None: ...


class Keras:
    def call(self, input_ids: int, start_positions: int = 0, return_loss: bool = True) -> None: ...


class KerasForQuestionAnswering(Keras):
    pass


@pytest.mark.parametrize(
    ("model", "labels", "loss"),
    [
        (Torch, ["labels", "next_sentence_label"], False),
        (Keras, [], True),
        (KerasForQuestionAnswering, ["start_positions"], True),
    ],
)
def test_find_labels_and_can_return_loss(model: type, labels: list[str], loss: bool) -> None:
    assert (generic.find_labels(model), generic.can_return_loss(model)) == (labels, loss)


def test_find_labels_needs_a_model() -> None:
    with pytest.raises(TypeError, match="SimpleThing has none of forward, call and __call__"):
        generic.find_labels(type("SimpleThing", (), {}))


def test_filter_out_non_signature_kwargs_warns() -> None:
    @generic.filter_out_non_signature_kwargs(extra=["silent"])
    def function(x: int, **kwargs: int) -> int:
        return x

    with pytest.warns(UserWarning, match="takes no other; ignored"):
        assert function(x=1, other=2) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert function(x=1, silent=2) == 1


def test_docstring_decorators_add_text() -> None:
    @generic.add_start_docstrings("A", "B")
    @generic.add_end_docstrings("Z")
    def function() -> None:
        """M"""

    assert function.__doc__ == "ABMZ"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"HF_HOME": "/h"}, "/h/hub"),
        ({"HF_HOME": "/h", "HF_HUB_CACHE": "/c"}, "/c"),
        ({"HF_HUB_CACHE": "/c", "TRANSFORMERS_CACHE": "/t"}, "/t"),
        ({"XDG_CACHE_HOME": "/x"}, "/x/huggingface/hub"),
    ],
)
def test_hub_cache_follows_the_environment(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: str
) -> None:
    for name in ("HF_HOME", "HF_HUB_CACHE", "TRANSFORMERS_CACHE", "XDG_CACHE_HOME", "HUGGINGFACE_HUB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert environment.hub_cache() == expected


@pytest.mark.parametrize(
    ("name", "value", "offline"),
    [("HF_HUB_OFFLINE", "1", True), ("TRANSFORMERS_OFFLINE", "yes", True), ("HF_HUB_OFFLINE", "0", False)],
)
def test_offline_mode_follows_the_environment(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, offline: bool
) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.delenv("TRANSFORMERS_OFFLINE", raising=False)
    monkeypatch.setenv(name, value)
    assert environment.is_offline_mode() is offline


def arrays() -> list[object]:
    """The numbers 0 to 5 in two rows, in every framework there is."""
    values = np.arange(6.0, dtype=np.float32).reshape(2, 3)
    found: list[object] = [values]
    try:
        import torch

        found.append(torch.from_numpy(values))
    except ImportError:
        pass
    try:
        import jax.numpy as jnp

        found.append(jnp.asarray(values))
    except ImportError:
        pass
    try:
        import tensorflow as tf

        found.append(tf.constant(values))
    except ImportError:
        pass
    return found


@pytest.mark.parametrize("array", arrays(), ids=lambda array: type(array).__module__.partition(".")[0])
def test_tensor_helpers_agree_with_numpy(array: object) -> None:
    expected = np.array([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]])
    assert tensors.is_tensor(array)
    assert tensors.tensor_size(array) == 6
    assert tensors.to_py_obj({"x": [array, 1, None]}) == {"x": [expected.tolist(), 1, None]}
    for result, shape in (
        (tensors.reshape(array, (3, 2)), (3, 2)),
        (tensors.transpose(array), (3, 2)),
        (tensors.transpose(array, (1, 0)), (3, 2)),
        (tensors.expand_dims(array, 1), (2, 1, 3)),
        (tensors.squeeze(tensors.expand_dims(array, 1), 1), (2, 3)),
        (tensors.squeeze(tensors.expand_dims(array, 1)), (2, 3)),
    ):
        assert tuple(result.shape) == shape
        assert type(result).__module__.partition(".")[0] == type(array).__module__.partition(".")[0]
    assert np.array_equal(tensors.to_numpy(tensors.transpose(array)), expected.T)


@pytest.mark.parametrize("name", ["reshape", "transpose", "squeeze", "expand_dims", "tensor_size"])
def test_tensor_helpers_refuse_other_things(name: str) -> None:
    arguments = {"reshape": ([1], (1,)), "expand_dims": ([1], 0)}.get(name, ([1],))
    with pytest.raises(
        ValueError, match=f"{name} takes an array of torch, TensorFlow, JAX or NumPy, not list"
    ):
        getattr(tensors, name)(*arguments)


def test_is_torch_dtype_takes_names_and_objects() -> None:
    torch = pytest.importorskip("torch")
    assert tensors.is_torch_dtype("float16") and tensors.is_torch_dtype(torch.float16)
    assert not tensors.is_torch_dtype("float17") and not tensors.is_torch_dtype(3)
    assert tensors.is_torch_device(torch.device("cpu"))
    assert tensors.to_numpy(torch.ones(2, dtype=torch.bfloat16)).tolist() == [1.0, 1.0]


def test_infer_framework_reads_the_bases() -> None:
    for name, framework in (
        ("PreTrainedModel", "pt"),
        ("TFPreTrainedModel", "tf"),
        ("FlaxPreTrainedModel", "flax"),
    ):
        base = type(name, (), {})
        assert tensors.infer_framework(type("Model", (base,), {})) == framework
    with pytest.raises(TypeError, match="SimpleNamespace is not a model class"):
        tensors.infer_framework(SimpleNamespace)
