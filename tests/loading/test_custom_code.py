"""Code that a repository brings along: runs where the caller trusts it, and nowhere else."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.hub_server import commit_of, reachable, serving
from transformers import AutoConfig, AutoModel, AutoTokenizer, BertTokenizer
from transformers.dynamic_module_utils import (
    check_imports,
    get_class_from_dynamic_module,
    get_imports,
    get_relative_import_files,
    resolve_trust_remote_code,
)

CONFIGURATION = """
from transformers import PretrainedConfig


class MineConfig(PretrainedConfig):
    model_type = "mine_of_custom_code"

    def __init__(self, width=4, **kwargs):
        self.width = width
        super().__init__(**kwargs)
"""
PARTS = """
from .deep.scale import FACTOR


def scaled(x):
    return FACTOR * x
"""
MODELING = """
import torch
from torch import nn

from transformers import PreTrainedModel

from .configuration_mine import MineConfig
from .parts_mine import scaled


class MineModel(PreTrainedModel):
    config_class = MineConfig

    def __init__(self, config):
        super().__init__(config)
        self.linear = nn.Linear(config.width, config.width)
        self.post_init()

    def forward(self, x):
        return scaled(self.linear(x))
"""
TOKENIZATION = """
from transformers import BertTokenizer


class MineTokenizer(BertTokenizer):
    def shout(self):
        return "mine"
"""
AUTO_MAP = {"AutoConfig": "configuration_mine.MineConfig", "AutoModel": "modeling_mine.MineModel"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Code without weights; a cache of modules of its own, forgotten afterwards."""
    monkeypatch.setenv("HF_MODULES_CACHE", str(tmp_path / "modules"))
    place = tmp_path / "my-repo.v1"
    (place / "deep").mkdir(parents=True)
    (place / "configuration_mine.py").write_text(CONFIGURATION)
    (place / "parts_mine.py").write_text(PARTS)
    (place / "deep" / "scale.py").write_text("FACTOR = 3\n")
    (place / "modeling_mine.py").write_text(MODELING)
    (place / "tokenization_mine.py").write_text(TOKENIZATION)
    config = {
        "model_type": "mine_of_custom_code",
        "width": 5,
        "auto_map": AUTO_MAP,
        "trust_remote_code": True,
    }
    (place / "config.json").write_text(json.dumps(config))
    (place / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ngood")
    settings = {
        "tokenizer_class": "MineTokenizer",
        "auto_map": {"AutoTokenizer": ["tokenization_mine.MineTokenizer", None]},
    }
    (place / "tokenizer_config.json").write_text(json.dumps(settings))
    before = list(sys.path)
    yield place
    sys.path[:] = before
    for name in [name for name in sys.modules if name.partition(".")[0] == "transformers_modules"]:
        del sys.modules[name]


@pytest.mark.parametrize("auto", [AutoConfig, AutoModel, AutoTokenizer])
@pytest.mark.parametrize("trust", [None, False])
def test_nothing_runs_unless_the_caller_trusts_it(auto: type, trust: bool | None, folder: Path) -> None:
    for path in folder.glob("*.py"):
        path.write_text("raise SystemExit('ran')")
    said = r"names code of its own \(auto_map\).*pass trust_remote_code=True, with revision= a commit"
    with pytest.raises(ValueError, match=said):
        auto.from_pretrained(folder, trust_remote_code=trust)  # type: ignore[attr-defined]
    assert not (folder.parent / "modules").exists()


def test_trusted_code_runs_is_saved_and_loaded_back(folder: Path, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    config = AutoConfig.from_pretrained(folder, trust_remote_code=True)
    assert (type(config).__name__, config.width) == ("MineConfig", 5)
    model = AutoModel.from_config(config, trust_remote_code=True)
    assert type(model).__module__.startswith("transformers_modules.")
    model.save_pretrained(tmp_path / "saved")
    AutoTokenizer.from_pretrained(folder, trust_remote_code=True).save_pretrained(tmp_path / "saved")
    names = {path.relative_to(tmp_path / "saved").as_posix() for path in (tmp_path / "saved").rglob("*.py")}
    assert names == {
        "configuration_mine.py",
        "deep/scale.py",
        "modeling_mine.py",
        "parts_mine.py",
        "tokenization_mine.py",
    }
    back = AutoModel.from_pretrained(tmp_path / "saved", trust_remote_code=True)
    x = torch.ones(2, 5)
    torch.testing.assert_close(
        back(x), 3 * torch.nn.functional.linear(x, model.linear.weight, model.linear.bias)
    )
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "saved", trust_remote_code=True)
    assert (tokenizer.shout(), tokenizer("good")["input_ids"]) == ("mine", [2, 5, 3])
    with pytest.raises(ValueError, match="trust_remote_code=True"):
        AutoModel.from_pretrained(tmp_path / "saved")


def test_code_of_a_folder_is_kept_by_its_contents(folder: Path) -> None:
    first = get_class_from_dynamic_module("modeling_mine.MineModel", folder)
    assert get_class_from_dynamic_module("modeling_mine.MineModel", folder) is first
    (folder / "deep" / "scale.py").write_text("FACTOR = 4\n")
    second = get_class_from_dynamic_module("modeling_mine.MineModel", folder)
    assert second is not first
    assert (sys.modules[first.__module__].scaled(1), sys.modules[second.__module__].scaled(1)) == (3, 4)


def test_code_of_the_hub_is_that_of_the_pinned_commit(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as hub:
        reachable(hub, monkeypatch, tmp_path / "cache")
        hub.add("ann/code", folder)
        commit = commit_of(hub.repositories["ann/code"].revisions["main"])
        (folder / "deep" / "scale.py").write_text("FACTOR = 7\n")
        hub.add("ann/code", folder)
        found = get_class_from_dynamic_module("modeling_mine.MineModel", "ann/code", revision=commit)
        assert f".{commit}." in found.__module__.replace("._", ".")
        assert sys.modules[found.__module__].scaled(1) == 3
        newest = get_class_from_dynamic_module("ann/code--modeling_mine.MineModel", "ann/other")
        assert sys.modules[newest.__module__].scaled(1) == 7
        hub.requests.clear()
        config = AutoConfig.from_pretrained("ann/code", revision=commit, trust_remote_code=True)
        assert config.width == 5
        model = AutoModel.from_config(config, trust_remote_code=True)
        assert sys.modules[type(model).__module__].scaled(1) == 3


def test_code_of_other_repositories_takes_its_own_revision(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as hub:
        reachable(hub, monkeypatch, tmp_path / "cache")
        hub.add("ann/code", folder, "v1")
        where = {"revision": "main", "code_revision": "v1"}
        found = get_class_from_dynamic_module("ann/code--configuration_mine.MineConfig", folder, **where)
        assert found().width == 4
        with pytest.raises(OSError, match="has no revision 'v2'"):
            get_class_from_dynamic_module("ann/code--parts_mine.scaled", folder, code_revision="v2")


@pytest.mark.parametrize(
    "reference", ["", "NoModule", "../evil.Mine", "/etc/evil.Mine", "a b.C", "a--../b.C", "m.C; import os", 5]
)
def test_other_references_are_refused(reference: object, folder: Path) -> None:
    with pytest.raises((ValueError, OSError)):
        get_class_from_dynamic_module(reference, folder)  # type: ignore[arg-type]


def test_missing_class_and_package_are_named(folder: Path) -> None:
    with pytest.raises(AttributeError, match="defines no Other"):
        get_class_from_dynamic_module("modeling_mine.Other", folder)
    (folder / "parts_mine.py").write_text("import surely_not_installed\n")
    with pytest.raises(ImportError, match="pip install surely_not_installed"):
        get_class_from_dynamic_module("modeling_mine.MineModel", folder)
    (folder / "parts_mine.py").write_text("from ..above import x\n")
    with pytest.raises(ImportError, match="from above its own folder"):
        get_class_from_dynamic_module("modeling_mine.MineModel", folder)


def test_imports_of_a_file(folder: Path) -> None:
    source = folder / "source.py"
    source.write_text(
        "import os.path, json\ntry:\n    import flash\nexcept ImportError:\n    pass\nfrom .a import b\n"
    )
    assert get_imports(source) == ["json", "os"]
    assert check_imports(source) == ["a"]
    found = [
        Path(path).relative_to(folder).as_posix()
        for path in get_relative_import_files(folder / "modeling_mine.py")
    ]
    assert sorted(found) == ["configuration_mine.py", "deep/scale.py", "parts_mine.py"]


@pytest.mark.parametrize(
    ("trust", "local", "remote", "expected"),
    [
        (True, True, True, True),
        (None, True, True, False),
        (True, True, False, False),
        (False, True, True, False),
    ],
)
def test_trust_is_decided_by_the_caller(
    trust: bool | None, local: bool, remote: bool, expected: bool
) -> None:
    assert resolve_trust_remote_code(trust, "ann/x", local, remote) is expected


def test_class_of_a_test_file_is_saved_with_its_code(tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ngood")

    class Plain(BertTokenizer):
        pass

    Plain(str(tmp_path / "vocab.txt")).save_pretrained(tmp_path / "plain")
    assert not list((tmp_path / "plain").glob("*.py"))
    np.testing.assert_array_equal(Plain.from_pretrained(tmp_path / "plain")("good")["input_ids"], [2, 5, 3])
