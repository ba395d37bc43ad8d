"""How the models of JAX, TensorFlow and NumPy write text.

The model's step runs in its framework, compiled where the framework compiles; token ids and scores are kept
in NumPy, by the same loops that serve PyTorch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ..utils.errors import did_you_mean

if TYPE_CHECKING:
    from .configuration_utils import GenerationConfig


class FaceGenerationMixin:
    """The writing half of these models; only classes that predict tokens can use it."""

    network_class: ClassVar[Any] = None
    config: Any
    _generation_config: Any = None

    @classmethod
    def can_generate(cls) -> bool:
        """Whether the class predicts tokens, so that `generate` works."""
        return bool(cls.network_class._generates) if cls.network_class is not None else False

    @property
    def generation_config(self) -> GenerationConfig | None:
        """Settings of `generate`; None if the class does not predict tokens."""
        if self._generation_config is None and self.can_generate():
            from .model_defaults import initial

            object.__setattr__(self, "_generation_config", initial(type(self), self.config))
        return self._generation_config  # type: ignore[no-any-return]

    @generation_config.setter
    def generation_config(self, value: GenerationConfig | None) -> None:
        object.__setattr__(self, "_generation_config", value)

    def generate(
        self,
        inputs: Any = None,
        generation_config: GenerationConfig | None = None,
        logits_processor: Any = None,
        stopping_criteria: Any = None,
        prefix_allowed_tokens_fn: Any = None,
        assistant_model: Any = None,
        streamer: Any = None,
        negative_prompt_ids: Any = None,
        negative_prompt_attention_mask: Any = None,
        use_model_defaults: bool | None = None,
        *,
        seed: Any = None,
        prng_key: Any = None,
        params: Any = None,
        trace: bool = True,
        **kwargs: Any,
    ) -> Any:
        """Write on after a prompt, as `GenerationMixin.generate` does in PyTorch.

        Args:
            inputs, generation_config, ..., kwargs: as there, with arrays of this framework.
            seed: what sampling starts from (two numbers, as TensorFlow has them, or one).
            prng_key: the same as a JAX key.
            params: JAX: a parameter tree in place of the model's.
            trace: accepted for compatibility: steps are always compiled.

        Returns:
            TensorFlow and NumPy: ids (B * num_return_sequences, T), or with `return_dict_in_generate` a
            dataclass of `generation.outputs`. JAX: always an output with `sequences`, padded to `max_length`.

        Raises:
            TypeError, ValueError: as in PyTorch.
        """
        from . import face_task
        from .calls import Call

        check_class(self)
        call = Call(
            inputs,
            generation_config,
            logits_processor,
            stopping_criteria,
            prefix_allowed_tokens_fn,
            None,
            assistant_model,
            streamer,
            negative_prompt_ids,
            negative_prompt_attention_mask,
            use_model_defaults,
            kwargs.pop("tokenizer", None),
            kwargs.pop("assistant_tokenizer", None),
        )
        seed = seed if prng_key is None else prng_key
        return face_task.generate(self, call, kwargs, seed=seed, params=params)


def check_class(model: Any) -> None:
    """Raise TypeError for a class that does not predict tokens; the message names those that do."""
    if model.can_generate():
        return
    from .. import _exports

    stem = model.config_class.__name__.removesuffix("Config") if model.config_class else ""
    kinds = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")
    better = [stem + kind for kind in kinds if stem + kind in _exports.EXPORTS]
    hint = f" Use {' or '.join(better)}." if better else did_you_mean("generate", [])
    raise TypeError(f"{type(model).__name__} does not predict tokens: generate cannot write with it.{hint}")


__all__ = ["FaceGenerationMixin", "check_class"]
