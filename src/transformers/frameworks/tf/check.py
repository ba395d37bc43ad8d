"""Keras, once it is certain that it runs on TensorFlow."""

from __future__ import annotations

import os

_HINT = "TensorFlow models need Keras 3 on TensorFlow: set KERAS_BACKEND=tensorflow before Keras is imported"

try:
    import keras
except ImportError as error:
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    raise ImportError(
        f"{_HINT} (KERAS_BACKEND is {backend!r}, and importing Keras failed: {error})"
    ) from error

if not keras.__version__.startswith("3"):
    raise ImportError(f"{_HINT} (this is Keras {keras.__version__})")
if keras.config.backend() != "tensorflow":
    raise ImportError(f"{_HINT} (it runs on {keras.config.backend()!r})")

__all__ = ["keras"]
