"""Seeds."""

from __future__ import annotations

import random
import subprocess
import sys

import numpy as np
import pytest

from transformers import enable_full_determinism, set_seed


def test_set_seed_repeats_python_and_numpy() -> None:
    set_seed(7)
    first = random.random(), np.random.rand()
    set_seed(7)
    assert (random.random(), np.random.rand()) == first
    set_seed(8)
    assert (random.random(), np.random.rand()) != first


def test_set_seed_repeats_torch() -> None:
    torch = pytest.importorskip("torch")
    set_seed(7)
    first = torch.rand(3)
    set_seed(7)
    assert torch.equal(torch.rand(3), first)


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_set_seed_refuses_what_no_generator_takes(seed: int) -> None:
    with pytest.raises(ValueError, match=f"got {seed}"):
        set_seed(seed)


def test_set_seed_imports_no_framework() -> None:
    code = "import sys, transformers; transformers.set_seed(1)\nprint({'torch', 'jax'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_enable_full_determinism_sets_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.setenv("CUDA_LAUNCH_BLOCKING", "0")
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", "")
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", True)
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", False)
    try:
        enable_full_determinism(3, warn_only=True)
        assert torch.are_deterministic_algorithms_enabled()
        assert torch.is_deterministic_algorithms_warn_only_enabled()
        assert torch.backends.cudnn.deterministic and not torch.backends.cudnn.benchmark
    finally:
        torch.use_deterministic_algorithms(False)
