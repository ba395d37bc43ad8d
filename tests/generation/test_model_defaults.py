"""Where a model's generation settings come from and go to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from transformers import GenerationConfig, GPT2Config
from transformers.generation import model_defaults


class Writer:
    """What these functions ask of a model."""

    def __init__(self, config: Any, able: bool = True) -> None:
        self.config, self.able = config, able
        self.generation_config = model_defaults.initial(self, config)

    def can_generate(self) -> bool:
        return self.able


def test_new_model_takes_its_config() -> None:
    assert Writer(GPT2Config(num_beams=3)).generation_config.num_beams == 3  # type: ignore[union-attr]
    assert Writer(GPT2Config(), able=False).generation_config is None


def test_checkpoint_goes_before_config_and_caller_before_both(tmp_path: Path) -> None:
    model = Writer(GPT2Config(num_beams=3))
    assert model_defaults.loaded(model, model.config, tmp_path).num_beams == 3  # type: ignore[union-attr]
    GenerationConfig(num_beams=5).save_pretrained(tmp_path)
    found = model_defaults.loaded(model, model.config, tmp_path, revision="main", torch_dtype="auto")
    assert found is not None
    assert found.num_beams == 5
    own = GenerationConfig(num_beams=7)
    assert model_defaults.loaded(model, model.config, tmp_path, own) is own
    assert model_defaults.loaded(model, model.config, None).num_beams == 3  # type: ignore[union-attr]
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"")
    assert model_defaults.loaded(model, model.config, weights).num_beams == 3  # type: ignore[union-attr]
    assert model_defaults.loaded(Writer(model.config, able=False), model.config, tmp_path) is None


def test_damaged_file_raises(tmp_path: Path) -> None:
    (tmp_path / "generation_config.json").write_text('{"num_beams": "many"}')
    model = Writer(GPT2Config())
    with pytest.raises(TypeError, match="num_beams must be an int"):
        model_defaults.loaded(model, model.config, tmp_path)


def test_save_moves_settings_out_of_the_config(tmp_path: Path) -> None:
    model = Writer(GPT2Config())
    model.config.num_beams = 4
    model_defaults.save(model, tmp_path)
    assert model.config.num_beams is None
    text = (tmp_path / "generation_config.json").read_text(encoding="utf-8")
    assert text == (
        '{\n  "_from_model_config": true,\n  "bos_token_id": 50256,\n  "eos_token_id": 50256,\n'
        '  "num_beams": 4,\n  "transformers_version": "4.57.6"\n}\n'
    )


def test_save_refuses_settings_without_effect(tmp_path: Path) -> None:
    model = Writer(GPT2Config())
    model.generation_config.temperature = 0.3  # type: ignore[union-attr]
    with pytest.raises(ValueError, match=r"temperature is 0\.3"):
        model_defaults.save(model, tmp_path)
    model_defaults.save(Writer(GPT2Config(), able=False), tmp_path / "none")
    assert not (tmp_path / "none").exists()
