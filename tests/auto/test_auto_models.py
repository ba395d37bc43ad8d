"""Auto classes: tables as published, registering, choosing, errors; the models are stand-ins."""

from __future__ import annotations

import importlib
import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from transformers.configuration_utils import PretrainedConfig
from transformers.models import auto
from transformers.models.auto import (
    auto_factory,
    modeling_auto,
    modeling_flax_auto,
    modeling_np_auto,
    modeling_tf_auto,
)
from transformers.models.auto.auto_factory import FACES, names_of
from transformers.models.auto.configuration_auto import CONFIG_MAPPING, AutoConfig
from transformers.models.bert.configuration_bert import BertConfig
from transformers.models.distilbert.configuration_distilbert import DistilBertConfig

MODULES = {"pt": modeling_auto, "tf": modeling_tf_auto, "flax": modeling_flax_auto, "np": modeling_np_auto}
# From the published release: mapping -> class of BERT, class of DistilBERT.
PUBLISHED: dict[str, tuple[str | None, str | None]] = {
    "MODEL": ("BertModel", "DistilBertModel"),
    "MODEL_FOR_CAUSAL_LM": ("BertLMHeadModel", None),
    "MODEL_FOR_MASKED_LM": ("BertForMaskedLM", "DistilBertForMaskedLM"),
    "MODEL_FOR_MULTIPLE_CHOICE": ("BertForMultipleChoice", "DistilBertForMultipleChoice"),
    "MODEL_FOR_NEXT_SENTENCE_PREDICTION": ("BertForNextSentencePrediction", None),
    "MODEL_FOR_PRETRAINING": ("BertForPreTraining", "DistilBertForMaskedLM"),
    "MODEL_FOR_QUESTION_ANSWERING": ("BertForQuestionAnswering", "DistilBertForQuestionAnswering"),
    "MODEL_FOR_SEQUENCE_CLASSIFICATION": (
        "BertForSequenceClassification",
        "DistilBertForSequenceClassification",
    ),
    "MODEL_FOR_TEXT_ENCODING": ("BertModel", "DistilBertModel"),
    "MODEL_FOR_TOKEN_CLASSIFICATION": ("BertForTokenClassification", "DistilBertForTokenClassification"),
    "MODEL_WITH_LM_HEAD": ("BertForMaskedLM", "DistilBertForMaskedLM"),
    "MODEL_FOR_CTC": (None, None),
}
PREFIX = {"pt": ("", ""), "tf": ("TF_", "TF"), "flax": ("FLAX_", "Flax"), "np": ("NP_", "Np")}


class MyConfig(PretrainedConfig):
    model_type = "my_of_tests"

    def __init__(self, width: int = 8, **kwargs: Any) -> None:
        self.width = width
        super().__init__(**kwargs)


class MyModel:
    config_class: Any = MyConfig

    def __init__(self, config: Any, *args: Any, **kwargs: Any) -> None:
        self.config, self.args, self.kwargs = config, args, kwargs

    @classmethod
    def from_pretrained(cls, name: Any, *args: Any, config: Any = None, **kwargs: Any) -> MyModel:
        return cls(config, name, *args, **kwargs)

    @classmethod
    def _from_config(cls, config: Any, **kwargs: Any) -> MyModel:
        return cls(config, **kwargs)


class MyOtherModel(MyModel):
    pass


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    yield
    CONFIG_MAPPING._extra_content.clear()
    for mapping in auto_factory._made.values():
        mapping._extra_content.clear()


@pytest.fixture
def registered(tmp_path: Path) -> Path:
    AutoConfig.register("my_of_tests", MyConfig)
    modeling_auto.AutoModel.register(MyConfig, MyModel)
    MyConfig(width=3).save_pretrained(tmp_path)
    return tmp_path


@pytest.mark.parametrize("face", MODULES)
@pytest.mark.parametrize("stem", PUBLISHED)
def test_mapping_names_as_published(face: str, stem: str) -> None:
    constant, prefix = PREFIX[face]
    names = getattr(MODULES[face], f"{constant}{stem}_MAPPING_NAMES")
    for model_type, name in zip(("bert", "distilbert"), PUBLISHED[stem], strict=True):
        assert names.get(model_type) == (name and prefix + name)


@pytest.mark.parametrize("face", MODULES)
def test_every_public_name_is_there(face: str) -> None:
    module = MODULES[face]
    assert module.__all__ == names_of(face)
    assert set(module.__all__) <= set(dir(module))
    for name in module.__all__:
        value = getattr(module, name)
        assert value is getattr(module, name)
        if isinstance(value, type):
            assert (value.__name__, value.__module__) == (name, module.__name__)
            assert value.__doc__
            assert pickle.loads(pickle.dumps(value)) is value
            with pytest.raises(OSError, match=f"{name} is not made itself"):
                value()


def test_unknown_name_has_a_hint() -> None:
    with pytest.raises(
        AttributeError, match=r"has no attribute 'AutoModelForMaskdLM'. Did you mean 'AutoModelForMaskedLM'"
    ):
        modeling_auto.AutoModelForMaskdLM  # noqa: B018


def test_package_serves_the_names_of_its_parts() -> None:
    assert auto.AutoModel is modeling_auto.AutoModel
    assert auto.TFAutoModel is modeling_tf_auto.TFAutoModel
    assert auto.FlaxAutoModel is modeling_flax_auto.FlaxAutoModel
    assert auto.NpAutoModel is modeling_np_auto.NpAutoModel
    assert auto.AutoConfig is AutoConfig
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        auto.nothing  # noqa: B018


def test_mapping_answers_without_importing_models() -> None:
    mapping = modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING
    assert BertConfig in mapping
    assert DistilBertConfig not in mapping
    assert MyConfig not in mapping
    assert len(list(mapping)) == len(mapping)
    with pytest.raises(KeyError):
        mapping[MyConfig]
    assert mapping.get(MyConfig) is None
    assert modeling_auto.AutoModelForCausalLM._model_mapping is mapping


def test_register_and_make(registered: Path) -> None:
    auto_model = modeling_auto.AutoModel
    model = auto_model.from_config(MyConfig(width=5), dtype="float16", trust_remote_code=True)
    assert type(model) is MyModel
    assert (model.config.width, model.kwargs) == (5, {"dtype": "float16"})
    assert MyConfig in auto_model._model_mapping
    assert MyConfig in list(auto_model._model_mapping)


def test_from_pretrained_sorts_its_keywords(registered: Path) -> None:
    model = modeling_auto.AutoModel.from_pretrained(
        registered, 1, width=4, dtype="float16", zap=2, revision="main", trust_remote_code=False
    )
    assert type(model) is MyModel
    assert (model.config.width, model.config.dtype) == (4, None)
    assert model.args == (registered, 1)
    assert model.kwargs == {"zap": 2, "dtype": "float16", "revision": "main"}


def test_from_pretrained_takes_a_config(registered: Path) -> None:
    model = modeling_auto.AutoModel.from_pretrained("nowhere", config=MyConfig(width=9), width=1)
    assert (model.config.width, model.kwargs) == (9, {"width": 1})
    assert modeling_auto.AutoModel.from_pretrained("nowhere", config=registered).config.width == 3


def test_several_classes_are_chosen_by_architecture(registered: Path) -> None:
    modeling_auto.AutoModel.register(MyConfig, (MyModel, MyOtherModel), exist_ok=True)
    config = MyConfig(architectures=["MyOtherModel"])
    assert type(modeling_auto.AutoModel.from_config(config)) is MyOtherModel
    assert type(modeling_auto.AutoModel.from_config(MyConfig())) is MyModel


def test_register_errors(registered: Path) -> None:
    with pytest.raises(ValueError, match="MyConfig has a AutoModel class already; exist_ok=True replaces it"):
        modeling_auto.AutoModel.register(MyConfig, MyModel)
    with pytest.raises(ValueError, match=r"MyModel.config_class is MyConfig, registered for BertConfig"):
        modeling_auto.AutoModel.register(BertConfig, MyModel, exist_ok=True)


def test_missing_head_names_those_there_are() -> None:
    with pytest.raises(
        ValueError, match=r"BertConfig has no AutoModelForCTC class; it has AutoModel, .*ForMaskedLM"
    ):
        modeling_auto.AutoModelForCTC.from_config(BertConfig())
    with pytest.raises(
        ValueError, match=r"BertConfig has no FlaxAutoModelForCTC class; it has FlaxAutoModel, "
    ):
        modeling_flax_auto.FlaxAutoModelForCTC.from_config(BertConfig())
    with pytest.raises(
        ValueError, match=r"AutoModel does not know MyConfig. .*Known: (.*, )?BertConfig, .*DistilBertConfig"
    ):
        modeling_auto.AutoModel.from_config(MyConfig())


def test_code_of_a_folder_is_not_run(tmp_path: Path) -> None:
    data = {"model_type": "my_of_tests", "auto_map": {"AutoModelForCTC": "evil.Model"}}
    (tmp_path / "config.json").write_text(json.dumps(data))
    AutoConfig.register("my_of_tests", MyConfig)
    with pytest.raises(ValueError, match=r"names code of its own \(auto_map\)"):
        modeling_auto.AutoModelForCTC.from_pretrained(tmp_path)


def test_missing_framework_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transformers.utils.optional.is_available", lambda package: False)
    with pytest.raises(ImportError, match=r"TFAutoModel needs TensorFlow: pip install 'transformers\[tf\]'"):
        modeling_tf_auto.TFAutoModel.from_config(BertConfig())


def test_class_is_found_in_the_room_of_its_framework(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = importlib.import_module

    def fake(name: str, package: str | None = None) -> Any:
        if ".modeling_" not in name:
            return real(name, package)
        asked.append(name)
        return type("Room", (), {"FlaxBertModel": MyModel, "BertModel": MyModel})

    monkeypatch.setattr(auto_factory, "require", lambda package, what: None)
    monkeypatch.setattr(importlib, "import_module", fake)
    modeling_flax_auto.FlaxAutoModel.from_config(BertConfig())
    modeling_auto.AutoModel.from_config(BertConfig())
    assert asked == ["transformers.models.bert.modeling_flax_bert", "transformers.models.bert.modeling_bert"]


def test_faces_cover_the_frameworks() -> None:
    assert {name: face.package for name, face in FACES.items()} == {
        "pt": "torch",
        "tf": "tensorflow",
        "flax": "jax",
        "np": None,
    }
