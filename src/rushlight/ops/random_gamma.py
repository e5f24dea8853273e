"""Draws that `torch.distributions` needs: gamma, Dirichlet and binomial numbers.

The samplers are PyTorch's streams (`engine/gamma_draws.py`), and gamma and Dirichlet numbers move
with their parameters (`engine/pathwise.py`): that is what `rsample` differentiates.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.ops.op import op
from rushlight.tensor import dtypes
from rushlight.tensor.generator import stream_of
from rushlight.tensor.tensor import Array, Tensor


def _wide(*arrays: Array) -> list[Array]:
    """Arrays of one shape as float64, each in one row."""
    return [each.astype(np.float64).ravel() for each in np.broadcast_arrays(*arrays)]


def _once_only(grad: Tensor) -> Tensor:
    raise NotImplementedError(
        "gamma and Dirichlet numbers can be differentiated once, as in PyTorch, and not twice")


@op(name="_standard_gamma_grad", method=False, input=_once_only, output=_once_only)
def _standard_gamma_grad(input: Tensor, output: Tensor) -> Any:
    """How gamma numbers `output` move with their shape parameters `input`."""
    from rushlight.engine import pathwise

    array = input._array
    return pathwise.gamma(*_wide(array, output._array)).reshape(array.shape).astype(array.dtype)


@op(name="_standard_gamma", method=False,
    input=lambda grad, input, out: grad * _standard_gamma_grad(input, out))
def _standard_gamma(input: Tensor, generator: Any = None) -> Any:
    """Gamma numbers of rate 1, with `input` for shape parameters."""
    from rushlight.engine import gamma_draws

    return gamma_draws.standard_gamma(stream_of(generator), input._array)


@op(name="_dirichlet_grad", method=False, x=_once_only, alpha=_once_only, total=_once_only)
def _dirichlet_grad(x: Tensor, alpha: Tensor, total: Tensor) -> Any:
    """How shares `x` move with their own shape parameters `alpha`, which add up to `total`."""
    from rushlight.engine import pathwise

    array = x._array
    found = pathwise.dirichlet(*_wide(array, alpha._array, total._array))
    return found.reshape(array.shape).astype(array.dtype)


def _to_concentration(grad: Tensor, input: Tensor, out: Tensor) -> Tensor:
    total = input.sum(-1, True).expand(input.shape)
    return _dirichlet_grad(out, input, total) * (grad - (out * grad).sum(-1, True))


@op(name="_sample_dirichlet", method=False, input=_to_concentration)
def _sample_dirichlet(input: Tensor, generator: Any = None) -> Any:
    """Shares of 1 along the last dim, with `input` for shape parameters."""
    from rushlight.engine import gamma_draws

    return gamma_draws.dirichlet(stream_of(generator), input._array)


@op(method=False, count=lambda grad: grad * 0, prob=lambda grad: grad * 0)
def binomial(count: Tensor, prob: Tensor, generator: Any = None) -> Any:
    """How often something of probability `prob` happens in `count` trials.

    Both of one float dtype; they broadcast. Below 0 a probability or count is taken for 0, above 1
    a probability for 1; what is nan gives nan. RuntimeError for integers, two
    dtypes, and an infinite count.
    """
    from rushlight.engine import gamma_draws

    counts, p = count._array, prob._array
    if count.dtype.category != dtypes.FLOATING or counts.dtype != p.dtype:
        raise RuntimeError(
            f"binomial(): count and prob must be of one float dtype, not {count.dtype} and "
            f"{prob.dtype}")
    if np.isinf(counts).any():
        raise RuntimeError("binomial(): counts must not be infinite")
    return gamma_draws.binomial(stream_of(generator), *np.broadcast_arrays(counts, p))
