"""DoLa (arXiv:2309.03883): what the last layer says more strongly than an earlier one.

Of several earlier layers each text takes, at each token, the one whose prediction differs most from the
last. States go through the head as they are, without the norm at the model's end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .decode import draw
from .streamers import streaming
from .task import Record, Task, Tokens

LEAST = 0.1  # tokens below this share of the likeliest one's probability are never chosen
NEUTRAL = -1e-3  # what an earlier layer says about them
MANY = 40  # models with more layers look at 20 of them


def dola_decoding(task: Task) -> Any:
    """Write token by token by the difference between the last layer and earlier ones.

    Raises:
        ValueError: the model reads with an encoder, has no head, or `dola_layers` names no earlier layer.
    """
    if task.pair:
        raise ValueError(
            f"dola_layers works with decoders only, {type(task.model).__name__} has an encoder too"
        )
    layers = layers_of(task.model.config.get_text_config(decoder=True), task.config.dola_layers)
    torch, record = task.torch, Record(task)
    tokens = Tokens(torch, task.ids, task.config.max_length or 0)
    open_rows = torch.ones(task.ids.shape[0], dtype=torch.bool, device=task.ids.device)
    with streaming(task.streamer):
        task.stream(task.ids)
        while task.goes_on(open_rows):
            out = task.driver.run(tokens.ids, **{**record.flags, "output_hidden_states": True})
            logits = out.logits[:, -1].to(torch.float32)
            early = [task.driver.head(out.hidden_states[layer][:, -1]).to(torch.float32) for layer in layers]
            scores = task.processors(tokens.ids, contrast(torch, logits, torch.stack(early, dim=1)))
            record.add(out, logits, scores)
            chosen = draw(torch, scores) if task.config.do_sample else scores.argmax(dim=-1)
            if task.fills:
                chosen = torch.where(open_rows, chosen, torch.full_like(chosen, task.pad))
            tokens.append(chosen)
            task.stream(chosen)
            open_rows = open_rows & ~task.criteria(tokens.ids, record.scores)
    return record.output(tokens.ids)


def layers_of(config: Any, wanted: str | Sequence[int]) -> list[int]:
    """Indices of the hidden states (0 is the embedding) that are compared with the last one.

    "low" is every second layer of the lower half, "high" of the upper half. Where the head is the embedding
    the first states say nothing but the last token, so they are left out.

    Raises:
        ValueError: `wanted` is something else, or holds no layer below the last.
    """
    total = config.num_hidden_layers
    if isinstance(wanted, str):
        first = min(2, max(total - 1, 0)) if config.tie_word_embeddings else 0
        low = range(first, total // 2 if total <= MANY else 20, 2)
        high = range(total // 2 if total <= MANY else total - 20, total, 2)
        found = list({"low": low, "high": high}.get(wanted, ()))
        return found or [first]
    if not isinstance(wanted, list | tuple) or any(not isinstance(layer, int) for layer in wanted):
        raise ValueError(f'dola_layers must be "low", "high" or a list of layers, got {wanted!r}')
    found = [layer for layer in wanted if 0 <= layer < total]
    if not found:
        raise ValueError(f"dola_layers must hold layers from 0 to {total - 1}, got {wanted!r}")
    return found


def contrast(torch: Any, logits: Any, early: Any) -> Any:
    """Scores (B, V) of the last layer's logits (B, V) against those (B, L, V) of earlier ones."""
    base = early[:, 0]
    if early.shape[1] > 1:
        mature, other = torch.log_softmax(logits, dim=-1)[:, None], torch.log_softmax(early, dim=-1)
        middle = 0.5 * (mature.exp() + other.exp())  # (B, L, V)
        distance = sum((middle * (middle.log() - one)).mean(dim=-1) for one in (mature, other))  # (B, L)
        best = distance.argmax(dim=-1)  # (B,)
        base = early[torch.arange(early.shape[0], device=early.device), best]
    last, base = torch.log_softmax(logits, dim=-1), torch.log_softmax(base, dim=-1)
    unlikely = last < last.max(dim=-1, keepdim=True).values + math.log(LEAST)
    base = torch.where(unlikely, torch.full_like(base, NEUTRAL), base)
    return torch.where(unlikely, torch.full_like(last, -math.inf), last) - base


__all__ = ["contrast", "dola_decoding", "layers_of"]
