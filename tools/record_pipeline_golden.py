"""Record what the published reference's pipelines make of the calls in tests/pipelines/checkpoints.py.

Run with the reference's interpreter: `python tools/record_pipeline_golden.py`. Writes
tests/pipelines/golden.json.gz: the shapes of the checkpoints' weights, and a result per call.
"""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

import transformers

TESTS = Path(__file__).resolve().parent.parent / "tests"
sys.path[:0] = [str(TESTS / "models"), str(TESTS / "pipelines")]
import checkpoints  # noqa: E402
import seeding  # noqa: E402

DIGITS = 7


def shapes(task: str, kind: str) -> dict[str, list[int]]:
    """Names and shapes of a checkpoint's weights."""
    config = transformers.AutoConfig.for_model(**checkpoints.config(task, kind))
    model = getattr(transformers, checkpoints.model_class(task, kind))(config)
    ties = set(getattr(model, "_tied_weights_keys", None) or ()) if config.tie_word_embeddings else set()
    named = model.state_dict().items()
    return {name: list(t.shape) for name, t in named if t.is_floating_point() and name not in ties}


def plain(value: Any) -> Any:
    """A result as JSON knows it."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, float | np.floating):
        return round(float(value), DIGITS)
    return value.item() if isinstance(value, np.generic) else value


def record() -> dict[str, Any]:
    """The golden."""
    made: dict[tuple[str, str], Any] = {}
    known: dict[str, dict[str, list[int]]] = {}
    results = []
    with tempfile.TemporaryDirectory() as place:
        for task, kind, arguments, keywords in checkpoints.calls():
            if (task, kind) not in made:
                known[f"{task} {kind}"] = shapes(task, kind)
                folder = Path(place) / f"{task}-{kind}"
                checkpoints.write(folder, task, kind, known[f"{task} {kind}"], seeding.weight)
                made[task, kind] = transformers.pipeline(task, str(folder), device="cpu")
            try:
                results.append(plain(made[task, kind](*arguments, **keywords)))
            except Exception as error:
                results.append({"error": type(error).__name__})
    return {"transformers": transformers.__version__, "shapes": known, "results": results}


def main() -> None:
    """Write the golden, the same bytes every time."""
    warnings.simplefilter("ignore")
    transformers.logging.set_verbosity(transformers.logging.CRITICAL)
    path = TESTS / "pipelines" / "golden.json.gz"
    golden = record()
    text = json.dumps(golden, separators=(",", ":"), sort_keys=True)
    path.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    errors = [result for result in golden["results"] if isinstance(result, dict) and "error" in result]
    print(f"{path.name}: {path.stat().st_size} bytes, {len(golden['results'])} calls, {len(errors)} errors")


if __name__ == "__main__":
    main()
