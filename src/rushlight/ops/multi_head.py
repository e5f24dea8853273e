"""`multi_head_attention_forward`: projections, attention in several heads, and a projection."""

from __future__ import annotations

import math
from typing import Any

from rushlight.ops.attention import scaled_dot_product_attention
from rushlight.ops.dropouts import dropout
from rushlight.ops.linear import linear
from rushlight.ops.op import FACE, composite
from rushlight.ops.softmax import softmax
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Tensor


def additive(mask: Tensor | None, name: str, dtype: Any) -> Tensor | None:
    """A mask as numbers to be added: -inf where a bool one is True. AssertionError for integers."""
    if mask is None or mask.dtype.category == dtypes.FLOATING:
        return mask
    if mask.dtype != dtypes.bool_:
        raise AssertionError(f"{name} is bool or floating point, not {mask.dtype}")
    return FACE["zeros_like"](mask, dtype=dtype).masked_fill_(mask, -math.inf)


def _check(true: bool, what: str, error: type[Exception] = AssertionError) -> None:
    if not true:
        raise error(f"multi_head_attention_forward(): {what}")


def _check_shapes(
    query: Tensor, key: Tensor, value: Tensor, key_padding_mask: Any, attn_mask: Any, heads: int
) -> bool:
    """Whether there is a batch; AssertionError where the numbers of dims do not go together."""
    _check(query.ndim in (2, 3), f"query has 2 or 3 dims, not {query.ndim}")
    _check(key.ndim == value.ndim == query.ndim,
           f"key and value have as many dims as query, {query.ndim}, not {key.ndim}, {value.ndim}")
    if key_padding_mask is not None:
        _check(key_padding_mask.ndim == query.ndim - 1,
               f"key_padding_mask has {query.ndim - 1} dims here, not {key_padding_mask.ndim}")
    if attn_mask is not None:
        _check(attn_mask.ndim in (2, 3), f"attn_mask has 2 or 3 dims, not {attn_mask.ndim}")
        if query.ndim == 2 and attn_mask.ndim == 3:
            wanted = (heads, query.shape[0], key.shape[0])
            _check(tuple(attn_mask.shape) == wanted,
                   f"attn_mask of 3 dims is {wanted} here, not {tuple(attn_mask.shape)}")
    return query.ndim == 3


def _packed(
    query: Tensor, key: Tensor, value: Tensor, weight: Tensor, bias: Any
) -> tuple[Tensor, Tensor, Tensor]:
    """The three projections, their weights one below the other; one product for what is one."""
    width = query.shape[-1]
    if query is key is value:
        made = linear(query, weight, bias).unflatten(-1, (3, width))
        first, second, third = made.unbind(-2)
        return first, second, third
    weights = weight.chunk(3)
    biases = (None, None, None) if bias is None else bias.chunk(3)
    first, second, third = (
        linear(*each) for each in zip((query, key, value), weights, biases, strict=True))
    return first, second, third


def _heads(x: Tensor, batch: int, heads: int) -> Tensor:
    """(L, N, E) as (N * heads, L, E / heads)."""
    return x.reshape(x.shape[0], batch * heads, x.shape[2] // heads).transpose(0, 1)


def _longer(mask: Tensor | None) -> Tensor | None:
    """A mask for one key more, which all may look at."""
    return None if mask is None else FACE["cat"](
        (mask, mask.new_zeros((*mask.shape[:-1], 1))), -1)


@composite(name="nn.functional.multi_head_attention_forward", method=False, looks=True)
def multi_head_attention_forward(
    query: Tensor, key: Tensor, value: Tensor, embed_dim_to_check: int, num_heads: int,
    in_proj_weight: Tensor | None, in_proj_bias: Tensor | None, bias_k: Tensor | None,
    bias_v: Tensor | None, add_zero_attn: bool, dropout_p: float, out_proj_weight: Tensor,
    out_proj_bias: Tensor | None, training: bool = True, key_padding_mask: Tensor | None = None,
    need_weights: bool = True, attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False, q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None, v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None, static_v: Tensor | None = None,
    average_attn_weights: bool = True, is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """Attention in `num_heads` parts of the features, between projections: see
    `torch.nn.MultiheadAttention`, whose parameters these are.

    query: (L, N, E) or (L, E); key and value (S, N, E) or (S, E). Masks are True, or -inf, where
    nobody may look: key_padding_mask (N, S), attn_mask (L, S) or (N * heads, L, S). is_causal says
    that attn_mask, which must be given, is the causal one. static_k and static_v stand for the
    projected keys and values. Gives the result, and with `need_weights` the weights, (N, L, S).
    Raises AssertionError or RuntimeError where sizes do not fit.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html
    """
    batched = _check_shapes(query, key, value, key_padding_mask, attn_mask, num_heads)
    _check(not is_causal or attn_mask is not None,
           "is_causal says what attn_mask is: give that, too", RuntimeError)
    key_padding_mask = additive(key_padding_mask, "key_padding_mask", query.dtype)
    if is_causal and key_padding_mask is None and not need_weights:
        attn_mask = None
    else:
        attn_mask, is_causal = additive(attn_mask, "attn_mask", query.dtype), False
    if not batched:
        same = query is key is value
        query = query.unsqueeze(1)
        key, value = (query, query) if same else (key.unsqueeze(1), value.unsqueeze(1))
        if key_padding_mask is not None:
            key_padding_mask = key_padding_mask.unsqueeze(0)
    targets, batch, width = query.shape
    _check(width == embed_dim_to_check, f"query has {width} features, not {embed_dim_to_check}")
    _check(width % num_heads == 0, f"{num_heads} heads do not divide {width} features")
    if use_separate_proj_weight:
        _check(key.shape[:2] == value.shape[:2],
               f"key {list(key.shape)} and value {list(value.shape)} differ in length or batch")
    else:
        _check(key.shape == value.shape,
               f"key {list(key.shape)} and value {list(value.shape)} differ")
    if not use_separate_proj_weight:
        _check(in_proj_weight is not None, "in_proj_weight is None")
        q, k, v = _packed(query, key, value, in_proj_weight, in_proj_bias)  # type: ignore[arg-type]
    else:
        weights = (q_proj_weight, k_proj_weight, v_proj_weight)
        _check(all(each is not None for each in weights), "a weight of the projections is None")
        biases = (None,) * 3 if in_proj_bias is None else in_proj_bias.chunk(3)
        q, k, v = (
            linear(*each)
            for each in zip((query, key, value), weights, biases, strict=True))
    if attn_mask is not None:
        if attn_mask.ndim == 2:
            wanted: tuple[int, ...] = (targets, key.shape[0])
            _check(tuple(attn_mask.shape) == wanted,
                   f"attn_mask is {wanted}, not {tuple(attn_mask.shape)}", RuntimeError)
            attn_mask = attn_mask.unsqueeze(0)
        wanted = (batch * num_heads, targets, key.shape[0])
        _check(tuple(attn_mask.shape) in (wanted, (1, *wanted[1:])),
               f"attn_mask is {wanted}, not {tuple(attn_mask.shape)}", RuntimeError)
    if bias_k is not None and bias_v is not None:
        _check(static_k is None and static_v is None, "bias_k and bias_v go without static keys")
        k = FACE["cat"]((k, bias_k.repeat(1, batch, 1)))
        v = FACE["cat"]((v, bias_v.repeat(1, batch, 1)))
        attn_mask, key_padding_mask = _longer(attn_mask), _longer(key_padding_mask)
    else:
        _check(bias_k is None and bias_v is None, "bias_k and bias_v go together")
    q = _heads(q, batch, num_heads)
    k = _heads(k, batch, num_heads) if static_k is None else static_k
    v = _heads(v, batch, num_heads) if static_v is None else static_v
    size = width // num_heads
    for name, each in (("static_k", static_k), ("static_v", static_v)):
        if each is not None:
            _check(each.shape[0] == batch * num_heads and each.shape[2] == size,
                   f"{name} is ({batch * num_heads}, S, {size}), not {list(each.shape)}")
    if add_zero_attn:
        k, v = (FACE["cat"]((each, each.new_zeros((each.shape[0], 1, each.shape[2]))), 1)
                for each in (k, v))
        attn_mask, key_padding_mask = _longer(attn_mask), _longer(key_padding_mask)
    sources = k.shape[1]
    if key_padding_mask is not None:
        _check(tuple(key_padding_mask.shape) == (batch, sources),
               f"key_padding_mask is {(batch, sources)}, not {tuple(key_padding_mask.shape)}")
        padding = key_padding_mask.reshape(batch, 1, 1, sources).expand(
            -1, num_heads, -1, -1).reshape(batch * num_heads, 1, sources)
        attn_mask = padding if attn_mask is None else attn_mask + padding
    dropped = dropout_p if training else 0.0
    if need_weights:
        scores = (q * math.sqrt(1 / size)) @ k.mT
        taken = softmax(scores if attn_mask is None else scores + attn_mask, -1)
        taken = dropout(taken, dropped) if dropped else taken
        made = taken @ v
    else:
        q, k, v = (each.reshape(batch, num_heads, -1, size) for each in (q, k, v))
        if attn_mask is not None:
            attn_mask = (
                attn_mask.unsqueeze(0) if attn_mask.shape[0] == 1 and attn_mask.ndim == 3
                else attn_mask.reshape(batch, num_heads, -1, sources))
        made = scaled_dot_product_attention(q, k, v, attn_mask, dropped, is_causal).flatten(0, 1)
    joined = made.transpose(0, 1).reshape(targets * batch, width)
    result = linear(joined, out_proj_weight, out_proj_bias).reshape(targets, batch, -1)
    shares: Any = None
    if need_weights:
        shares = taken.reshape(batch, num_heads, targets, sources)
        shares = shares.mean(1) if average_attn_weights else shares
        shares = shares if batched else shares.squeeze(0)
    return (result if batched else result.squeeze(1)), shares
