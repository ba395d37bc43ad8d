"""Conversations to prompts: `tokenizer.apply_chat_template`."""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from ..utils.json_schema import get_json_schema
from .template_limits import environment_class, limited

if TYPE_CHECKING:
    from .base import PreTrainedTokenizerBase

Spans = list[tuple[int, int]]
_INDENT = 2  # digits of a number of spaces, or characters of an indent


def choose_template(tokenizer: PreTrainedTokenizerBase, chat_template: str | None, tools: Any = None) -> str:
    """The template to use: the given one, the one of that name, or the tokenizer's default.

    Raises:
        ValueError: there is none, or several and none is the default.
    """
    own = tokenizer.chat_template
    if isinstance(own, dict):
        if chat_template is not None:
            return own.get(chat_template, chat_template)
        if tools is not None and "tool_use" in own:
            return own["tool_use"]
        if "default" in own:
            return own["default"]
        raise ValueError(
            f"this tokenizer has several chat templates, none called default: choose one of {sorted(own)}"
        )
    if (template := chat_template or own) is None:
        raise ValueError(
            "this tokenizer has no chat template: pass chat_template=... or set tokenizer.chat_template"
        )
    return template


def apply_template(
    tokenizer: PreTrainedTokenizerBase,
    conversation: Any,
    tools: Sequence[Any] | None = None,
    documents: Sequence[Mapping[str, Any]] | None = None,
    chat_template: str | None = None,
    add_generation_prompt: bool = False,
    continue_final_message: bool = False,
    tokenize: bool = True,
    padding: Any = False,
    truncation: Any = False,
    max_length: int | None = None,
    return_tensors: Any = None,
    return_dict: bool = False,
    return_assistant_tokens_mask: bool = False,
    tokenizer_kwargs: dict[str, Any] | None = None,
    **kwargs: Any,
) -> Any:
    """Render and encode; see `FramingMixin.apply_chat_template`.

    Raises:
        ValueError: options contradict each other.
        jinja2.TemplateError: the template refuses the conversation.
    """
    closed = add_generation_prompt or return_assistant_tokens_mask
    _refuse_contradictions(
        tokenize, return_dict, return_assistant_tokens_mask, continue_final_message and closed
    )
    template = choose_template(tokenizer, chat_template, tools)
    batched = _is_batched(conversation)
    chats = [_messages(chat) for chat in (conversation if batched else [conversation])]
    variables: dict[str, Any] = {**tokenizer.special_tokens_map, **kwargs}
    variables["documents"] = None if documents is None else [_document(item) for item in documents]
    variables["add_generation_prompt"] = add_generation_prompt
    variables["tools"] = None if tools is None else [_tool(tool) for tool in tools]
    rendered = [render(template, {**variables, "messages": chat}) for chat in chats]
    texts, spans = [text for text, _ in rendered], [found for _, found in rendered]
    if continue_final_message:
        texts = [cut_final(text, chat) for text, chat in zip(texts, chats, strict=True)]
    if not tokenize:
        return texts if batched else texts[0]
    encoded = tokenizer(
        texts if batched else texts[0],
        padding=padding,
        truncation=truncation,
        max_length=max_length,
        add_special_tokens=False,
        return_tensors=None if return_assistant_tokens_mask else return_tensors,
        **(tokenizer_kwargs or {}),
    )
    if not return_dict:
        return encoded["input_ids"]
    if return_assistant_tokens_mask:
        masks = [_mask(encoded, row, found) for row, found in enumerate(spans)]
        encoded["assistant_masks"] = masks if batched else masks[0]
        encoded.convert_to_tensors(return_tensors, prepend_batch_axis=not batched)
    return encoded


def _refuse_contradictions(tokenize: bool, return_dict: bool, masked: bool, open_and_closed: bool) -> None:
    if return_dict and not tokenize:
        raise ValueError("return_dict=True gives model inputs, which need tokenize=True")
    if masked and not return_dict:
        raise ValueError("return_assistant_tokens_mask=True needs return_dict=True, where the mask is put")
    if open_and_closed:
        raise ValueError(
            "continue_final_message=True leaves the last message open: it cannot be combined with "
            "add_generation_prompt or return_assistant_tokens_mask"
        )


def _is_batched(conversation: Any) -> bool:
    if not isinstance(conversation, (list, tuple)):
        return False
    return bool(conversation) and (
        isinstance(conversation[0], (list, tuple)) or hasattr(conversation[0], "messages")
    )


def _messages(chat: Any) -> Any:
    return chat.messages if hasattr(chat, "messages") else chat


def _tool(tool: Any) -> dict[str, Any]:
    """The JSON schema of a tool: a mapping that is one, or a function with type hints and a docstring."""
    if isinstance(tool, Mapping):
        return dict(tool)
    if inspect.isfunction(tool) or inspect.ismethod(tool):
        return get_json_schema(tool)
    raise TypeError(
        f"a tool must be a function, or a mapping with its JSON schema, not {type(tool).__name__}"
    )


def _document(document: Any) -> Any:
    if not isinstance(document, Mapping):
        kind = type(document).__name__
        raise TypeError(f"a document must be a mapping such as {{'title': ..., 'text': ...}}, not {kind}")
    return document


def _mask(encoded: Any, row: int, spans: Spans) -> list[int]:
    """1 for tokens of the characters in `spans`."""
    if not encoded.is_fast:
        raise ValueError(
            "return_assistant_tokens_mask needs a Rust tokenizer: only it knows a token's characters"
        )
    record = encoded.encodings[row]
    return [
        int(any(start < last and stop > first for first, last in spans))  # an empty one inside counts too
        for start, stop in record.offsets
    ]


def cut_final(text: str, chat: Sequence[Mapping[str, Any]]) -> str:
    """`text` up to the end of the last message, so that a model goes on with it.

    Raises:
        ValueError: the template changed the message so that it is not found.
    """
    final = chat[-1]["content"]
    if isinstance(final, (list, tuple)):
        final = next((block["text"] for block in reversed(final) if "text" in block), "")
    core = final.strip()
    start = text.rfind(core)
    if start < 0:
        raise ValueError("continue_final_message=True, but the last message is not in the chat as rendered")
    whole = final.lstrip()
    return text[: start + (len(whole) if text.startswith(whole, start) else len(core))]


def render(template: str, variables: Mapping[str, Any]) -> tuple[str, Spans]:
    """Text of a template, and the (start, end) characters of its `{% generation %}` blocks.

    Templates come from files, so they run in Jinja's sandbox, where nothing can be changed or reached, within
    limits of steps, sizes and time.

    Raises:
        jinja2.TemplateError: the template is damaged, refuses the conversation, or passes a limit.
    """
    compiled, tracker = _compiled(template)
    pieces: list[str] = []
    with limited(), tracker.recording() as record:
        try:
            for piece in compiled.generate(**variables):
                pieces.append(piece)
                record.position += len(piece)
        except RecursionError:
            _raise("the chat template calls itself without end")
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise _failed(error) from error
    return "".join(pieces), record.spans


@functools.lru_cache(maxsize=64)
def _compiled(template: str) -> tuple[Any, Any]:
    tracking = _tracking_extension()
    environment = environment_class()(
        trim_blocks=True, lstrip_blocks=True, extensions=[tracking, "jinja2.ext.loopcontrols"]
    )
    environment.filters["tojson"] = _to_json
    environment.globals["raise_exception"] = _raise
    environment.globals["strftime_now"] = _now
    try:
        compiled = environment.from_string(template)
    except (
        MemoryError,
        RecursionError,
        SyntaxError,
        ValueError,
    ) as error:  # what Python says of Jinja's code
        _raise(f"the chat template cannot be compiled: {type(error).__name__}: {error}")
    return compiled, environment.extensions[tracking.identifier]


def _to_json(value: Any, ensure_ascii: bool = False, **kwargs: Any) -> str:
    if isinstance(indent := kwargs.get("indent"), (int, str)) and len(str(indent)) > _INDENT:
        _raise(f"tojson: an indent of more than {_INDENT} digits or characters")
    return json.dumps(value, ensure_ascii=ensure_ascii, **kwargs)


def _raise(message: str) -> NoReturn:
    from jinja2 import TemplateError

    raise TemplateError(message)


def _failed(error: Exception) -> Exception:
    """The error of a template whose own steps go wrong."""
    from jinja2 import TemplateRuntimeError

    return TemplateRuntimeError(f"the chat template fails: {type(error).__name__}: {error}")


def _now(pattern: str) -> str:
    from datetime import datetime

    return datetime.now().strftime(pattern)


class _Record:
    """Where rendering has got to, and the marked spans so far."""

    def __init__(self) -> None:
        self.position = 0
        self.spans: Spans = []


@functools.cache
def _tracking_extension() -> Any:
    from contextvars import ContextVar

    from jinja2 import nodes
    from jinja2.ext import Extension

    current: ContextVar[_Record | None] = ContextVar("current", default=None)

    class Generation(Extension):
        """`{% generation %} ... {% endgeneration %}`: marks what the assistant said."""

        tags = {"generation"}

        def parse(self, parser: Any) -> Any:
            line = next(parser.stream).lineno
            body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
            return nodes.CallBlock(self.call_method("_mark"), [], [], body).set_lineno(line)

        def _mark(self, caller: Callable[[], str]) -> str:
            text = caller()
            if (record := current.get()) is not None:
                record.spans.append((record.position, record.position + len(text)))
            return text

        @contextmanager
        def recording(self) -> Iterator[_Record]:
            record = _Record()
            token = current.set(record)
            try:
                yield record
            finally:
                current.reset(token)

    return Generation


__all__ = ["apply_template", "choose_template", "cut_final", "render"]
