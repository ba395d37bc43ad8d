"""SentencePiece over folded text, as ALBERT and XLNet have it: quotes, accents and case are evened out."""

from __future__ import annotations

from typing import Any

from tokenizers import AddedToken, Tokenizer, normalizers

from .sentencepiece import SentencePieceTokenizer, takes_space
from .sentencepiece_engine import dress, given_model, single_space_steps, spm_engine


def folded_engine(files: dict[str, str], options: dict[str, Any], owner: str) -> Tokenizer:
    """The engine of a file, with nothing around the text yet.

    Args:
        files: holds `vocab_file`.
        options: `keep_accents` and `do_lower_case`.
        owner: the class that needs it, for messages.
    """
    model = given_model(files, owner, "spiece.model")
    steps: list[Any] = [normalizers.Replace("``", '"'), normalizers.Replace("''", '"')]
    if not options["keep_accents"]:
        steps += [normalizers.NFKD(), normalizers.StripAccents()]
    if options["do_lower_case"]:
        steps.append(normalizers.Lowercase())
    # A piece that ends in a digit and a comma is not taken where there is another way.
    scored = [(piece, score - 100 if _numbered(piece) else score) for piece, score in model.scored()]
    return dress(spm_engine(model, scored), [*steps, *single_space_steps(model)])


def _numbered(piece: str) -> bool:
    return len(piece) > 1 and piece[-1] == "," and piece[-2].isdigit()


def fold_case(engine: Tokenizer) -> None:
    """Lower-case texts in front of the engine's other steps, unless one of them does."""
    steps = engine.normalizer
    if steps is None:
        engine.normalizer = normalizers.Lowercase()
    elif b'"Lowercase"' not in steps.__getstate__():
        engine.normalizer = normalizers.Sequence([normalizers.Lowercase(), steps])


class FoldedTokenizer(SentencePieceTokenizer):
    """Base of tokenizers over folded text.

    Args:
        vocab_file: path of a spiece.model.
        tokenizer_file: path of a tokenizer.json, which wins over it.
        do_lower_case: whether to lower-case.
        remove_space: kept for older files; the engine treats spaces as the model says.
        keep_accents: whether accents stay.
        mask_token: stands for a hidden token, and takes the space before it.
        **kwargs: what `SentencePieceTokenizer` takes.
    """

    vocab_files_names = {"vocab_file": "spiece.model", "tokenizer_file": "tokenizer.json"}
    model_input_names = ["input_ids", "token_type_ids", "attention_mask"]

    def __init__(
        self,
        vocab_file: str | None = None,
        tokenizer_file: str | None = None,
        do_lower_case: bool = True,
        remove_space: bool = True,
        keep_accents: bool = False,
        *,
        mask_token: str | AddedToken = "<mask>",
        **kwargs: Any,
    ) -> None:
        self.do_lower_case = do_lower_case
        self.remove_space = remove_space
        self.keep_accents = keep_accents
        super().__init__(
            vocab_file,
            tokenizer_file,
            do_lower_case=do_lower_case,
            remove_space=remove_space,
            keep_accents=keep_accents,
            mask_token=takes_space(mask_token),
            **kwargs,
        )


__all__ = ["FoldedTokenizer", "fold_case", "folded_engine"]
