"""Ways of writing that are a user's own: a function, or code beside a model that the caller trusts."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from typing import Any

from .calls import Call

# Strategies of this library that other releases fetch as code.
BUILT_IN = frozenset(
    f"transformers-community/{name}"
    for name in ("dola", "contrastive-search", "group-beam-search", "constrained-beam-search")
)
FILE = "custom_generate/generate.py"


def load_custom_generate(
    source: Any, trust_remote_code: bool | None = None, **kwargs: Any
) -> Callable[..., Any]:
    """The function `generate` of a folder's or repository's `custom_generate/generate.py`.

    Args:
        source: folder or repository.
        trust_remote_code: True lets the code run.
        kwargs: `revision`, `token` and the like.

    Raises:
        ValueError: the caller does not trust the code.
        ImportError: it needs packages that are not installed.
        OSError: there is no such file.
    """
    from .. import dynamic_module_utils as dynamic

    dynamic.resolve_trust_remote_code(trust_remote_code, source, has_local_code=False, has_remote_code=True)
    path = dynamic.get_cached_module_file(source, FILE, **kwargs)
    return dynamic.get_class_in_module("generate", path)  # type: ignore[no-any-return]


def is_built_in(custom_generate: Any) -> bool:
    """Whether a name stands for a strategy that the settings choose here anyway."""
    return isinstance(custom_generate, str) and custom_generate in BUILT_IN


def run_custom(
    model: Any, custom_generate: Any, call: Call, kwargs: dict[str, Any], trust: bool | None
) -> Any:
    """Call a user's own way of writing.

    A function gets the model, ids, processors, criteria and settings as a loop of this library does, then the
    inputs of the model by name; keywords that only the function knows are handed through. The `generate` of a
    folder or repository gets the model and the arguments as they came.

    Raises:
        ValueError: it is neither, or the caller does not trust the code.
    """
    if isinstance(custom_generate, str | os.PathLike):
        function = load_custom_generate(custom_generate, trust)
        given = {name: value for name, value in vars(call).items() if value is not None}
        return function(model=model, **given, **kwargs)
    if not callable(custom_generate):
        raise ValueError(
            "custom_generate must be a function, or the name of a folder or repository with "
            f"{FILE}; got {custom_generate!r}"
        )
    from .torch_task import make_task

    own = own_arguments(model, custom_generate, kwargs)
    task, _ = make_task(model, call, {name: value for name, value in kwargs.items() if name not in own})
    place_tokens(task.config, task.ids.device)
    beams = task.config.num_beams or 1
    if beams > 1:
        task.ids = task.ids.repeat_interleave(beams, dim=0)
        task.driver.repeat(beams)
    inputs = {name: value for name, value in task.driver.kwargs.items() if not name.startswith("_")}
    return custom_generate(
        model,
        task.ids,
        logits_processor=task.processors,
        stopping_criteria=task.criteria,
        generation_config=task.config,
        **inputs,
        **own,
    )


def own_arguments(model: Any, function: Callable[..., Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Those of `kwargs` that a function names and that mean nothing to `generate` or the model."""
    from .configuration_utils import GenerationConfig
    from .torch_task import accepted
    from .utils import forward_names

    known = accepted(model, forward_names(model)[0]).union(GenerationConfig._fields)
    names = inspect.signature(function).parameters
    return {name: value for name, value in kwargs.items() if name in names and name not in known}


def place_tokens(config: Any, device: Any) -> None:
    """Put the special tokens of settings beside them as tensors, as loops of a user's own read them."""
    import torch

    for name in ("bos", "eos", "pad", "decoder_start"):
        ids = getattr(config, f"{name}_token_id")
        if name == "decoder_start" and ids is None:
            ids = config.bos_token_id
        ids = [ids] if name == "eos" and isinstance(ids, int) else ids
        value = None if ids is None else torch.tensor(ids, dtype=torch.long, device=device)
        setattr(config, f"_{name}_token_tensor", value)


__all__ = ["BUILT_IN", "is_built_in", "load_custom_generate", "place_tokens", "run_custom"]
