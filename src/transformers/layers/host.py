"""Work that only the host can do, such as matching, inside a differentiable and compiled model.

Over another framework this module is `frameworks/<framework>/host.py`, with the same functions.
"""

from __future__ import annotations

import torch

_functions = []


def host_call(function, results, *tensors):
    """Call `function` on NumPy arrays on the host.

    function: takes one array per tensor, returns as many arrays as `results` names; nothing is differentiated
        through it.
    results: [(shape, dtype)] of the arrays that come back.
    Returns a list of tensors on the device of the first one given.
    """
    known = next(
        (i for i, (own, forms) in enumerate(_functions) if own is function and forms == results), None
    )
    if known is None:
        known = len(_functions)
        _functions.append((function, results))
    return _call([tensor.detach() for tensor in tensors], known)


def host_check(function, *tensors):
    """Let `function` look at NumPy arrays and raise where their values are wrong.

    Nothing happens inside compiled or exported code, whose values are not at hand.
    """
    if not torch.compiler.is_compiling() and not any(tensor.is_meta for tensor in tensors):
        function(*(tensor.detach().cpu().numpy() for tensor in tensors))


@torch.library.custom_op("transformers::host_call", mutates_args=())
def _call(tensors: list[torch.Tensor], index: int) -> list[torch.Tensor]:
    function, results = _functions[index]
    arrays = function(*(tensor.cpu().numpy() for tensor in tensors))
    found = zip(arrays, results, strict=True)
    return [torch.as_tensor(array).to(tensors[0].device, dtype).clone() for array, (_, dtype) in found]


@_call.register_fake
def _described(tensors, index):
    return [tensors[0].new_empty(shape, dtype=dtype) for shape, dtype in _functions[index][1]]


__all__ = ["host_call", "host_check"]
