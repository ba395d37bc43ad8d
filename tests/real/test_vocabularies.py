"""Real vocabularies of every engine: ids, offsets, texts and calls equal what the published release gave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tokenizers import AddedToken

import transformers
from tests.tokenization import byte_cases, case_runner, real_cases, spm_cases, strings

from .test_real_weights import ROOT

# Failures of the Rust library that are a user's mistake are ValueError here, with words that say which.
OURS = {"PanicException": "ValueError", "Exception": "ValueError", "OverflowError": "ValueError"}


def _parameters() -> list[Any]:
    found = []
    for name, kind in real_cases.KINDS.items():
        missing = not (ROOT / kind.place).is_file()
        marks: list[Any] = [pytest.mark.skipif(missing, reason="run tools/fetch_checkpoints.py")]
        found.append(pytest.param(name, marks=[*marks, *([pytest.mark.full] if kind.full else [])]))
    return found


def _make(kind: str, folder: Path) -> Any:
    case = real_cases.KINDS[kind]
    cls = getattr(transformers, case.name)
    if case.form == "gguf":
        return cls.from_pretrained(ROOT / case.place, **case.options)
    return cls(**real_cases.write_files(folder, kind, ROOT, spm_cases), **case.options)


def _check_rows(tokenizer: Any, want: dict[str, Any], texts: list[str]) -> None:
    got = tokenizer(texts, return_offsets_mapping="moves" in want)
    decoded = tokenizer.batch_decode(got["input_ids"], skip_special_tokens=True)
    for number, text in enumerate(texts):
        assert got["input_ids"][number] == want["ids"][number], repr(text)
        assert decoded[number] == (text if (out := want["decoded"][number]) is None else out), repr(text)
        if "moves" in want:
            assert byte_cases.moves(got["offset_mapping"][number]) == want["moves"][number], repr(text)
    whole = tokenizer.batch_decode(got["input_ids"][: len(want.get("whole", ()))])
    for text, ours, theirs in zip(texts, whole, want.get("whole", ()), strict=False):
        assert ours == (text if theirs is None else theirs), repr(text)


def _check_codec(processor: Any, want: dict[str, Any], texts: list[str]) -> None:
    for number, text in enumerate(texts):
        assert processor.encode(text) == want["ids"][number], repr(text)
        assert processor.decode(want["ids"][number]) == want["decoded"][number], repr(text)
        normal = want["normal"][number]
        assert processor.normalize(text) == (text if normal is None else normal), repr(text)


def _check_calls(tokenizer: Any, want: dict[str, Any]) -> None:
    for steps, expected in zip(real_cases.CALLS, want["calls"], strict=True):
        got = json.loads(json.dumps(case_runner.run_case(tokenizer, steps, AddedToken)))
        if isinstance(expected, dict) and "error" in expected:
            expected = {"error": OURS.get(expected["error"], expected["error"])}
        assert got == expected, steps


@pytest.mark.parametrize("kind", _parameters())
def test_real_vocabulary_gives_the_published_results(kind: str, tmp_path: Path) -> None:
    case, want = real_cases.KINDS[kind], real_cases.read_golden(kind)
    assert want["provenance"]["texts"] == real_cases.digest(strings, kind)
    assert want["vocabulary"] == real_cases.file_digest(ROOT / case.place)
    texts = real_cases.texts(strings, case.step)
    assert len(texts) >= (2000 if case.step == 1 else 400)
    tokenizer = _make(kind, tmp_path)
    _check_rows(tokenizer, want, texts)
    if "codec" in want:
        _check_codec(tokenizer.sp_model, want["codec"], texts[:: real_cases.TENTH])
    if "calls" in want:
        _check_calls(tokenizer, want)
