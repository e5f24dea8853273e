"""NumPy's floating-point warnings, kept for the user's own NumPy code and silent for ours.

A tensor that divides by zero holds inf, quietly. NumPy would warn, and turning that off around each
call (`np.errstate`) costs more than the call. So NumPy reports to `complain` instead, which only
runs when there is something to report: it drops what our own calls caused, and warns as NumPy
would for anybody else.
"""

from __future__ import annotations

import sys
import warnings
from types import FrameType
from typing import Any

import numpy as np


def complain(what: str, flag: int) -> None:
    """NumPy calls this when a floating-point flag was raised during a ufunc."""
    caller, depth = sys._getframe(1), 2
    while _module(caller).startswith("numpy.") and caller.f_back is not None:
        caller, depth = caller.f_back, depth + 1
    if not _module(caller).startswith("rushlight."):
        warnings.warn(f"{what} encountered", RuntimeWarning, stacklevel=depth)


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def install() -> None:
    """Take the place of NumPy's warnings where they are at their default, `warn`."""
    before = np.geterr()
    np.seterrcall(complain)
    ours: dict[str, Any] = {kind: "call" for kind, mode in before.items() if mode == "warn"}
    np.seterr(**ours)
    # Threads start with NumPy's defaults: there the warning comes, and is filtered by its place.
    warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"rushlight\.")
