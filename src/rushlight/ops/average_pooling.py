"""Pooling by means: `avg_pool1d` to `avg_pool3d`, `adaptive_avg_pool*`, `lp_pool*`.

A mean over windows is a linear map along each dim, so these are `resampled_beside` with tables that
say which elements a window has. `pooled_sizes` and `adaptive_sizes` check what all pooling shares.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from rushlight.engine import deferred
from rushlight.engine import resampling as engine
from rushlight.engine.resampling import Table
from rushlight.ops.arguments import need_tensor, one_for_each
from rushlight.ops.op import FACE, composite, op
from rushlight.ops.resampling import resampled_beside
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Array, Tensor

ROOM = "nn.functional."


def pooled_sizes(
    op: str, input: Any, dims: int, kernel: Any, stride: Any, padding: Any, dilation: Any,
    ceil_mode: bool,
) -> tuple[Array, list[tuple[int, int, int, int, int, int]]]:
    """The array, and for each dim: size, places, kernel, stride, padding, dilation.

    RuntimeError for what does not fit together.
    """
    array = need_tensor(op, "input", input)._array
    kernel = one_for_each(op, "kernel_size", kernel, dims)
    if stride is None or (isinstance(stride, (tuple, list)) and not stride):
        stride = kernel
    stride = one_for_each(op, "stride", stride, dims)
    padding = one_for_each(op, "padding", padding, dims)
    dilation = one_for_each(op, "dilation", dilation, dims)
    if min(*kernel, *stride, *dilation) <= 0:
        raise RuntimeError(
            f"{op}(): kernel_size {kernel}, stride {stride} and dilation {dilation} must be "
            "positive")
    for around, taps, far in zip(padding, kernel, dilation, strict=True):
        if around < 0 or around > ((taps - 1) * far + 1) // 2:
            raise RuntimeError(
                f"{op}(): padding {padding} must not be negative, nor more than half of the "
                f"windows, which are {kernel}")
    if array.ndim not in (dims + 1, dims + 2) or 0 in array.shape[array.ndim - dims - 1 :]:
        raise RuntimeError(
            f"{op}(): input has {dims + 1} dims or, with a batch, {dims + 2}, and elements along "
            f"all but the batch; its shape is {list(array.shape)}")
    sizes = array.shape[-dims:]
    places = [_count(*each, ceil_mode) for each in zip(
        sizes, kernel, stride, padding, dilation, strict=True)]
    if min(places) <= 0:
        raise RuntimeError(
            f"{op}(): windows of {kernel} do not fit into {list(sizes)}: there would be {places}")
    return array, list(zip(sizes, places, kernel, stride, padding, dilation, strict=True))


def _count(
    size: int, kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool
) -> int:
    """How many windows there are along a dim."""
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    count = (room + (stride - 1 if ceil_mode else 0)) // stride + 1
    # With ceil_mode, a last window that would start behind the input is left out.
    return count - (ceil_mode and (count - 1) * stride >= size + padding)


@lru_cache(256)
def _window_table(
    size: int, places: int, kernel: int, stride: int, padding: int, with_padding: bool | None
) -> Table:
    """The mean over windows, the padding counted or not; None: the sum."""
    start = np.arange(places)[:, None] * stride - padding
    at = start + np.arange(kernel)
    inside = (at >= 0) & (at < size)
    if with_padding is None:
        weight = inside.astype(np.float64)
    elif with_padding:
        weight = inside / (np.minimum(start + kernel, size + padding) - start)
    else:
        weight = inside / inside.sum(1, keepdims=True)
    return Table(size, at.clip(0, size - 1), weight)


@lru_cache(256)
def _adaptive_table(size: int, places: int) -> Table:
    """The mean over windows that cover a dim evenly."""
    at, inside = even_windows(size, places)
    return Table(size, at, inside / inside.sum(1, keepdims=True))


def even_windows(size: int, places: int) -> tuple[Array, Array]:
    """So many windows that cover a dim evenly: their elements, and which of them count."""
    start = np.arange(places) * size // max(places, 1)
    count = -(-(np.arange(1, places + 1) * size) // max(places, 1)) - start
    within = np.arange(count.max(initial=1))
    at = start[:, None] + np.minimum(within, count[:, None] - 1)
    return at, within < count[:, None]


def _averaged(
    op: str, dims: int, input: Any, kernel: Any, stride: Any, padding: Any, ceil_mode: bool,
    count_include_pad: bool, divisor: int | None,
) -> Tensor:
    array, each_dim = pooled_sizes(op, input, dims, kernel, stride, padding, 1, ceil_mode)
    if divisor is not None and divisor == 0:
        raise RuntimeError(f"{op}(): divisor_override must not be 0")
    dtype = dtypes.of(array.dtype)
    if array.dtype.kind in "bc" or dtype.storage_only or (
        array.dtype.kind in "iu" and array.dtype != np.int64
    ):
        raise NotImplementedError(f"{op}() is not defined for {dtype}")
    kinds = None if divisor is not None else bool(count_include_pad)
    tables = tuple([_window_table(size, places, taps, step, around, kinds)
                    for size, places, taps, step, around, _ in each_dim])
    if array.dtype.kind == "i":
        return _of_integers(input, tables, divisor)
    made = resampled_beside(input, tables, f"AvgPool{dims}DBackward0")
    return made if divisor is None else made / divisor


@op(name="avg_pool_of_integers", face=False, method=False)
def _of_integers(input: Tensor, tables: Any, divisor: int | None) -> Any:
    """Means of integers, rounded towards 0."""
    array = deferred.computed(input._array)
    if divisor is not None:
        made = engine.apply(array.astype(np.float64), tables) / divisor
    else:
        made = engine.apply(array.astype(np.float64), tables)
    return np.trunc(np.round(made, 9)).astype(array.dtype)


def _publish_means(dims: int) -> None:
    name = f"avg_pool{dims}d"
    doc = f"""The mean over windows.

    input: (batch, channels, {dims} sizes), or without batch. kernel_size, stride (kernel_size if
    not given), padding: an int or {dims}. ceil_mode: also windows that reach beyond the end.
    count_include_pad: padding counts as zeros. {{}}Raises RuntimeError where sizes do not fit.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.{name}.html
    """
    if dims == 1:
        def avg_pool1d(
            input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0,
            ceil_mode: bool = False, count_include_pad: bool = True,
        ) -> Tensor:
            return _averaged(
                name, 1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)

        avg_pool1d.__doc__ = doc.format("")
        composite(name=name, method=False, aliases=(ROOM + name,))(avg_pool1d)
        return

    def avg_pool(
        input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0,
        ceil_mode: bool = False, count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> Tensor:
        return _averaged(
            name, dims, input, kernel_size, stride, padding, ceil_mode, count_include_pad,
            divisor_override)

    avg_pool.__doc__ = doc.format("divisor_override: divide by this. ")
    composite(name=ROOM + name, method=False, out=True)(avg_pool)


def adaptive_sizes(op: str, input: Any, dims: int, output_size: Any) -> tuple[int, ...]:
    """The sizes asked for; RuntimeError or ValueError where they do not fit the input."""
    array = need_tensor(op, "input", input)._array
    if dims > 1 and array.ndim <= dims:
        raise ValueError(f"{op}(): input has at least {dims + 1} dims, not {array.ndim}")
    if array.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(f"{op}(): input has {dims + 1} or {dims + 2} dims, not {array.ndim}")
    given: Any = output_size if isinstance(output_size, (tuple, list)) else (output_size,) * dims
    if len(given) != dims:
        raise RuntimeError(f"{op}(): output_size is an int or {dims} of them, not {output_size!r}")
    sizes = array.shape[-dims:]
    wanted = [n if each is None else each for n, each in zip(sizes, given, strict=True)]
    found = one_for_each(op, "output_size", wanted, dims)
    if min(found) < 0:
        raise RuntimeError(f"{op}(): output_size must not be negative: {output_size!r}")
    if array.ndim and 0 in array.shape[array.ndim - dims - 1 :]:
        raise RuntimeError(
            f"{op}(): input of shape {list(array.shape)} has no elements to pool")
    return found


def _publish_adaptive(dims: int) -> None:
    name = f"adaptive_avg_pool{dims}d"

    def adaptive_avg_pool(input: Tensor, output_size: Any) -> Tensor:
        places = adaptive_sizes(name, input, dims, output_size)
        if math.prod(places) == 1 and input._array.dtype.kind == "f":
            return input.mean(tuple(range(-dims, 0)), True)
        tables = tuple([_adaptive_table(*each) for each in zip(
            input._array.shape[-dims:], places, strict=True)])
        return resampled_beside(input, tables, f"AdaptiveAvgPool{dims}DBackward0")

    adaptive_avg_pool.__doc__ = f"""The means over windows that cover the input evenly.

    input: (batch, channels, {dims} sizes), or without batch. output_size: how many windows, an int
    or {dims}; None for as many as there are elements. Raises RuntimeError where sizes do not fit.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.{name}.html
    """
    aliases = (name,) if dims == 1 else ()
    composite(name=ROOM + name, method=False, aliases=aliases)(adaptive_avg_pool)


def _publish_lp(dims: int) -> None:
    name, means = f"lp_pool{dims}d", f"avg_pool{dims}d"

    def lp_pool(
        input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None,
        ceil_mode: bool = False,
    ) -> Tensor:
        need_tensor(name, "input", input)
        powers: Any = FACE[ROOM + means](
            input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
        count = math.prod(one_for_each(name, "kernel_size", kernel_size, dims))
        return (powers.sign() * powers.abs().relu() * count).pow(1.0 / norm_type)

    lp_pool.__doc__ = f"""The root of the sum of powers over windows: (sum x**p)**(1/p).

    norm_type: p. kernel_size, stride (kernel_size if not given): an int or {dims}.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.{name}.html
    """
    composite(name=ROOM + name, method=False)(lp_pool)


for _dims in (1, 2, 3):
    _publish_means(_dims)
    _publish_adaptive(_dims)
    _publish_lp(_dims)
