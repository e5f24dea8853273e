"""Views of all elements in another shape or order: `view`, `expand`, `transpose`, `squeeze`.

A view op looks at its input's memory through other sizes and strides, so its result is a NumPy view
tied to the input (`tied`): one storage, one version counter, one history. The commonest have a short
way of their own, written out; what is unusual goes the row's way. Views of some of the elements are
in `parts.py`; views by strides in `strided.py`.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any
from weakref import ref

import numpy as np

from rushlight.autograd.modes import modes
from rushlight.autograd.node import OpNode, next_order
from rushlight.ops.arguments import one_dim, size_of, some_dims
from rushlight.ops.op import composite, op, publish, run
from rushlight.tensor import dtypes, storage
from rushlight.tensor.meta import MetaArray, blank
from rushlight.tensor.tensor import Array, Tensor, alias

_blank = object.__new__
_storage_of = storage.of


def tied(input: Tensor, array: Array, node_class: type[OpNode], *saved: Any) -> Tensor:
    """A view of `input` over `array`, and its node where a gradient is wanted."""
    view = _blank(Tensor)
    view._array = array
    view._node = view._grad = None
    view._storage = shared = input._storage or _storage_of(input)
    base = input._base
    view._base = input if base is None else base
    views = shared.views
    if len(views) < shared.limit:
        views.append(ref(view))
    else:
        shared.add_view(view)
    edge = input._node
    if edge is not None and modes.grad:
        node = _blank(node_class)
        node.edges = (edge,)
        node.order = next_order()
        node.saved = saved
        node.watch = node.targets = node.versions = None
        view._node = node
    return view


def short_way(general: Callable[..., Any], star: bool = False) -> Callable[..., Any]:
    """Publish a function as the quick form of a row; with `star`, as its method only."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        function.row = general.row  # type: ignore[attr-defined]
        if not star:
            function.__wrapped__ = general.row.forward  # type: ignore[attr-defined]
        publish(function, general.__name__, doc=general.__doc__, face=not star)
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


@op(view=True, face=False, input=lambda grad, input_shape: grad.reshape(input_shape))
def view(input: Tensor, shape: Any) -> Any:
    """The same memory in another shape, or of another dtype.

    shape: sizes, of which one may be -1, for what is left; or a dtype, to see the same bytes as.
    Raises RuntimeError where the number of elements differs, or where the strides do not allow it
    (`reshape` copies there).
    Source: https://pytorch.org/docs/stable/generated/torch.Tensor.view.html
    """
    shape = complete("view", input._array, shape)
    array = reshaped(input._array, shape)
    if array is None:
        raise RuntimeError(
            f"view(): a tensor of shape {list(input.shape)} and strides "
            f"{list(input.stride())} can't be seen as {list(shape)} without a copy: use "  # type: ignore[attr-defined]
            "reshape() instead")
    return array


@op(face=False, node="UnsafeViewBackward0",
    input=lambda grad, input_shape: grad.reshape(input_shape))
def _reshape_copy(input: Tensor, shape: tuple[int, ...]) -> Any:
    """The elements in another shape, where that needs a copy."""
    return input._array.reshape(shape)


_ViewNode = view.row.node_class()


@short_way(view, star=True)
def _view(self: Tensor, *shape: Any, dtype: Any = None, size: Any = None) -> Tensor:
    array = self._array
    if array.flags.c_contiguous and shape:
        try:
            return tied(self, array.reshape(shape), _ViewNode, array.shape)
        except (ValueError, TypeError):
            pass
    if dtype is not None or (len(shape) == 1 and isinstance(shape[0], (dtypes.dtype, type))):
        return view_as_dtype(self, shape[0] if dtype is None else dtype)
    return run(view.row, (self, shape if size is None else size), {})


@composite(method=False)
def reshape(input: Tensor, shape: Any) -> Tensor:
    """The elements in another shape: a view where the strides allow it, else a copy.

    shape: sizes, of which one may be -1, for what is left. RuntimeError where it does not fit.
    Source: https://pytorch.org/docs/stable/generated/torch.reshape.html
    """
    array = input._array
    if array.flags.c_contiguous:
        try:
            return tied(input, array.reshape(shape), _ViewNode, array.shape)
        except (ValueError, TypeError):
            pass
    shape = complete("reshape", array, shape)
    seen = reshaped(array, shape)
    if seen is None:
        return _reshape_copy(input, shape)
    return tied(input, seen, _ViewNode, array.shape)


def _reshape(self: Tensor, *shape: Any, **shape_by_name: Any) -> Tensor:
    array = self._array
    if array.flags.c_contiguous and shape:
        try:
            return tied(self, array.reshape(shape), _ViewNode, array.shape)
        except (ValueError, TypeError):
            pass
    return reshape(self, shape_by_name.get("shape", shape))


publish(_reshape, "reshape", doc=reshape.__doc__, face=False)


def view_as_dtype(input: Tensor, dtype: Any) -> Tensor:
    """The same bytes, seen as another dtype; the last dim's size changes with the item size."""
    array = input._array
    target = dtypes.as_dtype(dtype).numpy
    seen = alias(input)
    if isinstance(array, MetaArray):
        raise NotImplementedError("view(dtype) of a meta tensor is not supported")
    before, after = array.itemsize, target.itemsize
    if before != after:
        _check_other_width(array, after)
    seen._array = array.view(target)
    return seen


def _check_other_width(array: Array, after: int) -> None:
    before = array.itemsize
    if array.ndim == 0:
        raise RuntimeError(
            f"view(dtype): a 0-d tensor of {before}-byte elements can't be seen as {after}-byte ones")
    if array.strides[-1] != before and array.shape[-1] != 1 and array.size:
        raise RuntimeError(
            "view(dtype): to change the element size, the last dim must have stride 1: use "
            "contiguous() first")
    if after > before:
        times = after // before
        offset = storage.address(array) - storage.address(storage.flat_bytes(array))
        if array.shape[-1] % times:
            raise RuntimeError(
                f"view(dtype): the last dim has {array.shape[-1]} elements of {before} bytes, which "
                f"do not make whole elements of {after} bytes")
        if offset % after or any(each % after for each in array.strides[:-1]):
            raise RuntimeError(
                f"view(dtype): the offset and the strides must be whole elements of {after} bytes")


@composite(face=False)
def view_as(self: Tensor, other: Tensor) -> Tensor:
    """This tensor viewed in the shape of `other`."""
    return self.view(other._array.shape)  # type: ignore[attr-defined]


@composite(face=False)
def reshape_as(self: Tensor, other: Tensor) -> Tensor:
    """This tensor reshaped to the shape of `other`."""
    return reshape(self, other._array.shape)


@composite()
def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The dims from `start_dim` to `end_dim` (included) as one; a 0-d tensor becomes 1-d.

    Source: https://pytorch.org/docs/stable/generated/torch.flatten.html
    """
    shape = input._array.shape
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
    return input.view((*shape[:at], *sizes, *shape[at + 1 :]))  # type: ignore[attr-defined]


@composite()
def ravel(input: Tensor) -> Tensor:
    """All elements in one dim: a view where that is possible."""
    return input.contiguous().view(-1)  # type: ignore[attr-defined]


# --- dims of size 1, and dims repeated without copies


@op(view=True, input=lambda grad, dim: grad.squeeze(dim))
def unsqueeze(input: Tensor, dim: int) -> Any:
    """A view with a dim of size 1 put in at `dim`.

    Raises IndexError out of range: from -ndim - 1 to ndim.
    Source: https://pytorch.org/docs/stable/generated/torch.unsqueeze.html
    """
    shape = input._array.shape
    at = one_dim(dim, len(shape) + 1)
    return input._array.reshape((*shape[:at], 1, *shape[at:]))


_UnsqueezeNode = unsqueeze.row.node_class()


@short_way(unsqueeze)
def unsqueeze(input: Tensor, dim: int) -> Tensor:  # type: ignore[no-redef]
    try:
        array = input._array
        shape = array.shape
        if dim < 0:
            dim += len(shape) + 1
        if 0 <= dim <= len(shape):
            array = array.reshape((*shape[:dim], 1, *shape[dim:]))
            return tied(input, array, _UnsqueezeNode, dim)
    except (AttributeError, TypeError):
        pass
    return run(unsqueeze.row, (input, dim), {})  # type: ignore[attr-defined]


def _squeeze_node(bound: dict[str, Any]) -> str:
    dim = bound["dim"]
    form = 0 if dim is None else 1 if isinstance(dim, int) else 2
    return f"SqueezeBackward{form}"


@op(view=True, node=_squeeze_node, input=lambda grad, input_shape: grad.view(input_shape))
def squeeze(input: Tensor, dim: Any = None) -> Any:
    """A view without the dims of size 1: all of them, or those among `dim` (an int or several).

    Source: https://pytorch.org/docs/stable/generated/torch.squeeze.html
    """
    array = input._array
    if dim is None:
        return array.squeeze()
    dims = some_dims(dim, array.ndim)
    return array.squeeze(tuple([each for each in dims if array.ndim and array.shape[each] == 1]))


def expanded_strides(array: Array, sizes: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Shape and strides of `array` stretched to `sizes`, where -1 keeps a size."""
    new = len(sizes) - array.ndim
    if new < 0:
        raise RuntimeError(
            f"expand(): {len(sizes)} sizes are too few for a tensor of {array.ndim} dims")
    shape, strides = [], []
    for i, size in enumerate(sizes):
        have = array.shape[i - new] if i >= new else None
        if have is None or (have == 1 and size not in (-1, 1)):
            stride = 0
        else:
            stride = array.strides[i - new]
            size = have if size == -1 else size
        if size < 0 or (have is not None and have not in (1, size)):
            raise RuntimeError(
                f"expand(): a tensor of shape {list(array.shape)} can't be expanded to "
                f"{list(sizes)}: dim {i} " + (
                    f"has {have}, and only 1 can be repeated" if size >= 0 and have is not None
                    else "needs a size that is not negative"))
        shape.append(size)
        strides.append(stride)
    return tuple(shape), tuple(strides)


def strided(array: Array, shape: tuple[int, ...], strides: tuple[int, ...]) -> Array:
    """Memory of `array`, from its first element on, through this shape and these strides."""
    if isinstance(array, MetaArray):
        return blank(shape, array.dtype)
    if array.flags.c_contiguous and array.size:
        return np.ndarray(shape, array.dtype, array, 0, strides)
    return np.lib.stride_tricks.as_strided(array, shape, strides)


@op(view=True, face=False, input=lambda grad, input_shape: grad.sum_to_size(input_shape))
def expand(input: Tensor, size: Any, *, implicit: bool = False) -> Any:
    """A view with dims of size 1 repeated up to `size`, without a copy; -1 keeps a size.

    New dims may stand in front. Raises RuntimeError where a size other than 1 would change.
    Source: https://pytorch.org/docs/stable/generated/torch.Tensor.expand.html
    """
    return strided(input._array, *expanded_strides(input._array, size_of(size)))


_ExpandNode = expand.row.node_class()


@short_way(expand, star=True)
def _expand(self: Tensor, *size: Any, implicit: bool = False, **size_by_name: Any) -> Tensor:
    if size_by_name:
        return run(expand.row, (self,), size_by_name)
    if len(size) == 1 and type(size[0]) is not int:
        size = size_of(size[0])
    array = self._array
    return tied(self, strided(array, *expanded_strides(array, size)), _ExpandNode, array.shape)


@composite(face=False)
def expand_as(self: Tensor, other: Tensor) -> Tensor:
    """This tensor expanded to the shape of `other`."""
    return self.expand(other._array.shape)  # type: ignore[attr-defined]


@composite()
def broadcast_to(input: Tensor, size: Any) -> Tensor:
    """`input` expanded to `size`, a view."""
    return input.expand(size_of(size))  # type: ignore[attr-defined]


# --- another order of dims


@op(view=True, input=lambda grad, dim0, dim1: grad.transpose(dim0, dim1))
def transpose(input: Tensor, dim0: int, dim1: int) -> Any:
    """A view with two dims exchanged.

    Source: https://pytorch.org/docs/stable/generated/torch.transpose.html
    """
    ndim = input._array.ndim
    first, second = one_dim(dim0, ndim), one_dim(dim1, ndim)
    return input._array.swapaxes(first, second) if ndim else input._array[()]


_TransposeNode = transpose.row.node_class()


@short_way(transpose)
def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:  # type: ignore[no-redef]
    try:
        return tied(input, input._array.swapaxes(dim0, dim1), _TransposeNode, dim0, dim1)
    except (ValueError, TypeError, AttributeError):
        return run(transpose.row, (input, dim0, dim1), {})  # type: ignore[attr-defined]


for _alias in ("swapaxes", "swapdims"):
    publish(
        lambda input, dim0, dim1: input.transpose(dim0, dim1), _alias, doc=transpose.row.doc)  # type: ignore[attr-defined]


@op(view=True, node="TBackward0", input=lambda grad: grad.t())
def t(input: Tensor) -> Any:
    """The transpose of a matrix; tensors of fewer dims as they are. RuntimeError above two dims."""
    if input._array.ndim > 2:
        raise RuntimeError(
            f"t(): a tensor of {input._array.ndim} dims has no one transpose: use transpose() or mT")
    return input._array.T


_TNode = t.row.node_class()


@short_way(t)
def t(input: Tensor) -> Tensor:  # type: ignore[no-redef]
    try:
        array = input._array
        if array.ndim <= 2:
            return tied(input, array.T, _TNode)
    except AttributeError:
        pass
    return run(t.row, (input,), {})  # type: ignore[attr-defined]


def _back(dims: Sequence[int], ndim: int) -> tuple[int, ...]:
    """The permutation that undoes `dims`."""
    return tuple([int(each) for each in np.argsort(np.array(dims) % ndim)]) if ndim else ()


@op(view=True, input=lambda grad, dims: grad.permute(_back(dims, grad.ndim)))
def permute(input: Tensor, dims: Sequence[int]) -> Any:
    """A view with the dims in the order `dims`, each named once.

    Source: https://pytorch.org/docs/stable/generated/torch.permute.html
    """
    array = input._array
    order = some_dims(size_of(dims), array.ndim)
    if len(order) != array.ndim:
        raise RuntimeError(
            f"permute(): dims {list(order)} must name each of the {array.ndim} dims of a tensor of "
            f"shape {list(array.shape)} once")
    return array.transpose(order)


_PermuteNode = permute.row.node_class()


@short_way(permute, star=True)
def _permute(self: Tensor, *dims: Any, **dims_by_name: Any) -> Tensor:
    try:
        if len(dims) == self._array.ndim:
            return tied(self, self._array.transpose(dims), _PermuteNode, dims)
    except (ValueError, TypeError):
        pass
    return permute(self, dims_by_name["dims"] if dims_by_name else size_of(dims))


@composite(aliases=("moveaxis",))
def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    """A view with the dims `source` moved to `destination`, the others keeping their order.

    Source: https://pytorch.org/docs/stable/generated/torch.movedim.html
    """
    ndim = input._array.ndim
    sources, destinations = some_dims(source, ndim), some_dims(destination, ndim)
    if len(sources) != len(destinations):
        raise RuntimeError(
            f"movedim(): {len(sources)} source dims and {len(destinations)} destinations: give as "
            "many of each")
    order: list[int] = [-1] * ndim
    rest = iter([each for each in range(ndim) if each not in sources])
    places = dict(zip(destinations, sources, strict=True))
    for i in range(ndim):
        order[i] = places[i] if i in places else next(rest)
    return permute(input, tuple(order)) if ndim else alias_view(input)


def alias_view(input: Tensor) -> Tensor:
    """A view of the whole tensor as it is."""
    return input.view(input._array.shape)  # type: ignore[attr-defined]


def _T(self: Tensor) -> Tensor:
    """This tensor with its dims in reverse order."""
    if self._array.ndim not in (0, 2):
        warnings.warn(
            f"x.T of a tensor of {self._array.ndim} dims is deprecated: use x.mT for a batch of "
            "matrices, x.permute(*range(x.ndim - 1, -1, -1)) to reverse all dims",
            UserWarning, stacklevel=2)
    return permute(self, tuple(range(self._array.ndim - 1, -1, -1)))


def _mT(self: Tensor) -> Tensor:
    """This tensor with its last two dims exchanged."""
    if self._array.ndim < 2:
        raise RuntimeError(f"mT needs a tensor of 2 dims or more, not {self._array.ndim}")
    return transpose(self, -2, -1)


@composite()
def adjoint(input: Tensor) -> Tensor:
    """The conjugate transpose of a matrix or of a batch of them."""
    if input._array.ndim < 2:
        raise RuntimeError(f"adjoint() needs a tensor of 2 dims or more, not {input._array.ndim}")
    swapped = transpose(input, -2, -1)
    return swapped.conj() if input._array.dtype.kind == "c" else swapped  # type: ignore[attr-defined]


def _H(self: Tensor) -> Tensor:
    """The conjugate transpose of a matrix."""
    if self._array.ndim not in (0, 2):
        raise RuntimeError(f"H needs a matrix, not a tensor of {self._array.ndim} dims: use mH")
    return adjoint(self) if self._array.ndim else self.conj()  # type: ignore[attr-defined]


for _name, _get in {"T": _T, "mT": _mT, "H": _H, "mH": adjoint}.items():
    setattr(Tensor, _name, property(_get, doc=_get.__doc__))
