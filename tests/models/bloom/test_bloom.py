"""What is BLOOM's own: places from the mask, shares of projections, old configs, its tokenizer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

from transformers import (
    AutoTokenizer,
    BloomConfig,
    BloomForCausalLM,
    BloomForQuestionAnswering,
    BloomForTokenClassification,
    BloomModel,
    BloomTokenizerFast,
    StaticCache,
)
from transformers.models.bloom import modeling_bloom
from transformers.tokenization.byte_bpe import bytes_to_unicode

IDS = torch.tensor([[5, 7, 9, 3, 2], [4, 8, 6, 10, 1]])
PARTS: Any = modeling_bloom
SPECIAL = ["<unk>", "<s>", "</s>", "<pad>"]


def make(model_class: Any, **changes: Any) -> Any:
    torch.manual_seed(0)
    sizes = {"vocab_size": 23, "hidden_size": 24, "n_layer": 2, "n_head": 3, "initializer_range": 0.5}
    return model_class(BloomConfig(**{**sizes, **changes})).eval()


def close(found: torch.Tensor, expected: torch.Tensor) -> None:
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


def left_padded() -> tuple[torch.Tensor, torch.Tensor]:
    """IDS with the second row's first two tokens as padding, and the mask."""
    ids, mask = IDS.clone(), torch.ones_like(IDS)
    ids[1, :2] = mask[1, :2] = 0
    return ids, mask


def test_left_padded_generation_steps_equal_single_rows() -> None:
    model = make(BloomForCausalLM)
    ids, mask = left_padded()
    with torch.no_grad():
        first = model(ids[:, :4], attention_mask=mask[:, :4])
        second = model(ids[:, 4:], attention_mask=mask, past_key_values=first.past_key_values)
        close(second.logits[0], model(ids[:1]).logits[0, 4:])
        close(second.logits[1], model(ids[1:, 2:]).logits[0, 2:])


@pytest.mark.parametrize("padded", [False, True])
def test_cache_of_fixed_length_gives_the_same_numbers(padded: bool) -> None:
    model = make(BloomForCausalLM)
    ids, mask = left_padded() if padded else (IDS, None)
    cache = StaticCache(config=model.config, max_cache_len=8)
    with torch.no_grad():
        whole = model(ids, attention_mask=mask).logits
        for start, end in ((0, 3), (3, 4), (4, 5)):
            found = model(
                ids[:, start:end],
                attention_mask=None if mask is None else mask[:, :end],
                past_key_values=cache,
                cache_position=torch.arange(start, end),
            ).logits
            close(found[0], whole[0, start:end])
            close(found[1, -1:], whole[1, end - 1 : end])


def test_later_keys_weigh_more() -> None:
    model = make(BloomModel, n_layer=1)
    attention = model.h[0].self_attention
    with torch.no_grad():
        attention.query_key_value.weight.zero_()
        found = model(IDS, output_attentions=True).attentions[0][0]
    for head, slope in enumerate((2**-4, 2**-8, 2**-2)):
        close(found[head, 4], F.softmax(slope * torch.arange(5.0), dim=0))


@pytest.mark.parametrize("shares", [2, 3])
def test_shares_of_projections_add_up_without_the_bias(shares: int) -> None:
    layer, x = torch.nn.Linear(6, 5), torch.randn(2, 3, 6)
    close(PARTS.projected(layer, x, shares), layer(x) - layer.bias)
    close(PARTS.projected(layer, x, 1), layer(x))


def test_shares_matter_only_where_they_are_asked_for() -> None:
    plain, cut = make(BloomModel), make(BloomModel, pretraining_tp=4)
    close(plain(IDS)[0], cut(IDS)[0])


@pytest.mark.parametrize("model_class", [BloomForCausalLM, BloomForTokenClassification])
def test_position_ids_have_no_effect(model_class: Any) -> None:
    model = make(model_class)
    close(model(IDS, position_ids=IDS).logits, model(IDS).logits)
    close(
        make(BloomForQuestionAnswering)(IDS, position_ids=IDS).start_logits,
        make(BloomForQuestionAnswering)(IDS).start_logits,
    )


def test_bias_under_its_published_name() -> None:
    mask = torch.tensor([[0, 1, 1], [1, 1, 1]])
    model = make(BloomModel)
    for build in (PARTS.build_alibi_tensor, model.build_alibi_tensor):
        found = build(mask, 2, torch.float16)
        assert (found.dtype, found.shape) == (torch.float16, (4, 1, 3))
        assert (found[2, 0] * 16).tolist() == [0, 1, 2]


def test_width_under_its_older_name() -> None:
    config: Any = BloomConfig.from_dict({"n_embed": 48, "n_head": 6, "hidden_size": 64})
    assert (config.hidden_size, config.n_embed, config.num_attention_heads) == (48, 48, 6)
    assert "n_embed" not in config.to_dict()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"hidden_size": 25, "n_head": 3}, r"hidden_size \(25\) must be a multiple of n_head \(3\)"),
        ({"pretraining_tp": 0}, "pretraining_tp must be at least 1, got 0"),
    ],
)
def test_impossible_sizes_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BloomModel(BloomConfig(**given))


@pytest.mark.parametrize(("given", "rate"), [({}, 0.3), ({"classifier_dropout": 0.2}, 0.2)])
def test_classifier_dropout_falls_back(given: dict[str, float], rate: float) -> None:
    assert make(BloomForTokenClassification, hidden_dropout=0.3, **given).dropout.p == rate


def tokenizer_file(folder: Path) -> str:
    """A tokenizer.json made like BLOOM's: words are cut by a pattern before bytes are."""
    tokens = [*SPECIAL, *bytes_to_unicode().values(), "he", "\u0120he"]
    engine = Tokenizer(
        models.BPE({token: index for index, token in enumerate(tokens)}, [("h", "e"), ("\u0120", "he")])
    )
    engine.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r" ?[^\s.,]+"), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    engine.decoder = decoders.ByteLevel()
    engine.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(json.dumps({"model_type": "bloom"}))
    return str(folder / "tokenizer.json")


def test_tokenizer_is_read_from_its_file(tmp_path: Path) -> None:
    tokenizer_file(tmp_path)
    tok = AutoTokenizer.from_pretrained(tmp_path)
    assert type(tok) is BloomTokenizerFast
    assert tok.convert_ids_to_tokens(tok("he, he").input_ids) == ["he", ",", "\u0120he"]
    assert [tok.unk_token_id, tok.bos_token_id, tok.eos_token_id, tok.pad_token_id] == [0, 1, 2, 3]
    assert tok.decode(tok("he , he").input_ids) == "he , he"
    with pytest.raises(ValueError, match="add_prefix_space=True"):
        tok(["he"], is_split_into_words=True)
    with pytest.raises(ValueError, match=r"tokenizer_file=.*none was given"):
        BloomTokenizerFast()


def test_every_piece_gets_the_space_that_is_asked_for(tmp_path: Path) -> None:
    made = BloomTokenizerFast(tokenizer_file=tokenizer_file(tmp_path), add_prefix_space=True)
    made.save_pretrained(tmp_path / "saved")
    for tok in (made, BloomTokenizerFast.from_pretrained(tmp_path / "saved")):
        expected = ["\u0120he", "\u0120", ",", "\u0120he"]
        assert tok.convert_ids_to_tokens(tok("he, he").input_ids) == expected
        assert len(tok(["he", "he"], is_split_into_words=True).input_ids) == 2
