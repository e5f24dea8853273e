"""`autograd.functional`: Jacobians, Hessians and their products, for functions of tensors.

Source: https://pytorch.org/docs/stable/autograd.html#functional-higher-level-api
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rushlight.autograd.modes import enable_grad
from rushlight.autograd.pulling import Push, enter, pull, zeros_like
from rushlight.tensor.tensor import Tensor, alias, wrap

Function = Callable[..., Any]
Tensors = tuple[Tensor, ...]


def _tuple(given: Any, what: str) -> tuple[bool, Tensors]:
    """Whether it was one tensor, and the tensors; TypeError for anything else."""
    single = not isinstance(given, tuple)
    several = (given,) if single else given
    for each in several:
        if not isinstance(each, Tensor):
            raise TypeError(
                f"the {what} must be a Tensor or a tuple of them, not {type(each).__name__}")
    return single, several


class _Call:
    """One recorded call of the function: its inputs as they entered it, and its outputs."""

    def __init__(self, func: Function, inputs: Any, create_graph: bool, strict: bool):
        self.single, given = _tuple(inputs, "inputs")
        self.create, self.strict = create_graph, strict
        with enable_grad():
            self.inputs = tuple([enter(each if create_graph else alias(each)) for each in given])
            result = func(*self.inputs)
        self.single_out, self.outputs = _tuple(result, "outputs of the function")
        if strict and any(each._node is None for each in self.outputs):
            raise RuntimeError("strict: an output does not depend on the inputs")

    def scalar(self) -> None:
        """RuntimeError unless there is one output of one element."""
        if not self.single_out or self.outputs[0]._array.size != 1:
            raise RuntimeError("the function must return one Tensor with a single element")

    def left(self, tensors: Sequence[Tensor], single: bool) -> Any:
        """Results, outside the graph unless it was asked for."""
        made = tuple(tensors) if self.create else tuple([alias(each) for each in tensors])
        return made[0] if single else made

    def filled(self, found: Sequence[Tensor | None], like: Sequence[Tensor]) -> list[Tensor]:
        """Zeros for what depends on nothing, or RuntimeError where that is to be strict."""
        if self.strict and any(each is None for each in found):
            raise RuntimeError("strict: an output does not depend on one of the inputs")
        return [zeros_like(tensor) if each is None else each
                for tensor, each in zip(like, found, strict=True)]


def _vectors(v: Any, like: Sequence[Tensor], what: str) -> Tensors:
    """The vectors of a product, of the shapes of what they meet; a lone scalar's may be left out.
    """
    if v is None:
        if len(like) != 1 or like[0]._array.size != 1:
            raise RuntimeError(
                f"the vector v can be left out only where the {what} is a single element")
        return (wrap(np.ones(like[0]._array.shape, like[0]._array.dtype)),)
    _, given = _tuple(v, "vector v")
    if [each._array.shape for each in given] != [each._array.shape for each in like]:
        raise RuntimeError(f"v must have the shapes of the {what}: "
                           f"{[list(each.shape) for each in like]}")
    return given


def vjp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """(outputs, v times the Jacobian): v is of the outputs' shapes, the product of the inputs'.

    Source: https://pytorch.org/docs/stable/generated/torch.autograd.functional.vjp.html
    """
    call = _Call(func, inputs, create_graph, strict)
    found = pull(call.outputs, call.inputs, _vectors(v, call.outputs, "output"), create_graph)
    product = call.filled(found, call.inputs)
    return call.left(call.outputs, call.single_out), call.left(product, call.single)


def jvp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """(outputs, the Jacobian times v): v is of the inputs' shapes, the product of the outputs'.

    Source: https://pytorch.org/docs/stable/generated/torch.autograd.functional.jvp.html
    """
    call = _Call(func, inputs, create_graph, strict)
    found = Push(call.outputs, call.inputs)(_vectors(v, call.inputs, "input"), create_graph)
    product = call.filled(found, call.outputs)
    return call.left(call.outputs, call.single_out), call.left(product, call.single_out)


def _unit(tensor: Tensor, i: int) -> Tensor:
    array = np.zeros(tensor._array.shape, tensor._array.dtype)
    array.reshape(-1)[i] = 1
    return wrap(array)


def _stack(rows: list[Any], lead: tuple[int, ...], like: Tensor) -> Tensor:
    """Rows of the shape of `like`, under dims of the shape `lead`."""
    shape = (*lead, *like._array.shape)
    if not rows:
        return wrap(np.zeros(shape, like._array.dtype))
    return rows[0]._stack(rows).reshape(shape)


def jacobian(
    func: Function, inputs: Any, create_graph: bool = False, strict: bool = False,
    vectorize: bool = False, strategy: str = "reverse-mode",
) -> Any:
    """The Jacobian: for each output and each input, d(output) / d(input), of both shapes together.

    strict: RuntimeError where an output does not depend on an input (else zeros). strategy:
    "reverse-mode", or, with vectorize, "forward-mode"; vectorize changes nothing else.
    Source: https://pytorch.org/docs/stable/generated/torch.autograd.functional.jacobian.html
    """
    if strategy not in ("reverse-mode", "forward-mode"):
        raise ValueError(f"strategy is 'reverse-mode' or 'forward-mode', not {strategy!r}")
    if vectorize and strict:
        raise RuntimeError("jacobian: strict=True and vectorize=True can't go together")
    if strategy == "forward-mode":
        if create_graph:
            raise NotImplementedError("jacobian: create_graph=True needs strategy='reverse-mode'")
        if not vectorize:
            raise NotImplementedError("jacobian: strategy='forward-mode' needs vectorize=True")
    call = _Call(func, inputs, create_graph, strict)
    blocks = []
    for output in call.outputs:
        rows = [
            call.filled(pull((output,), call.inputs, (_unit(output, i),), create_graph),
                        call.inputs)
            for i in range(output._array.size)]
        made = [
            _stack([row[j] for row in rows], output._array.shape, each)
            for j, each in enumerate(call.inputs)]
        blocks.append(call.left(made, call.single))
    return blocks[0] if call.single_out else tuple(blocks)


def _gradient(func: Function, strict: bool, call: Callable[[_Call], None]) -> Function:
    """The gradient of a function of one scalar output, as a function of the same inputs."""

    def gradient(*inputs: Tensor) -> Any:
        inner = _Call(func, inputs, True, strict)
        inner.scalar()
        call(inner)
        one = wrap(np.ones(inner.outputs[0]._array.shape, inner.outputs[0]._array.dtype))
        found = pull(inner.outputs, inner.inputs, (one,), True)
        return tuple(inner.filled(found, inner.inputs))

    return gradient


def hessian(
    func: Function, inputs: Any, create_graph: bool = False, strict: bool = False,
    vectorize: bool = False, outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The second derivatives of a function with one output of one element: see `jacobian`.

    Source: https://pytorch.org/docs/stable/generated/torch.autograd.functional.hessian.html
    """
    single, given = _tuple(inputs, "inputs")
    found = jacobian(_gradient(func, strict, lambda call: None), given, create_graph, strict,
                     vectorize, outer_jacobian_strategy)
    return found[0][0] if single else found


def vhp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """(output, v times the Hessian) of a function with one output of one element.

    Source: https://pytorch.org/docs/stable/generated/torch.autograd.functional.vhp.html
    """
    return _product(vjp, func, inputs, v, create_graph, strict)


def hvp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """(output, the Hessian times v) of a function with one output of one element.

    Source: https://pytorch.org/docs/stable/generated/torch.autograd.functional.hvp.html
    """
    return _product(jvp, func, inputs, v, create_graph, strict)


def _product(
    product: Function, func: Function, inputs: Any, v: Any, create_graph: bool, strict: bool
) -> tuple[Any, Any]:
    single, given = _tuple(inputs, "inputs")
    vectors = _vectors(v, given, "input")
    seen: list[Any] = []
    gradient = _gradient(func, strict, lambda call: seen.append(call.outputs[0]))
    _, found = product(gradient, given, vectors, create_graph, strict)
    output = seen[0] if create_graph else alias(seen[0])
    return output, found[0] if single else found
