"""Typed fields: arguments, checks, aliases, labels, copies."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import Any, ClassVar

import numpy as np
import pytest

from transformers.configuration_utils import PretrainedConfig
from transformers.models.bert.configuration_bert import BertConfig
from transformers.models.distilbert.configuration_distilbert import DistilBertConfig


class Inner(PretrainedConfig):
    model_type = "inner_of_tests"
    width: int = 4


class Other(PretrainedConfig):
    model_type = "other_of_tests"
    height: int = 6


class Outer(PretrainedConfig):
    model_type = "outer_of_tests"
    sub_configs: ClassVar[dict[str, Any]] = {"left": Inner}
    left: Inner
    right: Inner | Other | None = None
    sizes: list[int] = [1, 2]
    pair: tuple[int, int] = (3, 4)
    ratio: float = 0.5
    table: dict[str, float] = {}
    offset: int = -1


class Needy(PretrainedConfig):
    has_no_defaults_at_init = True
    width: int


def test_fields_by_position_follow_the_class_body() -> None:
    config = BertConfig(5, 24, 2, 3)
    assert (config.vocab_size, config.hidden_size, config.num_hidden_layers) == (5, 24, 2)
    assert config.num_attention_heads == 3


def test_fields_signature_shows_model_fields_first() -> None:
    parameters = inspect.signature(BertConfig).parameters
    names = list(parameters)
    assert names[:3] == ["vocab_size", "hidden_size", "num_hidden_layers"]
    assert parameters["hidden_size"].default == 768
    assert parameters["hidden_size"].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    assert parameters["pad_token_id"].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    assert parameters["is_decoder"].kind is inspect.Parameter.KEYWORD_ONLY
    assert names[-1] == "kwargs"


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"hidden_size": "abc"}, TypeError, r"hidden_size must be an int, got 'abc' \(str\)"),
        ({"hidden_size": True}, TypeError, r"hidden_size must be an int, got True \(bool\)"),
        ({"hidden_size": "768"}, TypeError, "hidden_size must be an int"),
        ({"hidden_size": None}, TypeError, "hidden_size must be an int, got None"),
        ({"hidden_size": 7.5}, TypeError, "hidden_size must be an int, got 7.5"),
        ({"hidden_size": [768]}, TypeError, "hidden_size must be an int"),
        ({"use_cache": 1}, TypeError, "use_cache must be a bool"),
        ({"hidden_dropout_prob": False}, TypeError, "hidden_dropout_prob must be a float"),
        ({"hidden_act": 3}, TypeError, "hidden_act must be a str"),
        ({"classifier_dropout": "x"}, TypeError, "classifier_dropout must be a float or None"),
        ({"architectures": [3]}, TypeError, "architectures must be a list"),
        ({"id2label": [1]}, TypeError, "id2label must be a dict"),
        ({"id2label": {"a": "b"}}, ValueError, "id2label must have integer keys"),
        ({"layer_norm_eps": float("nan")}, ValueError, "layer_norm_eps must be a number, got NaN"),
        ({"vocab_size": 2**41}, ValueError, "vocab_size is out of range"),
        ({"num_hidden_layers": -1}, ValueError, "num_hidden_layers must not be negative"),
        ({"num_labels": 2**30}, ValueError, "num_labels must be an int from 0"),
        ({"num_labels": "3"}, ValueError, "num_labels must be an int from 0"),
        ({"problem_type": "guess"}, ValueError, "problem_type must be one of regression"),
        ({"dtype": "float33"}, ValueError, "dtype must be one of"),
        ({"to_dict": 1}, ValueError, "'to_dict' cannot be a key of BertConfig"),
        ({"use_return_dict": True}, ValueError, "'use_return_dict' cannot be a key"),
        ({"__class__": "x"}, ValueError, "'__class__' cannot be a key"),
    ],
)
def test_fields_wrong_value_is_named(values: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        BertConfig(**values)


def test_fields_too_many_positional_values() -> None:
    with pytest.raises(TypeError, match="at most 16 positional values, got 17"):
        BertConfig(*range(17))


def test_fields_value_twice() -> None:
    with pytest.raises(TypeError, match="vocab_size twice"):
        BertConfig(5, vocab_size=5)


def test_fields_required_one_is_asked_for() -> None:
    with pytest.raises(TypeError, match=r"Needy needs width \(an int\)"):
        Needy()
    assert Needy(3).to_diff_dict()["width"] == 3


def test_fields_accept_ints_for_floats_and_whole_floats_for_ints() -> None:
    config = BertConfig(hidden_dropout_prob=0, hidden_size=24.0)
    assert config.hidden_dropout_prob == 0
    assert type(config.hidden_size) is int


def test_fields_mutable_defaults_are_not_shared() -> None:
    Outer().sizes.append(9)
    assert Outer().sizes == [1, 2]
    BertConfig().pruned_heads[3] = [1]
    assert BertConfig().pruned_heads == {}


def test_fields_containers_are_checked_inside() -> None:
    assert Outer(sizes=(5, 6), pair=[1, 2], table={"a": 1}).pair == [1, 2]
    for wrong in ({"sizes": ["a"]}, {"pair": [1, 2, 3]}, {"table": {"a": "b"}}, {"sizes": 3}):
        with pytest.raises(TypeError, match=f"{next(iter(wrong))} must be"):
            Outer(**wrong)
    with pytest.raises(ValueError, match="sizes is out of range"):
        Outer(sizes=[2**50])


def test_fields_negative_default_allows_negative_values() -> None:
    assert Outer(offset=-5).offset == -5


def test_nested_config_from_dict_object_or_default() -> None:
    assert Outer().left.width == 4
    assert Outer(left={"width": 7}).left.width == 7
    assert Outer(left=Inner(width=8)).left.width == 8
    assert isinstance(Outer(right={"model_type": "other_of_tests", "height": 2}).right, Other)
    with pytest.raises(TypeError, match="width must be an int"):
        Outer(left={"width": "a"})
    with pytest.raises(TypeError, match="left must be a Inner"):
        Outer(left=3)


def test_nested_config_round_trip() -> None:
    config = Outer(left={"width": 7, "bos_token_id": 3}, right=Other(height=2))
    data = config.to_diff_dict()
    assert data["left"] == {"width": 7, "bos_token_id": 3, "model_type": "inner_of_tests"}
    assert Outer.from_dict(data) == config
    assert Outer.from_dict(config.to_dict()) == config


def test_nested_config_override_merges() -> None:
    config = Outer.from_dict({"left": {"width": 7, "bos_token_id": 3}}, left={"width": 9})
    assert (config.left.width, config.left.bos_token_id) == (9, 3)


def test_nested_default_is_not_shared() -> None:
    first = Outer()
    first.left.width = 99
    assert Outer().left.width == 4


def test_attribute_map_reads_and_writes_the_field() -> None:
    config = DistilBertConfig(hidden_size=24, num_attention_heads=2)
    assert (config.dim, config.hidden_size) == (24, 24)
    config.num_hidden_layers = 3
    assert config.n_layers == 3
    assert "hidden_size" not in config.to_dict()
    assert DistilBertConfig(24, dim=48, n_heads=4).hidden_size == 48


def test_subclass_changes_a_default_by_assignment() -> None:
    class Small(BertConfig):
        hidden_size = 36

    assert Small().hidden_size == 36
    assert BertConfig().hidden_size == 768


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ({0: "LABEL_0", 1: "LABEL_1"}, {"LABEL_0": 0, "LABEL_1": 1}, 2)),
        ({"num_labels": 1}, ({0: "LABEL_0"}, {"LABEL_0": 0}, 1)),
        ({"id2label": {"0": "a", "1": "b", "2": "c"}}, ({0: "a", 1: "b", 2: "c"}, None, 3)),
        ({"label2id": {"a": 0}}, ({0: "LABEL_0", 1: "LABEL_1"}, {"LABEL_0": 0, "LABEL_1": 1}, 2)),
        ({"id2label": {0: "a"}, "num_labels": 4}, ({0: "a"}, None, 1)),
    ],
)
def test_labels_as_published(given: dict[str, Any], expected: tuple[Any, ...]) -> None:
    config = BertConfig(**given)
    assert (config.id2label, config.label2id, config.num_labels) == expected


def test_labels_set_by_number_keep_names_of_the_same_number() -> None:
    config = BertConfig(id2label={0: "a", 1: "b"})
    config.num_labels = 2
    assert config.id2label == {0: "a", 1: "b"}
    config.num_labels = 3
    assert config.id2label == {0: "LABEL_0", 1: "LABEL_1", 2: "LABEL_2"}


def test_many_labels_are_named_when_they_are_read() -> None:
    names = {index: f"LABEL_{index}" for index in range(3000)}
    numbers = {name: index for index, name in names.items()}
    config, plain = BertConfig(num_labels=3000), BertConfig(id2label=names, label2id=numbers)
    assert len(pickle.dumps(config)) < len(pickle.dumps(plain)) / 5
    assert [*vars(config)] == [*vars(plain)]
    assert config.to_dict() == plain.to_dict()
    assert config.to_json_string() == plain.to_json_string()
    assert config == plain
    for copied in (pickle.loads(pickle.dumps(config)), copy.deepcopy(config)):
        assert copied.num_labels == 3000
        assert (copied.id2label, copied.label2id) == (names, numbers)
        assert vars(copied)["id2label"] is copied.id2label  # a dict like any other from now on
        copied.id2label[7] = "seven"
        assert copied.id2label[7] == "seven" and copied != config
    config.num_labels = 2000
    assert config.num_labels == len(config.label2id) == 2000
    config.id2label = {0: "a"}
    assert config.num_labels == 1


def test_labels_of_a_class_of_ones_own_are_plain() -> None:
    class Own(PretrainedConfig):
        id2label: dict[Any, Any] | None = {0: "no", 1: "yes"}

    config = Own()
    assert config.id2label == {0: "no", 1: "yes"}
    config.num_labels = 1500
    assert config.id2label[1499] == "LABEL_1499" and config.label2id["LABEL_3"] == 3


@pytest.mark.parametrize("value", ["float16", np.float16, np.dtype("float16")])
def test_dtype_is_kept_as_a_name(value: Any) -> None:
    for name in ("dtype", "torch_dtype"):
        config = BertConfig(**{name: value})
        assert config.dtype == config.torch_dtype
        assert str(config.dtype).removeprefix("torch.") == config.to_dict()["dtype"] == "float16"
        assert "torch_dtype" not in config.to_dict()


def test_dtype_takes_and_gives_torch_types() -> None:
    torch = pytest.importorskip("torch")
    config = BertConfig(dtype=torch.bfloat16)
    assert config.dtype is torch.bfloat16 and config.to_dict()["dtype"] == "bfloat16"
    config.torch_dtype = "float32"
    assert config.dtype is config.torch_dtype is torch.float32


def test_use_return_dict() -> None:
    assert BertConfig().use_return_dict
    assert not BertConfig(return_dict=False).use_return_dict
    assert not BertConfig(torchscript=True).use_return_dict


def test_attention_choice_is_not_data() -> None:
    config = Outer(attn_implementation="eager")
    assert config._attn_implementation == "eager"
    assert not any("attn" in key for key in config.to_dict())
    config._attn_implementation = {"": "sdpa", "left": "eager"}
    assert (config._attn_implementation, config.left._attn_implementation) == ("sdpa", "eager")
    config._attn_implementation = "flash"
    assert config.left._attn_implementation == "flash"


def test_config_equality_copies_and_pickles() -> None:
    config = BertConfig(hidden_size=24, num_attention_heads=4, extra=[1])
    assert config == copy.deepcopy(config) == pickle.loads(pickle.dumps(config))
    assert config != BertConfig()
    assert BertConfig() != DistilBertConfig()
    assert BertConfig().__eq__(3) is False
    assert "hidden_size" in list(config)


def test_config_repr_is_the_file() -> None:
    assert repr(BertConfig()).startswith('BertConfig {\n  "attention_probs_dropout_prob": 0.1,')


def test_local_annotations_are_not_checked() -> None:
    class Local(PretrainedConfig):
        pass

    class User(PretrainedConfig):
        part: Local | None = None

    assert User(part=3).part == 3
