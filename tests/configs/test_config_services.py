"""Files, dictionaries, changes, and classes of users in the classic style."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from transformers import XLNetConfig
from transformers.configuration_utils import PretrainedConfig
from transformers.models.bert.configuration_bert import BertConfig
from transformers.models.distilbert.configuration_distilbert import DistilBertConfig


class Classic(PretrainedConfig):
    model_type = "classic_of_tests"
    attribute_map = {"hidden_size": "width"}

    def __init__(
        self, width: int = 8, names: list[str] | None = None, bos_token_id: int = 1, **kwargs: Any
    ) -> None:
        self.width = width
        self.names = names or ["a"]
        super().__init__(bos_token_id=bos_token_id, **kwargs)


class Annotated(PretrainedConfig):
    """Annotations beside an `__init__` of its own are remarks, not fields."""

    model_type = "annotated_of_tests"
    width: int = 8

    def __init__(self, width: int = 9, **kwargs: Any) -> None:
        self.width = width
        super().__init__(**kwargs)


class Heir(BertConfig):
    model_type = "heir_of_tests"

    def __init__(self, depth: int = 3, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.depth = depth


class Composite(PretrainedConfig):
    model_type = "composite_of_tests"
    is_composition = True

    def __init__(self, text_config: dict[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.text_config = BertConfig(**(text_config or {}))


def write(folder: Path, data: Any) -> Path:
    (folder / "config.json").write_text(data if isinstance(data, str) else json.dumps(data))
    return folder


@pytest.mark.parametrize("kind", [Classic, Annotated, Heir])
def test_classic_subclass_saves_and_loads(kind: type[PretrainedConfig], tmp_path: Path) -> None:
    name = "depth" if kind is Heir else "width"
    config = kind(**{name: 5}, num_labels=4, extra={"a": 1})
    config.later = "kept"
    config.save_pretrained(tmp_path)
    again = kind.from_pretrained(tmp_path)
    assert again == config
    assert (getattr(again, name), again.num_labels, again.extra, again.later) == (5, 4, {"a": 1}, "kept")
    assert json.loads((tmp_path / "config.json").read_text())["model_type"] == kind.model_type


def test_classic_subclass_diff_as_published() -> None:
    # numbers from the published release for a class of this shape
    config = Classic(width=3, num_labels=4)
    assert config.to_diff_dict() == {
        "width": 3,
        "names": ["a"],
        "bos_token_id": 1,
        "id2label": {0: "LABEL_0", 1: "LABEL_1", 2: "LABEL_2", 3: "LABEL_3"},
        "label2id": {"LABEL_0": 0, "LABEL_1": 1, "LABEL_2": 2, "LABEL_3": 3},
        "transformers_version": "4.57.6",
        "model_type": "classic_of_tests",
    }
    assert Classic(5).hidden_size == 5


def test_classic_composite_keeps_its_parts(tmp_path: Path) -> None:
    config = Composite(text_config={"hidden_size": 24, "num_labels": 3})
    config.save_pretrained(tmp_path)
    again = Composite.from_pretrained(tmp_path)
    assert again == config
    assert again.get_text_config() is again.text_config
    assert BertConfig.from_pretrained(tmp_path).hidden_size == 24


def test_get_text_config_of_a_plain_model_is_itself() -> None:
    config = BertConfig()
    assert config.get_text_config(decoder=True) is config


def test_get_text_config_of_two_parts_is_ambiguous() -> None:
    config = PretrainedConfig()
    config.text_config, config.decoder = BertConfig(), BertConfig()
    with pytest.raises(ValueError, match="several text parts"):
        config.get_text_config()


def test_from_pretrained_overrides_and_leftovers(tmp_path: Path) -> None:
    BertConfig(foo=1).save_pretrained(tmp_path)
    config, rest = BertConfig.from_pretrained(
        tmp_path, return_unused_kwargs=True, hidden_size=24, num_attention_heads=3, foo=2, bar=3
    )
    assert (config.hidden_size, config.foo, rest) == (24, 2, {"bar": 3})


def test_from_pretrained_checks_overrides(tmp_path: Path) -> None:
    BertConfig().save_pretrained(tmp_path)
    with pytest.raises(TypeError, match="hidden_size must be an int"):
        BertConfig.from_pretrained(tmp_path, hidden_size="a")
    with pytest.raises(ValueError, match=r"hidden_size must not be negative, got -1"):
        BertConfig.from_pretrained(tmp_path, hidden_size=-1)
    assert BertConfig.from_pretrained(tmp_path, num_labels=5).num_labels == 5


def test_from_pretrained_num_labels_replaces_names_of_another_number(tmp_path: Path) -> None:
    BertConfig(id2label={0: "a", 1: "b"}, label2id={"a": 0, "b": 1}).save_pretrained(tmp_path)
    assert BertConfig.from_pretrained(tmp_path, num_labels=2).id2label == {0: "a", 1: "b"}
    assert BertConfig.from_pretrained(tmp_path, num_labels=3).num_labels == 3


def test_from_pretrained_takes_file_and_subfolder(tmp_path: Path) -> None:
    BertConfig(hidden_size=24).save_pretrained(tmp_path / "part")
    assert BertConfig.from_pretrained(tmp_path / "part" / "config.json").hidden_size == 24
    assert BertConfig.from_pretrained(tmp_path, subfolder="part").hidden_size == 24
    assert BertConfig.from_json_file(tmp_path / "part" / "config.json").hidden_size == 24


def test_from_pretrained_warns_of_another_model_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr("transformers.configuration_utils.logger.warning", said.append)
    BertConfig().save_pretrained(tmp_path)
    assert isinstance(DistilBertConfig.from_pretrained(tmp_path), DistilBertConfig)
    assert "holds a model of type 'bert', read here as 'distilbert'" in said[0]


@pytest.mark.parametrize(
    "name", ["_attn_implementation", "attn_implementation", "_attn_implementation_internal"]
)
def test_file_cannot_choose_the_kernel(name: str, tmp_path: Path) -> None:
    write(tmp_path, {"model_type": "composite_of_tests", name: "evil/kernel", "text_config": {name: "evil"}})
    config = Composite.from_pretrained(tmp_path)
    assert config._attn_implementation is None
    assert config.text_config._attn_implementation is None
    assert Composite.from_pretrained(tmp_path, attn_implementation="eager")._attn_implementation == "eager"


def test_file_cannot_replace_what_the_class_owns(tmp_path: Path) -> None:
    write(tmp_path, {"attribute_map": {"dim": "x"}, "sub_configs": 3, "base_model_tp_plan": {"a": "b"}})
    config = DistilBertConfig.from_pretrained(tmp_path)
    assert config.hidden_size == 768
    assert config.base_model_tp_plan is None


def test_auto_map_is_only_data(tmp_path: Path) -> None:
    write(tmp_path, {"auto_map": {"AutoConfig": "evil.Config"}, "vocab_size": 7})
    assert BertConfig.from_pretrained(tmp_path).auto_map == {"AutoConfig": "evil.Config"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not valid JSON"),
        ("[1]", "must hold a JSON object, got a list"),
        ('{"hidden_size": NaN}', "NaN is not allowed"),
        ("[" * 100_000, "is not valid JSON"),
        ('{"a": ' * 100 + "1" + "}" * 100, "is nested more than 64 levels deep"),
        ('{"a": ' + "9" * 10_000 + "}", "is not valid JSON"),
        ("\ud800", "is not valid JSON"),
    ],
)
def test_broken_file_is_named(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(OSError, match=message) as caught:
        BertConfig.from_pretrained(tmp_path)
    assert "config.json" in str(caught.value)


@pytest.mark.parametrize("value", ["abc", True, None, [], {}, 1e400, -5, 2**60])
def test_wrong_value_in_file_names_the_file(value: Any, tmp_path: Path) -> None:
    write(tmp_path, {"vocab_size": value})
    with pytest.raises((TypeError, ValueError), match="vocab_size") as caught:
        BertConfig.from_pretrained(tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_infinity_in_file_is_a_number(tmp_path: Path) -> None:
    write(tmp_path, '{"limit": Infinity}')
    assert BertConfig.from_pretrained(tmp_path).limit == float("inf")


def test_enormous_file_is_refused(tmp_path: Path) -> None:
    with open(tmp_path / "config.json", "wb") as file:
        file.truncate(2**30)
    with pytest.raises(OSError, match="has 1073741824 bytes"):
        BertConfig.from_pretrained(tmp_path)


def test_missing_places_are_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(OSError, match=r"has no file 'config.json'; it holds notes.txt"):
        BertConfig.from_pretrained(tmp_path)
    with pytest.raises(OSError, match=r"there is no file or folder './nowhere/at/all'"):
        BertConfig.from_pretrained("./nowhere/at/all")


def test_save_into_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError, match="needs a folder"):
        BertConfig().save_pretrained(tmp_path / "file")


def test_save_leaves_only_the_file(tmp_path: Path) -> None:
    BertConfig().save_pretrained(tmp_path)
    BertConfig(vocab_size=3).save_pretrained(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]
    assert (tmp_path / "config.json").stat().st_mode & 0o400


def test_get_config_dict_separates_keywords(tmp_path: Path) -> None:
    BertConfig(vocab_size=3).save_pretrained(tmp_path)
    data, rest = PretrainedConfig.get_config_dict(tmp_path, revision="main", token=None, mine=1)
    assert data["vocab_size"] == 3
    assert rest == {"mine": 1}


def test_plain_config_keeps_the_type_it_read() -> None:
    assert PretrainedConfig.from_dict({"model_type": "zork", "a": 1}).to_dict()["model_type"] == "zork"


def test_to_json_file_full_or_diff(tmp_path: Path) -> None:
    BertConfig().to_json_file(tmp_path / "a.json", use_diff=False)
    assert json.loads((tmp_path / "a.json").read_text())["num_beams"] == 1
    BertConfig().to_json_file(tmp_path / "b.json")
    assert "num_beams" not in json.loads((tmp_path / "b.json").read_text())


def test_update_checks_fields_and_takes_new_names() -> None:
    config = BertConfig()
    config.update({"hidden_size": 24, "new": [1]})
    assert (config.hidden_size, config.new) == (24, [1])
    with pytest.raises(TypeError, match="hidden_size must be an int"):
        config.update({"hidden_size": "x"})


def test_update_from_string() -> None:
    config = BertConfig()
    config.update_from_string("hidden_size=12,hidden_dropout_prob=0.3,use_cache=false,hidden_act=relu")
    assert (config.hidden_size, config.hidden_dropout_prob, config.use_cache) == (12, 0.3, False)
    assert config.hidden_act == "relu"


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("nope=1", ValueError, "must read name=value"),
        ("hidden_size", ValueError, "must read name=value"),
        ("pruned_heads=3", TypeError, "only int, float, bool and str"),
        ("use_cache=maybe", ValueError, "use_cache must be true or false"),
        ("hidden_size=a", ValueError, "invalid literal"),
    ],
)
def test_update_from_string_errors(text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        BertConfig().update_from_string(text)


def test_register_for_auto_class() -> None:
    class Mine(PretrainedConfig):
        pass

    Mine.register_for_auto_class()
    assert Mine._auto_class == "AutoConfig"
    assert PretrainedConfig._auto_class is None
    with pytest.raises(ValueError, match="auto_class must be 'AutoConfig', got 'AutoThing'"):
        Mine.register_for_auto_class("AutoThing")


def test_non_default_generation_parameters() -> None:
    assert BertConfig(num_beams=4, top_k=50)._get_non_default_generation_parameters() == {"num_beams": 4}


@pytest.mark.parametrize("asked", [True, False])
def test_xlnet_takes_the_older_name_of_its_memory(asked: bool) -> None:
    assert XLNetConfig(use_cache=asked).use_mems_eval is asked
    assert XLNetConfig().use_mems_eval is True
