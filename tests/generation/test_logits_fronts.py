"""Processors by their published names: of PyTorch at the front door, of TensorFlow and JAX over arrays."""

from __future__ import annotations

import copy
import importlib
import inspect
import pickle
import types
from typing import Any

import numpy as np
import pytest

import transformers

from .logits_cases import IDS, SCORES, TIMES, WHISPER
from .ring import COMPILED, call, make

ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "TemperatureLogitsWarper": (0.5,),
    "TopKLogitsWarper": (3,),
    "TopPLogitsWarper": (0.7,),
    "MinLengthLogitsProcessor": (6, 2),
    "NoRepeatNGramLogitsProcessor": (2,),
    "ForcedBOSTokenLogitsProcessor": (3,),
    "ForcedEOSTokenLogitsProcessor": (6, 4),
    "SuppressTokensAtBeginLogitsProcessor": ([1, 2], 5),
    "SuppressTokensLogitsProcessor": ([1, 2],),
    "ForceTokensLogitsProcessor": ([[5, 2]],),
}
TF_ONLY: dict[str, tuple[Any, ...]] = {
    "RepetitionPenaltyLogitsProcessor": (1.5,),
    "NoBadWordsLogitsProcessor": ([[1, 2], [4]], 0),
}
PREFIXES = {"tf": "TF", "jax": "Flax"}
NAMES = [
    (framework, name, arguments)
    for framework in COMPILED
    for name, arguments in {**ARGUMENTS, **(TF_ONLY if framework == "tf" else {})}.items()
]


def module(framework: str) -> Any:
    return importlib.import_module(f"transformers.generation.{PREFIXES[framework].lower()}_logits_process")


def array(framework: str, value: Any) -> Any:
    """An array of the framework."""
    if framework == "tf":
        return importlib.import_module("tensorflow").constant(value)
    return importlib.import_module("jax.numpy").asarray(value)


@pytest.mark.parametrize(("framework", "name", "arguments"), NAMES)
def test_array_processor_agrees_with_numpy(framework: str, name: str, arguments: tuple[Any, ...]) -> None:
    kind = getattr(module(framework), f"{PREFIXES[framework]}{name}")
    if kind.__name__ != "FlaxNoRepeatNGramLogitsProcessor":  # published in its module only
        assert getattr(transformers, kind.__name__) is kind
    ids, scores = array(framework, IDS.astype(np.int32)), array(framework, SCORES)
    found = kind(*arguments)(ids, scores, 5)
    assert type(found) is type(scores)
    wanted = call("np", make("np", name, arguments), IDS[:, :5], SCORES)
    np.testing.assert_allclose(np.asarray(found), wanted, rtol=2e-6)
    base = "LogitsWarper" if name.endswith("Warper") else "LogitsProcessor"
    assert isinstance(kind(*arguments), getattr(module(framework), f"{PREFIXES[framework]}{base}"))


def test_jax_processor_compiles_with_a_traced_length() -> None:
    jax = pytest.importorskip("jax")
    processor = module("jax").FlaxMinLengthLogitsProcessor(4, 2)
    run = jax.jit(processor.__call__)
    for length in (3, 4):
        found = np.asarray(run(IDS, SCORES, length))
        assert np.isinf(found[:, 2]).tolist() == [length < 4 or row == 1 for row in range(4)]


def test_tensorflow_processor_compiles_with_a_traced_length() -> None:
    tf = pytest.importorskip("tensorflow")
    processor = module("tf").TFForcedEOSTokenLogitsProcessor(6, 4)
    run = tf.function(lambda *given: processor(*given))
    ids, scores = tf.constant(IDS), tf.constant(SCORES)
    for length in (4, 5):
        found = run(ids, scores, tf.constant(length)).numpy()
        assert (found[:, 4] == 0).all() == (length == 5)


@pytest.mark.parametrize("framework", COMPILED)
def test_list_of_array_processors(framework: str) -> None:
    prefix, made = PREFIXES[framework], module(framework)
    seen = []

    class Own(getattr(made, f"{prefix}LogitsProcessor")):  # type: ignore[misc]
        def __call__(self, input_ids: Any, scores: Any, cur_len: Any, mood: str) -> Any:
            seen.append((cur_len, mood))
            return scores

    listed = getattr(made, f"{prefix}LogitsProcessorList")(
        [getattr(made, f"{prefix}TemperatureLogitsWarper")(0.5), Own()]
    )
    found = listed(array(framework, IDS), array(framework, SCORES), 3, mood="fine")
    np.testing.assert_allclose(np.asarray(found), SCORES * 2)
    assert seen == [(3, "fine")]
    with pytest.raises(ValueError, match="Own needs mood"):
        listed(array(framework, IDS), array(framework, SCORES), 3)
    with pytest.raises(NotImplementedError, match="LogitsProcessor"):
        getattr(made, f"{prefix}LogitsProcessor")()(None, SCORES, 3)


@pytest.mark.parametrize("framework", COMPILED)
def test_array_processor_shows_its_settings(framework: str) -> None:
    made = module(framework)
    processor = getattr(made, f"{PREFIXES[framework]}TopKLogitsWarper")(3, min_tokens_to_keep=5)
    assert processor.top_k == 5
    assert copy.deepcopy(processor).top_k == 5
    assert pickle.loads(pickle.dumps(processor)).top_k == 5
    assert list(inspect.signature(type(processor)).parameters) == [
        "top_k",
        "filter_value",
        "min_tokens_to_keep",
    ]
    with pytest.raises(AttributeError, match="_nothing"):
        getattr(processor, "_nothing")  # noqa: B009
    with pytest.raises(ValueError, match="top_k"):
        type(processor)(0)


def test_flax_whisper_counts_the_tokens_of_many_languages() -> None:
    pytest.importorskip("jax")
    for many, begin in ((False, 2), (True, 4)):
        facts = types.SimpleNamespace(**WHISPER, is_multilingual=many)
        processor = module("jax").FlaxWhisperTimeStampLogitsProcessor(facts, None, 1)
        wanted = call("np", make("np", "WhisperTimeStampLogitsProcessor", (facts, begin)), TIMES, SCORES)
        np.testing.assert_allclose(np.asarray(processor(TIMES, SCORES, 9)), wanted, rtol=2e-6)


def test_tensorflow_filters_like_numpy() -> None:
    tf = pytest.importorskip("tensorflow")
    found = transformers.tf_top_k_top_p_filtering(tf.constant(SCORES), top_k=6, top_p=0.8).numpy()
    warpers = [make("np", "TopKLogitsWarper", (6,)), make("np", "TopPLogitsWarper", (0.8,))]
    np.testing.assert_allclose(found, call("np", make("np", "LogitsProcessorList", (warpers,)), IDS, SCORES))


def test_published_path_leads_to_the_classes() -> None:
    pytest.importorskip("torch")
    published = importlib.import_module("transformers.generation.logits_process")
    for name in ("LogitsProcessorList", "TopKLogitsWarper", "WatermarkLogitsProcessor"):
        assert getattr(transformers, name) is getattr(published, name)
    assert issubclass(published.TopKLogitsWarper, transformers.LogitsWarper)
    assert issubclass(transformers.LogitsWarper, transformers.LogitsProcessor)
