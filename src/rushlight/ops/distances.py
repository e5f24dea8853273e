"""How far or how alike vectors are: distances, `cosine_similarity`, `normalize`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rushlight.ops.arguments import need_tensor
from rushlight.ops.norms import vector_norm
from rushlight.ops.op import FACE, composite
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Tensor, wrap


@composite(name="nn.functional.normalize", method=False)
def normalize(
    input: Tensor, p: float = 2.0, dim: Any = 1, eps: float = 1e-12, out: Tensor | None = None
) -> Tensor:
    """input over its norm of order `p` along `dim`, which counts as `eps` at least.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.normalize.html
    """
    length = vector_norm(input, p, dim, True).clamp_min(eps).expand_as(input)
    return input / length if out is None else FACE["div"](input, length, out=out)


@composite(aliases=("nn.functional.cosine_similarity",), method=False)
def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between vectors along `dim`; each length counts as `eps` at least.

    Raises RuntimeError for integers and complex numbers, and where shapes do not broadcast.
    Source:
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.cosine_similarity.html
    """
    common = FACE["result_type"](
        need_tensor("cosine_similarity", "x1", x1), need_tensor("cosine_similarity", "x2", x2))
    if common.category != dtypes.FLOATING:
        raise RuntimeError(f"cosine_similarity() is for floating point, not {common}")
    x1, x2 = FACE["broadcast_tensors"](x1.to(common), x2.to(common))
    lengths = [_at_least(vector_norm(each, 2, dim, True), eps) for each in (x1, x2)]
    return ((x1 / lengths[0]) * (x2 / lengths[1])).sum(dim)


def _at_least(length: Tensor, eps: float) -> Tensor:
    """The length, `eps` if it is less; the gradient is the length's own all the same."""
    less = length.detach() < eps
    return length + (eps - length.detach()).where(less, 0)


@composite(aliases=("nn.functional.pairwise_distance",), method=False)
def pairwise_distance(
    x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Tensor:
    """The norm of order `p` of x1 - x2 + eps along the last dim.

    Source:
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pairwise_distance.html
    """
    last = max(need_tensor("pairwise_distance", "x1", x1).ndim,
               need_tensor("pairwise_distance", "x2", x2).ndim) - 1
    return FACE["norm"](x1 - x2 + eps, p, last, keepdim)


# --- between all of them


def _apart(differences: Tensor, p: float) -> Tensor:
    """The norms along the last dim; at 0 the gradient is 0."""
    if p == 0:
        return (differences.detach() != 0).sum(-1).to(differences.dtype) + (
            differences * 0).sum(-1)
    return vector_norm(differences, p, -1)


def _check_order(name: str, p: float) -> None:
    if p < 0 or math.isnan(p):
        raise RuntimeError(f"{name}(): p must not be negative, it is {p}")


@composite(method=False)
def cdist(
    x1: Tensor, x2: Tensor, p: float = 2.0,
    compute_mode: str = "use_mm_for_euclid_dist_if_necessary",
) -> Tensor:
    """The distance of order `p` between each row of x1 (..., P, M) and of x2 (..., R, M).

    compute_mode: whether distances of order 2 may come from a matrix product, which is quicker and
    less exact: "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist", or by itself from 26 rows
    on. Raises RuntimeError where sizes do not fit, for integers and for a negative order.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.cdist.html
    """
    modes = ("use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist",
             "donot_use_mm_for_euclid_dist")
    if compute_mode not in modes:
        raise ValueError(f"cdist(): compute_mode is one of {modes}, not {compute_mode!r}")
    for name, each in (("x1", x1), ("x2", x2)):
        if need_tensor("cdist", name, each).ndim < 2:
            raise RuntimeError(f"cdist(): {name} needs 2 dims or more, it has {each.ndim}")
        if each.dtype.category != dtypes.FLOATING:
            raise RuntimeError(f"cdist(): {name} is floating point, not {each.dtype}")
    if x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(
            f"cdist(): rows of {x1.shape[-1]} and {x2.shape[-1]} elements: they must be equal")
    _check_order("cdist", p)
    many = x1.shape[-2] > 25 or x2.shape[-2] > 25
    if p == 2 and (compute_mode == modes[1] or (compute_mode == modes[0] and many)):
        return _by_product(x1, x2)
    return _apart(x1.unsqueeze(-2) - x2.unsqueeze(-3), p)


def _by_product(x1: Tensor, x2: Tensor) -> Tensor:
    """The root of |a|**2 + |b|**2 - 2 a b, which has no slope at 0."""
    squares = (x1 * x1).sum(-1, True) + (x2 * x2).sum(-1).unsqueeze(-2) - 2 * x1 @ x2.mT
    near = squares.detach() <= 0
    return squares.where(~near, 1).sqrt().where(~near, 0)


@composite(aliases=("nn.functional.pdist",), method=False, looks=True)
def pdist(input: Tensor, p: float = 2.0) -> Tensor:
    """The distance of order `p` between each row of a matrix and each after it, in a vector.

    Raises RuntimeError for other than 2 dims, integers, and a negative order.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pdist.html
    """
    if need_tensor("pdist", "input", input).ndim != 2:
        raise RuntimeError(f"pdist(): input has 2 dims, not {input.ndim}")
    if input.dtype.category != dtypes.FLOATING:
        raise RuntimeError(f"pdist(): input is floating point, not {input.dtype}")
    _check_order("pdist", p)
    first, second = (wrap(each) for each in np.triu_indices(len(input), 1))
    return _apart(input.index_select(0, first) - input.index_select(0, second), p)
