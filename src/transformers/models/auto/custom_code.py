"""Classes that a repository's own code defines, for callers who trust it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PLACE = ("cache_dir", "force_download", "local_files_only", "token", "revision", "repo_type")


def trusted_class(
    auto_map: Any, auto_class: str, place: object, trust: bool, known: bool, where: Mapping[str, Any]
) -> Any:
    """The class that a repository's own code defines for `auto_class`; None where it is not to be used.

    Args:
        auto_map: what the repository's file says.
        auto_class: "AutoConfig", "AutoModel" ...
        place: folder or repository.
        trust: whether the caller said `trust_remote_code=True`.
        known: whether the library has a class of its own.
        where: `revision`, `code_revision`, `token` and the like.

    Raises:
        ValueError: there is no other class, and the caller did not say so.
    """
    from ...dynamic_module_utils import get_class_from_dynamic_module, resolve_trust_remote_code

    reference = auto_map.get(auto_class) if isinstance(auto_map, dict) else None
    if not resolve_trust_remote_code(trust, place, known, reference is not None):
        return None
    found = get_class_from_dynamic_module(str(reference), str(place), **where)
    if hasattr(found, "register_for_auto_class"):
        found.register_for_auto_class(auto_class)  # so that saving it copies its code
    return found


def trusted_tokenizer(
    place: str,
    parts: tuple[dict[str, Any], ...],
    use_fast: bool,
    trusted: bool,
    known: bool,
    where: dict[str, Any],
) -> Any:
    """The class that the checkpoint's own code defines, if the caller trusts it."""
    maps = [part["auto_map"] for part in parts if isinstance(part.get("auto_map"), dict)]
    named = next((found for each in maps if (found := each.get("AutoTokenizer"))), None)
    if isinstance(named, list):
        slow, fast = (*named, None, None)[:2]
        named = (fast or slow) if use_fast else (slow or fast)
    auto_map = {"AutoTokenizer": named} if named is not None else None
    return trusted_class(auto_map, "AutoTokenizer", place, trusted, known, where)


__all__ = ["PLACE", "trusted_class", "trusted_tokenizer"]
