"""Every decoder there is writes in a changing batch what whole forwards say."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

from transformers.generation.utils import forward_names

from ..layers.test_kernels_of_packages import flash  # noqa: F401
from ..models.test_common import ids, is_pair
from ..models.test_generation import NEW, WRITING, by_hand, writer
from .test_continuous_batching import TIGHT, alone, model_of, prompts, together

DECODERS = [name for name in WRITING if not is_pair(name)]


@pytest.mark.parametrize("name", DECODERS)
def test_texts_of_different_lengths_are_those_of_whole_forwards(name: str) -> None:
    model, batch = writer("pt", name), np.asarray(ids(name))[:2]
    model.generation_config.max_length = 20
    texts = [batch[0], batch[1, :-2], batch[1], batch[0, 1:3]]
    expected = [by_hand(name, text[None])[0, len(text) :].tolist() for text in texts]
    given = [text.tolist() for text in texts]
    settings = {"progress_bar": False, "max_new_tokens": NEW, "block_size": 2, "max_batch_tokens": 5}
    if "past_key_values" not in forward_names(model)[0]:  # memories of its own
        with pytest.raises(ValueError, match="keeps no keys and values"):
            model.generate_batch(given, **settings)
        return
    found = model.generate_batch(given, **settings).values()
    assert [out.generated_tokens for out in found] == expected


@pytest.mark.parametrize("kind", ["llama", "mistral", "qwen2", "gpt2"])
def test_texts_are_the_same_with_a_kernel_that_takes_no_padding(kind: str, flash: Any) -> None:  # noqa: F811
    plain = model_of(kind)
    expected = [alone(plain, ids, 0, max_new_tokens=7) for ids in prompts()]
    config = copy.deepcopy(plain.config)
    model = type(plain)._from_config(config, attn_implementation="paged_attention").eval()
    model.load_state_dict(plain.state_dict())
    assert together(model, prompts(), max_new_tokens=7, **TIGHT) == expected and flash
