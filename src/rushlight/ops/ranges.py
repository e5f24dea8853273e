"""Tensors computed from numbers: `arange`, `linspace`, `logspace`, `eye`, `tril_indices`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rushlight.ops.create import allocate, chosen, finish, number
from rushlight.ops.join import cat
from rushlight.ops.op import composite
from rushlight.tensor import device as devices
from rushlight.tensor import dtypes
from rushlight.tensor.device import CPU
from rushlight.tensor.dtypes import dtype as Dtype
from rushlight.tensor.meta import MetaArray
from rushlight.tensor.tensor import Array, Tensor, wrap


@composite(method=False)
def arange(
    start: Any = None, end: Any = None, step: Any = 1, *, out: Any = None, dtype: Any = None,
    device: Any = None, **options: Any,
) -> Tensor:
    """The numbers from `start` (0 if left out) up to, not including, `end`, `step` apart.

    dtype: int64 if all three are integers, else the default one. RuntimeError for a step of zero
    or one that leads away from `end`.
    Source: https://pytorch.org/docs/stable/generated/torch.arange.html
    """
    if type(start) is int and step == 1 and not options and (
        dtype is None and device is None and out is None and devices._defaults[-1] is CPU
    ):
        if end is None and start >= 0:
            return wrap(np.arange(start))
        if type(end) is int and type(step) is int and start <= end:
            return wrap(np.arange(start, end))
    if end is None:
        start, end = 0, start
    start = 0 if start is None else start
    start, end, step = [_real("arange", each) for each in (start, end, step)]
    if dtype is None and out is None:
        whole = all(isinstance(each, (int, np.integer)) for each in (start, end, step))
        dtype = dtypes.int64 if whole else dtypes.get_default_dtype()
    target = chosen(dtype, out)
    if target.category not in (dtypes.INTEGER, dtypes.FLOATING):
        raise NotImplementedError(f"arange() is not defined for {target}")
    count = _steps(start, end, step, target)
    array = allocate(np.empty, (count,), target, device)
    _write(array, _ramp, start, step, count, target)
    return finish("arange", array, out=out, **options)


def _real(name: str, value: Any) -> Any:
    value = number(name, "a bound", value)
    if isinstance(value, complex):
        raise RuntimeError(f"{name}(): bounds are real numbers, not {value}")
    return value


def _write(array: Array, values: Any, *arguments: Any) -> None:
    """Compute the values into the array, unless it is a meta array."""
    if not isinstance(array, MetaArray):
        with np.errstate(invalid="ignore", over="ignore"):
            np.copyto(array, values(*arguments), casting="unsafe")


def _steps(start: Any, end: Any, step: Any, dtype: Dtype) -> int:
    """How many numbers there are from start to end."""
    if step == 0:
        raise RuntimeError("arange(): step must not be zero")
    if not all(math.isfinite(each) for each in (start, end, step)):
        raise RuntimeError(f"arange(): no such range: from {start} to {end}")
    if (end < start) if step > 0 else (end > start):
        raise RuntimeError(f"arange(): a step of {step} leads from {start} away from {end}")
    if dtype.category == dtypes.INTEGER and int(step) == 0:
        raise ValueError(f"arange(): the step {step} is zero in {dtype}")
    if dtype is dtypes.int64:
        return max(-((int(start) - int(end)) // int(step)), 0)
    return math.ceil((end - start) / step)


def _ramp(start: Any, step: Any, count: int, dtype: Dtype) -> Array:
    """`start + i * step`, computed in the precision that the dtype is computed in."""
    if dtype.category <= dtypes.INTEGER:
        return int(start) + np.arange(count) * int(step)
    return start + np.arange(count) * step


def _spaced(start: Any, end: Any, steps: int, dtype: Dtype) -> Array:
    """Numbers at equal distances, counted from the nearer end: both ends are exact."""
    kind = np.float64 if dtype.category == dtypes.INTEGER else dtype.numpy.type
    if dtype.category == dtypes.INTEGER:
        start, end = int(start), int(end)
    first, last = kind(start), kind(end)
    if steps == 1:
        return np.array([first])
    step = (last - first) / kind(steps - 1)
    counted = np.arange(steps).astype(kind)
    half = steps // 2
    counted[:half] = first + step * counted[:half]
    counted[half:] = last - step * (kind(steps - 1) - counted[half:])
    return counted


def _interval(
    name: str, start: Any, end: Any, steps: Any, dtype: Any, out: Any
) -> tuple[Any, Any, Dtype]:
    """The ends as numbers and the dtype; every error that the two kinds of interval share."""
    for each in (start, end):
        if isinstance(each, Tensor) and each._array.ndim:
            raise RuntimeError(f"{name}(): start and end are numbers or 0-d tensors")
    if not isinstance(steps, (int, np.integer)):
        raise TypeError(f"{name}(): steps must be an int, not {type(steps).__name__}")
    if steps < 0:
        raise RuntimeError(f"{name}(): steps must not be negative, but is {steps}")
    start, end = number(name, "start", start), number(name, "end", end)
    if dtype is None and out is None and isinstance(start + end, complex):
        dtype = dtypes.get_default_dtype().to_complex()
    target = chosen(dtype, out)
    if isinstance(start + end, complex) and not target.is_complex:
        raise RuntimeError(f"{name}(): complex ends need a complex dtype, not {target}")
    if target.category == dtypes.BOOL:
        raise NotImplementedError(f"{name}() is not defined for {target}")
    return start, end, target


@composite(method=False)
def linspace(
    start: Any, end: Any, steps: int, *, out: Any = None, dtype: Any = None, device: Any = None,
    **options: Any,
) -> Tensor:
    """`steps` numbers from `start` to `end`, both included, at equal distances.

    Source: https://pytorch.org/docs/stable/generated/torch.linspace.html
    """
    start, end, target = _interval("linspace", start, end, steps, dtype, out)
    array = allocate(np.empty, (int(steps),), target, device)
    _write(array, _spaced, start, end, steps, target)
    return finish("linspace", array, out=out, **options)


def _powers(base: float, start: Any, end: Any, steps: int, dtype: Dtype) -> Array:
    """`base` to the power of numbers at equal distances."""
    wide = dtypes.complex128 if dtype.is_complex else dtypes.float64
    if dtype.category == dtypes.INTEGER:
        start, end = int(start), int(end)
    return np.power(wide.numpy.type(base), _spaced(start, end, steps, wide))


@composite(method=False)
def logspace(
    start: Any, end: Any, steps: int, base: float = 10.0, *, out: Any = None, dtype: Any = None,
    device: Any = None, **options: Any,
) -> Tensor:
    """`steps` numbers from `base ** start` to `base ** end`, at equal ratios.

    Source: https://pytorch.org/docs/stable/generated/torch.logspace.html
    """
    start, end, target = _interval("logspace", start, end, steps, dtype, out)
    array = allocate(np.empty, (int(steps),), target, device)
    _write(array, _powers, base, start, end, steps, target)
    return finish("logspace", array, out=out, **options)


def _count(name: str, argument: str, value: Any) -> int:
    """A size; TypeError for what is no integer, RuntimeError for a negative one."""
    if not hasattr(value, "__index__"):
        raise TypeError(f"{name}(): {argument} must be an int, not {type(value).__name__}")
    if value.__index__() < 0:
        raise RuntimeError(f"{name}(): {argument} must not be negative, but is {value}")
    return value.__index__()


@composite(method=False)
def eye(
    n: int, m: int | None = None, *, out: Any = None, dtype: Any = None, device: Any = None,
    **options: Any,
) -> Tensor:
    """A matrix of `n` rows and `m` (else `n`) columns with ones on the diagonal.

    Source: https://pytorch.org/docs/stable/generated/torch.eye.html
    """
    rows = _count("eye", "n", n)
    shape = (rows, rows if m is None else _count("eye", "m", m))
    array = allocate(np.zeros, shape, chosen(dtype, out), device)
    if not isinstance(array, MetaArray):
        np.fill_diagonal(array[: shape[1]], 1)
    return finish("eye", array, out=out, **options)


def _triangle(name: str, where: Any) -> None:
    def indices(
        row: int, col: int, offset: int = 0, *, dtype: Any = dtypes.int64, device: Any = None,
        **options: Any,
    ) -> Tensor:
        kind = dtypes.as_dtype(dtype)
        if kind not in (dtypes.int64, dtypes.int32):
            raise NotImplementedError(f"{name}() is not defined for {kind}: for int64 and int32")
        found = where(_count(name, "row", row), offset, _count(name, "col", col))
        array = allocate(np.empty, (2, len(found[0])), kind, device)
        _write(array, np.stack, found)
        return finish(name, array, **options)

    indices.__doc__ = f"""Rows and columns of the {name[:4]} part of a matrix, as a 2-row tensor.

        Source: https://pytorch.org/docs/stable/generated/torch.{name}.html
        """
    composite(name=name, method=False)(indices)


_triangle("tril_indices", np.tril_indices)
_triangle("triu_indices", np.triu_indices)


@composite(method=False, looks=True)
def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """The powers of the elements of a 1-d tensor as columns, the highest first.

    Source: https://pytorch.org/docs/stable/generated/torch.vander.html
    """
    if x._array.ndim != 1:
        raise RuntimeError(f"vander(): x must be 1-d, not of shape {list(x.shape)}")
    columns = x._array.size if N is None else _count("vander", "N", N)
    first = wrap(np.ones((x._array.size, min(columns, 1)), x._array.dtype))
    if columns > 1:
        powers = x.unsqueeze(1).expand(x._array.size, columns - 1)
        first = cat([first, powers], 1).cumprod(1)
    return first if increasing else first.flip(1)
