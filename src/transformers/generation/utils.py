"""`GenerationMixin`: how PyTorch models write text.

`generate` turns its arguments into a `Task`, and one of the loops beside this file does it. What a model
does in its own way it overrides: `prepare_inputs_for_generation`, `_update_model_kwargs_for_generation`,
`_reorder_cache`.
"""

from __future__ import annotations

import importlib
import inspect
import weakref
from typing import TYPE_CHECKING, Any

import torch

from .batch_utils import ContinuousMixin
from .face_utils import check_class
from .search_utils import SearchMixin
from .step_utils import HelperMixin

if TYPE_CHECKING:
    from .configuration_utils import GenerationConfig

_SHAPED_LIKE_IDS = ("token_type_ids", "position_ids")
# Model -> (arguments of torch.compile, its compiled call): models are copied and pickled without them.
_COMPILED: weakref.WeakKeyDictionary[Any, tuple[dict[str, Any], Any]] = weakref.WeakKeyDictionary()


class GenerationMixin(HelperMixin, ContinuousMixin, SearchMixin):
    """The writing half of every PyTorch model; only classes that predict tokens can use it."""

    config: Any
    generation_config: Any

    def _first_generation_config(self) -> GenerationConfig | None:
        """Settings by the model's config; None if the class does not predict tokens."""
        if not self.can_generate():  # type: ignore[attr-defined]
            return None
        from .model_defaults import initial

        return initial(type(self), self.config)

    def prepare_inputs_for_generation(
        self,
        input_ids: torch.Tensor,
        past_key_values: Any = None,
        attention_mask: torch.Tensor | None = None,
        inputs_embeds: torch.Tensor | None = None,
        cache_position: torch.Tensor | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Inputs of `forward` for the tokens that are not in the cache yet.

        input_ids: (B, T), the whole text so far. past_key_values: the cache. inputs_embeds: what stands
        before the ids, or for them, in the first step. cache_position: (N,) places of the new tokens, for
        ids that do not begin with what is cached. kwargs: further inputs, such as `encoder_outputs`.
        """
        names, open_ended = forward_names(self)
        from ..layers.cache import Cache

        pair = bool(self.config.is_encoder_decoder)
        driven = kwargs.pop("_driven", False)
        known = kwargs.pop("_known", None)
        if known is None:
            known = cached_tokens(past_key_values)
        embedded = kwargs.pop("_embedded", 0)
        if cache_position is not None and not driven:
            embedded = max(int(cache_position[-1]) + 1 - input_ids.shape[1], 0)
        inputs: dict[str, Any] = {}
        front = inputs_embeds if not pair and (known == 0 or not input_ids.shape[1]) else None
        if front is not None and known < front.shape[1]:
            inputs["inputs_embeds"] = front[:, known:]
            new = front.shape[1] - known
        else:
            # Of a text whose beginning is in the cache at least the last token is computed.
            total = input_ids.shape[1] + embedded
            new = max(total - known, 1)
            inputs["decoder_input_ids" if pair else "input_ids"] = input_ids[:, -new:]
        fixed = isinstance(past_key_values, Cache) and past_key_values.get_max_cache_shape() > 0
        if (fixed or cache_position is not None) and "cache_position" in names:
            inputs["cache_position"] = torch.arange(known, known + new, device=input_ids.device)
        longer = kwargs.pop("_fixed_mask", None)
        if not kwargs.pop("_plain_mask", False) and attention_mask is not None:
            inputs["attention_mask"] = attention_mask if longer is None else longer
        if past_key_values is not None:
            inputs["past_key_values"] = past_key_values
        if not driven:
            complete(inputs, names, kwargs, inputs_embeds)
        for name in _SHAPED_LIKE_IDS:
            if kwargs.get(name) is not None:
                kwargs[name] = kwargs[name][:, -new:]
        if driven and "logits_to_keep" in names and "logits_to_keep" not in kwargs:
            inputs["logits_to_keep"] = 1
        taken = {n: v for n, v in kwargs.items() if v is not None and (open_ended or n in names)}
        return {**taken, **inputs}

    def _update_model_kwargs_for_generation(
        self,
        outputs: Any,
        model_kwargs: dict[str, Any],
        is_encoder_decoder: bool = False,
        num_new_tokens: int = 1,
    ) -> dict[str, Any]:
        """The keywords of the next step: the new cache, a longer mask, further token types."""
        model_kwargs = dict(model_kwargs)
        for name in ("past_key_values", "mems", "past_buckets_states"):
            if (cache := getattr(outputs, name, None)) is not None:
                model_kwargs["past_key_values"] = cache
                break
        name = "decoder_attention_mask" if is_encoder_decoder else "attention_mask"
        if (mask := model_kwargs.get(name)) is not None:
            model_kwargs[name] = torch.cat([mask, mask.new_ones((mask.shape[0], num_new_tokens))], dim=-1)
        if (types := model_kwargs.get("token_type_ids")) is not None:
            model_kwargs["token_type_ids"] = torch.cat([types, types[:, -1:]], dim=-1)
        if (places := model_kwargs.get("position_ids")) is not None:
            model_kwargs["position_ids"] = torch.cat([places, places[..., -1:] + 1], dim=-1)
        if (places := model_kwargs.get("cache_position")) is not None:
            model_kwargs["cache_position"] = places[-1:] + num_new_tokens
        return model_kwargs

    @staticmethod
    def _reorder_cache(past_key_values: Any, beam_idx: torch.Tensor) -> Any:
        """Keep the rows `beam_idx` of a cache that is a tuple of tuples (older models)."""
        return tuple(
            tuple(state.index_select(0, beam_idx.to(state.device)) for state in layer)
            for layer in past_key_values
        )

    @torch.no_grad()
    def generate(
        self,
        inputs: torch.Tensor | None = None,
        generation_config: GenerationConfig | None = None,
        logits_processor: Any = None,
        stopping_criteria: Any = None,
        prefix_allowed_tokens_fn: Any = None,
        synced_gpus: bool | None = None,
        assistant_model: Any = None,
        streamer: Any = None,
        negative_prompt_ids: torch.Tensor | None = None,
        negative_prompt_attention_mask: torch.Tensor | None = None,
        use_model_defaults: bool | None = None,
        custom_generate: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Write on after a prompt.

        Args:
            inputs: token ids (B, T) of the prompt, or whatever the model reads first; None begins with
                `bos_token_id`. `input_ids`, `inputs_embeds` and others may be given by name.
            generation_config: settings in place of the model's own `generation_config`.
            logits_processor: further processors of the logits, a LogitsProcessorList.
            stopping_criteria: further reasons to stop, a StoppingCriteriaList.
            prefix_allowed_tokens_fn: `(batch index, ids) -> allowed next ids`.
            synced_gpus: go on until all processes of the group are done.
            assistant_model: a small model whose drafts this one only has to check.
            streamer: gets the tokens as they are written; `put` and `end`.
            negative_prompt_ids: (B, S), what classifier-free guidance leads away from; with its mask.
            use_model_defaults: whether the model's settings stand where `generation_config` says nothing.
            custom_generate: a function that writes in place of this library's loops, called as
                `(model, input_ids, logits_processor=..., stopping_criteria=..., generation_config=...,
                **inputs)`; or, with `trust_remote_code=True`, a folder or repository with such code.
            kwargs: any setting of `GenerationConfig`, and inputs of the model.

        Returns:
            Ids (B * num_return_sequences, T), prompt included for a decoder; or, with
            `return_dict_in_generate`, one of the dataclasses of `generation.outputs`.

        Raises:
            TypeError: the class cannot write, or a setting has a wrong type.
            ValueError: settings contradict each other, a keyword is unknown, or nothing can be written.
        """
        from . import custom, torch_task
        from .calls import Call

        check_class(self)
        trust = kwargs.pop("trust_remote_code", None)
        call = Call(
            inputs, generation_config, logits_processor, stopping_criteria, prefix_allowed_tokens_fn,
            synced_gpus, assistant_model, streamer, negative_prompt_ids, negative_prompt_attention_mask,
            use_model_defaults, kwargs.pop("tokenizer", None), kwargs.pop("assistant_tokenizer", None),
        )  # fmt: skip
        if custom_generate is not None and not custom.is_built_in(custom_generate):
            return custom.run_custom(self, custom_generate, call, kwargs, trust)
        return torch_task.generate(self, call, kwargs)

    @property
    def _compiled_call(self) -> Any:
        """The compiled call, once there is one."""
        if (kept := _COMPILED.get(self)) is None:
            raise AttributeError(f"{type(self).__name__} was not compiled yet")
        return kept[1]

    def get_compiled_call(self, compile_config: Any = None) -> Any:
        """The model's call, compiled as a CompileConfig says and kept for the next text."""
        from .compile_config import CompileConfig

        wanted = (compile_config or CompileConfig()).to_dict()
        kept = _COMPILED.get(self)
        if kept is None or kept[0] != wanted:
            _COMPILED[self] = kept = wanted, torch.compile(self.__call__, **wanted)  # type: ignore[operator]
        return kept[1]

    def compute_transition_scores(
        self,
        sequences: torch.Tensor,
        scores: tuple[torch.Tensor, ...],
        beam_indices: torch.Tensor | None = None,
        normalize_logits: bool = False,
    ) -> torch.Tensor:
        """The score of each written token.

        Args:
            sequences: (B, T), as `generate` returned them.
            scores: one (rows, V) per new token, as `output_scores` gives them.
            beam_indices: (B, N) rows that the tokens came from; None: row i is sequence i.
            normalize_logits: turn scores into log-probabilities first.

        Returns:
            (B, N) scores; 0 after the end of a text that beams wrote.
        """
        from .transition_scores import transition_scores

        vocabulary = self.config.get_text_config(decoder=True).vocab_size
        return transition_scores(sequences, scores, beam_indices, normalize_logits, vocabulary)


def complete(inputs: dict[str, Any], names: set[str], kwargs: dict[str, Any], inputs_embeds: Any) -> None:
    """Add what loops outside this library expect of `prepare_inputs_for_generation`.

    Positions by the mask, which are the places of what is not padding; and the ids or embeddings that are
    not used, as None.
    """
    mask = inputs.get("attention_mask")
    if (
        "position_ids" in names
        and kwargs.get("position_ids") is None
        and mask is not None
        and mask.dim() == 2
    ):
        places = mask.long().cumsum(-1) - 1
        kwargs["position_ids"] = places.masked_fill(
            mask == 0, 1
        )  # hidden tokens need a place, not a good one
    if inputs_embeds is not None:
        for name in ("input_ids", "inputs_embeds"):
            inputs.setdefault(name, None)


def cached_tokens(past_key_values: Any) -> int:
    """How many tokens a cache, or a legacy tuple, holds."""
    if past_key_values is None:
        return 0
    if hasattr(past_key_values, "get_seq_length"):
        return int(past_key_values.get_seq_length())
    return int(past_key_values[0][0].shape[2])


def forward_names(model: Any) -> tuple[set[str], bool]:
    """Parameters of a model's `forward`, and whether it takes others."""
    kind = type(model)
    found = kind.__dict__.get("_forward_names")
    if found is None:
        parameters = inspect.signature(kind.forward).parameters.values()
        names = {p.name for p in parameters if p.kind is not p.VAR_KEYWORD and p.name != "self"}
        names |= set(getattr(kind.forward, "unlisted", ()))
        found = names, any(p.kind is p.VAR_KEYWORD for p in parameters)
        kind._forward_names = found
    return found  # type: ignore[no-any-return]


def __getattr__(name: str) -> Any:
    """What other modules of generation have: clients look for outputs, processors and criteria here."""
    if name == "_speculative_sampling":
        from .assisted import speculative_sampling

        return speculative_sampling
    if not name.startswith("_"):
        for home in (__package__, f"{__package__.rpartition('.')[0]}.cache_utils"):
            try:
                return getattr(importlib.import_module(home), name)
            except AttributeError:
                continue
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["GenerationMixin", "check_class", "forward_names"]
