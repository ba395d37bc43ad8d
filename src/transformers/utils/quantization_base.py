"""What all descriptions of quantised weights share: `quantization_config` as an object and as plain data."""

from __future__ import annotations

import copy
import inspect
import json
import os
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, ClassVar, Self

from .errors import did_you_mean


class QuantizationMethod(str, Enum):  # noqa: UP042 - the text of a member is its published one
    """Ways of quantising, by the names that config.json gives them."""

    BITS_AND_BYTES = "bitsandbytes"
    GPTQ = "gptq"
    AWQ = "awq"
    AQLM = "aqlm"
    VPTQ = "vptq"
    QUANTO = "quanto"
    EETQ = "eetq"
    HIGGS = "higgs"
    HQQ = "hqq"
    COMPRESSED_TENSORS = "compressed-tensors"
    FBGEMM_FP8 = "fbgemm_fp8"
    TORCHAO = "torchao"
    BITNET = "bitnet"
    SPQR = "spqr"
    FP8 = "fp8"
    QUARK = "quark"
    FPQUANT = "fp_quant"
    AUTOROUND = "auto-round"
    MXFP4 = "mxfp4"
    WEIGHT_ONLY = "weight_only"
    GGUF = "gguf"


class QuantizationConfigMixin:
    """Base of all descriptions of quantised weights.

    A subclass lists its fields with their defaults in the class body; unknown keywords are ignored, since
    files of later releases have further ones.

    Raises:
        TypeError: a field without a default is not given.
        ValueError: a value is impossible.
    """

    quant_method: Any = None
    _method: ClassVar[Any] = None
    _defaults: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = {
            name: vars(cls).get(name, inspect.Parameter.empty)
            for name in vars(cls).get("__annotations__", {})
            if not name.startswith("_") and name != "quant_method"
        }
        cls._defaults = {**cls._defaults, **own}
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        fields = [inspect.Parameter(name, kind, default=value) for name, value in cls._defaults.items()]
        more = inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD)
        cls.__signature__ = inspect.Signature([*fields, more])  # type: ignore[attr-defined]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if type(self) is QuantizationConfigMixin:
            self.quant_method = args[0] if args else kwargs["quant_method"]
            return
        given = type(self).__signature__.bind(*args, **kwargs)  # type: ignore[attr-defined]
        rest = given.arguments.pop("kwargs", {})
        self.quant_method = self._method
        for name, default in self._defaults.items():
            setattr(self, name, given.arguments.get(name, copy.copy(default)))
        self._finish(rest)
        self.post_init()

    def _finish(self, rest: dict[str, Any]) -> None:
        """Set what follows from the fields; `rest` are keywords that are none."""

    def post_init(self) -> None:
        """Check the fields."""

    @classmethod
    def from_dict(
        cls, config_dict: Mapping[str, Any], return_unused_kwargs: bool = False, **kwargs: Any
    ) -> Any:
        """The description that plain data holds; `kwargs` replace attributes that there are.

        With `return_unused_kwargs` the pair of description and remaining keywords.
        """
        config = cls(**config_dict)
        rest = config.update(**kwargs)
        return (config, rest) if return_unused_kwargs else config

    def to_dict(self) -> dict[str, Any]:
        """All attributes as a dict of its own."""
        return copy.deepcopy(self.__dict__)

    def to_diff_dict(self) -> dict[str, Any]:
        """The attributes that differ from the defaults."""
        try:
            default = type(self)().to_dict()
        except TypeError:  # some field has none
            default = {}
        return {name: value for name, value in self.to_dict().items() if default.get(name, _NONE) != value}

    def to_json_string(self, use_diff: bool = True) -> str:
        """The text that files hold; `use_diff` keeps what differs from the defaults."""
        data = self.to_diff_dict() if use_diff is True else self.to_dict()
        return json.dumps(data, indent=2, sort_keys=True, default=str) + "\n"

    def to_json_file(self, json_file_path: str | os.PathLike[str]) -> None:
        """Write all attributes to a file."""
        with open(json_file_path, "w", encoding="utf-8") as file:
            file.write(json.dumps(self.to_dict(), indent=2, sort_keys=True, default=str) + "\n")

    def update(self, **kwargs: Any) -> dict[str, Any]:
        """Replace attributes that there are; returns the other keywords."""
        known = [name for name in kwargs if hasattr(self, name)]
        for name in known:
            setattr(self, name, kwargs[name])
        if known:
            self.post_init()
        return {name: value for name, value in kwargs.items() if name not in known}

    def copy(self) -> Self:
        """An equal description of its own."""
        return copy.deepcopy(self)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """Pairs of name and value, so that `dict(config)` works."""
        yield from copy.deepcopy(self.__dict__).items()

    def __repr__(self) -> str:
        return f"{type(self).__name__} {self.to_json_string(use_diff=False)}"


_NONE = object()


def one_of(owner: Any, name: str, allowed: tuple[Any, ...]) -> None:
    """Raise ValueError unless the attribute `name` of `owner` is one of `allowed`."""
    value = getattr(owner, name)
    if value not in allowed:
        known = ", ".join(map(repr, allowed))
        hint = (
            did_you_mean(value, [a for a in allowed if isinstance(a, str)]) if isinstance(value, str) else ""
        )
        raise ValueError(f"{name} of {type(owner).__name__} must be one of {known}, got {value!r}.{hint}")


def of_type(owner: Any, kind: Any, *names: str) -> None:
    """Raise TypeError unless those attributes of `owner` are of a type."""
    for name in names:
        value = getattr(owner, name)
        if not isinstance(value, kind):
            kinds = kind if isinstance(kind, tuple) else (kind,)
            words = " or ".join(k.__name__.replace("NoneType", "None") for k in kinds)
            raise TypeError(f"{name} of {type(owner).__name__} must be {words}, got {value!r}")


__all__ = ["QuantizationConfigMixin", "QuantizationMethod", "of_type", "one_of"]
