"""Special tokens by role: bos, eos, unk, sep, pad, cls, mask and additional ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from tokenizers import AddedToken

from ..utils.errors import did_you_mean
from .notices import NoList
from .role_access import Role, RoleId

Token = str | AddedToken


class SpecialTokensMixin:
    """The special tokens of a tokenizer; roles that only some models have (`image_token`) are added by name.

    Args:
        verbose: whether to explain oddities in the log.
        **kwargs: roles and their tokens; names that are no role are ignored.
    """

    SPECIAL_TOKENS_ATTRIBUTES: ClassVar[list[str]] = [
        "bos_token",
        "eos_token",
        "unk_token",
        "sep_token",
        "pad_token",
        "cls_token",
        "mask_token",
        "additional_special_tokens",
    ]
    bos_token = Role()
    eos_token = Role()
    unk_token = Role()
    sep_token = Role()
    pad_token = Role()
    cls_token = Role()
    mask_token = Role()
    bos_token_id = RoleId()
    eos_token_id = RoleId()
    unk_token_id = RoleId()
    sep_token_id = RoleId()
    pad_token_id = RoleId()
    cls_token_id = RoleId()
    mask_token_id = RoleId()

    def __init__(self, verbose: bool = False, **kwargs: Any) -> None:
        self.verbose = verbose
        self._pad_token_type_id = 0
        self._extra_roles: list[str] = []
        self._special_tokens_map: dict[str, Any] = dict.fromkeys(SpecialTokensMixin.SPECIAL_TOKENS_ATTRIBUTES)
        self._special_tokens_map["additional_special_tokens"] = []
        for name, value in kwargs.items():
            if name in self._special_tokens_map and value is not None:
                self._set_role(name, value)

    # -- hooks of the engine

    def convert_tokens_to_ids(self, tokens: Any) -> Any:
        raise NotImplementedError

    def convert_ids_to_tokens(self, ids: Any, skip_special_tokens: bool = False) -> Any:
        raise NotImplementedError

    def _add_tokens(self, new_tokens: Sequence[Token], special_tokens: bool = False) -> int:
        raise NotImplementedError

    # -- one role

    def _role_text(self, name: str) -> str | None:
        value = self._special_tokens_map[name]
        return None if value is None else str(value)

    def _role_id(self, name: str) -> int | None:
        text = self._role_text(name)
        return None if text is None else self.convert_tokens_to_ids(text)  # type: ignore[no-any-return]

    def _set_role(self, name: str, value: Any) -> None:
        if name == "additional_special_tokens" and value is not None:
            tokens = list(value)
            if isinstance(value, Token) or not all(isinstance(token, Token) for token in tokens):
                raise ValueError(
                    f"additional_special_tokens must be a list of str or AddedToken, not {value!r}"
                )
            self._special_tokens_map[name] = tokens
        elif value is None or isinstance(value, (str, AddedToken)):
            self._special_tokens_map[name] = value
        else:
            raise ValueError(
                f"Cannot set a non-string value as the {name}: got {value!r}; give str, AddedToken or None"
            )

    def _set_model_specific_special_tokens(self, special_tokens: dict[str, Any]) -> None:
        """Add roles of one model: `{"image_token": "<image>"}` reads as `tokenizer.image_token(_id)`."""
        for name, value in special_tokens.items():
            if not isinstance(value, (str, AddedToken)):
                raise TypeError(
                    f"extra special token {name} must be str or AddedToken, not {type(value).__name__}"
                )
            if name not in self._special_tokens_map:
                self._extra_roles.append(name)
            self._special_tokens_map[name] = value

    def __getattr__(self, name: str) -> Any:
        # Reached only for names that Python did not find: roles of one model, and `_eos_token`.
        roles = self.__dict__.get("_extra_roles", ())
        if name in roles:
            return self._role_text(name)
        held = self.__dict__.get("_special_tokens_map", ())
        if name.startswith("_") and name[1:] in held:
            return held[name[1:]]  # older programs read the token with its flags so
        if name.endswith("_id") and name.removesuffix("_id") in roles:
            return self._role_id(name.removesuffix("_id"))
        raise AttributeError(f"{type(self).__name__} has no attribute {name}")

    def __setattr__(self, name: str, value: Any) -> None:
        roles = self.__dict__.get("_extra_roles", ())
        if name in roles:
            self._set_role(name, value)
        elif name.endswith("_id") and name.removesuffix("_id") in roles:
            self._set_role(name.removesuffix("_id"), self.convert_ids_to_tokens(value))
        else:
            super().__setattr__(name, value)

    @property
    def additional_special_tokens(self) -> list[str]:
        """Special tokens without a role; None once they were set to None."""
        found = self._special_tokens_map["additional_special_tokens"]
        return None if found is None else [str(token) for token in found]  # type: ignore[return-value]

    @additional_special_tokens.setter
    def additional_special_tokens(self, value: Sequence[Token] | None) -> None:
        self._set_role("additional_special_tokens", value)

    @property
    def additional_special_tokens_ids(self) -> list[int]:
        """Ids of the special tokens without a role."""
        return self.convert_tokens_to_ids(self.additional_special_tokens or [])  # type: ignore[no-any-return]

    @additional_special_tokens_ids.setter
    def additional_special_tokens_ids(self, values: Iterable[int]) -> None:
        self._set_role("additional_special_tokens", [self.convert_ids_to_tokens(value) for value in values])

    @property
    def pad_token_type_id(self) -> int:
        """Token type of padding."""
        return self._pad_token_type_id

    # -- all roles

    @property
    def special_tokens_map_extended(self) -> dict[str, Any]:
        """Roles that are filled, with the tokens as they were given: text or `AddedToken`."""
        return {name: value for name, value in self._special_tokens_map.items() if value}

    @property
    def special_tokens_map(self) -> dict[str, Any]:
        """Roles that are filled, with the tokens as text."""
        return {
            name: [str(token) for token in value] if isinstance(value, list) else str(value)
            for name, value in self.special_tokens_map_extended.items()
        }

    @property
    def all_special_tokens_extended(self) -> list[Token]:
        """Every special token once, as it was given."""
        found: dict[str, Token] = {}
        for value in self.special_tokens_map_extended.values():
            for token in value if isinstance(value, list) else [value]:
                found.setdefault(str(token), token)
        return list(found.values())

    @property
    def all_special_tokens(self) -> list[str]:
        """Every special token once, as text."""
        return [str(token) for token in self.all_special_tokens_extended]

    @property
    def all_special_ids(self) -> list[int]:
        """Ids of `all_special_tokens`."""
        return self.convert_tokens_to_ids(self.all_special_tokens)  # type: ignore[no-any-return]

    # -- growing the vocabulary

    def add_tokens(self, new_tokens: Token | Sequence[Token], special_tokens: bool = False) -> int:
        """Add tokens to the vocabulary; a token that it already has is only protected from being split.

        Args:
            new_tokens: one token or several.
            special_tokens: whether they are special: never normalised, left out by `skip_special_tokens`.

        Returns:
            How many tokens were added. Resize the model's embeddings to `len(tokenizer)` afterwards.
        """
        tokens = [new_tokens] if isinstance(new_tokens, (str, AddedToken)) else list(new_tokens)
        for token in tokens:
            if not isinstance(token, (str, AddedToken)):
                raise TypeError(f"a token must be str or AddedToken, not {type(token).__name__}: {token!r}")
        return self._add_tokens(tokens, special_tokens=special_tokens) if tokens else 0

    def add_special_tokens(
        self, special_tokens_dict: dict[str, Any], replace_additional_special_tokens: bool = True
    ) -> int:
        """Fill roles, and add their tokens to the vocabulary where it lacks them.

        Args:
            special_tokens_dict: role to token; `additional_special_tokens` takes a list.
            replace_additional_special_tokens: whether that list replaces the present one or extends it.

        Returns:
            How many tokens the vocabulary gained.

        Raises:
            ValueError: a key is no role, or a value no token (an AssertionError too).
        """
        fresh: list[AddedToken] = []
        for name, value in special_tokens_dict.items():
            if name not in self._special_tokens_map:
                known = list(self._special_tokens_map)
                raise ValueError(
                    f"Key {name} is not a special token; known: {known}.{did_you_mean(name, known)}"
                )
            many = name == "additional_special_tokens"
            if many != isinstance(value, (list, tuple)):
                wanted = "a list of str or AddedToken" if many else "a str or an AddedToken instance"
                raise (NoList if many else ValueError)(f"Token {value!r} for key {name} should be {wanted}")
            tokens = [_special(token, name) for token in (value if many else [value])]
            if many:
                present = self._special_tokens_map[name]
                kept = [] if replace_additional_special_tokens else list(present or [])
                old = {str(token) for token in kept}
                self._set_role(name, kept + [token for token in tokens if str(token) not in old])
            else:
                self._set_role(name, tokens[0])
            fresh.extend(tokens)
        return self.add_tokens(fresh, special_tokens=True)

    def sanitize_special_tokens(self) -> int:
        """Add every special token that the vocabulary lacks; the number added."""
        return self.add_tokens(self.all_special_tokens_extended, special_tokens=True)


def with_flags(tokens: dict[str, Any], tokenizer_file: Any, options: dict[str, Any]) -> dict[str, Any]:
    """Roles with their tokens; those given as text get the flags that they have in older vocabulary files.

    Args:
        tokens: by role.
        tokenizer_file: of the tokenizer; where there is one, it has the flags.
        options: what else the tokenizer was given.
    """
    if tokenizer_file is not None or options.get("tokenizer_object") is not None:
        return tokens
    return {
        role: AddedToken(token, normalized=True) if isinstance(token, str) else token
        for role, token in tokens.items()
    }


def _special(token: Any, role: str) -> AddedToken:
    if isinstance(token, AddedToken):
        return token
    if isinstance(token, str):
        return AddedToken(token, normalized=False, special=True)
    raise ValueError(f"Token {token!r} for key {role} should be a str or an AddedToken instance")


__all__ = ["AddedToken", "SpecialTokensMixin", "Token", "with_flags"]
