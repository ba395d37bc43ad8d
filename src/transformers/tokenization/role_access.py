"""Special tokens as attributes: `tokenizer.pad_token` and `tokenizer.pad_token_id`."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from .special_tokens import SpecialTokensMixin, Token


class Role:
    """A special token as text, `tokenizer.pad_token`; None when the tokenizer has none."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, holder: None, owner: type) -> Role: ...
    @overload
    def __get__(self, holder: SpecialTokensMixin, owner: type) -> str | None: ...
    def __get__(self, holder: SpecialTokensMixin | None, owner: type) -> Role | str | None:
        return self if holder is None else holder._role_text(self.name)

    def __set__(self, holder: SpecialTokensMixin, value: Token | None) -> None:
        holder._set_role(self.name, value)


class RoleId:
    """The id of a special token, `tokenizer.pad_token_id`; setting it makes that id's token special."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.role = name.removesuffix("_id")

    @overload
    def __get__(self, holder: None, owner: type) -> RoleId: ...
    @overload
    def __get__(self, holder: SpecialTokensMixin, owner: type) -> int | None: ...
    def __get__(self, holder: SpecialTokensMixin | None, owner: type) -> RoleId | int | None:
        return self if holder is None else holder._role_id(self.role)

    def __set__(self, holder: SpecialTokensMixin, value: int | None) -> None:
        holder._set_role(self.role, None if value is None else holder.convert_ids_to_tokens(value))


__all__ = ["Role", "RoleId"]
