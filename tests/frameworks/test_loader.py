"""Re-execution: one source file, one byte code, several frameworks; and the faces' modules made from it."""

from __future__ import annotations

import importlib
import inspect
import pickle
import sys
import traceback
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tests.models.adapters import installed
from transformers.frameworks import loader, virtual

OTHERS = [key for key in installed() if key != "pt"]
MODEL = "models.bert.modeling_bert"


@pytest.fixture(params=OTHERS)
def ring(request: pytest.FixtureRequest) -> tuple[str, ModuleType]:
    return request.param, loader.ring_module(request.param, MODEL)


def test_source_and_byte_code_are_those_of_the_one_file(ring: tuple[str, ModuleType]) -> None:
    native = importlib.import_module(f"transformers.{MODEL}")
    _, module = ring
    assert module.__file__ == native.__file__
    assert module.__spec__.cached == native.__spec__.cached
    assert module.BertModel is not native.BertModel
    assert inspect.getsource(module.BertPooler) == inspect.getsource(native.BertPooler)
    assert module.BertModel.__module__ == f"transformers.frameworks.{ring[0]}.ring.{MODEL}"


def test_torch_means_the_layer_and_nothing_else_is_run_again(ring: tuple[str, ModuleType]) -> None:
    framework, module = ring
    assert module.nn is loader.torch_module(framework).nn
    from transformers.modeling_outputs import MaskedLMOutput
    from transformers.models.bert.configuration_bert import BertConfig

    assert module.BertConfig is BertConfig
    assert module.MaskedLMOutput is MaskedLMOutput
    assert module.PreTrainedModel is loader.ring_module(framework, "layers.base").ModelBase
    masks = loader.ring_module(framework, "layers.masks")
    assert masks.torch is loader.torch_module(framework)
    assert masks.F is loader.torch_module(framework).nn.functional


def test_tracebacks_point_to_the_real_file(ring: tuple[str, ModuleType]) -> None:
    framework, _ = ring
    masks = loader.ring_module(framework, "layers.masks")
    try:
        masks.padding_mask(loader.torch_module(framework).ones(3))
    except ValueError as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
    assert frame.filename == sys.modules["transformers.layers.masks"].__file__
    assert frame.line.startswith("raise ValueError")


def test_classes_pickle_under_their_own_framework(ring: tuple[str, ModuleType]) -> None:
    for cls in (ring[1].BertModel, ring[1].BertLayer):
        assert pickle.loads(pickle.dumps(cls)) is cls


@pytest.mark.parametrize("name", ["configuration_utils", "modeling_outputs", "utils.logging", "loading.hub"])
def test_files_that_touch_no_framework_are_not_ring(name: str) -> None:
    assert not loader.is_ring(name)
    assert loader.is_ring(MODEL)
    assert loader.is_ring("layers.masks")
    with pytest.raises(ModuleNotFoundError):
        loader.ring_module("np", name)


def test_missing_modules_are_reported_as_usual() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"layers\.no_such_part"):
        loader.ring_module("np", "layers.no_such_part")
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("transformers.frameworks.np.torch.no_such_part")


def test_installing_twice_changes_nothing() -> None:
    before = list(sys.meta_path)
    loader.install()
    virtual.install()
    assert sys.meta_path == before


@pytest.mark.parametrize(("kind", "framework", "prefix"), [(k, *v) for k, v in virtual.PREFIXES.items()])
def test_faces_are_made_on_demand_and_pickle(kind: str, framework: str, prefix: str) -> None:
    if framework not in OTHERS:
        pytest.skip(f"{framework} is not installed")
    module: Any = importlib.import_module(f"transformers.models.bert.modeling_{kind}_bert")
    face = getattr(module, f"{prefix}BertForMaskedLM")
    assert face is getattr(module, f"{prefix}BertForMaskedLM")
    assert issubclass(face, getattr(module, f"{prefix}BertPreTrainedModel"))
    assert face.network_class is loader.ring_module(framework, MODEL).BertForMaskedLM
    assert pickle.loads(pickle.dumps(face)) is face
    assert face.__name__ in dir(module)
    assert face.__name__ in module.__all__
    with pytest.raises(AttributeError, match=f"Did you mean '{prefix}BertForMaskedLM'"):
        getattr(module, f"{prefix}BertForMaskedLn")


def test_published_alias_is_the_same_class() -> None:
    if "jax" not in OTHERS:
        pytest.skip("jax is not installed")
    module: Any = importlib.import_module("transformers.models.bert.modeling_flax_bert")
    assert module.FlaxBertForCausalLM is module.FlaxBertLMHeadModel


def test_room_without_a_model_has_no_faces() -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("transformers.models.nothing.modeling_np_nothing")


def test_arrays_stay_in_their_framework(ring: tuple[str, ModuleType]) -> None:
    framework, _ = ring
    torch = loader.torch_module(framework)
    ones = loader.ring_module(framework, "layers.masks").padding_mask(torch.ones(2, 3))
    assert isinstance(ones, torch.Tensor)
    assert np.asarray(ones.numpy()).dtype == bool
