"""Record the answers that the published reference makes of scores: the measures of SQuAD.

Run with the reference's interpreter: `python tools/record_answers_golden.py`.
Writes tests/data/answers.json.gz.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent / "tests" / "data"


def main() -> None:
    """Record everything."""
    import transformers
    from transformers.data.metrics import squad_metrics
    from transformers.data.processors import squad

    spec = importlib.util.spec_from_file_location("answers", TESTS / "answers.py")
    if spec is None or spec.loader is None:
        raise ImportError(f"{TESTS} has no answers.py")
    cases = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(cases)
    with tempfile.TemporaryDirectory() as folder:
        value = {
            "transformers": transformers.__version__,
            "answered": cases.answered(squad, squad_metrics, transformers, Path(folder)),
            "final": [squad_metrics.get_final_text(*given) for given in cases.FINAL],
        }
    text = json.dumps(value, separators=(",", ":"))
    path = TESTS / "answers.json.gz"
    path.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
