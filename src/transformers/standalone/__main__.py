"""Write one self-contained file of a model to standard output: `transformers standalone bert`."""

from __future__ import annotations

import argparse
import sys

from . import FlattenError, standalone


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit status is 1 where the model or the class does not exist."""
    parser = argparse.ArgumentParser(prog="transformers standalone", description=__doc__)
    parser.add_argument("target", help="a model folder such as bert, or the path of a modeling file")
    parser.add_argument(
        "--class", dest="classes", action="append", default=[], help="only this class (repeatable)"
    )
    options = parser.parse_args(arguments)
    try:
        sys.stdout.write(standalone(options.target, *options.classes))
    except (LookupError, FlattenError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
