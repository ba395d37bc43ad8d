"""Streamed texts are those that `generate` returns; a reader who leaves ends the writing."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from transformers import TextIteratorStreamer  # noqa: E402

from . import golden_cases  # noqa: E402
from .writers import Words, tokens, writer  # noqa: E402

IDS = torch.tensor(golden_cases.PROMPT)


def write(name: str, ids: Any, framework: str = "pt", **kwargs: Any) -> list[list[int]]:
    settings = {"max_new_tokens": 6, "eos_token_id": None, **kwargs}
    return tokens(framework, writer(framework, name).generate(ids, **settings))


STRATEGIES = [
    {},
    {"penalty_alpha": 0.6, "top_k": 3},
    {"prompt_lookup_num_tokens": 2},
    {"dola_layers": "high"},
]


class Kept:
    """A streamer that keeps what it is given."""

    def __init__(self) -> None:
        self.found: list[int] = []
        self.ended = 0

    def put(self, value: Any) -> None:
        self.found += np.asarray(value).reshape(-1).tolist()

    def end(self) -> None:
        self.ended += 1


@pytest.mark.parametrize("settings", STRATEGIES)
@pytest.mark.parametrize("framework", ["pt", "np"])
def test_stream_is_the_text(settings: dict[str, Any], framework: str) -> None:
    ids, kept = np.array(golden_cases.ALONE), Kept()
    given = torch.from_numpy(ids) if framework == "pt" else ids
    found = write("llama", given, framework=framework, streamer=kept, **settings)
    assert found == [kept.found] and kept.ended == 1
    assert found == write("llama", given, framework=framework, **settings)


@pytest.mark.parametrize("settings", STRATEGIES)
def test_reader_who_leaves_ends_the_writing(settings: dict[str, Any]) -> None:
    streamer = TextIteratorStreamer(Words(), skip_prompt=True)
    given = {"max_new_tokens": 60, "eos_token_id": None, "streamer": streamer, **settings}
    before = threading.active_count()
    thread = threading.Thread(target=writer("pt", "llama").generate, args=(IDS[:1],), kwargs=given)
    thread.start()
    with streamer:
        next(iter(streamer))
    thread.join(timeout=30)
    assert not thread.is_alive() and threading.active_count() == before
