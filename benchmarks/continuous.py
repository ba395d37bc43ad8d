"""Tokens a second for many requests of different lengths: one by one, in a padded batch, and continuously.

python benchmarks/continuous.py                                      a seeded model of SmolLM2-135M's sizes
python benchmarks/continuous.py --model FOLDER --requests 32         a checkpoint
python benchmarks/continuous.py --device cuda --dtype bfloat16

Every request asks for a number of tokens of its own, which a padded batch cannot know: it writes for the
longest. The three take turns; each figure is the best of `--times`, and counts the tokens asked for.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import torch


def model_of(folder: str | None, dtype: torch.dtype, device: str) -> Any:
    """A checkpoint, or a seeded model of the same shape as SmolLM2-135M."""
    from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

    if folder is not None:
        return AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).to(device).eval()
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=49152,
        hidden_size=576,
        intermediate_size=1536,
        num_hidden_layers=30,
        num_attention_heads=9,
        num_key_value_heads=3,
        max_position_embeddings=8192,
        tie_word_embeddings=True,
    )
    return LlamaForCausalLM(config).to(device=device, dtype=dtype).eval()


def asked(count: int, longest: int, new: int) -> tuple[list[list[int]], list[int]]:
    """Prompts of 8 to `longest` tokens, and how many tokens are wanted after each, 4 to `new`."""
    numbers = torch.Generator().manual_seed(0)

    def draw(least: int, most: int, size: int) -> list[int]:
        return torch.randint(least, most + 1, (size,), generator=numbers).tolist()  # type: ignore[no-any-return]

    return [draw(100, 5000, length) for length in draw(8, longest, count)], draw(4, new, count)


def one_by_one(model: Any, prompts: list[list[int]], wanted: list[int]) -> None:
    """Each request alone."""
    for ids, new in zip(prompts, wanted, strict=True):
        given = torch.tensor([ids], device=model.device)
        model.generate(given, attention_mask=torch.ones_like(given), max_new_tokens=new, min_new_tokens=new)


def padded(model: Any, prompts: list[list[int]], wanted: list[int], rows: int) -> None:
    """Batches of `rows` in the order of arrival, each as long as its longest request."""
    for start in range(0, len(prompts), rows):
        part = prompts[start : start + rows]
        width, new = max(map(len, part)), max(wanted[start : start + rows])
        ids = torch.tensor([[0] * (width - len(row)) + row for row in part], device=model.device)
        mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in part], device=model.device)
        model.generate(ids, attention_mask=mask, max_new_tokens=new, min_new_tokens=new)


def continuous(model: Any, prompts: list[list[int]], wanted: list[int], rows: int) -> None:
    """Over a cache with room for about `rows` of the longest requests."""
    size = 16
    longest = max(len(ids) + new for ids, new in zip(prompts, wanted, strict=True))
    config = type(model.generation_config).from_dict(model.generation_config.to_dict())
    config.block_size, config.num_blocks = size, rows * -(-longest // size)
    manager = model.init_continuous_batching(config)
    for ids, new in zip(prompts, wanted, strict=True):
        manager.add_request(ids, max_new_tokens=new)
    manager.start()
    manager.stop(block=True)
    found = {out.request_id: len(out.generated_tokens) for out in manager}
    if list(map(len, prompts)) and sum(found.values()) != sum(wanted):
        raise RuntimeError("continuous batching did not write what was asked for")


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", help="folder of a checkpoint")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--requests", type=int, default=24)
    parser.add_argument("--rows", type=int, default=8)
    parser.add_argument("--longest", type=int, default=128, help="tokens of the longest prompt")
    parser.add_argument("--new", type=int, default=64, help="most tokens that a request asks for")
    parser.add_argument("--times", type=int, default=2)
    given = parser.parse_args()
    model = model_of(given.model, getattr(torch, given.dtype), given.device)
    model.generation_config.eos_token_id, model.generation_config.pad_token_id = [1 << 30], 0
    prompts, wanted = asked(given.requests, given.longest, given.new)
    ways = {
        "one by one": lambda: one_by_one(model, prompts, wanted),
        f"padded, {given.rows} rows": lambda: padded(model, prompts, wanted, given.rows),
        f"continuous, {given.rows} rows": lambda: continuous(model, prompts, wanted, given.rows),
    }
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(given.times):
        for name, run in ways.items():
            start = time.perf_counter()
            run()
            best[name] = min(best[name], time.perf_counter() - start)
    first = best["one by one"]
    for name, seconds in best.items():
        print(f"{name:24}{sum(wanted) / seconds:10.1f} tokens/s{first / seconds:8.2f}x")


if __name__ == "__main__":
    main()
