"""Continuous batching's part of a PyTorch model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .configuration_utils import GenerationConfig
    from .continuous_batching.continuous_api import ContinuousBatchingManager
    from .continuous_batching.requests import GenerationOutput


class ContinuousMixin:
    """Writes many texts of different lengths together."""

    def init_continuous_batching(
        self,
        generation_config: GenerationConfig | None = None,
        manual_eviction: bool = False,
        max_queue_size: int = 0,
        streaming: bool = False,
        slice_inputs: bool = True,
        tokenizer: Any = None,
    ) -> ContinuousBatchingManager:
        """A manager that writes texts in the background; see `ContinuousBatchingManager`.

        Raises:
            TypeError, ValueError: the model or the settings do not go with continuous batching.
        """
        from .continuous_batching.continuous_api import ContinuousBatchingManager

        return ContinuousBatchingManager(
            self, generation_config, manual_eviction, max_queue_size, streaming, slice_inputs, tokenizer
        )

    def generate_batch(
        self,
        inputs: list[list[int]],
        generation_config: GenerationConfig | None = None,
        progress_bar: bool = True,
        slice_inputs: bool = True,
        seeds: list[int] | None = None,
        tokenizer: Any = None,
        logits_processor: Sequence[Any] | None = None,
        stopping_criteria: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> dict[str, GenerationOutput]:
        """Write on after each prompt: the tokens that `generate` gives for each alone.

        Texts share one paged cache and come and go at every step, so short ones wait for nobody. Prompts that
        begin alike share what the cache holds of that, as do the `num_return_sequences` texts of a prompt.

        Args:
            inputs: token ids of the prompts, of any lengths.
            generation_config: settings in place of the model's own; greedy or drawn.
            progress_bar: whether a bar counts the texts that are done.
            slice_inputs: accepted for compatibility; a step is never larger than it must be.
            seeds: of the random numbers of each text, in the order of the results; None: drawn from PyTorch's
                global generator, in that order.
            tokenizer: of the model, for `stop_strings`.
            logits_processor, stopping_criteria: more of them; each text has copies (`copy.copy`) of its own,
                and sees itself as the single row of a batch.
            kwargs: settings of GenerationConfig, and of the cache: `num_blocks`, `block_size`,
                `max_batch_tokens`, `max_memory`, `scheduler`, `log_prob_generation`.

        Returns:
            Name of the request ("req_0", ...) -> `GenerationOutput`, in the order of `inputs`. Further texts
            of a prompt follow it, "req_0#1", "req_0#2", ... One that failed says why in `error`.

        Raises:
            TypeError, ValueError: the model, the settings or a prompt do not go with continuous batching.
        """
        from .torch_batching import write_all
        from .torch_requests import Own, Requests

        own = Own(logits_processor=logits_processor or (), stopping_criteria=stopping_criteria or ())
        requests = Requests(self, generation_config, kwargs, tokenizer)
        return write_all(requests, inputs, progress_bar, seeds, own)


__all__ = ["ContinuousMixin"]
