"""Which tokens two tokenizers have in common, for drafts by an assistant with another one."""

from __future__ import annotations

import weakref
from typing import Any, ClassVar

from .candidates_lookup import api_of


class AssistantToTargetTranslator:
    """Between the ids of two tokenizers, for the tokens that both have.

    Args:
        target_tokenizer: of the model that checks.
        assistant_tokenizer: of the assistant.
        target_vocab_size: how many tokens the model predicts.
        assistant_model: who drafts; plays no part.
        assistant_prune_lm_head: accepted; the assistant's head stays whole.
    """

    FILTER_VALUE: float = -float("inf")
    SUPPRESS_TOKEN_ID: int = -1

    def __init__(
        self,
        target_tokenizer: Any,
        assistant_tokenizer: Any,
        target_vocab_size: int,
        assistant_model: Any = None,
        assistant_prune_lm_head: bool = False,
    ) -> None:
        self._target, self._assistant = weakref.ref(target_tokenizer), weakref.ref(assistant_tokenizer)
        self.target_vocab_size = target_vocab_size
        mine, other = target_tokenizer.get_vocab(), assistant_tokenizer.get_vocab()
        signs = _space_sign(target_tokenizer), _space_sign(assistant_tokenizer)
        table = [self.SUPPRESS_TOKEN_ID] * (max(other.values(), default=-1) + 1)
        for token, index in other.items():
            if None not in signs and signs[0] != signs[1] and token.startswith(signs[1]):
                token = signs[0] + token[len(signs[1]) :]  # type: ignore[arg-type, operator]
            if (found := mine.get(token, target_vocab_size)) < target_vocab_size:
                table[index] = found
        self._table = table
        self.target_to_assistant_input_ids = {one: index for index, one in enumerate(table) if one >= 0}
        self._kept: dict[Any, tuple[Any, Any]] = {}

    @property
    def _assistant_to_target_input_ids(self) -> Any:
        """The model's id of each of the assistant's, or SUPPRESS_TOKEN_ID, as a PyTorch tensor."""
        import torch

        return torch.tensor(self._table, dtype=torch.long)

    def _get_suppress_input_ids(self) -> Any:
        """The assistant's ids that the model does not have, as a PyTorch tensor."""
        return (self._assistant_to_target_input_ids == self.SUPPRESS_TOKEN_ID).nonzero()[:, 0]

    def get_target_ids(
        self, assistant_input_ids: Any, target_input_ids: Any, assistant_candidate_ids: Any
    ) -> Any:
        """The model's text (1, T) with the assistant's draft in the model's ids.

        assistant_candidate_ids: the assistant's text `assistant_input_ids` (1, S) with the draft, (1, S + n).
        """
        new = assistant_candidate_ids[0, assistant_input_ids.shape[1] :].tolist()
        if not new:
            return target_input_ids
        found = target_input_ids.new_tensor([[self._table[index] for index in new]])
        return api_of(target_input_ids).cat([target_input_ids, found], dim=1)

    def get_target_logits(self, assistant_logits: Any) -> Any:
        """The assistant's logits (1, n, A) in the model's order (1, n, V); FILTER_VALUE where it has none."""
        torch = api_of(assistant_logits)
        pairs = [(index, one) for index, one in enumerate(self._table) if one >= 0]
        pairs = [pair for pair in pairs if pair[0] < assistant_logits.shape[-1]]
        places = {"dtype": torch.long, "device": assistant_logits.device}
        sources, ids = (torch.tensor([pair[n] for pair in pairs], **places) for n in (0, 1))
        shape = (*assistant_logits.shape[:-1], self.target_vocab_size)
        empty = torch.full(
            shape, self.FILTER_VALUE, dtype=assistant_logits.dtype, device=assistant_logits.device
        )
        return empty.index_copy(-1, ids, assistant_logits.index_select(-1, sources))

    def suppressed(self, scores: Any) -> Any:
        """The assistant's scores (1, A) without the tokens that the model does not have."""
        torch = api_of(scores)
        table = self._table + [self.SUPPRESS_TOKEN_ID] * max(scores.shape[-1] - len(self._table), 0)
        missing = torch.tensor([one < 0 for one in table[: scores.shape[-1]]], device=scores.device)
        return scores.masked_fill(missing[None], self.FILTER_VALUE)


def _space_sign(tokenizer: Any) -> str | None:
    """What stands for a blank at the beginning of a tokenizer's tokens."""
    ids = tokenizer(" ", add_special_tokens=False)["input_ids"]
    if not len(ids):
        return None
    token = tokenizer.convert_ids_to_tokens(list(ids))[0]
    return token[0] if token else None


class AssistantVocabTranslatorCache:
    """Translators by their pair of tokenizers, as long as both live."""

    _cache: ClassVar[Any] = weakref.WeakKeyDictionary()

    @classmethod
    def get_translator(
        cls,
        target_tokenizer: Any,
        assistant_tokenizer: Any,
        target_vocab_size: int,
        assistant_model: Any = None,
        assistant_prune_lm_head: bool = False,
    ) -> AssistantToTargetTranslator:
        """The translator of a pair, made when it is asked for first."""
        kept = cls._cache.setdefault(target_tokenizer, weakref.WeakKeyDictionary())
        if assistant_tokenizer not in kept:
            kept[assistant_tokenizer] = AssistantToTargetTranslator(
                target_tokenizer,
                assistant_tokenizer,
                target_vocab_size,
                assistant_model,
                assistant_prune_lm_head,
            )
        return kept[assistant_tokenizer]  # type: ignore[no-any-return]

    @classmethod
    def cleanup(cls) -> None:
        """Forget pairs of which a tokenizer is gone."""
        for target in [key for key, kept in cls._cache.items() if not len(kept)]:
            del cls._cache[target]


__all__ = ["AssistantToTargetTranslator", "AssistantVocabTranslatorCache"]
