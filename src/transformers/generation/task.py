"""One call of `generate`: what every loop is given, and what it notes down for the output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .configuration_utils import GenerationConfig
from .prepare import state_flags
from .runtime import Runtime


@dataclass
class Task:
    """What a loop works with.

    model: who writes. runtime: what it computes with. driver: runs the model, keeps its cache.
    config: the settings, lengths and special tokens resolved. ids: (B, T), what stands already.
    processors, criteria: of scores and of texts. pair: whether an encoder reads the prompt.
    place: what is needed to put a tensor beside the model. extra: whatever only one strategy needs.
    """

    model: Any
    runtime: Runtime
    driver: Any
    config: GenerationConfig
    ids: Any
    processors: Any
    criteria: Any
    pair: bool
    streamer: Any = None
    still_needed: Callable[[bool], bool] | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def torch(self) -> Any:
        """The torch API of the loop."""
        return self.runtime.torch

    @property
    def pad(self) -> int | None:
        """The token that fills rows which are done."""
        return self.config.pad_token_id

    @property
    def ends(self) -> list[int]:
        """The tokens that end a text."""
        eos = self.config.eos_token_id
        return [] if eos is None else [eos] if isinstance(eos, int) else list(eos)

    @property
    def fills(self) -> bool:
        """Whether rows can be done before others."""
        return any(hasattr(criterion, "eos_token_id") for criterion in self.criteria)

    def goes_on(self, open_rows: Any) -> bool:
        """Whether there is a row left to write, here or on another device of the group."""
        going = bool(open_rows.any())
        return going if self.still_needed is None else self.still_needed(going)

    def stream(self, tokens: Any) -> None:
        """Hand tokens to the streamer, if there is one."""
        if self.streamer is not None:
            self.streamer.put(tokens.cpu() if self.runtime.framework == "pt" else self.runtime.array(tokens))


class Record:
    """Scores and states of every step, where the caller wants them."""

    def __init__(self, task: Task) -> None:
        config = task.config
        full = bool(config.return_dict_in_generate)
        self.task = task
        self.full = full
        self.flags = state_flags(config)
        self.scores: tuple[Any, ...] | None = () if full and config.output_scores else None
        self.logits: tuple[Any, ...] | None = () if full and config.output_logits else None
        self.states: dict[str, tuple[Any, ...]] = {}

    def add(self, out: Any, logits: Any, scores: Any, repeats: int = 1) -> None:
        """Note one step: the model's output, and its (B, V) logits before and after the processors.

        repeats: how often each row of `out` stands for one of the loop's rows.
        """
        if self.scores is not None:
            self.scores += (scores,)
        if self.logits is not None:
            self.logits += (logits,)
        if not self.flags:
            return
        names = (
            ("decoder_attentions", "cross_attentions", "decoder_hidden_states")
            if self.task.pair
            else ("attentions", "hidden_states")
        )
        for name in names:
            wanted = "output_hidden_states" if name.endswith("hidden_states") else "output_attentions"
            if wanted in self.flags:
                value = getattr(out, name, None)
                if value is not None and repeats > 1:
                    value = on_arrays(value, lambda part: self.task.runtime.repeated(part, repeats))
                self.states[name] = (*self.states.get(name, ()), value)

    def output(self, ids: Any, beam: dict[str, Any] | None = None) -> Any:
        """What `generate` returns: the ids, or the dataclass of this kind of model and search."""
        if not self.full:
            return ids
        from . import outputs

        task = self.task
        search = "" if beam is None else "Beam"
        kind = f"Generate{search}{'EncoderDecoder' if task.pair else 'DecoderOnly'}Output"
        found = {"sequences": ids, "scores": self.scores, "logits": self.logits}
        found |= {**self.states, **(beam or {})}
        if task.pair:
            encoded = task.driver.encoder_outputs
            for name in ("attentions", "hidden_states"):
                if f"output_{name}" in self.flags:
                    found[f"encoder_{name}"] = getattr(encoded, name, None)
        found["past_key_values"] = task.driver.cache
        return getattr(outputs, kind)(**{name: value for name, value in found.items() if value is not None})


def on_arrays(value: Any, function: Callable[[Any], Any]) -> Any:
    """`function` of an array, or of every one in a tuple of them, or of tuples."""
    if isinstance(value, tuple | list):
        return tuple(on_arrays(part, function) for part in value)
    return function(value)


class Tokens:
    """Token ids (B, T) in a buffer with room for those to come."""

    def __init__(self, torch: Any, ids: Any, room: int) -> None:
        self._torch = torch
        self.length = ids.shape[1]
        self._buffer = self._grown(ids, min(max(room, self.length), self.length + 512))

    def _grown(self, ids: Any, room: int) -> Any:
        torch, (rows, length) = self._torch, ids.shape
        extra = torch.zeros((rows, room - length), dtype=ids.dtype, device=ids.device)
        return torch.cat([ids, extra], dim=1)

    @property
    def ids(self) -> Any:
        """All tokens so far (B, T)."""
        return self._buffer[:, : self.length]

    def append(self, tokens: Any) -> None:
        """Add one token (B,) to each row."""
        if self.length == self._buffer.shape[1]:
            self._buffer = self._grown(self._buffer, 2 * self.length + 8)
        self._buffer[:, self.length] = tokens
        self.length += 1


__all__ = ["Record", "Task", "Tokens"]
