"""Divergences between two families: what p's entropy lacks to the expectation of -log q.

For most q that expectation needs no more of p than its moments: the mean, the variance, the mean of
log(x). Where p has values that q cannot have the divergence is infinite.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from rushlight.distributions import functions as f
from rushlight.distributions.bernoulli import Bernoulli
from rushlight.distributions.beta import Beta
from rushlight.distributions.binomial import Binomial
from rushlight.distributions.continuous_bernoulli import ContinuousBernoulli
from rushlight.distributions.distribution import Distribution
from rushlight.distributions.exponential import Exponential
from rushlight.distributions.gamma import Gamma
from rushlight.distributions.gumbel import Gumbel
from rushlight.distributions.kl import Rule, register_kl
from rushlight.distributions.laplace import Laplace
from rushlight.distributions.normal import HALF_LOG_2_PI, Normal
from rushlight.distributions.pareto import Pareto
from rushlight.distributions.poisson import Poisson
from rushlight.distributions.uniform import Uniform
from rushlight.distributions.utils import euler_constant
from rushlight.tensor.tensor import Tensor


def _from_each(
    q: type[Distribution], *families: type[Distribution]
) -> Callable[[Rule], Rule]:
    """Register a rule for divergences from each of some families to q."""
    def decorate(rule: Rule) -> Rule:
        for each in families:
            register_kl(each, q)(rule)
        return rule

    return decorate


# --- p has values that q cannot have


@_from_each(Beta, Exponential, Gamma, Gumbel, Laplace, Normal, Pareto)
@_from_each(ContinuousBernoulli, Exponential, Gamma, Gumbel, Laplace, Normal, Pareto)
@_from_each(Uniform, Exponential, Gamma, Gumbel, Laplace, Normal, Pareto)
@_from_each(Exponential, Gumbel, Laplace, Normal)
@_from_each(Gamma, Gumbel, Laplace, Normal)
@_from_each(Pareto, Beta, ContinuousBernoulli, Exponential, Gamma, Gumbel, Laplace, Normal)
@_from_each(Bernoulli, Poisson)
@_from_each(Binomial, Poisson)
def _infinite(p: Any, q: Any) -> Tensor:
    shape = f.broadcast_shapes(p.batch_shape, q.batch_shape)
    return f.full(shape, math.inf, dtype=p.mean.dtype)


# --- moments of p


def _xlogx(x: Tensor) -> Tensor:
    return f.xlogy(x, x)


def _mean_log(p: Any) -> Tensor:
    """The expectation of log(x)."""
    if isinstance(p, Beta):
        return f.digamma(p.concentration1) - f.digamma(p.concentration1 + p.concentration0)
    if isinstance(p, Exponential):
        return -euler_constant - p.rate.log()
    if isinstance(p, Pareto):
        return p.scale.log() + p.alpha.reciprocal()
    return (_xlogx(p.high) - _xlogx(p.low)) / (p.high - p.low) - 1


def _mean_exp(p: Any, s: Tensor) -> Tensor:
    """The expectation of exp(-x / s)."""
    if isinstance(p, Exponential):
        return (1 + 1 / (p.rate * s)).reciprocal()
    if isinstance(p, Gamma):
        return (1 + 1 / (p.rate * s)).pow(-p.concentration)
    if isinstance(p, Normal):
        return (-p.loc / s + 0.5 * (p.scale / s).pow(2)).exp()
    return s * ((-p.low / s).exp() - (-p.high / s).exp()) / (p.high - p.low)


def _unless(found: Tensor, p: Any, low: Any, high: Any = math.inf) -> Tensor:
    """Infinite where a uniform p reaches below `low` or above `high`."""
    if not isinstance(p, Uniform):
        return found
    return found.masked_fill((p.low < low) | (p.high > high), math.inf)


# --- to each q


@_from_each(Exponential, Beta, ContinuousBernoulli, Gamma, Pareto, Uniform)
def _to_exponential(p: Any, q: Any) -> Tensor:
    return _unless(q.rate * p.mean - q.rate.log() - p.entropy(), p, 0)


@_from_each(Gamma, Beta, Exponential, Pareto, Uniform)
def _to_gamma(p: Any, q: Any) -> Tensor:
    a = q.concentration
    spread = f.lgamma(a) - a * q.rate.log() - p.entropy()
    return _unless(spread - (a - 1) * _mean_log(p) + q.rate * p.mean, p, 0)


@_from_each(Normal, Beta, ContinuousBernoulli, Exponential, Gamma, Gumbel, Laplace, Pareto, Uniform)
def _to_normal(p: Any, q: Any) -> Tensor:
    square = p.variance + (p.mean - q.loc).pow(2)
    return HALF_LOG_2_PI + q.scale.log() + square / (2 * q.scale.pow(2)) - p.entropy()


@_from_each(Gumbel, Exponential, Gamma, Normal, Uniform)
def _to_gumbel(p: Any, q: Any) -> Tensor:
    tail = (q.loc / q.scale).exp() * _mean_exp(p, q.scale)
    return q.scale.log() + (p.mean - q.loc) / q.scale + tail - p.entropy()


@_from_each(Uniform, Beta, ContinuousBernoulli)
def _to_uniform(p: Any, q: Any) -> Tensor:
    found = (q.high - q.low).log() - p.entropy()
    return found.masked_fill((q.low > 0) | (q.high < 1), math.inf)


@_from_each(ContinuousBernoulli, Beta, Uniform)
def _to_continuous_bernoulli(p: Any, q: Any) -> Tensor:
    whole = (-q.probs).log1p() + q._cont_bern_log_norm()
    return _unless(-p.entropy() - p.mean * q.logits - whole, p, 0, 1)


@register_kl(Uniform, Beta)
def _uniform_to_beta(p: Any, q: Any) -> Tensor:
    a, b = q.concentration1, q.concentration0
    width = p.high - p.low
    mean_log_rest = (_xlogx(1 - p.low) - _xlogx(1 - p.high)) / width - 1
    spread = f.lgamma(a) + f.lgamma(b) - f.lgamma(a + b) - width.log()
    return _unless(spread - (a - 1) * _mean_log(p) - (b - 1) * mean_log_rest, p, 0, 1)


@register_kl(Uniform, Pareto)
def _uniform_to_pareto(p: Any, q: Any) -> Tensor:
    spread = -p.entropy() - q.alpha.log() - q.alpha * q.scale.log()
    return _unless(spread + (q.alpha + 1) * _mean_log(p), p, q.scale)


@register_kl(Normal, Laplace)
def _normal_to_laplace(p: Any, q: Any) -> Tensor:
    away = p.loc - q.loc
    z = away / p.scale
    mean_away = math.sqrt(2 / math.pi) * p.scale * (-0.5 * z.pow(2)).exp() + away * (
        math.sqrt(0.5) * z).erf()
    return (2 * q.scale).log() + mean_away / q.scale - p.entropy()


@register_kl(Bernoulli, Poisson)
def _bernoulli_to_poisson(p: Any, q: Any) -> Tensor:
    return q.rate - p.probs * q.rate.log() - p.entropy()
