"""Record what the published reference makes of texts with real vocabularies.

Run with the reference's interpreter, gguf, sentencepiece, protobuf and tiktoken on its path, after
tools/fetch_checkpoints.py: `python tools/record_real_token_golden.py [--folder FOLDER] [KIND ...]`. Writes
tests/tokenization/golden/real_*.json.xz: results, no vocabulary.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import unicodedata
from pathlib import Path
from types import ModuleType
from typing import Any

from record_tokenizer_golden import load, provenance

GPT2 = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
CACHE = Path(__file__).resolve().parent.parent / ".cache" / "checkpoints"


def rows_of(moves: Any, tokenizer: Any, texts: list[str]) -> dict[str, Any]:
    """Ids, offsets and texts, which are mostly the text itself."""
    got = tokenizer(texts, return_offsets_mapping=True)
    whole = tokenizer.batch_decode(got["input_ids"])
    decoded = tokenizer.batch_decode(got["input_ids"], skip_special_tokens=True)
    return {
        "ids": got["input_ids"],
        "moves": [moves(row) for row in got["offset_mapping"]],
        "decoded": [None if out == text else out for out, text in zip(decoded, texts, strict=True)],
        "whole": [None if out == text else out for out, text in zip(whole[:60], texts, strict=False)],
    }


def codec_of(path: str, texts: list[str]) -> dict[str, Any]:
    """What the SentencePiece library itself makes of the texts."""
    import sentencepiece  # type: ignore[import-not-found]

    processor = sentencepiece.SentencePieceProcessor(model_file=path)
    ids = [processor.encode(text) for text in texts]
    return {
        "normal": [None if (out := processor.normalize(text)) == text else out for text in texts],
        "ids": ids,
        "decoded": [processor.decode(row) for row in ids],
    }


def tiktoken_rows(cases: ModuleType, source: Path, form: str, texts: list[str]) -> dict[str, Any]:
    """Ids and texts of the library tiktoken: of a tekken.json, or of a GGUF file whose digits stand alone."""
    import tiktoken  # type: ignore[import-not-found]

    if form == "tekken":
        config = json.loads(source.read_text(encoding="utf-8"))["config"]
        pattern, first = config["pattern"], config["default_num_special_tokens"]
        ranks = cases.read_ranks(source)
    else:
        pattern, first, ranks = GPT2, *gguf_ranks(cases, source)
    made = tiktoken.Encoding("made", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
    rows = []
    for text in texts:
        cut = [text] if form == "tekken" else apart(text)
        rows.append([index for part in cut for index in made.encode(part)])
    decoded = [made.decode(row) for row in rows]
    return {
        "ids": [[index + first for index in row] for row in rows],
        "decoded": [None if out == text else out for out, text in zip(decoded, texts, strict=True)],
    }


def apart(text: str) -> list[str]:
    """A text cut so that each digit stands alone."""
    marked = "".join(f"\0{c}\0" if unicodedata.category(c)[0] == "N" else c for c in text.replace("\0", "\1"))
    places, found = text, []
    for part in filter(None, marked.split("\0")):
        found.append(places[: len(part)])
        places = places[len(part) :]
    return found


def gguf_ranks(cases: ModuleType, source: Path) -> tuple[int, dict[bytes, int]]:
    """How many special tokens are first in a GGUF file, and the others' ranks."""
    from gguf import GGUFReader  # type: ignore[import-not-found]

    fields = GGUFReader(source).fields
    tokens = fields["tokenizer.ggml.tokens"].contents()
    types = fields["tokenizer.ggml.token_type"].contents()
    first = next(place for place, sort in enumerate(types) if sort == 1)
    byte_of = {char: byte for byte, char in cases.SHOWN.items()}
    return first, {bytes(byte_of[c] for c in token): i for i, token in enumerate(tokens[first:])}


def record(kind: str, root: Path) -> None:
    """Record one kind."""
    strings, cases, runner, spm = (
        load(name) for name in ("strings", "real_cases", "case_runner", "spm_cases")
    )
    case = cases.KINDS[kind]
    source, texts = root / case.place, cases.texts(strings, case.step)
    value: dict[str, Any] = {
        "provenance": provenance(cases.digest(strings, kind)),
        "vocabulary": cases.file_digest(source),
    }
    if case.theirs.startswith("tiktoken"):
        value.update(tiktoken_rows(cases, source, case.form, texts))
    else:
        from tokenizers import AddedToken

        import transformers

        with tempfile.TemporaryDirectory() as folder:
            files = cases.write_files(Path(folder), kind, root, spm)
            tokenizer = getattr(transformers, case.theirs)(**files, **case.options, **case.other)
            if kind in cases.CODECS:
                value["codec"] = codec_of(files["vocab_file"], texts[:: cases.TENTH])
        value.update(rows_of(load("byte_cases").moves, tokenizer, texts))
        value["calls"] = [runner.run_case(tokenizer, steps, AddedToken) for steps in cases.CALLS]
    path = cases.write_golden(kind, value)
    print(f"{path.name}: {len(texts)} texts, {path.stat().st_size} bytes")


def main() -> None:
    """Record the kinds named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=CACHE, help="where the packages were unpacked")
    parser.add_argument("kinds", nargs="*")
    given = parser.parse_args()
    for kind in given.kinds or load("real_cases").KINDS:
        record(kind, given.folder)


if __name__ == "__main__":
    main()
