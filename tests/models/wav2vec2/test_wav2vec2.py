"""Wav2Vec2 beyond the common suite: padding, masking, letters, languages, freezing, older files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from tests.models import cases, seeding
from tests.models.adapters import ADAPTERS, installed

from transformers import Wav2Vec2Config
from transformers.models.wav2vec2 import modeling_wav2vec2
from transformers.utils.speech_masking import compute_mask_indices, sample_negative_indices

NAME = "wav2vec2"
everywhere = pytest.mark.parametrize("framework", installed())
MMS = {"do_stable_layer_norm": True, "adapter_attn_dim": 6}
POSITIONS = "encoder.pos_conv_embed.conv"


def waves(rows: int = 2, samples: int = 65) -> np.ndarray:
    return seeding.array("input_values", ["normal", [rows, samples]])


def build(framework: str, kind: str = "Wav2Vec2Model", **overrides: Any) -> Any:
    return ADAPTERS[framework].build(NAME, kind, **overrides)


def run(framework: str, model: Any, **inputs: Any) -> Any:
    return ADAPTERS[framework].run(model, inputs)


def close(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(np.asarray(found), np.asarray(expected), atol=2e-5, rtol=1e-4)


# ---------------------------------------------------------------------- lengths and padding


@everywhere
def test_masked_padding_changes_nothing(framework: str) -> None:
    """In models of the layer-norm kind; a group norm's statistics see the padding."""
    model, wave = build(framework, feat_extract_norm="layer"), waves()
    mask = np.ones_like(wave, dtype=np.int64)
    mask[1, 41:] = 0
    padded = np.where(mask, wave, 0).astype(np.float32)
    found = run(framework, model, input_values=padded, attention_mask=mask)[0]
    close(found[:1], run(framework, model, input_values=wave[:1])[0])
    close(found[1:, :3], run(framework, model, input_values=wave[1:, :41])[0])


def test_frames_of_samples_are_counted() -> None:
    import torch

    model = build("pt")
    assert model._get_feat_extract_output_lengths(65) == 5
    lengths = model._get_feat_extract_output_lengths(torch.tensor([65, 41]))
    assert lengths.tolist() == [5, 3]
    assert model.config.inputs_to_logits_ratio == 12
    longer = build("pt", add_adapter=True, num_adapter_layers=2)
    assert longer._get_feat_extract_output_lengths(65) == 2
    assert longer._get_feat_extract_output_lengths(65, add_adapter=False) == 5
    mask = torch.ones(2, 65, dtype=torch.long)
    mask[1, 41:] = 0
    frames = model._get_feature_vector_attention_mask(5, mask)
    assert frames.tolist() == [[True] * 5, [True] * 3 + [False] * 2]


def test_input_of_another_rank_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(batch, samples\), got shape \(1, 2, 65\)"):
        run("pt", build("pt"), input_values=waves()[None])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"conv_dim": [8, 8]}, "equally long"),
        ({"hidden_size": 25}, "num_attention_heads"),
        ({"num_conv_pos_embedding_groups": 5}, "num_conv_pos_embedding_groups"),
        ({"feat_extract_norm": "batch"}, "'batch'"),
    ],
)
def test_impossible_configs_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        modeling_wav2vec2.Wav2Vec2Model(Wav2Vec2Config(**{**cases.case(NAME)["config"], **changes}))


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        ("Wav2Vec2ForCTC", {"vocab_size": None}, "vocab_size"),
        ("Wav2Vec2ForSequenceClassification", {"add_adapter": True}, "add_adapter must be False"),
        ("Wav2Vec2ForAudioFrameClassification", {"add_adapter": True}, "add_adapter must be False"),
        ("Wav2Vec2ForPreTraining", {"codevector_dim": 11}, "num_codevector_groups"),
    ],
)
def test_heads_refuse_configs_that_do_not_suit_them(kind: str, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build("pt", kind, **changes)


# ---------------------------------------------------------------------- masking


@everywhere
def test_spans_have_their_length_number_and_place(framework: str) -> None:
    from transformers.frameworks import loader
    from transformers.layers import speech_masking

    part = speech_masking if framework == "pt" else loader.ring_module(framework, "layers.speech_masking")
    if framework == "pt":
        import torch
    else:
        torch = loader.torch_module(framework)  # type: ignore[assignment]
    torch.manual_seed(0)
    lengths = torch.tensor([40, 12, 3])
    found = np.asarray(part.random_spans(3, 40, 0.5, 4, least=1, lengths=lengths).tolist())
    assert found.shape == (3, 40)
    assert found.dtype == bool
    for row, length in zip(found, (40, 12, 3), strict=True):
        assert not row[length:].any()
        # Spans may overlap; each is 4 long, so no run of masked frames is shorter.
        runs = "".join("x" if value else " " for value in row).split()
        assert all(len(piece) >= 4 for piece in runs)
    assert 4 < found[0].sum() <= 4 * 6  # 5 or 6 spans
    assert not found[2].any()  # too short for one
    again = np.asarray(part.random_spans(3, 40, 0.5, 4, least=1, lengths=lengths).tolist())
    assert (found != again).any()
    with pytest.raises(ValueError, match="41 do not fit into 40"):
        part.random_spans(3, 40, 0.5, 41)
    with pytest.raises(ValueError, match="at least 1"):
        part.random_spans(3, 40, 0.5, 0)


def test_spans_cover_their_part_evenly() -> None:
    import torch

    from transformers.layers.speech_masking import random_spans

    torch.manual_seed(1)
    found = torch.stack([random_spans(50, 60, 0.1, 1) for _ in range(40)]).float()
    assert float(found.mean()) == pytest.approx(0.1, abs=0.005)
    assert float((found.mean(dim=(0, 1)) - 0.1).abs().max()) < 0.04


@pytest.mark.parametrize("framework", installed(("pt", "jax", "tf")))  # NumPy's face does not train
def test_frames_and_features_are_masked_in_training_only(framework: str) -> None:
    changes = {
        "mask_time_prob": 0.5,
        "mask_time_length": 2,
        "mask_feature_prob": 0.5,
        "mask_feature_length": 3,
    }
    model, wave = build(framework, **changes), waves()
    plain = run(framework, model, input_values=wave)[0]
    close(run(framework, model, input_values=wave)[0], plain)
    if framework == "pt":
        model.train()
        found = run(framework, model, input_values=wave)[0]
    elif framework == "tf":
        found = model(wave, training=True)[0].numpy()
    else:
        import jax

        found = np.asarray(model.apply(model.params, wave, train=True, dropout_rng=jax.random.key(0))[0])
    assert np.abs(found - plain).max() > 1e-2


def test_mask_without_its_vector_is_refused() -> None:
    with pytest.raises(ValueError, match="mask_time_prob"):
        run("pt", build("pt"), input_values=waves(), mask_time_indices=np.ones((2, 5), dtype=bool))


def test_mask_indices_of_data_loaders() -> None:
    np.random.seed(0)
    mask = np.ones((4, 60), dtype=np.int64)
    mask[2, 20:] = mask[3, 3:] = 0
    found = compute_mask_indices((4, 60), 0.5, 4, attention_mask=mask, min_masks=2)
    assert found.dtype == bool
    assert not found[2, 20:].any()
    assert found[:2].sum(-1).min() >= 8
    assert found[:2].sum(-1).max() <= 32
    assert not found[3].any()
    assert compute_mask_indices((4, 60), 0.1, 1).sum(-1).tolist() in ([6] * 4, [7] * 4)
    with pytest.raises(ValueError, match="at least 1"):
        compute_mask_indices((4, 60), 0.5, 0)
    with pytest.raises(ValueError, match="above the number of frames"):
        compute_mask_indices((4, 60), 0.5, 61)


def test_distractors_are_other_masked_frames_of_the_row() -> None:
    np.random.seed(0)
    masked = np.array([[0, 1, 1, 0, 1, 1], [1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0]])
    found = sample_negative_indices((3, 6), 50, masked)
    assert found.shape == (3, 6, 50)
    for row, frame in np.argwhere(masked):
        others = set(np.flatnonzero(masked[row])) - {frame}
        assert set(found[row, frame] - 6 * row) == others
    assert sample_negative_indices((2, 4), 3).max() < 8
    with pytest.raises(ValueError, match="one masked frame"):
        sample_negative_indices((1, 3), 2, np.array([[0, 1, 0]]))


def test_published_names_of_the_host_functions() -> None:
    assert modeling_wav2vec2._compute_mask_indices is compute_mask_indices
    assert modeling_wav2vec2._sample_negative_indices is sample_negative_indices


# ---------------------------------------------------------------------- outputs


@everywhere
@pytest.mark.parametrize("kind", ["CTC", "SequenceClassification", "XVector"])
def test_tuple_holds_what_the_output_does(framework: str, kind: str) -> None:
    model = build(framework, f"Wav2Vec2For{kind}")
    whole = run(framework, model, input_values=waves(), output_hidden_states=True)
    plain = run(framework, model, input_values=waves(), output_hidden_states=True, return_dict=False)
    vectors = ["embeddings"] if kind == "XVector" else []
    assert list(whole.keys()) == ["logits", *vectors, "hidden_states"]
    assert len(plain) == len(whole)
    close(plain[0], whole.logits)
    close(plain[-1][0], whole.hidden_states[0])


def test_losses_of_pretraining_come_last() -> None:
    model = build("pt", "Wav2Vec2ForPreTraining", mask_time_prob=0.1)
    chosen = np.array([[0, 1, 1, 0, 1], [1, 1, 0, 0, 0]], dtype=bool)
    others = np.full((2, 5, 2), 3)
    inputs = {"input_values": waves(), "mask_time_indices": chosen, "sampled_negative_indices": others}
    whole = run("pt", model, **inputs, output_hidden_states=True)
    states = ["projected_states", "projected_quantized_states", "codevector_perplexity", "hidden_states"]
    assert list(whole.keys()) == ["loss", *states, "contrastive_loss", "diversity_loss"]
    plain = run("pt", model, **inputs, output_hidden_states=True, return_dict=False)
    assert len(plain) == len(whole)
    assert len(plain[4]) == len(whole.hidden_states)
    close(plain[5], whole.contrastive_loss)
    close(plain[6], whole.diversity_loss)


# ---------------------------------------------------------------------- pretraining


def test_negatives_need_the_mask() -> None:
    model = build("pt", "Wav2Vec2ForPreTraining")
    with pytest.raises(ValueError, match="mask_time_indices"):
        run("pt", model, input_values=waves(), sampled_negative_indices=np.zeros((2, 5, 2), dtype=np.int64))


def test_codes_are_drawn_in_training_and_temperature_softens_them() -> None:
    import torch

    model = build("pt", "Wav2Vec2ForPreTraining")
    wave = torch.from_numpy(waves())
    plain = model(wave)
    model.train()
    model.set_gumbel_temperature(0.5)
    assert model.quantizer.temperature == 0.5
    torch.manual_seed(0)
    drawn = [model(wave) for _ in range(2)]
    assert not torch.equal(drawn[0].projected_quantized_states, drawn[1].projected_quantized_states)
    # The perplexity is that of the distribution, which nothing is drawn for.
    assert torch.equal(drawn[0].codevector_perplexity, drawn[1].codevector_perplexity)
    assert drawn[0].codevector_perplexity > plain.codevector_perplexity
    drawn[0].projected_quantized_states.sum().backward()
    assert model.quantizer.weight_proj.weight.grad.abs().sum() > 0


# ---------------------------------------------------------------------- letters


@everywhere
def test_letters_left_out_may_stand_anywhere(framework: str) -> None:
    model, wave = build(framework, "Wav2Vec2ForCTC"), waves()
    tidy = run(framework, model, input_values=wave, labels=np.array([[5, 3, -100], [7, -100, -100]])).loss
    loose = run(framework, model, input_values=wave, labels=np.array([[-100, 5, 3], [-100, 7, -100]])).loss
    close(loose, tidy)


@everywhere
def test_letters_outside_the_vocabulary_are_refused(framework: str) -> None:
    model = build(framework, "Wav2Vec2ForCTC")
    inputs = {"input_values": waves(), "labels": np.array([[5, 99], [7, 1]])}
    with pytest.raises(ValueError, match=r"below vocab_size \(12\), got 99"):
        if framework == "jax":  # not compiled: there values are not known
            model.apply(model.params, **inputs)
        else:
            run(framework, model, **inputs)


# ---------------------------------------------------------------------- voices


@pytest.mark.parametrize("framework", installed(("pt", "jax", "tf")))
@pytest.mark.parametrize("masked", [False, True])
def test_features_that_never_move_leave_gradients_finite(framework: str, masked: bool) -> None:
    adapter, model = ADAPTERS[framework], build(framework, "Wav2Vec2ForXVector")
    adapter.assign(model, {"tdnn.2.kernel.bias": np.full(9, -100.0, np.float32)})  # the ReLU gives zeros
    inputs = {"input_values": waves(), "labels": np.array([2, 0])}
    if masked:
        inputs["attention_mask"] = np.ones((2, 65), dtype=np.int64)
    gradients = adapter.gradients(model, inputs)
    assert "tdnn.0.kernel.weight" in gradients
    assert all(np.isfinite(value).all() for value in gradients.values())


# ---------------------------------------------------------------------- languages


def language_file(folder: Path, name: str, letters: int, **changes: Any) -> dict[str, np.ndarray]:
    """adapter.<name>.safetensors with seeded weights."""
    shapes = {key: value.shape for key, value in load_file(folder / "model.safetensors").items()}
    own = {key: shape for key, shape in shapes.items() if ".adapter_layer." in key}
    own |= {"lm_head.weight": (letters, 24), "lm_head.bias": (letters,)}
    arrays = {key: seeding.weight(f"{name} {key}", shape) for key, shape in own.items()}
    arrays = {key: value for key, value in {**arrays, **changes}.items() if value is not None}
    save_file(arrays, folder / f"adapter.{name}.safetensors")
    return arrays


@everywhere
def test_languages_are_loaded_and_changed(framework: str, tmp_path: Path) -> None:
    adapter = ADAPTERS[framework]
    build(framework, "Wav2Vec2ForCTC", **MMS).save_pretrained(tmp_path)
    given = {name: language_file(tmp_path, name, letters) for name, letters in (("fra", 17), ("deu", 9))}
    expected = {}
    for name, arrays in given.items():
        whole = build(framework, "Wav2Vec2ForCTC", **MMS, vocab_size=len(arrays["lm_head.bias"]))
        adapter.assign(whole, arrays)
        expected[name] = run(framework, whole, input_values=waves()).logits
    load = adapter.model_class(NAME, "Wav2Vec2ForCTC").from_pretrained
    model = load(tmp_path, target_lang="fra", ignore_mismatched_sizes=True)
    for name in ("fra", "deu", "fra"):
        model.load_adapter(name, force_load=False)
        close(run(framework, model, input_values=waves()).logits, expected[name])
        assert model.config.vocab_size == len(given[name]["lm_head.bias"])
    model.save_pretrained(tmp_path / "fra")
    close(run(framework, load(tmp_path / "fra"), input_values=waves()).logits, expected["fra"])


def test_languages_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    build("pt", "Wav2Vec2ForCTC", **MMS).save_pretrained(tmp_path)
    language_file(tmp_path, "more", 12, foo=np.zeros(2, np.float32))
    language_file(tmp_path, "less", 12, **{"lm_head.bias": None})
    key = "wav2vec2.encoder.layers.0.adapter_layer.linear_1.weight"
    language_file(tmp_path, "wide", 12, **{key: np.zeros((5, 24), np.float32)})
    load = ADAPTERS["pt"].model_class(NAME, "Wav2Vec2ForCTC").from_pretrained
    model = load(tmp_path)
    for name, message in (
        ("more", "unexpected foo"),
        ("less", "missing lm_head.bias"),
        ("wide", r"\(5, 24\)"),
    ):
        with pytest.raises(ValueError, match=message):
            model.load_adapter(name)
    with pytest.raises(OSError, match=r"adapter\.ita\.safetensors, adapter\.ita\.bin"):
        model.load_adapter("ita")
    with pytest.raises(ValueError, match="must be a word"):
        model.load_adapter("../fra")
    with pytest.raises(ValueError, match="adapter_attn_dim"):
        build("pt", "Wav2Vec2ForCTC").load_adapter("fra")
    with pytest.raises(ValueError, match="adapter_attn_dim"):
        ADAPTERS["pt"].model_class(NAME, "Wav2Vec2ForCTC")(ADAPTERS["pt"].config(NAME), target_lang="fra")


def test_new_language_is_trained_from_first_weights(tmp_path: Path) -> None:
    import torch

    model = build("pt", "Wav2Vec2ForCTC", **MMS)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    own = model._get_adapters()
    layers = [f"wav2vec2.encoder.layers.{i}.adapter_layer." for i in range(2)]
    assert {name for name in before if name.startswith((*layers, "lm_head."))} == set(own)
    model.init_adapter_layers()
    model.freeze_base_model()
    for parameter in own.values():
        parameter.requires_grad = True
    assert {name for name, value in model.named_parameters() if value.requires_grad} == set(own)
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name]) == (name not in own), name
    assert float(own["lm_head.bias"].detach().abs().max()) == 0.0
    model.save_pretrained(tmp_path)
    file = tmp_path / modeling_wav2vec2.WAV2VEC2_ADAPTER_SAFE_FILE.format("fra")
    save_file({name: value.detach().numpy() for name, value in own.items()}, file)
    again = type(model).from_pretrained(tmp_path, target_lang="fra")
    assert all(torch.equal(value, again.state_dict()[name]) for name, value in model.state_dict().items())
    with pytest.raises(ValueError, match="no adapters"):
        build("pt", "Wav2Vec2ForCTC").init_adapter_layers()


# ---------------------------------------------------------------------- files and freezing


@everywhere
def test_files_of_the_older_weight_norm_load(framework: str, tmp_path: Path) -> None:
    adapter, model = ADAPTERS[framework], build(framework)
    model.save_pretrained(tmp_path)
    arrays = load_file(tmp_path / "model.safetensors")
    for ours, theirs in (("original0", "weight_g"), ("original1", "weight_v")):
        arrays[f"{POSITIONS}.{theirs}"] = arrays.pop(f"{POSITIONS}.parametrizations.weight.{ours}")
    save_file(arrays, tmp_path / "model.safetensors")
    again = type(model).from_pretrained(tmp_path)
    weights = adapter.weights(again)
    for key, value in adapter.weights(model).items():
        np.testing.assert_array_equal(weights[key], value)


def test_normed_weight_is_that_of_torch() -> None:
    import torch

    from transformers.layers.speech_encoder import NormedConv1d

    ours = NormedConv1d(6, 4, padding=2, groups=2)
    theirs = torch.nn.Conv1d(6, 6, 4, padding=2, groups=2)
    theirs = torch.nn.utils.parametrizations.weight_norm(theirs, name="weight", dim=2)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    with torch.no_grad():
        for parameter in ours.parameters():
            parameter.copy_(torch.randn_like(parameter))
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(3, 6, 11)
    torch.testing.assert_close(ours(x), theirs(x))
    torch.testing.assert_close(ours.weight, theirs.weight)


def test_parts_are_frozen() -> None:
    model = build("pt", "Wav2Vec2ForCTC")
    model.freeze_feature_encoder()
    frozen = {name for name, parameter in model.named_parameters() if not parameter.requires_grad}
    assert frozen == {n for n, _ in model.named_parameters() if n.startswith("wav2vec2.feature_extractor.")}
    model.freeze_base_model()
    assert [n for n, p in model.named_parameters() if p.requires_grad] == ["lm_head.weight", "lm_head.bias"]
    trunk = build("pt")
    trunk.freeze_feature_extractor()
    assert not any(p.requires_grad for p in trunk.feature_extractor.parameters())


def test_first_weights_are_spread_as_published() -> None:
    import torch

    torch.manual_seed(0)
    config = ADAPTERS["pt"].config(NAME, num_codevectors_per_group=64, mask_time_prob=0.1, hidden_size=48)
    model = ADAPTERS["pt"].model_class(NAME, "Wav2Vec2ForPreTraining")(config)
    weights = {name: parameter.detach() for name, parameter in model.named_parameters()}
    assert float(weights["quantizer.weight_proj.weight"].std()) == pytest.approx(1.0, rel=0.1)
    assert (
        0
        <= float(weights["quantizer.codevectors"].min())
        < float(weights["quantizer.codevectors"].max())
        <= 1
    )
    assert float(weights["wav2vec2.encoder.layers.0.attention.q_proj.weight"].std()) == pytest.approx(
        0.02, rel=0.1
    )
    assert float(weights["wav2vec2.feature_projection.projection.weight"].abs().max()) <= 12**-0.5
    assert float(weights["project_hid.weight"].abs().max()) <= 48**-0.5
    assert float(weights["project_hid.weight"].std()) > 0.05
    assert float(weights["wav2vec2.masked_spec_embed"].min()) >= 0
