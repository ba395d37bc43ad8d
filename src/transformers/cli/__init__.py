"""The command `transformers` (also `transformers-cli`): `env`, `standalone` and `version`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable


def show_version(arguments: list[str]) -> int:
    """Write the version."""
    from .. import __version__

    sys.stdout.write(f"{__version__}\n")
    return 0


def show_environment(arguments: list[str]) -> int:
    """Write what a bug report should say: versions of the library, Python, the system and the frameworks."""
    import platform

    from .. import __version__
    from ..utils import environment
    from ..utils.availability import version_of
    from ..utils.optional import is_available

    rows = {"transformers": __version__, "Python": platform.python_version(), "platform": platform.platform()}
    for package in (
        "numpy",
        "tokenizers",
        "safetensors",
        "huggingface_hub",
        "torch",
        "jax",
        "flax",
        "tensorflow",
    ):
        version = version_of(package) or version_of(f"{package}-cpu") or "unknown version"
        rows[package] = version if is_available(package) else "not installed"
    rows["cache"] = environment.hub_cache()
    rows["offline"] = "yes" if environment.is_offline_mode() else "no"
    sys.stdout.write("".join(f"- {name}: {value}\n" for name, value in rows.items()))
    return 0


def write_standalone(arguments: list[str]) -> int:
    """Write one self-contained file of a model."""
    from ..standalone.__main__ import main as run

    return run(arguments)


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "env": show_environment,
    "standalone": write_standalone,
    "version": show_version,
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit status is its own, 2 for a command that does not exist."""
    given = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(
        prog="transformers",
        description="commands:\n"
        + "\n".join(f"  {name:12}{(run.__doc__ or '').strip()}" for name, run in COMMANDS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=list(COMMANDS), metavar="command", help="one of those above")
    options = parser.parse_args(given[:1])
    return COMMANDS[options.command](given[1:])


__all__ = ["COMMANDS", "main"]
