"""What a request may have for itself, in a manager."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from .test_continuous_batching import alone  # noqa: E402
from .test_continuous_manager import LONG, PROMPTS, manager, threads  # noqa: E402, F401
from .writers import Words, writer  # noqa: E402


@pytest.mark.parametrize(
    "manager",
    [{**LONG, "do_sample": True, "num_return_sequences": 3, "max_new_tokens": 50, "streaming": True}],
    indirect=True,
)
def test_each_text_of_a_prompt_is_a_request(manager: Any) -> None:  # noqa: F811
    assert manager.add_request(PROMPTS[0], "a", seed=5, max_new_tokens=50) == "a"
    manager.cancel_request("a#1")
    with pytest.raises(ValueError, match="there is an open request 'a'"):
        manager.add_request(PROMPTS[1], "a")
    with pytest.raises(ValueError, match="there is an open request 'a#2'"):
        manager.add_request(PROMPTS[1], "a#2")
    for name, seed in (("a", 5), ("a#2", 7)):
        *_, last = manager.request_id_iter(name)
        settings = {**LONG, "do_sample": True, "max_new_tokens": 50}
        assert last.generated_tokens == alone(writer("pt", "llama"), PROMPTS[0], seed, **settings)
    *_, last = manager.request_id_iter("a#1")
    assert last.error == "the request was cancelled"


def test_requests_have_strings_processors_and_criteria_of_their_own() -> None:
    model, words = writer("pt", "llama"), Words()
    expected = alone(model, PROMPTS[0], 0, **{**LONG, "max_new_tokens": 9})
    stop = f"w{expected[4]} "
    config = type(model.generation_config).from_dict({**model.generation_config.to_dict(), **LONG})
    config.stop_strings = ["no such word"]
    made = model.init_continuous_batching(config, streaming=True, tokenizer=words)

    def only(input_ids: Any, scores: Any) -> Any:
        return scores.masked_fill(torch.arange(scores.shape[-1]) != 7, -float("inf"))

    own: list[dict[str, Any]] = [
        {"stop_strings": stop},
        {"logits_processor": [only], "max_new_tokens": 3},
        {"stopping_criteria": [lambda ids, scores: ids.shape[1] == len(PROMPTS[0]) + 6]},
        {"max_new_tokens": 9},
    ]
    names = [made.add_request(PROMPTS[0], **given) for given in own]
    made.start()
    found = [list(made.request_id_iter(name)) for name in names]
    cut = expected.index(expected[4]) + 1
    wanted = [expected[:cut], [7, 7, 7], expected[:6], expected]
    assert [outs[-1].generated_tokens for outs in found] == wanted
    assert len(found[0]) == cut and len(found[2]) == 6
    made.stop(block=True)
    assert not threads()
