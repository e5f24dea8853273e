"""Attention by kernels that never hold all scores (`engine/attention_run.py`), and its gradient.

What they do not do (other dtypes, very wide heads, a mask that wants a gradient, gradients of
gradients, what is wrong) is left to the ops in `ops/attention.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from rushlight.autograd.differentiate import grad as gradients_of
from rushlight.autograd.function import Function
from rushlight.autograd.modes import modes
from rushlight.engine import deferred
from rushlight.engine.deferred import computed
from rushlight.engine.products import OTHERS
from rushlight.tensor.tensor import Array, Tensor, wrap

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
    if work < OTHERS and not deferred.worth_a_kernel(work, 1):
        return None
    kernels = _kernels()
    if kernels is None or not kernels.fits(q, v):
        return None
    factor = 1 / math.sqrt(q.shape[-1]) if scale is None else float(scale)
    given = (q, k, v, mask, bool(is_causal), factor, bool(enable_gqa))
    try:
        if modes.grad and (
            query._node is not None or key._node is not None or value._node is not None
        ):
            made: Tensor = ScaledDotProductFlashAttentionForCpu.apply(
                query, key, value, given, (attn_mask, 0.0, is_causal, scale, enable_gqa))
            return made
        return wrap(kernels.forward(*given).out)
    except ValueError:  # heads don't fit; or a mask has more of them
        return None


class ScaledDotProductFlashAttentionForCpu(Function):
    """The kernels as one step of the graph."""

    @staticmethod
    def forward(
        ctx: Any, query: Tensor, key: Tensor, value: Tensor, given: tuple[Any, ...],
        settings: tuple[Any, ...],
    ) -> Any:
        """The result; two numbers of each query are kept besides."""
        ctx.given, ctx.settings = given, settings
        ctx.made = made = _kernels().forward(*given)
        result = wrap(made.out)
        ctx.save_for_backward(query, key, value, settings[0], result)
        return result

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        """By the kernels, unless it is to be differentiated again."""
        query, key, value, *_ = ctx.saved_tensors
        if modes.grad:
            return *_by_ops((query, key, value), grad, ctx.settings), None, None
        found = _kernels().backward(computed(grad._array), ctx.made, *ctx.given)
        return *[_summed(made, each) for made, each in zip(
            found, (query, key, value), strict=True)], None, None


def _summed(made: Array, given: Tensor) -> Tensor:
    """A gradient without padding, summed over what was repeated."""
    shape = given._array.shape
    result = wrap(made if made.shape[-1] == shape[-1] else made[..., : shape[-1]])
    return result if result._array.shape == shape else result.sum_to_size(shape)


def _by_ops(
    inputs: tuple[Tensor, ...], grad: Tensor, settings: tuple[Any, ...]
) -> list[Tensor | None]:
    """The gradients of attention made of ops, which can be differentiated again."""
    wanted = [each for each in inputs if each._node is not None]
    found = iter(gradients_of(
        [_of_ops[0](*inputs, *settings)], wanted, [grad], create_graph=True, allow_unused=True))
    return [next(found) if each._node is not None else None for each in inputs]


ScaledDotProductFlashAttentionForCpu._node_class.__name__ += "0"  # as PyTorch names it
