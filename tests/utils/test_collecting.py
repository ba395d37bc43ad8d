"""Collections are held back, and come back."""

from __future__ import annotations

import gc

import pytest

from transformers.utils.collecting import without_collections


@pytest.fixture(autouse=True)
def _on():
    gc.enable()
    yield
    gc.enable()


def test_none_runs_inside_and_they_run_after():
    with without_collections():
        assert not gc.isenabled()
        with without_collections():
            pass
        assert not gc.isenabled()  # the inner one leaves it to the outer one
    assert gc.isenabled()


def test_errors_switch_them_on_again():
    @without_collections()
    def broken():
        raise KeyError(gc.isenabled())

    with pytest.raises(KeyError, match="False"):
        broken()
    assert gc.isenabled()


def test_a_collector_that_the_caller_switched_off_stays_off():
    gc.disable()
    with without_collections():
        pass
    assert not gc.isenabled()


def test_loading_holds_them_back_and_keeps_its_signature(tmp_path):
    import inspect

    torch = pytest.importorskip("torch")
    from transformers import AutoModel, BertConfig, BertModel

    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
    seen = []

    class Watched(BertModel):
        def __init__(self, config):
            seen.append(gc.isenabled())
            super().__init__(config)

    Watched(BertConfig(vocab_size=5, **sizes)).save_pretrained(tmp_path)
    Watched.from_pretrained(tmp_path)
    assert seen == [True, False] and gc.isenabled()
    assert isinstance(AutoModel.from_pretrained(tmp_path).embeddings.word_embeddings.weight, torch.Tensor)
    assert "model_args" in inspect.signature(BertModel.from_pretrained).parameters
