"""Attention by kernels that never hold all scores (`engine/attention_run.py`), and its gradient.

What they do not do (other dtypes, very wide heads, a mask that wants a gradient, gradients of
gradients, what is wrong) is left to the ops in `ops/attention.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from rushlight.autograd.modes import modes
from rushlight.engine import at_hand
from rushlight.engine.deferred import computed
from rushlight.engine.products import OTHERS
from rushlight.ops.whole_steps import again, kind, record
from rushlight.tensor.tensor import Array, Tensor, alias, wrap

_of_ops: list[Callable[..., Tensor]] = []


def instead(function: Callable[..., Tensor]) -> None:
    """Name what makes attention of ops."""
    _of_ops.append(function)


@cache
def _kernels() -> Any:
    """The module of the kernels; None where nothing can be compiled."""
    from rushlight.engine import native

    if not native.available():
        return None
    from rushlight.engine import attention_run

    return attention_run


def fused(
    query: Any, key: Any, value: Any, attn_mask: Any, is_causal: bool, scale: float | None,
    enable_gqa: bool,
) -> Tensor | None:
    """Attention without dropout by the kernels; None for what they don't do."""
    if not (isinstance(query, Tensor) and isinstance(key, Tensor) and isinstance(value, Tensor)):
        return None
    q, k, v = computed(query._array), computed(key._array), computed(value._array)
    if not (type(q) is type(k) is type(v) is np.ndarray and q.dtype.char in "fd"
            and q.dtype == k.dtype == v.dtype and q.ndim == k.ndim == v.ndim > 1):
        return None
    if not (q.size and k.size and v.size) or (
        q.shape[-1] != k.shape[-1] or k.shape[-2] != v.shape[-2]
    ):
        return None
    mask = None
    if attn_mask is not None:
        if is_causal or not isinstance(attn_mask, Tensor) or attn_mask._node is not None:
            return None
        mask = computed(attn_mask._array)
        if type(mask) is not np.ndarray or not mask.ndim or (
            mask.dtype.char != "?" and mask.dtype != q.dtype
        ):
            return None
    work = q.size * k.shape[-2]
    if work < OTHERS and not at_hand.worth_a_kernel(work, 1):
        return None
    kernels = _kernels()
    if kernels is None or not kernels.fits(q, v):
        return None
    factor = 1 / math.sqrt(q.shape[-1]) if scale is None else float(scale)
    given = (q, k, v, mask, bool(is_causal), factor, bool(enable_gqa))
    try:
        made = kernels.forward(*given)
    except ValueError:  # heads don't fit; or a mask has more of them
        return None
    result = wrap(made.out)
    if modes.grad and (
        query._node is not None or key._node is not None or value._node is not None
    ):
        settings = (attn_mask, 0.0, is_causal, scale, enable_gqa)
        return record(_NODE, result, (query, key, value), (
            query, key, value, attn_mask, alias(result), given, made, settings))
    return result


def _gradients(grad: Tensor, saved: tuple[Any, ...]) -> Sequence[Tensor | None]:
    """By the kernels, unless they are to be differentiated again."""
    query, key, value, _, _, given, made, settings = saved
    if modes.grad:
        return again(lambda *inputs: _of_ops[0](*inputs, *settings), (query, key, value), grad)
    found = _kernels().backward(computed(grad._array), made, *given)
    return [_summed(each, of) for each, of in zip(found, (query, key, value), strict=True)]


_NODE = kind("ScaledDotProductFlashAttentionForCpuBackward0", _gradients)


def _summed(made: Array, given: Tensor) -> Tensor:
    """A gradient without padding, summed over what was repeated."""
    shape = given._array.shape
    result = wrap(made if made.shape[-1] == shape[-1] else made[..., : shape[-1]])
    return result if result._array.shape == shape else result.sum_to_size(shape)
