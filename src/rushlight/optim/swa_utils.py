"""Averages of a model's parameters along its training: `AveragedModel`, `SWALR`, `update_bn`.

Source: https://docs.pytorch.org/docs/stable/optim.html#weight-averaging-swa-and-ema
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from copy import deepcopy
from itertools import chain
from typing import Any

from rushlight.autograd.modes import no_grad
from rushlight.nn.modules.batchnorm import _BatchNorm
from rushlight.nn.modules.module import Module
from rushlight.ops.op import FACE
from rushlight.optim.optimizer import Optimizer
from rushlight.optim.schedule import LRScheduler
from rushlight.tensor.tensor import Tensor

Average = Callable[[Any, Any, Any], Any]

__all__ = [
    "AveragedModel", "SWALR", "get_ema_avg_fn", "get_ema_multi_avg_fn", "get_swa_avg_fn",
    "get_swa_multi_avg_fn", "update_bn",
]


# --- averages, of one tensor or of many

def _check_decay(decay: float) -> None:
    if not 0.0 <= decay <= 1.0:
        raise ValueError(f"decay must be between 0 and 1, not {decay}")


def _is_smooth(tensor: Tensor) -> bool:
    return tensor.is_floating_point() or tensor.is_complex()


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """`f(average, current, count)`: decay * average + (1 - decay) * current.

    Raises ValueError for a decay outside of [0, 1].
    """
    _check_decay(decay)

    def average(ema_param: Any, current_param: Any, num_averaged: Any) -> Any:
        with no_grad():
            return ema_param * decay + current_param * (1 - decay)

    return average


def get_ema_multi_avg_fn(decay: float = 0.999) -> Average:
    """`f(averages, currents, count)`: the same for lists of tensors, in place.

    Raises ValueError for a decay outside of [0, 1].
    """
    _check_decay(decay)

    def average(ema_param_list: Any, current_param_list: Any, num_averaged: Any) -> None:
        with no_grad():
            for ema, current in zip(ema_param_list, current_param_list, strict=True):
                if _is_smooth(ema):
                    ema.lerp_(current, 1 - decay)
                else:
                    ema.copy_(ema * decay + current * (1 - decay))

    return average


def get_swa_avg_fn() -> Average:
    """`f(average, current, count)`: the mean of `count` tensors and one more."""

    def average(averaged_param: Any, current_param: Any, num_averaged: Any) -> Any:
        with no_grad():
            return averaged_param + (current_param - averaged_param) / (num_averaged + 1)

    return average


def get_swa_multi_avg_fn() -> Average:
    """`f(averages, currents, count)`: the same for lists of tensors, in place."""

    def average(averaged_param_list: Any, current_param_list: Any, num_averaged: Any) -> None:
        weight = float(1 / (num_averaged + 1))  # of a tensor, in float32
        with no_grad():
            for averaged, current in zip(averaged_param_list, current_param_list, strict=True):
                if _is_smooth(averaged):
                    averaged.lerp_(current, weight)
                else:
                    averaged.copy_(averaged + (current - averaged) * weight)

    return average


# --- the model

class AveragedModel(Module):
    """A copy of `model` whose parameters are averages of those given to `update_parameters`.

    avg_fn: how one average goes on, from (average, current, count); multi_avg_fn: the same for
    lists of tensors, in place; the plain mean without either. use_buffers: average the buffers,
    too, rather than take over the latest. Raises AssertionError where both functions are given.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.swa_utils.AveragedModel.html
    """

    n_averaged: Any

    def __init__(
        self, model: Module, device: Any = None, avg_fn: Average | None = None,
        multi_avg_fn: Average | None = None, use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("give avg_fn or multi_avg_fn, not both")
        self.module = deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", FACE["tensor"](0))
        self.avg_fn, self.multi_avg_fn = avg_fn, multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the averaged module gives."""
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Take one more model into the averages; the first is copied."""
        ours, theirs = (
            [each.detach() for each in chain(
                one.parameters(), one.buffers() if self.use_buffers else ())]
            for one in (self.module, model))
        count = self.n_averaged
        if int(count) == 0:
            for averaged, current in zip(ours, theirs, strict=True):
                averaged.copy_(current)
        elif self.multi_avg_fn is not None:
            self.multi_avg_fn(ours, theirs, count)
        else:
            average = self.avg_fn or get_swa_avg_fn()
            for averaged, current in zip(ours, theirs, strict=True):
                averaged.copy_(average(averaged, current, count))
        if not self.use_buffers:
            for kept, current in zip(self.module.buffers(), model.buffers(), strict=True):
                kept.detach().copy_(current.detach())
        self.n_averaged += 1


def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Count the statistics of the model's batch norms anew, from the batches of `loader`.

    The first of a batch that is a list or a tuple is the model's input; device: where it goes.
    """
    momenta: dict[Any, Any] = {}
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            module.reset_running_stats()
            momenta[module] = module.momentum
    if not momenta:
        return
    was_training = model.training
    model.train()
    for module in momenta:
        module.momentum = None  # the plain mean over all batches
    with no_grad():
        for batch in loader:
            given = batch[0] if isinstance(batch, (list, tuple)) else batch
            model(given if device is None else given.to(device))
    for module, momentum in momenta.items():
        module.momentum = momentum
    model.train(was_training)


# --- the schedule

def _cosine(t: float) -> float:
    return (1 - math.cos(math.pi * t)) / 2


def _linear(t: float) -> float:
    return t


class SWALR(LRScheduler):
    """From the rates as they are to `swa_lr` in `anneal_epochs` steps, and then constant.

    swa_lr: a number, or one for each group. anneal_strategy: "cos" or "linear". Raises ValueError
    for other strategies, for steps that are no whole number of 0 or more, and where the rates are
    not one for each group. Source:
    https://docs.pytorch.org/docs/stable/generated/torch.optim.swa_utils.SWALR.html
    """

    def __init__(
        self, optimizer: Optimizer, swa_lr: Any, anneal_epochs: int = 10,
        anneal_strategy: str = "cos", last_epoch: int = -1,
    ) -> None:
        groups = optimizer.param_groups
        rates = list(swa_lr) if isinstance(swa_lr, (list, tuple)) else [swa_lr] * len(groups)
        if len(rates) != len(groups):
            raise ValueError(f"swa_lr has {len(rates)} rates for {len(groups)} groups")
        for group, rate in zip(groups, rates, strict=True):
            group["swa_lr"] = rate
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy is 'cos' or 'linear', not {anneal_strategy!r}")
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be 0 or a positive integer, not {anneal_epochs}")
        self._anneal_strategy = anneal_strategy
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def _share(self, step: int) -> float:
        """How much of `swa_lr` is in the rates of this step."""
        t = max(0.0, min(1.0, step / max(1, self.anneal_epochs)))
        return _cosine(t) if self._anneal_strategy == "cos" else _linear(t)

    def get_lr(self) -> list[Any]:
        """The rates of this step: those of the last, with the share of `swa_lr` exchanged."""
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._share(step - 1), self._share(step)
        rates = []
        for group in self.optimizer.param_groups:
            goal, rate = group["swa_lr"], group["lr"]
            start = goal if before == 1 else (rate - before * goal) / (1 - before)
            rates.append(goal * now + start * (1 - now))
        return rates
