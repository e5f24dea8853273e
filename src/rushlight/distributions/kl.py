"""Divergences: `kl_divergence(p, q)`, the expectation under p of log p - log q.

Here are the registry and the pairs of one family; pairs of two families are in
`kl_across_families.py`.
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable
from typing import Any

from rushlight.autograd.differentiate import grad
from rushlight.distributions import functions as f
from rushlight.distributions.bernoulli import Bernoulli
from rushlight.distributions.beta import Beta
from rushlight.distributions.binomial import Binomial
from rushlight.distributions.categorical import Categorical
from rushlight.distributions.cauchy import Cauchy
from rushlight.distributions.continuous_bernoulli import ContinuousBernoulli
from rushlight.distributions.dirichlet import Dirichlet
from rushlight.distributions.distribution import Distribution
from rushlight.distributions.exp_family import ExponentialFamily
from rushlight.distributions.exponential import Exponential
from rushlight.distributions.gamma import Gamma
from rushlight.distributions.geometric import Geometric
from rushlight.distributions.gumbel import Gumbel
from rushlight.distributions.half_normal import HalfNormal
from rushlight.distributions.independent import Independent
from rushlight.distributions.laplace import Laplace
from rushlight.distributions.lowrank_multivariate_normal import (
    LowRankMultivariateNormal,
    lowrank_log_det,
    lowrank_mahalanobis,
)
from rushlight.distributions.multivariate_normal import (
    MultivariateNormal,
    batch_mahalanobis,
    half_log_det,
)
from rushlight.distributions.normal import Normal
from rushlight.distributions.one_hot_categorical import OneHotCategorical
from rushlight.distributions.pareto import Pareto
from rushlight.distributions.poisson import Poisson
from rushlight.distributions.transformed_distribution import TransformedDistribution
from rushlight.distributions.uniform import Uniform
from rushlight.distributions.utils import _sum_rightmost, euler_constant
from rushlight.tensor.tensor import Tensor

__all__ = ["kl_divergence", "register_kl"]

Rule = Callable[[Any, Any], Tensor]
_KL_REGISTRY: dict[tuple[type, type], Rule] = {}


def register_kl(type_p: type[Distribution], type_q: type[Distribution]) -> Callable[[Rule], Rule]:
    """Have the decorated function compute divergences from `type_p` to `type_q`.

    Also for their subclasses, unless there is a closer rule. TypeError for what is no class of
    distributions.
    """
    for each in (type_p, type_q):
        if not isinstance(each, type) or not issubclass(each, Distribution):
            raise TypeError(f"register_kl takes classes of distributions, not {each!r}")

    def decorate(rule: Rule) -> Rule:
        _KL_REGISTRY[type_p, type_q] = rule
        _rule_for.cache_clear()
        return rule

    return decorate


@functools.cache
def _rule_for(type_p: type, type_q: type) -> Rule | None:
    """The rule for the closest classes; p's come first, with a warning where q's differ."""
    fitting = [
        (p, q) for p, q in _KL_REGISTRY if issubclass(type_p, p) and issubclass(type_q, q)]
    if not fitting:
        return None
    near_p, near_q = type_p.__mro__.index, type_q.__mro__.index
    by_p = min(fitting, key=lambda pair: (near_p(pair[0]), near_q(pair[1])))
    by_q = min(fitting, key=lambda pair: (near_q(pair[1]), near_p(pair[0])))
    if _KL_REGISTRY[by_p] is not _KL_REGISTRY[by_q]:
        warnings.warn(
            f"two rules are equally near to kl_divergence({type_p.__name__}, {type_q.__name__}): "
            f"register one for that pair", RuntimeWarning, stacklevel=3)
    return _KL_REGISTRY[by_p]


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """The expectation under p of log p - log q, for each of the batch.

    NotImplementedError for a pair without a rule.
    """
    rule: Rule | None = _rule_for(type(p), type(q))  # type: ignore[arg-type]
    if rule is None:
        raise NotImplementedError(
            f"no divergence is registered for {type(p).__name__} and {type(q).__name__}")
    return rule(p, q)


def _same(family: type[Distribution]) -> Callable[[Rule], Rule]:
    return register_kl(family, family)


@_same(ExponentialFamily)
def _exponential_family(p: Any, q: Any) -> Tensor:
    """Bregman's divergence of the log normalisers."""
    if type(p) is not type(q):
        raise NotImplementedError(
            f"no divergence is registered for {type(p).__name__} and {type(q).__name__}: they are "
            "different exponential families")
    theta = [each.detach().requires_grad_() for each in p._natural_params]
    normalizer = p._log_normalizer(*theta)
    slopes = grad(normalizer.sum(), theta, create_graph=True)
    found = q._log_normalizer(*q._natural_params) - normalizer
    for here, there, slope in zip(theta, q._natural_params, slopes, strict=True):
        found = found - _sum_rightmost((there - here) * slope, len(q.event_shape))
    return found


# --- numbers


@_same(Normal)
def _normal(p: Any, q: Any) -> Tensor:
    ratio = (p.scale / q.scale).pow(2)
    away = ((p.loc - q.loc) / q.scale).pow(2)
    return 0.5 * (ratio + away - 1 - ratio.log())


@_same(Exponential)
def _exponential(p: Any, q: Any) -> Tensor:
    ratio = q.rate / p.rate
    return ratio - ratio.log() - 1


@_same(Gamma)
def _gamma(p: Any, q: Any) -> Tensor:
    a, b = p.concentration, q.concentration
    return (
        b * (p.rate / q.rate).log() + f.lgamma(b) - f.lgamma(a) + (a - b) * f.digamma(a)
        + (q.rate - p.rate) * (a / p.rate))


@_same(Gumbel)
def _gumbel(p: Any, q: Any) -> Tensor:
    ratio, away = p.scale / q.scale, (p.loc - q.loc) / q.scale
    tail = (f.lgamma(1 + ratio) - away).exp()
    return away - ratio.log() + ratio * euler_constant + tail - (1 + euler_constant)


@_same(HalfNormal)
def _half_normal(p: Any, q: Any) -> Tensor:
    return _normal(p.base_dist, q.base_dist)


@_same(Laplace)
def _laplace(p: Any, q: Any) -> Tensor:
    ratio, away = p.scale / q.scale, (p.loc - q.loc).abs()
    return away / q.scale + ratio * (-away / p.scale).exp() - ratio.log() - 1


@_same(Cauchy)
def _cauchy(p: Any, q: Any) -> Tensor:
    squares = (p.scale + q.scale).pow(2) + (p.loc - q.loc).pow(2)
    return squares.log() - (4 * p.scale * q.scale).log()


@_same(Pareto)
def _pareto(p: Any, q: Any) -> Tensor:
    ratio = q.alpha / p.alpha
    found = q.alpha * (p.scale / q.scale).log() - ratio.log() + ratio - 1
    return found.masked_fill(p.scale < q.scale, math.inf)


@_same(Uniform)
def _uniform(p: Any, q: Any) -> Tensor:
    found = ((q.high - q.low) / (p.high - p.low)).log()
    return found.masked_fill((q.low > p.low) | (q.high < p.high), math.inf)


@_same(Beta)
def _beta(p: Any, q: Any) -> Tensor:
    return _dirichlet(p._dirichlet, q._dirichlet)


@_same(ContinuousBernoulli)
def _continuous_bernoulli(p: Any, q: Any) -> Tensor:
    here = p._cont_bern_log_norm() + (-p.probs).log1p()
    there = q._cont_bern_log_norm() + (-q.probs).log1p()
    return p.mean * (p.logits - q.logits) + here - there


# --- counts


@_same(Bernoulli)
def _bernoulli(p: Any, q: Any) -> Tensor:
    yes = p.probs * (f.softplus(-q.logits) - f.softplus(-p.logits))
    no = (1 - p.probs) * (f.softplus(q.logits) - f.softplus(p.logits))
    yes = yes.masked_fill(q.probs == 0, math.inf).masked_fill(p.probs == 0, 0)
    no = no.masked_fill(q.probs == 1, math.inf).masked_fill(p.probs == 1, 0)
    return yes + no


@_same(Binomial)
def _binomial(p: Any, q: Any) -> Tensor:
    if (p.total_count < q.total_count).any():
        raise NotImplementedError(
            "the divergence between binomials is not known where q has more trials than p")
    once = p.probs * (p.logits - q.logits) + (-p.probs).log1p() - (-q.probs).log1p()
    return (p.total_count * once).masked_fill(p.total_count > q.total_count, math.inf)


@_same(Categorical)
def _categorical(p: Any, q: Any) -> Tensor:
    terms = p.probs * (p.logits - q.logits)
    return terms.masked_fill(q.probs == 0, math.inf).masked_fill(p.probs == 0, 0).sum(-1)


@_same(OneHotCategorical)
def _one_hot_categorical(p: Any, q: Any) -> Tensor:
    return _categorical(p._categorical, q._categorical)


@_same(Geometric)
def _geometric(p: Any, q: Any) -> Tensor:
    return -p.entropy() - (-q.probs).log1p() / p.probs - q.logits


@_same(Poisson)
def _poisson(p: Any, q: Any) -> Tensor:
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


# --- vectors


@_same(Dirichlet)
def _dirichlet(p: Any, q: Any) -> Tensor:
    a, b = p.concentration, q.concentration
    spread = f.lgamma(a.sum(-1)) - f.lgamma(b.sum(-1)) + (f.lgamma(b) - f.lgamma(a)).sum(-1)
    return spread + ((a - b) * (f.digamma(a) - f.digamma(a.sum(-1, True)))).sum(-1)


def _traces(lower: Tensor, *factors: Tensor) -> Any:
    """The trace of inverse(lower @ lower.mT) times the sum of each factor times its transpose."""
    return sum(
        f.solve_triangular(lower, each, upper=False).pow(2).sum((-2, -1)) for each in factors)


def _need_one_size(p: Any, q: Any) -> None:
    if p.event_shape != q.event_shape:
        raise ValueError(
            f"the divergence needs one event_shape, p has {list(p.event_shape)} and q "
            f"{list(q.event_shape)}")


def _factors(p: Any) -> tuple[Tensor, ...]:
    """Matrices whose products with their transposes add up to the covariance."""
    if isinstance(p, LowRankMultivariateNormal):
        return p._unbroadcasted_cov_factor, p._unbroadcasted_cov_diag.sqrt().diag_embed()
    return (p._unbroadcasted_scale_tril,)


def _log_det(p: Any) -> Tensor:
    if isinstance(p, LowRankMultivariateNormal):
        return lowrank_log_det(p._unbroadcasted_cov_diag, p._capacitance_tril)
    return 2 * half_log_det(p._unbroadcasted_scale_tril)


@_same(MultivariateNormal)
@register_kl(LowRankMultivariateNormal, MultivariateNormal)
def _to_multivariate_normal(p: Any, q: Any) -> Tensor:
    _need_one_size(p, q)
    lower = q._unbroadcasted_scale_tril
    away = batch_mahalanobis(lower, q.loc - p.loc)
    return 0.5 * (
        _log_det(q) - _log_det(p) + _traces(lower, *_factors(p)) + away - p.event_shape[0])


@_same(LowRankMultivariateNormal)
@register_kl(MultivariateNormal, LowRankMultivariateNormal)
def _to_lowrank_multivariate_normal(p: Any, q: Any) -> Tensor:
    _need_one_size(p, q)
    factor, diag = q._unbroadcasted_cov_factor, q._unbroadcasted_cov_diag
    away = lowrank_mahalanobis(factor, diag, q.loc - p.loc, q._capacitance_tril)
    along = factor.mT / diag.unsqueeze(-2)
    parts = _factors(p)
    plain = sum((each.pow(2) / diag.unsqueeze(-1)).sum((-2, -1)) for each in parts)
    trace = plain - _traces(q._capacitance_tril, *[along @ each for each in parts])
    return 0.5 * (_log_det(q) - _log_det(p) + trace + away - p.event_shape[0])


# --- made of others


@_same(Independent)
def _independent(p: Any, q: Any) -> Tensor:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError(
            "the divergence needs equally many reinterpreted dims, p has "
            f"{p.reinterpreted_batch_ndims} and q {q.reinterpreted_batch_ndims}")
    return _sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


@_same(TransformedDistribution)
def _transformed(p: Any, q: Any) -> Tensor:
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError("the divergence needs the same transforms and event_shape")
    more = len(p.event_shape) - len(p.base_dist.event_shape)
    return _sum_rightmost(kl_divergence(p.base_dist, q.base_dist), more)
