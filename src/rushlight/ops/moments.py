"""Spread around the mean: `var`, `std`, and both with the mean.

Two passes: the mean first, then the squared distances from it, so that nothing cancels.
`correction` is what is taken from the number of elements to divide by, the degrees of freedom.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from rushlight.engine import deferred
from rushlight.ops.arguments import widened
from rushlight.ops.op import op, publish
from rushlight.ops.reduce import count, reduced, restored, spread, total
from rushlight.ops.write import into
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Tensor


def _variance(array: Any, axes: tuple[int, ...], freedom: float, keepdim: bool) -> Any:
    apart = array - _mean(array, axes, True)
    if array.dtype.kind == "c":
        apart = np.abs(apart)
    return total(apart * apart, axes, keepdim) / freedom


def _deviation(array: Any, axes: tuple[int, ...], freedom: float, keepdim: bool) -> Any:
    return np.sqrt(_variance(array, axes, freedom, keepdim))


def _mean(array: Any, axes: tuple[int, ...], keepdim: bool) -> Any:
    return total(array, axes, keepdim) / math.prod([array.shape[each] for each in axes])


def _moment(
    name: str, function: Callable[..., Any], input: Tensor, dim: Any, correction: float,
    keepdim: bool,
) -> Any:
    """The variance, or what is made of it, in the dtype of a distance between the elements."""
    array = input._array
    axes = reduced(dim, array.ndim)
    number = math.prod([array.shape[each] for each in axes])
    freedom = number - correction
    if freedom <= 0:
        warnings.warn(
            f"{name}(): no degrees of freedom: correction {correction} is taken from the "
            f"{number} elements", UserWarning, stacklevel=6)
    wide = deferred.of(widened(array))
    shape = [1 if i in axes else n for i, n in enumerate(array.shape) if keepdim or i not in axes]
    made = deferred.formula(
        function, wide, options=(axes, max(freedom, 0), keepdim), shape=tuple(shape))
    return made.astype(_real(input), copy=False)


def _average(input: Tensor, dim: Any, keepdim: bool) -> Any:
    array = input._array
    mean = _mean(deferred.of(widened(array)), reduced(dim, array.ndim), keepdim)
    return mean.astype(array.dtype, copy=False)


def _back_to_input(
    grad: Any, input: Any, dim: Any, correction: float, keepdim: bool
) -> Any:
    """From the gradient of the variance: 2 (input - mean) / (n - correction)."""
    freedom = count(input._array.shape, dim) - correction
    slope = (input - input.mean(dim, True)) * (2 / freedom if freedom > 0 else math.nan)
    return restored(grad, input._array.ndim, dim, keepdim) * slope


def _of_root(grad: Any, out: Any) -> Any:
    """The gradient of the variance from that of its square root; 0 where that is 0."""
    return (grad / (2 * out)).where(out != 0, 0)


def _with_mean(root: bool) -> Callable[..., Any]:
    """The derivative of (variance, mean), or of (its root, mean)."""

    def back(
        grads: Any, input: Any, dim: Any, correction: float, keepdim: bool, out: Any
    ) -> Any:
        of_spread, of_mean = grads
        parts = []
        if of_spread is not None:
            of_spread = _of_root(of_spread, out[0]) if root else of_spread
            parts.append(_back_to_input(of_spread, input, dim, correction, keepdim))
        if of_mean is not None:
            shape = input._array.shape
            parts.append(spread(of_mean, shape, dim, keepdim) / count(shape, dim))
        return parts[0] if len(parts) == 1 else parts[0] + parts[1]

    return back


@op(name="var", face=False, method=False, input=_back_to_input)
def _var(input: Tensor, dim: Any, correction: float, keepdim: bool) -> Any:
    """The mean square distance from the mean, of all elements or along `dim`.

        var(input, dim=None, *, correction=1, keepdim=False)
        var(input, dim, unbiased, keepdim), var(input, unbiased)

    dim: an int or several. correction: what is taken from the number of elements to divide by;
    unbiased=False means 0. Raises RuntimeError for integers.
    Source: https://pytorch.org/docs/stable/generated/torch.var.html
    """
    return _moment("var", _variance, input, dim, correction, keepdim)


@op(name="std", face=False, method=False, input=lambda grad, input, dim, correction, keepdim, out:
    _back_to_input(_of_root(grad, out), input, dim, correction, keepdim))
def _std(input: Tensor, dim: Any, correction: float, keepdim: bool) -> Any:
    """The standard deviation, the square root of the variance: see `var`.

    Source: https://pytorch.org/docs/stable/generated/torch.std.html
    """
    return _moment("std", _deviation, input, dim, correction, keepdim)


@op(name="var_mean", face=False, method=False, input=_with_mean(root=False))
def _var_mean(input: Tensor, dim: Any, correction: float, keepdim: bool) -> Any:
    """The variance and the mean, as a pair: see `var`.

    Source: https://pytorch.org/docs/stable/generated/torch.var_mean.html
    """
    return (_moment("var_mean", _variance, input, dim, correction, keepdim),
            _average(input, dim, keepdim))


@op(name="std_mean", face=False, method=False, input=_with_mean(root=True))
def _std_mean(input: Tensor, dim: Any, correction: float, keepdim: bool) -> Any:
    """The standard deviation and the mean, as a pair: see `var`.

    Source: https://pytorch.org/docs/stable/generated/torch.std_mean.html
    """
    return (_moment("std_mean", _deviation, input, dim, correction, keepdim),
            _average(input, dim, keepdim))


def _real(input: Tensor) -> Any:
    """The dtype of a distance between the elements."""
    return input._array.real.dtype if input._array.dtype.kind == "c" else input._array.dtype


# --- the forms of a call

_NAMES = ("dim", "unbiased", "keepdim")


def _read(name: str, input: Tensor, args: Any, given: dict[str, Any]) -> tuple[Any, float, bool]:
    """(dim, correction, keepdim) from any of PyTorch's forms of the call."""
    given = {{"axis": "dim", "keepdims": "keepdim"}.get(key, key): given[key] for key in given}
    if args and isinstance(args[0], bool):
        args, given = args[1:], given | {"unbiased": args[0]}
    given |= dict(zip(_NAMES, args, strict=False))
    unknown = given.keys() - {*_NAMES, "correction"}
    if unknown or len(args) > len(_NAMES):
        raise TypeError(f"{name}() takes dim, correction and keepdim; not {sorted(unknown)}")
    if dtypes.of(input._array.dtype).category < dtypes.FLOATING:
        raise RuntimeError(
            f"{name}() is defined for floating-point and complex numbers, not {input.dtype}")
    correction = given.get("correction")
    if correction is None:
        correction = 1 if given.get("unbiased", True) else 0
    dim = given.get("dim")
    return (None if dim in ((), []) else dim), correction, given.get("keepdim", False)


def _publish(general: Any, method: bool) -> None:
    name = general.row.name

    def function(input: Tensor, *args: Any, out: Any = None, **given: Any) -> Any:
        args = (input, *_read(name, input, args, given))
        return general(*args) if out is None else into(general.row, args, {}, out)

    function.row = general.row  # type: ignore[attr-defined]
    publish(function, name, doc=general.__doc__, method=method)


for _each in (_var, _std):
    _publish(_each, method=True)
for _each in (_var_mean, _std_mean):
    _publish(_each, method=False)
