"""Parametrizations: registering, assigning, removing; weight_norm, spectral_norm, orthogonal."""

import copy
import pickle

from . import probe


def classes(nn):
    class Symmetric(nn.Module):
        def forward(self, X):
            return X.triu() + X.triu(1).transpose(-1, -2)

    class Scaled(nn.Module):
        def forward(self, X):
            return X * 2

        def right_inverse(self, X):
            return X / 2

    class Sum(nn.Module):
        def forward(self, a, b):
            return a + b

        def right_inverse(self, X):
            return X / 2, X / 2

    class Cut(nn.Module):
        def forward(self, X):
            return X[:1]

    return Symmetric, Scaled, Sum, Cut


@probe
def registering(torch, see):
    nn, P = torch.nn, torch.nn.utils.parametrize
    Symmetric, Scaled, _, Cut = classes(nn)
    m = nn.Linear(2, 2)
    weight = m.weight
    see(P.register_parametrization(m, "weight", Symmetric()), type(m), isinstance(m, nn.Linear))
    see(m.weight, m.state_dict(), P.is_parametrized(m), P.is_parametrized(m, "bias"))
    see(P.type_before_parametrizations(m), m.parametrizations.weight.original is weight)
    see([name for name, _ in m.named_parameters()], lambda: setattr(m, "weight", torch.ones(2, 2)))
    see(P.register_parametrization(m, "weight", Scaled()), m.weight)
    see(lambda: P.register_parametrization(m, "no", Symmetric()))
    see(lambda: P.register_parametrization(m, "weight", Cut()), lambda: pickle.dumps(m))
    copied = copy.deepcopy(m)
    see(copied, copied.weight, type(copied) is type(m))
    see(copied.parametrizations.weight.original is weight)
    m(torch.ones(1, 2)).sum().backward()
    see(weight.grad, m.weight is m.weight)
    with P.cached():
        see(m.weight is m.weight)
    see(P.remove_parametrizations(m, "weight"), m.weight, m.weight is weight, type(m))
    see(lambda: P.remove_parametrizations(m, "weight"), list(m.state_dict()))
    see(lambda: P.ParametrizationList([], torch.ones(1)))


@probe
def assigning(torch, see):
    nn, P = torch.nn, torch.nn.utils.parametrize
    _, Scaled, Sum, Cut = classes(nn)
    m = nn.Linear(2, 2)
    P.register_parametrization(m, "weight", Scaled())
    see(m.weight, m.parametrizations.weight.original)
    m.weight = torch.ones(2, 2)
    see(m.weight, m.parametrizations.weight.original)
    see(lambda: setattr(m, "weight", torch.ones(2, 2, dtype=torch.float64)))
    see(m.load_state_dict(m.state_dict()))
    P.remove_parametrizations(m, "weight", leave_parametrized=False)
    see(m.weight)
    m = nn.Linear(2, 2)
    P.register_parametrization(m, "weight", Sum())
    see(m, m.state_dict(), m.weight, m.parametrizations.weight.ntensors)
    m.weight = torch.eye(2)
    see(m.weight, m.parametrizations.weight.original0)
    see(lambda: P.remove_parametrizations(m, "weight", leave_parametrized=False))
    see(P.remove_parametrizations(m, "weight"), m.weight)
    m = nn.Linear(2, 2)
    see(lambda: P.register_parametrization(m, "weight", Cut()))
    see(P.register_parametrization(m, "weight", Cut(), unsafe=True), m.weight)


@probe
def buffers_and_transfers(torch, see):
    nn, P = torch.nn, torch.nn.utils.parametrize
    Symmetric, Scaled, _, _ = classes(nn)
    m = nn.Linear(2, 2)
    m.register_buffer("held", torch.ones(2, 2))
    P.register_parametrization(m, "held", Symmetric())
    P.register_parametrization(m, "bias", Scaled())
    see(m, m.state_dict(), m.held)
    see(P.remove_parametrizations(m, "held"), P.remove_parametrizations(m, "bias"), m.state_dict())
    a, b = nn.Linear(2, 2), nn.Linear(2, 2)
    P.register_parametrization(a, "weight", Scaled())
    P.transfer_parametrizations_and_params(a, b)
    see(b, (a.weight == b.weight).all())
    see(a.parametrizations.weight.original is b.parametrizations.weight.original)
    a.eval()
    see(a.parametrizations.weight[0].training, a.half().weight.dtype)
    see(a.requires_grad_(False).weight.requires_grad)
    s = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    P.register_parametrization(s[0], "weight", Scaled())
    see(type(s[0]), type(s[1]), s(torch.ones(1, 2)))


@probe
def weight_norm(torch, see):
    nn, Q = torch.nn, torch.nn.utils.parametrizations
    x = torch.randn(2, 4)
    for dim in (0, 1, -1, None):
        m = nn.Linear(4, 3)
        w = m.weight.detach().clone()
        see(Q.weight_norm(m, dim=dim), m.state_dict(), m.weight)
        m(x).square().sum().backward()
        see([each.grad for each in m.parameters()])
        m.weight = w * 2
        see(m.weight)
    see(lambda: Q.weight_norm(nn.Linear(2, 2), "no"))


@probe
def spectral_norm(torch, see):
    nn, Q = torch.nn, torch.nn.utils.parametrizations
    x = torch.randn(2, 4)
    for dim in (0, 1, None):
        m = Q.spectral_norm(nn.Linear(4, 3), dim=dim, n_power_iterations=2)
        see(m, m.state_dict(), m.weight, m.eval().weight, m.parametrizations.weight[0]._u)
        m(x).square().sum().backward()
        see([each.grad for each in m.parameters()])
    see(lambda: Q.spectral_norm(nn.Linear(2, 2), n_power_iterations=0))
    see(lambda: Q.spectral_norm(nn.Linear(2, 2), dim=5), lambda: Q.spectral_norm(m, "no"))
    m = Q.spectral_norm(nn.Linear(4, 3), "bias")
    see(m.bias)
    m.wide = nn.Parameter(torch.randn(2, 3, 2))
    see(Q.spectral_norm(m, "wide", dim=1).wide)


@probe
def orthogonal(torch, see):
    nn, orthogonal = torch.nn, torch.nn.utils.parametrizations.orthogonal
    for shape in ((3, 3), (3, 4), (4, 3)):
        for trivialization in (True, False):
            for name in ("matrix_exp", "cayley", "householder"):
                m = nn.Linear(*shape[::-1], dtype=torch.float64)
                orthogonal(m, orthogonal_map=name, use_trivialization=trivialization)
                see(list(m.state_dict()), m.weight, m.parametrizations.weight.original)
                with torch.no_grad():
                    noise = torch.randn(shape, dtype=torch.float64)
                    m.parametrizations.weight.original.add_(noise.tril(-1))
                see(m.weight)
                (m.weight * torch.arange(12.0)[: m.weight.numel()].view(shape)).sum().backward()
                see(m.parametrizations.weight.original.grad)
                value = nn.init.orthogonal_(torch.empty(shape, dtype=torch.float64))
                see(lambda: setattr(m, "weight", value), m.weight)
                see(lambda: setattr(m, "weight", torch.ones(2, 3)))
    see(lambda: orthogonal(nn.Linear(3, 3), orthogonal_map="no"), lambda: orthogonal(m, "bias"))
    see(lambda: orthogonal(m, "no"), orthogonal(nn.Linear(3, 5)), orthogonal(nn.Linear(3, 3)))
