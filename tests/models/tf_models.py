"""TensorFlow models that several test files share."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

from . import cases  # noqa: E402
from .adapters import ADAPTERS  # noqa: E402
from .test_common import head_run, ids  # noqa: E402

TF = ADAPTERS["tf"]
ONE = cases.ONE
SHALLOW = cases.shallow(ONE)
# Keras 3.15 reads its variables into NumPy 2 in a way that NumPy advises against.
keras_reads = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"
)
PAIR = [
    tf.TensorSpec([None, None], tf.int32, name="input_ids"),
    tf.TensorSpec([None, None], tf.int32, name="attention_mask"),
]


def fresh_head(name: str = ONE, **overrides: Any) -> Any:
    return TF.build(name, cases.case(name)["head"], head_run(name), **{**cases.shallow(name), **overrides})


def fresh_trunk(name: str = ONE) -> Any:
    return TF.build(name, cases.case(name)["trunk"], **cases.shallow(name))


@functools.cache
def head(name: str = ONE) -> Any:
    """The case's head; tests that share it leave it as it is."""
    return fresh_head(name)


def labelled(name: str = ONE) -> dict[str, np.ndarray]:
    return cases.inputs(name, head_run(name))


def plain(name: str = ONE) -> dict[str, np.ndarray]:
    return {key: value for key, value in labelled(name).items() if key != "labels"}


def answers() -> tuple[Any, dict[str, np.ndarray], dict[str, np.ndarray]]:
    """A model with two labels, inputs and targets."""
    run = next(r for r in cases.case(ONE)["runs"].values() if "start_positions" in r["inputs"])
    targets = {"start_positions": np.array([1, 2]), "end_positions": np.array([3, 2])}
    return TF.build(ONE, run["class"], **SHALLOW, num_labels=2), {"input_ids": ids(ONE)}, targets


def crossentropy() -> Any:
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def compiled(model: Any, **options: Any) -> Any:
    model.compile(**{"optimizer": keras.optimizers.Adam(3e-3), "jit_compile": False, **options})
    return model
