"""token-classification (ner): a label for every token of a text, or tokens gathered into entities."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, ClassVar

from .arrays import to_numpy, without_padding
from .base import ChunkPipeline
from .batching import is_stream
from .entities import EntityMixin
from .protocol import ArgumentHandler


class AggregationStrategy(StrEnum):
    """How tokens become entities."""

    NONE = "none"
    SIMPLE = "simple"
    FIRST = "first"
    AVERAGE = "average"
    MAX = "max"


_BY_WORD = (AggregationStrategy.FIRST, AggregationStrategy.AVERAGE, AggregationStrategy.MAX)


class TokenClassificationArgumentHandler(ArgumentHandler):
    """Checks the inputs of a call."""

    def __call__(self, inputs: Any, **kwargs: Any) -> tuple[Any, bool, Any, str | None]:
        """(texts as a list or stream, whether they are split, offsets per text or None, delimiter).

        Raises:
            ValueError: there is no input, or there are not as many offset mappings as inputs.
        """
        split, delimiter = kwargs.get("is_split_into_words", False), kwargs.get("delimiter")
        if isinstance(inputs, str):
            inputs = [inputs]
        elif isinstance(inputs, list | tuple) and inputs:
            inputs = list(inputs)
        elif is_stream(inputs) and not isinstance(inputs, list):
            return inputs, split, None, delimiter
        else:
            raise ValueError("token-classification needs at least one input")
        offsets = kwargs.get("offset_mapping")
        if offsets:
            if isinstance(offsets, list) and isinstance(offsets[0], tuple):
                offsets = [offsets]
            if len(offsets) != len(inputs):
                raise ValueError(f"offset_mapping is for {len(offsets)} inputs, but {len(inputs)} were given")
        return inputs, split, offsets, delimiter


class TokenClassificationPipeline(EntityMixin, ChunkPipeline):
    """Labels the tokens of texts, or finds the entities they name.

    Input: a text or many; with `is_split_into_words` a list of words or many.
    Result, a list per text: {"entity", "score", "index", "word", "start", "end"} for each token, or with an
    `aggregation_strategy` {"entity_group", "score", "word", "start", "end"} for each entity.  `start` and
    `end` are characters of the text (of the words joined by `delimiter`); None without a Rust tokenizer.

    Options:
        aggregation_strategy: "none"; "simple" joins neighbours of one label; "first", "average" and "max"
            first give all pieces of a word one label: the first piece's, that of the mean scores, or that of
            the highest score.
        ignore_labels: labels left out, ["O"] by default.
        stride: read a long text in windows of the tokenizer's length that overlap by so many tokens.
        is_split_into_words, delimiter: inputs are lists of words, in the text divided by `delimiter` (" ").
        offset_mapping: (start, end) of every token, special tokens included, in place of the tokenizer's.
        grouped_entities, ignore_subwords: deprecated; True is "simple", both True is "first".
    """

    batched: ClassVar[bool] = True
    default_input_names: ClassVar[str | None] = "sequences"

    def __init__(self, args_parser: Any = None, **kwargs: Any) -> None:
        self._args_parser = args_parser or TokenClassificationArgumentHandler()
        super().__init__(**kwargs)

    def _sanitize_parameters(
        self,
        ignore_labels: Sequence[str] | None = None,
        grouped_entities: bool | None = None,
        ignore_subwords: bool | None = None,
        aggregation_strategy: str | AggregationStrategy | None = None,
        offset_mapping: Any = None,
        is_split_into_words: bool | None = None,
        stride: int | None = None,
        delimiter: str | None = None,
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        before = {
            "offset_mapping": offset_mapping,
            "is_split_into_words": is_split_into_words,
            "delimiter": delimiter,
        }
        before = {key: value for key, value in before.items() if value is not None}
        after: dict[str, Any] = {}
        strategy = _older_names(grouped_entities, ignore_subwords) or aggregation_strategy
        if strategy is not None:
            strategy = _strategy(strategy)
            if strategy in _BY_WORD and not self.tokenizer.is_fast:
                raise ValueError(
                    f"aggregation_strategy={strategy.value!r} needs the words of tokens, which only fast "
                    'tokenizers know: use "simple", or a fast tokenizer'
                )
            after["aggregation_strategy"] = strategy
        if ignore_labels is not None:
            after["ignore_labels"] = ignore_labels
        if stride is not None:
            self._check_stride(stride, strategy)
            before["stride"] = stride
        return before, {}, after

    def _check_stride(self, stride: int, strategy: Any) -> None:
        limit = self.tokenizer.model_max_length
        if stride >= limit:
            raise ValueError(
                f"`stride` must be less than `tokenizer.model_max_length` ({limit}), got {stride}"
            )
        if strategy == AggregationStrategy.NONE:
            raise ValueError(
                '`stride` reads the text in windows: choose an `aggregation_strategy`, not "none"'
            )
        if not self.tokenizer.is_fast:
            raise ValueError("`stride` needs a fast tokenizer")

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Tokens or entities of one text, of each text of a list, or lazily of a stream."""
        split = kwargs.get("is_split_into_words", self._preprocess_params.get("is_split_into_words", False))
        parsed, _, offsets, _ = self._args_parser(inputs, **kwargs)
        given = inputs if isinstance(inputs, str) else parsed
        if split and isinstance(given, list) and not all(isinstance(item, list) for item in given):
            given = [given]
        if not offsets:
            return super().__call__(given, *args, **kwargs)
        if isinstance(given, str):
            return super().__call__(given, **{**kwargs, "offset_mapping": offsets})
        call = super().__call__
        return [call(one, **{**kwargs, "offset_mapping": [o]}) for one, o in zip(given, offsets, strict=True)]

    def preprocess(
        self,
        sentence: Any,
        offset_mapping: Any = None,
        is_split_into_words: bool = False,
        delimiter: str = " ",
        stride: int | None = None,
    ) -> Iterator[Mapping[str, Any]]:
        """One item per window of a text; without `stride` the text is cut to one.

        Raises:
            ValueError: a text where words are asked for, words where a text is, or words without a fast
                tokenizer.
        """
        import numpy as np

        kept: dict[str, Any] = {"sentence": sentence, "word_to_chars_map": None}
        options: dict[str, Any] = {}
        if is_split_into_words:
            kept["word_to_chars_map"] = _places(self.tokenizer, sentence, delimiter)
            kept["sentence"] = delimiter.join(sentence)
            options["is_split_into_words"] = True
        elif not isinstance(sentence, str):
            raise ValueError(
                f"an input must be a text, got {type(sentence).__name__}; for words set "
                "is_split_into_words=True"
            )
        if stride is not None:
            options.update({"return_overflowing_tokens": True, "stride": stride})
        encoded = self.tokenizer(
            [sentence],
            truncation=bool(self.tokenizer.model_max_length and self.tokenizer.model_max_length > 0),
            return_special_tokens_mask=True,
            return_offsets_mapping=self.tokenizer.is_fast,
            **options,
        )
        aside = {"special_tokens_mask", "offset_mapping", "overflow_to_sample_mapping"}
        count = len(encoded["input_ids"])
        for number in range(count):
            arrays = {k: np.asarray([v[number]]) for k, v in encoded.items() if k not in aside}
            own = encoded["offset_mapping"][number] if self.tokenizer.is_fast else None
            beside = {
                "special_tokens_mask": [encoded["special_tokens_mask"][number]],
                "offset_mapping": offset_mapping if offset_mapping is not None else own and [own],
                "input_ids": arrays["input_ids"],
                "word_ids": encoded.word_ids(number) if is_split_into_words else None,
                "is_last": number == count - 1,
            }
            yield {**arrays, "kept": {**kept, **beside}}

    def _forward(self, model_inputs: Mapping[str, Any], **parameters: Any) -> Mapping[str, Any]:
        return {"logits": self.model(**model_inputs)["logits"]}

    def unpad(self, row: Any, length: int) -> Any:
        """The row without the padding's scores."""
        return {**row, "logits": without_padding(row["logits"], length, self.tokenizer)}

    def postprocess(
        self,
        all_outputs: list[Mapping[str, Any]],
        aggregation_strategy: AggregationStrategy = AggregationStrategy.NONE,
        ignore_labels: Sequence[str] | None = None,
    ) -> list[dict[str, Any]]:
        """Tokens or entities of one text, in the order of the text."""
        import numpy as np

        ignored = ["O"] if ignore_labels is None else ignore_labels
        found: list[dict[str, Any]] = []
        for output in all_outputs:
            logits = to_numpy(output["logits"])[0].astype(np.float32)  # (T, labels)
            scores = np.exp(logits - logits.max(-1, keepdims=True))
            scores /= scores.sum(-1, keepdims=True)
            pieces = self.gather_pre_entities(
                all_outputs[0]["sentence"],
                to_numpy(output["input_ids"])[0],
                scores,
                output["offset_mapping"] and output["offset_mapping"][0],
                np.asarray(output["special_tokens_mask"][0]),
                aggregation_strategy,
                word_ids=output["word_ids"],
                word_to_chars_map=output["word_to_chars_map"],
            )
            entities = self.aggregate(pieces, aggregation_strategy)
            found += [e for e in entities if e.get("entity", e.get("entity_group")) not in ignored]
        return self.aggregate_overlapping_entities(found) if len(all_outputs) > 1 else found


def _older_names(grouped: bool | None, subwords: bool | None) -> AggregationStrategy | None:
    """The strategy that the deprecated options stand for; None where they were not given."""
    if grouped is None and subwords is None:
        return None
    meant = AggregationStrategy.NONE
    if grouped:
        meant = AggregationStrategy.FIRST if subwords else AggregationStrategy.SIMPLE
    for name, value in (("grouped_entities", grouped), ("ignore_subwords", subwords)):
        if value is not None:
            warnings.warn(
                f'`{name}` is deprecated: aggregation_strategy="{meant.value}" is used instead', stacklevel=4
            )
    return meant


def _strategy(name: str | AggregationStrategy) -> AggregationStrategy:
    allowed = [item.value for item in AggregationStrategy]
    if str(name).lower() not in allowed:
        raise ValueError(f"aggregation_strategy must be one of {', '.join(allowed)}, got {name!r}")
    return AggregationStrategy(str(name).lower())


def _places(tokenizer: Any, words: Any, delimiter: str) -> list[tuple[int, int]]:
    """(start, end) of each word in the words joined by the delimiter."""
    if not isinstance(words, list | tuple):
        raise ValueError(f"with is_split_into_words=True an input is a list of words, got {words!r}")
    if not tokenizer.is_fast:
        raise ValueError("is_split_into_words=True needs a fast tokenizer")
    places, start = [], 0
    for word in words:
        places.append((start, start + len(word)))
        start += len(word) + len(delimiter)
    return places


NerPipeline = TokenClassificationPipeline

__all__ = [
    "AggregationStrategy",
    "NerPipeline",
    "TokenClassificationArgumentHandler",
    "TokenClassificationPipeline",
]
