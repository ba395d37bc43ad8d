"""text-generation: texts and conversations written on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, ClassVar

from . import arrays
from .batching import is_stream
from .long_prompt import LONG_PROMPT
from .text_classification import tokenise
from .writing import WritingPipeline, return_kind

_TOKENIZER = ("add_special_tokens", "truncation", "padding")
# Models that write badly after short prompts.
_LONG = ("XLNetLMHeadModel", "TransfoXLLMHeadModel")


class ReturnType(Enum):
    """What a result holds."""

    TENSORS = 0
    NEW_TEXT = 1
    FULL_TEXT = 2


class Chat:
    """A conversation as an input: a list of messages {"role": ..., "content": ...}."""

    def __init__(self, messages: Sequence[Mapping[str, Any]]) -> None:
        for message in messages:
            if not isinstance(message, Mapping) or not {"role", "content"} <= message.keys():
                raise ValueError(f'a message must be a dict with "role" and "content", got {message!r}')
        self.messages = messages


class TextGenerationPipeline(WritingPipeline):
    """Writes on after texts, or answers in conversations.

    Input: a text, a list of messages {"role", "content"}, a list of either kind, or a stream of them.
    Result: per text written {"generated_text"}; of a conversation that is the list of messages with the
    answer, which goes on with the last message where that is the assistant's.

    Options:
        return_full_text: whether the prompt is part of the result (True).
        return_tensors: {"generated_token_ids"} instead of texts; `return_type` names either kind.
        prefix: a text in front of every prompt that is no part of the result.
        handle_long_generation: "hole" cuts the start of a prompt too long for what is to be written.
        stop_sequence: texts end with any of its tokens.  stop_strings: texts end after one of them.
        continue_final_message: whether to go on with the last message of a conversation.
        clean_up_tokenization_spaces (True), skip_special_tokens (True): of decoding.
        truncation, max_length, padding, add_special_tokens, tokenizer_encode_kwargs: of encoding, or of the
            chat template.
        Anything else is a setting of `generate`.  Without settings of the model's, 256 tokens are sampled at
        a temperature of 0.7.
    """

    XL_PREFIX: ClassVar[str] = LONG_PROMPT
    defaults: ClassVar[Mapping[str, Any]] = {"max_new_tokens": 256, "do_sample": True, "temperature": 0.7}
    default_input_names: ClassVar[str | None] = "text_inputs"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "prefix" not in self._preprocess_params:
            kind = type(self.model).__name__.removeprefix("TF").removeprefix("Flax").removeprefix("Np")
            prefix = self.prefix if self.prefix is not None else LONG_PROMPT if kind in _LONG else None
            if prefix is not None:
                before, during, _ = self._sanitize_parameters(prefix=prefix)
                self._preprocess_params = {**self._preprocess_params, **before}
                self._forward_params = {**self._forward_params, **during}

    def _sanitize_parameters(
        self,
        return_full_text: bool | None = None,
        return_tensors: bool | None = None,
        return_text: bool | None = None,
        return_type: Any = None,
        clean_up_tokenization_spaces: bool | None = None,
        prefix: str | None = None,
        handle_long_generation: str | None = None,
        stop_sequence: Any = None,
        truncation: Any = None,
        max_length: int | None = None,
        continue_final_message: bool | None = None,
        skip_special_tokens: bool | None = None,
        tokenizer_encode_kwargs: Mapping[str, Any] | None = None,
        **generate_kwargs: Any,
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        during = {key: value for key, value in generate_kwargs.items() if key not in _TOKENIZER}
        if max_length is not None:
            during["max_length"] = max_length
        if stop_sequence is not None:
            during["eos_token_id"] = [token for ids in self._stop_tokens(stop_sequence) for token in ids]
        before: dict[str, Any] = {key: generate_kwargs[key] for key in _TOKENIZER if key in generate_kwargs}
        if truncation is not None:
            before["truncation"] = truncation
        if prefix:
            during["prefix_length"] = len(self.tokenizer(prefix, add_special_tokens=False)["input_ids"])
            before["prefix"] = prefix
        if handle_long_generation not in (None, "hole"):
            raise ValueError(f'handle_long_generation must be "hole" or None, got {handle_long_generation!r}')
        given = {
            "handle_long_generation": handle_long_generation,
            "tokenizer_encode_kwargs": tokenizer_encode_kwargs,
            "continue_final_message": continue_final_message,
        }
        before.update({key: value for key, value in given.items() if value is not None})
        before.update(during)
        kind = _kind_of_result(return_type, return_full_text, return_tensors, return_text)
        cleaned = {
            "return_type": kind,
            "clean_up_tokenization_spaces": clean_up_tokenization_spaces,
            "continue_final_message": continue_final_message,
            "skip_special_tokens": skip_special_tokens,
        }
        return before, during, {key: value for key, value in cleaned.items() if value is not None}

    def __call__(self, text_inputs: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """What is written after one text or conversation, after each of a list, or lazily of a stream."""
        if isinstance(text_inputs, list | tuple) and text_inputs:
            if isinstance(text_inputs[0], Mapping):
                return super().__call__(Chat(text_inputs), **kwargs)
            if isinstance(text_inputs[0], list | tuple):
                return super().__call__([Chat(messages) for messages in text_inputs], **kwargs)
        if is_stream(text_inputs) and not isinstance(text_inputs, list):
            return super().__call__(_chats(text_inputs), **kwargs)
        return super().__call__(text_inputs, **kwargs)

    def preprocess(
        self,
        prompt_text: Any,
        prefix: str = "",
        handle_long_generation: str | None = None,
        continue_final_message: bool | None = None,
        tokenizer_encode_kwargs: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Mapping[str, Any]:
        """One prompt as arrays.

        Raises:
            TypeError: it is neither a text nor a conversation.
            ValueError: nothing of it would be left before what is to be written.
        """
        encode = {key: options[key] for key in _TOKENIZER if key in options}
        if encode.get("truncation") and options.get("max_length") is not None:
            encode["max_length"] = options["max_length"]
        encode = {**encode, **(tokenizer_encode_kwargs or {})}
        if isinstance(prompt_text, Chat):
            item = self._encoded_chat(prompt_text, continue_final_message, encode)
        elif isinstance(prompt_text, str):
            if encode.get("padding"):
                encode.setdefault("padding_side", "left")
            item = tokenise(self.tokenizer, [prefix + prompt_text], **encode)[0]
        else:
            raise TypeError(f"a prompt must be a text or a list of messages, got {prompt_text!r}")
        ids, mask = item["input_ids"], item.get("attention_mask")
        if handle_long_generation == "hole":
            keep = self._room(ids.shape[1], options)
            ids, mask = ids[:, -keep:], None if mask is None else mask[:, -keep:]
        kept = {"prompt_text": prompt_text, "prompt_ids": ids}
        if ids.shape[1] == 0:
            ids, mask = self._begun(), None
        inputs = {"input_ids": ids} if mask is None else {"input_ids": ids, "attention_mask": mask}
        return {**inputs, "kept": kept}

    def _encoded_chat(self, chat: Chat, go_on: bool | None, encode: dict[str, Any]) -> Mapping[str, Any]:
        """The arrays of a conversation, by the tokenizer's template."""
        if go_on is None:
            go_on = chat.messages[-1]["role"] == "assistant"
        encode.pop("add_special_tokens", None)
        options = {"add_generation_prompt": not go_on, "continue_final_message": go_on, **encode}
        options.update({"return_dict": True, "return_tensors": "np"})
        return self.tokenizer.apply_chat_template(chat.messages, **options)  # type: ignore[no-any-return]

    def _begun(self) -> Any:
        """Ids (1, 1) in place of an empty prompt."""
        import numpy as np

        first = [self.generation_config.bos_token_id, self.tokenizer.bos_token_id]
        begin = next((token for token in first if token is not None), None)
        if begin is None:
            raise ValueError("an empty text has nothing to go on from, and this model no bos_token_id")
        return np.array([[begin if isinstance(begin, int) else begin[0]]], dtype=np.int64)

    def _room(self, length: int, options: Mapping[str, Any]) -> int:
        """How many tokens of a prompt leave room for what is to be written."""
        name, value = self._length(options)
        new = value if name == "max_new_tokens" else value - length
        limit = self.tokenizer.model_max_length
        if new < 0:
            raise ValueError(f"max_length ({value}) is less than the prompt ({length}): set max_new_tokens")
        if length + new <= limit:
            return length
        if new >= limit:
            raise ValueError(
                f"handle_long_generation cannot help: {new} new tokens leave no room for a prompt where the "
                f"model takes {limit}"
            )
        return int(limit - new)

    def collate(self, items: Sequence[Mapping[str, Any]], width: int = 0) -> Mapping[str, Any]:
        """Items joined into a batch; padding stands on the left, where texts do not go on, and is masked."""
        import numpy as np

        pad = self.tokenizer.pad_token_id
        pads = {"attention_mask": 0, "input_ids": 0 if pad is None else pad}
        filled = [{"attention_mask": np.ones_like(item["input_ids"]), **item} for item in items]
        return arrays.collate(filled, pads, left=True, least=width)

    def _forward(self, model_inputs: Mapping[str, Any], **generate_kwargs: Any) -> Mapping[str, Any]:
        width = model_inputs["input_ids"].shape[1]
        found = self._write(model_inputs, width, generate_kwargs)
        return {**found, "ids": found["ids"][:, :, width:], "widths": found["widths"] - width}

    def postprocess(
        self,
        model_outputs: Mapping[str, Any],
        return_type: ReturnType = ReturnType.FULL_TEXT,
        clean_up_tokenization_spaces: bool = True,
        continue_final_message: bool | None = None,
        skip_special_tokens: bool | None = None,
    ) -> list[dict[str, Any]]:
        """The results of one prompt."""
        prompt = arrays.to_numpy(model_outputs["prompt_ids"])[0].tolist()
        rows = model_outputs["ids"][0, :, : int(model_outputs["widths"][0])].tolist()
        further = {key: model_outputs[key][0] for key in ("scores", "logits") if key in model_outputs}
        decoding = {
            "skip_special_tokens": True if skip_special_tokens is None else skip_special_tokens,
            "clean_up_tokenization_spaces": clean_up_tokenization_spaces,
        }
        begun = len(self.tokenizer.decode(prompt, **decoding)) if prompt else 0
        results = []
        for index, row in enumerate(rows):
            if return_type is ReturnType.TENSORS:
                found: dict[str, Any] = {"generated_token_ids": [*prompt, *row]}
            else:
                text = self.tokenizer.decode([*prompt, *row], **decoding)[begun:]
                if return_type is ReturnType.FULL_TEXT:
                    text = _whole(model_outputs["prompt_text"], text, continue_final_message)
                found = {"generated_text": text}
            results.append({**found, **{key: values[index].tolist() for key, values in further.items()}})
        return results


def _chats(inputs: Any) -> Iterator[Any]:
    """A stream's inputs, with conversations as such."""
    indexed = hasattr(inputs, "__getitem__") and hasattr(inputs, "__len__")
    for item in (inputs[index] for index in range(len(inputs))) if indexed else inputs:
        yield Chat(item) if isinstance(item, list | tuple) else item


def _whole(prompt: Any, text: str, go_on: bool | None) -> Any:
    """What was written together with what it was written after."""
    if not isinstance(prompt, Chat):
        return prompt + text
    messages = list(prompt.messages)
    last = messages[-1]
    if go_on is None:
        go_on = last["role"] == "assistant"
    if not go_on:
        return [*messages, {"role": "assistant", "content": text}]
    content = last["content"]
    longer = content + text if isinstance(content, str) else [*content, {"type": "text", "text": text}]
    return [*messages[:-1], {**last, "content": longer}]


def _kind_of_result(given: Any, full: bool | None, tensors: bool | None, text: bool | None) -> Any:
    """What results hold; None where nothing was said.

    Raises:
        ValueError: options contradict each other.
    """
    if text is not None and (full is not None or tensors is not None):
        other = "return_full_text" if full is not None else "return_tensors"
        raise ValueError(f"return_text and {other} contradict each other: give one of them")
    if full is not None and tensors is not None:
        raise ValueError("return_full_text and return_tensors contradict each other: give one of them")
    if given is not None:
        return return_kind(ReturnType, given)
    if full is not None:
        return ReturnType.FULL_TEXT if full else ReturnType.NEW_TEXT
    if tensors:
        return ReturnType.TENSORS
    return None if text is None else ReturnType.FULL_TEXT


__all__ = ["Chat", "ReturnType", "TextGenerationPipeline"]
