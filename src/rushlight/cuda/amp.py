"""`torch.cuda.amp`: the old names of `torch.amp`, the device type left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rushlight import amp
from rushlight.amp import old_names
from rushlight.tensor.dtypes import dtype as Dtype


class autocast(old_names.Autocast):
    """`torch.autocast("cuda", ...)`, and deprecated."""

    of = "cuda"


class GradScaler(old_names.Scaler):
    """`torch.amp.GradScaler("cuda", ...)`, and deprecated."""

    of = "cuda"


def custom_fwd(
    fwd: Callable[..., Any] | None = None, *, cast_inputs: Dtype | None = None
) -> Any:
    """`torch.amp.custom_fwd(device_type="cuda")`, and deprecated."""
    old_names.deprecated("cuda", "custom_fwd")
    return amp.custom_fwd(fwd, device_type="cuda", cast_inputs=cast_inputs)


def custom_bwd(bwd: Callable[..., Any]) -> Any:
    """`torch.amp.custom_bwd(device_type="cuda")`, and deprecated."""
    old_names.deprecated("cuda", "custom_bwd")
    return amp.custom_bwd(bwd, device_type="cuda")
