"""`jacrev`, `jacfwd`, `hessian`: all derivatives of a function's outputs, one pass for each.

Source: https://docs.pytorch.org/docs/stable/generated/torch.func.jacrev.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import numpy as np

from rushlight.autograd.modes import enable_grad, modes
from rushlight.autograd.pulling import Push, pull, reaches_beyond, zeros_like
from rushlight.func.transforms import Entered, Function, chosen, output_tensors, split
from rushlight.ops.op import FACE
from rushlight.tensor.tensor import Tensor, wrap


def units(tensor: Tensor) -> Iterator[Tensor]:
    """For each element, zeros of the tensor's shape with a one in its place."""
    shape, dtype = tensor._array.shape, tensor._array.dtype
    for i in range(tensor._array.size):
        array = np.zeros(shape, dtype)
        array.reshape(-1)[i] = 1
        yield wrap(array)


class _Recorded:
    """One call of the function, with what its derivatives need."""

    def __init__(self, func: Function, argnums: Any, has_aux: bool, args: Any, kwargs: Any,
                 name: str):
        places = chosen(argnums, args)
        given = list(args)
        self.single = isinstance(argnums, int)
        with enable_grad():
            self.each = [Entered(args[place], name) for place in places]
            for place, entered in zip(places, self.each, strict=True):
                given[place] = entered.values
            output, aux = split(func(*given, **kwargs), has_aux, name)
        self.inputs = [tensor for entered in self.each for tensor in entered.tensors]
        self.outputs, self.rebuild = output_tensors(output, name)
        self.create = modes.grad and reaches_beyond(self.outputs, self.inputs)
        self.aux = Entered.left_by(self.each[0], aux) if has_aux else None

    def form(self, block: Callable[[int, int], Tensor]) -> Any:
        """The blocks d(output i) / d(input j) in the form of the outputs, then of the inputs."""
        rows = []
        for i in range(len(self.outputs)):
            at = 0
            row = []
            for entered in self.each:
                count = len(entered.tensors)
                row.append(entered.rebuild([block(i, at + j) for j in range(count)]))
                at += count
            rows.append(row[0] if self.single else tuple(row))
        return self.rebuild(rows)


def _stacked(rows: list[Any], like: Tensor, shape: tuple[int, ...], dim: int) -> Tensor:
    """Rows (None: zeros) stacked along `dim`, which is then unfolded to `shape`."""
    if not rows:
        own = like._array.shape
        return wrap(np.zeros((*shape, *own) if dim == 0 else (*own, *shape), like._array.dtype))
    filled = [zeros_like(like) if each is None else each for each in rows]
    made = FACE["stack"](filled, dim)
    kept = like._array.shape
    return made.reshape((*shape, *kept) if dim == 0 else (*kept, *shape))


def jacrev(
    func: Function, argnums: int | tuple[int, ...] = 0, *, has_aux: bool = False,
    chunk_size: int | None = None, _preallocate_and_copy: bool = False,
) -> Function:
    """The function that gives the Jacobian of `func`, by one backward pass for each output element.

    The result has the form of the output, each leaf in the form of the argument, of shape
    (output's shape, input's shape). RuntimeError for what is no Tensor.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.func.jacrev.html
    """
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError("jacrev: chunk_size must be positive")

    @wraps(func)
    def jacobian(*args: Any, **kwargs: Any) -> Any:
        call = _Recorded(func, argnums, has_aux, args, kwargs, "jacrev")
        rows = [
            [pull((output,), call.inputs, (unit,), call.create) for unit in units(output)]
            for output in call.outputs]

        def block(i: int, j: int) -> Tensor:
            shape = call.outputs[i]._array.shape
            return _stacked([row[j] for row in rows[i]], call.inputs[j], shape, 0)

        made = call.form(block)
        return (made, call.aux) if has_aux else made

    return jacobian


def jacfwd(
    func: Function, argnums: int | tuple[int, ...] = 0, has_aux: bool = False, *,
    randomness: str = "error",
) -> Function:
    """As `jacrev`, by one forward derivative for each input element.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.func.jacfwd.html
    """

    @wraps(func)
    def jacobian(*args: Any, **kwargs: Any) -> Any:
        call = _Recorded(func, argnums, has_aux, args, kwargs, "jacfwd")
        push = Push(call.outputs, call.inputs)
        columns: list[list[Any]] = []
        for j, entered in enumerate(call.inputs):
            before, after = [None] * j, [None] * (len(call.inputs) - j - 1)
            columns.append([
                push([*before, unit, *after], call.create) for unit in units(entered)])

        def block(i: int, j: int) -> Tensor:
            shape = call.inputs[j]._array.shape
            return _stacked([each[i] for each in columns[j]], call.outputs[i], shape, -1)

        made = call.form(block)
        return (made, call.aux) if has_aux else made

    return jacobian


def hessian(func: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """The function that gives the second derivatives of `func`: the Jacobian of its Jacobian.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.func.hessian.html
    """
    return jacrev(jacrev(func, argnums), argnums)
