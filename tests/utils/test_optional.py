"""Optional packages: found, not imported; missing, with the pip line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from transformers import utils
from transformers.utils import availability, errors, optional, torch_features


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Answers are asked for anew."""
    optional.is_available.cache_clear()
    yield
    optional.is_available.cache_clear()


def test_is_available_does_not_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "explosive_package.py").write_text("raise RuntimeError")
    monkeypatch.syspath_prepend(tmp_path)
    assert optional.is_available("explosive_package")
    assert "explosive_package" not in sys.modules


def test_is_available_says_no(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bare_folder").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "taken_out", None)
    assert [optional.is_available(name) for name in ("no_such_package", "bare_folder", "taken_out")] == [
        False
    ] * 3


def test_is_available_accepts_modules_made_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("made_by_hand")
    module.__spec__ = None
    monkeypatch.setitem(sys.modules, "made_by_hand", module)
    assert optional.is_available("made_by_hand")


@pytest.mark.parametrize(
    ("package", "variables", "hidden"),
    [
        ("torch", {"USE_TORCH": "0"}, True),
        ("torch", {"USE_TF": "1"}, True),
        ("torch", {"USE_TF": "1", "USE_TORCH": "1"}, False),
        ("tensorflow", {"USE_TF": "off"}, True),
        ("tensorflow", {"USE_TORCH": "ON"}, True),
        ("jax", {"USE_FLAX": "no"}, True),
        ("jax", {"USE_TORCH": "1"}, False),
    ],
)
def test_environment_hides_frameworks(
    monkeypatch: pytest.MonkeyPatch, package: str, variables: dict[str, str], hidden: bool
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert optional._switched_off(package) is hidden
    if hidden:
        with pytest.raises(ImportError, match="which the environment switches off: check USE_"):
            optional.require(package, "BertModel")


@pytest.mark.parametrize(
    ("package", "message"),
    [
        ("PIL", "ViTImageProcessor needs Pillow: pip install 'transformers[vision]'"),
        ("nowhere", "ViTImageProcessor needs nowhere: pip install nowhere"),
    ],
)
def test_require_names_the_pip_line(monkeypatch: pytest.MonkeyPatch, package: str, message: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError) as caught:
        optional.require(package, "ViTImageProcessor")
    assert (str(caught.value), caught.value.name) == (message, package)


def test_require_is_silent_where_the_package_is() -> None:
    optional.require("json", "BertModel")


@pytest.mark.parametrize(
    ("name", "package"),
    [("is_torch_available", "torch"), ("is_tf_available", "tensorflow"), ("is_vision_available", "PIL")],
)
def test_published_function_follows_its_package(
    monkeypatch: pytest.MonkeyPatch, name: str, package: str
) -> None:
    function = getattr(utils, name)
    assert function.__name__ == name
    monkeypatch.setitem(sys.modules, package, None)
    assert function() is False


def test_published_function_takes_a_minimum_version() -> None:
    probe = availability._probe("is_packaging_available", "packaging")
    assert probe() and probe("1.0") and not probe("9999")


def test_flax_needs_both_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "flax", None)
    assert utils.is_flax_available() is False


def test_requires_backends_names_all_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("PIL", "tensorflow"):
        monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(
        ImportError, match=r"int needs Pillow \(pip install 'transformers\[vision\]'\), TensorFlow \("
    ):
        utils.requires_backends(int, ["vision", "tf"])


def test_dummy_object_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)

    class Thing(metaclass=utils.DummyObject):
        _backends = ["vision"]

    with pytest.raises(ImportError, match="Thing needs Pillow"):
        Thing.from_pretrained  # noqa: B018


def test_torch_features_without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert torch_features.get_torch_version() == "N/A"
    assert not torch_features.is_torch_greater_or_equal("1.0")
    assert not torch_features.is_torch_cuda_available()
    assert not torch_features.is_torch_tf32_available()


def test_unknown_name_of_utils_offers_close_ones() -> None:
    with pytest.raises(AttributeError, match="Did you mean 'is_torch_available'"):
        utils.is_torch_availabl  # noqa: B018


def test_dir_of_utils_lists_the_family() -> None:
    assert {"is_torch_available", "logging", "WEIGHTS_NAME", "ModelOutput", "TRANSFORMERS_CACHE"} <= set(
        dir(utils)
    )


@pytest.mark.parametrize(
    ("name", "options", "hint"),
    [
        ("bert_modle", ["bert_model", "gpt"], " Did you mean 'bert_model'?"),
        ("BERT", ["Bert"], " Did you mean 'Bert'?"),
        ("zzz", ["bert"], ""),
        ("bert", [], ""),
    ],
)
def test_did_you_mean(name: str, options: list[str], hint: str) -> None:
    assert errors.did_you_mean(name, options) == hint
