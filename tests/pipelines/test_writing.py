"""Settings, lengths, inputs and parts of the pipelines that write."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import transformers
from tests.models.adapters import ADAPTERS, installed
from transformers import GenerationConfig, pipeline
from transformers.pipelines import TextGenerationPipeline
from transformers.pipelines.pt_utils import KeyDataset
from transformers.pipelines.text_generation import Chat

from .writing_calls import ASK, GREEDY, LONG, SHORT, TALK

FRAMEWORKS = installed()
everywhere = pytest.mark.parametrize("framework", FRAMEWORKS)


# ---------------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("kind", "task", "settings", "changes", "expected"),
    [
        ("gpt2", "text-generation", None, {}, (256, 20, 0.7, True, 1)),
        ("gpt2", "text-generation", {"max_length": 30}, {}, (None, 30, 0.7, True, 1)),
        ("gpt2", "text-generation", {"max_new_tokens": 7}, {}, (7, 20, 0.7, True, 1)),
        ("gpt2", "text-generation", {"do_sample": True, "temperature": 0.3}, {}, (256, 20, 0.3, True, 1)),
        (
            "gpt2",
            "text-generation",
            None,
            {"task_specific_params": {"text-generation": {"do_sample": False, "max_length": 9}}},
            (None, 9, 1.0, False, 1),
        ),
        (
            "gpt2",
            "text-generation",
            {"max_new_tokens": 40},
            {"task_specific_params": {"text-generation": {"max_length": 9}}},
            (None, 9, 0.7, True, 1),
        ),
        ("t5", "text2text-generation", None, {}, (256, 20, 1.0, False, 4)),
        ("t5", "text2text-generation", {"num_beams": 2}, {}, (256, 20, 1.0, False, 2)),
        ("t5", "translation_en_to_de", None, {}, (None, 11, 1.0, False, 3)),
        ("t5", "translation_en_to_ro", None, {}, (256, 20, 1.0, False, 4)),
        ("bart", "summarization", None, {}, (None, 14, 1.0, False, 3)),
    ],
)
def test_settings_are_the_models_then_the_tasks_then_the_pipelines(
    place: Any, kind: str, task: str, settings: Any, changes: Any, expected: Any
) -> None:
    found = pipeline(task, place(kind, settings, **changes), framework="np")
    config = found.generation_config
    names = ("max_new_tokens", "max_length", "temperature", "do_sample", "num_beams")
    assert tuple(getattr(config, name) for name in names) == expected
    assert found.task == task
    assert found.model.generation_config is not config


@everywhere
def test_lengths_asked_for_are_kept(run: Any, framework: str) -> None:
    write = run("text-generation", "gpt2", framework)
    prompt = write.tokenizer(SHORT)["input_ids"]
    made = write(SHORT, max_length=9, do_sample=False, return_tensors=True)[0]["generated_token_ids"]
    assert len(made) == 9
    assert made[: len(prompt)] == prompt
    only = GenerationConfig(max_new_tokens=2, do_sample=False)
    made = write(SHORT, generation_config=only, return_tensors=True)[0]["generated_token_ids"]
    assert len(made) == len(prompt) + 2


def test_length_that_nobody_chose_ends_where_positions_end(run: Any) -> None:
    write = run("text-generation")
    made = write(SHORT, do_sample=False, return_tensors=True)[0]["generated_token_ids"]
    assert len(made) == 48
    made = run("text2text-generation", "bart", "np")(SHORT, num_beams=1, return_tensors=True)
    assert len(made[0]["generated_token_ids"]) <= 64


def test_prefix_counts_for_no_length(run: Any) -> None:
    write = run("text-generation")
    prefix = write.tokenizer("the good ")["input_ids"]
    made = write(SHORT, prefix="the good ", max_length=9, do_sample=False, return_tensors=True)[0]
    assert len(made["generated_token_ids"]) == 9 + len(prefix)


def test_samples_follow_the_seed(run: Any) -> None:
    write = run("text-generation")
    drawn = []
    for seed in (1, 1, 2):
        transformers.set_seed(seed)
        drawn.append(write(SHORT, max_new_tokens=12, num_return_sequences=2))
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(drawn[0]) == 2


# ---------------------------------------------------------------------- inputs


@everywhere
def test_batches_write_what_single_texts_do(run: Any, framework: str) -> None:
    write = run("text-generation", "gpt2", framework)  # its tokenizer has no padding token
    texts = [SHORT, "a", "", ASK] if framework == "pt" else [SHORT, "a"]
    single = [write(text, **GREEDY, return_tensors=True) for text in texts]
    texts = [Chat(text) if isinstance(text, list) else text for text in texts]
    assert write(texts, **GREEDY, return_tensors=True, batch_size=4) == single
    made = run("text2text-generation", "t5", framework)
    single = [made(text, **GREEDY)[0] for text in (SHORT, LONG, "a")]
    assert made([SHORT, LONG, "a"], **GREEDY, batch_size=3) == single


def test_streams_hold_texts_and_conversations(run: Any) -> None:
    write = run("text-generation")
    expected = [write(SHORT, **GREEDY), write(TALK, **GREEDY)]
    taken = []

    def source() -> Iterator[Any]:
        for item in (SHORT, TALK):
            taken.append(item)
            yield item

    results = write(source(), **GREEDY)
    assert not taken
    assert next(results) == expected[0]
    assert len(taken) == 1
    assert list(results) == expected[1:]
    rows = [{"text": SHORT}, {"text": TALK}]
    assert list(write(KeyDataset(rows, "text"), **GREEDY)) == expected
    assert write(tuple(TALK), **GREEDY) == expected[1]
    assert write([], **GREEDY) == []
    made = run("text2text-generation", "t5")
    assert list(made(iter([SHORT]), **GREEDY)) == [made(SHORT, **GREEDY)]
    assert made([], **GREEDY) == []


def test_conversations_reach_the_template(run: Any) -> None:
    write = run("text-generation")
    template = "{{ documents[0].text }}{{ messages[0].content }}"
    extra = {"chat_template": template, "documents": [{"title": "a", "text": "the "}]}
    (found,) = write(ASK, **GREEDY, tokenizer_encode_kwargs=extra, return_full_text=False)
    (plain,) = write(f"the {SHORT}", **GREEDY, return_full_text=False)
    assert found == plain
    parts = [{"role": "assistant", "content": [{"type": "text", "text": "the"}]}]
    shown = {"chat_template": "{{ messages[0].content[0].text }}"}
    (found,) = write(parts, **GREEDY, tokenizer_encode_kwargs=shown, continue_final_message=False)
    assert found["generated_text"][0] == parts[0]
    assert found["generated_text"][1]["role"] == "assistant"


# ---------------------------------------------------------------------- parts


@everywhere
def test_models_may_be_objects(run: Any, place: Any, framework: str) -> None:
    folder = place("gpt2")
    auto = getattr(transformers, f"{ADAPTERS[framework].prefix}AutoModelForCausalLM")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    own = TextGenerationPipeline(model=auto.from_pretrained(folder), tokenizer=tokenizer, **GREEDY)
    assert own.framework == framework
    assert own(SHORT) == run("text-generation", "gpt2", framework)(SHORT, **GREEDY)


def test_assistants_are_loaded_by_name_or_given(place: Any) -> None:
    folder = place("gpt2")
    named = pipeline("text-generation", folder, framework="np", assistant_model=folder)
    assert type(named.assistant_model) is type(named.model)
    assert named.assistant_tokenizer is None
    given = pipeline(
        "text-generation", folder, framework="np", assistant_model=named.model, assistant_tokenizer=folder
    )
    assert given.assistant_model is named.model
    assert given.assistant_tokenizer is not None
    settled = given._settled({}, 3)
    assert settled["assistant_model"] is named.model
    assert settled["assistant_tokenizer"] is given.assistant_tokenizer


@everywhere
def test_drafts_change_no_text(run: Any, place: Any, framework: str) -> None:
    folder = place("gpt2")
    drafted = pipeline("text-generation", folder, framework=framework, assistant_model=folder)
    assert drafted(SHORT, **GREEDY) == run("text-generation", "gpt2", framework)(SHORT, **GREEDY)


def test_assistants_with_other_words_need_their_tokenizer(place: Any) -> None:
    model = transformers.NpAutoModelForCausalLM.from_pretrained(place("gpt2"))
    other = transformers.NpGPT2LMHeadModel(
        transformers.GPT2Config(vocab_size=9, n_embd=4, n_layer=1, n_head=1)
    )
    with pytest.raises(ValueError, match="give assistant_tokenizer too"):
        pipeline("text-generation", model=model, tokenizer=place("gpt2"), assistant_model=other)


def test_models_that_cannot_write_are_refused(place: Any) -> None:
    model = transformers.NpAutoModel.from_pretrained(place("gpt2"))
    tokenizer = transformers.AutoTokenizer.from_pretrained(place("gpt2"))
    with pytest.raises(TypeError, match="NpGPT2Model does not predict tokens"):
        pipeline("text-generation", model=model, tokenizer=tokenizer)
