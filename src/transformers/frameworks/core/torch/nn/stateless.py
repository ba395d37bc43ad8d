"""Layers without weights: activations, pooling, padding, losses.

Each is a function of `nn.functional` with its settings fixed; a class states the function and its settings.
"""

from __future__ import annotations

from typing import Any

from ..creation import tensor
from ..tensor import Tensor
from . import functional as F
from .layers import make_parameter
from .module import Module


class _Fixed(Module):
    """A function with settings; `_settings` maps their names to defaults, in order (`...` where one must be
    given).
    """

    _function: Any
    _settings: dict[str, Any] = {}
    _hidden: tuple[str, ...] = ("inplace",)  # settings that a description leaves out unless they are True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        names = list(self._settings)
        if len(args) > len(names):
            raise TypeError(
                f"{type(self).__name__} takes {len(names)} settings ({', '.join(names)}), got {len(args)}"
            )
        given = dict(zip(names, args, strict=False))
        for name, value in kwargs.items():
            if name not in self._settings or name in given:
                known = ", ".join(names) or "none"
                raise TypeError(
                    f"{type(self).__name__} got {name!r}, which is unknown or given twice; settings: {known}"
                )
            given[name] = value
        for name, default in self._settings.items():
            value = given.get(name, default)
            if value is ...:
                raise TypeError(f"{type(self).__name__} needs {name}")
            setattr(self, name, value)

    def forward(self, input: Tensor) -> Tensor:
        """The function of `input`."""
        return type(self)._function(input, **{name: getattr(self, name) for name in self._settings})

    def extra_repr(self) -> str:
        """The settings."""
        shown = {name: getattr(self, name) for name in self._settings if name not in self._hidden}
        shown |= {"inplace": True} if getattr(self, "inplace", False) else {}
        return ", ".join(f"{name}={value!r}" for name, value in shown.items())


class _MaxWindow(_Fixed):
    """A maximum over windows; the stride is the kernel unless given."""

    _hidden = ("return_indices",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stride = self.kernel_size if self.stride is None else self.stride


class _MeanWindow(_MaxWindow):
    """A mean over windows."""

    _hidden = ("ceil_mode", "count_include_pad", "divisor_override")


class _MeanWindow1d(_MeanWindow):
    """A mean over windows of one axis, which are kept as tuples."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("kernel_size", "stride", "padding"):
            setattr(self, name, F.convolution.each(getattr(self, name), 1, name))


class _Resize(_Fixed):
    """`interpolate` to a size or by a factor, which is kept as a float."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        factor = self.scale_factor
        if isinstance(factor, (tuple, list)):
            self.scale_factor = tuple(map(float, factor))
        elif factor is not None:
            self.scale_factor = float(factor)
        unused = "size" if self.size is None else "scale_factor"
        self._hidden = (unused, "align_corners", "recompute_scale_factor")


def _fixed(name: str, function: Any, doc: str = "", base: Any = _Fixed, **settings: Any) -> type[Module]:
    """A class of `_Fixed`."""
    namespace = {
        "__doc__": doc or function.__doc__,
        "__module__": __name__,
        "_function": staticmethod(function),
        "_settings": settings,
    }
    return type(name, (base,), namespace)


CELU = _fixed("CELU", F.celu, alpha=1.0, inplace=False)
ELU = _fixed("ELU", F.elu, alpha=1.0, inplace=False)
GELU = _fixed("GELU", F.gelu, approximate="none")
GLU = _fixed("GLU", F.glu, dim=-1)
Hardsigmoid = _fixed("Hardsigmoid", F.hardsigmoid, inplace=False)
Hardswish = _fixed("Hardswish", F.hardswish, inplace=False)
Hardtanh = _fixed("Hardtanh", F.hardtanh, min_val=-1.0, max_val=1.0, inplace=False)
LeakyReLU = _fixed("LeakyReLU", F.leaky_relu, negative_slope=0.01, inplace=False)
LogSigmoid = _fixed("LogSigmoid", F.logsigmoid)
Mish = _fixed("Mish", F.mish, inplace=False)
ReLU = _fixed("ReLU", F.relu, inplace=False)
ReLU6 = _fixed("ReLU6", F.relu6, inplace=False)
SELU = _fixed("SELU", F.selu, inplace=False)
SiLU = _fixed("SiLU", F.silu, inplace=False)
Sigmoid = _fixed("Sigmoid", F.sigmoid)
Softplus = _fixed("Softplus", F.softplus, beta=1.0, threshold=20.0)
Softsign = _fixed("Softsign", F.softsign)
Tanh = _fixed("Tanh", F.tanh)
Softmax = _fixed("Softmax", F.softmax, dim=...)
LogSoftmax = _fixed("LogSoftmax", F.log_softmax, dim=...)
_MAX = {
    "kernel_size": ..., "stride": None, "padding": 0, "dilation": 1, "return_indices": False,
    "ceil_mode": False,
}  # fmt: skip
_AVG = {"kernel_size": ..., "stride": None, "padding": 0, "ceil_mode": False, "count_include_pad": True}
MaxPool1d = _fixed("MaxPool1d", F.max_pool1d, base=_MaxWindow, **_MAX)
MaxPool2d = _fixed("MaxPool2d", F.max_pool2d, base=_MaxWindow, **_MAX)
MaxPool3d = _fixed("MaxPool3d", F.max_pool3d, base=_MaxWindow, **_MAX)
AvgPool1d = _fixed("AvgPool1d", F.avg_pool1d, base=_MeanWindow1d, **_AVG)
AvgPool2d = _fixed("AvgPool2d", F.avg_pool2d, base=_MeanWindow, **_AVG, divisor_override=None)
AvgPool3d = _fixed("AvgPool3d", F.avg_pool3d, base=_MeanWindow, **_AVG, divisor_override=None)
AdaptiveAvgPool1d = _fixed("AdaptiveAvgPool1d", F.adaptive_avg_pool1d, output_size=...)
AdaptiveAvgPool2d = _fixed("AdaptiveAvgPool2d", F.adaptive_avg_pool2d, output_size=...)
AdaptiveAvgPool3d = _fixed("AdaptiveAvgPool3d", F.adaptive_avg_pool3d, output_size=...)
AdaptiveMaxPool1d = _fixed("AdaptiveMaxPool1d", F.adaptive_max_pool1d, output_size=...)
AdaptiveMaxPool2d = _fixed("AdaptiveMaxPool2d", F.adaptive_max_pool2d, output_size=...)
AdaptiveMaxPool3d = _fixed("AdaptiveMaxPool3d", F.adaptive_max_pool3d, output_size=...)
ChannelShuffle = _fixed("ChannelShuffle", F.channel_shuffle, groups=...)
PixelShuffle = _fixed("PixelShuffle", F.pixel_shuffle, upscale_factor=...)
PixelUnshuffle = _fixed("PixelUnshuffle", F.pixel_unshuffle, downscale_factor=...)
Unfold = _fixed("Unfold", F.unfold, kernel_size=..., dilation=1, padding=0, stride=1)
Fold = _fixed("Fold", F.fold, output_size=..., kernel_size=..., dilation=1, padding=0, stride=1)
_SIZES = {"size": None, "scale_factor": None}
_LATER = {"align_corners": None, "recompute_scale_factor": None}
Upsample = _fixed("Upsample", F.interpolate, base=_Resize, **_SIZES, mode="nearest", **_LATER)


class PReLU(Module):
    """`leaky_relu` with a learned slope, one or one per channel."""

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.weight = make_parameter(num_parameters, dtype=dtype, device=device, fill=init)

    def forward(self, input: Tensor) -> Tensor:
        """The same sizes."""
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        """How many slopes."""
        return f"num_parameters={self.num_parameters}"


class CosineSimilarity(Module):
    """`cosine_similarity` along `dim`."""

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim, self.eps = dim, eps

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """Without the axis `dim`."""
        return F.cosine_similarity(x1, x2, self.dim, self.eps)


class _Loss(Module):
    """A loss of (input, target) with settings; tensors among them are buffers."""

    _function: Any
    _settings: dict[str, Any] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        settings = {**self._settings, **dict(zip(self._settings, args, strict=False)), **kwargs}
        for name in ("size_average", "reduce"):
            if settings.pop(name, None) is not None:
                raise ValueError(f"{type(self).__name__}: {name} is deprecated; give reduction")
        if unknown := set(settings) - set(self._settings):
            known = ", ".join(name for name in self._settings if name not in ("size_average", "reduce"))
            raise TypeError(f"{type(self).__name__} has no setting {sorted(unknown)[0]!r}; it has {known}")
        self._names = tuple(settings)
        for name, value in settings.items():
            if name in ("weight", "pos_weight"):
                self.register_buffer(name, None if value is None else tensor(value))
            else:
                setattr(self, name, value)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss: 0-d, or one per position if reduction is "none"."""
        return type(self)._function(input, target, **{name: getattr(self, name) for name in self._names})


_OLD = {"size_average": None}


def _loss(name: str, function: Any, **settings: Any) -> type[Module]:
    namespace = {
        "__doc__": function.__doc__,
        "__module__": __name__,
        "_function": staticmethod(function),
        "_settings": settings,
    }
    return type(name, (_Loss,), namespace)


_MEAN = {"reduce": None, "reduction": "mean"}
CrossEntropyLoss = _loss(
    "CrossEntropyLoss", F.cross_entropy, weight=None, **_OLD, ignore_index=-100, **_MEAN, label_smoothing=0.0
)
NLLLoss = _loss("NLLLoss", F.nll_loss, weight=None, **_OLD, ignore_index=-100, **_MEAN)
BCELoss = _loss("BCELoss", F.binary_cross_entropy, weight=None, **_OLD, **_MEAN)
BCEWithLogitsLoss = _loss(
    "BCEWithLogitsLoss", F.binary_cross_entropy_with_logits, weight=None, **_OLD, **_MEAN, pos_weight=None
)
MSELoss = _loss("MSELoss", F.mse_loss, **_OLD, **_MEAN)
L1Loss = _loss("L1Loss", F.l1_loss, **_OLD, **_MEAN)
SmoothL1Loss = _loss("SmoothL1Loss", F.smooth_l1_loss, **_OLD, **_MEAN, beta=1.0)
HuberLoss = _loss("HuberLoss", F.huber_loss, reduction="mean", delta=1.0)
KLDivLoss = _loss("KLDivLoss", F.kl_div, **_OLD, **_MEAN, log_target=False)

__all__ = [
    "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d", "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d", "AdaptiveMaxPool3d", "AvgPool1d", "AvgPool2d", "AvgPool3d", "BCELoss",
    "BCEWithLogitsLoss", "CELU", "ChannelShuffle", "CosineSimilarity", "CrossEntropyLoss", "ELU", "Fold",
    "GELU", "GLU", "Hardsigmoid", "Hardswish", "Hardtanh", "HuberLoss", "KLDivLoss", "L1Loss",
    "LeakyReLU", "LogSigmoid", "LogSoftmax", "MSELoss", "MaxPool1d", "MaxPool2d", "MaxPool3d", "Mish",
    "NLLLoss", "PReLU", "PixelShuffle", "PixelUnshuffle", "ReLU", "ReLU6", "SELU", "SiLU", "Sigmoid",
    "SmoothL1Loss", "Softmax", "Softplus", "Softsign", "Tanh", "Unfold", "Upsample",
]  # fmt: skip
