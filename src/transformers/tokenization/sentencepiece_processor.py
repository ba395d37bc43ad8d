"""A SentencePiece model under the names that the SentencePiece library has for what it does."""

from __future__ import annotations

import os
from typing import Any

from .sampling import read_sampling, sampling_of
from .sentencepiece_codec import Codec
from .sentencepiece_model import (
    BPE,
    BYTE,
    CONTROL,
    KINDS,
    UNIGRAM,
    UNKNOWN,
    UNUSED,
    parse_sentencepiece,
    read_sentencepiece,
)

_SAMPLING = ("enable_sampling", "nbest_size", "alpha")


class SentencePieceProcessor:
    """Encodes and decodes with a model.

    Args:
        model_file: path of a `.model`.
        model_proto: its bytes instead.
        **options: `enable_sampling`, `nbest_size` and `alpha`: whether and how segmentations are drawn.

    Raises:
        ValueError: neither is given, the model is damaged or of a kind that is not supported, or an option
            has no meaning.
    """

    def __init__(
        self,
        model_file: str | os.PathLike[str] | None = None,
        model_proto: bytes | None = None,
        **options: Any,
    ) -> None:
        self.options = read_sampling(options)
        if model_proto is not None:
            self.model = parse_sentencepiece(model_proto)
        elif model_file is not None:
            self.model = read_sentencepiece(model_file)
        else:
            raise ValueError("SentencePieceProcessor needs model_file or model_proto")
        if self.model.model_type not in (UNIGRAM, BPE):
            kind = KINDS[self.model.model_type]
            raise ValueError(f"a {kind} model is not supported; unigram and bpe are")
        self._codec = Codec(self.model)

    def __getstate__(self) -> tuple[bytes, dict[str, Any]]:
        return self.model.data, self.options

    def __setstate__(self, state: tuple[bytes, dict[str, Any]]) -> None:
        self.model = parse_sentencepiece(state[0])
        self.options = state[1]
        self._codec = Codec(self.model)

    # -- text to pieces

    def normalize(self, text: str) -> str:
        """The text that is cut into pieces."""
        return self._codec.normalize(text)

    def encode(self, text: Any, out_type: type = int, **kwargs: Any) -> Any:
        """Ids of a text, or with `out_type=str` its pieces; a list of texts gives a list of them.

        Args:
            text: a text, or a list of texts.
            out_type: int or str.
            **kwargs: `add_bos`, `add_eos`; `enable_sampling`, `nbest_size` and `alpha`, by default those of
                the processor.

        Raises:
            ValueError: an option of sampling has no meaning.
        """
        if not isinstance(text, str):
            return [self.encode(item, out_type, **kwargs) for item in text]
        given = {name: kwargs[name] for name in _SAMPLING if kwargs.get(name) is not None}
        sampling = sampling_of(read_sampling({**self.options, **given}))
        pieces = self._codec.cut(self.normalize(text), sampling)
        if out_type is str:
            return pieces
        ids = [self.piece_to_id(piece) for piece in pieces]
        start = [self.model.bos_id] if kwargs.get("add_bos") else []
        return start + ids + ([self.model.eos_id] if kwargs.get("add_eos") else [])

    # -- pieces to text

    def decode(self, pieces: Any) -> Any:
        """Text of a list of pieces or of ids, or of a text that is one piece."""
        if isinstance(pieces, (str, int)):
            pieces = [pieces]
        items = list(pieces)
        if items and isinstance(items[0], (list, tuple)):
            return [self.decode(item) for item in items]
        return self._codec.join([self.id_to_piece(item) if isinstance(item, int) else item for item in items])

    # -- pieces and ids

    def piece_to_id(self, piece: Any) -> Any:
        """Id of a piece, that of the unknown piece for others; a list gives a list."""
        if isinstance(piece, str):
            return self.model.ids.get(piece, self.unk_id())
        return [self.piece_to_id(item) for item in piece]

    def id_to_piece(self, index: Any) -> Any:
        """Piece of an id; a list gives a list.

        Raises:
            IndexError: there is no such id.
        """
        if not isinstance(index, int):
            return [self.id_to_piece(item) for item in index]
        if not 0 <= index < len(self):
            raise IndexError(f"piece id {index} is out of range: there are {len(self)} pieces")
        return self.model.pieces[index]

    def __len__(self) -> int:
        return len(self.model.pieces)

    def get_piece_size(self) -> int:
        """Number of pieces."""
        return len(self)

    def get_score(self, index: int) -> float:
        """Score of the piece of an id."""
        return self.model.scores[index]

    def is_unknown(self, index: int) -> bool:
        """Whether an id is the unknown piece's."""
        return self.model.types[index] == UNKNOWN

    def is_control(self, index: int) -> bool:
        """Whether an id is a control piece's."""
        return self.model.types[index] == CONTROL

    def is_unused(self, index: int) -> bool:
        """Whether an id is out of use."""
        return self.model.types[index] == UNUSED

    def is_byte(self, index: int) -> bool:
        """Whether an id stands for a byte."""
        return self.model.types[index] == BYTE

    def unk_id(self) -> int:
        """Id of the unknown piece."""
        return self.model.types.index(UNKNOWN)

    def bos_id(self) -> int:
        """Id of the piece that starts texts, -1: none."""
        return self.model.bos_id

    def eos_id(self) -> int:
        """Id of the piece that ends texts, -1: none."""
        return self.model.eos_id

    def pad_id(self) -> int:
        """Id of the piece that fills rows, -1: none."""
        return self.model.pad_id

    def serialized_model_proto(self) -> bytes:
        """The file's bytes."""
        return self.model.data

    # The library's older spellings.
    PieceToId = piece_to_id
    IdToPiece = id_to_piece
    GetPieceSize = vocab_size = get_piece_size
    GetScore = get_score
    IsControl, IsUnknown, IsUnused, IsByte = is_control, is_unknown, is_unused, is_byte
    decode_pieces = decode_ids = DecodePieces = DecodeIds = Decode = decode
    Encode = encode

    def encode_as_pieces(self, text: Any) -> Any:
        """Pieces of a text."""
        return self.encode(text, out_type=str)

    def encode_as_ids(self, text: Any) -> Any:
        """Ids of a text."""
        return self.encode(text)

    def sample_encode_as_pieces(self, text: Any, nbest_size: int = -1, alpha: float = 0.1) -> Any:
        """Pieces of a segmentation that is drawn."""
        return self.encode(text, str, enable_sampling=True, nbest_size=nbest_size, alpha=alpha)

    def sample_encode_as_ids(self, text: Any, nbest_size: int = -1, alpha: float = 0.1) -> Any:
        """Ids of a segmentation that is drawn."""
        return self.encode(text, enable_sampling=True, nbest_size=nbest_size, alpha=alpha)

    EncodeAsPieces, EncodeAsIds = encode_as_pieces, encode_as_ids
    SampleEncodeAsPieces, SampleEncodeAsIds = sample_encode_as_pieces, sample_encode_as_ids


__all__ = ["SentencePieceProcessor"]
