"""From a `quantization_config` to the object that quantises a model while it is loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from ..utils import logging
from ..utils.errors import did_you_mean
from ..utils.optional import require
from ..utils.quantization_config import CONFIGS, QuantizationConfigMixin
from ..utils.quantization_libraries import LIBRARIES
from ..utils.typed_fields import dtype_name

logger = logging.get_logger(__name__)
# Method -> module beside this one and the class in it.
_QUANTIZERS = {
    "weight_only": ("weight_only", "WeightOnlyQuantizer"),
    "gguf": ("gguf", "GgufQuantizer"),
    "torchao": ("torchao", "TorchAoQuantizer"),
    "bitsandbytes": ("bnb", "BnbQuantizer"),
    "gptq": ("published", "FileQuantizer"),
    "awq": ("published", "FileQuantizer"),
}

_READ = frozenset({"gptq", "awq"})  # their files are read without their libraries


class Quantizer:
    """Quantises one model; it stays with the model as `hf_quantizer`.

    Args:
        quantization_config: how.
        pre_quantized: whether the checkpoint holds quantised weights already.

    Attributes:
        requires_calibration: whether data must be seen first.
        is_trainable: whether adapters on top can be trained.
    """

    requires_calibration: ClassVar[bool] = False
    is_trainable: ClassVar[bool] = True
    is_qat_trainable: ClassVar[bool] = False
    first_dtype: ClassVar[str | None] = None  # of what is not quantised, for weights quantised now

    def __init__(self, quantization_config: Any, pre_quantized: bool = False) -> None:
        self.quantization_config = quantization_config
        self.pre_quantized = pre_quantized

    def default_dtype(self, config: Any) -> str | None:
        """The dtype of what is not quantised, where the caller names none: that of a quantised checkpoint."""
        if not self.pre_quantized or config.dtype is None or isinstance(config.dtype, dict):
            return self.first_dtype
        return str(dtype_name(config.dtype))

    def is_serializable(self, safe_serialization: bool | None = None) -> bool:
        """Whether the quantised weights can be saved."""
        return True

    def get_state_dict_and_metadata(self, model: Any, safe_serialization: bool = False) -> tuple[Any, Any]:
        """(tensors to save in place of the model's own or None, text for the file's header)."""
        return None, {}

    def settle_dtype(self, dtype: str | None, config: Any) -> str | None:
        """The dtype of what is not quantised, from the caller's."""
        return self.default_dtype(config) if dtype is None else dtype

    def expected(self, model: Any, names: dict[str, Any], checkpoint: Any) -> dict[str, Any]:
        """Name -> shape of what the checkpoint is to hold, from the model's own."""
        return names

    def view(self, checkpoint: Any, model: Any = None, expected: Any = ()) -> Any:
        """The checkpoint as names and shapes of the model match it."""
        return checkpoint

    def takes(self, model: Any, name: str, read: Callable[[], Any], dtype: Any, state: Any) -> bool:
        """Whether a parameter's value is put into its place here, not as it is."""
        return False

    def prepare(self, model: Any, checkpoint: Any) -> None:
        """Change a model without memory so that its names are those of the checkpoint."""

    def start(self, model: Any, checkpoint: Any, plan: Any) -> None:
        """Change a model, names and all matched, before it takes the checkpoint's values."""

    def finish(self, model: Any) -> None:
        """Quantise what is left, once the values are there and the ties are made."""
        model.hf_quantizer = self
        model.is_quantized = True
        model.quantization_method = self.quantization_config.quant_method
        model.config.quantization_config = self.quantization_config

    def dequantize(self, model: Any) -> None:
        """Make all weights floating-point again."""
        raise NotImplementedError(f"{type(self).__name__} cannot make the weights whole again")


class Plain(Quantizer):
    """Leaves a model as it is."""

    def __init__(self) -> None:
        super().__init__(None)

    def finish(self, model: Any) -> None:
        """Nothing is quantised."""


def asked_for(kwargs: dict[str, Any]) -> Any:
    """The `quantization_config` of a call; `load_in_8bit` and `load_in_4bit` are older words for one.

    Raises:
        ValueError: both are given.
    """
    given = kwargs.pop("quantization_config", None)
    names = ("load_in_8bit", "load_in_4bit")
    old = {key: value for key in names if (value := kwargs.pop(key, None))}
    if not old:
        return given
    if given is not None:
        raise ValueError(f"{' and '.join(old)} and quantization_config are one thing: give the latter")
    from ..utils.quantization_config import BitsAndBytesConfig

    return BitsAndBytesConfig(**old)


def read_config(value: Any) -> QuantizationConfigMixin:
    """A description from an object, or from the plain data of a config.json.

    Raises:
        TypeError: neither.
        ValueError: the method is not known.
    """
    if isinstance(value, QuantizationConfigMixin):
        return value
    if not isinstance(value, Mapping):
        raise TypeError(f"quantization_config must be a config object or a dict, got {type(value).__name__}")
    method = value.get("quant_method")
    if method is None and (value.get("load_in_8bit") or value.get("load_in_4bit")):
        method = "bitsandbytes"  # files written before the key existed
    method = getattr(method, "value", method)
    if method in ("bitsandbytes_8bit", "bitsandbytes_4bit"):
        method = "bitsandbytes"
    if method not in CONFIGS:
        known = ", ".join(sorted(CONFIGS))
        raise ValueError(
            f"quantization_config names the method {method!r}, which is unknown; there are {known}."
            f"{did_you_mean(str(method), CONFIGS)}"
        )
    found: QuantizationConfigMixin = CONFIGS[method].from_dict(dict(value))
    return found


def stored_config(config: Any) -> QuantizationConfigMixin | None:
    """How a checkpoint is quantised, by its config; a method that nobody knows is left, with a warning."""
    stored = vars(config).get("quantization_config")
    if stored is None:
        return None
    method = stored.get("quant_method") if isinstance(stored, Mapping) else None
    if method is not None and str(getattr(method, "value", method)) not in CONFIGS:
        logger.warning(
            f"the config names the quantisation method {method!r}, which is unknown: it is ignored"
        )
        return None
    return read_config(stored)


def settle(config: Any, given: Any) -> tuple[QuantizationConfigMixin | None, bool]:
    """(how a model's weights are quantised, whether the checkpoint's are already).

    config: the model's.  given: the caller's `quantization_config`, or None.

    Raises:
        ValueError: the checkpoint is quantised by one method, and the caller names another.
    """
    own = stored_config(config)
    if own is None:
        return (None if given is None else read_config(given)), False
    if given is None:
        return own, True
    return merged(own, given), True


def merged(own: Any, given: Any) -> QuantizationConfigMixin:
    """A checkpoint's description, with what a caller may choose taken from another one.

    Raises:
        ValueError: they name different methods.
    """
    own = read_config(own)
    if given is None:
        return own  # type: ignore[no-any-return]
    wanted = read_config(given)
    if wanted.quant_method != own.quant_method:
        raise ValueError(
            f"the checkpoint is quantised by {_name(own)}, and quantization_config asks for {_name(wanted)}: "
            "leave quantization_config out, or load weights that are not quantised"
        )
    for name, value in getattr(wanted, "get_loading_attributes", dict)().items():
        setattr(own, name, value)
    return own  # type: ignore[no-any-return]


def known_methods() -> set[str]:
    """Names of the methods that have a quantiser, users' too."""
    from ..quantizers.auto import REGISTERED

    return {*_QUANTIZERS, *LIBRARIES, *REGISTERED}


def quantizer_of(config: Any, given: Any = None) -> Quantizer:
    """The quantizer for a model's config and a caller's `quantization_config`.

    Raises:
        ImportError: the method's library is not installed; one sentence with the pip line.
        ValueError: the method is not known, or cannot be used here.
    """
    how, before = settle(config, given)
    if how is None:
        return Plain()
    from ..quantizers.auto import REGISTERED
    from .registered import RegisteredQuantizer

    found = made_for(how, pre_quantized=before)
    return RegisteredQuantizer(found) if _name(how) in REGISTERED else found  # type: ignore[no-any-return]


def made_for(how: QuantizationConfigMixin, pre_quantized: bool = False, **kwargs: Any) -> Any:
    """The quantizer of a description: one of the library's, or the user's own.

    Raises:
        ImportError: the method's library is not installed; one sentence with the pip line.
        ValueError: the method is not known, or cannot be used here.
    """
    from ..quantizers.auto import REGISTERED

    method = _name(how)
    if method in REGISTERED:
        return REGISTERED[method](how, pre_quantized=pre_quantized, **kwargs)
    if method in LIBRARIES and not (pre_quantized and method in _READ):
        require(LIBRARIES[method], f"quant_method {method!r}")
    if method not in _QUANTIZERS:
        raise ValueError(
            f"weights quantised by {method} cannot be run here: load them with "
            "quantization_config=WeightOnlyConfig(bits=8 or 4) from a checkpoint that is not quantised"
        )
    import importlib

    place, name = _QUANTIZERS[method]
    return getattr(importlib.import_module(f".{place}", __package__), name)(how, pre_quantized)


def _name(config: QuantizationConfigMixin) -> str:
    return str(getattr(config.quant_method, "value", config.quant_method))


__all__ = [
    "Quantizer",
    "asked_for",
    "known_methods",
    "made_for",
    "merged",
    "quantizer_of",
    "read_config",
    "settle",
    "stored_config",
]
