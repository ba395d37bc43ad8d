"""Running the conformance table: real PyTorch for what is expected, each framework for what comes out."""

from __future__ import annotations

import functools
import importlib
import warnings
from typing import Any

import numpy as np
import torch

from . import cases_convolution as cases_convolution
from . import cases_creation as cases_creation
from . import cases_diagonals as cases_diagonals
from . import cases_distributions as cases_distributions
from . import cases_edges as cases_edges
from . import cases_fft as cases_fft
from . import cases_images as cases_images
from . import cases_layers as cases_layers
from . import cases_losses as cases_losses
from . import cases_nn as cases_nn
from . import cases_norms as cases_norms
from . import cases_order as cases_order
from . import cases_placing as cases_placing
from . import cases_pointwise as cases_pointwise
from . import cases_recurrent as cases_recurrent
from . import cases_resizing as cases_resizing
from . import cases_shapes as cases_shapes
from .cases import TABLE, Case

FRAMEWORKS = ("np", "jax", "tf")
OPERATIONS = sorted(TABLE)
_NARROW = {"int64": "int32", "float64": "float32", "complex128": "complex64"}


def seed_of(name: str, index: int) -> int:
    """The seed of a case."""
    return sum(map(ord, name)) * 100 + index


def flat(result: Any) -> list[Any]:
    """The tensors of a result, in order."""
    if isinstance(result, (tuple, list)):
        return [tensor for part in result for tensor in flat(part)]
    return [] if isinstance(result, bool) else [result]


def _as_torch(values: np.ndarray[Any, Any], dtype: str) -> torch.Tensor:
    return torch.from_numpy(np.array(values)).to(getattr(torch, dtype))


def weights(outputs: list[Any]) -> list[np.ndarray[Any, Any]]:
    """What multiplies each output before the sum that is differentiated."""
    return [
        np.random.default_rng(7 + k).uniform(0.5, 1.5, tuple(map(int, out.shape))).astype(np.float32)
        for k, out in enumerate(outputs)
    ]


class Expected:
    """What PyTorch computes: arrays, dtype names, gradients of the floating inputs."""

    def __init__(self, name: str, index: int) -> None:
        case = TABLE[name][index]
        self.case = case
        self.arrays = case.inputs(seed_of(name, index))
        inputs = [_as_torch(a, g.dtype) for a, g in zip(self.arrays, case.given, strict=True)]
        self.floating = (
            [k for k, x in enumerate(inputs) if x.is_floating_point() and not case.given[k].fixed]
            if case.grad
            else []
        )
        for k in self.floating:
            inputs[k].requires_grad_()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch's notes about its own future
            outputs = flat(case.run(torch, *inputs))
        self.dtypes = [str(out.dtype).removeprefix("torch.") for out in outputs]
        self.values = [
            out.detach().double().numpy() if out.is_floating_point() else out.numpy() for out in outputs
        ]
        self.weights = weights(outputs)
        self.differentiable = [
            k for k, out in enumerate(outputs) if out.is_floating_point() and out.requires_grad
        ]
        self.gradients: list[np.ndarray[Any, Any]] = []
        if self.floating and self.differentiable:
            total = sum(
                (outputs[k].float() * torch.from_numpy(self.weights[k])).sum() for k in self.differentiable
            )
            found = torch.autograd.grad(total, [inputs[k] for k in self.floating], allow_unused=True)
            self.gradients = [
                np.zeros(self.arrays[k].shape) if g is None else g.double().numpy()
                for k, g in zip(self.floating, found, strict=True)
            ]


expected = functools.lru_cache(None)(Expected)


@functools.cache
def namespace(framework: str) -> Any:
    """The layer's torch over a framework."""
    return importlib.import_module(f"transformers.frameworks.{framework}.torch")


@functools.cache
def backend(framework: str) -> Any:
    """The primitives of a framework."""
    return importlib.import_module(f"transformers.frameworks.{framework}.backend")


def raw_inputs(framework: str, want: Expected) -> list[Any]:
    """The inputs as arrays of the framework."""
    b = backend(framework)
    return [b.asarray(a, b.canonical(g.dtype)) for a, g in zip(want.arrays, want.case.given, strict=True)]


def run(framework: str, case: Case, raws: list[Any]) -> list[Any]:
    """The outputs as boxes of the layer."""
    t = namespace(framework)
    return flat(case.run(t, *(t.Tensor._wrap(raw) for raw in raws)))


def total_of(framework: str, want: Expected, outputs: list[Any]) -> Any:
    """The weighted sum that is differentiated, raw."""
    t = namespace(framework)
    parts = [(outputs[k].float() * t.from_numpy(want.weights[k])).sum() for k in want.differentiable]
    return sum(parts[1:], parts[0]).a


def _close(got: np.ndarray[Any, Any], want: np.ndarray[Any, Any], tolerance: float) -> bool:
    wide = np.complex128 if np.iscomplexobj(want) else np.float64
    return np.allclose(got.astype(wide), want.astype(wide), rtol=tolerance, atol=tolerance, equal_nan=True)


def compare(framework: str, want: Expected, outputs: list[Any], label: str) -> list[str]:
    """What differs from PyTorch: number, dtypes, sizes and values of the outputs."""
    if len(outputs) != len(want.values):
        return [f"{label}: {len(outputs)} outputs, not {len(want.values)}"]
    faults = []
    b = backend(framework)
    for k, (out, value, dtype) in enumerate(zip(outputs, want.values, want.dtypes, strict=True)):
        got = b.to_numpy(out.a if hasattr(out, "a") else out)
        wide = _NARROW.get(dtype, dtype) if framework == "jax" else dtype
        if got.dtype.name != wide:
            faults.append(f"{label} output {k}: dtype {got.dtype.name}, not {wide}")
        if got.shape != value.shape:
            faults.append(f"{label} output {k}: sizes {got.shape}, not {value.shape}")
        elif not _close(got, value, want.case.tolerance):
            worst = np.nanmax(np.abs(got.astype(np.complex128) - value.astype(np.complex128)))
            faults.append(f"{label} output {k}: differs by {worst:.2e}")
    return faults


def compare_gradients(framework: str, want: Expected, gradients: list[Any], label: str) -> list[str]:
    """Which gradients differ from PyTorch's."""
    faults = []
    for k, got, value in zip(want.floating if want.gradients else (), gradients, want.gradients, strict=True):
        array = np.asarray(backend(framework).to_numpy(got))
        if not _close(array, value, want.case.tolerance * 5):
            worst = np.abs(array.astype(np.float64) - value).max()
            faults.append(f"{label}: gradient of input {k} differs by {worst:.2e}")
    return faults
