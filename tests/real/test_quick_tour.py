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
    BartConfig,
    BartForConditionalGeneration,
    BartTokenizer,
    BertConfig,
    BertForMaskedLM,
    BertTokenizer,
    DistilBertConfig,
    DistilBertForQuestionAnswering,
    DistilBertTokenizer,
    ElectraConfig,
    ElectraForTokenClassification,
    GPT2Config,
    GPT2LMHeadModel,
    GPT2Tokenizer,
    RobertaConfig,
    RobertaForSequenceClassification,
    RobertaTokenizer,
    T5Config,
    T5ForConditionalGeneration,
    T5Tokenizer,
    pipeline,
)

SENTENCES = {
    "text-generation": "A long time ago, ",
    "summarization": "The tower is 324 metres (1,063 ft) tall, as an 81-storey building",
    "translation_en_to_fr": "My name is Wolfgang and I live in Berlin",
}
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
    written = save_writers(place, mnli)
    return {name: place / name for name in (*made, *written, "roberta-large-mnli")}


def save_writers(place: Path, words: Path) -> list[str]:
    """Models that write text, the first two with the byte-level vocabulary in the folder `words`."""
    tokens = json.loads((words / "vocab.json").read_text())
    files = str(words / "vocab.json"), str(words / "merges.txt")
    bart = {"encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2}
    bart.update({"decoder_attention_heads": 2, "encoder_ffn_dim": 40, "decoder_ffn_dim": 40})
    tasks = {"translation_en_to_fr": {"prefix": "translate English to French: ", "num_beams": 2}}
    t5 = {"d_model": 24, "d_kv": 6, "d_ff": 40, "num_layers": 1, "num_heads": 4, "decoder_start_token_id": 0}
    pieces = [(token, -1.0) for token in ("<pad>", "</s>", "<unk>", "▁", *LETTERS, *LETTERS.upper(), *"0,.")]
    gpt2 = GPT2Config(vocab_size=len(tokens), n_embd=24, n_layer=1, n_head=2, eos_token_id=2)
    writers: dict[str, tuple[Any, Any]] = {
        "gpt2": (GPT2LMHeadModel(gpt2), GPT2Tokenizer(*files, eos_token="</s>", unk_token="<unk>")),
        "facebook/bart-large-cnn": (
            BartForConditionalGeneration(BartConfig(vocab_size=len(tokens), d_model=24, **bart)),
            BartTokenizer(*files, model_max_length=256),
        ),
        "t5-base": (
            T5ForConditionalGeneration(T5Config(vocab_size=len(pieces), task_specific_params=tasks, **t5)),
            unigram_tokenizer(pieces, words.parent / "t5.json"),
        ),
    }
    for name, (model, tokenizer) in writers.items():
        model.save_pretrained(place / name)
        tokenizer.save_pretrained(place / name)
    return list(writers)


def unigram_tokenizer(pieces: list[tuple[str, float]], file: Path) -> T5Tokenizer:
    """A tokenizer of letters."""
    from tokenizers import Tokenizer, decoders, pre_tokenizers
    from tokenizers.models import Unigram

    engine = Tokenizer(Unigram(pieces, unk_id=2))
    engine.pre_tokenizer = pre_tokenizers.Metaspace()
    engine.decoder = decoders.Metaspace()
    engine.save(str(file))
    return T5Tokenizer(tokenizer_file=str(file), extra_ids=0)


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


WRITERS = [
    ("text-generation", "gpt2", "generated_text"),
    ("summarization", "facebook/bart-large-cnn", "summary_text"),
    ("translation_en_to_fr", "t5-base", "translation_text"),
]


@pytest.mark.parametrize("framework", ["pt", "tf", "jax", "np"])
@pytest.mark.parametrize(("task", "name", "key"), WRITERS)
def test_texts_with_gpt2_bart_and_t5(hub: HubServer, task: str, name: str, key: str, framework: str) -> None:
    write = pipeline(task, model=name, framework=framework)
    (found,) = write(SENTENCES[task], max_new_tokens=6)
    assert set(found) == {key}
    assert isinstance(found[key], str)
    if task == "text-generation":
        assert found[key].startswith(SENTENCES[task])
