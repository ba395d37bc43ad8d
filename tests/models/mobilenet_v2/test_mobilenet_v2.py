"""MobileNetV2: batch norms in training, padding, dilation, refusals, and mistakes that numbers notice."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.models import cases
from tests.models.adapters import ADAPTERS, installed
from tests.models.test_common import close

from transformers import MobileNetV2Config

torch = pytest.importorskip("torch")

import torch.nn.functional as F  # noqa: E402

from transformers import MobileNetV2ForImageClassification, MobileNetV2ForSemanticSegmentation  # noqa: E402
from transformers.models.mobilenet_v2 import modeling_mobilenet_v2  # noqa: E402

NAME, RUN = "mobilenet_v2", "image"
STATISTICS = ("running_mean", "running_var", "num_batches_tracked")
SMALL = cases.case(NAME)["config"]


def built(framework: str, **overrides: Any) -> Any:
    return ADAPTERS[framework].build(NAME, "MobileNetV2ForImageClassification", RUN, **overrides)


def trained_once(framework: str) -> tuple[Any, dict[str, np.ndarray], Any]:
    """(output of a forward in training, statistics after it, logits that evaluation gives with them)."""
    adapter, model = ADAPTERS[framework], built(framework)
    # Higher features than one pixel: the deviation of two numbers says little but in which order they are.
    inputs = {**cases.inputs(NAME, RUN), **cases.inputs(NAME, "model_odd")}
    if framework == "jax":
        before = copy.deepcopy(model.params)
        output, state = model.apply(model.params, **inputs, train=True, mutable=["batch_stats"])
        for kind, tree in before.items():  # a pure function: the model keeps what it has
            for one, other in zip(leaves(tree), leaves(model.params[kind]), strict=True):
                np.testing.assert_array_equal(one, other)
        model.params = {**model.params, **state}
    elif framework == "tf":
        output = model(inputs, training=True)
    else:
        with torch.no_grad():
            output = model.train()(**{key: torch.from_numpy(value) for key, value in inputs.items()})
        model.eval()
    weights = adapter.weights(model)
    if framework == "pt":
        weights = {name: buffer.numpy() for name, buffer in model.named_buffers()}
    statistics = {name: value for name, value in weights.items() if name.endswith(STATISTICS)}
    return output, statistics, adapter.run(model, inputs)["logits"]


def leaves(tree: Any) -> list[Any]:
    import jax

    return jax.tree.leaves(tree)


@pytest.mark.parametrize("framework", [key for key in installed() if key not in ("pt", "np")])
def test_training_moves_the_statistics_as_in_torch(framework: str) -> None:
    expected, found = trained_once("pt"), trained_once(framework)
    close(found[0].loss, expected[0].loss)
    close(found[0].logits, expected[0].logits, 1e-4)
    assert found[1].keys() == expected[1].keys()
    for name, value in expected[1].items():
        close(found[1][name], value, 1e-4)
    assert {int(value) for name, value in found[1].items() if name.endswith("tracked")} == {1}
    close(found[2], expected[2], 1e-4)


def test_statistics_take_997_thousandths_of_the_new_batch() -> None:
    model, images = built("pt"), torch.from_numpy(cases.inputs(NAME, RUN)["pixel_values"])
    first = model.mobilenet_v2.conv_stem.first_conv
    mean, variance = first.normalization.running_mean.clone(), first.normalization.running_var.clone()
    with torch.no_grad():
        batch = F.conv2d(F.pad(images, (0, 1, 0, 1)), first.convolution.weight, stride=2)  # even: one behind
        model.train()(images)
    channels = batch.transpose(0, 1).flatten(1)
    close(first.normalization.running_mean, 0.003 * mean + 0.997 * channels.mean(1))
    close(first.normalization.running_var, 0.003 * variance + 0.997 * channels.var(1))


def test_jax_trains_with_statistics_beside_the_params() -> None:
    jax = pytest.importorskip("jax")
    model, inputs = built("jax"), cases.inputs(NAME, RUN)
    assert model.params.keys() == {"params", "batch_stats"}

    def loss(params: Any, state: Any) -> Any:
        output, updates = model(**inputs, params={"params": params, **state}, train=True)
        return output.loss, updates

    params, state = model.params["params"], {"batch_stats": model.params["batch_stats"]}
    step = jax.jit(jax.value_and_grad(loss, has_aux=True))
    losses = []
    for _ in range(3):
        (value, state), gradient = step(params, state)
        params = jax.tree.map(lambda p, g: p - 0.05 * g, params, gradient)
        losses.append(float(value))
    assert losses[-1] < losses[0]
    counts = {int(leaf) for leaf in leaves(state) if leaf.ndim == 0}
    assert counts == {3}


def test_keras_fits_and_keeps_statistics_out_of_the_gradient() -> None:
    pytest.importorskip("tensorflow")
    model, inputs = built("tf"), cases.inputs(NAME, RUN)
    trained = {variable.path for variable in model.trainable_variables}
    assert not any(path.endswith(STATISTICS) for path in trained)
    before = {v.path: v.numpy().copy() for v in model.variables}
    model.compile("sgd", run_eagerly=True)
    model.fit(inputs, verbose=0)
    moved = {v.path for v in model.variables if not np.array_equal(v.numpy(), before[v.path])}
    assert {path for path in before if path.endswith(STATISTICS)} <= moved


# ---------------------------------------------------------------------- sizes


@pytest.mark.parametrize("size", [(7, 8), (9, 10), (12, 5)])
@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (2, 1), (1, 2), (1, 4)])
def test_padding_keeps_sizes_and_puts_more_behind(size: tuple[int, int], stride: int, dilation: int) -> None:
    pad = modeling_mobilenet_v2.same_padding
    ones = torch.ones(1, 1, *size)
    padded = pad(ones, 3, stride, dilation)
    reach = 2 * dilation + 1
    found = F.conv2d(padded, torch.ones(1, 1, 3, 3), stride=stride, dilation=dilation)
    assert found.shape[2:] == tuple(-(-length // stride) for length in size)
    for axis, length in enumerate(size, start=2):
        total = max((-(-length // stride) - 1) * stride + reach - length, 0)  # TensorFlow's rule for SAME
        before = int(padded[0, 0].amax(dim=3 - axis).nonzero()[0])
        assert before == total // 2


@pytest.mark.parametrize(
    ("stride", "dilated", "features"), [(8, {2: 7, 4: 3}, (6, 5)), (16, {2: 3}, (3, 3)), (32, {}, (2, 2))]
)
def test_output_stride_trades_strides_for_dilation(
    stride: int, dilated: dict[int, int], features: tuple[int, int]
) -> None:
    model = built("pt", output_stride=stride)
    factors = [block.conv_3x3.convolution.dilation[0] for block in model.mobilenet_v2.layer]
    assert {factor: factors.count(factor) for factor in sorted(set(factors) - {1})} == dilated
    with torch.no_grad():
        assert model.mobilenet_v2(torch.zeros(1, 3, 45, 38))[0].shape[2:] == features


def test_published_sizes_of_the_full_network() -> None:
    with torch.device("meta"):
        model = MobileNetV2ForImageClassification(MobileNetV2Config(num_labels=1000))
    assert model.num_parameters() == 3_504_872  # 3.4 million in table 4 of the paper
    assert built("pt", num_labels=0).classifier.__class__.__name__ == "Identity"


def test_hidden_states_of_a_segmenter_are_given_when_asked_for() -> None:
    model = ADAPTERS["pt"].build(NAME, "MobileNetV2ForSemanticSegmentation")
    images = torch.from_numpy(cases.inputs(NAME, RUN)["pixel_values"])
    with torch.no_grad():
        assert list(model(images)) == ["logits"]
        assert len(model(images, output_hidden_states=True).hidden_states) == 16
        assert len(model(images, return_dict=False)) == 1
        model.config.output_hidden_states = True
        assert len(model(images).hidden_states) == 16


def segmented(height: int, width: int) -> dict[str, np.ndarray]:
    """Three images and the classes of their pixels."""
    draw = np.random.default_rng(height)
    images = draw.standard_normal((3, 3, height, width)).astype(np.float32)
    return {"pixel_values": images, "labels": draw.integers(0, 3, (3, height, width))}


def test_segmenter_exports_with_free_sizes() -> None:
    model = ADAPTERS["pt"].build(NAME, "MobileNetV2ForSemanticSegmentation", "pixels")
    rows, height, width = (
        torch.export.Dim(axis, min=least) for axis, least in (("rows", 2), ("height", 33), ("width", 33))
    )
    free = {"pixel_values": {0: rows, 2: height, 3: width}, "labels": {0: rows, 1: height, 2: width}}
    one, other = (
        {k: torch.from_numpy(v) for k, v in segmented(*size).items()} for size in ((45, 70), (66, 51))
    )
    program = torch.export.export(model, (), one, dynamic_shapes=free)
    with torch.no_grad():
        close(program.module()(**other).loss, model(**other).loss)


def test_one_graph_segments_images_of_all_sizes() -> None:
    tf = pytest.importorskip("tensorflow")
    model, ours = (
        ADAPTERS[key].build(NAME, "MobileNetV2ForSemanticSegmentation", "pixels") for key in ("tf", "pt")
    )
    places = [tf.TensorSpec([None, 3, None, None], tf.float32), tf.TensorSpec([None, None, None], tf.int64)]
    run = tf.function(lambda images, labels: model(images, labels=labels).loss, input_signature=places)
    for size in ((45, 38), (33, 64)):
        given = segmented(*size)
        close(run(*given.values()), ADAPTERS["pt"].run(ours, given).loss, 1e-4)
    assert run.experimental_get_tracing_count() == 1


def test_dummy_inputs_run() -> None:
    for framework in [key for key in installed() if key in ("pt", "tf")]:
        model = built(framework)
        assert tuple(model(**model.dummy_inputs).logits.shape)[1:] == (3,)


# ---------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("field", "value"),
    [("depth_multiplier", 0.0), ("depth_divisible_by", 0), ("min_depth", 0), ("output_stride", 0)],
)
def test_impossible_configs_are_refused(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=field):
        MobileNetV2Config(**{field: value})


def test_impossible_layers_are_refused() -> None:
    config = MobileNetV2Config(**SMALL)
    with pytest.raises(ValueError, match="groups"):
        modeling_mobilenet_v2.MobileNetV2ConvLayer(config, 4, 6, 1, groups=4)
    with pytest.raises(ValueError, match="stride must be 1 or 2, got 3"):
        modeling_mobilenet_v2.MobileNetV2InvertedResidual(config, 4, 4, 3)


def test_one_label_has_no_loss_over_pixels() -> None:
    model = MobileNetV2ForSemanticSegmentation(MobileNetV2Config(**{**SMALL, "num_labels": 1})).eval()
    with pytest.raises(ValueError, match="num_labels above 1"):
        model(torch.zeros(1, 3, 32, 32), labels=torch.zeros(1, 32, 32, dtype=torch.long))


# ---------------------------------------------------------------------- planted bugs


def padded_in_front(patch: pytest.MonkeyPatch) -> None:
    """What is odd is padded before, not behind."""
    good = modeling_mobilenet_v2.same_padding
    patch.setattr(
        modeling_mobilenet_v2, "same_padding", lambda x, *sizes: good(x.flip(2, 3), *sizes).flip(2, 3)
    )


def no_residual(patch: pytest.MonkeyPatch) -> None:
    """A block's input is not added."""
    block = modeling_mobilenet_v2.MobileNetV2InvertedResidual
    patch.setattr(block, "forward", lambda s, x: s.reduce_1x1(s.conv_3x3(s.expand_1x1(x))))


def other_eps(patch: pytest.MonkeyPatch) -> None:
    """Batch norms have PyTorch's own epsilon."""
    good = F.batch_norm
    patch.setattr(F, "batch_norm", lambda *given: good(*given[:-1], 1e-5))


def undilated(patch: pytest.MonkeyPatch) -> None:
    """Strides are left out and nothing dilates for them."""
    good = modeling_mobilenet_v2.block_places
    patch.setattr(
        modeling_mobilenet_v2, "block_places", lambda config: [(stride, 1) for stride, _ in good(config)]
    )


@pytest.mark.parametrize(
    ("plant", "run"),
    [
        (padded_in_front, "model"),
        (padded_in_front, "model_odd"),
        (no_residual, "model"),
        (other_eps, "model_torch_padding"),
        (undilated, "model_stride_8"),
        (undilated, "model_stride_16"),
    ],
)
def test_planted_bug_is_noticed(
    monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None], run: str
) -> None:
    adapter, expected = ADAPTERS["pt"], cases.golden(NAME)["runs"][run]["outputs"]["last_hidden_state"]

    def compare() -> None:
        model = adapter.build(NAME, cases.case(NAME)["runs"][run]["class"], run)
        cases.compare(adapter.run(model, cases.inputs(NAME, run))[0], expected, None, run)

    compare()
    plant(monkeypatch)
    with pytest.raises(AssertionError, match="differ"):
        compare()
