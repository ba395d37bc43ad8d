"""Chats: a tokenizer's thin delegates to its chat template."""

from __future__ import annotations

from typing import Any


class ChatMixin:
    """What a tokenizer does with conversations, lists of {"role", "content"}."""

    def apply_chat_template(self, conversation: Any, *args: Any, **kwargs: Any) -> Any:
        """Turn conversations, lists of {"role", "content"}, into prompts: ids, text or model inputs.

        Options: `tools`, `documents`, `chat_template` (text or name), `add_generation_prompt`,
        `continue_final_message`, `tokenize`, `padding`, `truncation`, `max_length`, `return_tensors`,
        `return_dict`, `return_assistant_tokens_mask`, `tokenizer_kwargs`; other keywords reach the template.

        Raises:
            ValueError: there is no template, or options contradict each other.
        """
        from .chat import apply_template

        return apply_template(self, conversation, *args, **kwargs)  # type: ignore[arg-type]

    def get_chat_template(self, chat_template: str | None = None, tools: Any = None) -> str:
        """The template that would be used; `chat_template` is a template or the name of one."""
        from .chat import choose_template

        return choose_template(self, chat_template, tools)  # type: ignore[arg-type]

    def encode_message_with_chat_template(
        self, message: dict[str, Any], conversation_history: list[dict[str, Any]] | None = None, **kwargs: Any
    ) -> list[int]:
        """Ids of one more message of a chat: what it adds behind those of the messages before it.

        Args:
            message: {"role", "content"}.
            conversation_history: the messages before it.
            **kwargs: options of `apply_chat_template` that keep its result a list of ids.

        Raises:
            ValueError: a generation prompt is asked for, which is no part of a message.
        """
        if kwargs.pop("add_generation_prompt", False):
            raise ValueError(
                "encode_message_with_chat_template encodes messages only; "
                "get the prompt with apply_chat_template(add_generation_prompt=True)"
            )
        before = list(conversation_history or ())
        whole: list[int] = self.apply_chat_template([*before, message], **kwargs)
        known: list[int] = self.apply_chat_template(before, **kwargs) if before else []
        pairs = enumerate(zip(known, whole, strict=False))
        shared = next((place for place, (old, new) in pairs if old != new), min(len(known), len(whole)))
        return whole[shared:]


__all__ = ["ChatMixin"]
