"""Optional packages: found without importing them, asked for with the exact command that installs them."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache

from . import environment

# import name -> (how it is called in a sentence, what pip installs)
PACKAGES: dict[str, tuple[str, str]] = {
    "PIL": ("Pillow", "'transformers[vision]'"),
    "accelerate": ("Accelerate", "accelerate"),
    "av": ("PyAV", "'transformers[video]'"),
    "cv2": ("OpenCV", "opencv-python-headless"),
    "datasets": ("Datasets", "datasets"),
    "flax": ("Flax", "'transformers[jax]'"),
    "h5py": ("h5py", "'transformers[tf]'"),
    "jax": ("JAX", "'transformers[jax]'"),
    "keras": ("Keras 3", "'transformers[tf]'"),
    "librosa": ("librosa", "'transformers[audio]'"),
    "msgpack": ("msgpack", "'transformers[jax]'"),
    "optax": ("Optax", "'transformers[jax]'"),
    "scipy": ("SciPy", "scipy"),
    "sentencepiece": ("SentencePiece", "'transformers[sentencepiece]'"),
    "sklearn": ("scikit-learn", "scikit-learn"),
    "soundfile": ("soundfile", "'transformers[audio]'"),
    "tensorflow": ("TensorFlow", "'transformers[tf]'"),
    "torch": ("PyTorch", "'transformers[torch]'"),
    "torchao": ("torchao", "'transformers[quantization]'"),
    "torchvision": ("torchvision", "torchvision"),
}
# Variables that switch a framework off (false), or the other one off (true).
_SWITCHES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "torch": (("USE_TORCH",), ("USE_TF",)),
    "tensorflow": (("USE_TF",), ("USE_TORCH",)),
    "jax": (("USE_JAX", "USE_FLAX"), ()),
    "flax": (("USE_FLAX", "USE_JAX"), ()),
}


def _switched_off(package: str) -> bool:
    own, rivals = _SWITCHES.get(package, ((), ()))
    values = {name: (environment.text(name) or "").upper() for name in (*own, *rivals)}
    if any(values[name] in environment.FALSE_VALUES for name in own):
        return True
    chosen = any(values[name] in environment.TRUE_VALUES for name in own)
    return not chosen and any(values[name] in environment.TRUE_VALUES for name in rivals)


@cache
def is_available(package: str) -> bool:
    """Whether the top-level `package` (its import name) can be imported; nothing is imported to find out.

    USE_TORCH, USE_TF and USE_JAX set to 0 hide a framework. The answer is kept;
    `is_available.cache_clear()` asks again.
    """
    if _switched_off(package):
        return False
    try:
        spec = importlib.util.find_spec(package)
    except ImportError:
        return False
    except ValueError:  # a module made by hand has no spec
        return sys.modules.get(package) is not None
    return spec is not None and spec.origin is not None  # no origin: a bare folder of that name


def require(package: str, what: str) -> None:
    """Make sure that `package` can be imported.

    Args:
        package: import name, such as `"torch"`.
        what: subject of the message, such as `"BertModel"`.

    Raises:
        ImportError: one sentence that ends with the pip line.
    """
    if is_available(package):
        return
    title, source = PACKAGES.get(package, (package, package))
    if _switched_off(package):
        names = " and ".join(name for part in _SWITCHES[package] for name in part)
        raise ImportError(
            f"{what} needs {title}, which the environment switches off: check {names}", name=package
        )
    raise ImportError(f"{what} needs {title}: pip install {source}", name=package)


__all__ = ["PACKAGES", "is_available", "require"]
