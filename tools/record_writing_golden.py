"""Record what the published reference's pipelines write for the calls in tests/pipelines/writing_calls.py.

Run with a reference's interpreter: `python tools/record_writing_golden.py`. Writes
tests/pipelines/writing_golden.json.gz: the shapes of the checkpoints' weights, and a result per call.  Run
with the release 4.35.2, the last that had conversations, it writes tests/pipelines/conversations_golden.json.
"""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import transformers

TESTS = Path(__file__).resolve().parent.parent / "tests"
sys.path[:0] = [str(TESTS / "models"), str(TESTS / "pipelines")]
import seeding  # noqa: E402
import writing  # noqa: E402
import writing_calls  # noqa: E402

OLD = not hasattr(transformers.pipelines.text_generation, "Chat")


def shapes(kind: str) -> dict[str, list[int]]:
    """Names and shapes of a checkpoint's weights, each once."""
    config = transformers.AutoConfig.for_model(**writing.config(kind))
    model = getattr(transformers, writing.MODELS[kind])(config)
    ties = set(getattr(model, "_tied_weights_keys", None) or ()) if config.tie_word_embeddings else set()
    named = model.state_dict().items()
    return {name: list(t.shape) for name, t in named if t.is_floating_point() and name not in ties}


def plain(value: Any) -> Any:
    """A result as JSON knows it."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "messages"):
        return value.messages
    return value.tolist() if hasattr(value, "tolist") else value


def arguments_of(task: str, given: list[Any]) -> list[Any]:
    """What the pipeline is called with; conversations have a class."""
    if task != "conversational":
        return given
    return [[transformers.Conversation([dict(message) for message in one]) for one in given[0]]]


def record() -> dict[str, Any]:
    """The golden."""
    made: dict[tuple[str, str], Any] = {}
    known: dict[str, dict[str, list[int]]] = {}
    results = []
    with tempfile.TemporaryDirectory() as place:
        for task, kind, given, keywords in writing_calls.conversations() if OLD else writing_calls.calls():
            if (task, kind) not in made:
                known[kind] = shapes(kind)
                folder = Path(place) / f"{task}-{kind}"
                writing.write(folder, kind, known[kind], seeding.weight)
                made[task, kind] = transformers.pipeline(task, str(folder), device="cpu")
            try:
                results.append(plain(made[task, kind](*arguments_of(task, given), **keywords)))
            except Exception as error:
                results.append({"error": type(error).__name__})
    return {"transformers": transformers.__version__, "shapes": known, "results": results}


def main() -> None:
    """Write the golden, the same bytes every time."""
    warnings.simplefilter("ignore")
    transformers.logging.set_verbosity(transformers.logging.CRITICAL)
    golden = record()
    text = json.dumps(golden, separators=(",", ":"), sort_keys=True)
    if OLD:
        path = TESTS / "pipelines" / "conversations_golden.json"
        path.write_text(text + "\n")
    else:
        path = TESTS / "pipelines" / "writing_golden.json.gz"
        path.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    errors = [result for result in golden["results"] if isinstance(result, dict) and "error" in result]
    print(f"{path.name}: {path.stat().st_size} bytes, {len(golden['results'])} calls, {len(errors)} errors")


if __name__ == "__main__":
    main()
