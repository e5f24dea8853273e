"""Copies with the elements rearranged: `clone`, `flip`, `roll`, `tril`, `repeat`, `diag`.

Every result here has memory of its own; what shares memory is in `views.py` and `parts.py`.
"""

from __future__ import annotations

from functools import cache
from operator import index
from typing import Any

import numpy as np

from rushlight.engine.deferred import computed
from rushlight.engine.movers import copied, is_large, repeated, rolled
from rushlight.ops.arguments import one_dim, size_of, some_dims
from rushlight.ops.op import composite, op
from rushlight.ops.parts import on_diagonal
from rushlight.ops.views import fresh, short_way
from rushlight.tensor import memory
from rushlight.tensor.meta import MetaArray, as_meta
from rushlight.tensor.tensor import Array, Tensor, wrap


@op(name="clone", input=1)
def _clone(input: Tensor, *, memory_format: Any = None) -> Any:
    array = input._array
    return as_meta(array) if type(array) is MetaArray else memory.in_format(array, memory_format)


_CloneNode = _clone.row.node_class()


@short_way(_clone)
def clone(input: Tensor, *, memory_format: Any = None) -> Tensor:
    """A copy with memory of its own, through which gradients flow back to `input`.

    memory_format: the order of the copy in memory; by default that of `input`.
    Source: https://pytorch.org/docs/stable/generated/torch.clone.html
    """
    try:
        array = input._array
        if memory_format is None and type(array) is not MetaArray:
            return fresh(input, copied(array, "K"), _CloneNode, ())
    except AttributeError:
        pass
    return _clone(input, memory_format=memory_format)


@composite(face=False)
def contiguous(self: Tensor, memory_format: Any = None) -> Tensor:
    """This tensor if its elements lie dense in row-major order, else a copy that does so.

    memory_format: another order to ask for, such as `torch.channels_last`.
    Source: https://pytorch.org/docs/stable/generated/torch.Tensor.contiguous.html
    """
    array = self._array
    if memory_format is None or memory_format is memory.contiguous_format:
        if array.flags.c_contiguous or type(array) is MetaArray:
            return self
        return fresh(self, copied(array, "C"), _CloneNode, ())
    if type(array) is MetaArray or memory_format is memory.preserve_format or (
        memory.is_in(array, memory_format)
    ):
        return self
    return _clone(self, memory_format=memory_format)


# --- turned over and round

_AS_IT_IS, _BACKWARDS = slice(None), slice(None, None, -1)


@op(star=True, input=lambda grad, dims: grad.flip(dims))
def flip(input: Tensor, dims: Any) -> Any:
    """A copy with the order of the elements reversed along `dims`.

    Source: https://pytorch.org/docs/stable/generated/torch.flip.html
    """
    array = computed(input._array)
    turned = some_dims(dims, array.ndim)
    return copied(array[tuple([_BACKWARDS if i in turned else _AS_IT_IS
                               for i in range(array.ndim)])], "C")


@composite()
def fliplr(input: Tensor) -> Tensor:
    """A copy with the columns (dim 1) in reverse order."""
    if input._array.ndim < 2:
        raise RuntimeError(f"fliplr(): needs a tensor of 2 dims or more, not {input._array.ndim}")
    return flip(input, (1,))


@composite()
def flipud(input: Tensor) -> Tensor:
    """A copy with the rows (dim 0) in reverse order."""
    if input._array.ndim < 1:
        raise RuntimeError("flipud(): a 0-d tensor has no rows")
    return flip(input, (0,))


def _negated(shifts: Any) -> Any:
    return -shifts if isinstance(shifts, int) else tuple([-each for each in shifts])


@op(input=lambda grad, shifts, dims: grad.roll(_negated(shifts), dims))
def roll(input: Tensor, shifts: Any, dims: Any = None) -> Any:
    """A copy with the elements moved along `dims` by `shifts`; what falls off comes in again.

    Without dims, the elements are moved as if they lay in one dim.
    Source: https://pytorch.org/docs/stable/generated/torch.roll.html
    """
    array, shifts = computed(input._array), size_of(shifts)
    dims = () if dims is None else size_of(dims)
    if not shifts:
        raise RuntimeError("roll(): needs at least one shift")
    if len(shifts) != (len(dims) or 1):
        raise RuntimeError(f"roll(): {len(shifts)} shifts, {len(dims)} dims: give as many of each")
    if not dims:
        if not is_large(array):
            return np.roll(array, shifts[0])
        return rolled(array.reshape(-1), {0: shifts[0]}).reshape(array.shape)
    if not array.ndim:
        raise IndexError("roll(): a 0-d tensor has no dim to roll along")
    axes = [one_dim(each, array.ndim) for each in dims]
    if not is_large(array) or len(set(axes)) < len(axes):
        return np.roll(array, shifts, axes)
    return rolled(array, dict(zip(axes, shifts, strict=True)))


@op(input=lambda grad, k, dims: grad.rot90(-k, dims))
def rot90(input: Tensor, k: int = 1, dims: Any = (0, 1)) -> Any:
    """A copy rotated by 90 degrees `k` times, from the first of `dims` towards the second.

    Source: https://pytorch.org/docs/stable/generated/torch.rot90.html
    """
    array = input._array
    if len(dims) != 2 or array.ndim < 2:
        raise RuntimeError(f"rot90(): needs two dims of a tensor of at least two, not {list(dims)}")
    axes = [one_dim(each, array.ndim) for each in dims]
    if axes[0] == axes[1]:
        raise RuntimeError(f"rot90(): the two dims must differ, but both are {dims[0]}")
    return np.rot90(array, k, axes).copy()  # type: ignore[call-overload]


# --- triangles and diagonals

@cache
def _triangles() -> Any:
    from rushlight.engine import triangles

    return triangles


def _need_matrix(name: str, input: Tensor) -> Array:
    if input._array.ndim < 2:
        raise RuntimeError(f"{name}(): needs a tensor of 2 dims or more, not {input._array.ndim}")
    return computed(input._array)


@op(input=lambda grad, diagonal: grad.tril(diagonal), out=True, inplace=True)
def tril(input: Tensor, diagonal: int = 0) -> Any:
    """The lower triangle of each matrix, with zeros above `diagonal` (counted to the right).

    Source: https://pytorch.org/docs/stable/generated/torch.tril.html
    """
    return _triangles().lower(_need_matrix("tril", input), diagonal)


@op(input=lambda grad, diagonal: grad.triu(diagonal), out=True, inplace=True)
def triu(input: Tensor, diagonal: int = 0) -> Any:
    """The upper triangle of each matrix, with zeros below `diagonal` (counted to the right).

    Source: https://pytorch.org/docs/stable/generated/torch.triu.html
    """
    return _triangles().upper(_need_matrix("triu", input), diagonal)


@op(input=lambda grad, offset, dim1, dim2: grad.diagonal(offset, dim1, dim2))
def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """Matrices, in the dims `dim1` and `dim2`, with the last dim of `input` on their diagonal.

    Source: https://pytorch.org/docs/stable/generated/torch.diag_embed.html
    """
    array = input._array
    ndim = array.ndim + 1
    first, second = one_dim(dim1, ndim), one_dim(dim2, ndim)
    if first == second or not array.ndim:
        raise RuntimeError(
            f"diag_embed(): needs a tensor with a dim, and two different dims: {dim1}, {dim2}")
    side = array.shape[-1] + abs(offset)
    rest = iter(array.shape[:-1])
    shape = [side if each in (first, second) else next(rest) for each in range(ndim)]
    matrices = np.zeros(shape, array.dtype)
    on_diagonal(matrices, offset, first, second)[...] = array
    return matrices


@op(name="_diagonal_copy", face=False, method=False, node="DiagonalBackward0_copy",
    input=lambda grad, diagonal, input_shape: grad._spread_diagonal(input_shape, diagonal, 0, 1))
def _diagonal_of(input: Tensor, diagonal: int) -> Any:
    return on_diagonal(input._array, diagonal, 0, 1).copy()


@composite(out=True)
def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """Of a matrix, a copy of its diagonal; of a vector, the matrix that has it as its diagonal.

    Source: https://pytorch.org/docs/stable/generated/torch.diag.html
    """
    if input._array.ndim == 1:
        return diag_embed(input, diagonal)
    if input._array.ndim != 2:
        raise RuntimeError(f"diag(): needs a vector or a matrix, not {input._array.ndim} dims")
    return _diagonal_of(input, diagonal)


@composite()
def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """The matrix that has all elements of `input` on its diagonal."""
    return diag_embed(input.reshape(-1), offset)


# --- again and again

def _summed_copies(grad: Tensor, shape: tuple[int, ...], repeats: tuple[int, ...]) -> Tensor:
    """The gradient of `repeat`: the sum over all copies."""
    if 0 in repeats:
        return wrap(np.zeros(shape, grad._array.dtype))
    shape = (1,) * (len(repeats) - len(shape)) + shape
    pairs = [each for pair in zip(repeats, shape, strict=True) for each in pair]
    copies = tuple(range(0, len(pairs), 2))
    return grad.reshape(pairs).sum(copies) if copies else grad


@op(face=False, star=True, input=lambda grad, input_shape, repeats: _summed_copies(
    grad, input_shape, size_of(repeats)).reshape(input_shape))
def repeat(input: Tensor, repeats: Any) -> Any:
    """A copy laid out `repeats` times along each dim; more repeats than dims add dims in front.

    Source: https://pytorch.org/docs/stable/generated/torch.Tensor.repeat.html
    """
    array, repeats = computed(input._array), size_of(repeats)
    if len(repeats) < array.ndim:
        raise RuntimeError(
            f"repeat(): {len(repeats)} repeats are too few for a tensor of {array.ndim} dims")
    if min(repeats, default=0) < 0:
        raise RuntimeError(f"repeat(): repeats {list(repeats)} must not be negative")
    if not is_large(array):
        return np.tile(array, repeats)
    return repeated(array.reshape((1,) * (len(repeats) - array.ndim) + array.shape), repeats)


@composite(star=True)
def tile(input: Tensor, dims: Any) -> Tensor:
    """`repeat` where dims that are not named, in front, are laid out once.

    Source: https://pytorch.org/docs/stable/generated/torch.tile.html
    """
    dims = size_of(dims)
    return input.repeat((1,) * (input._array.ndim - len(dims)) + dims)


@composite(looks=True)
def repeat_interleave(
    input: Any, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Tensor:
    """Each element along `dim` repeated: `repeats` times, or as often as that tensor says for it.

    Without dim, the elements are taken as one dim. Given one tensor only: each of its indices as
    often as it says. Raises RuntimeError for repeats of the wrong length or below zero.
    Source: https://pytorch.org/docs/stable/generated/torch.repeat_interleave.html
    """
    if repeats is None:
        return wrap(_indices(input, len(input), output_size))
    if dim is None:
        input, dim = input.reshape(-1), 0
    at = one_dim(dim, input._array.ndim)
    if not input._array.ndim:
        input = input.reshape(1)
    size = input._array.shape[at]
    if isinstance(repeats, Tensor) and repeats._array.size != 1:
        return input.index_select(at, wrap(_indices(repeats, size, output_size)))
    times = _count(repeats)
    if times < 0:
        raise RuntimeError(f"repeat_interleave(): repeats must not be negative, but is {times}")
    _check_output_size(size * times, output_size)
    shape = list(input._array.shape)
    stretched = input.unsqueeze(at + 1).expand((*shape[: at + 1], times, *shape[at + 1 :]))
    shape[at] *= times
    return stretched.clone(memory_format=memory.contiguous_format).view(shape)


def _count(repeats: Any) -> int:
    if not isinstance(repeats, Tensor):
        return index(repeats)
    if repeats._array.dtype.kind not in "iu":
        raise RuntimeError(f"repeat_interleave(): repeats are integers, not {repeats.dtype}")
    return int(repeats._array.item())


def _indices(repeats: Any, size: int, output_size: int | None) -> Array:
    """Each index as often as `repeats` says."""
    if not isinstance(repeats, Tensor):
        raise TypeError(f"repeats must be an int or a Tensor, not {type(repeats).__name__}")
    counts = repeats._array
    if counts.dtype not in (np.int32, np.int64) or counts.ndim != 1:
        raise RuntimeError("repeat_interleave(): repeats must be 1-d, of int32 or int64")
    if len(counts) != size:
        raise RuntimeError(
            f"repeat_interleave(): {len(counts)} repeats for {size} elements: give as many")
    if counts.min(initial=0) < 0:
        raise RuntimeError("repeat_interleave(): repeats must not be negative")
    indices = np.repeat(np.arange(size, dtype=counts.dtype), counts)
    _check_output_size(len(indices), output_size)
    return indices


def _check_output_size(found: int, output_size: int | None) -> None:
    if output_size is not None and output_size != found:
        raise RuntimeError(
            f"repeat_interleave(): output_size is {output_size}, the repeats give {found}")
