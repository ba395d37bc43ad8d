"""A user's own quantiser at work while a model is loaded."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from ..quantizers.base import HfQuantizer
from ..utils.typed_fields import dtype_name
from .methods import Quantizer


class RegisteredQuantizer(Quantizer):
    """Calls the hooks of an `HfQuantizer`, which stays with the model.

    Args:
        own: the user's.
    """

    def __init__(self, own: HfQuantizer) -> None:
        super().__init__(own.quantization_config, own.pre_quantized)
        self.own = own

    def settle_dtype(self, dtype: str | None, config: Any) -> str | None:
        """The dtype that the hooks choose, from the caller's."""
        import torch

        given = dtype if dtype in (None, "auto") else getattr(torch, dtype)
        self.own.validate_environment(
            dtype=given, from_tf=False, from_flax=False, device_map=None, weights_only=True
        )
        kind = type(self.own)
        older = kind.update_torch_dtype is not HfQuantizer.update_torch_dtype
        found = self.own.update_torch_dtype(given) if older else self.own.update_dtype(given)
        return None if found is None else str(dtype_name(found))

    def prepare(self, model: Any, checkpoint: Any) -> None:
        """Let the user change the model before names are matched."""
        kept = getattr(model, "_keep_in_fp32_modules", None)
        self.own.preprocess_model(
            model=model, device_map=None, keep_in_fp32_modules=kept, config=model.config, use_kernels=False
        )

    def expected(self, model: Any, names: dict[str, Any], checkpoint: Any) -> dict[str, Any]:
        """Name -> shape of what the checkpoint is to hold, as the hooks say."""
        loaded = list(checkpoint)
        wanted = self.own.update_expected_keys(model, list(names), loaded)
        found = {name: names[name] for name in wanted if name in names}
        found |= {n: tuple(checkpoint.info(n).shape) for n in wanted if n not in names and n in checkpoint}
        prefix = model.base_model_prefix
        missing = [name for name in found if not _spellings(name, prefix) & set(loaded)]
        missing = [name for name in missing if name not in model.active_ties()]
        still = set(self.own.update_missing_keys(model, missing, prefix))
        return {name: shape for name, shape in found.items() if name not in missing or name in still}

    def view(self, checkpoint: Any, model: Any = None, expected: Any = ()) -> Any:
        """The checkpoint without the names that the hooks say may be there."""
        prefix = model.base_model_prefix
        unexpected = [name for name in checkpoint if not _spellings(name, prefix) & set(expected)]
        hidden = set(unexpected) - set(self.own.update_unexpected_keys(model, unexpected))
        return Without(checkpoint, hidden) if hidden else checkpoint

    def takes(self, model: Any, name: str, read: Callable[[], Any], dtype: Any, state: Any) -> bool:
        """Let the user put a value into its place; False where it goes its usual way."""
        own = self.own
        value, state = read(), Reading(state)
        if type(own).check_quantized_param is not HfQuantizer.check_quantized_param:
            wanted = own.check_quantized_param(model, value, name, state, param_device="cpu")
        else:
            wanted = own.param_needs_quantization(model, name, param_value=value)
        if not wanted:
            return False
        more = {"state_dict": state, "unexpected_keys": []}
        known = inspect.signature(own.create_quantized_param).parameters
        more = {key: item for key, item in more.items() if key in known}
        if value.is_floating_point():
            value = value.to(dtype)
        own.create_quantized_param(model, value, name, "cpu", **more)
        return True

    def finish(self, model: Any) -> None:
        """Let the user change the model that has its values."""
        self.own.postprocess_model(model, config=model.config)
        model.hf_quantizer = self.own


class Without:
    """A checkpoint without some of its names; satisfies `Checkpoint`."""

    def __init__(self, file: Any, hidden: set[str]) -> None:
        self.file, self.metadata = file, file.metadata
        self._names = [name for name in file if name not in hidden]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def info(self, name: str) -> Any:
        """Number type and shape of a tensor."""
        return self.file.info(name)

    def get(self, name: str, framework: str = "np") -> Any:
        """A tensor as an array of `framework`."""
        return self.file.get(name, framework)


class Reading(dict[str, Any]):
    """The tensors of a checkpoint by name, each read when it is asked for."""

    def __init__(self, checkpoint: Any) -> None:
        super().__init__(dict.fromkeys(checkpoint))
        self.checkpoint = checkpoint

    def __getitem__(self, name: str) -> Any:
        return self.checkpoint.get(name, "pt")


def _spellings(name: str, prefix: str) -> set[str]:
    """A name with and without the prefix of the bare model."""
    return {name, f"{prefix}.{name}", name.removeprefix(f"{prefix}.")}


__all__ = ["Reading", "RegisteredQuantizer", "Without"]
