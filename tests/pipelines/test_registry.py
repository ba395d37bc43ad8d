"""Looking up and adding tasks, and the parts that a user's class asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import transformers
from tests.models.adapters import installed
from transformers import pipeline
from transformers.pipelines import (
    PIPELINE_REGISTRY,
    SUPPORTED_TASKS,
    TASK_ALIASES,
    ChunkPipeline,
    Pipeline,
    PipelineRegistry,
    check_task,
    get_default_model_and_revision,
    get_supported_tasks,
    get_task,
)

PUBLISHED = {
    "text-generation": ("TextGenerationPipeline", "AutoModelForCausalLM", "text"),
    "text2text-generation": ("Text2TextGenerationPipeline", "AutoModelForSeq2SeqLM", "text"),
    "summarization": ("SummarizationPipeline", "AutoModelForSeq2SeqLM", "text"),
    "feature-extraction": ("FeatureExtractionPipeline", "AutoModel", "multimodal"),
    "text-classification": (
        "TextClassificationPipeline",
        "AutoModelForSequenceClassification",
        "text",
    ),
    "token-classification": ("TokenClassificationPipeline", "AutoModelForTokenClassification", "text"),
    "question-answering": ("QuestionAnsweringPipeline", "AutoModelForQuestionAnswering", "text"),
    "fill-mask": ("FillMaskPipeline", "AutoModelForMaskedLM", "text"),
    "zero-shot-classification": (
        "ZeroShotClassificationPipeline",
        "AutoModelForSequenceClassification",
        "text",
    ),
}


@pytest.mark.parametrize("task", PUBLISHED)
def test_tasks_have_their_published_descriptions(task: str) -> None:
    name, auto, kind = PUBLISHED[task]
    found = SUPPORTED_TASKS[task]
    assert found["impl"] is getattr(transformers, name)
    assert found["pt"] == ((getattr(transformers, auto),) if "pt" in installed() else ())
    assert found["tf"] == ((getattr(transformers, f"TF{auto}"),) if "tf" in installed() else ())
    assert found["type"] == kind
    assert set(found["default"]["model"]) == {"pt", "tf"}
    assert check_task(task) == (task, found, None)
    place, revision = get_default_model_and_revision(found, "pt")
    assert "/" in place
    assert len(revision) == 7


def test_translation_has_a_default_for_each_pair_of_languages() -> None:
    name, found, pair = check_task("translation_en_to_fr")
    assert (name, pair) == ("translation", ("en", "fr"))
    assert check_task("translation")[2] is None
    assert found["impl"] is transformers.TranslationPipeline
    assert set(found["default"]) == {("en", "fr"), ("en", "de"), ("en", "ro")}
    assert get_default_model_and_revision(found, "pt", pair) == ("google-t5/t5-base", "a9723ea")
    with pytest.raises(ValueError, match="no default model for the options"):
        get_default_model_and_revision(found, "pt", check_task("translation_xx_to_yy")[2])


@pytest.mark.parametrize(("alias", "task"), TASK_ALIASES.items())
def test_aliases_lead_to_tasks(alias: str, task: str) -> None:
    assert PIPELINE_REGISTRY.check_task(alias)[0] == task
    assert {alias, task} <= set(get_supported_tasks())
    assert transformers.NerPipeline is transformers.TokenClassificationPipeline


def test_unknown_tasks_are_refused() -> None:
    with pytest.raises(KeyError, match="Did you mean 'fill-mask'"):
        check_task("fill-masks")
    with pytest.raises(ValueError, match="no default model for the options"):
        get_default_model_and_revision({"default": {}}, "pt", ("en", "de"))
    with pytest.raises(ValueError, match="no default model: name one"):
        get_default_model_and_revision({}, "pt")


def test_task_of_a_model_needs_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    class Hub:
        def __init__(self, token: Any = None) -> None:
            pass

        def model_info(self, model: str, revision: Any = None) -> Any:
            if model == "away":
                raise ConnectionError("no route")
            return type("Card", (), {"pipeline_tag": None if model == "bare" else "fill-mask"})

    monkeypatch.setattr(huggingface_hub, "HfApi", Hub)
    assert get_task("some/model") == "fill-mask"
    with pytest.raises(RuntimeError, match="no route"):
        get_task("away")
    with pytest.raises(RuntimeError, match="names no task"):
        get_task("bare")


class Sizes(ChunkPipeline):
    """Numbers of tokens of the parts of a text, with the model's first logit."""

    _load_tokenizer = True
    _load_image_processor = False

    def _sanitize_parameters(self, **kwargs: Any) -> Any:
        return kwargs, {}, {}

    def preprocess(self, text: str, mark: str = ",") -> Any:
        for part in text.split(mark):
            yield {"part": part, **self.tokenizer(part, return_tensors="np")}

    def _forward(self, model_inputs: Any) -> Any:
        part = model_inputs.pop("part")
        return {"part": part, "logits": self.model(**model_inputs).logits}

    def postprocess(self, model_outputs: Any) -> list[tuple[str, float]]:
        return [(output["part"], float(output["logits"][0, 0])) for output in model_outputs]


@pytest.fixture
def registered() -> Any:
    auto = transformers.NpAutoModelForSequenceClassification
    default = {"pt": ("someone/some-model", "1234567")}
    PIPELINE_REGISTRY.register_pipeline("sizes", Sizes, pt_model=auto, default=default, type="text")
    yield auto
    del PIPELINE_REGISTRY.supported_tasks["sizes"]


def test_registered_tasks_are_described(registered: Any) -> None:
    assert "sizes" in PIPELINE_REGISTRY.get_supported_tasks()
    name, found, _ = PIPELINE_REGISTRY.check_task("sizes")
    assert name == "sizes"
    assert found["impl"] is Sizes
    assert found["type"] == "text"
    assert found["default"] == {"model": {"pt": ("someone/some-model", "1234567")}}
    if "pt" in installed():
        assert found["pt"] == (registered,)
    assert Sizes._registered_impl["sizes"]["pt"] == (registered,)
    assert PIPELINE_REGISTRY.to_dict()["sizes"] == found


def test_registering_twice_warns(
    registered: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(transformers.utils.logging.get_logger("transformers"), "propagate", True)
    PIPELINE_REGISTRY.register_pipeline("sizes", Sizes, pt_model=registered)
    assert "sizes is a task already" in caplog.text


@pytest.mark.parametrize("size", [None, 1, 3])
def test_parts_of_inputs_come_back_together(registered: Any, folder: Path, size: int | None) -> None:
    run = pipeline("sizes", model=registered.from_pretrained(folder))
    text = "this is good,a,bad movie"
    single = run(text)
    assert [part for part, _ in single] == text.split(",")
    several = run([text, "a", f"{text},the"], batch_size=size)
    assert [[part for part, _ in one] for one in several] == [
        text.split(","),
        ["a"],
        [*text.split(","), "the"],
    ]
    assert several[2][:3] == [(part, pytest.approx(value, abs=1e-5)) for part, value in single]
    assert run("this", mark="h")[0][0] == "t"


def test_a_class_may_need_or_refuse_parts(registered: Any, folder: Path, monkeypatch: Any) -> None:
    model = registered.from_pretrained(folder)
    assert pipeline("sizes", model=model).tokenizer is not None
    bare = registered.from_config(transformers.BertConfig(num_hidden_layers=1))
    with pytest.raises(ValueError, match="give its tokenizer too"):
        pipeline("sizes", model=bare)
    monkeypatch.setattr(Sizes, "_load_tokenizer", None)
    assert pipeline("sizes", model=bare).tokenizer is None
    monkeypatch.setattr(Sizes, "_load_tokenizer", False)
    assert pipeline("sizes", model=model).tokenizer is None


def test_class_of_ones_own_runs_a_known_task(folder: Path) -> None:
    class Upper(transformers.TextClassificationPipeline):
        def postprocess(self, *args: Any, **kwargs: Any) -> Any:
            return super().postprocess(*args, **kwargs)["label"].lower()

    run = pipeline("text-classification", str(folder), framework="np", pipeline_class=Upper)
    assert run(["this is good"])[0].startswith("label_")


def test_unsupported_models_are_logged(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(transformers.utils.logging.get_logger("transformers"), "propagate", True)
    run: Pipeline = pipeline("text-classification", str(folder), framework="np")
    run.check_model_type({"bert": ("NpBertForSequenceClassification", "X"), "gpt2": "Y"})
    assert not caplog.records
    run.check_model_type(["X"])
    assert "NpBertForSequenceClassification cannot do text-classification; models that can: X" in caplog.text


def test_registries_can_be_made() -> None:
    own = PipelineRegistry({}, {"short": "long"})
    own.register_pipeline("long", Sizes, tf_model="TFAutoModel")
    assert own.check_task("short")[1]["tf"] == ("TFAutoModel",)
    assert own.get_supported_tasks() == ["long", "short"]
