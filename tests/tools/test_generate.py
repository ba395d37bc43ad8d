"""The generator: what a small tree of rooms gives, and that the committed files are what it writes."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generate import exports, main, needs, outputs, render_page, render_tables
from tree import package, read_manifest, rooms

Write = Callable[[dict[str, str]], Path]

MODELING = """from ...modeling_utils import PreTrainedModel
class {0}PreTrainedModel(PreTrainedModel): pass
class {0}Model({0}PreTrainedModel): pass
class {0}Layer: pass
__all__ = ["{0}Layer", "{0}Model", "{0}PreTrainedModel"]
"""


def room(name: str, title: str, aliases: dict[str, str] | None = None) -> dict[str, str]:
    """Files of one architecture."""
    manifest = {
        "model_types": {name: f"{title}Config"},
        "heads": {"AutoModel": {name: [f"{title}Model"]}},
        "tokenizer": {name: [f"{title}Tokenizer", f"{title}TokenizerFast"]},
        "aliases": aliases or {},
        "docs": {"title": title, "paper": "arXiv:1", "summary": "small | fast"},
    }
    folder = f"models/{name}"
    return {
        f"{folder}/__init__.py": '"""Doc."""\n',
        f"{folder}/manifest.py": f"MANIFEST = {manifest!r}\n",
        f"{folder}/configuration_{name}.py": f'class {title}Config: pass\n__all__ = ["{title}Config"]\n',
        f"{folder}/modeling_{name}.py": MODELING.format(title),
    }


BASE = {
    "models/__init__.py": '"""Doc."""\n',
    "models/auto/__init__.py": '"""Doc."""\n',
    "modeling_utils.py": 'import torch\nclass PreTrainedModel: pass\n__all__ = ["PreTrainedModel"]\n',
    "services.py": 'def pipeline(): pass\ndef hidden(): pass\n__all__ = ["hidden", "pipeline"]\n',
}
PUBLISHED = ["PreTrainedModel", "Trainer", "pipeline"]


@pytest.fixture
def tree(write: Write) -> Path:
    """Two rooms and a service."""
    return write({**BASE, **room("zeta", "Zeta"), **room("alpha", "Alpha", {"TFAlphaOld": "TFAlphaModel"})})


@pytest.fixture
def order(tmp_path: Path) -> Path:
    """Zeta was published first."""
    path = tmp_path / "order.txt"
    path.write_text("zeta\nbeta\n")
    return path


def test_rooms_follow_published_order_then_name(tree: Path, order: Path) -> None:
    assert [room.name for room in rooms(tree, order)] == ["zeta", "alpha"]


def test_exports_hold_room_names_faces_and_published_services(tree: Path, order: Path) -> None:
    names = exports(package(tree), rooms(tree, order), PUBLISHED)
    assert names["AlphaModel"] == "models.alpha.modeling_alpha"
    assert names["AlphaConfig"] == "models.alpha.configuration_alpha"
    assert names["FlaxAlphaModel"] == "models.alpha.modeling_flax_alpha"
    assert names["TFZetaPreTrainedModel"] == "models.zeta.modeling_tf_zeta"
    assert names["NpZetaModel"] == "models.zeta.modeling_np_zeta"
    assert names["TFAlphaOld"] == "models.alpha.modeling_tf_alpha:TFAlphaModel"
    assert names["pipeline"] == "services"
    assert not {"hidden", "Trainer", "FlaxAlphaLayer", "TFAlphaConfig"} & names.keys()
    assert list(names) == sorted(names)


def test_model_behind_a_mixin_has_faces_too(write: Write, order: Path) -> None:
    files = room("alpha", "Alpha")
    place = "models/alpha/modeling_alpha.py"
    head = "class AlphaHead(Mixin, AlphaPreTrainedModel): pass\n__all__ = ["
    text = files[place].replace("__all__ = [", head).replace('["AlphaLayer"', '["AlphaHead", "AlphaLayer"')
    files[place] = f"from ...layers.mixins import Mixin\n{text}"
    parts = {
        "layers/__init__.py": '"""Doc."""\n',
        "layers/mixins.py": "class Mixin: pass\n__all__ = ['Mixin']\n",
    }
    root = write({**BASE, **files, **parts})
    names = exports(package(root), rooms(root, order), PUBLISHED)
    assert names["FlaxAlphaHead"] == "models.alpha.modeling_flax_alpha"


def test_needs_follow_imports_and_faces(tree: Path, order: Path) -> None:
    names = exports(package(tree), rooms(tree, order), PUBLISHED)
    found = needs(package(tree), names.values())
    assert found["models.alpha.modeling_alpha"] == "torch"
    assert found["models.alpha.modeling_flax_alpha"] == "jax"
    assert found["models.alpha.modeling_tf_alpha"] == "tensorflow"
    assert (
        not {"models.alpha.modeling_np_alpha", "models.alpha.configuration_alpha", "services"} & found.keys()
    )


def test_room_with_nothing_but_a_tokenizer_is_served_and_not_shown(write: Write, order: Path) -> None:
    manifest = {"model_types": {}, "tokenizer": {"al-pha": ["AlphaTokenizer"]}}
    files = {
        "models/alpha/__init__.py": '"""Doc."""\n',
        "models/alpha/manifest.py": f"MANIFEST = {manifest!r}\n",
        "models/alpha/tokenization_alpha.py": 'class AlphaTokenizer: pass\n__all__ = ["AlphaTokenizer"]\n',
    }
    root = write({**BASE, **room("zeta", "Zeta"), **files})
    found = rooms(root, order)
    assert exports(package(root), found, PUBLISHED)["AlphaTokenizer"] == "models.alpha.tokenization_alpha"
    assert '"al-pha": ("AlphaTokenizer",)' in render_tables(found)
    assert "Zeta" in render_page(found) and "alpha" not in render_page(found)


def test_exports_refuse_alias_to_nothing(write: Write, order: Path) -> None:
    root = write({**BASE, **room("alpha", "Alpha", {"Old": "Missing"})})
    with pytest.raises(ValueError, match="alias Old points to Missing"):
        exports(package(root), rooms(root, order), PUBLISHED)


def test_exports_refuse_one_name_from_two_files(write: Write, order: Path) -> None:
    root = write({**BASE, "other.py": 'def pipeline(): pass\n__all__ = ["pipeline"]\n'})
    with pytest.raises(ValueError, match="pipeline is public in other and in services"):
        exports(package(root), rooms(root, order), PUBLISHED)


@pytest.mark.parametrize(
    "text", ["import os\nMANIFEST = {}\n", "X = {}\n", "MANIFEST = {'model_types': 3}\n", ""]
)
def test_read_manifest_refuses_anything_but_a_literal(tmp_path: Path, text: str) -> None:
    path = tmp_path / "manifest.py"
    path.write_text(text)
    with pytest.raises(ValueError, match="MANIFEST"):
        read_manifest(path)


def literals(text: str) -> dict[str, Any]:
    """The constants of a generated file."""
    nodes = [
        node for node in ast.parse(text).body if isinstance(node, ast.AnnAssign) and node.value is not None
    ]
    return {
        ast.unparse(node.target): ast.literal_eval(node.value) for node in nodes if node.value is not None
    }


def test_outputs_hold_auto_tables_and_page(tree: Path, order: Path, tmp_path: Path) -> None:
    published = tmp_path / "names.txt"
    published.write_text("\n".join(PUBLISHED))
    texts = outputs(tree, order, published)
    tables = literals(texts[tree / "models" / "auto" / "_tables.py"])
    assert list(tables["CONFIGS"].items()) == [("zeta", "ZetaConfig"), ("alpha", "AlphaConfig")]
    assert tables["HEADS"]["AutoModel"]["alpha"] == ("AlphaModel",)
    assert tables["TOKENIZERS"]["zeta"] == ("ZetaTokenizer", "ZetaTokenizerFast")
    assert tables["ROOMS"] == {"zeta": "zeta", "alpha": "alpha"}
    page = texts[tree.parent.parent / "docs" / "architectures.md"]
    assert page.index("| Zeta |") < page.index("| Alpha |")
    assert "small \\| fast" in page
    stub = texts[tree / "__init__.pyi"]
    assert "from .models.alpha.modeling_alpha import AlphaModel as AlphaModel\n" in stub
    assert "TFAlphaOld = TFAlphaModel\n" in stub
    ast.parse(stub)


def test_main_writes_and_check_notices_drift(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check", "--root", str(tree)]) == 1
    assert "_exports.py is not what tools/generate.py writes" in capsys.readouterr().err
    assert main(["--root", str(tree)]) == 0
    assert main(["--check", "--root", str(tree)]) == 0
    (tree / "models" / "auto" / "_tables.py").write_text("changed")
    assert main(["--check", "--root", str(tree)]) == 1


def test_committed_files_are_current(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().err
