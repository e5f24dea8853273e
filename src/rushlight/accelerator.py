"""`torch.accelerator`: there is none here."""

from __future__ import annotations


def is_available() -> bool:
    """False: tensors are on the CPU."""
    return False


def device_count() -> int:
    """0."""
    return 0


def current_accelerator(check_available: bool = False) -> None:
    """None: there is no accelerator."""


def synchronize(device: object = None) -> None:
    """RuntimeError: there is nothing to wait for."""
    raise RuntimeError("there is no accelerator here: check torch.accelerator.is_available() first")
