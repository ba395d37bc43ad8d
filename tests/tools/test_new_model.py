"""A new model's folder: names replaced where they must be, parameter names kept."""

from __future__ import annotations

import ast
import gzip
import json
from pathlib import Path

import pytest

from new_model import class_prefix, create, renamed

MODELING = '''"""Bert."""
from .configuration_bert import BertConfig
from ...layers.bert_heads import Head


class BertModel(BertPreTrainedModel):
    base_model_prefix = "bert"
    _no_split_modules = ["BertLayer"]

    def __init__(self, config):
        self.bert = Head(config)


__all__ = ["BertModel"]
'''
MANIFEST = (
    'MANIFEST = {"model_types": {"bert": "BertConfig"}, "tokenizer": {"bert": ["BertTokenizer"]}, '
    '"aliases": {"FlaxBertOld": "FlaxBertModel"}}\n'
)


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    """Source and tests of one model."""
    source, tests = tmp_path / "src", tmp_path / "tests"
    files = {
        source / "models/bert/__init__.py": '"""BERT."""\n',
        source / "models/bert/modeling_bert.py": MODELING,
        source / "models/bert/configuration_bert.py": 'class BertConfig(X):\n    model_type = "bert"\n',
        source / "models/bert/tokenization_bert.py": "class BertTokenizer: pass\n",
        source / "models/bert/manifest.py": MANIFEST,
        tests
        / "models/bert/case.py": 'CASE = {"module": "models.bert.modeling_bert", "trunk": "BertModel"}\n',
    }
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    golden = {"model_type": "bert", "state": {"bert.weight": [1]}, "no_split": ["BertLayer"]}
    (tests / "models/bert/golden.json.gz").write_bytes(gzip.compress(json.dumps(golden).encode()))
    return source, tests


def test_create_renames_classes_types_and_files(places: tuple[Path, Path]) -> None:
    source, tests = places
    made = create("foo_bar", "bert", source, tests)
    assert "tokenization_foo_bar.py" not in {path.name for path in made}
    text = (source / "models/foo_bar/modeling_foo_bar.py").read_text()
    assert "class FooBarModel(FooBarPreTrainedModel):" in text
    assert "from .configuration_foo_bar import FooBarConfig" in text
    assert 'base_model_prefix = "bert"' in text and "self.bert = " in text and "layers.bert_heads" in text
    assert 'model_type = "foo_bar"' in (source / "models/foo_bar/configuration_foo_bar.py").read_text()
    manifest = ast.literal_eval(
        (source / "models/foo_bar/manifest.py").read_text().removeprefix("MANIFEST = ")
    )
    assert manifest == {
        "model_types": {"foo_bar": "FooBarConfig"},
        "tokenizer": {"foo_bar": ["BertTokenizer"]},
        "aliases": {"FlaxFooBarOld": "FlaxFooBarModel"},
    }
    assert "models.foo_bar.modeling_foo_bar" in (tests / "models/foo_bar/case.py").read_text()
    golden = json.loads(gzip.decompress((tests / "models/foo_bar/golden.json.gz").read_bytes()))
    assert golden == {"model_type": "foo_bar", "state": {"bert.weight": [1]}, "no_split": ["FooBarLayer"]}


@pytest.mark.parametrize(
    ("new", "old", "message"),
    [
        ("Foo", "bert", "'Foo' is no model name"),
        ("foo__bar", "bert", "is no model name"),
        ("bert", "bert", "there is a model 'bert' already"),
        ("foo", "gpt", "there is no model 'gpt'"),
    ],
)
def test_create_refuses_wrong_names(places: tuple[Path, Path], new: str, old: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        create(new, old, *places)


def test_class_prefix_ignores_case(tmp_path: Path) -> None:
    (tmp_path / "configuration_distil_bert.py").write_text(
        "class Other(X): pass\nclass DistilBertConfig(X): pass\n"
    )
    assert class_prefix(tmp_path, "distil_bert") == "DistilBert"
    (tmp_path / "configuration_none.py").write_text("class OtherConfig(X): pass\n")
    with pytest.raises(ValueError, match="defines no class"):
        class_prefix(tmp_path, "none")


def test_renamed_leaves_longer_names_alone() -> None:
    text = "RoBertaModel BertModel TFBertModel modeling_bert modeling_bert_generation models.bert.x"
    found = renamed(text, "bert", "foo", "Bert", "Foo")
    assert found == "RoBertaModel FooModel TFFooModel modeling_foo modeling_bert_generation models.foo.x"
