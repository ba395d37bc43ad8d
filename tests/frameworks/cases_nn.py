"""Conformance cases: `torch.nn.functional`, layers, losses."""

from __future__ import annotations

from .cases import b, f, fixed, h, h16, i, op, u, w

_PLAIN = (
    "relu relu6 gelu silu mish leaky_relu elu selu celu softplus logsigmoid hardtanh hardsigmoid hardswish softsign "
    "tanhshrink sigmoid tanh glu"
).split()
for _name in _PLAIN:
    op(f"F.{_name}", lambda t, x, n=_name: getattr(t.nn.functional, n)(x * 2), f(3, 4))
for _name in ("gelu", "silu", "relu", "softplus"):
    op(f"F.{_name}", lambda t, x, n=_name: getattr(t.nn.functional, n)(x), h(3, 40), grad=False, tolerance=1e-2)
op("F.gelu", lambda t, x: t.nn.functional.gelu(x, approximate="tanh"), f(3, 4))
op("F.softplus", lambda t, x: t.nn.functional.softplus(x * 10, beta=2, threshold=5), f(3, 4))
op("F.leaky_relu", lambda t, x: (t.nn.functional.leaky_relu(x, 0.2), t.nn.functional.elu(x, 0.5)), f(3, 4))
op("F.prelu", lambda t, x, w: (t.nn.functional.prelu(x, w), t.nn.functional.prelu(x, w[:1])), f(2, 3, 4), f(3), dynamic=False)
op("F.softmin", lambda t, x: t.nn.functional.softmin(x, dim=1), f(3, 4))

op("F.linear", lambda t, x, w, c: (t.nn.functional.linear(x, w, c), t.nn.functional.linear(x[0, 0], w)), f(2, 3, 4), w(5, 4), w(5))
op("F.linear", lambda t, x, w, c: t.nn.functional.linear(x, w, c), h(3, 40), h(5, 40), h(5), tolerance=3e-2, grad=False)
op("F.bilinear", lambda t, x, y, w, c: t.nn.functional.bilinear(x, y, w, c), f(3, 4), f(3, 5), f(2, 4, 5), f(2))
op("F.embedding", lambda t, x, w: (t.nn.functional.embedding(x, w), t.nn.functional.embedding(x, w, padding_idx=1)), i(4, 2, 3), f(4, 5))
op("F.one_hot", lambda t, x: (t.nn.functional.one_hot(x, 5), t.nn.functional.one_hot(x, num_classes=4).float()), i(4, 2, 3))
op("F.normalize", lambda t, x: (t.nn.functional.normalize(x), t.nn.functional.normalize(x, dim=-1), t.nn.functional.normalize(x, p=1, dim=0)), f(3, 4))
op("F.pairwise_distance", lambda t, x, y: t.nn.functional.pairwise_distance(x, y), f(3, 4), f(3, 4))
op("F.dropout", lambda t, x: (t.nn.functional.dropout(x, 0.5, False), t.nn.functional.dropout(x, p=0.0), t.nn.functional.dropout(x, 1.0)), f(3, 4))

op("F.layer_norm", lambda t, x, w, c: (t.nn.functional.layer_norm(x, (4,), w, c), t.nn.functional.layer_norm(x, (4,))), f(2, 3, 4), f(4), f(4))
op("F.layer_norm", lambda t, x: t.nn.functional.layer_norm(x, (3, 4), eps=1e-3), f(2, 3, 4))
op("F.layer_norm", lambda t, x, w, c: t.nn.functional.layer_norm(x, (40,), w, c), h(3, 40), h(40), h(40), tolerance=2e-2, grad=False)
op("F.rms_norm", lambda t, x, w: (t.nn.functional.rms_norm(x, (4,), w, 1e-6), t.nn.functional.rms_norm(x, (4,))), f(2, 3, 4), f(4))
op("F.rms_norm", lambda t, x, w: t.nn.functional.rms_norm(x, (40,), w, 1e-6), h(3, 40), h(40), tolerance=2e-2, grad=False)
op("F.group_norm", lambda t, x, w, c: (t.nn.functional.group_norm(x, 2, w, c), t.nn.functional.group_norm(x, 4)), f(2, 4, 3, 5), f(4), f(4), tolerance=1e-4)
op("F.batch_norm", lambda t, x, m, v, w, c: t.nn.functional.batch_norm(x, m, v.abs() + 0.5, w, c), f(3, 4, 5), fixed(4), fixed(4), f(4), f(4))
op("F.batch_norm", lambda t, x, w, c: t.nn.functional.batch_norm(x, None, None, w, c, True), f(3, 4, 5), f(4), f(4), tolerance=1e-4)
op("F.instance_norm", lambda t, x, w, c: t.nn.functional.instance_norm(x, weight=w, bias=c), f(2, 3, 5), f(3), f(3), tolerance=1e-4, dynamic=False)

op("F.conv1d", lambda t, x, w, c: (t.nn.functional.conv1d(x, w, c), t.nn.functional.conv1d(x, w, stride=2, padding=1)), f(2, 4, 9), w(6, 4, 3), w(6), tolerance=1e-4)
op("F.conv1d", lambda t, x, w: t.nn.functional.conv1d(x, w, padding="same", dilation=2, groups=2), f(2, 4, 9), w(6, 2, 3), tolerance=1e-4)
op("F.conv1d", lambda t, x, w: t.nn.functional.conv1d(x, w, padding=2, groups=4), f(2, 4, 9), w(4, 1, 4), tolerance=1e-4)
op("F.conv2d", lambda t, x, w, c: (t.nn.functional.conv2d(x, w, c), t.nn.functional.conv2d(x, w, c, stride=(2, 1), padding=(1, 2))), f(2, 4, 6, 7), w(6, 4, 3, 2), w(6), tolerance=1e-4)
op("F.conv2d", lambda t, x, w: t.nn.functional.conv2d(x, w, stride=2, dilation=2, padding=2), f(2, 4, 8, 7), w(6, 4, 3, 3), tolerance=1e-4)
op("F.conv2d", lambda t, x, w: t.nn.functional.conv2d(x, w, groups=2, padding=1), f(2, 4, 6, 7), w(6, 2, 3, 3), tolerance=1e-4)
op("F.conv2d", lambda t, x, w: t.nn.functional.conv2d(x, w, groups=4, padding=1, stride=2), f(2, 4, 6, 7), w(8, 1, 3, 3), tolerance=1e-4)
op("F.conv2d", lambda t, x, w: t.nn.functional.conv2d(x, w, groups=4, stride=(2, 1)), f(2, 4, 6, 7), w(4, 1, 3, 3), tolerance=1e-4)
op("F.conv3d", lambda t, x, w, c: t.nn.functional.conv3d(x, w, c, stride=2, padding=1), f(1, 3, 4, 5, 6), w(4, 3, 2, 3, 3), w(4), tolerance=1e-4)
op("F.max_pool1d", lambda t, x: (t.nn.functional.max_pool1d(x, 2), t.nn.functional.max_pool1d(x, 3, 1, padding=1)), f(2, 3, 8))
op("F.max_pool2d", lambda t, x: (t.nn.functional.max_pool2d(x, 2), t.nn.functional.max_pool2d(x, (3, 2), stride=1, padding=1)), f(2, 3, 7, 6))
op("F.max_pool2d", lambda t, x: (t.nn.functional.max_pool2d(x, 3, 2, 1, ceil_mode=True), t.nn.functional.max_pool2d(x, 2, 1, dilation=2)), f(2, 3, 7, 6), dynamic=False)
op("F.max_pool3d", lambda t, x: t.nn.functional.max_pool3d(x, 2), f(1, 2, 4, 5, 6))
op("F.avg_pool1d", lambda t, x: (t.nn.functional.avg_pool1d(x, 2), t.nn.functional.avg_pool1d(x, 3, 2, padding=1)), f(2, 3, 8))
op("F.avg_pool2d", lambda t, x: (t.nn.functional.avg_pool2d(x, 2), t.nn.functional.avg_pool2d(x, 3, 1, 1, count_include_pad=False)), f(2, 3, 7, 6))
op("F.avg_pool2d", lambda t, x: (t.nn.functional.avg_pool2d(x, 3, 2, 1, ceil_mode=True), t.nn.functional.avg_pool2d(x, 2, divisor_override=3)), f(2, 3, 6, 6), dynamic=False)
op("F.avg_pool3d", lambda t, x: t.nn.functional.avg_pool3d(x, 2), f(1, 2, 4, 5, 6))
op("F.adaptive_avg_pool1d", lambda t, x: (t.nn.functional.adaptive_avg_pool1d(x, 3), t.nn.functional.adaptive_avg_pool1d(x, 1)), f(2, 3, 8), dynamic=False)
op("F.adaptive_avg_pool2d", lambda t, x: (t.nn.functional.adaptive_avg_pool2d(x, (3, 2)), t.nn.functional.adaptive_avg_pool2d(x, (1, None))), f(2, 3, 7, 6), dynamic=False)
op("F.adaptive_avg_pool2d", lambda t, x: t.nn.functional.adaptive_avg_pool2d(x, 1), f(2, 3, 7, 6))
op("F.adaptive_max_pool2d", lambda t, x: t.nn.functional.adaptive_max_pool2d(x, (3, 2)), f(2, 3, 7, 6), dynamic=False)

op("F.pad", lambda t, x: (t.nn.functional.pad(x, (1, 2)), t.nn.functional.pad(x, (1, 0, 0, 2), value=1.5), t.nn.functional.pad(x, (-1, 1, 1, -1))), f(2, 3, 4))
op("F.pad", lambda t, x: (t.nn.functional.pad(x, (1, 2), mode="reflect"), t.nn.functional.pad(x, (2, 1), "replicate"), t.nn.functional.pad(x, (1, 2), mode="circular")), f(2, 3, 4))
op("F.pad", lambda t, x: (t.nn.functional.pad(x, (0, (-x.shape[-1]) % 3)), t.nn.functional.pad(x, (0, 0, 0, (-x.size(1)) % 4))), f(2, 3, 4))
op("F.pad", lambda t, x, y: (t.nn.functional.pad(x, (1, 1), value=True), t.nn.functional.pad(y, (2, 0), value=-100)), b(2, 3), i(5, 2, 3))
for _mode in ("nearest", "nearest-exact", "bilinear", "bicubic"):
    op("F.interpolate", lambda t, x, m=_mode: (t.nn.functional.interpolate(x, size=(7, 5), mode=m), t.nn.functional.interpolate(x, scale_factor=2, mode=m)), f(1, 2, 4, 6))
    op("F.interpolate", lambda t, x, m=_mode: (t.nn.functional.interpolate(x, size=(3, 4), mode=m), t.nn.functional.interpolate(x, scale_factor=(1.5, 0.6), mode=m)), f(1, 2, 5, 6))
for _mode in ("bilinear", "bicubic"):
    op("F.interpolate", lambda t, x, m=_mode: (t.nn.functional.interpolate(x, size=(7, 3), mode=m, align_corners=True), t.nn.functional.interpolate(x, size=(1, 9), mode=m, align_corners=True)), f(1, 2, 4, 6))
op("F.interpolate", lambda t, x, y: (t.nn.functional.interpolate(x, size=5, mode="linear"), t.nn.functional.interpolate(x, scale_factor=2), t.nn.functional.interpolate(y, size=x.shape[-1:] * 2, mode="bilinear")), f(1, 2, 4), f(1, 2, 3, 5))
op("F.pixel_shuffle", lambda t, x: (t.nn.functional.pixel_shuffle(x, 2), t.nn.functional.pixel_unshuffle(x, 2)), f(1, 8, 4, 6))
op("F.unfold", lambda t, x: t.nn.functional.unfold(x, 3, padding=1, stride=2), f(1, 2, 5, 6))

_Q, _K = f(2, 4, 5, 8), f(2, 4, 6, 8)
op("F.scaled_dot_product_attention", lambda t, q, k, v: (_sdpa(t)(q, k, v), _sdpa(t)(q, k, v, is_causal=True), _sdpa(t)(q, k, v, scale=0.3)), _Q, _K, _K)
op("F.scaled_dot_product_attention", lambda t, q, k, v, m: (_sdpa(t)(q, k, v, m), _sdpa(t)(q, k, v, attn_mask=m & (t.arange(5)[:, None] > 0))), _Q, _K, _K, b(2, 1, 5, 6))
op("F.scaled_dot_product_attention", lambda t, q, k, v, m: _sdpa(t)(q, k, v, m), _Q, _K, _K, f(2, 1, 5, 6))
op("F.scaled_dot_product_attention", lambda t, q, k, v, m: _sdpa(t)(q, k, v, t.where(m, 0.0, float("-inf"))), _Q, _K, _K, b(2, 1, 5, 6), grad=False)
op("F.scaled_dot_product_attention", lambda t, q, k, v: _sdpa(t)(q, k, v, enable_gqa=True), _Q, f(2, 2, 6, 8), f(2, 2, 6, 8))
op("F.scaled_dot_product_attention", lambda t, q, k, v: _sdpa(t)(q, k, v), h(2, 4, 5, 8), h(2, 4, 6, 8), h(2, 4, 6, 8), tolerance=3e-2, grad=False)


def _sdpa(t):
    return t.nn.functional.scaled_dot_product_attention


def _losses(name, target, source=None, **options):
    for reduction in ("mean", "sum", "none"):
        op(f"F.{name}", lambda t, x, y, r=reduction: getattr(t.nn.functional, name)(x, y, reduction=r, **options), source or f(5, 4), target)


for _name in ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"):
    _losses(_name, f(5, 4))
_losses("binary_cross_entropy_with_logits", u(0, 1, 5, 4))
_losses("binary_cross_entropy", u(0.1, 0.9, 5, 4), u(0.1, 0.9, 5, 4))
_losses("kl_div", u(0.1, 0.9, 5, 4))
_losses("kl_div", f(5, 4), log_target=True)
_losses("nll_loss", i(4, 5))
_losses("cross_entropy", i(4, 5))
_losses("cross_entropy", i(4, 5), ignore_index=2)
_losses("cross_entropy", i(4, 5), ignore_index=1, label_smoothing=0.2)
_losses("cross_entropy", u(0, 1, 5, 4), label_smoothing=0.1)
_losses("cross_entropy", i(4, 2, 3, 5), f(2, 4, 3, 5), label_smoothing=0.1)
op("F.kl_div", lambda t, x, y: t.nn.functional.kl_div(x, y, reduction="batchmean"), f(5, 4), u(0.1, 0.9, 5, 4))
op("F.cross_entropy", lambda t, x, y, w: (t.nn.functional.cross_entropy(x, y, w.abs(), label_smoothing=0.1), t.nn.functional.cross_entropy(x[0], y[0])), f(5, 4), i(4, 5), fixed(4))
op("F.cross_entropy", lambda t, x, y, w: t.nn.functional.cross_entropy(x, y, w.abs(), ignore_index=2, reduction="none"), f(2, 4, 3), i(4, 2, 3), fixed(4))
op("F.cross_entropy", lambda t, x, y: t.nn.functional.cross_entropy(x.view(-1, x.size(-1)), y.view(-1)), f(2, 3, 4), i(4, 2, 3))
op("F.binary_cross_entropy_with_logits", lambda t, x, y, w: t.nn.functional.binary_cross_entropy_with_logits(x, y, pos_weight=w.abs()), f(5, 4), u(0, 1, 5, 4), fixed(4))
op("F.cosine_embedding_loss", lambda t, x, y, z: t.nn.functional.cosine_embedding_loss(x, y, z * 2 - 1), f(3, 4), f(3, 4), i(2, 3))
op("F.margin_ranking_loss", lambda t, x, y, z: t.nn.functional.margin_ranking_loss(x, y, z * 2 - 1, margin=0.1), f(3), f(3), i(2, 3))


def _layer(make, *given, **options):
    """A layer whose parameters are functions of their names and sizes, the same everywhere."""

    def run(t, *inputs):
        torch_layer = make(t.nn)
        return _filled(t, torch_layer)(*inputs)

    name = make.__code__.co_names[0]
    op(f"nn.{name}", run, *given, **options)


def _filled(t, layer):
    import numpy as np

    state = {}
    for name, value in layer.state_dict().items():
        draw = np.random.default_rng(sum(map(ord, name))).uniform(0.5, 1.5, tuple(value.shape)).astype(np.float32)
        state[name] = t.from_numpy(draw) if value.dtype.is_floating_point else value
    layer.load_state_dict(state)
    return layer.eval()


_layer(lambda nn: nn.Linear(4, 5), f(2, 3, 4))
_layer(lambda nn: nn.Embedding(7, 5, padding_idx=0), i(7, 2, 3))
_layer(lambda nn: nn.LayerNorm(4, eps=1e-6), f(2, 3, 4))
_layer(lambda nn: nn.LayerNorm((3, 4), bias=False), f(2, 3, 4))
_layer(lambda nn: nn.RMSNorm(4), f(2, 3, 4))
_layer(lambda nn: nn.GroupNorm(2, 4), f(2, 4, 5), tolerance=1e-4)
_layer(lambda nn: nn.BatchNorm1d(4), f(3, 4))
_layer(lambda nn: nn.BatchNorm2d(4), f(3, 4, 2, 5))
_layer(lambda nn: nn.BatchNorm3d(4), f(3, 4, 2, 3, 2))
_layer(lambda nn: nn.InstanceNorm1d(4, affine=True), f(3, 4, 5), tolerance=1e-4, dynamic=False)
_layer(lambda nn: nn.Conv1d(4, 6, 3, padding=1, groups=2), f(2, 4, 7), tolerance=1e-4)
_layer(lambda nn: nn.Conv2d(3, 6, kernel_size=4, stride=4), f(2, 3, 8, 8), tolerance=1e-4)
_layer(lambda nn: nn.Conv2d(3, 6, 3, padding=1, padding_mode="reflect", bias=False), f(2, 3, 5, 6), tolerance=1e-4)
_layer(lambda nn: nn.Conv3d(3, 4, (2, 3, 3), (2, 1, 1)), f(1, 3, 4, 5, 5), tolerance=1e-4)
_layer(lambda nn: nn.Dropout(0.4), f(2, 3))
_layer(lambda nn: nn.Identity(), f(2, 3))
_layer(lambda nn: nn.Flatten(), f(2, 3, 4))
_layer(lambda nn: nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 2), nn.Tanh()), f(3, 4))
_layer(lambda nn: nn.PReLU(3), f(2, 3, 4), dynamic=False)
_layer(lambda nn: nn.MaxPool2d(2, stride=1), f(1, 2, 4, 5))
_layer(lambda nn: nn.AvgPool2d(2), f(1, 2, 4, 5))
_layer(lambda nn: nn.AdaptiveAvgPool2d((1, 1)), f(1, 2, 4, 5))
_layer(lambda nn: nn.Softmax(dim=-1), f(2, 3))
_layer(lambda nn: nn.LogSoftmax(dim=1), f(2, 3))
_layer(lambda nn: nn.ZeroPad2d((1, 2, 0, 1)), f(1, 2, 3, 4))
_layer(lambda nn: nn.ReflectionPad2d(1), f(1, 2, 3, 4))
_layer(lambda nn: nn.Upsample(scale_factor=2, mode="bilinear"), f(1, 2, 3, 4))
_layer(lambda nn: nn.Bilinear(3, 4, 2), f(2, 3), f(2, 4))
for _name in "GELU ReLU ReLU6 SiLU Sigmoid Tanh LeakyReLU ELU SELU CELU Mish Hardswish Hardsigmoid Hardtanh Softplus Softsign LogSigmoid".split():
    op(f"nn.{_name}", lambda t, x, n=_name: getattr(t.nn, n)()(x), f(3, 4))
for _name, _target in {"CrossEntropyLoss": i(4, 5), "NLLLoss": i(4, 5), "MSELoss": f(5, 4), "L1Loss": f(5, 4), "SmoothL1Loss": f(5, 4)}.items():
    op(f"nn.{_name}", lambda t, x, y, n=_name: getattr(t.nn, n)()(x, y), f(5, 4), _target)
for _name in ("BCEWithLogitsLoss", "KLDivLoss", "HuberLoss"):
    op(f"nn.{_name}", lambda t, x, y, n=_name: getattr(t.nn, n)(reduction="sum")(x, y), f(5, 4), u(0.1, 0.9, 5, 4))
op("nn.BCELoss", lambda t, x, y: t.nn.BCELoss()(x, y), u(0.1, 0.9, 5, 4), u(0.1, 0.9, 5, 4))
op("nn.CosineSimilarity", lambda t, x, y: t.nn.CosineSimilarity(dim=-1)(x, y), f(5, 4), f(5, 4))
op("F.layer_norm", lambda t, x: t.nn.functional.layer_norm(x, (40,)), h16(3, 40), tolerance=1e-2, grad=False)
