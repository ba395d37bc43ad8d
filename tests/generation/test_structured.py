"""Text that keeps to a form, written by models that know nothing."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

import numpy as np
import pytest

pytest.importorskip("llguidance")
tokenizers = pytest.importorskip("tokenizers")

from transformers import PreTrainedTokenizerFast  # noqa: E402
from transformers.generation.structured import StructuredOutputLogitsProcessor  # noqa: E402

from ..models.adapters import ADAPTERS, installed  # noqa: E402

SCHEMA = {
    "type": "object",
    "properties": {"age": {"type": "integer", "minimum": 0, "maximum": 99}, "ok": {"type": "boolean"}},
    "required": ["age", "ok"],
    "additionalProperties": False,
}
TEXT = ['{"age": 12, "ok": true} false 2024-05-06 yes no', '0123456789 {}[]:," -']


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    """Byte-level BPE of a few tokens; 0 begins and ends a text."""
    engine = tokenizers.Tokenizer(tokenizers.models.BPE())
    engine.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    engine.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["<end>"],
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    engine.train_from_iterator(TEXT, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=engine, eos_token="<end>", pad_token="<end>")


def texts(framework: str, tokenizer: Any, processor: Any, **given: Any) -> list[str]:
    """What a small model writes after two prompts, the special tokens left out."""
    adapter = ADAPTERS[framework]
    model = adapter.build("gpt2", "GPT2LMHeadModel", vocab_size=len(tokenizer), n_positions=128)
    ids: Any = np.array([[5, 6, 7], [9, 8, 7]])
    if framework == "pt":
        import torch

        ids = torch.from_numpy(ids)
    found = model.generate(
        ids,
        logits_processor=[processor],
        eos_token_id=0,
        pad_token_id=0,
        max_length=100,
        **given,
    )
    rows = np.asarray(found["sequences"] if framework == "jax" else found)[:, 3:]
    return [tokenizer.decode(row, skip_special_tokens=True) for row in rows]


@pytest.mark.parametrize("framework", installed())
def test_pattern_is_kept_in_every_framework(framework: str, tokenizer: Any) -> None:
    processor = StructuredOutputLogitsProcessor(tokenizer, regex="[0-9]{4}-[0-9]{2} (yes|no)")
    for text in texts(framework, tokenizer, processor):
        assert re.fullmatch("[0-9]{4}-[0-9]{2} (yes|no)", text)


@pytest.mark.parametrize("given", [{}, {"num_beams": 3}, {"do_sample": True, "top_k": 0}])
def test_schema_is_kept_by_every_strategy(given: dict[str, Any], tokenizer: Any) -> None:
    closed = {**SCHEMA, "x-guidance": {"whitespace_flexible": False}}
    for schema in (closed, json.dumps(closed)):
        processor = StructuredOutputLogitsProcessor(tokenizer, json_schema=schema)
        for text in texts("pt", tokenizer, processor, **given):
            value = json.loads(text)
            assert set(value) == {"age", "ok"}
            assert 0 <= value["age"] <= 99
            assert isinstance(value["ok"], bool)


def test_grammar_is_kept(tokenizer: Any) -> None:
    processor = StructuredOutputLogitsProcessor(tokenizer, grammar='start: "yes" | "no" start')
    for text in texts("pt", tokenizer, processor, max_time=20.0):
        assert re.fullmatch("(no)*(yes)?", text)


def test_ids_beyond_cur_len_are_not_read(tokenizer: Any) -> None:
    import torch

    scores = torch.zeros(1, len(tokenizer))
    ids = torch.tensor([[5, 6, 99]])
    one, other = (StructuredOutputLogitsProcessor(tokenizer, regex="[0-9]+") for _ in range(2))
    torch.testing.assert_close(one(ids, scores, cur_len=2), other(ids[:, :2], scores))


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({}, "got none"),
        ({"regex": "a", "grammar": "b"}, "got regex and grammar"),
        ({"regex": "(["}, "regex is not valid"),
        ({"grammar": "start: other"}, "grammar is not valid"),
        ({"json_schema": {"type": "nothing"}}, "json_schema is not valid"),
    ],
)
def test_what_is_no_form_is_refused(given: dict[str, Any], text: str, tokenizer: Any) -> None:
    with pytest.raises(ValueError, match=text):
        StructuredOutputLogitsProcessor(tokenizer, **given)


def test_slow_tokenizers_and_a_missing_library_are_named(
    tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Slow:
        is_fast = False

    with pytest.raises(TypeError, match="fast tokenizer, got Slow"):
        StructuredOutputLogitsProcessor(Slow(), regex="a")
    monkeypatch.setitem(sys.modules, "llguidance", None)
    with pytest.raises(ImportError, match="pip install llguidance"):
        StructuredOutputLogitsProcessor(tokenizer, regex="a")
