"""Images of another size: `interpolate`, `upsample`.

Every mode is a linear map along each dim by itself, so all are one row, `resampled`, with a table
for each dim (`engine/resampling.py`); so are means over windows and padding that repeats.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from rushlight.engine import deferred
from rushlight.engine import resampling as engine
from rushlight.engine.resampling import Table, Tables
from rushlight.ops.arguments import need_tensor, widened
from rushlight.ops.op import FACE, composite, op
from rushlight.ops.rounding import beside_where_recorded
from rushlight.tensor.meta import MetaArray, blank
from rushlight.tensor.tensor import Array, Tensor

_ROOM = "nn.functional."


def _mapped(input: Tensor, tables: Tables, node: str) -> Any:
    """The trailing dims of `input` mapped by their tables; `node` is the name of the `grad_fn`."""
    array = deferred.computed(input._array)
    if type(array) is MetaArray:
        sizes = [n if each is None else len(each.index) for n, each in zip(
            array.shape[array.ndim - len(tables) :], tables, strict=True)]
        return blank((*array.shape[: array.ndim - len(tables)], *sizes), array.dtype)
    choosing = all(each is None or each.weight is None for each in tables)
    if choosing or array.dtype.kind not in "iub":
        made = engine.apply(array if choosing else widened(array), tables)
    else:
        made = np.rint(engine.apply(array.astype(np.float64), tables))
        limits = np.iinfo(array.dtype)
        made = made.clip(limits.min, limits.max)
    made = made.astype(array.dtype, copy=False)
    return made.copy() if made is input._array else made


resampled = op(
    name="resampled", face=False, method=False, node=lambda bound: bound["node"],
    input=lambda grad, tables, node: resampled(grad, engine.transposed(tables), node))(_mapped)  # type: ignore[has-type]

# The same, where PyTorch's gradient counts as made of the input too, with a derivative of 0.
resampled_beside = op(
    name="resampled_beside", face=False, method=False, node=lambda bound: bound["node"],
    input=lambda grad, input, tables, node: beside_where_recorded(
        resampled(grad, engine.transposed(tables), node), input))(_mapped)


# --- the table of each mode


def _scale(size: int, places: int, factor: float | None, kind: Any) -> Any:
    """How far apart the places are, counted in elements."""
    if factor is not None and factor > 0:
        return kind(1 / factor)
    return kind(size) / kind(places)


@lru_cache(256)
def _nearest(size: int, places: int, factor: float | None, exact: bool) -> Table | None:
    at = np.arange(places)
    if places == size and not exact:
        return None
    if places == 2 * size and not exact:
        index = at // 2
    else:
        scale = _scale(size, places, factor, np.float32)
        shift = np.float32(0.5 if exact else 0)
        index = np.floor((at.astype(np.float32) + shift) * scale).astype(np.int64)
    return engine.gathering([size], [np.minimum(index, size - 1)])[0]


def _sources(size: int, places: int, factor: float | None, align: bool, kind: Any) -> Array:
    """Where each place lies among the elements."""
    at = np.arange(places).astype(kind)
    if align:
        return at * (kind(size - 1) / kind(places - 1) if places > 1 else kind(0))
    return (at + kind(0.5)) * _scale(size, places, factor, kind) - kind(0.5)


@lru_cache(256)
def _linear(
    size: int, places: int, factor: float | None, align: bool, kind: Any
) -> Table | None:
    if size == places and (align or factor in (None, 1)):
        return None
    source = np.maximum(_sources(size, places, factor, align, kind), 0)
    low = np.minimum(source.astype(np.int64), size - 1)
    share = np.clip(source - low, 0, 1)
    index = np.stack([low, np.minimum(low + 1, size - 1)], 1)
    return Table(size, index, np.stack([1 - share, share], 1))


def _cubic_share(distance: Array, sharpness: float) -> Array:
    """Keys' cubic kernel at distances up to 2. Source: https://doi.org/10.1109/TASSP.1981.1163711"""
    x, a = np.abs(distance), sharpness
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = ((x - 5) * x + 8) * x * a - 4 * a
    return np.where(x <= 1, near, np.where(x < 2, far, 0))


@lru_cache(256)
def _cubic(size: int, places: int, factor: float | None, align: bool, kind: Any) -> Table | None:
    source = _sources(size, places, factor, align, kind)
    low = np.floor(source)
    index = low.astype(np.int64)[:, None] + np.arange(-1, 3)
    weight = _cubic_share((source - low)[:, None] - np.arange(-1, 3), -0.75)
    return Table(size, index.clip(0, size - 1), weight)


@lru_cache(256)
def _smoothed(
    size: int, places: int, factor: float | None, align: bool, kind: Any, cubic: bool
) -> Table:
    """As linear or cubic, but the kernel is as wide as what falls into one place."""
    if align:
        scale = kind(size - 1) / kind(places - 1) if places > 1 else kind(0)
    else:
        scale = _scale(size, places, factor, kind)
    widening = max(scale, kind(1))
    support = (2 if cubic else 1) * widening
    centre = (np.arange(places).astype(kind) + kind(0.5)) * scale
    start = np.maximum((centre - support + kind(0.5)).astype(np.int64), 0)
    count = np.minimum((centre + support + kind(0.5)).astype(np.int64), size) - start
    within = np.arange(max(1, int(count.max(initial=1))))
    distance = (start[:, None] + within - centre[:, None] + kind(0.5)) / widening
    weight = _cubic_share(distance, -0.5) if cubic else np.maximum(1 - np.abs(distance), 0)
    weight = np.where(within < count[:, None], weight, 0)
    total = weight.sum(1, keepdims=True)
    weight = np.divide(weight, total, out=weight, where=total != 0)
    return Table(size, np.minimum(start[:, None] + within, size - 1), weight)


# --- interpolate

_DIMS = {"linear": 3, "bilinear": 4, "bicubic": 4, "trilinear": 5}
_MODES = ("nearest", "nearest-exact", "area", *_DIMS)
_TITLES = {"nearest": "Nearest", "nearest-exact": "NearestExact", "linear": "Linear",
           "bilinear": "Bilinear", "bicubic": "Bicubic", "trilinear": "Trilinear"}


def _sizes(
    input: Tensor, size: Any, scale_factor: Any, recompute: bool | None, mode: str
) -> tuple[list[int], Sequence[float | None]]:
    """The sizes to come, and the factors that places are computed with (None: by the sizes)."""
    given = input._array.shape[2:]
    if (size is None) == (scale_factor is None):
        raise ValueError("interpolate(): give either size or scale_factor, not both and not none")
    if size is not None:
        if recompute:
            raise ValueError(
                "interpolate(): recompute_scale_factor goes with scale_factor, not with size")
        sizes = _for_each("size", size, len(given))
        if not all(hasattr(each, "__index__") for each in sizes):
            raise TypeError(f"interpolate(): size is made of ints, not {size!r}")
        return [each.__index__() for each in sizes], [None] * len(given)
    factors = [float(each) for each in _for_each("scale_factor", scale_factor, len(given))]
    sizes = [math.floor(n * each) for n, each in zip(given, factors, strict=True)]
    return sizes, [None] * len(given) if recompute or mode == "area" else factors


def _for_each(name: str, value: Any, dims: int) -> list[Any]:
    if not isinstance(value, (tuple, list)):
        return [value] * dims
    if len(value) != dims:
        raise ValueError(
            f"interpolate(): {name} has {len(value)} numbers, and input {dims} dims beyond batch "
            "and channels: give as many")
    return list(value)


@composite(name=_ROOM + "interpolate", method=False)
def interpolate(
    input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
    align_corners: bool | None = None, recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """The input at other sizes, for all dims beyond batch and channels.

    size: the sizes to come, or scale_factor: what to multiply the sizes with; a number or one for
    each dim. mode: 'nearest', 'nearest-exact', 'area', or by dims 'linear', 'bilinear', 'bicubic',
    'trilinear'. align_corners: the outermost elements keep their places (else: their outer edges).
    antialias: look at all that falls into one place, for 'bilinear' and 'bicubic'.
    Raises ValueError for arguments that do not go together, NotImplementedError for a mode that
    does not go with the dims of input, RuntimeError for sizes that are not positive.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html
    """
    array = need_tensor("interpolate", "input", input)._array
    if mode not in _MODES or array.ndim not in (3, 4, 5) or _DIMS.get(mode, array.ndim) != (
        array.ndim
    ):
        wanted = f"of {_DIMS[mode]} dims" if mode in _DIMS else "of 3, 4 or 5 dims"
        raise NotImplementedError(
            f"interpolate(): mode {mode!r} is one of {_MODES}, for an input {wanted}; it has "
            f"{array.ndim}")
    if align_corners is not None and mode not in _DIMS:
        raise ValueError(f"interpolate(): align_corners has no meaning for mode {mode!r}")
    if antialias and mode not in ("bilinear", "bicubic"):
        raise ValueError(f"interpolate(): antialias is for 'bilinear' and 'bicubic', not {mode!r}")
    sizes, factors = _sizes(input, size, scale_factor, recompute_scale_factor, mode)
    if mode == "area":
        return FACE[f"{_ROOM}adaptive_avg_pool{array.ndim - 2}d"](input, sizes)
    if min(*sizes, *array.shape[1:]) <= 0:
        raise RuntimeError(
            f"interpolate(): sizes must be positive, not {list(array.shape)} to {sizes}")
    kind = np.float64 if array.dtype.char == "d" else np.float32
    tables = tuple([
        _table(mode, antialias, n, to, factor, bool(align_corners), kind)
        for n, to, factor in zip(array.shape[2:], sizes, factors, strict=True)])
    dims = "" if mode in ("linear", "bilinear", "bicubic", "trilinear") else array.ndim - 2
    dims = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}.get(mode, dims)
    title = f"Upsample{_TITLES[mode]}{dims}D{'Aa' if antialias else ''}Backward0"
    return resampled(input, tables, title)


def _table(
    mode: str, antialias: bool, size: int, places: int, factor: float | None, align: bool, kind: Any
) -> Table | None:
    if mode in ("nearest", "nearest-exact"):
        return _nearest(size, places, factor, mode == "nearest-exact")
    if antialias:
        return _smoothed(size, places, factor, align, kind, mode == "bicubic")
    return (_cubic if mode == "bicubic" else _linear)(size, places, factor, align, kind)


@composite(name=_ROOM + "upsample", method=False)
def upsample(
    input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
    align_corners: bool | None = None,
) -> Tensor:
    """`interpolate` under its older name."""
    warnings.warn("upsample() will go: call interpolate()", stacklevel=2)
    return interpolate(input, size, scale_factor, mode, align_corners)


@composite(name=_ROOM + "upsample_nearest", method=False)
def upsample_nearest(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """`interpolate` with mode 'nearest'."""
    warnings.warn("upsample_nearest() will go: call interpolate()", stacklevel=2)
    return interpolate(input, size, scale_factor, mode="nearest")


@composite(name=_ROOM + "upsample_bilinear", method=False)
def upsample_bilinear(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """`interpolate` with mode 'bilinear' and aligned corners."""
    warnings.warn("upsample_bilinear() will go: call interpolate()", stacklevel=2)
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)
