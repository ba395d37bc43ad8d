"""What every architecture must do over NumPy beside the common suite."""

from __future__ import annotations

import functools
import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from . import cases
from .adapters import ADAPTERS
from .test_common import close, collecting, each, each_attending, head_run, ids, state

NP = ADAPTERS["np"]
ONE = cases.ONE


@functools.cache
def head(name: str = ONE) -> Any:
    """The case's head; tests that share it leave it as it is."""
    return NP.build(name, cases.case(name)["head"], head_run(name))


def labelled(name: str = ONE) -> dict[str, np.ndarray]:
    return cases.inputs(name, head_run(name))


def plain(name: str = ONE) -> dict[str, np.ndarray]:
    return {key: value for key, value in labelled(name).items() if key != "labels"}


def narrow(array: np.ndarray) -> np.ndarray:
    """Integers in the narrower type, as TensorFlow and JAX have them."""
    return array.astype(np.int32) if array.dtype == np.int64 else array


@each
def test_arrays_and_lists_are_inputs(name: str) -> None:
    model, inputs = head(name), plain(name)
    expected = model(**inputs).logits
    assert type(expected) is np.ndarray
    assert expected.dtype == np.float32
    names = cases.golden(name)["runs"][head_run(name)]["forward"]
    ordered = [inputs.get(key) for key in names]
    for convert in (lambda x: x.tolist(), narrow, list):
        close(model(**{key: convert(value) for key, value in inputs.items()}).logits, expected, 1e-6)
        close(model(*(None if x is None else convert(x) for x in ordered)).logits, expected, 1e-6)
    output = model(**labelled(name), **collecting(name))
    parts = [state(output, flag.removeprefix("output_")) for flag in collecting(name)]
    for value in (output.loss, *(array for part in parts for array in part)):
        assert isinstance(value, np.ndarray | np.floating)
        assert value.dtype == np.float32


def test_inputs_are_left_as_they_are() -> None:
    inputs = labelled()
    before = {key: value.copy() for key, value in inputs.items()}
    head()(**inputs)
    for key, value in before.items():
        np.testing.assert_array_equal(inputs[key], value)


def test_bad_inputs_say_what_is_wrong() -> None:
    model = head()
    with pytest.raises(TypeError, match="run a tokenizer"):
        model("hello")
    with pytest.raises(TypeError, match="twice"):
        model(ids(ONE), input_ids=ids(ONE))
    with pytest.raises(TypeError, match="base class"):
        type(model).__mro__[1](model.config)
    with pytest.raises(TypeError, match="from_pretrained"):
        type(model)("some/name")
    with pytest.raises(ValueError, match="flash_misspelt"):
        type(model)._from_config(model.config, attn_implementation="flash_misspelt")
    with pytest.raises(OSError, match="nobody/nothing"):
        type(model).from_pretrained("nobody/nothing", local_files_only=True)


@each_attending
def test_attention_kernels_agree(name: str) -> None:
    model = head(name)
    eager = type(model)._from_config(model.config, attn_implementation="eager")
    NP.assign(eager, NP.weights(model))
    close(eager(**plain(name)).logits, model(**plain(name)).logits)


def float_dtypes(model: Any) -> set[np.dtype[Any]]:
    """The dtypes of the weights, but for a count of batches."""
    return {value.dtype for value in model.state_dict().values() if value.dtype.kind == "f"}


@each
def test_half_files_are_computed_in_single_precision(name: str, tmp_path: Path) -> None:
    model = head(name)
    half = type(model)(model.config)
    weights = {key: value for key, value in NP.weights(model).items() if value.dtype.kind == "f"}
    NP.assign(half, {key: value.astype(np.float16) for key, value in weights.items()})
    half.save_pretrained(tmp_path)
    assert float_dtypes(half) == {np.dtype(np.float16)}
    loaded = type(model).from_pretrained(tmp_path)
    assert float_dtypes(loaded) == {np.dtype(np.float32)}
    output = loaded(**plain(name)).logits
    assert output.dtype == np.float32
    assert np.abs(output - model(**plain(name)).logits).max() < 0.02
    kept = type(model).from_pretrained(tmp_path, dtype="auto")
    for key, value in kept.state_dict().items():
        if value.dtype.kind == "f":
            assert value.dtype == ("float32" if kept.network.keeps_float32(key, "float16") else "float16"), (
                key
            )
    assert kept(**plain(name)).logits.dtype == np.float16
    wide = type(model).from_pretrained(tmp_path, dtype="float64")
    assert wide(**plain(name)).logits.dtype == np.float64


@each
def test_classes_stand_where_they_are_published(name: str) -> None:
    import transformers

    case = cases.case(name)
    room = case["module"].split(".")[1]
    module = __import__(f"transformers.models.{room}.modeling_np_{room}", fromlist=["*"])
    for class_name in {run["class"] for run in case["runs"].values()}:
        cls = getattr(transformers, f"Np{class_name}")
        assert cls is getattr(module, f"Np{class_name}")
        assert issubclass(cls, transformers.NpPreTrainedModel)
        assert cls.config_class.__name__ == case["config_class"]
        assert inspect.getdoc(cls)


def test_fresh_models_follow_seed_and_dtype() -> None:
    make = functools.partial(type(head()), head().config)
    one, again, other = make(seed=1), make(seed=1), make(seed=2)
    key = "classifier.weight"
    np.testing.assert_array_equal(one.state_dict()[key], again.state_dict()[key])
    assert not np.array_equal(one.state_dict()[key], other.state_dict()[key])
    assert make(dtype="float16")(**plain()).logits.dtype == np.float16
    assert type(head())._from_config(head().config, dtype=np.float64)(**plain()).logits.dtype == np.float64


def test_facts_about_the_model() -> None:
    model = head()
    total = sum(value.size for value in model.state_dict().values())
    assert model.num_parameters() == total
    assert model.get_memory_footprint(return_buffers=False) == 4 * total
    assert (model.framework, model.main_input_name) == ("np", "input_ids")
    assert repr(model).startswith(f"{type(model).__name__}(\n")
    assert not model.can_generate()


def test_auto_classes_choose_the_model(tmp_path: Path) -> None:
    from transformers import NpAutoModel, NpAutoModelForSequenceClassification

    model = head()
    assert type(NpAutoModelForSequenceClassification.from_config(model.config)) is type(model)
    model.save_pretrained(tmp_path)
    loaded, info = NpAutoModelForSequenceClassification.from_pretrained(tmp_path, output_loading_info=True)
    assert not any(info.values())
    close(loaded(**plain()).logits, model(**plain()).logits, 0)
    assert type(NpAutoModel.from_pretrained(tmp_path)).__name__ == f"Np{cases.case(ONE)['trunk']}"


def test_no_framework_is_imported(tmp_path: Path) -> None:
    head().save_pretrained(tmp_path)
    program = (
        "import sys\n"
        "from transformers import NpAutoModelForSequenceClassification as Auto\n"
        f"print(Auto.from_pretrained({str(tmp_path)!r})([[1, 2, 3]]).logits.shape)\n"
        "print([p for p in ('torch', 'jax', 'tensorflow', 'keras', 'flax') if p in sys.modules])\n"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(root / "src")},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["(1, 3)", "[]"]
