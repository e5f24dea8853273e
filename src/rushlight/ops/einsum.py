"""Contractions: `einsum`, `tensordot`, `kron`, `cross`, `trace`, chains of matrix products.

A contraction works on labelled dims. Two operands at a time: labels that only one of them has and
nobody needs are summed, labels they share are either kept (a batch) or contracted (a matrix
product). All of it is made of differentiable ops, so gradients need no word here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from rushlight.ops.arguments import need_tensor, one_dim, some_dims, widened
from rushlight.ops.matmul import matmul
from rushlight.ops.op import FACE, composite, conjugate, op
from rushlight.tensor.tensor import Tensor, wrap

Label = str | int  # a letter, or, for a dim under an ellipsis, its number
Labels = tuple[Label, ...]
Shape = tuple[int, ...]
Path = tuple[tuple[int, ...], ...]


# --- reading the equation

def _split(equation: str, where: str) -> tuple[str, str | None, str]:
    """One operand's subscripts as letters before the ellipsis, "..." or None, and letters after."""
    before, dots, after = equation.partition("...")
    for letter in before + after:
        if letter == ".":
            raise RuntimeError(f"einsum(): a '.' in {where} is not part of an ellipsis '...'")
        if not (letter.isascii() and letter.isalpha()):
            raise RuntimeError(f"einsum(): {letter!r} in {where} is no subscript: use a-z and A-Z")
    return before, dots or None, after


def _parse(equation: str, ndims: tuple[int, ...]) -> tuple[tuple[Labels, ...], Labels]:
    """The labels of each operand's dims and those of the result."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    parts = left.split(",")
    if len(parts) != len(ndims):
        raise RuntimeError(
            f"einsum(): the equation names {len(parts)} operands, {len(ndims)} were given")
    split = [_split(part, f"operand {i}") for i, part in enumerate(parts)]
    hidden = []
    for i, ((before, dots, after), ndim) in enumerate(zip(split, ndims, strict=True)):
        rest = ndim - len(before) - len(after)
        if rest < 0 or (rest > 0 and dots is None):
            raise RuntimeError(
                f"einsum(): operand {i} has {ndim} dims, its subscripts {parts[i]!r} name "
                f"{len(before) + len(after)}" + ("" if dots else " and there is no ellipsis"))
        hidden.append(rest)
    most = max(hidden, default=0)
    inputs = tuple([(*before, *range(most - rest, most), *after)
                    for (before, _, after), rest in zip(split, hidden, strict=True)])
    return inputs, _output(right if arrow else None, inputs, most)


def _output(right: str | None, inputs: tuple[Labels, ...], most: int) -> Labels:
    """The labels of the result; without "->", the ellipsis and the letters that appear once."""
    letters = [label for labels in inputs for label in labels if isinstance(label, str)]
    if right is None:
        once = sorted({each for each in letters if letters.count(each) == 1})
        return (*range(most), *once)
    before, dots, after = _split(right, "the result")
    for each in before + after:
        if each not in letters:
            raise RuntimeError(f"einsum(): subscript {each!r} of the result is in no operand")
        if (before + after).count(each) > 1:
            raise RuntimeError(f"einsum(): subscript {each!r} appears twice in the result")
    return (*before, *(range(most) if dots else ()), *after)


def _from_lists(args: Sequence[Any]) -> tuple[str, list[Any]]:
    """The other form, `einsum(x, [0, 1], y, [1, 2], [0, 2])`, as an equation and operands."""
    operands, lists = list(args[0 : len(args) - 1 : 2]), list(args[1::2])
    right = "->" + _letters(args[-1]) if len(args) % 2 else ""
    return ",".join(map(_letters, lists)) + right, operands


def _letters(numbers: Sequence[Any]) -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    for each in numbers:
        if each is not Ellipsis and not 0 <= each < len(letters):
            raise ValueError(f"einsum(): a subscript in a list is from 0 to 51, not {each}")
    return "".join(["..." if each is Ellipsis else letters[each] for each in numbers])


def _check_sizes(inputs: Sequence[Labels], shapes: Sequence[Shape]) -> None:
    """RuntimeError where a label stands for different sizes (1 broadcasts)."""
    seen: dict[Label, int] = {}
    for i, (labels, shape) in enumerate(zip(inputs, shapes, strict=True)):
        own: dict[Label, int] = {}
        for label, size in zip(labels, shape, strict=True):
            if own.setdefault(label, size) != size:
                raise RuntimeError(f"einsum(): subscript {label!r} is repeated in operand {i}, for "
                                   f"sizes {own[label]} and {size}")
            known = seen.get(label, 1)
            if size != known and size != 1 and known != 1:
                raise RuntimeError(
                    f"einsum(): subscript {label!r} stands for size {size} in operand {i}, and for "
                    f"{known} before")
            seen[label] = known if size == 1 else size


# --- contracting

class Side(NamedTuple):
    """What happens to one operand before the product; None and () where nothing needs to."""

    ones: tuple[int, ...]  # dims of size 1 that go, since they would broadcast
    sums: tuple[int, ...]
    order: tuple[int, ...] | None
    shape: Shape | None

    def prepare(self, tensor: Any) -> Any:
        """The operand, ready for the product."""
        if self.ones:
            tensor = tensor.squeeze(self.ones)
        if self.sums:
            tensor = tensor.sum(self.sums)
        if self.order is not None:
            tensor = tensor.permute(self.order)
        return tensor if self.shape is None else tensor.reshape(self.shape)


class Step(NamedTuple):
    """How two labelled operands are multiplied and summed."""

    left: Side
    right: Side
    matrices: bool  # a matrix product; else elementwise, nothing is contracted
    shape: Shape | None
    labels: Labels


class _Half:
    """One operand while a step is planned: its labels and sizes as they become."""

    def __init__(self, labels: Labels, shape: Shape):
        self.sizes = dict(zip(labels, shape, strict=True))
        self.ones: tuple[int, ...] = ()
        self.sums: tuple[int, ...] = ()

    def drop(self, unwanted: Callable[[Label], bool]) -> tuple[int, ...]:
        """Leave out some labels; the dims they stood at."""
        dims = tuple([dim for dim, label in enumerate(self.sizes) if unwanted(label)])
        self.sizes = {label: n for label, n in self.sizes.items() if not unwanted(label)}
        return dims

    def side(self, order: Sequence[Label], shape: Shape) -> Side:
        labels = tuple(self.sizes)
        own = tuple([self.sizes[each] for each in order])
        return Side(self.ones, self.sums,
                    None if labels == tuple(order) else tuple([labels.index(e) for e in order]),
                    None if own == shape else shape)


@lru_cache(maxsize=512)
def _step(
    of_a: Labels, of_b: Labels, shape_a: Shape, shape_b: Shape, keep: frozenset[Label]
) -> Step:
    """How to contract two operands so that the labels in `keep` stay."""
    a, b = _Half(of_a, shape_a), _Half(of_b, shape_b)
    sizes_a, sizes_b = a.sizes, b.sizes
    a.ones = a.drop(lambda each: sizes_a[each] == 1 and sizes_b.get(each, 1) != 1)
    b.ones = b.drop(lambda each: sizes_b[each] == 1 and sizes_a.get(each, 1) != 1)
    a.sums = a.drop(lambda each: each not in keep and each not in b.sizes)
    b.sums = b.drop(lambda each: each not in keep and each not in a.sizes)
    shared = [each for each in a.sizes if each in b.sizes]
    batch = [each for each in shared if each in keep]
    inner = [each for each in shared if each not in keep]
    rows = [each for each in a.sizes if each not in shared]
    columns = [each for each in b.sizes if each not in shared]
    labels = (*batch, *rows, *columns)
    sizes = a.sizes | b.sizes
    many, tall, wide = ([sizes[each] for each in group] for group in (batch, rows, columns))
    shape = (*many, *tall, *wide)
    if not inner:
        left = a.side([*batch, *rows], (*many, *tall, *(1 for _ in wide)))
        right = b.side([*batch, *columns], (*many, *(1 for _ in tall), *wide))
        return Step(left, right, False, None, labels)
    deep = math.prod([sizes[each] for each in inner])
    first = (math.prod(many),) if batch else ()
    left = a.side([*batch, *rows, *inner], (*first, math.prod(tall), deep))
    right = b.side([*batch, *inner, *columns], (*first, deep, math.prod(wide)))
    made = (*first, math.prod(tall), math.prod(wide))
    return Step(left, right, True, None if made == shape else shape, labels)


def contract(a: Any, of_a: Labels, b: Any, of_b: Labels, keep: frozenset[Label]) -> Any:
    """The product of two labelled tensors, summed over labels not to be kept; and its labels."""
    left, right, matrices, shape, labels = _step(of_a, of_b, a._array.shape, b._array.shape, keep)
    a, b = left.prepare(a), right.prepare(b)
    product = matmul(a, b) if matrices else a * b
    return product if shape is None else product.reshape(shape), labels


def _diagonal(tensor: Any, labels: Labels) -> tuple[Any, Labels]:
    """The tensor with each label once: dims that share one are reduced to their diagonal."""
    while len(set(labels)) != len(labels):
        label = next(each for each in labels if labels.count(each) > 1)
        first = labels.index(label)
        second = labels.index(label, first + 1)
        tensor = tensor.diagonal(0, first, second)
        labels = (*labels[:first], *labels[first + 1 : second], *labels[second + 1 :], label)
    return tensor, labels


def _arranged(tensor: Any, labels: Labels, output: Labels) -> Any:
    """The tensor summed over the labels that are not in the output, in the output's order."""
    if labels == output:
        return tensor
    dims = [dim for dim, label in enumerate(labels) if label not in output]
    if dims:
        tensor = tensor.sum(dims)
        labels = tuple([each for each in labels if each in output])
    return tensor if labels == output else tensor.permute([labels.index(e) for e in output])


# --- einsum

@lru_cache(maxsize=512)
def _plan(equation: str, shapes: tuple[Shape, ...]) -> tuple[tuple[Labels, ...], Labels, Path]:
    """The labels of the operands and of the result, and in which order to contract."""
    inputs, output = _parse(equation, tuple(map(len, shapes)))
    _check_sizes(inputs, shapes)
    if len(shapes) < 3:
        return inputs, output, ((0, 1),) if len(shapes) == 2 else ()
    names = {label: i for i, label in enumerate(dict.fromkeys(sum(inputs, ())))}
    given: list[Any] = []
    for labels, shape in zip(inputs, shapes, strict=True):
        given += [np.broadcast_to(np.float32(0), shape), [names[each] for each in labels]]
    path = np.einsum_path(*given, [names[each] for each in output], optimize="greedy")[0][1:]
    return inputs, output, tuple([tuple(step) for step in path])


@composite(method=False)
def einsum(*args: Any) -> Tensor:
    """The sum of products that an equation in Einstein's notation says: "ij,jk->ik".

    Labels that are not in the result are summed over; without "->" the result has the labels that
    appear once, sorted. "..." stands for dims that broadcast. `einsum(x, [0, 1], y, [1, 2])` names
    the dims by numbers. Raises RuntimeError where equation and operands do not fit.
    Source: https://pytorch.org/docs/stable/generated/torch.einsum.html
    """
    if len(args) < 2:
        raise ValueError("einsum() takes an equation and at least one operand")
    if isinstance(args[0], Tensor):
        equation, operands = _from_lists(args)
    else:
        equation, operands = args[0], list(args[1:])
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = list(operands[0])
    if not isinstance(equation, str):
        raise TypeError(f"einsum(): the equation is a str, not {type(equation).__name__}")
    for i, each in enumerate(operands):
        if not isinstance(each, Tensor):
            need_tensor("einsum", f"operand {i}", each)
    inputs, output, path = _plan(equation, tuple([each._array.shape for each in operands]))
    pairs = [_diagonal(each, labels) for each, labels in zip(operands, inputs, strict=True)]
    for step in path:
        taken = [pairs.pop(i) for i in sorted(step, reverse=True)][::-1]
        found = taken[0]
        for i, other in enumerate(taken[1:], 1):
            later = [label for _, labels in pairs + taken[i + 1 :] for label in labels]
            found = contract(*found, *other, frozenset([*output, *later]))
        pairs.append(found)
    result = _arranged(*pairs[0], output)
    return result.view_as(result) if result is operands[0] else result


@composite(method=False, out=True)
def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    """The product of two tensors, summed over pairs of dims.

    dims: how many, the last of `a` with the first of `b`; or two lists, of dims of `a` and of `b`.
    Source: https://pytorch.org/docs/stable/generated/torch.tensordot.html
    """
    ndim_a, ndim_b = need_tensor("tensordot", "a", a)._array.ndim, b._array.ndim
    if isinstance(dims, Tensor):
        dims = dims.tolist()
    if isinstance(dims, (int, np.integer)):
        if not 0 <= dims <= min(ndim_a, ndim_b):
            raise RuntimeError(
                f"tensordot(): dims={dims} must be from 0 to {min(ndim_a, ndim_b)} for tensors of "
                f"{ndim_a} and {ndim_b} dims")
        dims = (range(ndim_a - dims, ndim_a), range(dims))
    of_a, of_b = ([each] if isinstance(each, int) else list(each) for each in dims)
    if len(of_a) != len(of_b):
        raise RuntimeError(f"tensordot(): {len(of_a)} dims of a, {len(of_b)} of b: as many of each")
    if a._array.dtype != b._array.dtype:
        raise RuntimeError(f"tensordot(): a is {a.dtype}, b is {b.dtype}: convert one of them")
    first, second = some_dims(of_a, ndim_a), some_dims(of_b, ndim_b)
    for left, right in zip(first, second, strict=True):
        sizes = a._array.shape[left], b._array.shape[right]
        if sizes[0] != sizes[1] and 1 not in sizes:
            raise RuntimeError(
                f"tensordot(): dim {left} of a has size {sizes[0]}, dim {right} of b {sizes[1]}")
    pairs = dict(zip(second, first, strict=True))
    labels_a: Labels = tuple(range(ndim_a))
    labels_b: Labels = tuple([pairs.get(dim, ndim_a + dim) for dim in range(ndim_b)])
    keep = frozenset(labels_a).symmetric_difference(labels_b)
    return contract(a, labels_a, b, labels_b, keep)[0]


@composite(out="cast")
def kron(input: Tensor, other: Tensor) -> Tensor:
    """The Kronecker product: every element of `input` times the whole of `other`."""
    need_tensor("kron", "other", other)
    ndim = max(input._array.ndim, other._array.ndim)
    a, b = ((1,) * (ndim - each._array.ndim) + each._array.shape for each in (input, other))
    spread_a = [size for each in a for size in (each, 1)]
    spread_b = [size for each in b for size in (1, each)]
    product: Any = input.reshape(spread_a) * other.reshape(spread_b)
    return product.reshape([x * y for x, y in zip(a, b, strict=True)])


# --- three dimensions, and the diagonal

@op(name="linalg.cross", out=True, method=False, node="LinalgCrossBackward0",
    input=lambda grad, other, dim: FACE["linalg.cross"](conjugate(other), grad, dim=dim),
    other=lambda grad, input, dim: FACE["linalg.cross"](grad, conjugate(input), dim=dim))
def linalg_cross(input: Tensor, other: Tensor, *, dim: int = -1) -> Any:
    """The cross product of the vectors of 3 along `dim`; other dims broadcast.

    Source: https://pytorch.org/docs/stable/generated/torch.linalg.cross.html
    """
    a, b = input._array, need_tensor("cross", "other", other)._array
    if a.ndim != b.ndim:
        raise RuntimeError(
            f"cross(): input has {a.ndim} dims, other {b.ndim}: they must have as many")
    dim = one_dim(dim, a.ndim)
    if a.dtype != b.dtype:
        raise RuntimeError(f"cross(): input is {input.dtype}, other {other.dtype}: convert one")
    if a.shape[dim : dim + 1] != (3,) or b.shape[dim] != 3:
        raise RuntimeError(
            f"cross(): dim {dim} must have size 3 in both, of shapes {list(a.shape)} and "
            f"{list(b.shape)}")
    a, b = np.moveaxis(widened(a), dim, -1), np.moveaxis(widened(b), dim, -1)
    ahead, behind = [1, 2, 0], [2, 0, 1]
    made = a[..., ahead] * b[..., behind] - a[..., behind] * b[..., ahead]
    return np.ascontiguousarray(np.moveaxis(made, -1, dim)).astype(input._array.dtype, copy=False)


@composite(out=True)
def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """The cross product of the vectors of 3 along `dim`; without it, the first dim of size 3."""
    if dim is None:
        shape = input._array.shape
        if 3 not in shape:
            raise RuntimeError(f"cross(): no dim of shape {list(shape)} has size 3")
        dim = shape.index(3)
    return linalg_cross(input, other, dim=dim)


@op(input=lambda grad, input_shape: grad * wrap(np.eye(*input_shape, dtype=grad._array.dtype)))
def trace(input: Tensor) -> Any:
    """The sum of the diagonal of a matrix; integers give int64."""
    array = input._array
    if array.ndim != 2:
        raise RuntimeError(f"trace() needs a matrix, not a tensor of {array.ndim} dims")
    if array.dtype == np.bool_:
        raise NotImplementedError("trace() is not defined for torch.bool")
    kind = np.int64 if array.dtype.kind in "iu" else array.dtype
    return np.asarray(widened(array).trace()).astype(kind)


@composite(name="linalg.vecdot", method=False, out=True)
def linalg_vecdot(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    """The sum of conj(x) * y along `dim`, of floating-point or complex numbers; dims broadcast."""
    if not (x.dtype.is_floating_point or x.dtype.is_complex):
        raise RuntimeError(f"vecdot() needs floating-point or complex numbers, not {x.dtype}")
    if x._array.dtype != y._array.dtype:
        raise RuntimeError(f"vecdot(): x is {x.dtype}, y is {y.dtype}: convert one of them")
    return (conjugate(x) * y).sum(dim)


# --- chains of matrix products

@composite(name="linalg.multi_dot", method=False, out=True)
def multi_dot(tensors: Sequence[Tensor]) -> Tensor:
    """The product of two or more matrices, multiplied in the order that takes the least work.

    The first and the last may be vectors, a row and a column.
    Source: https://pytorch.org/docs/stable/generated/torch.linalg.multi_dot.html
    """
    given: list[Any] = list(tensors)
    if len(given) < 2:
        raise RuntimeError(f"multi_dot(): needs at least 2 tensors, not {len(given)}")
    for i, each in enumerate(given):
        ndim, outer = each._array.ndim, i in (0, len(given) - 1)
        if ndim != 2 and not (ndim == 1 and outer):
            raise RuntimeError(f"multi_dot(): tensor {i} must have 2 dims"
                               f"{' or 1' if outer else ''}, not {ndim}")
        if each._array.dtype != given[0]._array.dtype:
            raise RuntimeError(
                f"multi_dot(): tensor 0 is {given[0].dtype}, tensor {i} {each.dtype}: convert one")
    row, column = given[0]._array.ndim == 1, given[-1]._array.ndim == 1
    if row:
        given[0] = given[0].unsqueeze(0)
    if column:
        given[-1] = given[-1].unsqueeze(1)
    for i in range(len(given) - 1):
        left, right = given[i]._array.shape, given[i + 1]._array.shape
        if left[1] != right[0]:
            raise RuntimeError(f"multi_dot(): tensors {i} and {i + 1}, of shapes {list(left)} and "
                               f"{list(right)}, do not multiply: {left[1]} is not {right[0]}")
    sizes = (given[0]._array.shape[0], *[each._array.shape[1] for each in given])
    result: Any = _chain(given, _splits(sizes), 0, len(given) - 1)
    if row:
        result = result.squeeze(0)
    return result.squeeze(-1) if column else result


@lru_cache(maxsize=128)
def _splits(sizes: tuple[int, ...]) -> dict[tuple[int, int], int]:
    """Where to split each stretch of a chain of matrices so that the fewest products are made."""
    count = len(sizes) - 1
    work = {(i, i): 0 for i in range(count)}
    split: dict[tuple[int, int], int] = {}
    for length in range(1, count):
        for first in range(count - length):
            last = first + length
            work[first, last], split[first, last] = min(
                (work[first, at] + work[at + 1, last]
                 + sizes[first] * sizes[at + 1] * sizes[last + 1], at)
                for at in range(first, last))
    return split


def _chain(matrices: list[Any], split: dict[tuple[int, int], int], first: int, last: int) -> Any:
    if first == last:
        return matrices[first]
    at = split[first, last]
    return matmul(_chain(matrices, split, first, at), _chain(matrices, split, at + 1, last))


@composite(method=False, out="cast")
def chain_matmul(*matrices: Tensor) -> Tensor:
    """The product of matrices: `linalg.multi_dot` of them."""
    for i, each in enumerate(matrices):
        if each._array.ndim != 2:
            raise RuntimeError(f"chain_matmul(): matrix {i} has {each._array.ndim} dims, not 2")
    if len(matrices) == 1:
        return matrices[0].clone()
    return multi_dot(matrices)


@composite(name="linalg.matrix_power", aliases=("matrix_power",), out="cast")
def matrix_power(A: Any, n: int) -> Tensor:
    """The product of `n` times the same square matrix, or batch of them; of its inverse if n < 0.

    Source: https://pytorch.org/docs/stable/generated/torch.linalg.matrix_power.html
    """
    shape = A._array.shape
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise RuntimeError(f"matrix_power() needs square matrices, not a shape of {list(shape)}")
    if n == 0:
        eye = np.eye(shape[-1], dtype=A._array.dtype)
        return A.masked_fill(wrap(np.ones(shape, np.bool_)), 0) + wrap(eye)
    factor = result = A if n > 0 else A.inverse()
    for bit in f"{abs(n):b}"[1:]:
        result = matmul(result, result)
        if bit == "1":
            result = matmul(result, factor)
    return result.clone() if result is A else result
