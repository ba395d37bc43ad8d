"""The `is_..._available` family: whether a package is there, found without importing it.

The functions of the family are made from a table when they are first asked for.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import sys
from collections.abc import Callable, Iterable
from typing import Any

from . import environment
from .optional import PACKAGES, is_available

ENV_VARS_TRUE_VALUES = environment.TRUE_VALUES
ENV_VARS_TRUE_AND_AUTO_VALUES = environment.TRUE_VALUES | {"AUTO"}
ENV_VARS_FALSE_VALUES = environment.FALSE_VALUES
ACCELERATE_MIN_VERSION = "0.26.0"
GGUF_MIN_VERSION = "0.10.0"


# The middle of `is_..._available`, where it is the import name as well.
_SAME_NAME = """
accelerate apex apollo_torch aqlm auto_gptq auto_round av bitsandbytes bs4 clearml compressed_tensors cv2
datasets decord deepspeed detectron2 eetq essentia faiss fbgemm_gpu flute ftfy g2p_en galore_torch gguf
gptqmodel grokadamw h5py hqq jax kenlm keras keras_nlp kernels libcst librosa liger_kernel matplotlib
mistral_common mlx natten neptune ninja nltk num2words onnx openai optimum optuna pandas peft phonemizer
pretty_midi psutil py3nvml pyctcdecode pytesseract pytest pytorch_quantization quark ray rich rjieba
sacremoses safetensors schedulefree scipy sentencepiece seqio sigopt sklearn soundfile spacy spqr
tensorboard tensorflow_probability tensorflow_text tf2onnx tiktoken timm tokenizers torch torch_xla
torchao torchaudio torchcodec torchdistx torchvision triton uroman vptq wandb xlstm yt_dlp
"""
# And where it is not.
_OTHER_NAME: dict[str, tuple[str, ...]] = {
    "auto_awq": ("awq",),
    "comet": ("comet_ml",),
    "cython": ("pyximport",),
    "flash_attn_3": ("flash_attn_3", "torch"),
    "flax": ("jax", "flax"),
    "hadamard": ("fast_hadamard_transform",),
    "ipex": ("intel_extension_for_pytorch",),
    "jinja": ("jinja2",),
    "jumanpp": ("rhoknp",),
    "levenshtein": ("Levenshtein",),
    "lomo": ("lomo_optim",),
    "optimum_quanto": ("optimum.quanto",),
    "protobuf": ("google.protobuf",),
    "ray_tune": ("ray",),
    "speech": ("torchaudio",),
    "sudachi": ("sudachipy",),
    "tf": ("tensorflow",),
    "torch_neuroncore": ("torch_neuronx",),
    "torch_tpu": ("torch_xla",),
    "torchvision_v2": ("torchvision",),
    "vision": ("PIL",),
}
_PACKAGES_OF: dict[str, tuple[str, ...]] = {f"is_{name}_available": (name,) for name in _SAME_NAME.split()}
_PACKAGES_OF |= {f"is_{name}_available": packages for name, packages in _OTHER_NAME.items()}


def version_of(package: str) -> str | None:
    """Version of an installed distribution; None where the import name is not the distribution's."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        module = sys.modules.get(package)
        return getattr(module, "__version__", None)


def at_least(package: str, minimum: str, accept_dev: bool = False) -> bool:
    """Whether `package` is installed with at least the version `minimum`."""
    from packaging.version import Version

    if not is_available(package) or (found := version_of(package)) is None:
        return False
    version = Version(found)
    return (Version(version.base_version) if accept_dev else version) >= Version(minimum)


def _probe(name: str, *packages: str) -> Callable[..., bool]:
    """A function that tells whether all `packages` can be imported, the first with at least `min_version`."""

    def available(min_version: str | None = None) -> bool:
        found = all(map(is_available, packages))
        return found and (min_version is None or at_least(packages[0], min_version))

    available.__name__ = available.__qualname__ = name
    return available


def is_huggingface_hub_greater_or_equal(library_version: str, accept_dev: bool = False) -> bool:
    """Whether huggingface_hub is at least `library_version`."""
    return at_least("huggingface_hub", library_version, accept_dev)


def is_in_notebook() -> bool:
    """Whether the process is a notebook kernel."""
    shell = sys.modules.get("IPython")
    return shell is not None and "IPKernelApp" in getattr(shell.get_ipython(), "config", {})


_BACKENDS: dict[str, str] = {"tf": "tensorflow", "vision": "PIL", "speech": "torchaudio", "bs4": "bs4"}

NLTK_IMPORT_ERROR = "{0} needs NLTK: pip install nltk"


def requires_backends(obj: Any, backends: str | Iterable[str]) -> None:
    """Make sure that `backends` (published names such as "torch", "tf", "vision") can be imported for `obj`.

    Raises:
        ImportError: names every missing package with its pip line.
    """
    wanted = [backends] if isinstance(backends, str) else list(backends)
    what = getattr(obj, "__name__", type(obj).__name__)
    missing = [name for name in (_BACKENDS.get(key, key) for key in wanted) if not is_available(name)]
    if missing:
        lines = [
            f"{title} (pip install {source})" for title, source in (PACKAGES.get(m, (m, m)) for m in missing)
        ]
        raise ImportError(f"{what} needs {', '.join(lines)}", name=missing[0])


class DummyObject(type):
    """Metaclass of stand-ins for classes whose packages (`_backends`) are missing: any use says which."""

    _backends: list[str]

    def __getattribute__(cls, key: str) -> Any:
        if not key.startswith("_") or key == "_from_config":
            requires_backends(cls, cls._backends)
        return super().__getattribute__(key)


class OptionalDependencyNotAvailable(BaseException):
    """Raised and caught around imports of optional packages."""


def __getattr__(name: str) -> Any:
    if name not in _PACKAGES_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    function = globals()[name] = _probe(name, *_PACKAGES_OF[name])
    return function


__all__ = sorted(
    [
        "ACCELERATE_MIN_VERSION",
        "DummyObject",
        "ENV_VARS_FALSE_VALUES",
        "ENV_VARS_TRUE_AND_AUTO_VALUES",
        "ENV_VARS_TRUE_VALUES",
        "GGUF_MIN_VERSION",
        "NLTK_IMPORT_ERROR",
        "OptionalDependencyNotAvailable",
        "is_huggingface_hub_greater_or_equal",
        "is_in_notebook",
        "requires_backends",
        *_PACKAGES_OF,
    ]
)
