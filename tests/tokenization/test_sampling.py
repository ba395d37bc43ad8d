"""Random segmentation: distributions against plain enumeration and the SentencePiece library's own draws."""

from __future__ import annotations

import copy
import math
import pickle
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import transformers
from transformers.tokenization.lattice import Lattice
from transformers.tokenization.sampling import merge_or_not, read_sampling, sampling_of
from transformers.tokenization.sentencepiece_processor import SentencePieceProcessor

from . import spm_cases

Golden = Callable[[str], dict[str, Any]]
Odds = dict[tuple[str, ...], float]
SCORES = {"a": -1.0, "b": -2.0, "ab": -2.5, "ba": -4.0, "aba": -3.0, "bab": -6.0, "abab": -5.5}
TEXT = "ababxab"
WORSE = -16.0  # of a character without a piece: 10 below the worst
RANKS = {"ab": -0.0, "aba": -1.0, "ba": -2.0, "abab": -3.0, "bab": -4.0}
DRAWS = 6000


def ways(text: str) -> dict[tuple[str, ...], float]:
    """Every segmentation of a text with its score, by plain recursion."""
    if not text:
        return {(): 0.0}
    found = {}
    for width in range(1, len(text) + 1):
        score = SCORES.get(text[:width], WORSE if width == 1 else None)
        if score is not None:
            found.update({(text[:width], *rest): score + more for rest, more in ways(text[width:]).items()})
    return found


def odds_of(scores: Iterable[tuple[tuple[str, ...], float]], alpha: float) -> Odds:
    weights = {way: math.exp(alpha * score) for way, score in scores}
    whole = math.fsum(weights.values())
    return {way: weight / whole for way, weight in weights.items()}


def merged(parts: tuple[tuple[int, int], ...], passed: frozenset[Any], skip: float, text: str) -> Odds:
    """Outcomes of merging with their probability: at each step the best pair that was not passed over."""
    pairs = [(left, right) for left, right in pairwise(parts) if (left, right) not in passed]
    fit = [pair for pair in pairs if text[pair[0][0] : pair[1][1]] in RANKS]
    if not fit:
        return {tuple(text[a:b] for a, b in parts): 1.0}
    left, right = min(fit, key=lambda pair: (-RANKS[text[pair[0][0] : pair[1][1]]], pair[0]))
    place = parts.index(left)
    found: defaultdict[tuple[str, ...], float] = defaultdict(float)
    joined = (*parts[:place], (left[0], right[1]), *parts[place + 2 :])
    for way, chance in merged(joined, passed, skip, text).items():
        found[way] += (1 - skip) * chance
    for way, chance in merged(parts, passed | {(left, right)}, skip, text).items():
        found[way] += skip * chance
    return dict(found)


def check(counts: Counter[tuple[str, ...]], odds: Odds) -> None:
    """Chi-square, rare outcomes taken together; five standard deviations are too far."""
    draws = sum(counts.values())
    assert set(counts) <= set(odds)
    cells = [(counts[way], chance * draws) for way, chance in odds.items() if chance * draws >= 8]
    rest = (draws - sum(seen for seen, _ in cells), draws - sum(wanted for _, wanted in cells))
    cells += [rest] if rest[1] >= 8 else []
    free = max(len(cells) - 1, 1)
    assert sum((seen - wanted) ** 2 / wanted for seen, wanted in cells) < free + 5 * math.sqrt(2 * free)


def draw(once: Callable[[], Iterable[str]], draws: int = DRAWS) -> Counter[tuple[str, ...]]:
    random.seed(5)
    return Counter(tuple(once()) for _ in range(draws))


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
def test_segmentations_come_as_often_as_their_probability_says(alpha: float) -> None:
    lattice = Lattice.of_pieces(SCORES, min(SCORES.values()))
    check(draw(lambda: lattice.sample(TEXT, alpha)), odds_of(ways(TEXT).items(), alpha))


@pytest.mark.parametrize(("count", "alpha"), [(2, 0.5), (500, 0.4)])
def test_only_the_best_ones_are_drawn(count: int, alpha: float) -> None:
    lattice = Lattice.of_pieces(SCORES, min(SCORES.values()))
    best = sorted(ways(TEXT).items(), key=lambda item: -item[1])[:count]
    found = lattice.best(TEXT, count)
    assert [score for score, _ in found] == pytest.approx([score for _, score in best])
    check(draw(lambda: lattice.sample_best(TEXT, count, alpha)), odds_of(best, alpha))


@pytest.mark.parametrize("skip", [0.1, 0.5])
def test_merges_are_left_out_by_chance(skip: float) -> None:
    text = "ababab"
    parts = tuple((place, place + 1) for place in range(len(text)))
    check(draw(lambda: merge_or_not(text, RANKS, skip)), merged(parts, frozenset(), skip, text))
    assert merge_or_not(text, RANKS, 0.0) == merge_or_not(text, RANKS, -1.0)
    assert merge_or_not(text, RANKS, 1.0) == list(text)


@pytest.mark.parametrize("kind", ["unigram", "unigram_own", "bpe", "bpe_own", "unigram_bytes"])
def test_draws_are_the_librarys(golden: Golden, kind: str) -> None:
    name, head, changes = spm_cases.CODECS[kind]
    processor = SentencePieceProcessor(
        model_proto=spm_cases.model_bytes(spm_cases.base(name), head, **changes)
    )
    for text, size, alpha, recorded in golden("spm_sampled")[kind]:
        theirs = {tuple(pieces): count for pieces, count in recorded}
        options = {"enable_sampling": True, "nbest_size": size, "alpha": alpha}

        def once(text: str = text, options: dict[str, Any] = options) -> list[str]:
            return processor.encode(text, str, **options)  # type: ignore[no-any-return]

        ours = draw(once, 3000)
        scale = 3000 / sum(theirs.values())
        cells = [way for way in {*ours, *theirs} if ours[way] + theirs.get(way, 0) * scale >= 16]
        # Two samples: both vary, theirs less.
        chi = sum(
            (ours[way] - theirs.get(way, 0) * scale) ** 2 / (theirs.get(way, 1) * scale * (1 + scale))
            for way in cells
        )
        free = max(len(cells) - 1, 1)
        assert chi < free + 6 * math.sqrt(2 * free), (text, size, alpha)


SAMPLED = [
    "xlm_roberta",
    "t5",
    "llama",
    "llama_new",
    "gemma",
    "pegasus",
    "albert",
    "xlm_roberta_bpe",
    "marian",
]
SAMPLED += ["m2m_100", "gpt_sw3", "bartpho"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    folder = tmp_path_factory.mktemp("sampled")

    def make(kind: str, **options: Any) -> Any:
        name, _, _, own, _, _ = {**spm_cases.KINDS, **spm_cases.SLOW}[kind]
        files = spm_cases.write_files(folder / kind, kind)
        return getattr(transformers, name)(**files, **own, sp_model_kwargs=options)

    return make


@pytest.mark.parametrize("kind", SAMPLED)
@pytest.mark.parametrize("size", [-1, 6])
def test_tokenizers_draw_and_keep_the_text(made: Callable[..., Any], kind: str, size: int) -> None:
    plain = made(kind)
    tokenizer = made(kind, enable_sampling=True, nbest_size=size, alpha=0.2)
    text = "the house of men, naïve ж"
    want = plain.decode(plain(text)["input_ids"], skip_special_tokens=True)
    transformers.set_seed(3)
    first = [tokenizer.tokenize(text) for _ in range(12)]
    assert len({tuple(tokens) for tokens in first}) > 2
    for tokens in first:
        if not tokenizer.is_fast:  # some have a vocabulary of their own, which lacks many pieces
            assert "".join(tokens) == "".join(plain.tokenize(text)) or kind == "gpt_sw3"
            continue
        ids = tokenizer.convert_tokens_to_ids(tokens)
        assert tokenizer.decode(ids, skip_special_tokens=True).strip() == want.strip()
    for twin in (tokenizer, copy.deepcopy(tokenizer), pickle.loads(pickle.dumps(tokenizer))):
        transformers.set_seed(3)
        assert [twin.tokenize(text) for _ in range(12)] == first
    off = made(kind, enable_sampling=True, nbest_size=size // abs(size) if size > 0 else 0)
    assert off(text)["input_ids"] == plain(text)["input_ids"]


def test_batches_are_cut_filled_and_located(made: Callable[..., Any]) -> None:
    tokenizer = made("xlm_roberta", enable_sampling=True, nbest_size=-1, alpha=0.1)
    text = "the house <mask> of men"
    got = tokenizer([text, "the"], padding=True, pad_to_multiple_of=8, return_offsets_mapping=True)
    assert {len(row) % 8 for row in got["input_ids"]} == {0}
    assert got["input_ids"][1][-1] == tokenizer.pad_token_id
    parts = [text[a:b] for a, b in got["offset_mapping"][0] if b > a]
    assert "".join(parts).replace(" ", "") == text.replace(" ", "")
    cut = tokenizer(text, text, truncation=True, max_length=7, padding="max_length")["input_ids"]
    assert (len(cut), cut[0]) == (7, tokenizer.bos_token_id)
    words = tokenizer(["the", "house"], is_split_into_words=True)
    assert set(words.word_ids()) == {None, 0, 1}
    before = tokenizer.backend_tokenizer.to_str()
    tokenizer(text)
    assert tokenizer.backend_tokenizer.to_str() == before == made("xlm_roberta").backend_tokenizer.to_str()


def test_saved_tokenizer_still_draws(made: Callable[..., Any], tmp_path: Path) -> None:
    made("t5", enable_sampling=True, nbest_size=-1, alpha=0.1).save_pretrained(tmp_path)
    again = transformers.AutoTokenizer.from_pretrained(tmp_path)
    assert len({tuple(again("the house of men")["input_ids"]) for _ in range(9)}) > 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"enable_sampling": "yes"}, "enable_sampling must be True or False"),
        ({"nbest_size": 513}, "nbest_size must be -1"),
        ({"nbest_size": 2.0}, "nbest_size must be -1"),
        ({"alpha": float("nan")}, "alpha must be a finite number"),
        ({"alpha": None}, "alpha must be a finite number"),
    ],
)
def test_options_without_meaning_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_sampling(options)
    assert sampling_of({}) is None
    assert sampling_of({"enable_sampling": True, "nbest_size": 1}) is None


def test_other_pieces_cannot_be_drawn(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.model").write_text("".join(f"{c} {i}\n" for i, c in enumerate(["YQ==", "Yg=="])))
    tokenizer = transformers.LlamaTokenizer(
        vocab_file=str(tmp_path / "tokenizer.model"), sp_model_kwargs={"enable_sampling": True}
    )
    with pytest.raises(ValueError, match="needs a tokenizer over pieces of SentencePiece"):
        tokenizer("ab")
