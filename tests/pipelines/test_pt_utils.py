"""The steps of a pipeline as data sets of PyTorch, alone and in a user's `get_iterator`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from transformers import Pipeline  # noqa: E402
from transformers.modeling_outputs import BaseModelOutput  # noqa: E402
from transformers.pipelines import pt_utils  # noqa: E402
from transformers.utils import optional  # noqa: E402


def add(number: Any, extra: int = 0) -> Any:
    return number + extra


def test_pipeline_dataset_does_its_step_on_demand() -> None:
    dataset = pt_utils.PipelineDataset([0, 1, 2, 3], add, {"extra": 2})
    assert isinstance(dataset, torch.utils.data.Dataset)
    assert [len(dataset), dataset[0], dataset[3]] == [4, 2, 5]


def test_pipeline_iterator_runs_again_and_again() -> None:
    rows = pt_utils.PipelineIterator([0, 1, 2], add, {"extra": 2})
    assert isinstance(rows, torch.utils.data.IterableDataset)
    assert list(rows) == list(rows) == [2, 3, 4]
    assert len(rows) == 3
    with pytest.raises(TypeError, match="len"):
        len(pt_utils.PipelineIterator((i for i in range(3)), add, {}))


@pytest.mark.parametrize("kind", ["list", "torch", "numpy"])
def test_pipeline_iterator_takes_batches_apart(kind: str) -> None:
    make = {"list": list, "torch": torch.tensor, "numpy": np.array}[kind]
    batches = [{"id": make([[1, 2], [3, 4], [5, 6]]), "no": None}, {"id": make([[7, 8]]), "no": None}]
    found = list(pt_utils.PipelineIterator(batches, lambda batch: batch, {}, loader_batch_size=3))
    assert [row["no"] for row in found] == [None] * 4
    values = [row["id"] if kind == "list" else row["id"].tolist() for row in found]
    expected = [[1, 2], [3, 4], [5, 6], [7, 8]]
    assert values == (expected if kind == "list" else [[row] for row in expected])


def test_pipeline_iterator_takes_outputs_apart() -> None:
    states = torch.arange(12.0).reshape(2, 3, 2)
    output = BaseModelOutput(last_hidden_state=states, hidden_states=(states, states + 1))
    batch = {"inner": output, "past_key_values": object(), "words": ["a", "b"], "attentions": ("x",)}
    (_, row) = pt_utils.PipelineIterator([0], lambda _: batch, {}, loader_batch_size=2)
    assert sorted(row) == ["inner", "words"]
    assert row["words"] == "b"
    assert [type(part) for part in row["inner"][:1]] == [torch.Tensor]
    assert torch.equal(row["inner"][0], states[1:])
    (first, _) = pt_utils.PipelineIterator([0], lambda _: output, {}, loader_batch_size=8)
    assert type(first) is BaseModelOutput
    assert torch.equal(first.hidden_states[1], states[:1] + 1)
    (first, _) = pt_utils.PipelineIterator([0], lambda _: (states, "rest"), {}, loader_batch_size=2)
    assert torch.equal(first, states[:1])
    assert list(pt_utils.PipelineIterator([0], lambda _: (states, "rest"), {}, loader_batch_size=1)) == [
        (states, "rest")
    ]


def test_chunks_are_given_one_by_one_and_packed_again() -> None:
    def parts(count: int) -> Iterator[dict[str, Any]]:
        for number in range(count):
            yield {"id": number, "is_last": number == count - 1}

    chunks = pt_utils.PipelineChunkIterator([2, 3], parts, {}, loader_batch_size=3)
    assert [part["id"] for part in chunks] == [0, 1, 0, 1, 2]
    packed = pt_utils.PipelinePackIterator(chunks, lambda part: {**part, "id": part["id"] + 1}, {})
    assert list(packed) == [[{"id": 1}, {"id": 2}], [{"id": 1}, {"id": 2}, {"id": 3}]]
    batches = [{"is_last": [False, True, False], "id": [0, 1, 2]}, {"is_last": [True], "id": [3]}]
    packed = pt_utils.PipelinePackIterator(batches, lambda batch: batch, {}, loader_batch_size=3)
    assert list(packed) == [[{"id": 0}, {"id": 1}], [{"id": 2}, {"id": 3}]]


def test_names_need_pytorch(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        _ = pt_utils.Nothing  # type: ignore[attr-defined]
    monkeypatch.setenv("USE_TORCH", "0")
    optional.is_available.cache_clear()
    try:
        with pytest.raises(ImportError, match=r"pt_utils\.PipelineIterator needs PyTorch"):
            _ = pt_utils.PipelineIterator
    finally:
        monkeypatch.undo()
        optional.is_available.cache_clear()


class Sums(Pipeline):
    """Sums of rows of numbers, in batches that a loader of PyTorch makes."""

    def _sanitize_parameters(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        return {}, {}, {"offset": kwargs["offset"]} if "offset" in kwargs else {}

    def preprocess(self, row: Any) -> Any:  # type: ignore[override]
        return {"inputs": torch.tensor(row)}

    def _forward(self, inputs: Any) -> Any:  # type: ignore[override]
        return {"sums": self.model(inputs["inputs"])}

    def postprocess(self, output: Any, offset: int = 0) -> Any:  # type: ignore[override]
        return [tuple(output["sums"].shape), int(output["sums"]) + offset]

    def get_iterator(  # type: ignore[override]
        self, inputs: Any, num_workers: int, batch_size: int, before: Any, during: Any, after: Any
    ) -> Any:
        dataset = pt_utils.PipelineIterator(inputs, self.preprocess, before)
        self.seen = [num_workers, batch_size]
        loader: Any = torch.utils.data.DataLoader(dataset, batch_size=batch_size, num_workers=num_workers)
        outputs = pt_utils.PipelineIterator(loader, self.forward, during, loader_batch_size=batch_size)
        return pt_utils.PipelineIterator(outputs, self.postprocess, after)


class Model:
    """Sums of rows."""

    config = None
    framework = "pt"
    device = torch.device("cpu")

    def __call__(self, rows: Any) -> Any:
        return rows.sum(-1)


def test_own_iterator_of_a_pipeline_is_taken() -> None:
    run: Any = Sums(Model(), framework="pt")
    rows = [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]]
    assert run(rows, batch_size=2, offset=100) == [[(1,), 103 + 4 * number] for number in range(5)]
    assert run.seen == [0, 2]
    lazy = run(iter(rows))
    assert not isinstance(lazy, list)
    assert [value for _, value in lazy] == [3, 7, 11, 15, 19]
    assert run.seen == [0, 1]


@pytest.mark.parametrize(("side", "first"), [("right", [1, 2, 9]), ("left", [9, 1, 2])])
def test_rows_are_padded_under_the_published_name(side: str, first: list[int]) -> None:
    from transformers.pipelines import base

    rows: list[dict[str, Any]] = [
        {"name": "a", "input_ids": torch.tensor([[1, 2]]), "spans": torch.ones(1, 2, 2, dtype=torch.long)},
        {"name": "b", "input_ids": torch.tensor([[3, 4, 5]]), "spans": torch.ones(1, 3, 2, dtype=torch.long)},
    ]
    assert base._pad(rows, "name", 0, side) == ["a", "b"]
    assert base._pad(rows, "input_ids", 9, side).tolist() == [first, [3, 4, 5]]
    assert base._pad(rows, "spans", 0, side).sum(dim=(1, 2)).tolist() == [4, 6]
    images = [{"pixel_values": torch.zeros(1, 3, 4, 4)}] * 2
    assert base._pad(images, "pixel_values", 9, side).shape == (2, 3, 4, 4)
    with pytest.raises(AttributeError, match="has no attribute '_pads'"):
        base._pads  # noqa: B018


def test_workers_given_to_the_constructor_reach_the_users_iterator() -> None:
    class Counting(Pipeline):
        def _sanitize_parameters(self, **kwargs: Any) -> Any:
            return {}, {}, {}

        def preprocess(self, item: Any) -> Any:
            return {"x": item}

        def _forward(self, inputs: Any) -> Any:
            return inputs

        def postprocess(self, outputs: Any) -> Any:
            return outputs

        def get_iterator(self, inputs: Any, num_workers: int, *rest: Any) -> Iterator[Any]:
            return iter([num_workers for _ in inputs])

    network = torch.nn.Linear(1, 1)
    for options, expected in (({}, 0), ({"num_workers": 2}, 2)):
        pipe = Counting(network, framework="pt", **options)
        assert pipe._num_workers == options.get("num_workers")
        assert list(pipe([1, 2])) == [expected] * 2
        assert list(pipe([1], num_workers=3)) == [3]
