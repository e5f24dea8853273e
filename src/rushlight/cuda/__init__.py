"""`torch.cuda` on a machine without CUDA: it answers questions, and refuses work."""

from __future__ import annotations

import importlib
from typing import Any, NoReturn


def is_available() -> bool:
    """False: there is no CUDA here."""
    return False


def device_count() -> int:
    """0."""
    return 0


def is_initialized() -> bool:
    """False."""
    return False


def manual_seed(seed: int) -> None:
    """Nothing to seed; kept so that seeding code runs as it stands."""


manual_seed_all = manual_seed


def empty_cache() -> None:
    """No cache to empty."""


def _refuse(*args: Any, **kwargs: Any) -> NoReturn:
    raise AssertionError("there is no CUDA device here: check torch.cuda.is_available() first")


current_device = synchronize = get_device_name = set_device = get_device_properties = _refuse


def __getattr__(name: str) -> Any:
    """`amp`, on first use."""
    if name == "amp":
        return importlib.import_module("rushlight.cuda.amp")
    raise AttributeError(
        f"rushlight.cuda has no {name!r}: if PyTorch has it, it is not here yet")
