"""The searches of release 4.35 as methods of a PyTorch model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


class SearchMixin:
    """Each strategy of `generate` by its own name, for callers who bring processors, criteria and scorers.

    Arguments that all have:
        input_ids: (B, T), ids to go on from: the prompt, or what a decoder begins with beside
            `encoder_outputs`. For beams each row stands there `num_beams` times.
        logits_processor, logits_warper: lists of processors, the second applied after the first.
        stopping_criteria: when to stop. max_length: the same as a MaxLengthCriteria.
        pad_token_id, eos_token_id, output_*, return_dict_in_generate: None: as `generation_config` says.
        synced_gpus: go on until all processes of the group are done.
        streamer: gets the tokens as they are written.
        model_kwargs: inputs of the model, such as `attention_mask` and `encoder_outputs`.

    All return ids (B, T), or with `return_dict_in_generate` an output of `generation.outputs`. The
    arguments alone decide when to stop: without a longest length a text goes on until it ends itself.
    """

    def greedy_search(
        self,
        input_ids: torch.Tensor,
        logits_processor: Any = None,
        stopping_criteria: Any = None,
        max_length: int | None = None,
        pad_token_id: int | None = None,
        eos_token_id: int | list[int] | None = None,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        output_scores: bool | None = None,
        return_dict_in_generate: bool | None = None,
        synced_gpus: bool = False,
        streamer: Any = None,
        **model_kwargs: Any,
    ) -> Any:
        """The likeliest token, again and again."""
        return _search("GREEDY_SEARCH", locals())

    def sample(
        self,
        input_ids: torch.Tensor,
        logits_processor: Any = None,
        stopping_criteria: Any = None,
        logits_warper: Any = None,
        max_length: int | None = None,
        pad_token_id: int | None = None,
        eos_token_id: int | list[int] | None = None,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        output_scores: bool | None = None,
        return_dict_in_generate: bool | None = None,
        synced_gpus: bool = False,
        streamer: Any = None,
        **model_kwargs: Any,
    ) -> Any:
        """Tokens drawn by their probabilities."""
        return _search("SAMPLE", locals(), do_sample=True)

    def contrastive_search(
        self,
        input_ids: torch.Tensor,
        top_k: int | None = 1,
        penalty_alpha: float | None = 0,
        logits_processor: Any = None,
        logits_warper: Any = None,
        stopping_criteria: Any = None,
        pad_token_id: int | None = None,
        eos_token_id: int | list[int] | None = None,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        output_scores: bool | None = None,
        return_dict_in_generate: bool | None = None,
        synced_gpus: bool = False,
        streamer: Any = None,
        sequential: bool | None = None,
        **model_kwargs: Any,
    ) -> Any:
        """The likely token among `top_k` that repeats least, `penalty_alpha` saying how much that counts.

        sequential: candidates are run one after the other, which takes less memory.
        """
        return _search("CONTRASTIVE_SEARCH", locals(), low_memory=sequential)

    def assisted_decoding(
        self,
        input_ids: torch.Tensor,
        assistant_model: Any,
        do_sample: bool = False,
        logits_processor: Any = None,
        logits_warper: Any = None,
        stopping_criteria: Any = None,
        pad_token_id: int | None = None,
        eos_token_id: int | list[int] | None = None,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        output_scores: bool | None = None,
        return_dict_in_generate: bool | None = None,
        synced_gpus: bool = False,
        streamer: Any = None,
        **model_kwargs: Any,
    ) -> Any:
        """One text, of which a small model makes drafts; `assistant_encoder_outputs` if it has an encoder."""
        return _search("ASSISTED_GENERATION", locals())

    def beam_search(
        self,
        input_ids: torch.Tensor,
        beam_scorer: Any,
        logits_processor: Any = None,
        stopping_criteria: Any = None,
        max_length: int | None = None,
        pad_token_id: int | None = None,
        eos_token_id: int | list[int] | None = None,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        output_scores: bool | None = None,
        return_dict_in_generate: bool | None = None,
        synced_gpus: bool = False,
        **model_kwargs: Any,
    ) -> Any:
        """The best texts of all continuations of the best ones, kept by a BeamSearchScorer."""
        return _beams(locals())

    def beam_sample(
        self,
        input_ids: torch.Tensor,
        beam_scorer: Any,
        logits_processor: Any = None,
        stopping_criteria: Any = None,
        logits_warper: Any = None,
        max_length: int | None = None,
        pad_token_id: int | None = None,
        eos_token_id: int | list[int] | None = None,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        output_scores: bool | None = None,
        return_dict_in_generate: bool | None = None,
        synced_gpus: bool = False,
        **model_kwargs: Any,
    ) -> Any:
        """The same with continuations that are drawn."""
        return _beams(locals(), do_sample=True)

    def group_beam_search(
        self,
        input_ids: torch.Tensor,
        beam_scorer: Any,
        logits_processor: Any = None,
        stopping_criteria: Any = None,
        max_length: int | None = None,
        pad_token_id: int | None = None,
        eos_token_id: int | list[int] | None = None,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        output_scores: bool | None = None,
        return_dict_in_generate: bool | None = None,
        synced_gpus: bool = False,
        **model_kwargs: Any,
    ) -> Any:
        """Beams in groups, one after the other; processors see what the groups before chose."""
        return _beams(locals())

    def constrained_beam_search(
        self,
        input_ids: torch.Tensor,
        constrained_beam_scorer: Any,
        logits_processor: Any = None,
        stopping_criteria: Any = None,
        max_length: int | None = None,
        pad_token_id: int | None = None,
        eos_token_id: int | list[int] | None = None,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        output_scores: bool | None = None,
        return_dict_in_generate: bool | None = None,
        synced_gpus: bool | None = None,
        **model_kwargs: Any,
    ) -> Any:
        """Beams whose texts hold what the constraints of a ConstrainedBeamSearchScorer ask for."""
        return _beams(locals())


def _search(mode: str, arguments: dict[str, Any], **more: Any) -> Any:
    from . import torch_searches
    from .config_checks import GenerationMode

    model, ids, kwargs = (arguments.pop(name) for name in ("self", "input_ids", "model_kwargs"))
    return torch_searches.search(model, GenerationMode[mode], ids, {**arguments, **more}, kwargs)


def _beams(arguments: dict[str, Any], **more: Any) -> Any:
    from . import torch_searches

    model, ids, kwargs = (arguments.pop(name) for name in ("self", "input_ids", "model_kwargs"))
    scorer = arguments.pop("constrained_beam_scorer", None) or arguments.pop("beam_scorer", None)
    return torch_searches.beam_search(model, scorer, ids, {**arguments, **more}, kwargs)


__all__ = ["SearchMixin"]
