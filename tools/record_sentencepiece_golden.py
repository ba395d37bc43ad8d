"""Record what the published reference makes of the SentencePiece tests' texts and calls.

Run with the reference's interpreter, the packages sentencepiece and protobuf on its path:
`python tools/record_sentencepiece_golden.py [--train]`. `--train` learns the two small models anew.
Writes tests/tokenization/golden/spm_*.json.gz.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import random
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from record_tokenizer_golden import load, provenance, write

RULES = unicodedata.ucd_3_2_0
# Blocks whose compatibility forms the made rules of normalisation know, as (first, last) code points.
BLOCKS = [
    (0xA0, 0xFF),
    (0x132, 0x17F),
    (0x2000, 0x206F),
    (0x2070, 0x2122),
    (0x2460, 0x2473),
    (0x3000, 0x3000),
]
BLOCKS += [(0xFB00, 0xFB06), (0xFF01, 0xFF5E), (0xFF66, 0xFF9F)]
GONE = [*range(0x01, 0x09), *range(0x0E, 0x20), 0x7F, 0xAD, 0x200B, 0x2060, 0xFEFF]
SHARED = {"minloglevel": 2, "hard_vocab_limit": False, "character_coverage": 0.99}
KINDS: dict[str, dict[str, Any]] = {
    "unigram": {"model_type": "unigram", "vocab_size": 1800},
    "bpe": {
        "model_type": "bpe",
        "vocab_size": 2200,
        "byte_fallback": True,
        "normalization_rule_name": "identity",
        "remove_extra_whitespaces": False,
        "split_digits": True,
        "allow_whitespace_only_pieces": True,
    },
}


def rules() -> str:
    """A small set of rules of normalisation, one a line, code points in hexadecimal."""
    found = {chr(code): "" for code in GONE}
    found.update(dict.fromkeys("\t\n\r\x0b\x0c\x85", " "))
    for first, last in BLOCKS:
        for code in range(first, last + 1):
            folded = RULES.normalize("NFKC", chr(code))
            if folded != chr(code):
                found[chr(code)] = folded
    for base in "aeiouncAEIOUNC":
        for mark in "\u0300\u0301\u0302\u0303\u0308\u0327":
            if len(whole := RULES.normalize("NFC", base + mark)) == 1:
                found[base + mark] = whole

    def spelt(text: str) -> str:
        return " ".join(f"{ord(char):X}" for char in text)

    return "".join(f"{spelt(source)}\t{spelt(target)}\n" for source, target in found.items())


def train(strings: ModuleType) -> None:
    """Learn the two models from the tests' words and texts."""
    import sentencepiece  # type: ignore[import-not-found]
    from sentencepiece import sentencepiece_model_pb2 as schema  # type: ignore[import-not-found]

    lines = [*strings.WORDS, *strings.SENTENCES, *strings.golden_strings()[:900:2]]
    lines = [line.replace("\0", " ") for line in lines if line.strip()] + [" ".join(strings.WORDS)] * 120
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder, "rules.tsv")
        table.write_text(rules(), encoding="utf-8")
        for name, options in KINDS.items():
            own = {} if "normalization_rule_name" in options else {"normalization_rule_tsv": str(table)}
            made = io.BytesIO()
            sentencepiece.SentencePieceTrainer.train(
                sentence_iterator=iter(lines), model_writer=made, **SHARED, **options, **own
            )
            model = schema.ModelProto.FromString(made.getvalue())
            normal = [(piece.piece, piece.score) for piece in model.pieces if piece.type == 1]
            facts = {
                "model_type": model.trainer_spec.model_type,
                "byte_fallback": int(model.trainer_spec.byte_fallback),
                "add_dummy_prefix": int(model.normalizer_spec.add_dummy_prefix),
                "remove_extra_whitespaces": int(model.normalizer_spec.remove_extra_whitespaces),
            }
            charsmap = model.normalizer_spec.precompiled_charsmap.hex()
            text = json.dumps({"pieces": normal, "facts": facts, "charsmap": charsmap}, separators=(",", ":"))
            path = Path(load("spm_cases").GOLDEN, f"spm_{name}.json.gz")
            path.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
            print(f"{path.name}: {len(normal)} pieces, {path.stat().st_size} bytes")


def rows_of(
    cases: ModuleType, moves: Callable[[Any], list[int]], tokenizer: Any, texts: list[str]
) -> dict[str, Any]:
    """Ids, offsets where there are any, and texts."""
    got = tokenizer(texts, return_offsets_mapping=tokenizer.is_fast)
    found: dict[str, Any] = {"ids": got["input_ids"]}
    if tokenizer.is_fast:
        found["moves"] = [moves(row) for row in got["offset_mapping"]]
        found["parts"] = cases.parts(tokenizer.backend_tokenizer.to_str())
    marked = len(cases.MARKED)
    for name, ids in (("decoded", got["input_ids"]), ("whole", got["input_ids"][:marked])):
        out = tokenizer.batch_decode(ids, skip_special_tokens=name == "decoded")
        found[name] = [None if one == text else one for one, text in zip(out, texts, strict=False)]
    asked = {"return_token_type_ids": tokenizer.is_fast, "return_special_tokens_mask": True}
    found["pairs"] = [dict(tokenizer(*pair, **asked)) for pair in cases.PAIRS]
    found["tokens"] = [tokenizer.tokenize(text) for text in cases.MARKED]
    found["facts"] = {
        "vocab_size": tokenizer.vocab_size,
        "length": len(tokenizer),
        "special": tokenizer.all_special_tokens,
        "special_ids": tokenizer.all_special_ids,
        "vocab": len(tokenizer.get_vocab()),
        "pad": [tokenizer.padding_side, tokenizer.pad_token_type_id],
        "names": tokenizer.model_input_names,
    }
    if not tokenizer.is_fast:  # the release's others refuse this call
        masks = [tokenizer.get_special_tokens_mask([5, 6], pair) for pair in (None, [7])]
        found["facts"]["masks"] = masks
    return found


def codec_of(cases: ModuleType, kind: str, texts: list[str]) -> dict[str, Any]:
    """What the SentencePiece library itself makes of the texts."""
    import sentencepiece

    name, head, changes = cases.CODECS[kind]
    data = cases.model_bytes(cases.base(name), head, **changes)
    processor = sentencepiece.SentencePieceProcessor(model_proto=data)
    draw, size = random.Random(7), len(processor)
    drawn = [[draw.randrange(size) for _ in range(6)] for _ in range(200)]
    ids = [processor.encode(text) for text in texts]
    return {
        "normal": [None if (out := processor.normalize(text)) == text else out for text in texts],
        "ids": ids,
        "pieces": [processor.encode(text, out_type=str) for text in texts[:60]],
        "decoded": [processor.decode(row) for row in ids[:60]],
        "drawn": drawn,
        "joined": [processor.decode(row) for row in drawn],
    }


def record_sampled(cases: ModuleType, digest: str) -> None:
    """How often the SentencePiece library draws each segmentation."""
    import sentencepiece

    sentencepiece.set_random_generator_seed(7)
    value: dict[str, Any] = {"provenance": provenance(digest)}
    for kind in ("unigram", "unigram_own", "bpe", "bpe_own", "unigram_bytes"):
        name, head, changes = cases.CODECS[kind]
        data = cases.model_bytes(cases.base(name), head, **changes)
        processor = sentencepiece.SentencePieceProcessor(model_proto=data)
        value[kind] = []
        for text in ("the house", "na\u00efve \u0436 x"):
            for size, alpha in ((-1, 0.1), (-1, 0.7), (4, 0.5)):
                options = {"enable_sampling": True, "nbest_size": size, "alpha": alpha}
                drawn = Counter(tuple(processor.encode(text, out_type=str, **options)) for _ in range(20000))
                rows = sorted([list(pieces), count] for pieces, count in drawn.items())
                value[kind].append([text, size, alpha, rows])
    write("spm_sampled", value)


def main() -> None:
    """Record everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", action="store_true", help="learn the two small models anew")
    again = parser.parse_args().train
    strings, calls, runner = load("strings"), load("call_cases"), load("case_runner")
    if again:
        train(strings)
    from tokenizers import AddedToken

    import transformers

    cases = load("spm_cases")
    digest, moves = cases.digest(strings), load("byte_cases").moves
    value: dict[str, Any] = {"provenance": provenance(digest)}
    slow: dict[str, Any] = {"provenance": provenance(digest)}
    results: dict[str, Any] = {"provenance": provenance(calls.digest() + digest)}
    saved: dict[str, Any] = {"provenance": provenance(digest)}
    services: dict[str, Any] = {"provenance": provenance(digest)}
    with tempfile.TemporaryDirectory() as folder:
        for kind, (name, _, _, options, theirs, every) in {**cases.KINDS, **cases.SLOW}.items():
            files = cases.write_files(Path(folder, kind), kind)
            make = getattr(transformers, name if kind in cases.SLOW else f"{name}Fast")
            given = {**files, **options, **theirs}
            texts = cases.texts(strings, every)
            into = slow if kind in cases.SLOW else value
            into[kind] = rows_of(cases, moves, make(**given), texts)
            make(**given).save_pretrained(Path(folder, f"{kind}_saved"))
            saved[kind] = sorted(path.name for path in Path(folder, f"{kind}_saved").iterdir())
            services[kind] = [
                runner.run_case(make(**given), steps, AddedToken) for steps in cases.SERVICES.get(kind, ())
            ]
            if kind in ("xlnet", "llama"):
                results[kind] = [
                    runner.run_case(make(**given), steps, AddedToken) for steps in calls.call_cases()
                ]
    codecs: dict[str, Any] = {"provenance": provenance(digest)}
    for kind in cases.CODECS:
        codecs[kind] = codec_of(cases, kind, cases.texts(strings, every=False))
    write("spm_codecs", codecs)
    record_sampled(cases, digest)
    write("spm_rows", value)
    write("spm_slow_rows", slow)
    write("spm_calls", results)
    write("spm_saved", saved)
    write("spm_services", services)


if __name__ == "__main__":
    main()
