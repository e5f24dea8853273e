"""Cross entropy of rows of scores by kernels (`engine/row_losses.py`): the usual case of several.

All others are in `classes.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from rushlight.autograd.modes import modes
from rushlight.engine import at_hand
from rushlight.engine.deferred import computed
from rushlight.ops.whole_steps import again, kind, record
from rushlight.tensor.tensor import Array, Tensor, wrap

_COST = 16  # operations on each score


@cache
def _kernels() -> Any:
    """The module of the kernels; None where nothing can be compiled."""
    from rushlight.engine import native

    if not native.available():
        return None
    from rushlight.engine import row_losses

    return row_losses


def entropy(
    input: Tensor, scores: Array, target: Tensor, ignored: int, reduction: str,
    by_ops: Callable[[Tensor], Tensor],
) -> Tensor | None:
    """The loss of a matrix of scores with a class for each row; None for what kernels don't do.

    by_ops: the same of the input, to be differentiated again.
    """
    classes = computed(target._array)
    if not (type(scores) is type(classes) is np.ndarray and scores.ndim == 2 and scores.size
            and scores.dtype.char in "fd" and classes.dtype == np.int64
            and classes.shape == scores.shape[:1] and scores.flags.c_contiguous
            and classes.flags.c_contiguous and at_hand.worth_a_kernel(scores.size, _COST)):
        return None
    kernels = _kernels()
    found = None if kernels is None else kernels.forward(scores, classes, ignored)
    if found is None:
        return None
    terms, saved = found
    count = 1
    if reduction == "mean":
        count = len(classes) - int(np.count_nonzero(classes == ignored))
    if reduction != "none":
        terms = np.add.reduce(terms, out=...)
        if reduction == "mean":
            terms = np.true_divide(terms, count, out=...)
    result = wrap(terms)
    if modes.grad and input._node is not None:
        given = (scores, saved, classes, ignored, count)
        return record(_NODE, result, (input,), (input, target, given, by_ops))
    return result


def _gradients(grad: Tensor, saved: tuple[Any, ...]) -> Sequence[Tensor | None]:
    input, _, (scores, kept, classes, ignored, count), by_ops = saved
    if modes.grad:
        return again(by_ops, (input,), grad)
    grads = np.ascontiguousarray(computed(grad._array), scores.dtype)
    if count != 1:
        grads = np.true_divide(grads, count, out=...)
    return [wrap(_kernels().backward(grads, scores, kept, classes, ignored))]


_NODE = kind("NllLossBackward0", _gradients)
