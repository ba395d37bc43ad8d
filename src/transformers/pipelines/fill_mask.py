"""fill-mask: the likeliest tokens in place of each mask token of a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..utils import logging
from .arrays import to_numpy, without_padding
from .base import Pipeline, PipelineException
from .text_classification import tokenise

logger = logging.get_logger(__name__)


class FillMaskPipeline(Pipeline):
    """Fills the mask tokens of texts.

    Input: a text with a mask token, or many.
    Result: `top_k` times {"score", "token", "token_str", "sequence"}, best first; of a text with several
    masks one such list per mask, each scored by itself.  A list of one text gives what that text gives.

    Options: `top_k` (5), `targets` (words to choose from; of a word that is no token its first piece is
    taken, and a warning says so), `tokenizer_kwargs`, a dict for the tokenizer.
    """

    batched: ClassVar[bool] = True

    def _sanitize_parameters(
        self,
        top_k: int | None = None,
        targets: str | Sequence[str] | None = None,
        tokenizer_kwargs: Mapping[str, Any] | None = None,
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        if self.tokenizer.mask_token_id is None:
            raise self._error("The tokenizer does not define a `mask_token`.")
        before = {} if tokenizer_kwargs is None else {"tokenizer_kwargs": tokenizer_kwargs}
        after: dict[str, Any] = {}
        if targets is not None:
            after["target_ids"] = self.get_target_ids(targets)
        if top_k is not None:
            if top_k < 1:
                raise ValueError(f"top_k must be at least 1, got {top_k}")
            after["top_k"] = top_k
        return before, {}, after

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Fillings of the masks of one text, or of each text."""
        results = super().__call__(inputs, *args, **kwargs)
        return results[0] if isinstance(inputs, list) and len(inputs) == 1 else results

    def get_target_ids(self, targets: str | Sequence[str]) -> Any:
        """Ids of words, each once.

        Raises:
            ValueError: none of them can be made a token.
        """
        import numpy as np

        vocabulary = self.tokenizer.get_vocab()
        found = set()
        for target in [targets] if isinstance(targets, str) else targets:
            index = vocabulary.get(target)
            if index is None:
                pieces = self.tokenizer(target, add_special_tokens=False)["input_ids"]
                if not pieces:
                    logger.warning(f"{target!r} is not in the vocabulary and has no pieces: it is left out")
                    continue
                index = pieces[0]
                piece = self.tokenizer.convert_ids_to_tokens(index)
                logger.warning(f"{target!r} is not in the vocabulary: its first piece {piece!r} is used")
            found.add(int(index))
        if not found:
            raise ValueError("targets must hold at least one word that the vocabulary can write")
        return np.array(list(found))

    def preprocess(
        self, inputs: str, return_tensors: Any = None, tokenizer_kwargs: Any = None, **parameters: Any
    ) -> Mapping[str, Any]:
        """One text as arrays."""
        return self.preprocess_many([inputs], tokenizer_kwargs=tokenizer_kwargs, **parameters)[0]

    def preprocess_many(
        self, inputs: Sequence[str], tokenizer_kwargs: Mapping[str, Any] | None = None, **parameters: Any
    ) -> list[Mapping[str, Any]]:
        """Texts tokenised together, not padded.

        Raises:
            PipelineException: a text has no mask token.
        """
        items = tokenise(self.tokenizer, list(inputs), **(tokenizer_kwargs or {}))
        self.ensure_exactly_one_mask_token(items)
        return [{**item, "kept": {"input_ids": item["input_ids"]}} for item in items]

    def ensure_exactly_one_mask_token(self, model_inputs: Any) -> None:
        """Raise PipelineException where an item has no mask token (several are fine, despite the name)."""
        for item in [model_inputs] if isinstance(model_inputs, Mapping) else model_inputs:
            for ids in item["input_ids"]:
                if not len(self.get_masked_index(ids)):
                    raise self._error(f"No mask_token ({self.tokenizer.mask_token}) found on the input")

    def get_masked_index(self, input_ids: Any) -> Any:
        """Positions of the mask tokens in a row of ids."""
        import numpy as np

        return np.flatnonzero(to_numpy(input_ids) == self.tokenizer.mask_token_id)

    def _error(self, reason: str) -> PipelineException:
        return PipelineException("fill-mask", self.model.base_model_prefix, reason)

    def _forward(self, model_inputs: Mapping[str, Any], **parameters: Any) -> Mapping[str, Any]:
        return {"logits": self.model(**model_inputs)["logits"]}

    def unpad(self, row: Any, length: int) -> Any:
        """The row without the padding's scores."""
        return {**row, "logits": without_padding(row["logits"], length, self.tokenizer)}

    def postprocess(self, model_outputs: Mapping[str, Any], top_k: int = 5, target_ids: Any = None) -> Any:
        """Fillings of one text.

        Raises:
            ValueError: `top_k` is more than the vocabulary.
        """
        import numpy as np

        ids = to_numpy(model_outputs["input_ids"])[0]
        places = self.get_masked_index(ids)
        logits = to_numpy(model_outputs["logits"][0])[places].astype(np.float32)  # (masks, vocabulary)
        scores = np.exp(logits - logits.max(-1, keepdims=True))
        scores /= scores.sum(-1, keepdims=True)
        if target_ids is not None:
            scores = scores[:, target_ids]
            top_k = min(top_k, len(target_ids))
        if top_k > scores.shape[1]:
            raise ValueError(f"top_k is {top_k}, but the vocabulary has {scores.shape[1]} tokens")
        results = []
        for place, row in zip(places, scores, strict=True):
            best = np.argpartition(-row, top_k - 1)[:top_k]
            best = best[np.argsort(-row[best], kind="stable")]
            tokens = best if target_ids is None else target_ids[best]
            pairs = zip(best.tolist(), tokens.tolist(), strict=True)
            results.append([self._filled(ids, place, t, float(row[b]), len(places)) for b, t in pairs])
        return results[0] if len(results) == 1 else results

    def _filled(self, ids: Any, place: int, token: int, score: float, masks: int) -> dict[str, Any]:
        """One filling; other masks of the text stay to be seen."""
        filled = ids.copy()
        filled[place] = token
        if self.tokenizer.pad_token_id is not None:
            filled = filled[filled != self.tokenizer.pad_token_id]
        return {
            "score": score,
            "token": token,
            "token_str": self.tokenizer.decode([token]),
            "sequence": self.tokenizer.decode(filled.tolist(), skip_special_tokens=masks == 1),
        }


__all__ = ["FillMaskPipeline"]
