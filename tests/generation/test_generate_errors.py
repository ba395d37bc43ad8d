"""What `generate` refuses, and how it says so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from transformers import GPT2Model, NpGPT2Model, StaticCache  # noqa: E402

from . import golden_cases  # noqa: E402
from .writers import assistant, build, writer  # noqa: E402

IDS = torch.tensor(golden_cases.PROMPT)
ALONE = torch.tensor(golden_cases.ALONE)


def refused(error: type[Exception], match: str, *args: Any, model: Any = None, **kwargs: Any) -> None:
    with pytest.raises(error, match=match):
        (model or writer("pt", "llama")).generate(*args, **kwargs)


@pytest.mark.parametrize("framework", ["pt", "np"])
def test_unknown_keyword_is_named_with_what_was_meant(framework: str) -> None:
    ids = IDS if framework == "pt" else IDS.numpy()
    model = writer(framework, "llama")
    refused(
        ValueError, "unknown keywords: num_beems.*Did you mean 'num_beams'", ids, model=model, num_beems=2
    )
    refused(ValueError, "unknown keywords: foo", ids, model=model, foo=1)


def test_streamer_and_beams_do_not_go_together() -> None:
    refused(ValueError, "a streamer does not go with beams", IDS, streamer=object(), num_beams=2)


@pytest.mark.parametrize("given", [{"num_beams": 10**12}, {"do_sample": True, "num_return_sequences": 10**9}])
def test_more_texts_than_memory_could_hold_are_refused(given: dict[str, Any]) -> None:
    refused(ValueError, "at most 16384 are possible", IDS, **given)


def test_length_must_leave_room() -> None:
    refused(ValueError, "input_ids hold 5 tokens, and max_length is 5", IDS, max_length=5)
    start = torch.tensor([[2, 7, 8]])
    kwargs = {"decoder_input_ids": start, "max_length": 3}
    refused(ValueError, "decoder_input_ids hold 3", ALONE, model=writer("pt", "bart"), **kwargs)


def test_something_must_begin_the_text() -> None:
    refused(ValueError, "pass input_ids, or set bos_token_id", model=build("pt", "llama", bos_token_id=None))
    model = build("pt", "t5", decoder_start_token_id=None)
    refused(ValueError, "a decoder needs a token to begin with: set decoder_start_token_id", IDS, model=model)


def test_prompt_is_given_once() -> None:
    refused(ValueError, "given twice, as `inputs` and as `input_ids`", IDS, input_ids=IDS)


def test_classes_that_predict_no_tokens_name_those_that_do() -> None:
    config = writer("pt", "gpt2").config
    for kind, prefix in ((GPT2Model, ""), (NpGPT2Model, "Np")):
        with pytest.raises(TypeError, match=f"{prefix}GPT2Model does not predict.*GPT2LMHeadModel"):
            kind(config).generate(IDS.numpy() if prefix else IDS)


def test_settings_must_be_settings() -> None:
    refused(TypeError, "generation_config must be a GenerationConfig, got dict", IDS, generation_config={})


def test_own_way_of_writing_must_be_a_function() -> None:
    refused(ValueError, "custom_generate must be a function", IDS, custom_generate=5)


def test_stop_strings_need_the_tokenizer() -> None:
    refused(ValueError, "stop_strings need the tokenizer", IDS, stop_strings=["a"])


# ------------------------------------------------------------------ strategies


@pytest.mark.parametrize(
    "words",
    [[], 5, [[]], [5], [[1.5]], [[-1]], [[[1], 2]], [[[1], []]], [[[1], [-2]]], (1, 2)],
)
@pytest.mark.parametrize("framework", ["pt", "np"])
def test_forced_words_are_lists_of_ids(words: Any, framework: str) -> None:
    ids = IDS if framework == "pt" else IDS.numpy()
    with pytest.raises((ValueError, TypeError), match="force_words_ids"):
        writer(framework, "llama").generate(ids, num_beams=2, force_words_ids=words)


def test_forced_words_need_beams() -> None:
    refused(ValueError, "needs num_beams greater than 1, got 1", IDS, force_words_ids=[[5]])
    refused(ValueError, "may be the beginning of another", IDS, num_beams=2, force_words_ids=[[[5], [5, 6]]])


def test_contrastive_search_needs_a_cache() -> None:
    settings = {"penalty_alpha": 0.5, "top_k": 3}
    refused(ValueError, "contrastive search needs use_cache=True", IDS, use_cache=False, **settings)


@pytest.mark.parametrize("framework", ["pt", "np"])
def test_drafts_need_one_text_and_a_cache_that_forgets(framework: str) -> None:
    model = writer(framework, "llama")
    ids, alone = (IDS, ALONE) if framework == "pt" else (IDS.numpy(), ALONE.numpy())
    lookup = {"prompt_lookup_num_tokens": 2, "model": model}
    refused(ValueError, "one text at a time, got 2", ids, **lookup)
    refused(ValueError, "drafts need use_cache=True", alone, use_cache=False, **lookup)
    refused(ValueError, "a cache that forgets tokens", alone, cache_implementation="static", **lookup)
    several = {"do_sample": True, "num_return_sequences": 2}
    refused(ValueError, r"one text at a time: num_return_sequences \(2\)", alone, **several, **lookup)


def test_drafts_refuse_a_fixed_cache_of_the_caller() -> None:
    model = writer("pt", "llama")
    past = StaticCache(config=model.config, max_cache_len=40)
    model(ALONE[:, :2], past_key_values=past, cache_position=torch.arange(2))
    refused(
        ValueError, "a cache that forgets tokens", ALONE, past_key_values=past, prompt_lookup_num_tokens=2
    )


def test_assistant_must_fit() -> None:
    other = build("pt", "gpt2", vocab_size=60)
    refused(
        ValueError,
        "predicts 60 tokens, the model 53: pass tokenizer= and assistant_tokenizer=",
        ALONE,
        assistant_model=other,
    )
    same = assistant("pt", "llama")
    refused(
        ValueError, "assistant_tokenizer must not be given", ALONE, assistant_model=same,
        assistant_tokenizer=object(), tokenizer=object(),
    )  # fmt: skip
    refused(
        ValueError, "the model.s encoder has other sizes", ALONE, model=writer("pt", "bart"),
        assistant_model=writer("pt", "gpt2"),
    )  # fmt: skip


@pytest.mark.parametrize("framework", ["pt", "np"])
def test_early_exit_is_one_of_the_layers(framework: str) -> None:
    alone = ALONE if framework == "pt" else ALONE.numpy()
    for layer in (0, 2):
        with pytest.raises(ValueError, match=r"from 1 to 1 \(the model has 2 layers\)"):
            writer(framework, "llama").generate(alone, assistant_early_exit=layer)
    with pytest.raises(ValueError, match="works with decoders only"):
        writer(framework, "bart").generate(alone, assistant_early_exit=1)


def test_dola_needs_a_decoder_and_earlier_layers() -> None:
    refused(
        ValueError, "dola_layers works with decoders only", IDS, model=writer("pt", "t5"), dola_layers="low"
    )
    refused(ValueError, r"layers from 0 to 1, got \[2, 5\]", IDS, dola_layers=[2, 5])
    refused((ValueError, TypeError), "dola_layers", IDS, dola_layers=["low"])  # type: ignore[arg-type]


def test_a_past_that_cannot_be_cut_is_said() -> None:
    from transformers.generation.torch_driver import Driver

    driver = Driver(writer("pt", "llama"), {"past_key_values": ((torch.zeros(1, 2, 3, 4),) * 2,)})
    with pytest.raises(ValueError, match="is not a cache that can be cut"):
        driver.crop(2)


def test_arrays_of_numpy_are_enough_for_a_numpy_model() -> None:
    found = writer("np", "llama").generate(np.array(golden_cases.PROMPT), max_new_tokens=2)
    assert found.shape == (2, 7)
