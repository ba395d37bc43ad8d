"""Drafts for assisted decoding: what may come next, guessed cheaply, for the model to check in one step."""

from __future__ import annotations

from typing import Any

from .calls import Call
from .candidates_lookup import CandidateGenerator, several
from .configuration_utils import GenerationConfig
from .decode import draw
from .runtime import runtime
from .task import Tokens

_NOT_SHARED = ("encoder_outputs", "past_key_values", "cache_position", "use_cache", "logits_to_keep")


class AssistedCandidateGenerator(CandidateGenerator):
    """Drafts by a small model with the same tokens.

    Args:
        input_ids: (1, T), the text so far.
        assistant_model: who drafts, of the same framework.
        generation_config: of the model that checks, lengths resolved.
        model_kwargs: that model's inputs beside the ids; a mask is used here too.
        inputs_tensor: what its encoder read, for an assistant with an encoder.
        logits_processor: applied to the draft's logits as to the model's.
    """

    def __init__(
        self,
        input_ids: Any,
        assistant_model: Any,
        generation_config: GenerationConfig,
        model_kwargs: dict[str, Any],
        inputs_tensor: Any = None,
        logits_processor: Any = None,
    ) -> None:
        self.assistant_model = assistant_model
        self.generation_config = generation_config
        self.logits_processor = logits_processor
        own = assistant_model.generation_config
        for name in (
            "num_assistant_tokens",
            "assistant_confidence_threshold",
            "num_assistant_tokens_schedule",
        ):
            given = getattr(generation_config, name)
            default = getattr(GenerationConfig, name, None)
            setattr(self, name, getattr(own, name) if given in (None, default) else given)
        self.runtime = runtime("pt" if framework_of(assistant_model) == "pt" else "np")
        self.eos = several(generation_config.eos_token_id)
        self.max_length = generation_config.max_length or 0
        self._inputs = (model_kwargs, inputs_tensor)
        self._driver: Any = None
        if input_ids.shape[1]:
            self._begin(input_ids)

    num_assistant_tokens: Any
    assistant_confidence_threshold: Any
    num_assistant_tokens_schedule: Any

    def _begin(self, input_ids: Any) -> None:
        """Make what runs the assistant from step to step."""
        self._driver = draft_driver(
            self.assistant_model, input_ids, self.generation_config, *self._inputs, self.runtime
        )

    def get_candidates(self, input_ids: Any) -> tuple[Any, Any]:
        """Texts (1, T) with a draft appended, (1, T + n), and its logits (1, n, V) or None."""
        length = input_ids.shape[1]
        room = min(int(self.num_assistant_tokens), self.max_length - length - 1)
        if room <= 0 or not length:
            return input_ids, None
        with self.runtime.torch.no_grad():
            return self.draft(input_ids, room)

    def draft(self, input_ids: Any, room: int, known: int | None = None) -> tuple[Any, Any]:
        """At most `room` tokens after `input_ids` (1, T), with their logits.

        known: how many of the first tokens are those of the draft before; T - 1 if None.
        """
        torch = self.runtime.torch
        if self._driver is None:
            self._begin(input_ids)
        elif self._driver.cache is not None:
            self._driver.crop(input_ids.shape[1] - 1 if known is None else known)
        tokens, kept = Tokens(torch, input_ids, input_ids.shape[1] + room), []
        for _ in range(room):
            out = self._driver.run(tokens.ids)
            scores = out.logits[:, -1].to(torch.float32)
            if self.logits_processor is not None:
                scores = self.logits_processor(tokens.ids, scores)
            kept.append(scores)
            token = draw(torch, scores) if self.generation_config.do_sample else scores.argmax(dim=-1)
            tokens.append(token)
            if int(token[0]) in self.eos or self._doubts(scores, int(token[0])):
                break
        return tokens.ids, torch.stack(kept, dim=1)

    def _doubts(self, scores: Any, token: int) -> bool:
        """Whether the assistant is too little sure of a token to go on behind it."""
        threshold = self.assistant_confidence_threshold
        if not threshold:
            return False
        return float(self.runtime.torch.softmax(scores, dim=-1)[0, token]) < threshold

    def update_candidate_strategy(self, input_ids: Any, scores: Any, num_matches: int) -> None:
        """Draft more where the whole draft stood, less where it did not, if the schedule says so."""
        if self.num_assistant_tokens_schedule not in ("heuristic", "heuristic_transient"):
            return
        whole = int(num_matches) == scores.shape[1] - 1
        change = 2.0 if whole else -1.0
        self.num_assistant_tokens = max(1.0, self.num_assistant_tokens + change)

    def finish(self) -> None:
        """Keep what the schedule "heuristic" found for the assistant's next text."""
        if self.num_assistant_tokens_schedule == "heuristic":
            self.assistant_model.generation_config.num_assistant_tokens = int(self.num_assistant_tokens)


class EarlyExitCandidateGenerator(AssistedCandidateGenerator):
    """Drafts by the first `assistant_early_exit` layers of the model itself (arXiv:2404.16710).

    Arguments are those of `AssistedCandidateGenerator`; `assistant_model` is the whole model.

    Raises:
        ValueError: the model has not that many layers, or they cannot be told apart.
    """

    def __init__(
        self,
        input_ids: Any,
        assistant_model: Any,
        generation_config: GenerationConfig,
        model_kwargs: dict[str, Any],
        inputs_tensor: Any = None,
        logits_processor: Any = None,
    ) -> None:
        from .early_exit import first_layers

        short = first_layers(assistant_model, generation_config.assistant_early_exit or 0)
        super().__init__(input_ids, short, generation_config, model_kwargs, inputs_tensor, logits_processor)


def draft_driver(
    assistant: Any,
    input_ids: Any,
    config: GenerationConfig,
    model_kwargs: dict[str, Any],
    encoder_input: Any,
    api: Any,
) -> Any:
    """The driver of an assistant's model, its prompt (1, T) or its encoder's input read."""
    pair = bool(assistant.config.is_encoder_decoder)
    settings = GenerationConfig(
        max_new_tokens=max((config.max_length or 0) - input_ids.shape[1], 1) + 1,
        eos_token_id=config.eos_token_id,
        pad_token_id=config.pad_token_id,
        bos_token_id=config.bos_token_id,
        decoder_start_token_id=config.decoder_start_token_id,
    )
    if api.framework == "pt":
        from .torch_task import accepted, make_task
        from .utils import forward_names

        names, extra = accepted(assistant, forward_names(assistant)[0]), ()
        ids = input_ids.to(assistant.device)
    else:
        from ..frameworks import face
        from .face_task import make_task  # type: ignore[assignment]

        names, extra, ids = set(face.input_names(assistant.network)[0]), (None,), api.array(input_ids)
    given = shared_inputs(model_kwargs, names, ids, encoder_input if pair else None)
    if pair:
        given["decoder_input_ids"] = ids
        if encoder_input is None:  # the caller ran the assistant's encoder
            given["encoder_outputs"] = model_kwargs.get("assistant_encoder_outputs")
    elif model_kwargs.get("encoder_outputs") is not None and "encoder_outputs" in names:
        given["encoder_outputs"] = model_kwargs["encoder_outputs"]
        given.pop("attention_mask", None)
    call = Call(inputs=encoder_input if pair else ids, generation_config=settings, use_model_defaults=False)
    return make_task(assistant, call, given, *extra)[0].driver


def shared_inputs(
    model_kwargs: dict[str, Any], names: set[str], ids: Any, encoder_input: Any
) -> dict[str, Any]:
    """Those of a model's inputs that its assistant takes too, the mask as long as what it is for."""
    given = {
        name: value
        for name, value in model_kwargs.items()
        if name in names and name not in _NOT_SHARED and "embeds" not in name and value is not None
    }
    length = (ids if encoder_input is None else encoder_input).shape[1]
    mask = given.get("attention_mask")
    if model_kwargs.get("assistant_encoder_outputs") is not None:
        return given  # the mask is of what the encoders read
    if mask is not None and len(mask.shape) == 2:
        if mask.shape[1] < length or (
            encoder_input is None and model_kwargs.get("encoder_outputs") is not None
        ):
            del given["attention_mask"]
        else:
            given["attention_mask"] = mask[:, :length]
    return given


def framework_of(model: Any) -> str:
    """The framework of a model, "pt" for PyTorch."""
    return str(getattr(model, "framework", "pt"))


__all__ = [
    "AssistedCandidateGenerator",
    "EarlyExitCandidateGenerator",
    "draft_driver",
]
