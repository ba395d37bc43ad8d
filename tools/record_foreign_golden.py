"""Record checkpoints of Keras and Flax as transformers 4.35.2 writes them, and what the models give.

Run it in an environment of its own, which has transformers==4.35.2, tensorflow-cpu==2.15.1, flax==0.7.5,
jax==0.4.23, jaxlib==0.4.23, scipy<1.13 and numpy<2:

    env -u PYTHONPATH python tools/record_foreign_golden.py
"""

from __future__ import annotations

import gzip
import importlib
import importlib.util
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

TESTS = Path(__file__).resolve().parent.parent / "tests" / "loading"


def cases() -> Any:
    """The module that says what is recorded."""
    spec = importlib.util.spec_from_file_location("foreign_cases", TESTS / "foreign_cases.py")
    if spec is None or spec.loader is None:
        raise RuntimeError(f"{TESTS} has no foreign_cases.py: run this in a checkout of the repository")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def keras(model: Any, data: Any) -> list[list[Any]]:
    """Fill a model by the names of its variables; (layer, name, shape) of each dataset of its file."""
    h5py = importlib.import_module("h5py")
    model(model.dummy_inputs)
    for variable in model.weights:
        if variable.dtype.is_floating:
            variable.assign(data.weight(variable.name, tuple(variable.shape)))
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        with h5py.File(Path(folder) / "tf_model.h5") as file:
            return [
                [layer, name, list(file[layer][name].shape)]
                for layer in file.attrs["layer_names"]
                for name in file[layer].attrs["weight_names"]
            ]


def flax(model: Any, data: Any) -> list[list[Any]]:
    """Fill a model by the paths of its arrays; (path, shape) of each."""
    trees = importlib.import_module("flax.traverse_util")
    shapes = {path: value.shape for path, value in trees.flatten_dict(model.params, sep="/").items()}
    filled = {path: data.weight(path, shape) for path, shape in shapes.items()}
    model.params = trees.unflatten_dict(filled, sep="/")
    return [[path, list(shape)] for path, shape in shapes.items()]


def main() -> None:
    """Write the golden."""
    data, library = cases(), importlib.import_module("transformers")
    found: dict[str, Any] = {"made_with": f"transformers {library.__version__}"}
    for name, (config, fields, kinds) in data.CASES.items():
        for kind in kinds:
            settings = getattr(library, f"{config}Config")(**fields)
            model = getattr(library, {"tf": "TF", "flax": "Flax"}[kind] + name)(settings)
            weights = keras(model, data) if kind == "tf" else flax(model, data)
            outputs = model(**data.inputs(name)).to_tuple()
            first = np.asarray(outputs[0], np.float32)[..., : data.SHOWN]
            row = {"weights": weights, "output": [round(float(x), 5) for x in first.reshape(-1)]}
            found[f"{name}/{kind}"] = {**row, "shape": list(first.shape)}
            sys.stdout.write(f"{name} {kind}\n")
    data.GOLDEN.parent.mkdir(exist_ok=True)
    text = json.dumps(found, separators=(",", ":"))
    data.GOLDEN.write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    main()
