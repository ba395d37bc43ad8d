"""`AutoTokenizer`: the tokenizer class that a checkpoint's files name."""

from __future__ import annotations

import importlib
import json
import os
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..._exports import EXPORTS
from ...tokenization.config_file import get_tokenizer_config as get_tokenizer_config
from ...utils.errors import did_you_mean
from ._tables import CONFIGS, TOKENIZERS

if TYPE_CHECKING:
    from ...tokenization.base import PreTrainedTokenizerBase
    from ...tokenization.reading import Source

Classes = tuple[type | None, type | None]
_PACKAGE = __name__.partition(".models.")[0]
# Classes of no single model, and where they live.
_GENERIC = {
    "PreTrainedTokenizer": "tokenization.python",
    "PreTrainedTokenizerFast": "tokenization.fast",
    "TokenizersBackend": "tokenization.fast",
}
_GENERIC_NAMES = {"TokenizersBackend": "PreTrainedTokenizerFast"}

# Models of two halves: the encoder's tokenizer reads for both unless their files say otherwise.
_PAIRS = ("encoder-decoder",)
# model_type -> (name of the Python class or None, name of the Rust class or None); both may be one class
TOKENIZER_MAPPING_NAMES: OrderedDict[str, tuple[str | None, str | None]] = OrderedDict(
    (model_type, (names[0], names[-1])) for model_type, names in TOKENIZERS.items()
)


def _home_of(class_name: str) -> str | None:
    """The module of this library that serves a tokenizer class, or None."""
    place = EXPORTS.get(class_name, "").partition(":")[0]
    return place if place.startswith("models.") and ".tokenization_" in place else None


def tokenizer_class_from_name(class_name: str) -> type[PreTrainedTokenizerBase] | None:
    """The tokenizer class of that name, or None; only classes of this library or registered ones are found.

    A class without "Fast" in its name also answers to the name with it.
    """
    if class_name in _GENERIC:
        module = importlib.import_module(f"{_PACKAGE}.{_GENERIC[class_name]}")
        return getattr(module, _GENERIC_NAMES.get(class_name, class_name))  # type: ignore[no-any-return]
    for classes in TOKENIZER_MAPPING.registered():
        for candidate in classes:
            if candidate is not None and candidate.__name__ == class_name:
                return candidate
    for name in (class_name, class_name.removesuffix("Fast"), f"{class_name}Fast"):
        if (home := _home_of(name)) is not None:
            found = getattr(importlib.import_module(f"{_PACKAGE}.{home}"), name)
            if isinstance(found, type) and hasattr(found, "convert_tokens_to_ids"):
                return found
    return None


class _Mapping(Mapping[type, Classes]):
    """Config class -> (Python tokenizer class, Rust tokenizer class); classes are imported when asked for."""

    def __init__(self) -> None:
        self._extra_content: dict[type, Classes] = {}

    def registered(self) -> list[Classes]:
        """What users added."""
        return list(self._extra_content.values())

    def registered_for(self, model_type: str) -> Classes | None:
        """What a user added for the config class of that model type."""
        for config_class, classes in self._extra_content.items():
            if getattr(config_class, "model_type", None) == model_type:
                return classes
        return None

    def __getitem__(self, config_class: type) -> Classes:
        if config_class in self._extra_content:
            return self._extra_content[config_class]
        for model_type in self._types(config_class):
            names = TOKENIZERS[model_type]
            return tokenizer_class_from_name(names[0]), tokenizer_class_from_name(names[-1])
        raise KeyError(config_class)

    def _types(self, config_class: type) -> list[str]:
        name = config_class.__name__
        return [kind for kind, config in CONFIGS.items() if config == name and kind in TOKENIZERS]

    def __iter__(self) -> Iterator[type]:
        package = importlib.import_module(_PACKAGE)
        yield from (getattr(package, CONFIGS[kind]) for kind in TOKENIZERS if kind in CONFIGS)
        yield from self._extra_content

    def __len__(self) -> int:
        return len(CONFIGS.keys() & TOKENIZERS.keys()) + len(self._extra_content)

    def __contains__(self, config_class: object) -> bool:
        if not isinstance(config_class, type):
            return False
        return config_class in self._extra_content or bool(self._types(config_class))

    def register(self, config_class: type, classes: Classes, exist_ok: bool = False) -> None:
        """Add a pair of classes.

        Raises:
            ValueError: the config class has one already and `exist_ok` is not set.
        """
        if config_class in self and not exist_ok:
            raise ValueError(
                f"{config_class.__name__} already has a tokenizer: pass exist_ok=True to replace it"
            )
        self._extra_content[config_class] = classes


TOKENIZER_MAPPING = _Mapping()


class AutoTokenizer:
    """Finds the tokenizer class of a checkpoint and loads it; not to be instantiated."""

    def __init__(self) -> None:
        raise OSError("AutoTokenizer is not instantiated: use AutoTokenizer.from_pretrained(folder_or_name)")

    @classmethod
    def from_pretrained(
        cls, pretrained_model_name_or_path: str | os.PathLike[str], *inputs: Any, **kwargs: Any
    ) -> PreTrainedTokenizerBase:
        """Load the tokenizer of a folder or of a repository of the hub.

        The class is the one that tokenizer_config.json names, else that of the `model_type` in config.json; a
        folder with nothing but a tokenizer.json gives a `PreTrainedTokenizerFast`, with nothing but a
        tekken.json a `LlamaTokenizer`.

        Args:
            pretrained_model_name_or_path: folder or repository name.
            *inputs: positional arguments of the class.
            **kwargs: `config` (a config object that decides the class), `tokenizer_type` (a model type that
                does), `use_fast` (which registered class to take), `trust_remote_code`, and what
                `PreTrainedTokenizerBase.from_pretrained` takes.

        Raises:
            ValueError: the class is unknown, or would be code of the checkpoint's own.
            OSError: the files are not there.
        """
        from ...tokenization.reading import Source, read_config, split_options
        from .custom_code import PLACE, trusted_tokenizer

        options = dict(kwargs)
        config = options.pop("config", None)
        model_type = options.pop("tokenizer_type", None)
        use_fast = options.pop("use_fast", True)
        trusted = bool(options.pop("trust_remote_code", False))
        code_revision = options.pop("code_revision", None)
        source = Source(pretrained_model_name_or_path, split_options(options)[0])
        if options.get("gguf_file") or os.fspath(pretrained_model_name_or_path).endswith(".gguf"):
            fast: Any = tokenizer_class_from_name("PreTrainedTokenizerFast")
            return fast.from_pretrained(pretrained_model_name_or_path, **options)
        if model_type is not None:
            found = _of_model_type(str(model_type), use_fast)
            if found is None:
                known = sorted(TOKENIZERS)
                raise ValueError(
                    f"tokenizer_type {model_type!r} is unknown; known: {', '.join(known)}."
                    f"{did_you_mean(str(model_type), known)}"
                )
            return found.from_pretrained(pretrained_model_name_or_path, *inputs, **options)
        settings = read_config(source)
        model_settings = _read_json(source, "config.json") if config is None else {}
        found = _choose(settings, model_settings, config, use_fast)
        where = {"code_revision": code_revision, **{key: options[key] for key in PLACE if key in options}}
        both = (settings, model_settings)
        own = trusted_tokenizer(source.where, both, use_fast, trusted, found is not None, where)
        if own is not None or found is None:
            found = own or _fallback(source, settings, model_settings)
        return found.from_pretrained(pretrained_model_name_or_path, *inputs, **options)

    @staticmethod
    def register(
        config_class: type,
        slow_tokenizer_class: type | None = None,
        fast_tokenizer_class: type | None = None,
        exist_ok: bool = False,
    ) -> None:
        """Say which tokenizer class belongs to a config class of yours.

        Args:
            config_class: the config class.
            slow_tokenizer_class: a `PreTrainedTokenizer`, or any tokenizer class.
            fast_tokenizer_class: a `PreTrainedTokenizerFast`.
            exist_ok: whether to replace an earlier entry.

        Raises:
            ValueError: neither class is given, or one is no tokenizer class, or there is an entry already.
        """
        from ...tokenization.base import PreTrainedTokenizerBase

        given = (slow_tokenizer_class, fast_tokenizer_class)
        if not any(given):
            raise ValueError("give slow_tokenizer_class, fast_tokenizer_class or both")
        for candidate in given:
            if candidate is not None and not issubclass(candidate, PreTrainedTokenizerBase):
                raise ValueError(f"{candidate.__name__} must be a subclass of PreTrainedTokenizerBase")
        if config_class in TOKENIZER_MAPPING and exist_ok:
            before = TOKENIZER_MAPPING[config_class]
            given = (given[0] or before[0], given[1] or before[1])
        TOKENIZER_MAPPING.register(config_class, given, exist_ok=exist_ok)


def _pick(classes: Classes, use_fast: bool) -> type[PreTrainedTokenizerBase] | None:
    slow, fast = classes
    return (fast or slow) if use_fast else (slow or fast)


def _of_model_type(model_type: str, use_fast: bool) -> type[PreTrainedTokenizerBase] | None:
    registered = TOKENIZER_MAPPING.registered_for(model_type)
    if registered is not None:
        return _pick(registered, use_fast)
    names = TOKENIZERS.get(model_type)
    return None if not names else tokenizer_class_from_name(names[-1])


def _choose(
    settings: dict[str, Any], model_settings: dict[str, Any], config: Any, use_fast: bool
) -> type[PreTrainedTokenizerBase] | None:
    """The class by the tokenizer's own file, by what the config says, by the config's type."""
    named = settings.get("tokenizer_class") or model_settings.get("tokenizer_class")
    if named is None and config is not None:
        named = getattr(config, "tokenizer_class", None)
    if isinstance(named, str):
        other = named.removesuffix("Fast") if named.endswith("Fast") else f"{named}Fast"
        order = [other, named] if use_fast != named.endswith("Fast") else [named, other]
        for name in order:
            if (found := tokenizer_class_from_name(name)) is not None:
                return found
        return None
    if config is not None and config.model_type in _PAIRS:
        config = config.encoder
    if config is not None and type(config) in TOKENIZER_MAPPING:
        return _pick(TOKENIZER_MAPPING[type(config)], use_fast)
    model_type = model_settings.get("model_type")
    if model_type in _PAIRS and isinstance(encoder := model_settings.get("encoder"), dict):
        model_type = encoder.get("model_type")
    return _of_model_type(model_type, use_fast) if isinstance(model_type, str) else None


def _read_json(source: Source, name: str) -> dict[str, Any]:
    from ...tokenization.files import read_object

    path = source.file(name)
    return {} if path is None else read_object(path)


def _fallback(
    source: Source, settings: dict[str, Any], model_settings: dict[str, Any]
) -> type[PreTrainedTokenizerBase]:
    """What to do when no class of ours is named: a bare tokenizer.json is enough; the rest is an error."""
    where = source.where
    named = settings.get("tokenizer_class") or model_settings.get("tokenizer_class")
    from ...tokenization.tiktoken import is_tiktoken_file

    bare = source.file("tokenizer.json") or source.byte_file()
    if bare is not None and bare.name == "tekken.json":
        return tokenizer_class_from_name("LlamaTokenizer")  # type: ignore[return-value]
    if bare is not None or is_tiktoken_file(source.file("tokenizer.model")):
        from ...tokenization.fast import PreTrainedTokenizerFast

        return PreTrainedTokenizerFast
    known = sorted(
        {name for names in TOKENIZERS.values() for name in names}
        | {c.__name__ for pair in TOKENIZER_MAPPING.registered() for c in pair if c is not None}
    )
    if named is not None:
        raise ValueError(
            f"Tokenizer class {named} does not exist here; known: {', '.join(known)}."
            f"{did_you_mean(str(named), known)}"
        )
    if source.folder.is_file():
        raise ValueError(f"{where} is a file: give its folder, or load it with the class of the tokenizer")
    if not source.is_folder and not settings and not model_settings:
        raise OSError(
            f"Can't load tokenizer for {where!r}: no such folder, and no repository with a tokenizer"
        )
    kind, types = model_settings.get("model_type"), sorted(TOKENIZERS)
    raise ValueError(
        f"{where} does not tell its tokenizer: tokenizer_config.json should name a tokenizer_class, or "
        f"config.json a model_type out of {', '.join(types)}; model_type is {json.dumps(kind)}."
        f"{did_you_mean(str(kind), types) if kind else ''}"
    )


__all__ = [
    "TOKENIZER_MAPPING",
    "TOKENIZER_MAPPING_NAMES",
    "AutoTokenizer",
]
