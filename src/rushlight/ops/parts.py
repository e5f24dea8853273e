"""Views of some of the elements: `narrow`, `select`, `split`, `unbind`, `diagonal`, `unfold`.

What shows part of a tensor gets its gradient back as zeros with the part's gradient at its place.
The `_scatter` forms at the end are the other way round: a copy with one part replaced. What a view
is: `views.py`; the brackets: `getitem.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rushlight.autograd.node import OpNode
from rushlight.ops.arguments import need_tensor, one_dim, size_of
from rushlight.ops.op import composite, op, publish
from rushlight.ops.views import short_way, strided, tied, tied_all
from rushlight.tensor.tensor import Array, Tensor, wrap

Shape = tuple[int, ...]


_EVERYTHING: tuple[Any, ...] = (slice(None),) * 64  # as many dims as NumPy has


def along(dim: int, what: Any, ndim: int) -> tuple[Any, ...]:
    """The index that takes `what` (a number or a slice) along one dim."""
    return (*_EVERYTHING[: dim % ndim], what)


# --- one slice

@op(name="select", view=True, input=lambda grad, dim, index, input_shape: grad._spread_view(
    along(dim, index, len(input_shape)), input_shape))
def _select(input: Tensor, dim: int, index: int) -> Any:
    array = input._array
    if not array.ndim:
        raise IndexError("select(): a 0-d tensor has no dim to select from")
    at, index = one_dim(dim, array.ndim), int(index)
    if not -array.shape[at] <= index < array.shape[at]:
        raise IndexError(
            f"select(): index {index} is out of range for dim {dim} of size {array.shape[at]}")
    return array[(*along(at, index, array.ndim), ...)]


_SelectNode = _select.row.node_class()


@short_way(_select)
def select(input: Tensor, dim: int, index: int) -> Tensor:
    """A view of what stands at `index` along `dim`, without that dim.

    Raises IndexError for an index out of range or a 0-d tensor.
    Source: https://pytorch.org/docs/stable/generated/torch.select.html
    """
    try:
        array = input._array
        if dim >= 0:
            part = array[(*_EVERYTHING[:dim], index, ...)]
            return tied(input, part, _SelectNode, (dim, index, array.shape))
    except (IndexError, TypeError, AttributeError):
        pass
    return _select(input, dim, index)


@op(view=True, name="_slice", face=False, node="SliceBackward0",
    input=lambda grad, dim, part, input_shape: grad._spread_view(
        along(dim, part, len(input_shape)), input_shape))
def _slice(input: Tensor, dim: int, part: slice) -> Any:
    return input._array[along(dim, part, input._array.ndim)]


_SliceNode = _slice.row.node_class()


def stretch(input: Tensor, dim: int, start: int, end: int) -> Tensor:
    """The view of one dim from `start` to `end`, all known to be in range and not negative."""
    array = input._array
    part = slice(start, end)
    return tied(input, array[(*_EVERYTHING[:dim], part)], _SliceNode, (dim, part, array.shape))


@composite()
def narrow(input: Tensor, dim: int, start: Any, length: int) -> Tensor:
    """A view of `length` places along `dim`, from `start` (a negative one counts from the end).

    Raises IndexError for a start out of range, RuntimeError for a length that reaches too far.
    Source: https://pytorch.org/docs/stable/generated/torch.narrow.html
    """
    at, start = _checked_stretch("narrow", input, dim, start, length)
    return stretch(input, at, start, start + length)


def _checked_stretch(
    name: str, input: Tensor, dim: int, start: Any, length: int
) -> tuple[int, int]:
    """`dim` and `start` checked and not negative."""
    array = input._array
    if type(start) is int and 0 <= dim < array.ndim and (
        0 <= start <= start + length <= array.shape[dim]
    ):
        return dim, start
    if not array.ndim:
        raise RuntimeError(f"{name}(): a 0-d tensor has no dim to narrow")
    if isinstance(start, Tensor):
        if start._array.ndim or start._array.dtype.kind not in "iu":
            raise RuntimeError(f"{name}(): start must be an int or a 0-d integer tensor")
        start = start._array.item()
    at = one_dim(dim, array.ndim)
    size = array.shape[at]
    if length < 0:
        raise RuntimeError(f"{name}(): length must not be negative, but is {length}")
    if not -size <= start <= size:
        raise IndexError(
            f"{name}(): start {start} is out of range for dim {dim} of size {size}")
    start += size if start < 0 else 0
    if start + length > size:
        raise RuntimeError(
            f"{name}(): start {start} and length {length} reach beyond dim {dim} of size {size}")
    return at, start


@op(out=True, input=lambda grad, dim, start, input_shape: grad._spread_view(
    along(dim, slice(start, start + grad.shape[dim]), len(input_shape)), input_shape))
def narrow_copy(input: Tensor, dim: int, start: int, length: int) -> Any:
    """A copy of what `narrow` shows."""
    if dim >= input._array.ndim:
        raise RuntimeError(f"narrow_copy(): dim {dim} of a tensor of {input._array.ndim} dims")
    at, start = _checked_stretch("narrow_copy", input, dim, start, length)
    return input._array[along(at, slice(start, start + length), input._array.ndim)].copy()


# --- several slices

def _joined(grads: Sequence[Tensor | None], sizes: Sequence[int], shape: Shape, dim: int) -> Tensor:
    """The gradients of consecutive parts, one after another; zeros where there is none."""
    from rushlight.ops.join import cat

    dtype = next(each._array.dtype for each in grads if each is not None)
    parts = []
    for each, size in zip(grads, sizes, strict=True):
        if each is None:
            each = wrap(np.zeros((*shape[:dim], size, *shape[dim + 1 :]), dtype))
        parts.append(each)
    return cat(parts, dim)


def _pieces(array: Array, sizes: Sequence[int], dim: int) -> tuple[Array, ...]:
    """Consecutive stretches of these sizes along one dim."""
    pieces, start = [], 0
    before = _EVERYTHING[:dim]
    for each in sizes:
        pieces.append(array[(*before, slice(start, start + each))])
        start += each
    return tuple(pieces)


def _split_row(name: str, node: str, view: bool) -> Any:
    @op(name=name, node=node, view=view, face=False, method=False,
        input=lambda grads, sizes, dim, input_shape: _joined(grads, sizes, input_shape, dim))
    def split_row(input: Tensor, sizes: Shape, dim: int) -> Any:
        return _pieces(input._array, sizes, dim)

    return split_row


_SplitNode = _split_row("_split", "SplitBackward0", True).row.node_class()
_SplitWithSizesNode = _split_row(
    "_split_with_sizes", "SplitWithSizesBackward0", True).row.node_class()
_unsafe_split = _split_row("_unsafe_split", "UnsafeSplitBackward0", False)
_unsafe_split_with_sizes = _split_row(
    "_unsafe_split_with_sizes", "UnsafeSplitWithSizesBackward0", False)


def _equal_sizes(name: str, input: Tensor, split_size: int, dim: int) -> tuple[Shape, int]:
    """The sizes of pieces of `split_size`, the last perhaps smaller, and the dim."""
    if not input._array.ndim:
        raise RuntimeError(f"{name}(): a 0-d tensor can't be split")
    at = one_dim(dim, input._array.ndim)
    size = input._array.shape[at]
    if split_size < 0 or (split_size == 0 and size):
        raise RuntimeError(
            f"{name}(): pieces of size {split_size} can't be cut from dim {dim} of size {size}")
    count = max(-(-size // split_size), 1) if split_size else 1
    return (*(split_size,) * (count - 1), size - split_size * (count - 1)), at


def _given_sizes(name: str, input: Tensor, sizes: Any, dim: int) -> tuple[Shape, int]:
    """The sizes, which must add up to the dim's, and the dim."""
    if not input._array.ndim:
        raise RuntimeError(f"{name}(): a 0-d tensor can't be split")
    at, sizes = one_dim(dim, input._array.ndim), size_of(sizes)
    size = input._array.shape[at]
    if min(sizes, default=0) < 0 or sum(sizes) != size:
        raise RuntimeError(
            f"{name}(): sizes {list(sizes)} must not be negative and add up to {size}, the size of "
            f"dim {dim}")
    return sizes, at


@composite(method=False)
def split(tensor: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Views of consecutive stretches of `dim`: of one size (the last may be smaller) or of several.

    Source: https://pytorch.org/docs/stable/generated/torch.split.html
    """
    if isinstance(split_size_or_sections, (int, np.integer)):
        sizes, at = _equal_sizes("split", tensor, int(split_size_or_sections), dim)
        return _split(tensor, _SplitNode, sizes, at)
    sizes, at = _given_sizes("split", tensor, split_size_or_sections, dim)
    return _split(tensor, _SplitWithSizesNode, sizes, at)


def _split_method(self: Tensor, split_size: Any, dim: int = 0) -> tuple[Tensor, ...]:
    return split(self, split_size, dim)


publish(_split_method, "split", doc=split.__doc__, face=False)


def _split(
    input: Tensor, node_class: type[OpNode], sizes: Shape, dim: int
) -> tuple[Tensor, ...]:
    """Views of stretches of these sizes."""
    array = input._array
    return tied_all(input, _pieces(array, sizes, dim), node_class, (sizes, dim, array.shape))


@composite()
def split_with_sizes(input: Tensor, split_sizes: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Views of consecutive stretches of `dim`, of the given sizes."""
    sizes, at = _given_sizes("split_with_sizes", input, split_sizes, dim)
    return _split(input, _SplitWithSizesNode, sizes, at)


@composite()
def unsafe_split(tensor: Tensor, split_size: int, dim: int = 0) -> tuple[Tensor, ...]:
    """`split` whose results autograd takes for separate tensors: do not write to the input too."""
    return _unsafe_split(tensor, *_equal_sizes("unsafe_split", tensor, split_size, dim))


@composite()
def unsafe_split_with_sizes(input: Tensor, split_sizes: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """`split_with_sizes` whose results autograd takes for separate tensors."""
    return _unsafe_split_with_sizes(
        input, *_given_sizes("unsafe_split_with_sizes", input, split_sizes, dim))


def _chunk_size(name: str, input: Tensor, chunks: int, dim: int) -> int:
    if chunks < 1:
        raise RuntimeError(f"{name}(): chunks must be 1 or more, not {chunks}")
    if not input._array.ndim:
        raise RuntimeError(f"{name}(): a 0-d tensor can't be cut into chunks")
    return -(-input._array.shape[one_dim(dim, input._array.ndim)] // chunks)


@composite()
def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """At most `chunks` views of `dim`, of equal size but for the last.

    Source: https://pytorch.org/docs/stable/generated/torch.chunk.html
    """
    size = _chunk_size("chunk", input, chunks, dim)
    if size == 0:
        return split_with_sizes(input, (0,) * chunks, dim)
    return split(input, size, dim)


@composite()
def unsafe_chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """`chunk` whose results autograd takes for separate tensors."""
    size = _chunk_size("unsafe_chunk", input, chunks, dim)
    if size == 0:
        return unsafe_split_with_sizes(input, (0,) * chunks, dim)
    return unsafe_split(input, size, dim)


@composite()
def tensor_split(input: Tensor, indices_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Views of `dim`: that many parts, their sizes differing by one at most, or cut at indices.

    Source: https://pytorch.org/docs/stable/generated/torch.tensor_split.html
    """
    if not input._array.ndim:
        raise RuntimeError("tensor_split(): a 0-d tensor can't be split")
    at = one_dim(dim, input._array.ndim)
    size = input._array.shape[at]
    given = indices_or_sections
    if isinstance(given, Tensor):
        if given._array.dtype != np.int64 or given._array.ndim > 1:
            raise RuntimeError("tensor_split(): the indices must be a 0-d or 1-d int64 tensor")
        given = given._array.tolist()
    if isinstance(given, int):
        if given < 1:
            raise RuntimeError(f"tensor_split(): sections must be 1 or more, not {given}")
        small, larger = divmod(size, given)
        cuts = [i * small + min(i, larger) for i in range(1, given)]
    else:
        cuts = [int(each) for each in given]
    ends = [*cuts, size]
    starts = [0, *cuts]
    return tuple([
        stretch(input, at, *_bounds(a, b, size)) for a, b in zip(starts, ends, strict=True)])


def _bounds(start: int, end: int, size: int) -> tuple[int, int]:
    """Where a slice of these ends lies, with nothing in it if the end comes first."""
    start, end, _ = slice(start, end).indices(size)
    return start, max(start, end)


def _split_form(name: str, axis: int, least: int) -> None:
    def split_form(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
        ndim = input._array.ndim
        if ndim < least:
            raise RuntimeError(f"{name}(): the tensor must have {least} dims or more, not {ndim}")
        dim = 0 if ndim == 1 else axis
        sections, size = indices_or_sections, input._array.shape[dim]
        if not isinstance(sections, (int, tuple, list)):
            raise TypeError(
                f"{name}(): give a number of sections or indices, not {type(sections).__name__}")
        if isinstance(sections, int) and (sections < 1 or size % sections):
            raise RuntimeError(
                f"{name}(): dim {dim} of size {size} can't be split into {sections} equal parts")
        return tensor_split(input, sections, dim)

    split_form.__doc__ = f"Views of dim {axis}: that many equal parts, or cut at the given indices."
    composite(name=name)(split_form)


_split_form("hsplit", 1, 1)
_split_form("vsplit", 0, 2)
_split_form("dsplit", 2, 3)


def _stacked(grads: Sequence[Tensor | None], shape: Shape, dim: int) -> Tensor:
    """The gradients of the slices of one dim, put together again."""
    from rushlight.ops.join import stack

    dim %= len(shape)
    dtype = next(each._array.dtype for each in grads if each is not None)
    return stack([
        wrap(np.zeros(shape[:dim] + shape[dim + 1 :], dtype)) if each is None else each
        for each in grads], dim)


@op(name="unbind", view=True,
    input=lambda grads, dim, input_shape: _stacked(grads, input_shape, dim))
def _unbind(input: Tensor, dim: int = 0) -> Any:
    return _slices(input._array, dim)


def _slices(array: Array, dim: int) -> list[Array]:
    if not array.ndim:
        raise IndexError("unbind(): a 0-d tensor has no dim to unbind")
    before = _EVERYTHING[: one_dim(dim, array.ndim)]
    return [array[(*before, i, ...)] for i in range(array.shape[dim])]


_UnbindNode = _unbind.row.node_class()


@short_way(_unbind)
def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """Views of all slices along `dim`, without that dim.

    Source: https://pytorch.org/docs/stable/generated/torch.unbind.html
    """
    array = need_tensor("unbind", "input", input)._array
    return tied_all(input, _slices(array, dim), _UnbindNode, (dim, array.shape))


# --- the diagonal, and sliding windows

def on_diagonal(array: Array, offset: int, dim1: int, dim2: int) -> Array:
    """A view of the diagonal that may be written to; its dim stands last."""
    seen = array.diagonal(offset, dim1, dim2)
    if array.flags.writeable:
        seen.flags.writeable = True
    return seen


def _two_dims(name: str, ndim: int, dim1: int, dim2: int) -> tuple[int, int]:
    first, second = one_dim(dim1, ndim), one_dim(dim2, ndim)
    if first == second or ndim < 2:
        raise RuntimeError(f"{name}(): dim1 and dim2 must differ, but are {dim1} and {dim2}")
    return first, second


@op(view=True, input=lambda grad, offset, dim1, dim2, input_shape: grad._spread_diagonal(
    input_shape, offset, dim1, dim2))
def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """A view of the diagonal of two dims, as the last dim; `offset` counts to the right.

    Source: https://pytorch.org/docs/stable/generated/torch.diagonal.html
    """
    dims = _two_dims("diagonal", input._array.ndim, dim1, dim2)
    return on_diagonal(input._array, offset, *dims)


@op(face=False, node="DiagonalBackwardBackward0",
    input=lambda grad, offset, dim1, dim2: grad.diagonal(offset, dim1, dim2))
def _spread_diagonal(input: Tensor, shape: Shape, offset: int, dim1: int, dim2: int) -> Any:
    """Zeros of that shape, with `input` on the diagonal."""
    spread = np.zeros(shape, input._array.dtype)
    on_diagonal(spread, offset, dim1, dim2)[...] = input._array
    return spread


@op(view=True, face=False, input=lambda grad, dimension, size, step, input_shape:
    grad._spread_windows(input_shape, dimension, size, step))
def unfold(input: Tensor, dimension: int, size: int, step: int) -> Any:
    """A view of all windows of `size` places along a dim, `step` apart; they lie in the last dim.

    Source: https://pytorch.org/docs/stable/generated/torch.Tensor.unfold.html
    """
    array = input._array
    at = one_dim(dimension, array.ndim)
    room, apart = (array.shape[at], array.strides[at]) if array.ndim else (1, array.itemsize)
    if not 0 <= size <= room:
        raise RuntimeError(
            f"unfold(): windows of size {size} do not fit dim {dimension} of size {room}")
    if step < 1:
        raise RuntimeError(f"unfold(): step must be 1 or more, not {step}")
    if not array.ndim:
        return array.reshape(1)[:size]
    shape, strides = [*array.shape, size], [*array.strides, apart]
    shape[at], strides[at] = (room - size) // step + 1, step * apart
    return strided(array, tuple(shape), tuple(strides))


@op(face=False, node="UnfoldBackwardBackward0",
    input=lambda grad, dim, size, step: grad.unfold(dim, size, step))
def _spread_windows(input: Tensor, shape: Shape, dim: int, size: int, step: int) -> Any:
    """Zeros of that shape, with every window of `input` added at its place."""
    array = input._array
    spread = np.zeros(shape, array.dtype)
    if not shape:
        return np.asarray(array.sum(), array.dtype)
    dim %= len(shape)
    reach = (array.shape[dim] - 1) * step + 1
    for i in range(size):
        spread[along(dim, slice(i, i + reach, step), len(shape))] += array[..., i]
    return spread


# --- copies with one part replaced

def _replaced(name: str, input: Tensor, src: Tensor, part: Any) -> Any:
    """A copy of `input` whose part (a function of the array to a view of it) is `src`."""
    copy = input._array.copy()
    target = part(copy)
    if target.shape != src._array.shape:
        raise RuntimeError(
            f"{name}(): src has shape {list(src.shape)}, but its place has {list(target.shape)}")
    target[...] = src._array
    return copy


def _blanked(shape: Shape, like: Tensor) -> Tensor:
    return wrap(np.zeros(shape, like._array.dtype))


@op(input=lambda grad, src_shape, dim, index: grad.select_scatter(
        _blanked(src_shape, grad), dim, index),
    src=lambda grad, dim, index: grad.select(dim, index), out=True)
def select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Any:
    """A copy of `input` with `src` in the place of `input.select(dim, index)`."""
    return _replaced("select_scatter", input, src,
                     lambda copy: _select.row.forward(wrap(copy), dim, index))


def _slice_along(ndim: int, dim: int, start: Any, end: Any, step: int) -> tuple[Any, ...]:
    if step < 1:
        raise RuntimeError(f"slice_scatter(): step must be 1 or more, not {step}")
    return along(one_dim(dim, ndim), slice(start, end, step), ndim)


@op(input=lambda grad, src_shape, dim, start, end, step: grad.slice_scatter(
        _blanked(src_shape, grad), dim, start, end, step),
    src=lambda grad, dim, start, end, step: grad[_slice_along(grad.ndim, dim, start, end, step)],
    out=True)
def slice_scatter(
    input: Tensor, src: Tensor, dim: int = 0, start: int | None = None, end: int | None = None,
    step: int = 1,
) -> Any:
    """A copy of `input` with `src` in the place of `input[start:end:step]` along `dim`."""
    place = _slice_along(input._array.ndim, dim, start, end, step)
    return _replaced("slice_scatter", input, src, lambda copy: copy[place])


@op(input=lambda grad, src_shape, offset, dim1, dim2: grad.diagonal_scatter(
        _blanked(src_shape, grad), offset, dim1, dim2),
    src=lambda grad, offset, dim1, dim2: grad.diagonal(offset, dim1, dim2), out=True)
def diagonal_scatter(
    input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1
) -> Any:
    """A copy of `input` with `src` on the diagonal of two dims."""
    dims = _two_dims("diagonal_scatter", input._array.ndim, dim1, dim2)
    return _replaced("diagonal_scatter", input, src,
                     lambda copy: on_diagonal(copy, offset, *dims))
