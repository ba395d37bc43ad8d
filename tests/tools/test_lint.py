"""Every rule of the lint notices what it is for, and leaves the right form alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lint import findings, main, tool_findings, without_exceptions
from lint_base import Finding

Write = Callable[[dict[str, str]], Path]

LOADER = '"""Loader."""\nimport re\n\n'
LOADER += '_RING = re.compile(r"layers(\\..+)?|models\\.\\w+\\.modeling_\\w+")\n\n__all__ = []\n'
HEAD = '"""Doc."""\n\nfrom __future__ import annotations\n\n'
RING_HEAD = HEAD + "import math\n\nimport torch\nimport torch.nn.functional as F\nfrom torch import nn\n\n\n"
RING_TAIL = '\n\n__all__ = ["f"]\n'


def rules_in(root: Path, file: str) -> list[tuple[int, str]]:
    """(line, rule) of every finding in a file."""
    return sorted((finding.line, finding.rule) for finding in findings(root) if finding.file == file)


def ring_rules(write: Write, body: str) -> set[str]:
    """Rules broken by a function body in a ring file."""
    text = (
        RING_HEAD
        + "def f(x, y, config=None, **kwargs):\n"
        + "".join(f"    {line}\n" for line in body.split("\n"))
    )
    root = write({"frameworks/loader.py": LOADER, "layers/part.py": text + RING_TAIL})
    return {rule for _, rule in rules_in(root, "layers/part.py")}


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("x += y\nreturn x", "ring-in-place"),
        ("x[0] += 1\nreturn x", "ring-in-place"),
        ("config.scale *= 2", "ring-in-place"),
        ("return x.add_(y)", "ring-in-place"),
        ("return torch.add(x, y, out=x)", "ring-in-place"),
        ("return F.relu(x, inplace=True)", "ring-in-place"),
        ("x[:, 0] = y\nreturn x", "ring-write"),
        ("y.rows[x] = x", "ring-write"),
        ("return x.item()", "ring-host"),
        ("return x.tolist()", "ring-host"),
        ("return x.numpy()", "ring-host"),
        ("return x.data", "ring-host"),
        ("return x[x > 0]", "ring-data-shape"),
        ("keep = x > 0\nreturn x[keep]", "ring-data-shape"),
        ("return x[~y]", "ring-data-shape"),
        ("return torch.nonzero(x)", "ring-data-shape"),
        ("return x.unique()", "ring-data-shape"),
        ("return torch.where(x)", "ring-data-shape"),
        ("return int(x.shape[1])", "ring-size"),
        ("B, T = x.shape\nreturn [y for _ in range(T)]", "ring-size"),
        ("T = x.size(1)\nreturn math.sqrt(T)", "ring-size"),
        ("if x.shape[1] > 4:\n    return y\nreturn x", "ring-size"),
        ("T = x.shape[1]\nreturn y if config and T == 1 else x", "ring-size"),
        ("return [y for _ in config if x.shape[0] == 1]", "ring-size"),
        ("return getattr(config, 'scale', 1.0)", "config-default"),
    ],
)
def test_ring_rule_notices(write: Write, body: str, rule: str) -> None:
    assert rule in ring_rules(write, body)


@pytest.mark.parametrize(
    "body",
    [
        "x = x + y\nreturn x",
        "count = 0\nfor _ in config.layers:\n    count += 1\nreturn count",
        "states = ()\nstates += (x,)\nreturn states",
        "out = torch.zeros(3)\nout[0] = y\nreturn out",
        "kwargs['mask'] = y\nreturn kwargs",
        "config.seen[x] = True",
        "return torch.where(x > 0, x, y)",
        "B, T = x.shape\nreturn x.view(B, T * 2)",
        "return y.masked_fill(y >= x.shape[1], 0)",
        "return range(len(x.shape))",
        "if x.shape[-1] != 2:\n    raise ValueError(x.shape)",
        "nn.init.normal_(x)",
        "return x[:, None]",
        "return getattr(config, 'scale')",
        "return config.__dict__.setdefault('rows', {})",
    ],
)
def test_ring_rule_leaves_alone(write: Write, body: str) -> None:
    assert ring_rules(write, body) == set()


def test_ring_rule_allows_in_place_initialisation(write: Write) -> None:
    text = RING_HEAD + "class M(nn.Module):\n    def _init_weights(self, module):\n"
    text += "        module.weight.data.normal_()\n        module.weight[0] = 0.0\n\n\n__all__ = ['M']\n"
    root = write({"frameworks/loader.py": LOADER, "layers/part.py": text})
    assert [rule for _, rule in rules_in(root, "layers/part.py")] == ["ring-host"]  # .data only


@pytest.mark.parametrize(
    ("line", "closed"),
    [
        ("from ..loading import hub", False),
        ("from ..frameworks import loader", False),
        ("import numpy", False),
        ("from torch.distributions import Normal", False),
        ("from . import other", True),
        ("from ..modeling_utils import PreTrainedModel", True),
        ("from ..configuration_utils import PretrainedConfig", True),
        ("from ..utils import errors", True),
        ("import torch.utils.checkpoint", True),
        ("from collections import OrderedDict", True),
    ],
)
def test_ring_closed_judges_imports(write: Write, line: str, closed: bool) -> None:
    part = HEAD + f"{line}\n\n__all__ = []\n"
    empty = dict.fromkeys(
        ("loading/__init__.py", "loading/hub.py", "layers/other.py", "utils/errors.py", "layers/__init__.py"),
        '"""Doc."""\n',
    )
    bases = dict.fromkeys(
        ("modeling_utils.py", "configuration_utils.py", "utils/__init__.py"), '"""Doc."""\n'
    )
    root = write({"frameworks/loader.py": LOADER, **empty, **bases, "layers/part.py": part})
    assert ("ring-closed" not in {rule for _, rule in rules_in(root, "layers/part.py")}) is closed


@pytest.mark.parametrize(
    "statement", ["f()", "for i in range(3):\n    f(i)", "try:\n    f()\nexcept ValueError:\n    pass"]
)
def test_ring_import_time_notices_statements(write: Write, statement: str) -> None:
    root = write({"frameworks/loader.py": LOADER, "layers/part.py": HEAD + statement + "\n\n__all__ = []\n"})
    assert "ring-import-time" in {rule for _, rule in rules_in(root, "layers/part.py")}


def test_ring_operation_notices_unknown_name(write: Write) -> None:
    listed = '"""Doc."""\nVOCABULARY = frozenset({"torch.cat", "nn.Linear", "nn.init.zeros_", "F.gelu"})\n'
    body = "def f(x):\n    nn.init.zeros_(x)\n    x = F.gelu(torch.cat([x]))\n"
    body += "    return torch.frobnicate(x), F.mystery(x)\n"
    files = {"frameworks/loader.py": LOADER, "frameworks/core/vocabulary.py": listed}
    root = write({**files, "layers/part.py": RING_HEAD + body + RING_TAIL})
    found = [f.text for f in findings(root) if f.rule == "ring-operation"]
    assert len(found) == 2
    assert found[0].startswith("torch.frobnicate") or found[1].startswith("torch.frobnicate")


def test_ring_pattern_notices_torch_outside_of_it(write: Write) -> None:
    files = {
        "frameworks/loader.py": LOADER,
        "helper.py": HEAD + "import torch\n\n__all__ = []\n",
        "layers/part.py": HEAD + "from .. import helper\n\n__all__ = []\n",
        "layers/__init__.py": '"""Doc."""\n',
    }
    root = write(files)
    assert (5, "ring-pattern") in rules_in(root, "helper.py")


@pytest.mark.parametrize(
    ("file", "line", "rule"),
    [
        ("utils/a.py", "from ..loading import hub", "arrow"),
        ("loading/a.py", "from ..pipelines import base", "arrow"),
        ("tokenization/a.py", "from ..layers import part", "arrow"),
        ("generation/a.py", "from ..pipelines import base", "arrow"),
        ("strange_place.py", "import json", "arrow"),
        ("loading/a.py", "import numpy", "framework"),
        ("tokenization/a.py", "import torch", "framework"),
        ("pipelines/a.py", "from transformers.utils import errors", "relative"),
        ("pipelines/a.py", "from ..models.bert import modeling_bert", "service-model"),
        ("pipelines/a.py", "from json import *", "star-import"),
    ],
)
def test_import_rule_notices(write: Write, file: str, line: str, rule: str) -> None:
    places = (
        "utils/errors.py",
        "loading/hub.py",
        "layers/part.py",
        "pipelines/base.py",
        "models/bert/modeling_bert.py",
    )
    files = dict.fromkeys(places, '"""Doc."""\n')
    folders = {
        f"{name}/__init__.py": '"""Doc."""\n'
        for name in ("utils", "loading", "layers", "pipelines", "models/bert")
    }
    root = write(
        {"frameworks/loader.py": LOADER, **files, **folders, file: HEAD + line + "\n\n__all__ = []\n"}
    )
    assert rule in {found for _, found in rules_in(root, file)}


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    from ..pipelines import base\n\n    return base\n",
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from ..pipelines import base\n",
        "from .. import __version__\n",
    ],
)
def test_import_rule_allows_late_typing_and_version(write: Write, text: str) -> None:
    files = {"pipelines/__init__.py": '"""Doc."""\n', "pipelines/base.py": '"""Doc."""\n'}
    root = write({**files, "utils/a.py": HEAD + text + "\n\n__all__ = []\n"})
    assert rules_in(root, "utils/a.py") == []


def _long_function(lines: int) -> str:
    return "def f():\n" + "    x = 1\n" * (lines - 1)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (HEAD + "x = 1\n" * 300 + "\n__all__ = []\n", "file-size"),
        (HEAD + _long_function(61) + "\n\n__all__ = []\n", "function-size"),
        (HEAD + "# TO" + "DO: later\n\n__all__ = []\n", "words"),
        (HEAD + "def f(x):\n    assert x\n\n\n__all__ = []\n", "assert"),
        (HEAD + "def f(x):\n    print(x)\n\n\n__all__ = []\n", "print"),
        (HEAD + "import os\n\n\ndef f():\n    return os.environ\n\n\n__all__ = []\n", "environment"),
        ("from __future__ import annotations\n\n__all__ = []\n", "docstring"),
        ('"""Doc."""\n\n\ndef f():\n    pass\n\n\n__all__ = []\n', "future"),
        (HEAD + "def f():\n    pass\n", "all"),
        (HEAD + "def f():\n    pass\n\n\n__all__ = []\n\nx = 1\n", "all"),
        (HEAD + "a = b = 1\n\n__all__ = ['b', 'a']\n", "all"),
        (HEAD + "__all__ = ['missing']\n", "all"),
    ],
)
def test_house_rule_notices(write: Write, text: str, rule: str) -> None:
    assert rule in {found for _, found in rules_in(write({"loading/a.py": text}), "loading/a.py")}


def test_file_size_allows_longer_model_files(write: Write) -> None:
    text = HEAD + "x = 1\n" * 380 + "\n__all__ = []\n"
    root = write({"models/bert/modeling_bert.py": text, "models/bert/configuration_bert.py": text})
    assert rules_in(root, "models/bert/modeling_bert.py") == []
    assert [rule for _, rule in rules_in(root, "models/bert/configuration_bert.py")] == ["file-size"]


def test_tool_findings_skip_library_rules(write: Write) -> None:
    root = write({"a.py": HEAD + "import numpy\n\n\ndef f():\n    print(numpy)\n\n\n__all__ = []\n"})
    assert list(tool_findings(root)) == []


def test_finding_reads_as_file_line_rule() -> None:
    assert str(Finding("a/b.py", 3, "print", "why: what")) == "a/b.py:3 print: why: what"


def test_exceptions_need_a_reason_and_a_use(tmp_path: Path) -> None:
    path = tmp_path / "exceptions.toml"
    path.write_text(
        '[[exception]]\nfile = "a.py"\nrule = "print"\nfunction = "f"\nreason = "it is a command"\n'
    )
    found = [Finding("a.py", 1, "print", "t", "f"), Finding("a.py", 2, "print", "t", "g")]
    assert without_exceptions(found, path) == found[1:]
    assert [finding.rule for finding in without_exceptions([], path)] == ["exception"]
    path.write_text('[[exception]]\nfile = "a.py"\nrule = "print"\n')
    assert [finding.text for finding in without_exceptions(found, path)] == [
        "the entry for a.py gives no reason"
    ]


def test_main_writes_findings_and_fails(
    write: Write, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    root = write({"loading/a.py": HEAD + "def f(x):\n    assert x\n\n\n__all__ = ['f']\n"})
    arguments = ["--root", str(root), "--exceptions", str(tmp_path / "none.toml")]
    assert main(arguments) == 1
    assert capsys.readouterr().out.startswith("loading/a.py:6 assert: ")
    (root / "loading" / "a.py").write_text(HEAD + "__all__ = []\n")
    assert main(arguments) == 0
