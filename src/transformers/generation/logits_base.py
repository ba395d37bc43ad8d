"""What every logits processor shares: base classes, the list that applies them, reading a token buffer."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from .logits_calls import arguments_for


class LogitsProcessor:
    """Base of everything that changes the scores of the next token.

    A call takes `input_ids` (B, T) and `scores` (B, V) and returns new scores.  With `cur_len`, an int or a
    scalar tensor, only the first `cur_len` columns of `input_ids` are tokens and the rest is unused buffer;
    shapes never depend on it, so that a compiled loop can hand over its whole buffer.
    """

    def __call__(self, input_ids, scores, cur_len=None):
        raise NotImplementedError(
            f"{type(self).__name__} does not say what to do with scores: "
            "define __call__(self, input_ids, scores) in it"
        )


class LogitsWarper(LogitsProcessor):
    """Base of processors that reshape a distribution before a token is drawn from it."""


class LogitsProcessorList(list):
    """Processors, applied in order.

    Extra keywords go to the processors whose `__call__` names them.  One that was written without `cur_len`
    sees the tokens only.

    Raises:
        ValueError: a processor needs a keyword that was not given.
    """

    def __call__(self, input_ids, scores, cur_len=None, **kwargs):
        for processor in self:
            extra, names = arguments_for(processor, kwargs)
            tokens = input_ids
            if "cur_len" in names:
                extra["cur_len"] = cur_len
            elif cur_len is not None:
                tokens = input_ids[:, :cur_len]
            scores = processor(tokens, scores, **extra)
        return scores


def token_count(input_ids, cur_len):
    """How many columns of `input_ids` are tokens: an int, or a scalar tensor while a graph is built."""
    return input_ids.shape[-1] if cur_len is None else cur_len


def is_token(input_ids, cur_len, start=0):
    """Which columns from `start` on are tokens, (T,)."""
    column = torch.arange(input_ids.shape[-1], device=input_ids.device)
    return (column >= start) & (column < token_count(input_ids, cur_len))


def last_tokens(input_ids, count, cur_len):
    """The last `count` tokens of each row, (B, count); -1 where a row has fewer."""
    padded = F.pad(input_ids, (count, 0), value=-1)
    if cur_len is None:
        return padded[:, input_ids.shape[-1] :]
    return padded.index_select(1, torch.arange(count, device=input_ids.device) + cur_len)


def choose(flag, chosen, other):
    """`chosen` where `flag`, which may be a plain bool, else `other`."""
    if torch.is_tensor(flag):
        return torch.where(flag, chosen, other)
    return chosen if flag else other


def change_if(flag, change, scores):
    """`change(scores)` where `flag`, which is asked for on the host if it is a plain bool, else `scores`."""
    if torch.is_tensor(flag):
        return torch.where(flag, change(scores), scores)
    return change(scores) if flag else scores


def listed(tokens, scores):
    """Which of the V tokens are in the 1-D `tokens`, (V,); numbers outside the vocabulary are none."""
    size = scores.shape[-1]
    tokens = tokens.to(scores.device)
    places = torch.where((tokens >= 0) & (tokens < size), tokens, torch.full_like(tokens, size))
    marks = torch.zeros(size + 1, dtype=torch.bool, device=scores.device)
    return marks.index_fill(0, places.long(), True)[:size]


def without(tokens, scores):
    """Scores with -inf for `tokens`."""
    return scores.masked_fill(listed(tokens, scores), -float("inf"))


def occurring(ids, where, scores):
    """Which tokens stand in `ids` (B, S) at the places `where`, (B, V)."""
    where = where & (ids >= 0)
    ids = torch.where(where, ids, torch.zeros_like(ids))
    return torch.zeros_like(scores).scatter_add(1, ids.long(), where.to(scores.dtype)) > 0


def forced(tokens, scores):
    """Scores that leave only `tokens`, a tensor or a list: 0 for them, -inf for the rest."""
    tokens = tokens if torch.is_tensor(tokens) else torch.tensor(tokens, device=scores.device)
    return torch.zeros_like(scores).masked_fill(~listed(tokens, scores), -float("inf"))


def token_list(tokens, *, name="eos_token_id", checked=True):
    """A 1-D tensor of token ids, from an int, a list or a tensor.

    Raises:
        ValueError: an id is no whole number, or is negative while `checked`.
    """
    if torch.is_tensor(tokens):
        whole = not (tokens.is_floating_point() or tokens.is_complex())
        tokens = tokens.reshape(-1)
        fine = whole and not (checked and bool((tokens < 0).any()))
    else:
        tokens = [tokens] if isinstance(tokens, int) else tokens
        fine = isinstance(tokens, (list, tuple)) and all(
            isinstance(token, int) and (token >= 0 or not checked) for token in tokens
        )
        fine = fine and bool(tokens)
    if not fine:
        raise ValueError(
            f"{name} is {tokens!r}; it must be a token id, or a list of token ids, from 0 upwards"
        )
    return tokens if torch.is_tensor(tokens) else torch.tensor(list(tokens), dtype=torch.long)


def check_float(name, value, allowed, fits):
    """Raises ValueError unless `value` is a float that `fits`; `allowed` says in words which do."""
    if not isinstance(value, float) or not fits:
        raise ValueError(f"{name} is {value!r}; it must be a float {allowed}")


def check_int(name, value, least):
    """Raises ValueError unless `value` is an int, at least `least`."""
    if not isinstance(value, int) or value < least:
        raise ValueError(f"{name} is {value!r}; it must be an integer, at least {least}")


__all__ = ["LogitsProcessor", "LogitsProcessorList", "LogitsWarper"]
