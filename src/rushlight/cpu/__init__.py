"""`torch.cpu`: the device that everything is on, asked as the others are."""

from __future__ import annotations

import contextlib
from typing import Any

from rushlight.cpu import amp

__all__ = [
    "amp", "current_device", "current_stream", "device_count", "is_available", "is_initialized",
    "set_device", "stream", "synchronize",
]


def is_available() -> bool:
    """True."""
    return True


def is_initialized() -> bool:
    """True."""
    return True


def device_count() -> int:
    """1."""
    return 1


def current_device() -> str:
    """The name of the device, "cpu"."""
    return "cpu"


def set_device(device: Any) -> None:
    """Nothing to choose from."""


def synchronize(device: Any = None) -> None:
    """Nothing to wait for: what a program sees is always computed."""


def current_stream(device: Any = None) -> None:
    """None: there is one queue, the program."""


def stream(stream: Any) -> Any:
    """A `with` block that does nothing."""
    return contextlib.nullcontext()
