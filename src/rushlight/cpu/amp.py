"""`torch.cpu.amp`: the old names of `torch.amp`, the device type left out."""

from __future__ import annotations

import warnings

from rushlight import amp
from rushlight.tensor.dtypes import dtype as Dtype


def _deprecated(name: str) -> None:
    warnings.warn(
        f"torch.cpu.amp.{name}(...) is deprecated: write torch.amp.{name}('cpu', ...)",
        FutureWarning, stacklevel=3)


class autocast(amp.autocast):
    """`torch.autocast("cpu", ...)`, and deprecated."""

    def __init__(
        self, enabled: bool = True, dtype: Dtype | None = None, cache_enabled: bool = True
    ) -> None:
        _deprecated("autocast")
        super().__init__("cpu", dtype, enabled, cache_enabled)


class GradScaler(amp.GradScaler):
    """`torch.amp.GradScaler("cpu", ...)`, and deprecated."""

    def __init__(
        self, init_scale: float = 2.0**16, growth_factor: float = 2.0,
        backoff_factor: float = 0.5, growth_interval: int = 2000, enabled: bool = True,
    ) -> None:
        _deprecated("GradScaler")
        super().__init__(
            "cpu", init_scale, growth_factor, backoff_factor, growth_interval, enabled)
