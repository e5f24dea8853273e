"""`GradScaler`: losses made larger, so that gradients of float16 do not vanish."""

from __future__ import annotations

import warnings
from typing import Any

from rushlight.autograd.modes import no_grad
from rushlight.ops.op import FACE
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Tensor

_READY, _UNSCALED, _STEPPED = range(3)


class _Stage:
    """How far this iteration has come for one optimizer."""

    def __init__(self) -> None:
        self.at = _READY
        self.overflowed: bool | None = None  # None: nothing was looked at


class GradScaler:
    """Scales losses before `backward`, and the gradients back before the optimizer's step.

        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()

    A step whose gradients hold an inf or a nan is left out, and the scale is multiplied by
    `backoff_factor`; after `growth_interval` steps without, by `growth_factor`. device: "cpu";
    others warn, and the scaler does nothing. Raises AssertionError for factors that do not grow or
    do not shrink. Source: https://docs.pytorch.org/docs/stable/amp.html#gradient-scaling
    """

    def __init__(
        self, device: str = "cuda", init_scale: float = 2.0**16, growth_factor: float = 2.0,
        backoff_factor: float = 0.5, growth_interval: int = 2000, enabled: bool = True,
    ) -> None:
        self._device, self._enabled = device, enabled
        if enabled and device != "cpu":
            warnings.warn(
                f"GradScaler is off: there is no {device} device here. GradScaler('cpu') is on",
                UserWarning, stacklevel=2)
            self._enabled = False
        if self._enabled:
            if growth_factor <= 1.0:
                raise AssertionError(f"growth_factor must be more than 1, not {growth_factor}")
            if backoff_factor >= 1.0:
                raise AssertionError(f"backoff_factor must be less than 1, not {backoff_factor}")
        self._init_scale = init_scale
        self._scale: Any = None  # a tensor, from the first use on
        self._growth_factor, self._backoff_factor = growth_factor, backoff_factor
        self._growth_interval = growth_interval
        self._init_growth_tracker = 0
        self._growth_tracker: Any = None
        self._stages: dict[int, _Stage] = {}

    # --- an iteration

    def scale(self, outputs: Any) -> Any:
        """A tensor times the scale, or each tensor of a list or a tuple.

        Raises ValueError for anything else.
        """
        if not self._enabled:
            return outputs
        if self._scale is None:
            self._begin()
        return self._scaled(outputs)

    def _begin(self) -> None:
        self._scale = FACE["tensor"](float(self._init_scale), dtype=dtypes.float32)
        self._growth_tracker = FACE["tensor"](self._init_growth_tracker, dtype=dtypes.int32)

    def _scaled(self, outputs: Any) -> Any:
        if isinstance(outputs, Tensor):
            return outputs * self._scale
        if isinstance(outputs, (list, tuple)):
            return type(outputs)([self._scaled(each) for each in outputs])
        if hasattr(outputs, "__iter__"):
            return map(self._scaled, outputs)
        raise ValueError(f"scale() takes tensors, or lists of them, not {type(outputs).__name__}")

    def _stage(self, optimizer: Any) -> _Stage:
        return self._stages.setdefault(id(optimizer), _Stage())

    def _need_scale(self, what: str) -> None:
        if self._scale is None:
            raise AssertionError(f"{what}() before scale(loss): there is no scale yet")

    def unscale_(self, optimizer: Any) -> None:
        """Divide the gradients of the optimizer's parameters by the scale: to clip them, say.

        Raises RuntimeError where that was done, or a step taken, since the last `update`, and
        ValueError for gradients of float16.
        """
        if not self._enabled:
            return
        self._need_scale("unscale_")
        stage = self._stage(optimizer)
        if stage.at == _UNSCALED:
            raise RuntimeError("unscale_() was called for this optimizer since the last update()")
        if stage.at == _STEPPED:
            raise RuntimeError("unscale_() must come before step(), and both before update()")
        stage.overflowed = self._unscale(optimizer)
        stage.at = _UNSCALED

    def _unscale(self, optimizer: Any) -> bool | None:
        """Unscale the gradients; whether one is inf or nan, None where there are none."""
        inverse = float((1.0 / self._scale.double()).float())
        overflowed = None
        for group in optimizer.param_groups:
            for param in group["params"]:
                grad = param.grad
                if grad is None:
                    continue
                if grad.dtype == dtypes.float16:
                    raise ValueError(
                        "a gradient is of float16: keep parameters in float32, and compute in "
                        "float16 under torch.autocast")
                with no_grad():
                    grad.mul_(inverse)
                overflowed = bool(overflowed) or not bool(grad.isfinite().all())
        return overflowed

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """Unscale the gradients if that was not done, and take the optimizer's step if all are
        finite; gives what the step gives.

        Raises RuntimeError for a closure and for a second step without `update`, AssertionError
        where there are no gradients.
        """
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise RuntimeError("step(): a closure does not go with a GradScaler that is enabled")
        self._need_scale("step")
        stage = self._stage(optimizer)
        if stage.at == _STEPPED:
            raise RuntimeError("step() was called for this optimizer since the last update()")
        if stage.at == _READY:
            self.unscale_(optimizer)
        if stage.overflowed is None:
            raise AssertionError("step(): no parameter of the optimizer has a gradient")
        result = None if stage.overflowed else optimizer.step(*args, **kwargs)
        stage.at = _STEPPED
        return result

    def update(self, new_scale: Any = None) -> None:
        """End the iteration: the scale shrinks, grows or stays; new_scale: becomes this.

        Raises AssertionError where no gradients were looked at since the last one.
        """
        if not self._enabled:
            return
        self._need_scale("update")
        if new_scale is not None:
            self._scale.fill_(float(new_scale))
        else:
            looks = [each.overflowed for each in self._stages.values()
                     if each.overflowed is not None]
            if not looks:
                raise AssertionError("update(): step() or unscale_() must come before it")
            self._adapt(any(looks))
        self._stages.clear()

    def _adapt(self, overflowed: bool) -> None:
        if overflowed:
            self._scale.mul_(self._backoff_factor)
            self._growth_tracker.zero_()
        elif int(self._growth_tracker) + 1 == self._growth_interval:
            grown = self._scale * self._growth_factor
            if bool(grown.isfinite()):
                self._scale.copy_(grown)
            self._growth_tracker.zero_()
        else:
            self._growth_tracker += 1

    # --- settings

    def is_enabled(self) -> bool:
        """Whether it does anything."""
        return self._enabled

    def get_scale(self) -> float:
        """The scale as a number; 1 if it is not enabled."""
        if not self._enabled:
            return 1.0
        return float(self._init_scale if self._scale is None else self._scale)

    def get_growth_factor(self) -> float:
        """What the scale is multiplied by after `growth_interval` finite steps."""
        return self._growth_factor

    def set_growth_factor(self, new_factor: float) -> None:
        """Set it."""
        self._growth_factor = new_factor

    def get_backoff_factor(self) -> float:
        """What the scale is multiplied by after a step that was left out."""
        return self._backoff_factor

    def set_backoff_factor(self, new_factor: float) -> None:
        """Set it."""
        self._backoff_factor = new_factor

    def get_growth_interval(self) -> int:
        """How many finite steps in a row let the scale grow."""
        return self._growth_interval

    def set_growth_interval(self, new_interval: int) -> None:
        """Set it."""
        self._growth_interval = new_interval

    def _tracked(self) -> int:
        tracker = self._growth_tracker
        return self._init_growth_tracker if tracker is None else int(tracker)

    def state_dict(self) -> dict[str, Any]:
        """The scale and the settings, as numbers; empty if it is not enabled."""
        if not self._enabled:
            return {}
        return {
            "scale": self.get_scale(), "growth_factor": self._growth_factor,
            "backoff_factor": self._backoff_factor, "growth_interval": self._growth_interval,
            "_growth_tracker": self._tracked()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave. RuntimeError for an empty one."""
        if not self._enabled:
            return
        if not state_dict:
            raise RuntimeError("the state is empty: it is that of a GradScaler that was disabled")
        self._init_scale = state_dict["scale"]
        self._growth_factor = state_dict["growth_factor"]
        self._backoff_factor = state_dict["backoff_factor"]
        self._growth_interval = state_dict["growth_interval"]
        self._init_growth_tracker = state_dict["_growth_tracker"]
        if self._scale is not None:
            self._begin()

    def __getstate__(self) -> dict[str, Any]:
        if self._stages:
            raise AssertionError("a GradScaler is pickled between iterations, after update()")
        return {
            **self.__dict__, "_init_scale": self.get_scale(), "_scale": None,
            "_init_growth_tracker": self._tracked(), "_growth_tracker": None}
