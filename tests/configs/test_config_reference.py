"""Files of the published release read here, and files written here equal to them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from transformers.models.bert.configuration_bert import BertConfig
from transformers.models.distilbert.configuration_distilbert import DistilBertConfig

CLASSES = {"BertConfig": BertConfig, "DistilBertConfig": DistilBertConfig}
CASES = json.loads((Path(__file__).parent / "reference.json").read_text())["cases"]


def plain(data: Any) -> Any:
    """As JSON gives it back: keys of dicts are strings."""
    return json.loads(json.dumps(data))


def given(case: dict[str, Any]) -> dict[str, Any]:
    return {**case["kwargs"]}


@pytest.mark.parametrize("case", CASES)
def test_config_of_keywords_equals_published(case: dict[str, Any]) -> None:
    config = CLASSES[case["class"]](**given(case))
    assert plain(config.to_dict()) == case["full"]
    assert json.loads(config.to_json_string()) == case["file"]


@pytest.mark.parametrize("case", CASES)
def test_config_reads_published_file(case: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(case["file"]))
    config = CLASSES[case["class"]].from_pretrained(tmp_path)
    assert plain(config.to_dict()) == case["full"]


@pytest.mark.parametrize("case", CASES)
def test_config_file_round_trip_is_byte_identical(case: dict[str, Any], tmp_path: Path) -> None:
    text = json.dumps(case["file"], indent=2, sort_keys=True) + "\n"
    (tmp_path / "config.json").write_text(text)
    CLASSES[case["class"]].from_pretrained(tmp_path).save_pretrained(tmp_path / "again")
    assert (tmp_path / "again" / "config.json").read_text() == text
