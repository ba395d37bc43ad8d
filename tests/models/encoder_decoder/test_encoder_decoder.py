"""What a pair of two models does beside giving the recorded numbers."""

from __future__ import annotations

import copy
import importlib
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.models import cases, seeding
from tests.models.adapters import ADAPTERS, Adapter, installed
from tests.models.test_common import call, close, numpy, with_padding

from transformers import AutoTokenizer, BertConfig, EncoderDecoderConfig, GPT2Config, PegasusConfig
from transformers.standalone import standalone
from transformers.standalone.definitions import FlattenError

NAME, CLASS = "encoder_decoder", "EncoderDecoderModel"
FRAMEWORKS = installed()
everywhere = pytest.mark.parametrize("framework", FRAMEWORKS)
# What the halves are does not concern a framework: JAX and TensorFlow, which compile, show it with one pair.
combined = pytest.mark.parametrize(
    ("framework", "run"),
    [
        (key, run)
        for key in FRAMEWORKS
        for run in ("pair", "gpt2", "roberta")
        if key in ("pt", "np") or run == "gpt2"
    ],
)


def arrays(rows: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Ids that the encoder and the decoder read."""
    draw = seeding.generator("pair ids")
    return draw.integers(3, 83, (2, 6))[:rows], draw.integers(3, 83, (2, 5))[:rows]


def pair(framework: str, run: str = "pair", light: bool = False) -> tuple[Adapter, Any]:
    """An adapter and a pair of the case's; a light one is one layer deep on each side."""
    adapter, values = ADAPTERS[framework], cases.config_values(NAME, run)
    depths = {"encoder": "num_hidden_layers", "decoder": "n_layer" if "gpt2" in run else "num_hidden_layers"}
    shallow = {name: {**values[name], depth: 1} for name, depth in depths.items()} if light else {}
    return adapter, adapter.build(NAME, CLASS, run, **shallow)


def half(framework: str, kind: str, task: str = "", **options: Any) -> Any:
    """One model of a framework with seeded weights: half("np", "gpt2", "LMHead", ...)."""
    adapter = ADAPTERS[framework]
    config = {"bert": BertConfig, "gpt2": GPT2Config}[kind](**options)
    stem = {"pt": "", "jax": "flax_", "tf": "tf_", "np": "np_"}[framework]
    module = importlib.import_module(f"transformers.models.{kind}.modeling_{stem}{kind}")
    name = {"bert": "Bert", "gpt2": "GPT2"}[kind]
    model = getattr(module, f"{adapter.prefix}{name}{task}Model")(config)
    adapter.assign(model, {n: seeding.weight(n, s) for n, s in adapter.shapes(model).items()})
    return model


BERT = {
    "vocab_size": 99,
    "hidden_size": 24,
    "num_hidden_layers": 1,
    "num_attention_heads": 4,
    "intermediate_size": 30,
    "max_position_embeddings": 16,
}
GPT2 = {"vocab_size": 83, "n_embd": 20, "n_layer": 1, "n_head": 2, "n_positions": 16}


@combined
def test_batch_equals_single_rows_and_padding_changes_nothing(framework: str, run: str) -> None:
    adapter, model = pair(framework, run, light=True)
    read, heard = arrays()
    whole = adapter.run(model, {"input_ids": read, "decoder_input_ids": heard}).logits
    single = adapter.run(model, {"input_ids": read[1:], "decoder_input_ids": heard[1:]}).logits
    close(whole[1:], single)
    for side in ("left", "right"):
        ids, mask, _ = with_padding(read, 4, side)
        written, own_mask, kept = with_padding(heard, 3, side)
        ids = np.where(mask == 0, 1, ids)  # RoBERTa counts positions by its padding token
        found = adapter.run(
            model,
            {
                "input_ids": ids,
                "attention_mask": mask,
                "decoder_input_ids": written,
                "decoder_attention_mask": own_mask,
            },
        ).logits
        short = {"input_ids": read[1:, :4], "decoder_input_ids": heard[1:, :3]}
        close(found[1:, kept], adapter.run(model, short).logits)


@combined
def test_cached_steps_equal_one_pass(framework: str, run: str) -> None:
    adapter, model = pair(framework, run, light=True)
    read, heard = arrays()
    whole = adapter.run(model, {"input_ids": read, "decoder_input_ids": heard}).logits
    first = call(adapter, model, {"input_ids": read, "decoder_input_ids": heard[:, :2]}, use_cache=True)
    second = call(
        adapter,
        model,
        {"decoder_input_ids": heard[:, 2:]},
        encoder_outputs=(first.encoder_last_hidden_state,),
        past_key_values=first.past_key_values,
        use_cache=True,
    )
    close(np.concatenate([numpy(step.logits) for step in (first, second)], axis=1), whole)


@everywhere
def test_tuple_is_loss_decoder_encoder(framework: str) -> None:
    adapter, model = pair(framework)
    read, heard = arrays()
    inputs = {"input_ids": read, "decoder_input_ids": heard, "labels": heard}
    flags = {"output_hidden_states": True, "output_attentions": True, "use_cache": False}
    full = adapter.run(model, inputs, **flags)
    plain = adapter.run(model, inputs, return_dict=False, **flags)
    assert isinstance(plain, tuple)
    assert len(plain) == len(full) + 1  # the encoder's pooled vector is in the tuple only
    close(plain[0], full.loss)
    close(plain[1], full.logits)
    close(plain[2][-1], full.decoder_hidden_states[-1])
    close(plain[4][0], full.cross_attentions[0])
    close(plain[5], full.encoder_last_hidden_state)
    close(plain[8][0], full.encoder_attentions[0])


def test_what_a_half_asks_for_is_collected_unless_the_caller_declines() -> None:
    adapter, model = pair("pt", light=True)
    read, heard = arrays()
    inputs = {"input_ids": read, "decoder_input_ids": heard}
    model.config.encoder.output_hidden_states = True
    found = adapter.run(model, inputs)
    assert len(found.encoder_hidden_states) == 2
    assert found.decoder_hidden_states is None
    assert adapter.run(model, inputs, output_hidden_states=False).encoder_hidden_states is None
    model.config.output_hidden_states = True
    assert len(adapter.run(model, inputs).decoder_hidden_states) == 2


def test_file_of_a_pair_holds_what_the_halves_classes_default_to_otherwise(tmp_path: Path) -> None:
    given = {"vocab_size": 20, "is_encoder_decoder": False, "forced_eos_token_id": None, "bos_token_id": None}
    pair = EncoderDecoderConfig.from_encoder_decoder_configs(
        BertConfig(vocab_size=20), PegasusConfig(**given)
    )
    pair.save_pretrained(tmp_path)
    again = EncoderDecoderConfig.from_pretrained(tmp_path)
    assert again.decoder.to_dict() == pair.decoder.to_dict()
    held = json.loads((tmp_path / "config.json").read_text())["decoder"]
    assert held["is_encoder_decoder"] is False  # the values that 4.57.6 writes
    assert held["forced_eos_token_id"] is None
    assert not {"decoder_start_token_id", "eos_token_id", "pad_token_id", "bos_token_id"} & held.keys()


def test_halves_of_a_loaded_pair_know_its_dtype(tmp_path: Path) -> None:
    _, model = pair("pt", light=True)
    model.save_pretrained(tmp_path)
    again = type(model).from_pretrained(tmp_path, dtype="bfloat16")
    assert [str(part.dtype).removeprefix("torch.") for part in (again.config, again.config.encoder)] == [
        "bfloat16"
    ] * 2


@everywhere
@pytest.mark.parametrize("run", ["gpt2", "twins"])
def test_saved_pair_loads_with_equal_bits(framework: str, run: str, tmp_path: Path) -> None:
    adapter, model = pair(framework, run)
    model.save_pretrained(tmp_path / "first")
    again, info = type(model).from_pretrained(tmp_path / "first", output_loading_info=True)
    assert not any(info.values())
    again.save_pretrained(tmp_path / "second")
    _, reference = pair("np", run)
    reference.save_pretrained(tmp_path / "other")
    found = [(tmp_path / part / "model.safetensors").read_bytes() for part in ("first", "second", "other")]
    assert found[0] == found[1] == found[2]
    inputs = cases.inputs(NAME, run)
    expected = adapter.run(model, inputs).logits
    np.testing.assert_array_equal(adapter.run(again, inputs).logits, expected)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert other.config == model.config
        close(adapter.run(other, inputs).logits, expected, 0)


@everywhere
def test_auto_class_opens_a_saved_pair(framework: str, tmp_path: Path) -> None:
    _, model = pair(framework)
    model.save_pretrained(tmp_path)
    stem = {"pt": "", "jax": "flax_", "tf": "tf_", "np": "np_"}[framework]
    auto = importlib.import_module(f"transformers.models.auto.modeling_{stem}auto")
    kind = getattr(auto, f"{ADAPTERS[framework].prefix}AutoModelForSeq2SeqLM")
    assert type(kind.from_pretrained(tmp_path)) is type(model)
    assert type(kind.from_config(model.config)) is type(model)


@everywhere
def test_two_checkpoints_make_a_pair(
    framework: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    adapter = ADAPTERS[framework]
    encoder, decoder = half(framework, "bert", **BERT), half(framework, "gpt2", "LMHead", **GPT2)
    encoder.save_pretrained(tmp_path / "encoder")
    decoder.save_pretrained(tmp_path / "decoder")
    kind = adapter.model_class(NAME, CLASS)
    model = kind.from_encoder_decoder_pretrained(
        tmp_path / "encoder",
        tmp_path / "decoder",
        encoder_hidden_dropout_prob=0.0,
        decoder_resid_pdrop=0.25,
        decoder_attn_implementation="eager",
        pad_token_id=0,
        decoder_start_token_id=5,
    )
    config = model.config
    assert (config.encoder.hidden_dropout_prob, config.decoder.resid_pdrop) == (0.0, 0.25)
    assert (config.pad_token_id, config.decoder_start_token_id) == (0, 5)
    assert (config.decoder.is_decoder, config.decoder.add_cross_attention) == (True, True)
    assert (config.encoder.is_decoder, config.encoder.add_cross_attention) == (False, False)
    assert (config.encoder._attn_implementation, config.decoder._attn_implementation) == ("sdpa", "eager")
    weights = adapter.weights(model)
    for name, inner in (("encoder", encoder), ("decoder", decoder)):
        for key, value in adapter.weights(inner).items():
            np.testing.assert_array_equal(weights[f"{name}.{key}"], value)
    new = [key for key in weights if "cross" in key]
    assert new
    assert all(np.isfinite(weights[key]).all() for key in (*new, "enc_to_dec_proj.weight"))
    read, heard = arrays()
    assert adapter.run(model, {"input_ids": read, "labels": heard}).logits.shape == (2, 5, 83)


@everywhere
def test_two_models_make_a_pair(framework: str) -> None:
    adapter = ADAPTERS[framework]
    kind = adapter.model_class(NAME, CLASS)
    encoder = half(framework, "bert", **BERT)
    decoder = half(framework, "gpt2", "LMHead", **GPT2, is_decoder=True, add_cross_attention=True)
    inputs = dict(zip(("input_ids", "decoder_input_ids"), arrays(), strict=True))
    joined = kind.from_encoder_decoder_pretrained(encoder_model=encoder, decoder_model=decoder)
    model = joined if framework == "jax" else kind(encoder=encoder, decoder=decoder)
    weights = adapter.weights(model)
    for key, value in adapter.weights(decoder).items():
        np.testing.assert_array_equal(weights[f"decoder.{key}"], value)
    assert adapter.run(model, inputs).logits.shape == (2, 5, 83)
    with pytest.raises(ValueError, match="encoder_pretrained_model_name_or_path or encoder_model"):
        kind.from_encoder_decoder_pretrained(decoder_model=decoder)
    with pytest.raises(ValueError, match="decoder_pretrained_model_name_or_path or decoder_model"):
        kind.from_encoder_decoder_pretrained(encoder_model=encoder)
    if framework != "jax":
        with pytest.raises(ValueError, match="needs a config, or both"):
            kind(encoder=encoder)


@everywhere
def test_wrong_inputs_are_refused(framework: str) -> None:
    adapter, model = pair(framework)
    read, heard = arrays()
    both = {"input_ids": read, "decoder_input_ids": heard}
    with pytest.raises(TypeError, match="attention_maks"):
        adapter.run(model, {**both, "attention_maks": read})
    with pytest.raises(TypeError, match="attention_maks"):
        adapter.run(model, {**both, "decoder_attention_maks": read})
    with pytest.raises(ValueError, match="input_ids or inputs_embeds"):
        adapter.run(model, {"decoder_input_ids": heard})
    with pytest.raises(NotImplementedError, match="two vocabularies"):
        model.resize_token_embeddings(101)
    model.config.decoder_start_token_id = None
    with pytest.raises(ValueError, match=r"config\.decoder_start_token_id"):
        adapter.run(model, {"input_ids": read, "labels": heard})


@pytest.mark.parametrize("framework", [key for key in FRAMEWORKS if key not in ("np", "pt")])
def test_gradients_equal_those_of_torch(framework: str) -> None:
    inputs = cases.inputs(NAME, "gpt2")
    both = (pair(key, "gpt2", light=True) for key in ("pt", framework))
    expected, found = (adapter.gradients(model, inputs) for adapter, model in both)
    assert set(expected) <= set(found)
    for key, gradient in expected.items():
        np.testing.assert_allclose(found[key], gradient, atol=1e-4, err_msg=key)


def test_keywords_reach_their_half_and_the_loss() -> None:
    torch = pytest.importorskip("torch")
    adapter, model = pair("pt")
    read, heard = arrays()
    inputs = {"input_ids": read, "decoder_input_ids": heard, "labels": heard}
    plain = adapter.run(model, inputs)
    close(adapter.run(model, inputs, num_items_in_batch=20).loss, plain.loss / 2)
    segments = adapter.run(model, {**inputs, "token_type_ids": np.ones_like(read)})
    assert np.abs(segments.encoder_last_hidden_state - plain.encoder_last_hidden_state).max() > 0.1
    places = np.arange(5)[None].repeat(2, 0)[:, ::-1].copy()
    moved = adapter.run(model, {**inputs, "decoder_position_ids": places})
    close(moved.encoder_last_hidden_state, plain.encoder_last_hidden_state)
    assert np.abs(moved.logits - plain.logits).max() > 0.1
    encoded = {"encoder_outputs": (torch.from_numpy(plain.encoder_last_hidden_state),)}
    step = adapter.run(model, {"decoder_input_ids": heard, "cache_position": np.arange(5)}, **encoded)
    close(step.logits, plain.logits)
    with pytest.raises(TypeError, match="attention_maks"):
        adapter.run(model, {"decoder_input_ids": heard}, attention_maks=1, **encoded)


@pytest.mark.parametrize("run", ["pair", "gpt2"])
def test_start_token_is_no_padding(run: str) -> None:
    adapter, model = pair("np", run)
    read, heard = arrays()
    model.config.pad_token_id = model.config.decoder_start_token_id = 2
    found = adapter.run(model, {"input_ids": read, "labels": heard})
    shifted = np.concatenate([np.full((2, 1), 2), heard[:, :-1]], axis=1)
    close(found.logits, adapter.run(model, {"input_ids": read, "decoder_input_ids": shifted}).logits)


def test_halves_are_found_and_embeddings_are_theirs() -> None:
    pytest.importorskip("torch")
    _, model = pair("pt", "gpt2")
    assert model.get_encoder() is model.encoder
    assert model.get_decoder() is model.decoder
    assert model.get_input_embeddings() is model.encoder.embeddings.word_embeddings
    assert model.get_output_embeddings() is model.decoder.lm_head
    assert model.encoder.config is model.config.encoder
    model.decoder.resize_token_embeddings(90)
    assert model.config.decoder.vocab_size == model.decoder.lm_head.weight.shape[0] == 90
    for place, new in (("input", model.decoder.transformer.wte), ("output", model.enc_to_dec_proj)):
        getattr(model, f"set_{place}_embeddings")(new)
        assert getattr(model, f"get_{place}_embeddings")() is new


def test_attention_kernel_reaches_both_halves() -> None:
    pytest.importorskip("torch")
    _, model = pair("pt")
    assert {model.config.encoder._attn_implementation, model.config._attn_implementation} == {"sdpa"}
    model.set_attn_implementation("eager")
    assert model.encoder.config._attn_implementation == model.decoder.config._attn_implementation == "eager"


def test_twins_share_one_parameter() -> None:
    pytest.importorskip("torch")
    _, model = pair("pt", "twins")
    table = model.encoder.embeddings.word_embeddings.weight
    assert model.decoder.bert.embeddings.word_embeddings.weight is table
    assert model.decoder.cls.predictions.decoder.weight is table
    assert (
        model.decoder.bert.encoder.layer[1].output.dense.bias
        is model.encoder.encoder.layer[1].output.dense.bias
    )


@everywhere
@pytest.mark.parametrize("under", ["decoder.bert.", "encoder."])
def test_file_of_twins_may_hold_either_name(framework: str, under: str) -> None:
    """The published release saves what twins share under the decoder's names."""
    adapter, model = pair(framework, "twins")
    kept = {}
    for key, value in adapter.weights(model).items():
        name = f"{under}{key.removeprefix('encoder.')}"
        shared = key.startswith("encoder.") and "pooler" not in key
        kept[name if shared else key] = np.asarray(value)
    if framework == "pt":
        import torch

        kept = {key: torch.from_numpy(value.copy()) for key, value in kept.items()}
    again = type(model).from_pretrained(None, config=model.config, state_dict=kept)
    inputs = cases.inputs(NAME, "twins")
    close(adapter.run(again, inputs).logits, adapter.run(model, inputs).logits, 0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"decoder": {"intermediate_size": 36}}, r"intermediate.*\(40, 24\).*\(36, 24\)"),
        ({"decoder": {"model_type": "gpt2"}}, "no weight of one name"),
    ],
)
def test_unlike_twins_are_refused(change: dict[str, Any], message: str) -> None:
    values = copy.deepcopy({**cases.case(NAME)["config"], "tie_encoder_decoder": True})
    values["decoder"].update(change["decoder"])
    kind = ADAPTERS["np"].model_class(NAME, CLASS)
    with pytest.raises(ValueError, match=message):
        kind(EncoderDecoderConfig(**values))


def test_halves_that_do_not_fit_are_refused() -> None:
    pytest.importorskip("torch")
    kind = ADAPTERS["pt"].model_class(NAME, CLASS)
    headed, plain = half("pt", "gpt2", "LMHead", **GPT2), half("pt", "bert", **BERT)
    with pytest.raises(ValueError, match="without a head, got GPT2LMHeadModel"):
        kind(encoder=headed, decoder=half("pt", "gpt2", "LMHead", **GPT2))
    with pytest.raises(ValueError, match="needs an EncoderDecoderConfig, got BertConfig"):
        kind(plain.config)
    with pytest.raises(ValueError, match="config, or both an encoder and a decoder"):
        kind(encoder=plain)
    narrow = GPT2Config(**GPT2, cross_attention_hidden_size=20)
    with pytest.raises(ValueError, match=r"\(20\) must be the encoder's hidden_size \(24\)"):
        kind(EncoderDecoderConfig.from_encoder_decoder_configs(plain.config, narrow))
    values = {"encoder": {"model_type": "bert"}, "decoder": {"model_type": "distilbert"}}
    with pytest.raises(ValueError, match="'distilbert' has no AutoModelForCausalLM class"):
        kind(EncoderDecoderConfig(**values))


def test_config_holds_two_configs_and_survives_a_file(tmp_path: Path) -> None:
    encoder, decoder = BertConfig(**BERT), GPT2Config(**GPT2)
    config = EncoderDecoderConfig.from_encoder_decoder_configs(encoder, decoder, pad_token_id=3, extra=1)
    assert config.is_encoder_decoder
    assert (decoder.is_decoder, decoder.add_cross_attention) == (True, True)
    assert (type(config.encoder), type(config.decoder)) == (BertConfig, GPT2Config)
    assert config.encoder is not encoder
    data = config.to_dict()
    assert (data["model_type"], data["encoder"]["model_type"]) == ("encoder-decoder", "bert")
    config.save_pretrained(tmp_path)
    written = json.loads((tmp_path / "config.json").read_text())
    assert written["decoder"]["model_type"] == "gpt2"
    again = EncoderDecoderConfig.from_pretrained(tmp_path)
    assert again == config
    assert again.extra == 1
    assert EncoderDecoderConfig(encoder=encoder, decoder=decoder).encoder is encoder


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "got neither"),
        ({"encoder": {"model_type": "bert"}}, "both encoder and decoder, got encoder"),
        ({"encoder": {"model_type": "bert"}, "decoder": {"n_layer": 1}}, "decoder has no model_type"),
        ({"encoder": {"model_type": "brt"}, "decoder": {"model_type": "gpt2"}}, "brt"),
    ],
)
def test_config_without_both_halves_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EncoderDecoderConfig(**values)


def test_pair_exports_and_compiles() -> None:
    torch = pytest.importorskip("torch")
    adapter, model = pair("pt", "gpt2", light=True)
    read, heard = (torch.from_numpy(ids) for ids in arrays())
    inputs = {"input_ids": read, "decoder_input_ids": heard, "use_cache": False}
    expected = adapter.run(model, {"input_ids": read.numpy(), "decoder_input_ids": heard.numpy()}).logits
    with torch.no_grad():
        close(torch.compile(model, backend="eager", fullgraph=True)(**inputs).logits, expected)
        close(torch.export.export(model, (), inputs).module()(**inputs).logits, expected)


def test_jax_model_encodes_and_decodes() -> None:
    pytest.importorskip("jax")
    adapter, model = pair("jax", "gpt2", light=True)
    read, heard = arrays()
    expected = adapter.run(model, {"input_ids": read, "decoder_input_ids": heard}).logits
    encoded = model.encode(read)
    close(model.decode(heard, encoded).logits, expected)
    close(model(read, decoder_input_ids=heard).logits, expected)
    model.config.decoder.use_cache = False  # a call is compiled again for another config of a half
    assert "past_key_values" not in model(read, decoder_input_ids=heard)


def test_tokenizer_of_a_pair_is_the_encoders(tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhi\n", encoding="utf-8")
    config = EncoderDecoderConfig.from_encoder_decoder_configs(BertConfig(**BERT), GPT2Config(**GPT2))
    config.save_pretrained(tmp_path)
    for more in ({}, {"config": config}):
        found = AutoTokenizer.from_pretrained(tmp_path, **more)
        assert type(found).__name__ == "BertTokenizer"
        assert found("hi")["input_ids"] == [2, 5, 3]


def test_pair_has_no_standalone_file() -> None:
    with pytest.raises(FlattenError, match="made of two other models"):
        standalone("encoder_decoder")
