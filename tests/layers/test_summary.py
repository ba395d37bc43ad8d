"""One vector for a whole sequence: which token it is made of, by definition, in every framework."""

from __future__ import annotations

import numpy as np
import pytest

from ..models.adapters import ADAPTERS, installed

X = np.arange(24, dtype=np.float32).reshape(2, 4, 3)
RIGHT = np.array([[1, 1, 1, 1], [1, 1, 0, 0]])
LEFT = RIGHT[:, ::-1].copy()


def read(kind: str, mask: np.ndarray | None = None, index: np.ndarray | None = None) -> np.ndarray:
    torch = pytest.importorskip("torch")
    from transformers.layers.summary import SequenceSummary

    part = SequenceSummary(3, kind=kind)
    given = [None if value is None else torch.from_numpy(value) for value in (index, mask)]
    return part(torch.from_numpy(X), *given).numpy()


@pytest.mark.parametrize(
    ("kind", "mask", "places"),
    [
        ("last", None, (3, 3)),
        ("last", RIGHT, (3, 1)),
        ("last", LEFT, (3, 3)),
        ("last", RIGHT[None], (3, 1)),
        ("first", RIGHT, (0, 0)),
        ("cls_index", None, (3, 3)),
        ("cls_index", RIGHT, (3, 1)),
    ],
)
def test_summary_reads_a_token(kind: str, mask: np.ndarray | None, places: tuple[int, int]) -> None:
    np.testing.assert_array_equal(read(kind, mask), X[[0, 1], places])


def test_summary_reads_the_token_pointed_to() -> None:
    np.testing.assert_array_equal(read("cls_index", RIGHT, np.array([2, 0])), X[[0, 1], [2, 0]])


def test_mean_leaves_padding_out() -> None:
    np.testing.assert_allclose(read("mean"), X.mean(1))
    np.testing.assert_allclose(read("mean", RIGHT), [X[0].mean(0), X[1, :2].mean(0)])


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match=r"summary_type must be one of .*'lost'"):
        read("lost")


@pytest.mark.parametrize("framework", installed())
@pytest.mark.parametrize("side", ["left", "right"])
def test_classifier_of_padded_rows_is_that_of_single_rows(framework: str, side: str) -> None:
    """XLNet classifies by the last token: a padded row's is not the padding."""
    adapter = ADAPTERS[framework]
    model = adapter.build("xlnet", "XLNetForSequenceClassification", "sequence")
    ids = np.array([[5, 7, 11, 13, 17, 19]])
    short, padding = ids[:, :4], np.zeros((1, 2), dtype=ids.dtype)
    order = [short, padding] if side == "right" else [padding, short]
    padded = np.concatenate([ids, np.concatenate(order, 1)])
    mask = np.ones_like(padded)
    mask[1, slice(4, 6) if side == "right" else slice(0, 2)] = 0
    expected = [adapter.run(model, {"input_ids": row}).logits[0] for row in (ids, short)]
    for given in ({"attention_mask": mask}, {"input_mask": (1 - mask).astype(np.float32)}):
        found = adapter.run(model, {"input_ids": padded, **given}).logits
        np.testing.assert_allclose(found, expected, atol=2e-5)
