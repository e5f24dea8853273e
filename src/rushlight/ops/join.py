"""Several tensors made one: `cat`, `stack`, `block_diag`; and made to fit: `broadcast_tensors`.

A node of a list has one edge for each tensor; its derivative gives all their gradients at once
(`ListNode`), so that joining n tensors costs n on the way back, too.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from rushlight.autograd.modes import modes
from rushlight.autograd.node import OpNode, differentiable, fit, next_order
from rushlight.engine import movers
from rushlight.engine.deferred import LEAST, computed
from rushlight.ops import write
from rushlight.ops.arguments import one_dim, size_of
from rushlight.ops.op import composite, publish
from rushlight.tensor import dtypes, promotion
from rushlight.tensor.meta import MetaArray, blank
from rushlight.tensor.size import Size
from rushlight.tensor.tensor import Array, Tensor, wrap

Shape = tuple[int, ...]
_blank = object.__new__
# The C function itself, without NumPy's search for other array libraries: a quarter of the time.
_concatenate = getattr(np.concatenate, "_implementation", np.concatenate)


class ListNode(OpNode):
    """The node of an op over a list of tensors."""

    __slots__ = ()

    def apply(self, cotangent: Any) -> Sequence[Tensor | None]:
        """The gradients of all tensors, from the one derivative."""
        if self.saved is None:
            raise self.freed()
        gradients = type(self).derivatives[0](cotangent, self.saved)
        if self.targets is None:
            return gradients
        return [
            None if edge is None or each is None else fit(each, *target)  # type: ignore[misc]
            for edge, each, target in zip(self.edges, gradients, self.targets, strict=True)
        ]


def _joined(
    node_class: type[ListNode], tensors: Sequence[Tensor], array: Array, dim: int = 0
) -> Tensor:
    """The result over `array`, and its node where any of the tensors wants a gradient."""
    result = _blank(Tensor)
    result._array = array
    result._node = result._storage = result._base = result._grad = None
    for each in tensors:
        if each._node is not None and modes.grad and differentiable(array):
            result._node = _node(node_class, tensors, array.dtype, dim)
            break
    return result


def _node(
    node_class: type[ListNode], tensors: Sequence[Tensor], dtype: Any, dim: int
) -> ListNode:
    node = _blank(node_class)
    edges, shapes, mixed = [], [], False
    for each in tensors:
        array = each._array
        edges.append(each._node)
        shapes.append(array.shape)
        mixed = mixed or array.dtype is not dtype
    node.edges = tuple(edges)
    node.order = next_order()
    node.saved = (dim, tuple(shapes))
    node.watch = node.targets = node.versions = None
    if mixed:
        node.targets = tuple([(each._array.shape, each._array.dtype) for each in tensors])
    return node


def _node_of(name: str, gradients: Any) -> type[ListNode]:
    """The class of an op's nodes; `gradients` is a call of (cotangent, saved)."""
    body = {"__slots__": (), "__module__": "torch.autograd.graph", "derivatives": (gradients,)}
    return type(name, (ListNode,), body)


def _tensors(name: str, tensors: Any) -> list[Tensor]:
    """The tensors of a list; TypeError for anything else."""
    if not isinstance(tensors, (tuple, list)):
        raise TypeError(
            f"{name}(): tensors must be a tuple or list of Tensors, not {type(tensors).__name__}")
    for i, each in enumerate(tensors):
        if not isinstance(each, Tensor):
            raise TypeError(
                f"{name}(): tensors must be Tensors, but number {i} is {type(each).__name__}")
    return list(tensors)


def _common_dtype(tensors: Sequence[Tensor]) -> dtypes.dtype:
    return promotion.result_of([(each.dtype, promotion.rank_of(each._array)) for each in tensors])


# --- along a dim there is

def _cat_gradients(grad: Tensor, saved: tuple[int, tuple[Shape, ...]]) -> list[Tensor]:
    """The stretch of the gradient that came from each tensor."""
    dim, shapes = saved
    ndim = grad._array.ndim
    dim %= ndim
    gradients, start = [], 0
    for shape in shapes:
        if len(shape) != ndim:  # the empty 1-d tensor that fits anything
            gradients.append(wrap(np.zeros(shape, grad._array.dtype)))
            continue
        length = shape[dim]
        gradients.append(grad.narrow(dim, start, length))
        start += length
    return gradients


_CatNode = _node_of("CatBackward0", _cat_gradients)


def cat(
    tensors: Any, dim: int = 0, *, out: Tensor | None = None, axis: int | None = None
) -> Tensor:
    """The tensors one after another along `dim`; their other sizes must be equal.

    The dtype is the one all promote to; an empty 1-d tensor fits anything. Raises ValueError for no
    tensors, RuntimeError for sizes that differ, IndexError for a dim out of range.
    Source: https://pytorch.org/docs/stable/generated/torch.cat.html
    """
    if out is not None or axis is not None:
        joined = cat(tensors, dim if axis is None else axis)
        if out is None:
            return joined
        if any(each is out or np.may_share_memory(each._array, out._array) for each in tensors):
            raise RuntimeError("cat(): out shares memory with one of the tensors: clone it first")
        return write.copy_out("cat", joined, out, (tensors,), {})
    try:
        if type(tensors) is not list and type(tensors) is not tuple:
            raise TypeError
        arrays = [each._array for each in tensors]
        if type(arrays[0]) is MetaArray:
            raise TypeError
        if arrays[0].size * len(arrays) < LEAST:
            array = _concatenate(arrays, dim, dtype=arrays[0].dtype, casting="no")
        else:
            array = _cat_large(computed(arrays), dim)
    except (ValueError, TypeError, AttributeError, IndexError):
        array = _cat_any(_tensors("cat", tensors), dim)
    return _joined(_CatNode, tensors, array, dim)


def _cat_large(arrays: list[Array], dim: int) -> Array:
    """Arrays of one dtype that fit; TypeError for others."""
    dtype, shape = arrays[0].dtype, arrays[0].shape
    at = dim + len(shape) if dim < 0 else dim
    before, after, size = shape[:at], shape[at + 1 :], 0
    for each in arrays:
        given = each.shape
        if each.dtype is not dtype or given[:at] != before or given[at + 1 :] != after or (
            type(each) is MetaArray
        ):
            raise TypeError
        size += given[at]
    return movers.joined(arrays, at, (*before, size, *after), dtype)


def _cat_any(tensors: list[Tensor], dim: int) -> Array:
    """The long way: any tensors, checked."""
    if not tensors:
        raise ValueError("cat(): there must be at least one tensor")
    for i, each in enumerate(tensors):
        if not each._array.ndim:
            raise RuntimeError(f"cat(): number {i} is a 0-d tensor: use stack(), or unsqueeze it")
    counted = [each for each in tensors if each._array.shape != (0,)] or tensors[:1]
    first = counted[0]._array.shape
    at = one_dim(dim, len(first))
    for i, each in enumerate(counted):
        shape = each._array.shape
        if len(shape) != len(first) or any(
            a != b for d, (a, b) in enumerate(zip(shape, first, strict=True)) if d != at
        ):
            raise RuntimeError(
                f"cat(): sizes must be equal but for dim {dim}; number 0 has {list(first)}, number "
                f"{i} has {list(shape)}")
    kind = _common_dtype(tensors).numpy
    size = sum([each._array.shape[at] for each in counted])
    shape = (*first[:at], size, *first[at + 1 :])
    if isinstance(counted[0]._array, MetaArray):
        return blank(shape, kind)
    return movers.joined(computed([each._array for each in counted]), at, shape, kind)


publish(cat, "cat", doc=cat.__doc__, method=False, aliases=("concat", "concatenate"))


# --- along a new dim

def _stack_gradients(grad: Tensor, saved: tuple[int, Any]) -> Sequence[Tensor]:
    return grad.unbind(saved[0])


_StackNode = _node_of("StackBackward0", _stack_gradients)


def stack(
    tensors: Any, dim: int = 0, *, out: Tensor | None = None, axis: int | None = None
) -> Tensor:
    """The tensors, all of one shape, along a new dim put in at `dim`.

    Raises RuntimeError for no tensors or shapes that differ, IndexError for a dim out of range.
    Source: https://pytorch.org/docs/stable/generated/torch.stack.html
    """
    if out is not None or axis is not None:
        stacked = stack(tensors, dim if axis is None else axis)
        return stacked if out is None else write.copy_out("stack", stacked, out, (tensors,), {})
    try:
        if dim or (type(tensors) is not list and type(tensors) is not tuple):
            raise TypeError
        arrays = [each._array for each in tensors]
        shape = arrays[0].shape
        for each in arrays:
            if each.shape != shape or type(each) is MetaArray:
                raise TypeError
        if arrays[0].size * len(arrays) < LEAST or not shape:
            array = _concatenate(arrays, 0, dtype=arrays[0].dtype, casting="no")
        else:
            array = _cat_large(computed(arrays), 0)
        array = array.reshape((len(arrays), *shape))
    except (TypeError, ValueError, AttributeError, IndexError):
        array = _stack_any(_tensors("stack", tensors), dim)
    return _joined(_StackNode, tensors, array, dim)


def _stack_any(tensors: list[Tensor], dim: int) -> Array:
    """The long way: any tensors, checked, along any dim."""
    if not tensors:
        raise RuntimeError("stack(): there must be at least one tensor")
    shape = tensors[0]._array.shape
    for i, each in enumerate(tensors):
        if each._array.shape != shape:
            raise RuntimeError(
                f"stack(): shapes must be equal; number 0 has {list(shape)}, number {i} has "
                f"{list(each._array.shape)}")
    at = one_dim(dim, len(shape) + 1)
    kind = _common_dtype(tensors).numpy
    whole = (*shape[:at], len(tensors), *shape[at:])
    if isinstance(tensors[0]._array, MetaArray):
        return blank(whole, kind)
    large = tensors[0]._array.size >= LEAST
    array = movers.empty(whole, kind) if large else np.empty(whole, kind)
    before: tuple[Any, ...] = (slice(None),) * at
    for i, each in enumerate(tensors):
        if large:
            movers.fill(array[(*before, i)], computed(each._array))
        else:
            array[(*before, i)] = each._array
    return array


publish(stack, "stack", doc=stack.__doc__, method=False)


def _of_at_least(name: str, function: Any, tensors: Any) -> list[Tensor]:
    tensors = _tensors(name, tensors)
    if not tensors:
        raise RuntimeError(f"{name}(): there must be at least one tensor")
    return [function(each) for each in tensors]


@composite(method=False, out="cast")
def hstack(tensors: Any) -> Tensor:
    """The tensors side by side: along dim 1, or dim 0 where they are 1-d.

    Source: https://pytorch.org/docs/stable/generated/torch.hstack.html
    """
    parts = _of_at_least("hstack", atleast_1d, tensors)
    return cat(parts, 0 if parts[0]._array.ndim == 1 else 1)


@composite(method=False, out="cast", aliases=("row_stack",))
def vstack(tensors: Any) -> Tensor:
    """The tensors one below another: along dim 0, those of 1-d as rows.

    Source: https://pytorch.org/docs/stable/generated/torch.vstack.html
    """
    return cat(_of_at_least("vstack", atleast_2d, tensors), 0)


@composite(method=False, out="cast")
def dstack(tensors: Any) -> Tensor:
    """The tensors one behind another: along dim 2.

    Source: https://pytorch.org/docs/stable/generated/torch.dstack.html
    """
    return cat(_of_at_least("dstack", atleast_3d, tensors), 2)


@composite(method=False, out="cast")
def column_stack(tensors: Any) -> Tensor:
    """The tensors side by side, those of 1-d as columns.

    Source: https://pytorch.org/docs/stable/generated/torch.column_stack.html
    """
    def column(tensor: Tensor) -> Tensor:
        return tensor if tensor._array.ndim > 1 else tensor.reshape(-1, 1)

    return cat(_of_at_least("column_stack", column, tensors), 1)


# --- along the diagonal

def _block_gradients(grad: Tensor, saved: tuple[int, tuple[Shape, ...]]) -> list[Tensor]:
    """The block that came from each tensor."""
    gradients, row, column = [], 0, 0
    for shape in saved[1]:
        height, width = (1, 1, *shape)[-2:]
        block = grad.narrow(0, row, height).narrow(1, column, width)
        gradients.append(block.reshape(shape))
        row, column = row + height, column + width
    return gradients


_BlockNode = _node_of("BlockDiagBackward0", _block_gradients)


@composite(method=False, looks=True)
def block_diag(*tensors: Any) -> Tensor:
    """A matrix with the tensors, of two dims at most, as blocks along its diagonal.

    Source: https://pytorch.org/docs/stable/generated/torch.block_diag.html
    """
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        (tensors,) = tensors
    blocks = _tensors("block_diag", list(tensors))
    if not blocks:
        return wrap(np.empty((1, 0), dtypes.get_default_dtype().numpy))
    for i, each in enumerate(blocks):
        if each._array.ndim > 2:
            raise RuntimeError(
                f"block_diag(): number {i} has {each._array.ndim} dims; there may be two at most")
    sizes = [(1, 1, *each._array.shape)[-2:] for each in blocks]
    array = np.zeros([sum(each) for each in zip(*sizes, strict=True)], _common_dtype(blocks).numpy)
    row, column = 0, 0
    for each, (height, width) in zip(blocks, sizes, strict=True):
        array[row : row + height, column : column + width] = computed(each._array)
        row, column = row + height, column + width
    return _joined(_BlockNode, blocks, array)


# --- one shape for all

@composite(method=False)
def broadcast_shapes(*shapes: Any) -> Size:
    """The shape that tensors of these shapes broadcast to. RuntimeError if they do not."""
    found = [size_of(each) for each in shapes]
    if any(size < 0 for each in found for size in each):
        raise ValueError(f"broadcast_shapes(): sizes can't be negative: {shapes}")
    ndim = max(map(len, found), default=0)
    result = [1] * ndim
    for shape in found:
        for i, size in enumerate(shape, ndim - len(shape)):
            if size != 1 and result[i] not in (1, size):
                raise RuntimeError(
                    f"these shapes do not broadcast: {', '.join(map(str, found))}. Sizes "
                    "are matched from the last dim; each pair must be equal or have a 1")
            result[i] = size if size != 1 else result[i]
    return Size(result)


def _given(tensors: tuple[Any, ...]) -> Any:
    """The tensors of `f(a, b)` or of `f([a, b])`."""
    return tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors


@composite(method=False)
def broadcast_tensors(*tensors: Any) -> tuple[Tensor, ...]:
    """The tensors as views of the one shape they broadcast to.

    Source: https://pytorch.org/docs/stable/generated/torch.broadcast_tensors.html
    """
    given = _tensors("broadcast_tensors", _given(tensors))
    shape = broadcast_shapes(*[each._array.shape for each in given])
    return tuple([
        each if each._array.shape == shape else each.expand(shape)
        for each in given
    ])


def _at_least(ndim: int, widen: Any) -> Any:
    name = f"atleast_{ndim}d"

    def at_least(*tensors: Any) -> Any:
        if len(tensors) == 1 and isinstance(tensors[0], Tensor):
            return widen(tensors[0])
        return tuple([widen(each) for each in _tensors(name, _given(tensors))])

    at_least.__doc__ = f"""Each tensor with at least {ndim} dims: a view with dims of size 1 added.

        Source: https://pytorch.org/docs/stable/generated/torch.{name}.html
        """
    return composite(name=name, method=False)(at_least)


def _to_3d(tensor: Any) -> Tensor:
    ndim = tensor._array.ndim
    if ndim == 1:
        return tensor.unsqueeze(0).unsqueeze(-1)
    return tensor.unsqueeze(-1) if ndim == 2 else tensor.reshape(1, 1, 1) if ndim == 0 else tensor


def _to_2d(tensor: Any) -> Tensor:
    ndim = tensor._array.ndim
    return tensor.unsqueeze(0) if ndim == 1 else tensor.reshape(1, 1) if ndim == 0 else tensor


atleast_1d = _at_least(1, lambda tensor: tensor if tensor._array.ndim else tensor.reshape(1))
atleast_2d = _at_least(2, _to_2d)
atleast_3d = _at_least(3, _to_3d)


# --- combinations of elements

@composite(method=False)
def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Tensor, ...]:
    """Grids of the coordinates that 1-d tensors span, one for each: views of one shape.

    indexing: "ij", the default (dim i follows tensor i), or "xy" (the first two exchanged).
    Source: https://pytorch.org/docs/stable/generated/torch.meshgrid.html
    """
    given = _tensors("meshgrid", _given(tensors))
    if indexing is None:
        warnings.warn(
            "meshgrid(): say indexing='ij' or 'xy'; without it, 'ij' holds for now",
            UserWarning, stacklevel=3)
    if indexing not in (None, "ij", "xy"):
        raise RuntimeError(f"meshgrid(): indexing is 'ij' or 'xy', not {indexing!r}")
    if not given:
        raise RuntimeError("meshgrid(): there must be at least one tensor")
    for i, each in enumerate(given):
        if each._array.ndim > 1:
            raise RuntimeError(
                f"meshgrid(): tensors have one dim at most, but number {i} has "
                f"{each._array.ndim}")
        if each._array.dtype != given[0]._array.dtype:
            raise RuntimeError("meshgrid(): all tensors must have the same dtype")
    swap = indexing == "xy" and len(given) > 1
    if swap:
        given[:2] = given[1::-1]
    shape = [each._array.size for each in given]
    grids = [
        each.view([-1 if i == dim else 1 for i in range(len(given))]).expand(shape)
        for dim, each in enumerate(given)
    ]
    if swap:
        grids[:2] = grids[1::-1]
    return tuple(grids)


@composite(method=False)
def cartesian_prod(*tensors: Any) -> Tensor:
    """All ways to take one element from each 1-d tensor, as rows; of one tensor, that tensor.

    Source: https://pytorch.org/docs/stable/generated/torch.cartesian_prod.html
    """
    given = _tensors("cartesian_prod", _given(tensors))
    for each in given:
        if each._array.ndim != 1:
            raise RuntimeError(
                f"cartesian_prod(): tensors must be 1-d, not of shape {list(each.shape)}")
    if len(given) == 1:
        return given[0]
    return stack([each.flatten() for each in meshgrid(*given, indexing="ij")], 1)


@composite()
def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """All ways to choose `r` elements of a 1-d tensor, in order, as rows.

    Source: https://pytorch.org/docs/stable/generated/torch.combinations.html
    """
    if input._array.ndim != 1:
        raise RuntimeError(f"combinations(): needs a 1-d tensor, not shape {list(input.shape)}")
    if r < 0:
        raise RuntimeError(f"combinations(): r must not be negative, but is {r}")
    if r == 0:
        return wrap(np.empty(0, input._array.dtype))
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    chosen = np.array(list(choose(range(input._array.size), r)), np.int64).reshape(-1, r)
    return stack([input.index_select(0, wrap(each.copy())) for each in chosen.T], 1)


# By this name autograd, a room below, stacks gradients.
Tensor._stack = staticmethod(stack)  # type: ignore[attr-defined]
