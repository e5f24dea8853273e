"""`torch.utils`: what surrounds tensors in a program. Each part is opened on first use."""

from __future__ import annotations

import importlib
from typing import Any

_ROOMS = frozenset({"benchmark", "data", "tensorboard"})


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return importlib.import_module(f"rushlight.utils.{name}")
    raise AttributeError(
        f"rushlight.utils has no {name!r}: if PyTorch has it, it is not here yet")
