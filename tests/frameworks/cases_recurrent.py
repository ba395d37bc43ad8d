"""Conformance cases: recurrent layers, attention of several heads, softmax in clusters, padded sequences."""

from __future__ import annotations

from .cases import b, f, fixed, i, op
from .cases_layers import _filled, _layer

_layer(lambda nn: nn.LSTM(3, 4), f(5, 2, 3))
_layer(lambda nn: nn.LSTM(3, 4, num_layers=2, batch_first=True, bidirectional=True), f(2, 5, 3))
_layer(lambda nn: nn.LSTM(3, 6, 2, False, True, proj_size=2, dropout=0.3), f(2, 4, 3))
_layer(lambda nn: nn.LSTM(3, 4, bidirectional=True, proj_size=3), f(5, 3))
_layer(lambda nn: nn.GRU(3, 4, num_layers=2, bidirectional=True), f(5, 2, 3))
_layer(lambda nn: nn.GRU(3, 4, bias=False, batch_first=True), f(2, 5, 3))
_layer(lambda nn: nn.RNN(3, 4, 2, nonlinearity="relu"), f(5, 2, 3))
_layer(lambda nn: nn.RNN(3, 4, bidirectional=True, batch_first=True), f(2, 5, 3))
op(
    "nn.LSTM",
    lambda t, x, h, c: _filled(t, t.nn.LSTM(3, 4, num_layers=2, proj_size=2))(x, (h, c)),
    f(5, 2, 3),
    f(2, 2, 2),
    f(2, 2, 4),
)
op("nn.GRU", lambda t, x, h: _filled(t, t.nn.GRU(3, 4))(x, h), f(5, 3), f(1, 4))
op("nn.RNN", lambda t, x, h: _filled(t, t.nn.RNN(3, 4))(x, h), f(5, 2, 3), f(1, 2, 4))
op(
    "nn.LSTMCell",
    lambda t, x, h, c: (
        _filled(t, t.nn.LSTMCell(3, 4))(x, (h, c)),
        _filled(t, t.nn.LSTMCell(3, 4, bias=False))(x[0]),
    ),
    f(2, 3),
    f(2, 4),
    f(2, 4),
)
op(
    "nn.GRUCell",
    lambda t, x, h: (_filled(t, t.nn.GRUCell(3, 4))(x, h), _filled(t, t.nn.GRUCell(3, 4, bias=False))(x)),
    f(2, 3),
    f(2, 4),
)
op(
    "nn.RNNCell",
    lambda t, x, h: (
        _filled(t, t.nn.RNNCell(3, 4))(x, h),
        _filled(t, t.nn.RNNCell(3, 4, nonlinearity="relu"))(x),
    ),
    f(2, 3),
    f(2, 4),
)


def _given(pair):
    """The tensors of a pair that may hold None."""
    return tuple(part for part in pair if part is not None)


def _heads(run, *given, **options):
    """A layer of two heads over queries (T, N, 4)."""
    op("nn.MultiheadAttention", lambda t, *x: _given(run(t, *x)), *given, **options)


_Q, _K = f(5, 2, 4), f(3, 2, 4)
_heads(lambda t, x: _filled(t, t.nn.MultiheadAttention(4, 2))(x, x, x), _Q)
_heads(
    lambda t, q, k, v, m: _filled(t, t.nn.MultiheadAttention(4, 2, batch_first=True, dropout=0.2))(
        q, k, v, attn_mask=m & (t.arange(3) > 0), need_weights=False
    ),
    f(2, 5, 4),
    f(2, 3, 4),
    f(2, 3, 4),
    b(5, 3),
)
_heads(
    lambda t, q, k, v, p, m: _filled(t, t.nn.MultiheadAttention(4, 2, kdim=3, vdim=6, bias=False))(
        q, k, v, key_padding_mask=p & (t.arange(3) > 0), attn_mask=m, average_attn_weights=False
    ),
    _Q,
    f(3, 2, 3),
    f(3, 2, 6),
    b(2, 3),
    f(4, 5, 3),
)
_heads(
    lambda t, q, k, p: _filled(t, t.nn.MultiheadAttention(4, 2, add_bias_kv=True, add_zero_attn=True))(
        q, k, k, key_padding_mask=p
    ),
    _Q,
    _K,
    b(2, 3),
)
_heads(
    lambda t, q, k, p: _filled(t, t.nn.MultiheadAttention(4, 2))(
        q, k, k, key_padding_mask=p & (t.arange(3) > 0), need_weights=False
    ),
    f(5, 4),
    f(3, 4),
    b(3),
)
op(
    "F.multi_head_attention_forward",
    lambda t, x, q, k, v, c, o, oc: _given(
        t.nn.functional.multi_head_attention_forward(
            x, x, x, 4, 2, None, c, None, None, False, 0.0, o, oc, True,
            use_separate_proj_weight=True, q_proj_weight=q, k_proj_weight=k, v_proj_weight=v,
        )
    ),
    _Q, *[f(4, 4)] * 3, f(12), f(4, 4), f(4),
    dynamic=False,
)  # fmt: skip

op(
    "nn.AdaptiveLogSoftmaxWithLoss",
    lambda t, x, y: tuple(_filled(t, t.nn.AdaptiveLogSoftmaxWithLoss(8, 20, [5, 9], div_value=2.0))(x, y)),
    f(6, 8),
    i(20, 6),
)
op(
    "nn.AdaptiveLogSoftmaxWithLoss",
    lambda t, x, y: (
        *_filled(t, t.nn.AdaptiveLogSoftmaxWithLoss(8, 20, [5, 9], head_bias=True))(x[0], y),
        _filled(t, t.nn.AdaptiveLogSoftmaxWithLoss(8, 20, [5, 9])).log_prob(x),
        _filled(t, t.nn.AdaptiveLogSoftmaxWithLoss(8, 20, [5, 9])).predict(x),
    ),
    f(6, 8),
    i(20),
)
op(
    "nn.utils.rnn.pad_sequence",
    lambda t, x, y, z: (
        t.nn.utils.rnn.pad_sequence([x, y, z]),
        t.nn.utils.rnn.pad_sequence([y, x], batch_first=True, padding_value=-1.0),
        t.nn.utils.rnn.pad_sequence((x, y), True, padding_side="left"),
    ),
    f(3, 2),
    f(5, 2),
    f(1, 2),
)


def _attend(run, *given, **options):
    op(
        "F.scaled_dot_product_attention",
        lambda t, *x: run(t, t.nn.functional.scaled_dot_product_attention, *x),
        *given,
        **options,
    )


_attend(lambda t, run, q, k: run(q, k, k, is_causal=True), f(5, 4), f(3, 4))
_attend(lambda t, run, q, k: run(q, k, k, is_causal=True, scale=0.2), f(2, 3, 4), f(2, 6, 4))
_attend(
    lambda t, run, q, k, v, m: run(q, k, v, m, enable_gqa=True),
    f(2, 6, 5, 4),
    f(2, 2, 3, 4),
    f(2, 2, 3, 7),
    fixed(5, 3),
)
_attend(lambda t, run, q, k, m: run(q, k, k, m), f(2, 3, 5, 4), f(2, 3, 6, 4), b(1, 6))
_attend(lambda t, run, q, k: run(q, k, k, t.zeros(5, 6).bool()), f(2, 3, 5, 4), f(2, 3, 6, 4), grad=False)
_attend(lambda t, run, q, k: run(q, k, k, is_causal=True, enable_gqa=True), f(1, 4, 5, 4), f(1, 2, 5, 4))
_attend(lambda t, run, q, k: run(q, k, k, dropout_p=1.0), f(1, 4, 5, 4), f(1, 4, 5, 4), grad=False)
op("torch.roll", lambda t, x: (t.roll(x, (1, -2), (0, 2)), x.roll(3), x.roll(-1, -1)), f(2, 3, 4))
op("torch.flip", lambda t, x: (t.flip(x, (0, -1)), x.flip(1), x.flip([0, 2])), f(2, 3, 4))
op(
    "Tensor.unfold",
    lambda t, x: (x.unfold(1, 3, 2), x.unfold(-1, 2, 1), x.unfold(0, 2, 3).sum(-1)),
    f(2, 7, 4),
)
