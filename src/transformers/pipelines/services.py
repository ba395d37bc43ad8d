"""What every pipeline offers besides running: saving, a check of the model, scikit-learn's names."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..loading.sharing import PushToHubMixin, push_saved, split_upload
from ..utils import logging
from .custom import described

logger = logging.get_logger(__name__)


class PipelineServices(PushToHubMixin):
    """Services of `Pipeline`."""

    model: Any
    task: str
    tokenizer: Any
    feature_extractor: Any
    image_processor: Any
    processor: Any

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Results of the inputs."""
        raise NotImplementedError

    @property
    def dtype(self) -> Any:
        """The dtype of the model."""
        return getattr(self.model, "dtype", None)

    torch_dtype = dtype

    def save_pretrained(
        self, save_directory: str | os.PathLike[str], push_to_hub: bool = False, **kwargs: Any
    ) -> None:
        """Save the model and what goes with it into a folder that `pipeline(task, folder)` reads.

        The file that defines a registered class of a user's own is copied there too.

        Args:
            save_directory: the folder, made if need be.
            push_to_hub: upload it too; keywords of `push_to_hub` say where.
            kwargs: those of the model's `save_pretrained`.
        """
        upload = split_upload(kwargs)
        folder = Path(save_directory)
        if folder.is_file():
            raise ValueError(f"save_directory must be a folder, got the file {folder}")
        folder.mkdir(parents=True, exist_ok=True)
        with described(self, folder):
            self.model.save_pretrained(folder, **kwargs)
        for part in (self.tokenizer, self.feature_extractor, self.image_processor, self.processor):
            if part is not None:
                part.save_pretrained(folder)
        if push_to_hub:
            push_saved(self, folder, {**upload, **kwargs})

    def check_model_type(self, supported_models: Mapping[Any, Any] | Sequence[str]) -> None:
        """Log an error unless the model's class is one of those named: a list, or the values of a mapping."""
        listed = supported_models.values() if isinstance(supported_models, Mapping) else supported_models
        flat = [one for item in listed for one in (item if isinstance(item, list | tuple) else (item,))]
        names = list(dict.fromkeys(str(getattr(item, "__name__", item)) for item in flat))
        if type(self.model).__name__ not in names:
            logger.error(
                f"{type(self.model).__name__} cannot do {self.task}; models that can: {', '.join(names)}"
            )

    def transform(self, X: Any) -> Any:
        """`self(X)`, as scikit-learn calls it."""
        return self(X)

    def predict(self, X: Any) -> Any:
        """`self(X)`, as scikit-learn calls it."""
        return self(X)


__all__ = ["PipelineServices"]
