"""What all schedules of the learning rate share: counting steps, and writing the rates."""

from __future__ import annotations

import types
import warnings
import weakref
from typing import Any

from rushlight.optim.optimizer import Optimizer
from rushlight.tensor.tensor import Tensor


class LRScheduler:
    """Base of the schedules: `get_lr` says the rates of step `last_epoch`, one for each group.

    last_epoch: the step to go on from, -1 for the first; otherwise the groups must have
    "initial_lr". Raises TypeError for what is no optimiser, KeyError for groups without.
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1):
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"a schedule is of an Optimizer, not of {type(optimizer).__name__}")
        self.optimizer = optimizer
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", _copied(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"group {i} has no 'initial_lr': with last_epoch={last_epoch} each needs one")
        self.base_lrs = [_copied(group["initial_lr"]) for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._count_steps_of(optimizer)
        self._step_count = 0
        self._is_initial = True
        self.step()
        self._is_initial = False

    @staticmethod
    def _count_steps_of(optimizer: Any) -> None:
        """Have the optimiser say whether it has made a step, for the warning in `step`."""
        if hasattr(optimizer, "_opt_called"):
            return
        reference = weakref.ref(optimizer)
        plain = type(optimizer).step

        def step(self: Any, *args: Any, **kwargs: Any) -> Any:
            known = reference()
            if known is not None:
                known._opt_called = True
            return plain(self, *args, **kwargs)

        optimizer._opt_called = False
        optimizer.step = types.MethodType(step, optimizer)

    def get_last_lr(self) -> list[Any]:
        """The rates that the last step wrote, one for each group."""
        return self._last_lr

    def get_lr(self) -> list[Any]:
        """The rates of step `last_epoch`."""
        raise NotImplementedError(f"{type(self).__name__}.get_lr")

    def step(self, epoch: int | None = None) -> None:
        """Go to the next step, and write its rates; epoch: go to that one."""
        if self._step_count == 1 and not getattr(self.optimizer, "_opt_called", True):
            warnings.warn(
                "lr_scheduler.step() came before optimizer.step(): the first rate of the schedule "
                "is skipped. Call optimizer.step() first", UserWarning, stacklevel=2)
        self._step_count += 1
        if epoch is None:
            self.last_epoch += 1
            rates = self.get_lr()
        else:
            self.last_epoch = epoch
            rates = self._get_closed_form_lr() if hasattr(self, "_get_closed_form_lr") else (
                self.get_lr())
        self._write(rates)

    def _write(self, rates: list[Any]) -> None:
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(rate.item() if isinstance(rate, Tensor) else rate)
            else:
                group["lr"] = rate
        self._last_lr = [_copied(group["lr"]) for group in self.optimizer.param_groups]

    def _now(self) -> list[Any]:
        """The groups' rates as they are."""
        return [_copied(group["lr"]) for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """All that the schedule knows but for the optimiser."""
        return {name: each for name, each in self.__dict__.items() if name != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self.__dict__.update(state_dict)


def _copied(rate: Any) -> Any:
    return rate.clone() if isinstance(rate, Tensor) else rate
