"""`segment_reduce`: stretches of a dim, each reduced to one element.

Source: https://docs.pytorch.org/docs/stable/generated/torch.segment_reduce.html
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rushlight.ops.op import FACE, composite
from rushlight.tensor.tensor import Array, Tensor, wrap

_REDUCTIONS = {  # as `scatter_reduce` has it, and what nothing reduces to
    "sum": ("sum", 0.0), "mean": ("sum", math.nan), "prod": ("prod", 1.0),
    "max": ("amax", -math.inf), "min": ("amin", math.inf),
}


def _lengths(data: Tensor, lengths: Any, offsets: Any, axis: int, unsafe: bool) -> Array:
    """How long each segment is, checked."""
    if (lengths is None) == (offsets is None):
        raise RuntimeError("segment_reduce(): give either lengths or offsets")
    given = lengths if offsets is None else offsets
    if given._array.dtype.kind not in "iu" or list(given.shape[:-1]) != list(data.shape[:axis]):
        raise RuntimeError(
            f"segment_reduce(): lengths and offsets are integers, {list(data.shape[:axis])} and a "
            f"dim more, not {list(given.shape)} of {given.dtype}")
    found: Array = given._array if offsets is None else np.diff(given._array, axis=-1)
    fits = (found.sum(-1) == data.shape[axis]).all() if offsets is None else (
        given._array[..., -1] <= data.shape[axis]).all()
    if not unsafe and ((found < 0).any() or not fits):
        raise RuntimeError(
            "segment_reduce(): the lengths must not be negative, and add up to the "
            f"{data.shape[axis]} places of dim {axis}")
    return found


@composite(method=False, aliases=("_segment_reduce",), looks=True)
def segment_reduce(
    data: Tensor, reduce: str, *, lengths: Tensor | None = None, indices: Tensor | None = None,
    offsets: Tensor | None = None, axis: int = 0, unsafe: bool = False,
    initial: float | None = None,
) -> Tensor:
    """The "sum", "mean", "max", "min" or "prod" of each segment along `axis`.

    data: floating. lengths: how long each is, (data.shape[:axis], segments), or offsets: where each
    begins, and the end. initial: what each starts with. RuntimeError for what does not fit.
    """
    if reduce not in _REDUCTIONS:
        raise RuntimeError(f"segment_reduce(): no such reduction: {reduce!r}")
    if indices is not None:
        raise RuntimeError("segment_reduce(): indices are not supported, lengths and offsets are")
    if not -data.ndim <= axis < data.ndim:
        raise IndexError(f"segment_reduce(): dim {axis} is not one of the {data.ndim} of data")
    axis %= data.ndim
    sizes = _lengths(data, lengths, offsets, axis, unsafe)
    count = sizes.shape[-1]
    name, nothing = _REDUCTIONS[reduce]
    shape = [*data.shape[:axis], count, *data.shape[axis + 1 :]]
    rest = [1] * (data.ndim - axis - 1)
    number = np.zeros((*data.shape[: axis + 1],), np.int64)
    for place in np.ndindex(*data.shape[:axis]):
        of_place = np.repeat(np.arange(count), sizes[place])
        number[place][: len(of_place)] = of_place
        data = data.narrow(axis, 0, len(of_place)) if len(of_place) < data.shape[axis] else data
    number = number[..., : data.shape[axis]]
    index = wrap(number.reshape(*number.shape, *rest)).expand(data.shape)
    empty = wrap((sizes == 0).reshape(*sizes.shape, *rest))
    start = nothing if initial is None else float(initial)
    if reduce == "mean":
        start = 0.0 if initial is None else start
    base: Tensor = FACE["full"](shape, start, dtype=data.dtype)
    found: Tensor = base.scatter_reduce(axis, index, data, name)
    if reduce == "mean":
        long = wrap(sizes.reshape(*sizes.shape, *rest).astype(data._array.dtype))
        found = found / long.where(~empty, 1)
        if initial is None:
            found = found.masked_fill(empty, nothing)
    return found
