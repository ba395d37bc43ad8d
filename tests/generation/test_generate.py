"""What `generate` gives and takes: outputs, inputs of every kind, caches, processors, criteria, streams."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from transformers import GenerationConfig  # noqa: E402
from transformers.generation.logits import LogitsProcessor, LogitsProcessorList  # noqa: E402
from transformers.generation.stopping_criteria import StoppingCriteriaList  # noqa: E402

from ..models.adapters import installed  # noqa: E402
from . import golden_cases  # noqa: E402
from .writers import Words, build, prompt, tokens, writer  # noqa: E402

IDS = torch.tensor(golden_cases.PROMPT)
NEW = {"max_new_tokens": 6, "eos_token_id": None}
B, T, N, V, C, H, L = 2, 5, 4, 53, 24, 4, 2
DECODERS, PAIRS = ("gpt2", "llama"), ("t5", "bart")
every = pytest.mark.parametrize("name", golden_cases.MODELS)
decoder = pytest.mark.parametrize("name", DECODERS)
pair = pytest.mark.parametrize("name", PAIRS)


def write(name: str, *args: Any, framework: str = "pt", **kwargs: Any) -> Any:
    return tokens(framework, writer(framework, name).generate(*args, **{**NEW, **kwargs}))


# ------------------------------------------------------------------ outputs


@every
@pytest.mark.parametrize("beams", [1, 3])
def test_output_holds_scores_logits_and_states_of_every_step(name: str, beams: int) -> None:
    asked = ("scores", "logits", "attentions", "hidden_states")
    out = writer("pt", name).generate(
        IDS,
        max_new_tokens=N,
        eos_token_id=None,
        num_beams=beams,
        return_dict_in_generate=True,
        **{f"output_{key}": True for key in asked},
    )
    seq2seq = name in PAIRS
    start, rows = (1, B * beams) if seq2seq else (T, B * beams)
    assert out.sequences.shape == (B, start + N)
    assert type(out).__name__ == (
        f"Generate{'Beam' if beams > 1 else ''}{'EncoderDecoder' if seq2seq else 'DecoderOnly'}Output"
    )
    for kept in (out.scores, out.logits):
        assert [step.shape for step in kept] == [(rows, V)] * N
    states = out.decoder_hidden_states if seq2seq else out.hidden_states
    attentions = out.decoder_attentions if seq2seq else out.attentions
    widths = [start, *[1] * (N - 1)]
    assert [[tuple(layer.shape) for layer in step] for step in states] == [
        [(rows, width, C)] * (L + 1) for width in widths
    ]
    assert [[tuple(layer.shape) for layer in step] for step in attentions] == [
        [(rows, H, width, start + step)] * L for step, width in enumerate(widths)
    ]
    if seq2seq:
        assert [tuple(part.shape) for part in out.encoder_hidden_states] == [(B, T, C)] * (L + 1)
        assert [tuple(part.shape) for part in out.cross_attentions[1]] == [(rows, H, 1, T)] * L
    assert out.past_key_values.get_seq_length() == start + N - 1


def test_extras_are_left_out_without_the_dataclass() -> None:
    out = writer("pt", "llama").generate(IDS, **NEW, output_scores=True)
    assert isinstance(out, torch.Tensor)
    full = writer("pt", "llama").generate(IDS, **NEW, return_dict_in_generate=True)
    assert full.scores is None and full.logits is None and full.hidden_states is None


@pytest.mark.parametrize("settings", [{}, {"num_beams": 3, "num_return_sequences": 2, "length_penalty": 0.0}])
@every
def test_transition_scores_add_up_to_the_score_of_a_text(name: str, settings: dict[str, Any]) -> None:
    model = writer("pt", name)
    flags = {"return_dict_in_generate": True, "output_scores": True}
    out = model.generate(IDS, max_new_tokens=6, **settings, **flags)
    found = model.compute_transition_scores(
        out.sequences, out.scores, out.get("beam_indices"), normalize_logits=not settings
    )
    if settings:
        np.testing.assert_allclose(found.sum(dim=1), out.sequences_scores, atol=1e-4)
        return
    new = out.sequences[:, -len(out.scores) :]
    for step, scores in enumerate(out.scores):
        expected = torch.log_softmax(scores, dim=-1)[torch.arange(B), new[:, step]]
        np.testing.assert_allclose(found[:, step], expected, atol=1e-5)


def test_group_beams_know_the_rows_they_came_from() -> None:
    model = writer("pt", "llama")
    out = model.generate(
        IDS, max_new_tokens=6, num_beams=4, num_beam_groups=2, diversity_penalty=0.001, length_penalty=0.0,
        num_return_sequences=4, return_dict_in_generate=True, output_scores=True,
    )  # fmt: skip
    found = model.compute_transition_scores(out.sequences, out.scores, out.beam_indices)
    np.testing.assert_allclose(found.sum(dim=1), out.sequences_scores, atol=1e-3)


@pytest.mark.parametrize(
    "settings", [{"do_sample": True}, {"num_beams": 3}, {"num_beams": 3, "do_sample": True}]
)
@every
def test_several_texts_of_a_prompt_stand_together(name: str, settings: dict[str, Any]) -> None:
    found = writer("pt", name).generate(IDS, **NEW, num_return_sequences=3, **settings)
    assert found.shape[0] == 3 * B
    if name in DECODERS:
        assert torch.equal(found[:, :T], IDS.repeat_interleave(3, dim=0))


# ------------------------------------------------------------------ inputs


@decoder
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"num_beams": 4, "num_beam_groups": 2, "diversity_penalty": 0.5},
        {"penalty_alpha": 0.6, "top_k": 4},
    ],
)
def test_embeddings_of_the_prompt_stand_for_it(name: str, settings: dict[str, Any]) -> None:
    model = writer("pt", name)
    embedded = model.get_input_embeddings()(IDS)
    expected = write(name, IDS, **settings)
    assert write(name, inputs_embeds=embedded, **settings) == [row[T:] for row in expected]
    assert write(name, input_ids=IDS, inputs_embeds=embedded, **settings) == expected


@pair
def test_encoder_output_stands_for_the_prompt(name: str) -> None:
    model = writer("pt", name)
    encoded = model.get_encoder()(IDS)
    expected = write(name, IDS)
    assert write(name, encoder_outputs=encoded) == expected
    assert write(name, encoder_outputs=(encoded[0],)) == expected
    assert write(name, IDS, encoder_outputs=encoded, num_beams=3) == write(name, IDS, num_beams=3)


@pair
def test_decoder_prefix_is_continued(name: str) -> None:
    whole = torch.tensor(write(name, IDS))
    prefix = whole[:, :3]
    settings = {"max_new_tokens": 4}
    assert write(name, IDS, decoder_input_ids=prefix, **settings) == whole.tolist()
    # A prefix without the start token is given one.
    assert write(name, IDS, decoder_input_ids=prefix[:, 1:], **settings) == whole.tolist()


@decoder
def test_nothing_given_begins_with_bos(name: str) -> None:
    assert [row[0] for row in write(name)] == [1]


@every
@pytest.mark.parametrize(
    "settings", [{}, {"num_beams": 3}, {"num_beams": 4, "num_beam_groups": 2, "diversity_penalty": 0.5}]
)
def test_text_is_the_same_without_a_cache(name: str, settings: dict[str, Any]) -> None:
    assert write(name, IDS, use_cache=False, **settings) == write(name, IDS, **settings)


@every
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"num_beams": 3},
        {"num_beams": 4, "num_beam_groups": 2, "diversity_penalty": 0.5},
        {"penalty_alpha": 0.6, "top_k": 4},
        {"num_beams": 3, "force_words_ids": [[7, 8]]},
    ],
)
def test_padded_batch_gives_the_texts_of_single_prompts(name: str, settings: dict[str, Any]) -> None:
    given = prompt("pt", "padded", name in PAIRS)
    found = write(name, **given, **settings)
    for row, length in enumerate(golden_cases.LENGTHS):
        alone = IDS[row : row + 1, :length] if name in PAIRS else IDS[row : row + 1, T - length :]
        expected = write(name, alone, **settings)[0]
        assert found[row][-6:] == expected[-6:]


def test_padding_is_seen_without_a_mask() -> None:
    given = prompt("pt", "padded", False)
    assert write("llama", given["input_ids"]) == write("llama", **given)


@decoder
@pytest.mark.parametrize("kind", ["static", "dynamic_full"])
def test_every_cache_gives_the_same_text(name: str, kind: str) -> None:
    for settings in ({}, {"num_beams": 3}):
        assert write(name, IDS, cache_implementation=kind, **settings) == write(name, IDS, **settings)


@decoder
def test_legacy_tuple_of_the_past_is_accepted(name: str) -> None:
    model = writer("pt", name)
    past = model(IDS[:, :3], use_cache=True).past_key_values.to_legacy_cache()
    assert write(name, IDS, past_key_values=past) == write(name, IDS)


def test_processes_of_a_group_stop_together(monkeypatch: pytest.MonkeyPatch) -> None:
    sums = []

    def all_reduce(flag: Any, op: Any) -> None:
        sums.append(float(flag))
        flag.fill_(float(len(sums) < 9))  # another process needs more steps

    monkeypatch.setattr("torch.distributed.all_reduce", all_reduce)
    found = writer("pt", "llama").generate(IDS, max_new_tokens=4, synced_gpus=True)
    assert sums[:4] == [1.0] * 4 and sums[-1] == 0.0
    assert found[:, : T + 4].tolist() == writer("pt", "llama").generate(IDS, max_new_tokens=4).tolist()


# ------------------------------------------------------------------ settings, processors, criteria


@pytest.mark.parametrize("framework", ["pt", "jax", "tf", "np"])
def test_settings_are_saved_and_loaded_with_the_model(framework: str, tmp_path: Path) -> None:
    if framework not in installed():
        pytest.skip(f"{framework} is not installed")
    model = build(framework, "gpt2")
    model.generation_config = GenerationConfig(max_new_tokens=3, num_beams=2, eos_token_id=2, pad_token_id=3)
    model.save_pretrained(tmp_path)
    assert GenerationConfig.from_pretrained(tmp_path).num_beams == 2
    loaded = type(model).from_pretrained(tmp_path)
    assert loaded.generation_config.max_new_tokens == 3
    given = prompt(framework, "batch", False)
    found = tokens(framework, loaded.generate(**given))
    assert found == tokens(framework, model.generate(**given)) and len(found[0]) <= T + 3


def test_prefix_function_says_what_may_come() -> None:
    def allowed(row: int, ids: Any) -> list[int]:
        return [10 + row, 20 + len(ids)]

    for settings in ({}, {"num_beams": 2}):
        for row, text in enumerate(write("llama", IDS, prefix_allowed_tokens_fn=allowed, **settings)):
            assert all(token in (10 + row, 20 + place) for place, token in enumerate(text) if place >= T)


@pytest.mark.parametrize("framework", ["pt", "np"])
def test_callers_processors_and_criteria_are_used(framework: str) -> None:
    class Only(LogitsProcessor):
        def __call__(self, input_ids: Any, scores: Any) -> Any:
            kept = np.full(scores.shape, -np.inf, dtype=np.float32)
            kept[:, 7] = 0.0
            return torch.from_numpy(kept) if framework == "pt" else kept

    def at_eight(ids: Any, scores: Any, **kwargs: Any) -> Any:
        done = ids.shape[1] >= 8
        return torch.full((len(ids),), done) if framework == "pt" else np.full(len(ids), done)

    found = write(
        "gpt2",
        prompt(framework, "batch", False)["input_ids"],
        framework=framework,
        logits_processor=LogitsProcessorList([Only()]) if framework == "pt" else [Only()],
        stopping_criteria=StoppingCriteriaList([at_eight]),
    )
    assert [row[T:] for row in found] == [[7, 7, 7]] * B


@pytest.mark.parametrize("settings", [{}, {"prompt_lookup_num_tokens": 3}])
def test_stop_string_ends_a_text(settings: dict[str, Any]) -> None:
    whole = write("llama", IDS[:1])[0]
    stop = f"w{whole[T + 1]} w{whole[T + 2]}"
    found = write("llama", IDS[:1], stop_strings=[stop], tokenizer=Words(), **settings)
    assert found == [whole[: T + 3]]


@pytest.mark.parametrize("framework", installed())
def test_encoder_settings_look_at_the_prompt_of_a_decoder(framework: str) -> None:
    ids = prompt(framework, "batch", False)["input_ids"]
    plain = write("llama", ids, framework=framework)
    for settings in ({"encoder_no_repeat_ngram_size": 1}, {"encoder_repetition_penalty": 1e-4}):
        for row, text in enumerate(write("llama", ids, framework=framework, **settings)):
            assert not {*text[T:]} & {*golden_cases.PROMPT[row]}
    favoured = write("llama", ids, framework=framework, encoder_repetition_penalty=1e4)
    assert all({*text[T:]} <= {*golden_cases.PROMPT[row]} for row, text in enumerate(favoured))
    assert favoured != plain
