"""Pooling by the largest: `max_pool*`, `adaptive_max_pool*`, `fractional_max_pool*`, `max_unpool*`.

All of them are one row, `_largest`, over windows given by the positions of their elements; the
gradient goes to the element that was chosen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from rushlight.autograd.modes import modes
from rushlight.engine import deferred, pooling
from rushlight.ops.arguments import need_tensor, one_for_each
from rushlight.ops.average_pooling import ROOM, adaptive_sizes, even_windows, pooled_sizes
from rushlight.ops.op import FACE, composite, op
from rushlight.ops.rounding import beside_where_recorded
from rushlight.tensor import dtypes
from rushlight.tensor.meta import MetaArray, blank
from rushlight.tensor.tensor import Array, Tensor, wrap


def _chosen_back(grad: Any, input: Any, dims: int, out: Any) -> Tensor:
    """The gradient at the elements that were chosen."""
    sizes = input._array.shape
    made: Any = _scatter(grad, out[1], math.prod(sizes[-dims:]), dims)
    return beside_where_recorded(made.reshape(sizes), input)


def _scatter(values: Any, indices: Any, size: int, dims: int) -> Tensor:
    """The values added into zeros, at their places in the trailing dims made one."""
    lines = values._array.shape[: values._array.ndim - dims]
    count = math.prod(values._array.shape[values._array.ndim - dims :])
    if not modes.grad and type(values._array) is not MetaArray and values._array.dtype.char in "fd":
        given, found = (deferred.computed(each._array).reshape(math.prod(lines), count)
                        for each in (values, indices))
        return wrap(pooling.back(given, found, size).reshape(*lines, size))
    zeros = values.new_zeros((*lines, size))
    flat = indices.reshape((*lines, count))
    return zeros.scatter_add(-1, flat, values.reshape((*lines, count)))


@op(name="_largest", face=False, method=False, node=lambda bound: bound["node"],
    input=_chosen_back)
def _largest(
    input: Tensor, positions: Array, places: tuple[int, ...], dims: int, node: str
) -> Any:
    """The largest of each window and their positions; `node` is the name of the `grad_fn`."""
    array = input._array
    outer = array.shape[: array.ndim - dims]
    if type(array) is MetaArray:
        return blank((*outer, *places), array.dtype), blank((*outer, *places), np.int64)
    if array.dtype.kind in "bc" or dtypes.of(array.dtype).storage_only:
        raise NotImplementedError(f"max_pool() is not defined for {dtypes.of(array.dtype)}")
    lines = deferred.computed(array).reshape(math.prod(outer), math.prod(array.shape[-dims:]))
    own = positions if positions.ndim == 2 else positions.reshape(
        len(lines), *positions.shape[-2:])
    values, found = pooling.largest(lines, own)
    return values.reshape(*outer, *places), found.reshape(*outer, *places)


def _flat(sizes: Sequence[int], each: Sequence[Array]) -> Array:
    """From (..., places, elements) along each dim to (..., all places, all elements)."""
    dims = len(sizes)
    made: Any = 0
    for i, index in enumerate(each):
        outer = index.shape[:-2]
        shape = [1] * (2 * dims)
        shape[i], shape[dims + i] = index.shape[-2:]
        made = made * sizes[i] + index.reshape(*outer, *shape)
    outer = made.shape[: made.ndim - 2 * dims]
    places, taps = made.shape[-2 * dims : -dims], made.shape[-dims:]
    return made.reshape(*outer, math.prod(places), math.prod(taps))


@lru_cache(64)
def _sliding(each_dim: tuple[tuple[int, int, int, int, int, int], ...]) -> Array:
    """The positions of sliding windows; what would be padding is the window's first element."""
    found = []
    for size, places, taps, step, around, far in each_dim:
        at = np.arange(places)[:, None] * step - around + np.arange(taps) * far
        inside = (at >= 0) & (at < size)
        first = np.take_along_axis(at, inside.argmax(1)[:, None], 1)
        found.append(np.where(inside, at, first).clip(0, size - 1))
    return _flat([each[0] for each in each_dim], found)


@lru_cache(64)
def _evenly(sizes: tuple[int, ...], places: tuple[int, ...]) -> Array:
    """The positions of windows that cover the input evenly."""
    return _flat(sizes, [even_windows(*each)[0] for each in zip(sizes, places, strict=True)])


# --- sliding windows


def _pooled(
    op: str, dims: int, input: Any, kernel: Any, stride: Any, padding: Any, dilation: Any,
    ceil_mode: bool,
) -> Any:
    _, each_dim = pooled_sizes(op, input, dims, kernel, stride, padding, dilation, ceil_mode)
    places = tuple([each[1] for each in each_dim])
    return _largest(input, _sliding(tuple(each_dim)), places, dims,
                    f"MaxPool{dims}DWithIndicesBackward0")


def _publish_sliding(dims: int) -> None:
    name = f"max_pool{dims}d"

    def max_pool(
        input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
        ceil_mode: bool = False, return_indices: bool = False,
    ) -> Any:
        found = _pooled(name, dims, input, kernel_size, stride, padding, dilation, ceil_mode)
        return found if return_indices else found[0]

    def with_indices(
        input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
        ceil_mode: bool = False, return_indices: bool = False,
    ) -> Any:
        return _pooled(name, dims, input, kernel_size, stride, padding, dilation, ceil_mode)

    max_pool.__doc__ = f"""The largest element of each window.

    input: (batch, channels, {dims} sizes), or without batch. kernel_size, stride (kernel_size if
    not given), padding (at most half a window), dilation: an int or {dims}. ceil_mode: also windows
    that reach beyond the end. return_indices: also where the elements are, in the trailing dims
    made one. Raises RuntimeError where sizes do not fit.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.{name}.html
    """
    with_indices.__doc__ = f"`{name}` with its indices."
    composite(name=ROOM + name, method=False, aliases=(name,))(max_pool)
    aliases = (f"{name}_with_indices",) if dims == 1 else ()
    composite(name=f"{ROOM}{name}_with_indices", method=False, aliases=aliases)(with_indices)


def _publish_adaptive(dims: int) -> None:
    name = f"adaptive_max_pool{dims}d"

    def with_indices(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
        places = adaptive_sizes(name, input, dims, output_size)
        positions = _evenly(tuple(input._array.shape[-dims:]), places)
        return _largest(input, positions, places, dims, f"AdaptiveMaxPool{dims}DBackward0")

    def adaptive_max_pool(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
        found = with_indices(input, output_size)
        return found if return_indices else found[0]

    adaptive_max_pool.__doc__ = f"""The largest elements of windows that cover the input evenly.

    input: (batch, channels, {dims} sizes), or without batch. output_size: how many windows, an int
    or {dims}; None for as many as there are elements. return_indices: also where they are.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.{name}.html
    """
    with_indices.__doc__ = f"`{name}` with its indices."
    composite(name=ROOM + name, method=False)(adaptive_max_pool)
    composite(name=f"{ROOM}{name}_with_indices", method=False)(with_indices)
    if dims == 1:  # torch.adaptive_max_pool1d gives both
        composite(name=name, method=False)(lambda input, output_size: with_indices(
            input, output_size))


# --- windows at random


def _random_starts(sample: Array, size: int, places: int, kernel: int) -> Array:
    """Where windows start, for samples of any shape: (..., places)."""
    if places == 1:
        return np.full((*sample.shape, 1), size - kernel)
    step = (size - kernel) / (places - 1)
    step = sample.dtype.type(step)
    at = np.arange(places - 1).astype(sample.dtype)
    first = (sample * step).astype(np.int64)[..., None]
    starts = ((at + sample[..., None]) * step).astype(np.int64) - first
    last = np.full((*sample.shape, 1), size - kernel)
    return np.concatenate([starts, last], -1)


def _fractional(
    op: str, dims: int, input: Any, kernel_size: Any, output_size: Any, output_ratio: Any,
    samples: Any,
) -> Any:
    array = need_tensor(op, "input", input)._array
    if output_size is None and output_ratio is None:
        raise ValueError(f"{op}(): give output_size or output_ratio")
    if array.ndim not in (dims + 1, dims + 2) or 0 in array.shape[array.ndim - dims - 1 :]:
        raise RuntimeError(
            f"{op}(): input has {dims + 1} or {dims + 2} dims with elements, its shape is "
            f"{list(array.shape)}")
    sizes = array.shape[-dims:]
    kernel = one_for_each(op, "kernel_size", kernel_size, dims)
    if output_size is None:
        ratios = output_ratio if isinstance(output_ratio, (tuple, list)) else (output_ratio,) * dims
        if len(ratios) != dims or not all(0 < each < 1 for each in ratios):
            raise ValueError(f"{op}(): output_ratio is between 0 and 1, not {output_ratio!r}")
        output_size = [int(n * each) for n, each in zip(sizes, ratios, strict=True)]
    places = one_for_each(op, "output_size", output_size, dims)
    for size, count, taps in zip(sizes, places, kernel, strict=True):
        if count <= 0 or taps <= 0 or count + taps - 1 > size:
            raise RuntimeError(
                f"{op}(): {places} windows of {kernel} do not fit into {list(sizes)}")
    lines = (array.shape[0], array.shape[1]) if array.ndim == dims + 2 else (1, array.shape[0])
    if samples is None:
        samples = FACE["rand"]((*lines, dims), dtype=input.dtype)
    drawn = need_tensor(op, "_random_samples", samples)._array
    if drawn.shape != (*lines, dims):
        raise RuntimeError(
            f"{op}(): _random_samples has shape {list(drawn.shape)}, not {[*lines, dims]}")
    found = []
    for i, (size, count, taps) in enumerate(zip(sizes, places, kernel, strict=True)):
        # PyTorch takes a sample for the last dim first.
        sample = drawn[..., dims - 1 - i] if dims == 2 else drawn[..., i]
        starts = _random_starts(sample.reshape(math.prod(lines)), size, count, taps)
        found.append(starts[..., None] + np.arange(taps))
    return _largest(input, _flat(sizes, found), places, dims,
                    f"FractionalMaxPool{dims}DBackward0")


def _publish_fractional(dims: int) -> None:
    name = f"fractional_max_pool{dims}d"

    def with_indices(
        input: Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None,
        return_indices: bool = False, _random_samples: Tensor | None = None,
    ) -> Any:
        return _fractional(
            name, dims, input, kernel_size, output_size, output_ratio, _random_samples)

    def fractional_max_pool(
        input: Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None,
        return_indices: bool = False, _random_samples: Tensor | None = None,
    ) -> Any:
        found = with_indices(
            input, kernel_size, output_size, output_ratio, _random_samples=_random_samples)
        return found if return_indices else found[0]

    fractional_max_pool.__doc__ = f"""The largest elements of windows that start at random places.

    kernel_size: an int or {dims}. output_size: how many windows, or output_ratio: what share of the
    sizes. return_indices: also where the elements are. _random_samples: (batch, channels, {dims})
    numbers from 0 to 1 to place the windows by.
    Source: Graham, 2014, https://arxiv.org/abs/1412.6071
    """
    with_indices.__doc__ = f"`{name}` with its indices."
    composite(name=ROOM + name, method=False, looks=True)(fractional_max_pool)
    composite(name=f"{ROOM}{name}_with_indices", method=False, looks=True)(with_indices)


# --- the way back


def _unpooled_size(
    op: str, input: Tensor, dims: int, kernel: Any, stride: Any, padding: Any, output_size: Any
) -> tuple[int, ...]:
    kernel = one_for_each(op, "kernel_size", kernel, dims)
    stride = kernel if stride is None else one_for_each(op, "stride", stride, dims)
    padding = one_for_each(op, "padding", padding, dims)
    usual = tuple([(n - 1) * step + taps - 2 * around for n, step, taps, around in zip(
        input._array.shape[-dims:], stride, kernel, padding, strict=True)])
    if output_size is None:
        return usual
    wanted = tuple(output_size)
    if len(wanted) == dims + 2:
        wanted = wanted[2:]
    if len(wanted) != dims or any(
        not n - step < want < n + step for n, step, want in zip(usual, stride, wanted, strict=True)
    ):
        raise ValueError(
            f"{op}(): output_size {list(output_size)} must have {dims} or {dims + 2} sizes, each "
            f"less than a stride ({list(stride)}) from {list(usual)}")
    return wanted


def _publish_unpool(dims: int) -> None:
    name = f"max_unpool{dims}d"

    def max_unpool(
        input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0,
        output_size: Any = None,
    ) -> Tensor:
        array = need_tensor(name, "input", input)._array
        where = need_tensor(name, "indices", indices)._array
        if array.ndim not in (dims + 1, dims + 2):
            raise RuntimeError(f"{name}(): input has {dims + 1} or {dims + 2} dims, not "
                               f"{array.ndim}")
        if where.dtype != np.int64 or where.shape != array.shape:
            raise RuntimeError(
                f"{name}(): indices are int64 of input's shape {list(array.shape)}, not "
                f"{indices.dtype} of {list(where.shape)}")
        sizes = _unpooled_size(name, input, dims, kernel_size, stride, padding, output_size)
        where = deferred.computed(where)
        if where.size and (where.min() < 0 or where.max() >= math.prod(sizes)):
            raise RuntimeError(
                f"{name}(): indices reach from {where.min()} to {where.max()}, and the result of "
                f"sizes {list(sizes)} has {math.prod(sizes)} places")
        lines = array.shape[: array.ndim - dims]
        count = math.prod(array.shape[-dims:])
        zeros: Any = input.new_zeros((*lines, math.prod(sizes)))
        flat = zeros.scatter(-1, indices.reshape((*lines, count)), input.reshape((*lines, count)))
        return flat.reshape((*lines, *sizes))

    max_unpool.__doc__ = f"""Zeros, with the elements of `input` back where `max_pool{dims}d` found
    them.

    indices: those of the pooling, and its other arguments. output_size: the sizes of its input,
    where they can't be told. Raises RuntimeError for indices out of range, ValueError for an
    output_size too far from what the pooling gives.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.{name}.html
    """
    composite(name=ROOM + name, method=False, looks=True)(max_unpool)


for _dims in (1, 2, 3):
    _publish_sliding(_dims)
    _publish_adaptive(_dims)
    _publish_unpool(_dims)
for _dims in (2, 3):
    _publish_fractional(_dims)
