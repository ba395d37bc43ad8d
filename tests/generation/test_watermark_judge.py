"""The judge of SynthID's bits: numbers of release 4.57.6 for seeded weights, training, files."""

from __future__ import annotations

import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from transformers import (  # noqa: E402
    BayesianDetectorConfig,
    BayesianDetectorModel,
    SynthIDTextWatermarkDetector,
    SynthIDTextWatermarkLogitsProcessor,
)
from transformers.generation import watermarking  # noqa: E402

from ..models import seeding  # noqa: E402

BITS = torch.tensor(
    [[[(i * 7 + j * 3 + k * 5 + i * j * k) % 3 % 2 for k in range(5)] for j in range(6)] for i in range(3)]
)
COUNTED = torch.tensor([[(i + j) % 4 != 1 for j in range(6)] for i in range(3)])
LABELS = torch.tensor([1.0, 0.0, 1.0])
RECORDED = [0.009109, 0.265064, 0.002499]  # by release 4.57.6, as every number below


@pytest.fixture
def judge() -> Any:
    model = BayesianDetectorModel(BayesianDetectorConfig(watermarking_depth=5, base_rate=0.3))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() > 1:
                parameter.copy_(torch.from_numpy(seeding.weight(name, tuple(parameter.shape))))
    return model


def test_judgement_is_the_published_one(judge: Any) -> None:
    (found,) = judge(BITS, COUNTED)
    np.testing.assert_allclose(found.tolist(), RECORDED, atol=1e-6)


def test_loss_and_gradients_are_the_published_ones(judge: Any) -> None:
    out = judge(BITS, COUNTED, labels=LABELS, loss_batch_weight=0.01, return_dict=True)
    out.loss.backward()
    assert isinstance(out, watermarking.BayesianWatermarkDetectorModelOutput)
    assert list(out) == ["loss", "posterior_probabilities"] and out.loss.item() == pytest.approx(
        3.686996, abs=1e-5
    )
    sums = {n.rpartition(".")[2]: p.grad.abs().sum().item() for n, p in judge.named_parameters()}
    assert sums == pytest.approx({"prior": 2.73544, "beta": 1.81989, "delta": 1.01494}, rel=1e-4)


@pytest.mark.parametrize("kind", [torch.float32, torch.long])
def test_judge_learns_as_published(judge: Any, kind: Any) -> None:
    optimizer = torch.optim.SGD(judge.parameters(), lr=0.05)
    for _ in range(6):
        optimizer.zero_grad()
        loss = judge(BITS, COUNTED, LABELS.to(kind), 0.01)[1]
        loss.backward()
        last = loss.item()
        optimizer.step()
    assert last < 2.544547 < 3.686996  # the fifth loss and the first one


def test_fifth_loss_of_training_is_the_published_one(judge: Any) -> None:
    optimizer = torch.optim.SGD(judge.parameters(), lr=0.05)
    losses = []
    for _ in range(5):
        optimizer.zero_grad()
        losses.append(judge(BITS, COUNTED, labels=LABELS, loss_batch_weight=0.01)[1])
        losses[-1].backward()
        optimizer.step()
    assert losses[0].item() == pytest.approx(3.686996, abs=1e-5)
    assert losses[4].item() == pytest.approx(2.544547, abs=1e-5)


def test_judge_survives_its_file(judge: Any, tmp_path: Path) -> None:
    judge.config.set_detector_information("gpt2", {"ngram_len": 5, "keys": [1, 2]})
    judge.save_pretrained(tmp_path)
    again = BayesianDetectorModel.from_pretrained(tmp_path)
    assert torch.equal(again(BITS, COUNTED)[0], judge(BITS, COUNTED)[0])
    assert again.config.model_name == "gpt2" and again.config.watermarking_config["ngram_len"] == 5
    assert again.config.base_rate == 0.3


def test_fresh_judge_takes_all_layers_to_be_alike() -> None:
    fresh = BayesianDetectorModel(BayesianDetectorConfig(watermarking_depth=30))
    weights = fresh.likelihood_model_watermarked
    assert fresh.prior.item() == 0.5 and weights.delta.shape == (1, 1, 30, 30)
    assert abs(weights.beta.mean().item() + 2.5) < 0.01 and weights.beta.std().item() < 0.01
    assert 0 < weights.delta.std().item() < 0.01


def test_prior_stays_between_no_and_yes(judge: Any) -> None:
    with torch.no_grad():
        judge.prior.fill_(1.7)
    assert ((judge(BITS, COUNTED)[0] > 0.99) & (judge(BITS, COUNTED)[0] < 1)).all()


def test_detector_gives_the_judgement_of_texts(judge: Any) -> None:
    sizes = {"sampling_table_size": 64, "sampling_table_seed": 0, "context_history_size": 16}
    processor = SynthIDTextWatermarkLogitsProcessor(3, [3, 5, 7, 11, 13], **sizes, device="cpu")
    detector = SynthIDTextWatermarkDetector(judge, processor, types.SimpleNamespace(eos_token_id=2))
    ids = torch.arange(3, 27).reshape(2, 12) * 7 % 50
    ids[1, 8] = 2
    (found,) = detector(ids)
    bits = processor.compute_g_values(ids)
    counted = torch.ones(2, 10, dtype=torch.bool)
    counted[1, 6:] = False  # what follows the end
    assert torch.equal(found, judge(bits, counted)[0])


def test_unknown_name_of_the_module_is_an_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Judge'"):
        _ = watermarking.Judge
