"""Weights between models of two frameworks that both exist: state dicts, trees and files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import transformers
from transformers.modeling_tf_pytorch_utils import convert_tf_weight_name_to_pt_weight_name

from .face_rooms import config, inputs

torch = pytest.importorskip("torch")


def torch_model(name: str, kind: str, seed: int = 3) -> Any:
    torch.manual_seed(seed)
    model = getattr(transformers, kind)(config(name)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape) * 0.3 + (parameter.ndim == 1))
    return model


def logits(model: Any, name: str) -> np.ndarray:
    given = inputs(name)
    if not isinstance(model, torch.nn.Module):
        return np.asarray(model(**given).logits)
    with torch.no_grad():
        return np.asarray(model(**{key: torch.from_numpy(value) for key, value in given.items()}).logits)


def near(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(np.asarray(found), np.asarray(expected), rtol=2e-4, atol=2e-4)


KINDS = [("bert", "BertForSequenceClassification"), ("mobilenet_v2", "MobileNetV2ForImageClassification")]


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_tensorflow_and_torch_models_take_each_others_weights(name: str, kind: str, tmp_path: Path) -> None:
    pytest.importorskip("tensorflow")
    source, face = torch_model(name, kind), getattr(transformers, f"TF{kind}")(config(name), seed=1)
    assert transformers.load_pytorch_model_in_tf2_model(face, source) is face
    near(logits(face, name), logits(source, name))
    back = torch_model(name, kind, seed=4)
    loaded, info = transformers.load_tf2_model_in_pytorch_model(back, face, output_loading_info=True)
    assert loaded is back
    assert info["missing_keys"] == []
    near(logits(back, name), logits(source, name))
    torch.save(torch_model(name, kind, seed=5).state_dict(), tmp_path / "weights.bin")
    transformers.load_pytorch_checkpoint_in_tf2_model(face, tmp_path / "weights.bin")
    near(logits(face, name), logits(torch_model(name, kind, seed=5), name))
    face.save_weights(tmp_path / "tf_model.h5")
    transformers.load_tf2_checkpoint_in_pytorch_model(back, tmp_path / "tf_model.h5")
    near(logits(back, name), logits(face, name))
    fresh = getattr(transformers, f"TF{kind}")(config(name), seed=2)
    fresh.load_weights(tmp_path / "tf_model.h5")
    near(logits(fresh, name), logits(face, name))
    with pytest.raises(FileExistsError, match="overwrite=True"):
        face.save_weights(tmp_path / "tf_model.h5", overwrite=False)
    third = torch_model(name, kind, seed=6)
    transformers.load_tf2_weights_in_pytorch_model(third, face.weights)
    near(logits(third, name), logits(face, name))


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_jax_and_torch_models_take_each_others_weights(name: str, kind: str, tmp_path: Path) -> None:
    pytest.importorskip("jax")
    from transformers import modeling_flax_pytorch_utils as crossing

    source, face = torch_model(name, kind), getattr(transformers, f"Flax{kind}")(config(name), seed=1)
    face.params = crossing.convert_pytorch_state_dict_to_flax(source.state_dict(), face)
    near(logits(face, name), logits(source, name))
    torch.save(torch_model(name, kind, seed=5).state_dict(), tmp_path / "weights.bin")
    face.params = crossing.load_pytorch_checkpoint_in_flax_state_dict(face, tmp_path / "weights.bin")
    near(logits(face, name), logits(torch_model(name, kind, seed=5), name))
    back = crossing.load_flax_weights_in_pytorch_model(torch_model(name, kind, seed=4), face.params)
    near(logits(back, name), logits(face, name))


def test_tree_in_the_published_layout_fills_a_torch_model(tmp_path: Path) -> None:
    pytest.importorskip("jax")
    serialization = pytest.importorskip("flax.serialization")
    from transformers import modeling_flax_pytorch_utils as crossing

    source = torch_model("bert", "BertForSequenceClassification")
    tree: dict[str, Any] = {}
    for name, tensor in source.state_dict().items():
        *path, own = name.split(".")
        branch = tree
        for piece in path:
            branch = branch.setdefault(piece, {})
        value = tensor.numpy()
        if own == "weight":
            own = (
                "embedding" if "embeddings" in path[-1] else "scale" if path[-1] == "LayerNorm" else "kernel"
            )
            value = value.T if own == "kernel" else value
        branch[own] = np.ascontiguousarray(value)
    blank = torch_model("bert", "BertForSequenceClassification", seed=8)
    crossing.load_flax_weights_in_pytorch_model(blank, tree)
    near(logits(blank, "bert"), logits(source, "bert"))
    (tmp_path / "flax_model.msgpack").write_bytes(serialization.to_bytes(tree))
    blank = torch_model("bert", "BertForSequenceClassification", seed=8)
    crossing.load_flax_checkpoint_in_pytorch_model(blank, tmp_path / "flax_model.msgpack")
    near(logits(blank, "bert"), logits(source, "bert"))


def test_weights_that_are_missing_are_refused_unless_allowed() -> None:
    pytest.importorskip("tensorflow")
    source = torch_model("bert", "BertForSequenceClassification")
    body = {name: tensor for name, tensor in source.state_dict().items() if name.startswith("bert.")}
    face = transformers.TFBertForSequenceClassification(config("bert"), seed=1)
    before = face.classifier.weight.numpy()
    with pytest.raises(ValueError, match="allow_missing_keys=True"):
        transformers.load_pytorch_weights_in_tf2_model(face, body)
    transformers.load_pytorch_weights_in_tf2_model(face, body, allow_missing_keys=True)
    near(face.bert.pooler.dense.weight, source.bert.pooler.dense.weight.detach())
    assert (face.classifier.weight.numpy() == before).all()


@pytest.mark.parametrize(
    ("name", "shape", "options", "expected", "turn"),
    [
        ("tf_m/bert/layer_._0/dense/kernel:0", (3, 3), {}, "bert.layer.0.dense.weight", "simple"),
        ("tf_m/a/b___c/conv/kernel:0", (3, 3, 2, 2), {}, "a.c.conv.weight", "conv2d"),
        ("tf_m/a/conv/kernel:0", (3, 2, 2), {}, "a.conv.weight", "conv1d"),
        ("tf_m/a/depthwise_kernel:0", (3, 2, 2, 1), {}, "a.depthwise.weight", "simple"),
        ("tf_m/a/pointwise_kernel:0", (3, 2, 2, 1), {}, "a.pointwise.weight", "simple"),
        ("tf_m/emb_projs_._0:0", (3, 2), {}, "emb_projs.0", "simple"),
        ("tf_m/LayerNorm/gamma:0", (2,), {}, "LayerNorm.weight", "no"),
        ("tf_m/LayerNorm/beta:0", (2,), {}, "LayerNorm.bias", "no"),
        ("kernel:0", (2, 3), {}, "weight", "simple"),
        ("tf_m/bert/x/weight:0", (2, 3), {"start_prefix_to_remove": "bert."}, "x.weight", "no"),
        ("s/tf_m/bert/x/kernel:0", (2, 3), {"name_scope": "s"}, "bert.x.weight", "simple"),
        ("tf_m//bert/embeddings", (2, 3), {}, "bert.weight", "no"),
    ],
)
def test_keras_names_become_torch_names(
    name: str, shape: tuple[int, ...], options: dict[str, str], expected: str, turn: str
) -> None:
    found, axes = convert_tf_weight_name_to_pt_weight_name(name, tf_weight_shape=shape, **options)
    assert (found, axes.value) == (expected, turn)


def test_keras_name_outside_the_scope_is_refused() -> None:
    with pytest.raises(ValueError, match="name_scope 'other'"):
        convert_tf_weight_name_to_pt_weight_name("tf_m/kernel:0", name_scope="other")


def test_state_dict_in_bfloat16_is_read() -> None:
    source = torch_model("bert", "BertForSequenceClassification").bfloat16()
    model = transformers.NpBertForSequenceClassification.from_pretrained(
        None, config=config("bert"), state_dict=source.state_dict()
    )
    expected = source.classifier.weight.detach().float().numpy()
    assert (model.network.state_dict()["classifier.weight"].a == expected).all()
