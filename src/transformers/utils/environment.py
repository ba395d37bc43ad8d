"""The environment variables this library reads, each in one place.

Values are read when asked for, so a variable set after the import counts.
"""

from __future__ import annotations

import os
from pathlib import Path

TRUE_VALUES = frozenset({"1", "ON", "YES", "TRUE"})
FALSE_VALUES = frozenset({"0", "OFF", "NO", "FALSE"})


def flag(*names: str) -> bool:
    """Whether any of the variables `names` holds 1, on, yes or true (in any case)."""
    return any(os.environ.get(name, "").upper() in TRUE_VALUES for name in names)


def text(name: str) -> str | None:
    """Value of the variable `name`; None where it is unset or empty."""
    return os.environ.get(name) or None


def define(name: str, value: str) -> None:
    """Set the variable `name` for this process and those it starts."""
    os.environ[name] = value


def hf_home() -> str:
    """Folder that everything downloaded lies under: HF_HOME, or `huggingface` in the user's cache."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path("~") / ".cache")
    return str(Path(os.environ.get("HF_HOME") or Path(base) / "huggingface").expanduser())


def hub_cache() -> str:
    """Folder of downloaded repositories: TRANSFORMERS_CACHE, HF_HUB_CACHE, or `hub` in `hf_home()`."""
    for name in ("TRANSFORMERS_CACHE", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if value := os.environ.get(name):
            return str(Path(value).expanduser())
    return str(Path(hf_home()) / "hub")


def modules_cache() -> str:
    """Folder for remote code that a caller has allowed: HF_MODULES_CACHE, or `modules` in `hf_home()`."""
    return os.environ.get("HF_MODULES_CACHE") or str(Path(hf_home()) / "modules")


def is_offline_mode() -> bool:
    """Whether HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE forbids the network."""
    return flag("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")


__all__ = [
    "FALSE_VALUES",
    "TRUE_VALUES",
    "define",
    "flag",
    "hf_home",
    "hub_cache",
    "is_offline_mode",
    "modules_cache",
    "text",
]
