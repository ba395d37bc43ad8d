"""What every architecture must do in every framework; a model is tested by existing."""

from __future__ import annotations

import copy
import json
import multiprocessing
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from . import cases, seeding
from .adapters import ADAPTERS, Adapter, installed

FRAMEWORKS = installed()
each = pytest.mark.parametrize("name", cases.NAMES)
everywhere = pytest.mark.parametrize("framework", FRAMEWORKS)


def trunk(adapter: Adapter, name: str, **overrides: Any) -> Any:
    return adapter.build(name, cases.case(name)["trunk"], **overrides)


def head_run(name: str) -> str:
    """The first recorded run of the case's head."""
    return next(
        key for key, run in cases.case(name)["runs"].items() if run["class"] == cases.case(name)["head"]
    )


def ids(name: str, rows: int = 2, width: int = 6) -> np.ndarray:
    high = cases.config_values(name)["vocab_size"]
    return seeding.generator(f"{name} ids").integers(1, high, (rows, width)).astype(np.int64)


def close(found: Any, expected: Any, tolerance: float = 2e-5) -> None:
    np.testing.assert_allclose(np.asarray(found), np.asarray(expected), atol=tolerance, rtol=1e-4)


@each
@everywhere
def test_batch_equals_single_rows(framework: str, name: str) -> None:
    adapter = ADAPTERS[framework]
    model, batch = trunk(adapter, name), ids(name)
    whole = adapter.run(model, {"input_ids": batch})[0]
    single = adapter.run(model, {"input_ids": batch[1:]})[0]
    close(whole[1:], single)


@each
@everywhere
@pytest.mark.parametrize("side", ["left", "right"])
def test_padding_changes_nothing(framework: str, name: str, side: str) -> None:
    adapter = ADAPTERS[framework]
    model, batch = trunk(adapter, name), ids(name)
    short = batch[1:, :4]
    padded, mask = batch.copy(), np.ones_like(batch)
    gap = slice(4, 6) if side == "right" else slice(0, 2)
    kept = slice(0, 4) if side == "right" else slice(2, 6)
    padded[1, gap], padded[1, kept], mask[1, gap] = 0, short[0], 0
    found = adapter.run(model, {"input_ids": padded, "attention_mask": mask})[0]
    close(found[1:, kept], adapter.run(model, {"input_ids": short})[0])
    close(found[:1], adapter.run(model, {"input_ids": batch[:1]})[0])


@each
@everywhere
def test_tuples_hidden_states_and_attentions(framework: str, name: str) -> None:
    adapter = ADAPTERS[framework]
    model, inputs = trunk(adapter, name), {"input_ids": ids(name)}
    full = adapter.run(model, inputs, output_hidden_states=True, output_attentions=True)
    plain = adapter.run(model, inputs, output_hidden_states=True, output_attentions=True, return_dict=False)
    layers = model.config.num_hidden_layers
    assert isinstance(plain, tuple)
    assert len(full.hidden_states) == layers + 1
    assert len(full.attentions) == layers
    assert len(plain) == len(full)
    close(full[0], plain[0])
    close(full[:1][0], full["last_hidden_state"])
    close(full.hidden_states[-1], full.last_hidden_state)
    close(full.attentions[0].sum(-1), np.ones(full.attentions[0].shape[:-1]))
    fast = adapter.run(model, inputs)  # the fused kernel agrees with the one that gives probabilities
    close(fast[0], full[0])


@each
@everywhere
def test_saved_model_loads_with_equal_bits(framework: str, name: str, tmp_path: Path) -> None:
    adapter = ADAPTERS[framework]
    model = adapter.build(name, cases.case(name)["head"], head_run(name))
    model.save_pretrained(tmp_path / "first")
    again, info = type(model).from_pretrained(tmp_path / "first", output_loading_info=True)
    assert not any(info.values())
    again.save_pretrained(tmp_path / "second")
    files = [(tmp_path / part / "model.safetensors").read_bytes() for part in ("first", "second")]
    assert files[0] == files[1]
    inputs = cases.inputs(name, head_run(name))
    np.testing.assert_array_equal(adapter.run(model, inputs)["logits"], adapter.run(again, inputs)["logits"])


@each
def test_files_pass_through_all_frameworks_with_equal_bits(name: str, tmp_path: Path) -> None:
    class_name, run = cases.case(name)["head"], head_run(name)
    first = ADAPTERS[FRAMEWORKS[0]].build(name, class_name, run)
    first.save_pretrained(tmp_path / "0")
    for index, framework in enumerate([*FRAMEWORKS[1:], FRAMEWORKS[0]]):
        model_class = ADAPTERS[framework].model_class(name, class_name)
        flag = {"pt": "from_tf", "tf": "from_pt", "jax": "from_pt", "np": "from_pt"}[framework]
        model_class.from_pretrained(tmp_path / str(index), **{flag: True}).save_pretrained(
            tmp_path / str(index + 1)
        )
        assert (tmp_path / str(index + 1) / "model.safetensors").read_bytes() == (
            tmp_path / "0" / "model.safetensors"
        ).read_bytes()


@each
@everywhere
def test_trunk_loads_from_head_and_head_from_trunk(framework: str, name: str, tmp_path: Path) -> None:
    adapter, case = ADAPTERS[framework], cases.case(name)
    head = adapter.build(name, case["head"], head_run(name))
    head.save_pretrained(tmp_path / "head")
    model, info = adapter.model_class(name, case["trunk"]).from_pretrained(
        tmp_path / "head", output_loading_info=True
    )
    optional = ADAPTERS["pt"].model_class(name, case["trunk"])._optional_modules  # a pooler, for one
    assert {key.partition(".")[0] for key in info["missing_keys"]} <= set(optional)
    prefix = head.base_model_prefix
    weights = adapter.weights(head)
    for key, value in adapter.weights(model).items():
        if key not in info["missing_keys"]:
            np.testing.assert_array_equal(value, weights[f"{prefix}.{key}"])
    model.save_pretrained(tmp_path / "trunk")
    again, info = type(head).from_pretrained(tmp_path / "trunk", output_loading_info=True)
    assert info["missing_keys"]
    assert not any(key.startswith(prefix) for key in info["missing_keys"])
    assert all(np.isfinite(value).all() for value in adapter.weights(again).values())


@each
@everywhere
def test_copies_give_the_same_numbers(framework: str, name: str) -> None:
    adapter = ADAPTERS[framework]
    model, inputs = trunk(adapter, name), {"input_ids": ids(name)}
    expected = adapter.run(model, inputs)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert other.config == model.config
        close(adapter.run(other, inputs)[0], expected[0], 0)
    output = pickle.loads(pickle.dumps(expected))
    assert type(output) is type(expected)
    close(copy.deepcopy(output)[0], expected[0], 0)


def _sum_in_child(blob: bytes, name: str, framework: str) -> float:
    model = pickle.loads(blob)
    return float(np.abs(ADAPTERS[framework].run(model, {"input_ids": ids(name)})[0]).sum())


@pytest.mark.parametrize("framework", ["pt", "np"])
def test_models_reach_spawned_processes(framework: str) -> None:
    name, adapter = cases.NAMES[0], ADAPTERS[framework]
    model = trunk(adapter, name)
    expected = float(np.abs(adapter.run(model, {"input_ids": ids(name)})[0]).sum())
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        found = pool.apply(_sum_in_child, (pickle.dumps(model), name, framework))
    assert found == pytest.approx(expected, rel=1e-6)


@each
@everywhere
def test_unknown_inputs_are_refused(framework: str, name: str) -> None:
    adapter = ADAPTERS[framework]
    for model in (trunk(adapter, name), adapter.build(name, cases.case(name)["head"], head_run(name))):
        with pytest.raises(TypeError, match="attention_maks"):
            adapter.run(model, {"input_ids": ids(name), "attention_maks": ids(name)})


@each
@everywhere
def test_no_input_is_an_error_that_says_so(framework: str, name: str) -> None:
    adapter = ADAPTERS[framework]
    with pytest.raises(ValueError, match="input_ids or inputs_embeds"):
        adapter.run(trunk(adapter, name), {"attention_mask": np.ones((2, 3), dtype=np.int64)})


@each
@everywhere
def test_too_many_tokens_are_refused(framework: str, name: str) -> None:
    adapter = ADAPTERS[framework]
    model = trunk(adapter, name)
    if not hasattr(model.config, "max_position_embeddings"):
        return
    limit = model.config.max_position_embeddings
    with pytest.raises(ValueError, match=f"{limit + 1} tokens.*takes {limit}"):
        adapter.run(model, {"input_ids": ids(name, 1, limit + 1)})


@pytest.mark.parametrize("name", [n for n in cases.NAMES if "cached" in cases.case(n)])
@everywhere
def test_cached_steps_equal_one_pass(framework: str, name: str) -> None:
    adapter, spec = ADAPTERS[framework], cases.case(name)["cached"]
    variant = cases.case(name)["variants"].get(spec.get("variant"), {})
    model, batch = adapter.build(name, spec["class"], **variant), ids(name)
    whole = adapter.run(model, {"input_ids": batch})["logits"]
    first = call(adapter, model, {"input_ids": batch[:, :3]}, use_cache=True)
    second = call(
        adapter, model, {"input_ids": batch[:, 3:5]}, past_key_values=first.past_key_values, use_cache=True
    )
    third = call(
        adapter, model, {"input_ids": batch[:, 5:]}, past_key_values=second.past_key_values, use_cache=True
    )
    close(np.concatenate([numpy(step["logits"]) for step in (first, second, third)], axis=1), whole)


def call(adapter: Adapter, model: Any, arrays: dict[str, np.ndarray], **kwargs: Any) -> Any:
    """A call whose output keeps the framework's own arrays."""
    if adapter.key == "pt":
        import torch

        with torch.no_grad():
            return model(**{n: torch.from_numpy(np.array(a)) for n, a in arrays.items()}, **kwargs)
    return model(**arrays, **kwargs)


def numpy(value: Any) -> np.ndarray:
    return value.numpy() if hasattr(value, "numpy") else np.asarray(value)


STANDALONE = """
import importlib.util, json, sys
sys.modules["transformers"] = None
spec = importlib.util.spec_from_file_location("alone", sys.argv[1])
alone = importlib.util.module_from_spec(spec)
sys.modules["alone"] = alone
spec.loader.exec_module(alone)
import numpy as np, torch
sys.path.insert(0, sys.argv[3])
import seeding
job = json.loads(sys.argv[2])
for run in job["runs"]:
    config = getattr(alone, job["config_class"])(**run["config"])
    model = getattr(alone, run["class"])(config).eval()
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            if not name.endswith(tuple(run["keep"]) or "\\0"):
                tensor.copy_(torch.from_numpy(seeding.weight(name, tuple(tensor.shape))))
        inputs = {n: torch.from_numpy(seeding.array(n, s)) for n, s in run["inputs"].items()}
        output = model(**inputs, **run["flags"])
    first = output["logits"] if "logits" in output else output[0]
    print(json.dumps(first.tolist()))
"""


@each
def test_standalone_file_equals_the_library(name: str, tmp_path: Path) -> None:
    """One flattened file gives the library's numbers where the library cannot be imported."""
    root = Path(__file__).resolve().parents[2]
    case = cases.case(name)
    room = case["module"].split(".")[1]
    printed = subprocess.run(
        [sys.executable, "-m", "transformers.standalone", room],
        capture_output=True,
        text=True,
        check=True,
        cwd=root,
    )
    (tmp_path / "alone.py").write_text(printed.stdout, encoding="utf-8")
    runs = [
        {
            "class": run["class"],
            "config": cases.config_values(name, key),
            "inputs": run["inputs"],
            "flags": run.get("flags", {}),
            "keep": run.get("keep", []),
        }
        for key, run in case["runs"].items()
    ]
    job = json.dumps({"config_class": case["config_class"], "runs": runs})
    command = [sys.executable, "-c", STANDALONE, str(tmp_path / "alone.py"), job, str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    for (key, run), line in zip(case["runs"].items(), done.stdout.splitlines(), strict=True):
        adapter = ADAPTERS["pt"]
        model = adapter.build(name, run["class"], key)
        output = adapter.run(model, cases.inputs(name, key), **run.get("flags", {}))
        expected = output["logits"] if "logits" in output else output[0]
        np.testing.assert_array_equal(np.array(json.loads(line), dtype=np.float32), expected, err_msg=key)
