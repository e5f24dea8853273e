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


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """False: there is nothing to warn of."""
    return False


_DEBUG_MODES = ("default", "warn", "error")


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """Nothing to switch, see `use_deterministic_algorithms`. RuntimeError for an unknown mode."""
    if not isinstance(debug_mode, (int, str)):
        raise TypeError(f"debug_mode is a string or an int, not {type(debug_mode).__name__}")
    if debug_mode not in (*_DEBUG_MODES, 0, 1, 2):
        raise RuntimeError(f"debug_mode is one of {', '.join(_DEBUG_MODES)}, not {debug_mode!r}")


def get_deterministic_debug_mode() -> int:
    """2: whatever does not compute the same every time raises an error; nothing does."""
    return 2


_matmul_precision = "highest"


def set_float32_matmul_precision(precision: str) -> None:
    """Keep "highest", "high" or "medium": products of float32 are of float32 with any of them.

    Others change nothing, and a warning says so.
    """
    global _matmul_precision
    if precision in ("highest", "high", "medium"):
        _matmul_precision = precision
    else:
        import warnings

        warnings.warn(
            f"the precision is 'highest', 'high' or 'medium', not {precision!r}: it stays "
            f"{_matmul_precision!r}", UserWarning, stacklevel=2)


def get_float32_matmul_precision() -> str:
    """What `set_float32_matmul_precision` was given, "highest" at first."""
    return _matmul_precision


_warn_always = False


def set_warn_always(b: bool) -> None:
    """Kept and asked for: how often a warning comes is for Python's filters to say."""
    global _warn_always
    _warn_always = bool(b)


def is_warn_always_enabled() -> bool:
    """What `set_warn_always` was given."""
    return _warn_always


def set_flush_denormal(mode: bool) -> bool:
    """False: numbers near zero are never flushed to it."""
    return False


def get_device_module(device: Any = None) -> Any:
    """`torch.cpu` for a device of that type, and its like. RuntimeError for a type without one."""
    import importlib

    name = "cpu" if device is None else str(device).partition(":")[0]
    if name not in ("cpu", "cuda"):
        raise RuntimeError(f"there is no module for {device!r}: for cpu and cuda")
    return importlib.import_module(f"rushlight.{name}")


def is_storage(obj: Any) -> bool:
    """Whether `obj` is what `untyped_storage()` returns."""
    return hasattr(obj, "data_ptr") and hasattr(obj, "nbytes") and not isinstance(obj, Tensor)


NAMES = {
    each: globals()[each]
    for each in (
        "inf", "nan", "pi", "e", "newaxis", "get_num_threads",
        "set_num_threads", "set_default_tensor_type", "typename", "use_deterministic_algorithms",
        "are_deterministic_algorithms_enabled", "is_storage", "set_eager", "memory_stats",
        "empty_cache", "is_deterministic_algorithms_warn_only_enabled",
        "set_deterministic_debug_mode", "get_deterministic_debug_mode",
        "set_float32_matmul_precision", "get_float32_matmul_precision", "set_warn_always",
        "is_warn_always_enabled", "set_flush_denormal", "get_device_module",
    )
} | OLD_TYPES

Tensor.layout = property(lambda self: memory.strided)  # type: ignore[attr-defined]
for _absent in ("is_cuda", "is_sparse", "is_quantized", "is_mps"):
    setattr(Tensor, _absent, False)
Tensor.is_meta = property(lambda self: self.device.type == "meta")  # type: ignore[attr-defined]
