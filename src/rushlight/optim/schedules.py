"""Schedules that are a formula of the step's number."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from rushlight.optim.optimizer import Optimizer
from rushlight.optim.schedule import LRScheduler


class LambdaLR(LRScheduler):
    """The initial rate times `lr_lambda(step)`; one function, or one for each group.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LambdaLR.html
    """

    def __init__(
        self, optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | list[Callable[[int], float]], last_epoch: int = -1,
    ):
        self.lr_lambdas = _for_each_group(optimizer, lr_lambda)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        return [
            base * each(self.last_epoch)
            for base, each in zip(self.base_lrs, self.lr_lambdas, strict=True)]

    def state_dict(self) -> dict[str, Any]:
        """As of any schedule; of functions only the attributes of those that are objects."""
        state = {
            name: each for name, each in super().state_dict().items() if name != "lr_lambdas"}
        return state | {"lr_lambdas": [_attributes(each) for each in self.lr_lambdas]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave; functions stay those that were given here."""
        state = {**state_dict}
        for ours, given in zip(self.lr_lambdas, state.pop("lr_lambdas"), strict=True):
            if given is not None:
                ours.__dict__.update(given)
        self.__dict__.update(state)


class MultiplicativeLR(LambdaLR):
    """The rate before times `lr_lambda(step)`.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiplicativeLR.html
    """

    def get_lr(self) -> list[Any]:
        if self._is_initial:
            return self._now()
        return [
            rate * each(self.last_epoch)
            for rate, each in zip(self._now(), self.lr_lambdas, strict=True)]


def _for_each_group(optimizer: Optimizer, given: Any) -> list[Any]:
    count = len(optimizer.param_groups)
    if not isinstance(given, (list, tuple)):
        return [given] * count
    if len(given) != count:
        raise ValueError(f"there are {count} groups of parameters, but {len(given)} functions")
    return list(given)


def _attributes(function: Any) -> dict[str, Any] | None:
    return None if isinstance(function, type(_attributes)) else function.__dict__.copy()


class _Factor(LRScheduler):
    """The rate before times a factor, which depends on the step alone."""

    def _factor(self) -> float:
        raise NotImplementedError

    def get_lr(self) -> list[Any]:
        if self._is_initial and self.last_epoch == 0:
            factor = self._first()
        else:
            factor = self._factor()
        return [rate * factor if factor != 1 else rate for rate in self._now()]

    def _first(self) -> float:
        return 1


class StepLR(_Factor):
    """The rate times gamma after every `step_size` steps.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html
    """

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ):
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def _factor(self) -> float:
        return self.gamma if self.last_epoch and self.last_epoch % self.step_size == 0 else 1

    def _get_closed_form_lr(self) -> list[Any]:
        return [base * self.gamma ** (self.last_epoch // self.step_size) for base in self.base_lrs]


class MultiStepLR(_Factor):
    """The rate times gamma at each of the milestones.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiStepLR.html
    """

    def __init__(
        self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1,
        last_epoch: int = -1,
    ):
        self.milestones, self.gamma = Counter(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def _factor(self) -> float:
        return self.gamma ** self.milestones[self.last_epoch]

    def _get_closed_form_lr(self) -> list[Any]:
        passed = bisect_right(sorted(self.milestones.elements()), self.last_epoch)
        return [base * self.gamma**passed for base in self.base_lrs]


class ConstantLR(_Factor):
    """The rate times `factor` for the first `total_iters` steps.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ConstantLR.html
    """

    def __init__(
        self, optimizer: Optimizer, factor: float = 1.0 / 3, total_iters: int = 5,
        last_epoch: int = -1,
    ):
        if not 0 <= factor <= 1:
            raise ValueError(f"factor must be from 0 to 1, not {factor}")
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)

    def _first(self) -> float:
        return self.factor

    def _factor(self) -> float:
        if self.last_epoch == 0:
            return self.factor
        return 1 / self.factor if self.last_epoch == self.total_iters else 1

    def _get_closed_form_lr(self) -> list[Any]:
        factor = 1 if self.last_epoch >= self.total_iters else self.factor
        return [base * factor for base in self.base_lrs]


class LinearLR(_Factor):
    """The rate times a factor that goes from `start_factor` to `end_factor` in `total_iters` steps.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LinearLR.html
    """

    def __init__(
        self, optimizer: Optimizer, start_factor: float = 1.0 / 3, end_factor: float = 1.0,
        total_iters: int = 5, last_epoch: int = -1,
    ):
        if not 0 < start_factor <= 1 or not 0 <= end_factor <= 1:
            raise ValueError(
                "start_factor must be above 0, end_factor at least 0, and both at most 1, not "
                f"{start_factor} and {end_factor}")
        self.start_factor, self.end_factor = start_factor, end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def _share(self, step: int) -> float:
        part = min(self.total_iters, step) / self.total_iters
        return self.start_factor + (self.end_factor - self.start_factor) * part

    def _first(self) -> float:
        return self.start_factor

    def _factor(self) -> float:
        if self.last_epoch == 0:
            return self.start_factor
        if self.last_epoch > self.total_iters:
            return 1
        return self._share(self.last_epoch) / self._share(self.last_epoch - 1)

    def _get_closed_form_lr(self) -> list[Any]:
        return [base * self._share(self.last_epoch) for base in self.base_lrs]


class ExponentialLR(_Factor):
    """The rate times gamma at every step.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ExponentialLR.html
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1):
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _factor(self) -> float:
        return self.gamma if self.last_epoch else 1

    def _get_closed_form_lr(self) -> list[Any]:
        return [base * self.gamma**self.last_epoch for base in self.base_lrs]


class PolynomialLR(_Factor):
    """The rate falls to 0 in `total_iters` steps, as (1 - step / total_iters) ** power.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.PolynomialLR.html
    """

    def __init__(
        self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1
    ):
        self.total_iters, self.power = total_iters, power
        super().__init__(optimizer, last_epoch)

    def _factor(self) -> float:
        step, total = self.last_epoch, self.total_iters
        if step == 0 or step > total:
            return 1
        return ((1 - step / total) / (1 - (step - 1) / total)) ** self.power

    def _get_closed_form_lr(self) -> list[Any]:
        part = 1 - min(self.total_iters, self.last_epoch) / self.total_iters
        return [base * part**self.power for base in self.base_lrs]


class CosineAnnealingLR(LRScheduler):
    """The rate swings between the initial one and `eta_min` as a cosine of half-period `T_max`.

    Source: Loshchilov and Hutter, 2017, https://arxiv.org/abs/1608.03983
    """

    def __init__(
        self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1
    ):
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        step, half, least = self.last_epoch, self.T_max, self.eta_min
        rates = self._now()
        if step == 0:
            return rates
        if self._is_initial:
            return self._get_closed_form_lr()
        if (step - 1 - half) % (2 * half) == 0:
            return [
                rate + (base - least) * (1 - math.cos(math.pi / half)) / 2
                for rate, base in zip(rates, self.base_lrs, strict=True)]
        share = (1 + math.cos(math.pi * step / half)) / (1 + math.cos(math.pi * (step - 1) / half))
        return [share * (rate - least) + least for rate in rates]

    def _get_closed_form_lr(self) -> list[Any]:
        part = (1 + math.cos(math.pi * self.last_epoch / self.T_max)) / 2
        return [self.eta_min + (base - self.eta_min) * part for base in self.base_lrs]


class CosineAnnealingWarmRestarts(LRScheduler):
    """The rate falls as half a cosine, and begins again after T_0 steps, then T_0 * T_mult, ...

    Source: Loshchilov and Hutter, 2017, https://arxiv.org/abs/1608.03983
    """

    def __init__(
        self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0,
        last_epoch: int = -1,
    ):
        if T_0 <= 0 or not isinstance(T_0, int) or T_mult < 1 or not isinstance(T_mult, int):
            raise ValueError(f"T_0 and T_mult must be integers above 0, not {T_0} and {T_mult}")
        self.T_0, self.T_i, self.T_mult, self.eta_min = T_0, T_0, T_mult, eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        part = (1 + math.cos(math.pi * self.T_cur / self.T_i)) / 2
        return [self.eta_min + (base - self.eta_min) * part for base in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Go to the next step, or to a place between steps: an epoch and a part of one."""
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur -= self.T_i
                self.T_i *= self.T_mult
        elif epoch < 0:
            raise ValueError(f"the epoch must be at least 0, not {epoch}")
        elif epoch < self.T_0:
            self.T_i, self.T_cur = self.T_0, epoch
        elif self.T_mult == 1:
            self.T_cur = epoch % self.T_0
        else:
            cycle = int(math.log(epoch / self.T_0 * (self.T_mult - 1) + 1, self.T_mult))
            begun = self.T_0 * (self.T_mult**cycle - 1) / (self.T_mult - 1)
            self.T_cur, self.T_i = epoch - begun, self.T_0 * self.T_mult**cycle
        self.last_epoch = math.floor(epoch)
        self._write(self.get_lr())
