"""How the forward of a GPT trunk begins: its masks and cache, and the states that go into the first layer."""

from __future__ import annotations

from typing import Any, NamedTuple

from .heads import chosen
from .trunk import prepare


class Begun(NamedTuple):
    """states: (B, T, C) before dropout.  ready: of `prepare`.  checkpointing, use_cache: of this call."""

    states: Any
    ready: Any
    checkpointing: Any
    use_cache: Any


def begin(
    model,
    input_ids,
    inputs_embeds,
    token_type_ids,
    attention_mask,
    position_ids,
    *,
    past_key_values=None,
    use_cache=None,
    cache_position=None,
    cross=False,
    positions=None,
    window=None,
    whole=True,
):
    """Everything before the layers of a trunk whose words, and segments, are looked up in `wte`.

    positions: the embedding of positions, where they are added to the words.
    cross: whether there is an encoder to attend to.
    window: number of keys that a query sees, where it is the same in all layers.
    whole: as for `prepare`.
    """
    config = model.config
    checkpointing = model.gradient_checkpointing and model.training
    use_cache = chosen(use_cache, config.use_cache) and not checkpointing
    ready = prepare(
        input_ids,
        inputs_embeds,
        attention_mask,
        position_ids,
        causal=True,
        past_key_values=past_key_values,
        use_cache=use_cache,
        cross=cross,
        cache_position=cache_position,
        max_positions=config.max_position_embeddings,
        config=config,
        window=window,
        whole=whole,
    )
    x = model.wte(input_ids) if inputs_embeds is None else inputs_embeds  # (B, T, C)
    x = x if positions is None else x + positions(ready.position_ids)
    if token_type_ids is not None:
        x = x + model.wte(token_type_ids)  # segments are words too
    return Begun(x, ready, checkpointing, use_cache)


__all__ = ["Begun", "begin"]
