"""What every tokenizer can do, whichever engine cuts the text."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

from .batch_encoding import BatchEncoding
from .decoding import DecodingMixin
from .enums import PaddingStrategy, TensorType, TruncationStrategy
from .notices import long_text, refuse_methods
from .options import VERY_LARGE_INTEGER, CallOptions, Plan, make_plan
from .text_input import is_batch, listed_ids, paired, same_length, valid_text

Encoded = tuple[dict[str, list[Any]], Sequence[Any] | None]


class PreTrainedTokenizerBase(DecodingMixin):
    """Base of all tokenizers: calling, padding, decoding, chat templates, loading and saving.

    Args:
        **kwargs: special tokens by role; `model_max_length` in tokens; `padding_side` and `truncation_side`
            ("left" or "right"); `model_input_names`; `chat_template`; `clean_up_tokenization_spaces`;
            `split_special_tokens`; `extra_special_tokens`, roles of one model. Others stay in `init_kwargs`.

    Raises:
        ValueError: a side is neither "left" nor "right".
        AttributeError: an option is called like a method.
    """

    vocab_files_names: dict[str, str] = {}
    pretrained_vocab_files_map: dict[str, dict[str, str]] = {}
    model_input_names: list[str] = ["input_ids", "token_type_ids", "attention_mask"]
    padding_side: str = "right"
    truncation_side: str = "right"
    slow_tokenizer_class: type | None = None
    _auto_class: str | None = None
    _encodes_targets: bool = False

    def __init__(self, **kwargs: Any) -> None:
        refuse_methods(type(self), kwargs)
        self.deprecation_warnings: dict[str, bool] = {}  # what was said already
        self.init_kwargs: dict[str, Any] = copy.deepcopy(kwargs)
        self.init_inputs: tuple[Any, ...] = ()
        self._encodes_targets = self._decode_use_source_tokenizer = False
        self.name_or_path: str = kwargs.pop("name_or_path", "")
        self._processor_class: str | None = kwargs.pop("processor_class", None)
        limit = kwargs.pop("model_max_length", kwargs.pop("max_len", None))
        self.model_max_length: int = VERY_LARGE_INTEGER if limit is None else limit
        for name in ("padding_side", "truncation_side"):
            side = kwargs.pop(name, getattr(self, name))
            if side not in ("left", "right"):
                raise ValueError(f"{name} must be 'left' or 'right', not {side!r}")
            setattr(self, name, side)
        self.model_input_names = list(kwargs.pop("model_input_names", self.model_input_names))
        self.clean_up_tokenization_spaces: bool = bool(kwargs.pop("clean_up_tokenization_spaces", False))
        self.split_special_tokens: bool = kwargs.pop("split_special_tokens", False)
        self.chat_template: str | dict[str, str] | None = _templates(kwargs.pop("chat_template", None))
        extra = kwargs.pop("extra_special_tokens", None) or {}
        type_id = kwargs.pop("pad_token_type_id", 0)
        super().__init__(verbose=kwargs.pop("verbose", False), **kwargs)
        self._pad_token_type_id = type_id
        self.extra_special_tokens: dict[str, Any] = extra if isinstance(extra, dict) else {}
        if isinstance(extra, dict):
            self._set_model_specific_special_tokens(extra)

    # -- text to ids

    def _encode_batch(self, batch: Sequence[Any], options: CallOptions, plan: Plan) -> Encoded:
        raise NotImplementedError

    def __call__(
        self,
        text: Any = None,
        text_pair: Any = None,
        text_target: Any = None,
        text_pair_target: Any = None,
        add_special_tokens: bool = True,
        padding: bool | str | PaddingStrategy = False,
        truncation: bool | str | TruncationStrategy | None = None,
        max_length: int | None = None,
        stride: int = 0,
        is_split_into_words: bool = False,
        pad_to_multiple_of: int | None = None,
        padding_side: str | None = None,
        return_tensors: str | TensorType | None = None,
        return_token_type_ids: bool | None = None,
        return_attention_mask: bool | None = None,
        return_overflowing_tokens: bool = False,
        return_special_tokens_mask: bool = False,
        return_offsets_mapping: bool = False,
        return_length: bool = False,
        verbose: bool = True,
        **kwargs: Any,
    ) -> BatchEncoding:
        """Turn one text, one pair, or a batch of either into model inputs.

        Args:
            text: a text, a list of texts, or with `is_split_into_words` a list of words or of such lists.
            text_pair: the second text of each row.
            text_target: texts whose ids become `labels` (the inputs themselves when `text` is left out).
            text_pair_target: second texts of the targets.
            add_special_tokens: whether to frame rows with the special tokens of the model.
            padding: True or "longest", "max_length", or False.
            truncation: True or "longest_first", "only_first", "only_second", or False.
            max_length: tokens a row may have, special ones included; `model_max_length` by default.
            stride: tokens that consecutive rows of one text share when overflow is returned.
            is_split_into_words: whether texts come as lists of words.
            pad_to_multiple_of: round the padded length up to a multiple of this.
            padding_side: "right" or "left"; the tokenizer's own by default.
            return_tensors: "pt" (int64), "tf" (int32), "jax" (int32) or "np" (int64); lists by default.
            return_token_type_ids: whether to return them; by default if the model takes them.
            return_attention_mask: likewise.
            return_overflowing_tokens: whether what is cut off comes back as further rows.
            return_special_tokens_mask: whether to mark special tokens with 1.
            return_offsets_mapping: whether to return (start, end) characters of each token.
            return_length: whether to return the length of each row.
            verbose: whether to warn.
            **kwargs: options of a Python tokenizer; older spellings (`pad_to_max_length`).

        Raises:
            ValueError: nothing to encode, a wrong type, sizes that differ, padding without a padding token,
                or rows that cannot become an array.
            TypeError: an unknown option.
        """
        given = locals() | kwargs
        for name in ("self", "text", "text_pair", "text_target", "text_pair_target", "kwargs"):
            del given[name]
        return self._call_both(text, text_pair, text_target, text_pair_target, CallOptions.read(given))

    def _call_both(
        self, text: Any, text_pair: Any, text_target: Any, text_pair_target: Any, options: CallOptions
    ) -> BatchEncoding:
        if text is None and text_target is None:
            raise ValueError("You need to specify either `text` or `text_target`.")
        inputs = targets = None
        if text is not None:
            if not self._encodes_targets:
                self._switch_to_input_mode()
            inputs = self._call_one(text, text_pair, options)
        if text_target is not None:
            with self.as_target_tokenizer():
                targets = self._call_one(text_target, text_pair_target, options)
        if inputs is None or targets is None:
            return inputs if inputs is not None else targets  # type: ignore[return-value]
        inputs["labels"] = targets["input_ids"]
        return inputs

    def _call_one(self, text: Any, text_pair: Any, options: CallOptions) -> BatchEncoding:
        split = options.is_split_into_words
        valid_text(text, "text", split)
        if text_pair is not None:
            valid_text(text_pair, "text_pair", split)
        if not is_batch(text, split):
            item = text if text_pair is None else (text, text_pair)
            return self._encode_items([item], options, single=True)
        if text_pair is not None:
            same_length(text, text_pair)
            return self._encode_items(list(zip(text, text_pair, strict=True)), options)
        return self._encode_items(list(text), options)

    def _encode_items(self, items: list[Any], options: CallOptions, single: bool = False) -> BatchEncoding:
        plan = make_plan(self, options)
        rows, records = self._encode_batch(items, options, plan)
        lengths = [len(row) for row in rows.get("input_ids", ())]
        if plan.max_length is None and options.verbose and max(lengths, default=0) > self.model_max_length:
            long_text(self, max(lengths))
        keep_rows = options.return_tensors is not None or (options.return_overflowing_tokens and self.is_fast)
        if single and not keep_rows:
            plain = self.is_fast  # the Rust engine has always left length a list
            rows = {
                name: column[0] if column and (isinstance(column[0], list) or not plain) else column
                for name, column in rows.items()
            }
        pair = bool(items) and paired(items[0], options.is_split_into_words)
        return BatchEncoding(
            rows,
            records,
            tensor_type=options.return_tensors,
            n_sequences=1 + pair if records is not None else None,
        )

    def encode_plus(
        self, text: Any, text_pair: Any = None, add_special_tokens: bool = True, **kwargs: Any
    ) -> BatchEncoding:
        """One text or pair to model inputs; options as in `__call__`.

        A list is one of tokens or of ids, with one exception: where the Rust engine does the work, a list of
        two texts and nothing else is a pair.
        """
        options = CallOptions.read({"add_special_tokens": add_special_tokens, **kwargs})
        listed = isinstance(text, (list, tuple)) and not options.is_split_into_words
        two = listed and self.is_fast and text_pair is None and len(text) == 2
        if two and all(isinstance(item, str) for item in text):
            text, text_pair, listed = text[0], text[1], False
        if listed:
            second = None if text_pair is None else self._ids(text_pair)
            batch_axis = options.return_tensors is not None
            return self._prepare(self._ids(text), second, options, prepend_batch_axis=batch_axis)
        item = text if text_pair is None else (text, text_pair)
        return self._encode_items([item], options, single=True)

    def batch_encode_plus(
        self, batch_text_or_text_pairs: Sequence[Any], add_special_tokens: bool = True, **kwargs: Any
    ) -> BatchEncoding:
        """A batch of texts or of pairs to model inputs; options as in `__call__`."""
        if not isinstance(batch_text_or_text_pairs, (list, tuple)):
            raise TypeError(f"a batch must be a list or tuple, not {type(batch_text_or_text_pairs).__name__}")
        options = CallOptions.read({"add_special_tokens": add_special_tokens, **kwargs})
        return self._encode_items(list(batch_text_or_text_pairs), options)

    def encode(
        self, text: Any, text_pair: Any = None, add_special_tokens: bool = True, **kwargs: Any
    ) -> list[int]:
        """Ids of one text or pair; options as in `__call__`."""
        ids: list[int] = self.encode_plus(text, text_pair, add_special_tokens, **kwargs)["input_ids"]
        return ids

    def _ids(self, text: Any) -> list[int]:
        if isinstance(text, str):
            return self.encode(text, add_special_tokens=False)
        return listed_ids(self, list(text))

    # -- targets

    def _switch_to_input_mode(self) -> None:
        """Hook: special tokens for inputs are set."""

    def _switch_to_target_mode(self) -> None:
        """Hook: special tokens for targets are set."""

    @contextmanager
    def as_target_tokenizer(self) -> Iterator[None]:
        """Inside `with`, texts are encoded as targets, as `tokenizer(text_target=...)` does in one call."""
        before = self._encodes_targets
        self._switch_to_target_mode()
        self._encodes_targets = True
        try:
            yield
        finally:
            self._encodes_targets = before
            self._switch_to_input_mode()

    # -- files

    @classmethod
    def from_pretrained(
        cls, pretrained_model_name_or_path: str | os.PathLike[str], *init_inputs: Any, **kwargs: Any
    ) -> Self:
        """Load a tokenizer from a folder, a file or the hub.

        Args:
            pretrained_model_name_or_path: folder, vocabulary file, or repository name on the hub.
            *init_inputs: positional arguments of the class.
            **kwargs: `revision`, `subfolder`, `token`, `cache_dir`, `local_files_only`, `force_download`;
                everything else goes to the class and wins over the files.

        Raises:
            OSError: no file of this tokenizer is there.
            ValueError: a file is damaged, or asks for code of its own.
        """
        from .reading import load_tokenizer

        found: Any = load_tokenizer(cls, pretrained_model_name_or_path, init_inputs, kwargs)
        return found  # type: ignore[no-any-return]

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "deprecation_warnings": {}}  # what was said is no part of a fingerprint

    def __repr__(self) -> str:
        names = (
            "name_or_path",
            "vocab_size",
            "model_max_length",
            "is_fast",
            "padding_side",
            "truncation_side",
        )
        shown = [f"{name}={getattr(self, name)!r}" for name in names]
        shown.append(f"special_tokens={self.special_tokens_map}")
        shown.append(f"clean_up_tokenization_spaces={self.clean_up_tokenization_spaces}")
        added = "".join(f"\n\t{index}: {token!r}," for index, token in self.added_tokens_decoder.items())
        return f"{type(self).__name__}({', '.join(shown)}, added_tokens_decoder={{{added}\n}}\n)"


def _templates(value: Any) -> str | dict[str, str] | None:
    """A chat template, or several by name; files hold the latter as a list of {"name", "template"}."""
    if isinstance(value, (list, tuple)):
        for entry in value:
            if not isinstance(entry, dict) or not {"name", "template"} <= entry.keys():
                raise ValueError(f"a chat template of a list needs 'name' and 'template', got {entry!r}")
        return {entry["name"]: entry["template"] for entry in value}
    return value  # type: ignore[no-any-return]


__all__ = ["PreTrainedTokenizerBase"]
