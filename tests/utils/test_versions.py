"""Asking for versions of packages."""

from __future__ import annotations

import importlib.metadata

import pytest

from transformers.utils import check_min_version
from transformers.utils.versions import require_version, require_version_core


@pytest.mark.parametrize("requirement", ["numpy", "numpy>1.0", "numpy>=1.0,<100", "python>=3.8"])
def test_versions_that_are_there_pass(requirement: str) -> None:
    require_version(requirement)
    require_version_core(requirement)


@pytest.mark.parametrize(
    ("requirement", "error", "message"),
    [
        ("numpy<0.1", ImportError, r"numpy<0\.1 is required, but numpy==.* is installed\. do that"),
        ("python<3.0", ImportError, r"python<3\.0 is required, but python==3"),
        ("no-such-package-x>1", importlib.metadata.PackageNotFoundError, "is not installed"),
        ("numpy??1", ValueError, "is no requirement: a requirement reads package"),
        ("numpy=1", ValueError, "is no requirement"),
    ],
)
def test_other_versions_are_refused(requirement: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        require_version(requirement, "do that")


def test_scripts_may_ask_for_a_release() -> None:
    for version in ("4.0.0", "4.57.0", "4.57.0.dev0"):
        check_min_version(version)
    for version in ("99.0.0", "99.0.0.dev0"):
        with pytest.raises(ImportError, match=f"needs transformers {version} or newer"):
            check_min_version(version)
    with pytest.raises(ImportError, match="pip install -U transformers"):
        require_version_core("numpy>99")
