"""The searches of release 4.35 as methods of a TensorFlow model."""

from __future__ import annotations

from typing import Any

from .face_utils import FaceGenerationMixin


class TFGenerationMixin(FaceGenerationMixin):
    """`generate`, and each of its strategies by its own name, for callers who bring processors.

    Arguments that all have:
        input_ids: (B, T), ids to go on from: the prompt, or what a decoder begins with beside
            `encoder_outputs`.
        logits_processor, logits_warper: lists of processors, the second applied after the first.
        max_length, pad_token_id, eos_token_id, output_*, return_dict_in_generate: None: as
            `generation_config` says.
        model_kwargs: inputs of the model, such as `attention_mask` and `encoder_outputs`.

    All return ids (B, T), or with `return_dict_in_generate` an output of `generation.outputs`.
    """

    def greedy_search(
        self,
        input_ids: Any,
        max_length: int | None = None,
        pad_token_id: int | None = None,
        eos_token_id: int | list[int] | None = None,
        logits_processor: Any = None,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        output_scores: bool | None = None,
        return_dict_in_generate: bool | None = None,
        **model_kwargs: Any,
    ) -> Any:
        """The likeliest token, again and again."""
        return _search("GREEDY_SEARCH", locals())

    def sample(
        self,
        input_ids: Any,
        logits_processor: Any = None,
        logits_warper: Any = None,
        max_length: int | None = None,
        pad_token_id: int | None = None,
        eos_token_id: int | list[int] | None = None,
        seed: tuple[int, int] | None = None,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        output_scores: bool | None = None,
        return_dict_in_generate: bool | None = None,
        **model_kwargs: Any,
    ) -> Any:
        """Tokens drawn by their probabilities; seed: two numbers that the draws follow from."""
        return _search("SAMPLE", locals(), do_sample=True)

    def beam_search(
        self,
        input_ids: Any,
        do_sample: bool = False,
        max_length: int | None = None,
        pad_token_id: int | None = None,
        eos_token_id: int | list[int] | None = None,
        length_penalty: float | None = None,
        early_stopping: bool | str | None = None,
        logits_processor: Any = None,
        logits_warper: Any = None,
        num_return_sequences: int | None = None,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        output_scores: bool | None = None,
        return_dict_in_generate: bool | None = None,
        **model_kwargs: Any,
    ) -> Any:
        """The best texts of all continuations of the best ones.

        Args:
            input_ids: (B, num_beams, T), where the beams of a text are alike; so are those of the mask and of
                the encoder's states.
            do_sample: draw continuations.
            length_penalty, early_stopping, num_return_sequences: None: as `generation_config` says.

        Raises:
            ValueError: input_ids have no axis of beams.
        """
        return _search("BEAM_SEARCH", locals())

    def contrastive_search(
        self,
        input_ids: Any,
        top_k: int | None = 1,
        penalty_alpha: float | None = 0,
        logits_processor: Any = None,
        logits_warper: Any = None,
        max_length: int | None = None,
        pad_token_id: int | None = None,
        eos_token_id: int | list[int] | None = None,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        output_scores: bool | None = None,
        return_dict_in_generate: bool | None = None,
        **model_kwargs: Any,
    ) -> Any:
        """The likely token among `top_k` that repeats least, `penalty_alpha` saying how much that counts."""
        return _search("CONTRASTIVE_SEARCH", locals())

    def compute_transition_scores(
        self,
        sequences: Any,
        scores: tuple[Any, ...],
        beam_indices: Any = None,
        normalize_logits: bool = False,
    ) -> Any:
        """The score of each written token; see `GenerationMixin.compute_transition_scores`."""
        from .face_searches import transition_scores

        return transition_scores(self, sequences, scores, beam_indices, normalize_logits)


def _search(mode: str, arguments: dict[str, Any], **more: Any) -> Any:
    from .config_checks import GenerationMode
    from .face_searches import search

    model, ids, kwargs = (arguments.pop(name) for name in ("self", "input_ids", "model_kwargs"))
    return search(model, GenerationMode[mode], ids, {**arguments, **more}, kwargs)


__all__ = ["TFGenerationMixin"]
