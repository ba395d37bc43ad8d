"""DoLa against the paper's formulas in NumPy, layer choice, and all frameworks against each other."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from transformers.generation.dola import contrast, layers_of  # noqa: E402

from ..models.adapters import installed  # noqa: E402
from . import golden_cases  # noqa: E402
from .writers import prompt, tokens, writer  # noqa: E402


def log_softmax(x: Any) -> Any:
    shifted = x - x.max()
    return shifted - np.log(np.exp(shifted).sum())


def oracle(last: Any, early: list[Any]) -> Any:
    """Scores (V,) by equations 3 to 6 of arXiv:2309.03883."""
    p = np.exp(log_softmax(last))
    divergences = []
    for layer in early:
        q = np.exp(log_softmax(layer))
        m = (p + q) / 2
        divergences.append((m * np.log(m / p)).sum() + (m * np.log(m / q)).sum())
    q = np.exp(log_softmax(early[int(np.argmax(divergences))]))
    kept = p >= 0.1 * p.max()
    return np.where(kept, np.log(p) - np.log(q), -np.inf)


@pytest.mark.parametrize("count", [1, 3])
def test_scores_are_those_of_the_paper(count: int) -> None:
    values = np.random.default_rng(0).standard_normal((5, count + 1, 11)) * 2
    found = contrast(torch, torch.from_numpy(values[:, 0]), torch.from_numpy(values[:, 1:]))
    for row, part in enumerate(values):
        np.testing.assert_allclose(found[row], oracle(part[0], list(part[1:])), atol=1e-6)


@pytest.mark.parametrize(
    ("total", "tied", "wanted", "layers"),
    [
        (8, False, "low", [0, 2]),
        (8, True, "low", [2]),
        (8, True, "high", [4, 6]),
        (8, False, [7, 3, 8, 11], [7, 3]),
        (48, False, "low", list(range(0, 20, 2))),
        (48, True, "high", list(range(28, 48, 2))),
        (2, True, "low", [1]),
        (1, True, "low", [0]),
    ],
)
def test_layers_by_name(total: int, tied: bool, wanted: Any, layers: list[int]) -> None:
    assert layers_of(SimpleNamespace(num_hidden_layers=total, tie_word_embeddings=tied), wanted) == layers


@pytest.mark.parametrize("wanted", [5, ["low"], [9], []])
def test_layers_must_be_there(wanted: Any) -> None:
    with pytest.raises(ValueError, match="dola_layers must"):
        layers_of(SimpleNamespace(num_hidden_layers=8, tie_word_embeddings=True), wanted)


@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_text_is_that_of_whole_forwards(name: str) -> None:
    model, text = writer("pt", name), torch.tensor(golden_cases.PROMPT)
    found = model.generate(text, max_new_tokens=5, eos_token_id=None, dola_layers=[0, 1])
    for _ in range(5):
        out = model(text, output_hidden_states=True)
        head = model.get_output_embeddings()
        early = [head(out.hidden_states[layer][:, -1]).detach().double().numpy() for layer in (0, 1)]
        last = out.logits[:, -1].detach().double().numpy()
        chosen = [oracle(last[row], [layer[row] for layer in early]).argmax() for row in range(len(text))]
        text = torch.cat([text, torch.tensor(chosen)[:, None]], dim=1)
    assert found.tolist() == text.tolist()


@pytest.mark.parametrize("framework", ["np", "tf", "jax"])
def test_every_framework_writes_the_same(framework: str) -> None:
    if framework not in installed():
        pytest.skip(f"{framework} is not installed")
    settings = {"max_new_tokens": 5, "eos_token_id": None, "dola_layers": "low"}
    expected = writer("pt", "llama").generate(**prompt("pt", "padded", False), **settings).tolist()
    found = writer(framework, "llama").generate(**prompt(framework, "padded", False), **settings)
    assert tokens(framework, found) == expected
