"""`torch.distributions`.

What PyTorch keeps in one module for each distribution (`distributions.normal.Normal`) is found under that
name, too.
"""

from . import continuous, discrete, distribution, divergence, gammas, relaxed, transformed, transforms
from .continuous import Gumbel, Laplace, Normal, Uniform
from .discrete import Bernoulli, Categorical, NegativeBinomial, OneHotCategorical, Poisson
from .distribution import Distribution, Independent
from .divergence import kl_divergence
from .gammas import Chi2, Exponential, Gamma, StudentT
from .relaxed import RelaxedBernoulli, RelaxedOneHotCategorical
from .transformed import LogNormal, TransformedDistribution
from .transforms import (
    AffineTransform,
    ComposeTransform,
    ExpTransform,
    SigmoidTransform,
    TanhTransform,
    Transform,
)

gumbel = laplace = normal = uniform = continuous
bernoulli = categorical = negative_binomial = one_hot_categorical = poisson = discrete
chi2 = exponential = gamma = studentT = gammas
relaxed_bernoulli = relaxed_categorical = relaxed
independent, kl = distribution, divergence
log_normal = transformed_distribution = transformed

__all__ = [
    "AffineTransform", "Bernoulli", "Categorical", "Chi2", "ComposeTransform", "Distribution",
    "ExpTransform", "Exponential", "Gamma", "Gumbel", "Independent", "Laplace", "LogNormal",
    "NegativeBinomial", "Normal", "OneHotCategorical", "Poisson", "RelaxedBernoulli",
    "RelaxedOneHotCategorical", "SigmoidTransform", "StudentT", "TanhTransform", "Transform",
    "TransformedDistribution", "Uniform", "kl_divergence", "transforms",
]  # fmt: skip
