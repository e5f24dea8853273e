"""Functions of functions: derivatives of every kind, nested in any order, and vmap."""

from __future__ import annotations

import numpy as np
import pytest

import rushlight as torch
from rushlight import func
from rushlight.autograd import functional


def values(*shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape))


def close(found, wanted):
    np.testing.assert_allclose(found.detach().numpy(), np.asarray(wanted), rtol=1e-12, atol=1e-12)


def cubes(x):
    return (x**3).sum() * x[0]


def vector(x):
    return torch.stack([x[0] * x[1], x[1].sin(), x.sum()])


def jacobian_of_vector(x):
    a, b = x.tolist()
    return [[b, a], [0, np.cos(b)], [1, 1]]


def hessian_of_cubes(x):
    x = x.numpy()
    made = np.diag(6 * x * x[0])
    made[0] += 3 * x**2
    made[:, 0] += 3 * x**2
    return made


X, V = values(2), values(2, seed=1)


class TestGrad:
    def test_nests_to_any_order_and_leaves_no_graph(self):
        def f(x):
            return x**4
        for slope in (32, 48, 48, 24, 0):
            f = func.grad(f)
            found = f(torch.tensor(2.0))
            assert found.item() == slope and not found.requires_grad

    def test_an_inner_derivative_sees_only_its_own_argument(self):
        def inner(x):
            return func.grad(lambda y: x * y)(torch.tensor(3.0))
        assert func.grad(lambda x: x * inner(x))(torch.tensor(2.0)).item() == 4

    def test_what_the_function_closes_over_keeps_its_gradient(self):
        weight = torch.tensor(3.0, requires_grad=True)
        found = func.grad(lambda x: weight * x**2)(torch.tensor(2.0))
        found.backward()
        assert found.item() == 12 and weight.grad.item() == 4

    def test_trees_argnums_and_aux(self):
        def f(a, b):
            return (a["w"] * b).sum(), {"b": b}

        (da, db), (value, aux) = func.grad_and_value(f, (0, 1), has_aux=True)({"w": X}, V)
        close(da["w"], V)
        close(db, X)
        close(value, (X * V).sum())
        assert not aux["b"].requires_grad and not value.requires_grad

    def test_an_unused_argument_has_zeros(self):
        close(func.grad(lambda x, y: y.sum())(X, V), [0, 0])

    @pytest.mark.parametrize("wrong", [
        lambda: func.grad(lambda x: x)(X), lambda: func.grad(lambda x: 1.0)(X),
        lambda: func.grad(lambda x: x.sum(), 3)(X), lambda: func.grad(lambda x: x)(1.0),
        lambda: func.vjp(lambda x: x, X)[1](values(3)),
        lambda: func.jvp(lambda x: x, (X,), (values(3),)),
    ])
    def test_wrong_calls(self, wrong):
        with pytest.raises(RuntimeError):
            wrong()


class TestJacobians:
    def test_products(self):
        jacobian = np.array(jacobian_of_vector(X))
        out, pushed = func.jvp(vector, (X,), (V,))
        close(pushed, jacobian @ V.numpy())
        close(out, vector(X))
        close(func.linearize(vector, X)[1](V), jacobian @ V.numpy())
        close(func.vjp(vector, X)[1](values(3))[None], values(3).numpy()[None] @ jacobian)
        close(functional.jvp(vector, X, V)[1], jacobian @ V.numpy())
        close(functional.vjp(vector, X, values(3))[1], values(3).numpy() @ jacobian)

    @pytest.mark.parametrize("make", [func.jacrev, func.jacfwd])
    def test_jacobian(self, make):
        close(make(vector)(X), jacobian_of_vector(X))
        both = make(lambda a, b: a * b, (0, 1))(X, V)
        close(both[0], np.diag(V.numpy()))
        close(both[1], np.diag(X.numpy()))

    @pytest.mark.parametrize("outer", [func.jacrev, func.jacfwd])
    @pytest.mark.parametrize("inner", [func.jacrev, func.jacfwd])
    def test_second_derivatives_in_any_order(self, outer, inner):
        close(outer(inner(cubes))(X), hessian_of_cubes(X))

    def test_hessian(self):
        wanted = hessian_of_cubes(X)
        close(func.hessian(cubes)(X), wanted)
        close(functional.hessian(cubes, X), wanted)
        close(functional.hvp(cubes, X, V)[1], wanted @ V.numpy())
        value, product = functional.vhp(cubes, X, V)
        close(product, wanted @ V.numpy())
        close(value, cubes(X))

    def test_functional_jacobian(self):
        close(functional.jacobian(vector, X), jacobian_of_vector(X))
        x = X.clone().requires_grad_()
        found = functional.jacobian(lambda x: x**2, x, create_graph=True)
        close(torch.autograd.grad(found.sum(), x)[0], [2, 2])
        assert not functional.jacobian(lambda x: x**2, x).requires_grad

    def test_strict(self):
        with pytest.raises(RuntimeError):
            functional.jacobian(lambda x: torch.ones(2), X, strict=True)
        close(functional.jacobian(lambda x: torch.ones(2), X), np.zeros((2, 2)))


class TestForwardMode:
    def test_tangents(self):
        from rushlight.autograd import forward_ad

        with forward_ad.dual_level():
            dual = forward_ad.make_dual(X, V)
            primal, tangent = forward_ad.unpack_dual(dual.sin() * 2)
            close(tangent, 2 * np.cos(X.numpy()) * V.numpy())
            assert not tangent.requires_grad and not primal.requires_grad
            assert forward_ad.unpack_dual(V).tangent is None
            with pytest.raises(RuntimeError):
                forward_ad.enter_dual_level()
        with pytest.raises(RuntimeError):
            forward_ad.make_dual(X, V)


class TestVmap:
    def test_dims_and_nesting(self):
        a, b = values(3, 4), values(4, 3, seed=1)
        found = func.vmap(torch.dot, (0, 1))(a, b)
        close(found, (a.numpy() * b.numpy().T).sum(1))
        table = func.vmap(func.vmap(lambda x, y: x * y, (None, 0)), (0, None))(a[0], b[:, 0])
        close(table, np.outer(a[0].numpy(), b[:, 0].numpy()))
        close(torch.vmap(lambda x: x * 2, out_dims=1)(a), 2 * a.numpy().T)

    def test_per_sample_gradients(self):
        def loss(w, x):
            return (w * x).sum() ** 2
        w, x = values(4), values(3, 4, seed=1)
        close(func.vmap(func.grad(loss), (None, 0))(w, x),
              2 * (x @ w).numpy()[:, None] * x.numpy())

    def test_gradients_through_it(self):
        close(func.grad(lambda x: func.vmap(lambda y: y**2)(x).sum())(X), 2 * X.numpy())

    def test_randomness(self):
        x = torch.zeros(3, 2)
        def draw(x):
            return x + torch.rand(2)
        with pytest.raises(RuntimeError, match="randomness"):
            func.vmap(draw)(x)
        same, different = (
            func.vmap(draw, randomness=each)(x) for each in ("same", "different"))
        assert (same == same[0]).all() and not (different == different[0]).all()

    @pytest.mark.parametrize("wrong", [
        lambda: func.vmap(lambda x: x, 3)(X), lambda: func.vmap(lambda x: x, None)(X),
        lambda: func.vmap(lambda x, y: x)(X, values(3)), lambda: func.vmap(lambda x: 1)(X),
    ])
    def test_wrong_calls(self, wrong):
        with pytest.raises(ValueError, match="vmap"):
            wrong()
