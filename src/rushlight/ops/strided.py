"""Views by strides: `as_strided`, its scatter, and the linear maps behind its derivative.

A `Geometry` says where in a storage the elements of a tensor are. Through it, gradients go from the
places of one tensor to the places of another in the same storage, whatever they overlap.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rushlight.ops.arguments import size_of
from rushlight.ops.layout import over, strides_of
from rushlight.ops.op import composite, op
from rushlight.ops.views import metadata_form
from rushlight.tensor import storage
from rushlight.tensor.meta import MetaArray, blank
from rushlight.tensor.tensor import Array, Tensor


class Geometry(NamedTuple):
    """Sizes, strides and offset, in elements."""

    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int

    def positions(self) -> Array:
        """Where in the storage each element is."""
        found = np.full(self.shape, self.offset, np.int64)
        for dim, (size, stride) in enumerate(zip(self.shape, self.strides, strict=True)):
            found += (np.arange(size) * stride).reshape((-1,) + (1,) * (len(self.shape) - dim - 1))
        return found


def geometry_of(tensor: Tensor) -> Geometry:
    """Where in its storage a tensor's elements are."""
    return Geometry(
        tensor._array.shape, strides_of(tensor._array), tensor.storage_offset())


def _wanted(
    input: Tensor, size: Any, stride: Any, storage_offset: int | None
) -> tuple[Geometry, Geometry]:
    """The input's geometry and the one asked for."""
    source = geometry_of(input)
    offset = source.offset if storage_offset is None else int(storage_offset)
    return source, Geometry(size_of(size), size_of(stride), offset)


@op(view=True, name="_as_strided", face=False, node="AsStridedBackward0",
    input=lambda grad, source, window: grad._strided_spread(source, window))
def _as_strided(input: Tensor, source: Geometry, window: Geometry) -> Any:
    """Any elements of the storage, by sizes, strides and offset."""
    array = input._array
    if isinstance(array, MetaArray):
        return blank(window.shape, array.dtype)
    return over(storage.of(input).bytes(), array.dtype, *window)


@composite()
def as_strided(
    input: Tensor, size: Any, stride: Any, storage_offset: int | None = None
) -> Tensor:
    """A view of the storage of `input` with these sizes and strides, counted in elements.

    storage_offset: the first element; by default that of `input`. RuntimeError if the view would
    reach outside the storage.
    Source: https://pytorch.org/docs/stable/generated/torch.as_strided.html
    """
    return _as_strided(input, *_wanted(input, size, stride, storage_offset))


metadata_form(as_strided, "as_strided")


def _buffer(source: Geometry, window: Geometry, dtype: Any) -> tuple[Array, Array, Array]:
    """Zeros that span both geometries, and the positions of each."""
    at, of = source.positions(), window.positions()
    span = max(at.max(initial=-1), of.max(initial=-1)) + 1
    return np.zeros(span, dtype), at, of


def _shares(source: Geometry, at: Array, span: int, dtype: Any) -> Any:
    """How many elements of the source lie at each position: what each is a share of."""
    if 0 not in source.strides:
        return 1
    return np.bincount(at.reshape(-1), minlength=span)[at].astype(dtype)


@op(face=False, input=lambda grad, source, window: grad._strided_part(source, window))
def _strided_spread(input: Tensor, source: Geometry, window: Geometry) -> Any:
    """Of a gradient at the window's places, what falls on the places of the source."""
    array = input._array
    buffer, at, of = _buffer(source, window, array.dtype)
    np.add.at(buffer, of, array)
    return buffer[at] / _shares(source, at, buffer.size, array.real.dtype)


@op(face=False, input=lambda grad, source, window: grad._strided_spread(source, window))
def _strided_part(input: Tensor, source: Geometry, window: Geometry) -> Any:
    """Of a tensor at the source's places, what the window shows; zero where there is nothing."""
    array = input._array
    buffer, at, of = _buffer(source, window, array.dtype)
    np.add.at(buffer, at, array / _shares(source, at, buffer.size, array.real.dtype))
    return buffer[of]


@op(face=False, input=lambda grad, source, window: grad._strided_rest(source, window))
def _strided_rest(input: Tensor, source: Geometry, window: Geometry) -> Any:
    """A tensor at the source's places, with zeros where the window is."""
    buffer, at, of = _buffer(source, window, input._array.dtype)
    buffer[at] = input._array
    buffer[of] = 0
    return buffer[at]


@op(face=False, node="AsStridedScatterBackward0",
    input=lambda grad, source, window: grad._strided_rest(source, window),
    src=lambda grad, source, window: grad._strided_part(source, window))
def _as_strided_scatter(input: Tensor, src: Tensor, source: Geometry, window: Geometry) -> Any:
    """A copy of `input` with `src` at the window's places."""
    array = input._array
    flat = np.array(storage.of(input).bytes())
    target = over(flat, array.dtype, *window)
    if target.shape != src._array.shape:
        raise RuntimeError(
            f"as_strided_scatter(): src has shape {list(src.shape)}, the window "
            f"{list(target.shape)}: they must be equal")
    target[...] = src._array
    return over(flat, array.dtype, *source)


@composite(out=True)
def as_strided_scatter(
    input: Tensor, src: Tensor, size: Any, stride: Any, storage_offset: int | None = None
) -> Tensor:
    """A copy of `input` with `src` put where `input.as_strided(size, stride, offset)` looks."""
    return _as_strided_scatter(input, src, *_wanted(input, size, stride, storage_offset))
