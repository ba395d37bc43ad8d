"""Where the parameters of a JAX model lie on a mesh of devices: rules by name, or the config's plan."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import jax
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from ..face import FaceMixin
from .trees import flatten, unflatten

# How a plan's word divides a linear layer: {parameter: axis of it}; the rest of the layer is on every device.
PLAN: dict[str, dict[str, int]] = {
    "colwise": {"weight": 0, "bias": 0},
    "colwise_rep": {"weight": 0, "bias": 0},
    "rowwise": {"weight": 1},
    "rowwise_rep": {"weight": 1},
    "replicate": {},
}

Rules = Mapping[str, Any] | Iterable[tuple[str, Any]]


class ShardingMixin(FaceMixin):
    """Placing `params` on the devices of a mesh."""

    params: Any
    params_shape_tree: Any
    _params: Any

    def shardings(self, mesh: Mesh, rules: Rules | None = None, axis: str | None = None) -> Any:
        """A tree like `params` that says where each leaf lies.

        Args:
            mesh: the devices.
            rules: {pattern: PartitionSpec}, or pairs. A leaf takes the spec of the first pattern that is
                found in its name, such as "model.layers.0.mlp.up_proj.weight"; others are on every device.
                None: the tensor-parallel plan of the architecture, where sizes can be divided by it.
            axis: the mesh's axis for the plan; by default its last.

        Raises:
            ValueError: a rule fits no leaf, or asks for more axes than a leaf has, for an axis that the mesh
                lacks, or for a size that cannot be divided; or there is neither rules nor plan.
        """
        flat = dict(flatten(self.params_shape_tree))
        if rules is None:
            found = self._planned(flat, mesh, mesh.axis_names[-1] if axis is None else axis)
        else:
            found = _ruled(flat, mesh, rules)
        mesh = _automatic(mesh)
        return unflatten({name: NamedSharding(mesh, found.get(name, PartitionSpec())) for name in flat})

    def shard(self, mesh: Mesh, rules: Rules | None = None, axis: str | None = None) -> Any:
        """Put `params` where `shardings` says; calls, gradients and `generate` then run on the whole mesh.

        Arguments and errors as for `shardings`.

        Returns:
            The placed tree, which is `params` from now on.
        """
        self._params = jax.device_put(self.params, self.shardings(mesh, rules, axis))
        return self._params

    def _planned(self, flat: Mapping[str, Any], mesh: Mesh, axis: str) -> dict[str, PartitionSpec]:
        """Specs by the plans of the config and of the model's class."""
        prefix = self.base_model_prefix
        plan = self.config.base_model_tp_plan or {}
        if not plan:
            raise ValueError(
                f"{type(self.config).__name__} has no tensor-parallel plan: pass rules, such as "
                '{r"query\\.weight$": PartitionSpec("x", None)}'
            )
        if axis not in mesh.shape:
            raise ValueError(f"the mesh has no axis {axis!r}: its axes are {', '.join(mesh.axis_names)}")
        whole = {**plan, **{f"{prefix}.{name}": how for name, how in plan.items()}}
        whole |= getattr(self.network_class, "_tp_plan", None) or {}
        specs = {}
        for name, leaf in flat.items():
            module, _, last = name.removeprefix("params.").rpartition(".")
            how = next((how for pattern, how in whole.items() if _fits(pattern, module)), "replicate")
            place = PLAN.get(how, {}).get(last)
            if place is not None and leaf.shape[place] % mesh.shape[axis] == 0:
                specs[name] = PartitionSpec(*(axis if i == place else None for i in range(leaf.ndim)))
        return specs


def _automatic(mesh: Any) -> Any:
    """The same devices, where the compiler decides how results are divided."""
    if not isinstance(mesh, Mesh):  # an abstract one, of no devices
        return type(mesh)(mesh.axis_sizes, mesh.axis_names)
    return Mesh(mesh.devices, mesh.axis_names)


def unbound(value: Any) -> Any:
    """An array that lies on a mesh of explicit axes as one on a mesh where the compiler decides."""
    place = getattr(value, "sharding", None)
    if not isinstance(place, NamedSharding) or getattr(place.mesh, "are_all_axes_auto", True):
        return value
    if not isinstance(place.mesh, Mesh):  # inside a caller's jit, whose mesh this is
        return value
    return jax.device_put(value, NamedSharding(_automatic(place.mesh), place.spec))


def _fits(pattern: str, module: str) -> bool:
    """Whether a plan's pattern, `*` for one number, is the name of a module."""
    return re.fullmatch(re.escape(pattern).replace(r"\*", r"\d+"), module) is not None


def _ruled(flat: Mapping[str, Any], mesh: Mesh, rules: Rules) -> dict[str, PartitionSpec]:
    """Specs by rules, each checked against its leaf."""
    pairs = list(rules.items() if isinstance(rules, Mapping) else rules)
    specs = {}
    for name in flat:
        spec = next((spec for pattern, spec in pairs if re.search(pattern, name)), None)
        if spec is not None:
            specs[name] = _checked(name, flat[name], PartitionSpec(*spec), mesh)
    for pattern, _ in pairs:
        if not any(re.search(pattern, name) for name in flat):
            raise ValueError(f"the rule {pattern!r} fits no parameter; names are like {next(iter(flat))}")
    return specs


def _checked(name: str, leaf: Any, spec: PartitionSpec, mesh: Mesh) -> PartitionSpec:
    if len(spec) > leaf.ndim:
        raise ValueError(f"{name} has {leaf.ndim} axes, and the rule for it names {len(spec)}: {spec}")
    for size, axes in zip(leaf.shape, spec, strict=False):
        parts = 1
        for axis in (axes,) if isinstance(axes, str) else axes or ():
            if axis not in mesh.shape:
                raise ValueError(
                    f"the rule for {name} names the axis {axis!r}; the mesh has {', '.join(mesh.axis_names)}"
                )
            parts *= mesh.shape[axis]
        if size % parts:
            raise ValueError(f"{name} of shape {leaf.shape} cannot be divided as {spec}: {size} / {parts}")
    return spec


__all__ = ["ShardingMixin", "unbound"]
