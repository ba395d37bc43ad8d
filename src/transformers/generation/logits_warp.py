"""Processors that need the scores alone: temperature, and rules that cut the tail of a distribution."""

from __future__ import annotations

import torch

from .logits_base import LogitsProcessor, LogitsWarper, check_float, check_int


class TemperatureLogitsWarper(LogitsWarper):
    """Scores divided by `temperature`: below 1 sharper, above 1 flatter.

    Raises:
        ValueError: `temperature` is no float above 0.
    """

    def __init__(self, temperature):
        if temperature == 0.0 and isinstance(temperature, float):
            raise ValueError("temperature is 0.0, which divides by zero: for the best token do_sample=False")
        check_float("temperature", temperature, "above 0", isinstance(temperature, float) and temperature > 0)
        self.temperature = temperature

    def __call__(self, input_ids, scores, cur_len=None):
        return scores / self.temperature


class TopKLogitsWarper(LogitsWarper):
    """Keeps the `top_k` highest scores, and what equals the last of them (arXiv:1805.04833).

    Args:
        top_k: how many tokens to keep.
        filter_value: what the others get.
        min_tokens_to_keep: keeps at least so many.

    Raises:
        ValueError: `top_k` is no integer above 0.
    """

    def __init__(self, top_k, filter_value=-float("inf"), min_tokens_to_keep=1):
        check_int("top_k", top_k, 1)
        self.top_k = max(top_k, min_tokens_to_keep)
        self.filter_value = filter_value

    def __call__(self, input_ids, scores, cur_len=None):
        return scores.masked_fill(scores < _kth_highest(scores, self.top_k), self.filter_value)


class TopPLogitsWarper(LogitsWarper):
    """Keeps the fewest most likely tokens that together have probability `top_p` (arXiv:1904.09751).

    Args:
        top_p: from 0 to 1.
        filter_value: what the others get.
        min_tokens_to_keep: keeps at least so many.

    Raises:
        ValueError: an argument out of its range.
    """

    def __init__(self, top_p, filter_value=-float("inf"), min_tokens_to_keep=1):
        top_p = float(top_p)
        check_float("top_p", top_p, "from 0 to 1", 0 <= top_p <= 1.0)
        check_int("min_tokens_to_keep", min_tokens_to_keep, 1)
        self.top_p = top_p
        self.filter_value = filter_value
        self.min_tokens_to_keep = min_tokens_to_keep

    def __call__(self, input_ids, scores, cur_len=None):
        ordered, places = torch.sort(scores, dim=-1, descending=False)
        tail = ordered.softmax(dim=-1).cumsum(dim=-1)  # probability of a token and all less likely ones
        rank = _descending_ranks(scores)
        dropped = (tail <= 1 - self.top_p) & (rank >= self.min_tokens_to_keep)
        return scores.masked_fill(dropped.scatter(-1, places, dropped), self.filter_value)


class MinPLogitsWarper(LogitsWarper):
    """Drops tokens less likely than `min_p` times the likeliest (arXiv:2407.01082).

    Args:
        min_p: from 0 to 1.
        filter_value: what dropped tokens get.
        min_tokens_to_keep: keeps at least so many.

    Raises:
        ValueError: an argument out of its range.
    """

    def __init__(self, min_p, filter_value=-float("inf"), min_tokens_to_keep=1):
        check_float("min_p", float(min_p), "from 0 to 1", 0 <= min_p <= 1.0)
        check_int("min_tokens_to_keep", min_tokens_to_keep, 1)
        self.min_p = min_p
        self.filter_value = filter_value
        self.min_tokens_to_keep = min_tokens_to_keep

    def __call__(self, input_ids, scores, cur_len=None):
        likely = scores.softmax(dim=-1)
        dropped = likely < self.min_p * likely.amax(dim=-1, keepdim=True)
        if self.min_tokens_to_keep > 1:
            places = torch.argsort(scores, dim=-1, descending=True)
            kept = (torch.zeros_like(places) + torch.arange(scores.shape[-1], device=scores.device)) < (
                self.min_tokens_to_keep
            )
            dropped = dropped & ~kept.scatter(-1, places, kept)
        return scores.masked_fill(dropped, self.filter_value)


class TypicalLogitsWarper(LogitsWarper):
    """Keeps the tokens whose information is nearest the entropy, up to probability `mass` (arXiv:2202.00666).

    Args:
        mass: strictly between 0 and 1.
        filter_value: what the others get.
        min_tokens_to_keep: keeps at least so many.

    Raises:
        ValueError: an argument out of its range.
    """

    def __init__(self, mass=0.9, filter_value=-float("inf"), min_tokens_to_keep=1):
        mass = float(mass)
        check_float("typical_p (mass)", mass, "between 0 and 1", 0 < mass < 1)
        check_int("min_tokens_to_keep", min_tokens_to_keep, 1)
        self.mass = mass
        self.filter_value = filter_value
        self.min_tokens_to_keep = min_tokens_to_keep

    def __call__(self, input_ids, scores, cur_len=None):
        logs = scores.log_softmax(dim=-1)
        parts = logs * logs.exp()
        entropy = -torch.where(torch.isnan(parts), torch.zeros_like(parts), parts).sum(-1, keepdim=True)
        distance = (-logs - entropy).abs()
        nearest, places = torch.sort(distance, dim=-1, descending=False)
        reached = scores.gather(-1, places).softmax(dim=-1).cumsum(dim=-1)
        last = (reached < self.mass).long().sum(dim=-1, keepdim=True).clamp(max=scores.shape[-1] - 1)
        dropped = nearest > nearest.gather(-1, last)
        rank = torch.arange(scores.shape[-1], device=scores.device)
        dropped = dropped & (rank >= self.min_tokens_to_keep)
        return scores.masked_fill(dropped.scatter(-1, places, dropped), self.filter_value)


class EpsilonLogitsWarper(LogitsWarper):
    """Drops tokens less likely than `epsilon` (arXiv:2210.15191).

    Args:
        epsilon: strictly between 0 and 1.
        filter_value: what dropped tokens get.
        min_tokens_to_keep: keeps at least so many of the highest.

    Raises:
        ValueError: an argument out of its range.
    """

    def __init__(self, epsilon, filter_value=-float("inf"), min_tokens_to_keep=1):
        epsilon = float(epsilon)
        check_float("epsilon_cutoff (epsilon)", epsilon, "between 0 and 1", 0 < epsilon < 1)
        check_int("min_tokens_to_keep", int(min_tokens_to_keep), 1)
        self.epsilon = epsilon
        self.filter_value = filter_value
        self.min_tokens_to_keep = int(min_tokens_to_keep)

    def __call__(self, input_ids, scores, cur_len=None):
        dropped = scores.softmax(dim=-1) < self.epsilon
        dropped = dropped & (scores < _kth_highest(scores, self.min_tokens_to_keep))
        return scores.masked_fill(dropped, self.filter_value)


class EtaLogitsWarper(LogitsWarper):
    """Drops tokens less likely than min(epsilon, sqrt(epsilon) exp(-entropy)) (arXiv:2210.15191).

    Args:
        epsilon: strictly between 0 and 1.
        filter_value: what dropped tokens get.
        min_tokens_to_keep: keeps at least so many of the highest.
        device: accepted; the scores' device is used.

    Raises:
        ValueError: an argument out of its range.
    """

    def __init__(self, epsilon, filter_value=-float("inf"), min_tokens_to_keep=1, device="cpu"):
        epsilon = float(epsilon)
        check_float("eta_cutoff (epsilon)", epsilon, "between 0 and 1", 0 < epsilon < 1)
        check_int("min_tokens_to_keep", int(min_tokens_to_keep), 1)
        self.epsilon = epsilon
        self.filter_value = filter_value
        self.min_tokens_to_keep = int(min_tokens_to_keep)

    def __call__(self, input_ids, scores, cur_len=None):
        logs = scores - scores.logsumexp(dim=-1, keepdim=True)
        likely = logs.softmax(dim=-1)
        finite = logs.clamp(min=torch.finfo(logs.dtype).min)  # 0 log 0 is 0
        entropy = -(finite * likely).sum(dim=-1, keepdim=True)
        cut = (self.epsilon**0.5 * torch.exp(-entropy)).clamp(max=self.epsilon)
        dropped = (scores.softmax(dim=-1) < cut) & (scores < _kth_highest(scores, self.min_tokens_to_keep))
        return scores.masked_fill(dropped, self.filter_value)


class LogitNormalization(LogitsWarper):
    """Log-probabilities: the exponentials of the scores sum to 1."""

    def __call__(self, input_ids, scores, cur_len=None):
        return scores.log_softmax(dim=-1)


class InfNanRemoveLogitsProcessor(LogitsProcessor):
    """NaN becomes 0, infinities become the largest and smallest finite numbers of the dtype."""

    def __call__(self, input_ids, scores, cur_len=None):
        limits = torch.finfo(scores.dtype)
        return torch.nan_to_num(scores, nan=0.0, posinf=limits.max, neginf=limits.min)


def top_k_top_p_filtering(logits, top_k=0, top_p=1.0, filter_value=-float("inf"), min_tokens_to_keep=1):
    """Keep the `top_k` highest of the logits (B, V), then those that together have probability `top_p`.

    `top_k=0` keeps all; so does a `top_p` outside [0, 1].  Returns new logits.
    """
    if top_k > 0:
        logits = TopKLogitsWarper(top_k, filter_value, min_tokens_to_keep)(None, logits)
    if 0 <= top_p <= 1.0:
        logits = TopPLogitsWarper(top_p, filter_value, min_tokens_to_keep)(None, logits)
    return logits


def _kth_highest(scores, count):
    """The `count`-th highest score of each row, or the lowest where V is smaller, (B, 1)."""
    return torch.topk(scores, min(count, scores.shape[-1])).values[..., -1:]


def _descending_ranks(scores):
    """V - 1 down to 0: how many tokens stand above a place in ascending order, (V,)."""
    return scores.shape[-1] - 1 - torch.arange(scores.shape[-1], device=scores.device)


__all__ = [
    "EpsilonLogitsWarper",
    "EtaLogitsWarper",
    "InfNanRemoveLogitsProcessor",
    "LogitNormalization",
    "MinPLogitsWarper",
    "TemperatureLogitsWarper",
    "TopKLogitsWarper",
    "TopPLogitsWarper",
    "TypicalLogitsWarper",
    "top_k_top_p_filtering",
]
