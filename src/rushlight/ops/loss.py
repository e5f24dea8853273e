"""What every loss ends with: its terms as they are, their mean or their sum.

`loss` makes a row of the formula of one term. The terms and their sum are one pass over memory; so
is the way back, where the slope of each term meets the gradient of the whole.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rushlight.ops import shortcut
from rushlight.ops.elementwise import Pointwise
from rushlight.ops.op import FACE, Op, needs, run, source_of
from rushlight.tensor.tensor import Tensor, wrap

NAMES = ("none", "mean", "sum")


def reduction_of(size_average: Any, reduce: Any, reduction: str) -> str:
    """The reduction that is meant, by its name or, in older programs, by two bools."""
    if size_average is None and reduce is None:
        return reduction
    averaged = size_average is None or bool(size_average)
    meant = "none" if reduce is not None and not reduce else "mean" if averaged else "sum"
    warnings.warn(
        f"size_average and reduce are no longer used: write reduction={meant!r}", stacklevel=4)
    return meant


def checked(reduction: str, allowed: Sequence[str] = NAMES) -> str:
    """The reduction; ValueError if there is none of this name."""
    if reduction not in allowed:
        raise ValueError(f"reduction is one of {', '.join(allowed)}, not {reduction!r}")
    return reduction


def reduced(terms: Tensor, reduction: str) -> Tensor:
    """The terms, their mean or their sum. ValueError for a name that is none of these."""
    checked(reduction)
    return terms if reduction == "none" else terms.mean() if reduction == "mean" else terms.sum()


def broadcast(name: str, input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Both in their common shape, with a warning where they differ: it is seldom meant."""
    if input._array.shape == target._array.shape:
        return input, target
    warnings.warn(
        f"{name}(): target of shape {list(target.shape)} is broadcast with input of shape "
        f"{list(input.shape)}: give them one shape", stacklevel=4)
    first, second = FACE["broadcast_tensors"](input, target)
    return first, second


class Loss(Op):
    """A row over a formula's operands and, by keyword, `reduction`."""

    def __init__(
        self, formula: Callable[..., Any], slopes: dict[str, Any], name: str, node: str | None
    ):
        super().__init__(
            formula, {each: _of_reduced(slope) for each, slope in slopes.items()}, name, node)
        self.terms = Pointwise(
            formula, {}, "same", "same", "f", (), None, None, None, name=name.rpartition(".")[2])
        self.whole = shortcut.formula(self.terms, summed=True)
        self.forward = self.compute
        self.parameters = (*self.positional, "reduction")
        self.sources = tuple([source_of(each, self.parameters) for each in self.saves])

    def compute(self, *operands: Any, reduction: str) -> Any:
        """The terms, their mean or their sum."""
        if reduction != "none":
            whole = self.whole(*operands)
            if whole is not None:
                return whole if reduction == "sum" else np.true_divide(
                    whole, operands[0]._array.size, out=...)
        array = self.terms.quick(*operands) if self.terms.quick else None
        if array is None:
            array = self.terms.compute(*operands)
        return reduced(wrap(array), reduction)._array


def loss(
    name: str, node: str | None = None, **slopes: Any
) -> Callable[[Callable[..., Any]], Callable[..., Tensor]]:
    """Make a row of a formula of one term: a function of its operands, then `reduction`.

    slopes: for each differentiable operand the derivative of a term, a whole product with `grad`.
    """

    def decorate(formula: Callable[..., Any]) -> Callable[..., Tensor]:
        row = Loss(formula, slopes, f"nn.functional.{name}", node)

        def function(*operands: Any, reduction: str = "mean") -> Tensor:
            return run(row, operands, {"reduction": checked(reduction)})

        return function

    return decorate


def _of_reduced(slope: Callable[..., Any]) -> Callable[..., Any]:
    """The derivative of the reduced terms, from that of one."""
    names = needs(slope)

    def derivative(grad: Tensor, reduction: str, shape: Any, *given: Any) -> Any:
        if reduction == "mean":
            grad = grad / math.prod(shape)
        return slope(grad, *given)

    derivative.needs = ("grad", "reduction", "input_shape", *names[1:])  # type: ignore[attr-defined]
    return derivative
