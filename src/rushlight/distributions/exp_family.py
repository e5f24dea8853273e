"""Exponential families: the density is exp(t(x) . theta - F(theta) + k(x))."""

from __future__ import annotations

from typing import Any

from rushlight.autograd.differentiate import grad
from rushlight.distributions.distribution import Distribution
from rushlight.tensor.tensor import Tensor

__all__ = ["ExponentialFamily"]


class ExponentialFamily(Distribution):
    """A distribution that can say its natural parameters theta and its log normaliser F.

    From these follow the entropy, and the divergence from another of the family, by differentiating
    F (Nielsen and Nock, Entropies and cross-entropies of exponential families, 2010).
    """

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        """Theta."""
        raise NotImplementedError(f"{type(self).__name__} does not say its natural parameters")

    def _log_normalizer(self, *natural_params: Tensor) -> Tensor:
        """F(theta)."""
        raise NotImplementedError(f"{type(self).__name__} does not say its log normaliser")

    @property
    def _mean_carrier_measure(self) -> Any:
        """The expectation of k(x)."""
        raise NotImplementedError(f"{type(self).__name__} does not say its carrier measure")

    def entropy(self) -> Tensor:
        """F(theta) - theta . F'(theta) - the expectation of k(x)."""
        theta = [each.detach().requires_grad_() for each in self._natural_params]
        normalizer = self._log_normalizer(*theta)
        slopes = grad(normalizer.sum(), theta, create_graph=True)
        found: Tensor = normalizer - self._mean_carrier_measure
        for each, slope in zip(theta, slopes, strict=True):
            found = found - (each * slope).reshape((*self._batch_shape, -1)).sum(-1)
        return found
