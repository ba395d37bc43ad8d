"""AutoConfig: the class that a file names, files that name none, registering, and what no file may do."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from transformers.configuration_utils import PretrainedConfig
from transformers.models.auto import configuration_auto
from transformers.models.auto.configuration_auto import CONFIG_MAPPING, CONFIG_MAPPING_NAMES, AutoConfig
from transformers.models.bert.configuration_bert import BertConfig
from transformers.models.distilbert.configuration_distilbert import DistilBertConfig


class Mine(PretrainedConfig):
    model_type = "mine_of_tests"

    def __init__(self, width: int = 8, **kwargs: Any) -> None:
        self.width = width
        super().__init__(**kwargs)


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    yield
    CONFIG_MAPPING._extra_content.clear()


def write(folder: Path, data: Any) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(data))
    return folder


def test_auto_config_reads_the_named_type(tmp_path: Path) -> None:
    DistilBertConfig(dim=24, n_heads=2).save_pretrained(tmp_path)
    config = AutoConfig.from_pretrained(tmp_path)
    assert type(config) is DistilBertConfig
    assert (config.dim, config.name_or_path) == (24, str(tmp_path))
    assert "_name_or_path" not in config.to_json_string()  # where a file lies is no part of it


def test_auto_config_overrides_and_leftovers(tmp_path: Path) -> None:
    BertConfig().save_pretrained(tmp_path)
    config, rest = AutoConfig.from_pretrained(tmp_path, return_unused_kwargs=True, vocab_size=9, zap=1)
    assert (config.vocab_size, rest) == (9, {"zap": 1})


def test_auto_config_for_model() -> None:
    assert AutoConfig.for_model("bert", 5).vocab_size == 5
    with pytest.raises(
        ValueError, match=r"unknown model type 'brt'. Did you mean 'bert'.*\? Known: .*bert, .*distilbert"
    ):
        AutoConfig.for_model("brt")


def test_auto_config_is_not_made_itself() -> None:
    with pytest.raises(OSError, match="AutoConfig is not made itself"):
        AutoConfig()


def test_auto_config_unknown_type_names_the_place(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"unknown model type 'distilbrt'. Did you mean 'distilbert'"
    ) as caught:
        AutoConfig.from_pretrained(write(tmp_path, {"model_type": "distilbrt"}))
    assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize("value", [3, ["bert"], {"a": 1}])
def test_auto_config_type_that_is_no_text(value: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown model type"):
        AutoConfig.from_pretrained(write(tmp_path, {"model_type": value}))


def test_auto_config_of_files_without_a_type(tmp_path: Path) -> None:
    named = write(tmp_path / "x", {"architectures": ["DistilBertForMaskedLM"]})
    assert type(AutoConfig.from_pretrained(named)) is DistilBertConfig
    assert type(AutoConfig.from_pretrained(write(tmp_path / "my-distilbert-2", {}))) is DistilBertConfig
    assert type(AutoConfig.from_pretrained(write(tmp_path / "bert-tiny", {}))) is BertConfig
    with pytest.raises(ValueError, match=r"config.json needs a model_type, one of (.*, )?bert, .*distilbert"):
        AutoConfig.from_pretrained(write(tmp_path / "thing", {}))


def test_auto_config_wrong_value_names_the_place(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="vocab_size must be an int") as caught:
        AutoConfig.from_pretrained(write(tmp_path, {"model_type": "bert", "vocab_size": "x"}))
    assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize("trust", [False, None, 0])
def test_auto_config_runs_no_code_of_a_folder(trust: bool | None, tmp_path: Path) -> None:
    write(
        tmp_path, {"model_type": "evil", "auto_map": {"AutoConfig": "evil.Config"}, "trust_remote_code": True}
    )
    (tmp_path / "evil.py").write_text("raise SystemExit")
    with pytest.raises(ValueError, match=r"names code of its own \(auto_map\)"):
        AutoConfig.from_pretrained(tmp_path, trust_remote_code=trust)
    assert "evil" not in sys.modules


def test_auto_config_known_type_ignores_auto_map(tmp_path: Path) -> None:
    write(tmp_path, {"model_type": "bert", "auto_map": {"AutoConfig": "evil.Config"}})
    assert type(AutoConfig.from_pretrained(tmp_path)) is BertConfig


def test_auto_config_register(tmp_path: Path) -> None:
    AutoConfig.register("mine_of_tests", Mine)
    Mine(width=3).save_pretrained(tmp_path)
    config = AutoConfig.from_pretrained(tmp_path)
    assert type(config) is Mine
    assert config.width == 3
    assert "mine_of_tests" in CONFIG_MAPPING
    assert list(CONFIG_MAPPING)[-1] == "mine_of_tests"
    with pytest.raises(ValueError, match="model type 'mine_of_tests' is Mine already; exist_ok=True"):
        AutoConfig.register("mine_of_tests", Mine)
    AutoConfig.register("mine_of_tests", Mine, exist_ok=True)
    with pytest.raises(
        ValueError, match=r"Mine.model_type is 'mine_of_tests', registered as 'other': make them equal"
    ):
        AutoConfig.register("other", Mine)


def test_config_mapping_reads_as_published() -> None:
    assert CONFIG_MAPPING["bert"] is BertConfig
    assert CONFIG_MAPPING_NAMES["distilbert"] == "DistilBertConfig"
    assert len(CONFIG_MAPPING) == len(list(CONFIG_MAPPING.keys())) == len(list(CONFIG_MAPPING.values()))
    assert ("bert", BertConfig) in list(CONFIG_MAPPING.items())
    assert CONFIG_MAPPING.get("nothing") is None
    with pytest.raises(KeyError, match="unknown model type 'nothing'"):
        CONFIG_MAPPING["nothing"]


def test_model_names_mapping() -> None:
    assert configuration_auto.MODEL_NAMES_MAPPING["distilbert"] == "DistilBERT"
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        configuration_auto.nothing  # noqa: B018


def test_nested_config_of_any_type_is_found_by_its_type() -> None:
    class Pair(PretrainedConfig):
        model_type = "pair_of_tests"
        inner: PretrainedConfig | None = None

    pair = Pair(inner={"model_type": "bert", "vocab_size": 9})
    assert type(pair.inner) is BertConfig
    assert Pair.from_dict(json.loads(pair.to_json_string())) == pair
    with pytest.raises(ValueError, match="unknown model type"):
        Pair(inner={"model_type": "zork"})
