"""The factory, batching and the two tasks, in every framework."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import transformers
from tests.models.adapters import ADAPTERS, installed
from transformers import pipeline
from transformers.pipelines import PIPELINE_REGISTRY, Pipeline, batching

FRAMEWORKS = installed()
everywhere = pytest.mark.parametrize("framework", FRAMEWORKS)
TEXTS = ["this is good", "bad movie !", "the movie is this bad . this is", "a", "good , good", "b c d e f g"]


def by_hand(folder: Path, text: str, pair: str | None = None) -> np.ndarray:
    """Probabilities computed from the NumPy model's logits, one text at a time."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.NpAutoModelForSequenceClassification.from_pretrained(folder)
    logits = model(**tokenizer(text, pair, return_tensors="np")).logits[0].astype(np.float64)
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


@everywhere
def test_classification_gives_labels_and_scores(folder: Path, framework: str) -> None:
    classify = pipeline("text-classification", str(folder), framework=framework)
    assert classify.framework == framework
    expected = [by_hand(folder, text) for text in TEXTS]
    for result, scores in zip(classify(TEXTS), expected, strict=True):
        assert result["label"] == f"LABEL_{scores.argmax()}"
        assert result["score"] == pytest.approx(scores.max(), abs=1e-5)
    ranked = classify(TEXTS[0], top_k=None)
    assert [row["score"] for row in ranked] == pytest.approx(sorted(expected[0], reverse=True), abs=1e-5)


@everywhere
def test_features_are_those_of_single_texts(folder: Path, framework: str) -> None:
    extract = pipeline("feature-extraction", str(folder), framework=framework)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.NpAutoModel.from_pretrained(folder)
    for text, found in zip(TEXTS, extract(TEXTS, batch_size=3), strict=True):
        expected = model(**tokenizer(text, return_tensors="np")).last_hidden_state
        np.testing.assert_allclose(np.array(found), expected, atol=1e-5)
    tensor = extract(TEXTS[0], return_tensors=True)
    assert tuple(tensor.shape) == np.array(extract(TEXTS[0])).shape
    assert (
        type(tensor).__module__.partition(".")[0]
        in {"pt": ["torch"], "tf": ["tensorflow"], "jax": ["jaxlib", "jax"], "np": ["numpy"]}[framework]
    )


@pytest.fixture(scope="module")
def classify(folder: Path) -> Any:
    return pipeline("sentiment_analysis", str(folder), framework="np")


def test_forms_of_input_and_output(classify: Any, folder: Path) -> None:
    one = classify(TEXTS[0])
    assert isinstance(one, list)
    assert set(one[0]) == {"label", "score"}
    assert classify([TEXTS[0]]) == one
    assert classify({"text": TEXTS[0]}) == one[0]
    pair = classify({"text": "this", "text_pair": "bad"})
    assert pair["score"] == pytest.approx(by_hand(folder, "this", "bad").max(), abs=1e-5)
    assert classify([[["this", "bad"]]]) == [pair]
    assert classify([]) == []
    mixed = classify([{"text": "this", "text_pair": "bad"}, TEXTS[0]])
    assert mixed[0] == pytest.approx(pair)
    with pytest.warns(UserWarning, match="return_all_scores is deprecated"):
        ordered = classify(TEXTS[0], return_all_scores=True)[0]
    assert [row["label"] for row in ordered] == ["LABEL_0", "LABEL_1", "LABEL_2"]
    assert len(classify(TEXTS[:2], top_k=2)[1]) == 2
    assert classify([TEXTS[0]], top_k=1) == [one]


def test_functions_to_apply(classify: Any) -> None:
    raw = classify(TEXTS[0], function_to_apply="none", top_k=None)
    logits = {row["label"]: row["score"] for row in raw}
    for row in classify(TEXTS[0], function_to_apply="sigmoid", top_k=None):
        assert row["score"] == pytest.approx(1 / (1 + np.exp(-logits[row["label"]])), abs=1e-5)
    with pytest.raises(ValueError, match="sigmoid, softmax, none"):
        classify("this", function_to_apply="soft")
    with pytest.raises(ValueError, match="top_k must be at least 1"):
        classify("this", top_k=0)


@pytest.mark.parametrize(
    ("problem", "labels", "expected"),
    [
        ("regression", 1, "none"),
        ("multi_label_classification", 3, "sigmoid"),
        (None, 3, "softmax"),
        (None, 1, "sigmoid"),
    ],
)
def test_config_chooses_the_function(folder: Path, problem: str | None, labels: int, expected: str) -> None:
    config = transformers.AutoConfig.from_pretrained(folder, num_labels=labels, problem_type=problem)
    model = transformers.NpAutoModelForSequenceClassification.from_config(config)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    classify = pipeline("text-classification", model=model, tokenizer=tokenizer)
    default = classify(TEXTS[0], top_k=None)
    assert default == classify(TEXTS[0], top_k=None, function_to_apply=expected)


def test_generators_are_streamed(classify: Any) -> None:
    taken: list[str] = []

    def source() -> Iterator[str]:
        for text in TEXTS:
            taken.append(text)
            yield text

    results = classify(source())
    assert not taken
    first = next(results)
    assert taken == TEXTS[:1]
    assert [first, *results] == near(classify(TEXTS))


def test_data_sets_are_read_by_index(classify: Any) -> None:
    class Data:
        def __len__(self) -> int:
            return len(TEXTS)

        def __getitem__(self, index: int) -> str:
            return TEXTS[index]

    assert list(classify(Data())) == near(classify(TEXTS))


@pytest.mark.parametrize("size", [None, 1, 2, 5, 100])
def test_batches_change_nothing(classify: Any, size: int | None) -> None:
    expected = [classify(text)[0] for text in TEXTS]
    assert classify(TEXTS, batch_size=size) == near(expected)


def near(results: list[dict[str, Any]]) -> list[Any]:
    return [pytest.approx(row, abs=1e-5) for row in results]


def test_batches_hold_similar_lengths(classify: Any) -> None:
    lengths = [3, 90, 4, 80, 5]
    assert list(batching.batches(lengths, 2)) == [[1, 3], [4, 2], [0]]
    assert sorted(i for batch in batching.batches([1000] * 5, None) for i in batch) == list(range(5))
    assert all(len(batch) <= 2 for batch in batching.batches([1000] * 5, None))
    with pytest.raises(ValueError, match="batch_size"):
        classify("a", batch_size=0)


def test_parts_can_be_objects(folder: Path) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    for framework in FRAMEWORKS:
        prefix = ADAPTERS[framework].prefix
        auto = getattr(transformers, f"{prefix}AutoModelForSequenceClassification")
        classify = pipeline("text-classification", model=auto.from_pretrained(folder), tokenizer=tokenizer)
        assert classify.framework == framework
        assert classify.model.name_or_path == str(folder)
    # the tokenizer is found beside the model that was loaded from a folder
    assert pipeline("text-classification", model=auto.from_pretrained(folder)).tokenizer is not None
    with pytest.raises(ValueError, match="give its tokenizer too"):
        pipeline("text-classification", model=auto.from_config(transformers.BertConfig(num_hidden_layers=1)))


def test_truncation_reaches_the_tokenizer(classify: Any) -> None:
    text = "this " * 40
    with pytest.raises(ValueError, match="model takes 16"):
        classify(text)
    assert len(classify(text, truncation=True)) == 1


def test_saved_pipeline_loads(classify: Any, tmp_path: Path) -> None:
    classify.save_pretrained(tmp_path)
    again = pipeline("text-classification", str(tmp_path), framework="np")
    assert again(TEXTS) == classify(TEXTS)
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(ValueError, match="must be a folder"):
        classify.save_pretrained(file)


def test_errors_say_what_to_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KeyError, match="Did you mean 'text-classification'"):
        pipeline("text-clasification", str(folder))
    with pytest.raises(RuntimeError, match="needs a task"):
        pipeline()
    with pytest.raises(ValueError, match="pt, tf, jax, np"):
        pipeline("text-classification", str(folder), framework="theano")
    with pytest.raises(ValueError, match="device or device_map"):
        pipeline("text-classification", str(folder), device=0, device_map="auto")
    with pytest.raises(ValueError, match="framework='pt'"):
        model = transformers.NpAutoModelForSequenceClassification.from_pretrained(folder)
        pipeline("text-classification", model=model, framework="pt")
    with pytest.raises(ValueError, match="must be a text"):
        pipeline("text-classification", str(folder), framework="np")(3)
    with pytest.raises(TypeError, match="topk"):
        pipeline("feature-extraction", str(folder), framework="np", topk=3)
    with pytest.raises(ValueError, match="truncation was given twice"):
        pipeline(
            "feature-extraction",
            str(folder),
            framework="np",
            truncation=True,
            tokenize_kwargs={"truncation": True},
        )


def test_own_pipeline_is_registered(folder: Path) -> None:
    class Pairs(Pipeline):
        def _sanitize_parameters(self, second: str = "good", **kwargs: Any) -> Any:
            return {"second": second}, {}, {}

        def preprocess(self, input_: str, second: str = "good") -> Any:
            return self.tokenizer(input_, second, return_tensors=self.framework)

        def _forward(self, model_inputs: Any) -> Any:
            return self.model(**model_inputs)

        def postprocess(self, model_outputs: Any) -> int:
            return int(model_outputs["logits"].argmax(-1)[0])

    PIPELINE_REGISTRY.register_pipeline(
        "pairs", Pairs, pt_model=transformers.AutoModelForSequenceClassification
    )
    try:
        for framework in [f for f in FRAMEWORKS if f == "pt"]:
            own = pipeline("pairs", str(folder), framework=framework)
            expected = int(by_hand(folder, "this is", "bad").argmax())
            assert own("this is", second="bad") == expected
            assert own(["this is", "a b c"], second="bad", batch_size=2)[0] == expected
        assert "pairs" in PIPELINE_REGISTRY.get_supported_tasks()
    finally:
        del PIPELINE_REGISTRY.supported_tasks["pairs"]


def test_without_hub_the_embedded_model_is_used(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(transformers.utils.logging.get_logger("transformers"), "propagate", True)
    classify = pipeline("sentiment-analysis", framework="np")
    assert "hub cannot be reached" in caplog.text
    result = classify("We are very happy to introduce pipeline to the transformers repository.")
    assert result[0]["label"] == "POSITIVE"


def test_half_precision_files_are_computed_in_float32(folder: Path, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    transformers.AutoModelForSequenceClassification.from_pretrained(
        folder, dtype=torch.float16
    ).save_pretrained(tmp_path)
    transformers.AutoTokenizer.from_pretrained(folder).save_pretrained(tmp_path)
    for dtype, expected in ((None, torch.float32), ("auto", torch.float32), (torch.float16, torch.float16)):
        assert (
            pipeline("text-classification", str(tmp_path), framework="pt", dtype=dtype).model.dtype
            == expected
        )
