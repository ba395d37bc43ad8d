"""Token healing: the last token of a prompt chosen again, since the text may have been cut within a word.

The prompt's end may be the beginning of a longer token, which the model has then never seen cut. What
begins with the same bytes is therefore favoured for one token; what stood there a little more.
"""

from __future__ import annotations

from typing import Any

from .configuration_utils import GenerationConfig
from .token_bytes import token_bytes

FAVOUR, OWN = 10.0, 1.0  # added to the logits of tokens that go on, and once more to the one that stood there


def heal_tokens(model: Any, input_ids: Any, tokenizer: Any) -> Any:
    """Prompts (B, T) with their last tokens healed.

    Spaces around the texts go. Prompts are tokenized anew, so the length may change; what begins them stays.

    Raises:
        ValueError: there is no tokenizer.
    """
    import torch

    if tokenizer is None:
        raise ValueError("token healing needs the tokenizer: pass it as tokenizer=...")
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    texts = [text.strip() for text in tokenizer.batch_decode(input_ids, skip_special_tokens=True)]
    bos = tokenizer.bos_token_id
    healed = []
    for text, old in zip(texts, input_ids.tolist(), strict=True):
        begin = [bos] if bos is not None and bos in old else []
        row = [one for one in tokenizer(text)["input_ids"] if one not in (bos, tokenizer.eos_token_id)]
        healed.append(begin + _healed(model, row, tokenizer))
    width = max(map(len, healed), default=0)
    padded = [[pad] * (width - len(row)) + row for row in healed]
    return torch.tensor(padded, dtype=torch.long, device=input_ids.device).reshape(len(healed), width)


def _healed(model: Any, row: list[int], tokenizer: Any) -> list[int]:
    """A prompt with its last token chosen again; as it is where nothing else begins so."""
    if not row:
        return row
    bias = longer_tokens(row[-1], tokenizer)
    bos = tokenizer.bos_token_id
    before = ([] if bos is None else [bos]) + row[:-1]
    if len(bias) < 2 or not before:
        return row
    import torch

    ids = torch.tensor([before], dtype=torch.long, device=model.device)
    settings = GenerationConfig(
        max_new_tokens=1, sequence_bias=bias, pad_token_id=tokenizer.pad_token_id, eos_token_id=-1
    )
    found = model.generate(
        ids, attention_mask=torch.ones_like(ids), generation_config=settings, use_model_defaults=False
    )
    return [*row[:-1], int(found[0, -1])]


def longer_tokens(token: int, tokenizer: Any) -> dict[tuple[int], float]:
    """What is added to the logits of the tokens whose text begins with that of `token`, itself among them."""
    table = token_bytes(tokenizer)
    begin = table[token]
    special = set(tokenizer.all_special_ids)
    ids = [one for one in tokenizer.get_vocab().values() if one not in special]
    if not begin:
        return {}
    return {(one,): FAVOUR + OWN * (one == token) for one in ids if table[one].startswith(begin)}


__all__ = ["heal_tokens", "longer_tokens"]
