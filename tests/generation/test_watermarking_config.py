"""Settings of watermarks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from transformers import SynthIDTextWatermarkingConfig, WatermarkingConfig
from transformers.generation import BaseWatermarkingConfig, GenerationConfig, watermarking_config


def test_defaults_and_files(tmp_path: Path) -> None:
    config = WatermarkingConfig()
    assert list(config) == [
        ("greenlist_ratio", 0.25),
        ("bias", 2.0),
        ("hashing_key", 15485863),
        ("seeding_scheme", "lefthash"),
        ("context_width", 1),
    ]
    config.to_json_file(tmp_path / "mark.json")
    assert json.loads((tmp_path / "mark.json").read_text()) == config.to_dict()
    text = SynthIDTextWatermarkingConfig(ngram_len=3, keys=[1, 2]).to_json_string()
    assert text == (
        '{\n  "ngram_len": 3,\n  "keys": [\n    1,\n    2\n  ],\n  "sampling_table_size": 65536,\n'
        '  "sampling_table_seed": 0,\n  "context_history_size": 1024,\n  "skip_first_ngram_calls": false,\n'
        '  "debug_mode": false\n}\n'
    )


def test_from_dict_and_update_take_known_names() -> None:
    config = WatermarkingConfig.from_dict({"bias": 3.0}, hashing_key=3, unknown=2)
    assert (config.bias, config.hashing_key) == (3.0, 3)
    assert not hasattr(config, "unknown")
    with pytest.raises(TypeError, match="zz"):
        WatermarkingConfig.from_dict({"zz": 1})
    assert config != WatermarkingConfig()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"seeding_scheme": "x"}, "seeding_scheme must be selfhash or lefthash, got 'x'"),
        ({"greenlist_ratio": -0.1}, "greenlist_ratio must be from 0 to 1, got -0.1"),
        ({"greenlist_ratio": 1.5}, "greenlist_ratio must be from 0 to 1"),
        ({"context_width": 0}, "context_width must be at least 1, got 0"),
        ({"ngram_len": 2, "keys": [1], "sampling_table_size": 2**24 + 1}, r"at most 2\*\*24, got 16777217"),
    ],
)
def test_impossible_settings_raise(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GenerationConfig(watermarking_config=settings)


def test_base_is_abstract() -> None:
    with pytest.raises(TypeError, match="abstract"):
        BaseWatermarkingConfig()  # type: ignore[abstract]


def test_processors_and_detector_get_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    class Recorder:
        def __init__(self, part: str) -> None:
            self.part = part

        def __getattr__(self, name: str) -> Any:
            return lambda **given: (f"{self.part}.{name}", given)

    monkeypatch.setattr(watermarking_config, "_part", Recorder)
    config = WatermarkingConfig(bias=1.0)
    name, given = config.construct_processor(99, "cpu")
    assert name == "logits.WatermarkLogitsProcessor"
    assert given == {"vocab_size": 99, "device": "cpu", **config.to_dict()}
    name, given = config.construct_detector("model", "cpu", ignore_repeated_ngrams=True)
    assert name == "watermarking.WatermarkDetector"
    assert given["watermarking_config"] is config
    assert given["ignore_repeated_ngrams"]
    name, given = SynthIDTextWatermarkingConfig(3, [1]).construct_processor(99)
    assert name == "logits.SynthIDTextWatermarkLogitsProcessor"
    assert given["keys"] == [1]
    assert "vocab_size" not in given
