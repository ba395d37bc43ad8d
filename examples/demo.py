"""The quick tour: is this sentence positive?  Works with no deep-learning framework installed."""

from __future__ import annotations

import time

from transformers import pipeline

TEXT = "We are very happy to introduce pipeline to the transformers repository."


def main() -> None:
    """Classify one sentence; say what ran and how long it took."""
    start = time.perf_counter()
    classifier = pipeline("sentiment-analysis")
    result = classifier(TEXT)
    seconds = time.perf_counter() - start
    print(f"input:   {TEXT}")
    print(f"result:  {result}")
    print(f"backend: {classifier.framework}")
    print(f"time:    {seconds:.2f} s, loading included")


if __name__ == "__main__":
    main()
