"""text2text-generation, summarization and translation: a text made of another by an encoder and a decoder."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, ClassVar

from ..tokenization.enums import TruncationStrategy
from ..utils import logging
from .feature_extraction import as_tensor
from .tasks import languages
from .text_classification import tokenise
from .writing import WritingPipeline, return_kind

logger = logging.get_logger(__name__)

_LENGTHS = ("max_length", "max_new_tokens")


class ReturnType(Enum):
    """What a result holds."""

    TENSORS = 0
    TEXT = 1


class Text2TextGenerationPipeline(WritingPipeline):
    """Writes a text for each text.

    Input: a text, a list of texts, or a stream of them; the model's prefix for the task goes in front.
    Result: per text written {"generated_text"}, or with `return_tensors` {"generated_token_ids"}, the
    framework's tensor; a list of texts gives a flat list unless several texts are written for each.

    Options: `return_tensors`, `return_type`, `clean_up_tokenization_spaces` (False), `truncation`,
    `stop_sequence` (texts end with its first token), `stop_strings` (texts end after one of them); anything
    else is a setting of `generate`.  Without settings of the model's, 4 beams write up to 256 tokens.
    """

    defaults: ClassVar[Mapping[str, Any]] = {"max_new_tokens": 256, "num_beams": 4}
    return_name: ClassVar[str] = "generated"

    def _sanitize_parameters(
        self,
        return_tensors: bool | None = None,
        return_text: bool | None = None,
        return_type: Any = None,
        clean_up_tokenization_spaces: bool | None = None,
        truncation: Any = None,
        stop_sequence: Any = None,
        **generate_kwargs: Any,
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        before = {} if truncation is None else {"truncation": truncation}
        after: dict[str, Any] = {}
        if return_type is not None:
            after["return_type"] = return_kind(ReturnType, return_type)
        elif return_tensors is not None:
            after["return_type"] = ReturnType.TENSORS if return_tensors else ReturnType.TEXT
        if clean_up_tokenization_spaces is not None:
            after["clean_up_tokenization_spaces"] = clean_up_tokenization_spaces
        if stop_sequence is not None:
            sequences = self._stop_tokens(stop_sequence)
            if any(len(ids) > 1 for ids in sequences):
                logger.warning(
                    f"texts stop at the first token of stop_sequence, {stop_sequence!r}: stop_strings stops "
                    "at whole strings"
                )
            generate_kwargs["eos_token_id"] = [ids[0] for ids in sequences]
        return before, generate_kwargs, after

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """What is written for one text, for each of a list, or lazily for each of a stream."""
        results = super().__call__(inputs, *args, **kwargs)
        if isinstance(inputs, list) and all(len(texts) == 1 for texts in results):
            return [text for (text,) in results]
        return results

    def check_inputs(self, input_length: int, min_length: int, max_length: int) -> bool:
        """Warn of lengths that do not go together; whether they do. All are numbers of tokens."""
        return True

    def preprocess(
        self, inputs: Any, truncation: Any = TruncationStrategy.DO_NOT_TRUNCATE, **parameters: Any
    ) -> Mapping[str, Any]:
        """One text as arrays.

        Raises:
            TypeError: it is none.
        """
        return tokenise(self.tokenizer, [self._prefixed(inputs)], truncation=truncation)[0]

    def _prefixed(self, text: Any) -> str:
        """A text with the model's prefix for the task."""
        if not isinstance(text, str):
            raise TypeError(f"an input must be a text, got {text!r}")
        return (self.prefix or "") + text

    def _forward(self, model_inputs: Mapping[str, Any], **generate_kwargs: Any) -> Mapping[str, Any]:
        _, limit = self._length(generate_kwargs)
        least = generate_kwargs.get("min_length", self.generation_config.min_length) or 0
        # A limit that nobody chose is no reason for a warning.
        asked = not self._open_length or any(generate_kwargs.get(key) is not None for key in _LENGTHS)
        if asked:
            self.check_inputs(model_inputs["input_ids"].shape[-1], least, limit)
        inputs = {key: value for key, value in model_inputs.items() if key != "token_type_ids"}
        return self._write(inputs, 1, generate_kwargs)

    def postprocess(
        self,
        model_outputs: Mapping[str, Any],
        return_type: ReturnType = ReturnType.TEXT,
        clean_up_tokenization_spaces: bool = False,
    ) -> list[dict[str, Any]]:
        """The results of one text."""
        results = []
        for row in model_outputs["ids"][0, :, : int(model_outputs["widths"][0])]:
            if return_type is ReturnType.TENSORS:
                results.append({f"{self.return_name}_token_ids": as_tensor(row, self.framework)})
                continue
            text = self.tokenizer.decode(
                row.tolist(),
                skip_special_tokens=True,
                clean_up_tokenization_spaces=clean_up_tokenization_spaces,
            )
            results.append({f"{self.return_name}_text": text})
        return results


class SummarizationPipeline(Text2TextGenerationPipeline):
    """Summarises texts.

    As `Text2TextGenerationPipeline`; results are {"summary_text"} or {"summary_token_ids"}.
    """

    return_name: ClassVar[str] = "summary"

    def check_inputs(self, input_length: int, min_length: int, max_length: int) -> bool:
        """Warn where a summary must be, or may be, as long as the text."""
        fits = min_length <= max_length
        if not fits:
            logger.warning(f"min_length is {min_length}, which is more than max_length, {max_length}")
        if input_length < max_length:
            logger.warning(
                f"a summary may have {max_length} tokens, but the text has only {input_length}: "
                f"max_length={input_length // 2} would make it shorter"
            )
        return fits


class TranslationPipeline(Text2TextGenerationPipeline):
    """Translates texts.

    As `Text2TextGenerationPipeline`; results are {"translation_text"} or {"translation_token_ids"}.  A task
    named like "translation_en_to_fr" names the languages; `src_lang` and `tgt_lang` do so where the tokenizer
    knows languages by their codes.
    """

    return_name: ClassVar[str] = "translation"

    def _sanitize_parameters(  # type: ignore[override]
        self, src_lang: str | None = None, tgt_lang: str | None = None, **kwargs: Any
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        before, during, after = super()._sanitize_parameters(**kwargs)
        if (src_lang is None or tgt_lang is None) and (pair := languages(self.task)) is not None:
            src_lang, tgt_lang = src_lang or pair[0], tgt_lang or pair[1]
        given = {"src_lang": src_lang, "tgt_lang": tgt_lang}
        return {**before, **{key: value for key, value in given.items() if value is not None}}, during, after

    def check_inputs(self, input_length: int, min_length: int, max_length: int) -> bool:
        """Warn where a translation would be cut off."""
        if input_length > 0.9 * max_length:
            logger.warning(
                f"the text has {input_length} tokens and the translation may have {max_length}: "
                "a larger max_length keeps it whole"
            )
        return True

    def preprocess(
        self,
        inputs: Any,
        truncation: Any = TruncationStrategy.DO_NOT_TRUNCATE,
        src_lang: str | None = None,
        tgt_lang: str | None = None,
        **parameters: Any,
    ) -> Mapping[str, Any]:
        """One text as arrays.

        Raises:
            TypeError: it is none.
            ValueError: the tokenizer needs languages, and they are missing or unknown.
        """
        import numpy as np

        build = getattr(self.tokenizer, "_build_translation_inputs", None)
        if build is None:
            return super().preprocess(inputs, truncation)
        text = self._prefixed(inputs)
        item = dict(build(text, src_lang=src_lang, tgt_lang=tgt_lang, truncation=truncation))
        first = item.pop("forced_bos_token_id")
        arrays_of = {key: np.asarray([values], dtype=np.int64) for key, values in item.items()}
        return {**arrays_of, "forced_bos_token_id": int(first)}


__all__ = [
    "ReturnType",
    "SummarizationPipeline",
    "Text2TextGenerationPipeline",
    "TranslationPipeline",
]
