"""Meta tensors: a shape and a dtype with no memory behind them.

A meta tensor's array is a `MetaArray` whose strides are all zero, so any shape costs one element.
NumPy gives the result of ufuncs and views over one the same class, so "meta" spreads by itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np


class MetaArray(np.ndarray[Any, Any]):
    """An array without values; arithmetic on it only settles shapes and dtypes."""

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **kwargs: Any
    ) -> Any:
        plain = [each.view(np.ndarray) if isinstance(each, MetaArray) else each for each in inputs]
        result = getattr(ufunc, method)(*plain, **kwargs)
        return as_meta(result) if isinstance(result, (np.ndarray, np.generic)) else result


def as_meta(array: Any) -> MetaArray:
    """A meta array of the same shape and dtype."""
    return blank(array.shape, array.dtype)


def blank(shape: tuple[int, ...], dtype: Any) -> MetaArray:
    """A meta array of any size, in the memory of one element."""
    one = np.zeros(1, dtype).view(MetaArray)
    return np.lib.stride_tricks.as_strided(one, shape, (0,) * len(shape), subok=True)  # type: ignore[return-value]
