"""JAX parameters on a mesh of devices: rules by name, the architecture's plan, errors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

jax = pytest.importorskip("jax")

from jax.sharding import Mesh, PartitionSpec  # noqa: E402

from transformers.frameworks.jax.trees import flatten  # noqa: E402

from .face_rooms import IDS, fresh, shared  # noqa: E402

P = PartitionSpec
ROOT = Path(__file__).resolve().parents[2]


def mesh_of(*sizes: int, axes: tuple[str, ...] = ("data", "model")) -> Any:
    """A mesh of this size, whose devices need not exist: nothing is placed on it."""
    return jax.sharding.AbstractMesh(sizes, axes)


def specs(model: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
    return {name: place.spec for name, place in flatten(model.shardings(*args, **kwargs))}


def test_plan_of_the_architecture_divides_the_layers() -> None:
    found = specs(shared("Flax", "llama"), mesh_of(2, 2))
    layer = "model.layers.1."
    assert found["lm_head.weight"] == P("model", None)
    assert found["model.embed_tokens.weight"] == P()
    for name in ("self_attn.q_proj", "self_attn.k_proj", "mlp.gate_proj", "mlp.up_proj"):
        assert found[f"{layer}{name}.weight"] == P("model", None)
    for name in ("self_attn.o_proj", "mlp.down_proj"):
        assert found[f"{layer}{name}.weight"] == P(None, "model")
    assert found[f"{layer}input_layernorm.weight"] == P()
    by_data = specs(shared("Flax", "llama"), mesh_of(2, 2), axis="data")
    assert by_data["lm_head.weight"] == P("data", None)
    odd = specs(shared("Flax", "llama"), mesh_of(1, 3))  # 3 divides the 24 of the MLP, not the 16 of heads
    assert odd[f"{layer}self_attn.q_proj.weight"] == P()
    assert odd[f"{layer}mlp.up_proj.weight"] == P("model", None)


def test_first_rule_that_fits_decides() -> None:
    rules = [(r"layer\.0\..*query\.weight", P(None, "model")), (r"query\.(weight|bias)", ("model",))]
    found = specs(shared("Flax", "bert"), mesh_of(2, 2), rules)
    start = "bert.encoder.layer."
    assert found[f"{start}0.attention.self.query.weight"] == P(None, "model")
    assert found[f"{start}1.attention.self.query.weight"] == P("model")
    assert found[f"{start}0.attention.self.query.bias"] == P("model")
    assert found[f"{start}0.attention.self.key.weight"] == P()
    both = specs(shared("Flax", "bert"), mesh_of(2, 2), {"word_embeddings": P(("data", "model"))})
    assert both["bert.embeddings.word_embeddings.weight"] == P(("data", "model"))


def test_statistics_of_batches_can_be_placed() -> None:
    model = shared("Flax", "mobilenet_v2")
    found = specs(model, mesh_of(1, 2), {r"^params\.classifier\.weight": P(None, "model")})
    assert found["params.classifier.weight"] == P(None, "model")
    assert {spec for name, spec in found.items() if name.startswith("batch_stats.")} == {P()}


@pytest.mark.parametrize(
    ("rules", "axis", "message"),
    [
        ({"querry": P("model")}, None, "'querry' fits no parameter"),
        ({r"query\.bias": P(None, "model")}, None, "query.bias has 1 axes, and the rule for it names 2"),
        ({r"query\.weight": P("modle")}, None, "names the axis 'modle'; the mesh has data, model"),
        ({r"query\.weight": P("model")}, None, r"of shape \(16, 16\) cannot be divided .*: 16 / 3"),
        (None, None, "BertConfig has no tensor-parallel plan: pass rules"),
    ],
)
def test_wrong_rules_are_refused(rules: Any, axis: str | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        shared("Flax", "bert").shardings(mesh_of(2, 3), rules, axis)


def test_unknown_axis_of_the_plan_is_refused() -> None:
    with pytest.raises(ValueError, match="the mesh has no axis 'tensor': its axes are data, model"):
        shared("Flax", "llama").shardings(mesh_of(2, 2), axis="tensor")


def test_one_device_is_a_mesh_too(tmp_path: Path) -> None:
    model = fresh("Flax", "llama")
    expected = model(IDS).logits
    placed = model.shard(Mesh(np.array(jax.devices()[:1]), ("model",)))
    assert placed is model.params
    np.testing.assert_allclose(model(IDS).logits, expected, atol=1e-6)
    model.save_pretrained(tmp_path)
    again = type(model).from_pretrained(tmp_path)
    np.testing.assert_allclose(again(IDS).logits, expected, atol=1e-6)


@pytest.mark.full
def test_sharded_models_compute_the_same() -> None:
    environment = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=4"}
    environment |= {"JAX_PLATFORMS": "cpu", "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.frameworks.faces_sharded"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert report.pop("devices") == 4
    assert report.pop("scanned") < 1e-5
    assert report.keys() == {"llama given", "bert given", "t5 given", "llama made"}
    for name, found in report.items():
        assert found["apart"] < 1e-5, name
        assert found["spread apart"] < 1e-5, name
        assert found["devices of logits"] == 4, name
        assert found["divided"], name
