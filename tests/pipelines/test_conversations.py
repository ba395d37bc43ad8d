"""`Conversation`, and the pipeline that answers in conversations."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.models import seeding
from tests.models.adapters import installed
from transformers import Conversation, pipeline

from . import writing
from .writing_calls import ASK, BEGUN, GREEDY

GOLDEN = json.loads(gzip.decompress((Path(__file__).parent / "writing_golden.json.gz").read_bytes()))


def test_messages_are_kept_in_order(capture: Any) -> None:
    talk = Conversation("hi")
    assert (talk.new_user_input, talk.past_user_inputs, talk.generated_responses) == ("hi", [], [])
    talk.add_user_input("again")
    assert "dropped" in capture.text
    assert talk.messages == [{"role": "user", "content": "hi"}]
    talk.add_user_input("over", overwrite=True)
    assert "replaces it" in capture.text
    talk.append_response("yes")
    talk.mark_processed()
    assert list(talk.iter_texts()) == [(True, "over"), (False, "yes")]
    assert talk.past_user_inputs == ["over"]
    talk.add_user_input("more")
    assert (talk.new_user_input, talk.past_user_inputs) == ("more", ["over"])
    assert talk.generated_responses == ["yes"]
    assert len(talk) == 3
    assert list(talk)[1] == talk[1] == {"role": "assistant", "content": "yes"}
    talk[1] = {"role": "assistant", "content": "no"}
    assert talk.generated_responses == ["no"]
    assert repr(talk) == f"Conversation id: {talk.uuid}\nuser: over\nassistant: no\nuser: more\n"


def test_conversations_begin_in_several_ways() -> None:
    assert Conversation().messages == []
    assert Conversation(text="x").messages == Conversation("x").messages
    talk = Conversation("x", past_user_inputs=["p", "q"], generated_responses=["g"])
    assert [message["content"] for message in talk] == ["p", "g", "q", "x"]
    assert [message["role"] for message in talk] == ["user", "assistant", "user", "user"]
    with pytest.raises(TypeError, match="'foo'"):
        Conversation("x", foo=1)


def test_conversations_are_equal_by_identifier_or_messages() -> None:
    one, two = Conversation("a"), Conversation(ASK)
    assert one == Conversation("a")
    assert one != two
    assert one == Conversation("b", conversation_id=one.uuid)
    assert one != "a"


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({"role": "user"}, "keys"),
        ({"role": "user", "content": "a", "name": "b"}, "keys"),
        ({"role": "robot", "content": "a"}, "role must be one of user, assistant, system, got 'robot'"),
    ],
)
def test_wrong_messages_are_refused(message: Any, error: str) -> None:
    with pytest.raises(ValueError, match=error):
        Conversation().add_message(message)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    place = tmp_path_factory.mktemp("talk")
    return str(writing.write(place, "gpt2", GOLDEN["shapes"]["gpt2"], seeding.weight))


@pytest.mark.parametrize("framework", installed())
def test_answers_are_added(folder: str, framework: str) -> None:
    answer = pipeline("conversational", folder, framework=framework)
    talk = Conversation("the")
    assert answer(talk, **GREEDY) is talk
    talk.add_user_input("good")
    answer(talk, **GREEDY)
    assert [message["role"] for message in talk] == ["user", "assistant"] * 2
    assert answer([dict(ASK[0])], **GREEDY).messages == answer(Conversation(ASK), **GREEDY).messages
    single = [answer(Conversation(messages), **GREEDY) for messages in (ASK, BEGUN)]
    assert answer([Conversation(ASK), Conversation(BEGUN)], **GREEDY, batch_size=2) == single
    assert answer([ASK, BEGUN], **GREEDY) == single


def test_long_conversations_lose_their_start(folder: str, capture: Any) -> None:
    answer = pipeline("conversational", folder, framework="np")
    talk = answer(Conversation("the " * 60), do_sample=False)
    assert "its start is cut" in capture.text
    assert len(talk) == 2
    talk = answer(Conversation("the " * 60), do_sample=False, minimum_tokens=2, max_new_tokens=2)
    assert len(talk) == 2


@pytest.mark.parametrize(("kind", "framework"), [("bart", "np")])
def test_pairs_of_encoder_and_decoder_answer(tmp_path: Path, kind: str, framework: str) -> None:
    writing.write(tmp_path, kind, GOLDEN["shapes"][kind], seeding.weight)
    answer = pipeline("conversational", str(tmp_path), framework=framework)
    made = pipeline("text2text-generation", str(tmp_path), framework=framework)
    ids = made.tokenizer("the</s>", add_special_tokens=False)["input_ids"]
    talk = answer(Conversation("the"), num_beams=1, **GREEDY, clean_up_tokenization_spaces=False)
    import numpy as np

    rows = made.model.generate(np.array([ids]), num_beams=1, **GREEDY)
    assert talk[-1]["content"] == made.tokenizer.decode(rows[0][1:].tolist(), skip_special_tokens=True)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [("a", TypeError, "must be a Conversation"), (Conversation(), ValueError, "has no messages")],
)
def test_what_is_no_conversation_is_refused(folder: str, given: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        pipeline("conversational", folder, framework="np")(given)
