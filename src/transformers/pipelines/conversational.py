"""conversational: a conversation and the model's next answer in it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from ..utils import logging
from . import arrays
from .writing import WritingPipeline

logger = logging.get_logger(__name__)

ROLES = ("user", "assistant", "system")
# For tokenizers without a template of their own: messages, each with the token that ends a text.
TEMPLATE = "{% for message in messages %}{{ message['content'] + eos_token }}{% endfor %}"


class Conversation:
    """Messages of a user and a model.

    Args:
        messages: the user's first message, or a list of {"role", "content"}; None begins without any.
        conversation_id: an identifier; a new one by default.
        kwargs: `past_user_inputs` and `generated_responses`, lists of earlier messages in turns.

    Attributes:
        messages: list of {"role", "content"}.
        uuid: the identifier.
    """

    def __init__(
        self,
        messages: str | list[dict[str, str]] | None = None,
        conversation_id: uuid.UUID | None = None,
        **kwargs: Any,
    ) -> None:
        self.uuid = uuid.uuid4() if conversation_id is None else conversation_id
        text = kwargs.pop("text", None)
        last = text if messages is None else messages
        asked, answered = (list(kwargs.pop(key, None) or ()) for key in _EARLIER)
        if kwargs:
            raise TypeError(f"Conversation got an unexpected keyword argument {sorted(kwargs)[0]!r}")
        self.messages: list[dict[str, str]] = []
        for turn in range(max(len(asked), len(answered))):
            if turn < len(asked):
                self.messages.append({"role": "user", "content": asked[turn]})
            if turn < len(answered):
                self.messages.append({"role": "assistant", "content": answered[turn]})
        if isinstance(last, str):
            self.messages.append({"role": "user", "content": last})
        elif last is not None:
            self.messages.extend(last)

    def add_message(self, message: dict[str, str]) -> None:
        """Add a message.

        Raises:
            ValueError: it is not {"role", "content"}, or of an unknown role.
        """
        if set(message) != {"role", "content"}:
            raise ValueError(f'a message has the keys "role" and "content", got {sorted(message)}')
        if message["role"] not in ROLES:
            raise ValueError(f"role must be one of {', '.join(ROLES)}, got {message['role']!r}")
        self.messages.append(message)

    def add_user_input(self, text: str, overwrite: bool = False) -> None:
        """Add the user's next message.

        overwrite: whether it replaces one that has no answer yet; otherwise it is dropped then.
        """
        waiting = bool(self.messages) and self.messages[-1]["role"] == "user"
        if waiting and not overwrite:
            logger.warning(
                f"{self.messages[-1]['content']!r} has no answer yet: {text!r} is dropped; overwrite=True "
                "replaces what waits"
            )
            return
        if waiting:
            logger.warning(f"{self.messages[-1]['content']!r} had no answer yet; {text!r} replaces it")
            self.messages.pop()
        self.messages.append({"role": "user", "content": text})

    def append_response(self, response: str) -> None:
        """Add the model's answer."""
        self.messages.append({"role": "assistant", "content": response})

    def mark_processed(self) -> None:
        """Nothing is left to do here; the name is published."""

    @property
    def new_user_input(self) -> str:
        """The user's last message."""
        return self._said("user")[-1]

    @property
    def past_user_inputs(self) -> list[str]:
        """The user's messages, without the last where it has no answer yet."""
        said = self._said("user")
        return said[:-1] if self.messages and self.messages[-1]["role"] == "user" else said

    @property
    def generated_responses(self) -> list[str]:
        """The model's answers."""
        return self._said("assistant")

    def iter_texts(self) -> Iterator[tuple[bool, str]]:
        """(whether the user said it, text) of every message."""
        for message in self.messages:
            yield message["role"] == "user", message["content"]

    def _said(self, role: str) -> list[str]:
        return [message["content"] for message in self.messages if message["role"] == role]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Conversation):
            return False
        return self.uuid == other.uuid or self.messages == other.messages

    __hash__ = None  # type: ignore[assignment]

    def __iter__(self) -> Iterator[dict[str, str]]:
        return iter(self.messages)

    def __getitem__(self, index: Any) -> Any:
        return self.messages[index]

    def __setitem__(self, index: int, message: dict[str, str]) -> None:
        self.messages[index] = message

    def __len__(self) -> int:
        return len(self.messages)

    def __repr__(self) -> str:
        lines = (f"{message['role']}: {message['content']}\n" for message in self.messages)
        return f"Conversation id: {self.uuid}\n{''.join(lines)}"


_EARLIER = ("past_user_inputs", "generated_responses")


class ConversationalPipeline(WritingPipeline):
    """Answers in conversations.

    Input: a `Conversation`, a list of messages {"role", "content"}, or a list of either.
    Result: the same conversation with the answer added; of a list with several entries a list.

    Options: `minimum_tokens` (10), tokens of room that an answer needs: of a longer conversation the start is
    cut; `clean_up_tokenization_spaces` (True); `min_length_for_response`, which changes nothing; the
    rest are settings of `generate`.
    """

    defaults: ClassVar[Mapping[str, Any]] = {"max_new_tokens": 256}

    def _sanitize_parameters(
        self,
        min_length_for_response: int | None = None,
        minimum_tokens: int | None = None,
        clean_up_tokenization_spaces: bool | None = None,
        **generate_kwargs: Any,
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        before = {} if minimum_tokens is None else {"minimum_tokens": minimum_tokens}
        clean = clean_up_tokenization_spaces
        return before, generate_kwargs, {} if clean is None else {"clean_up_tokenization_spaces": clean}

    def __call__(  # type: ignore[override]
        self, conversations: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """One conversation, or a list of them, with the model's answers."""
        if isinstance(conversations, list) and conversations:
            if isinstance(conversations[0], Mapping):
                conversations = Conversation(conversations)
            else:
                conversations = [Conversation(c) if isinstance(c, list) else c for c in conversations]
        given = [conversations] if isinstance(conversations, Conversation) else conversations
        results = super().__call__(given, *args, **kwargs)
        return results[0] if isinstance(given, list) and len(given) == 1 else results

    def preprocess(
        self, conversation: Any, minimum_tokens: int = 10, min_length_for_response: int = 32
    ) -> Mapping[str, Any]:
        """One conversation as arrays.

        Raises:
            TypeError: it is none.
            ValueError: it has no messages.
        """
        if not isinstance(conversation, Conversation):
            raise TypeError(f"an input must be a Conversation or a list of messages, got {conversation!r}")
        if not len(conversation):
            raise ValueError("the conversation has no messages: add_user_input adds one")
        own = {} if self.tokenizer.chat_template else {"chat_template": TEMPLATE}
        options = {"add_generation_prompt": True, "return_dict": True, "return_tensors": "np", **own}
        item = self.tokenizer.apply_chat_template(conversation.messages, **options)
        inputs = {key: item[key] for key in ("input_ids", "attention_mask") if key in item}
        places, length = self._places(), inputs["input_ids"].shape[1]
        room = None if places is None else max(1, places - minimum_tokens)
        if room is not None and length > room and not self.model.config.is_encoder_decoder:
            logger.warning(
                f"the conversation has {length} tokens, and the model takes {places}: its start is cut"
            )
            inputs = {key: values[:, -room:] for key, values in inputs.items()}
        return {**inputs, "kept": {"conversation": conversation}}

    def collate(self, items: Sequence[Mapping[str, Any]], width: int = 0) -> Mapping[str, Any]:
        """Items joined into a batch; a decoder's padding stands on the left."""
        pad = self.tokenizer.pad_token_id
        pads = {"attention_mask": 0, "input_ids": 0 if pad is None else pad}
        return arrays.collate(items, pads, not self.model.config.is_encoder_decoder, width)

    def _forward(self, model_inputs: Mapping[str, Any], **generate_kwargs: Any) -> Mapping[str, Any]:
        pair = self.model.config.is_encoder_decoder
        begun = 1 if pair else model_inputs["input_ids"].shape[1]
        found = self._write(model_inputs, begun, generate_kwargs)
        return {"ids": found["ids"][:, :, begun:], "widths": found["widths"] - begun}

    def postprocess(self, model_outputs: Mapping[str, Any], clean_up_tokenization_spaces: bool = True) -> Any:
        """The conversation with its answer."""
        conversation = model_outputs["conversation"]
        ids = model_outputs["ids"][0, 0, : int(model_outputs["widths"][0])].tolist()
        answer = self.tokenizer.decode(
            ids, skip_special_tokens=True, clean_up_tokenization_spaces=clean_up_tokenization_spaces
        )
        conversation.add_message({"role": "assistant", "content": answer})
        return conversation


__all__ = ["Conversation", "ConversationalPipeline"]
