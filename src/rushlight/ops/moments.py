"""Spread around the mean: `var`, `std`, and both with the mean."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from rushlight.ops.arguments import Dims, widened
from rushlight.ops.op import composite, op, publish
from rushlight.ops.reduce import count, reduced, restored
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Array, Tensor


def _variance(array: Array, dim: Dims, correction: float, keepdim: bool) -> Array:
    axes = reduced(dim, array.ndim)
    freedom = count(array.shape, dim) - correction
    if freedom <= 0:
        warnings.warn(
            "var() or std(): no degrees of freedom: correction is as large as the number of "
            "elements", UserWarning, stacklevel=6)
    wide = widened(array)
    mean = wide.sum(axes, keepdims=True) / max(count(array.shape, dim), 1)
    apart = wide - mean
    squares = (apart * apart.conj()).real if array.dtype.kind == "c" else apart * apart
    total = np.asarray(squares.sum(axes, keepdims=keepdim))
    real = array.real.dtype if array.dtype.kind == "c" else array.dtype
    return (total / np.asarray(max(freedom, 0), total.dtype)).astype(real, copy=False)


def _slope(input: Tensor, dim: Any, correction: float) -> Any:
    """d var / d input: 2 (input - mean) / (n - correction)."""
    freedom = count(input._array.shape, dim) - correction
    mean = input.mean(dim, True) if input._array.ndim else input
    return (input - mean) * (2 / freedom if freedom > 0 else float("nan"))


@op(name="_var", face=False, method=False, node="VarBackward0",
    input=lambda grad, input, dim, correction, keepdim:
    restored(grad, input._array.ndim, dim, keepdim) * _slope(input, dim, correction))
def _var(input: Tensor, dim: Any, correction: float, keepdim: bool) -> Any:
    return _variance(input._array, dim, correction, keepdim)


@op(name="_std", face=False, method=False, node="StdBackward0",
    input=lambda grad, input, dim, correction, keepdim, out:
    restored((grad / (2 * out)).where(out != 0, 0), input._array.ndim, dim, keepdim)
    * _slope(input, dim, correction))
def _std(input: Tensor, dim: Any, correction: float, keepdim: bool) -> Any:
    return np.sqrt(_variance(input._array, dim, correction, keepdim))


def _read(name: str, input: Tensor, args: Any, options: dict[str, Any]) -> tuple[Any, float, bool]:
    """(dim, correction, keepdim) from any of PyTorch's call forms."""
    given = dict(options)
    if "axis" in given:
        given["dim"] = given.pop("axis")
    values = list(args)
    if values and isinstance(values[0], bool):
        given["unbiased"] = values.pop(0)
    names = ("dim", "unbiased", "keepdim")
    given |= dict(zip(names, values, strict=False))
    unknown = given.keys() - {*names, "correction"}
    if unknown or len(values) > 3:
        raise TypeError(f"{name}() takes dim, correction and keepdim; not {sorted(unknown)}")
    if input.dtype.category < dtypes.FLOATING:
        raise RuntimeError(
            f"{name}() is defined for floating-point and complex numbers, not {input.dtype}")
    correction = given.get("correction")
    if correction is None:
        correction = 1 if given.get("unbiased", True) else 0
    dim = given.get("dim")
    return (None if dim == () or dim == [] else dim), correction, given.get("keepdim", False)


def _publish(name: str, row: Any, doc: str) -> None:
    def function(input: Tensor, *args: Any, **options: Any) -> Tensor:
        return row(input, *_read(name, input, args, options))

    def with_mean(input: Tensor, *args: Any, **options: Any) -> tuple[Tensor, Tensor]:
        dim, correction, keepdim = _read(name, input, args, options)
        mean = input.mean(dim, keepdim) if dim is not None or keepdim else input.mean()
        return row(input, dim, correction, keepdim), mean

    composite(name=name, out=True)(_documented(function, doc))
    publish(with_mean, f"{name}_mean", method=False, doc=f"`{name}` and the mean, as a pair.")


def _documented(function: Any, doc: str) -> Any:
    function.__doc__ = doc
    return function


_publish("var", _var, """The mean square distance from the mean.

    dim: along which dims (all). correction: what is taken from the number of elements (1).
    keepdim: leave the dims with size 1. Raises RuntimeError for integers.
    Source: https://pytorch.org/docs/stable/generated/torch.var.html""")
_publish("std", _std, """The square root of `var`.

    Source: https://pytorch.org/docs/stable/generated/torch.std.html""")
