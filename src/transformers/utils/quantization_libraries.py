"""Which library each method of quantising needs."""

from __future__ import annotations

import contextlib
import importlib
import logging
from collections.abc import Iterator
from typing import Any

# Method -> import name of its library; `utils.optional` says how it is installed.
LIBRARIES: dict[str, str] = {
    "bitsandbytes": "bitsandbytes",
    "gptq": "gptqmodel",
    "awq": "awq",
    "aqlm": "aqlm",
    "vptq": "vptq",
    "quanto": "optimum.quanto",
    "eetq": "eetq",
    "higgs": "flute",
    "hqq": "hqq",
    "compressed-tensors": "compressed_tensors",
    "fbgemm_fp8": "fbgemm_gpu",
    "torchao": "torchao",
    "spqr": "spqr_quant",
    "quark": "quark",
    "fp_quant": "fp_quant",
    "auto-round": "auto_round",
    "mxfp4": "kernels",
}

_CHATTY = ("bitsandbytes", "torchao", "torch.utils._pytree")  # what they log is about their own insides


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep libraries from logging what no user of this one can change."""
    loggers = [logging.getLogger(name) for name in _CHATTY]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def imported(name: str) -> Any:
    """A module of such a library."""
    with quiet():
        return importlib.import_module(name)


__all__ = ["LIBRARIES", "imported", "quiet"]
