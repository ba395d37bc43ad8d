"""Scores of made windows, and the answers out of them; imports neither library."""

from __future__ import annotations

import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

VOCABULARY = (
    "[PAD] [UNK] [CLS] [SEP] [MASK] <s> </s> who is ? the cat sat on mat a b c d e f g ##s ##at t s m , ' ."
)
TEXTS = [
    "The  Cat's mat, on the MATS. a b c d e f g a-b c the cat's \u00c0 b",
    "Caf\u00e9 a b c\u0301 d. e\nf g  the cat",
    "a",
]
FILES = ("predictions", "best", "odds")
# Options of `compute_predictions_logits`: best, longest, small letters, second edition, threshold.
LOGITS = [
    (5, 4, True, False, 0.0),
    (5, 30, True, True, 0.0),
    (3, 2, False, True, -2.0),
    (1, 1, True, True, 3.0),
    (20, 6, False, False, 0.0),
    (2, 0, True, True, 0.0),
    (4, 0, True, False, 0.0),
]
# Of `compute_predictions_log_probs`: best, longest, starts, ends, second edition.
LOG_PROBS = [(5, 4, 3, 2, True), (2, 30, 4, 4, False), (3, 0, 2, 2, True), (1, 2, 2, 1, True)]


def tokenizer(library: Any, folder: Path, name: str = "BertTokenizer") -> Any:
    """A tokenizer of a few words."""
    path = folder / "vocab.txt"
    path.write_text("\n".join(VOCABULARY.split()))
    return getattr(library, name)(str(path), model_max_length=64)


def examples(squad: Any) -> list[Any]:
    """A question on each text."""
    return [
        squad.SquadExample(f"q{number}", "who is the cat?", text, None, None, "t")
        for number, text in enumerate(TEXTS)
    ]


def results(squad: Any, features: list[Any], rng: random.Random, shape: tuple[int, int] | None) -> list[Any]:
    """Scores of each window: of all tokens, or of (starts, ends) with their places."""
    made = []
    for feature in features:
        length = len(feature.input_ids)
        if shape is None:
            # Few different numbers, so that some are equal.
            scores = [[rng.randrange(-8, 9) / 4 for _ in range(length)] for _ in range(2)]
            made.append(squad.SquadResult(feature.unique_id, *scores))
            continue
        starts, ends = shape
        places = [sorted(feature.token_to_orig_map) for _ in range(2)]
        made.append(
            squad.SquadResult(
                feature.unique_id,
                [rng.random() for _ in range(starts)],
                [rng.randrange(4) / 4 for _ in range(starts * ends)],
                [rng.choice(places[0]) for _ in range(starts)],
                [rng.choice(places[1]) for _ in range(starts * ends)],
                rng.random(),
            )
        )
    return made


def answered(squad: Any, metrics: Any, library: Any, folder: Path) -> list[Any]:
    """Answers and written files of every option, with several draws of scores."""
    words, asked, found = tokenizer(library, folder), examples(squad), []
    features = squad.squad_convert_examples_to_features(asked, words, 20, 6, 6, False, tqdm_enabled=False)
    words = tokenizer(library, folder, "BertTokenizerFast")  # which joins tokens as ours does
    first = [SimpleNamespace(**{**vars(one), "paragraph_len": len(one.input_ids)}) for one in features]
    for draw in range(4):
        rng = random.Random(draw)
        for best, longest, lower, second, limit in LOGITS:
            files = [str(folder / name) for name in FILES]
            given = (asked, features, results(squad, features, rng, None), best, longest, lower)
            answers = metrics.compute_predictions_logits(*given, *files, False, second, limit, words)
            found.append([dict(answers), written(folder)])
        for best, longest, starts, ends, second in LOG_PROBS:
            scores = results(squad, first, rng, (starts, ends))
            given = (asked, first, scores, best, longest)
            answers = metrics.compute_predictions_log_probs(
                *given, *files, starts, ends, second, words, False
            )
            found.append([dict(answers), written(folder)])
    return found


def written(folder: Path) -> list[str | None]:
    """The texts of the files, which are taken away."""
    found: list[str | None] = []
    for name in FILES:
        path = folder / name
        found.append(path.read_text() if path.exists() else None)
        path.unlink(missing_ok=True)
    return found


# Words of a tokenizer, text around them, whether it writes small letters.
FINAL = [
    ("steve smith", "Steve Smith's", True),
    ("steve smith", "Steve Smith's", False),
    ("Steve Smith", "Steve Smith's", False),
    ("cafe", "a Caf\u00e9, b", True),
    ("caf", "a Cafe\u0301, b", True),
    ("x", "none of it", True),
    ("", "none of it", True),
    (" a", "b a c", True),
    ("a ", "b a c", True),
    ("b ,", "a b, c", True),
    ("\u4e2d \u6587", "a\u4e2d\u6587b", True),
]
