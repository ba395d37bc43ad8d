"""`GenerationConfig`: types, contradictions, strategies, models."""

from __future__ import annotations

import copy
import logging
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from transformers import BartConfig, BertConfig, EncoderDecoderConfig, GenerationConfig, GPT2Config
from transformers.generation.configuration_utils import CompileConfig, GenerationMode
from transformers.utils import logging as library_logging


@pytest.fixture
def records() -> Iterator[list[str]]:
    """Texts of the warnings that the settings give rise to."""
    found: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record.getMessage())

    logger, handler = logging.getLogger("transformers.generation.configuration_utils"), Keep(logging.WARNING)
    library_logging._seen.cache_clear()
    logger.addHandler(handler)
    yield found
    logger.removeHandler(handler)


def test_defaults_are_the_published_ones() -> None:
    config = GenerationConfig()
    some = {
        "max_length": 20,
        "num_beams": 1,
        "top_k": 50,
        "temperature": 1.0,
        "early_stopping": False,
        "num_assistant_tokens": 20,
        "assistant_confidence_threshold": 0.4,
        "output_logits": None,
        "eos_token_id": None,
        "max_new_tokens": None,
        "use_cache": True,
    }
    assert {name: getattr(config, name) for name in some} == some
    assert len([name for name in vars(config) if not name.startswith("_")]) == 67
    assert config.forced_decoder_ids is None
    assert config.generation_kwargs == {}


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"top_k": "a"}, TypeError, "top_k must be an int or None"),
        ({"temperature": [1.0]}, TypeError, "temperature must be a float or None"),
        ({"do_sample": 1}, TypeError, "do_sample must be a bool or None"),
        ({"stop_strings": [1]}, TypeError, "stop_strings must be"),
        ({"watermarking_config": 5}, TypeError, "watermarking_config must be a WatermarkingConfig"),
        ({"watermarking_config": {"bia": 5}}, TypeError, "watermarking_config: .*bia"),
        ({"compile_config": {}}, ValueError, "compile_config must be a CompileConfig"),
        ({"temperature": float("nan")}, ValueError, "temperature must be a number"),
        ({"early_stopping": "soon"}, ValueError, "early_stopping must be True, False or 'never', got 'soon'"),
        ({"early_stopping": None}, ValueError, "early_stopping must be True, False or 'never', got None"),
        ({"max_new_tokens": 0}, ValueError, "max_new_tokens must be greater than 0, got 0"),
        ({"num_beams": 0}, ValueError, "num_beams must be greater than 0"),
        ({"max_length": -1}, ValueError, "max_length must not be negative, got -1"),
        ({"max_time": -0.5}, ValueError, "max_time must not be negative"),
        ({"cache_implementation": "big"}, ValueError, "cache_implementation must be one of static, .*'big'"),
        ({"num_assistant_tokens_schedule": "x"}, ValueError, "must be one of constant, heuristic"),
        ({"dola_layers": "middle"}, ValueError, "dola_layers must be one of low, high, got 'middle'"),
        ({"sequence_bias": {"x": 1.0}}, ValueError, "sequence_bias must have tuples of token ids"),
        ({"streamer": object()}, ValueError, "streamer is no setting of GenerationConfig"),
        ({"to_dict": 3}, ValueError, "'to_dict' cannot be a setting"),
        ({"num_return_sequences": 2}, ValueError, "num_return_sequences is 2, but greedy search"),
        (
            {"num_return_sequences": 4, "num_beams": 3},
            ValueError,
            r"\(4\) must not be greater than num_beams",
        ),
        ({"num_beams": 4, "num_beam_groups": 3}, ValueError, "must be a multiple of num_beam_groups"),
        (
            {"num_beams": 4, "num_beam_groups": 2, "diversity_penalty": 1.0, "do_sample": True},
            ValueError,
            "num_beam_groups .* does not go with do_sample",
        ),
        ({"num_beams": 4, "num_beam_groups": 2}, ValueError, "needs a diversity_penalty greater than 0"),
        ({"constraints": [1], "num_beams": 2, "do_sample": True}, ValueError, "constraints does not go with"),
        (
            {"force_words_ids": [[1]], "do_sample": True},
            ValueError,
            "force_words_ids does not go with do_sam",
        ),
        (
            {"force_words_ids": [[1]], "num_beams": 4, "num_beam_groups": 2, "diversity_penalty": 1.0},
            ValueError,
            "force_words_ids does not go with num_beam_groups",
        ),
    ],
)
def test_impossible_settings_raise(settings: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        GenerationConfig(**settings)


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"temperature": 0.5}, "temperature"),
        ({"top_k": 3}, "top_k"),
        ({"min_p": 0.5}, "min_p"),
        ({"early_stopping": "never"}, "early_stopping"),
        ({"length_penalty": 2.0}, "length_penalty"),
        ({"num_beam_groups": 2}, "num_beam_groups"),
        ({"pad_token_id": -1}, "pad_token_id"),
        ({"output_scores": True}, "output_scores"),
        ({"use_cache": False, "cache_implementation": "static"}, "cache_implementation"),
        ({"min_new_tokens": 5, "max_new_tokens": 3}, "min_new_tokens"),
    ],
)
def test_settings_without_effect_warn_once_and_raise_when_strict(
    settings: dict[str, Any], name: str, records: list[str], tmp_path: Path
) -> None:
    config = GenerationConfig(**settings)
    GenerationConfig(**settings)
    assert len(records) == 1
    assert f"{name} " in records[0]
    with pytest.raises(ValueError, match=f"without effect: {name} "):
        config.validate(strict=True)
    with pytest.raises(ValueError, match="Nothing was saved"):
        config.save_pretrained(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_one_warning_names_all_settings(records: list[str]) -> None:
    GenerationConfig(temperature=0.5, early_stopping=True, output_logits=True)
    assert len(records) == 1
    assert all(name in records[0] for name in ("temperature", "early_stopping", "output_logits"))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"do_sample": True, "temperature": 0.5, "top_k": 0, "num_return_sequences": 3},
        {"temperature": None, "top_p": None},
        {"num_beams": 4, "early_stopping": True, "length_penalty": 2.0, "num_return_sequences": 4},
        {"penalty_alpha": 0.6, "top_k": 4},
        {"return_dict_in_generate": True, "output_scores": True},
        {"num_beams": 4, "num_beam_groups": 2, "diversity_penalty": 0.5},
    ],
)
def test_sound_settings_are_silent_and_strict(settings: dict[str, Any], records: list[str]) -> None:
    GenerationConfig(**settings).validate(strict=True)
    assert records == []


def test_validate_notices_what_was_set_later() -> None:
    config = GenerationConfig()
    config.top_k = "a"
    with pytest.raises(TypeError, match="top_k"):
        config.validate()


@pytest.mark.parametrize(
    ("settings", "assisted", "mode"),
    [
        ({}, False, "greedy_search"),
        ({"do_sample": True}, False, "sample"),
        ({"num_beams": 3}, False, "beam_search"),
        ({"num_beams": 3, "do_sample": True}, False, "beam_sample"),
        ({"num_beams": 4, "num_beam_groups": 2, "diversity_penalty": 1.0}, False, "group_beam_search"),
        ({"num_beams": 3, "constraints": [1]}, False, "constrained_beam_search"),
        ({"force_words_ids": [[1]]}, False, "constrained_beam_search"),
        ({"penalty_alpha": 0.6, "top_k": 4}, False, "contrastive_search"),
        ({"penalty_alpha": 0.6, "top_k": 1}, False, "greedy_search"),
        ({"penalty_alpha": 0.6, "top_k": 4, "do_sample": True}, False, "sample"),
        ({}, True, "assisted_generation"),
        ({"do_sample": True}, True, "assisted_generation"),
        ({"prompt_lookup_num_tokens": 3}, False, "assisted_generation"),
        ({"assistant_early_exit": 3}, False, "assisted_generation"),
        ({"dola_layers": "high"}, False, "dola_generation"),
        ({"dola_layers": [1, 2], "do_sample": True}, False, "dola_generation"),
    ],
)
def test_mode_follows_the_settings(
    settings: dict[str, Any], assisted: bool, mode: str, records: list[str]
) -> None:
    chosen = GenerationConfig(**settings).get_generation_mode(object() if assisted else None)
    assert chosen is GenerationMode(mode)
    assert not any("ignored" in text for text in records)


@pytest.mark.parametrize(
    ("settings", "cause"), [({"prompt_lookup_num_tokens": 3}, "assistant"), ({"dola_layers": "low"}, "dola")]
)
def test_mode_warns_of_what_beams_cannot_do(settings: dict[str, Any], cause: str, records: list[str]) -> None:
    mode = GenerationConfig(num_beams=3, **settings).get_generation_mode()
    assert mode is GenerationMode.BEAM_SEARCH
    assert len(records) == 1
    assert cause in records[0]


def test_update_sets_known_names_all_or_none() -> None:
    config = GenerationConfig()
    assert config.update(top_p=0.5, do_sample=True, unknown=1) == {"unknown": 1}
    assert config.top_p == 0.5
    assert not hasattr(config, "unknown")
    with pytest.raises(ValueError, match="num_return_sequences"):
        config.update(num_beams=2, num_return_sequences=3)
    assert (config.num_beams, config.num_return_sequences) == (1, 1)
    with pytest.raises(TypeError, match="num_beams must be an int"):
        config.update(max_length=7, num_beams="a")
    assert config.max_length == 20


def test_equality_hash_and_copies_ignore_where_settings_came_from() -> None:
    config = GenerationConfig(num_beams=3)
    marked = GenerationConfig(
        num_beams=3, _from_model_config=True, _commit_hash="a", transformers_version="4.1"
    )
    assert config == marked
    assert hash(config) == hash(marked)
    assert config != GenerationConfig(num_beams=3, other=1)
    assert config != {"num_beams": 3}
    assert pickle.loads(pickle.dumps(config)) == config == copy.deepcopy(config)
    assert "_commit_hash" not in marked.to_dict()


def test_from_model_config_takes_what_older_files_keep_there() -> None:
    config = GenerationConfig.from_model_config(
        GPT2Config(num_beams=3, max_length=44, bos_token_id=7, eos_token_id=8, output_attentions=True)
    )
    assert (config.num_beams, config.max_length, config.bos_token_id, config.eos_token_id) == (3, 44, 7, 8)
    assert config.return_dict_in_generate
    assert config._from_model_config
    assert not hasattr(config, "n_layer")
    assert GenerationConfig.from_model_config(BartConfig(forced_bos_token_id=9)).forced_bos_token_id == 9


def test_from_model_config_asks_the_decoder_of_a_pair() -> None:
    pair = EncoderDecoderConfig.from_encoder_decoder_configs(
        BertConfig(bos_token_id=5, max_length=33), BertConfig(eos_token_id=9, num_beams=3, pad_token_id=8)
    )
    config = GenerationConfig.from_model_config(pair)
    assert (config.eos_token_id, config.num_beams, config.pad_token_id) == (9, 3, 8)
    assert (config.bos_token_id, config.max_length) == (None, 20)


def test_subclass_in_the_classic_style() -> None:
    class Own(GenerationConfig):
        def __init__(self, rate: int = 3, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.rate = rate

    config = Own(rate=4, num_beams=2)
    assert (config.rate, config.num_beams) == (4, 2)
    assert Own.from_dict(config.to_dict()).rate == 4


def test_compile_config_gives_the_arguments_of_the_compiler() -> None:
    config = CompileConfig(mode="default", fullgraph=True)
    assert config.to_dict() == {
        "fullgraph": True,
        "dynamic": None,
        "backend": "inductor",
        "mode": "default",
        "options": None,
    }
    assert GenerationConfig(compile_config=config).compile_config is config
    with pytest.raises(TypeError, match="foo"):
        CompileConfig(foo=1)  # type: ignore[call-arg]


def test_settings_load_no_framework() -> None:
    code = (
        "import sys; from transformers import GenerationConfig;"
        "GenerationConfig(num_beams=2).to_json_string();"
        "import transformers.generation as g; g.GenerationMode; g.BaseWatermarkingConfig;"
        "assert not {'torch', 'jax', 'tensorflow', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_package_names_what_it_lacks() -> None:
    import transformers.generation

    assert transformers.generation.GenerationConfig is GenerationConfig
    names = "TopKLogitsWarper WatermarkDetectorOutput SampleOutput beam_constraints streamers"
    for name in names.split():
        assert getattr(transformers.generation, name) is not None
    for name in ("Nothing", "NothingOutput", "__path_of_nothing__"):
        with pytest.raises(AttributeError, match=f"no attribute '{name}'"):
            getattr(transformers.generation, name)
