"""Code that a repository brings along: fetched, copied and imported only where the CALLER said
`trust_remote_code=True`, never because a file wishes it.

Copies lie in a cache of modules, in a folder named by the commit (or, for a local folder, by their contents),
so that what was imported once cannot change under it.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from .loading.config_files import write_text
from .loading.hub import cached_file, extract_commit_hash
from .utils import environment, logging

logger = logging.get_logger(__name__)

TRANSFORMERS_DYNAMIC_MODULE_NAME = "transformers_modules"
_PLACE = ("cache_dir", "force_download", "token", "local_files_only", "repo_type")
_REFERENCE = re.compile(r"(?:(?P<repo>[^\s]+)--)?(?P<module>[A-Za-z_][\w.]*)\.(?P<name>[A-Za-z_]\w*)")


def resolve_trust_remote_code(
    trust_remote_code: bool | None,
    model_name: object,
    has_local_code: bool,
    has_remote_code: bool,
    error_message: str | None = None,
    upstream_repo: str | None = None,
) -> bool:
    """Whether code of a repository is to run: only if there is any and the caller trusts it.

    Args:
        trust_remote_code: what the caller said; None and False are no.
        model_name: folder or repository, for the message.
        has_local_code: whether the library can do without.
        has_remote_code: whether the repository has code.
        error_message: put in front of the message.
        upstream_repo: another repository that the code is in.

    Raises:
        ValueError: there is no other way, and the caller did not say so.
    """
    if has_remote_code and not has_local_code and not trust_remote_code:
        place = upstream_repo or model_name
        before = f"{error_message} " if error_message else ""
        raise ValueError(
            f"{before}{model_name} names code of its own (auto_map), which is not run unless you ask for it; "
            f"no file can allow that. Read the code in {place}, and if you trust it pass "
            "trust_remote_code=True, with revision= a commit so that it cannot change. Or import its classes "
            "yourself and make them known by AutoConfig.register and AutoModel.register"
        )
    return bool(has_remote_code and trust_remote_code)


def _relative(path: str | os.PathLike[str]) -> Iterator[tuple[str, ...]]:
    """The modules that a file imports relatively, as parts of their path."""
    source = Path(path).read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source, filename=str(path))):
        if isinstance(node, ast.ImportFrom) and node.level:
            if node.level > 1:
                raise ImportError(
                    f"{path} imports from above its own folder: only `from .module` is followed"
                )
            named = [tuple(node.module.split("."))] if node.module else [(a.name,) for a in node.names]
            yield from named


def get_relative_imports(module_file: str | os.PathLike[str]) -> list[str]:
    """Names of the modules beside a file that it imports: `a` of `from .a import b`."""
    return sorted({".".join(parts) for parts in _relative(module_file)})


def get_relative_import_files(module_file: str | os.PathLike[str]) -> list[str]:
    """Paths of all files that a file needs by relative imports, those of its imports too."""
    folder = Path(module_file).parent
    found: dict[str, None] = {}
    waiting = [Path(module_file)]
    while waiting:
        for name in get_relative_imports(waiting.pop()):
            path = folder / (name.replace(".", "/") + ".py")
            if str(path) not in found:
                found[str(path)] = None
                waiting.append(path)
    return list(found)


def get_imports(filename: str | os.PathLike[str]) -> list[str]:
    """Top-level packages that a file imports, those inside `try` left out: they are optional."""
    tree = ast.parse(Path(filename).read_text(encoding="utf-8"), filename=str(filename))
    optional = {id(inner) for node in ast.walk(tree) if isinstance(node, ast.Try) for inner in ast.walk(node)}
    names: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in optional:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names.add(node.module.partition(".")[0])
    return sorted(names)


def check_imports(filename: str | os.PathLike[str]) -> list[str]:
    """The relative imports of a file, once every package it needs is known to be installed.

    Raises:
        ImportError: packages are missing; the message names them.
    """
    missing = [name for name in get_imports(filename) if importlib.util.find_spec(name) is None]
    if missing:
        raise ImportError(
            f"{filename} needs packages that are not installed: pip install {' '.join(missing)}"
        )
    return get_relative_imports(filename)


def init_hf_modules() -> None:
    """Make the cache of modules importable."""
    home = environment.modules_cache()
    if home not in sys.path:
        sys.path.append(home)
    create_dynamic_module("")


def create_dynamic_module(name: str | os.PathLike[str]) -> None:
    """Make `name`, a folder below the cache of modules, a package, and every folder above it."""
    folder = Path(environment.modules_cache())
    for part in ("", *Path(name).parts):
        folder = folder / part
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "__init__.py").exists():
            write_text(folder / "__init__.py", "")
    importlib.invalidate_caches()


def _as_package(name: str) -> str:
    """A part of a path as a name that can be imported, different for different names."""
    plain = re.sub(r"\W", lambda found: f"_{ord(found[0]):x}_", name)
    return f"_{plain}" if plain[:1].isdigit() else plain


def _state(folder: Path) -> str:
    """A name for the state of all code in a folder, so that files which belong together stay together."""
    seen = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        seen.update(repr((path.relative_to(folder).as_posix(), path.read_bytes())).encode())
    return seen.hexdigest()[:40]


def get_cached_module_file(
    pretrained_model_name_or_path: str | os.PathLike[str],
    module_file: str,
    revision: str | None = None,
    **kwargs: Any,
) -> str:
    """Copy a file of code, and those it imports relatively, into the cache of modules.

    Args:
        pretrained_model_name_or_path: folder or repository.
        module_file: its path there, such as "modeling_mine.py".
        revision: branch, tag or commit.
        kwargs: `token`, `cache_dir` and the like, as for `cached_file`.

    Returns:
        The path of the copy below the cache of modules.
    """
    name = os.fspath(pretrained_model_name_or_path)
    place = {key: kwargs[key] for key in _PLACE if kwargs.get(key) is not None}
    files: dict[str, Path] = {}
    waiting = [module_file]
    while waiting:
        inner = waiting.pop()
        if inner in files:
            continue
        path = cast(Path, cached_file(name, inner, revision=revision, **place))  # a missing file raises
        revision = extract_commit_hash(path) or revision  # all files of one commit
        files[inner] = path
        above = Path(inner).parent
        waiting += [(above / Path(*parts)).as_posix() + ".py" for parts in _relative(path)]
    for path in files.values():
        check_imports(path)
    texts = {inner: path.read_text(encoding="utf-8") for inner, path in sorted(files.items())}
    version = extract_commit_hash(files[module_file])
    if version is None:
        version = _state(Path(name))
        parts = [_as_package(Path(name).resolve().name)]
    else:
        parts = [_as_package(part) for part in name.split("/")]
    package = Path(TRANSFORMERS_DYNAMIC_MODULE_NAME, *parts, _as_package(version))
    init_hf_modules()
    for inner, text in texts.items():
        target = Path(environment.modules_cache()) / package / inner
        create_dynamic_module(package / Path(inner).parent)
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            write_text(target, text)
    importlib.invalidate_caches()
    return str(package / module_file)


def get_class_in_module(class_name: str, module_path: str | os.PathLike[str]) -> Any:
    """A class of a file in the cache of modules, imported once per process."""
    name = ".".join(Path(module_path).with_suffix("").parts)
    module = importlib.import_module(name)
    if not hasattr(module, class_name):
        raise AttributeError(f"{module_path} defines no {class_name}")
    return getattr(module, class_name)


def get_class_from_dynamic_module(
    class_reference: str,
    pretrained_model_name_or_path: str | os.PathLike[str],
    revision: str | None = None,
    code_revision: str | None = None,
    **kwargs: Any,
) -> Any:
    """Import a class from code in a folder or repository. The code RUNS: call this only for what you trust.

    Args:
        class_reference: "module.Class", or "owner/name--module.Class" for code in another repository.
        pretrained_model_name_or_path: folder or repository, where the reference names none.
        revision: branch, tag or commit of that repository.
        code_revision: the same of the repository the code is in, if it is another.
        kwargs: `token`, `cache_dir` and the like, as for `cached_file`.

    Raises:
        ValueError: the reference does not read like one.
        AttributeError: the module defines no such class.
    """
    found = _REFERENCE.fullmatch(class_reference) if isinstance(class_reference, str) else None
    if found is None:
        raise ValueError(
            f"a reference to code reads module.Class or repo--module.Class, got {class_reference!r}"
        )
    repo = found["repo"] or os.fspath(pretrained_model_name_or_path)
    if code_revision is None and repo == os.fspath(pretrained_model_name_or_path):
        code_revision = revision
    module_file = found["module"].replace(".", "/") + ".py"
    path = get_cached_module_file(repo, module_file, revision=code_revision, **kwargs)
    return get_class_in_module(found["name"], path)


def custom_object_save(obj: Any, folder: str | os.PathLike[str], config: Any = None) -> list[str]:
    """Copy the file that defines an object's class, and its relative imports, into a folder.

    The auto class that opens it is noted in `config`.

    Args:
        obj: an object whose class was given `register_for_auto_class`.
        folder: where it is saved.
        config: a configuration, or a mapping that becomes a JSON file, whose `auto_map` gets an entry.

    Returns:
        Paths of the copies.
    """
    kind = type(obj)
    source = getattr(sys.modules.get(kind.__module__), "__file__", None)
    if kind.__module__ == "__main__" or source is None:
        logger.warning(f"{kind.__name__} is not defined in a file of its own: its code was not saved")
        return []
    reference = f"{kind.__module__.rpartition('.')[2]}.{kind.__name__}"
    if isinstance(config, dict):
        config["auto_map"] = {**(config.get("auto_map") or {}), obj._auto_class: reference}
    elif config is not None:
        config.auto_map = {**(vars(config).get("auto_map") or {}), obj._auto_class: reference}
    written = []
    for path in [source, *get_relative_import_files(source)]:
        target = Path(folder) / Path(path).relative_to(Path(source).parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        write_text(target, Path(path).read_text(encoding="utf-8"))
        written.append(str(target))
    return written


__all__ = [
    "TRANSFORMERS_DYNAMIC_MODULE_NAME",
    "check_imports",
    "create_dynamic_module",
    "custom_object_save",
    "get_cached_module_file",
    "get_class_from_dynamic_module",
    "get_class_in_module",
    "get_imports",
    "get_relative_import_files",
    "get_relative_imports",
    "init_hf_modules",
    "resolve_trust_remote_code",
]
