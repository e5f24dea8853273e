"""`scaled_dot_product_attention`: each query takes a mean of values, weighed by how keys fit it.

float32 and float64 without dropout go to kernels that never hold all scores
(`ops/fused_attention.py`). All else is made of ops here, gradients of gradients too.
"""

from __future__ import annotations

import functools
import math

import numpy as np

from rushlight.ops.arguments import need_tensor
from rushlight.ops.dropouts import dropout
from rushlight.ops.fused_attention import fused, instead
from rushlight.ops.op import FACE, composite
from rushlight.ops.softmax import softmax
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Tensor, wrap


@functools.lru_cache(64)
def causal(queries: int, keys: int) -> Tensor:
    """Which keys each query may look at: those before it and its own."""
    return wrap(np.tri(queries, keys, dtype=bool))


def _checked(query: Tensor, key: Tensor, value: Tensor) -> None:
    for name, each in (("query", query), ("key", key), ("value", value)):
        need_tensor("scaled_dot_product_attention", name, each)
        if each.ndim < 2 or each.dtype != query.dtype or each.dtype.category < dtypes.FLOATING:
            raise RuntimeError(
                f"scaled_dot_product_attention(): query, key and value have 2 dims or more and one "
                f"floating-point dtype; {name} is {each.dtype} of shape {list(each.shape)}")


def _numbers(query: Tensor, attn_mask: Tensor) -> bool:
    """Whether the mask is numbers to be added; RuntimeError for another dtype."""
    if attn_mask.dtype not in (dtypes.bool_, dtypes.float32, query.dtype):
        raise RuntimeError(
            f"scaled_dot_product_attention(): attn_mask is bool or {query.dtype}, as the query is, "
            f"not {attn_mask.dtype}")
    return attn_mask.dtype != dtypes.bool_


@composite(name="nn.functional.scaled_dot_product_attention", method=False, looks=True)
def scaled_dot_product_attention(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None,
    dropout_p: float = 0.0, is_causal: bool = False, scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(query @ key.mT * scale + mask) @ value: (..., L, E), (..., S, E), (..., S, V) to
    (..., L, V).

    attn_mask: bool, True where a query may look at a key, or numbers to be added; it broadcasts to
    (..., L, S). A query that may look at none takes zeros. is_causal: query i looks at keys up to
    i. scale: 1 / sqrt(E) if not given. enable_gqa: fewer heads of keys and values, in dim -3, each
    for several of queries. dropout_p: dropout of the weights, always.
    Raises RuntimeError where sizes or dtypes don't fit.
    Source:
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html
    """
    if not dropout_p:
        found = fused(query, key, value, attn_mask, is_causal, scale, enable_gqa)
        if found is not None:
            return found
    return composed(query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa)


def composed(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None, dropout_p: float,
    is_causal: bool, scale: float | None, enable_gqa: bool,
) -> Tensor:
    """The same, made of ops; every error is raised here."""
    _checked(query, key, value)
    if not 0 <= dropout_p <= 1:
        raise RuntimeError(
            f"scaled_dot_product_attention(): dropout_p is between 0 and 1, not {dropout_p}")
    if is_causal and attn_mask is not None:
        raise RuntimeError("scaled_dot_product_attention(): is_causal goes without attn_mask")
    given = query.dtype
    if given.numpy in dtypes.LOW_PRECISION:  # rounded once, at the end
        query, key, value = (each.to(dtypes.float32) for each in (query, key, value))
    if enable_gqa:
        key, value = (_repeated(query, each) for each in (key, value))
    width = query.shape[-1]
    factor = (1 / math.sqrt(width) if width else 1.0) if scale is None else scale
    scores, blind = (query * factor) @ key.mT, None
    if is_causal:
        scores = FACE["where"](causal(*scores.shape[-2:]), scores, -math.inf)
    elif attn_mask is not None:
        if _numbers(query, attn_mask):
            scores = scores + attn_mask
            blind = (attn_mask.detach() == -math.inf).all(-1, keepdim=True)
        else:
            scores = FACE["where"](attn_mask, scores, -math.inf)
            blind = ~attn_mask.any(-1, keepdim=True)
        if not bool(blind.any()):
            blind = None
    weights = softmax(scores if blind is None else scores.masked_fill(blind, 0), -1)
    if blind is not None:
        weights = weights.masked_fill(blind, 0)
    made = (dropout(weights, dropout_p) if dropout_p else weights) @ value
    return made if made.dtype == given else made.to(given)


def _repeated(query: Tensor, each: Tensor) -> Tensor:
    heads, held = query.shape[-3], each.shape[-3]
    if not held or heads % held:
        raise RuntimeError(
            f"scaled_dot_product_attention(): {held} heads of keys and values don't divide {heads} "
            "heads of queries")
    return each.repeat_interleave(heads // held, -3)


instead(composed)
