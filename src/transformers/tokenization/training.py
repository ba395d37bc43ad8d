"""A new vocabulary for the same kind of tokenizer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tokenizers import AddedToken, Tokenizer, pre_tokenizers
from tokenizers.trainers import BpeTrainer, UnigramTrainer, WordLevelTrainer, WordPieceTrainer

from .files import token_from_json, token_to_json

if TYPE_CHECKING:
    from .fast import PreTrainedTokenizerFast

_TRAINERS: dict[str, Any] = {
    "BPE": BpeTrainer,
    "Unigram": UnigramTrainer,
    "WordLevel": WordLevelTrainer,
    "WordPiece": WordPieceTrainer,
}
# What a trained model keeps of the old one, by model.
_KEPT = {
    "BPE": ("continuing_subword_prefix", "end_of_word_suffix"),
    "WordPiece": ("continuing_subword_prefix",),
}


def train_new(
    tokenizer: PreTrainedTokenizerFast,
    texts: Any,
    vocab_size: int,
    length: int | None = None,
    new_special_tokens: list[str | AddedToken] | None = None,
    special_tokens_map: dict[str, str] | None = None,
    **kwargs: Any,
) -> PreTrainedTokenizerFast:
    """Train; see `PreTrainedTokenizerFast.train_new_from_iterator`."""
    renamed = special_tokens_map or {}
    state = json.loads(tokenizer.backend_json())
    added = state.pop("added_tokens")
    post_processor = state.pop("post_processor")
    kind = state["model"]["type"]
    unknown = state["model"].get("unk_token")
    _empty(state["model"], kind, added, renamed)
    engine = Tokenizer.from_str(json.dumps({**state, "added_tokens": [], "post_processor": None}))
    special: list[str | AddedToken] = []
    for fields in added:
        if fields["special"] or fields["content"] in renamed:
            content = renamed.get(fields["content"], fields["content"])
            special.append(token_from_json({**fields, "content": content}, "added_tokens"))
    special.extend(new_special_tokens or [])
    if kind == "Unigram" and (unknown := tokenizer.unk_token) is not None:
        kwargs.setdefault("unk_token", renamed.get(unknown, unknown))
    for name in _KEPT.get(kind, ()):
        if state["model"].get(name) is not None:
            kwargs.setdefault(name, state["model"][name])
    if "ByteLevel" in json.dumps([state["pre_tokenizer"], state["normalizer"]]):
        kwargs.setdefault("initial_alphabet", pre_tokenizers.ByteLevel.alphabet())
    trainer = _TRAINERS[kind](vocab_size=vocab_size, special_tokens=special, **kwargs)
    engine.train_from_iterator(texts, trainer=trainer, length=length)
    if post_processor is not None:
        trained = json.loads(engine.to_str())
        trained["post_processor"] = _renumbered(post_processor, engine, renamed)
        engine = Tokenizer.from_str(json.dumps(trained))
    options = _options(tokenizer, renamed, new_special_tokens)
    return type(tokenizer)(tokenizer_object=engine, **options)


def _empty(model: dict[str, Any], kind: str, added: list[dict[str, Any]], renamed: dict[str, str]) -> None:
    """Take the learnt part out of a model's description, in place.

    Raises:
        ValueError: this kind of model cannot be trained.
    """
    if kind not in _TRAINERS:
        raise ValueError(f"a {kind} model cannot be trained; {', '.join(_TRAINERS)} can")
    if kind == "Unigram":
        unknown = model.get("unk_id")
        model["vocab"] = [] if unknown is None else [model["vocab"][unknown]]
        model["unk_id"] = None if unknown is None else 0
        return
    model["vocab"] = {}
    if kind == "BPE":
        model["merges"] = []
    if model.get("unk_token") is not None:
        model["unk_token"] = renamed.get(model["unk_token"], model["unk_token"])


def _renumbered(state: dict[str, Any], engine: Tokenizer, renamed: dict[str, str]) -> dict[str, Any]:
    """A post-processor with the special tokens' new texts and ids."""
    if state["type"] == "Sequence":
        return {**state, "processors": [_renumbered(part, engine, renamed) for part in state["processors"]]}
    new = dict(state)
    for name in ("cls", "sep"):
        if name in state:
            text = renamed.get(state[name][0], state[name][0])
            new[name] = [text, _id(engine, text)]
    if state["type"] == "TemplateProcessing":
        for which in ("single", "pair"):
            new[which] = [
                {
                    "SpecialToken": {
                        **item["SpecialToken"],
                        "id": renamed.get(item["SpecialToken"]["id"], item["SpecialToken"]["id"]),
                    }
                }
                if "SpecialToken" in item
                else item
                for item in state[which]
            ]
        new["special_tokens"] = {}
        for name, token in state["special_tokens"].items():
            texts = [renamed.get(text, text) for text in token["tokens"]]
            key = renamed.get(name, name)
            new["special_tokens"][key] = {
                "id": key,
                "tokens": texts,
                "ids": [_id(engine, text) for text in texts],
            }
    return new


def _id(engine: Tokenizer, text: str) -> int:
    index = engine.token_to_id(text)
    if index is None:
        raise ValueError(
            f"the special token {text!r} is not in the new vocabulary: name it in new_special_tokens"
        )
    return int(index)


def _options(
    tokenizer: PreTrainedTokenizerFast, renamed: dict[str, str], fresh: list[str | AddedToken] | None
) -> dict[str, Any]:
    """The old tokenizer's options with its special tokens under their new texts."""
    gone = {*tokenizer.vocab_files_names, "name_or_path", "tokenizer_file", "tokenizer_object"}
    gone.add("added_tokens_decoder")
    options = {name: value for name, value in tokenizer.init_kwargs.items() if name not in gone}
    for role, value in tokenizer.special_tokens_map_extended.items():
        if isinstance(value, list):
            options[role] = [_renamed(token, renamed) for token in value]
        else:
            options[role] = _renamed(value, renamed)
    if fresh:
        options["additional_special_tokens"] = [*options.get("additional_special_tokens", []), *fresh]
    return options


def _renamed(token: str | AddedToken, renamed: dict[str, str]) -> str | AddedToken:
    """A special token under its new text, with the flags it had."""
    text = renamed.get(str(token), str(token))
    if isinstance(token, str):
        return text
    return token_from_json({**token_to_json(token), "content": text}, "special_tokens_map")


__all__ = ["train_new"]
