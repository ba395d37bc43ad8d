"""Uploading what `save_pretrained` writes, through `huggingface_hub`, as one commit."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_CARD = "README.md"
# Keywords of `save_pretrained(..., push_to_hub=True)` that say how to upload, not how to write.
_UPLOAD = (
    "repo_id", "commit_message", "private", "token", "create_pr", "revision", "commit_description", "tags",
)  # fmt: skip


class PushToHubMixin:
    """Gives an object with `save_pretrained` the method `push_to_hub`."""

    def push_to_hub(
        self,
        repo_id: str,
        use_temp_dir: bool | None = None,
        commit_message: str | None = None,
        private: bool | None = None,
        token: str | bool | None = None,
        max_shard_size: int | str | None = None,
        create_pr: bool = False,
        safe_serialization: bool | None = None,
        revision: str | None = None,
        commit_description: str | None = None,
        tags: str | Sequence[str] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Save into a temporary folder and upload that as one commit; the repository is made if it does not
        exist.

        A model card (README.md) is written where there is none; tags are added to one that exists.

        Args:
            repo_id: `owner/name`, or `name` for your own.
            use_temp_dir: accepted as published; a temporary folder is always used.
            commit_message: subject of the commit.
            private: whether a new repository is private; None is the owner's default.
            token: access token; None takes the stored one.
            max_shard_size: largest weight file, such as "5GB"; for models.
            create_pr: open a pull request instead of committing to the branch.
            safe_serialization: write safetensors (True) or `pytorch_model.bin` (False); for models.
            revision: branch to commit to, made if it does not exist; or a pull request, `refs/pr/1`.
            commit_description: body of the commit.
            tags: tags for the model card, beside the object's own `model_tags`.
            kwargs: passed on to `save_pretrained`.

        Returns:
            `huggingface_hub.CommitInfo`; None where another process writes.

        Raises:
            OSError: the hub refuses; the message names the repository and the cure.
            ValueError: `create_pr` together with a branch other than main.
        """
        if create_pr and revision not in (None, "main"):
            raise ValueError(
                f"create_pr=True opens a pull request against main: leave out revision={revision!r}"
            )
        token = kwargs.pop("use_auth_token", None) if token is None else token
        owner = kwargs.pop("organization", None)
        repo_id = f"{owner}/{repo_id}" if owner is not None and "/" not in repo_id else repo_id
        options = {"max_shard_size": max_shard_size, "safe_serialization": safe_serialization}
        options = {name: value for name, value in options.items() if value is not None}
        commit = {
            "commit_message": commit_message or f"Upload {type(self).__name__}",
            "commit_description": commit_description,
            "revision": revision,
            "create_pr": create_pr,
        }
        tags = [tags] if isinstance(tags, str) else tags or ()
        with tempfile.TemporaryDirectory() as folder:
            self.save_pretrained(folder, **options, **kwargs)  # type: ignore[attr-defined]
            return _upload(self, Path(folder), repo_id, private, token, tags, commit)


def _upload(
    thing: Any,
    folder: Path,
    repo_id: str,
    private: bool | None,
    token: str | bool | None,
    tags: Sequence[str],
    commit: dict[str, Any],
) -> Any:
    """One commit of every file of a folder, and of a model card; None where the folder is empty.

    Raises:
        OSError: the hub refuses.
    """
    import huggingface_hub

    if not os.listdir(folder):
        return None  # another process writes
    revision = commit["revision"]
    all_tags = [*(getattr(thing, "model_tags", None) or ()), *tags]
    api = huggingface_hub.HfApi(token=token, library_name="transformers")
    try:
        repo_id = str(api.create_repo(repo_id, private=private, exist_ok=True).repo_id)
        if revision is not None and not revision.startswith("refs/") and revision != "main":
            api.create_branch(repo_id, branch=revision, exist_ok=True)
        _write_card(api, repo_id, revision, folder, thing, all_tags)
        return api.create_commit(repo_id, _additions(folder), **commit)
    except ValueError:  # a name that no repository can have, metadata that is none
        raise
    except Exception as error:  # the library lets errors of the HTTP client of its day through
        raise OSError(_explain(error, repo_id)) from error


def push_saved(thing: Any, folder: str | os.PathLike[str], options: dict[str, Any]) -> Any:
    """The upload that `save_pretrained(folder, push_to_hub=True, ...)` asks for.

    Args:
        thing: what was saved.
        folder: its last part names the repository unless `repo_id` does.
        options: keywords of `push_to_hub`; what is None is left to the default.
    """
    given = {key: value for key, value in options.items() if value is not None}
    repo_id = given.pop("repo_id", None) or os.path.basename(os.path.abspath(folder))
    return PushToHubMixin.push_to_hub(thing, repo_id, **given)


def split_upload(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Take the keywords about uploading out of those of `save_pretrained`."""
    return {key: kwargs.pop(key) for key in _UPLOAD if key in kwargs}


def _additions(folder: Path) -> list[Any]:
    """Every file below `folder`, under its name there."""
    from huggingface_hub import CommitOperationAdd

    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [CommitOperationAdd(path.relative_to(folder).as_posix(), path) for path in files]


def _write_card(
    api: Any, repo_id: str, revision: str | None, folder: Path, thing: Any, tags: list[str]
) -> None:
    """Put a model card into the folder, unless the repository has one that names all `tags`."""
    import huggingface_hub

    path = folder / _CARD
    if not api.file_exists(repo_id, _CARD, revision=revision):
        facts = huggingface_hub.ModelCardData(library_name="transformers", tags=tags)
        path.write_text(f"---\n{facts.to_yaml()}\n---\n\n{_text(repo_id, thing)}", encoding="utf-8")
        return
    if not tags:
        return
    held = huggingface_hub.hf_hub_download(
        repo_id, _CARD, revision=revision, token=api.token, local_dir=folder / ".card"
    )
    card = huggingface_hub.ModelCard(Path(held).read_text(encoding="utf-8"), ignore_metadata_errors=True)
    _forget(folder / ".card")
    data: Any = card.data
    known = list(data.get("tags") or [])
    if new := [tag for tag in dict.fromkeys(tags) if tag not in known]:
        data.tags = [*known, *new]
        path.write_text(str(card), encoding="utf-8")


def _forget(folder: Path) -> None:
    """Remove what was only fetched to be read."""
    import shutil

    shutil.rmtree(folder)


def _text(repo_id: str, thing: Any) -> str:
    """What a new model card says: facts only, and what its owner has yet to write."""
    kind = type(thing).__name__
    name, call = kind, f'{kind}.from_pretrained("{repo_id}")'
    if not hasattr(thing, "from_pretrained"):
        name, call = "pipeline", f'pipeline("{thing.task}", model="{repo_id}")'
    return (
        f"# {repo_id.rpartition('/')[2]}\n\n"
        f"Saved from a `{kind}` by `push_to_hub`; its owner has not described it yet.\n\n"
        f"```python\nfrom transformers import {name}\n\n{call}\n```\n\n"
        "Worth saying here: what it was trained on and for, how well it does, and where it fails.\n"
    )


def _explain(error: Exception, repo_id: str) -> str:
    """Why the hub did not take an upload, and what to do about it."""
    answers = [getattr(each, "response", None) for each in (error, error.__cause__)]
    status = next((answer.status_code for answer in answers if answer is not None), None)
    cure = {
        401: "log in (`hf auth login`) or pass token=...",
        403: "use a token that may write there, or another repo_id",
        404: "check repo_id and revision; a private one needs token=...",
        409: "someone pushed in between: push again",
        429: "the hub asks for a pause: wait, then push again",
    }.get(status or 0, "try again later")
    if status is None:
        cure = "check the connection, a proxy, or HF_ENDPOINT"
    return f"the hub did not take the upload to {repo_id} ({status or 'no answer'}): {cure}. ({error})"


__all__ = ["PushToHubMixin", "push_saved", "split_upload"]
