"""Tokenizer of Llama 1 and 2 (arXiv:2302.13971): SentencePiece BPE, with bytes for what has no piece."""

from __future__ import annotations

from typing import Any

from tokenizers import AddedToken, Tokenizer, decoders, normalizers, pre_tokenizers

from ...tokenization.bos_eos import BosEosTokenizer
from ...tokenization.published import SPIECE_UNDERLINE as SPIECE_UNDERLINE
from ...tokenization.sentencepiece_engine import given_model, spm_engine
from ...tokenization.sentencepiece_model import SPACE


class LlamaTokenizer(BosEosTokenizer):
    """Tokenizer of Llama; `LlamaTokenizerFast` is the same class.

    Args:
        vocab_file: path of a tokenizer.model.
        tokenizer_file: path of a tokenizer.json, which wins over it.
        clean_up_tokenization_spaces: whether decoding tidies spaces before punctuation.
        unk_token: a name for what has no piece; text never has.
        bos_token: starts a text.
        eos_token: ends a text.
        add_bos_token: whether bos_token stands in front of each text; wins over tokenizer.json.
        add_eos_token: whether eos_token stands behind each text; wins over tokenizer.json.
        use_default_system_prompt: kept for older files.
        legacy: whether text that follows a special token gets a space in front as well; None: True.
        add_prefix_space: whether a text gets a space in front; None: as tokenizer.json says, else True.
        pad_token: fills rows; Llama has none of its own.
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
        add_bos_token: bool = True,
        add_eos_token: bool = False,
        use_default_system_prompt: bool = False,
        legacy: bool | None = None,
        add_prefix_space: bool | None = None,
        *,
        pad_token: str | AddedToken | None = None,
        **kwargs: Any,
    ) -> None:
        self.legacy = True if legacy is None else legacy
        self.add_prefix_space = add_prefix_space
        self.use_default_system_prompt = use_default_system_prompt
        super().__init__(
            vocab_file,
            tokenizer_file,
            clean_up_tokenization_spaces=clean_up_tokenization_spaces,
            unk_token=unk_token,
            bos_token=bos_token,
            eos_token=eos_token,
            pad_token=pad_token,
            add_bos_token=add_bos_token,
            add_eos_token=add_eos_token,
            use_default_system_prompt=use_default_system_prompt,
            legacy=self.legacy,
            add_prefix_space=add_prefix_space,
            **kwargs,
        )
        if add_prefix_space is not None and not self.built_from_vocabulary and _shows_spaces(self._tokenizer):
            spell_spaces(self._tokenizer, add_prefix_space, self.legacy)

    @classmethod
    def build_backend(cls, files: dict[str, str], options: dict[str, Any]) -> Tokenizer:
        """The file's pieces; the switches frame the text."""
        engine = llama_engine(files, cls.__name__)
        spell_spaces(engine, options["add_prefix_space"] is not False, options["legacy"])
        return engine


def llama_engine(files: dict[str, str], owner: str) -> Tokenizer:
    """BPE with bytes, nothing around the text and spaces as they are."""
    model = given_model(files, owner, "tokenizer.model")
    front = [(piece, 0.0) for piece in model.pieces[:3]]
    return spm_engine(model, [*front, *model.scored(3)], 0, byte_fallback=True)


def spell_spaces(engine: Tokenizer, prefix: bool, legacy: bool) -> None:
    """Show spaces as U+2581 and take them back.

    Args:
        engine: gets the parts.
        prefix: whether a text gets a space in front, and loses it in decoding.
        legacy: whether each run of text between special tokens does.
    """
    steps: list[Any] = [normalizers.Prepend(SPACE)] if prefix else []
    if legacy:
        engine.normalizer = normalizers.Sequence([*steps, normalizers.Replace(" ", SPACE)])
        engine.pre_tokenizer = None
    else:
        engine.normalizer = None
        scheme = "first" if prefix else "never"
        engine.pre_tokenizer = pre_tokenizers.Metaspace(replacement=SPACE, prepend_scheme=scheme, split=False)
    back = [decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse()]
    engine.decoder = decoders.Sequence([*back, decoders.Strip(content=" ", left=1)] if prefix else back)


def _shows_spaces(engine: Tokenizer) -> bool:
    """Whether an engine spells spaces in one of Llama's ways; one of another kind is left alone."""
    legacy = engine.pre_tokenizer is None and isinstance(
        engine.normalizer, (normalizers.Sequence, normalizers.Replace)
    )
    return legacy or isinstance(engine.pre_tokenizer, pre_tokenizers.Metaspace)


LlamaTokenizerFast = LlamaTokenizer
VOCAB_FILES_NAMES = LlamaTokenizer.vocab_files_names

__all__ = ["LlamaTokenizer", "LlamaTokenizerFast"]
