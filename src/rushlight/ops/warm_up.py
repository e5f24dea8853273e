"""When the native road opens: after so many calls of Python's hot functions on tensors.

Until then the operators count, and so does what models call most; a script of a few lines never
loads LLVM. What counts takes itself away, so that it costs nothing later, whether there is a native
road or not.
"""

from __future__ import annotations

import functools
import itertools
import threading
from typing import Any

from rushlight.engine.at_hand import kernels_are_at_hand
from rushlight.ops import op
from rushlight.tensor.tensor import Tensor

HOT = 3000  # calls; compiling takes as long as some hundred thousand of them, loading some thousand
_COUNTED = ("__add__", "__sub__", "__mul__", "__truediv__", "__matmul__", "__getitem__")
_calls = itertools.count(1)
_operators: dict[str, Any] = {}  # the originals, while they are counted
_functions: dict[str, Any] = {}
_held = False
_opening = threading.Lock()  # taken once and for all, by the thread that opens


def _counted(original: Any) -> Any:
    @functools.wraps(original)
    def operate(*args: Any, **kwargs: Any) -> Any:
        if next(_calls) >= HOT:
            _open()
        return original(*args, **kwargs)

    return operate


def _count() -> None:
    for name in _COUNTED:
        _operators[name] = original = Tensor.__dict__[name]
        setattr(Tensor, name, _counted(original))


def count(name: str) -> None:
    """Have calls of a published function count, too, unless there were enough already."""
    if _operators:
        _functions[name] = op.FACE[name]
        op.replace(name, _counted(op.FACE[name]))


def hold(wait: bool) -> None:
    """Have the native road wait: something else stands in the functions' places for a time."""
    global _held
    _held = wait


def _open() -> None:
    """Give the functions back, and let native ones take their place where LLVM is installed."""
    if _held or not _opening.acquire(blocking=False):
        return
    for name, original in _operators.items():
        if getattr(Tensor.__dict__[name], "__wrapped__", None) is original:  # or it is open
            setattr(Tensor, name, original)
    for name, function in _functions.items():
        if getattr(op.FACE[name], "__wrapped__", None) is function:
            op.replace(name, _functions[name])
    _operators.clear()
    _functions.clear()
    from rushlight.engine import native

    if native.available():
        from rushlight.ops import native_road

        native_road.arm()
        kernels_are_at_hand()


_count()
