"""What every maker of drafts has, and the one that only looks at the text."""

from __future__ import annotations

from typing import Any

from .runtime import runtime


class CandidateGenerator:
    """Base of whatever makes drafts."""

    def get_candidates(self, input_ids: Any) -> tuple[Any, Any]:
        """Texts (1, T) with a draft appended, (1, T + n), and its logits (1, n, V) or None.

        Raises:
            NotImplementedError: this is the base.
        """
        raise NotImplementedError(f"{type(self).__name__} must define get_candidates(input_ids)")

    def update_candidate_strategy(self, input_ids: Any, scores: Any, num_matches: int) -> None:
        """Learn how the draft fared.

        Args:
            input_ids: the text now, (1, T).
            scores: the model's for the draft and the token after it, (1, n + 1, V).
            num_matches: how many tokens of the draft stand.

        Raises:
            NotImplementedError: this is the base.
        """
        raise NotImplementedError(f"{type(self).__name__} must define update_candidate_strategy(...)")


class PromptLookupCandidateGenerator(CandidateGenerator):
    """Drafts by copying: what followed the last tokens where they stood before.

    Args:
        eos_token_id: tokens that no draft holds, one, several or a tensor.
        num_output_tokens: longest draft.
        max_matching_ngram_size: how many of the last tokens are looked for at first; 2 if None.
        max_length: of texts.
        logits_processor: a draft ends before a token that it forbids.
        vocab_size: needed to ask it.

    Raises:
        ValueError: a number is not positive.
    """

    def __init__(
        self,
        eos_token_id: Any = None,
        num_output_tokens: int = 10,
        max_matching_ngram_size: int | None = None,
        max_length: int = 20,
        logits_processor: Any = None,
        vocab_size: int | None = None,
    ) -> None:
        self.num_output_tokens = num_output_tokens
        self.max_matching_ngram_size = 2 if max_matching_ngram_size is None else max_matching_ngram_size
        self.max_length = max_length
        self.eos_token_id = eos_token_id
        self.logits_processor = logits_processor
        self.vocab_size = vocab_size
        if self.max_matching_ngram_size <= 0 or self.num_output_tokens <= 0:
            raise ValueError(
                "max_matching_ngram_size and num_output_tokens must be greater than 0, got "
                f"{max_matching_ngram_size} and {num_output_tokens}"
            )

    def get_candidates(self, input_ids: Any) -> tuple[Any, Any]:
        """Texts (1, T) with a draft appended, (1, T + n), and None."""
        text = input_ids[0].tolist()
        draft = self._found(text)
        if not draft:
            return input_ids, None
        more = input_ids.new_tensor([draft])
        return api_of(input_ids).cat([input_ids, self._allowed(input_ids, more)], dim=1), None

    def _found(self, text: list[int]) -> list[int]:
        """What followed the longest run of last tokens that stood before; of several the first."""
        length, ends = len(text), several(self.eos_token_id)
        room = min(self.num_output_tokens, self.max_length - length)
        for size in range(min(self.max_matching_ngram_size, length - 1), 0, -1):
            tail = text[-size:]
            for start in range(length - size):
                if text[start] != tail[0] or text[start : start + size] != tail:
                    continue
                draft = text[start + size : start + size + max(room, 0)]
                stop = next((place for place, token in enumerate(draft) if token in ends), len(draft))
                if stop:
                    return draft[:stop]
        return []

    def _allowed(self, input_ids: Any, more: Any) -> Any:
        """The draft (1, n) up to the first token that the processors forbid."""
        if not self.logits_processor or self.vocab_size is None:
            return more
        torch = api_of(input_ids)
        level = torch.zeros((1, self.vocab_size), dtype=torch.float32, device=input_ids.device)
        text = torch.cat([input_ids, more], dim=1)
        for place in range(more.shape[1]):
            scores = self.logits_processor(text[:, : input_ids.shape[1] + place], level)
            if float(scores[0, int(more[0, place])]) == float("-inf"):
                return more[:, :place]
        return more

    def update_candidate_strategy(self, input_ids: Any, scores: Any, num_matches: int) -> None:
        """Nothing is learned."""


def api_of(tensor: Any) -> Any:
    """The torch API that a tensor belongs to."""
    return runtime("pt" if type(tensor).__module__.partition(".")[0] == "torch" else "np").torch


def several(tokens: Any) -> list[int]:
    """Token ids given as one, several or a tensor, as a list; None is none."""
    if tokens is None:
        return []
    tokens = tokens.tolist() if hasattr(tokens, "tolist") else tokens
    return [tokens] if isinstance(tokens, int) else list(tokens)


__all__ = ["CandidateGenerator", "PromptLookupCandidateGenerator", "api_of", "several"]
