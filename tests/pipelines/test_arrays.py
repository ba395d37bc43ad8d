"""Batches: padding, rows, devices."""

from __future__ import annotations

import numpy as np
import pytest

from transformers.modeling_outputs import SequenceClassifierOutput
from transformers.pipelines import arrays, batching


def item(length: int, start: int = 1) -> dict[str, np.ndarray]:
    ids = np.arange(start, start + length)[None]
    return {"input_ids": ids, "attention_mask": np.ones_like(ids)}


@pytest.mark.parametrize(
    ("left", "expected"), [(False, [[1, 2, 3], [7, 9, 9]]), (True, [[1, 2, 3], [9, 9, 7]])]
)
def test_shorter_items_are_padded_on_the_side_asked_for(left: bool, expected: list[list[int]]) -> None:
    batch = arrays.collate([item(3), item(1, 7)], {"input_ids": 9, "attention_mask": 0}, left)
    assert batch["input_ids"].tolist() == expected
    assert batch["attention_mask"].sum() == 4


def test_shapes_that_cannot_be_padded_are_an_error() -> None:
    with pytest.raises(ValueError, match="'pixels' and cannot be batched: use batch_size=1"):
        arrays.collate([{"pixels": np.ones((1, 2))}, {"pixels": np.ones((1, 3))}], {}, False)


def test_plain_values_stay() -> None:
    batch = arrays.collate(
        [{"id": 1, "same": "x", "none": None}, {"id": 2, "same": "x", "none": None}], {}, False
    )
    assert batch == {"id": [1, 2], "same": "x", "none": None}


def test_rows_keep_a_batch_dimension_of_one() -> None:
    output = {"logits": np.arange(6).reshape(2, 3), "states": (np.zeros((2, 4)),), "count": 5}
    first, second = arrays.rows(output, 2)
    assert second["logits"].tolist() == [[3, 4, 5]]
    assert first["states"][0].shape == (1, 4)
    assert first["count"] == 5


def test_half_precision_comes_back_as_float32() -> None:
    torch = pytest.importorskip("torch")
    found = arrays.to_numpy(
        {"a": torch.ones(2, dtype=torch.bfloat16), "b": (np.ones(2, np.float16),), "c": "text"}
    )
    assert found["a"].dtype == found["b"][0].dtype == np.float32
    assert found["c"] == "text"


@pytest.mark.parametrize(("given", "expected"), [(None, "cpu"), (-1, "cpu"), ("cpu", "cpu"), (1, "cuda:1")])
def test_devices_in_the_published_forms(given: object, expected: str) -> None:
    pytest.importorskip("torch")
    assert str(arrays.torch_device(given)) == expected


def test_rows_keep_the_kind_of_an_output_and_share_out_lists() -> None:
    output = SequenceClassifierOutput(logits=np.arange(4).reshape(2, 2))
    first, second = arrays.rows(output, 2)
    assert type(first) is SequenceClassifierOutput
    assert second.logits.tolist() == [[2, 3]]
    parts = list(arrays.rows({"names": ["a", "b"], "pair": [np.zeros((2, 1)), np.ones((2, 3))]}, 2))
    assert [part["names"] for part in parts] == ["a", "b"]
    assert [array.shape for array in parts[1]["pair"]] == [(1, 1), (1, 3)]


def test_batches_can_be_made_wider() -> None:
    batch = arrays.collate([item(3), item(2)], {"input_ids": 9, "attention_mask": 0}, False, 5)
    assert batch["input_ids"].tolist() == [[1, 2, 3, 9, 9], [1, 2, 9, 9, 9]]


@pytest.mark.parametrize(
    ("width", "longest", "expected"), [(1, 100, 16), (16, 100, 16), (17, 100, 32), (17, 24, 24), (30, 24, 30)]
)
def test_widths_are_rounded_up_as_far_as_the_model_goes(width: int, longest: int, expected: int) -> None:
    assert batching.rounded_width(width, longest) == expected


def test_outputs_come_to_the_host() -> None:
    torch = pytest.importorskip("torch")
    output = {"logits": torch.ones(1, 2), "states": (torch.ones(1),), "name": "a"}
    for device in ("cpu", "cuda:0"):
        found = arrays.to_host(output, "pt", torch.device(device))
        assert found["logits"].device.type == found["states"][0].device.type == "cpu"
        assert found["name"] == "a"


def test_first_accelerator_is_the_default_device(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    for there, expected in ((True, "cuda:0"), (False, "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda there=there: there)
        assert str(arrays.default_device()) == expected
