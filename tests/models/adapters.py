"""One way to build, feed and differentiate a model in every framework; arrays cross the border as NumPy's."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable
from typing import Any

import numpy as np

from . import cases, seeding
from .devices import DEVICE, exactly, placed


def kept(name: str, run: str | None) -> tuple[str, ...]:
    """Endings of parameter names whose constructed values a run keeps."""
    return tuple(cases.case(name)["runs"][run].get("keep", ())) if run else ()


class Adapter:
    """A framework as the common suite sees it."""

    key: str
    package: str
    prefix: str

    def config(self, name: str, run: str | None = None, **overrides: Any) -> Any:
        data = cases.case(name)
        room = data["module"].split(".")[1]
        module = importlib.import_module(f"transformers.models.{room}.configuration_{room}")
        return getattr(module, data["config_class"])(**{**cases.config_values(name, run), **overrides})

    def model_class(self, name: str, class_name: str) -> Any:
        room = cases.case(name)["module"].split(".")[1]
        stem = cases.case(name)["module"].rsplit("modeling_", 1)[1]
        kind = {"pt": "", "jax": "flax_", "tf": "tf_", "np": "np_"}[self.key]
        module = importlib.import_module(f"transformers.models.{room}.modeling_{kind}{stem}")
        return getattr(module, self.prefix + class_name)

    def build(self, name: str, class_name: str, run: str | None = None, **overrides: Any) -> Any:
        """A model with seeded weights, in evaluation mode."""
        model = self.model_class(name, class_name)(self.config(name, run, **overrides))
        keep = kept(name, run)
        shapes = self.shapes(model)
        self.assign(
            model, {n: seeding.weight(n, s) for n, s in shapes.items() if not n.endswith(keep or ("\0",))}
        )
        return model

    def run(self, model: Any, inputs: dict[str, np.ndarray], **flags: Any) -> Any:
        """The model's output with NumPy arrays in it."""
        raise NotImplementedError

    def shapes(self, model: Any) -> dict[str, tuple[int, ...]]:
        """Floating-point parameters and saved buffers, each once."""
        raise NotImplementedError

    def assign(self, model: Any, values: dict[str, np.ndarray]) -> None:
        raise NotImplementedError

    def gradients(self, model: Any, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Gradient of the loss by parameter name."""
        raise NotImplementedError

    def weights(self, model: Any) -> dict[str, np.ndarray]:
        """The weights by name."""
        raise NotImplementedError


class Torch(Adapter):
    key, package, prefix = "pt", "torch", ""

    def build(self, name: str, class_name: str, run: str | None = None, **overrides: Any) -> Any:
        exactly()
        return super().build(name, class_name, run, **overrides).to(DEVICE).eval()

    def named(self, model: Any) -> dict[str, Any]:
        saved = model.state_dict()
        named = {**dict(model.named_parameters()), **{n: b for n, b in model.named_buffers() if n in saved}}
        return {n: t for n, t in named.items() if t.is_floating_point()}

    def shapes(self, model: Any) -> dict[str, tuple[int, ...]]:
        return {n: tuple(t.shape) for n, t in self.named(model).items()}

    def assign(self, model: Any, values: dict[str, np.ndarray]) -> None:
        import torch

        named = self.named(model)
        with torch.no_grad():
            for name, value in values.items():
                named[name].copy_(torch.from_numpy(np.array(value)))

    def run(self, model: Any, inputs: dict[str, np.ndarray], **flags: Any) -> Any:
        import torch

        with torch.no_grad():
            output = model(**{n: placed(v) for n, v in inputs.items()}, **flags)
        tensor = torch.Tensor
        return torch.utils._pytree.tree_map(lambda t: t.cpu().numpy() if isinstance(t, tensor) else t, output)

    def gradients(self, model: Any, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        model.zero_grad()
        model(**{n: placed(v) for n, v in inputs.items()}).loss.backward()
        return {n: p.grad.cpu().numpy().copy() for n, p in model.named_parameters() if p.grad is not None}

    def weights(self, model: Any) -> dict[str, np.ndarray]:
        return {n: t.detach().cpu().numpy() for n, t in self.named(model).items()}


class Jax(Adapter):
    key, package, prefix = "jax", "jax", "Flax"

    def shapes(self, model: Any) -> dict[str, tuple[int, ...]]:
        return {n: tuple(a.shape) for n, a in self._flat(model).items() if "float" in str(a.dtype)}

    def _trees(self, model: Any) -> dict[str, Any]:
        """The trees by what they hold: params and, of a model that has them, batch_stats."""
        split = model.params.keys() == {"params", "batch_stats"}
        return dict(model.params) if split else {"params": model.params}

    def _flat(self, model: Any) -> dict[str, Any]:
        from transformers.frameworks.jax.trees import flatten

        return {name: leaf for tree in self._trees(model).values() for name, leaf in flatten(tree)}

    def assign(self, model: Any, values: dict[str, np.ndarray]) -> None:
        import jax.numpy as jnp

        from transformers.frameworks.jax.trees import flatten, unflatten

        model.params = {
            kind: unflatten({n: jnp.asarray(values.get(n, leaf)) for n, leaf in flatten(tree)})
            for kind, tree in self._trees(model).items()
        }

    def run(self, model: Any, inputs: dict[str, np.ndarray], **flags: Any) -> Any:
        import jax

        if self.is_alone(model):
            return jax.tree.map(np.asarray, model(**inputs, **flags))
        return jax.tree.map(np.asarray, model.apply(model.params, **inputs, **flags))

    def is_alone(self, model: Any) -> bool:
        """Whether the operations of a model have sizes that no other has: then it is compiled as a whole.

        Models of text are not: XLA needs half a second for each, and their operations are compiled once for
        all of them.
        """
        return model.main_input_name != "input_ids"

    def gradients(self, model: Any, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        import jax

        from transformers.frameworks.jax.trees import flatten

        def loss(params: Any) -> Any:
            return model.apply({**trees, "params": params}, **inputs).loss

        trees, gradient = self._trees(model), jax.grad(loss)
        found = (jax.jit(gradient) if self.is_alone(model) else gradient)(trees["params"])
        return {n: np.asarray(a) for n, a in flatten(found)}

    def weights(self, model: Any) -> dict[str, np.ndarray]:
        return {n: np.asarray(a) for n, a in self._flat(model).items()}


class Tf(Adapter):
    key, package, prefix = "tf", "tensorflow", "TF"

    def shapes(self, model: Any) -> dict[str, tuple[int, ...]]:
        return {v.path.replace("/", "."): tuple(v.shape) for v in model.variables if "float" in str(v.dtype)}

    def assign(self, model: Any, values: dict[str, np.ndarray]) -> None:
        for variable in model.variables:
            if (name := variable.path.replace("/", ".")) in values:
                variable.assign(values[name])

    def run(self, model: Any, inputs: dict[str, np.ndarray], **flags: Any) -> Any:
        import tensorflow as tf

        from transformers.frameworks.face import map_tree

        return map_tree(lambda t: t.numpy(), model(**inputs, **flags), lambda t: isinstance(t, tf.Tensor))

    def gradients(self, model: Any, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        import tensorflow as tf

        variables = model.trainable_variables
        with tf.GradientTape() as tape:
            loss = model(**inputs).loss
        found = tape.gradient(loss, [v.value for v in variables])
        return {
            v.path.replace("/", "."): tf.convert_to_tensor(g).numpy()
            for v, g in zip(variables, found, strict=True)
            if g is not None
        }

    def weights(self, model: Any) -> dict[str, np.ndarray]:
        return {v.path.replace("/", "."): v.numpy() for v in model.variables}


class Np(Adapter):
    key, package, prefix = "np", "numpy", "Np"

    def shapes(self, model: Any) -> dict[str, tuple[int, ...]]:
        return {n: a.shape for n, a in model.state_dict().items() if a.dtype.kind == "f"}

    def assign(self, model: Any, values: dict[str, np.ndarray]) -> None:
        from transformers.frameworks import face

        slots = face.slots(model.network)
        for name, value in values.items():
            slots[name].set(value)

    def run(self, model: Any, inputs: dict[str, np.ndarray], **flags: Any) -> Any:
        return model(**inputs, **flags)

    def weights(self, model: Any) -> dict[str, np.ndarray]:
        return model.state_dict()


ADAPTERS: dict[str, Adapter] = {a.key: a for a in (Torch(), Jax(), Tf(), Np())}


def installed(keys: Iterable[str] = ("pt", "jax", "tf", "np")) -> list[str]:
    """Those frameworks that can be imported here."""
    return [key for key in keys if importlib.util.find_spec(ADAPTERS[key].package)]
