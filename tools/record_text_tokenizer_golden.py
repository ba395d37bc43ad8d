"""Record what the published reference makes of the texts of tokenizers in Python, HerBERT and tiktoken.

Run with the reference's interpreter, the packages pandas, sacremoses and tiktoken on its path and the package
emoji not: `python tools/record_text_tokenizer_golden.py`. Writes tests/tokenization/golden/text_*.json.gz.
"""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

from record_tokenizer_golden import load, provenance, write


def tables(cases: ModuleType, runner: ModuleType, tokenizer: Any) -> dict[str, Any]:
    """What the table tokenizer writes and encodes."""
    import pandas as pd  # type: ignore[import-untyped]

    from transformers.models.deprecated.tapex.tokenization_tapex import (  # type: ignore[import-not-found]
        TapexTruncationStrategy,
    )

    frame = pd.DataFrame.from_dict(cases.TABLE)
    found: dict[str, Any] = {"texts": [], "calls": []}
    for question, answer, options in cases.TABLE_TEXTS:
        random.seed(3)
        given = dict(options)
        if "truncation_strategy" in given:
            given["truncation_strategy"] = TapexTruncationStrategy(given["truncation_strategy"])
        known = None if answer is None else list(answer)
        found["texts"].append(tokenizer.prepare_table_query(frame, question, known, **given))
    for query, answer, options in cases.TABLE_CALLS:
        table = None if query is None else frame
        found["calls"].append(runner.plain(tokenizer(table, query, answer, **options)))
    found.update(cases.table_prints(tokenizer, pd.DataFrame, load("strings")))
    return found


def main() -> None:
    """Record everything."""
    from tokenizers import AddedToken

    import transformers

    strings, runner, cases, bytes_ = (
        load(name) for name in ("strings", "case_runner", "text_cases", "byte_cases")
    )
    own = cases.classic(transformers.PreTrainedTokenizer)
    stamp = provenance(cases.digest(strings))
    value: dict[str, Any] = {"provenance": stamp}
    calls: dict[str, Any] = {"provenance": stamp}
    with tempfile.TemporaryDirectory() as folder:
        files = cases.write_files(Path(folder), strings, bytes_.write_files(Path(folder)))
        for kind, (name, theirs, needs, options) in cases.KINDS.items():
            make = own.get(name) or getattr(transformers, theirs or name)
            given = {**files[needs], **options}
            if not name.startswith("Tapex"):
                value[kind] = cases.rows(make(**given), strings)
            else:
                value[kind] = tables(cases, runner, make(**given))
                texts = cases.texts(strings)
                value[kind]["tokens"] = [make(**given).tokenize(text) for text in texts[: cases.FULL]]
            saved = Path(folder, f"{kind}_saved")
            make(**given).save_pretrained(saved)
            value[kind]["saved"] = sorted(path.name for path in saved.iterdir())
            skip = ("call", "encode") if name.startswith("Tapex") else ()
            calls[kind] = [
                None if steps[-1][0] in skip else runner.run_case(make(**given), steps, AddedToken)
                for steps in cases.CALLS
            ]
    write("text_rows", value)
    write("text_calls", calls)


if __name__ == "__main__":
    main()
