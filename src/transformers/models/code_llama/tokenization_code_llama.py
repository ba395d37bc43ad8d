"""Tokenizer of Code Llama (arXiv:2308.12950): Llama's, and a frame for a gap between two texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tokenizers import AddedToken, Tokenizer, normalizers

from ...tokenization.base import Encoded
from ...tokenization.bos_eos import BosEosTokenizer
from ...tokenization.options import CallOptions, Plan
from ...tokenization.published import SPIECE_UNDERLINE as SPIECE_UNDERLINE
from ...tokenization.sentencepiece_engine import frame_items
from ...tokenization.sentencepiece_model import SPACE
from ..llama.tokenization_llama import llama_engine, spell_spaces

Item = str | tuple[str, str]


class CodeLlamaTokenizer(BosEosTokenizer):
    """Tokenizer of Code Llama; `CodeLlamaTokenizerFast` is the same class.

    A text with `fill_token` in it, or a pair of texts, becomes a prompt to fill in what is between:
    `<PRE> before <SUF> after <MID>`. Calls take two options more: `suffix`, the text after, and
    `suffix_first`, which puts it first: `<PRE> <SUF> after <MID> before`.

    Args:
        vocab_file: path of a tokenizer.model.
        tokenizer_file: path of a tokenizer.json, which wins over it.
        clean_up_tokenization_spaces: whether decoding tidies spaces before punctuation.
        unk_token: a name for what has no piece; text never has.
        bos_token: starts a text.
        eos_token: ends a text.
        prefix_token: stands before the text before the gap; None: nothing is filled in.
        middle_token: stands where the filling begins.
        suffix_token: stands before the text after the gap.
        eot_token: ends the filling.
        fill_token: marks the gap in a text; None: only pairs are filled in.
        additional_special_tokens: special tokens without a role; the four above follow them.
        add_bos_token: whether bos_token stands in front of each text; wins over tokenizer.json.
        add_eos_token: whether eos_token stands behind each text; wins over tokenizer.json.
        use_default_system_prompt: kept for older files.
        suffix_first: kept for older files; it is an option of calls.
        pad_token: fills rows; Code Llama has none of its own.
        **kwargs: what `SentencePieceTokenizer` takes.

    Raises:
        ValueError: no file was given, it is damaged, or a token that is switched on is None.
    """

    def __init__(
        self,
        vocab_file: str | None = None,
        tokenizer_file: str | None = None,
        clean_up_tokenization_spaces: bool = False,
        unk_token: str | AddedToken = "<unk>",
        bos_token: str | AddedToken = "<s>",
        eos_token: str | AddedToken = "</s>",
        prefix_token: str | None = "▁<PRE>",
        middle_token: str | None = "▁<MID>",
        suffix_token: str | None = "▁<SUF>",
        eot_token: str | None = "▁<EOT>",
        fill_token: str | None = "<FILL_ME>",
        additional_special_tokens: list[str | AddedToken] | None = None,
        add_bos_token: bool = True,
        add_eos_token: bool = False,
        use_default_system_prompt: bool = False,
        suffix_first: bool = False,
        *,
        pad_token: str | AddedToken | None = None,
        **kwargs: Any,
    ) -> None:
        self.use_default_system_prompt = use_default_system_prompt
        parts = (prefix_token, middle_token, suffix_token, eot_token)
        # As texts: a file may declare them with flags.
        names = [None if token is None else str(token) for token in parts]
        self.prefix_token, self.middle_token, self.suffix_token, self.eot_token = names
        self.fill_token = fill_token
        self.suffix_first = suffix_first
        own = [name for name in names if name is not None]
        given = list(additional_special_tokens or ())
        texts = {str(token) for token in given}
        super().__init__(
            vocab_file,
            tokenizer_file,
            clean_up_tokenization_spaces=clean_up_tokenization_spaces,
            unk_token=unk_token,
            bos_token=bos_token,
            eos_token=eos_token,
            pad_token=pad_token,
            additional_special_tokens=[*given, *(token for token in own if token not in texts)],
            add_bos_token=add_bos_token,
            add_eos_token=add_eos_token,
            prefix_token=self.prefix_token,
            middle_token=self.middle_token,
            suffix_token=self.suffix_token,
            eot_token=self.eot_token,
            fill_token=fill_token,
            use_default_system_prompt=use_default_system_prompt,
            suffix_first=suffix_first,
            **kwargs,
        )

    @classmethod
    def build_backend(cls, files: dict[str, str], options: dict[str, Any]) -> Tokenizer:
        """Llama's engine."""
        engine = llama_engine(files, cls.__name__)
        spell_spaces(engine, prefix=True, legacy=True)
        return engine

    @property
    def prefix_id(self) -> int | None:
        """Id of `prefix_token`."""
        return self.convert_tokens_to_ids(self.prefix_token)  # type: ignore[no-any-return]

    @property
    def middle_id(self) -> int | None:
        """Id of `middle_token`."""
        return self.convert_tokens_to_ids(self.middle_token)  # type: ignore[no-any-return]

    @property
    def suffix_id(self) -> int | None:
        """Id of `suffix_token`."""
        return self.convert_tokens_to_ids(self.suffix_token)  # type: ignore[no-any-return]

    @property
    def eot_id(self) -> int | None:
        """Id of `eot_token`."""
        return self.convert_tokens_to_ids(self.eot_token)  # type: ignore[no-any-return]

    def set_infilling_processor(
        self, reset: bool, suffix_first: bool = False, add_special_tokens: bool = True
    ) -> None:
        """Frame pairs as prompts to fill in; `reset` gives back the usual frame.

        Raises:
            ValueError: one of the tokens that it takes is None.
        """
        if reset:
            steps = [normalizers.Prepend(SPACE), normalizers.Replace(" ", SPACE)]
            self._tokenizer.normalizer = normalizers.Sequence(steps)
            self.update_post_processor()
            return
        before, middle, after = self.prefix_token, self.middle_token, self.suffix_token
        if before is None or middle is None or after is None:
            raise ValueError(
                "filling in takes prefix_token, middle_token and suffix_token, which are "
                f"{(before, middle, after)}: name all three"
            )
        parts = [before, after, "$B", middle, "$A"] if suffix_first else [before, "$A", after, "$B", middle]
        if self.add_bos_token and add_special_tokens:
            parts.insert(0, self._switched("bos_token"))
        if self.add_eos_token and add_special_tokens:
            parts.append(self._switched("eos_token"))
        self._tokenizer.normalizer = normalizers.Replace(" ", SPACE)
        frame_items(self._tokenizer, ["$A"], parts)

    def _encode_batch(self, batch: Sequence[Any], options: CallOptions, plan: Plan) -> Encoded:
        extra = dict(options.extra)
        suffix, suffix_first = extra.pop("suffix", None), extra.pop("suffix_first", False)
        options = replace(options, extra=extra)
        if options.is_split_into_words:
            return super()._encode_batch(batch, options, plan)
        items = [self._parts(item, suffix) for item in batch]
        filled = [isinstance(item, tuple) for item in items]
        if not any(filled):
            return super()._encode_batch(items, options, plan)
        if not all(filled):
            raise ValueError("a batch holds texts to fill in and others: encode them in two calls")
        framed = options.add_special_tokens
        with self._lock:
            self.set_infilling_processor(False, suffix_first=suffix_first, add_special_tokens=framed)
            try:
                spaced = [(f" {before}", after) for before, after in items]
                return super()._encode_batch(spaced, replace(options, add_special_tokens=True), plan)
            finally:
                self.set_infilling_processor(True)

    def _parts(self, item: Any, suffix: str | None) -> Item:
        """A text, or the texts before and after a gap."""
        before, after = item if isinstance(item, (tuple, list)) and len(item) == 2 else (item, suffix)
        if after is None and self.fill_token is not None and isinstance(before, str):
            parts = before.split(self.fill_token)
            if len(parts) > 2:
                raise ValueError(f"a text may hold {self.fill_token} once; it comes {len(parts) - 1} times")
            before, after = parts[0], parts[1] if len(parts) > 1 else None
        return (before, after) if after else before


CodeLlamaTokenizerFast = CodeLlamaTokenizer
VOCAB_FILES_NAMES = CodeLlamaTokenizer.vocab_files_names

__all__ = ["CodeLlamaTokenizer", "CodeLlamaTokenizerFast"]
