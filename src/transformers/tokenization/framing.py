"""Services of a tokenizer on ids: framing, masks, cutting, filling; saving and sharing."""

from __future__ import annotations

import os
from typing import Any

from .batch_encoding import BatchEncoding
from .chatting import ChatMixin
from .enums import TruncationStrategy
from .options import CallOptions
from .post_processing import BARE, Frame
from .special_tokens import SpecialTokensMixin


class FramingMixin(ChatMixin, SpecialTokensMixin):
    """The part of a tokenizer that starts from ids, and its thin delegates to services."""

    truncation_side: str

    # -- frames

    def _frame(self) -> Frame:
        """Special tokens around one text and around two."""
        return BARE

    def num_special_tokens_to_add(self, pair: bool = False) -> int:
        """How many special tokens frame one text, or two."""
        return len(self.build_inputs_with_special_tokens([], [] if pair else None))

    def build_inputs_with_special_tokens(
        self, token_ids_0: list[int], token_ids_1: list[int] | None = None
    ) -> list[int]:
        """Ids of one text or two with the special tokens of the model around them."""
        texts = (token_ids_0, token_ids_1 or [])
        pieces = self._frame().pieces(token_ids_1 is not None)
        return [i for piece in pieces for i in (texts[piece.sequence] if piece.ids is None else piece.ids)]

    def create_token_type_ids_from_sequences(
        self, token_ids_0: list[int], token_ids_1: list[int] | None = None
    ) -> list[int]:
        """Token types (0 first text, 1 second, as the model has it) of the framed ids."""
        texts = (token_ids_0, token_ids_1 or [])
        pieces = self._frame().pieces(token_ids_1 is not None)
        return [
            piece.type_id
            for piece in pieces
            for _ in (texts[piece.sequence] if piece.ids is None else piece.ids)
        ]

    def get_special_tokens_mask(
        self,
        token_ids_0: list[int],
        token_ids_1: list[int] | None = None,
        already_has_special_tokens: bool = False,
    ) -> list[int]:
        """1 for special tokens, 0 for text.

        Args:
            token_ids_0: ids of the first text, or the whole row when it is framed already.
            token_ids_1: ids of the second text.
            already_has_special_tokens: whether `token_ids_0` is framed.

        Raises:
            ValueError: a second text beside a framed row.
        """
        if already_has_special_tokens:
            if token_ids_1 is not None:
                raise ValueError("a framed row holds both texts: leave token_ids_1 out")
            special = set(self.all_special_ids)
            return [int(i in special) for i in token_ids_0]
        texts = (token_ids_0, token_ids_1 or [])
        pieces = self._frame().pieces(token_ids_1 is not None)
        return [
            flag
            for piece in pieces
            for flag in ([0] * len(texts[piece.sequence]) if piece.ids is None else [1] * len(piece.ids))
        ]

    # -- rows of ids

    def prepare_for_model(
        self,
        ids: list[int],
        pair_ids: list[int] | None = None,
        add_special_tokens: bool = True,
        **kwargs: Any,
    ) -> BatchEncoding:
        """Model inputs of ids: cut, frame, fill; options as in `__call__`.

        Args:
            ids: tokens of the first text, without special tokens.
            pair_ids: tokens of the second.
            add_special_tokens: whether to frame them.
            **kwargs: the options, and `prepend_batch_axis` to get arrays of shape (1, T).

        Raises:
            ValueError: overflow is asked of longest_first on two texts, which has none to give.
        """
        batch_axis = kwargs.pop("prepend_batch_axis", False)
        options = CallOptions.read({"add_special_tokens": add_special_tokens, **kwargs})
        return self._prepare(ids, pair_ids, options, prepend_batch_axis=batch_axis)

    def _prepare(
        self,
        ids: list[int],
        pair_ids: list[int] | None,
        options: CallOptions,
        prepend_batch_axis: bool = False,
    ) -> BatchEncoding:
        from .prepare import prepare

        columns = prepare(self, ids, pair_ids, options)  # type: ignore[arg-type]
        return BatchEncoding(
            columns, tensor_type=options.return_tensors, prepend_batch_axis=prepend_batch_axis
        )

    def truncate_sequences(
        self,
        ids: list[int],
        pair_ids: list[int] | None = None,
        num_tokens_to_remove: int = 0,
        truncation_strategy: str | TruncationStrategy = "longest_first",
        stride: int = 0,
    ) -> tuple[list[int], list[int] | None, list[int]]:
        """Take tokens off one or two texts at `truncation_side`.

        Returns:
            first text, second text, overflow with `stride` kept tokens (none for longest_first on two).
        """
        from .truncation import truncate_pair

        strategy = TruncationStrategy(truncation_strategy)
        return truncate_pair(ids, pair_ids, num_tokens_to_remove, strategy, stride, self.truncation_side)

    def pad(
        self,
        encoded_inputs: Any,
        padding: Any = True,
        max_length: int | None = None,
        pad_to_multiple_of: int | None = None,
        padding_side: str | None = None,
        return_attention_mask: bool | None = None,
        return_tensors: Any = None,
        verbose: bool = True,
    ) -> BatchEncoding:
        """Fill rows of ids to one length.

        Args:
            encoded_inputs: one row or one batch as a mapping, or a list of rows, each a mapping.
            padding: True or "longest", "max_length", or False.
            max_length: length to fill to with "max_length".
            pad_to_multiple_of: round the length up to a multiple of this.
            padding_side: "right" or "left"; the tokenizer's own by default.
            return_attention_mask: whether to add one; by default if the model takes it.
            return_tensors: "pt", "tf", "jax" or "np"; by default the framework of the given ids.
            verbose: whether to warn.

        Raises:
            ValueError: the ids are missing, or padding without a padding token.
        """
        from .padding import pad_batch

        options = CallOptions.read(
            {
                "padding": padding,
                "max_length": max_length,
                "truncation": False,
                "pad_to_multiple_of": pad_to_multiple_of,
                "padding_side": padding_side,
                "return_attention_mask": return_attention_mask,
                "return_tensors": return_tensors,
                "verbose": verbose,
            }
        )
        return pad_batch(self, encoded_inputs, options)  # type: ignore[arg-type]

    def prepare_seq2seq_batch(
        self,
        src_texts: Any,
        tgt_texts: Any = None,
        max_length: int | None = None,
        max_target_length: int | None = None,
        padding: Any = "longest",
        return_tensors: Any = None,
        truncation: Any = True,
        **kwargs: Any,
    ) -> BatchEncoding:
        """Inputs of texts and `labels` of others; the older form of `tokenizer(texts, text_target=others)`.

        Args:
            src_texts: texts of the inputs.
            tgt_texts: texts of the targets, or None.
            max_length: tokens of an input.
            max_target_length: tokens of a target; `max_length` by default.
            padding: as in `__call__`, for both.
            return_tensors: as in `__call__`, for both.
            truncation: as in `__call__`, for both.
            **kwargs: further options of `__call__`; `src_lang` and `tgt_lang` mean nothing without languages.
        """
        for name in ("src_lang", "tgt_lang"):
            kwargs.pop(name, None)
        shared = {"padding": padding, "return_tensors": return_tensors, "truncation": truncation, **kwargs}
        inputs: BatchEncoding = self(src_texts, max_length=max_length, **shared)  # type: ignore[operator]
        if tgt_texts is not None:
            length = max_length if max_target_length is None else max_target_length
            targets = self(text_target=tgt_texts, max_length=length, **shared)  # type: ignore[operator]
            inputs["labels"] = targets["input_ids"]
        return inputs

    # -- files

    def save_pretrained(
        self,
        save_directory: str | os.PathLike[str],
        legacy_format: bool | None = None,
        filename_prefix: str | None = None,
        push_to_hub: bool = False,
        **kwargs: Any,
    ) -> tuple[str, ...]:
        """Write every file that `from_pretrained` needs.

        Args:
            save_directory: folder, made if needed.
            legacy_format: None writes tokenizer.json and the older vocabulary files, False only the first,
                True only the second.
            filename_prefix: put in front of each file name.
            push_to_hub: whether to upload the folder afterwards.
            **kwargs: `save_jinja_files` (True); with `push_to_hub` also `repo_id` and the like.

        Returns:
            Paths of the written files.
        """
        from .saving import save_tokenizer

        written = save_tokenizer(
            self,  # type: ignore[arg-type]
            save_directory,
            legacy_format,
            filename_prefix,
            save_jinja_files=kwargs.pop("save_jinja_files", True),
        )
        if push_to_hub:
            kwargs.setdefault("repo_id", os.path.basename(os.path.abspath(save_directory)))
            self.push_to_hub(**kwargs)
        return written

    def push_to_hub(self, repo_id: str, **kwargs: Any) -> Any:
        """Upload this tokenizer's files to a repository of the hub."""
        from ..loading.hub import PushToHubMixin

        return PushToHubMixin.push_to_hub(self, repo_id, **kwargs)  # type: ignore[arg-type]

    @classmethod
    def convert_added_tokens(cls, obj: Any, save: bool = False, add_type_field: bool = True) -> Any:
        """`obj` with every `AddedToken` inside as a mapping (`save`), or the other way round."""
        from .files import added_tokens_from_json, added_tokens_to_json

        return added_tokens_to_json(obj, add_type_field) if save else added_tokens_from_json(obj)

    @classmethod
    def register_for_auto_class(cls, auto_class: str | type = "AutoTokenizer") -> None:
        """Note the auto class under which a tokenizer class of yours is to be found."""
        name = auto_class if isinstance(auto_class, str) else auto_class.__name__
        if name != "AutoTokenizer":
            raise ValueError(f"a tokenizer registers for AutoTokenizer, not {name}")
        cls._auto_class = name

    _auto_class: str | None = None


__all__ = ["FramingMixin"]
