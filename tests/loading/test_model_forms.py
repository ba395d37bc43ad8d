"""What a model class declares about files and precision, in every framework that loads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import transformers
from transformers import BertConfig, BertModel
from transformers.layers.renames import Split, Transpose
from transformers.loading.saving import save_checkpoint

SIZES = {"hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 12}
CONFIG = {"vocab_size": 11, "max_position_embeddings": 7, **SIZES}
PARTS = tuple(rf"\1.self.{part}.\2" for part in ("query", "key", "value"))
RENAMES = (
    (r"(.*)\.self\.qkv\.(weight|bias)$", PARTS, Split()),
    (r"intermediate\.kernel$", "intermediate.dense.weight", Transpose()),
    (r"intermediate\.offset$", "intermediate.dense.bias"),
)
FACES = ("", "Flax", "TF", "Np")


@pytest.fixture
def bert() -> BertModel:
    torch.manual_seed(0)
    return BertModel(BertConfig(**CONFIG)).eval()


def declare(monkeypatch: pytest.MonkeyPatch, face: str, **values: Any) -> Any:
    """The class of a face, whose model declares `values`."""
    cls = getattr(transformers, f"{face}BertModel")
    for name, value in values.items():
        monkeypatch.setattr(cls if face == "" else cls.network_class, name, value)
    return cls


def arrays(model: Any) -> dict[str, Any]:
    """The weights of a model of any face by checkpoint name."""
    if hasattr(model, "params"):
        from flax.traverse_util import flatten_dict

        return flatten_dict(model.params, sep=".")
    if isinstance(model, torch.nn.Module):
        return dict(model.state_dict())
    return {name: slot.a for name, slot in model.network.state_dict().items()}


@pytest.mark.parametrize("face", FACES)
def test_renames_with_transforms_load(
    face: str, bert: BertModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cls = declare(monkeypatch, face, _renames=RENAMES)
    weights = {name: value.numpy() for name, value in bert.state_dict().items()}
    old = {
        name: value for name, value in weights.items() if ".self." not in name and "intermediate" not in name
    }
    for layer in ("encoder.layer.0", "encoder.layer.1"):
        for kind in ("weight", "bias"):
            parts = [weights[f"{layer}.attention.self.{part}.{kind}"] for part in ("query", "key", "value")]
            old[f"{layer}.attention.self.qkv.{kind}"] = np.concatenate(parts)
        old[f"{layer}.intermediate.kernel"] = weights[f"{layer}.intermediate.dense.weight"].T
        old[f"{layer}.intermediate.offset"] = weights[f"{layer}.intermediate.dense.bias"]
    save_checkpoint(tmp_path, old)
    bert.config.save_pretrained(tmp_path)
    found = arrays(cls.from_pretrained(tmp_path))
    assert set(found) == set(weights)
    for name, value in weights.items():
        np.testing.assert_array_equal(np.asarray(found[name]), value)


@pytest.mark.parametrize(
    ("declared", "dtype", "kept"),
    [
        ("_keep_in_fp32_modules", "float16", True),
        ("_keep_in_fp32_modules", "bfloat16", False),
        ("_keep_in_fp32_modules_strict", "float16", True),
        ("_keep_in_fp32_modules_strict", "bfloat16", True),
    ],
)
@pytest.mark.parametrize("face", ["", "Flax", "Np"])
def test_modules_that_stay_float32(
    face: str, declared: str, dtype: str, kept: bool, bert: BertModel, tmp_path: Path, monkeypatch: Any
) -> None:
    cls = declare(monkeypatch, face, **{declared: ["pooler", "output.dense"]})
    bert.save_pretrained(tmp_path)
    chosen = {"param_dtype" if face == "Flax" else "dtype": dtype}
    found = arrays(cls.from_pretrained(tmp_path, **chosen))
    for name, value in found.items():
        was = str(value.dtype).rpartition(".")[2]
        stays = kept and ("pooler" in name or ".output.dense." in name)
        assert was == ("float32" if stays else dtype), name
