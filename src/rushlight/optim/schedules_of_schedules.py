"""Schedules made of others: one after the other, or all at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from rushlight.optim.optimizer import Optimizer
from rushlight.optim.schedule import LRScheduler


class SequentialLR(LRScheduler):
    """One schedule after the other: the next takes over at each milestone.

    Raises ValueError unless there is a schedule more than milestones, all of this optimiser.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.SequentialLR.html
    """

    def __init__(
        self, optimizer: Optimizer, schedulers: list[LRScheduler], milestones: list[int],
        last_epoch: int = -1,
    ):
        _check(schedulers, optimizer)
        if len(schedulers) != len(milestones) + 1:
            raise ValueError(
                f"{len(schedulers)} schedules need {len(schedulers) - 1} milestones between them, "
                f"not {len(milestones)}")
        self._schedulers, self._milestones = schedulers, milestones
        self.optimizer, self.last_epoch = optimizer, last_epoch + 1
        # Each wrote its first rate when it was made: the first of them begins anew.
        for group in optimizer.param_groups:
            group["lr"] = group["initial_lr"]
        for each in schedulers:
            each.last_epoch -= 1
        first = schedulers[0]
        first._step_count, first._is_initial = 0, True
        first.step()
        first._is_initial = False
        self._last_lr = first.get_last_lr()

    def step(self) -> None:  # type: ignore[override]
        """One step of the schedule whose turn it is."""
        self.last_epoch += 1
        at = bisect_right(self._milestones, self.last_epoch)
        now = self._schedulers[at]
        if at > 0 and self._milestones[at - 1] == self.last_epoch:
            now.step(0)
        else:
            now.step()
        self._last_lr = now.get_last_lr()

    def state_dict(self) -> dict[str, Any]:
        """All that the schedule and those it is made of know but for the optimiser."""
        return _state_with(self)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        _load_with(self, state_dict)


class ChainedScheduler(LRScheduler):
    """Several schedules at once: each changes what the one before it wrote.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ChainedScheduler.html
    """

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None):
        optimizer = optimizer or schedulers[0].optimizer
        _check(schedulers, optimizer)
        self._schedulers, self.optimizer = schedulers, optimizer
        self._last_lr = [group["lr"] for group in optimizer.param_groups]

    def step(self) -> None:  # type: ignore[override]
        """One step of all."""
        for each in self._schedulers:
            each.step()
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """All that the schedules know but for the optimiser."""
        return _state_with(self)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        _load_with(self, state_dict)


def _check(schedulers: Sequence[LRScheduler], optimizer: Optimizer) -> None:
    if not schedulers:
        raise ValueError("there are no schedules to make one of")
    for i, each in enumerate(schedulers):
        if not hasattr(each, "optimizer"):
            raise TypeError(f"schedule {i} is {type(each).__name__}, which has no optimizer")
        if each.optimizer is not optimizer:
            raise ValueError(f"schedule {i} is of another optimiser than this one")


def _state_with(scheduler: Any) -> dict[str, Any]:
    state = {name: each for name, each in scheduler.__dict__.items()
             if name not in ("optimizer", "_schedulers")}
    return state | {"_schedulers": [each.state_dict() for each in scheduler._schedulers]}


def _load_with(scheduler: Any, state_dict: dict[str, Any]) -> None:
    state = {**state_dict}
    for ours, given in zip(scheduler._schedulers, state.pop("_schedulers"), strict=True):
        ours.load_state_dict(given)
    scheduler.__dict__.update(state)
