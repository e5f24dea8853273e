"""Run a graph of deferred values with NumPy, one operation after the other.

This is what a loop must agree with: the oracle of the tests, and the runner of what is too small
for a kernel.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rushlight.engine.deferred import REDUCTIONS, Deferred
from rushlight.engine.numpy_program import callee

Array = np.ndarray[Any, Any]
_UFUNCS = {kind: name for name, kind in REDUCTIONS.items()}


def plainly(function: Callable[[list[Array]], Array], arrays: list[Array]) -> Array:
    """Call the function with the arrays."""
    return function(arrays)


def run(root: Deferred, call: Callable[..., Array] = plainly) -> None:
    """Compute `root`, and all that it is made of: `call` makes each array."""
    stack = [root]
    while stack:
        node = stack[-1]
        if node.value is not None:
            stack.pop()
            continue
        pending = [x for x in node.operands if type(x) is Deferred and x.value is None]
        if pending:
            stack += pending
            continue
        stack.pop()
        operands = [x.value if type(x) is Deferred else x for x in node.operands]
        arrays = [x for x in operands if isinstance(x, np.ndarray)]
        node.settle(call(_call_of(node, operands), arrays))


def _call_of(node: Deferred, operands: list[Any]) -> Callable[[list[Array]], Array]:
    """The node's operation as a function of those of its operands that are arrays."""
    function = _function_of(node, operands)
    numbers = {k: x for k, x in enumerate(operands) if not isinstance(x, np.ndarray)}
    row_major, shape = node.into is not None, node.shape

    def call(arrays: list[Array]) -> Array:
        if numbers:
            arrays = arrays[:]
            for k, number in numbers.items():
                arrays.insert(k, number)
        made = np.asarray(function(*arrays))
        return np.ascontiguousarray(made).reshape(shape) if row_major else made

    return call


def _function_of(node: Deferred, operands: list[Any]) -> Callable[..., Any]:
    operation, dtype, shape = node.operation, node.dtype, node.shape
    if operation == "cast":
        return lambda array: array.astype(dtype)
    if operation == "formula":
        function, options = node.axes or ()
        return lambda *arrays: function(*arrays, *options)
    if operation == "reshape":
        return lambda array: array.reshape(shape)
    if operation.startswith("reduce."):
        reduce = getattr(np, _UFUNCS[operation.removeprefix("reduce.")]).reduce
        axes, keepdims = node.axes, len(shape) == operands[0].ndim
        return lambda array: reduce(array, axis=axes, keepdims=keepdims, out=...)
    return callee(operation)
