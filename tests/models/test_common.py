"""What every architecture must do in every framework; a model is tested by existing."""

from __future__ import annotations

import copy
import functools
import json
import multiprocessing
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from transformers.standalone import standalone

from . import cases, seeding
from .adapters import ADAPTERS, Adapter, installed
from .devices import SLACK, on_host, placed

FRAMEWORKS = installed()
each = pytest.mark.parametrize("name", cases.NAMES)
# Where a network cannot be made shallow, the costliest tests belong to the whole matrix.
sparingly = [pytest.param(n, marks=pytest.mark.full if n in cases.DEEP else ()) for n in cases.NAMES]
each_of_tokens = pytest.mark.parametrize("name", cases.TOKENS)
# What the framework does rather than the architecture is seen on one of each family; the others are `full`.
FAMILIES = ("deberta_v2", "mistral", "pegasus", "wav2vec2", "xlnet")
seldom = [pytest.param(n, marks=() if n in FAMILIES else pytest.mark.full) for n in cases.NAMES]
each_attending = pytest.mark.parametrize("name", cases.ATTENDING)
each_recomputing = pytest.mark.parametrize("name", cases.RECOMPUTING)
everywhere = pytest.mark.parametrize("framework", FRAMEWORKS)


def family_by_family(names: list[str]) -> Any:
    """Every framework and case; JAX and TensorFlow, which compile what they run, see one of each family."""
    return pytest.mark.parametrize(
        ("framework", "name"),
        [
            pytest.param(key, n, marks=() if key in ("pt", "np") or n in FAMILIES else pytest.mark.full)
            for n in names
            for key in FRAMEWORKS
        ],
    )


def trunk(adapter: Adapter, name: str, **overrides: Any) -> Any:
    return adapter.build(name, cases.case(name)["trunk"], **overrides)


@functools.cache
def shared_trunk(framework: str, name: str) -> Any:
    """The case's trunk; tests that share it leave it as it is."""
    return trunk(ADAPTERS[framework], name, **light(name))


@functools.cache
def shared_head(framework: str, name: str) -> Any:
    """The case's head; tests that share it leave it as it is."""
    return ADAPTERS[framework].build(name, cases.case(name)["head"], head_run(name))


def head_run(name: str) -> str:
    """The first recorded run of the case's head."""
    return next(
        key for key, run in cases.case(name)["runs"].items() if run["class"] == cases.case(name)["head"]
    )


def ids(name: str, rows: int = 2, width: int = 6) -> np.ndarray:
    high = cases.config_values(name)["vocab_size"]
    return seeding.generator(f"{name} ids").integers(1, high, (rows, width)).astype(np.int64)


def main_input(name: str, rows: int = 2) -> np.ndarray:
    """What the model reads: ids (rows, 6), or floats (rows, ...) of the shape that the first run feeds."""
    if name in cases.TOKENS:
        return ids(name, rows)
    first = next(iter(cases.case(name)["runs"].values()))
    _, (_, *shape) = first["inputs"][cases.main(name)]
    values = seeding.generator(f"{name} {cases.main(name)}").standard_normal((rows, *shape))
    return values.astype(np.float32)


def sizes(name: str) -> dict[int, str]:
    """The axes of the main input that may have any size, beside the batch."""
    images = {2: "height", 3: "width"}
    return images if cases.main(name) == "pixel_values" else {1: "tokens"}


def collecting(name: str) -> dict[str, bool]:
    """Flags with which an output holds all that there is."""
    attentions = {"output_attentions": True} if name in cases.ATTENDING else {}
    return {"output_hidden_states": True, **attentions}


def is_pair(name: str) -> bool:
    """Whether the trunk is an encoder and a decoder, each with ids of its own."""
    return bool(cases.case(name).get("seq2seq"))


def light(name: str) -> dict[str, Any]:
    """What makes a pair one layer deep on each side, which costs as much as another model does whole."""
    return cases.shallow(name) if is_pair(name) else {}


def written(name: str, first: int = 0, rows: int = 2) -> np.ndarray:
    """Ids (rows, 5) of a decoder, from row `first` on."""
    high = cases.config_values(name)["vocab_size"]
    return seeding.generator(f"{name} decoder ids").integers(1, high, (8, 5))[first : first + rows]


def fed(name: str, batch: Any, first: int = 0, **more: Any) -> dict[str, Any]:
    """Inputs of the trunk, or of a head that is made like it: ids and, for a pair, the decoder's."""
    pair = {"decoder_input_ids": written(name, first, len(batch))} if is_pair(name) else {}
    return {cases.main(name): batch, **pair, **more}


def fed_head(name: str, batch: Any, **more: Any) -> dict[str, Any]:
    """Inputs of the case's head, which may make the decoder's from the encoder's."""
    takes_both = "decoder_input_ids" in cases.case(name)["runs"][head_run(name)]["inputs"]
    return fed(name, batch, **more) if takes_both else {cases.main(name): batch, **more}


def state(output: Any, what: str) -> Any:
    """A field of an output, the decoder's in a pair: `state(out, "hidden_states")`."""
    return output[what] if what in output else output[f"decoder_{what}"]


def close(found: Any, expected: Any, tolerance: float = 2e-5) -> None:
    found, expected = (np.asarray(on_host(x)) for x in (found, expected))
    np.testing.assert_allclose(found, expected, atol=tolerance * SLACK, rtol=1e-4 * SLACK)


@pytest.mark.parametrize(
    ("framework", "name"),
    [
        # Where tokens are read, padding is compared with single rows below.
        pytest.param(key, n, marks=pytest.mark.full if n in cases.TOKENS and key != FRAMEWORKS[0] else ())
        for n in cases.NAMES
        for key in FRAMEWORKS
    ],
)
def test_batch_equals_single_rows(framework: str, name: str) -> None:
    adapter = ADAPTERS[framework]
    model, batch = shared_trunk(framework, name), main_input(name)
    whole = adapter.run(model, fed(name, batch))[0]
    single = adapter.run(model, fed(name, batch[1:], first=1))[0]
    close(whole[1:], single)


@family_by_family(cases.TOKENS)
@pytest.mark.parametrize("side", ["left", "right"])
def test_padding_changes_nothing(framework: str, name: str, side: str) -> None:
    adapter = ADAPTERS[framework]
    model, batch = shared_trunk(framework, name), ids(name)
    if is_pair(name):
        check_padded_pair(adapter, name, model, batch, side)
        return
    short = batch[1:, :4]
    padded, mask = batch.copy(), np.ones_like(batch)
    gap = slice(4, 6) if side == "right" else slice(0, 2)
    kept = slice(0, 4) if side == "right" else slice(2, 6)
    padded[1, gap], padded[1, kept], mask[1, gap] = 0, short[0], 0
    found = adapter.run(model, {"input_ids": padded, "attention_mask": mask})[0]
    close(found[1:, kept], adapter.run(model, {"input_ids": short})[0])
    close(found[:1], adapter.run(model, {"input_ids": batch[:1]})[0])


def with_padding(rows: np.ndarray, length: int, side: str) -> tuple[np.ndarray, np.ndarray, slice]:
    """Two rows, the second cut to `length` and padded on a side: (ids, mask, where its tokens are)."""
    gap = slice(length, None) if side == "right" else slice(0, rows.shape[1] - length)
    kept = slice(0, length) if side == "right" else slice(rows.shape[1] - length, None)
    padded, mask = rows.copy(), np.ones_like(rows)
    padded[1, gap], padded[1, kept], mask[1, gap] = 0, rows[1, :length], 0
    return padded, mask, kept


def check_padded_pair(adapter: Adapter, name: str, model: Any, batch: np.ndarray, side: str) -> None:
    """Padding on one side of what the encoder reads and of what the decoder reads changes nothing."""
    decoder = written(name)
    read, mask, _ = with_padding(batch, 4, side)
    heard, own_mask, kept = with_padding(decoder, 3, side)
    found = adapter.run(
        model,
        {
            "input_ids": read,
            "attention_mask": mask,
            "decoder_input_ids": heard,
            "decoder_attention_mask": own_mask,
        },
    )[0]
    short = {"input_ids": batch[1:, :4], "decoder_input_ids": decoder[1:, :3]}
    close(found[1:, kept], adapter.run(model, short)[0])
    close(found[:1], adapter.run(model, fed(name, batch[:1]))[0])


@each_attending
@everywhere
def test_tuples_hidden_states_and_attentions(framework: str, name: str) -> None:
    adapter = ADAPTERS[framework]
    model, inputs = shared_trunk(framework, name), fed(name, main_input(name))
    full = adapter.run(model, inputs, output_hidden_states=True, output_attentions=True)
    plain = adapter.run(model, inputs, output_hidden_states=True, output_attentions=True, return_dict=False)
    layers = model.config.num_hidden_layers
    assert isinstance(plain, tuple)
    for part in ("encoder_", "decoder_") if is_pair(name) else ("",):  # equally deep in every case
        assert len(full[f"{part}hidden_states"]) == layers + 1
        assert len(full[f"{part}attentions"]) == layers
    assert len(plain) == len(full)
    close(full[0], plain[0])
    close(full[:1][0], full["last_hidden_state"])
    close(state(full, "hidden_states")[-1], full.last_hidden_state)
    close(state(full, "attentions")[0].sum(-1), np.ones(state(full, "attentions")[0].shape[:-1]))
    fast = adapter.run(model, inputs)  # the fused kernel agrees with the one that gives probabilities
    close(fast[0], full[0])


@pytest.mark.parametrize("name", [n for n in cases.NAMES if n not in cases.ATTENDING])
@everywhere
def test_tuples_and_hidden_states_without_attention(framework: str, name: str) -> None:
    adapter = ADAPTERS[framework]
    model, inputs = shared_trunk(framework, name), fed(name, main_input(name))
    full = adapter.run(model, inputs, output_hidden_states=True)
    plain = adapter.run(model, inputs, output_hidden_states=True, return_dict=False)
    run = next(key for key, run in cases.case(name)["runs"].items() if "flags" in run)
    assert len(full["hidden_states"]) == len(cases.golden(name)["runs"][run]["outputs"]["hidden_states"])
    assert isinstance(plain, tuple)
    assert len(plain) == len(full)
    close(full[0], plain[0])
    close(full["hidden_states"][-1], plain[-1][-1])
    fast = adapter.run(model, inputs)
    assert "hidden_states" not in fast
    close(fast[0], full["last_hidden_state"])


@each
@everywhere
def test_saved_model_loads_with_equal_bits(framework: str, name: str, tmp_path: Path) -> None:
    adapter = ADAPTERS[framework]
    model = shared_head(framework, name)
    model.save_pretrained(tmp_path / "first")
    again, info = type(model).from_pretrained(tmp_path / "first", output_loading_info=True)
    assert not any(info.values())
    again.save_pretrained(tmp_path / "second")
    files = [(tmp_path / part / "model.safetensors").read_bytes() for part in ("first", "second")]
    assert files[0] == files[1]
    inputs = cases.inputs(name, head_run(name))
    before, after = (adapter.run(one, inputs)["logits"] for one in (model, again))
    if name in cases.TOKENS:
        np.testing.assert_array_equal(before, after)
    close(before, after, 1e-6)  # a convolution's last bit depends on where in memory its weights lie


@each
def test_files_pass_through_all_frameworks_with_equal_bits(name: str, tmp_path: Path) -> None:
    class_name = cases.case(name)["head"]
    shared_head(FRAMEWORKS[0], name).save_pretrained(tmp_path / "0")
    for index, framework in enumerate([*FRAMEWORKS[1:], FRAMEWORKS[0]]):
        model_class = ADAPTERS[framework].model_class(name, class_name)
        flag = {"pt": "from_tf", "tf": "from_pt", "jax": "from_pt", "np": "from_pt"}[framework]
        model_class.from_pretrained(tmp_path / str(index), **{flag: True}).save_pretrained(
            tmp_path / str(index + 1)
        )
        assert (tmp_path / str(index + 1) / "model.safetensors").read_bytes() == (
            tmp_path / "0" / "model.safetensors"
        ).read_bytes()


@family_by_family(cases.NAMES)
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
    computed = ADAPTERS["pt"].model_class(name, case["head"])._keys_to_ignore_on_load_missing or ()
    own = {key for key in weights if not key.startswith(f"{prefix}.")} - set(computed)
    assert bool(info["missing_keys"]) == bool(own)
    assert not any(key.startswith(prefix) for key in info["missing_keys"])
    assert all(np.isfinite(value).all() for value in adapter.weights(again).values())


@family_by_family(cases.NAMES)
def test_copies_give_the_same_numbers(framework: str, name: str) -> None:
    adapter = ADAPTERS[framework]
    model, inputs = shared_trunk(framework, name), fed(name, main_input(name))
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
    name, adapter = cases.ONE, ADAPTERS[framework]
    model = trunk(adapter, name)
    expected = float(np.abs(adapter.run(model, {"input_ids": ids(name)})[0]).sum())
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        found = pool.apply(_sum_in_child, (pickle.dumps(model), name, framework))
    assert found == pytest.approx(expected, rel=1e-6)


@each
@everywhere
def test_unknown_inputs_are_refused(framework: str, name: str) -> None:
    adapter = ADAPTERS[framework]
    head, base = shared_head(framework, name), shared_trunk(framework, name)
    for model, inputs in ((base, fed), (head, fed_head)):
        with pytest.raises(TypeError, match="attention_maks"):
            adapter.run(model, inputs(name, main_input(name), attention_maks=np.ones((2, 6), dtype=np.int64)))


@each
@everywhere
def test_no_input_is_an_error_that_says_so(framework: str, name: str) -> None:
    adapter = ADAPTERS[framework]
    text = name in cases.TOKENS
    given = {"attention_mask": np.ones((2, 3), dtype=np.int64)} if text else {}
    message = "input_ids or inputs_embeds" if text else f"give {cases.main(name)}"
    with pytest.raises(ValueError, match=message):
        adapter.run(shared_trunk(framework, name), given)


@each_of_tokens
@everywhere
def test_too_many_tokens_are_refused(framework: str, name: str) -> None:
    adapter = ADAPTERS[framework]
    model = shared_trunk(framework, name)
    if "unlimited" in cases.case(name) or not hasattr(model.config, "max_position_embeddings"):
        return
    limit = model.config.max_position_embeddings
    with pytest.raises(ValueError, match=f"{limit + 1} tokens.*takes {limit}"):
        adapter.run(model, fed(name, ids(name, 1, limit + 1)))


@family_by_family([n for n in cases.NAMES if "cached" in cases.case(n)])
def test_cached_steps_equal_one_pass(framework: str, name: str) -> None:
    adapter, spec = ADAPTERS[framework], cases.case(name)["cached"]
    variant = cases.case(name)["variants"].get(spec.get("variant"), {})
    model, batch = adapter.build(name, spec["class"], **variant, **light(name)), ids(name)
    if is_pair(name):
        check_cached_pair(adapter, name, model, batch)
        return
    whole = adapter.run(model, {"input_ids": batch})["logits"]
    steps, past = [], None
    # In JAX every length is compiled anew: two steps there, three elsewhere.
    for place in (
        (slice(0, 5), slice(5, 6)) if framework == "jax" else (slice(0, 3), slice(3, 5), slice(5, 6))
    ):
        given = {} if past is None else {"past_key_values": past}
        steps.append(call(adapter, model, {"input_ids": batch[:, place]}, use_cache=True, **given))
        past = steps[-1].past_key_values
    close(np.concatenate([numpy(step["logits"]) for step in steps], axis=1), whole)


def check_cached_pair(adapter: Adapter, name: str, model: Any, batch: np.ndarray) -> None:
    """A decoder's steps, the later ones without its encoder: the cache holds what it needs of that."""
    decoder = written(name)
    whole = adapter.run(model, {"input_ids": batch, "decoder_input_ids": decoder})["logits"]
    first = call(adapter, model, {"input_ids": batch, "decoder_input_ids": decoder[:, :2]}, use_cache=True)
    steps, past = [first], {"encoder_outputs": (0 * first.encoder_last_hidden_state,)}
    for place in (slice(2, 5),) if adapter.key == "jax" else (slice(2, 4), slice(4, 5)):
        past["past_key_values"] = steps[-1].past_key_values
        step = call(adapter, model, {"decoder_input_ids": decoder[:, place]}, use_cache=True, **past)
        steps.append(step)
    close(np.concatenate([numpy(step["logits"]) for step in steps], axis=1), whole)


def call(adapter: Adapter, model: Any, arrays: dict[str, np.ndarray], **kwargs: Any) -> Any:
    """A call whose output keeps the framework's own arrays."""
    if adapter.key == "pt":
        import torch

        with torch.no_grad():
            return model(**{n: placed(a) for n, a in arrays.items()}, **kwargs)
    if adapter.key == "jax":  # not compiled, as in the adapter
        return model.apply(model.params, **arrays, **kwargs)
    return model(**arrays, **kwargs)


def numpy(value: Any) -> np.ndarray:
    return value.numpy() if hasattr(value, "numpy") else np.asarray(value)


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[dict[str, Any]], Any]]:
    """Ask a process that cannot import the library."""
    program = Path(__file__).with_name("standalone_worker.py")
    place = tmp_path_factory.mktemp("alone")
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": place}
    with subprocess.Popen([sys.executable, str(program)], **pipes) as worker:
        stdin, stdout = worker.stdin, worker.stdout
        assert stdin is not None
        assert stdout is not None

        def ask(job: dict[str, Any]) -> Any:
            stdin.write(json.dumps(job) + "\n")
            stdin.flush()
            return json.loads(stdout.readline())

        yield ask
        stdin.close()


@each
def test_standalone_file_equals_the_library(name: str, alone: Callable[..., Any], tmp_path: Path) -> None:
    """One flattened file gives the library's numbers where the library cannot be imported."""
    case = cases.case(name)
    file = tmp_path / "alone.py"
    file.write_text(standalone(case["module"].split(".")[1]), encoding="utf-8")
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
    found = alone({"file": str(file), "config_class": case["config_class"], "runs": runs})
    assert "error" not in found, found["error"]
    for (key, run), value in zip(case["runs"].items(), found, strict=True):
        adapter = ADAPTERS["pt"]
        model = adapter.build(name, run["class"], key)
        output = adapter.run(model, cases.inputs(name, key), **run.get("flags", {}))
        expected = output["logits"] if "logits" in output else output[0]
        np.testing.assert_array_equal(np.array(value, dtype=np.float32), expected, err_msg=key)
