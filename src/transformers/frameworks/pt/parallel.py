"""What PyTorch models tell about how they can be split over devices and processes."""

from __future__ import annotations

from typing import Any, ClassVar

import torch

from ...layers.losses import LOSSES
from ...utils import logging

logger = logging.get_logger(__name__)


class ParallelMixin:
    """Plans, places and sizes of a split model; stands before the ring's base."""

    config: Any
    base_model: Any
    base_model_prefix: str
    _tp_plan: ClassVar[dict[str, str] | None] = None
    _pp_plan: ClassVar[dict[str, Any] | None] = None
    _can_record_outputs: ClassVar[dict[str, Any] | None] = None
    _tp_group: Any = None
    _tp_size: int | None = None

    @property
    def device(self) -> torch.device:
        """The device of the first parameter, or the one that computes where that lies elsewhere."""
        first: torch.device = next(self.parameters()).device  # type: ignore[attr-defined]
        if first.type != "meta":
            return first
        from ...loading.device_map import execution_device

        found = execution_device(self)
        return first if found is None else torch.device(found)

    # ------------------------------------------------------------------ plans

    def _plan(self, kind: str) -> dict[str, Any]:
        """The trunk's plan under its prefix, and what the head adds."""
        trunk = dict(getattr(self.base_model.config, f"base_model_{kind}_plan") or {})
        if self.base_model is not self:
            trunk = {f"{self.base_model_prefix}.{path}": how for path, how in trunk.items()}
        return trunk | (getattr(type(self), f"_{kind}_plan") or {})

    @property
    def tp_plan(self) -> dict[str, str]:
        """{pattern of a module's path: how it is split among processes}; empty where nobody made a plan.

        "colwise" splits outputs, "rowwise" inputs; "_rep" behind it gives every process the whole result.
        """
        own: dict[str, str] | None = self.__dict__.get("_own_tp_plan")
        return self._plan("tp") if own is None else own

    @tp_plan.setter
    def tp_plan(self, plan: dict[str, str]) -> None:
        self.__dict__["_own_tp_plan"] = dict(plan)

    @property
    def pp_plan(self) -> dict[str, tuple[list[str], list[str]]]:
        """{path of a module: (what it takes, what it gives)} for pipelines of processes."""
        own: dict[str, Any] | None = self.__dict__.get("_own_pp_plan")
        return self._plan("pp") if own is None else own

    @pp_plan.setter
    def pp_plan(self, plan: dict[str, tuple[list[str], list[str]]]) -> None:
        self.__dict__["_own_pp_plan"] = dict(plan)

    @property
    def supports_tp_plan(self) -> bool:
        """Whether there is a plan for tensor parallelism."""
        return bool(self.tp_plan)

    @property
    def supports_pp_plan(self) -> bool:
        """Whether there is a plan for pipelines."""
        return bool(self.pp_plan)

    @property
    def tp_size(self) -> int | None:
        """Number of processes that share the model's layers; None where it is whole."""
        return self._tp_size

    # ------------------------------------------------------------------ kernels and outputs

    @property
    def can_record_outputs(self) -> dict[str, Any]:
        """Modules whose outputs hooks record: none unless a user's class says so, the layer loop does it."""
        return self._can_record_outputs or {}

    @property
    def use_kernels(self) -> bool:
        """Whether layers run code from the hub: never."""
        return False

    @use_kernels.setter
    def use_kernels(self, value: bool) -> None:
        if value:
            raise ValueError(
                "kernels from the hub are code that is not run: register one by AttentionInterface"
            )

    @property
    def loss_function(self) -> Any:
        """`loss(logits, labels, config, **options)`; assign another to replace it.

        A class without a loss of its own answers with that of next tokens.
        """
        own, kind = self.__dict__.get("_loss_function"), getattr(self, "loss_type", None)
        if own is None and kind is None:
            logger.warning_once(
                f"{type(self).__name__} has no loss of its own; its loss_function is that of next tokens"
            )
        return LOSSES[kind or "ForCausalLM"] if own is None else own

    @loss_function.setter
    def loss_function(self, value: Any) -> None:
        self.__dict__["_loss_function"] = value


__all__ = ["ParallelMixin"]
