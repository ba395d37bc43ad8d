"""Tiny checkpoints and the calls whose results are recorded: data, and files made of it.

NumPy, safetensors and the standard library only: the recorder of goldens runs this file beside the published
release.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

LETTERS = "abcdefghijklmnopqrstuvwxyz"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = ["the", "this", "is", "good", "bad", "movie", "!", ".", ",", "example", "about", "for", "politics"]
WORDS += ["health", "sport", "anna", "paris", "lives", "in", "?"]
PIECES = [*SPECIAL, *WORDS, *LETTERS, *(f"##{letter}" for letter in LETTERS)]
MERGES = ["t h", "th e", "Ġ th", "Ġth e", "i s", "Ġ is", "o o", "g oo", "goo d", "Ġ good", "p a"]
MERGES += ["pa r", "Ġ p", "a n", "an n", "ann a", "i n", "Ġ in", "Ġ a"]
MARKS = {"bos": "<s>", "pad": "<pad>", "eos": "</s>", "unk": "<unk>", "mask": "<mask>"}
LIMIT = 24

_WIDTHS = {
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 40,
    "initializer_range": 0.02,
}
CONFIGS: dict[str, dict[str, Any]] = {
    "bert": {**_WIDTHS, "model_type": "bert", "vocab_size": len(PIECES), "max_position_embeddings": LIMIT},
    "roberta": {
        **_WIDTHS,
        "model_type": "roberta",
        "vocab_size": 256 + len(MERGES) + len(MARKS),
        "max_position_embeddings": LIMIT + 2,
        "type_vocab_size": 1,
        "pad_token_id": 1,
        "bos_token_id": 0,
        "eos_token_id": 2,
    },
    "distilbert": {
        "model_type": "distilbert",
        "vocab_size": len(PIECES),
        "max_position_embeddings": LIMIT,
        "dim": 24,
        "n_layers": 2,
        "n_heads": 4,
        "hidden_dim": 40,
    },
}
STEMS = {"bert": "Bert", "roberta": "Roberta", "distilbert": "DistilBert"}
HEADS = {
    "text-classification": "ForSequenceClassification",
    "zero-shot-classification": "ForSequenceClassification",
    "token-classification": "ForTokenClassification",
    "question-answering": "ForQuestionAnswering",
    "fill-mask": "ForMaskedLM",
}
LABELS = {
    "text-classification": ["bad", "fair", "good"],
    "zero-shot-classification": ["contradiction", "neutral", "Entailment"],
    "token-classification": ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"],
}


def model_class(task: str, kind: str) -> str:
    """The published name of the model class."""
    return STEMS[kind] + HEADS[task]


def config(task: str, kind: str, **changes: Any) -> dict[str, Any]:
    """config.json of a checkpoint."""
    values = {**CONFIGS[kind], "architectures": [model_class(task, kind)]}
    if task in LABELS:
        names = LABELS[task]
        values["id2label"] = {str(index): name for index, name in enumerate(names)}
        values["label2id"] = {name: index for index, name in enumerate(names)}
    return {**values, **changes}


def byte_letters() -> list[str]:
    """The letter that stands for each byte in a byte-level vocabulary."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = iter(range(256, 512))
    return [chr(byte) if byte in shown else chr(next(hidden)) for byte in range(256)]


def write_tokenizer(folder: Path, kind: str) -> None:
    """Vocabulary files and tokenizer_config.json."""
    facts: dict[str, Any] = {"tokenizer_class": f"{STEMS[kind]}Tokenizer", "model_max_length": LIMIT}
    if kind == "roberta":
        marks = [MARKS[role] for role in ("bos", "pad", "eos", "unk")]
        tokens = [*marks, *byte_letters(), *(pair.replace(" ", "") for pair in MERGES), MARKS["mask"]]
        vocabulary = {token: index for index, token in enumerate(tokens)}
        (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
        (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *MERGES, ""]), encoding="utf-8")
    else:
        (folder / "vocab.txt").write_text("\n".join([*PIECES, ""]), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps(facts))


def write(
    folder: Path,
    task: str,
    kind: str,
    shapes: Mapping[str, list[int]],
    weight: Callable[[str, tuple[int, ...]], Any],
    **changes: Any,
) -> Path:
    """A folder with a checkpoint whose weights follow from their names."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    write_tokenizer(folder, kind)
    (folder / "config.json").write_text(json.dumps(config(task, kind, **changes)))
    weights = {name: weight(name, tuple(shape)) for name, shape in shapes.items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


# ---------------------------------------------------------------------- the calls

Call = tuple[str, str, list[Any], dict[str, Any]]  # task, kind, positional arguments, keywords

SHORT = "anna lives in paris"
ODD = "Anna  lives, in PARIS! the mövie (is) good"
LONG = "anna is good . the movie is about paris , anna lives in paris ! "
LONG += "this is the good health of the bad sport ."
LONGER = f"{LONG} {ODD} {LONG}"


def _text_classification() -> Iterator[tuple[list[Any], dict[str, Any]]]:
    cut = {"truncation": True}
    pair = {"text": SHORT, "text_pair": "this is good"}
    for function in (None, "softmax", "sigmoid", "none"):
        for ranked in ({}, {"top_k": None}, {"top_k": 1}, {"top_k": 2}, {"return_all_scores": True}):
            chosen = {} if function is None else {"function_to_apply": function}
            for given in (SHORT, [SHORT], [ODD, SHORT, "a"], pair, [pair]):
                yield [given], {**cut, **chosen, **ranked}
    yield [LONG], {**cut, "return_all_scores": False}
    yield [[LONG]], {**cut, "return_all_scores": False}
    yield [[[[SHORT, "this is bad"]]]], {}
    yield [LONG], {**cut, "max_length": 7}


def _zero_shot() -> Iterator[tuple[list[Any], dict[str, Any]]]:
    for labels in (["politics", "health", "sport"], "politics, health,", ["bad"], "good"):
        for template in ({}, {"hypothesis_template": "about {} ."}):
            for several in ({}, {"multi_label": True}, {"multi_label": False}):
                for given in (SHORT, [SHORT], [LONG, ODD, "a"]):
                    yield [given], {"candidate_labels": labels, **template, **several}
    yield [[SHORT], ["politics", "health"]], {}


def _tokens() -> Iterator[tuple[list[Any], dict[str, Any]]]:
    strategies = ("none", "simple", "first", "average", "max")
    for strategy in (None, *strategies):
        chosen = {} if strategy is None else {"aggregation_strategy": strategy}
        for ignored in ({}, {"ignore_labels": []}, {"ignore_labels": ["O", "PER", "B-LOC"]}):
            for given in (SHORT, [SHORT], [ODD, "good paris", LONG], ""):
                yield [given], {**chosen, **ignored}
        words = {"is_split_into_words": True, **chosen}
        yield [["anna", "lives", "in", "parisbad", "!"]], words
        yield (
            [[["anna", "lives"], ["in", "paris", "ünü"]]],
            {**words, "delimiter": " - ", "ignore_labels": []},
        )
    for strategy in strategies[1:]:
        for stride in (0, 3, 9):
            for ignored in ({}, {"ignore_labels": []}):
                chosen = {"aggregation_strategy": strategy, "stride": stride, **ignored}
                yield [LONGER], chosen
                yield [[LONGER, SHORT, LONG]], chosen
    yield [LONGER], {"stride": 4, "ignore_labels": []}
    for older in ({"grouped_entities": True}, {"grouped_entities": False}, {"ignore_subwords": True}):
        yield [ODD], older
    yield [ODD], {"grouped_entities": True, "ignore_subwords": True}


def _questions() -> Iterator[tuple[list[Any], dict[str, Any]]]:
    ask = "in ?"
    limits: list[dict[str, Any]] = [{}, {"max_seq_len": 16, "doc_stride": 4}, {"doc_stride": 2}]
    limits += [
        {"max_seq_len": 15, "doc_stride": 3, "padding": "max_length"},
        {"max_answer_len": 1},
        {"max_answer_len": 4},
    ]
    for limit in limits:
        for choice in ({}, {"top_k": 3}, {"top_k": 3, "align_to_words": False}, {"align_to_words": False}):
            for impossible in ({}, {"handle_impossible_answer": True}):
                for context in (ODD, LONGER):
                    yield [], {"question": ask, "context": context, **limit, **choice, **impossible}
    yield [], {"question": [ask, "is this good ?"], "context": LONG}
    yield [], {"question": [ask, "is this good ?"], "context": [LONG, ODD], "top_k": 2}
    yield [{"question": ask, "context": LONG}], {}
    yield [[{"question": ask, "context": LONG}]], {}
    yield [[{"question": ask, "context": LONG}, {"question": "a b c", "context": SHORT}]], {"topk": 2}
    yield [ask, LONG], {}
    yield [], {"data": {"question": ask, "context": LONG}}
    yield [], {"X": [{"question": ask, "context": LONG}]}
    yield [], {"question": ask, "context": SHORT, "max_question_len": 2}


def _masks(mask: str) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    one, two = f"this {mask} is good", f"the {mask} movie , {mask} !"
    for top in ({}, {"top_k": 1}, {"top_k": 7}):
        for targets in (
            {},
            {"targets": ["good", "bad", "good"]},
            {"targets": "paris"},
            {"targets": ["sports"]},
        ):
            for given in (one, [one], [one, two, f"{mask}"], two):
                yield [given], {**top, **targets}
    yield [one * 4], {"tokenizer_kwargs": {"truncation": True}}


def calls() -> Iterator[Call]:
    """Every recorded call, in order."""
    makers = {
        "text-classification": _text_classification,
        "zero-shot-classification": _zero_shot,
        "token-classification": _tokens,
        "question-answering": _questions,
    }
    for kind in CONFIGS:
        for task, maker in makers.items():
            for arguments, keywords in maker():
                yield task, kind, arguments, keywords
        mask = "<mask>" if kind == "roberta" else "[MASK]"
        for arguments, keywords in _masks(mask):
            yield "fill-mask", kind, arguments, keywords
