"""Make the folder of a new architecture from an existing one; it passes the common tests as it stands.

    python tools/new_model.py foo --like bert

Then change the model file, the configuration and the case until they are the new architecture, and record
its numbers with `make golden NAME=foo`.
"""

from __future__ import annotations

import argparse
import gzip
import re
import subprocess
import sys
from pathlib import Path

from generate import main as generate
from tree import REPO, SOURCE

WORD = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def class_prefix(folder: Path, name: str) -> str:
    """How the classes of a model begin: `Bert` of `BertConfig`.

    Raises:
        ValueError: the configuration file has no such class.
    """
    text = (folder / f"configuration_{name}.py").read_text(encoding="utf-8")
    for found in re.findall(r"^class (\w+)Config\(", text, flags=re.MULTILINE):
        if found.lower() == name.replace("_", ""):
            return str(found)
    raise ValueError(f"configuration_{name}.py defines no class whose name is {name} and Config")


def renamed(text: str, old: str, new: str, old_class: str, new_class: str) -> str:
    """`text` with classes, files and the model type renamed.

    Attributes such as `self.bert` stay: they are the names of parameters, for which numbers were recorded.
    """
    text = re.sub(rf"\b(Flax|TF|Np)?{old_class}(?=[A-Z])", rf"\g<1>{new_class}", text)
    return re.sub(rf"\b(configuration_|modeling_|models\.){old}\b", rf"\g<1>{new}", text)


def typed(text: str, old: str, new: str, old_class: str, new_class: str) -> str:
    """A configuration or manifest with the model type renamed; the tokenizer stays the old model's."""
    text = text.replace(f'"{old}"', f'"{new}"')
    return re.sub(rf"\b{new_class}(Tokenizer\w*)", rf"{old_class}\1", text)


def create(new: str, old: str, source: Path = SOURCE, tests: Path = REPO / "tests") -> list[Path]:
    """Copy the folders of model `old` to `new` with names replaced; returns the files made.

    Raises:
        ValueError: the new name cannot be a folder, or is taken; or the old model does not exist.
    """
    if WORD.fullmatch(new) is None:
        raise ValueError(f"{new!r} is no model name: lower-case letters, digits and single underscores")
    folder, case = source / "models" / old, tests / "models" / old
    if not (folder / f"modeling_{old}.py").is_file():
        raise ValueError(f"there is no model {old!r} below {source / 'models'}")
    if (source / "models" / new).exists():
        raise ValueError(f"there is a model {new!r} already: choose another name or delete its folder")
    names = (old, new, class_prefix(folder, old), "".join(part.capitalize() for part in new.split("_")))
    made = []
    for base in (folder, case):
        for path in sorted(path for path in base.rglob("*") if path.is_file()):
            # The new model uses the old one's tokenizer.
            if "__pycache__" in path.parts or path.name.startswith("tokenization_"):
                continue
            target = base.parent / new / path.relative_to(base).parent / path.name.replace(old, new)
            target.parent.mkdir(parents=True, exist_ok=True)
            _copy(path, target, names)
            made.append(target)
    return made


def _copy(path: Path, target: Path, names: tuple[str, str, str, str]) -> None:
    """One file with its names replaced; recorded numbers stay the old model's for now."""
    if path.suffix == ".gz":
        record = renamed(gzip.decompress(path.read_bytes()).decode(), *names)
        target.write_bytes(gzip.compress(typed(record, *names).encode(), mtime=0))
        return
    text = renamed(path.read_text(encoding="utf-8"), *names)
    if path.name.startswith(("manifest", "configuration_")):
        text = typed(text, *names)
    target.write_text(text, encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Make the folder, write the generated files; the exit status is 1 where a name is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", help="folder of the new model, such as foo or foo_bar")
    parser.add_argument("--like", required=True, help="folder of the model to start from")
    options = parser.parse_args(arguments)
    try:
        made = create(options.name, options.like)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    generate([])
    code = [str(path) for path in made if path.suffix == ".py"]
    for command in (
        ["check", "--fix", "--quiet", "--select", "I"],
        ["format", "--quiet"],
    ):  # names changed length
        subprocess.run([sys.executable, "-m", "ruff", *command, *code], cwd=REPO, check=True)
    sys.stdout.write("".join(f"{path.relative_to(REPO)}\n" for path in made))
    return 0


if __name__ == "__main__":
    sys.exit(main())
