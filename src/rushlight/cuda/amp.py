"""`torch.cuda.amp`: the old names of `torch.amp`, the device type left out."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from rushlight import amp
from rushlight.tensor.dtypes import dtype as Dtype


def _deprecated(name: str) -> None:
    warnings.warn(
        f"torch.cuda.amp.{name}(...) is deprecated: write torch.amp.{name}('cuda', ...)",
        FutureWarning, stacklevel=3)


class autocast(amp.autocast):
    """`torch.autocast("cuda", ...)`, and deprecated."""

    def __init__(
        self, enabled: bool = True, dtype: Dtype | None = None, cache_enabled: bool = True
    ) -> None:
        _deprecated("autocast")
        super().__init__("cuda", dtype, enabled, cache_enabled)


class GradScaler(amp.GradScaler):
    """`torch.amp.GradScaler("cuda", ...)`, and deprecated."""

    def __init__(
        self, init_scale: float = 2.0**16, growth_factor: float = 2.0,
        backoff_factor: float = 0.5, growth_interval: int = 2000, enabled: bool = True,
    ) -> None:
        _deprecated("GradScaler")
        super().__init__(
            "cuda", init_scale, growth_factor, backoff_factor, growth_interval, enabled)


def custom_fwd(
    fwd: Callable[..., Any] | None = None, *, cast_inputs: Dtype | None = None
) -> Any:
    """`torch.amp.custom_fwd(device_type="cuda")`, and deprecated."""
    _deprecated("custom_fwd")
    return amp.custom_fwd(fwd, device_type="cuda", cast_inputs=cast_inputs)


def custom_bwd(bwd: Callable[..., Any]) -> Any:
    """`torch.amp.custom_bwd(device_type="cuda")`, and deprecated."""
    _deprecated("custom_bwd")
    return amp.custom_bwd(bwd, device_type="cuda")
