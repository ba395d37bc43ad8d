"""Options, results and mistakes of the pipelines that write, and languages."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.models.adapters import installed
from transformers import pipeline
from transformers.pipelines.text2text_generation import ReturnType as MadeType
from transformers.pipelines.text_generation import ReturnType

from .writing_calls import GREEDY, SHORT

FRAMEWORKS = installed()
everywhere = pytest.mark.parametrize("framework", FRAMEWORKS)


# ---------------------------------------------------------------------- options and results


@everywhere
def test_stop_strings_end_texts(run: Any, framework: str) -> None:
    write = run("text-generation", "gpt2", framework)
    whole = write("the good", **GREEDY)[0]["generated_text"]
    stop = whole[len("the good")]
    for name, value in (("stop_strings", stop), ("stop_strings", ["zz", stop]), ("stop_sequences", [stop])):
        made = write("the good", **GREEDY, **{name: value})[0]["generated_text"]
        assert made == whole[: whole.index(stop, len("the good")) + 1]


def test_stop_sequences_end_texts_with_a_token(run: Any, capture: Any) -> None:
    made = run("text2text-generation", "bart", "np")
    whole = made(SHORT, **GREEDY, num_beams=1, return_tensors=True)[0]["generated_token_ids"].tolist()
    stop = made.tokenizer.decode(whole[2])
    assert made.tokenizer.encode(stop, add_special_tokens=False) == [whole[2]]
    options = {**GREEDY, "num_beams": 1, "forced_eos_token_id": None, "return_tensors": True}
    found = made(SHORT, stop_sequence=stop, **options)[0]["generated_token_ids"].tolist()
    assert found == whole[: whole.index(whole[2], 1) + 1]
    assert not capture.text
    made(SHORT, stop_sequence=f"{stop}z", **options)
    assert "first token of stop_sequence" in capture.text
    with pytest.raises(ValueError, match="a text with tokens"):
        made(SHORT, stop_sequence="")
    with pytest.raises(ValueError, match="a text with tokens"):
        run("text-generation")(SHORT, stop_sequence="")
    run("text-generation")(SHORT, stop_sequence=["in", "a"], **GREEDY)


@pytest.mark.parametrize("kind", [ReturnType.TENSORS, 0, "tensors"])
def test_return_types_by_member_number_or_name(run: Any, kind: Any) -> None:
    write = run("text-generation", "gpt2", "np")
    assert set(write("a", **GREEDY, return_type=kind)[0]) == {"generated_token_ids"}
    made = run("text2text-generation", "t5", "np")
    number = {ReturnType.TENSORS: MadeType.TENSORS}.get(kind, kind)
    assert set(made("a", **GREEDY, return_type=number)[0]) == {"generated_token_ids"}


def test_false_asks_for_no_tensors(run: Any) -> None:
    assert set(run("text-generation")("a", **GREEDY, return_tensors=False)[0]) == {"generated_text"}


@everywhere
def test_tensors_are_the_frameworks(run: Any, framework: str) -> None:
    made = run("summarization", "t5", framework)(SHORT, **GREEDY, num_beams=1, return_tensors=True)
    kind = type(made[0]["summary_token_ids"]).__module__.partition(".")[0]
    assert (
        kind in {"pt": ["torch"], "tf": ["tensorflow"], "jax": ["jaxlib", "jax"], "np": ["numpy"]}[framework]
    )


@pytest.mark.parametrize("framework", [name for name in FRAMEWORKS if name != "jax"])  # ids only there
def test_scores_come_where_they_are_asked_for(run: Any, framework: str) -> None:
    write = run("text-generation", "gpt2", framework)
    asked = {"return_dict_in_generate": True, "output_scores": True}
    for (found,) in write([SHORT, "a"], max_new_tokens=2, do_sample=False, **asked):
        assert np.array(found["scores"]).shape == (2, 279)
    tokens = write("a", max_new_tokens=2, do_sample=False, **asked, return_tensors=True)[0]
    assert np.array(tokens["scores"]).argmax(-1).tolist() == tokens["generated_token_ids"][-2:]


class Listener:
    """A streamer that keeps what it gets."""

    def __init__(self) -> None:
        self.tokens: list[int] = []
        self.ended = False

    def put(self, value: Any) -> None:
        self.tokens += np.asarray(value).reshape(-1).tolist()

    def end(self) -> None:
        self.ended = True


@everywhere
def test_streamers_get_the_tokens(run: Any, framework: str) -> None:
    listener = Listener()
    (found,) = run("text-generation", "gpt2", framework)(
        SHORT, **GREEDY, streamer=listener, return_tensors=True
    )
    assert listener.tokens == found["generated_token_ids"]
    assert listener.ended


def test_long_prompts_lose_their_start(run: Any) -> None:
    write = run("text-generation")
    made = write("the " * 60, **GREEDY, handle_long_generation="hole", return_tensors=True)[0]
    assert len(made["generated_token_ids"]) == 48
    with pytest.raises(ValueError, match="less than the prompt"):
        write("the " * 60, max_length=5, handle_long_generation="hole")
    with pytest.raises(ValueError, match="leave no room"):
        write("the " * 60, max_new_tokens=48, handle_long_generation="hole")


# ---------------------------------------------------------------------- mistakes and warnings


@pytest.mark.parametrize(
    ("given", "options", "error", "message"),
    [
        (3, {}, TypeError, "a prompt must be a text or a list of messages, got 3"),
        ([[{"role": "user"}]], {}, ValueError, '"role" and "content"'),
        ("a", {"return_text": True, "return_tensors": True}, ValueError, "return_text and return_tensors"),
        (
            "a",
            {"return_text": True, "return_full_text": True},
            ValueError,
            "contradict each other",
        ),
        ("a", {"return_full_text": True, "return_tensors": True}, ValueError, "contradict each other"),
        ("a", {"return_type": 7}, ValueError, "return_type must be one of TENSORS, NEW_TEXT, FULL_TEXT"),
        ("a", {"handle_long_generation": "cut"}, ValueError, 'must be "hole" or None'),
        ("a", {"num_beam": 1}, ValueError, "no option 'num_beam'. Did you mean 'num_beams'"),
    ],
)
def test_mistakes_are_named(run: Any, given: Any, options: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        run("text-generation", "gpt2", "np")(given, **options)


def test_empty_prompts_need_a_first_token(place: Any) -> None:
    write = pipeline("text-generation", place("gpt2"), framework="np")
    write.generation_config.bos_token_id = None
    write.tokenizer.bos_token = None
    with pytest.raises(ValueError, match="no bos_token_id"):
        write("")


@pytest.mark.parametrize("task", ["text2text-generation", "summarization", "translation_en_to_fr"])
def test_only_texts_are_rewritten(run: Any, task: str) -> None:
    with pytest.raises(TypeError, match="must be a text"):
        run(task, "t5", "np")(["a", 3])


def test_lengths_that_do_not_fit_are_warned_of(run: Any, capture: Any) -> None:
    shorten = run("summarization", "t5", "np")
    assert shorten.check_inputs(30, 2, 10)
    assert "tokens" not in capture.text
    assert not shorten.check_inputs(30, 12, 10)
    assert "min_length is 12, which is more than max_length, 10" in capture.text
    shorten(SHORT, num_beams=1, max_length=40, min_length=0)
    assert "the text has only 11: max_length=5" in capture.text
    capture.clear()
    translate = run("translation_en_to_fr", "t5", "np")
    assert translate.check_inputs(3, 0, 10)
    assert not capture.text
    translate(SHORT, num_beams=1)
    assert "a larger max_length keeps it whole" in capture.text
    capture.clear()
    run("text2text-generation", "t5", "np")(SHORT, num_beams=1, max_new_tokens=3)
    run("text-generation", "gpt2", "np")(SHORT, do_sample=False, max_new_tokens=3)
    assert not capture.text  # nothing is said where nothing is wrong


# ---------------------------------------------------------------------- translation


def test_tasks_name_languages(run: Any) -> None:
    found = run("translation_en_to_de", "t5", "np")
    assert found.prefix == "translate english to german: "
    assert found._preprocess_params == {"src_lang": "en", "tgt_lang": "de"}
    with pytest.warns(UserWarning, match="this model's first task, translation_en_to_de, is taken"):
        first = run("translation", "t5", "np")
    assert first.task == "translation_en_to_de"
    assert first.prefix == found.prefix
    with pytest.raises(KeyError, match="must name two languages"):
        pipeline("translation_en")


def test_translation_needs_languages_where_the_tokenizer_does(run: Any, place: Any) -> None:
    translate = run("translation", "mbart", "np")
    with pytest.raises(ValueError, match="src_lang"):
        translate(SHORT)
    with pytest.raises(ValueError, match="xx"):
        translate(SHORT, src_lang="xx", tgt_lang="de_DE")
    fixed = pipeline("translation", place("mbart"), framework="np", src_lang="en_XX", tgt_lang="de_DE")
    same = translate(SHORT, **GREEDY, src_lang="en_XX", tgt_lang="de_DE")
    assert fixed(SHORT, **GREEDY) == same
    assert translate(SHORT, **GREEDY, src_lang="en_XX", tgt_lang="ro_RO", return_tensors=True)


def test_default_models_of_translation_depend_on_the_languages() -> None:
    with pytest.raises(ValueError, match="choose one of translation_en_to_fr"):
        pipeline("translation")
    with pytest.raises(ValueError, match="choose one of translation_en_to_fr"):
        pipeline("translation_xx_to_yy")
