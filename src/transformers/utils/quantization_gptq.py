"""Descriptions of weights quantised by GPTQ and AWQ."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, ClassVar

from .quantization_base import QuantizationConfigMixin, QuantizationMethod, one_of

_DATASETS = ("wikitext2", "c4", "c4-new")


class AWQLinearVersion(str, Enum):  # noqa: UP042 - the text of a member is its published one
    """Kernels of AWQ."""

    GEMM = "gemm"
    GEMV = "gemv"
    EXLLAMA = "exllama"
    IPEX = "ipex"

    @staticmethod
    def from_str(version: str) -> AWQLinearVersion:
        """The kernel of that name, in any case.

        Raises:
            ValueError: there is none.
        """
        try:
            return AWQLinearVersion(str(getattr(version, "value", version)).lower())
        except ValueError as error:
            known = ", ".join(member.value for member in AWQLinearVersion)
            raise ValueError(f"version of AwqConfig must be one of {known}, got {version!r}") from error


class AwqBackendPackingMethod(str, Enum):  # noqa: UP042
    """Who wrote an AWQ file."""

    AUTOAWQ = "autoawq"
    LLMAWQ = "llm-awq"


class ExllamaVersion(int, Enum):
    """Kernels of ExLlama."""

    ONE = 1
    TWO = 2


class GPTQConfig(QuantizationConfigMixin):
    """GPTQ: rounding by second-order errors (library `gptqmodel`).

    Raises:
        ValueError: a field has an impossible value.
    """

    _method: ClassVar[Any] = QuantizationMethod.GPTQ
    bits: int
    tokenizer: Any = None
    dataset: list[str] | str | None = None
    group_size: int = 128
    damp_percent: float = 0.1
    desc_act: bool = False
    sym: bool = True
    true_sequential: bool = True
    checkpoint_format: str = "gptq"
    meta: dict[str, Any] | None = None
    backend: str | None = None
    use_cuda_fp16: bool = False
    model_seqlen: int | None = None
    block_name_to_quantize: str | None = None
    module_name_preceding_first_block: list[str] | None = None
    batch_size: int = 1
    pad_token_id: int | None = None
    use_exllama: bool | None = None
    max_input_length: int | None = None
    exllama_config: dict[str, Any] | None = None
    cache_block_outputs: bool = True
    modules_in_block_to_quantize: list[list[str]] | None = None

    def _finish(self, rest: dict[str, Any]) -> None:
        if rest.get("disable_exllama") is not None and self.use_exllama is None:
            self.use_exllama = not rest["disable_exllama"]

    def post_init(self) -> None:
        """Check the fields."""
        one_of(self, "bits", (2, 3, 4, 8))
        if self.group_size != -1 and self.group_size <= 0:
            raise ValueError(f"group_size must be positive, or -1 for whole rows, got {self.group_size}")
        if not 0 < self.damp_percent < 1:
            raise ValueError(f"damp_percent must lie between 0 and 1, got {self.damp_percent}")
        if self.dataset is not None and self.dataset not in _DATASETS and not isinstance(self.dataset, list):
            raise ValueError(
                f"dataset must be a list of texts or one of {', '.join(_DATASETS)}, got {self.dataset!r}"
            )
        self.use_exllama = True if self.use_exllama is None else self.use_exllama
        if self.exllama_config is None:
            self.exllama_config = {"version": ExllamaVersion.ONE}
        _check_exllama(self.exllama_config)

    def get_loading_attributes(self) -> dict[str, Any]:
        """What a caller may choose for a checkpoint that is quantised."""
        names = ("backend", "use_cuda_fp16", "use_exllama", "max_input_length", "exllama_config")
        return {name: getattr(self, name) for name in names}

    def to_dict_optimum(self) -> dict[str, Any]:
        """As the `optimum` library wants it."""
        return {**self.to_dict(), "disable_exllama": not self.use_exllama}

    @classmethod
    def from_dict_optimum(cls, config_dict: Mapping[str, Any]) -> GPTQConfig:
        """What `to_dict_optimum` gave."""
        return cls(**config_dict)


class AwqConfig(QuantizationConfigMixin):
    """AWQ: 4-bit weights scaled by what activations show (library `autoawq`).

    Raises:
        ValueError: a field has an impossible value, or fusing lacks a length.
    """

    _method: ClassVar[Any] = QuantizationMethod.AWQ
    bits: int = 4
    group_size: int = 128
    zero_point: bool = True
    version: Any = AWQLinearVersion.GEMM
    backend: Any = AwqBackendPackingMethod.AUTOAWQ
    do_fuse: bool | None = None
    fuse_max_seq_len: int | None = None
    modules_to_fuse: dict[str, Any] | None = None
    modules_to_not_convert: list[str] | None = None
    exllama_config: dict[str, Any] | None = None

    def _finish(self, rest: dict[str, Any]) -> None:
        if self.do_fuse is None:
            self.do_fuse = self.modules_to_fuse is not None and len(self.modules_to_fuse) > 0

    def post_init(self) -> None:
        """Check the fields."""
        one_of(self, "backend", tuple(AwqBackendPackingMethod))
        self.backend = AwqBackendPackingMethod(self.backend)
        self.version = AWQLinearVersion.from_str(self.version)
        if self.do_fuse and self.fuse_max_seq_len is None:
            raise ValueError("do_fuse needs fuse_max_seq_len, the longest text of the fused attention")
        if self.version is AWQLinearVersion.EXLLAMA:
            self.exllama_config = self.exllama_config or {
                "version": ExllamaVersion.TWO,
                "max_input_len": 2048,
                "max_batch_size": 8,
            }
            _check_exllama(self.exllama_config)

    def get_loading_attributes(self) -> dict[str, Any]:
        """What a caller may choose for a checkpoint that is quantised."""
        names = ("version", "do_fuse", "modules_to_fuse", "fuse_max_seq_len", "exllama_config")
        return {name: getattr(self, name) for name in names}


def _check_exllama(settings: Mapping[str, Any]) -> None:
    if "version" not in settings:
        raise ValueError("exllama_config must have a 'version', 1 or 2")
    if settings["version"] not in (1, 2):
        raise ValueError(f"the version in exllama_config must be 1 or 2, got {settings['version']!r}")


__all__ = ["AWQLinearVersion", "AwqBackendPackingMethod", "AwqConfig", "ExllamaVersion", "GPTQConfig"]
