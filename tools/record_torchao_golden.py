"""Records files of torchao's tensors written by the published library, and what those models compute.

Run in the reference environment with accelerate and one release of torchao on the path, once for each release
(0.14.1 and 0.18.0 were used): `python tools/record_torchao_golden.py`. Files and logits of a release replace
those that tests/quantization/torchao.json.gz has of it.
"""

from __future__ import annotations

import base64
import gzip
import json
import tempfile
from pathlib import Path
from typing import Any

import torch
import torchao
import torchao.quantization as kinds
from torchao.quantization.granularity import PerGroup

import transformers as published

library: Any = published  # whose types are not this library's
TARGET = Path(__file__).resolve().parent.parent / "tests" / "quantization" / "torchao.json.gz"
SIZES = {"vocab_size": 11, "hidden_size": 24, "intermediate_size": 24, "num_hidden_layers": 1}
HEADS = {"num_attention_heads": 2, "num_key_value_heads": 2, "tie_word_embeddings": True}
GROUPS = PerGroup(8)
HALVES = {"weight_dtype": torch.int4, "granularity": GROUPS}
# name -> (quant_type, whether to save as safetensors)
CASES: dict[str, tuple[Any, bool]] = {
    "rows": (kinds.Int8WeightOnlyConfig(), False),
    "both": (kinds.Int8DynamicActivationInt8WeightConfig(), False),
    "groups": (kinds.IntxWeightOnlyConfig(**HALVES), False),
    "float8_safe": (kinds.Float8WeightOnlyConfig(), True),
}


def recorded(source: Path, folder: Path, quant_type: Any, safe: bool) -> dict[str, Any]:
    """The files of one model in text, and its logits."""
    how = library.TorchAoConfig(quant_type)
    model = library.LlamaForCausalLM.from_pretrained(source, quantization_config=how)
    model.save_pretrained(folder, safe_serialization=safe)
    with torch.no_grad():
        logits = model(torch.arange(5)[None]).logits
    files = {path.name: base64.b64encode(path.read_bytes()).decode() for path in sorted(folder.iterdir())}
    return {"files": files, "logits": logits.tolist()}


def main() -> None:
    """Record all cases with the release of torchao that is installed."""
    kept = json.loads(gzip.decompress(TARGET.read_bytes())) if TARGET.exists() else {}
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "whole"
        model = library.LlamaForCausalLM(library.LlamaConfig(**SIZES, **HEADS))
        model.save_pretrained(source)
        found = {case: recorded(source, Path(name) / case, *given) for case, given in CASES.items()}
    kept[torchao.__version__] = {"transformers": library.__version__, "cases": found}
    TARGET.write_bytes(gzip.compress(json.dumps(kept, sort_keys=True).encode(), mtime=0))


if __name__ == "__main__":
    main()
