"""Drafts by an assistant with another tokenizer: as text (greedy), or by the tokens that both have."""

from __future__ import annotations

from typing import Any

from .candidates import AssistedCandidateGenerator
from .candidates_lookup import api_of, several
from .candidates_vocabulary import AssistantToTargetTranslator
from .configuration_utils import GenerationConfig


class _OtherTokens(AssistedCandidateGenerator):
    """What both kinds share: an assistant's ids for a text in the model's ids.

    Arguments are those of `AssistedCandidateGenerator`, and the two tokenizers.
    """

    def __init__(
        self,
        input_ids: Any,
        assistant_model: Any,
        target_tokenizer: Any,
        assistant_tokenizer: Any,
        generation_config: GenerationConfig,
        model_kwargs: dict[str, Any],
        inputs_tensor: Any = None,
        logits_processor: Any = None,
    ) -> None:
        self.target_tokenizer, self.assistant_tokenizer = target_tokenizer, assistant_tokenizer
        own = assistant_model.generation_config
        self.target_lookbehind: int = own.target_lookbehind or 1
        self.assistant_lookbehind: int = own.assistant_lookbehind or 1
        self.prev_assistant_ids: Any = None
        # Its prompt has another length, so it begins with the first draft; a mask would not fit either.
        super().__init__(
            input_ids[:, :0], assistant_model, generation_config, {}, inputs_tensor, logits_processor
        )
        self.eos = several(own.eos_token_id)

    def convert_source_tokens_to_target_tokens(
        self, input_ids: Any, source_tokenizer: Any, destination_tokenizer: Any
    ) -> Any:
        """Ids (1, T) of one tokenizer as ids (1, S) of another one, by way of their text."""
        text = source_tokenizer.decode(input_ids[0].tolist(), skip_special_tokens=True)
        return input_ids.new_tensor([destination_tokenizer(text)["input_ids"]]).reshape(1, -1)

    def _drafted(self, ids: Any, input_ids: Any) -> tuple[Any, Any]:
        """A draft after the assistant's `ids` (1, S) for `input_ids` (1, T)."""
        room = min(int(self.num_assistant_tokens), self.max_length - input_ids.shape[1] - 1)
        if room <= 0 or not ids.shape[1]:
            return ids, None
        known = 0
        if self.prev_assistant_ids is not None:
            pairs = zip(self.prev_assistant_ids[0].tolist(), ids[0].tolist(), strict=False)
            known = next((n for n, (one, other) in enumerate(pairs) if one != other), len(ids[0]))
            known = min(known, self.prev_assistant_ids.shape[1])
        if known == 0:
            self._driver = None
        with self.runtime.torch.no_grad():
            found, scores = self.draft(ids, room, min(known, ids.shape[1] - 1))
        self.prev_assistant_ids = found
        return found, scores

    def _with(self, input_ids: Any, more: Any) -> Any:
        """Texts with a draft in the model's own ids, as far as there is room."""
        room = max(self.max_length - input_ids.shape[1] - 1, 0)
        return api_of(input_ids).cat([input_ids, more[:, :room]], dim=1)


class AssistedCandidateGeneratorDifferentTokenizers(_OtherTokens):
    """Drafts by an assistant with another tokenizer, carried over as text.

    Args:
        input_ids: (1, T), the text so far.
        assistant_model: who drafts.
        target_tokenizer: of the model that checks.
        assistant_tokenizer: of the assistant.
        generation_config: of the model that checks, lengths resolved.
        model_kwargs: that model's inputs; none is used here.
        inputs_tensor: what its encoder read, for an assistant with an encoder.
        logits_processor: applied to the assistant's logits.
    """

    def get_candidates(self, input_ids: Any) -> tuple[Any, Any]:
        """Texts (1, T) with a draft appended, (1, T + n), and None."""
        if not input_ids.shape[1]:
            return input_ids, None
        ids = self.convert_source_tokens_to_target_tokens(
            input_ids, self.target_tokenizer, self.assistant_tokenizer
        )
        drafted, scores = self._drafted(ids, input_ids)
        if scores is None:
            return input_ids, None
        start = max(ids.shape[1] - self.assistant_lookbehind, 0)
        back = self.convert_source_tokens_to_target_tokens(
            drafted[:, start:], self.assistant_tokenizer, self.target_tokenizer
        )
        _, more, _ = self._get_tokens_diag(input_ids[:, -self.target_lookbehind :], back)
        return (input_ids, None) if more is None else (self._with(input_ids, more), None)

    @staticmethod
    def _get_longest_diag_dict(input_matrix: Any, nonzero_idx: Any) -> dict[tuple[int, int], int]:
        """Where runs of ones along a diagonal start, and how long they are.

        input_matrix: (N, M) of 0 and 1. nonzero_idx: (K, 2), places of its ones.
        """
        ones = {(int(row), int(column)) for row, column in nonzero_idx.tolist()}
        lengths = {}
        for row, column in sorted(ones):
            if (row - 1, column - 1) in ones:
                continue
            length = 1
            while (row + length, column + length) in ones:
                length += 1
            lengths[row, column] = length
        return lengths

    @staticmethod
    def _get_longest_diag_index(input_matrix: Any) -> Any:
        """Places (2, L) of the longest run of ones along a diagonal of a matrix of 0 and 1."""
        runs = AssistedCandidateGeneratorDifferentTokenizers._get_longest_diag_dict(
            input_matrix, input_matrix.nonzero()
        )
        (row, column), length = max(runs.items(), key=lambda run: run[1])
        steps = range(length)
        return input_matrix.new_tensor([[row + n for n in steps], [column + n for n in steps]]).long()

    @staticmethod
    def _get_tokens_diag(prompt: Any, prompt_plus_new_tokens: Any) -> tuple[Any, Any, Any]:
        """What is new in a text that was tokenized again.

        prompt: (1, T). prompt_plus_new_tokens: (1, S), the same text and more, perhaps in other tokens.

        Returns:
            How many of the prompt's last tokens became others, the new tokens (1, N), and those others; None
            for all three if the two have no token in common.
        """
        one, other = prompt[0].tolist(), prompt_plus_new_tokens[0].tolist()
        best, length = (0, 0), 0
        for row in range(len(one)):
            for column in range(len(other)):
                run = 0
                while (
                    row + run < len(one)
                    and column + run < len(other)
                    and one[row + run] == other[column + run]
                ):
                    run += 1
                if run > length:
                    best, length = (row, column), run
        if not length:
            return None, None, None
        changed = len(one) - best[0] - length
        begin = best[1] + length
        rest = prompt_plus_new_tokens[:, begin : begin + changed]
        return changed, prompt_plus_new_tokens[:, begin + changed :], rest


class UniversalSpeculativeDecodingGenerator(_OtherTokens):
    """Drafts of the tokens that both tokenizers have, with their probabilities (arXiv:2502.05202).

    Args:
        input_ids: (1, T), the text so far.
        assistant_model: who drafts.
        target_tokenizer: of the model that checks.
        assistant_tokenizer: of the assistant.
        generation_config: of the model that checks, lengths resolved.
        model_kwargs: that model's inputs; none is used here.
        atm_translator: between the two vocabularies.
        inputs_tensor: what its encoder read, for an assistant with an encoder.
        logits_processor: applied to the assistant's logits.
    """

    def __init__(
        self,
        input_ids: Any,
        assistant_model: Any,
        target_tokenizer: Any,
        assistant_tokenizer: Any,
        generation_config: GenerationConfig,
        model_kwargs: dict[str, Any],
        atm_translator: AssistantToTargetTranslator,
        inputs_tensor: Any = None,
        logits_processor: Any = None,
    ) -> None:
        self._atm_translator = atm_translator

        def processed(ids: Any, scores: Any) -> Any:
            found = scores if logits_processor is None else logits_processor(ids, scores)
            return atm_translator.suppressed(found)

        super().__init__(
            input_ids, assistant_model, target_tokenizer, assistant_tokenizer, generation_config,
            model_kwargs, inputs_tensor, processed,
        )  # fmt: skip
        self._texts: tuple[list[int], list[int]] | None = None  # the same text in both ids

    def get_candidates(self, input_ids: Any) -> tuple[Any, Any]:
        """Texts (1, T) with a draft appended, (1, T + n), and its logits (1, n, V) or None."""
        if not input_ids.shape[1]:
            return input_ids, None
        ids = input_ids.new_tensor([self._own(input_ids)])
        drafted, scores = self._drafted(ids, input_ids)
        if scores is None:
            return input_ids, None
        translator = self._atm_translator
        return translator.get_target_ids(ids, input_ids, drafted), translator.get_target_logits(scores)

    def _own(self, input_ids: Any) -> list[int]:
        """The assistant's ids of the text: the mapped ones of new tokens, else by way of their text."""
        text, table = input_ids[0].tolist(), self._atm_translator.target_to_assistant_input_ids
        if self._texts is None or text[: len(self._texts[0])] != self._texts[0]:
            whole = self.convert_source_tokens_to_target_tokens(
                input_ids, self.target_tokenizer, self.assistant_tokenizer
            )
            found = whole[0].tolist()
        else:
            new = text[len(self._texts[0]) :]
            mapped = [table.get(token) for token in new]
            if any(token is None for token in mapped):
                words = self.target_tokenizer.decode(new, skip_special_tokens=True)
                mapped = self.assistant_tokenizer(words, add_special_tokens=False)["input_ids"]
            found = [*self._texts[1], *mapped]
        self._texts = text, found
        return found


__all__ = [
    "AssistedCandidateGeneratorDifferentTokenizers",
    "UniversalSpeculativeDecodingGenerator",
]
