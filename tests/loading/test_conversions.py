"""Tensors that a file stores in another form than the model: transposed, split, merged, normed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from transformers.layers.renames import Merge, Split, Transpose, WeightNorm
from transformers.loading.checkpoint import open_checkpoint
from transformers.loading.conversions import ConvertedCheckpoint, converted
from transformers.loading.saving import save_checkpoint

RNG = np.random.default_rng(3)
QKV = RNG.standard_normal((12, 5)).astype(np.float32)
KERNEL = RNG.standard_normal((5, 7, 2)).astype(np.float32)
LENGTHS, DIRECTIONS = (
    np.array([[[2.0]], [[0.5]]], np.float32),
    RNG.standard_normal((2, 3, 4)).astype(np.float32),
)
ARRAYS = {"a.qkv": QKV, "b.kernel": KERNEL, "c.weight_g": LENGTHS, "c.weight_v": DIRECTIONS}
NORMED = np.stack([row / np.sqrt((row**2).sum()) for row in DIRECTIONS]) * LENGTHS


def opened(folder: Path, rules: Any, known: Any = ()) -> ConvertedCheckpoint:
    save_checkpoint(folder, ARRAYS)
    found = converted(open_checkpoint(folder), rules, known)
    assert isinstance(found, ConvertedCheckpoint)
    return found


THREE = (r"\.qkv$", (".q", ".k", ".v"))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ((*THREE, Split()), {"a.q": QKV[:4], "a.k": QKV[4:8], "a.v": QKV[8:]}),
        ((*THREE, Split(sizes=(6, 3, 3))), {"a.q": QKV[:6], "a.k": QKV[6:9], "a.v": QKV[9:]}),
        (
            (*THREE, Split(heads=2)),
            {
                "a.q": QKV[[0, 1, 6, 7]],
                "a.k": QKV[[2, 3, 8, 9]],
                "a.v": QKV[[4, 5, 10, 11]],
            },
        ),
        ((r"\.kernel$", ".weight", Transpose()), {"b.weight": np.moveaxis(KERNEL, (0, 2), (2, 0))}),
        ((r"\.kernel$", ".weight", Transpose((1, 0, 2))), {"b.weight": np.swapaxes(KERNEL, 0, 1)}),
        (((r"\.weight_g$", r"\.weight_v$"), ".weight", WeightNorm()), {"c.weight": NORMED}),
        (((r"a\.qkv$", r"x$"), "y", Merge()), {"a.qkv": QKV}),  # a part is absent: left alone
    ],
)
@pytest.mark.parametrize("framework", ["np", "pt"])
def test_converted_values_and_shapes(
    tmp_path: Path, framework: str, rule: Any, expected: dict[str, np.ndarray]
) -> None:
    found = opened(tmp_path, [rule])
    assert set(expected) <= set(found)
    assert len(found) == len(list(found))
    for name, value in expected.items():
        assert found.info(name).shape == value.shape
        assert name in found
        np.testing.assert_allclose(np.asarray(found.get(name, framework)), value, rtol=1e-6)


@pytest.mark.parametrize("transform", [Merge(), Merge(dim=1), Merge(new_axis=True)])
def test_merge_joins_in_the_order_of_the_patterns(tmp_path: Path, transform: Merge) -> None:
    first, second = KERNEL[..., 0], KERNEL[..., 1]
    save_checkpoint(tmp_path, {"m.two": second, "m.one": first})
    found = converted(open_checkpoint(tmp_path), [((r"\.one$", r"\.two$"), ".both", transform)], ())
    join = np.stack if transform.new_axis else np.concatenate
    wanted = join([first, second], axis=transform.dim)
    assert list(found) == ["m.both"]
    assert found.info("m.both").shape == wanted.shape
    np.testing.assert_array_equal(found.get("m.both"), wanted)
    np.testing.assert_array_equal(found.get("m.both", "pt").numpy(), wanted)


def test_converted_leaves_the_models_own_names_alone(tmp_path: Path) -> None:
    found = opened(tmp_path, [(r"\.kernel$", ".weight", Transpose())], {"b.kernel", "b.weight"})
    assert "b.weight" in found
    save_checkpoint(tmp_path, {**ARRAYS, "b.weight": KERNEL})
    kept = converted(open_checkpoint(tmp_path), [(r"\.kernel$", ".weight", Transpose())], {"b.weight"})
    np.testing.assert_array_equal(kept.get("b.weight"), KERNEL)


def test_plain_renames_convert_nothing(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, ARRAYS)
    file = open_checkpoint(tmp_path)
    assert converted(file, [("a", "b")], ()) is file


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ((r"\.qkv$", (".q", ".k"), Split(sizes=(5, 5))), "cannot be split into 2 parts along axis 0"),
        ((r"\.qkv$", (".q", ".k"), Split(dim=4)), "has no axis 4"),
        ((r"\.qkv$", ".w", Transpose((0, 2))), "cannot be transposed by"),
        (((r"\.qkv$", r"\.kernel$"), "w", Merge()), None),  # aw and bw: no pair
        (((r"^a\.qkv$", r"^b\.kernel$"), "w", Merge()), "cannot be joined along axis 0"),
        (((r"^a\.qkv$", r"^b\.kernel$"), "w", Merge(new_axis=True)), "cannot be stacked"),
        (((r"^a\.qkv$", r"^c\.weight_v$"), "w", WeightNorm()), "is no magnitude along axis 0"),
    ],
)
def test_transforms_that_do_not_fit(tmp_path: Path, rule: Any, said: str | None) -> None:
    if said is None:  # names that do not meet are left alone
        assert "a.qkv" in opened(tmp_path, [rule])
        return
    with pytest.raises(ValueError, match=said):
        opened(tmp_path, [rule])
