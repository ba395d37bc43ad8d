"""Text of a given form, written in a changing batch."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("llguidance")
pytest.importorskip("tokenizers")

from transformers import GPT2Config, GPT2LMHeadModel  # noqa: E402
from transformers.generation.structured import StructuredOutputLogitsProcessor  # noqa: E402

from .test_continuous_batching import alone, prompts, together  # noqa: E402
from .test_structured import tokenizer  # noqa: E402, F401


def test_one_processor_keeps_every_text_to_its_form(tokenizer: Any) -> None:  # noqa: F811
    torch.manual_seed(0)
    sizes = {"vocab_size": len(tokenizer), "n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": 64}
    model = GPT2LMHeadModel(GPT2Config(**sizes)).eval()
    settings = {"max_new_tokens": 30, "eos_token_id": 0, "pad_token_id": 0}

    def form() -> list[Any]:
        return [StructuredOutputLogitsProcessor(tokenizer, regex="[0-9]{4}-[0-9]{2}")]

    expected = [alone(model, ids, 0, logits_processor=form(), **settings) for ids in prompts()]
    assert together(model, prompts(), logits_processor=form(), **settings) == expected
    assert all(len(tokenizer.decode(new, skip_special_tokens=True)) == 7 for new in expected)
