"""Processors that know sequences of tokens: biased, forbidden, or the only ones allowed."""

from __future__ import annotations

import torch

from .logits_base import LogitsProcessor, last_tokens, token_count, token_list


class SequenceBiasLogitsProcessor(LogitsProcessor):
    """Adds a bias to the token that would complete a sequence.

    A sequence of one token is biased always; a longer one where the text ends with all but its last token,
    and has at least as many tokens as the sequence.

    Args:
        sequence_bias: {tuple of token ids: float}, or a list of [list of token ids, float].

    Raises:
        ValueError: `sequence_bias` has another form; at a call: a token outside the vocabulary.
    """

    def __init__(self, sequence_bias):
        self.sequence_bias = _bias_table(sequence_bias)
        self._pack()

    def _pack(self):
        """Tensors of the sequences: last tokens, biases, prefixes padded with -1 on the left, lengths."""
        singles = [(ids, bias) for ids, bias in self.sequence_bias.items() if len(ids) == 1]
        longer = [(ids, bias) for ids, bias in self.sequence_bias.items() if len(ids) > 1]
        self._single = _last_and_bias(singles) if singles else None
        self._longer = _last_and_bias(longer) if longer else None
        if longer:
            self._width = max(len(ids) for ids, _ in longer) - 1
            rows = [(-1,) * (self._width - len(ids) + 1) + tuple(ids[:-1]) for ids, _ in longer]
            self._prefixes = torch.tensor(rows, dtype=torch.long)
            self._lengths = torch.tensor([len(ids) for ids, _ in longer], dtype=torch.long)
        self._highest = max((max(ids) for ids in self.sequence_bias), default=-1)

    def __call__(self, input_ids, scores, cur_len=None):
        if self._highest > scores.shape[-1] - 1:
            raise ValueError(
                f"a sequence holds token {self._highest}, but the model has {scores.shape[-1]}: "
                "make the sequences with the model's own tokenizer"
            )
        bias = torch.zeros_like(scores)
        if self._single is not None:
            last, values = (part.to(scores.device) for part in self._single)
            row = torch.zeros_like(scores[0]).scatter_add(0, last, values.to(scores.dtype))
            bias = bias + row
        if self._longer is not None:
            last, values = (part.to(scores.device) for part in self._longer)
            added = torch.where(self._matches(input_ids, cur_len), values, torch.zeros_like(values))
            bias = bias.scatter_add(1, torch.zeros_like(added).long() + last, added.to(scores.dtype))
        return scores + bias

    def _matches(self, input_ids, cur_len):
        """Which longer sequences would be completed, (B, N)."""
        prefixes = self._prefixes.to(input_ids.device)
        tail = last_tokens(input_ids, self._width, cur_len).unsqueeze(1)  # (B, 1, L)
        same = ((tail == prefixes) | (prefixes < 0)).all(dim=-1)
        return same & (self._lengths.to(input_ids.device) <= token_count(input_ids, cur_len))


class NoBadWordsLogitsProcessor(SequenceBiasLogitsProcessor):
    """Never these sequences of tokens.

    Args:
        bad_words_ids: a list of lists of token ids.
        eos_token_id: the token, or tokens, that end a text; as a word of its own such a token stays allowed.

    Raises:
        ValueError: `bad_words_ids` has another form; at a call: a token outside the vocabulary.
    """

    def __init__(self, bad_words_ids, eos_token_id=None):
        if not isinstance(bad_words_ids, list) or not bad_words_ids:
            raise ValueError(f"bad_words_ids is {bad_words_ids!r}; it must be a list of lists of token ids")
        for word in bad_words_ids:
            if not isinstance(word, list) or not word or not all(map(_is_id, word)):
                raise ValueError(f"bad_words_ids holds {word!r}; each word must be a list of token ids")
        self.bad_word_ids = bad_words_ids
        ends = () if eos_token_id is None else token_list(eos_token_id, checked=False)
        words = [word for word in bad_words_ids if len(word) > 1 or not any(word[0] == end for end in ends)]
        self.sequence_bias = {tuple(word): -float("inf") for word in words}
        self._pack()


class PrefixConstrainedLogitsProcessor(LogitsProcessor):
    """Only the tokens that a function allows after a text (arXiv:2010.00904).

    The function runs on the host, so a call cannot be part of a compiled graph.

    Args:
        prefix_allowed_tokens_fn: takes a text's number and its tokens (T,); returns the ids allowed next.
        num_beams: rows of one text.

    Raises:
        ValueError: at a call: the function allows no token.
    """

    def __init__(self, prefix_allowed_tokens_fn, num_beams):
        self._prefix_allowed_tokens_fn = prefix_allowed_tokens_fn
        self._num_beams = num_beams

    def __call__(self, input_ids, scores, cur_len=None):
        tokens = input_ids if cur_len is None else input_ids[:, :cur_len]
        vocabulary = torch.arange(scores.shape[-1], device=scores.device)
        rows = []
        for row, text in enumerate(tokens):
            allowed = self._prefix_allowed_tokens_fn(row // self._num_beams, text)
            if not len(allowed):
                raise ValueError(
                    f"prefix_allowed_tokens_fn allows no token after row {row}: return at least one id"
                )
            ids = allowed if torch.is_tensor(allowed) else torch.tensor(list(allowed), dtype=torch.long)
            rows.append(torch.isin(vocabulary, ids.to(scores.device)))
        return scores.masked_fill(~torch.stack(rows), -float("inf"))


def _bias_table(given):
    """{tuple of ids: float} of either published form."""
    if isinstance(given, dict) and given:
        if not all(isinstance(ids, tuple) and ids and all(map(_is_id, ids)) for ids in given):
            raise ValueError(f"sequence_bias is {given!r}; its keys must be tuples of token ids, not empty")
        if not all(isinstance(bias, float) for bias in given.values()):
            raise ValueError(f"sequence_bias is {given!r}; its values must be floats")
        return given
    if not isinstance(given, list) or not given:
        raise ValueError(
            f"sequence_bias is {given!r}; it must be a dict {{ids: bias}} or a list of [ids, bias], not empty"
        )
    for pair in given:
        fine = isinstance(pair, (list, tuple)) and len(pair) == 2 and isinstance(pair[0], list)
        if not fine or not pair[0] or not all(map(_is_id, pair[0])) or not isinstance(pair[1], float):
            raise ValueError(f"sequence_bias holds {pair!r}; each entry must be [list of token ids, float]")
    return {tuple(ids): bias for ids, bias in given}


def _is_id(token):
    return type(token).__name__.startswith("int") and token >= 0


def _last_and_bias(pairs):
    """Last tokens and biases as tensors."""
    last = torch.tensor([ids[-1] for ids, _ in pairs], dtype=torch.long)
    return last, torch.tensor([bias for _, bias in pairs], dtype=torch.float32)


__all__ = ["NoBadWordsLogitsProcessor", "PrefixConstrainedLogitsProcessor", "SequenceBiasLogitsProcessor"]
