"""`NpPreTrainedModel`: a model over NumPy, for inference where no deep-learning framework is installed."""

from __future__ import annotations

import os
from typing import Any, ClassVar

import numpy as np

from ...loading.sharing import push_saved
from ...utils.collecting import without_collections
from .. import face
from ..dummies import dummy_input
from ..loader import torch_module


class NpPreTrainedModel(face.FaceMixin):
    """Base of all NumPy models: arrays in, arrays out, no gradients.

    Calls take the published inputs as NumPy arrays or nested lists and return the published outputs.

    Args:
        config: the model's config.
        args, kwargs: further arguments of the model, such as `add_pooling_layer`.
        seed: of the initial weights.
        dtype: of the parameters, in which the model computes; None: float32.
    """

    framework: ClassVar[str] = "np"

    def __init__(
        self, config: Any, *args: Any, seed: int = 0, dtype: Any = None, _module: Any = None, **kwargs: Any
    ) -> None:
        if _module is None:
            _module = face.build("np", self.network_class, config, *args, seed=seed, **kwargs)
        if dtype is not None:
            from ...utils.typed_fields import dtype_name

            _module.to(getattr(torch_module("np"), dtype_name(dtype)))
        self.config = config
        self.network = _module
        self.name_or_path = config.name_or_path

    @classmethod
    @without_collections()
    def from_pretrained(cls, pretrained_model_name_or_path: Any, *model_args: Any, **kwargs: Any) -> Any:
        """A model with the weights of a checkpoint; keywords as for `PreTrainedModel.from_pretrained`."""
        module, request, plan = face.load("np", cls, pretrained_model_name_or_path, model_args, kwargs)
        model = cls(request.config, _module=module)
        face.settle_writing(model, request)
        return (model, plan.loading_info()) if request.output_loading_info else model

    def save_pretrained(
        self, save_directory: str | os.PathLike[str], push_to_hub: bool = False, **kwargs: Any
    ) -> None:
        """Write config.json and model.safetensors."""
        options = {key: kwargs[key] for key in ("max_shard_size", "variant") if kwargs.get(key) is not None}
        face.save(self, save_directory, self.state_dict(), **options)
        if push_to_hub:
            push_saved(self, save_directory, kwargs)

    @property
    def dtype(self) -> np.dtype[Any]:
        """NumPy's type of the parameters, in which the model computes."""
        return np.dtype(self.network.dtype.name)

    @property
    def device(self) -> str:
        """Where the arrays lie: always "cpu"."""
        return "cpu"

    @property
    def dummy_inputs(self) -> dict[str, np.ndarray[Any, Any]]:
        """A small batch to try the model on."""
        name, array = dummy_input(self.config, self.main_input_name)
        return {name: array}

    def state_dict(self) -> dict[str, np.ndarray[Any, Any]]:
        """Weights by checkpoint name."""
        return {name: np.asarray(slot.a) for name, slot in face.slots(self.network).items()}

    def _embedding(self) -> np.ndarray[Any, Any]:
        return np.asarray(self.network.get_input_embeddings().weight.a)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the model; inputs are arrays or nested lists by their published names."""
        torch = torch_module("np")
        arrays, flags = face.bind_arguments(self.network, args, kwargs)
        dtype = self.network.dtype.name

        def wrap(value: Any) -> Any:
            array = np.asarray(value)  # of lists, and most of NumPy's own, are double
            return torch.Tensor._wrap(array.astype(dtype) if array.dtype.kind == "f" else array)

        inputs = {
            name: wrap(value) if isinstance(value, list) else face.map_tree(wrap, value, _is_array)
            for name, value in arrays.items()
        }
        output = self.network(**inputs, **flags)
        return face.map_tree(lambda tensor: tensor.a, output, lambda value: isinstance(value, torch.Tensor))


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray | np.generic) or hasattr(value, "__array__")


__all__ = ["NpPreTrainedModel"]
