"""The arithmetic of a step of beam search, for texts that grow and for buffers of a fixed length.

B prompts have K beams each. Scores are sums of log-probabilities (arXiv:1609.08144).
"""

from __future__ import annotations

import torch

LOW = -1.0e9  # the score of what must not be chosen; sums with it stay finite
BLOCK, MANY = 64, 1024  # scores that are looked at together; blocks from which that pays


class Beams:
    """K texts for each of B prompts, best first.

    ids: (B, K, T). scores: (B, K). origins: (B, K, N), the row each new token came from, -1 after the end.
    """

    def __init__(self, ids, scores, origins):
        self.ids, self.scores, self.origins = ids, scores, origins

    def chosen(self, scores, places):
        """The texts at `places` (B, M) among K, with other scores (B, M)."""
        return Beams(rows(self.ids, places), scores, rows(self.origins, places))

    def beside(self, other):
        """These texts and others of the same lengths, (B, K + M)."""
        return Beams(
            torch.cat([self.ids, other.ids], dim=1),
            torch.cat([self.scores, other.scores], dim=1),
            torch.cat([self.origins, other.origins], dim=1),
        )


def rows(x, places):
    """(B, K, T) and (B, M) places among K -> (B, M, T)."""
    return x.gather(1, places[:, :, None].expand(-1, -1, x.shape[2]))


def first_scores(batch, beams, device=None):
    """(B, K): at first all beams are the same one, and only one of them counts."""
    start = torch.zeros((batch, beams), device=device)
    alone = torch.arange(beams, device=device)[None, :] > 0
    return torch.where(alone, torch.full_like(start, LOW), start)


def totals(scores, running):
    """Scores (B * K, V) of the next tokens and those of their beams (B, K) -> of whole texts (B, K * V)."""
    batch, beams = running.shape
    found = scores.reshape(batch, beams, scores.shape[-1]) + running[:, :, None]
    return found.reshape(batch, beams * scores.shape[-1])


def lowered(scores, where):
    """Scores with `LOW` added `where`."""
    return scores + torch.where(where, torch.full_like(scores, LOW), torch.zeros_like(scores))


def running_next(candidates, hits, count):
    """The `count` best candidates that go on, and their places (B, count)."""
    best, order = torch.topk(lowered(candidates.scores, hits), count)
    return candidates.chosen(best, order), order


def ended_next(ended, is_ended, candidates, hits, divisor, open_prompts, early):
    """The ended texts after the candidates that `hits` says have ended came in, and which of them are real.

    divisor: their new tokens ** length_penalty. open_prompts: (B, 1), where an ended text can still come in.
    early: no more of them once there are K.
    """
    count, kept = ended.ids.shape[1], hits.shape[1]
    ends = hits & (torch.arange(kept, device=hits.device)[None, :] < count)
    shut = ~open_prompts
    if early:
        shut = shut | is_ended.all(dim=-1, keepdim=True)
    scores = lowered(lowered(candidates.scores / divisor, shut.expand(-1, kept)), ~ends)
    joined = ended.beside(Beams(candidates.ids, scores, candidates.origins))
    best, order = torch.topk(joined.scores, count)
    return joined.chosen(best, order), torch.cat([is_ended, ends], dim=1).gather(1, order)


def can_improve(running, ended, is_ended, divisor):
    """(B, 1): whether the best running beam would stand above the worst ended text."""
    possible = running.scores[:, :1] / divisor
    worst = ended.scores.min(dim=1, keepdim=True).values
    worst = torch.where(is_ended, worst, torch.full_like(worst, LOW))  # (B, K)
    return (possible > worst).any(dim=-1, keepdim=True)


def largest(x, count):
    """As `torch.topk(x, count)` of (B, N), looking only into the blocks with the largest maxima.

    Among equal ones those of the lowest places, where the framework's `topk` takes those.
    """
    whole = x.shape[1] // BLOCK * BLOCK
    if whole < MANY * BLOCK or count > MANY:
        return torch.topk(x, count)
    blocks = x[:, :whole].reshape(x.shape[0], whole // BLOCK, BLOCK)
    _, found = torch.topk(blocks.amax(dim=2), count)
    found = found.sort(dim=1).values  # (B, count)
    inside = blocks.gather(1, found[:, :, None].expand(-1, -1, BLOCK)).reshape(x.shape[0], count * BLOCK)
    values, places = torch.topk(torch.cat([inside, x[:, whole:]], dim=1), count)
    block = found.gather(1, (places // BLOCK).clamp(max=count - 1))
    rest = places - count * BLOCK  # from 0 on: among what is left behind the last block
    return values, torch.where(rest < 0, block * BLOCK + places % BLOCK, whole + rest)


def drawn(scores, uniform, count):
    """`count` different places of each row of (B, N) scores, as if drawn one after the other.

    uniform: in [0, 1), (B, N). The largest of scores with Gumbel noise are such draws (arXiv:1903.06059).
    Places of -inf come last.
    """
    tiny = torch.finfo(torch.float32).tiny
    noise = -torch.log(-torch.log(uniform.float().clamp(min=tiny)))
    return torch.topk(scores.float() + noise, count).indices


__all__ = ["Beams", "LOW"]
