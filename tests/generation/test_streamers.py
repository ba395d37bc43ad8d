"""Streamers: what is final when, ends and errors, in threads and in asyncio."""

from __future__ import annotations

import asyncio
import queue
import subprocess
import sys
import threading
import time
from typing import Any

import numpy as np
import pytest

from transformers import AsyncTextIteratorStreamer, TextIteratorStreamer, TextStreamer
from transformers.generation import BaseStreamer
from transformers.generation.streamers import StreamClosed, streaming


class Letters:
    """A tokenizer whose ids are code points."""

    def decode(self, ids: list[int], upper: bool = False) -> str:
        text = "".join(map(chr, ids))
        return text.upper() if upper else text


class Pieces(TextStreamer):
    """Keeps what is handed on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(Letters(), *args, **kwargs)
        self.found: list[tuple[str, bool]] = []

    def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
        self.found.append((text, stream_end))


def ids(text: str) -> Any:
    return np.array([list(map(ord, text))])


def write(streamer: Any, *pieces: str) -> None:
    for piece in pieces:
        streamer.put(ids(piece))
    streamer.end()


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (["hi", " wor", "ld"], ["", "hi ", "", "world"]),
        (["a b", " c"], ["a ", "b ", "c"]),
        (["one\n", "two"], ["one\n", "", "two"]),
        (["日", "本", "x"], ["日", "本", "", "x"]),
        (["日 x", " "], ["日 ", "x ", ""]),
        (["\ufffd", "é "], ["", "\ufffdé ", ""]),
        ([""], ["", ""]),
        ([], [""]),
    ],
)
def test_text_is_handed_on_when_final(pieces: list[str], expected: list[str]) -> None:
    streamer = Pieces()
    write(streamer, *pieces)
    assert streamer.found == [*((text, False) for text in expected[:-1]), (expected[-1], True)]


def test_prompt_is_left_out_of_every_text() -> None:
    streamer = Pieces(skip_prompt=True)
    write(streamer, "prompt ", "a ")
    write(streamer, "another", "b")
    assert [text for text, _ in streamer.found] == ["a ", "", "", "b"]


def test_decode_options_are_passed_on() -> None:
    streamer = Pieces(upper=True)
    write(streamer, "ab ")
    assert streamer.found[0] == ("AB ", False)


@pytest.mark.parametrize("package", ["torch", "jax.numpy", "tensorflow", "numpy", ""])
@pytest.mark.parametrize("value", [[[104, 105, 32]], [104, 105, 32], 32])
def test_arrays_of_every_framework_are_taken(package: str, value: Any) -> None:
    make: Any = (lambda value: value) if not package else None
    if package:
        module = pytest.importorskip(package)
        make = module.constant if package == "tensorflow" else module.asarray
    streamer = Pieces()
    streamer.put(make(value))
    assert streamer.found == [(" " if value == 32 else "hi ", False)]


def test_several_sequences_raise() -> None:
    with pytest.raises(ValueError, match=r"one sequence \(batch size 1\), got 2"):
        Pieces().put(np.zeros((2, 3), dtype="int64"))


def test_base_must_be_defined() -> None:
    with pytest.raises(NotImplementedError, match="must define put"):
        BaseStreamer().put(1)
    with pytest.raises(NotImplementedError, match="must define end"):
        BaseStreamer().end()


def test_console_shows_text_and_one_line_end(capsys: pytest.CaptureFixture[str]) -> None:
    write(TextStreamer(Letters()), "ab ", "cd")
    assert capsys.readouterr().out == "ab cd\n"


def test_iterator_reads_what_another_thread_writes() -> None:
    streamer = TextIteratorStreamer(Letters(), skip_prompt=True, timeout=10)
    for _ in range(2):  # and again for the next text
        thread = threading.Thread(target=write, args=(streamer, "prompt", "ab ", "cd"))
        thread.start()
        assert list(streamer) == ["ab ", "", "cd"]
        thread.join(10)


def test_iterator_times_out() -> None:
    with pytest.raises(queue.Empty):
        next(TextIteratorStreamer(Letters(), timeout=0.01))


def endless(streamer: Any, done: threading.Event) -> None:
    """A loop like `generate`'s, which would go on for a long time."""
    with streaming(streamer):
        for _ in range(100_000):
            streamer.put(ids("word "))
            time.sleep(0.001)
    done.set()


def test_reader_that_leaves_ends_the_writer() -> None:
    done = threading.Event()
    with TextIteratorStreamer(Letters(), timeout=10) as streamer:
        thread = threading.Thread(target=endless, args=(streamer, done))
        thread.start()
        for text in streamer:
            assert text == "word "
            break
    thread.join(10)
    assert done.is_set()
    assert not thread.is_alive()
    with pytest.raises(StreamClosed, match="has closed it"):
        streamer.put(ids("more"))


def test_writers_error_reaches_the_reader() -> None:
    streamer = TextIteratorStreamer(Letters(), timeout=10)
    raised: list[BaseException] = []

    def work() -> None:
        try:
            with streaming(streamer):
                streamer.put(ids("ab c"))
                raise RuntimeError("out of memory")
        except RuntimeError as error:
            raised.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    read = []
    with pytest.raises(RuntimeError, match="out of memory") as caught:
        for text in streamer:
            read.append(text)
    thread.join(10)
    assert read == ["ab "]
    assert raised == [caught.value]
    write(streamer, "new ")  # nothing of the failed text is left
    assert list(streamer) == ["new ", ""]


def test_streaming_ends_streamers_of_every_kind() -> None:
    class Old:
        ended = 0

        def end(self) -> None:
            self.ended += 1

    old, kept = Old(), Pieces()
    with streaming(old):
        pass
    for streamer in (old, kept, None):
        with pytest.raises(KeyError), streaming(streamer):
            raise KeyError("x")
    assert old.ended == 2
    assert kept.found == [("", True)]
    with streaming(None) as nothing:
        assert nothing is None


def test_async_iterator_reads_what_a_thread_writes() -> None:
    async def read() -> list[str]:
        streamer = AsyncTextIteratorStreamer(Letters(), timeout=10)
        thread = threading.Thread(target=write, args=(streamer, "ab ", "cd"))
        thread.start()
        found = [text async for text in streamer]
        thread.join(10)
        return found

    assert asyncio.run(read()) == ["ab ", "", "cd"]


def test_async_iterator_times_out_and_needs_a_loop() -> None:
    async def wait() -> str:
        return await AsyncTextIteratorStreamer(Letters(), timeout=0.01).__anext__()

    with pytest.raises(TimeoutError):
        asyncio.run(wait())
    with pytest.raises(RuntimeError, match="no running event loop"):
        AsyncTextIteratorStreamer(Letters())


def test_async_error_reaches_the_reader() -> None:
    def work(streamer: Any) -> None:
        with pytest.raises(RuntimeError), streaming(streamer):
            streamer.put(ids("ab "))
            raise RuntimeError("out of memory")

    async def read() -> None:
        streamer = AsyncTextIteratorStreamer(Letters(), timeout=10)
        threading.Thread(target=work, args=(streamer,)).start()
        assert await streamer.__anext__() == "ab "
        with pytest.raises(RuntimeError, match="out of memory"):
            await streamer.__anext__()

    asyncio.run(read())


@pytest.mark.parametrize("polite", [True, False])
def test_async_reader_that_leaves_ends_the_writer(polite: bool) -> None:
    done = threading.Event()

    async def read() -> threading.Thread:
        streamer = AsyncTextIteratorStreamer(Letters(), timeout=10)
        thread = threading.Thread(target=endless, args=(streamer, done))
        thread.start()
        if polite:
            async with streamer:
                assert await streamer.__anext__() == "word "
        else:  # the task is gone, and the event loop with it
            assert await streamer.__anext__() == "word "
        return thread

    thread = asyncio.run(read())
    thread.join(10)
    assert done.is_set()
    assert not thread.is_alive()


def test_streamers_load_no_framework() -> None:
    code = (
        "import sys; from transformers import TextStreamer, StoppingCriteriaList, PhrasalConstraint;"
        "assert not {'torch', 'jax', 'tensorflow', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
