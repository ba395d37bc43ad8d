"""Assisted decoding (arXiv:2211.17192): a draft of several tokens is checked in one step of the model.

Greedy texts are those of greedy search, sampled ones have the distribution of sampling.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from .candidates_lookup import api_of
from .config_checks import STATIC_CACHES
from .decode import draw
from .drafting import generator_of
from .streamers import streaming
from .task import Record, Task


def assisted_decoding(task: Task) -> Any:
    """Write with drafts by an assistant, by the model's first layers or by looking at the prompt.

    Raises:
        ValueError: there are several texts, or the cache is off or cannot forget tokens.
    """
    check(task)
    torch, record = task.torch, Record(task)
    generator = generator_of(task)
    ids, going, first = task.ids, True, True
    with streaming(task.streamer):
        task.stream(ids)
        while going:
            length = ids.shape[1]
            candidates, drafted = generator.get_candidates(ids)
            candidates = candidates.to(ids.device)
            count = candidates.shape[1] - length
            out = task.driver.run(candidates, keep=count + 1, **record.flags)
            logits = out.logits[:, -(count + 1) :].to(torch.float32)  # (1, n + 1, V)
            scores = torch.stack(
                [task.processors(candidates[:, : length + n], logits[:, n]) for n in range(count + 1)], dim=1
            )
            matches, tokens = verify(task, candidates[:, length:], drafted, scores)
            for place in range(tokens.shape[1]):
                record.add(_at(task, record, out, place, first, length), logits[:, place], scores[:, place])
                ids = torch.cat([ids, tokens[:, place : place + 1]], dim=1)
                task.stream(tokens[:, place])
                going = not bool(task.criteria(ids, record.scores).all())
                if not going:
                    break
            task.driver.crop(ids.shape[1] - 1)
            first = False
            going = going if task.still_needed is None else task.still_needed(going)
            generator.update_candidate_strategy(ids, scores, matches)
    if (finish := getattr(generator, "finish", None)) is not None:
        finish()
    return record.output(ids)


def check(task: Task) -> None:
    """Raise ValueError for what a draft cannot be checked in."""
    config = task.config
    if (config.num_return_sequences or 1) > 1:
        raise ValueError(
            "drafts are made for one text at a time: num_return_sequences "
            f"({config.num_return_sequences}) must be 1"
        )
    if task.ids.shape[0] > 1:
        raise ValueError(f"drafts are made for one text at a time, got {task.ids.shape[0]}: pass one prompt")
    if not task.driver.caches:
        raise ValueError("drafts need use_cache=True: they are checked against the cached text")
    fixed = task.runtime.framework == "pt" and getattr(task.driver.cache, "get_max_cache_shape", int)() > 0
    if config.cache_implementation in STATIC_CACHES or fixed:
        raise ValueError(
            "drafts need a cache that forgets tokens, not one of fixed length: leave "
            "cache_implementation unset"
        )


def verify(task: Task, draft: Any, drafted: Any, scores: Any) -> tuple[int, Any]:
    """How many tokens of a draft (1, n) stand, and those with the token that follows them, (1, m + 1).

    drafted: the draft's scores (1, n, V), or None. scores: the model's, (1, n + 1, V).
    """
    torch, count = task.torch, draft.shape[1]
    if task.config.do_sample and drafted is not None and count:
        return speculate(torch, draft, drafted, scores)
    sampled = task.config.do_sample
    chosen = draw(torch, scores[0])[None] if sampled else scores.argmax(dim=-1)  # (1, n + 1)
    pairs = zip(draft[0].tolist(), chosen[0].tolist(), strict=False)
    matches = next((place for place, (one, other) in enumerate(pairs) if one != other), count)
    return matches, chosen[:, : matches + 1]


def speculate(torch: Any, draft: Any, drafted: Any, scores: Any) -> tuple[int, Any]:
    """Speculative sampling: tokens stand with probability min(1, p / q), one more is drawn from what is left.

    p is the model's distribution, q the draft's; arguments are those of `verify`.
    """
    count, V = draft.shape[1], scores.shape[-1]
    p, q = torch.softmax(scores[0], dim=-1), torch.softmax(drafted[0], dim=-1)
    if q.shape[-1] < V:
        q = torch.cat([q, torch.zeros((count, V - q.shape[-1]), dtype=q.dtype, device=q.device)], dim=1)
    q = q[:, :V].to(p.device)
    chance = p[:count].gather(1, draft[0][:, None]) / q.gather(1, draft[0][:, None])  # (n, 1)
    stands = (torch.rand((count, 1), device=p.device) <= chance)[:, 0].tolist()
    matches = next((place for place, stood in enumerate(stands) if not stood), count)
    left = p[matches]
    if matches < count:
        rest = (p[matches] - q[matches]).clamp(min=0.0)
        left = torch.where(rest.sum() > 0, rest, left)
    last = torch.multinomial(left[None] / left.sum(), num_samples=1)  # (1, 1)
    return matches, torch.cat([draft[:, :matches], last], dim=1)


def speculative_sampling(
    candidate_input_ids: Any,
    candidate_logits: Any,
    candidate_length: int,
    new_logits: Any,
    is_done_candidate: bool,
) -> tuple[Any, Any]:
    """The tokens (1, m + 1) that stand of a draft and the one after them, and m as a scalar tensor.

    candidate_input_ids: (1, T + n), the text with the draft. candidate_logits: (1, n, V), the draft's;
    new_logits: (1, n + 1, V), the model's. is_done_candidate: the draft ends the text: nothing follows it.
    """
    torch = api_of(candidate_input_ids)
    draft = candidate_input_ids[:, -candidate_length:]
    count, valid = speculate(torch, draft, candidate_logits, new_logits)
    if is_done_candidate and count == candidate_length:
        count, valid = count - 1, valid[:, :count]
    return valid, torch.tensor(count)


def _at(task: Task, record: Record, out: Any, place: int, first: bool, length: int) -> Any:
    """The states of one of the tokens that a step computed; in the first step the prompt's with the first."""
    if not record.flags:
        return None
    start = task.driver.prompt_length(length)
    found = {}
    for name in (
        "hidden_states",
        "decoder_hidden_states",
        "attentions",
        "decoder_attentions",
        "cross_attentions",
    ):
        layers = getattr(out, name, None)
        if layers is None:
            continue
        begin = start - 1 + place if first else place
        rows = slice(0 if first and not place else begin, begin + 1)
        if name.endswith("hidden_states"):
            found[name] = tuple(layer[:, rows] for layer in layers)
        elif name == "cross_attentions":
            found[name] = tuple(layer[:, :, rows] for layer in layers)
        else:
            found[name] = tuple(layer[:, :, rows, : start + place] for layer in layers)
    return SimpleNamespace(**found)


__all__ = ["assisted_decoding", "speculate", "speculative_sampling", "verify"]
