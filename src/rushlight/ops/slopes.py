"""Derivatives that are formulas, as the rows they belong to are.

    @traced
    def _silu_backward(grad, input):
        share = e.sigmoid(input)
        return grad * share * (1 + input * (1 - share))

The formula is the whole product with `grad`. Going back once it is one loop; where the gradient is
to be differentiated again, the same lines run on tensors and leave a graph behind. `e` serves both:
it gives a term where formulas are traced, and calls the op where the operands are tensors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rushlight.autograd.modes import modes
from rushlight.engine import expression
from rushlight.ops.elementwise import Pointwise, general
from rushlight.ops.op import FACE, parameters_of
from rushlight.tensor.tensor import Tensor


class _Either:
    """The words of the scalar language, for tensors too."""

    def sigmoid(self, x: Any) -> Any:
        """1 / (1 + exp(-x))."""
        return x.sigmoid() if isinstance(x, Tensor) else 1 / (1 + expression.exp(-x))

    def softplus(self, x: Any) -> Any:
        """log(1 + exp(x))."""
        if isinstance(x, Tensor):
            return FACE["nn.functional.softplus"](x)
        return expression.maximum(x, 0) + expression.log1p(expression.exp(-expression.absolute(x)))

    def at_least(self, x: Any, least: float) -> Any:
        """x, but not below a number."""
        return x.clamp_min(least) if isinstance(x, Tensor) else expression.maximum(x, least)

    def __getattr__(self, name: str) -> Any:
        term = getattr(expression, name)

        def word(*operands: Any) -> Any:
            if any(isinstance(each, Tensor) for each in operands):
                return FACE[name](*operands)
            return term(*operands)

        setattr(self, name, word)
        return word


either: Any = _Either()


def traced(
    product: Callable[..., Any] | None = None, *, flat: bool = False
) -> Callable[..., Any]:
    """Make a derivative of a formula whose first parameter is `grad`: see the top of this file.

    flat: the slope is constant in pieces, and so its own derivative is 0.
    """
    if product is None:
        return lambda given: traced(given, flat=flat)

    def derivative(*given: Any) -> Any:
        return product(*given) if modes.grad and not flat else general(row, given, {})

    names = derivative.needs = parameters_of(product)  # type: ignore[attr-defined]
    row = Pointwise(
        product, {"grad": derivative, names[1]: lambda grad: grad * 0} if flat else {},
        "same", "same", "fc", names, None, None, None, name=product.__name__)
    return derivative
