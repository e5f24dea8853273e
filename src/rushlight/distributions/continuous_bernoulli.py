"""The continuous Bernoulli distribution.

Source: Loaiza-Ganem and Cunningham, The continuous Bernoulli: fixing a pervasive error in
variational autoencoders, 2019.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rushlight.distributions import constraints
from rushlight.distributions import functions as f
from rushlight.distributions.exp_family import ExponentialFamily
from rushlight.distributions.odds import Odds
from rushlight.distributions.utils import (
    broadcast_all,
    clamp_probs,
    lazy_property,
    logits_to_probs,
)
from rushlight.tensor.tensor import Tensor

__all__ = ["ContinuousBernoulli"]


class ContinuousBernoulli(Odds, ExponentialFamily):
    """Numbers in [0, 1] with a density in proportion to p**x (1 - p)**(1 - x).

    lims: between these the formulas, which are 0 / 0 at p = 1/2, give way to Taylor's series.
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(
        self, probs: Any = None, logits: Any = None, lims: tuple[float, float] = (0.499, 0.501),
        validate_args: bool | None = None,
    ) -> None:
        self._take(probs, logits)
        self._lims = lims
        super().__init__(self._param.size(), validate_args=validate_args)
        if probs is not None:
            self.probs = clamp_probs(self.probs)

    @lazy_property
    def probs(self) -> Tensor:
        """1 / (1 + exp(-logits)), kept inside (0, 1)."""
        return clamp_probs(logits_to_probs(self.logits, is_binary=True))

    def _far(self) -> tuple[Tensor, Tensor]:
        """Where p is far enough from 1/2, and p with a harmless value elsewhere."""
        far = (self.probs <= self._lims[0]) | (self.probs > self._lims[1])
        return far, self.probs.where(far, f.full_like(self.probs, self._lims[0]))

    def _cont_bern_log_norm(self) -> Tensor:
        """What makes the density integrate to 1: log(2 atanh(1 - 2 p) / (1 - 2 p))."""
        far, p = self._far()
        formula = ((-p).log1p() - p.log()).abs().log() - (1 - 2 * p).abs().log()
        x = (self.probs - 0.5) ** 2
        return formula.where(far, math.log(2.0) + (4.0 / 3.0 + 104.0 / 45.0 * x) * x)

    @property
    def mean(self) -> Tensor:
        """p / (2 p - 1) + 1 / (2 atanh(1 - 2 p))."""
        far, p = self._far()
        formula = p / (2.0 * p - 1.0) + 1.0 / ((-p).log1p() - p.log())
        x = self.probs - 0.5
        return formula.where(far, 0.5 + (1.0 / 3.0 + 16.0 / 45.0 * x * x) * x)

    @property
    def variance(self) -> Tensor:
        """p (p - 1) / (1 - 2 p)**2 + 1 / (2 atanh(1 - 2 p))**2."""
        far, p = self._far()
        formula = p * (p - 1.0) / (1.0 - 2.0 * p) ** 2 + 1.0 / ((-p).log1p() - p.log()) ** 2
        x = (self.probs - 0.5) ** 2
        return formula.where(far, 1.0 / 12.0 - (1.0 / 15.0 - 128.0 / 945.0 * x) * x)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Numbers in [0, 1]: the icdf of uniform ones."""
        return self.icdf(f.rand(self._extended_shape(sample_shape), dtype=self.probs.dtype))

    def log_prob(self, value: Tensor) -> Tensor:
        """x log(p) + (1 - x) log(1 - p), normalised."""
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        plain = -f.binary_cross_entropy_with_logits(logits, value, reduction="none")
        return plain + self._cont_bern_log_norm()

    def cdf(self, value: Tensor) -> Tensor:
        """(p**x (1 - p)**(1 - x) + p - 1) / (2 p - 1) inside [0, 1]."""
        if self._validate_args:
            self._validate_sample(value)
        far, p = self._far()
        inside = (p**value * (1.0 - p) ** (1.0 - value) + p - 1.0) / (2.0 * p - 1.0)
        inside = inside.where(far, value)
        return f.where(value <= 0, f.zeros_like(inside), f.where(
            value >= 1, f.ones_like(inside), inside))

    def icdf(self, value: Tensor) -> Tensor:
        """The inverse of `cdf`."""
        far, p = self._far()
        formula = (-p + value * (2.0 * p - 1.0)).log1p() - (-p).log1p()
        return (formula / (p.log() - (-p).log1p())).where(far, value)

    def entropy(self) -> Tensor:
        """-the expected log_prob, which is linear in x."""
        no, yes = (-self.probs).log1p(), self.probs.log()
        return self.mean * (no - yes) - self._cont_bern_log_norm() - no

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return (self.logits,)

    def _log_normalizer(self, x: Tensor) -> Tensor:  # type: ignore[override]
        """log((exp(x) - 1) / x)."""
        far = (x <= self._lims[0] - 0.5) | (x > self._lims[1] - 0.5)
        safe = x.where(far, f.full_like(x, self._lims[0] - 0.5))
        near = 0.5 * x + x**2 / 24.0 - x**4 / 2880.0
        return (safe.expm1().abs().log() - safe.abs().log()).where(far, near)
