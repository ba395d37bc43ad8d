"""Writing text with a model: settings, loops, logits, stopping, streaming; loaded when asked for."""

from __future__ import annotations

import importlib
import importlib.util
import re
from typing import Any

from .._exports import EXPORTS

# Names published here but not at the library's front door: pattern -> module.
_HOMES = {
    r"GenerationMode": "config_checks",
    r"BaseWatermarkingConfig": "watermarking_config",
    r"BaseStreamer": "streamers",
    r"BeamHypotheses": "beam_search",
    r"Continuous\w+": "continuous_batching",
    r"ConfidenceCriteria|MaxNewTokensCriteria|validate_stopping_criteria": "stopping_criteria",
    r"DisjunctiveTrie": "constraints",
    r"\w*CandidateGenerator\w*|UniversalSpeculative\w+|Assistant\w+Translator\w*": "candidate_generator",
    r"\w*Detector\w*": "watermarking",
    r"TF\w*Logits\w+": "tf_logits_process",
    r"Flax\w*Logits\w+": "flax_logits_process",
    r"\w*(Logits(Processor|Warper)(List)?|LogitNormalization|LengthPenalty)": "logits",
    r"\w+Output": "outputs",
}


def __getattr__(name: str) -> Any:
    package, _, room = __name__.rpartition(".")
    if EXPORTS.get(name, "").partition(".")[0] == room:
        return getattr(importlib.import_module(package), name)
    if not name.startswith("__"):
        part = next((part for kind, part in _HOMES.items() if re.fullmatch(kind, name)), None)
        if part is not None and importlib.util.find_spec(f"{__name__}.{part}") is not None:
            module = importlib.import_module(f".{part}", __name__)
            if name in module.__all__:
                return getattr(module, name)
        if importlib.util.find_spec(f"{__name__}.{name}") is not None:
            return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
