"""Selection of tests: what each changed path can reach."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from changed_tests import Selection, commands, model_expression, modules_used, select
from tree import Package, package

FILES = {
    "_exports.py": "EXPORTS: dict[str, str] = dict(pipeline='pipelines')\n",
    "layers/__init__.py": "",
    "layers/norm.py": "",
    "layers/rope.py": "from . import norm\n",
    "models/__init__.py": "",
    "models/llama/__init__.py": "",
    "models/llama/modeling_llama.py": "from ...layers.rope import rotate\n",
    "models/bert/__init__.py": "",
    "models/bert/modeling_bert.py": "from ...layers.norm import layer_norm\n",
    "pipelines.py": "def pipeline():\n    from .utils import errors\n",
    "utils/__init__.py": "",
    "utils/errors.py": "",
}
TESTS = {
    "layers/test_norm.py": "from transformers.layers import norm\n",
    "pipelines/test_pipeline.py": "from transformers import pipeline\n",
    "pipelines/test_attribute.py": "import transformers\n\ntransformers.pipeline\n",
    "front/test_strings.py": "NAME = 'transformers.layers.rope'\n",
    "models/test_common.py": "from transformers.layers import norm\n",
    "models/bert/case.py": "",
}


@pytest.fixture
def library(write: Callable[[dict[str, str]], Path], tmp_path: Path) -> Package:
    """A small library with its tests."""
    root = write(FILES)
    for name, text in TESTS.items():
        (tmp_path / "tests" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tests" / name).write_text(text)
    return package(root)


@pytest.mark.parametrize(
    ("path", "files", "models"),
    [
        ("src/transformers/layers/rope.py", {"tests/front/test_strings.py"}, {"llama"}),
        (
            "src/transformers/layers/norm.py",
            {"tests/front/test_strings.py", "tests/layers/test_norm.py"},
            {"bert", "llama"},
        ),
        ("src/transformers/models/bert/modeling_bert.py", set(), {"bert"}),
        (
            "src/transformers/utils/errors.py",
            {"tests/pipelines/test_pipeline.py", "tests/pipelines/test_attribute.py"},
            set(),
        ),
        ("tests/layers/test_norm.py", {"tests/layers/test_norm.py"}, set()),
        ("tests/models/bert/case.py", set(), {"bert"}),
        ("docs/index.md", {"tests/docs"}, set()),
        ("tools/lint.py", {"tests/tools"}, set()),
    ],
)
def test_select_follows_the_closure(
    library: Package, tmp_path: Path, path: str, files: set[str], models: set[str]
) -> None:
    chosen = select([path], library, tmp_path / "tests")
    assert (chosen.files, chosen.models, chosen.everything) == (files, models, False)


def test_select_runs_everything_for_the_pins(library: Package, tmp_path: Path) -> None:
    chosen = select(["requirements/test.txt"], library, tmp_path / "tests")
    assert commands(chosen, tmp_path / "tests") == [["tests"]]


def test_modules_used_reads_front_door_imports(library: Package, tmp_path: Path) -> None:
    test = tmp_path / "tests" / "pipelines" / "test_pipeline.py"
    assert modules_used(library, test, {"pipeline": "transformers.pipelines"}) == {"transformers.pipelines"}


def test_commands_separate_files_and_models(library: Package, tmp_path: Path) -> None:
    chosen = Selection(files={"tests/layers", "tests/gone"}, models={"bert"})
    assert commands(chosen, tmp_path / "tests") == [
        ["tests/layers"],
        ["tests/models", "-k", "[bert- or [bert] or -bert- or -bert]"],
    ]


def test_model_expression_tells_bert_from_distilbert() -> None:
    parts = model_expression(["bert"]).split(" or ")
    assert any(part in "test_outputs[bert-jax]" for part in parts)
    assert any(part in "test_outputs[jax-bert]" for part in parts)
    assert not any(part in "test_outputs[distilbert-jax]" for part in parts)
