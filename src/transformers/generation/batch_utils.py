"""Continuous batching's part of a PyTorch model."""

from __future__ import annotations

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
    ) -> ContinuousBatchingManager:
        """A manager that writes texts in the background; see `ContinuousBatchingManager`.

        Raises:
            TypeError, ValueError: the model or the settings do not go with continuous batching.
        """
        from .continuous_batching.continuous_api import ContinuousBatchingManager

        return ContinuousBatchingManager(
            self, generation_config, manual_eviction, max_queue_size, streaming, slice_inputs
        )

    def generate_batch(
        self,
        inputs: list[list[int]],
        generation_config: GenerationConfig | None = None,
        progress_bar: bool = True,
        slice_inputs: bool = True,
        seeds: list[int] | None = None,
        **kwargs: Any,
    ) -> dict[str, GenerationOutput]:
        """Write on after each prompt: the tokens that `generate` gives for each alone.

        Texts share one paged cache and come and go at every step, so short ones wait for nobody.

        Args:
            inputs: token ids of the prompts, of any lengths.
            generation_config: settings in place of the model's own; greedy or drawn.
            progress_bar: whether a bar counts the texts that are done.
            slice_inputs: accepted for compatibility; a step is never larger than it must be.
            seeds: of the random numbers of each text; None: drawn from PyTorch's global generator.
            kwargs: settings of GenerationConfig, and of the cache: `num_blocks`, `block_size`,
                `max_batch_tokens`, `max_memory`, `scheduler`, `log_prob_generation`.

        Returns:
            Name of the request ("req_0", ...) -> `GenerationOutput`, in the order of `inputs`. One that
            failed says why in `error`.

        Raises:
            TypeError, ValueError: the model, the settings or a prompt do not go with continuous batching.
        """
        from .torch_batching import write_all

        return write_all(self, inputs, generation_config, progress_bar, seeds, kwargs)


__all__ = ["ContinuousMixin"]
