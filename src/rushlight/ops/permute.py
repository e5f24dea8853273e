"""Views with the dims in another order: `transpose`, `permute`, `movedim`, `T`, `mT`, `H`.

See `views.py` for what makes a view, and for `short_way`.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from rushlight.ops.arguments import one_dim, size_of, some_dims
from rushlight.ops.op import composite, op, publish
from rushlight.ops.views import metadata_form, short_way, tied
from rushlight.tensor.tensor import Tensor


@op(name="transpose", view=True, input=lambda grad, dim0, dim1: grad.transpose(dim0, dim1))
def _transpose(input: Tensor, dim0: int, dim1: int) -> Any:
    ndim = input._array.ndim
    first, second = one_dim(dim0, ndim), one_dim(dim1, ndim)
    return input._array.swapaxes(first, second) if ndim else input._array.T


_TransposeNode = _transpose.row.node_class()


@short_way(_transpose)
def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """A view with two dims exchanged.

    Source: https://pytorch.org/docs/stable/generated/torch.transpose.html
    """
    try:
        return tied(input, input._array.swapaxes(dim0, dim1), _TransposeNode, (dim0, dim1))
    except (ValueError, TypeError, AttributeError):
        return _transpose(input, dim0, dim1)


@composite()
def swapaxes(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """A view with two dims exchanged: `transpose`."""
    return transpose(input, axis0, axis1)


@composite()
def swapdims(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """A view with two dims exchanged: `transpose`."""
    return transpose(input, dim0, dim1)


@op(name="t", view=True, input=lambda grad: grad.t())
def _t(input: Tensor) -> Any:
    if input._array.ndim > 2:
        raise RuntimeError(
            f"t(): needs a matrix or less, not {input._array.ndim} dims: use transpose() or mT")
    return input._array.T


_TNode = _t.row.node_class()


@short_way(_t)
def t(input: Tensor) -> Tensor:
    """The transpose of a matrix; tensors of fewer dims as they are. RuntimeError above two dims.

    Source: https://pytorch.org/docs/stable/generated/torch.t.html
    """
    try:
        array = input._array
        if array.ndim <= 2:
            return tied(input, array.T, _TNode, ())
    except AttributeError:
        pass
    return _t(input)


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


def _permute(self: Tensor, *dims: Any, **dims_by_name: Any) -> Tensor:
    try:
        if len(dims) == self._array.ndim:
            return tied(self, self._array.transpose(dims), _PermuteNode, (dims,))
    except (ValueError, TypeError):
        pass
    return permute(self, dims_by_name["dims"] if dims_by_name else size_of(dims))


publish(_permute, "permute", doc=permute.__doc__, face=False)


@composite(aliases=("moveaxis",))
def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    """A view with the dims `source` moved to `destination`, the others keeping their order.

    Source: https://pytorch.org/docs/stable/generated/torch.movedim.html
    """
    array = input._array
    ndim = array.ndim
    if type(source) is int and type(destination) is int and ndim:
        order = list(range(ndim))
        order.insert(one_dim(destination, ndim), order.pop(one_dim(source, ndim)))
        return tied(input, array.transpose(order), _PermuteNode, (order,))
    sources, destinations = some_dims(source, ndim), some_dims(destination, ndim)
    if len(sources) != len(destinations):
        raise RuntimeError(
            f"movedim(): {len(sources)} source dims and {len(destinations)} destinations: give as "
            "many of each")
    order = [-1] * ndim
    rest = iter([each for each in range(ndim) if each not in sources])
    places = dict(zip(destinations, sources, strict=True))
    for i in range(ndim):
        order[i] = places[i] if i in places else next(rest)
    return permute(input, tuple(order)) if ndim else input.view(())


_REVERSED = ((1, 0),)  # what a matrix's T saves for its derivative: the dims


def _T(self: Tensor) -> Tensor:
    """This tensor with its dims in reverse order."""
    if self._array.ndim == 2:
        return tied(self, self._array.T, _PermuteNode, _REVERSED)
    if self._array.ndim:
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
    return swapped.conj() if input._array.dtype.kind == "c" else swapped


def _H(self: Tensor) -> Tensor:
    """The conjugate transpose of a matrix."""
    if self._array.ndim not in (0, 2):
        raise RuntimeError(f"H needs a matrix, not a tensor of {self._array.ndim} dims: use mH")
    return adjoint(self) if self._array.ndim else self.conj()


for _name, _get in {"T": _T, "mT": _mT, "H": _H, "mH": adjoint}.items():
    setattr(Tensor, _name, property(_get, doc=_get.__doc__))


metadata_form(transpose, "transpose", "swapaxes", "swapdims")
metadata_form(t, "t")
