"""Runs a case of `call_cases` on a tokenizer of either library; imports neither."""

from __future__ import annotations

from typing import Any


def plain(value: Any) -> Any:
    """A result as JSON would hold it."""
    if hasattr(value, "items"):
        return {str(key): plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def run_case(tokenizer: Any, steps: list[list[Any]], added_token: Any) -> Any:
    """Result of the last step, or {"error": name of the exception}."""
    result: Any = None

    def real(value: Any) -> Any:
        if isinstance(value, dict) and "__added__" in value:
            return added_token(value["__added__"][0], **value["__added__"][1])
        return [real(item) for item in value] if isinstance(value, list) else value

    try:
        for name, args, kwargs in steps:
            given = [real(arg) for arg in args]
            if name == "get":
                result = getattr(tokenizer, *given)
            elif name == "set":
                setattr(tokenizer, *given)
                result = None
            elif name == "call":
                result = tokenizer(*given, **kwargs)
            elif name == "then":
                result = getattr(result, given[0])(*given[1:])
            else:
                result = getattr(tokenizer, name)(*given, **kwargs)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of the Rust library is no Exception
        return {"error": type(error).__name__}
    return plain(result)
