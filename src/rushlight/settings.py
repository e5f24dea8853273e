"""Switches and small answers that programs expect on `torch.`: threads, defaults, constants."""

from __future__ import annotations

import math
from typing import Any

from rushlight.engine import deferred
from rushlight.ops.construct import OLD_TYPES
from rushlight.ops.convert import _by_title
from rushlight.tensor import dtypes, memory
from rushlight.tensor.tensor import Tensor

inf, nan, pi, e = math.inf, math.nan, math.pi, math.e
newaxis = None


def get_num_threads() -> int:
    """The number of threads that large work may use."""
    from rushlight.engine import pool

    return pool.get_num_threads()


def set_num_threads(int: int) -> None:
    """Set the number of threads that large work may use. RuntimeError unless it is positive."""
    from rushlight.engine import pool

    pool.set_num_threads(int)


class set_eager:
    """Whether ops on large tensors compute at once (True) or when values are wanted (False).

    Called, it stays so: `set_eager(True)`. In a `with` block, it is so until the end of the block.
    For debugging and timing; results are the same.
    """

    def __init__(self, mode: bool = True):
        self._before = deferred.enabled
        if mode:
            deferred.compute_all()
        deferred.enabled = not mode

    def __enter__(self) -> None:
        """The mode holds already."""

    def __exit__(self, *_: object) -> None:
        deferred.enabled = self._before


def memory_stats() -> dict[str, int]:
    """Bytes of large buffers: `held` for reuse, `in_use`, `peak`; how often `reused` and `made`."""
    from rushlight.engine import memory

    return memory.stats()


def empty_cache() -> None:
    """Give the memory that is held for reuse back to the system."""
    from rushlight.engine import memory

    memory.release()


def set_default_tensor_type(t: Any) -> None:
    """Make the dtype of this old type (`torch.DoubleTensor`, or its name) the default."""
    dtypes.set_default_dtype(_by_title(t))


def typename(obj: Any) -> str:
    """The name of an object's type: `torch.FloatTensor` for a tensor of float32."""
    if isinstance(obj, Tensor):
        return obj.type()
    kind = type(obj)
    return kind.__qualname__ if kind.__module__ == "builtins" else (
        f"{kind.__module__}.{kind.__qualname__}")


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Nothing to switch: results never depend on the number of threads."""


def are_deterministic_algorithms_enabled() -> bool:
    """True: results never depend on the number of threads."""
    return True


def is_storage(obj: Any) -> bool:
    """Whether `obj` is what `untyped_storage()` returns."""
    return hasattr(obj, "data_ptr") and hasattr(obj, "nbytes") and not isinstance(obj, Tensor)


NAMES = {
    each: globals()[each]
    for each in (
        "inf", "nan", "pi", "e", "newaxis", "get_num_threads",
        "set_num_threads", "set_default_tensor_type", "typename", "use_deterministic_algorithms",
        "are_deterministic_algorithms_enabled", "is_storage", "set_eager", "memory_stats",
        "empty_cache",
    )
} | OLD_TYPES

Tensor.layout = property(lambda self: memory.strided)  # type: ignore[attr-defined]
for _absent in ("is_cuda", "is_sparse", "is_quantized", "is_mps"):
    setattr(Tensor, _absent, False)
Tensor.is_meta = property(lambda self: self.device.type == "meta")  # type: ignore[attr-defined]
