"""The Dirichlet distribution."""

from __future__ import annotations

from collections.abc import Sequence

from rushlight.distributions import constraints
from rushlight.distributions import functions as f
from rushlight.distributions.exp_family import ExponentialFamily
from rushlight.distributions.parametric import Parametric
from rushlight.tensor.tensor import Tensor

__all__ = ["Dirichlet"]


class Dirichlet(Parametric, ExponentialFamily):
    """Shares of 1, as many as `concentration` has numbers along its last dim.

    The samples are PyTorch's, bit for bit; as to their derivative see `Gamma`.
    """

    arg_constraints = {"concentration": constraints.independent(constraints.positive, 1)}
    support = constraints.simplex
    has_rsample = True
    _event_dims = {"concentration": 1}

    def __init__(self, concentration: Tensor, validate_args: bool | None = None) -> None:
        if concentration.dim() < 1:
            raise ValueError("Dirichlet: the parameter concentration needs at least one dim")
        self.concentration = concentration
        shape = concentration.shape
        super().__init__(shape[:-1], shape[-1:], validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """concentration over its sum."""
        return self.concentration / self.concentration.sum(-1, True)

    @property
    def mode(self) -> Tensor:
        """concentration - 1 over its sum; with all below 1, all for the first of the largest."""
        above = (self.concentration - 1).clamp(min=0.0)
        shares = above / above.sum(-1, True)
        corner = f.one_hot(shares.argmax(-1), self.concentration.shape[-1]).to(shares)
        return f.where((self.concentration < 1).all(-1, True), corner, shares)

    @property
    def variance(self) -> Tensor:
        """share (1 - share) / (sum + 1)."""
        total = self.concentration.sum(-1, True)
        above = self.concentration * (total - self.concentration)
        return above / (total.pow(2) * (total + 1))

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Shares of 1."""
        return f._sample_dirichlet(self.concentration.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        """The sum of (a - 1) log(value), normalised."""
        if self._validate_args:
            self._validate_sample(value)
        a = self.concentration
        return f.xlogy(a - 1.0, value).sum(-1) + f.lgamma(a.sum(-1)) - f.lgamma(a).sum(-1)

    def entropy(self) -> Tensor:
        """-the expected log_prob."""
        a = self.concentration
        total = a.sum(-1)
        spread = f.lgamma(a).sum(-1) - f.lgamma(total)
        return (
            spread - (a.shape[-1] - total) * f.digamma(total)
            - ((a - 1.0) * f.digamma(a)).sum(-1))

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return (self.concentration,)

    def _log_normalizer(self, x: Tensor) -> Tensor:  # type: ignore[override]
        return f.lgamma(x).sum(-1) - f.lgamma(x.sum(-1))
