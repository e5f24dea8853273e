"""How many elements lie between edges, in one dim or several: `histogram`, `histogramdd`.

Source: https://docs.pytorch.org/docs/stable/generated/torch.histogram.html
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from rushlight.ops.op import composite
from rushlight.ops.returns import results
from rushlight.tensor.tensor import Array, Tensor, wrap

Histogram = results("histogram", "hist", "bin_edges")
Histogramdd = results("histogramdd", "hist", "bin_edges")
Range = Sequence[float] | None


def _edges(name: str, values: Array, bins: Any, range: Range) -> Array:
    """The edges as given, or in equal steps over the range, or over the values."""
    if isinstance(bins, Tensor):
        if bins.ndim != 1 or bins.numel() == 0 or bins._array.dtype != values.dtype:
            raise RuntimeError(
                f"{name}(): the edges must be a 1-d tensor of the input's dtype, with an element "
                f"or more, not {list(bins.shape)} of {bins.dtype}")
        return bins._array.copy()
    if bins < 1:
        raise RuntimeError(f"{name}(): there must be at least one bin, not {bins}")
    if range is not None:
        low, high = range
    elif values.size:
        low, high = float(values.min()), float(values.max())
    else:
        low, high = 0.0, 1.0
    if not (math.isfinite(low) and math.isfinite(high)) or low > high:
        raise RuntimeError(f"{name}(): the range must be finite and rise, it is {low} to {high}")
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, bins + 1, dtype=values.dtype)


def _counted(
    name: str, points: Array, edges: list[Array], weight: Tensor | None, density: bool,
    wanted: tuple[int, ...],
) -> Array:
    """The weights of points (count, dims) added up in each bin."""
    sizes = [len(each) - 1 for each in edges]
    inside = np.ones(len(points), bool)
    places = []
    for column, each in zip(points.T, edges, strict=True):
        inside &= (column >= each[0]) & (column <= each[-1])
        place = np.searchsorted(each, column, side="right") - 1
        places.append(np.where(column == each[-1], len(each) - 2, place))  # the last bin is closed
    weights = None
    if weight is not None:
        if weight.shape != wanted or weight._array.dtype != points.dtype:
            raise RuntimeError(
                f"{name}(): weight must be {list(wanted)} of the input's dtype, it is "
                f"{list(weight.shape)} of {weight.dtype}")
        weights = weight._array.reshape(-1)[inside]
    at = np.ravel_multi_index([each[inside] for each in places], sizes, mode="clip")
    found = np.bincount(at, weights, math.prod(sizes)).reshape(sizes)
    if density:
        volume: Any = 1.0
        for dim, each in enumerate(edges):
            width = np.diff(each).reshape([-1 if d == dim else 1 for d, _ in enumerate(edges)])
            volume = volume * width
        found = found / (found.sum() * volume)
    return found.astype(points.dtype)


@composite(out=True, looks=True)
def histogram(
    input: Tensor, bins: Any, *, range: Range = None, weight: Tensor | None = None,
    density: bool = False,
) -> Any:
    """(hist, bin_edges): how many elements (or their weights) lie in each bin; all but the last bin
    are open at the right.

    input: float32 or float64. bins: how many, over `range` (two numbers) or all values; or their
    edges, (bins + 1). density: so that the integral is 1. RuntimeError for what does not fit.
    """
    values = _floating("histogram", input).reshape(-1)
    edges = _edges("histogram", values, bins, range)
    found = _counted(
        "histogram", values[:, None], [edges], weight, density, tuple(input.shape))
    return Histogram((wrap(found), wrap(edges)))


def _floating(name: str, input: Tensor) -> Array:
    if input._array.dtype.char not in "fd":
        raise RuntimeError(f"{name}(): {input.dtype} is not supported: float32 and float64 are")
    return np.asarray(input._array)


@composite(method=False, looks=True)
def histogramdd(
    input: Tensor, bins: Any, *, range: Range = None, weight: Tensor | None = None,
    density: bool = False,
) -> Any:
    """(hist, bin_edges) of points in several dims: hist (bins of each dim), a tuple of edges.

    input: (..., dims), float32 or float64. bins: an int, or an int or edges for each dim. range:
    two numbers for each dim. RuntimeError for what does not fit.
    """
    values = _floating("histogramdd", input)
    if values.ndim < 2:
        raise RuntimeError(f"histogramdd(): input is (..., dims), not {list(values.shape)}")
    dims = values.shape[-1]
    points = values.reshape(math.prod(values.shape[:-1]), dims)
    given = [bins] * dims if isinstance(bins, int) else list(bins)
    if len(given) != dims:
        raise RuntimeError(
            f"histogramdd(): the points have {dims} dims, bins are given for {len(given)}")
    if range is not None and len(range) != 2 * dims:
        raise RuntimeError(
            f"histogramdd(): range needs two numbers for each of {dims} dims, not {len(range)}")
    edges = [
        _edges("histogramdd", points[:, d], each, None if range is None
               else range[2 * d : 2 * d + 2]) for d, each in enumerate(given)]
    found = _counted(
        "histogramdd", points, edges, weight, density, tuple(input.shape[:-1]))
    told = [bins if isinstance(bins, Tensor) else wrap(each)
            for bins, each in zip(given, edges, strict=True)]
    return Histogramdd((wrap(found), tuple(told)))
