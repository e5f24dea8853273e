"""Distributions, and what is asked of each: what PyTorch answers is in golden/distributions.json.

`CASES` makes each distribution of a library's tensors: `lib` is PyTorch or Rushlight, `t` makes a
parameter of the dtype that is being checked. `survey` asks everything there is to ask.
"""

from __future__ import annotations

from typing import Any

MATRIX = [[2.0, 0.3, 0.1], [0.3, 1.5, -0.2], [0.1, -0.2, 1.0]]
LOWER = [[1.4, 0.0, 0.0], [0.2, 1.2, 0.0], [0.1, -0.2, 0.9]]
WEIGHTS = [[0.2, 0.5, 0.3], [0.6, 0.1, 0.3]]

CASES: dict[str, Any] = {
    "Bernoulli": lambda d, t: d.Bernoulli(t([0.3, 0.5, 0.9])),
    "Bernoulli logits": lambda d, t: d.Bernoulli(logits=t([[-1.0], [2.0]])),
    "Beta": lambda d, t: d.Beta(t([0.5, 2.0, 9.0]), t([0.7, 3.0, 1.5])),
    "Binomial": lambda d, t: d.Binomial(12, t([0.3, 0.5, 0.9])),
    "Binomial large": lambda d, t: d.Binomial(90, logits=t([-1.0, 0.1, 2.0])),
    "Categorical": lambda d, t: d.Categorical(t(WEIGHTS)),
    "Categorical logits": lambda d, t: d.Categorical(logits=t([1.0, -0.5, 0.2])),
    "Cauchy": lambda d, t: d.Cauchy(t([0.0, 1.0]), t([1.0, 2.5])),
    "Chi2": lambda d, t: d.Chi2(t([0.8, 3.0, 20.0])),
    "ContinuousBernoulli": lambda d, t: d.ContinuousBernoulli(t([0.1, 0.4995, 0.8])),
    "ContinuousBernoulli logits": lambda d, t: d.ContinuousBernoulli(logits=t([-2.0, 0.001, 3.0])),
    "Dirichlet": lambda d, t: d.Dirichlet(t([[0.5, 2.0, 3.0], [0.3, 0.2, 0.9]])),
    "Exponential": lambda d, t: d.Exponential(t([0.5, 2.0])),
    "FisherSnedecor": lambda d, t: d.FisherSnedecor(t([1.5, 5.0]), t([6.0, 3.0])),
    "Gamma": lambda d, t: d.Gamma(t([0.2, 1.0, 7.0]), t([2.0, 0.5, 1.0])),
    "GeneralizedPareto": lambda d, t: d.GeneralizedPareto(
        t([0.0, 1.0, 2.0]), t([1.0, 2.0, 0.5]), t([0.0, 0.3, -0.4])),
    "Geometric": lambda d, t: d.Geometric(t([0.3, 0.8])),
    "Geometric logits": lambda d, t: d.Geometric(logits=t([-1.0, 0.4])),
    "Gumbel": lambda d, t: d.Gumbel(t([0.0, 1.0]), t([1.0, 2.5])),
    "HalfCauchy": lambda d, t: d.HalfCauchy(t([1.0, 2.5])),
    "HalfNormal": lambda d, t: d.HalfNormal(t([1.0, 2.5])),
    "Independent": lambda d, t: d.Independent(
        d.Normal(t([[0.0, 1.0, 2.0]]), t([[1.0], [2.0]])), 1),
    "InverseGamma": lambda d, t: d.InverseGamma(t([0.8, 1.5, 7.0]), t([2.0, 0.5, 1.0])),
    "Kumaraswamy": lambda d, t: d.Kumaraswamy(t([0.7, 2.0]), t([1.5, 3.0])),
    "Laplace": lambda d, t: d.Laplace(t([0.0, 1.0]), t([1.0, 2.5])),
    "LKJCholesky": lambda d, t: d.LKJCholesky(3, t([0.5, 2.0])),
    "LogNormal": lambda d, t: d.LogNormal(t([0.0, 1.0]), t([1.0, 0.5])),
    "LogisticNormal": lambda d, t: d.LogisticNormal(t([0.0, 1.0]), t([1.0, 0.5])),
    "LowRankMultivariateNormal": lambda d, t: d.LowRankMultivariateNormal(
        t([[0.0, 1.0, 2.0], [1.0, 1.0, 1.0]]), t([[0.5], [0.3], [-0.2]]), t([1.0, 0.5, 2.0])),
    "MixtureSameFamily": lambda d, t: d.MixtureSameFamily(
        d.Categorical(t([[0.2, 0.8], [0.7, 0.3]])),
        d.Normal(t([[0.0, 3.0], [1.0, 5.0]]), t([1.0, 0.5]))),
    "MixtureSameFamily vectors": lambda d, t: d.MixtureSameFamily(
        d.Categorical(logits=t([0.2, 0.8])),
        d.Independent(d.Normal(t([[0.0, 3.0], [1.0, 5.0]]), t([1.0, 0.5])), 1)),
    "Multinomial": lambda d, t: d.Multinomial(7, t(WEIGHTS)),
    "MultivariateNormal": lambda d, t: d.MultivariateNormal(t([0.0, 1.0, 2.0]), t(MATRIX)),
    "MultivariateNormal precision": lambda d, t: d.MultivariateNormal(
        t([[0.0, 1.0, 2.0], [1.0, 0.0, 0.0]]), precision_matrix=t(MATRIX)),
    "MultivariateNormal tril": lambda d, t: d.MultivariateNormal(
        t([0.0, 1.0, 2.0]), scale_tril=t([[LOWER], [LOWER]])),
    "NegativeBinomial": lambda d, t: d.NegativeBinomial(t([3.0, 5.5]), t([0.3, 0.6])),
    "Normal": lambda d, t: d.Normal(t([[0.0, 1.0, 2.0]]), t([[1.0], [2.5]])),
    "OneHotCategorical": lambda d, t: d.OneHotCategorical(t(WEIGHTS)),
    "OneHotCategoricalStraightThrough": lambda d, t: d.OneHotCategoricalStraightThrough(
        t(WEIGHTS)),
    "Pareto": lambda d, t: d.Pareto(t([1.0, 2.0]), t([0.9, 3.0])),
    "Poisson": lambda d, t: d.Poisson(t([0.5, 3.0, 40.0])),
    "RelaxedBernoulli": lambda d, t: d.RelaxedBernoulli(t(0.7), t([0.3, 0.8])),
    "RelaxedOneHotCategorical": lambda d, t: d.RelaxedOneHotCategorical(t(0.7), t(WEIGHTS)),
    "StudentT": lambda d, t: d.StudentT(t([0.9, 1.5, 7.0]), t([0.0, 1.0, 2.0]), t(2.0)),
    "TransformedDistribution": lambda d, t: d.TransformedDistribution(
        d.Normal(t([0.0, 1.0]), t(1.0)),
        [d.AffineTransform(t([1.0, -2.0]), t(-0.5)), d.SigmoidTransform()]),
    "Uniform": lambda d, t: d.Uniform(t([0.0, 1.0]), t([2.0, 1.5])),
    "VonMises": lambda d, t: d.VonMises(t([0.0, 1.0, 3.0]), t([1.0, 5.0, 0.5])),
    "Weibull": lambda d, t: d.Weibull(t([1.0, 2.0]), t([0.9, 3.0])),
    "Wishart": lambda d, t: d.Wishart(t([4.5, 9.0]), t(MATRIX)),
    "Wishart tril": lambda d, t: d.Wishart(t(5.0), scale_tril=t(LOWER).tril()),
}

SHAPE = (4,)
MOMENTS = ("mean", "mode", "variance", "stddev")


class Parameters:
    """Makes tensors of a dtype that want gradients, and keeps them."""

    def __init__(self, lib: Any, dtype: str) -> None:
        self.lib, self.dtype, self.made = lib, dtype, []

    def __call__(self, values: Any) -> Any:
        made = self.lib.tensor(values, dtype=getattr(self.lib, self.dtype), requires_grad=True)
        self.made.append(made)
        return made

    def gradients(self, result: Any) -> list[Any]:
        """Those of the result's elements, each times another weight."""
        weights = self.lib.arange(1, result.numel() + 1, dtype=result.dtype).reshape(result.shape)
        found = self.lib.autograd.grad(
            (result * weights.cos()).sum(), self.made, allow_unused=True, retain_graph=True)
        return [None if each is None else each.tolist() for each in found]


def answer(question: Any) -> Any:
    """What the library answers: numbers, or that it does not."""
    try:
        found = question()
    except NotImplementedError:
        return "NotImplementedError"
    return found.tolist() if hasattr(found, "tolist") else found


def survey(lib: Any, name: str, dtype: str, value: Any = None) -> dict[str, Any]:
    """All answers for one distribution; densities at `value`, or at its own samples."""
    before = lib.get_default_dtype()
    lib.set_default_dtype(getattr(lib, dtype))  # PyTorch's GeneralizedPareto needs it
    try:
        return _survey(lib, name, dtype, value)
    finally:
        lib.set_default_dtype(before)


def _survey(lib: Any, name: str, dtype: str, value: Any) -> dict[str, Any]:
    parameters = Parameters(lib, dtype)
    dist = CASES[name](lib.distributions, parameters)
    told: dict[str, Any] = {
        "repr": repr(dist), "batch_shape": list(dist.batch_shape),
        "event_shape": list(dist.event_shape), "has_rsample": bool(dist.has_rsample),
        "has_enumerate_support": bool(dist.has_enumerate_support),
    }
    lib.manual_seed(7)
    drawn = dist.sample(SHAPE)
    told["sample"] = drawn.tolist()
    told["next"] = lib.rand(2).tolist()  # so many numbers of the stream were used
    value = drawn if value is None else lib.tensor(value, dtype=drawn.dtype)
    if dist.has_rsample:
        lib.manual_seed(7)
        made = dist.rsample(SHAPE)
        told["rsample"] = made.tolist()
        if "Wishart" not in name:  # PyTorch writes into what it still needs
            told["rsample gradients"] = parameters.gradients(made)
    log_prob = dist.log_prob(value)
    told["log_prob"] = log_prob.tolist()
    told["log_prob gradients"] = parameters.gradients(log_prob)
    told["cdf"] = answer(lambda: dist.cdf(value))
    level = lib.tensor([[0.2], [0.7]], dtype=getattr(lib, dtype))
    if not dist.event_shape:
        told["icdf"] = answer(lambda: dist.icdf(level))
    told["entropy"] = answer(dist.entropy)
    told["perplexity"] = answer(dist.perplexity)
    told |= {each: answer(lambda each=each: getattr(dist, each)) for each in MOMENTS}
    if dist.has_enumerate_support:
        told["values"] = answer(dist.enumerate_support)
        told["values once"] = answer(lambda: dist.enumerate_support(expand=False))
    wider = dist.expand((2, *dist.batch_shape))
    told["expanded"] = [list(wider.batch_shape), list(wider.event_shape)]
    told["expanded log_prob"] = wider.log_prob(value.unsqueeze(1)).tolist()
    lib.manual_seed(7)
    told["expanded sample"] = wider.sample().tolist()
    return told


FAMILIES = {
    "Bernoulli": lambda d, t: (d.Bernoulli(t([0.3, 0.0])), d.Bernoulli(t(0.6))),
    "Beta": lambda d, t: (d.Beta(t(2.5), t(1.5)), d.Beta(t(0.7), t(3.0))),
    "Binomial": lambda d, t: (d.Binomial(30, t(0.3)), d.Binomial(30, t(0.6))),
    "Categorical": lambda d, t: (d.Categorical(t(WEIGHTS)), d.Categorical(t([0.1, 0.2, 0.7]))),
    "Cauchy": lambda d, t: (d.Cauchy(t(0.5), t(1.5)), d.Cauchy(t(1.0), t(2.0))),
    "ContinuousBernoulli": lambda d, t: (
        d.ContinuousBernoulli(t(0.3)), d.ContinuousBernoulli(t(0.8))),
    "Dirichlet": lambda d, t: (d.Dirichlet(t([0.5, 2.0])), d.Dirichlet(t([1.5, 0.7]))),
    "Exponential": lambda d, t: (d.Exponential(t(0.5)), d.Exponential(t(1.3))),
    "Gamma": lambda d, t: (d.Gamma(t(2.5), t(1.5)), d.Gamma(t(0.7), t(3.0))),
    "Geometric": lambda d, t: (d.Geometric(t(0.3)), d.Geometric(t(0.6))),
    "Gumbel": lambda d, t: (d.Gumbel(t(0.5), t(1.5)), d.Gumbel(t(1.0), t(2.0))),
    "HalfNormal": lambda d, t: (d.HalfNormal(t(1.5)), d.HalfNormal(t(2.0))),
    "Independent": lambda d, t: tuple(
        d.Independent(d.Normal(t([0.0, each]), t([1.0, 2.0])), 1) for each in (1.0, 2.0)),
    "Laplace": lambda d, t: (d.Laplace(t(0.5), t(1.5)), d.Laplace(t(1.0), t(2.0))),
    "LogNormal": lambda d, t: (d.LogNormal(t(0.5), t(1.5)), d.LogNormal(t(1.0), t(2.0))),
    "LowRankMultivariateNormal": lambda d, t: tuple(d.LowRankMultivariateNormal(
        t([0.0, each, 2.0]), t([[0.5], [each], [-0.2]]), t([1.0, 0.5, each])) for each in (1., 2.)),
    "MultivariateNormal": lambda d, t: (
        d.MultivariateNormal(t([0.0, 1.0, 2.0]), t(MATRIX)),
        d.MultivariateNormal(t([1.0, 1.0, 0.0]), scale_tril=t(LOWER))),
    "Normal": lambda d, t: (d.Normal(t([0.5, 0.2]), t(1.5)), d.Normal(t(1.0), t([2.0, 0.7]))),
    "OneHotCategorical": lambda d, t: (
        d.OneHotCategorical(t(WEIGHTS)), d.OneHotCategorical(t([0.1, 0.2, 0.7]))),
    "Pareto": lambda d, t: (d.Pareto(t([1.5, 0.2]), t(2.5)), d.Pareto(t(0.4), t(1.1))),
    "Poisson": lambda d, t: (d.Poisson(t(0.5)), d.Poisson(t(1.3))),
    "Uniform": lambda d, t: (d.Uniform(t([0.2, 0.5]), t([0.8, 1.7])), d.Uniform(t(0.1), t(2.0))),
    "Wishart": lambda d, t: (
        d.Wishart(t(5.0), t(MATRIX)), d.Wishart(t(6.5), scale_tril=t(LOWER).tril())),
}


def pairs(lib: Any) -> list[tuple[str, str]]:
    """The families between which PyTorch has a divergence."""
    return [(p, q) for p in FAMILIES for q in FAMILIES if p == q or _registered(lib, p, q)]


def _registered(lib: Any, p: str, q: str) -> bool:
    registry = lib.distributions.kl._KL_REGISTRY
    return any((a.__name__, b.__name__) == (p, q) for a, b in registry)


def divergence(lib: Any, p: str, q: str) -> Any:
    """The divergence from the first of family p to the second of family q, and its gradients."""
    parameters = Parameters(lib, "float64")
    here = FAMILIES[p](lib.distributions, parameters)[0]
    there = FAMILIES[q](lib.distributions, parameters)[1]

    def ask() -> Any:
        found = lib.distributions.kl_divergence(here, there)
        finite = found.masked_fill(~found.isfinite(), 0.0)
        gradients = parameters.gradients(finite) if finite.requires_grad else []
        return [found.tolist(), [each for each in gradients if each is not None]]

    return answer(ask)
