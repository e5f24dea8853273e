"""`torch.distributions`: PyTorch's recorded answers, and properties that need no reference.

The recipe of the record is `golden/record_distributions.py`, its questions `distribution_cases.py`.
"""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from distribution_cases import CASES, FAMILIES, Parameters, divergence, pairs, survey

import rushlight as torch
from rushlight import distributions as D
from rushlight.distributions import constraints, transforms
from rushlight.distributions.kl import _KL_REGISTRY
from rushlight.distributions.utils import tril_matrix_to_vec, vec_to_tril_matrix
from rushlight.engine import gamma_draws, movers, pathwise
from rushlight.tensor.generator import default_generator

GOLDEN = json.loads((Path(__file__).parent / "golden" / "distributions.json").read_text())
# PyTorch differentiates gamma and Dirichlet numbers to three or four digits, we to ten.
BY_GAMMA = ("Beta", "Chi2", "Dirichlet", "FisherSnedecor", "Gamma", "InverseGamma", "StudentT")


def close(found, wanted, tolerance, away=1e-2):
    """Compare nested lists of numbers; what is no number must be equal.

    `away` times the tolerance is how far from 0 a number may be that should be 0.
    """
    if isinstance(wanted, list):
        assert isinstance(found, list) and len(found) == len(wanted)
        for each, other in zip(found, wanted, strict=True):
            close(each, other, tolerance, away)
    elif isinstance(wanted, float):
        np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance * away)
    else:
        assert found == wanted


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", CASES)
def test_answers_as_pytorch(name, dtype):
    wanted = dict(GOLDEN["surveys"][dtype][name])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = survey(torch, name, dtype, wanted["sample"])
    if name == "Kumaraswamy":  # PyTorch's formula for it takes logarithms of negative numbers
        del wanted["mode"]
    for question, answer in wanted.items():
        sampled = question in ("sample", "rsample", "expanded sample", "next")
        tolerance = 1e-9 if dtype == "float64" else 2e-4
        if sampled:
            tolerance = 1e-12 if dtype == "float64" else 2e-6
        if question == "rsample gradients" and name in BY_GAMMA:
            tolerance = 1e-2
        if name == "StudentT" and dtype == "float32":
            tolerance = max(tolerance, 1e-3)
        try:
            close(found[question], answer, tolerance, 1.0 if sampled else 1e-2)
        except AssertionError as error:
            raise AssertionError(f"{question}: {error}") from None


@pytest.mark.parametrize("pair", GOLDEN["divergences"])
def test_divergences_as_pytorch(pair):
    close(divergence(torch, *pair.split()), GOLDEN["divergences"][pair], 1e-7)


def test_the_same_pairs_have_divergences():
    assert {f"{p} {q}" for p, q in pairs(torch)} == set(GOLDEN["divergences"])
    assert all(issubclass(each, D.Distribution) for pair in _KL_REGISTRY for each in pair)


# --- what needs no reference


def made(name, dtype="float64"):
    return CASES[name](D, Parameters(torch, dtype))


CONTINUOUS = [
    name for name in CASES
    if not made(name).event_shape and not made(name).support.is_discrete]


@pytest.mark.parametrize("name", [
    name for name in CONTINUOUS if name not in (
        "Cauchy", "HalfCauchy", "RelaxedBernoulli", "VonMises", "TransformedDistribution")])
def test_moments_are_those_of_samples(name):
    torch.manual_seed(1)
    dist = made(name)
    mean, variance = dist.mean, dist.variance
    drawn = dist.sample((8000,)).double()
    known = variance.isfinite() & mean.isfinite()
    assert known.any()
    error = (drawn.mean(0) - mean)[known] / (variance[known] / 8000).sqrt()
    assert error.abs().max() < 4.5


@pytest.mark.parametrize("name", CONTINUOUS)
def test_densities_integrate_to_the_cdf(name):
    dist = made(name)
    torch.manual_seed(2)
    drawn = dist.sample((400,))
    low, high = drawn.quantile(0.1, 0), drawn.quantile(0.9, 0)
    steps = torch.linspace(0, 1, 4001, dtype=torch.float64).reshape((-1,) + (1,) * low.ndim)
    points = low + (high - low) * steps**4  # some densities are infinite on the left
    inside = torch.trapezoid(dist.log_prob(points).exp(), points, dim=0)
    try:
        wanted = dist.cdf(high) - dist.cdf(low)
        tolerance = 1e-4
    except NotImplementedError:
        wanted, tolerance = torch.full_like(inside, 0.8), 0.1
    assert torch.allclose(inside, wanted, atol=tolerance)


@pytest.mark.parametrize("name", ["Binomial", "Categorical", "Bernoulli", "OneHotCategorical"])
def test_probabilities_add_up_to_1(name):
    dist = made(name)
    total = dist.log_prob(dist.enumerate_support()).exp().sum(0)
    assert torch.allclose(total, torch.ones_like(total))


@pytest.mark.parametrize("name", ["Poisson", "Geometric", "NegativeBinomial"])
def test_probabilities_of_counts_add_up_to_1(name):
    total = made(name).log_prob(torch.arange(200.0).double().unsqueeze(-1)).exp().sum(0)
    assert torch.allclose(total, torch.ones_like(total))


@pytest.mark.parametrize("name", [name for name in CASES if made(name).has_rsample])
def test_expanded_and_copied(name):
    dist = made(name)
    again = pickle.loads(pickle.dumps(D.Normal(0.0, 1.0)))
    assert repr(again) == "Normal(loc: 0.0, scale: 1.0)"
    wider = dist.expand((3, *dist.batch_shape))
    assert type(wider) is type(dist)
    assert wider.rsample((2,)).shape == (2, 3, *dist.batch_shape, *dist.event_shape)
    value = dist.sample()
    assert torch.allclose(
        wider.log_prob(value), dist.log_prob(value).expand(wider.batch_shape))


def test_mode_of_kumaraswamy_is_the_highest_point():
    dist = D.Kumaraswamy(torch.tensor(2.0).double(), torch.tensor(3.0).double())
    points = torch.linspace(0.001, 0.999, 9981).double()
    assert abs(points[dist.log_prob(points).argmax()] - dist.mode) < 2e-4


@pytest.mark.parametrize("large", [False, True])
def test_gamma_numbers_move_as_their_distribution_function_does(large):
    """By finite differences of the incomplete gamma function, which is checked elsewhere."""
    from rushlight.engine.gamma_functions import gammainc

    rng = np.random.default_rng(3)
    a = np.exp(rng.uniform(3, 6, 40) if large else rng.uniform(-3, 3, 40))
    x = np.maximum(rng.gamma(a), 1e-6)
    h = 1e-5 * a
    by_a = (gammainc(a + h, x)[0] - gammainc(a - h, x)[0]) / (2 * h)
    density = D.Gamma(torch.from_numpy(a), 1.0).log_prob(torch.from_numpy(x)).exp().numpy()
    np.testing.assert_allclose(pathwise.gamma(a, x), -by_a / density, rtol=1e-5, atol=1e-7)


def test_many_gamma_numbers_are_those_of_the_plain_loop(monkeypatch):
    rng = np.random.default_rng(9)
    shapes = np.exp(rng.uniform(-4, 5, 20000))
    shapes[[3, 5, 7, 9]] = 0, np.nan, np.inf, -1
    found = []
    for count in (20000, 19999):
        for natively in (True, False):
            if not natively:
                monkeypatch.setattr(movers, "many", lambda count: False)
            torch.manual_seed(10)
            torch.rand(3), torch.randn(1)  # an odd number of words, and a normal number kept
            made = gamma_draws.standard_gamma(default_generator.stream, shapes[:count])
            found.append((made, torch.rand(5).numpy(), torch.randn(3).numpy()))
            monkeypatch.undo()
        for one, other in zip(*found[-2:], strict=True):
            np.testing.assert_array_equal(one, other)


def test_shares_move_as_gamma_numbers_over_their_sum():
    """Two shares: the mean of a function's slope is the slope of its mean."""
    torch.manual_seed(4)
    a = torch.tensor([0.6, 2.5], dtype=torch.float64, requires_grad=True)
    D.Dirichlet(a).rsample((40000,))[:, 0].mean().backward()
    share = a.detach() / a.detach().sum()
    wanted = torch.stack([1 - share[0], -share[0]]) / a.detach().sum()
    assert torch.allclose(a.grad, wanted, atol=3e-3)


TRANSFORMS = {
    "exp": (transforms.ExpTransform(), (3,)),
    "power": (transforms.PowerTransform(torch.tensor(1.7).double()), (3,)),
    "sigmoid": (transforms.SigmoidTransform(), (3,)),
    "tanh": (transforms.TanhTransform(), (3,)),
    "softplus": (transforms.SoftplusTransform(), (3,)),
    "affine": (transforms.AffineTransform(torch.tensor([1.0, 2.0]).double(), -2.0), (2,)),
    "affine of events": (transforms.AffineTransform(1.0, 3.0, event_dim=1), (3,)),
    "stick breaking": (transforms.StickBreakingTransform(), (3,)),
    "correlations": (transforms.CorrCholeskyTransform(), (6,)),
    "reshape": (transforms.ReshapeTransform((4,), (2, 2)), (4,)),
    "independent": (transforms.IndependentTransform(transforms.ExpTransform(), 1), (2, 3)),
    "compose": (transforms.ComposeTransform([
        transforms.AffineTransform(0.5, 2.0), transforms.StickBreakingTransform()]), (3,)),
    "inverse": (transforms.SigmoidTransform().inv, (3,)),
    "cdf": (transforms.CumulativeDistributionTransform(D.Normal(0.0, 2.0)), (3,)),
    "cat": (transforms.CatTransform(
        [transforms.ExpTransform(), transforms.identity_transform], 0, [1, 2]), (3,)),
    "stack": (transforms.StackTransform(
        [transforms.ExpTransform(), transforms.TanhTransform()], 0), (2,)),
}


@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms_stretch_as_they_say(name):
    transform, shape = TRANSFORMS[name]
    torch.manual_seed(5)
    x = torch.rand(shape).double() * 0.8 + 0.1
    y = transform(x)
    assert y.shape == transform.forward_shape(shape)
    assert x.shape == transform.inverse_shape(y.shape)
    assert torch.allclose(transform.inv(y), x, atol=1e-9)
    assert transform.inv.inv is transform
    assert bool(transform.codomain.check(y).all()) and bool(transform.domain.check(x).all())
    stretch = transform.log_abs_det_jacobian(x, y)
    n = x.numel()
    slopes = np.empty((n, y.numel()))
    for i in range(n):
        step = torch.zeros(n).double()
        step[i] = 1e-6
        step = step.reshape(shape)
        slopes[i] = ((transform(x + step) - transform(x - step)) / 2e-6).flatten().numpy()
    if name == "correlations":  # of a matrix only what is below the diagonal is free
        slopes = slopes.reshape(n, 4, 4)[:, *np.tril_indices(4, -1)]
    elif name in ("stick breaking", "compose"):
        slopes = slopes[:, :n]
    wanted = np.linalg.slogdet(slopes)[1]
    np.testing.assert_allclose(stretch.sum().item(), wanted, atol=1e-6)
    np.testing.assert_allclose(
        transform.inv.log_abs_det_jacobian(y, x).sum().item(), -wanted, atol=1e-6)


@pytest.mark.parametrize("constraint", [
    constraints.real, constraints.positive, constraints.nonnegative, constraints.greater_than(2.0),
    constraints.less_than(-1.0), constraints.unit_interval, constraints.interval(-1.0, 3.0),
    constraints.half_open_interval(0.0, 2.0), constraints.simplex, constraints.corr_cholesky,
    constraints.real_vector, constraints.independent(constraints.positive, 1),
    constraints.stack([constraints.positive, constraints.real]),
    constraints.cat([constraints.positive, constraints.less_than(0.0)], 0, [2, 4]),
    constraints.lower_cholesky, constraints.positive_definite,
], ids=repr)
def test_registries_lead_to_the_constraint(constraint):
    torch.manual_seed(6)
    shape = (3, 3) if constraint.event_dim == 2 else (6,)
    if isinstance(constraint, constraints._Stack):
        shape = (2, 3)
    if constraint is constraints.corr_cholesky:
        shape = (6,)
    for registry in (D.transform_to, D.biject_to):
        if shape == (3, 3) and registry is D.biject_to:
            with pytest.raises(NotImplementedError):
                registry(constraint)
            continue
        transform = registry(constraint)
        y = transform(torch.randn(shape).double())
        assert bool(constraint.check(y).all())
        assert torch.allclose(transform(transform.inv(y)), y)


def test_a_cache_returns_the_very_tensor():
    cached = transforms.TanhTransform(cache_size=1)
    x = torch.tensor([30.0])
    assert cached.inv(cached(x)) is x
    assert transforms.TanhTransform().inv(transforms.TanhTransform()(x)).isinf()
    assert copy.deepcopy(cached)(x) == 1
    with pytest.raises(ValueError, match="cache_size"):
        transforms.ExpTransform(cache_size=2)


@pytest.mark.parametrize(("kind", "ask"), [
    (ValueError, lambda: D.Normal(0.0, -1.0)),
    (ValueError, lambda: D.Normal("a", 1.0)),
    (ValueError, lambda: D.Normal(0.0, torch.tensor(torch.nan))),
    (ValueError, lambda: D.Normal(0.0, 1.0).log_prob(torch.tensor(torch.nan))),
    (ValueError, lambda: D.Normal(0.0, 1.0).log_prob(1.0)),
    (ValueError, lambda: D.Normal(torch.zeros(3), 1.0).log_prob(torch.zeros(2))),
    (ValueError, lambda: D.Bernoulli()),
    (ValueError, lambda: D.Bernoulli(0.3, 0.3)),
    (ValueError, lambda: D.Bernoulli(0.3).log_prob(torch.tensor(0.5))),
    (ValueError, lambda: D.Uniform(1.0, 0.0)),
    (ValueError, lambda: D.Categorical(torch.tensor(1.0))),
    (ValueError, lambda: D.Categorical(torch.ones(3)).log_prob(torch.tensor(3))),
    (ValueError, lambda: D.Dirichlet(torch.tensor(1.0))),
    (ValueError, lambda: D.Geometric(0.0)),
    (ValueError, lambda: D.MultivariateNormal(torch.zeros(2))),
    (ValueError, lambda: D.MultivariateNormal(torch.zeros(2), torch.ones(2))),
    (ValueError, lambda: D.MultivariateNormal(torch.zeros(2), -torch.eye(2))),
    (ValueError, lambda: D.MultivariateNormal(torch.tensor(1.0), torch.eye(2))),
    (ValueError, lambda: D.Independent(D.Normal(0.0, 1.0), 1)),
    (ValueError, lambda: D.LKJCholesky(1)),
    (ValueError, lambda: D.Wishart(0.5, torch.eye(2))),
    (ValueError, lambda: D.MixtureSameFamily(1, 2)),
    (ValueError, lambda: D.TransformedDistribution(D.Normal(0.0, 1.0), 3)),
    (ValueError, lambda: D.TransformedDistribution(
        D.Normal(0.0, 1.0), D.StickBreakingTransform())),
    (ValueError, lambda: D.Distribution.set_default_validate_args(3)),
    (NotImplementedError, lambda: D.Multinomial(torch.tensor(3), torch.ones(2))),
    (NotImplementedError, lambda: D.Bernoulli(0.3).rsample()),
    (NotImplementedError, lambda: D.Bernoulli(0.3).cdf(torch.tensor(1.0))),
    (NotImplementedError, lambda: D.Normal(0.0, 1.0).enumerate_support()),
    (NotImplementedError, lambda: D.Binomial(
        torch.tensor([1, 2]), torch.tensor(0.3)).enumerate_support()),
    (NotImplementedError, lambda: D.kl_divergence(D.Normal(0.0, 1.0), D.Bernoulli(0.3))),
    (NotImplementedError, lambda: D.kl_divergence(D.Cauchy(0.0, 1.0), D.Normal(0.0, 1.0))),
    (TypeError, lambda: D.register_kl(1, 2)),
    (TypeError, lambda: D.Normal(0.0, 1.0).sample(3)),
])
def test_errors_are_of_pytorchs_classes(kind, ask):
    with pytest.raises(kind):
        ask()


def test_an_error_names_the_parameter_and_its_constraint():
    with pytest.raises(ValueError, match=r"scale.*GreaterThan\(lower_bound=0\.0\)"):
        D.Normal(0.0, -1.0)
    assert D.Normal(0.0, -1.0, validate_args=False).scale == -1


class Half(D.Normal):
    """A subclass with a constructor of its own."""

    def __init__(self, loc):
        super().__init__(loc, 0.5)


def test_subclasses():
    with pytest.raises(NotImplementedError, match="expand"):
        Half(torch.zeros(2)).expand((3, 2))
    found = D.kl_divergence(Half(0.0), D.Normal(0.0, 0.5))
    assert found == 0

    @D.register_kl(Half, D.Normal)
    def _closer(p, q):
        return torch.tensor(7.0)

    try:
        assert D.kl_divergence(Half(0.0), D.Normal(0.0, 0.5)) == 7
    finally:
        _KL_REGISTRY.pop((Half, D.Normal))


class Bare(D.Distribution):
    """A distribution that says nothing of itself."""


def test_a_bare_distribution_warns():
    with pytest.warns(UserWarning, match="arg_constraints"):
        bare = Bare((2,))
    assert bare.batch_shape == (2,)
    with pytest.raises(NotImplementedError):
        bare.expand((3, 2))
    with pytest.warns(FutureWarning, match="sample_n"):
        assert D.Normal(0.0, 1.0).sample_n(3).shape == (3,)


def test_dependent_supports():
    assert constraints.is_dependent(D.Uniform.support)
    assert not constraints.is_dependent(D.Uniform(0.0, 1.0).support)
    assert D.Binomial.support.is_discrete and D.Binomial.support.event_dim == 0
    with pytest.raises(NotImplementedError):
        _ = D.Independent.support.event_dim
    with pytest.raises(ValueError, match="instance"):
        constraints.dependent.check(torch.zeros(1))


def test_the_lower_half_of_matrices():
    for diag in (-1, 0, 1):
        matrix = torch.arange(1.0, 17.0).reshape(4, 4).tril(diag)
        assert torch.equal(vec_to_tril_matrix(tril_matrix_to_vec(matrix, diag), diag), matrix)
    with pytest.raises(ValueError, match="entries"):
        vec_to_tril_matrix(torch.zeros(4))


def test_mixtures_of_one_row_of_weights():
    """One row for a whole batch of components: PyTorch cannot sample these."""
    torch.manual_seed(8)
    mixture = D.MixtureSameFamily(
        D.Categorical(torch.tensor([0.0, 1.0]) + 1e-6), D.Normal(torch.tensor(
            [[-9.0, 9.0], [-99.0, 99.0]]), 0.1))
    assert torch.allclose(mixture.sample((2,)), torch.tensor([9.0, 99.0]), atol=1)


def test_programs_find_the_modules_by_pytorchs_names():
    program = (
        "import rushlight.alias; rushlight.alias.install()\n"
        "import torch\n"
        "assert 'rushlight.distributions' not in __import__('sys').modules\n"
        "from torch.distributions.normal import Normal\n"
        "from torch.distributions.studentT import StudentT\n"
        "from torch.distributions.utils import broadcast_all, euler_constant\n"
        "from torch.distributions import constraints, transforms, kl\n"
        "assert torch.distributions.Normal is Normal\n")
    subprocess.run([sys.executable, "-c", program], check=True)


def test_every_family_of_a_divergence_is_a_distribution():
    for name in FAMILIES:
        assert issubclass(getattr(D, name), D.Distribution)


def test_binomial_numbers_of_odd_parameters():
    counts = torch.tensor([-1.0, 3.0, torch.nan, 3.0, 5.0])
    p = torch.tensor([0.5, 2.0, 0.5, -1.0, 1.0])
    drawn = torch.binomial(counts, p)
    assert drawn[2].isnan() and drawn[[0, 1, 3, 4]].tolist() == [0, 3, 0, 5]
    for count in (torch.tensor([3]), counts.double(), torch.tensor([torch.inf])):
        with pytest.raises(RuntimeError):
            torch.binomial(count, p)
