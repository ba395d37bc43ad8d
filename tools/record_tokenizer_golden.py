"""Record what the published reference makes of the tokenizer tests' texts and calls.

Run with the reference's interpreter: `python tools/record_tokenizer_golden.py [--real FOLDER]`, where
FOLDER holds a real BERT tokenizer. Writes tests/tokenization/golden/*.json.gz: results, no texts.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import platform
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

TESTS = Path(__file__).resolve().parent.parent / "tests" / "tokenization"


def load(name: str) -> ModuleType:
    """A module of the tests, by its file."""
    spec = importlib.util.spec_from_file_location(name, TESTS / f"{name}.py")
    if spec is None or spec.loader is None:
        raise ImportError(f"{TESTS} has no {name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write(name: str, value: dict[str, Any]) -> None:
    """Write a golden, the same bytes every time."""
    path = TESTS / "golden" / f"{name}.json.gz"
    path.parent.mkdir(exist_ok=True)
    text = json.dumps(value, separators=(",", ":"), sort_keys=True)
    path.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    print(f"{path.name}: {path.stat().st_size} bytes")


def provenance(digest: str) -> dict[str, str]:
    """What made a golden."""
    import tokenizers

    import transformers

    return {
        "transformers": transformers.__version__,
        "tokenizers": tokenizers.__version__,
        "python": platform.python_version(),
        "texts": digest,
    }


def record_strings(name: str, tokenizer: Any, texts: list[str], digest: str) -> None:
    """Ids, offsets (as gaps from the end of the token before, and widths) and decoded texts."""
    encoded = tokenizer(texts, return_offsets_mapping=True)
    moves = []
    for row in encoded["offset_mapping"]:
        end, flat = 0, []
        for start, stop in row[1:-1]:
            flat += [start - end, stop - start]
            end = stop
        moves.append(flat)
    decoded = tokenizer.batch_decode(encoded["input_ids"], skip_special_tokens=True)
    write(
        name,
        {
            "provenance": provenance(digest),
            "ids": [row[1:-1] for row in encoded["input_ids"]],
            "moves": moves,
            "decoded": decoded,
        },
    )


def record_helpers(strings: ModuleType) -> None:
    """Words and pieces that the two plain Python helpers give."""
    from transformers.models.bert.tokenization_bert import BasicTokenizer, WordpieceTokenizer

    texts = strings.settled_strings()[:500]
    pieces = WordpieceTokenizer(set(strings.made_vocabulary()), unk_token="[UNK]")
    value: dict[str, Any] = {"provenance": provenance(strings.digest())}
    for name, options in strings.BASIC_OPTIONS.items():
        basic = BasicTokenizer(**options)
        value[name] = [" ".join(basic.tokenize(text)) for text in texts]
    value["pieces"] = [" ".join(pieces.tokenize(text)) for text in texts]
    write("helpers", value)


def make_byte_vocabulary(strings: ModuleType, cases: ModuleType) -> None:
    """Learn a small byte-level vocabulary from the tests' words and texts."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    engine = Tokenizer(models.BPE())
    engine.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=3000, initial_alphabet=alphabet, show_progress=False)
    lines = [" ".join(strings.WORDS), *strings.WORDS, *strings.SENTENCES, *strings.EMOJI]
    engine.train_from_iterator(lines + strings.golden_strings()[::3], trainer=trainer)
    model = json.loads(engine.to_str())["model"]
    learnt = sorted(model["vocab"], key=model["vocab"].get)
    merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in model["merges"]]
    made = {"tokens": [*cases.FIRST, *learnt, *cases.LAST], "merges": merges}
    text = json.dumps(made, separators=(",", ":"))
    cases.MADE.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))


def record_byte_bpe(strings: ModuleType, calls: ModuleType, runner: ModuleType) -> None:
    """Rows of every kind of byte-level tokenizer, and the call forms of two."""
    from tokenizers import AddedToken

    import transformers

    cases = load("byte_cases")
    make_byte_vocabulary(strings, cases)
    digest = cases.digest(strings)
    value: dict[str, Any] = {"provenance": provenance(digest)}
    results: dict[str, Any] = {"provenance": provenance(calls.digest() + digest)}
    with tempfile.TemporaryDirectory() as folder:
        files = cases.write_files(Path(folder))
        for kind, (name, options, every) in cases.KINDS.items():
            make = getattr(transformers, f"{name}Fast")
            tokenizer = make(*files, **options)
            texts = cases.texts(strings, every)
            got = tokenizer(texts, return_offsets_mapping=True)
            decoded = tokenizer.batch_decode(got["input_ids"], skip_special_tokens=True)
            value[kind] = {
                "ids": got["input_ids"],
                "moves": [cases.moves(row) for row in got["offset_mapping"]],
                # Mostly the text itself.
                "decoded": [None if out == text else out for out, text in zip(decoded, texts, strict=True)],
            }
            if kind in ("roberta_prefix", "gpt2"):
                results[kind] = [
                    runner.run_case(make(*files, **options), steps, AddedToken)
                    for steps in calls.call_cases()
                ]
    write("byte_rows", value)
    write("byte_calls", results)


def main() -> None:
    """Record everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", type=Path, help="folder of a real BERT tokenizer")
    real = parser.parse_args().real
    from tokenizers import AddedToken

    from transformers import BertTokenizerFast, DistilBertTokenizerFast

    strings, calls, runner = load("strings"), load("call_cases"), load("case_runner")
    texts, digest = strings.golden_strings(), strings.digest()
    with tempfile.TemporaryDirectory() as folder:
        vocab = Path(folder, "vocab.txt")
        vocab.write_text("\n".join(strings.made_vocabulary()) + "\n", encoding="utf-8")
        for name, lower in (("uncased", True), ("cased", False)):
            record_strings(f"made_{name}", BertTokenizerFast(str(vocab), do_lower_case=lower), texts, digest)
        cases = calls.call_cases()
        results = {
            kind: [runner.run_case(make(str(vocab)), steps, AddedToken) for steps in cases]
            for kind, make in (("bert", BertTokenizerFast), ("distilbert", DistilBertTokenizerFast))
        }
        write("calls", {"provenance": provenance(calls.digest()), **results})
        record_helpers(strings)
        record_byte_bpe(strings, calls, runner)
        saved = Path(folder, "saved")
        tokenizer = BertTokenizerFast(str(vocab), do_lower_case=False, model_max_length=77)
        tokenizer.add_special_tokens({"additional_special_tokens": ["<x>"]})
        tokenizer.add_tokens(["foo bar"])
        tokenizer.chat_template = calls.TEMPLATE
        names = [Path(path).name for path in tokenizer.save_pretrained(saved)]
        files = {
            path.name: path.read_text(encoding="utf-8")
            for path in saved.iterdir()
            if path.name not in ("vocab.txt", "tokenizer.json")
        }
        write("saved", {"provenance": provenance(digest), "order": names, "files": files})
    if real is not None:
        record_strings("real_uncased", BertTokenizerFast.from_pretrained(str(real)), texts, digest)


if __name__ == "__main__":
    main()
