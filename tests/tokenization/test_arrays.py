"""`return_tensors`, padding and decoding with arrays of every framework."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from transformers.tokenization import BatchEncoding, TensorType

TEXTS = ["the house", "in the world of great people"]
FRAMEWORKS = {"np": "numpy", "pt": "torch", "tf": "tensorflow", "jax": "jax", "flax": "jax"}


def _need(kind: str) -> None:
    if importlib.util.find_spec(FRAMEWORKS[kind]) is None:
        pytest.skip(f"{FRAMEWORKS[kind]} is not installed")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("kind", "dtype"),
    [("np", "int64"), ("pt", "int64"), ("tf", "int32"), ("jax", "int32"), ("flax", "int32")],
)
def test_arrays_hold_the_ids_in_the_fields_type(bert: Any, kind: str, dtype: str) -> None:
    _need(kind)
    rows = bert(TEXTS, padding=True)
    batch = bert(TEXTS, padding=True, return_tensors=kind, return_offsets_mapping=True)
    for name in ("input_ids", "token_type_ids", "attention_mask"):
        assert dtype in str(batch[name].dtype)
        assert np.asarray(batch[name]).tolist() == rows[name]
    assert tuple(batch["offset_mapping"].shape) == (2, len(rows["input_ids"][0]), 2)
    one = bert(TEXTS[0], return_tensors=kind)
    assert tuple(one["input_ids"].shape) == (1, len(bert(TEXTS[0])["input_ids"]))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["np", "pt", "tf", "jax"])
def test_arrays_go_back_to_text_and_pad(bert: Any, kind: str) -> None:
    _need(kind)
    batch = bert(TEXTS, padding=True, return_tensors=kind)
    assert bert.batch_decode(batch["input_ids"], skip_special_tokens=True) == TEXTS
    assert bert.decode(batch["input_ids"][1], skip_special_tokens=True) == TEXTS[1]
    assert bert.decode(batch["input_ids"][1][1]) == "in"
    row = {name: value[0] for name, value in bert(TEXTS[:1], return_tensors=kind).items()}
    padded = bert.pad([row, {name: value[0] for name, value in bert(TEXTS[1:], return_tensors=kind).items()}])
    assert type(padded["input_ids"]) is type(batch["input_ids"])
    assert np.asarray(padded["input_ids"]).tolist() == np.asarray(batch["input_ids"]).tolist()


def test_ragged_rows_ask_for_padding(bert: Any) -> None:
    with pytest.raises(ValueError, match="padding and truncation"):
        bert(TEXTS, return_tensors="np")
    with pytest.raises(ValueError, match="labels"):
        bert.pad(
            [{"input_ids": [1, 2], "labels": [1, 2]}, {"input_ids": [1], "labels": [1]}], return_tensors="np"
        )
    with pytest.raises(ValueError, match="overflowing_tokens"):
        BatchEncoding({"overflowing_tokens": [[1], [1, 2]]}, tensor_type="np")


def test_text_is_no_tensor() -> None:
    _need("pt")
    with pytest.raises(ValueError, match="text"):
        BatchEncoding({"names": ["a", "b"]}, tensor_type="pt")


@pytest.mark.parametrize("value", ["xx", "torch"])
def test_unknown_framework_is_refused(bert: Any, value: str) -> None:
    with pytest.raises(ValueError, match="TensorType"):
        bert("a", return_tensors=value)


def test_enum_members_work_as_framework(bert: Any) -> None:
    assert bert("a", return_tensors=TensorType.NUMPY)["input_ids"].shape[0] == 1


def test_floats_and_arrays_keep_their_kind() -> None:
    batch = BatchEncoding(
        {"a": [[0.5]], "b": [[True]], "c": np.zeros((1, 2)), "d": [np.ones(3, np.float32)]}, tensor_type="np"
    )
    assert [str(batch[name].dtype) for name in "abcd"] == ["float32", "bool", "float64", "float32"]


def test_move_touches_torch_tensors_only(bert: Any) -> None:
    _need("pt")
    batch = bert(TEXTS, padding=True, return_tensors="pt", return_length=True)
    batch["names"] = TEXTS
    assert batch.to("cpu") is batch
    assert batch["names"] == TEXTS


def test_missing_framework_is_one_sentence_with_the_cure(vocab_file: str) -> None:
    code = (
        "import sys\n"
        "for name in ('torch', 'tensorflow', 'jax'): sys.modules[name] = None\n"
        "from transformers.models.bert.tokenization_bert import BertTokenizer\n"
        f"tokenizer = BertTokenizer({vocab_file!r})\n"
        "print(tokenizer('the house', return_tensors='np')['input_ids'].shape)\n"
        "for kind in ('pt', 'tf', 'jax'):\n"
        "    try: tokenizer('a', return_tensors=kind)\n"
        "    except ImportError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert lines[0] == "(1, 4)"
    assert [line.partition("pip install ")[2] for line in lines[1:]] == [
        "'transformers[torch]'",
        "'transformers[tf]'",
        "'transformers[jax]'",
    ]
    assert all("return_tensors=" in line for line in lines[1:])


def test_pad_mistakes_are_explained(bert: Any) -> None:
    with pytest.raises(TypeError, match="mapping"):
        bert.pad([3])
    with pytest.raises(ValueError, match="agree"):
        bert.pad([{"input_ids": [1]}, {"input_ids": [1], "labels": [1]}])
    with pytest.raises(ValueError, match="as many"):
        bert.pad({"input_ids": [[1], [2]], "labels": [[1]]})
    with pytest.raises(ValueError, match="input_ids"):
        bert.pad([])
    assert bert.pad({"input_ids": []}).data == {"input_ids": [], "attention_mask": []}
