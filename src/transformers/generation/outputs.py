"""What `generate` returns with `return_dict_in_generate=True`; arrays are those of the framework in use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..model_output import ModelOutput


@dataclass
class GenerateDecoderOnlyOutput(ModelOutput):
    """What a decoder wrote, by greedy search, sampling, contrastive or assisted search.

    sequences: (B * num_return_sequences, T), prompt included.
    scores, logits: one (B * num_return_sequences, V) per new token, after and before logits processors.
    attentions, hidden_states: per new token what the model returns, one array per layer.
    past_key_values: the cache.  All but `sequences` are there when asked for.
    """

    sequences: Any = None
    scores: tuple[Any, ...] | None = None
    logits: tuple[Any, ...] | None = None
    attentions: tuple[Any, ...] | None = None
    hidden_states: tuple[Any, ...] | None = None
    past_key_values: Any = None


@dataclass
class GenerateEncoderDecoderOutput(ModelOutput):
    """What an encoder-decoder model wrote; fields as in `GenerateDecoderOnlyOutput`.

    encoder_attentions, encoder_hidden_states: one array per layer, of the inputs.
    """

    sequences: Any = None
    scores: tuple[Any, ...] | None = None
    logits: tuple[Any, ...] | None = None
    encoder_attentions: tuple[Any, ...] | None = None
    encoder_hidden_states: tuple[Any, ...] | None = None
    decoder_attentions: tuple[Any, ...] | None = None
    cross_attentions: tuple[Any, ...] | None = None
    decoder_hidden_states: tuple[Any, ...] | None = None
    past_key_values: Any = None


@dataclass
class GenerateBeamDecoderOnlyOutput(ModelOutput):
    """What a decoder wrote by beam search; fields as in `GenerateDecoderOnlyOutput`, and

    sequences_scores: (B * num_return_sequences,), the final score of each sequence.
    beam_indices: (B * num_return_sequences, T), the beam that each new token came from.
    """

    sequences: Any = None
    sequences_scores: Any = None
    scores: tuple[Any, ...] | None = None
    logits: tuple[Any, ...] | None = None
    beam_indices: Any = None
    attentions: tuple[Any, ...] | None = None
    hidden_states: tuple[Any, ...] | None = None
    past_key_values: Any = None


@dataclass
class GenerateBeamEncoderDecoderOutput(ModelOutput):
    """What an encoder-decoder model wrote by beam search."""

    sequences: Any = None
    sequences_scores: Any = None
    scores: tuple[Any, ...] | None = None
    logits: tuple[Any, ...] | None = None
    beam_indices: Any = None
    encoder_attentions: tuple[Any, ...] | None = None
    encoder_hidden_states: tuple[Any, ...] | None = None
    decoder_attentions: tuple[Any, ...] | None = None
    cross_attentions: tuple[Any, ...] | None = None
    decoder_hidden_states: tuple[Any, ...] | None = None
    past_key_values: Any = None


class _Replaceable(ModelOutput):
    """An output with the method `replace` that Flax's dataclasses have."""

    def replace(self, **changes: Any) -> Any:
        """A copy with other values in some fields."""
        return type(self)(**{**self, **changes})


@dataclass
class FlaxGreedySearchOutput(_Replaceable):
    """`sequences` (B, T) of the JAX models' greedy search, padded to `max_length`."""

    sequences: Any = None


@dataclass
class FlaxSampleOutput(_Replaceable):
    """`sequences` (B, T) of the JAX models' sampling, padded to `max_length`."""

    sequences: Any = None


@dataclass
class FlaxBeamSearchOutput(_Replaceable):
    """`sequences` (B, T) of the JAX models' beam search, and `scores` (B,), their final scores."""

    sequences: Any = None
    scores: Any = None


# Names of earlier releases, which had one class per strategy, and of TensorFlow.
BeamSampleDecoderOnlyOutput = GenerateBeamDecoderOnlyOutput
BeamSearchDecoderOnlyOutput = GenerateBeamDecoderOnlyOutput
ContrastiveSearchDecoderOnlyOutput = GenerateDecoderOnlyOutput
GreedySearchDecoderOnlyOutput = GenerateDecoderOnlyOutput
SampleDecoderOnlyOutput = GenerateDecoderOnlyOutput
BeamSampleEncoderDecoderOutput = GenerateBeamEncoderDecoderOutput
BeamSearchEncoderDecoderOutput = GenerateBeamEncoderDecoderOutput
ContrastiveSearchEncoderDecoderOutput = GenerateEncoderDecoderOutput
GreedySearchEncoderDecoderOutput = GenerateEncoderDecoderOutput
SampleEncoderDecoderOutput = GenerateEncoderDecoderOutput
TFBeamSampleDecoderOnlyOutput = GenerateBeamDecoderOnlyOutput
TFBeamSearchDecoderOnlyOutput = GenerateBeamDecoderOnlyOutput
TFContrastiveSearchDecoderOnlyOutput = GenerateDecoderOnlyOutput
TFGreedySearchDecoderOnlyOutput = GenerateDecoderOnlyOutput
TFSampleDecoderOnlyOutput = GenerateDecoderOnlyOutput
TFBeamSampleEncoderDecoderOutput = GenerateBeamEncoderDecoderOutput
TFBeamSearchEncoderDecoderOutput = GenerateBeamEncoderDecoderOutput
TFContrastiveSearchEncoderDecoderOutput = GenerateEncoderDecoderOutput
TFGreedySearchEncoderDecoderOutput = GenerateEncoderDecoderOutput
TFSampleEncoderDecoderOutput = GenerateEncoderDecoderOutput

GenerateBeamOutput = GenerateBeamDecoderOnlyOutput | GenerateBeamEncoderDecoderOutput
GenerateNonBeamOutput = GenerateDecoderOnlyOutput | GenerateEncoderDecoderOutput
GenerateOutput = GenerateNonBeamOutput | GenerateBeamOutput
BeamSampleOutput = GenerateBeamOutput
BeamSearchOutput = GenerateBeamOutput
ContrastiveSearchOutput = GenerateNonBeamOutput
GreedySearchOutput = GenerateNonBeamOutput
SampleOutput = GenerateNonBeamOutput
TFBeamSampleOutput = GenerateBeamOutput
TFBeamSearchOutput = GenerateBeamOutput
TFContrastiveSearchOutput = GenerateNonBeamOutput
TFGreedySearchOutput = GenerateNonBeamOutput
TFSampleOutput = GenerateNonBeamOutput
TFGenerateOutput = GenerateOutput

__all__ = [
    "BeamSampleDecoderOnlyOutput",
    "BeamSampleEncoderDecoderOutput",
    "BeamSampleOutput",
    "BeamSearchDecoderOnlyOutput",
    "BeamSearchEncoderDecoderOutput",
    "BeamSearchOutput",
    "ContrastiveSearchDecoderOnlyOutput",
    "ContrastiveSearchEncoderDecoderOutput",
    "ContrastiveSearchOutput",
    "FlaxBeamSearchOutput",
    "FlaxGreedySearchOutput",
    "FlaxSampleOutput",
    "GenerateBeamDecoderOnlyOutput",
    "GenerateBeamEncoderDecoderOutput",
    "GenerateBeamOutput",
    "GenerateDecoderOnlyOutput",
    "GenerateEncoderDecoderOutput",
    "GenerateNonBeamOutput",
    "GenerateOutput",
    "GreedySearchDecoderOnlyOutput",
    "GreedySearchEncoderDecoderOutput",
    "GreedySearchOutput",
    "SampleDecoderOnlyOutput",
    "SampleEncoderDecoderOutput",
    "SampleOutput",
    "TFBeamSampleDecoderOnlyOutput",
    "TFBeamSampleEncoderDecoderOutput",
    "TFBeamSampleOutput",
    "TFBeamSearchDecoderOnlyOutput",
    "TFBeamSearchEncoderDecoderOutput",
    "TFBeamSearchOutput",
    "TFContrastiveSearchDecoderOnlyOutput",
    "TFContrastiveSearchEncoderDecoderOutput",
    "TFContrastiveSearchOutput",
    "TFGenerateOutput",
    "TFGreedySearchDecoderOnlyOutput",
    "TFGreedySearchEncoderDecoderOutput",
    "TFGreedySearchOutput",
    "TFSampleDecoderOnlyOutput",
    "TFSampleEncoderDecoderOutput",
    "TFSampleOutput",
]
