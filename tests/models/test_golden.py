"""Every recorded run of every architecture gives the published numbers in every framework."""

from __future__ import annotations

import inspect
import json
import re
from typing import Any

import numpy as np
import pytest

from . import cases
from .adapters import ADAPTERS, installed
from .test_common import light, sparingly

FRAMEWORKS = installed()
TRAINABLE = [key for key in FRAMEWORKS if key != "np"]


def every_run() -> list[Any]:
    """(framework, architecture, run); in JAX and TensorFlow a class's later runs are for the whole matrix."""
    found, seen = [], set()
    for framework in FRAMEWORKS:
        for name, run in cases.runs():
            key = framework, name, cases.case(name)["runs"][run]["class"]
            again = framework in ("jax", "tf") and key in seen
            found.append(pytest.param(framework, name, run, marks=pytest.mark.full if again else ()))
            seen.add(key)
    return found


@pytest.mark.parametrize(("framework", "name", "run"), every_run())
def test_run_gives_the_recorded_numbers(framework: str, name: str, run: str) -> None:
    adapter, case = ADAPTERS[framework], cases.case(name)["runs"][run]
    expected = cases.golden(name)["runs"][run]
    model = adapter.build(name, case["class"], run)
    flags = dict(case.get("flags", {}))
    if framework == "jax" and "past_key_values" in expected["keys"]:  # Flax keeps a cache only if asked to
        flags["use_cache"] = True
    output = adapter.run(model, cases.inputs(name, run), **flags)
    assert list(output.keys()) == expected["keys"]
    for key, value in expected["outputs"].items():
        if value is not None:
            cases.compare(output[key], value, cases.mask(name, run), f"{name} {run} {key}")


@pytest.mark.parametrize(("name", "run"), cases.runs())
def test_parameters_are_the_published_ones(name: str, run: str) -> None:
    adapter, case = ADAPTERS["pt"], cases.case(name)["runs"][run]
    expected = cases.golden(name)["runs"][run]
    model_class = adapter.model_class(name, case["class"])
    model = model_class(adapter.config(name, run))
    found = {
        key: [list(t.shape), str(t.dtype).removeprefix("torch.")] for key, t in model.state_dict().items()
    }
    assert found == expected["state"]
    assert list(found) == list(expected["state"])
    signature = inspect.signature(model.forward).parameters.values()
    assert [p.name for p in signature if p.kind is not p.VAR_KEYWORD] == expected["forward"]
    assert model_class.main_input_name == expected["main_input_name"]
    assert expected["no_split"] in (None, model_class._no_split_modules)
    ties = model_class._tied_weights_keys or []
    assert all(any(re.search(pattern, key) for key in ties) for pattern in expected["tied"])


@pytest.mark.parametrize("name", cases.NAMES)
def test_config_defaults_are_the_published_ones(name: str) -> None:
    expected = dict(cases.golden(name)["config_defaults"])
    found = json.loads(json.dumps(type(ADAPTERS["pt"].config(name))().to_dict()))
    for record in (expected, found):
        for key in ("transformers_version", "_name_or_path"):  # where a config comes from is no default
            record.pop(key, None)
    assert found == expected


@pytest.mark.parametrize(
    ("name", "run"), [pair for pair in cases.runs() if "gradients" in cases.golden(pair[0])["runs"][pair[1]]]
)
def test_gradients_have_the_recorded_norms(name: str, run: str) -> None:
    adapter = ADAPTERS["pt"]
    expected = cases.golden(name)["runs"][run]["gradients"]
    model = adapter.build(name, cases.case(name)["runs"][run]["class"], run)
    found = {
        key: float(np.linalg.norm(g)) for key, g in adapter.gradients(model, cases.inputs(name, run)).items()
    }
    assert set(found) >= set(expected)
    for key, norm in expected.items():
        assert found[key] == pytest.approx(norm, rel=1e-4, abs=1e-5), key


@pytest.mark.parametrize("name", sparingly)
@pytest.mark.parametrize("framework", [key for key in TRAINABLE if key != "pt"])
def test_gradients_equal_those_of_torch(framework: str, name: str) -> None:
    head = cases.case(name)["head"]
    run = next(key for key, run in cases.case(name)["runs"].items() if run["class"] == head)
    found = [
        ADAPTERS[key].gradients(ADAPTERS[key].build(name, head, run, **light(name)), cases.inputs(name, run))
        for key in ("pt", framework)
    ]
    assert set(found[0]) <= set(found[1])
    for key, gradient in found[0].items():
        np.testing.assert_allclose(found[1][key], gradient, atol=1e-4, err_msg=key)
