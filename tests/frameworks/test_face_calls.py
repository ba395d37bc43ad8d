"""How calls of the JAX and TensorFlow faces look and what they leave out, as clients of both know them."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import transformers

from .face_rooms import IDS, config


def names(function: Any, count: int) -> list[str]:
    return list(inspect.signature(function).parameters)[:count]


def test_jax_calls_show_the_inputs_of_the_model() -> None:
    pytest.importorskip("jax")
    pair = ["self", "input_ids", "attention_mask", "decoder_input_ids", "decoder_attention_mask"]
    assert names(transformers.FlaxT5ForConditionalGeneration.__call__, 5) == pair
    known = ["self", "input_ids", "attention_mask", "position_ids", "past_key_values"]
    assert names(transformers.FlaxGPT2LMHeadModel.__call__, 5) == known
    model = transformers.FlaxGPT2LMHeadModel(config("gpt2"))
    assert names(model.__call__, 2) == ["input_ids", "attention_mask"]
    assert {"params", "dropout_rng", "train"} < set(inspect.signature(model.__call__).parameters)
    mask = np.array([[1] * 6] * 3 + [[0, 0, 1, 1, 1, 1]])
    assert (model(IDS, mask).logits == model(input_ids=IDS, attention_mask=mask).logits).all()


def test_tensorflow_calls_show_the_inputs_of_the_model() -> None:
    pytest.importorskip("tensorflow")
    shown = list(inspect.signature(transformers.TFGPT2LMHeadModel.call).parameters)
    assert shown[:4] == ["self", "input_ids", "past_key_values", "attention_mask"]
    assert {"labels", "training"} < set(shown)
    model = transformers.TFGPT2LMHeadModel(config("gpt2"))
    assert names(model.call, 3) == ["input_ids", "past_key_values", "attention_mask"]
    mask = np.array([[1] * 6] * 3 + [[1, 1, 1, 1, 0, 0]])
    near(model(IDS, None, mask).logits, model(input_ids=IDS, attention_mask=mask).logits)
    near(model.call({"input_ids": IDS}).logits, model(IDS).logits)
    near(model.call(input_ids=IDS).logits, model(IDS).logits)
    model.build()
    assert model.supports_xla_generation


def near(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(np.asarray(found), np.asarray(expected), rtol=1e-4, atol=1e-5)


def test_jax_makes_no_cache_unless_it_is_asked_for() -> None:
    pytest.importorskip("jax")
    model = transformers.FlaxGPT2LMHeadModel(config("gpt2"))
    assert list(model(IDS)) == ["logits"]
    assert list(model.apply(model.params, IDS)) == ["logits"]
    assert list(model(IDS, use_cache=True)) == ["logits", "past_key_values"]
    assert list(model(IDS, past_key_values=model.init_cache(4, 8))) == ["logits", "past_key_values"]
    pair = transformers.FlaxT5ForConditionalGeneration(config("t5"))
    encoded = pair.encode(IDS)
    assert "past_key_values" not in pair.decode(IDS, encoded)
    assert "past_key_values" in pair.decode(IDS, encoded, past_key_values=pair.init_cache(4, 8))


def test_jax_model_without_params_refuses_them_and_makes_them_from_its_key() -> None:
    jax = pytest.importorskip("jax")
    model = transformers.FlaxGPT2LMHeadModel(config("gpt2"), _do_init=False, seed=5)
    params = model.init_weights(model.key, model.input_shape)
    assert (model.key == jax.random.PRNGKey(5)).all()
    with pytest.raises(ValueError, match="pass params to the call"):
        model.params = params
    assert model(IDS, params=params).logits.shape == (4, 6, 64)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_jax_keeps_the_dtypes_of_a_file(dtype: str, tmp_path: Path) -> None:
    jax = pytest.importorskip("jax")
    for name, kind in (("gpt2", "GPT2LMHeadModel"), ("t5", "T5ForConditionalGeneration")):
        cls = getattr(transformers, f"Flax{kind}")
        model = cls(config(name))
        cast = {"float16": model.to_fp16, "bfloat16": model.to_bf16}[dtype]
        model.save_pretrained(tmp_path / name, params=cast(model.params))
        found = {str(leaf.dtype) for leaf in jax.tree.leaves(cls.from_pretrained(tmp_path / name).params)}
        assert found == {dtype}


def test_tensorflow_bias_of_the_vocabulary_is_read_and_set() -> None:
    pytest.importorskip("tensorflow")
    sizes = {"d_model": 8, "encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 8, "vocab_size": 20}
    heads = {"decoder_ffn_dim": 8, "encoder_attention_heads": 2, "decoder_attention_heads": 2}
    pair = transformers.TFBartForConditionalGeneration(transformers.BartConfig(**sizes, **heads, dropout=0.0))
    assert {name: tuple(bias.shape) for name, bias in pair.get_bias().items()} == {
        "final_logits_bias": (1, 20)
    }
    ids = np.array([[5, 6, 2]])
    before = pair(ids, decoder_input_ids=ids).logits
    pair.set_bias({"final_logits_bias": np.arange(20.0)})
    near(pair(ids, decoder_input_ids=ids).logits, before + np.arange(20.0))
    pair.resize_token_embeddings(25)
    assert tuple(pair.get_bias()["final_logits_bias"].shape) == (1, 25)
    masked = transformers.TFBertForMaskedLM(config("bert"))
    assert {name: tuple(bias.shape) for name, bias in masked.get_bias().items()} == {"bias": (64,)}
    assert tuple(masked._get_word_embedding_weight(masked.get_output_embeddings()).shape) == (64, 16)
    classes = transformers.TFBertForSequenceClassification(config("bert"))
    assert classes.get_bias() is None
    assert classes._get_word_embedding_weight(classes.get_output_embeddings()) is None
    with pytest.raises(KeyError, match="no bias 'other'"):
        classes.set_bias({"other": np.zeros(64)})


@pytest.mark.parametrize("prefix", ["TF", "Flax", "Np"])
def test_beams_of_a_face_tell_their_states(prefix: str) -> None:
    pytest.importorskip({"TF": "tensorflow", "Flax": "jax", "Np": "numpy"}[prefix])
    model = getattr(transformers, f"{prefix}GPT2LMHeadModel")(config("gpt2"))
    out = model.generate(
        IDS[:2],
        num_beams=3,
        max_new_tokens=2,
        do_sample=False,
        bad_words_ids=[[np.int32(7)], [np.int64(8), np.int32(9)]],
        output_attentions=True,
        output_hidden_states=True,
        return_dict_in_generate=True,
    )
    assert [tuple(layers[0].shape) for layers in out.hidden_states] == [(6, 6, 16), (6, 1, 16)]
    assert tuple(out.attentions[0][0].shape) == (6, 2, 6, 6)


def test_tensorflow_dummy_inputs_run_a_pair() -> None:
    pytest.importorskip("tensorflow")
    model = transformers.TFT5ForConditionalGeneration(config("t5"))
    found = model.dummy_inputs
    assert set(found) == set(model.input_signature)
    assert {value.dtype.name for value in found.values()} == {"int32"}
    assert model(found).logits.shape == (2, 5, 64)


def test_xlnet_refuses_a_limit_of_positions() -> None:
    with pytest.raises(NotImplementedError, match="no limit of positions"):
        transformers.XLNetConfig().max_position_embeddings = 64


def test_pair_hears_of_a_config_that_is_changed_later() -> None:
    torch = pytest.importorskip("torch")
    model = transformers.T5ForConditionalGeneration(config("t5")).eval()
    ids = torch.tensor(IDS)
    assert "past_key_values" in model(input_ids=ids, decoder_input_ids=ids)
    model.config.use_cache = False
    assert "past_key_values" not in model(input_ids=ids, decoder_input_ids=ids)
