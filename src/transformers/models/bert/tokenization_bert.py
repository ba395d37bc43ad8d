"""WordPiece tokenizer of BERT (arXiv:1810.04805): text is cleaned, split into words, then cut greedily."""

from __future__ import annotations

from typing import Any

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from ...tokenization.fast import PreTrainedTokenizerFast
from ...tokenization.published import whitespace_tokenize as whitespace_tokenize
from ...tokenization.roles import role_ids
from ...tokenization.wordpiece import BasicTokenizer, WordpieceTokenizer, load_vocab

VOCAB_FILES_NAMES = {"vocab_file": "vocab.txt", "tokenizer_file": "tokenizer.json"}


class BertTokenizer(PreTrainedTokenizerFast):
    """Tokenizer of BERT; `BertTokenizerFast` is the same class.

    Args:
        vocab_file: path of a vocab.txt, one token a line.
        tokenizer_file: path of a tokenizer.json, which wins over `vocab_file`.
        do_lower_case: whether to lower-case; None: as tokenizer.json says, True for a vocab.txt.
        do_basic_tokenize: whether to clean text and split at punctuation; False splits at white space only.
        never_split: tokens of the vocabulary that stay whole.
        unk_token: for words that have no pieces in the vocabulary.
        sep_token: ends each text.
        pad_token: fills rows.
        cls_token: starts each row.
        mask_token: stands for hidden tokens.
        tokenize_chinese_chars: whether each Chinese character is a word; None: as tokenizer.json, else True.
        strip_accents: whether to drop accents; None: as tokenizer.json says, else when lower-casing.
        **kwargs: what `PreTrainedTokenizerFast` takes.

    Raises:
        ValueError: no file was given, or the vocabulary lacks unk_token.
    """

    vocab_files_names = VOCAB_FILES_NAMES

    def __init__(
        self,
        vocab_file: str | None = None,
        tokenizer_file: str | None = None,
        do_lower_case: bool | None = None,
        do_basic_tokenize: bool = True,
        never_split: list[str] | None = None,
        unk_token: str | AddedToken = "[UNK]",
        sep_token: str | AddedToken = "[SEP]",
        pad_token: str | AddedToken = "[PAD]",
        cls_token: str | AddedToken = "[CLS]",
        mask_token: str | AddedToken = "[MASK]",
        tokenize_chinese_chars: bool | None = None,
        strip_accents: bool | None = None,
        **kwargs: Any,
    ) -> None:
        from_json = tokenizer_file is not None or kwargs.get("tokenizer_object") is not None
        if not from_json:
            kwargs.setdefault("clean_up_tokenization_spaces", True)
        self.do_basic_tokenize = do_basic_tokenize
        super().__init__(
            vocab_file=vocab_file,
            tokenizer_file=tokenizer_file,
            do_lower_case=do_lower_case,
            do_basic_tokenize=do_basic_tokenize,
            never_split=never_split,
            unk_token=unk_token,
            sep_token=sep_token,
            pad_token=pad_token,
            cls_token=cls_token,
            mask_token=mask_token,
            tokenize_chinese_chars=tokenize_chinese_chars,
            strip_accents=strip_accents,
            **kwargs,
        )
        if from_json:
            self._adapt_normalizer(do_lower_case, strip_accents, tokenize_chinese_chars)
        self._keep_whole(never_split or [])

    @classmethod
    def build_backend(cls, files: dict[str, str], options: dict[str, Any]) -> Tokenizer:
        """WordPiece over a vocab.txt, with BERT's cleaning in front and `[CLS] A [SEP] B [SEP]` around."""
        if "vocab_file" not in files:
            raise ValueError(
                f"{cls.__name__} needs vocab_file (a vocab.txt) or tokenizer_file (a tokenizer.json)"
            )
        vocabulary = load_vocab(files["vocab_file"])
        unknown = str(options["unk_token"])
        if unknown not in vocabulary:
            raise ValueError(
                f"{files['vocab_file']} has no {unknown!r}, the unk_token: give another unk_token"
            )
        engine = Tokenizer(models.WordPiece(vocabulary, unk_token=unknown))
        if options["do_basic_tokenize"]:
            engine.normalizer = _normalizer(options)
            engine.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        else:
            engine.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        engine.decoder = decoders.WordPiece(prefix="##")
        first, last = role_ids(engine, options, "cls_token", "sep_token")
        engine.post_processor = processors.TemplateProcessing(
            single=f"{first[0]}:0 $A:0 {last[0]}:0",
            pair=f"{first[0]}:0 $A:0 {last[0]}:0 $B:1 {last[0]}:1",
            special_tokens=[first, last],
        )
        return engine

    def _adapt_normalizer(self, lower: bool | None, accents: bool | None, chinese: bool | None) -> None:
        """Apply what was asked for over what tokenizer.json says."""
        normalizer = self._tokenizer.normalizer
        if not isinstance(normalizer, normalizers.BertNormalizer):
            return
        asked = {"lowercase": lower, "strip_accents": accents, "handle_chinese_chars": chinese}
        for name, value in asked.items():
            if value is not None and getattr(normalizer, name) != value:
                setattr(normalizer, name, value)

    def _keep_whole(self, words: list[str]) -> None:
        vocabulary = self.get_vocab() if words else {}
        for word in words:
            if word not in vocabulary:
                raise ValueError(f"never_split takes tokens of the vocabulary; {word!r} is not in it")
        self.add_tokens([AddedToken(word, single_word=True, normalized=False) for word in words])

    # -- the steps one by one, for programs that take them apart

    @property
    def ids_to_tokens(self) -> dict[int, str]:
        """The token of each id of the vocabulary file, in the order of the ids."""
        return self._file_tables()[1]

    @property
    def basic_tokenizer(self) -> BasicTokenizer:
        """Cleans a text and splits it into words."""
        return BasicTokenizer(
            do_lower_case=self.do_lower_case,
            never_split=self.all_special_tokens,
            tokenize_chinese_chars=self.tokenize_chinese_chars,
            strip_accents=self.strip_accents,
        )

    @property
    def wordpiece_tokenizer(self) -> WordpieceTokenizer:
        """Cuts words into pieces."""
        return WordpieceTokenizer(self._file_tables()[0], str(self.unk_token))

    @property
    def do_lower_case(self) -> bool:
        """Whether text is lower-cased."""
        normalizer = self._tokenizer.normalizer
        return isinstance(normalizer, normalizers.BertNormalizer) and bool(normalizer.lowercase)

    @property
    def strip_accents(self) -> bool | None:
        """Whether accents are dropped; None: when lower-casing."""
        normalizer = self._tokenizer.normalizer
        return normalizer.strip_accents if isinstance(normalizer, normalizers.BertNormalizer) else None

    @property
    def tokenize_chinese_chars(self) -> bool:
        """Whether each Chinese character is a word."""
        normalizer = self._tokenizer.normalizer
        return isinstance(normalizer, normalizers.BertNormalizer) and bool(normalizer.handle_chinese_chars)


def _normalizer(options: dict[str, Any]) -> Any:
    lower, chinese = options["do_lower_case"], options["tokenize_chinese_chars"]
    return normalizers.BertNormalizer(
        clean_text=True,
        handle_chinese_chars=True if chinese is None else chinese,
        strip_accents=options["strip_accents"],
        lowercase=True if lower is None else lower,
    )


BertTokenizerFast = BertTokenizer

__all__ = [
    "BasicTokenizer",
    "BertTokenizer",
    "BertTokenizerFast",
    "WordpieceTokenizer",
]
