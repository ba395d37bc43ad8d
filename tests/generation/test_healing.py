"""Token healing: which tokens may follow a cut, and which of them is taken."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from transformers.generation.healing import longer_tokens  # noqa: E402

from .writers import build  # noqa: E402

WORDS = ["<pad>", "<s>", "</s>", ":", "://", " a", " ab", "h", "ht", "x"]


class Pieces:
    """A tokenizer that reads the longest piece first."""

    bos_token_id, eos_token_id, pad_token_id = 1, 2, 0
    all_special_ids, all_special_tokens = [0, 1, 2], WORDS[:3]

    def get_vocab(self) -> dict[str, int]:
        return {word: index for index, word in enumerate(WORDS)}

    def get_added_vocab(self) -> dict[str, int]:
        return {}

    def convert_ids_to_tokens(self, index: int) -> str:
        return WORDS[index]

    def convert_tokens_to_string(self, parts: list[str]) -> str:
        return "".join(parts)

    def batch_decode(self, rows: Any, skip_special_tokens: bool = False) -> list[str]:
        return ["".join(WORDS[i] for i in row.tolist() if i > 2) for row in rows]

    def __call__(self, text: str) -> dict[str, list[int]]:
        ids = [1]
        while text:
            word = max((w for w in WORDS if text.startswith(w)), key=len)
            ids.append(WORDS.index(word))
            text = text[len(word) :]
        return {"input_ids": ids}


def favouring(token: int, amount: float) -> Any:
    """A model that adds `amount` to the logits of one token."""
    model = build("pt", "gpt2")
    head = torch.nn.Linear(24, 53)
    torch.nn.init.zeros_(head.weight)
    torch.nn.init.zeros_(head.bias)
    head.bias.data[token] = amount
    model.set_output_embeddings(head)
    return model


def test_tokens_that_begin_alike_are_favoured_and_the_own_one_most() -> None:
    assert longer_tokens(3, Pieces()) == {(3,): 11.0, (4,): 10.0}
    assert longer_tokens(9, Pieces()) == {(9,): 11.0}
    assert longer_tokens(40, Pieces()) == {}  # no token, no text


@pytest.mark.parametrize(
    ("amount", "last"),
    [(0.5, 3), (1.5, 4)],  # a longer token must be likelier by more than 1
)
def test_last_token_becomes_a_longer_one_that_is_likelier(amount: float, last: int) -> None:
    model = favouring(4, amount)
    healed = model.heal_tokens(torch.tensor([[9, 3], [0, 9]]), tokenizer=Pieces())
    assert healed.tolist() == [[9, last], [0, 9]]  # nothing else begins like the second
    begun = model.heal_tokens(torch.tensor([[1, 9, 3]]), tokenizer=Pieces())
    assert begun.tolist() == [[1, 9, last]]


def test_spaces_and_empty_prompts_are_no_problem() -> None:
    model = favouring(8, 20.0)
    assert model.heal_tokens(torch.tensor([[0, 0]]), tokenizer=Pieces()).shape == (1, 0)
    assert model.heal_tokens(torch.tensor([[7]]), tokenizer=Pieces()).tolist() == [[8]]


def test_generate_heals_where_it_is_asked_to() -> None:
    model = favouring(4, 5.0)
    asked = {"token_healing": True, "tokenizer": Pieces(), "max_new_tokens": 2, "eos_token_id": None}
    assert model.generate(torch.tensor([[9, 3]]), **asked).tolist() == [[9, 4, 4, 4]]
    padded = model.generate(torch.tensor([[9, 9, 3], [0, 0, 3]]), **asked)
    assert padded[:, :3].tolist() == [[9, 9, 4], [0, 0, 4]]


def test_healing_needs_the_tokenizer() -> None:
    with pytest.raises(ValueError, match="token healing needs the tokenizer"):
        favouring(4, 1.0).generate(torch.tensor([[9, 3]]), token_healing=True)
