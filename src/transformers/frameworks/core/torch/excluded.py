"""What the layer leaves out on purpose, and what to write instead: the text of the errors.

Left out are writes in place, results whose shape depends on values, and whatever belongs to PyTorch's own
gradients.
"""

from __future__ import annotations

_BY_VALUES = "has a shape that depends on values, which the torch-API layer has not: "
# Functions and methods whose result depends on values in its shape.
_SHAPES = {
    "nonzero": "write torch.where(condition, x, y), or sort the mask (mask.int().argsort(descending=True))",
    "argwhere": "write torch.where(condition, x, y), or sort the mask (mask.int().argsort(descending=True))",
    "masked_select": "write torch.where(mask, x, 0) and reduce, dividing by mask.sum()",
    "unique": "sort and compare neighbours (x.sort().values.diff()), or count with F.one_hot or bincount",
    "unique_consecutive": "compare neighbours: x.diff() != 0, and its cumsum numbers the runs",
    "combinations": "make the indices on the host, and use index_select",
}
# Methods that write, and what makes the tensor that they leave behind.
_WRITES = {
    "bernoulli_": "x = torch.bernoulli(torch.full_like(x, p))",
    "copy_": "x = y.to(x.dtype).expand_as(x), or nn.init and load_state_dict for a parameter",
    "detach_": "x = x.detach()",
    "exponential_": "x = -torch.log(torch.rand_like(x)) / rate",
    "fill_": "x = torch.full_like(x, value), or nn.init.constant_ for a parameter",
    "fill_diagonal_": "x = torch.where(torch.eye(n, dtype=torch.bool), value, x)",
    "index_put_": "x = x.index_put(indices, values)",
    "normal_": "x = torch.randn_like(x) * std + mean, or nn.init.normal_ for a parameter",
    "random_": "x = torch.randint_like(x, low, high)",
    "set_": "x = y",
    "uniform_": "x = torch.rand_like(x) * (b - a) + a, or nn.init.uniform_ for a parameter",
    "zero_": "x = torch.zeros_like(x), or nn.init.zeros_ for a parameter",
}
_OTHER = {
    "backward": "gradients are the framework's: jax.grad of a function, or tf.GradientTape",
    "data": "use nn.init, load_state_dict or detach()",
    "grad": "gradients are the framework's: jax.grad of a function, or tf.GradientTape",
    "new": "write x.new_empty(sizes), x.new_zeros(sizes) or x.new_tensor(data)",
    "register_hook": "return the value and take its gradient: jax.grad, or tf.GradientTape.watch",
    "retain_grad": "return the value and take its gradient: jax.grad, or tf.GradientTape.watch",
    "untyped_storage": "memory is the framework's business",
    "storage": "memory is the framework's business",
    "data_ptr": "memory is the framework's business",
}


def method_text(name: str, framework: str) -> str:
    """What the error for the missing method `Tensor.name` says."""
    if name in _SHAPES:
        return f"Tensor.{name} {_BY_VALUES}{_SHAPES[name]}"
    if name in _OTHER:
        return f"Tensor.{name} is not part of the torch-API layer: {_OTHER[name]}"
    if name.endswith("_") and not name.startswith("_"):
        plain = name.rstrip("_")
        instead = _WRITES.get(name, f"x = x.{plain}(...), or nn.init.{name} for a parameter")
        return f"Tensor.{name} writes in place, which the torch-API layer has not: write {instead}"
    return f"Tensor.{name} is not part of the torch-API layer ({framework})"


def function_text(name: str, framework: str) -> str:
    """What the error for the missing function `torch.name` says."""
    if name in _SHAPES:
        return f"torch.{name} {_BY_VALUES}{_SHAPES[name]}"
    if name.endswith("_") and not name.startswith("_"):
        plain = name.rstrip("_")
        return f"torch.{name} writes in place, which the torch-API layer has not: write x = torch.{plain}(x)"
    return f"torch.{name} is not part of the torch-API layer ({framework})"


__all__ = ["function_text", "method_text"]
