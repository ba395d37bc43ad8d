"""TensorFlow 1 checkpoints, written here under the names that the original programs gave, and read back."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
tf = pytest.importorskip("tensorflow")

import transformers  # noqa: E402
from transformers.loading.matching import CheckpointMismatchError  # noqa: E402

Arrays = dict[str, np.ndarray[Any, Any]]


def write(path: Path, arrays: Arrays) -> str:
    """Write a checkpoint of that prefix, with what an optimiser leaves there."""
    arrays = {**arrays, "global_step": np.array(7, np.int64)}
    first = next(iter(arrays))
    arrays[f"{first}/Adam"] = arrays[f"{first}/adam_m"] = arrays[f"{first}_slot_vc"] = arrays[first]
    tf.raw_ops.SaveV2(
        prefix=str(path),
        tensor_names=list(arrays),
        shape_and_slices=[""] * len(arrays),
        tensors=[tf.constant(value) for value in arrays.values()],
    )
    return str(path)


def bert_arrays(t: Callable[..., Any], root: str = "bert", layers: int = 2) -> Arrays:
    """Names of google-research/bert (and electra) for the trunk; `t(name)` is a tensor of the model."""
    found: Arrays = {}

    def dense(theirs: str, ours: str) -> None:
        found[f"{theirs}/kernel"], found[f"{theirs}/bias"] = t(f"{ours}.weight").T, t(f"{ours}.bias")

    def norm(theirs: str, ours: str) -> None:
        found[f"{theirs}/gamma"], found[f"{theirs}/beta"] = t(f"{ours}.weight"), t(f"{ours}.bias")

    for table in ("word", "position", "token_type"):
        found[f"{root}/embeddings/{table}_embeddings"] = t(f"{root}.embeddings.{table}_embeddings.weight")
    norm(f"{root}/embeddings/LayerNorm", f"{root}.embeddings.LayerNorm")
    for i in range(layers):
        theirs, ours = f"{root}/encoder/layer_{i}", f"{root}.encoder.layer.{i}"
        for part in ("attention/self/query", "attention/self/key", "attention/self/value"):
            dense(f"{theirs}/{part}", f"{ours}.{part.replace('/', '.')}")
        for part in ("attention/output/dense", "intermediate/dense", "output/dense"):
            dense(f"{theirs}/{part}", f"{ours}.{part.replace('/', '.')}")
        for part in ("attention/output", "output"):
            norm(f"{theirs}/{part}/LayerNorm", f"{ours}.{part.replace('/', '.')}.LayerNorm")
    return found


def bert(t: Callable[..., Any]) -> Arrays:
    found = bert_arrays(t)
    found["bert/pooler/dense/kernel"] = t("bert.pooler.dense.weight").T
    found["bert/pooler/dense/bias"] = t("bert.pooler.dense.bias")
    found["cls/predictions/transform/dense/kernel"] = t("cls.predictions.transform.dense.weight").T
    found["cls/predictions/transform/dense/bias"] = t("cls.predictions.transform.dense.bias")
    found["cls/predictions/transform/LayerNorm/gamma"] = t("cls.predictions.transform.LayerNorm.weight")
    found["cls/predictions/transform/LayerNorm/beta"] = t("cls.predictions.transform.LayerNorm.bias")
    found["cls/predictions/output_bias"] = t("cls.predictions.bias")
    found["cls/seq_relationship/output_weights"] = t("cls.seq_relationship.weight")
    found["cls/seq_relationship/output_bias"] = t("cls.seq_relationship.bias")
    return found


def bert_classifier(t: Callable[..., Any]) -> Arrays:
    found = bert_arrays(t)
    found["bert/pooler/dense/kernel"] = t("bert.pooler.dense.weight").T
    found["bert/pooler/dense/bias"] = t("bert.pooler.dense.bias")
    return {**found, "output_weights": t("classifier.weight"), "output_bias": t("classifier.bias")}


def bert_spans(t: Callable[..., Any]) -> Arrays:
    found = bert_arrays(t)
    return {
        **found,
        "cls/squad/output_weights": t("qa_outputs.weight"),
        "cls/squad/output_bias": t("qa_outputs.bias"),
    }


def albert(t: Callable[..., Any]) -> Arrays:
    ours = "albert.encoder.albert_layer_groups.0.albert_layers.0."
    theirs = "bert/encoder/transformer/group_0/inner_group_0/"
    dense = {
        "bert/encoder/embedding_hidden_mapping_in": "albert.encoder.embedding_hidden_mapping_in",
        f"{theirs}attention_1/self/query": f"{ours}attention.query",
        f"{theirs}attention_1/self/key": f"{ours}attention.key",
        f"{theirs}attention_1/self/value": f"{ours}attention.value",
        f"{theirs}attention_1/output/dense": f"{ours}attention.dense",
        f"{theirs}ffn_1/intermediate/dense": f"{ours}ffn",
        f"{theirs}ffn_1/intermediate/output/dense": f"{ours}ffn_output",
        "bert/pooler/dense": "albert.pooler",
        "cls/predictions/transform/dense": "predictions.dense",
    }
    norms = {
        "bert/embeddings/LayerNorm": "albert.embeddings.LayerNorm",
        f"{theirs}LayerNorm": f"{ours}attention.LayerNorm",
        f"{theirs}LayerNorm_1": f"{ours}full_layer_layer_norm",
        "cls/predictions/transform/LayerNorm": "predictions.LayerNorm",
    }
    found = {f"{a}/kernel": t(f"{b}.weight").T for a, b in dense.items()}
    found |= {f"{a}/bias": t(f"{b}.bias") for a, b in dense.items()}
    found |= {f"{a}/gamma": t(f"{b}.weight") for a, b in norms.items()}
    found |= {f"{a}/beta": t(f"{b}.bias") for a, b in norms.items()}
    for table in ("word", "position", "token_type"):
        found[f"bert/embeddings/{table}_embeddings"] = t(f"albert.embeddings.{table}_embeddings.weight")
    found["cls/predictions/output_bias"] = t("predictions.bias")
    found["cls/seq_relationship/output_weights"] = t("sop_classifier.classifier.weight")
    found["cls/seq_relationship/output_bias"] = t("sop_classifier.classifier.bias")
    return found


def albert_of_the_hub(t: Callable[..., Any]) -> Arrays:
    return {f"module/{name}": value for name, value in albert(t).items()}


def electra(t: Callable[..., Any]) -> Arrays:
    found = bert_arrays(t, "electra")
    for theirs, ours in (("", "dense"), ("_1", "dense_prediction")):
        place = f"discriminator_predictions/dense{theirs}"
        found[f"{place}/kernel"] = t(f"discriminator_predictions.{ours}.weight").T
        found[f"{place}/bias"] = t(f"discriminator_predictions.{ours}.bias")
    found["electra/embeddings_project/kernel"] = t("electra.embeddings_project.weight").T
    found["electra/embeddings_project/bias"] = t("electra.embeddings_project.bias")
    found["generator/embeddings_project/kernel"] = np.zeros((2, 2), np.float32)
    found["generator_predictions/output_bias"] = np.zeros(3, np.float32)
    return found


def electra_generator(t: Callable[..., Any]) -> Arrays:
    found = bert_arrays(t, "electra")
    found = {re.sub("^electra/encoder", "generator/encoder", name): value for name, value in found.items()}
    found["generator/embeddings_project/kernel"] = t("electra.embeddings_project.weight").T
    found["generator/embeddings_project/bias"] = t("electra.embeddings_project.bias")
    found["generator_predictions/dense/kernel"] = t("generator_predictions.dense.weight").T
    found["generator_predictions/dense/bias"] = t("generator_predictions.dense.bias")
    found["generator_predictions/LayerNorm/gamma"] = t("generator_predictions.LayerNorm.weight")
    found["generator_predictions/LayerNorm/beta"] = t("generator_predictions.LayerNorm.bias")
    found["generator_predictions/output_bias"] = t("generator_lm_head.bias")
    found["electra/encoder/layer_0/output/dense/bias"] = np.zeros(2, np.float32)  # the discriminator's
    found["discriminator_predictions/dense/bias"] = np.zeros(2, np.float32)
    return found


def gpt2(t: Callable[..., Any]) -> Arrays:
    found = {"model/wte": t("transformer.wte.weight"), "model/wpe": t("transformer.wpe.weight")}
    for i in range(2):
        for part in ("attn/c_attn", "attn/c_proj", "mlp/c_fc", "mlp/c_proj"):
            ours = f"transformer.h.{i}.{part.replace('/', '.')}"
            found[f"model/h{i}/{part}/w"] = t(f"{ours}.weight")[None]
            found[f"model/h{i}/{part}/b"] = t(f"{ours}.bias")
        for part in ("ln_1", "ln_2"):
            found[f"model/h{i}/{part}/g"] = t(f"transformer.h.{i}.{part}.weight")
            found[f"model/h{i}/{part}/b"] = t(f"transformer.h.{i}.{part}.bias")
    return {**found, "model/ln_f/g": t("transformer.ln_f.weight"), "model/ln_f/b": t("transformer.ln_f.bias")}


def gpt_neo(t: Callable[..., Any]) -> Arrays:
    table = t("transformer.wte.weight")
    found = {"gpt2/wte": np.concatenate([table, table[:5] + 1]), "gpt2/wpe": t("transformer.wpe.weight")}
    for i in range(2):
        ours = f"transformer.h.{i}"
        for part, name in zip("qkvo", ("q_proj", "k_proj", "v_proj", "out_proj"), strict=True):
            found[f"gpt2/h{i}/attn/{part}"] = t(f"{ours}.attn.attention.{name}.weight").T
        found[f"gpt2/h{i}/attn/compute_output_bias/o_b"] = t(f"{ours}.attn.attention.out_proj.bias")
        for part in ("c_fc", "c_proj"):
            found[f"gpt2/h{i}/mlp/conv1d_main/{part}/kernel"] = t(f"{ours}.mlp.{part}.weight").T
            found[f"gpt2/h{i}/mlp/conv1d_main/{part}/bias"] = t(f"{ours}.mlp.{part}.bias")
        for number in (1, 2):
            found[f"gpt2/h{i}/norm_{number}/g"] = t(f"{ours}.ln_{number}.weight")
            found[f"gpt2/h{i}/norm_{number}/b"] = t(f"{ours}.ln_{number}.bias")
    return {**found, "gpt2/ln_f/g": t("transformer.ln_f.weight"), "gpt2/ln_f/b": t("transformer.ln_f.bias")}


def t5(t: Callable[..., Any], feeds: tuple[str, ...] = ("wi", "wo")) -> Arrays:
    found = {"shared/embedding": t("shared.weight")}
    for half, sublayers in (("encoder", 2), ("decoder", 3)):
        for i in range(2):
            for j in range(sublayers):
                theirs = f"{half}/block_{i:03d}/layer_{j:03d}"
                ours = f"{half}.block.{i}.layer.{j}"
                found[f"{theirs}/layer_norm/scale"] = t(f"{ours}.layer_norm.weight")
                if j == sublayers - 1:
                    for feed in feeds:
                        found[f"{theirs}/DenseReluDense/{feed}/kernel"] = t(
                            f"{ours}.DenseReluDense.{feed}.weight"
                        ).T
                    continue
                kind = "EncDecAttention" if j else "SelfAttention"
                for part in "qkvo":
                    found[f"{theirs}/{kind}/{part}"] = t(f"{ours}.{kind}.{part}.weight").T
        bias = t(f"{half}.block.0.layer.0.SelfAttention.relative_attention_bias.weight")
        found[f"{half}/block_000/layer_000/SelfAttention/relative_attention_bias"] = bias.T
        found[f"{half}/final_layer_norm/scale"] = t(f"{half}.final_layer_norm.weight")
    found["decoder/block_000/layer_001/EncDecAttention/relative_attention_bias"] = bias.T
    return found


def gated_t5(t: Callable[..., Any]) -> Arrays:
    """T5 1.1 and mT5, whose norms have another name."""
    old = {**t5(t, ("wi_0", "wi_1", "wo")), "decoder/logits/kernel": t("lm_head.weight").T}
    return {re.sub("(final_)?layer_norm", "rms_norm", name): value for name, value in old.items()}


def xlnet(t: Callable[..., Any], untied: bool = True) -> Arrays:
    root = "model/transformer"
    found = {
        f"{root}/word_embedding/lookup_table": t("transformer.word_embedding.weight"),
        f"{root}/mask_emb/mask_emb": t("transformer.mask_emb"),
    }
    for name in ("r_w_bias", "r_r_bias", "r_s_bias", "seg_embed"):
        rows = [t(f"transformer.layer.{i}.rel_attn.{name}") for i in range(2)]
        found[f"{root}/{name}"] = np.stack(rows) if untied or name == "seg_embed" else rows[0]
    for i in range(2):
        theirs, ours = f"{root}/layer_{i}", f"transformer.layer.{i}"
        for part in "qkvro":
            found[f"{theirs}/rel_attn/{part}/kernel"] = t(f"{ours}.rel_attn.{part}")
        for part in ("rel_attn", "ff"):
            found[f"{theirs}/{part}/LayerNorm/gamma"] = t(f"{ours}.{part}.layer_norm.weight")
            found[f"{theirs}/{part}/LayerNorm/beta"] = t(f"{ours}.{part}.layer_norm.bias")
        for part in ("layer_1", "layer_2"):
            found[f"{theirs}/ff/{part}/kernel"] = t(f"{ours}.ff.{part}.weight").T
            found[f"{theirs}/ff/{part}/bias"] = t(f"{ours}.ff.{part}.bias")
    return found


def xlnet_words(t: Callable[..., Any]) -> Arrays:
    return {**xlnet(t), "model/lm_loss/bias": t("lm_loss.bias")}


def xlnet_classes(t: Callable[..., Any]) -> Arrays:
    found = xlnet(t, untied=False)
    found["model/sequnece_summary/summary/kernel"] = t("sequence_summary.summary.weight").T
    found["model/sequnece_summary/summary/bias"] = t("sequence_summary.summary.bias")
    found["model/classification_mnli/logit/kernel"] = t("logits_proj.weight").T
    found["model/classification_mnli/logit/bias"] = t("logits_proj.bias")
    return found


def mobilenet(t: Callable[..., Any], blocks: int = 16) -> Arrays:
    found: Arrays = {}

    def convolution(theirs: str, ours: str, kind: str = "weights") -> None:
        axes = (2, 3, 0, 1) if kind == "depthwise_weights" else (2, 3, 1, 0)
        found[f"{theirs}/{kind}"] = t(f"{ours}.convolution.weight").transpose(axes)
        for name, own in {
            "gamma": "weight",
            "beta": "bias",
            "moving_mean": "running_mean",
            "moving_variance": "running_var",
        }.items():
            found[f"{theirs}/BatchNorm/{name}"] = t(f"{ours}.normalization.{own}")

    convolution("MobilenetV2/Conv", "mobilenet_v2.conv_stem.first_conv")
    for number in range(blocks + 1):
        theirs = f"MobilenetV2/expanded_conv_{number}" if number else "MobilenetV2/expanded_conv"
        ours = f"mobilenet_v2.layer.{number - 1}" if number else "mobilenet_v2.conv_stem"
        if number:
            convolution(f"{theirs}/expand", f"{ours}.expand_1x1")
        convolution(f"{theirs}/depthwise", f"{ours}.conv_3x3", "depthwise_weights")
        convolution(f"{theirs}/project", f"{ours}.reduce_1x1")
    convolution("MobilenetV2/Conv_1", "mobilenet_v2.conv_1x1")
    found["MobilenetV2/Logits/Conv2d_1c_1x1/weights"] = t("classifier.weight").T[None, None]
    found["MobilenetV2/Logits/Conv2d_1c_1x1/biases"] = t("classifier.bias")
    return found


def deeplab(t: Callable[..., Any]) -> Arrays:
    found: Arrays = {}
    pairs = {"aspp0": "conv_aspp", "image_pooling": "conv_pool", "concat_projection": "conv_projection"}
    for theirs, part in pairs.items():
        ours = f"segmentation_head.{part}"
        found[f"{theirs}/weights"] = t(f"{ours}.convolution.weight").transpose(2, 3, 1, 0)
        found[f"{theirs}/BatchNorm/gamma"] = t(f"{ours}.normalization.weight")
        found[f"{theirs}/BatchNorm/beta"] = t(f"{ours}.normalization.bias")
        found[f"{theirs}/BatchNorm/moving_mean"] = t(f"{ours}.normalization.running_mean")
        found[f"{theirs}/BatchNorm/moving_variance"] = t(f"{ours}.normalization.running_var")
    last = t("segmentation_head.classifier.convolution.weight")
    found["logits/semantic/weights"] = last.transpose(2, 3, 1, 0)
    found["logits/semantic/biases"] = t("segmentation_head.classifier.convolution.bias")
    return found


def segmenter(t: Callable[..., Any]) -> Arrays:
    zero = {"classifier.weight": np.zeros((3, 1), np.float32), "classifier.bias": np.zeros(3, np.float32)}
    whole = mobilenet(lambda name: zero[name] if name in zero else t(name))
    trunk = {name: value for name, value in whole.items() if "Logits" not in name}
    return {**trunk, **deeplab(t)}


BERT = {"vocab_size": 19, "hidden_size": 8, "intermediate_size": 12, "num_attention_heads": 2}
BERT |= {"num_hidden_layers": 2, "max_position_embeddings": 11}
GPT2 = {"vocab_size": 19, "n_embd": 8, "n_layer": 2, "n_head": 2, "n_positions": 11}
NEO = {"vocab_size": 19, "hidden_size": 8, "num_layers": 2, "num_heads": 2, "max_position_embeddings": 11}
NEO |= {"attention_types": [[["global", "local"], 1]]}
T5 = {"vocab_size": 19, "d_model": 8, "d_kv": 3, "num_heads": 2, "d_ff": 12, "num_layers": 2}
XLNET = {"vocab_size": 19, "d_model": 8, "n_layer": 2, "n_head": 2, "d_inner": 12}
SMALL = {"depth_multiplier": 0.1, "num_labels": 3, "finegrained_output": False}
CASES: dict[str, tuple[str, str, dict[str, Any], Callable[..., Arrays], dict[str, str]]] = {
    "bert": ("bert", "BertForPreTraining", BERT, bert, {}),
    "bert_classes": ("bert", "BertForSequenceClassification", BERT, bert_classifier, {}),
    "bert_spans": ("bert", "BertForQuestionAnswering", BERT, bert_spans, {}),
    "albert": ("albert", "AlbertForPreTraining", BERT | {"embedding_size": 4}, albert, {}),
    "albert_hub": ("albert", "AlbertForPreTraining", BERT | {"embedding_size": 4}, albert_of_the_hub, {}),
    "electra": ("electra", "ElectraForPreTraining", BERT | {"embedding_size": 4}, electra, {}),
    "electra_generator": (
        "electra",
        "ElectraForMaskedLM",
        BERT | {"embedding_size": 4},
        electra_generator,
        {"discriminator_or_generator": "generator"},
    ),
    "gpt2": ("gpt2", "GPT2LMHeadModel", GPT2, gpt2, {}),
    "gpt_neo": ("gpt_neo", "GPTNeoForCausalLM", NEO, gpt_neo, {}),
    "t5": ("t5", "T5ForConditionalGeneration", T5, t5, {}),
    "mt5": ("mt5", "MT5ForConditionalGeneration", T5, gated_t5, {}),
    "xlnet": ("xlnet", "XLNetLMHeadModel", XLNET, xlnet_words, {}),
    "xlnet_classes": ("xlnet", "XLNetForSequenceClassification", XLNET, xlnet_classes, {}),
    "mobilenet": ("mobilenet_v2", "MobileNetV2ForImageClassification", SMALL, mobilenet, {}),
    "deeplab": ("mobilenet_v2", "MobileNetV2ForSemanticSegmentation", SMALL, segmenter, {}),
}


def made(name: str, seed: int) -> tuple[Any, Callable[..., Any]]:
    """(a model with random weights, the function that loads such a checkpoint)."""
    room, cls, options, _, _ = CASES[name]
    model_class = getattr(transformers, cls)
    model = model_class(model_class.config_class(**options))
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for key, tensor in model.state_dict().items():
            if tensor.dtype.is_floating_point:
                value = torch.rand(tensor.shape, generator=generator)
                shared = name == "xlnet_classes" and re.search("r_[wrs]_bias", key)
                tensor.copy_(torch.arange(float(tensor.numel())).reshape(tensor.shape) if shared else value)
    module = importlib.import_module(f"transformers.models.{room}.modeling_{room}")
    return model, getattr(module, f"load_tf_weights_in_{room}")


@pytest.mark.parametrize("name", CASES)
def test_checkpoint_fills_every_weight(name: str, tmp_path: Path) -> None:
    source, load = made(name, 1)
    weights = {key: tensor.clone() for key, tensor in source.state_dict().items()}
    *_, arrays, options = CASES[name]
    path = write(tmp_path / "model.ckpt", arrays(lambda key: weights[key].numpy()))
    model, _ = made(name, 2)
    assert load(model, model.config, path, **options) is model
    for key, tensor in model.state_dict().items():
        assert torch.equal(tensor, weights[key]), key


def test_bare_model_takes_its_part_of_a_checkpoint(tmp_path: Path) -> None:
    source, load = made("bert", 1)
    path = write(tmp_path / "model.ckpt", bert(lambda key: source.state_dict()[key].numpy()))
    model = transformers.BertModel(source.config)
    load(model, model.config, path + ".index")
    for key, tensor in source.bert.state_dict().items():
        assert torch.equal(model.state_dict()[key], tensor), key


@pytest.mark.parametrize("name", sorted({case[0] for case in CASES.values()} - {"mt5"}))
def test_loader_is_public(name: str) -> None:
    module = importlib.import_module(f"transformers.models.{name}.modeling_{name}")
    wanted = f"load_tf_weights_in_{name}"
    assert getattr(transformers, wanted) is getattr(module, wanted)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda found: found.pop("bert/encoder/layer_1/output/dense/bias"), "missing.*layer.1.output.dense"),
        (lambda found: found.update({"bert/extra/kernel": np.ones((2, 2), np.float32)}), "unexpected.*extra"),
        (
            lambda found: found.update({"bert/pooler/dense/bias": np.ones(9, np.float32)}),
            r"pooler.dense.bias has shape \[9\]",
        ),
    ],
)
def test_checkpoint_that_does_not_fit_raises(
    change: Callable[[Arrays], Any], message: str, tmp_path: Path
) -> None:
    model, load = made("bert", 1)
    arrays = bert(lambda key: model.state_dict()[key].numpy())
    change(arrays)
    with pytest.raises(CheckpointMismatchError, match=message):
        load(model, model.config, write(tmp_path / "model.ckpt", arrays))


def test_checkpoint_of_another_program_raises(tmp_path: Path) -> None:
    model, load = made("bert", 1)
    with pytest.raises(ValueError, match=r"no weights of this architecture; it holds .*other"):
        load(model, model.config, write(tmp_path / "model.ckpt", {"other": np.ones(2, np.float32)}))


def test_checkpoint_that_is_not_there_raises(tmp_path: Path) -> None:
    model, load = made("bert", 1)
    with pytest.raises(OSError, match=r"model\.ckpt\.index is no file"):
        load(model, model.config, tmp_path / "model.ckpt")


@pytest.mark.parametrize(
    ("variable", "shape", "message"),
    [
        ("r_w_bias", (3, 2, 4), "has 3 layers and the config 2"),
        ("layer_0/ff/layer_1/kernel", (4,), "no axes"),
    ],
)
def test_variable_of_another_form_raises(
    variable: str, shape: tuple[int, ...], message: str, tmp_path: Path
) -> None:
    model, load = made("xlnet", 1)
    arrays = xlnet_words(lambda key: model.state_dict()[key].numpy())
    arrays[f"model/transformer/{variable}"] = np.ones(shape, np.float32)
    with pytest.raises(ValueError, match=message):
        load(model, model.config, write(tmp_path / "model.ckpt", arrays))


def test_missing_tensorflow_names_the_pip_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("transformers.utils.optional.is_available", lambda package: False)
    monkeypatch.setattr("transformers.utils.optional._switched_off", lambda package: False)
    model, load = made("bert", 1)
    with pytest.raises(ImportError, match=r"needs TensorFlow: pip install 'transformers\[tf\]'"):
        load(model, model.config, tmp_path / "model.ckpt")


@pytest.mark.parametrize("form", ["model.ckpt.index", "model.ckpt", "", "sub"])
@pytest.mark.parametrize("auto", [False, True])
def test_from_tf_takes_the_checkpoint(form: str, auto: bool, tmp_path: Path) -> None:
    model, _ = made("bert", 1)
    want = model.state_dict()
    folder = tmp_path / "sub" if form == "sub" else tmp_path
    folder.mkdir(exist_ok=True)
    write(folder / "model.ckpt", bert(lambda key: want[key].numpy()))
    cls = transformers.AutoModelForPreTraining if auto else type(model)
    place = {"subfolder": "sub"} if form == "sub" else {}
    name = tmp_path if form == "sub" else tmp_path / form
    found = cls.from_pretrained(name, from_tf=True, config=model.config, dtype="float64", **place)
    assert type(found) is type(model)
    assert not found.training
    for key, value in found.state_dict().items():
        assert torch.equal(value, want[key].to(value.dtype)), key
    assert found.dtype == torch.float64


def test_from_tf_gives_no_loading_info(tmp_path: Path) -> None:
    model, _ = made("bert", 1)
    write(tmp_path / "model.ckpt", bert(lambda key: model.state_dict()[key].numpy()))
    model.config.save_pretrained(tmp_path)
    given = {"from_tf": True, "output_loading_info": True}
    found, info = type(model).from_pretrained(tmp_path, **given)
    assert info is None
    assert found.config.name_or_path == str(tmp_path)
    with pytest.raises(OSError, match="no weights in"):
        type(model).from_pretrained(tmp_path)


def test_from_tf_of_another_architecture_raises(tmp_path: Path) -> None:
    (tmp_path / "model.ckpt.index").write_bytes(b"")
    with pytest.raises(ValueError, match="OPTModel has no checkpoints of TensorFlow 1"):
        transformers.OPTModel.from_pretrained(tmp_path, from_tf=True, config=transformers.OPTConfig())
