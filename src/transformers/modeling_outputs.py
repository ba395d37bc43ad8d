"""What models return: named tuples-with-keys, one class for every framework.

A `ModelOutput` is an ordered mapping of the fields that are set, a tuple of their values, and a dataclass.
Arrays are those of the framework in use; fields that are None take no part in keys, tuples and slices.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any

_classes: list[type[ModelOutput]] = []
_registrars: list[Callable[[type[ModelOutput]], None]] = []


def register_trees(registrar: Callable[[type[ModelOutput]], None]) -> None:
    """Call `registrar` with every output class there is and will be (a framework's tree registration)."""
    _registrars.append(registrar)
    for cls in _classes:
        registrar(cls)


class ModelOutput(OrderedDict[str, Any]):
    """Base of all outputs: `out.logits`, `out["logits"]`, `out[0]`, `out[:2]` and `out.to_tuple()` all work.

    Subclasses are dataclasses whose fields default to None.  As in the published library, a first field
    given as a dict or as an iterable of (key, value) pairs fills the other fields by name.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _classes.append(cls)
        for registrar in _registrars:
            registrar(cls)

    def __post_init__(self) -> None:
        names = [field.name for field in fields(self)]  # type: ignore[arg-type]
        if not names:
            raise ValueError(
                f"{type(self).__name__} has no fields; decorate it with @dataclass and give it some"
            )
        first, others = getattr(self, names[0]), names[1:]
        pairs = _as_pairs(first) if all(getattr(self, name) is None for name in others) else None
        if pairs is not None:
            setattr(self, names[0], None)
            for key, value in pairs:
                if key not in names:
                    raise KeyError(
                        f"{type(self).__name__} has no field {key!r}; its fields are {', '.join(names)}"
                    )
                setattr(self, key, value)
            return
        for name in names:
            if (value := getattr(self, name)) is not None:
                super().__setitem__(name, value)

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(key) if isinstance(key, str) else self.to_tuple()[key]

    def __setattr__(self, name: str, value: Any) -> None:
        if value is None:
            if name in self:
                super().__delitem__(name)
        elif name in getattr(type(self), "__dataclass_fields__", ()):
            super().__setitem__(name, value)
        super().__setattr__(name, value)

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        super().__setattr__(key, value)

    def __delitem__(self, key: str) -> None:
        raise TypeError(f"fields of a {type(self).__name__} cannot be deleted; set {key!r} to None")

    def pop(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(f"fields of a {type(self).__name__} cannot be popped; read them and set them to None")

    def update(self, *args: Any, **kwargs: Any) -> None:
        for key, value in dict(*args, **kwargs).items():
            self[key] = value

    def setdefault(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(f"a {type(self).__name__} has fixed fields; assign the attribute")

    def to_tuple(self) -> tuple[Any, ...]:
        """The values of the fields that are set, in order."""
        return tuple(self.values())

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), dict(self.items()))

    def __copy__(self) -> ModelOutput:
        return _rebuild(type(self), dict(self.items()))


def _rebuild(cls: type[ModelOutput], values: dict[str, Any]) -> ModelOutput:
    return cls(**values)


def _as_pairs(value: Any) -> Iterable[tuple[str, Any]] | None:
    """`value` as (key, value) pairs, or None if it is an ordinary field value such as an array."""
    if isinstance(value, dict):
        return value.items()
    if isinstance(value, Iterator):  # how TensorFlow rebuilds mappings
        value = list(value)
    pairs = isinstance(value, list | tuple) and all(
        isinstance(item, list | tuple) and len(item) == 2 and isinstance(item[0], str) for item in value
    )
    return value if pairs and len(value) else None


@dataclass
class BaseModelOutput(ModelOutput):
    """A trunk's output.

    last_hidden_state: (B, T, C).
    hidden_states: one (B, T, C) per layer and the embeddings first, when asked for.
    attentions: one (B, H, T, S) of attention probabilities per layer, when asked for.
    """

    last_hidden_state: Any = None
    hidden_states: tuple[Any, ...] | None = None
    attentions: tuple[Any, ...] | None = None


@dataclass
class BaseModelOutputWithPooling(ModelOutput):
    """A trunk's output with `pooler_output`, (B, C): one vector for the whole input."""

    last_hidden_state: Any = None
    pooler_output: Any = None
    hidden_states: tuple[Any, ...] | None = None
    attentions: tuple[Any, ...] | None = None


@dataclass
class BaseModelOutputWithPast(ModelOutput):
    """A decoder trunk's output with the cache `past_key_values`."""

    last_hidden_state: Any = None
    past_key_values: Any = None
    hidden_states: tuple[Any, ...] | None = None
    attentions: tuple[Any, ...] | None = None


@dataclass
class BaseModelOutputWithCrossAttentions(ModelOutput):
    """A trunk's output with `cross_attentions`, one (B, H, T, S of the encoder) per layer."""

    last_hidden_state: Any = None
    hidden_states: tuple[Any, ...] | None = None
    attentions: tuple[Any, ...] | None = None
    cross_attentions: tuple[Any, ...] | None = None


@dataclass
class BaseModelOutputWithPastAndCrossAttentions(ModelOutput):
    """A decoder trunk's output with cache and cross attentions."""

    last_hidden_state: Any = None
    past_key_values: Any = None
    hidden_states: tuple[Any, ...] | None = None
    attentions: tuple[Any, ...] | None = None
    cross_attentions: tuple[Any, ...] | None = None


@dataclass
class BaseModelOutputWithPoolingAndCrossAttentions(ModelOutput):
    """A trunk's output with pooled vector, cache and cross attentions."""

    last_hidden_state: Any = None
    pooler_output: Any = None
    hidden_states: tuple[Any, ...] | None = None
    past_key_values: Any = None
    attentions: tuple[Any, ...] | None = None
    cross_attentions: tuple[Any, ...] | None = None


@dataclass
class CausalLMOutput(ModelOutput):
    """`logits` (B, T, V) of the next token; `loss` a scalar when labels were given."""

    loss: Any = None
    logits: Any = None
    hidden_states: tuple[Any, ...] | None = None
    attentions: tuple[Any, ...] | None = None


@dataclass
class CausalLMOutputWithPast(ModelOutput):
    """`CausalLMOutput` with the cache."""

    loss: Any = None
    logits: Any = None
    past_key_values: Any = None
    hidden_states: tuple[Any, ...] | None = None
    attentions: tuple[Any, ...] | None = None


@dataclass
class CausalLMOutputWithCrossAttentions(ModelOutput):
    """`CausalLMOutputWithPast` with cross attentions."""

    loss: Any = None
    logits: Any = None
    past_key_values: Any = None
    hidden_states: tuple[Any, ...] | None = None
    attentions: tuple[Any, ...] | None = None
    cross_attentions: tuple[Any, ...] | None = None


@dataclass
class MaskedLMOutput(ModelOutput):
    """`logits` (B, T, V) of the token at each position."""

    loss: Any = None
    logits: Any = None
    hidden_states: tuple[Any, ...] | None = None
    attentions: tuple[Any, ...] | None = None


@dataclass
class NextSentencePredictorOutput(ModelOutput):
    """`logits` (B, 2): the second sequence follows the first, or not."""

    loss: Any = None
    logits: Any = None
    hidden_states: tuple[Any, ...] | None = None
    attentions: tuple[Any, ...] | None = None


@dataclass
class SequenceClassifierOutput(ModelOutput):
    """`logits` (B, labels), or (B, 1) for regression."""

    loss: Any = None
    logits: Any = None
    hidden_states: tuple[Any, ...] | None = None
    attentions: tuple[Any, ...] | None = None


@dataclass
class SequenceClassifierOutputWithPast(ModelOutput):
    """`SequenceClassifierOutput` of a decoder, with the cache."""

    loss: Any = None
    logits: Any = None
    past_key_values: Any = None
    hidden_states: tuple[Any, ...] | None = None
    attentions: tuple[Any, ...] | None = None


@dataclass
class MultipleChoiceModelOutput(ModelOutput):
    """`logits` (B, choices)."""

    loss: Any = None
    logits: Any = None
    hidden_states: tuple[Any, ...] | None = None
    attentions: tuple[Any, ...] | None = None


@dataclass
class TokenClassifierOutput(ModelOutput):
    """`logits` (B, T, labels)."""

    loss: Any = None
    logits: Any = None
    hidden_states: tuple[Any, ...] | None = None
    attentions: tuple[Any, ...] | None = None


@dataclass
class QuestionAnsweringModelOutput(ModelOutput):
    """`start_logits` and `end_logits`, (B, T) each, of the answer's span."""

    loss: Any = None
    start_logits: Any = None
    end_logits: Any = None
    hidden_states: tuple[Any, ...] | None = None
    attentions: tuple[Any, ...] | None = None


__all__ = [
    "BaseModelOutput",
    "BaseModelOutputWithCrossAttentions",
    "BaseModelOutputWithPast",
    "BaseModelOutputWithPastAndCrossAttentions",
    "BaseModelOutputWithPooling",
    "BaseModelOutputWithPoolingAndCrossAttentions",
    "CausalLMOutput",
    "CausalLMOutputWithCrossAttentions",
    "CausalLMOutputWithPast",
    "MaskedLMOutput",
    "ModelOutput",
    "MultipleChoiceModelOutput",
    "NextSentencePredictorOutput",
    "QuestionAnsweringModelOutput",
    "SequenceClassifierOutput",
    "SequenceClassifierOutputWithPast",
    "TokenClassifierOutput",
    "register_trees",
]
