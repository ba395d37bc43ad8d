"""Uploading what `save_pretrained` writes, through `huggingface_hub`."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from typing import Any


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
        tags: Sequence[str] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Save into a temporary folder and upload that as one commit; the repository is made if it does not
        exist.

        Args:
            repo_id: `owner/name`, or `name` for your own.
            use_temp_dir: accepted as published; a temporary folder is always used.
            commit_message: subject of the commit.
            private: whether a new repository is private; None is the owner's default.
            token: access token; None takes the stored one.
            max_shard_size: largest weight file, such as "5GB"; for models.
            create_pr: open a pull request instead of committing to the branch.
            safe_serialization: write safetensors (True) or `pytorch_model.bin` (False); for models.
            revision: branch to commit to, made if it does not exist.
            commit_description: body of the commit.
            tags: tags for the model card of a new repository.
            kwargs: passed on to `save_pretrained`.

        Returns:
            `huggingface_hub.CommitInfo`.
        """
        import huggingface_hub

        api = huggingface_hub.HfApi(token=token, library_name="transformers")
        repo_id = str(api.create_repo(repo_id, private=private, exist_ok=True).repo_id)
        if revision is not None and not create_pr and not revision.startswith("refs/pr"):
            api.create_branch(repo_id, branch=revision, exist_ok=True)
        options = {"max_shard_size": max_shard_size, "safe_serialization": safe_serialization}
        options = {name: value for name, value in options.items() if value is not None}
        with tempfile.TemporaryDirectory() as folder:
            self.save_pretrained(folder, **options, **kwargs)  # type: ignore[attr-defined]
            if tags and not api.file_exists(repo_id, "README.md", revision=revision):
                card = huggingface_hub.ModelCard(f"---\n{_front_matter(tags)}\n---\n")
                card.save(f"{folder}/README.md")
            return api.upload_folder(
                repo_id=repo_id,
                folder_path=folder,
                commit_message=commit_message or f"Upload {type(self).__name__}",
                commit_description=commit_description,
                revision=revision,
                create_pr=create_pr,
            )


def _front_matter(tags: Sequence[str]) -> str:
    """The head of a model card that names the library and `tags`."""
    import huggingface_hub

    return str(huggingface_hub.ModelCardData(library_name="transformers", tags=list(tags)).to_yaml())


__all__ = ["PushToHubMixin"]
