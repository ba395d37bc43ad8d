"""Writing in a user's own way: functions, code that the caller trusts, and the steps that loops call."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from transformers import CompileConfig, GenerationConfig, StaticCache  # noqa: E402
from transformers.generation import utils  # noqa: E402
from transformers.generation.logits import (  # noqa: E402
    LogitsProcessorList,
    NoRepeatNGramLogitsProcessor,
    RepetitionPenaltyLogitsProcessor,
)
from transformers.generation.stopping_criteria import MaxLengthCriteria, StoppingCriteriaList  # noqa: E402

from . import golden_cases  # noqa: E402
from .writers import build, tokens, writer  # noqa: E402

IDS = torch.tensor(golden_cases.PROMPT)
B, T, V = 2, 5, 53
CODE = {
    "generate.py": "from .words import said\n\ndef generate(model, inputs, extra=0, **kwargs):\n"
    "    return said(model), inputs.shape, extra, sorted(kwargs)\n",
    "words.py": "def said(model):\n    return type(model).__name__\n",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with code that writes; its copy for importing lies beside it."""
    monkeypatch.setenv("HF_MODULES_CACHE", str(tmp_path / "modules"))
    before = set(sys.modules)
    path = list(sys.path)
    inner = tmp_path / "way" / "custom_generate"
    inner.mkdir(parents=True)
    for name, text in CODE.items():
        (inner / name).write_text(text)
    yield tmp_path / "way"
    sys.path[:] = path
    for name in set(sys.modules) - before:
        if name.startswith("transformers_modules"):
            del sys.modules[name]


# ------------------------------------------------------------------ a loop in place of ours


def greedy(
    model: Any,
    input_ids: Any,
    logits_processor: Any,
    stopping_criteria: Any,
    generation_config: Any,
    **kwargs: Any,
) -> Any:
    """Greedy search as users write it, by the steps that `generate` has."""
    pair = model.config.is_encoder_decoder
    kwargs = model._get_initial_cache_position(input_ids.shape[1], input_ids.device, kwargs)
    done = torch.zeros(input_ids.shape[0], dtype=torch.bool)
    while model._has_unfinished_sequences(bool(done.all()), False, device=input_ids.device):
        out = model(**model.prepare_inputs_for_generation(input_ids, **kwargs), return_dict=True)
        kwargs = model._update_model_kwargs_for_generation(out, kwargs, is_encoder_decoder=pair)
        scores = logits_processor(input_ids, out.logits[:, -1])
        input_ids = torch.cat([input_ids, scores.argmax(-1, keepdim=True)], dim=1)
        done = done | stopping_criteria(input_ids, scores)
    assert int(generation_config._pad_token_tensor) == generation_config.pad_token_id
    return input_ids


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("name", golden_cases.MODELS)
def test_function_writes_what_our_loop_writes(name: str, padded: bool) -> None:
    model, mask = writer("pt", name), torch.ones_like(IDS)
    if padded:
        mask[0, slice(-2, None) if model.config.is_encoder_decoder else slice(0, 2)] = 0
    asked = {
        "attention_mask": mask, "max_new_tokens": 6, "eos_token_id": None, "repetition_penalty": 1.5
    }  # fmt: skip
    assert tokens("pt", model.generate(IDS, custom_generate=greedy, **asked)) == tokens(
        "pt", model.generate(IDS, **asked)
    )


def test_function_gets_rows_for_beams_and_keywords_of_its_own() -> None:
    def way(model: Any, input_ids: Any, note: str = "", **given: Any) -> Any:
        return input_ids.shape, note, given["attention_mask"].shape, given["generation_config"].num_beams

    found = writer("pt", "llama").generate(IDS, custom_generate=way, num_beams=3, note="here")
    assert found == ((3 * B, T), "here", (3 * B, T), 3)


def test_code_of_a_folder_runs_only_for_a_caller_who_trusts_it(folder: Path) -> None:
    model = writer("pt", "llama")
    with pytest.raises(ValueError, match="trust_remote_code=True"):
        model.generate(IDS, custom_generate=str(folder))
    found = model.generate(IDS, custom_generate=str(folder), trust_remote_code=True, extra=4, num_beams=2)
    assert found == ("LlamaForCausalLM", (B, T), 4, ["num_beams"])
    loaded = model.load_custom_generate(str(folder), trust_remote_code=True)
    assert loaded(inputs=IDS)[:2] == ("LlamaForCausalLM", (B, T))
    with pytest.raises(OSError, match=r"generate\.py"):
        model.generate(IDS, custom_generate=str(folder.parent), trust_remote_code=True)


def test_strategies_that_others_fetch_are_ours() -> None:
    asked = {"num_beams": 2, "num_beam_groups": 2, "diversity_penalty": 1.5, "max_new_tokens": 4}
    model = writer("pt", "llama")
    by_name = model.generate(
        IDS, custom_generate="transformers-community/group-beam-search", trust_remote_code=True, **asked
    )
    assert tokens("pt", by_name) == tokens("pt", model.generate(IDS, **asked))


# ------------------------------------------------------------------ single steps


def test_steps_make_what_loops_need() -> None:
    model, pair = writer("pt", "llama"), writer("pt", "bart")
    config, rest = model._prepare_generation_config(GenerationConfig(max_length=9), top_k=None, foo=1)
    assert config.max_length == 9 and rest == {"foo": 1}
    value, name, given = model._prepare_model_inputs(None, torch.tensor(7), {"input_ids": IDS, "a": None})
    assert value is IDS and name == "input_ids" and given == {}
    embedded = torch.zeros(B, T, 24)
    value, name, given = model._prepare_model_inputs(None, None, {"inputs_embeds": embedded})
    assert value is embedded and name == "inputs_embeds" and given["input_ids"].shape == (B, 0)
    assert model._maybe_initialize_input_ids_for_generation(None, torch.tensor(7)).tolist() == [[7]]
    padded = torch.tensor([[3, 3, 8, 9]])
    for arguments in ((GenerationConfig(pad_token_id=3, eos_token_id=2), {}), (3, 2)):
        assert model._prepare_attention_mask_for_generation(padded, *arguments).tolist() == [[0, 0, 1, 1]]
    read = pair._prepare_encoder_decoder_kwargs_for_generation(IDS, {"attention_mask": torch.ones_like(IDS)})
    assert read["encoder_outputs"].last_hidden_state.shape == (B, T, 24)
    ids, left = pair._prepare_decoder_input_ids_for_generation(B, "input_ids", {"decoder_input_ids": IDS}, 4)
    assert ids.shape == (B, T + 1) and ids[:, 0].tolist() == [4, 4] and left == {}
    ids, wide = pair._expand_inputs_for_generation(3, True, IDS, cache_position=torch.arange(2), **read)
    assert ids.shape == (3 * B, T) and wide["encoder_outputs"][0].shape[0] == 3 * B
    assert wide["cache_position"].shape == (2,)
    made = model._get_logits_processor(GenerationConfig(no_repeat_ngram_size=2), T)
    assert [type(part) for part in made] == [NoRepeatNGramLogitsProcessor]
    assert model._get_stopping_criteria(GenerationConfig(max_length=8)).max_length == 8
    assert model._supports_default_dynamic_cache() and model._supports_logits_to_keep()
    model._validate_model_class()
    model._validate_model_kwargs({"attention_mask": IDS})
    with pytest.raises(ValueError, match="unknown keywords: foo"):
        model._validate_model_kwargs({"foo": 1})
    settings = GenerationConfig(eos_token_id=5, bos_token_id=4)
    model._prepare_special_tokens(settings, True)
    assert settings._eos_token_tensor.tolist() == [5] and settings._decoder_start_token_tensor == 4


@pytest.mark.parametrize("count", [2, 3, 4])
def test_own_way_of_encoding_is_used(count: int) -> None:
    model = build("pt", "bart")
    ours, seen = model._prepare_encoder_decoder_kwargs_for_generation, []

    def two(inputs_tensor: Any, model_kwargs: Any) -> Any:
        seen.append(inputs_tensor)
        return ours(inputs_tensor, model_kwargs)

    def three(inputs_tensor: Any, model_kwargs: Any, model_input_name: Any = None) -> Any:
        return two(inputs_tensor, model_kwargs)

    def four(inputs_tensor: Any, model_kwargs: Any, model_input_name: Any, generation_config: Any) -> Any:
        return two(inputs_tensor, model_kwargs)

    plain = tokens("pt", model.generate(IDS, max_new_tokens=4))
    model._prepare_encoder_decoder_kwargs_for_generation = {2: two, 3: three, 4: four}[count]
    assert tokens("pt", model.generate(IDS, max_new_tokens=4)) == plain
    assert [part is IDS for part in seen] == [True]


def test_prepared_inputs_say_where_the_new_tokens_stand() -> None:
    model, mask = writer("pt", "llama"), torch.ones_like(IDS)
    mask[0, :2] = 0
    found = model.prepare_inputs_for_generation(IDS, attention_mask=mask)
    assert found["position_ids"].tolist() == [[1, 1, 0, 1, 2], [0, 1, 2, 3, 4]]
    past = model(IDS[:, :3], past_key_values=StaticCache(max_cache_len=9)).past_key_values
    found = model.prepare_inputs_for_generation(
        IDS[:, 3:], past_key_values=past, cache_position=torch.tensor([3, 4]), attention_mask=mask, note=1
    )
    assert found["input_ids"].tolist() == IDS[:, 3:].tolist() and found["note"] == 1
    assert found["position_ids"].tolist() == [[1, 2], [3, 4]]
    embedded = model.get_input_embeddings()(IDS)
    found = model.prepare_inputs_for_generation(IDS, inputs_embeds=embedded)
    assert found["input_ids"] is None and found["inputs_embeds"].shape == embedded.shape
    found = model.prepare_inputs_for_generation(IDS, inputs_embeds=embedded, past_key_values=past)
    assert found["inputs_embeds"] is None and found["input_ids"].shape == (B, 2)


def test_drafts_stand_as_far_as_the_model_agrees() -> None:
    draft = torch.tensor([[9, 9, 1, 4, 5]])
    own, checked = torch.full((1, 3, 10), -1e9), torch.full((1, 4, 10), -1e9)
    own[0, range(3), [1, 4, 5]] = 0.0
    checked[0, range(4), [1, 4, 8, 0]] = 0.0
    valid, count = utils._speculative_sampling(draft, own, 3, checked, False)
    assert valid.tolist() == [[1, 4, 8]] and int(count) == 2
    checked[0, 2] = own[0, 2]
    valid, count = utils._speculative_sampling(draft, own, 3, checked, True)
    assert valid.tolist() == [[1, 4, 5]] and int(count) == 2


def test_names_of_other_modules_are_found_beside_the_mixin() -> None:
    from transformers.generation.outputs import GenerateOutput

    assert utils.GenerateOutput is GenerateOutput and utils.StaticCache is StaticCache
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        _ = utils.Nothing


# ------------------------------------------------------------------ the caller's objects go first


def test_own_objects_replace_those_of_the_settings() -> None:
    model, new = writer("pt", "llama"), {"eos_token_id": None, "max_length": 9}
    own = StoppingCriteriaList([MaxLengthCriteria(max_length=12)])
    for more in ({}, {"num_beams": 2}, {"cache_implementation": "static"}):
        assert model.generate(IDS, stopping_criteria=own, **new, **more).shape == (B, 12)
    strong = LogitsProcessorList([RepetitionPenaltyLogitsProcessor(1.9)])
    both = model.generate(IDS, logits_processor=strong, repetition_penalty=1.1, **new)
    assert tokens("pt", both) == tokens("pt", model.generate(IDS, repetition_penalty=1.9, **new))


def test_compiled_call_is_there_once_it_was_made() -> None:
    model = build("pt", "gpt2")
    assert not hasattr(model, "_compiled_call")
    made = model.get_compiled_call(CompileConfig(mode=None, backend="eager"))
    assert model._compiled_call is made
