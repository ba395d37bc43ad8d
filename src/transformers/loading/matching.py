"""Which tensor of a checkpoint goes to which parameter of a model, decided from names and shapes alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Shape = tuple[int, ...]
_SHOWN = 10
# Spellings of old files, tried where the name as it stands is not one of the model's.
_LEGACY: tuple[tuple[str, str], ...] = (
    (r"((?:^|\.)(?:\w*layer_?norm\w*|\w*norm\d*|ln_\w+))\.gamma$", r"\1.weight"),
    (r"((?:^|\.)(?:\w*layer_?norm\w*|\w*norm\d*|ln_\w+))\.beta$", r"\1.bias"),
    (r"\.weight_g$", r".parametrizations.weight.original0"),
    (r"\.weight_v$", r".parametrizations.weight.original1"),
    (r"\.parametrizations\.weight\.original0$", r".weight_g"),
    (r"\.parametrizations\.weight\.original1$", r".weight_v"),
)


class CheckpointMismatchError(RuntimeError, ValueError):
    """A checkpoint that is not one of this model: wrong shapes, missing or unexpected weights."""


@dataclass(frozen=True)
class Policy:
    """What a model class says about loading.

    Attributes:
        base_model_prefix: attribute of a head model that holds the bare model, such as "bert".
        renames: ordered (pattern, replacement) pairs for names of published files that are not ours.
        ties: {alias: source}; a file may hold either or both.
        optional_prefixes: parts of the bare model that may be absent, such as "pooler."; initialised with a
            notice.
        optional_patterns: names that may be absent likewise, such as a new decoder's cross-attention.
        silent_prefixes: names that other heads of the model type own; skipped without a word.
        ignored_missing: patterns of names that need not be in the file.
        ignored_unexpected: patterns of names in the file that mean nothing.
        user_prefixes: names that a user's subclass adds.
        ignore_mismatched_sizes: initialise a parameter anew where the file's shape differs.
        reporting: the caller gets the names of what is missing and unexpected, which then are no errors.
    """

    base_model_prefix: str = ""
    renames: tuple[tuple[str, str], ...] = ()
    ties: Mapping[str, str] = field(default_factory=dict)
    optional_prefixes: tuple[str, ...] = ()
    optional_patterns: tuple[str, ...] = ()
    silent_prefixes: tuple[str, ...] = ()
    ignored_missing: tuple[str, ...] = ()
    ignored_unexpected: tuple[str, ...] = ()
    user_prefixes: tuple[str, ...] = ()
    ignore_mismatched_sizes: bool = False
    reporting: bool = False


@dataclass
class Plan:
    """The outcome of matching.

    Attributes:
        sources: parameter -> key in the checkpoint.
        missing: parameters to initialise anew, which the policy allows.
        silent: parameters to initialise anew of which nobody is told: what they start from is their value.
        unexpected: keys of the checkpoint left over, which the policy allows.
        mismatched: (key, shape in the checkpoint, shape in the model).
        errors: what the policy does not allow, one sentence each.
    """

    sources: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    mismatched: list[tuple[str, Shape, Shape]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def check(self, model: str, place: object) -> None:
        """Raise if the checkpoint may not be loaded.

        Raises:
            CheckpointMismatchError: names every kind of mismatch, the first ten of each.
        """
        if self.errors:
            raise CheckpointMismatchError(f"{place} does not fit {model}:\n  " + "\n  ".join(self.errors))

    def notice(self, model: str, place: object) -> str | None:
        """One line about parameters initialised anew; None if every parameter has its value from the file."""
        found = []
        if self.missing:
            found.append(f"{len(self.missing)} weights are not in {place} ({shorten(self.missing, 4)})")
        if self.mismatched:
            names = [f"{name}: {list(file)}, not {list(own)}" for name, file, own in self.mismatched]
            found.append(f"of {len(names)} the shapes did not match ({shorten(names, 4)})")
        if not found:
            return None
        return (
            f"{model}: {'; '.join(found)}. They start from random values: train the model before you use "
            "what they compute."
        )

    def loading_info(self) -> dict[str, Any]:
        """The dict that `output_loading_info=True` returns."""
        return {
            "missing_keys": list(self.missing),
            "unexpected_keys": list(self.unexpected),
            "mismatched_keys": [name for name, _, _ in self.mismatched],
            "error_msgs": list(self.errors),
        }


def shorten(names: Iterable[str], shown: int = _SHOWN) -> str:
    """The first names of a list, and how many more there are."""
    listed = list(names)
    rest = len(listed) - shown
    return ", ".join(listed[:shown]) + (f" and {rest} more" if rest > 0 else "")


def match(
    expected: Mapping[str, Shape], available: Mapping[str, Shape], policy: Policy | None = None
) -> Plan:
    """Match the parameters of a model with the tensors of a checkpoint.

    Args:
        expected: the model's parameters and saved buffers, name -> shape; aliases of tied ones may be left
            out.
        available: the checkpoint's tensors, name -> shape.
        policy: what the model class allows; strict in every respect if None.

    Returns:
        The plan; `Plan.check` raises for what is not allowed.
    """
    policy = policy or Policy()
    plan = Plan()
    keys, left = _assign(expected, available, policy, plan)
    _follow_ties(keys, left, expected, policy)
    absent = [name for name in expected if name not in keys]
    _judge_missing(absent, keys, expected, policy, plan)
    _judge_unexpected(left, expected, policy, plan)
    _judge_shapes(keys, expected, available, policy, plan)
    return plan


def _assign(
    expected: Mapping[str, Shape], available: Mapping[str, Shape], policy: Policy, plan: Plan
) -> tuple[dict[str, str], dict[str, str]]:
    """Parameter -> key, and the keys left over -> the name they would have in the model."""
    known = {*expected, *policy.ties, *policy.ties.values()}
    keys: dict[str, str] = {}
    left: dict[str, str] = {}
    clashes = []
    prefix = f"{policy.base_model_prefix}."
    whole = any(name.startswith(prefix) for name in known)
    of_head = any(key.startswith(prefix) for key in available)
    for key in available:
        name = _name_in_model(key, known, policy, within=whole and not of_head)
        if name not in known:
            left[key] = name
        elif name not in keys:
            keys[name] = key
        elif of_head and not whole and prefix + name in (key, keys[name]):
            keys[name] = prefix + name  # the other is a head's part of the same name
            left[name] = name
        else:
            clashes.append(f"{keys[name]} and {key}")
            keys[name] = key if name == key else keys[name]  # the plain spelling wins over a converted one
    if clashes:
        plan.errors.append(f"two tensors for one weight: {shorten(clashes)}")
    return keys, left


def _name_in_model(key: str, known: set[str], policy: Policy, *, within: bool = False) -> str:
    """What the model calls a checkpoint key: prefix added (`within`: first) or removed, renamed."""
    prefix = f"{policy.base_model_prefix}."

    def spellings(name: str) -> list[str]:
        if len(prefix) == 1:
            return [name]
        other = name.removeprefix(prefix) if name.startswith(prefix) else prefix + name
        return [other, name] if within and len(other) > len(name) else [name, other]

    renamed = key
    for name in spellings(key):
        if name in known:
            return name
    for pattern, replacement in policy.renames:
        renamed = re.sub(pattern, replacement, renamed)
    for name in spellings(renamed):
        if name in known:
            return name
    for pattern, replacement in _LEGACY:
        old = re.sub(pattern, replacement, renamed, flags=re.IGNORECASE)
        for name in spellings(old) if old != renamed else ():
            if name in known:
                return name
    return renamed


def _follow_ties(
    keys: dict[str, str], left: dict[str, str], expected: Mapping[str, Shape], policy: Policy
) -> None:
    """Tied weights: the source takes the tensor of an alias if it has none; an alias needs none."""
    for alias, source in policy.ties.items():
        if alias in keys:
            key = keys.pop(alias)
            keys.setdefault(source, key)
    for alias, source in policy.ties.items():
        if source in keys and alias in expected:
            keys[alias] = keys[source]
    for name in [name for name in keys if name not in expected]:
        del keys[name]


def _is_head(name: str, expected: Mapping[str, Shape], policy: Policy) -> bool:
    """Whether `name` is outside the bare model inside a model with a head."""
    prefix = f"{policy.base_model_prefix}."
    return (
        len(prefix) > 1
        and not name.startswith(prefix)
        and any(other.startswith(prefix) for other in expected)
    )


def _any_match(patterns: Iterable[str], name: str) -> bool:
    return any(re.search(pattern, name) for pattern in patterns)


def _starts(prefixes: tuple[str, ...], name: str, policy: Policy) -> bool:
    """Whether `name`, with or without the bare model's prefix, begins with one of `prefixes`."""
    return name.startswith(prefixes) or name.removeprefix(f"{policy.base_model_prefix}.").startswith(prefixes)


def _judge_missing(
    absent: list[str], keys: dict[str, str], expected: Mapping[str, Shape], policy: Policy, plan: Plan
) -> None:
    wrong = []
    for name in absent:
        if policy.ties.get(name) in absent:
            continue
        if _any_match(policy.ignored_missing, name):
            plan.silent.append(name)
            continue
        plan.missing.append(name)
        if _is_head(name, expected, policy) or _starts(policy.optional_prefixes, name, policy):
            continue
        if not _starts(policy.user_prefixes, name, policy) and not _any_match(policy.optional_patterns, name):
            wrong.append(name)
    if wrong and not policy.reporting:
        what = "every weight" if not keys else f"{len(wrong)} weights"
        plan.errors.append(f"{what} missing: {shorten(wrong)}")


def _judge_unexpected(
    left: dict[str, str], expected: Mapping[str, Shape], policy: Policy, plan: Plan
) -> None:
    wrong = []
    for key, name in left.items():
        if _any_match(policy.ignored_unexpected, key) or _any_match(policy.ignored_unexpected, name):
            continue
        plan.unexpected.append(key)
        allowed = (*policy.silent_prefixes, *policy.optional_prefixes)
        if not _starts(allowed, name, policy) and not _starts(allowed, key, policy):
            wrong.append(key)
    if wrong and not policy.reporting:
        hint = ""
        if re.search(r"\.\d+\.", wrong[0]) and any(_same_but_number(wrong[0], name) for name in expected):
            hint = " (the model has such a weight with another number: does the number of layers fit?)"
        plan.errors.append(f"{len(wrong)} unexpected: {shorten(wrong)}{hint}")


def _same_but_number(one: str, other: str) -> bool:
    return re.sub(r"\.\d+\.", ".#.", one) == re.sub(r"\.\d+\.", ".#.", other)


def _judge_shapes(
    keys: dict[str, str],
    expected: Mapping[str, Shape],
    available: Mapping[str, Shape],
    policy: Policy,
    plan: Plan,
) -> None:
    wrong = []
    for name, key in keys.items():
        found, wanted = tuple(available[key]), tuple(expected[name])
        if found == wanted:
            plan.sources[name] = key
            continue
        if policy.ties.get(name) in keys:
            continue  # its source says the same
        plan.mismatched.append((name, found, wanted))
        if not policy.ignore_mismatched_sizes:
            wrong.append(f"{name} has shape {list(found)} in the file and {list(wanted)} in the model")
    if wrong:
        plan.errors.append(
            f"{len(wrong)} of another shape (ignore_mismatched_sizes=True starts them anew): {shorten(wrong)}"
        )


__all__ = ["CheckpointMismatchError", "Plan", "Policy", "match", "shorten"]
