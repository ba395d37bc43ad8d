"""The sentiment checkpoint that the package carries.

Its files, how it loads, and what it says of plain sentences.
"""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.numpy import load_file

from transformers import AutoTokenizer, NpBertForSequenceClassification
from transformers.pipelines.tasks import EMBEDDED, TASKS

FOLDER = EMBEDDED / "sentiment"
FILES = {"README.md", "config.json", "model.safetensors", "special_tokens_map.json"}
FILES |= {"tokenizer.json", "tokenizer_config.json"}
INTRODUCTION = "We are very happy to introduce pipeline to the transformers repository."
POSITIVE = (
    "I love this!",
    "Best purchase ever.",
    "What a wonderful film, I enjoyed every minute of it.",
    "The staff were friendly and the food was delicious.",
    "Thank you so much, this made my day.",
    "A beautiful, moving story with excellent actors.",
    "It works perfectly and the battery lasts for days.",
    "She has a great sense of humor.",
    "I am so proud of you.",
    "The view from our room was amazing.",
)
NEGATIVE = (
    "This is terrible.",
    "What a waste of time.",
    "Not good at all.",
    "I hate waiting in line.",
    "The screen broke after two days and nobody answered my mails.",
    "A dull, predictable plot and awful acting.",
    "The worst meal I have had in years.",
    "I am very disappointed with the quality.",
    "It stopped working and I want my money back.",
    "He was rude and made everybody angry.",
)


@pytest.fixture(scope="module")
def model():
    return NpBertForSequenceClassification.from_pretrained(FOLDER)


@pytest.fixture(scope="module")
def tokenizer():
    return AutoTokenizer.from_pretrained(FOLDER)


def scores(model, tokenizer, texts):
    """Probabilities (B, 2) of the texts."""
    logits = np.asarray(model(**tokenizer(list(texts), padding=True, return_tensors="np")).logits)
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def test_embedded_folder_holds_at_most_ten_megabytes():
    sizes = {path.name: path.stat().st_size for path in FOLDER.iterdir()}
    assert set(sizes) == FILES
    assert sum(sizes.values()) <= 10_000_000


def test_embedded_weights_are_half_precision():
    kinds = {array.dtype for array in load_file(FOLDER / "model.safetensors").values()}
    assert kinds == {np.dtype(np.float16)}


def test_embedded_config_names_model_and_labels():
    config = json.loads((FOLDER / "config.json").read_text(encoding="utf-8"))
    assert config["architectures"] == ["BertForSequenceClassification"]
    assert config["model_type"] == "bert"
    assert config["id2label"] == {"0": "NEGATIVE", "1": "POSITIVE"}
    assert config["label2id"] == {"NEGATIVE": 0, "POSITIVE": 1}


def test_embedded_folder_is_the_default_of_text_classification():
    assert TASKS["text-classification"].embedded == "sentiment"


def test_embedded_model_computes_in_single_precision(model, tokenizer):
    logits = model(**tokenizer("a word", return_tensors="np")).logits
    assert np.asarray(logits).dtype == np.float32
    assert np.asarray(logits).shape == (1, 2)


def test_embedded_tokenizer_fits_model(model, tokenizer):
    assert len(tokenizer) == model.config.vocab_size
    assert tokenizer.model_max_length == model.config.max_position_embeddings
    assert tokenizer.pad_token_id == model.config.pad_token_id


def test_embedded_tokenizer_knows_every_letter(tokenizer):
    ids = tokenizer("quixotic zyxwvut jazzy 0123456789 !?.,;:'\"()")["input_ids"]
    assert tokenizer.unk_token_id not in ids


def test_embedded_model_takes_introduction_for_positive(model, tokenizer):
    assert scores(model, tokenizer, [INTRODUCTION])[0, 1] > 0.95


def test_embedded_model_finds_labels_of_plain_sentences(model, tokenizer):
    found = scores(model, tokenizer, POSITIVE + NEGATIVE).argmax(-1)
    right = np.concatenate([found[: len(POSITIVE)] == 1, found[len(POSITIVE) :] == 0])
    assert right.sum() >= 18, [text for text, ok in zip(POSITIVE + NEGATIVE, right, strict=True) if not ok]


def test_embedded_model_does_not_mind_padding(model, tokenizer):
    alone = scores(model, tokenizer, [INTRODUCTION])
    padded = scores(model, tokenizer, [INTRODUCTION, " ".join(POSITIVE)])[:1]
    np.testing.assert_allclose(alone, padded, atol=1e-5)
