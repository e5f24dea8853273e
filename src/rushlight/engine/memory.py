"""Large buffers, kept for the next array when one is done: fresh pages cost more than arithmetic.

An array from `empty` views a block; when the last array over the block is gone, the block comes
back here and waits for the next array of its size class. What waits is bounded.
"""

from __future__ import annotations

import math
import os
import threading
from collections import deque
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
LEAST = 1 << 18  # bytes: below, the system's own allocator is quick
KEPT = 1 << 30  # bytes that may wait
_STEP = 1 << 16

_lock = threading.RLock()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)
_free: dict[int, deque[Array]] = {}
_stats = {"held": 0, "in_use": 0, "peak": 0, "reused": 0, "made": 0}


class _Raw(np.ndarray[Any, Any]):
    """Memory. A class of its own, or NumPy would take it for the base of an array over a block."""


class _Block(np.ndarray[Any, Any]):
    """A loan of memory, which is over when no array is based on it any more."""

    lent = True  # to one array: an array over a block is no view of another

    def __del__(self) -> None:
        raw = self.base
        if type(raw) is _Raw and raw.nbytes == self.nbytes:
            _give(raw)


def empty(shape: tuple[int, ...], dtype: Any) -> Array:
    """An uninitialised array; a large one in memory that was used before, if there is some."""
    dtype = np.dtype(dtype)
    nbytes = math.prod(shape) * dtype.itemsize
    if nbytes < LEAST:
        return np.empty(shape, dtype)
    capacity = -(-nbytes // _STEP) * _STEP
    with _lock:
        waiting = _free.get(capacity)
        raw = waiting.pop() if waiting else None
        if raw is not None:
            _stats["held"] -= capacity
            _stats["reused"] += 1
        else:
            _stats["made"] += 1
        _stats["in_use"] += capacity
        _stats["peak"] = max(_stats["peak"], _stats["in_use"])
    if raw is None:
        raw = _fresh(capacity)
    return np.ndarray(shape, dtype, raw.view(_Block))


def _fresh(capacity: int) -> Array:
    try:
        return _Raw(capacity, np.uint8)
    except MemoryError:
        release()
        return _Raw(capacity, np.uint8)


def _give(raw: Array) -> None:
    capacity = raw.nbytes
    with _lock:
        _stats["in_use"] -= capacity
        if _stats["held"] + capacity <= KEPT:
            _stats["held"] += capacity
            _free.setdefault(capacity, deque()).append(raw)


def release() -> None:
    """Give all memory that waits back to the system."""
    with _lock:
        _free.clear()
        _stats["held"] = 0


def stats() -> dict[str, int]:
    """Bytes held for reuse, in use and at most in use; how many buffers were reused and made."""
    with _lock:
        return dict(_stats)
