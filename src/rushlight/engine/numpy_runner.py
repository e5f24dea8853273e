"""Run a graph of deferred values with NumPy, one operation after the other.

This is what a loop must agree with: the oracle of the tests, and the runner of what is too small
for a kernel.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.engine.deferred import REDUCTIONS, Deferred
from rushlight.engine.numpy_program import callee

Array = np.ndarray[Any, Any]
_UFUNCS = {kind: name for name, kind in REDUCTIONS.items()}


def run(root: Deferred) -> None:
    """Compute `root`, and all that it is made of."""
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
        made = _applied(node, [x.value if type(x) is Deferred else x for x in node.operands])
        if node.into is not None:
            made = np.ascontiguousarray(made).reshape(node.shape)
        node.settle(made)


def _applied(node: Deferred, operands: list[Any]) -> Array:
    operation = node.operation
    if operation == "cast":
        return operands[0].astype(node.dtype)
    if operation == "formula":
        function, options = node.axes or ()
        return np.asarray(function(operands[0], *options))
    if operation == "reshape":
        return operands[0].reshape(node.shape)
    if operation.startswith("reduce."):
        kind = operation.removeprefix("reduce.")
        reduce = getattr(np, _UFUNCS[kind]).reduce
        keepdims = len(node.shape) == operands[0].ndim
        return reduce(operands[0], axis=node.axes, keepdims=keepdims, out=...)
    return np.asarray(callee(operation)(*operands))
