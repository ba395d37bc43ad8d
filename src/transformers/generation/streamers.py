"""Text as it is written: to the console, to a loop in another thread, to an asyncio task.

`generate` hands a streamer the prompt, then token after token, then the end. `streaming` is how a loop does
so: whatever happens, the streamer hears of the end, and a consumer that has gone ends the loop.
"""

from __future__ import annotations

import asyncio
import queue
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from ..tokenization.wordpiece import is_chinese
from ..utils.tensors import is_tensor, to_numpy


class StreamClosed(Exception):
    """Raised by `put` when nobody reads the text any more."""


class BaseStreamer:
    """Base of all streamers; a subclass defines `put` and `end`."""

    def put(self, value: Any) -> None:
        """Take the prompt (B, T), then the new tokens of each step, (B,)."""
        raise NotImplementedError(f"{type(self).__name__} must define put(value)")

    def end(self) -> None:
        """Hear that no more comes."""
        raise NotImplementedError(f"{type(self).__name__} must define end()")

    def fail(self, error: BaseException) -> None:
        """Hear that no more comes because of an error; the same as `end` unless a subclass passes it on."""
        self.end()


@contextmanager
def streaming(streamer: Any) -> Iterator[Any]:
    """Around a loop that writes to `streamer`: ends it, or passes an error on and raises it again.

    The loop is left in silence when the consumer has closed the streamer. None is allowed, and an object that
    only has `put` and `end`.
    """
    try:
        yield streamer
    except StreamClosed:
        return
    except BaseException as error:
        if (fail := getattr(streamer, "fail", None)) is not None:
            fail(error)
        elif streamer is not None:
            streamer.end()
        raise
    if streamer is not None:
        streamer.end()


def _ids(value: Any) -> list[int]:
    """Token ids of one sequence, given as (T,), (1, T), a list or a single id.

    Raises:
        ValueError: there are several sequences.
    """
    found = to_numpy(value).tolist() if is_tensor(value) or hasattr(value, "__array__") else value
    if isinstance(found, list | tuple) and found and isinstance(found[0], list | tuple):
        if len(found) > 1:
            raise ValueError(f"a text streamer takes one sequence (batch size 1), got {len(found)}")
        found = found[0]
    return [int(token) for token in found] if isinstance(found, list | tuple) else [int(found)]


class TextStreamer(BaseStreamer):
    """Prints text as soon as it is final: whole words, whole lines, Chinese characters one by one.

    Args:
        tokenizer: of the model.
        skip_prompt: leave out the first thing put, the prompt.
        decode_kwargs: of `tokenizer.decode`, such as `skip_special_tokens=True`.

    Raises:
        ValueError: from `put`, for more than one sequence.
    """

    def __init__(self, tokenizer: Any, skip_prompt: bool = False, **decode_kwargs: Any) -> None:
        self.tokenizer = tokenizer
        self.skip_prompt = skip_prompt
        self.decode_kwargs = decode_kwargs
        self.token_cache: list[int] = []  # of the line that is being written
        self.print_len = 0  # characters of it that were handed on
        self.next_tokens_are_prompt = True

    def put(self, value: Any) -> None:
        """Take token ids of one sequence, and hand on what is final of their text."""
        tokens = _ids(value)
        prompt, self.next_tokens_are_prompt = self.next_tokens_are_prompt, False
        if prompt and self.skip_prompt:
            return
        self.token_cache.extend(tokens)
        text = self.tokenizer.decode(self.token_cache, **self.decode_kwargs)
        if text.endswith("\n"):
            final = text[self.print_len :]
            self._new_line()
        else:
            # A word may go on until a space follows; part of a character shows as a replacement for now.
            whole = bool(text) and is_chinese(text[-1])
            final = text[self.print_len : len(text) if whole else text.rfind(" ") + 1]
            self.print_len += len(final)
        self.on_finalized_text(final)

    def end(self) -> None:
        """Hand on the rest, and be ready for another text."""
        rest = ""
        if self.token_cache:
            rest = self.tokenizer.decode(self.token_cache, **self.decode_kwargs)[self.print_len :]
            self._new_line()
        self.next_tokens_are_prompt = True
        self.on_finalized_text(rest, stream_end=True)

    def _new_line(self) -> None:
        self.token_cache = []
        self.print_len = 0

    def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
        """Take a piece of final text: it is written to standard output, with a line's end after the last."""
        sys.stdout.write(f"{text}\n" if stream_end else text)
        sys.stdout.flush()


class _Failure:
    """An error on its way to the reader."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


class _QueueStreamer(TextStreamer):
    """What the two streamers for a reader elsewhere share: a queue, errors passed on, and closing."""

    text_queue: Any

    def __init__(
        self, tokenizer: Any, skip_prompt: bool, timeout: float | None, **decode_kwargs: Any
    ) -> None:
        super().__init__(tokenizer, skip_prompt, **decode_kwargs)
        self.stop_signal: str | None = None
        self.timeout = timeout
        self.closed = False

    def _send(self, value: Any) -> None:
        raise NotImplementedError(f"{type(self).__name__} must define _send(value)")

    def put(self, value: Any) -> None:
        """Take token ids of one sequence.

        Raises:
            StreamClosed: the reader has closed the streamer.
        """
        if self.closed:
            raise StreamClosed("the reader of this streamer has closed it")
        super().put(value)

    def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
        """Put a piece of final text, and the end after the last, into the queue."""
        self._send(text)
        if stream_end:
            self._send(self.stop_signal)

    def fail(self, error: BaseException) -> None:
        """Have the reader raise `error`, after the text that was final before."""
        self._new_line()
        self.next_tokens_are_prompt = True
        self._send(_Failure(error))

    def close(self) -> None:
        """Stop reading: the next `put` raises StreamClosed, which ends `generate`."""
        self.closed = True

    def _received(self, value: Any, stop: type[Exception]) -> str:
        """A piece of text; `stop` is raised after the last, and the writer's error if there was one."""
        if isinstance(value, _Failure):
            raise value.error
        if value == self.stop_signal:
            raise stop
        return str(value)


class TextIteratorStreamer(_QueueStreamer):
    """Text for a loop in one thread while `generate` runs in another.

    An error there is raised by the loop too. `close`, or leaving `with`, ends `generate` at its next token.

    Args:
        tokenizer: of the model.
        skip_prompt: leave out the prompt.
        timeout: seconds to wait for a piece of text; `queue.Empty` is raised after that. None waits on.
        decode_kwargs: of `tokenizer.decode`.

    Example:
        with TextIteratorStreamer(tokenizer) as streamer:
            Thread(target=model.generate, kwargs={**inputs, "streamer": streamer}).start()
            for text in streamer: ...
    """

    def __init__(
        self, tokenizer: Any, skip_prompt: bool = False, timeout: float | None = None, **decode_kwargs: Any
    ) -> None:
        super().__init__(tokenizer, skip_prompt, timeout, **decode_kwargs)
        self.text_queue = queue.Queue()

    def _send(self, value: Any) -> None:
        self.text_queue.put(value, timeout=self.timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        return self._received(self.text_queue.get(timeout=self.timeout), StopIteration)


class AsyncTextIteratorStreamer(_QueueStreamer):
    """Text for an asyncio task while `generate` runs in another thread; made inside the running loop.

    An error there is raised by the task too. `close`, leaving `async with`, or the end of the event loop ends
    `generate` at its next token.

    Args:
        tokenizer: of the model.
        skip_prompt: leave out the prompt.
        timeout: seconds to wait for a piece of text; TimeoutError is raised after that. None waits on.
        decode_kwargs: of `tokenizer.decode`.

    Raises:
        RuntimeError: no event loop is running.
    """

    def __init__(
        self, tokenizer: Any, skip_prompt: bool = False, timeout: float | None = None, **decode_kwargs: Any
    ) -> None:
        self.loop = asyncio.get_running_loop()
        super().__init__(tokenizer, skip_prompt, timeout, **decode_kwargs)
        self.text_queue = asyncio.Queue()

    def _send(self, value: Any) -> None:
        try:
            self.loop.call_soon_threadsafe(self.text_queue.put_nowait, value)
        except RuntimeError:  # the event loop has ended, and its reader with it
            self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        self.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        async with asyncio.timeout(self.timeout):
            value = await self.text_queue.get()
        return self._received(value, StopAsyncIteration)


__all__ = [
    "AsyncTextIteratorStreamer",
    "BaseStreamer",
    "StreamClosed",
    "TextIteratorStreamer",
    "TextStreamer",
    "streaming",
]
