"""How variables move together: `cov` and `corrcoef`.

Source: https://docs.pytorch.org/docs/stable/generated/torch.cov.html
"""

from __future__ import annotations

import warnings
from typing import Any

from rushlight.ops.matmul import adjoint
from rushlight.ops.op import FACE, composite
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Tensor


def _weights(name: str, weights: Tensor | None, count: int, floating: bool) -> Tensor | None:
    """The weights, checked: one for each observation, none negative."""
    if weights is None:
        return None
    if weights.ndim > 1 or weights.numel() != count:
        raise RuntimeError(
            f"cov(): {name} must hold one number for each of the {count} observations, it is "
            f"{list(weights.shape)}")
    if weights.dtype.is_floating_point != floating or weights.dtype.category == dtypes.BOOL:
        raise RuntimeError(
            f"cov(): {name} must be {'floating-point numbers' if floating else 'integers'}, not "
            f"{weights.dtype}")
    if count and bool((weights < 0).any()):
        raise RuntimeError(f"cov(): {name} must not be negative")
    return weights


@composite(looks=True)
def cov(
    input: Tensor, *, correction: int = 1, fweights: Tensor | None = None,
    aweights: Tensor | None = None,
) -> Tensor:
    """The covariances of variables in rows, observed in columns: (variables, variables).

    input: (variables, observations), or one variable. fweights: how often each observation counts,
    integers; aweights: how much. RuntimeError for other shapes and weights.
    """
    if input.ndim > 2:
        raise RuntimeError(f"cov(): input has two dims at most, not {list(input.shape)}")
    if input.dtype.category == dtypes.BOOL:
        raise RuntimeError("cov(): bool has no covariance")
    x = input.reshape(1, input.numel()) if input.ndim < 2 else input
    x = x if x.dtype.category >= dtypes.FLOATING else x.to(dtypes.get_default_dtype())
    count = x.shape[1]
    often = _weights("fweights", fweights, count, False)
    much = _weights("aweights", aweights, count, True)
    weights: Any = often if much is None else much if often is None else often * much
    total: Any = count if weights is None else weights.sum()
    if weights is None:
        average = x.sum(1, True) / count if count else x.sum(1, True) * float("nan")
    else:
        if not bool(total != 0):
            raise RuntimeError("cov(): the weights add up to 0")
        average = (x * weights).sum(1, True) / total
    norm = total - correction
    if much is not None and correction:
        norm = total - correction * (weights * much).sum() / total
    if not norm > 0:
        warnings.warn("cov(): there are no more observations than `correction`", UserWarning,
                      stacklevel=2)
        norm = norm * 0 if isinstance(norm, Tensor) else 0.0
    x = x - average
    found: Tensor = ((x if weights is None else x * weights) @ adjoint(x)) / norm
    return found.squeeze()


@composite()
def corrcoef(input: Tensor) -> Tensor:
    """The correlations of variables in rows, observed in columns, each from -1 to 1.

    input: as `cov`, RuntimeError as there.
    """
    found: Tensor = cov(input)
    if found.ndim == 0:
        return found / found
    spread = found.diagonal()
    spread = (spread.real if found.is_complex() else spread).sqrt()
    found = found / spread.unsqueeze(-1) / spread
    if found.is_complex():
        parts = [each.clamp(-1, 1) for each in (found.real, found.imag)]
        return FACE["complex"](*parts)
    return found.clamp(-1, 1)
