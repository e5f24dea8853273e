"""`autocast` and what asks about it. How it is done is told in `casting.py`."""

from __future__ import annotations

import functools
import threading
import warnings
from collections.abc import Callable
from typing import Any

from rushlight.amp import casting
from rushlight.autograd.modes import modes
from rushlight.tensor import dtypes
from rushlight.tensor.dtypes import dtype as Dtype

_DEVICES = frozenset({"cpu", "cuda", "hpu", "ipu", "maia", "mps", "mtia", "xla", "xpu"})
_LOWER = (dtypes.bfloat16, dtypes.float16)


class _Others(threading.local):
    """The dtypes that were set for devices there are none of here, and how deep we are."""

    depth = 0

    def __init__(self) -> None:
        self.dtypes: dict[str, Dtype] = {}


_others = _Others()


def _check(device_type: Any) -> str:
    if not isinstance(device_type, str):
        raise ValueError(f"device_type is a string, not {type(device_type).__name__}")
    if device_type not in _DEVICES:
        raise RuntimeError(
            f"device_type {device_type!r} is not known: it is one of {', '.join(sorted(_DEVICES))}")
    return device_type


def is_autocast_available(device_type: str) -> bool:
    """Whether autocast knows this type of device. RuntimeError for what is no device."""
    return bool(_check(device_type))


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """Whether autocast is on in this thread for tensors of this device."""
    return _check(device_type) == "cpu" and modes.autocast


def set_autocast_enabled(device_type: str, enabled: bool) -> None:
    """Turn autocast on or off in this thread; for the CPU alone, others stay off."""
    if _check(device_type) == "cpu":
        casting.switch(bool(enabled))


def get_autocast_dtype(device_type: str) -> Dtype:
    """The dtype that autocast computes in: bfloat16 on a CPU until it is set."""
    if _check(device_type) == "cpu":
        return casting.state.dtype
    default = dtypes.float16 if device_type in ("cuda", "xpu", "mps") else dtypes.bfloat16
    return _others.dtypes.get(device_type, default)


def set_autocast_dtype(device_type: str, dtype: Dtype) -> None:
    """Set the dtype that autocast computes in, in this thread."""
    if _check(device_type) == "cpu":
        casting.state.dtype = dtype
    else:
        _others.dtypes[device_type] = dtype


def is_autocast_cache_enabled() -> bool:
    """Whether casts of parameters are kept until autocast ends."""
    return casting.state.cached


def set_autocast_cache_enabled(enabled: bool) -> None:
    """Whether casts of parameters are kept until autocast ends."""
    casting.state.cached = bool(enabled)


def clear_autocast_cache() -> None:
    """Forget the casts of parameters that are kept."""
    casting.state.casts.clear()


def autocast_increment_nesting() -> int:
    """Count one more `with autocast` in this thread; how deep that is."""
    _others.depth += 1
    return _others.depth


def autocast_decrement_nesting() -> int:
    """Count one less `with autocast` in this thread; how deep that is."""
    _others.depth -= 1
    return _others.depth


class autocast:
    """Products and convolutions are computed in `dtype`, what needs more precision in float32.

        with torch.autocast("cpu"):
            loss = loss_function(model(x), y)
        loss.backward()

    A `with` block or a decorator; what is float64 stays so. device_type: "cpu"; others warn and do
    nothing, there being no such device. dtype: bfloat16 or float16, bfloat16 if not given.
    cache_enabled: whether a parameter is cast once for all its uses in the block. Raises ValueError
    or RuntimeError for what is no device type.
    Source: https://docs.pytorch.org/docs/stable/amp.html
    """

    def __init__(
        self, device_type: str, dtype: Dtype | None = None, enabled: bool = True,
        cache_enabled: bool | None = None,
    ) -> None:
        self.device = _check(device_type)
        self.fast_dtype = get_autocast_dtype(device_type) if dtype is None else dtype
        self._cache_enabled = is_autocast_cache_enabled() if cache_enabled is None else (
            bool(cache_enabled))
        self._enabled = bool(enabled)
        self._before: list[tuple[bool, Dtype, bool]] = []
        if not isinstance(self.fast_dtype, Dtype):
            raise TypeError(f"dtype is a torch.dtype, not {type(dtype).__name__}")
        if self._enabled and device_type != "cpu":
            self._refuse(f"there is no {device_type} device here")
        elif self._enabled and self.fast_dtype not in _LOWER:
            self._refuse(f"it computes in bfloat16 or float16, not in {self.fast_dtype}")

    def _refuse(self, why: str) -> None:
        warnings.warn(f"autocast is off: {why}", UserWarning, stacklevel=4)
        self._enabled = False

    def __enter__(self) -> autocast:
        self._before.append((
            is_autocast_enabled(self.device), get_autocast_dtype(self.device),
            is_autocast_cache_enabled()))
        set_autocast_dtype(self.device, self.fast_dtype)
        set_autocast_cache_enabled(self._cache_enabled)
        set_autocast_enabled(self.device, self._enabled)
        autocast_increment_nesting()
        return self

    def __exit__(self, *_: object) -> None:
        if autocast_decrement_nesting() == 0:
            clear_autocast_cache()
        enabled, dtype, cached = self._before.pop()
        set_autocast_enabled(self.device, enabled)
        set_autocast_dtype(self.device, dtype)
        set_autocast_cache_enabled(cached)

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return inside

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.device, self.fast_dtype, self._enabled, self._cache_enabled)


# --- functions of the user's own

def custom_fwd(
    fwd: Callable[..., Any] | None = None, *, device_type: str, cast_inputs: Dtype | None = None
) -> Any:
    """Decorates `forward` of an `autograd.Function` that may run under autocast.

    cast_inputs: the dtype to cast floating point tensors to; the function then runs with autocast
    off. Without it, it runs as autocast is set, and `custom_bwd` has `backward` run so, too.
    Source: https://docs.pytorch.org/docs/stable/amp.html
    """
    _check(device_type)
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)

    @functools.wraps(fwd)
    def forward(ctx: Any, *args: Any, **kwargs: Any) -> Any:
        ctx._dtype = get_autocast_dtype(device_type)
        enabled = is_autocast_enabled(device_type)
        ctx._fwd_used_autocast = enabled and cast_inputs is None
        if cast_inputs is None or not enabled:
            return fwd(ctx, *args, **kwargs)
        args, kwargs = casting.each_cast((args, kwargs), lambda each: (
            each.to(cast_inputs) if each.is_floating_point() and each.dtype != dtypes.float64
            else each))
        with autocast(device_type, enabled=False):
            return fwd(ctx, *args, **kwargs)

    return forward


def custom_bwd(bwd: Callable[..., Any] | None = None, *, device_type: str) -> Any:
    """Decorates `backward` of an `autograd.Function` whose `forward` has `custom_fwd`.

    Source: https://docs.pytorch.org/docs/stable/amp.html
    """
    _check(device_type)
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)

    @functools.wraps(bwd)
    def backward(ctx: Any, *grads: Any) -> Any:
        with autocast(device_type, enabled=ctx._fwd_used_autocast, dtype=ctx._dtype):
            return bwd(ctx, *grads)

    return backward


# --- names of before device types were arguments

is_autocast_cpu_enabled = functools.partial(is_autocast_enabled, "cpu")
get_autocast_cpu_dtype = functools.partial(get_autocast_dtype, "cpu")
get_autocast_gpu_dtype = functools.partial(get_autocast_dtype, "cuda")
set_autocast_cpu_dtype = functools.partial(set_autocast_dtype, "cpu")
set_autocast_gpu_dtype = functools.partial(set_autocast_dtype, "cuda")
set_autocast_cpu_enabled = functools.partial(set_autocast_enabled, "cpu")
