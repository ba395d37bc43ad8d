"""Weights of one language beside a model of many: `adapter.fra.safetensors` of MMS (arXiv:2305.13516).

Such a file has the adapter of every layer and the projection to the language's letters, by the names that
they have in the model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ..utils import logging

if TYPE_CHECKING:
    from .checkpoint import Checkpoint

logger = logging.get_logger(__name__)

FILES = ("adapter.{}.safetensors", "adapter.{}.bin")
_WORD = re.compile(r"[A-Za-z0-9][\w.-]*")
_PLACE = ("cache_dir", "force_download", "local_files_only", "token", "revision", "subfolder")


def find(source: str, language: str, use_safetensors: bool | None = None, **place: Any) -> Checkpoint:
    """The file of a language in a folder or hub repository.

    Raises:
        ValueError: the language is not a plain word.
        OSError: there is no such file.
    """
    from .checkpoint import folder_resolver, open_file

    if not _WORD.fullmatch(language):
        raise ValueError(f"target_lang must be a word such as 'fra', got {language!r}")
    resolve = folder_resolver(source, **place)
    safe, old = (kind.format(language) for kind in FILES)
    names = [safe, old] if use_safetensors is None else [safe if use_safetensors else old]
    for name in names:
        if source and (path := resolve(name)) is not None:
            return open_file(path)
    raise OSError(f"no weights for target_lang {language!r} in {source!r}: none of {', '.join(names)}")


def arrays_of(module: Any, checkpoint: Checkpoint, framework: str) -> dict[str, Any]:
    """The arrays of a language's file, by name.

    module: a model whose class says by `_language_head` where its projection to the letters is.

    Raises:
        ValueError: names that the model has not or that the file lacks, or shapes that do not fit.
    """
    head = module._language_head
    shapes = {name: tuple(map(int, value.shape)) for name, value in module._get_adapters().items()}
    problems = [f"unexpected {name}" for name in sorted(set(checkpoint) - set(shapes))]
    problems += [f"missing {name}" for name in sorted(set(shapes) - set(checkpoint))]
    for name in sorted(set(shapes) & set(checkpoint)):
        found, own = tuple(checkpoint.info(name).shape), shapes[name]
        if found != own and not (name.startswith(f"{head}.") and found[1:] == own[1:]):
            problems.append(f"{name} of shape {found}, the model's is {own}")
    if problems:
        raise ValueError(f"the weights of this language do not fit the model: {'; '.join(problems[:5])}")
    return {name: checkpoint.get(name, "pt" if framework == "pt" else "np") for name in shapes}


def adapt(
    module: Any, language: str, framework: str, put: Callable[[Mapping[str, Any]], None], **options: Any
) -> None:
    """Give a model the weights of a language.

    module: of torch or of the torch-API layer.  put: takes the arrays by name.  options: as for `find`.

    Raises:
        ValueError: the model has no adapters, or the file does not fit it.
    """
    if getattr(module, "_language_head", None) is None or module.config.adapter_attn_dim is None:
        raise ValueError(
            f"{type(module).__name__} cannot load_adapter({language!r}): config.adapter_attn_dim must be "
            "set, and the class one with letters of its own (ForCTC)"
        )
    known = {key: options[key] for key in (*_PLACE, "use_safetensors") if options.get(key) is not None}
    arrays = arrays_of(module, find(module.config.name_or_path, language, **known), framework)
    put(arrays)
    module.config.vocab_size = len(arrays[f"{module._language_head}.weight"])
    module.target_lang = language


def adapt_loaded(
    module: Any, request: Any, framework: str, put: Callable[[Any, Mapping[str, Any]], None]
) -> None:
    """What `from_pretrained(..., target_lang=...)` does after the weights of all languages are in place."""
    language = request.model_kwargs.get("target_lang")
    if language is not None:
        options = {**request.place, "use_safetensors": request.use_safetensors}
        adapt(module, language, framework, lambda arrays: put(module, arrays), **options)


class LanguageMixin:
    """`load_adapter` of the models of all frameworks."""

    framework: ClassVar[str]
    _operate: Any  # of faces: runs a function of `layers.resizing` on the module

    def _put_parameters(self, arrays: Mapping[str, Any]) -> None:
        """Take arrays by name, of any size."""
        self._operate("put", arrays)

    def load_adapter(self, target_lang: str, force_load: bool = True, **kwargs: Any) -> None:
        """Change to another language: read `adapter.{target_lang}.safetensors` beside the model's weights.

        Args:
            target_lang: the language, as files name it.
            force_load: read the file even if the language is the present one.
            kwargs: `cache_dir`, `force_download`, `local_files_only`, `token`, `revision`, `use_safetensors`.

        Raises:
            ValueError: the model has no adapters, or the file does not fit it.
            OSError: there is no such file.
        """
        module: Any = self if self.framework == "pt" else self.network  # type: ignore[attr-defined]
        if not force_load and getattr(module, "target_lang", None) == target_lang:
            logger.warning("the weights of %s are in place already", target_lang)
            return
        adapt(module, target_lang, self.framework, self._put_parameters, **kwargs)
        if self.framework != "pt":
            self.network.target_lang = target_lang  # type: ignore[attr-defined]


__all__ = ["FILES", "LanguageMixin", "adapt", "adapt_loaded", "arrays_of", "find"]
