"""Greedy search and sampling: one token for every row, until all are done."""

from __future__ import annotations

from typing import Any

from .streamers import streaming
from .task import Record, Task, Tokens


def decode(task: Task) -> Any:
    """Write token by token, the likeliest one or, with `do_sample`, a drawn one.

    Returns (B, T) ids, or the output that `return_dict_in_generate` asks for.
    """
    torch, record = task.torch, Record(task)
    tokens = Tokens(torch, task.ids, task.config.max_length or 0)
    open_rows = torch.ones(task.ids.shape[0], dtype=torch.bool, device=task.ids.device)
    fills = task.fills
    with streaming(task.streamer):
        task.stream(task.ids)
        while task.goes_on(open_rows):
            out = task.driver.run(tokens.ids, **record.flags)
            logits = out.logits[:, -1].to(torch.float32)
            scores = task.processors(tokens.ids, logits)
            record.add(out, logits, scores)
            chosen = draw(torch, scores) if task.config.do_sample else scores.argmax(dim=-1)
            if fills:
                chosen = torch.where(open_rows, chosen, torch.full_like(chosen, task.pad))
            tokens.append(chosen)
            task.stream(chosen)
            open_rows = open_rows & ~task.criteria(tokens.ids, record.scores)
    return record.output(tokens.ids)


def draw(torch: Any, scores: Any, count: int = 1) -> Any:
    """One token (B,) by the distribution of each row of (B, V) scores; `count` different ones, (B, count)."""
    found = torch.multinomial(torch.softmax(scores, dim=-1), num_samples=count)
    return found.squeeze(1) if count == 1 else found


__all__ = ["decode", "draw"]
