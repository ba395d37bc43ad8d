"""SynthID: tournament sampling with hashed n-grams (doi:10.1038/s41586-024-08025-4)."""

from __future__ import annotations

import torch

from .logits_base import LogitsProcessor

MULTIPLIER, INCREMENT = 6364136223846793005, 1
LARGEST_TABLE = 2**24


class SynthIDTextWatermarkState:
    """What a generation remembers: the last tokens (B, n - 1), hashes of contexts (B, H), calls so far."""

    def __init__(self, batch_size, ngram_len, context_history_size, device="cpu"):
        self.context = torch.zeros((batch_size, ngram_len - 1), dtype=torch.long, device=device)
        self.context_history = torch.zeros(
            (batch_size, context_history_size), dtype=torch.long, device=device
        )
        self.num_calls = 0


class SynthIDTextWatermarkLogitsProcessor(LogitsProcessor):
    """Lets tokens win tournaments by bits that secret keys and the tokens before them decide.

    It keeps the state of one generation, so a call cannot be part of a compiled graph.  Hashes are 64-bit
    integers: over JAX they must be switched on (`jax_enable_x64`).

    Args:
        ngram_len: n, tokens that decide a bit, the new one among them.
        keys: one integer per layer of the tournament.
        sampling_table_size: bits of the random table, at most 2**24.
        sampling_table_seed: its seed.
        context_history_size: contexts that are remembered; one that comes back is not marked again.
        device: where the table lies.
        skip_first_ngram_calls: leave the first n - 1 tokens alone.
        debug_mode: mark equal scores in place of the model's.

    Raises:
        ValueError: the table is too large; at a call: `input_ids` is not (B, T).
        RuntimeError: integers of 64 bits are switched off.
    """

    def __init__(
        self,
        ngram_len,
        keys,
        sampling_table_size,
        sampling_table_seed,
        context_history_size,
        device="cpu",
        skip_first_ngram_calls=False,
        debug_mode=False,
    ):
        if sampling_table_size > LARGEST_TABLE:
            raise ValueError(
                f"sampling_table_size is {sampling_table_size}; it must be at most {LARGEST_TABLE}"
            )
        if torch.zeros(1, dtype=torch.long).element_size() < 8:
            raise RuntimeError("this watermark hashes with 64-bit integers: switch jax_enable_x64 on")
        from .green_lists import coin_table

        self.ngram_len = ngram_len
        self.keys = torch.tensor(list(keys), dtype=torch.long, device=device)
        table = coin_table(sampling_table_seed, sampling_table_size)
        self.sampling_table = torch.from_numpy(table).to(device)
        self.context_history_size = context_history_size
        self.skip_first_ngram_calls = skip_first_ngram_calls
        self.debug_mode = debug_mode
        self.state = None

    def __call__(self, input_ids, scores, cur_len=None):
        self._check_input_ids_shape(input_ids)
        scores = torch.ones_like(scores) if self.debug_mode else scores
        tokens = input_ids if cur_len is None else input_ids[:, :cur_len]
        if self.state is None:
            self._init_state(input_ids.shape[0], scores.device)
        else:
            longer = torch.cat([self.state.context, tokens[:, -1:].to(self.state.context.dtype)], dim=1)
            self.state.context = longer[:, 1:]
        self.state.num_calls = self.state.num_calls + 1
        if self.skip_first_ngram_calls and self.state.num_calls < self.ngram_len:
            return scores
        context = self._hash_of(self.state.context)  # (B,)
        token = torch.arange(scores.shape[-1], device=scores.device)
        keys = self._with_keys(self.accumulate_hash(context.unsqueeze(-1), token.unsqueeze(-1)))
        marked = self.update_scores(scores, self.sample_g_values(keys))
        known = (self.state.context_history == context.unsqueeze(-1)).any(dim=-1, keepdim=True)
        history = torch.cat([context.unsqueeze(-1), self.state.context_history], dim=1)
        self.state.context_history = history[:, :-1]
        return torch.where(known, scores, marked)

    def _init_state(self, batch_size, device):
        self.state = SynthIDTextWatermarkState(batch_size, self.ngram_len, self.context_history_size, device)

    def accumulate_hash(self, current_hash, data, multiplier=MULTIPLIER, increment=INCREMENT):
        """`current_hash` (...) after the numbers `data` (..., L): a linear congruential generator."""
        for part in torch.unbind(data, dim=-1):
            current_hash = (current_hash + part) * multiplier + increment
        return current_hash

    def _hash_of(self, ids):
        return self.accumulate_hash(torch.ones_like(ids[..., 0]), ids)

    def _with_keys(self, hashes):
        """Each hash (...) under each key, (..., depth)."""
        return self.accumulate_hash(hashes.unsqueeze(-1), self.keys.to(hashes.device).unsqueeze(-1))

    def _compute_keys(self, n_minus_1_grams, indices):
        """Hashes (B, N, depth) of contexts (B, n - 1) before each of (B, N) tokens, and (B,) of contexts."""
        context = self._hash_of(n_minus_1_grams)
        hashes = self.accumulate_hash(context.unsqueeze(-1), indices.unsqueeze(-1))
        return self._with_keys(hashes), context

    def compute_ngram_keys(self, ngrams):
        """Hashes (B, N, depth) of n-grams (B, N, n).

        Raises:
            ValueError: the n-grams have another length.
        """
        if ngrams.shape[-1] != self.ngram_len:
            raise ValueError(f"n-grams have {ngrams.shape[-1]} tokens; this watermark has {self.ngram_len}")
        return self._with_keys(self._hash_of(ngrams))

    def sample_g_values(self, ngram_keys):
        """The bit of the random table that belongs to each hash."""
        size = self.sampling_table.shape[0]
        return torch.take(self.sampling_table.to(ngram_keys.device), ngram_keys % size)

    def update_scores(self, scores, g_values):
        """Scores after the tournament's layers, with bits (B, V, depth)."""
        likely = scores.softmax(dim=-1)
        for bits in torch.unbind(g_values, dim=-1):
            winning = (bits * likely).sum(dim=-1, keepdim=True)
            likely = likely * (1 + bits - winning)
        logs = torch.log(likely)
        lowest = torch.full_like(logs, torch.finfo(logs.dtype).min)
        return torch.where(torch.isfinite(logs), logs, lowest)

    def compute_g_values(self, input_ids):
        """Bits (B, T - n + 1, depth) of all n-grams of a text (B, T)."""
        self._check_input_ids_shape(input_ids)
        return self.sample_g_values(self.compute_ngram_keys(_windows(input_ids, self.ngram_len)))

    def compute_context_repetition_mask(self, input_ids):
        """Which n-grams (B, T - n + 1) have a context that did not occur before."""
        self._check_input_ids_shape(input_ids)
        contexts = self._hash_of(_windows(input_ids[:, :-1], self.ngram_len - 1))  # (B, N)
        history = torch.zeros_like(contexts[:, :1]).expand(-1, self.context_history_size)
        fresh = []
        for context in torch.unbind(contexts, dim=1):
            context = context.unsqueeze(-1)
            fresh.append(~(history == context).any(dim=-1))
            history = torch.cat([context, history], dim=1)[:, :-1]
        return torch.stack(fresh, dim=1)

    def compute_eos_token_mask(self, input_ids, eos_token_id):
        """Which tokens (B, T) stand before the first end."""
        self._check_input_ids_shape(input_ids)
        return (input_ids == eos_token_id).long().cumsum(dim=-1) == 0

    def expected_mean_g_value(self, vocab_size, coinflip_prob=0.5):
        """The mean bit of marked text under a uniform model."""
        return coinflip_prob + coinflip_prob * (1 - coinflip_prob) * (1 - 1 / vocab_size)

    def _check_input_ids_shape(self, input_ids):
        """Raises ValueError unless `input_ids` has two axes."""
        if input_ids.ndim != 2:
            raise ValueError(f"input_ids has {input_ids.ndim} axes; it must be of shape (B, T)")


def _windows(ids, size):
    """All runs of `size` neighbours in (B, T), as (B, T - size + 1, size)."""
    count = ids.shape[-1] - size + 1
    return torch.stack([ids[:, place : place + count] for place in range(size)], dim=-1)


__all__ = ["SynthIDTextWatermarkLogitsProcessor", "SynthIDTextWatermarkState"]
