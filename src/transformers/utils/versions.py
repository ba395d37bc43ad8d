"""Asking for versions of packages, as scripts do before they start."""

from __future__ import annotations

import importlib.metadata
import platform

_FORM = "a requirement reads package, package==1.2 or package>=1.2,<2"


def require_version(requirement: str, hint: str | None = None) -> None:
    """Raise unless a package is installed in the version asked for.

    Args:
        requirement: such as "numpy>=1.26,<3"; the name may be "python".
        hint: what to do otherwise, for the message.

    Raises:
        ValueError: `requirement` cannot be read.
        importlib.metadata.PackageNotFoundError: the package is not installed.
        ImportError: another version is.
    """
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        wanted = Requirement(requirement)
    except InvalidRequirement as error:
        raise ValueError(f"{requirement!r} is no requirement: {_FORM}") from error
    advice = "" if hint is None else f" {hint}"
    if wanted.name == "python":
        found = platform.python_version()
    else:
        try:
            found = importlib.metadata.version(wanted.name)
        except importlib.metadata.PackageNotFoundError as error:
            raise importlib.metadata.PackageNotFoundError(
                f"{requirement} is needed, and {wanted.name} is not installed.{advice}"
            ) from error
    if not wanted.specifier.contains(found, prereleases=True):
        raise ImportError(f"{requirement} is required, but {wanted.name}=={found} is installed.{advice}")


def require_version_core(requirement: str) -> None:
    """`require_version` for what the library itself needs."""
    require_version(requirement, "Reinstall it with `pip install -U transformers`.")


def check_min_version(min_version: str) -> None:
    """Raise ImportError if this library is older than a script needs, such as "4.50.0"."""
    from packaging.version import Version

    from .. import __version__

    if Version(__version__) < Version(min_version):
        raise ImportError(
            f"this script needs transformers {min_version} or newer, and {__version__} is installed: "
            "`pip install -U transformers`, or take the script that belongs to your version"
        )


__all__ = ["check_min_version", "require_version", "require_version_core"]
