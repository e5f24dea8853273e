"""When the native road opens: after so many calls of Python's operators on tensors.

Until then the operators count; a script of a few lines never loads LLVM. What counts takes itself
away, so that it costs nothing later, whether there is a native road or not.
"""

from __future__ import annotations

import functools
import itertools
from typing import Any

from rushlight.tensor.tensor import Tensor

HOT = 3000  # calls; compiling takes as long as some hundred thousand of them, loading some thousand
_COUNTED = ("__add__", "__sub__", "__mul__", "__truediv__", "__matmul__", "__getitem__")


def _count() -> None:
    originals = {name: Tensor.__dict__[name] for name in _COUNTED}
    calls = itertools.count(1)

    def counted(original: Any) -> Any:
        @functools.wraps(original)
        def operate(self: Tensor, other: Any) -> Any:
            if next(calls) == HOT:
                _open(originals)
            return original(self, other)

        return operate

    for name, original in originals.items():
        setattr(Tensor, name, counted(original))


def _open(originals: dict[str, Any]) -> None:
    """Give the operators back, and let native ones take their place where LLVM is installed."""
    for name, original in originals.items():
        if getattr(Tensor.__dict__[name], "__wrapped__", None) is original:  # or it is open
            setattr(Tensor, name, original)
    from rushlight.engine import native

    if native.available():
        from rushlight.ops import native_road

        native_road.arm()


_count()
