"""The data half of every model configuration: common fields, labels, conversion to plain dicts.

Standard library only: this is what standalone model files carry of the configuration.
"""

from __future__ import annotations

import copy
import json
import reprlib
from collections.abc import Iterator
from typing import Any, ClassVar

from .utils.typed_fields import CLASS_OWNED, DtypeField, TypedFields

PROBLEM_TYPES = ("regression", "single_label_classification", "multi_label_classification")
# State of this process rather than data.
_NOT_DATA = frozenset(("_commit_hash", "_auto_class", "_attn_implementation_internal", "_fields"))
_MANY = 1000  # labels from which on their names are made when somebody reads them
_ATOMS = (str, int, float, bool, type(None))


class NumberedLabels:
    """The names LABEL_0, LABEL_1 ... before anybody has read them.

    Args:
        count: number of labels.
        backwards: whether names lead to numbers.
    """

    def __init__(self, count: int, backwards: bool) -> None:
        self.count, self.backwards = count, backwards

    def __len__(self) -> int:
        return self.count

    def to_dict(self) -> dict[Any, Any]:
        """The table itself."""
        if self.backwards:
            return {f"LABEL_{index}": index for index in range(self.count)}
        return {index: f"LABEL_{index}" for index in range(self.count)}


class LabelField:
    """A table of labels, which is made when it is first read if it only numbers them."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, config: Any, owner: type | None = None) -> Any:
        if config is None:
            return self
        table = config.__dict__.get(self.name)
        if isinstance(table, NumberedLabels):
            table = config.__dict__[self.name] = table.to_dict()
        return table

    def __set__(self, config: Any, value: Any) -> None:
        config.__dict__[self.name] = value


_labels: Any = LabelField  # what checkers of types see as the value of the fields


class ConfigCore(TypedFields, kw_only=True):
    """Fields and behaviour shared by the configurations of all models.

    Model fields are accepted by position or by keyword, the common ones below by keyword; unknown keywords
    become attributes. `num_labels=3` numbers the labels when `id2label` does not name them.

    Raises:
        TypeError: a value has the wrong type, e.g. `hidden_size must be an int, got 'abc' (str)`.
        ValueError: a value is impossible, or does not go with another one.
    """

    model_type: ClassVar[str] = ""
    sub_configs: ClassVar[dict[str, Any]] = {}
    keys_to_ignore_at_inference: ClassVar[list[str]] = []
    is_composition: ClassVar[bool] = False
    has_no_defaults_at_init: ClassVar[bool] = False
    base_config_key: ClassVar[str] = ""
    base_model_tp_plan: ClassVar[dict[str, Any] | None] = None
    base_model_pp_plan: ClassVar[dict[str, Any] | None] = None
    base_model_ep_plan: ClassVar[dict[str, Any] | None] = None
    _library_version: ClassVar[str] = "4.57.6"
    # For classes of users whose constructor does not call ours.
    _name_or_path = ""
    _commit_hash = None
    transformers_version = None

    return_dict: bool = True
    output_hidden_states: bool = False
    output_attentions: bool = False
    torchscript: bool = False
    dtype: Any = DtypeField()
    pruned_heads: dict[Any, Any] | None = {}
    tie_word_embeddings: bool = True
    chunk_size_feed_forward: int = 0
    is_encoder_decoder: bool = False
    is_decoder: bool = False
    cross_attention_hidden_size: int | None = None
    add_cross_attention: bool = False
    tie_encoder_decoder: bool = False
    architectures: list[str] | None = None
    finetuning_task: str | None = None
    id2label: dict[Any, Any] | None = _labels()
    label2id: dict[Any, Any] | None = _labels()
    task_specific_params: dict[str, Any] | None = None
    problem_type: str | None = None
    tokenizer_class: str | None = None
    prefix: str | None = None
    bos_token_id: int | list[int] | None = None
    pad_token_id: int | None = None
    eos_token_id: int | list[int] | None = None
    sep_token_id: int | None = None
    decoder_start_token_id: int | list[int] | None = None
    # Generation settings that old files keep here; GenerationConfig is their place now.
    max_length: int | None = 20
    min_length: int | None = 0
    do_sample: bool | None = False
    early_stopping: bool | str | None = False
    num_beams: int | None = 1
    temperature: float | None = 1.0
    top_k: int | None = 50
    top_p: float | None = 1.0
    typical_p: float | None = 1.0
    repetition_penalty: float | None = 1.0
    length_penalty: float | None = 1.0
    no_repeat_ngram_size: int | None = 0
    encoder_no_repeat_ngram_size: int | None = 0
    bad_words_ids: list[Any] | None = None
    num_return_sequences: int | None = 1
    output_scores: bool | None = False
    return_dict_in_generate: bool | None = False
    forced_bos_token_id: int | list[int] | None = None
    forced_eos_token_id: int | list[int] | None = None
    remove_invalid_values: bool | None = False
    exponential_decay_length_penalty: list[float] | None = None
    suppress_tokens: list[int] | None = None
    begin_suppress_tokens: list[int] | int | None = None
    num_beam_groups: int | None = 1
    diversity_penalty: float | None = 0.0
    tf_legacy_loss: bool = False
    use_bfloat16: bool = False

    @classmethod
    def _bind(cls, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        given = super()._bind(args, kwargs)
        for old, new in (("torch_dtype", "dtype"), ("name_or_path", "_name_or_path")):
            if old in given and (value := given.pop(old)) is not None and given.get(new) is None:
                given[new] = value
        return given

    def _finish(self, rest: dict[str, Any]) -> None:
        if self.problem_type is not None and self.problem_type not in PROBLEM_TYPES:
            raise ValueError(
                f"problem_type must be one of {', '.join(PROBLEM_TYPES)}, got {self.problem_type!r}"
            )
        heads = self.pruned_heads or {}
        if all(str(layer).isdecimal() for layer in heads):  # other keys wait for who prunes by them
            heads = _integer_keys("pruned_heads", heads)
        self.pruned_heads = dict(heads)
        count = rest.pop("num_labels", None)
        if self.id2label is not None:
            self.id2label = _integer_keys("id2label", self.id2label)
        else:
            self.num_labels = 2 if count is None else count
        self._name_or_path = str(rest.pop("_name_or_path", ""))
        self._commit_hash = rest.pop("_commit_hash", None)
        chosen = rest.pop("attn_implementation", None)
        self._attn_implementation = rest.pop("_attn_implementation", None) if chosen is None else chosen
        self.transformers_version = rest.pop("transformers_version", None)
        for name, value in rest.items():
            if name == "model_type" and not type(self).model_type:
                self.__dict__[name] = value  # a plain config keeps the type of the file it was read from
            elif name not in CLASS_OWNED and name not in _NOT_DATA:
                self._set_unknown(name, value)

    def _set_unknown(self, name: str, value: Any) -> None:
        """Keep a key that is no field; one that would replace part of the class is an error."""
        known = getattr(type(self), name, None)
        fixed = isinstance(known, property) and known.fset is None
        if fixed or callable(known) or (name.startswith("__") and name.endswith("__")):
            raise ValueError(
                f"{name!r} cannot be a key of {type(self).__name__}: the class uses that name itself"
            )
        setattr(self, name, value)

    @property
    def num_labels(self) -> int:
        """Number of labels; setting it names them LABEL_0, LABEL_1, ... unless there are that many now."""
        return len(vars(self).get("id2label") or ())

    @num_labels.setter
    def num_labels(self, count: int) -> None:
        if type(count) is not int or not 0 <= count <= 2**20:
            raise ValueError(f"num_labels must be an int from 0 to 2**20, got {reprlib.repr(count)}")
        if vars(self).get("id2label") is None or self.num_labels != count:
            for name in ("id2label", "label2id"):
                table = NumberedLabels(count, name == "label2id")
                later = count > _MANY and isinstance(getattr(type(self), name), LabelField)
                self.__dict__[name] = table if later else table.to_dict()

    @property
    def use_return_dict(self) -> bool:
        """Whether a model returns named outputs rather than a tuple."""
        return self.return_dict and not self.torchscript

    @property
    def name_or_path(self) -> str:
        """Where the model came from: hub id or folder."""
        return self._name_or_path or ""

    @name_or_path.setter
    def name_or_path(self, value: str) -> None:
        self._name_or_path = str(value)

    @property
    def torch_dtype(self) -> Any:
        """The older name of `dtype`."""
        return self.dtype

    @torch_dtype.setter
    def torch_dtype(self, value: Any) -> None:
        self.dtype = value

    @property
    def _attn_implementation(self) -> str | None:
        return self.__dict__.get("_attn_implementation_internal")

    @_attn_implementation.setter
    def _attn_implementation(self, value: str | dict[str, str] | None) -> None:
        inner = {name: part for name, part in vars(self).items() if isinstance(part, ConfigCore)}
        choice = value if isinstance(value, dict) else dict.fromkeys(("", *inner), value)
        if "" in choice:
            self._attn_implementation_internal = choice[""]
        for name in choice.keys() & inner.keys():
            if value is not None:
                inner[name]._attn_implementation = choice[name]

    def _heads_to_prune(self) -> dict[int, list[int]]:
        """`pruned_heads` by the number of the layer; raises ValueError if a key is none."""
        table = _integer_keys("pruned_heads", self.pruned_heads or {})
        return {layer: sorted(heads) for layer, heads in table.items()}

    def to_dict(self) -> dict[str, Any]:
        """All fields, labels and unknown keys as plain data; nested configs as dicts."""
        output = {name: _plain(value) for name, value in vars(self).items() if name not in _NOT_DATA}
        output["model_type"] = type(self).model_type or vars(self).get("model_type", "")
        output["transformers_version"] = self._library_version
        return output

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ConfigCore) and self.to_dict() == other.to_dict()

    def __iter__(self) -> Iterator[str]:
        yield from vars(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__} {json.dumps(self.to_dict(), indent=2, sort_keys=True, default=str)}"


def _integer_keys(name: str, table: dict[Any, Any]) -> dict[int, Any]:
    """`table` with the integer keys that JSON turned into strings."""
    try:
        return {int(key): value for key, value in table.items()}
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must have integer keys, got {reprlib.repr(list(table))}") from error


def _plain(value: Any) -> Any:
    """A copy of `value` made of plain data where it knows how (`to_dict`)."""
    if type(value) in _ATOMS:
        return value
    if isinstance(value, ConfigCore):
        return {name: part for name, part in value.to_dict().items() if name != "transformers_version"}
    if isinstance(value, list | tuple):
        return type(value)(map(_plain, value)) if type(value) in (list, tuple) else copy.deepcopy(value)
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return value.to_dict() if hasattr(value, "to_dict") else copy.deepcopy(value)


__all__ = ["PROBLEM_TYPES", "ConfigCore"]
