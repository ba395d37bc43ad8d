"""Flattening: the one file runs by itself and does what the package does."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from transformers.standalone import find_module
from transformers.standalone.closure import Package
from transformers.standalone.definitions import FlattenError
from transformers.standalone.flatten import flatten

Make = Callable[[dict[str, str]], Package]

CORE = {
    "__init__.py": "",
    "layers/__init__.py": "",
    "models/__init__.py": "",
    "models/toy/__init__.py": "",
    "modeling_utils.py": "raise RuntimeError('a service')\n",
    "configuration_utils.py": "raise RuntimeError('a service')\n",
    "configuration_core.py": "class ConfigCore:\n    kind = 'core'\n",
    "layers/base.py": "import math\n\n\nclass ModelBase:\n    root = math.floor(2.5)\n",
}


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write a package `lib` with a model `toy`."""

    def make_package(files: dict[str, str]) -> Package:
        for name, text in {**CORE, **files}.items():
            path = tmp_path / "lib" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return Package(tmp_path / "lib")

    return make_package


def toy(make: Make, modeling: str, *classes: str, **files: str) -> str:
    """The flat file of a model `toy`; keyword `layers__norm` is the file `layers/norm.py`."""
    others = {f"{name.replace('__', '/')}.py": text for name, text in files.items()}
    package = make({**others, "models/toy/modeling_toy.py": modeling})
    return flatten(package, "lib.models.toy.modeling_toy", classes)


def run(text: str) -> dict[str, Any]:
    """Execute a flat file."""
    scope: dict[str, Any] = {"__name__": "flat"}
    sys.modules["flat"] = type(sys)("flat")
    exec(compile(text, "flat.py", "exec"), scope)
    return scope


def test_flatten_binds_cores_and_keeps_text(make: Make) -> None:
    modeling = (
        '"""A toy.\n\nTwo lines."""\n\nfrom ...modeling_utils import PreTrainedModel\n'
        "from .configuration_toy import ToyConfig\n\n\n# why it is so\nclass ToyModel(PreTrainedModel):\n"
        "    config_class = ToyConfig  # said here\n\n\n__all__ = ['ToyModel']\n"
    )
    config = (
        "from ...configuration_utils import PretrainedConfig\n\n\n"
        "class ToyConfig(PretrainedConfig):\n    size: int = 3\n"
    )
    text = toy(make, modeling, models__toy__configuration_toy=config)
    scope = run(text)
    assert (scope["ToyModel"].root, scope["ToyConfig"].kind) == (2, "core")
    assert text.startswith('"""A toy.\n\nTwo lines."""\n')
    assert "# why it is so\nclass ToyModel(ModelBase):\n    config_class = ToyConfig  # said here\n" in text
    assert scope["__all__"] == ["ToyConfig", "ToyModel"]


def test_flatten_takes_only_what_is_needed(make: Make) -> None:
    modeling = (
        "from ...layers.norm import norm\n\n\ndef toy(x):\n    return norm(x)\n\n\ndef other():\n"
        "    return 1\n"
    )
    norm = (
        "import json\nimport math\n\nSCALE = 2\n\n\ndef unused():\n    return json\n\n\n"
        "def norm(x):\n    return math.sqrt(x) * SCALE\n"
    )
    text = toy(make, modeling, "toy", layers__norm=norm)
    assert run(text)["toy"](9) == 6
    assert "unused" not in text and "json" not in text and "def other" not in text


def test_flatten_renames_what_clashes(make: Make) -> None:
    modeling = (
        "from ...layers.a import first\nfrom ...layers.b import second\n\n\n"
        "def _help(x):\n    return x + 1\n\n\n"
        "def toy(x):\n    return _help(x), first(x), second(x)\n"
    )
    a = "def _help(x):\n    return x * 10\n\n\ndef first(x):\n    return _help(x)\n"
    b = (
        "SIZE = 7\n\n\nclass _help:\n    def __new__(cls, x):\n        return SIZE * x\n\n\n"
        "def second(x):\n    return f'{_help(x)}'\n"
    )
    assert run(toy(make, modeling, layers__a=a, layers__b=b))["toy"](3) == (4, 30, "21")


def test_flatten_is_not_caught_by_local_names(make: Make) -> None:
    modeling = (
        "from ...layers.a import scale as factor\nfrom ...layers import a\n\n\n"
        "def toy(scale, total=2):\n    return factor(scale), a.total(scale)\n"
    )
    a = "def scale(x):\n    return -x\n\n\ndef total(x):\n    return x + 100\n"
    assert run(toy(make, modeling, layers__a=a))["toy"](5) == (-5, 105)


def test_flatten_knows_when_a_class_body_binds_a_name(make: Make) -> None:
    part = "def width():\n    return 3\n\n\nclass Part:\n    width = staticmethod(width)\n    again = width\n"
    text = toy(make, "from ...layers.part import Part\n\n\nclass Toy(Part):\n    pass\n", layers__part=part)
    assert run(text)["Toy"].width() == 3


def test_flatten_leaves_builtins_to_those_who_meant_them(make: Make) -> None:
    modeling = "from ...layers.a import sum\n\n\ndef toy(x):\n    return sum(x)\n"
    a = "from .b import add\n\n\ndef sum(x):\n    return add(x) + 0.5\n"
    b = "def add(x):\n    return sum(x)\n"
    assert run(toy(make, modeling, layers__a=a, layers__b=b))["toy"]([1, 2]) == 3.5


def test_flatten_inlines_late_imports(make: Make) -> None:
    modeling = (
        "def toy(x):\n    from ...layers.a import double, half as other\n\n    return double(other(x))\n\n\n"
        "def only():\n    if True:\n        from ...layers.a import double\n    return 1\n"
    )
    a = "def double(x):\n    return 2 * x\n\n\ndef half(x):\n    return x + 1\n"
    scope = run(toy(make, modeling, layers__a=a))
    assert (scope["toy"](3), scope["only"]()) == (8, 1)


def test_flatten_replaces_services_by_an_error(make: Make) -> None:
    modeling = "def save(x):\n    from ...loading.saving import save_model\n\n    return save_model(x)\n"
    text = toy(make, modeling, loading____init__="", loading__saving="def save_model(x): pass\n")
    with pytest.raises(ImportError, match="save reaches into the transformers library"):
        run(text)["save"](1)


def test_flatten_orders_by_need_at_import_time(make: Make) -> None:
    modeling = "from ...layers.a import TABLE\n\n\nclass Toy:\n    rows = TABLE\n"
    a = (
        "from .b import Entry\n\n\ndef late():\n    return TABLE\n\n\nTABLE = {'x': Entry}\n"
        "TABLE['y'] = late\n"
    )
    b = "from dataclasses import dataclass\n\n\n@dataclass\nclass Entry:\n    size: int = 3\n"
    scope = run(toy(make, modeling, layers__a=a, layers__b=b))
    assert sorted(scope["Toy"].rows) == ["x", "y"]
    assert scope["Toy"].rows["x"]().size == 3


def test_flatten_merges_imports(make: Make) -> None:
    modeling = (
        "import os.path\nfrom math import sqrt, pi\n\nfrom ...layers.a import f\n\n\ndef toy():\n"
        "    return f(), sqrt(4), os.path.sep\n"
    )
    a = "from math import pi, floor as down\nfrom os import sep\n\n\ndef f():\n    return down(pi), sep\n"
    text = toy(make, modeling, layers__a=a)
    assert text.count("from math import floor as down, pi, sqrt\n") == 1
    assert run(text)["toy"]()[0][0] == 3


def test_flatten_drops_type_checking_imports(make: Make) -> None:
    modeling = (
        "from __future__ import annotations\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
        "    from ...layers.a import Kind\n\n\ndef toy(x: Kind) -> Kind:\n    return x\n"
    )
    text = toy(make, modeling, layers__a="class Kind: pass\n")
    assert "class Kind" not in text
    assert run(text)["toy"](1) == 1


@pytest.mark.parametrize(
    ("modeling", "message"),
    [
        ("from ...layers.a import B\n\n\nclass Toy(B): pass\n", "need each other"),
        ("from ...layers import a\n\n\ndef toy():\n    return a\n", "is used as a value"),
        ("from ...layers import a\n\n\ndef toy():\n    return a.missing\n", "has no missing"),
    ],
)
def test_flatten_says_what_cannot_be_copied(make: Make, modeling: str, message: str) -> None:
    with pytest.raises(FlattenError, match=message):
        toy(make, modeling, layers__a="class B(C): pass\n\n\nclass C(B): pass\n")


def test_flatten_refuses_unknown_class(make: Make) -> None:
    with pytest.raises(FlattenError, match="defines no Missing"):
        toy(make, "class Toy: pass\n", "Missing")


def test_find_module_takes_folders_and_paths(make: Make) -> None:
    package = make({"models/toy/modeling_toy.py": ""})
    expected = "lib.models.toy.modeling_toy"
    assert find_module(package, "toy") == find_module(package, str(package.get(expected).path)) == expected
    with pytest.raises(LookupError, match="Did you mean 'toy'"):
        find_module(package, "toyy")


# `source` is the library, or the flat file where the library cannot be imported; both print the same numbers.
BERT = """
import sys
source = sys.argv[1]
if source != "transformers":
    sys.modules["transformers"] = None
import importlib, torch
names = importlib.import_module(source)
config = names.BertConfig(
    hidden_size=24, num_hidden_layers=2, num_attention_heads=4, intermediate_size=40, vocab_size=50
)
model = names.BertForMaskedLM(config).eval()
for name, parameter in sorted(model.named_parameters()):
    seed = sum(map(ord, name))
    parameter.data = torch.sin(torch.arange(parameter.numel()) * 0.7 + seed).view(parameter.shape) * 0.3
mask = torch.tensor([[1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0, 0]])
out = model(torch.arange(14).view(2, 7), attention_mask=mask, labels=torch.arange(14).view(2, 7))
print(len(model.state_dict()), out.loss.item(), out.logits[:, :4].reshape(-1)[::37].tolist())
"""


def test_standalone_bert_equals_the_library(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from transformers.standalone import standalone

    (tmp_path / "my_bert.py").write_text(standalone("bert"))
    printed = [
        subprocess.run(
            [sys.executable, "-c", BERT, source], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout
        for source in ("transformers", "my_bert")
    ]
    assert printed[0] == printed[1]
    assert len(printed[0].split()) > 10
