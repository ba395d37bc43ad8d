"""Files by name, from a folder or from the hub; the hub is reached only through `huggingface_hub`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from ..utils import environment
from . import downloads
from .folder_update import current
from .sharing import PushToHubMixin

_COMMIT = re.compile(r"[0-9a-f]{40}")
_LOOKS_LOCAL = re.compile(
    r"[./~\\].*|[A-Za-z]:[\\/].*|.*\\.*|[^/]*/[^/]*/.*|.*\.(json|bin|safetensors|h5|msgpack)"
)


def check_relative(name: str, what: str = "file name") -> str:
    """`name` itself, if it stays below the folder it is looked up in.

    Raises:
        ValueError: an absolute name, one with `..`, a backslash or a zero byte, or an empty one.
    """
    parts = PurePosixPath(name).parts
    if not parts or parts[0] == "/" or ".." in parts or "\\" in name or "\0" in name or ":" in parts[0]:
        raise ValueError(f"{what} must be a path below the model's folder, got {name!r}")
    return name


def is_regular_file(path: Path) -> bool:
    """Whether `path` is an ordinary file or a link to one; opening anything else could block or reach a
    device."""
    return path.is_file()


def extract_commit_hash(
    resolved_file: str | os.PathLike[str] | None, commit_hash: str | None = None
) -> str | None:
    """The commit in the path of a file in the hub's cache; None for other files."""
    if resolved_file is None or commit_hash is not None:
        return commit_hash
    parts = Path(resolved_file).parts
    after = [parts[i + 1] for i, part in enumerate(parts[:-1]) if part == "snapshots"]
    return after[-1] if after and _COMMIT.fullmatch(after[-1]) else None


def http_user_agent(user_agent: Mapping[str, Any] | str | None = None) -> str:
    """What requests to the hub say about who asks."""
    from .. import __version__

    extra = user_agent.items() if isinstance(user_agent, Mapping) else ()
    text = [f"transformers/{__version__}", *(f"{key}/{value}" for key, value in extra)]
    return "; ".join([*text, user_agent] if isinstance(user_agent, str) else text)


def cached_file(
    path_or_repo_id: str | os.PathLike[str],
    filename: str,
    *,
    revision: str | None = None,
    subfolder: str = "",
    token: str | bool | None = None,
    cache_dir: str | os.PathLike[str] | None = None,
    local_files_only: bool = False,
    force_download: bool = False,
    required: bool = True,
    repo_type: str | None = None,
    **published: Any,
) -> Path | None:
    """Path of one file of a model.

    Args:
        path_or_repo_id: a folder, a file (then that file is the answer), or an id on the hub.
        filename: name below the folder or repository.
        revision: branch, tag or commit.  What is cached costs no request.
        subfolder: folder inside the repository.
        token: access token; None takes the stored one, False none.
        cache_dir: where downloads are kept; the environment decides if None.
        local_files_only: never touch the network.
        force_download: ask the hub even if it is cached: this is how a branch that moved is followed.
        required: raise if there is no such file; False returns None.
        repo_type: "model" (default), "dataset" or "space".
        published: further keywords of the published function; those about raising are honoured, the rest has
            no effect.

    Raises:
        OSError: not found, not reachable or not allowed; the message names the place and the cure.
        ValueError: a name that leaves the folder.
    """
    required = required and published.get("_raise_exceptions_for_missing_entries", True)
    name = os.fspath(path_or_repo_id)
    subfolder = subfolder or ""
    inner = check_relative(f"{subfolder.strip('/')}/{filename}" if subfolder else filename)
    if subfolder:
        check_relative(subfolder, "subfolder")
    place = Path(name).expanduser()
    if place.is_dir():
        return _file_in_folder(place, inner, required)
    if place.exists():
        if not is_regular_file(place):
            raise OSError(f"{name} must be a folder or a regular file")
        return place
    if _LOOKS_LOCAL.fullmatch(name):
        raise OSError(f"there is no file or folder {name!r} (from {Path.cwd()}); a hub id reads owner/name")
    return _file_on_hub(
        name,
        inner,
        revision=revision,
        token=token,
        cache_dir=os.fspath(cache_dir) if cache_dir else environment.hub_cache(),
        offline=local_files_only or environment.is_offline_mode(),
        force=force_download,
        required=required,
        repo_type=repo_type,
    )


def _file_in_folder(folder: Path, inner: str, required: bool) -> Path | None:
    path = current(folder, inner)
    if is_regular_file(path):
        return path
    if path.exists():
        raise OSError(f"{path} must be a regular file")
    if not required:
        return None
    found = sorted(entry.name for entry in folder.iterdir())[:12]
    raise OSError(f"{folder} has no file {inner!r}; it holds {', '.join(found) or 'nothing'}")


def _file_on_hub(
    repo: str,
    inner: str,
    *,
    revision: str | None,
    token: str | bool | None,
    cache_dir: str,
    offline: bool,
    force: bool,
    required: bool,
    repo_type: str | None,
) -> Path | None:
    import huggingface_hub
    from huggingface_hub import errors

    if not force or offline:
        try:
            known = huggingface_hub.try_to_load_from_cache(
                repo, inner, cache_dir=cache_dir, revision=revision, repo_type=repo_type
            )
        except errors.HFValidationError as error:
            raise OSError(f"{repo!r} is neither a folder nor a valid hub id (owner/name): {error}") from error
        if isinstance(known, str):
            return Path(known)
        if known is not None and not required:  # the cache knows that there is none
            return None
    try:
        return downloads.fetch(
            repo,
            inner,
            revision=revision,
            token=token,
            cache_dir=cache_dir,
            local_files_only=offline,
            force_download=force and not offline,
            repo_type=repo_type,
            library_name="transformers",
            user_agent=http_user_agent(),
        )
    except downloads.WrongContentsError:
        raise
    except errors.LocalEntryNotFoundError as error:
        if offline and not required:
            return None
        # The library says so too where the hub answered, but not with the file.
        answered = error.__cause__ if isinstance(error.__cause__, errors.HfHubHTTPError) else error
        raise OSError(_explain(answered, repo, inner, revision, cache_dir, offline)) from error
    except errors.EntryNotFoundError as error:
        if not required:
            return None
        raise OSError(
            f"{_where(repo, revision)} has no file {inner!r}: see {_url(repo)}/tree/{revision or 'main'}"
        ) from error
    except Exception as error:  # the library lets errors of the HTTP client of its day through
        raise OSError(_explain(error, repo, inner, revision, cache_dir, offline)) from error


def _explain(
    error: Exception, repo: str, inner: str, revision: str | None, cache_dir: str, offline: bool
) -> str:
    """What went wrong at the hub, and what to do about it."""
    from huggingface_hub import errors

    login = "log in (`hf auth login`) or pass token=..."
    if isinstance(error, errors.HFValidationError):
        return f"{repo!r} is neither a folder nor a valid hub id (owner/name): {error}"
    if isinstance(error, errors.GatedRepoError):
        return f"{repo} is gated: ask for access at {_url(repo)}, then {login}"
    if isinstance(error, errors.RepositoryNotFoundError):
        return (
            f"{repo!r} is neither a folder here nor a repository at {_url(repo)} that you may read. "
            f"Check the spelling; if it is private, {login}"
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return f"{repo} has no revision {revision!r}: see {_url(repo)}/branches"
    if isinstance(error, errors.OfflineModeIsEnabled):
        return _unreachable(repo, inner, cache_dir, True)
    if isinstance(error, errors.LocalEntryNotFoundError):
        return _unreachable(repo, inner, cache_dir, offline)
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status == 429:
        return f"the hub refuses more requests for {repo} now (429): wait, or {login} for a higher limit"
    if status is not None:
        text = f"the hub answered {status} for {inner!r} of {repo}"
        cure = "try again later"
        if status in (401, 403):
            cure = f"the token may not read it; {login} of someone who may"
        elif status == 416:
            cure = "the file changed while it was fetched; load it again"
        return f"{text}: {cure}, or see {_url(repo)}. ({error})"
    return f"{_unreachable(repo, inner, cache_dir, offline)} ({error})"


def _unreachable(repo: str, inner: str, cache_dir: str, offline: bool) -> str:
    text = f"{inner!r} of {repo} is not in the cache ({cache_dir})"
    if offline:
        cure = (
            "unset HF_HUB_OFFLINE and TRANSFORMERS_OFFLINE"
            if environment.is_offline_mode()
            else "leave out local_files_only"
        )
        return f"{text} and the network is switched off: {cure}, or fetch it once with `hf download {repo}`"
    return f"{text} and {_endpoint()} cannot be reached: check the connection, a proxy, or HF_ENDPOINT"


def _endpoint() -> str:
    from huggingface_hub import constants

    return constants.ENDPOINT


def _url(repo: str) -> str:
    return f"{_endpoint()}/{repo}"


def _where(repo: str, revision: str | None) -> str:
    return f"{repo} (revision {revision})" if revision else repo


def cached_files(
    path_or_repo_id: str | os.PathLike[str], filenames: Iterable[str], **kwargs: Any
) -> list[Path] | None:
    """`cached_file` for several names; None if `required=False` and none is there."""
    found = [path for name in filenames if (path := cached_file(path_or_repo_id, name, **kwargs)) is not None]
    return found or None


def has_file(path_or_repo: str | os.PathLike[str], filename: str, **kwargs: Any) -> bool:
    """Whether a folder or repository has a file of that name; keywords as for `cached_file`."""
    return cached_file(path_or_repo, filename, **{**kwargs, "required": False}) is not None


def push_object(thing: Any, repo_id: str, **kwargs: Any) -> Any:
    """Upload what `thing.save_pretrained` writes; keywords as for `PushToHubMixin.push_to_hub`."""
    return PushToHubMixin.push_to_hub(thing, repo_id, **kwargs)


__all__ = [
    "PushToHubMixin",
    "cached_file",
    "cached_files",
    "check_relative",
    "extract_commit_hash",
    "has_file",
    "http_user_agent",
    "is_regular_file",
    "push_object",
]
