"""Tokenizer of BERTweet (arXiv:2005.10200): fastBPE over tweets, names and links made one word each."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tokenizers import AddedToken

from ...tokenization.published import get_pairs as get_pairs
from ...tokenization.python_bpe import FastBpeTokenizer
from ._tweets import tweet_words


class BertweetTokenizer(FastBpeTokenizer):
    """Tokenizer of BERTweet.

    Args:
        vocab_file: path of a vocab.txt, lines of a token and its count.
        merges_file: path of a bpe.codes, lines of two pieces and their count.
        normalization: whether to bring raw tweets into the form of the training texts. With the package
            `emoji` installed an emoji becomes its name.
        bos_token: starts a text that is generated.
        eos_token: ends a text that is generated.
        sep_token: ends each text.
        cls_token: starts each row.
        unk_token: for what the vocabulary lacks.
        pad_token: fills rows.
        mask_token: stands for a hidden token.
        **kwargs: what `PreTrainedTokenizer` takes.

    Raises:
        ValueError: a file is damaged.
    """

    special_puncts = {"\u2019": "'", "\u2026": "..."}

    def __init__(
        self,
        vocab_file: str,
        merges_file: str,
        normalization: bool = False,
        bos_token: str | AddedToken = "<s>",
        eos_token: str | AddedToken = "</s>",
        sep_token: str | AddedToken = "</s>",
        cls_token: str | AddedToken = "<s>",
        unk_token: str | AddedToken = "<unk>",
        pad_token: str | AddedToken = "<pad>",
        mask_token: str | AddedToken = "<mask>",
        **kwargs: Any,
    ) -> None:
        self.normalization = normalization
        super().__init__(
            vocab_file,
            merges_file,
            normalization=normalization,
            bos_token=bos_token,
            eos_token=eos_token,
            sep_token=sep_token,
            cls_token=cls_token,
            unk_token=unk_token,
            pad_token=pad_token,
            mask_token=mask_token,
            **kwargs,
        )

    @property
    def demojizer(self) -> Callable[[str], str] | None:
        """What names an emoji: the package `emoji`, or None without it."""
        try:
            from emoji import demojize  # type: ignore[import-not-found]
        except ImportError:
            return None
        return demojize  # type: ignore[no-any-return]

    def normalizeToken(self, token: str) -> str:
        """`@USER` for a name, `HTTPURL` for a link, a plain form of a sign or an emoji."""
        return self._plain(token, self.demojizer)

    def _plain(self, token: str, named: Callable[[str], str] | None) -> str:
        if token.startswith("@"):
            return "@USER"
        if token.lower().startswith(("http", "www")):
            return "HTTPURL"
        if len(token) != 1:
            return token
        if token in self.special_puncts:
            return self.special_puncts[token]
        return token if named is None else named(token)

    def normalizeTweet(self, tweet: str) -> str:
        """A raw tweet in the form of the training texts: its words apart, endings split off."""
        for sign, plain in self.special_puncts.items():
            tweet = tweet.replace(sign, plain)
        named = (
            self.demojizer
        )  # looked for once a tweet: a package that is not there is looked for everywhere
        text = " ".join(self._plain(word, named) for word in tweet_words(tweet))
        text = re.sub("n ?'t ", " n't ", text.replace("cannot ", "can not "))
        text = re.sub("(ca|ai) n't", r"\1n't", text)
        text = re.sub("(?='(?:d|m|s|ll|re|ve) )", " ", text)
        for letter in "pa":  # hours
            for end in (".", ""):
                text = text.replace(f" {letter} . m {end}", f" {letter}.m{end or ' '}")
        return " ".join(text.split())

    def _tokenize(self, text: str, **kwargs: Any) -> list[str]:
        return super()._tokenize(self.normalizeTweet(text) if self.normalization else text)


VOCAB_FILES_NAMES = BertweetTokenizer.vocab_files_names

__all__ = ["BertweetTokenizer"]
