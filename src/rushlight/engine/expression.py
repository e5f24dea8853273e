"""The scalar language: what an elementwise formula says, as data.

A formula is a Python function over numbers, such as `1 / (1 + exp(-x))`. `trace` calls it once with
symbols and gets the tree of operations back; whoever runs it (`numpy_program.py` today) prints that
tree in a language of its own. Invariant: a tree is made of `Symbol`, `Apply` and Python numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Term:
    """Anything that arithmetic can be done with while a formula is traced."""

    __slots__ = ()

    def __add__(self, other: Formula) -> Formula:
        return apply("add", self, other)

    def __radd__(self, other: Formula) -> Formula:
        return apply("add", other, self)

    def __sub__(self, other: Formula) -> Formula:
        return apply("subtract", self, other)

    def __rsub__(self, other: Formula) -> Formula:
        return apply("subtract", other, self)

    def __mul__(self, other: Formula) -> Formula:
        return apply("multiply", self, other)

    def __rmul__(self, other: Formula) -> Formula:
        return apply("multiply", other, self)

    def __truediv__(self, other: Formula) -> Formula:
        return apply("divide", self, other)

    def __rtruediv__(self, other: Formula) -> Formula:
        return apply("divide", other, self)

    def __pow__(self, other: Formula) -> Formula:
        return apply("power", self, other)

    def __neg__(self) -> Formula:
        return apply("negative", self)

    def __and__(self, other: Formula) -> Formula:
        return apply("bitwise_and", self, other)

    def __or__(self, other: Formula) -> Formula:
        return apply("bitwise_or", self, other)

    def __xor__(self, other: Formula) -> Formula:
        return apply("bitwise_xor", self, other)

    def __invert__(self) -> Formula:
        return apply("invert", self)

    def __lshift__(self, other: Formula) -> Formula:
        return apply("left_shift", self, other)

    def __rshift__(self, other: Formula) -> Formula:
        return apply("right_shift", self, other)

    def __lt__(self, other: Formula) -> Formula:
        return apply("less", self, other)

    def __le__(self, other: Formula) -> Formula:
        return apply("less_equal", self, other)

    def __gt__(self, other: Formula) -> Formula:
        return apply("greater", self, other)

    def __ge__(self, other: Formula) -> Formula:
        return apply("greater_equal", self, other)

    def __eq__(self, other: object) -> Any:
        return apply("equal", self, other)  # type: ignore[arg-type]

    def __ne__(self, other: object) -> Any:
        return apply("not_equal", self, other)  # type: ignore[arg-type]

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        raise TypeError("a formula cannot branch on a value: write where(condition, a, b)")


class Symbol(Term):
    """A formula's parameter."""

    __slots__ = ("name",)

    def __init__(self, name: str):
        self.name = name


class Apply(Term):
    """An operation on terms."""

    __slots__ = ("operands", "operation")

    def __init__(self, operation: str, operands: tuple[Formula, ...]):
        self.operation = operation
        self.operands = operands


Formula = Term | complex | float | int | bool


def apply(operation: str, *operands: Formula) -> Formula:
    """`operation` on `operands`; a product with the number 1 is the other factor."""
    if operation == "multiply":
        for one, other in (operands, operands[::-1]):
            if not isinstance(one, Term) and one == 1:
                return other
    return Apply(operation, operands)


def _operation(name: str) -> Callable[..., Formula]:
    def operation(*operands: Formula) -> Formula:
        return apply(name, *operands)

    operation.__name__ = name
    return operation


def __getattr__(name: str) -> Callable[..., Formula]:
    """Every other operation is called by its name: `expression.exp`, `expression.where`."""
    if name.startswith("_"):
        raise AttributeError(name)
    return _operation(name)


def trace(
    formula: Callable[..., Formula], parameters: tuple[str, ...], fixed: dict[str, Any]
) -> Formula:
    """The tree of `formula`, its `parameters` as symbols and the `fixed` ones as given."""
    return formula(**{each: Symbol(each) for each in parameters}, **fixed)
