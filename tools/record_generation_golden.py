"""Record the golden tokens of generation from the published releases.

Run with the interpreter of a recording environment, once for each release that
tests/generation/golden_cases.py names; each run replaces its own part of
tests/generation/golden.json.gz. This library is never imported.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

import torch

import transformers

TESTS = Path(__file__).resolve().parent.parent / "tests"
sys.path[:0] = [str(TESTS / "models"), str(TESTS / "generation")]
import golden_cases  # type: ignore[import-not-found]  # noqa: E402
import seeding  # noqa: E402

PATH = TESTS / "generation" / "golden.json.gz"
RELEASE = ".".join(transformers.__version__.split(".")[:2])
DEFAULT = "4.57"


def build(data: dict[str, Any], **changes: Any) -> Any:
    """A model with seeded weights."""
    config = getattr(transformers, data["config_class"])(**{**data["config"], **changes})
    model = getattr(transformers, data["class"])(config).eval()
    with torch.no_grad():
        saved = model.state_dict()
        named = [*model.named_parameters(), *((n, b) for n, b in model.named_buffers() if n in saved)]
        for name, tensor in named:
            if tensor.is_floating_point():
                tensor.copy_(torch.from_numpy(seeding.weight(name, tuple(tensor.shape))))
    return model


def prompt(kind: str, pair: bool) -> dict[str, torch.Tensor]:
    """Ids and mask of a prompt."""
    ids = torch.tensor(golden_cases.ALONE if kind == "alone" else golden_cases.PROMPT)
    mask = torch.ones_like(ids)
    if kind == "padded":
        for row, length in enumerate(golden_cases.LENGTHS):
            hidden = slice(length, None) if pair else slice(0, ids.shape[1] - length)
            ids[row, hidden], mask[row, hidden] = 3, 0
    return {"input_ids": ids, "attention_mask": mask}


def record(model: Any, assistant: Any, call: dict[str, Any], pair: bool) -> dict[str, Any]:
    """Tokens, and for beams their scores and origins."""
    torch.manual_seed(0)
    given = prompt(call.get("prompt", "batch"), pair)
    extra = {"assistant_model": assistant} if call.get("assisted") else {}
    found = model.generate(
        **given,
        **call.get("recorded", call["set"]),
        **extra,
        return_dict_in_generate=True,
        output_scores=True,
    )
    result = {"sequences": found.sequences.tolist()}
    if getattr(found, "sequences_scores", None) is not None:
        result["scores"] = [float(f"{score:.6g}") for score in found.sequences_scores.tolist()]
        if found.beam_indices is not None and RELEASE == DEFAULT:  # the older one numbers groups alike
            result["origins"] = found.beam_indices.tolist()
    return result


def main() -> None:
    golden = json.loads(gzip.decompress(PATH.read_bytes())) if PATH.exists() else {"releases": {}, "runs": {}}
    golden["releases"][RELEASE] = {"transformers": transformers.__version__, "torch": torch.__version__}
    for name, data in golden_cases.MODELS.items():
        runs = golden["runs"].setdefault(name, {})
        for key, call in golden_cases.CALLS.items():
            if call.get("release", DEFAULT) == RELEASE:
                model, assistant = build(data), build(data, **data["assistant"])
                runs[key] = record(model, assistant, call, data["pair"])
        golden["runs"][name] = {key: runs[key] for key in golden_cases.CALLS if key in runs}
    text = json.dumps(golden, separators=(",", ":"))
    PATH.write_bytes(gzip.compress(text.encode(), mtime=0))
    print(f"{PATH.name}: {sum(map(len, golden['runs'].values()))} runs, {PATH.stat().st_size} bytes")


if __name__ == "__main__":
    main()
