"""A user's pipeline in the published style: its steps one by one, saved with its code, loaded by trust."""

from __future__ import annotations

import contextlib
import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import transformers
from tests.models.adapters import installed
from transformers import pipeline
from transformers.pipelines import (
    PIPELINE_REGISTRY,
    ArgumentHandler,
    QuestionAnsweringArgumentHandler,
    TokenClassificationArgumentHandler,
    ZeroShotClassificationArgumentHandler,
    clean_custom_task,
    get_framework,
    infer_framework_load_model,
)
from transformers.pipelines.model_loading import infer_framework_from_model

from .test_pipelines import by_hand

FRAMEWORKS = installed()
CODE = '''
import numpy as np
from transformers import Pipeline


def softmax(logits):
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


class PairPipeline(Pipeline):
    """Probabilities of a pair of texts."""

    def _sanitize_parameters(self, **kwargs):
        given = {"second": kwargs["second"]} if "second" in kwargs else {}
        return given, {}, {}

    def preprocess(self, text, second="good"):
        return self.tokenizer(text, second, return_tensors=self.framework)

    def _forward(self, model_inputs):
        self.seen = type(model_inputs["input_ids"])
        return self.model(**model_inputs)

    def postprocess(self, model_outputs):
        logits = model_outputs.logits[0]
        return softmax(logits.numpy() if self.framework in ("pt", "tf") else logits).tolist()
'''


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The class above in a file of its own, registered; a cache of modules of its own."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "pair_pipeline.py").write_text(CODE)
    monkeypatch.syspath_prepend(tmp_path / "code")
    monkeypatch.setenv("HF_MODULES_CACHE", str(tmp_path / "modules"))
    before = set(sys.modules)
    path = list(sys.path)
    cls = importlib.import_module("pair_pipeline").PairPipeline
    auto = transformers.AutoModelForSequenceClassification if "pt" in FRAMEWORKS else None
    PIPELINE_REGISTRY.register_pipeline("pair-scores", cls, pt_model=auto)
    yield cls
    del PIPELINE_REGISTRY.supported_tasks["pair-scores"]
    sys.path[:] = path
    for name in set(sys.modules) - before:
        if name.startswith(("pair_pipeline", "transformers_modules")):
            del sys.modules[name]


@pytest.fixture
def run(pair: Any, folder: Path) -> Any:
    """Such a pipeline over NumPy."""
    model = transformers.NpAutoModelForSequenceClassification.from_pretrained(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    return pair(model=model, tokenizer=tokenizer, task="pair-scores")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_published_style_runs_unchanged(pair: Any, folder: Path, framework: str) -> None:
    run = pipeline("text-classification", str(folder), framework=framework, pipeline_class=pair)
    expected = [by_hand(folder, text, "bad").tolist() for text in ("this is", "a")]
    assert run("this is", second="bad") == pytest.approx(expected[0], abs=1e-5)
    assert run("this is") == pytest.approx(by_hand(folder, "this is", "good").tolist(), abs=1e-5)
    for size in (1, 2):
        found = run(["this is", "a"], second="bad", batch_size=size)
        assert found[0] == pytest.approx(expected[0], abs=1e-5)
        assert found[1] == pytest.approx(expected[1], abs=1e-5)
    streamed = run((text for text in ("this is", "a")), second="bad")
    assert next(streamed) == pytest.approx(expected[0], abs=1e-5)
    kinds = {"pt": "torch", "tf": "tensorflow"}
    assert run.seen.__module__.partition(".")[0] == kinds.get(framework, "numpy")


def test_steps_have_their_published_names(run: Any, folder: Path) -> None:
    steps: Any = ({"second": "bad"}, {}, {})
    expected = [by_hand(folder, text, "bad").tolist() for text in ("this is", "a")]
    assert run.run_single("this is", *steps) == pytest.approx(expected[0], abs=1e-5)
    assert np.allclose(run.run_multi(["this is", "a"], *steps), expected, atol=1e-5)
    lazily = run.iterate(iter(["this is", "a"]), *steps)
    assert next(lazily) == pytest.approx(expected[0], abs=1e-5)
    assert np.allclose(list(run.get_iterator(["this is", "a"], 0, 2, *steps)), expected, atol=1e-5)
    output = run.forward(run.preprocess("this is", second="bad"))
    assert run.postprocess(output) == pytest.approx(expected[0], abs=1e-5)


def test_own_way_for_one_input_is_taken(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def own(self: Any, inputs: Any, *steps: Any) -> str:
        return f"{inputs} {steps[0]}"

    monkeypatch.setattr(type(run), "run_single", own, raising=False)
    assert run("this", second="bad") == "this {'second': 'bad'}"


def test_tensors_go_to_the_device(folder: Path) -> None:
    torch = pytest.importorskip("torch")
    run = pipeline("text-classification", str(folder), framework="pt", device="cpu")
    run.device = torch.device("meta")
    moved = run.ensure_tensor_on_device(ids=torch.ones(2), inner={"mask": [torch.ones(3)]}, text="a")
    assert moved["ids"].device.type == moved["inner"]["mask"][0].device.type == "meta"
    assert moved["text"] == "a"
    with run.get_inference_context()(), run.device_placement():
        assert not torch.is_grad_enabled()


@pytest.mark.parametrize(("device", "place"), [(None, ""), (-1, "CPU:0"), ("/CPU:0", "CPU:0")])
def test_device_of_tensorflow_is_entered(run: Any, device: Any, place: str) -> None:
    tf = pytest.importorskip("tensorflow")
    run.framework, run.device = "tf", device
    with run.device_placement(), tf.Graph().as_default():
        pass
    with contextlib.ExitStack() as stack:
        stack.enter_context(run.device_placement())
        assert place in tf.constant(1.0).device
    tensor = np.ones(2)
    assert run.ensure_tensor_on_device(ids=tensor)["ids"] is tensor
    assert run.get_inference_context() is contextlib.nullcontext


def test_code_is_saved_and_runs_where_trusted(pair: Any, run: Any, folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "saved"
    run.save_pretrained(place)
    assert (place / "pair_pipeline.py").read_text() == CODE
    models = ["AutoModelForSequenceClassification"] if "pt" in FRAMEWORKS else []
    noted = {"pair-scores": {"impl": "pair_pipeline.PairPipeline", "pt": models, "tf": []}}
    assert json.loads((place / "config.json").read_text())["custom_pipelines"] == noted
    assert not hasattr(run.model.config, "custom_pipelines")

    description = dict(PIPELINE_REGISTRY.supported_tasks["pair-scores"])
    del PIPELINE_REGISTRY.supported_tasks["pair-scores"]
    try:
        for task in ("pair-scores", None):
            with pytest.raises(ValueError, match="pass trust_remote_code=True"):
                pipeline(task, str(place))
        if "pt" in FRAMEWORKS:
            back = pipeline("pair-scores", str(place), trust_remote_code=True)
            assert type(back) is not pair
            assert type(back).__module__.startswith("transformers_modules.")
            expected = by_hand(folder, "this is", "bad").tolist()
            assert back("this is", second="bad") == pytest.approx(expected, abs=1e-5)
            assert pipeline(model=str(place), trust_remote_code=True).task == "pair-scores"
        config = json.loads((place / "config.json").read_text())
        config["custom_pipelines"]["other"] = noted["pair-scores"]
        (place / "config.json").write_text(json.dumps(config))
        with pytest.raises(RuntimeError, match="pipelines for other, pair-scores: name the task"):
            pipeline(model=str(place), trust_remote_code=True)
    finally:
        PIPELINE_REGISTRY.supported_tasks["pair-scores"] = description


def test_known_tasks_are_not_replaced_without_trust(folder: Path, run: Any, tmp_path: Path) -> None:
    run.save_pretrained(tmp_path / "saved")
    config = json.loads((tmp_path / "saved" / "config.json").read_text())
    config["custom_pipelines"] = {"ner": config["custom_pipelines"]["pair-scores"], "text-classification": 1}
    (tmp_path / "saved" / "config.json").write_text(json.dumps(config))
    found = pipeline("text-classification", str(tmp_path / "saved"), framework="np")
    assert type(found) is transformers.TextClassificationPipeline
    trusted = pipeline("text-classification", str(tmp_path / "saved"), framework="np", trust_remote_code=True)
    assert type(trusted) is transformers.TextClassificationPipeline  # what is no description is left alone


def test_saving_keeps_pipelines_noted_before(run: Any, tmp_path: Path) -> None:
    run.model.config.custom_pipelines = {"older": {"impl": "a.B"}}
    run.save_pretrained(tmp_path / "saved")
    saved = json.loads((tmp_path / "saved" / "config.json").read_text())["custom_pipelines"]
    assert sorted(saved) == ["older", "pair-scores"]
    assert run.model.config.custom_pipelines == {"older": {"impl": "a.B"}}


def test_descriptions_in_configs_are_made_whole() -> None:
    found, options = clean_custom_task({"impl": "a.B"})
    assert (found, options) == ({"impl": "a.B", "pt": (), "tf": ()}, None)
    face = transformers.NpAutoModel
    assert clean_custom_task({"impl": "a.B", "pt": "NpAutoModel"})[0]["pt"] == (face,)
    assert clean_custom_task({"impl": "a.B", "tf": ["NpAutoModel"]})[0]["tf"] == (face,)
    with pytest.raises(RuntimeError, match="must name its class under 'impl'"):
        clean_custom_task({})
    for name in ("set_seed", "no.such", 3):
        with pytest.raises(ValueError, match="no model class of this library"):
            clean_custom_task({"impl": "a.B", "pt": [name]})


def test_argument_handlers_share_a_base() -> None:
    for handler in (
        QuestionAnsweringArgumentHandler,
        TokenClassificationArgumentHandler,
        ZeroShotClassificationArgumentHandler,
    ):
        assert issubclass(handler, ArgumentHandler)
    with pytest.raises(TypeError, match="abstract"):
        ArgumentHandler()  # type: ignore[abstract]


def test_framework_follows_from_the_model(folder: Path) -> None:
    pytest.importorskip("torch")
    wanted = transformers.AutoModelForSequenceClassification
    config = transformers.AutoConfig.from_pretrained(folder)
    classes: Any = {"pt": (transformers.GPT2Model, wanted)}
    framework, model = infer_framework_load_model(str(folder), config, classes, task="text-classification")
    assert (framework, type(model).__name__) == ("pt", "BertForSequenceClassification")
    framework, model = infer_framework_from_model(str(folder))
    assert (framework, type(model).__name__) == ("pt", "BertForSequenceClassification")
    assert infer_framework_load_model(model, config) == ("pt", model)
    assert get_framework(str(folder)) == get_framework(model) == "pt"
    config.architectures = None
    with pytest.raises(ValueError, match=r"cannot be loaded: GPT2Model"):
        infer_framework_load_model(str(folder), config, {"pt": (transformers.GPT2Model,)}, framework="pt")


def test_names_need_a_framework(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transformers.pipelines.model_loading.is_available", lambda package: False)
    with pytest.raises(RuntimeError, match="PyTorch or TensorFlow"):
        infer_framework_load_model(str(folder), None)
