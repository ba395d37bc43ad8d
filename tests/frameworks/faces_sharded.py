"""Run in a process of its own with four devices: models on meshes; prints what it found as JSON."""

from __future__ import annotations

import json
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from tests.frameworks.face_rooms import IDS, fresh, inputs, labelled
from transformers.frameworks.jax.trees import flatten

P = PartitionSpec
RULES: dict[str, Any] = {
    "llama": None,
    "bert": {
        r"(query|key|value|intermediate\.dense)\.(weight|bias)$": P("model"),
        r"layer\.\d+\.(attention\.)?output\.dense\.weight$": P(None, "model"),
        r"word_embeddings": P("model"),
    },
    "t5": [(r"\.([qkv]|wi)\.weight$", P("model", None)), (r"\.(o|wo)\.weight$", P(None, "model"))],
}


def apart(one: Any, other: Any) -> float:
    pairs = zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True)
    return max(float(np.abs(np.asarray(a) - np.asarray(b)).max()) for a, b in pairs)


def results(model: Any, name: str, spread: Any = None) -> dict[str, Any]:
    """Logits, gradients and tokens of a model."""
    batch = labelled(name)
    batch = batch if spread is None else jax.device_put(batch, spread)
    found = {"logits": model(**{k: v for k, v in batch.items() if k != "labels"}).logits}
    found["gradient"] = jax.jit(jax.grad(lambda p: model.apply(p, **batch).loss))(model.params)
    if name != "bert":
        prompt = {k: v for k, v in inputs(name).items() if not k.startswith("decoder")}
        prompt = prompt if spread is None else jax.device_put(prompt, spread)
        for kind, options in {"greedy": {}, "beams": {"num_beams": 2}}.items():
            found[kind] = model.generate(**prompt, max_new_tokens=4, do_sample=False, **options).sequences
    return found


def main() -> None:
    report: dict[str, Any] = {"devices": jax.device_count()}
    for kind, mesh in {
        "given": Mesh(np.array(jax.devices()).reshape(2, 2), ("data", "model")),
        "made": jax.make_mesh((2, 2), ("data", "model")),
    }.items():
        for name in ("llama", "bert", "t5") if kind == "given" else ("llama",):
            model = fresh("Flax", name)
            plain = results(model, name)
            model.shard(mesh, RULES[name])
            held = dict(flatten(model.params))
            spread = NamedSharding(mesh, P("data"))
            sharded, spread_too = results(model, name), results(model, name, spread)
            report[f"{name} {kind}"] = {
                "divided": sorted(key for key, leaf in held.items() if not leaf.sharding.is_fully_replicated),
                "apart": apart(plain, sharded),
                "spread apart": apart(plain, spread_too),
                "devices of logits": len(sharded["logits"].sharding.device_set),
            }
    model.enable_layer_scan()
    report["scanned"] = apart(model(IDS).logits, plain["logits"])
    print(json.dumps(report))


if __name__ == "__main__":
    main()
