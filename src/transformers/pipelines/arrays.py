"""Moving batches between lists, NumPy and the framework that a pipeline's model runs in."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..model_output import ModelOutput

# framework -> (package, what to install, prefix of its auto classes), in the order of preference
FRAMEWORKS = {
    "pt": ("torch", ""),
    "tf": ("tensorflow", "TF"),
    "jax": ("jax", "Flax"),
    "np": ("numpy", "Np"),
}


def framework_of(model: Any) -> str:
    """The framework of a model object: "pt", "tf", "jax" or "np"."""
    found = getattr(model, "framework", None)
    return "jax" if found == "flax" else found or "pt"


def collate(
    items: Sequence[Mapping[str, Any]], pad_values: Mapping[str, Any], left: bool, least: int = 0
) -> dict[str, Any]:
    """Join items, each with a batch dimension of one, into a batch; shorter ones are padded along axis 1.

    What has a pad value becomes at least `least` wide.

    Arrays are NumPy's or torch's.  A key without a pad value must have equal shapes.  What is no array
    becomes a list, or stays one value where all are equal.

    Raises:
        ValueError: shapes differ where nothing can be padded.
    """
    import numpy as np

    batch: dict[str, Any] = {}
    for key in items[0]:
        values = [item[key] for item in items]
        if values[0] is None or isinstance(values[0], str | int | float | bool):
            batch[key] = values[0] if all(value == values[0] for value in values) else values
            continue
        if not getattr(values[0], "shape", None):
            batch[key] = values
            continue
        arrays = [np.asarray(value) for value in values]
        width = max(array.shape[1] for array in arrays) if arrays[0].ndim > 1 else 0
        if key in pad_values and arrays[0].ndim > 1:
            width = max(width, least)
        if any(array.shape[1:] != arrays[0].shape[1:] or array.shape[1:2] < (width,) for array in arrays):
            if key not in pad_values:
                raise ValueError(
                    f"inputs differ in the shape of {key!r} and cannot be batched: use batch_size=1"
                )
            arrays = [_padded(array, width, pad_values[key], left) for array in arrays]
        batch[key] = np.concatenate(arrays)
    return batch


def _padded(array: Any, width: int, value: Any, left: bool) -> Any:
    import numpy as np

    missing = width - array.shape[1]
    spread = [(0, 0)] * array.ndim
    spread[1] = (missing, 0) if left else (0, missing)
    return np.pad(array, spread, constant_values=value)


def to_framework(batch: Mapping[str, Any], framework: str, device: Any) -> dict[str, Any]:
    """A batch of NumPy arrays as the framework's tensors, on the device."""
    import numpy as np

    if framework != "pt":
        return {
            key: np.asarray(value) if hasattr(value, "__array__") else value for key, value in batch.items()
        }
    torch = importlib.import_module("torch")

    def move(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            value = torch.from_numpy(np.ascontiguousarray(value))
        return value.to(device) if isinstance(value, torch.Tensor) else value

    return {key: move(value) for key, value in batch.items()}


def to_numpy(value: Any) -> Any:
    """Tensors as NumPy arrays (half precision as float32), in dicts, outputs and tuples too."""
    import numpy as np

    if isinstance(value, Mapping):
        return {key: to_numpy(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(to_numpy(item) for item in value)
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        return (value.float() if value.is_floating_point() else value).numpy()
    if not hasattr(value, "__array__"):
        return value
    array = np.asarray(value)
    return array.astype(np.float32) if array.dtype.name in ("bfloat16", "float16") else array


def to_host(value: Any, framework: str, device: Any) -> Any:
    """An output with its torch tensors moved to the CPU; arrays of JAX and TensorFlow as NumPy's."""
    if framework == "pt":
        if str(device) == "cpu":
            return value
        return changed(value, lambda leaf: leaf.cpu() if hasattr(leaf, "cpu") else leaf)
    return value if framework == "np" else changed(value, to_numpy)


def rows(output: Any, size: int) -> Iterator[Any]:
    """The items of a batch's output, each with a batch dimension of one.

    Arrays are cut along axis 0; of a list with one entry an item that are no arrays, an item gets its entry.
    """

    def row(value: Any, index: int) -> Any:
        if isinstance(value, list) and len(value) == size and not hasattr(value[0], "shape"):
            return value[index]
        return changed(value, lambda leaf: leaf[index : index + 1] if _batch_of(leaf, size) else leaf)

    for index in range(size):
        if isinstance(output, Mapping):
            yield _same_kind(output, {key: row(value, index) for key, value in output.items()})
        else:
            yield row(output, index)


def without_padding(row: Any, length: int, tokenizer: Any) -> Any:
    """The first `length` entries along axis 1, or the last where the tokenizer pads on the left."""
    left = tokenizer is not None and tokenizer.padding_side == "left"
    return row[:, row.shape[1] - length :] if left else row[:, :length]


def _batch_of(leaf: Any, size: int) -> bool:
    shape = tuple(getattr(leaf, "shape", None) or ())
    return bool(shape) and shape[0] == size


def changed(value: Any, change: Callable[[Any], Any]) -> Any:
    """`value` with every array in its dicts, outputs, lists and tuples changed."""
    if isinstance(value, Mapping):
        return _same_kind(value, {key: changed(item, change) for key, item in value.items()})
    if isinstance(value, list | tuple):
        items = [changed(item, change) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    return change(value) if hasattr(value, "shape") else value


def _same_kind(original: Mapping[str, Any], items: dict[str, Any]) -> Mapping[str, Any]:
    return type(original)(**items) if isinstance(original, ModelOutput) else items


@contextlib.contextmanager
def inference(framework: str) -> Iterator[None]:
    """No gradients, where the framework records them."""
    if framework != "pt":
        yield
        return
    torch = importlib.import_module("torch")
    with torch.inference_mode():
        yield


def default_device() -> Any:
    """The torch device that models loaded by name go to: the first accelerator, or the CPU."""
    torch = importlib.import_module("torch")
    if torch.cuda.is_available():
        return torch.device("cuda", 0)
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def torch_device(device: Any) -> Any:
    """A torch device of the published forms: None, -1 (CPU), an index, a name, a device."""
    torch = importlib.import_module("torch")
    if device is None or (isinstance(device, int) and device < 0):
        return torch.device("cpu")
    if isinstance(device, int):
        return torch.device("cuda", device)
    return torch.device(device)


__all__ = [
    "FRAMEWORKS",
    "changed",
    "collate",
    "default_device",
    "framework_of",
    "inference",
    "rows",
    "to_framework",
    "to_host",
    "to_numpy",
    "torch_device",
    "without_padding",
]
