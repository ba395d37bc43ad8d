"""Outputs of `generate`: fields, order and names."""

from __future__ import annotations

import dataclasses
import typing

import numpy as np
import pytest

import transformers.generation
from transformers.generation import outputs

FIELDS = {
    "GenerateDecoderOnlyOutput": "sequences scores logits attentions hidden_states past_key_values",
    "GenerateEncoderDecoderOutput": (
        "sequences scores logits encoder_attentions encoder_hidden_states decoder_attentions "
        "cross_attentions decoder_hidden_states past_key_values"
    ),
    "GenerateBeamDecoderOnlyOutput": (
        "sequences sequences_scores scores logits beam_indices attentions hidden_states past_key_values"
    ),
    "GenerateBeamEncoderDecoderOutput": (
        "sequences sequences_scores scores logits beam_indices encoder_attentions encoder_hidden_states "
        "decoder_attentions cross_attentions decoder_hidden_states past_key_values"
    ),
    "FlaxGreedySearchOutput": "sequences",
    "FlaxSampleOutput": "sequences",
    "FlaxBeamSearchOutput": "sequences scores",
}


@pytest.mark.parametrize("name", FIELDS)
def test_fields_are_the_published_ones(name: str) -> None:
    cls = getattr(transformers.generation, name)
    assert [field.name for field in dataclasses.fields(cls)] == FIELDS[name].split()
    output = cls(sequences=np.zeros((2, 3)))
    assert list(output) == ["sequences"]
    assert output[0] is output.sequences


@pytest.mark.parametrize("prefix", ["", "TF"])
@pytest.mark.parametrize("strategy", ["Greedy", "Contrastive", "Sample", "Beam", "BeamSample"])
def test_earlier_names_are_the_same_classes(prefix: str, strategy: str) -> None:
    middle = strategy if "Sample" in strategy else f"{strategy}Search"
    beam = "Beam" if strategy.startswith("Beam") else ""
    for form in ("DecoderOnly", "EncoderDecoder"):
        found = getattr(transformers.generation, f"{prefix}{middle}{form}Output")
        assert found is getattr(outputs, f"Generate{beam}{form}Output")
        union = getattr(transformers.generation, f"{prefix}{middle}Output")
        assert found in typing.get_args(union)
        assert found in typing.get_args(outputs.GenerateOutput)


def test_jax_outputs_are_replaced_as_in_flax() -> None:
    output = outputs.FlaxBeamSearchOutput(sequences=1, scores=2)
    assert output.replace(scores=3).to_tuple() == (1, 3)
    assert output.scores == 2
