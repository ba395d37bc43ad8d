"""Base of tokenizers that users write in Python."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from tokenizers import AddedToken

from ..utils.tensors import to_py_obj
from .base import Encoded, PreTrainedTokenizerBase
from .enums import PaddingStrategy
from .options import CallOptions, Plan
from .padding import pad_row
from .prepare import prepare
from .special_tokens import Token
from .text_input import paired


class PreTrainedTokenizer(PreTrainedTokenizerBase):
    """A tokenizer whose text is cut by Python code.

    A subclass loads its vocabulary, then calls `super().__init__`, and defines `vocab_size`, `get_vocab`,
    `_tokenize(text)`, `_convert_token_to_id(token)`, `_convert_id_to_token(index)` and `save_vocabulary`;
    `convert_tokens_to_string`, `build_inputs_with_special_tokens`, `prepare_for_tokenization` have defaults.

    Args:
        added_tokens_decoder: id to token, of tokens beside the vocabulary.
        **kwargs: what `PreTrainedTokenizerBase` takes.
    """

    def __init__(self, *, added_tokens_decoder: dict[int, AddedToken] | None = None, **kwargs: Any) -> None:
        self._added: dict[int, AddedToken] = dict(added_tokens_decoder or {})
        super().__init__(**kwargs)
        known = {token.content for token in self._added.values()}
        self._add_tokens(
            [t for t in self.all_special_tokens_extended if str(t) not in known], special_tokens=True
        )

    # Whether text outside of added tokens is lower-cased; subclasses set it.
    do_lower_case: bool = False

    # -- hooks of the subclass

    def _tokenize(self, text: str, **kwargs: Any) -> list[str]:
        raise NotImplementedError(f"{type(self).__name__} must define _tokenize")

    def _convert_token_to_id(self, token: str) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define _convert_token_to_id")

    def _convert_id_to_token(self, index: int) -> str:
        raise NotImplementedError(f"{type(self).__name__} must define _convert_id_to_token")

    def prepare_for_tokenization(
        self, text: str, is_split_into_words: bool = False, **kwargs: Any
    ) -> tuple[str, dict[str, Any]]:
        """Hook: change a text before it is cut; returns the text and the options left over."""
        return text, kwargs

    def convert_tokens_to_string(self, tokens: list[str]) -> str:
        """Text of a list of tokens."""
        return " ".join(tokens)

    # -- vocabulary

    @property
    def is_fast(self) -> bool:
        """Always False: Python does the work."""
        return False

    def __len__(self) -> int:
        return len({*self.get_vocab().values(), *self._added})

    def __bool__(self) -> bool:
        return True

    @property
    def added_tokens_decoder(self) -> dict[int, AddedToken]:
        """Tokens added to the vocabulary or protected from being split, by id."""
        return dict(sorted(self._added.items()))

    def _add_tokens(self, new_tokens: Sequence[Token], special_tokens: bool = False) -> int:
        vocabulary = {**self.get_vocab(), **self.added_tokens_encoder}
        present = {token.content: token for token in self._added.values()}
        taken, index, gained = set(vocabulary.values()), len(vocabulary), 0
        for given in new_tokens:
            if str(given) == "" or (present.get(str(given)) == given and not isinstance(given, str)):
                continue
            known = str(given) in self.all_special_tokens
            token = self._flagged(given, special_tokens or known)
            if special_tokens and not known:
                self._set_role(
                    "additional_special_tokens", [*(self.additional_special_tokens or ()), token.content]
                )
            if token.content not in vocabulary:
                while index in taken:
                    index += 1
                taken.add(index)
                vocabulary[token.content] = index
                gained += 1
            self._added[vocabulary[token.content]] = token
        return gained

    def _flagged(self, given: Token, special: bool) -> AddedToken:
        """A token to add: special if it is to be, in lower case where text will be."""
        token = given if isinstance(given, AddedToken) else AddedToken(given, normalized=not special)
        special = special or token.special
        lowers = self.do_lower_case and token.normalized and not special
        return AddedToken(
            token.content.lower() if lowers else token.content,
            lstrip=token.lstrip,
            rstrip=token.rstrip,
            single_word=token.single_word,
            normalized=token.normalized,
            special=special,
        )

    def convert_tokens_to_ids(self, tokens: Any) -> Any:
        """The id of a token, or the ids of a list of tokens."""
        if tokens is None:
            return None
        added = self.added_tokens_encoder
        if isinstance(tokens, str):
            return added[tokens] if tokens in added else self._convert_token_to_id(tokens)
        return [added[token] if token in added else self._convert_token_to_id(token) for token in tokens]

    def convert_ids_to_tokens(self, ids: Any, skip_special_tokens: bool = False) -> Any:
        """The token of an id, or the tokens of a list or array of ids, special ones left out on request."""
        ids = to_py_obj(ids)
        if isinstance(ids, int):
            return self._added[ids].content if ids in self._added else self._convert_id_to_token(ids)
        special = set(self.all_special_ids) if skip_special_tokens else ()
        return [self.convert_ids_to_tokens(int(i)) for i in ids if i not in special]

    # -- text to ids

    def tokenize(self, text: str, **kwargs: Any) -> list[str]:
        """Tokens of a text; added tokens are found first and stay whole."""
        whole = not kwargs.pop("split_special_tokens", self.split_special_tokens)
        for name in ("pair", "add_special_tokens"):
            kwargs.pop(name, None)
        text, kwargs = self.prepare_for_tokenization(text, **kwargs)
        if self.do_lower_case:
            text = self._lowered(text)
        tokens: list[str] = []
        for piece, added in _split_added(text, self._added.values() if whole else ()):
            if added:
                tokens.append(piece)
            elif piece:
                tokens.extend(self._tokenize(piece))
        return tokens

    def _lowered(self, text: str) -> str:
        """The text in lower case, each character alone; special tokens and normalised added ones stay."""
        plain = [token.content for token in self._added.values() if token.normalized and not token.special]
        whole = "|".join(re.escape(token) for token in [*self.all_special_tokens, *plain] if token)
        parts = re.split(f"({whole})", text) if whole else [text]
        return "".join(
            part if place % 2 else "".join(char.lower() for char in part) for place, part in enumerate(parts)
        )

    def _text_ids(self, text: Any, options: CallOptions) -> list[int]:
        extra = dict(options.extra)
        if options.split_special_tokens is not None:
            extra["split_special_tokens"] = options.split_special_tokens
        if isinstance(text, str):
            return self.convert_tokens_to_ids(self.tokenize(text, **extra))  # type: ignore[no-any-return]
        if options.is_split_into_words:
            words = [self.tokenize(word, is_split_into_words=True, **extra) for word in text]
            tokens = [token for word in words for token in word]
            return self.convert_tokens_to_ids(tokens)  # type: ignore[no-any-return]
        return self._ids(text)

    def _encode_batch(self, batch: Sequence[Any], options: CallOptions, plan: Plan) -> Encoded:
        if options.return_offsets_mapping:
            raise NotImplementedError("offsets are known to Rust tokenizers (PreTrainedTokenizerFast) only")
        rows: list[dict[str, Any]] = []
        loose = CallOptions.read(
            {
                name: getattr(options, name)
                for name in options.__slots__
                if name not in ("extra", "return_tensors")
            }
            | {"padding": False, "return_attention_mask": False, "truncation": plan.truncation.value}
            | {"max_length": plan.max_length, "return_length": False}
        )
        for item in batch:
            texts = list(item) if paired(item, options.is_split_into_words) else [item]
            ids = [self._text_ids(text, options) for text in texts]
            rows.append(prepare(self, ids[0], ids[1] if len(ids) > 1 else None, loose))
        wanted = options.return_attention_mask
        with_mask = "attention_mask" in self.model_input_names if wanted is None else wanted
        if plan.padding is PaddingStrategy.LONGEST:
            longest = max((len(row["input_ids"]) for row in rows), default=0)
            plan = plan._replace(padding=PaddingStrategy.MAX_LENGTH, max_length=longest)
        rows = [pad_row(self, row, plan, with_mask) for row in rows]
        if options.return_length:
            rows = [{**row, "length": len(row["input_ids"])} for row in rows]
        return {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}, None

    # -- ids to text

    def _decode_rows(self, rows: list[list[int]], skip_special_tokens: bool, **kwargs: Any) -> list[str]:
        between = " " if kwargs.pop("spaces_between_special_tokens", True) else ""
        special = set(self.all_special_tokens) if skip_special_tokens else ()
        tokens = [self.convert_ids_to_tokens(row, skip_special_tokens) for row in rows]
        return [self._join([token for token in row if token not in special], between) for row in tokens]

    def _join(self, tokens: Iterable[str], between: str) -> str:
        """Text of tokens; added tokens that are not special stand apart from what the others join to."""
        size, special = self.vocab_size, set(self.all_special_tokens)
        beyond = set(self.additional_special_tokens or ())
        apart = {
            token.content
            for index, token in self._added.items()
            if token.content not in special or (token.content in beyond and index >= size)
        }
        parts: list[str] = []
        run: list[str] = []

        def end_run() -> None:
            if run and (text := self.convert_tokens_to_string(run)):
                parts.append(text)
            run.clear()

        for token in tokens:
            if token in apart:
                end_run()
                parts.append(token)
            else:
                run.append(token)
        if run:  # the last one counts even where it joins to nothing
            parts.append(self.convert_tokens_to_string(run))
        return between.join(parts)

    # -- frames

    def create_token_type_ids_from_sequences(
        self, token_ids_0: list[int], token_ids_1: list[int] | None = None
    ) -> list[int]:
        """0 for the first text and what frames it, 1 for the rest."""
        first = len(self.build_inputs_with_special_tokens(token_ids_0))
        whole = len(self.build_inputs_with_special_tokens(token_ids_0, token_ids_1))
        if token_ids_1 is not None and self.sep_token is not None:
            # The published count is of cls_token and sep_token; it holds where the frame has as many.
            before = int(self.cls_token is not None) + len(token_ids_0) + 1
            if before + len(token_ids_1) + 1 == whole:
                first = before
        return [0] * first + [1] * (whole - first)

    def get_special_tokens_mask(
        self,
        token_ids_0: list[int],
        token_ids_1: list[int] | None = None,
        already_has_special_tokens: bool = False,
    ) -> list[int]:
        """1 for special tokens, 0 for text; `token_ids_0` may be a framed row already."""
        if already_has_special_tokens:
            return super().get_special_tokens_mask(token_ids_0, token_ids_1, already_has_special_tokens=True)
        # Ids below zero are no tokens, so they mark the text inside the frame.
        second = None if token_ids_1 is None else [-1] * len(token_ids_1)
        return [int(i != -1) for i in self.build_inputs_with_special_tokens([-1] * len(token_ids_0), second)]

    def save_vocabulary(self, save_directory: str, filename_prefix: str | None = None) -> tuple[str, ...]:
        """Write the vocabulary files into a folder; their paths."""
        raise NotImplementedError(f"{type(self).__name__} must define save_vocabulary")


def _split_added(text: str, tokens: Iterable[AddedToken]) -> list[tuple[str, bool]]:
    """Pieces of `text`, each with whether it is an added token; longer tokens win.

    A token that is to be a word of its own, and has no space or end beside it, joins its neighbour.
    """
    known = {token.content: token for token in tokens}
    if not known:
        return [(text, False)]
    longest = sorted(known, key=len, reverse=True)
    pieces = [piece for piece in re.split(f"({'|'.join(map(re.escape, longest))})", text) if piece]
    for place in range(len(pieces)):
        token = known.get(pieces[place])
        if token is None:
            continue
        before = pieces[place - 1] if place else ""
        after = pieces[place + 1] if place + 1 < len(pieces) else ""
        left = before.rstrip() if token.lstrip else before
        right = after.lstrip() if token.rstrip else after
        if token.single_word and before[-1:] not in ("", " "):
            left, pieces[place] = left + token.content, ""
        elif token.single_word and after[:1] not in ("", " "):
            right, pieces[place] = token.content + right, ""
        if place:
            pieces[place - 1] = left
        if after:
            pieces[place + 1] = right
    return [(piece, piece in known) for piece in pieces]


__all__ = ["PreTrainedTokenizer"]
