"""Conformance cases: distributions, and what random functions give besides numbers."""

from __future__ import annotations

from .cases import f, i, op, u


def _described(d, value, *, entropy=True, cdf=False, mode=True):
    found = [d.log_prob(value), d.mean, d.variance, d.stddev]
    if entropy:
        found.append(d.entropy())
    if cdf:
        found += [d.cdf(value), d.icdf(d.cdf(value))]
    if mode:
        found.append(d.mode)
    return found


_TWO = {"Normal": True, "Laplace": True, "Gumbel": True}
for _name in _TWO:
    op(
        f"distributions.{_name}",
        lambda t, x, s, v, n=_name: _described(getattr(t.distributions, n)(x, s), v, cdf=True),
        f(3, 4),
        u(0.5, 2, 4),
        f(2, 3, 4),
        tolerance=3e-3,
    )
op(
    "distributions.Uniform",
    lambda t, x, s, v: _described(t.distributions.Uniform(x, x + s), x + s * v, cdf=True, mode=False),
    f(3, 4),
    u(0.5, 2, 4),
    u(0.1, 0.9, 2, 3, 4),
    tolerance=1e-4,
)
op(
    "distributions.StudentT",
    lambda t, d, x, s, v: _described(t.distributions.StudentT(d, x, s), v),
    u(2.5, 9, 3, 4),
    f(3, 4),
    u(0.5, 2, 4),
    f(2, 3, 4),
    tolerance=2e-4,
)
op(
    "distributions.StudentT",
    lambda t, d: [t.distributions.StudentT(d).mean, t.distributions.StudentT(d).variance],
    u(0.5, 2.5, 9),
    grad=False,
)
for _name in ("Gamma",):
    op(
        f"distributions.{_name}",
        lambda t, x, s, v, n=_name: _described(getattr(t.distributions, n)(x, s), v),
        u(0.5, 3, 3, 4),
        u(0.5, 2, 4),
        u(0.2, 4, 2, 3, 4),
        tolerance=2e-4,
    )
for _name in ("Exponential", "Chi2"):
    op(
        f"distributions.{_name}",
        lambda t, x, v, n=_name: _described(getattr(t.distributions, n)(x), v, mode=False),
        u(0.5, 3, 3, 4),
        u(0.2, 4, 2, 3, 4),
        tolerance=2e-4,
    )
op(
    "distributions.LogNormal",
    lambda t, x, s, v: _described(t.distributions.LogNormal(x, s), v),
    f(3, 4),
    u(0.5, 1, 4),
    u(0.2, 4, 2, 3, 4),
    tolerance=1e-3,
)
op(
    "distributions.NegativeBinomial",
    lambda t, n, x, v: [
        *_described(t.distributions.NegativeBinomial(n, logits=x), v, entropy=False, mode=False),
        *_described(t.distributions.NegativeBinomial(n, probs=t.sigmoid(x)), v, entropy=False, mode=False),
    ],
    u(0.5, 5, 3, 4),
    f(3, 4),
    i(9, 2, 3, 4),
    tolerance=2e-4,
)
op(
    "distributions.Poisson",
    lambda t, x, v: _described(t.distributions.Poisson(x), v, entropy=False),
    u(0.5, 5, 3, 4),
    i(9, 2, 3, 4),
    tolerance=1e-4,
)
op(
    "distributions.Bernoulli",
    lambda t, x, v: [
        *_described(t.distributions.Bernoulli(logits=x), v.float()),
        *_described(t.distributions.Bernoulli(t.sigmoid(x)), v.float()),
        t.distributions.Bernoulli(logits=x).enumerate_support(),
    ],
    f(3, 4),
    i(2, 2, 3, 4),
    tolerance=1e-4,
)
op(
    "distributions.Categorical",
    lambda t, x, v: [
        t.distributions.Categorical(logits=x).log_prob(v),
        t.distributions.Categorical(t.sigmoid(x)).log_prob(v),
        t.distributions.Categorical(logits=x).entropy(),
        t.distributions.Categorical(probs=t.sigmoid(x)).probs,
        t.distributions.Categorical(logits=x).mode,
        t.distributions.categorical.Categorical(logits=x).enumerate_support(),
        t.distributions.Categorical(logits=x).perplexity(),
    ],
    f(3, 5),
    i(5, 2, 3),
    tolerance=1e-4,
)
op(
    "distributions.OneHotCategorical",
    lambda t, x, v: [
        t.distributions.OneHotCategorical(logits=x).log_prob(t.nn.functional.one_hot(v, 5).float()),
        t.distributions.OneHotCategorical(logits=x).mean,
        t.distributions.OneHotCategorical(logits=x).variance,
        t.distributions.OneHotCategorical(logits=x).mode,
        t.distributions.OneHotCategorical(logits=x).entropy(),
    ],
    f(3, 5),
    i(5, 2, 3),
)
op(
    "distributions.Independent",
    lambda t, x, s, v: [
        *_described(t.distributions.Independent(t.distributions.Normal(x, s), 1), v),
        t.distributions.Independent(t.distributions.Normal(x, s), 1).expand((2, 3)).log_prob(v),
        t.distributions.Normal(x, s).expand((2, 3, 4)).log_prob(v),
    ],
    f(3, 4),
    u(0.5, 2, 4),
    f(2, 3, 4),
    tolerance=1e-4,
)


def _affine(t, x, s, v, events=0, scale=2.5):
    d = t.distributions
    base = d.StudentT(s + 2.5, x, s) if not events else d.Independent(d.Normal(x, s), 1)
    moved = d.TransformedDistribution(base, [d.AffineTransform(loc=0.5, scale=scale, event_dim=events)])
    found = [moved.log_prob(v), d.AffineTransform(0.5, scale).inv(v)]
    if not events:
        lifted = d.TransformedDistribution(d.Normal(x, s), [d.AffineTransform(x, -s), d.SigmoidTransform()])
        found += [lifted.log_prob(t.sigmoid(v)), lifted.cdf(t.sigmoid(v)), lifted.icdf(t.sigmoid(v))]
        both = d.TransformedDistribution(
            d.Normal(x, s), d.ComposeTransform([d.AffineTransform(1.0, s), d.TanhTransform()])
        )
        found += [
            both.log_prob(t.tanh(v)),
            d.TransformedDistribution(d.Normal(x, s), d.ExpTransform()).log_prob(v.exp()),
        ]
    return found


op(
    "distributions.TransformedDistribution",
    _affine,
    f(3, 4),
    u(0.5, 2, 4),
    u(-1.5, 1.5, 2, 3, 4),
    tolerance=5e-4,
)
op(
    "distributions.TransformedDistribution",
    lambda t, x, s, v: _affine(t, x, s, v, 1, scale=s),
    f(3, 4),
    u(0.5, 2, 3, 4),
    f(2, 3, 4),
    tolerance=1e-4,
)
op(
    "distributions.kl_divergence",
    lambda t, x, y, s: [
        t.distributions.kl_divergence(t.distributions.Normal(x, s), t.distributions.Normal(y, s + 1)),
        t.distributions.kl_divergence(
            t.distributions.Categorical(logits=x), t.distributions.Categorical(logits=y)
        ),
        t.distributions.kl_divergence(
            t.distributions.Bernoulli(logits=x), t.distributions.Bernoulli(logits=y)
        ),
        t.distributions.kl.kl_divergence(
            t.distributions.Independent(t.distributions.Normal(x, s), 1),
            t.distributions.Independent(t.distributions.Normal(y, s), 1),
        ),
    ],
    f(3, 4),
    f(3, 4),
    u(0.5, 2, 4),
    tolerance=1e-4,
)
op(
    "distributions.RelaxedBernoulli",
    lambda t, x, v: [
        t.distributions.RelaxedBernoulli(t.tensor(0.7), logits=x).log_prob(v),
        t.distributions.RelaxedBernoulli(t.tensor(0.7), logits=x).probs,
    ],
    f(3, 4),
    u(0.1, 0.9, 3, 4),
    tolerance=1e-4,
)
op(
    "distributions.RelaxedOneHotCategorical",
    lambda t, x, v: [
        t.distributions.RelaxedOneHotCategorical(t.tensor(0.7), logits=x).log_prob(t.softmax(v, -1)),
        t.distributions.RelaxedOneHotCategorical(t.tensor(0.7), logits=x).logits,
    ],
    f(3, 4),
    f(2, 3, 4),
    tolerance=1e-4,
)
