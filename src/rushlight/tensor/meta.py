"""Meta tensors: a shape and a dtype with no memory behind them.

A meta tensor's array is a `MetaArray` whose strides are all zero, so any shape costs one element.
NumPy asks it for the results of ufuncs and functions, and gives views the same class, so "meta"
spreads by itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.engine.deferred import Deferred

seen = False  # whether there ever was a meta array: else no row needs to look for one


class MetaArray(np.ndarray[Any, Any]):
    """An array without values; arithmetic on it only settles shapes and dtypes."""

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **kwargs: Any
    ) -> Any:
        for each in inputs:
            if type(each) in (np.ndarray, Deferred) and each.ndim:
                raise RuntimeError(
                    f"{ufunc.__name__}(): one tensor is on the meta device, the other on the CPU")
        if method == "__call__" and ufunc.signature is None:
            shape = np.broadcast_shapes(*map(np.shape, inputs))
            ones = [np.ones((), each.dtype) if isinstance(each, MetaArray) else each
                    for each in inputs]
            made = ufunc(*ones, **kwargs)
            parts = [blank(shape, each.dtype) for each in (
                made if isinstance(made, tuple) else (made,))]
            return tuple(parts) if isinstance(made, tuple) else parts[0]
        plain = [each.view(np.ndarray) if isinstance(each, MetaArray) else each for each in inputs]
        result = getattr(ufunc, method)(*plain, **kwargs)
        return without_values(result)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function in _VALUES_DECIDE:
            raise NotImplementedError(
                f"{function.__name__}(): what it gives depends on values, and a tensor on the meta "
                "device has none")
        return without_values(super().__array_function__(function, types, args, kwargs))

    def item(self, *_: Any) -> Any:
        """RuntimeError: there is no value to give."""
        raise RuntimeError("item(): a tensor on the meta device has no values")

    def _refuse(self, *_: Any) -> Any:
        """NotImplementedError: there are no values to look at."""
        raise NotImplementedError("a tensor on the meta device has a shape and dtype, no values")

    tolist = nonzero = __bool__ = _refuse


_VALUES_DECIDE = frozenset({
    np.nonzero, np.flatnonzero, np.argwhere, np.count_nonzero, np.unique, np.array_equal,
})


def without_values(result: Any) -> Any:
    """A result, or several, with every array a meta array."""
    if isinstance(result, (tuple, list)):
        return type(result)([without_values(each) for each in result])
    return as_meta(result) if isinstance(result, (np.ndarray, np.generic, Deferred)) else result


def as_meta(array: Any) -> MetaArray:
    """A meta array of the same shape and dtype."""
    return blank(array.shape, array.dtype)


def blank(shape: tuple[int, ...], dtype: Any) -> MetaArray:
    """A meta array of any size, in the memory of one element."""
    global seen
    seen = True
    one = np.zeros(1, dtype).view(MetaArray)
    strided: Any = np.lib.stride_tricks.as_strided
    stretched: MetaArray = strided(one, shape, (0,) * len(shape), subok=True)
    return stretched
