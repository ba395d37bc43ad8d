"""The front door: lazy, cheap, helpful about misspelt names and missing frameworks."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

import transformers
from transformers._aliases import ALIASES, resolve
from transformers._exports import EXPORTS, NEEDS, SUBMODULES
from transformers.utils import optional

BLOCK = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocker())
"""
HEAVY = ("numpy", "torch", "jax", "tensorflow", "keras", "flax", "tokenizers", "huggingface_hub", "tqdm")


def python(code: str, block: tuple[str, ...] = ()) -> str:
    """Output of a fresh interpreter in which the packages `block` cannot be imported."""
    code = BLOCK.format(names=set(block)) + code
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_import_loads_no_heavy_package() -> None:
    code = f"import transformers\nprint([name for name in {HEAVY!r} if name in sys.modules])"
    assert python(code) == "[]"


def test_import_costs_little() -> None:
    code = "import time; start = time.process_time(); import transformers; print(time.process_time() - start)"
    assert min(float(python(code)) for _ in range(3)) < 0.060


def test_version_is_published_with_local_segment() -> None:
    assert transformers.__version__.startswith("4.57.6+")


def test_unknown_name_offers_close_ones() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'BertConfg'\. Did you mean 'BertConfig'"):
        transformers.BertConfg  # noqa: B018


def test_unknown_private_name_offers_nothing() -> None:
    with pytest.raises(AttributeError, match=r"no attribute '_nothing'\.$"):
        transformers._nothing  # noqa: B018


def test_names_are_kept_after_first_use() -> None:
    first = transformers.BertConfig
    assert vars(transformers)["BertConfig"] is first is transformers.BertConfig


@pytest.mark.parametrize(
    ("name", "package", "pip"),
    [
        ("BertModel", "torch", "PyTorch: pip install 'transformers[torch]'"),
        ("FlaxBertModel", "jax", "JAX: pip install 'transformers[jax]'"),
        ("TFBertModel", "tensorflow", "TensorFlow: pip install 'transformers[tf]'"),
    ],
)
def test_missing_framework_is_one_sentence_with_the_pip_line(name: str, package: str, pip: str) -> None:
    code = f"try:\n    from transformers import {name}\nexcept ImportError as error:\n    print(error)"
    assert python(code, (package,)) == f"{name} needs {pip}"


def test_dir_and_star_leave_out_what_cannot_be_loaded() -> None:
    code = (
        "import transformers\nprint('BertModel' in dir(transformers), 'BertConfig' in transformers.__all__)"
    )
    assert python(code, ("torch",)) == "False True"


@pytest.mark.parametrize("name", sorted(SUBMODULES - {"cli"}))
def test_submodules_are_attributes(name: str) -> None:
    needed = NEEDS.get(name)
    if needed is not None and not optional.is_available(needed):
        pytest.skip(f"{needed} is not installed")
    assert getattr(transformers, name) is import_module(f"transformers.{name}")


def test_every_export_exists() -> None:
    missing = []
    for name, place in EXPORTS.items():
        module, _, attribute = place.partition(":")
        if (needed := NEEDS.get(module)) is not None and not optional.is_available(needed):
            continue
        if not hasattr(import_module(f"transformers.{module}"), attribute or name):
            missing.append(name)
    assert missing == []


@pytest.mark.parametrize(("published", "ours"), sorted(ALIASES.items()))
def test_alias_gives_the_same_module(published: str, ours: str) -> None:
    needed = (
        "torch"
        if ours.startswith("layers")
        else {"frameworks.jax.face": "jax", "frameworks.tf.face": "tensorflow"}.get(ours)
    )
    if needed is not None and not optional.is_available(needed):
        pytest.skip(f"{needed} is not installed")
    target = import_module(f"transformers.{ours}")
    spec = target.__spec__
    assert import_module(f"transformers.{published}") is target
    assert target.__spec__ is spec and spec is not None and spec.name == f"transformers.{ours}"


def test_alias_serves_fast_tokenizer_files() -> None:
    pytest.importorskip("tokenizers")
    module = import_module("transformers.models.bert.tokenization_bert_fast")
    assert module is import_module("transformers.models.bert.tokenization_bert")


@pytest.mark.parametrize(
    "name", ["transformers.nothing", "transformers.models.bert.nothing", "json.file_utils"]
)
def test_alias_leaves_other_names_alone(name: str) -> None:
    assert resolve(name) is None
    with pytest.raises(ModuleNotFoundError):
        import_module(name)
