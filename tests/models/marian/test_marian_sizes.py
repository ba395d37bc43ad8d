"""Marian and Pegasus change the sizes of their tables."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from transformers import (  # noqa: E402
    MarianConfig,
    MarianMTModel,
    PegasusConfig,
    PegasusForCausalLM,
    PegasusForConditionalGeneration,
)

SMALL = {
    "vocab_size": 30,
    "d_model": 12,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 16,
    "decoder_ffn_dim": 16,
    "max_position_embeddings": 9,
    "pad_token_id": 0,
    "eos_token_id": 1,
    "decoder_start_token_id": 0,
}
IDS = torch.tensor([[3, 4, 5, 1]])


def apart(**options: object) -> MarianMTModel:
    config = MarianConfig(
        **SMALL, decoder_vocab_size=20, share_encoder_decoder_embeddings=False, tie_word_embeddings=False
    )
    return MarianMTModel(config, **options).eval()


@pytest.mark.parametrize("size", [15, 27])
def test_decoder_words_are_resized_alone(size: int) -> None:
    model = apart()
    given = {"input_ids": IDS, "decoder_input_ids": torch.tensor([[0, 7, 8]])}
    before, read = model(**given).logits, model.get_encoder().embed_tokens.weight.clone()
    table = model.resize_decoder_token_embeddings(size)
    assert table is model.get_decoder().embed_tokens
    after = model(**given).logits
    assert after.shape == (1, 3, size)
    assert model.config.decoder_vocab_size == size
    assert model.config.vocab_size == 30
    torch.testing.assert_close(after[..., :15], before[..., :15])
    torch.testing.assert_close(model.get_encoder().embed_tokens.weight, read)


def test_shared_words_are_not_resized_on_one_side() -> None:
    with pytest.raises(ValueError, match="use resize_token_embeddings"):
        MarianMTModel(MarianConfig(**SMALL)).resize_decoder_token_embeddings(20)
    with pytest.raises(ValueError, match="must be positive"):
        apart().resize_decoder_token_embeddings(0)


@pytest.mark.parametrize("size", [5, 20])
def test_pegasus_positions_are_resized_on_both_sides(size: int) -> None:
    model = PegasusForConditionalGeneration(PegasusConfig(**SMALL)).eval()
    before = [table.weight.detach().clone() for table in model.get_position_embeddings()]
    model.resize_position_embeddings(size)
    assert model.config.max_position_embeddings == size
    fresh = PegasusForConditionalGeneration(PegasusConfig(**{**SMALL, "max_position_embeddings": size}))
    pairs = zip(model.get_position_embeddings(), before, fresh.get_position_embeddings(), strict=True)
    for table, old, new in pairs:
        assert table.num_embeddings == size
        torch.testing.assert_close(table.weight[:5], old[:5])
        torch.testing.assert_close(table.weight, new.weight)
    ids = torch.ones(1, size, dtype=torch.long)
    assert model(input_ids=ids, decoder_input_ids=ids).logits.shape == (1, size, 30)


def test_pegasus_decoder_positions_are_resized() -> None:
    model = PegasusForCausalLM(PegasusConfig(**SMALL)).eval()
    model.resize_position_embeddings(14)
    assert model.get_position_embeddings().weight.shape == (14, 12)
    assert model(torch.ones(1, 14, dtype=torch.long)).logits.shape == (1, 14, 30)
