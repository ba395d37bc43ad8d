"""How each framework runs the cases of one operation: eagerly, differentiated, compiled, with unknown
sizes.
"""

from __future__ import annotations

from typing import Any

from .cases import TABLE
from .harness import Expected, backend, compare, compare_gradients, expected, raw_inputs, run, total_of


def _wanted(name: str, framework: str) -> list[Expected]:
    return [expected(name, k) for k, case in enumerate(TABLE[name]) if framework not in case.skip]


def check_np(name: str) -> list[str]:
    """NumPy: values."""
    faults = []
    for k, want in enumerate(_wanted(name, "np")):
        faults += compare("np", want, run("np", want.case, raw_inputs("np", want)), f"case {k}")
    return faults


# Operations whose code asks whether JAX is tracing; every other one runs the same code in and out of jit.
_ALSO_EAGER = [
    "Tensor.__getitem__", "Tensor.__setitem__", "Tensor.to", "torch.arange", "torch.as_tensor", "torch.eye",
    "torch.finfo", "torch.full", "torch.linspace", "torch.meshgrid", "torch.ones", "torch.tensor",
    "torch.tril", "torch.zeros", "torch.zeros_like", "F.one_hot", "F.batch_norm", "nn.Sequential",
]  # fmt: skip
_QUICK = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}


def check_jax(name: str) -> list[str]:
    """JAX: values and gradients in one jit for all cases; eagerly where that takes another way."""
    import jax

    wants = _wanted(name, "jax")
    inputs = [raw_inputs("jax", want) for want in wants]
    faults = []
    for k, (want, raws) in enumerate(zip(wants, inputs, strict=True)):
        if name in _ALSO_EAGER or not want.case.jit:
            faults += compare("jax", want, run("jax", want.case, raws), f"eager case {k}")

    def everything(given: list[list[Any]]) -> list[Any]:
        results = []
        for want, raws in zip(wants, given, strict=True):
            if not want.case.jit:
                results.append(None)
                continue
            outputs = [out.a for out in run("jax", want.case, raws)]
            results.append((outputs, _jax_gradients(want, raws)))
        return results

    compiled = jax.jit(everything).lower(inputs).compile(_QUICK)
    for k, (want, result) in enumerate(zip(wants, compiled(inputs), strict=True)):
        if result is not None:
            faults += compare("jax", want, result[0], f"jit case {k}")
            faults += compare_gradients("jax", want, result[1], f"jit case {k}")
    return faults


def _jax_gradients(want: Expected, raws: list[Any]) -> list[Any]:
    import jax

    if not want.gradients:
        return []

    def total(floating: list[Any]) -> Any:
        merged = list(raws)
        for place, raw in zip(want.floating, floating, strict=True):
            merged[place] = raw
        return total_of("jax", want, run("jax", want.case, merged))

    return jax.grad(total)([raws[place] for place in want.floating])


def _tf_both(want: Expected, raws: list[Any]) -> tuple[list[Any], list[Any]]:
    import tensorflow as tf

    floating = [raws[place] for place in want.floating]
    with tf.GradientTape() as tape:
        tape.watch(floating)
        outputs = run("tf", want.case, raws)
        total = total_of("tf", want, outputs) if want.gradients else None
    gradients = tape.gradient(total, floating, unconnected_gradients="zero") if want.gradients else []
    return [out.a for out in outputs], [tf.convert_to_tensor(gradient) for gradient in gradients]


def _spec(raw: Any, weight: bool) -> Any:
    import tensorflow as tf

    return tf.TensorSpec(raw.shape if weight else [None] * len(raw.shape), raw.dtype)


def check_tf(name: str) -> list[str]:
    """TensorFlow: values and gradients eagerly, and in one graph with unknown sizes for all cases."""
    import tensorflow as tf

    wants = _wanted(name, "tf")
    inputs = [raw_inputs("tf", want) for want in wants]
    faults = []
    for k, (want, raws) in enumerate(zip(wants, inputs, strict=True)):
        outputs, gradients = _tf_both(want, raws)
        faults += compare("tf", want, outputs, f"eager case {k}")
        faults += compare_gradients("tf", want, gradients, f"eager case {k}")
    chosen = [k for k, want in enumerate(wants) if want.case.dynamic]
    signature = [
        [_spec(raw, given.weight) for raw, given in zip(inputs[k], wants[k].case.given, strict=True)]
        for k in chosen
    ]

    @tf.function(input_signature=[signature], autograph=False)
    def everything(given: list[list[Any]]) -> list[Any]:
        return [_tf_both(wants[k], raws) for k, raws in zip(chosen, given, strict=True)]

    if chosen:
        for k, (outputs, gradients) in zip(chosen, everything([inputs[k] for k in chosen]), strict=True):
            faults += compare("tf", wants[k], outputs, f"graph case {k}")
            faults += compare_gradients("tf", wants[k], gradients, f"graph case {k}")
    return faults


def check(framework: str, name: str) -> list[str]:
    """The faults of an operation over a framework; none if it agrees with PyTorch."""
    backend(framework)
    return {"np": check_np, "jax": check_jax, "tf": check_tf}[framework](name)
