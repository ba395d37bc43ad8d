"""Continuous batching, step by step: what is read, drawn and handed out, for all requests together.

A step's texts run in groups of nearly as many new tokens each: those that write in one, prompts in others. A
group is an ordinary padded batch to the model, so every decoder that is safe with padding can do it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch

from ..layers.cache import DynamicCache
from ..quantization.prepack import fast_products
from ..utils import logging
from .configuration_utils import GenerationConfig
from .continuous_batching.requests import GenerationOutput, RequestState, RequestStatus
from .torch_paged import PagedAttentionCache
from .torch_requests import Own, Requests, scheduler_of
from .torch_rows import PagedRows, Part
from .utils import forward_names


class ContinuousBatchProcessor:
    """Requests, the cache that they share, and the steps.

    emit: gets a `GenerationOutput` for every token, if `streaming`, and one at the end of each request.
    keep: requests keep their blocks when they end, until somebody evicts them.
    """

    def __init__(
        self,
        model: Any,
        config: GenerationConfig,
        emit: Callable[[GenerationOutput], None],
        *,
        streaming: bool = False,
        keep: bool = False,
    ) -> None:
        self.model, self.emit, self.streaming, self.keep = model, emit, streaming, keep
        names = forward_names(model)[0]
        self.extra = {"logits_to_keep": 1} if "logits_to_keep" in names else {}
        self.cut = "position_ids" in names
        self.known = model.get_input_embeddings().num_embeddings
        self.cache = PagedAttentionCache(
            model.config, config, model.device, model.dtype, layer_bytes=layer_bytes(model)
        )
        self.logprobs = bool(vars(config).get("log_prob_generation"))
        self.scheduler = scheduler_of(vars(config).get("scheduler"))(self.cache, keep)

    def add(self, state: RequestState) -> None:
        """Let a request wait; one that could never be begun fails at once."""
        strange = next((x for x in state.full_prompt_ids or () if not 0 <= x < self.known), None)
        reason = self.scheduler.impossible(state)
        if strange is not None:  # on a GPU an index beyond the table would end every text, and the program
            reason = f"token {strange} of the prompt is none of the {self.known} that the model has"
        if reason is None:
            self.scheduler.add_waiting_request(state)
        else:
            self.fail(state, reason)

    def has_pending_requests(self) -> bool:
        """Whether there is anything to do."""
        return self.scheduler.has_pending_requests()

    @torch.no_grad()
    def step(self) -> None:
        """Read what the scheduler chose, and write a token for every text whose prompt has been read."""
        for state in self.scheduler.clear_cancelled_requests():
            self.fail(state, "the request was cancelled")
        groups: dict[tuple[int, int], list[RequestState]] = {}
        for state in self.scheduler.schedule_batch(self.cache.max_batch_tokens):
            groups.setdefault(kind_of(len(state.prompt_ids or ())), []).append(state)
        for states in groups.values():
            self.advance(states)

    def advance(self, states: list[RequestState]) -> None:
        """One step of a group; where that raises, of each of its requests alone, so that one fails alone."""
        try:
            scores = self.scores(states, self.logits(states))
        except Exception as error:
            if len(states) == 1:
                self.fail(states[0], error)
                return
            for state in states:
                self.advance([state])
            return
        likeliest = scores.argmax(dim=-1).tolist()
        for state, row, token in zip(states, scores, likeliest, strict=True):
            if state.done:
                continue
            state.position_offset += len(state.prompt_ids or ())
            self.cache.note_read(state.request_id, state.position_offset)
            if state.remaining_prompt_ids:
                state.status = RequestStatus.SPLIT_PENDING_REMAINDER
                continue
            try:
                if state.sampler is not None:
                    token = drawn(row, state.sampler)
                if self.logprobs:
                    state.logprobs.append(float(torch.log_softmax(row, dim=-1)[token]))
                self.write(state, token, row)
            except Exception as error:
                self.fail(state, error)

    def logits(self, states: list[RequestState]) -> torch.Tensor:
        """The model's judgement (B, V) after the last token that each request reads."""
        parts = []
        for state in states:
            fresh = len(state.prompt_ids or ())
            parts.append(Part(state.request_id, state.position_offset + fresh, fresh))
        rows = PagedRows(self.cache, parts, cut=self.cut)
        ids = [read(state, rows.new) for state in states]
        device = self.model.device
        inputs = {"attention_mask": rows.mask.to(device)} if rows.padded else {}
        if rows.positions is not None:
            inputs["position_ids"] = rows.positions.to(device)
        out = self.model(
            input_ids=torch.tensor(ids, dtype=torch.long, device=device),
            past_key_values=rows,
            use_cache=True,
            return_dict=True,
            **inputs,
            **self.extra,
        )
        if not rows.layers:
            raise ValueError(f"{type(self.model).__name__} did not write its keys and values into the cache")
        return out.logits[:, -1].to(torch.float32)

    def scores(self, states: list[RequestState], logits: torch.Tensor) -> torch.Tensor:
        """The logits (B, V) after the processors of each request; one whose processors raise fails alone."""
        first = states[0].processors
        if states[0].alike and all(state.processors is first for state in states):
            return first(None, logits)  # type: ignore[no-any-return]
        found = []
        for state, row in zip(states, logits[:, None], strict=True):
            if not state.remaining_prompt_ids:
                try:
                    row = state.processors(torch.tensor([state.tokens], device=row.device), row)
                except Exception as error:
                    self.fail(state, error)
            found.append(row)
        return torch.cat(found)

    def write(self, state: RequestState, token: int, scores: torch.Tensor) -> None:
        """Add a token, chosen by scores (V,), to a text, and tell of it."""
        done = state.update_with_token(token, scores)
        if self.streaming and not state.ended():
            out = state.to_generation_output()
            out.status = RequestStatus.DECODING
            self.emit(out)
        if done:
            self.scheduler.finish_request(state.request_id, evict_from_cache=not self.keep)
            self.emit(state.to_generation_output())

    def fail(self, state: RequestState, reason: object) -> None:
        """End a request with an error, and say so."""
        self.scheduler.finish_request(state.request_id)
        state.fail(reason)
        self.emit(state.to_generation_output())

    def fail_all_requests(self, reason: object, more: Iterable[RequestState] = ()) -> None:
        """End whatever is not done."""
        waiting = self.scheduler.waiting_requests.values()
        for state in [*self.scheduler.active_requests.values(), *waiting, *more]:
            self.fail(state, reason)


def kind_of(tokens: int) -> tuple[int, int]:
    """What parts of nearly as many tokens have in common: padding costs a quarter at most where it counts."""
    octave = (tokens - 1).bit_length()
    return octave, (tokens - 1) >> (octave - 3) if octave > 4 else 0


def read(state: RequestState, new: int) -> list[int]:
    """A row of `new` tokens: what a request reads, older tokens of its text before it, and padding."""
    part = state.prompt_ids or []
    if len(part) == new:
        return part
    count = state.position_offset + len(part)
    part = state.tokens[max(count - new, 0) : count]
    return [0] * (new - len(part)) + part


def drawn(scores: torch.Tensor, generator: torch.Generator) -> int:
    """A token by the distribution of scores (V,)."""
    return int(torch.multinomial(torch.softmax(scores[None], dim=-1), 1, generator=generator))


@torch.no_grad()
def layer_bytes(model: Any) -> list[int]:
    """Of keys and values of a token, layer by layer, seen at one token.

    Raises:
        ValueError: the model keeps its past in a form of its own.
    """
    cache = DynamicCache()
    token = torch.zeros((1, 1), dtype=torch.long, device=model.device)
    model(input_ids=token, past_key_values=cache, use_cache=True, return_dict=True)
    if not cache.layers or any(layer.keys is None or layer.keys.shape[2] != 1 for layer in cache.layers):
        raise ValueError(
            f"{type(model).__name__} keeps its past in a form of its own, and continuous batching shares "
            "keys and values, one of each a token: use generate"
        )
    return [int(layer.keys.nbytes + layer.values.nbytes) for layer in cache.layers]


def write_all(
    requests: Requests, inputs: list[list[int]], progress_bar: bool, seeds: list[int] | None, own: Own
) -> dict[str, GenerationOutput]:
    """See `ContinuousMixin.generate_batch`; the work is done in the caller's thread."""
    model, copies = requests.model, requests.copies
    if seeds is not None and len(seeds) != len(inputs) * copies:
        raise ValueError(
            f"there are {len(inputs)} prompts, {copies} texts each, and {len(seeds)} seeds: give one "
            "for each text"
        )
    given: list[int | None] = [None] * len(inputs) * copies if seeds is None else [*seeds]
    states = []
    for index, ids in enumerate(inputs):
        states += requests.make(f"req_{index}", ids, given[index * copies : (index + 1) * copies], own)
    found: dict[str, GenerationOutput] = dict.fromkeys(state.request_id for state in states)  # type: ignore[arg-type]
    if not states:
        return found
    with logging.tqdm(total=len(states), desc="texts", disable=not progress_bar) as bar:

        def note(out: GenerationOutput) -> None:
            found[out.request_id] = out
            bar.update(1)

        processor = ContinuousBatchProcessor(model, requests.config, note)
        processor.cache.shrink(sum(map(processor.scheduler.needed, states)))
        for state in states:
            processor.add(state)
        with fast_products(model, max(state.max_new_tokens for state in states)):
            while processor.has_pending_requests():
                processor.step()
    return found


__all__ = ["ContinuousBatchProcessor", "kind_of", "write_all"]
