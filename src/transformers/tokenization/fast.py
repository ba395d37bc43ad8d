"""The engine: tokenizers that run on the Rust `tokenizers` library."""

from __future__ import annotations

import copy
import threading
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NoReturn, Self

from tokenizers import AddedToken, Tokenizer, pre_tokenizers

from .base import Encoded
from .engine import EngineHolder
from .engine_file import open_engine, panics_are_errors
from .options import CallOptions, Plan
from .special_tokens import Token
from .text_input import paired


class PreTrainedTokenizerFast(EngineHolder):
    """A tokenizer over one `tokenizers.Tokenizer`.

    A model's class names its vocabulary files in `vocab_files_names` and builds the engine from them in
    `build_backend`; a tokenizer.json always wins over those files. A `vocab_file` in tiktoken's format, or
    called tekken.json, needs no class of its own.

    Args:
        tokenizer_object: a ready `tokenizers.Tokenizer`; it is copied.
        tokenizer_file: path of a tokenizer.json.
        added_tokens_decoder: id to token, of tokens that a file declares.
        **kwargs: vocabulary files by name; `add_prefix_space`, which acts on byte-level engines; and what
            `PreTrainedTokenizerBase` takes.

    Raises:
        ValueError: there is nothing to build the engine from, or the file is damaged.
    """

    vocab_files_names: dict[str, str] = {"tokenizer_file": "tokenizer.json", "vocab_file": "tokenizer.model"}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own_files = cls.vocab_files_names is not PreTrainedTokenizerFast.vocab_files_names
        known = cls.slow_tokenizer_class
        if (
            own_files
            and "slow_tokenizer_class" not in cls.__dict__
            and (known is None or known in cls.__mro__)
        ):
            cls.slow_tokenizer_class = cls  # one class is both

    def __init__(
        self,
        *,
        tokenizer_object: Tokenizer | None = None,
        tokenizer_file: str | None = None,
        added_tokens_decoder: dict[int, AddedToken] | None = None,
        **kwargs: Any,
    ) -> None:
        files = {name: kwargs.pop(name, None) for name in self.vocab_files_names if name != "tokenizer_file"}
        kwargs.pop("from_slow", None)
        self._tokenizer = self._engine(tokenizer_object, tokenizer_file, files, kwargs)
        self._lock = threading.RLock()
        self._vocab_files: dict[str, str | None] = files
        engine = self._tokenizer
        self._rest: tuple[Any, Any] = (engine.truncation, engine.padding)
        super().__init__(**kwargs)
        self.init_kwargs.update(files, tokenizer_file=tokenizer_file, tokenizer_object=None)
        self.init_kwargs["added_tokens_decoder"] = added_tokens_decoder
        self._set_prefix_space(kwargs)
        engine.encode_special_tokens = self.split_special_tokens
        self._declare_tokens(added_tokens_decoder or {})

    # -- building

    @classmethod
    def build_backend(cls, files: dict[str, str], options: dict[str, Any]) -> Tokenizer:
        """The engine made of vocabulary files, when there is no tokenizer.json.

        Args:
            files: paths by the names of `vocab_files_names`; only those that were given.
            options: the keyword arguments of the tokenizer: special tokens, `do_lower_case` and the like.
        """
        raise ValueError(
            f"{cls.__name__} is built from tokenizer_file=... (a tokenizer.json), vocab_file=... (tiktoken's "
            "format, or a tekken.json) or tokenizer_object=...; none was given"
        )

    def _engine(
        self, ready: Tokenizer | None, path: str | None, files: dict[str, Any], options: dict[str, Any]
    ) -> Tokenizer:
        self.built_from_vocabulary = False
        if ready is not None:
            return copy.deepcopy(ready)
        if path is not None:
            return open_engine(path)
        self.built_from_vocabulary = True
        from .tekken import fill_roles, is_tekken_file, read_tekken, tekken_engine
        from .tiktoken import is_tiktoken_file, tiktoken_engine

        if is_tekken_file(files.get("vocab_file")):
            held = read_tekken(files["vocab_file"])
            fill_roles(held, options)
            return tekken_engine(held, files["vocab_file"])
        if is_tiktoken_file(files.get("vocab_file")):
            special = options.get("additional_special_tokens") or ()
            return tiktoken_engine(files["vocab_file"], special_tokens=special)
        return self.build_backend(
            {name: str(file) for name, file in files.items() if file is not None}, options
        )

    def _set_prefix_space(self, options: dict[str, Any]) -> None:
        """Do as the option says, and where there is none note what a byte-level engine does."""
        cut, wanted = self._tokenizer.pre_tokenizer, options.get("add_prefix_space")
        if isinstance(cut, pre_tokenizers.ByteLevel):
            wanted = cut.add_prefix_space if wanted is None else wanted
            cut.add_prefix_space = wanted
        self.add_prefix_space: bool | None = options.get("add_prefix_space", wanted or False)

    def _declare_tokens(self, declared: dict[int, AddedToken]) -> None:
        """Give the engine the tokens of the files, in the order of their ids, then missing special tokens."""
        present = self.added_tokens_decoder
        shown = list(present.values())
        fresh: list[Token] = [token for _, token in sorted(declared.items()) if token not in shown]
        known = {token.content for token in shown} | {str(token) for token in fresh}
        fresh += [token for token in self.all_special_tokens_extended if str(token) not in known]
        roles = set(self.all_special_tokens)

        def is_special(token: Token) -> bool:
            return str(token) in roles or (isinstance(token, AddedToken) and token.special)

        for special, tokens in groupby(fresh, is_special):
            self._add_tokens(list(tokens), special_tokens=special)

    @property
    def is_fast(self) -> bool:
        """Always True: the Rust engine does the work."""
        return True

    @property
    def can_save_slow_tokenizer(self) -> bool:
        """Whether the older vocabulary files can be written."""
        older = set(self.vocab_files_names) - {"tokenizer_file"}
        return bool(older) and self.vocab_files_names is not PreTrainedTokenizerFast.vocab_files_names

    # -- text to ids

    def _encode_batch(self, batch: Sequence[Any], options: CallOptions, plan: Plan) -> Encoded:
        options.refuse_extra(f"{type(self).__name__}()")
        split = options.is_split_into_words
        if batch and not split and _holds_ids(batch[0]):
            raise TypeError("ids are not text: use prepare_for_model or pad for a batch of ids")
        whole = (
            self.split_special_tokens
            if options.split_special_tokens is None
            else options.split_special_tokens
        )
        with self._lock:
            engine = self._tokenizer
            try:
                if engine.encode_special_tokens != whole:
                    engine.encode_special_tokens = whole
                records = self._records(batch, split, options.add_special_tokens, plan)
            except (KeyboardInterrupt, SystemExit):
                raise
            except BaseException as error:  # a panic of the Rust library is no Exception
                _explain(error, batch, split, plan)
        return self._columns(records, options)

    def _records(self, batch: Sequence[Any], split: bool, framed: bool, plan: Plan) -> list[Any]:
        """The engine's records of a batch: lists of words if `split`, with special tokens if `framed`."""
        engine = self._tokenizer
        self._settle(*self._settings(plan))
        if len(batch) == 1 and isinstance(batch[0], str) and not split:
            return [engine.encode(batch[0], add_special_tokens=framed)]
        return engine.encode_batch(batch, add_special_tokens=framed, is_pretokenized=split)  # type: ignore[no-any-return]

    def _columns(self, records: list[Any], options: CallOptions) -> Encoded:
        origin: list[int] = []
        if options.return_overflowing_tokens:
            pieces = [[record, *record.overflowing] for record in records]
            origin = [number for number, parts in enumerate(pieces) for _ in parts]
            records = [record for parts in pieces for record in parts]
        names = self.model_input_names
        types, mask = options.return_token_type_ids, options.return_attention_mask
        rows: dict[str, list[Any]] = {"input_ids": [record.ids for record in records]}
        if "token_type_ids" in names if types is None else types:
            rows["token_type_ids"] = [record.type_ids for record in records]
        if "attention_mask" in names if mask is None else mask:
            rows["attention_mask"] = [record.attention_mask for record in records]
        if options.return_special_tokens_mask:
            rows["special_tokens_mask"] = [record.special_tokens_mask for record in records]
        if options.return_offsets_mapping:
            rows["offset_mapping"] = [record.offsets for record in records]
        if options.return_length:
            rows["length"] = [len(record) for record in records]
        if options.return_overflowing_tokens:
            rows["overflow_to_sample_mapping"] = origin
        return rows, records

    def tokenize(
        self, text: str, pair: str | None = None, add_special_tokens: bool = False, **kwargs: Any
    ) -> list[str]:
        """Tokens of a text, or of two; options as in `__call__`."""
        return self.encode_plus(text, pair, add_special_tokens, **kwargs).tokens()

    # -- services

    def save_vocabulary(self, save_directory: str, filename_prefix: str | None = None) -> tuple[str, ...]:
        """Write the engine's vocabulary files into a folder; their paths."""
        from .saving import file_name

        folder = Path(save_directory)
        if not folder.is_dir():
            raise ValueError(f"{save_directory} is not a folder")
        written = self._tokenizer.model.save(str(folder), filename_prefix)
        wanted = {name for key, name in self.vocab_files_names.items() if key != "tokenizer_file"}
        return tuple(
            path
            for path in written
            if not wanted or Path(path).name in {file_name(name, filename_prefix) for name in wanted}
        )

    def train_new_from_iterator(self, text_iterator: Any, vocab_size: int, **kwargs: Any) -> Self:
        """A tokenizer of the same kind with a vocabulary learnt from texts.

        Args:
            text_iterator: texts, or lists of texts.
            vocab_size: number of tokens to learn.
            **kwargs: `length` (how many texts, for the progress bar), `new_special_tokens`,
                `special_tokens_map` (old special token to new), and options of the library's trainer.
        """
        from .training import train_new

        return train_new(self, text_iterator, vocab_size, **kwargs)  # type: ignore[return-value]


def _holds_ids(item: Any) -> bool:
    return isinstance(item, int) or (
        isinstance(item, (list, tuple)) and bool(item) and isinstance(item[0], int)
    )


def _explain(error: BaseException, batch: Sequence[Any], split: bool, plan: Plan) -> NoReturn:
    """Raise the engine's complaint in terms of what was given."""
    if isinstance(error, TypeError):
        for number, item in enumerate(batch):
            texts = item if paired(item, split) else [item]
            for text in texts:
                words = text if split and isinstance(text, (list, tuple)) else [text]
                if bad := [word for word in words if not isinstance(word, str)]:
                    raise TypeError(
                        f"row {number} holds {bad[0]!r} ({type(bad[0]).__name__}) where text is expected"
                    ) from error
    message = str(error)
    if message.startswith("Truncation error"):
        raise ValueError(
            f"cannot cut to max_length={plan.max_length} with truncation={plan.truncation.value!r}: "
            "the text to be cut is too short; use truncation='longest_first' or a larger max_length"
        ) from error
    if "stride" in message:
        raise ValueError(
            f"stride ({plan.stride}) must be less than the tokens that max_length ({plan.max_length}) leaves "
            "to the text that is cut, special tokens and the other text taken off"
        ) from error
    with panics_are_errors("this text cannot be encoded"):
        if type(error) is Exception:  # the library's own, such as for an unknown token that it lacks
            raise ValueError(f"this text cannot be encoded: {message}") from error
        raise error


__all__ = ["PreTrainedTokenizerFast"]
