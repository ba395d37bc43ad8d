"""Record what the searches of TensorFlow's release 4.35 give when they are called by their own names.

Run with the interpreter of a recording environment that has that release and TensorFlow; writes
tests/generation/tf_searches.json.gz. This library is never imported.
"""

from __future__ import annotations

import gzip
import importlib
import json
import sys
from pathlib import Path
from typing import Any

import tensorflow as tf

import transformers

TESTS = Path(__file__).resolve().parent.parent / "tests"
PATH = TESTS / "generation" / "tf_searches.json.gz"
sys.path[:0] = [str(TESTS / "generation"), str(TESTS / "models")]
cases, seeding = map(importlib.import_module, ("tf_search_cases", "seeding"))
names: Any = importlib.import_module("transformers.modeling_tf_pytorch_utils")


def build(data: dict[str, Any]) -> Any:
    """The model with seeded weights."""
    model = getattr(transformers, data["class"])(getattr(transformers, data["config"])(**data["values"]))
    ids = tf.constant([[5, 6]])
    model(ids, **({"decoder_input_ids": ids} if data["pair"] else {}))
    for variable in model.weights:
        name, turn = names.convert_tf_weight_name_to_pt_weight_name(variable.name, "", variable.shape)
        shape = tuple(variable.shape)
        turned = turn.value == "simple"
        wanted = shape[::-1] if turned else shape[-1:] if name.endswith(".bias") else shape
        values = seeding.weight(name, wanted)
        variable.assign((values.T if turned else values).reshape(shape))
    return model


def main() -> None:
    """Record every search for a decoder and for a pair."""
    releases = {"transformers": transformers.__version__, "tensorflow": tf.__version__}
    golden: dict[str, Any] = {"releases": releases, "runs": {}}
    for name, data in cases.MODELS.items():
        calls = cases.Calls(transformers, tf, build(data), data["pair"])
        golden["runs"][name] = {key: cases.numbers(getattr(calls, key)()) for key in cases.SEARCHES}
    PATH.write_bytes(gzip.compress(json.dumps(golden, separators=(",", ":")).encode(), mtime=0))


if __name__ == "__main__":
    main()
