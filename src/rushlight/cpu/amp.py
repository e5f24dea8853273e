"""`torch.cpu.amp`: the old names of `torch.amp`, the device type left out."""

from __future__ import annotations

from rushlight.amp import old_names


class autocast(old_names.Autocast):
    """`torch.autocast("cpu", ...)`, and deprecated."""

    of = "cpu"


class GradScaler(old_names.Scaler):
    """`torch.amp.GradScaler("cpu", ...)`, and deprecated."""

    of = "cpu"
