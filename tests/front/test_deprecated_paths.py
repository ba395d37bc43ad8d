"""Published paths of architectures that were put aside elsewhere."""

from __future__ import annotations

from importlib import import_module

import pytest

from transformers._aliases import moved


@pytest.mark.parametrize("room", ["tapex", "tapex.tokenization_tapex", "bert.modeling_np_bert"])
def test_deprecated_path_gives_the_room(room: str) -> None:
    target = import_module(f"transformers.models.{room}")
    assert import_module(f"transformers.models.deprecated.{room}") is target
    assert target.__name__ == f"transformers.models.{room}"


def test_other_paths_are_left_alone() -> None:
    assert moved("transformers.models.bert") is None
    assert moved("transformers.models.deprecated") is None
    with pytest.raises(ModuleNotFoundError):
        import_module("transformers.models.deprecated.nothing")
