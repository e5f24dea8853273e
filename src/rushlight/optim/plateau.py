"""A rate that falls when nothing gets better any more."""

from __future__ import annotations

from math import inf
from typing import Any

from rushlight.optim.optimizer import Optimizer
from rushlight.optim.schedule import LRScheduler


class ReduceLROnPlateau(LRScheduler):
    """The rate times `factor` when `step(metric)` saw nothing better in `patience` steps.

    mode: "min" or "max", which metric is better. threshold, threshold_mode: by how much, "rel" or
    "abs". cooldown: steps after a fall in which none counts as bad. min_lr: one, or one a group.
    eps: falls smaller than this do not happen. Raises ValueError for settings out of range.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html
    """

    def __init__(
        self, optimizer: Optimizer, mode: str = "min", factor: float = 0.1, patience: int = 10,
        threshold: float = 1e-4, threshold_mode: str = "rel", cooldown: int = 0,
        min_lr: float | list[float] = 0, eps: float = 1e-8,
    ):
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"a schedule is of an Optimizer, not of {type(optimizer).__name__}")
        if factor >= 1.0:
            raise ValueError(f"factor must be below 1, not {factor}")
        if mode not in ("min", "max") or threshold_mode not in ("rel", "abs"):
            raise ValueError(
                f"mode is 'min' or 'max', threshold_mode 'rel' or 'abs', not {mode!r} and "
                f"{threshold_mode!r}")
        groups = optimizer.param_groups
        if not isinstance(min_lr, (list, tuple)):
            min_lr = [min_lr] * len(groups)
        elif len(min_lr) != len(groups):
            raise ValueError(
                f"there are {len(groups)} groups of parameters, but {len(min_lr)} min_lr")
        self.optimizer, self.mode, self.factor, self.patience = optimizer, mode, factor, patience
        self.threshold, self.threshold_mode = threshold, threshold_mode
        self.cooldown, self.min_lrs, self.eps = cooldown, list(min_lr), eps
        self.default_min_lr = min_lr[0] if min_lr else 0
        self.last_epoch = 0
        self._last_lr = self._now()
        self._reset()

    def _reset(self) -> None:
        self.best = inf if self.mode == "min" else -inf
        self.mode_worse = self.best
        self.cooldown_counter = 0
        self.num_bad_epochs = 0

    @property
    def in_cooldown(self) -> bool:
        """Whether bad steps do not count just now."""
        return self.cooldown_counter > 0

    def is_better(self, a: float, best: float) -> bool:
        """Whether metric `a` beats `best` by the threshold."""
        sign = -1 if self.mode == "min" else 1
        margin = best * self.threshold if self.threshold_mode == "rel" else self.threshold
        return sign * a > sign * (best + sign * margin) if best not in (inf, -inf) else (
            sign * a > sign * best)

    def step(self, metrics: Any, epoch: int | None = None) -> None:  # type: ignore[override]
        """Look at a metric, and let the rate fall if it is time."""
        current = float(metrics)
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        if self.is_better(current, self.best):
            self.best, self.num_bad_epochs = current, 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            now = self._now()
            lower = [max(float(rate) * self.factor, least)
                     for rate, least in zip(now, self.min_lrs, strict=True)]
            self._write([
                low if float(rate) - low > self.eps else rate
                for rate, low in zip(now, lower, strict=True)])
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = self._now()
