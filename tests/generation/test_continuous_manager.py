"""The manager of continuous batching: requests at any time, results as they come, an end without rest."""

from __future__ import annotations

import gc
import queue
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from transformers.generation.continuous_batching import RequestStatus, continuous_api  # noqa: E402

from . import golden_cases  # noqa: E402
from .test_continuous_batching import alone  # noqa: E402
from .writers import build, writer  # noqa: E402

PROMPTS = [golden_cases.PROMPT[0][:3], golden_cases.PROMPT[1], golden_cases.PROMPT[0]]
LONG = {"eos_token_id": [4000], "max_new_tokens": 60}  # a token that there is not


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "continuous batching"]


def manager_of(streaming: bool = False, model: Any = None, **settings: Any) -> Any:
    model = writer("pt", "llama") if model is None else model
    config = type(model.generation_config).from_dict(model.generation_config.to_dict())
    own = {name: settings.pop(name) for name in ("max_queue_size", "manual_eviction") if name in settings}
    for name, value in settings.items():
        setattr(config, name, value)
    return model.init_continuous_batching(config, streaming=streaming, **own)


@pytest.fixture
def manager(request: Any) -> Iterator[Any]:
    made = manager_of(**getattr(request, "param", {}))
    made.start()
    yield made
    made._desk.abort()
    made.join(10)
    assert not made.is_running() and not threads()


@pytest.mark.parametrize("manager", [{"max_new_tokens": 6}], indirect=True)
def test_results_are_whole_texts_without_streaming(manager: Any) -> None:
    assert manager.is_running() and len(threads()) == 1
    manager.start()
    assert len(threads()) == 1
    names = [*manager.add_requests(PROMPTS), manager.add_request(PROMPTS[0], "mine", max_new_tokens=2)]
    assert names == ["req_0", "req_1", "req_2", "mine"]
    last = manager.get_result("mine", timeout=20)
    assert last.generated_tokens == alone(writer("pt", "llama"), PROMPTS[0], 0, max_new_tokens=2)
    found = {out.request_id: out for out in manager}
    assert sorted(found) == names[:3] and all(out.is_finished() for out in found.values())
    for name, ids in zip(names, PROMPTS, strict=False):
        assert found[name].generated_tokens == alone(writer("pt", "llama"), ids, 0, max_new_tokens=6)
    assert manager.get_result("mine", timeout=0.01) is None and manager.get_result() is None


@pytest.mark.parametrize("manager", [{"streaming": True}], indirect=True)
def test_every_token_is_a_result_with_streaming(manager: Any) -> None:
    expected = alone(writer("pt", "llama"), PROMPTS[1], 0, max_new_tokens=4)
    assert 2 not in expected
    other = manager.add_request(PROMPTS[2], max_new_tokens=9)
    name = manager.add_request(PROMPTS[1], max_new_tokens=4)
    found = list(manager.request_id_iter(name))
    assert [out.generated_tokens for out in found] == [expected[: n + 1] for n in range(4)] + [expected]
    assert [out.status.value for out in found] == ["decoding"] * 4 + ["finished"]
    rest = list(manager.request_id_iter(other))
    assert {out.request_id for out in rest} == {other} and rest[-1].status is RequestStatus.FINISHED


@pytest.mark.parametrize("manager", [{"streaming": True}], indirect=True)
def test_token_that_ends_a_text_comes_with_its_last_result(manager: Any) -> None:
    expected = alone(writer("pt", "llama"), PROMPTS[1], 0, max_new_tokens=4)
    manager.generation_config.eos_token_id = [expected[2]]
    found = list(manager.request_id_iter(manager.add_request(PROMPTS[1])))
    stop = expected.index(expected[2]) + 1
    assert [len(out.generated_tokens) for out in found] == list(range(1, stop + 1))
    assert found[-1].generated_tokens == expected[:stop] and found[-1].status is RequestStatus.FINISHED


@pytest.mark.parametrize("manager", [{**LONG, "num_blocks": 3, "streaming": True}], indirect=True)
def test_cancelled_request_ends_and_gives_its_blocks_back(manager: Any) -> None:
    first = manager.add_request(PROMPTS[1])
    waiting = manager.add_request(PROMPTS[2])  # there are blocks for one at a time
    results = manager.request_id_iter(first)
    next(results)
    manager.cancel_request(first)
    manager.cancel_request("nobody")
    *_, last = results
    assert last.status is RequestStatus.FAILED and last.error == "the request was cancelled"
    *_, last = manager.request_id_iter(waiting)
    assert last.status is RequestStatus.FINISHED and len(last.generated_tokens) == 60


@pytest.mark.parametrize("manager", [{**LONG, "num_blocks": 4, "manual_eviction": True}], indirect=True)
def test_blocks_stay_until_they_are_evicted_by_hand(manager: Any) -> None:
    names = manager.add_requests(PROMPTS[:2] + PROMPTS[:1])  # two blocks each
    assert {manager.get_result(timeout=20).request_id for _ in range(2)} == set(names[:2])
    assert manager.get_result(timeout=0.1) is None
    manager.evict_request_from_cache(names[0])
    assert manager.get_result(timeout=20).request_id == names[2]


def test_blocks_of_an_open_request_are_not_evicted() -> None:
    manager = manager_of(manual_eviction=True)
    manager.add_request(PROMPTS[0], "a")
    with pytest.raises(ValueError, match="'a' has not ended: cancel_request ends it"):
        manager.evict_request_from_cache("a")


@pytest.mark.parametrize("manager", [{}], indirect=True)
def test_blocks_are_not_evicted_by_hand_unless_they_stay(manager: Any) -> None:
    with pytest.raises(RuntimeError, match="unless manual_eviction"):
        manager.evict_request_from_cache("req_0")


@pytest.mark.parametrize("manager", [LONG], indirect=True)
def test_stop_writes_what_there_is_and_takes_no_more(manager: Any) -> None:
    names = manager.add_requests(PROMPTS)
    manager.stop(block=True, timeout=30)
    assert not manager.is_running()
    assert sorted(out.request_id for out in manager) == sorted(names)
    with pytest.raises(RuntimeError, match="told to stop"):
        manager.add_request(PROMPTS[0])
    manager.start()
    manager.add_request(PROMPTS[0])
    assert manager.get_result(timeout=20).status is RequestStatus.FINISHED


@pytest.mark.parametrize("manager", [{**LONG, "max_new_tokens": 3000}], indirect=True)
def test_join_says_when_work_is_left(manager: Any, caplog: Any) -> None:
    continuous_api.logger.propagate = True
    manager.add_request(PROMPTS[0])
    manager.stop(block=True, timeout=0.01)
    assert manager.is_running()
    manager.cancel_request("req_0")
    manager.join(10)
    assert "still has texts to write" in caplog.text and not manager.is_running()


def test_manager_that_nobody_holds_ends_its_thread() -> None:
    manager = manager_of(**LONG)
    manager.join()
    manager.start()
    manager.add_request(PROMPTS[0], max_new_tokens=3000)
    del manager
    gc.collect()
    for _ in range(100):
        if not threads():
            break
        time.sleep(0.05)
    assert not threads()


@pytest.mark.parametrize("manager", [{"max_new_tokens": 4}], indirect=True)
def test_failing_request_is_a_result(manager: Any) -> None:
    bad, good = manager.add_requests([[500], PROMPTS[0]])
    found = manager.get_result(bad, timeout=20)
    assert (
        found.status is RequestStatus.FAILED
        and "none of the 53" in found.error
        and found.generated_tokens == []
    )
    assert manager.get_result(good, timeout=20).status is RequestStatus.FINISHED


def test_what_is_wrong_in_the_middle_fails_every_request(monkeypatch: Any, caplog: Any) -> None:
    from transformers.generation import torch_batching

    def broken(self: Any) -> None:
        raise MemoryError("no room")

    monkeypatch.setattr(torch_batching.ContinuousBatchProcessor, "step", broken)
    manager = manager_of()
    names = manager.add_requests(PROMPTS)
    manager.start()
    found = {out.request_id: out.error for out in manager}
    assert found == dict.fromkeys(names, "no room")
    manager.join(10)
    assert not threads()


def test_names_lengths_and_full_queues_are_checked(monkeypatch: Any) -> None:
    manager = manager_of(max_queue_size=2)
    monkeypatch.setattr(continuous_api, "PATIENCE", 0.01)
    manager.add_request(PROMPTS[0], request_id="a")
    with pytest.raises(ValueError, match="there is an open request 'a'"):
        manager.add_request(PROMPTS[0], request_id="a")
    with pytest.raises(ValueError, match="max_new_tokens must be at least 1"):
        manager.add_request(PROMPTS[0], max_new_tokens=0)
    manager.add_request(PROMPTS[1])
    with pytest.raises(queue.Full, match="2 requests wait already"):
        manager.add_request(PROMPTS[2])
    assert manager.get_result() is None  # nobody works
    manager.start()
    assert len(list(manager)) == 2
    manager.stop(block=True)


def test_two_managers_and_generate_work_on_one_model_at_once() -> None:
    model = build("pt", "llama")
    managers = [manager_of(model=model, max_new_tokens=20) for _ in range(2)]
    for manager in managers:
        manager.start()
        manager.add_requests(PROMPTS)
    expected = [alone(model, ids, 0, max_new_tokens=20) for ids in PROMPTS]
    for manager in managers:
        found = {out.request_id: out.generated_tokens for out in manager}
        assert [found[f"req_{index}"] for index in range(3)] == expected
        manager.stop(block=True)
    assert not any("forward" in vars(module) for module in model.modules())


class Interrupted(BaseException):
    """What `except Exception` lets pass."""


@pytest.mark.parametrize("kind", [RuntimeError, Interrupted])
def test_model_that_raises_is_told_and_leaves_no_thread(kind: type[BaseException]) -> None:
    model = build("pt", "llama")
    manager = manager_of(model=model, max_new_tokens=4)
    manager.start()
    whole, all_there = model.forward, threading.Event()

    def failing(**kwargs: Any) -> Any:
        all_there.wait(20)
        raise kind("the weights are gone")

    model.forward = failing
    names = manager.add_requests(PROMPTS)
    all_there.set()
    found = [manager.get_result(name) for name in names]  # nobody waits for ever
    assert [out.error for out in found] == ["the weights are gone"] * 3
    assert all(out.status is RequestStatus.FAILED for out in found)
    model.forward = whole
    if kind is RuntimeError:  # what came to an end is the requests, not the manager
        manager.add_request(PROMPTS[0])
        assert manager.get_result(timeout=20).status is RequestStatus.FINISHED
        manager.stop()
    manager.join(10)
    assert not threads()
    with pytest.raises(RuntimeError, match="told to stop"):
        manager.add_request(PROMPTS[0])


@pytest.mark.parametrize("manager", [{**LONG, "manual_eviction": True, "max_new_tokens": 3}], indirect=True)
def test_name_whose_blocks_stay_is_not_given_again(manager: Any) -> None:
    manager.add_request(PROMPTS[0], "a")
    first = manager.get_result(timeout=20)
    with pytest.raises(ValueError, match="'a' keeps its blocks: evict_request_from_cache comes first"):
        manager.add_request(PROMPTS[0], "a")
    manager.evict_request_from_cache("a")
    manager.cancel_request("a")  # which has ended: the next one goes on
    manager.add_request(PROMPTS[0], "a")
    assert manager.get_result(timeout=20).generated_tokens == first.generated_tokens
