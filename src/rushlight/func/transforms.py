"""`grad`, `vjp`, `jvp` and their kin: functions that give a function's derivatives.

Source: https://docs.pytorch.org/docs/stable/func.api.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from rushlight.autograd.modes import enable_grad, modes
from rushlight.autograd.pulling import Push, enter, pull, reaches_beyond, zeros_like
from rushlight.tensor import trees
from rushlight.tensor.tensor import Tensor, alias, wrap

Function = Callable[..., Any]


def chosen(argnums: int | tuple[int, ...], args: Sequence[Any]) -> tuple[int, ...]:
    """The places of the arguments to differentiate; RuntimeError for wrong ones."""
    places = (argnums,) if isinstance(argnums, int) else argnums
    if not isinstance(places, tuple) or not places or not all(
        isinstance(each, int) for each in places
    ):
        raise RuntimeError(f"argnums must be an int or a tuple of them, not {argnums!r}")
    if not all(-len(args) <= each < len(args) for each in places):
        raise RuntimeError(f"argnums={argnums} for a function called with {len(args)} arguments")
    found = tuple([each % len(args) for each in places])
    if len(set(found)) < len(found):
        raise RuntimeError(f"argnums={argnums} names an argument twice")
    return found


class Entered:
    """Trees of tensors as they enter a function: `values` of the same form, `tensors` in a list."""

    def __init__(self, tree: Any, name: str):
        leaves, self.rebuild = trees.flatten(tree)
        for each in leaves:
            if not isinstance(each, Tensor):
                raise RuntimeError(
                    f"{name}: what is differentiated must be Tensors, not {type(each).__name__}")
        self.tensors = [enter(each) for each in leaves]
        self.values = self.rebuild(self.tensors)

    def gradients(self, found: Sequence[Tensor | None]) -> Any:
        """Gradients in the form of the tree, zeros where there is none."""
        return self.rebuild([
            zeros_like(tensor) if each is None else each
            for tensor, each in zip(self.tensors, found, strict=True)])

    def left_by(self, result: Any) -> Any:
        """A result outside this graph, unless it is part of an outer one as well."""
        return trees.mapped(self._leave, result)

    def _leave(self, each: Any) -> Any:
        if not isinstance(each, Tensor) or each._node is None:
            return each
        if modes.grad and reaches_beyond((each,), self.tensors):
            return each
        return alias(each)


def split(result: Any, has_aux: bool, name: str) -> tuple[Any, Any]:
    """The output and what came with it; RuntimeError where has_aux finds no pair."""
    if not has_aux:
        return result, None
    if not isinstance(result, tuple) or len(result) != 2:
        raise RuntimeError(f"{name}: with has_aux=True the function returns (output, aux)")
    return result


def output_tensors(result: Any, name: str) -> tuple[list[Tensor], Callable[[Any], Any]]:
    """The tensors of a result, and how to rebuild its form; RuntimeError for what is no tensor."""
    leaves, rebuild = trees.flatten(result)
    for each in leaves:
        if not isinstance(each, Tensor):
            raise RuntimeError(
                f"{name}: the function must return Tensors, not {type(each).__name__}")
    return leaves, rebuild


def grad(func: Function, argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Function:
    """The function that gives the gradient of `func`, whose output is one number.

    argnums: which arguments (trees of tensors) to differentiate; a tuple gives a tuple. has_aux:
    `func` returns (output, aux), and the new function (gradient, aux). RuntimeError where the
    output is no scalar Tensor.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.func.grad.html
    """
    both = grad_and_value(func, argnums, has_aux)

    @wraps(func)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        found, value = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return gradient


def grad_and_value(
    func: Function, argnums: int | tuple[int, ...] = 0, has_aux: bool = False
) -> Function:
    """As `grad`, giving (gradient, value), or (gradient, (value, aux)).

    Source: https://docs.pytorch.org/docs/stable/generated/torch.func.grad_and_value.html
    """

    @wraps(func)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        places = chosen(argnums, args)
        given: list[Any] = list(args)
        with enable_grad():
            entered = Entered([args[each] for each in places], "grad")
            for place, value in zip(places, entered.values, strict=True):
                given[place] = value
            output, aux = split(func(*given, **kwargs), has_aux, "grad")
        if not isinstance(output, Tensor):
            raise RuntimeError(
                f"grad: the function must return a Tensor, not {type(output).__name__}")
        if output._array.ndim:
            raise RuntimeError(
                f"grad: the function must return a scalar; this has shape {list(output.shape)}")
        if output._array.dtype.kind == "c":
            raise RuntimeError("grad: the function must return a real scalar, not a complex one")
        create = modes.grad and reaches_beyond((output,), entered.tensors)
        one = wrap(np.ones((), output._array.dtype))
        found = pull((output,), entered.tensors, (one,), create, keep=create or has_aux)
        gradients = entered.gradients(found)
        made = gradients[0] if isinstance(argnums, int) else tuple(gradients)
        value = output if create else alias(output)
        return made, (value, entered.left_by(aux)) if has_aux else value

    return gradient


def vjp(func: Function, *primals: Any, has_aux: bool = False) -> Any:
    """(output, vjp_fn): `vjp_fn(cotangents)` gives the gradients for all of `primals`.

    The cotangents have the form of the output; one primal gives its gradient, several a tuple.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.func.vjp.html
    """
    if not primals:
        raise RuntimeError("vjp() needs at least one primal")
    with enable_grad():
        entered = Entered(primals, "vjp")
        output, aux = split(func(*entered.values), has_aux, "vjp")
    outputs, rebuild = output_tensors(output, "vjp")
    beyond = reaches_beyond(outputs, entered.tensors)

    def vjp_fn(
        *cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None
    ) -> Any:
        given = cotangents[0] if len(cotangents) == 1 else cotangents
        leaves, _ = trees.flatten(given)
        if len(leaves) != len(outputs):
            raise RuntimeError(
                f"vjp_fn: {len(outputs)} outputs need as many cotangents, not {len(leaves)}")
        for each, out in zip(leaves, outputs, strict=True):
            if not isinstance(each, Tensor) or each._array.shape != out._array.shape:
                raise RuntimeError(
                    f"vjp_fn: a cotangent must be a Tensor of its output's shape, "
                    f"{list(out.shape)}, not {getattr(each, 'shape', each)}")
        create = modes.grad if create_graph is None else create_graph
        create = create and (beyond or any(each._node is not None for each in leaves))
        found = pull(outputs, entered.tensors, leaves, create, keep=retain_graph)
        gradients = entered.gradients(found)
        return gradients[0] if len(primals) == 1 else gradients

    result = entered.left_by(rebuild(outputs))
    return (result, vjp_fn, entered.left_by(aux)) if has_aux else (result, vjp_fn)


def _tangents(primals: Any, tangents: Any, name: str) -> list[Tensor]:
    tensors, _ = trees.flatten(primals)
    leaves, _ = trees.flatten(tangents)
    if len(tensors) != len(leaves):
        raise RuntimeError(
            f"{name}: {len(tensors)} primals need as many tangents, not {len(leaves)}")
    for primal, tangent in zip(tensors, leaves, strict=True):
        if not isinstance(tangent, Tensor) or tangent._array.shape != primal._array.shape:
            raise RuntimeError(
                f"{name}: a tangent must be a Tensor of its primal's shape, "
                f"{list(primal.shape)}, not {getattr(tangent, 'shape', tangent)}")
    return leaves


def _pushed(outputs: Sequence[Tensor], found: Sequence[Tensor | None]) -> list[Tensor]:
    return [zeros_like(output) if each is None else each
            for output, each in zip(outputs, found, strict=True)]


def jvp(
    func: Function, primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False
) -> Any:
    """(output, its tangent): the Jacobian of `func` at the tuple `primals`, times `tangents`.

    strict: RuntimeError where an output does not depend on the primals. has_aux: also the aux.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.func.jvp.html
    """
    if not isinstance(primals, tuple) or not primals:
        raise RuntimeError("jvp: primals are a tuple of at least one Tensor")
    if not isinstance(tangents, tuple):
        raise RuntimeError("jvp: tangents are a tuple, as primals are")
    given = _tangents(primals, tangents, "jvp")
    with enable_grad():
        entered = Entered(primals, "jvp")
        output, aux = split(func(*entered.values), has_aux, "jvp")
    outputs, rebuild = output_tensors(output, "jvp")
    if strict and any(each._node is None for each in outputs):
        raise RuntimeError("jvp: an output does not depend on the primals")
    create = modes.grad and (
        any(each._node is not None for each in given) or reaches_beyond(outputs, entered.tensors))
    pushed = rebuild(_pushed(outputs, Push(outputs, entered.tensors)(given, create)))
    result = entered.left_by(output)
    return (result, pushed, entered.left_by(aux)) if has_aux else (result, pushed)


def linearize(func: Function, *primals: Any) -> tuple[Any, Function]:
    """(output, jvp_fn): `jvp_fn(*tangents)` gives the output's tangent, without `func` run again.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.func.linearize.html
    """
    if not primals:
        raise RuntimeError("linearize() needs at least one primal")
    with enable_grad():
        entered = Entered(primals, "linearize")
        outputs, rebuild = output_tensors(func(*entered.values), "linearize")
    push = Push(outputs, entered.tensors)
    beyond = reaches_beyond(outputs, entered.tensors)

    def jvp_fn(*tangents: Any) -> Any:
        given = _tangents(primals, tangents, "linearize")
        create = modes.grad and (beyond or any(each._node is not None for each in given))
        return rebuild(_pushed(outputs, push(given, create)))

    return entered.left_by(rebuild(outputs)), jvp_fn
