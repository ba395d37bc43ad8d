"""What the tokenizer_config.json of a place says."""

from __future__ import annotations

import os
from typing import Any


def get_tokenizer_config(
    pretrained_model_name_or_path: str | os.PathLike[str], **kwargs: Any
) -> dict[str, Any]:
    """The tokenizer_config.json of a folder or of a repository of the hub, as data; {} where there is none.

    Args:
        pretrained_model_name_or_path: folder or repository name.
        **kwargs: `revision`, `subfolder`, `token`, `cache_dir`, `local_files_only`, `force_download`; others
            are passed over.

    Raises:
        ValueError: the file is damaged.
    """
    from .reading import Source, read_config, split_options

    return read_config(Source(pretrained_model_name_or_path, split_options(kwargs)[0]))


__all__ = ["get_tokenizer_config"]
