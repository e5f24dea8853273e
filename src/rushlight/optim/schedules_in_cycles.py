"""Schedules in which momentum goes down while the rate goes up: CyclicLR and OneCycleLR."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from rushlight.optim.optimizer import Optimizer
from rushlight.optim.schedule import LRScheduler
from rushlight.optim.settings import number
from rushlight.tensor.tensor import Tensor


def _each(name: str, optimizer: Optimizer, given: Any) -> list[Any]:
    count = len(optimizer.param_groups)
    if not isinstance(given, (list, tuple)):
        return [given] * count
    if len(given) != count:
        raise ValueError(f"there are {count} groups of parameters, but {len(given)} of {name}")
    return list(given)


def _set_rate(group: dict[str, Any], rate: float) -> None:
    if isinstance(group["lr"], Tensor):
        group["lr"].fill_(rate)
    else:
        group["lr"] = rate


def _momentum_of(optimizer: Optimizer) -> str:
    """The setting that is the optimiser's momentum: ValueError if it has none."""
    for name in ("momentum", "betas"):
        if name in optimizer.defaults:
            return name
    raise ValueError("cycle_momentum needs an optimiser with momentum or betas")


def _set_momentum(group: dict[str, Any], name: str, value: float) -> None:
    group[name] = (value, *group["betas"][1:]) if name == "betas" else value


def _triangular(x: float) -> float:
    return 1.0


def _halving(x: float) -> float:
    return 1 / 2.0 ** (x - 1)


class CyclicLR(LRScheduler):
    """The rate goes up from `base_lr` to `max_lr` and down again, over and over.

    mode: "triangular", "triangular2" (each cycle half as high) or "exp_range" (as high as gamma **
    steps); or a scale_fn of the cycle or the step, as scale_mode says. Momentum goes the other way.
    Source: Smith, 2017, https://arxiv.org/abs/1506.01186
    """

    def __init__(
        self, optimizer: Optimizer, base_lr: float | list[float], max_lr: float | list[float],
        step_size_up: int = 2000, step_size_down: int | None = None, mode: str = "triangular",
        gamma: float = 1.0, scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle", cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.8, max_momentum: float | list[float] = 0.9,
        last_epoch: int = -1,
    ):
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"a schedule is of an Optimizer, not of {type(optimizer).__name__}")
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise ValueError(
                "mode is 'triangular', 'triangular2' or 'exp_range', not "
                f"{mode!r}; or give scale_fn")
        self.optimizer = optimizer
        if last_epoch == -1:
            for rate, group in zip(
                _each("base_lr", optimizer, base_lr), optimizer.param_groups, strict=True
            ):
                _set_rate(group, rate)
                group["initial_lr"] = rate
        self.max_lrs = _each("max_lr", optimizer, max_lr)
        up = float(step_size_up)
        down = up if step_size_down is None else float(step_size_down)
        self.total_size, self.step_ratio = up + down, up / (up + down)
        self.mode, self.gamma = mode, gamma
        self._scale_fn_custom = scale_fn
        self.scale_mode = "iterations" if scale_fn is None and mode == "exp_range" else scale_mode
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            name = _momentum_of(optimizer)
            self.use_beta1 = name == "betas"
            self.base_momentums = _each("base_momentum", optimizer, base_momentum)
            self.max_momentums = _each("max_momentum", optimizer, max_momentum)
            if last_epoch == -1:
                for most, least, group in zip(
                    self.max_momentums, self.base_momentums, optimizer.param_groups, strict=True
                ):
                    _set_momentum(group, name, most)
                    group["max_momentum"], group["base_momentum"] = most, least
        super().__init__(optimizer, last_epoch)

    def scale_fn(self, x: float) -> float:
        """How high cycle or step `x` goes, as a part of the whole height."""
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(x)
        if self.mode == "exp_range":
            return self.gamma**x
        return {"triangular": _triangular, "triangular2": _halving}[self.mode](x)

    def get_lr(self) -> list[Any]:
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle
        height = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)
        height *= self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            for least, most, group in zip(
                self.base_momentums, self.max_momentums, self.optimizer.param_groups, strict=True
            ):
                name = "betas" if self.use_beta1 else "momentum"
                _set_momentum(group, name, most - (most - least) * height)
        return [base + (most - base) * height
                for base, most in zip(self.base_lrs, self.max_lrs, strict=True)]

    def state_dict(self) -> dict[str, Any]:
        """As of any schedule; of a scale_fn only the attributes of one that is an object."""
        state = super().state_dict()
        custom = state.pop("_scale_fn_custom")
        if custom is not None and not isinstance(custom, type(_triangular)):
            state["_scale_fn_custom"] = custom.__dict__.copy()
        else:
            state["_scale_fn_custom"] = None
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave; a scale_fn stays the one that was given here."""
        state = {**state_dict}
        attributes = state.pop("_scale_fn_custom", None)
        if attributes is not None and self._scale_fn_custom is not None:
            self._scale_fn_custom.__dict__.update(attributes)
        super().load_state_dict(state)


class OneCycleLR(LRScheduler):
    """The rate goes up once, to `max_lr`, and down to almost nothing in the rest of `total_steps`.

    total_steps, or epochs and steps_per_epoch. pct_start: the part in which it goes up.
    anneal_strategy: "cos" or "linear". div_factor, final_div_factor: how far below the top it
    begins, and below that it ends. three_phase: down as long as up, then to the end. Raises
    ValueError for settings out of range, and for more steps than total_steps.
    Source: Smith and Topin, 2018, https://arxiv.org/abs/1708.07120
    """

    def __init__(
        self, optimizer: Optimizer, max_lr: float | list[float], total_steps: int | None = None,
        epochs: int | None = None, steps_per_epoch: int | None = None, pct_start: float = 0.3,
        anneal_strategy: str = "cos", cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85, max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0, final_div_factor: float = 1e4, three_phase: bool = False,
        last_epoch: int = -1,
    ):
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"a schedule is of an Optimizer, not of {type(optimizer).__name__}")
        if total_steps is None and (epochs is None or steps_per_epoch is None):
            raise ValueError("give total_steps, or both epochs and steps_per_epoch")
        for name, value in (
            ("total_steps", total_steps), ("epochs", epochs), ("steps_per_epoch", steps_per_epoch)
        ):
            if value is not None and (not isinstance(value, int) or value <= 0):
                raise ValueError(f"{name} must be an integer above 0, not {value}")
        if not isinstance(pct_start, float) or not 0 <= pct_start <= 1:
            raise ValueError(f"pct_start must be a float from 0 to 1, not {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy is 'cos' or 'linear', not {anneal_strategy!r}")
        self.optimizer = optimizer
        self.total_steps: int = total_steps or epochs * steps_per_epoch  # type: ignore[operator]
        self._anneal_func_type = anneal_strategy
        top = float(pct_start * self.total_steps) - 1
        bounds = [(top, "initial_lr", "max_lr", "max_momentum", "base_momentum")]
        if three_phase:
            bounds.append((2 * top, "max_lr", "initial_lr", "base_momentum", "max_momentum"))
            bounds.append((self.total_steps - 1, "initial_lr", "min_lr", "max_momentum",
                           "max_momentum"))
        else:
            bounds.append((self.total_steps - 1, "max_lr", "min_lr", "base_momentum",
                           "max_momentum"))
        names = ("end_step", "start_lr", "end_lr", "start_momentum", "end_momentum")
        self._schedule_phases: list[dict[str, Any]] = [
            dict(zip(names, each, strict=True)) for each in bounds]
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.use_beta1 = _momentum_of(optimizer) == "betas"
        if last_epoch == -1:
            for most, group in zip(
                _each("max_lr", optimizer, max_lr), optimizer.param_groups, strict=True
            ):
                group["initial_lr"], group["max_lr"] = most / div_factor, most
                group["min_lr"] = group["initial_lr"] / final_div_factor
            if cycle_momentum:
                for most, least, group in zip(
                    _each("max_momentum", optimizer, max_momentum),
                    _each("base_momentum", optimizer, base_momentum),
                    optimizer.param_groups, strict=True,
                ):
                    _set_momentum(group, "betas" if self.use_beta1 else "momentum", most)
                    group["max_momentum"], group["base_momentum"] = most, least
        super().__init__(optimizer, last_epoch)

    def _between(self, start: float, end: float, part: float) -> float:
        if self._anneal_func_type == "linear":
            return (end - start) * part + start
        return end + (start - end) / 2.0 * (1 + math.cos(math.pi * part))

    def get_lr(self) -> list[Any]:
        step = self.last_epoch
        if step > self.total_steps:
            raise ValueError(
                f"this is step {step} of a schedule of {self.total_steps}: there are no more")
        begun = 0.0
        for phase in self._schedule_phases:
            ended: Any = phase["end_step"]
            if step <= ended or phase is self._schedule_phases[-1]:
                break
            begun = ended
        part = (step - begun) / (ended - begun)
        rates = []
        for group in self.optimizer.param_groups:
            rates.append(self._between(group[phase["start_lr"]], group[phase["end_lr"]], part))
            if self.cycle_momentum:
                _set_momentum(
                    group, "betas" if self.use_beta1 else "momentum", self._between(
                        group[phase["start_momentum"]], group[phase["end_momentum"]], part))
        return [number(each) for each in rates]
