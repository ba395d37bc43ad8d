"""From scores of tokens to entities: words put together, labels agreed upon, neighbours joined."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from typing import Any

Piece = dict[str, Any]  # "word", "scores" (labels,), "start", "end", "index", "is_subword"
Entity = dict[str, Any]


class EntityMixin:
    """The steps of token classification after the model; a subclass may replace any of them.

    `aggregation_strategy` is "none", "simple", "first", "average" or "max".
    """

    model: Any
    tokenizer: Any

    def gather_pre_entities(
        self,
        sentence: str,
        input_ids: Any,
        scores: Any,
        offset_mapping: Any,
        special_tokens_mask: Any,
        aggregation_strategy: str,
        word_ids: Sequence[int | None] | None = None,
        word_to_chars_map: Sequence[tuple[int, int]] | None = None,
    ) -> list[Piece]:
        """A record of every token that is not special.

        Args:
            sentence: the text.
            input_ids, special_tokens_mask: (T,).
            scores: probabilities (T, labels).
            offset_mapping: (start, end) per token, or None.
            word_ids, word_to_chars_map: for split inputs, each token's word and each word's characters;
                offsets then count from the start of the word.
        """
        whole = self._knows_words()
        if offset_mapping is not None and not whole and aggregation_strategy in ("first", "average", "max"):
            warnings.warn(
                "Tokenizer does not support real words, using fallback heuristic: a token that follows no "
                "space continues a word",
                UserWarning,
                stacklevel=2,
            )
        pieces = []
        for index, row in enumerate(scores):
            if special_tokens_mask[index]:
                continue
            word = self.tokenizer.convert_ids_to_tokens(int(input_ids[index]))
            start = end = None
            continues = False
            if offset_mapping is not None:
                start, end = (int(place) for place in offset_mapping[index])
                if word_ids is not None and word_to_chars_map is not None:
                    number = word_ids[index]
                    shift = 0 if number is None else word_to_chars_map[number][0]
                    start, end = start + shift, end + shift
                shown = sentence[start:end]
                if int(input_ids[index]) == self.tokenizer.unk_token_id:
                    word = shown
                elif whole:
                    continues = len(word) != len(shown)  # the token has a mark that the text has not
                else:
                    continues = start > 0 and " " not in sentence[start - 1 : start + 1]
            record = {"word": word, "scores": row, "start": start, "end": end}
            pieces.append({**record, "index": index, "is_subword": continues})
        return pieces

    def _knows_words(self) -> bool:
        """Whether tokens that continue a word have a mark, as "##" in WordPiece."""
        engine = getattr(self.tokenizer, "_tokenizer", None)
        return bool(engine and getattr(engine.model, "continuing_subword_prefix", None))

    def aggregate(self, pre_entities: list[Piece], aggregation_strategy: str) -> list[Entity]:
        """Labelled tokens, or with a strategy other than "none" entities."""
        if aggregation_strategy not in ("none", "simple"):
            return self.group_entities(self.aggregate_words(pre_entities, aggregation_strategy))
        entities = []
        for piece in pre_entities:
            label, score = self._best(piece["scores"])
            places = {key: piece[key] for key in ("index", "word", "start", "end")}
            entities.append({"entity": label, "score": score, **places})
        return entities if aggregation_strategy == "none" else self.group_entities(entities)

    def _best(self, scores: Any) -> tuple[str, Any]:
        """(label, score) of the highest score, a NumPy double, which is a float."""
        import numpy as np

        index = int(scores.argmax())
        return self.model.config.id2label[index], np.float64(scores[index])

    def aggregate_words(self, entities: list[Piece], aggregation_strategy: str) -> list[Entity]:
        """One labelled entity for each word.

        Raises:
            ValueError: the strategy is one that does not look at words.
        """
        if aggregation_strategy in ("none", "simple"):
            raise ValueError(f'"{aggregation_strategy}" does not join the pieces of words')
        words: list[list[Piece]] = []
        for piece in entities:
            if words and piece["is_subword"]:
                words[-1].append(piece)
            else:
                words.append([piece])
        return [self.aggregate_word(word, aggregation_strategy) for word in words]

    def aggregate_word(self, entities: list[Piece], aggregation_strategy: str) -> Entity:
        """The entity of one word's pieces.

        Raises:
            ValueError: an unknown strategy.
        """
        import numpy as np

        if aggregation_strategy == "first":
            scores = entities[0]["scores"]
        elif aggregation_strategy == "max":
            scores = max((piece["scores"] for piece in entities), key=lambda row: float(row.max()))
        elif aggregation_strategy == "average":
            scores = np.nanmean([piece["scores"] for piece in entities], axis=0)
        else:
            raise ValueError(
                f'the strategy of a word is "first", "average" or "max", not {aggregation_strategy!r}'
            )
        label, score = self._best(scores)
        text = self.tokenizer.convert_tokens_to_string([piece["word"] for piece in entities])
        return {"entity": label, "score": score, "word": text, **_span(entities)}

    def group_entities(self, entities: list[Entity]) -> list[Entity]:
        """Neighbours of one label as one entity; a label that begins with "B-" begins a new one."""
        groups: list[list[Entity]] = []
        for entity in entities:
            begins, tag = self.get_tag(entity["entity"])
            if groups and begins != "B" and tag == self.get_tag(groups[-1][-1]["entity"])[1]:
                groups[-1].append(entity)
            else:
                groups.append([entity])
        return [self.group_sub_entities(group) for group in groups]

    def group_sub_entities(self, entities: list[Entity]) -> Entity:
        """One entity made of neighbours: the mean of their scores, and their words as text."""
        import numpy as np

        text = self.tokenizer.convert_tokens_to_string([entity["word"] for entity in entities])
        return {
            "entity_group": entities[0]["entity"].split("-", 1)[-1],
            "score": np.float64(np.nanmean([entity["score"] for entity in entities])),
            "word": text,
            **_span(entities),
        }

    def get_tag(self, entity_name: str) -> tuple[str, str]:
        """("B" or "I", rest) of a label; one without such a beginning counts as "I"."""
        begins, dash, rest = entity_name.partition("-")
        return (begins, rest) if dash and begins in ("B", "I") else ("I", entity_name)

    def aggregate_overlapping_entities(self, entities: list[Entity]) -> list[Entity]:
        """Of entities that overlap the longest, of those the likeliest."""
        return longest_of_overlapping(entities)


def _span(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"start": parts[0]["start"], "end": parts[-1]["end"]}


def longest_of_overlapping(entities: Iterable[Entity]) -> list[Entity]:
    """Of entities that overlap the longest, of equally long ones the likeliest; in the order of the text."""
    chosen: list[Entity] = []
    for entity in sorted(entities, key=lambda item: item["start"]):
        if not chosen or entity["start"] >= chosen[-1]["end"]:
            chosen.append(entity)
        elif _weight(entity) > _weight(chosen[-1]):
            chosen[-1] = entity
    return chosen


def _weight(entity: Entity) -> tuple[int, float]:
    return entity["end"] - entity["start"], entity["score"]


__all__ = ["EntityMixin", "longest_of_overlapping"]
