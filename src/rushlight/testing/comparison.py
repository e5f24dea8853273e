"""`assert_close`: are two values equal within the tolerance of their dtype?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from rushlight.ops.construct import as_tensor
from rushlight.tensor import dtypes
from rushlight.tensor.promotion import promote_types
from rushlight.tensor.tensor import Tensor

_TOLERANCES = {
    dtypes.float16: (1e-3, 1e-5), dtypes.bfloat16: (1.6e-2, 1e-5), dtypes.float32: (1.3e-6, 1e-5),
    dtypes.float64: (1e-7, 1e-7), dtypes.complex64: (1.3e-6, 1e-5),
    dtypes.complex128: (1e-7, 1e-7),
}


def assert_close(
    actual: Any, expected: Any, *, allow_subclasses: bool = True, rtol: float | None = None,
    atol: float | None = None, equal_nan: bool = False, check_device: bool = True,
    check_dtype: bool = True, check_layout: bool = True, check_stride: bool = False,
    msg: str | Callable[[str], str] | None = None,
) -> None:
    """AssertionError unless `actual` is within `atol + rtol * |expected|` of `expected`.

    Tensors, arrays, numbers, and sequences and mappings of them. The default tolerances are those
    of the dtype (float32: rtol 1.3e-6, atol 1e-5; integers: equal). Raises ValueError if only one
    of rtol and atol is given, TypeError for values that can't be compared.
    """
    if (rtol is None) != (atol is None):
        raise ValueError("give both rtol and atol, or neither")
    checks = {"check_dtype": check_dtype, "check_stride": check_stride, "equal_nan": equal_nan,
              "check_device": check_device}
    problem = _difference(actual, expected, rtol, atol, checks, "")
    if problem is not None:
        raise AssertionError(problem if msg is None else msg(problem) if callable(msg) else msg)


def _difference(
    actual: Any, expected: Any, rtol: Any, atol: Any, checks: dict[str, bool], where: str
) -> str | None:
    """What is different, in words; None if nothing is."""
    if isinstance(actual, Mapping) and isinstance(expected, Mapping):
        if actual.keys() != expected.keys():
            return f"the keys differ{where}: {sorted(actual)} and {sorted(expected)}"
        pairs = [(actual[k], expected[k], f"{where} at key {k!r}") for k in expected]
    elif _is_sequence(actual) and _is_sequence(expected):
        if len(actual) != len(expected):
            return f"the lengths differ{where}: {len(actual)} and {len(expected)}"
        pairs = [(a, e, f"{where} at index {i}")
                 for i, (a, e) in enumerate(zip(actual, expected, strict=True))]
    else:
        return _leaf_difference(actual, expected, rtol, atol, checks, where)
    found = (_difference(a, e, rtol, atol, checks, at) for a, e, at in pairs)
    return next((each for each in found if each is not None), None)


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _leaf_difference(
    actual: Any, expected: Any, rtol: Any, atol: Any, checks: dict[str, bool], where: str
) -> str | None:
    if actual is None or expected is None:
        return None if actual is expected else f"None mismatch{where}: {actual!r}, {expected!r}"
    numbers = not isinstance(actual, Tensor) and not isinstance(expected, Tensor)
    try:
        a, e = (
            each if isinstance(each, Tensor) else as_tensor(each) for each in (actual, expected))
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"can't compare {type(actual)} and {type(expected)}{where}: {error}") from None
    if isinstance(actual, Tensor) != isinstance(expected, Tensor):
        raise TypeError(f"can't compare a Tensor with {type(expected)} or {type(actual)}{where}")
    if a.shape != e.shape:
        return f"the shapes differ{where}: {list(a.shape)} and {list(e.shape)}"
    if checks["check_dtype"] and a.dtype is not e.dtype and not numbers:
        return f"the dtypes differ{where}: {a.dtype} and {e.dtype}"
    if checks["check_stride"] and a._array.strides != e._array.strides:
        return f"the strides differ{where}"
    return _value_difference(a, e, rtol, atol, checks["equal_nan"], where)


def _value_difference(
    actual: Tensor, expected: Tensor, rtol: Any, atol: Any, equal_nan: bool, where: str
) -> str | None:
    if rtol is None:
        pairs = [_TOLERANCES.get(each.dtype, (0.0, 0.0)) for each in (actual, expected)]
        rtol, atol = (max(each) for each in zip(*pairs, strict=True))
    common = promote_types(actual.dtype, expected.dtype)
    if common.category < dtypes.FLOATING and rtol == atol == 0:
        close = actual._array == expected._array
        a, e = actual._array.astype(np.float64), expected._array.astype(np.float64)
    else:
        wide = np.complex128 if common.is_complex else np.float64
        a, e = actual._array.astype(wide), expected._array.astype(wide)
        close = np.isclose(a, e, rtol, atol, equal_nan)
    if np.all(close):
        return None
    gap = np.abs(a - e)
    wrong = np.size(close) - int(np.count_nonzero(close))
    worst = np.unravel_index(int(np.nanargmax(np.where(close, -1, gap))), gap.shape)
    return (
        f"{wrong} of {np.size(close)} values are not close{where}: the largest difference is "
        f"{gap[worst]} at {tuple(map(int, worst))}, allowed is {atol} + {rtol} * |expected|")
