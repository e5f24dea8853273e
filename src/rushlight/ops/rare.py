"""SciPy, where a rare function is computed by it."""

from __future__ import annotations

import importlib
from typing import Any


def scipy(part: str, wanted_by: str) -> Any:
    """The module `scipy.<part>`; ImportError that says how to install it, where it is not."""
    try:
        return importlib.import_module(f"scipy.{part}")
    except ImportError:
        raise ImportError(
            f"{wanted_by}() is computed by SciPy: pip install 'rushlight[scipy]'") from None
