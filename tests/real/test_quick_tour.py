"""The README's quick tour and text demonstrations, from a server that holds tiny checkpoints of those names.

Weights are seeded, not trained: every line must run, and results have the published form.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.hub_server import HubServer, reachable, serving
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertTokenizer,
    DistilBertConfig,
    DistilBertForQuestionAnswering,
    DistilBertTokenizer,
    ElectraConfig,
    ElectraForTokenClassification,
    RobertaConfig,
    RobertaForSequenceClassification,
    RobertaTokenizer,
    pipeline,
)

LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "paris",
    "is",
    "the",
    "of",
    "france",
    "my",
    "name",
    "hello",
]
WORDS += ["world", "!", ".", "?", *LETTERS, *(f"##{letter}" for letter in LETTERS)]
SIZES = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 40}
PEOPLE = {0: "O", 1: "I-PER", 2: "I-LOC"}
RELATIONS = {0: "CONTRADICTION", 1: "NEUTRAL", 2: "ENTAILMENT"}


def save_word_piece(folder: Path, model: Any) -> None:
    """A model, with a vocabulary of letters and a few words."""
    folder.mkdir(parents=True)
    (folder / "vocab.txt").write_text("\n".join(WORDS))
    kind = DistilBertTokenizer if model.config.model_type == "distilbert" else BertTokenizer
    kind(str(folder / "vocab.txt"), model_max_length=256).save_pretrained(folder)
    model.save_pretrained(folder)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Tiny checkpoints by the names that the demonstrations use."""
    place = tmp_path_factory.mktemp("models")
    torch.manual_seed(0)
    size = {"vocab_size": len(WORDS), **SIZES}
    electra = ElectraConfig(
        **size, embedding_size=16, id2label=PEOPLE, label2id={v: k for k, v in PEOPLE.items()}
    )
    distil = DistilBertConfig(vocab_size=len(WORDS), dim=24, n_layers=2, n_heads=4, hidden_dim=40)
    made = {
        "bert-base-uncased": BertForMaskedLM(BertConfig(**size)),
        "dbmdz/electra-large-discriminator-finetuned-conll03-english": ElectraForTokenClassification(electra),
        "distilbert-base-uncased-distilled-squad": DistilBertForQuestionAnswering(distil),
    }
    for name, model in made.items():
        save_word_piece(place / name, model)
    letters = "\n".join(f"{a} {b}" for a, b in (("t", "h"), ("th", "e"), ("o", "s"), ("os", "t")))
    mnli = place / "roberta-large-mnli"
    mnli.mkdir()
    tokens = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", *byte_letters(), "th", "the", "os", "ost"]
    (mnli / "vocab.json").write_text(json.dumps({token: i for i, token in enumerate(tokens)}))
    (mnli / "merges.txt").write_text(f"#version: 0.2\n{letters}\n")
    RobertaTokenizer(str(mnli / "vocab.json"), str(mnli / "merges.txt")).save_pretrained(mnli)
    config = RobertaConfig(
        **{**size, "vocab_size": len(tokens)},
        id2label=RELATIONS,
        label2id={v: k for k, v in RELATIONS.items()},
    )
    RobertaForSequenceClassification(config).save_pretrained(mnli)
    return {name: place / name for name in (*made, "roberta-large-mnli")}


def byte_letters() -> list[str]:
    """The characters that stand for bytes in byte-level vocabularies."""
    from transformers.tokenization.byte_bpe import bytes_to_unicode

    return list(bytes_to_unicode().values())


@pytest.fixture
def hub(models: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    with serving() as server:
        for name, folder in models.items():
            server.add(name, folder)
        reachable(server, monkeypatch, tmp_path / "cache")
        yield server


QUICK_TOUR = """
from transformers import AutoTokenizer, {auto}

tokenizer = AutoTokenizer.from_pretrained("bert-base-uncased")
model = {auto}.from_pretrained("bert-base-uncased")

inputs = tokenizer("Hello world!", return_tensors="{kind}")
outputs = model(**inputs)
"""


@pytest.mark.parametrize(
    ("auto", "kind"),
    [("AutoModel", "pt"), ("TFAutoModel", "tf"), ("FlaxAutoModel", "jax"), ("NpAutoModel", "np")],
)
def test_three_lines_of_code(hub: HubServer, auto: str, kind: str) -> None:
    scope: dict[str, Any] = {}
    exec(QUICK_TOUR.format(auto=auto, kind=kind), scope)
    assert tuple(scope["outputs"].last_hidden_state.shape) == (1, 5, 24)


@pytest.mark.parametrize("framework", ["pt", "tf", "jax", "np"])
def test_masked_word_completion_with_bert(hub: HubServer, framework: str) -> None:
    unmasker = pipeline("fill-mask", model="bert-base-uncased", framework=framework)
    found = unmasker("Paris is the [MASK] of France.")
    assert len(found) == 5
    assert set(found[0]) == {"score", "token", "token_str", "sequence"}
    assert found[0]["sequence"].startswith("paris is the ")


def test_names_with_electra(hub: HubServer) -> None:
    name = "dbmdz/electra-large-discriminator-finetuned-conll03-english"
    for entity in pipeline("ner", model=name)("My name is Sarah and I live in London city"):
        assert set(entity) == {"entity", "score", "index", "word", "start", "end"}
        assert entity["entity"] in PEOPLE.values()


def test_inference_with_roberta(hub: HubServer) -> None:
    classifier = pipeline("text-classification", model="roberta-large-mnli")
    (found,) = classifier("The dog was lost. Nobody lost any animal", top_k=1)
    assert found["label"] in RELATIONS.values()
    scores = pipeline("zero-shot-classification", model="roberta-large-mnli")(
        "The dog was lost", candidate_labels=["animals", "cars"]
    )
    assert sum(scores["scores"]) == pytest.approx(1, abs=1e-5)


def test_answers_with_distilbert(hub: HubServer) -> None:
    question = "Which name is also used to describe the Amazon rainforest in English?"
    context = (
        "The Amazon rainforest, also known in English as Amazonia or the Amazon Jungle, is a moist forest."
    )
    answer = pipeline("question-answering", model="distilbert-base-uncased-distilled-squad")(
        question=question, context=context
    )
    assert answer["answer"] == context[answer["start"] : answer["end"]]
