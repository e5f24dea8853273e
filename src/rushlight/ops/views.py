"""Views of all elements in another shape: `view`, `reshape`, `flatten`, `squeeze`, `expand`.

A view op looks at its input's memory through other sizes and strides, so its result is a NumPy view
tied to the input (`tied`): one storage, one version counter, one history. The commonest have a
short way of their own, written out; what is unusual goes the row's way. Next: `permute.py` (another
order of dims), `parts.py` (some of the elements), `strided.py` (any strides), `reinterpret.py` (the
same bytes as other numbers).
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rushlight.autograd import inplace
from rushlight.autograd.modes import modes
from rushlight.autograd.node import Node, OpNode, Output, next_order
from rushlight.engine.deferred import LEAST
from rushlight.engine.movers import copied
from rushlight.ops.arguments import one_dim, size_of, some_dims
from rushlight.ops.op import composite, op, publish, view_of
from rushlight.tensor import dtypes, storage
from rushlight.tensor.meta import MetaArray, blank
from rushlight.tensor.tensor import Array, Tensor, settled

_blank = object.__new__
_storage_of = storage.of


def tied(
    input: Tensor, array: Array, node_class: type[OpNode], saved: tuple[Any, ...] | None = None
) -> Tensor:
    """A view of `input` over `array`, and its node where a gradient is wanted.

    saved: what the derivative names; None where that is the shape of the input.
    """
    view = _blank(Tensor)
    view._array = array
    view._node = view._grad = None
    view._storage = shared = input._storage or _storage_of(input)
    base = input._base
    view._base = input if base is None else base
    if shared.views is not None:
        shared.add_view(view)
    if input._node is not None and modes.grad:
        view._node = _step(input, node_class, saved)
    return view


def _step(input: Tensor, node_class: type[OpNode], saved: tuple[Any, ...] | None) -> OpNode:
    """The node of an op with `input` as its only tensor, which saves no tensor."""
    node = _blank(node_class)
    node.edges = (input._node,)
    node.order = next_order()
    node.saved = (input._array.shape,) if saved is None else saved
    node.watch = node.targets = node.versions = None
    return node


def fresh(
    input: Tensor, array: Array, node_class: type[OpNode], saved: tuple[Any, ...] | None = None
) -> Tensor:
    """A tensor over an array of its own, and its node; the twin of `tied` for results that copy."""
    copy = _blank(Tensor)
    copy._array = array
    copy._node = copy._storage = copy._base = copy._grad = None
    if input._node is not None and modes.grad:
        copy._node = _step(input, node_class, saved)
    return copy


def tied_all(
    input: Tensor, arrays: Sequence[Array], node_class: type[OpNode], saved: tuple[Any, ...]
) -> tuple[Tensor, ...]:
    """Several views of `input`, all results of one node where a gradient is wanted."""
    views = tuple([view_of(input, each) for each in arrays])
    if input._node is not None and modes.grad:
        node = _step(input, node_class, saved)
        node.outputs = len(views)
        for number, each in enumerate(views):
            each._node = Output(node, number)
    return views


def short_way(general: Callable[..., Any], face: bool = True) -> Callable[..., Any]:
    """Publish a function that does quickly, for common calls, what the row `general` does."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        function.row = row = general.row  # type: ignore[attr-defined]
        publish(function, row.name, doc=inspect.cleandoc(function.__doc__ or ""), face=face)
        return function

    return decorate


# --- another shape


def complete(name: str, array: Array, shape: Sequence[int]) -> tuple[int, ...]:
    """`shape` with its -1 worked out; RuntimeError unless it holds the array's elements."""
    shape = size_of(shape)
    if min(shape, default=0) < -1 or shape.count(-1) > 1:
        raise RuntimeError(
            f"{name}(): shape {list(shape)} is invalid: sizes are not negative, and one may be -1, "
            "which stands for what is left")
    known = math.prod([each for each in shape if each != -1])
    if -1 in shape and known:
        shape = tuple([array.size // known if each == -1 else each for each in shape])
    if -1 in shape or math.prod(shape) != array.size:
        raise RuntimeError(
            f"{name}(): shape {list(shape)} does not fit a tensor of shape {list(array.shape)}, "
            f"which has {array.size} elements")
    return shape


def reshaped(array: Array, shape: tuple[int, ...]) -> Array | None:
    """The array in another shape, over the same memory; None where strides do not allow it."""
    if isinstance(array, MetaArray):
        return blank(shape, array.dtype)
    try:
        return array.reshape(shape, copy=False)
    except ValueError:
        return None


@op(name="view", view=True, face=False, input=lambda grad, input_shape: grad.reshape(input_shape))
def _view(input: Tensor, shape: Any) -> Any:
    shape = complete("view", input._array, shape)
    array = reshaped(input._array, shape)
    if array is None:
        raise RuntimeError(
            f"view(): a tensor of shape {list(input.shape)} and strides "
            f"{list(input.stride())} can't be seen as {list(shape)} without a copy: use "
            "reshape() instead")
    return array


@op(face=False, node="UnsafeViewBackward0",
    input=lambda grad, input_shape: grad.reshape(input_shape))
def _reshape_copy(input: Tensor, shape: tuple[int, ...]) -> Any:
    """The elements in another shape, where that needs a copy."""
    return input._array.reshape(shape)


_ViewNode = _view.row.node_class()
_ReshapeCopyNode = _reshape_copy.row.node_class()


@short_way(_view, face=False)
def view(self: Tensor, *shape: Any, dtype: Any = None, size: Any = None) -> Tensor:
    """The same memory in another shape, or of another dtype.

    shape: sizes, of which one may be -1, for what is left; or a dtype, to see the same bytes as.
    Raises RuntimeError where the number of elements differs, or where the strides do not allow it
    (`reshape` copies there).
    Source: https://pytorch.org/docs/stable/generated/torch.Tensor.view.html
    """
    array = self._array
    if array.flags.c_contiguous:
        try:
            seen = array.reshape(*shape)
            if seen.shape == shape or min(shape) == -1:  # NumPy takes any negative size for -1
                return tied(self, seen, _ViewNode)
        except (ValueError, TypeError):
            pass
    if dtype is not None or (len(shape) == 1 and isinstance(shape[0], (dtypes.dtype, type))):
        return self._view_as_dtype(shape[0] if dtype is None else dtype)
    return _view(self, shape if size is None else size)


@composite(method=False)
def reshape(input: Tensor, shape: Any) -> Tensor:
    """The elements in another shape: a view where the strides allow it, else a copy.

    shape: sizes, of which one may be -1, for what is left. RuntimeError where it does not fit.
    Source: https://pytorch.org/docs/stable/generated/torch.reshape.html
    """
    array = settled(input)
    moves = array.size >= LEAST and not array.flags.c_contiguous and reshaped(array, shape) is None
    if moves:
        array = copied(array, "C")
    try:
        made = array.reshape(shape)
        if made.shape != shape:  # NumPy takes any negative size for -1
            complete("reshape", array, shape)
    except (ValueError, TypeError):
        made = array.reshape(complete("reshape", array, shape))
    if moves:
        return fresh(input, made, _ReshapeCopyNode)
    if array.flags.c_contiguous:
        return tied(input, made, _ViewNode)
    if type(array) is MetaArray:
        return tied(input, blank(made.shape, array.dtype), _ViewNode)
    root = made.base
    if root is array or (root is not None and root is array.base):
        return tied(input, made, _ViewNode)
    return fresh(input, made, _ReshapeCopyNode)


def _reshape(self: Tensor, *shape: Any, **shape_by_name: Any) -> Tensor:
    if len(shape) == 1:
        return reshape(self, shape[0])
    return reshape(self, shape_by_name.get("shape", shape))


publish(_reshape, "reshape", doc=reshape.__doc__, face=False)


@composite(face=False)
def view_as(self: Tensor, other: Tensor) -> Tensor:
    """This tensor viewed in the shape of `other`."""
    return self.view(other._array.shape)


@composite(face=False)
def reshape_as(self: Tensor, other: Tensor) -> Tensor:
    """This tensor reshaped to the shape of `other`."""
    return reshape(self, other._array.shape)


@composite()
def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The dims from `start_dim` to `end_dim` (included) as one; a 0-d tensor becomes 1-d.

    Source: https://pytorch.org/docs/stable/generated/torch.flatten.html
    """
    array = input._array
    shape = array.shape
    if start_dim == 0 and end_dim == -1 and len(shape) > 1 and array.flags.c_contiguous:
        return tied(input, array.reshape(-1), _ViewNode)
    first, last = one_dim(start_dim, len(shape)), one_dim(end_dim, len(shape))
    if first > last:
        raise RuntimeError(f"flatten(): start_dim {start_dim} comes after end_dim {end_dim}")
    if first == last and shape:
        return input
    return reshape(input, (*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :]))


@composite()
def unflatten(input: Tensor, dim: int, sizes: Any) -> Tensor:
    """`dim` split into dims of `sizes`, of which one may be -1: the inverse of `flatten`.

    Source: https://pytorch.org/docs/stable/generated/torch.unflatten.html
    """
    shape = input._array.shape
    at, sizes = one_dim(dim, len(shape)), size_of(sizes)
    if not sizes:
        raise RuntimeError("unflatten(): sizes must not be empty")
    known = math.prod([each for each in sizes if each != -1])
    if sizes.count(-1) > 1 or (known != shape[at] if -1 not in sizes else shape[at] % (known or 1)):
        raise RuntimeError(
            f"unflatten(): sizes {list(sizes)} do not multiply up to {shape[at]}, the size of dim "
            f"{dim}")
    return input.view((*shape[:at], *sizes, *shape[at + 1 :]))


@composite()
def ravel(input: Tensor) -> Tensor:
    """All elements in one dim: a view where that is possible."""
    return input.contiguous().view(-1)


# --- dims of size 1, and dims repeated without copies


_NEW_DIM = [(slice(None),) * i + (None,) for i in range(64)]  # the index that puts a dim in at i


@op(name="unsqueeze", view=True, input=lambda grad, dim: grad.squeeze(dim))
def _unsqueeze(input: Tensor, dim: int) -> Any:
    return input._array[_NEW_DIM[one_dim(dim, input._array.ndim + 1)]]


_UnsqueezeNode = _unsqueeze.row.node_class()


@short_way(_unsqueeze)
def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """A view with a dim of size 1 put in at `dim`.

    Raises IndexError out of range: from -ndim - 1 to ndim.
    Source: https://pytorch.org/docs/stable/generated/torch.unsqueeze.html
    """
    try:
        array = input._array
        at = dim if dim >= 0 else dim + array.ndim + 1
        if at >= 0:
            return tied(input, array[_NEW_DIM[at]], _UnsqueezeNode, (at,))
    except (AttributeError, TypeError, IndexError):
        pass
    return _unsqueeze(input, dim)


def _squeeze_node(bound: dict[str, Any]) -> str:
    dim = bound["dim"]
    form = 0 if dim is None else 1 if isinstance(dim, int) else 2
    return f"SqueezeBackward{form}"


@op(name="squeeze", view=True, node=_squeeze_node,
    input=lambda grad, input_shape: grad.view(input_shape))
def _squeeze(input: Tensor, dim: Any = None) -> Any:
    array = input._array
    if dim is None:
        return array.squeeze()
    dims = some_dims(dim, array.ndim)
    return array.squeeze(tuple([each for each in dims if array.ndim and array.shape[each] == 1]))


_SqueezeAllNode = _squeeze.row.node_class({"dim": None})
_SqueezeOneNode = _squeeze.row.node_class({"dim": 0})


@short_way(_squeeze)
def squeeze(input: Tensor, dim: Any = None) -> Tensor:
    """A view without the dims of size 1: all of them, or those among `dim` (an int or several).

    Source: https://pytorch.org/docs/stable/generated/torch.squeeze.html
    """
    try:
        array = input._array
        if dim is None:
            return tied(input, array.squeeze(), _SqueezeAllNode)
        if type(dim) is int:
            array = array.squeeze(dim) if array.shape[dim] == 1 else array
            return tied(input, array, _SqueezeOneNode)
    except (AttributeError, IndexError):
        pass
    return _squeeze(input, dim)


def expanded(array: Array, size: Sequence[int]) -> Array:
    """The array with dims of size 1 repeated up to `size`, where -1 keeps a size."""
    shape, strides = array.shape, array.strides
    new = len(size) - len(shape)
    if new < 0:
        raise RuntimeError(
            f"expand(): {len(size)} sizes are too few for a tensor of {array.ndim} dims")
    if size[new:] == shape:
        return strided(array, size, (0,) * new + strides)
    whole, steps = list(size), [0] * new
    for i, have in enumerate(shape):
        want = whole[new + i]
        if want == have or want == -1:
            whole[new + i] = have
            steps.append(strides[i])
        elif have == 1:
            steps.append(0)
        else:
            raise _not_expandable(array, size)
    if min(whole, default=0) < 0:
        raise _not_expandable(array, size)
    return strided(array, whole, steps)


def _not_expandable(array: Array, size: Sequence[int]) -> RuntimeError:
    return RuntimeError(
        f"expand(): a tensor of shape {list(array.shape)} can't be expanded to {list(size)}: only "
        "dims of size 1 can be repeated, and -1 keeps the size of a dim that is there")


def strided(array: Array, shape: Sequence[int], strides: Sequence[int]) -> Array:
    """Memory of `array`, from its first element on, through this shape and these strides."""
    if type(array) is np.ndarray and array.flags.c_contiguous and array.size:
        return np.ndarray(shape, array.dtype, array, 0, strides)
    if isinstance(array, MetaArray):
        return blank(tuple(shape), array.dtype)
    return np.lib.stride_tricks.as_strided(array, shape, strides)


@op(name="expand", view=True, face=False,
    input=lambda grad, input_shape: grad.sum_to_size(input_shape))
def _expand(input: Tensor, size: Any) -> Any:
    return expanded(input._array, size_of(size))


_ExpandNode = _expand.row.node_class()


@short_way(_expand, face=False)
def expand(self: Tensor, *size: Any, implicit: bool = False, **size_by_name: Any) -> Tensor:
    """A view with dims of size 1 repeated up to `size`, without a copy; -1 keeps a size.

    New dims may stand in front. Raises RuntimeError where a size other than 1 would change.
    Source: https://pytorch.org/docs/stable/generated/torch.Tensor.expand.html
    """
    if size_by_name:
        return _expand(self, **size_by_name)
    try:
        if len(size) == 1 and type(size[0]) is not int:
            size = tuple(size[0])
        return tied(self, expanded(self._array, size), _ExpandNode)
    except (TypeError, ValueError):
        return _expand(self, size)


@composite(face=False)
def expand_as(self: Tensor, other: Tensor) -> Tensor:
    """This tensor expanded to the shape of `other`."""
    return self.expand(other._array.shape)


@composite()
def broadcast_to(input: Tensor, size: Any) -> Tensor:
    """`input` expanded to `size`, a view."""
    return input.expand(size_of(size))


# --- in place: the same tensor, looking at its memory another way

def become(tensor: Tensor, name: str, seen: Tensor) -> Tensor:
    """Make `tensor` what `seen`, a view of it, is: `name_` for an op that moves no data."""
    if modes.grad:
        inplace.check(tensor, name + "_")
        if seen._node is not None:
            seen._node.__class__ = _inplace_class(type(seen._node))
        tensor._node = seen._node
    tensor._array = seen._array
    storage.of(tensor).version += 1
    return tensor


_INPLACE_CLASSES: dict[type[Node], type[Node]] = {}


def _inplace_class(node_class: type[Node]) -> type[Node]:
    """The class of the nodes that an in-place view op makes: `TransposeBackward1`."""
    made = _INPLACE_CLASSES.get(node_class)
    if made is None:
        name = node_class.__name__
        number = int(name[-1]) + (3 if name.startswith("Squeeze") else 1)
        body = {"__slots__": (), "__module__": node_class.__module__}
        made = type(f"{name[:-1]}{number}", (node_class,), body)
        _INPLACE_CLASSES[node_class] = made
    return made


def metadata_form(function: Callable[..., Tensor], *names: str) -> None:
    """Publish `tensor.name_(...)` for a view op, under each name."""
    def method_(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return become(self, names[0], function(self, *args, **kwargs))

    for each in names:
        publish(method_, each + "_", face=False, doc=f"In-place `{each}`.")


metadata_form(squeeze, "squeeze")
metadata_form(unsqueeze, "unsqueeze")
