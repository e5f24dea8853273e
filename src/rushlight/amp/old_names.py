"""The names that `torch.amp` had, one set for each device: `torch.cpu.amp`, `torch.cuda.amp`."""

from __future__ import annotations

import warnings
from typing import ClassVar

from rushlight import amp
from rushlight.tensor.dtypes import dtype as Dtype


def deprecated(device: str, name: str) -> None:
    """Warn the caller's caller of an old name, and say the new one."""
    warnings.warn(
        f"torch.{device}.amp.{name}(...) is deprecated: write torch.amp.{name}('{device}', ...)",
        FutureWarning, stacklevel=3)


class Autocast(amp.autocast):
    """`torch.autocast` of one device."""

    of: ClassVar[str]

    def __init__(
        self, enabled: bool = True, dtype: Dtype | None = None, cache_enabled: bool = True
    ) -> None:
        deprecated(self.of, "autocast")
        super().__init__(self.of, dtype, enabled, cache_enabled)


class Scaler(amp.GradScaler):
    """`torch.amp.GradScaler` of one device."""

    of: ClassVar[str]

    def __init__(
        self, init_scale: float = 2.0**16, growth_factor: float = 2.0,
        backoff_factor: float = 0.5, growth_interval: int = 2000, enabled: bool = True,
    ) -> None:
        deprecated(self.of, "GradScaler")
        super().__init__(
            self.of, init_scale, growth_factor, backoff_factor, growth_interval, enabled)
