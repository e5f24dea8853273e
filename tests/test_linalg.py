"""Decompositions against what defines them: the matrix itself, and NumPy's own answers in float64.

Vectors are only known up to a sign or a phase, so that none is compared with a recorded one.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rushlight as torch

DTYPES = ("float32", "float64", "complex64", "complex128")
shapes = st.tuples(
    st.sampled_from([(), (0,), (2,), (2, 1)]), st.integers(0, 12), st.integers(0, 12))
seeds = st.integers(0, 2**32 - 1)
dtypes = st.sampled_from(DTYPES)


def matrices(seed, shape, dtype):
    random = np.random.default_rng(seed)
    array = random.standard_normal(shape)
    if "complex" in dtype:
        array = array + 1j * random.standard_normal(shape)
    return torch.from_numpy(array.astype(dtype))


def near(a, b):
    eps = np.finfo(a.numpy().dtype).eps
    assert a.shape == b.shape
    assert a.dtype == b.dtype
    size = max(1.0, float(np.abs(b.numpy()).max(initial=0)))
    np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=0, atol=300 * eps * size)


def orthonormal(q):
    near(q.mH.resolve_conj() @ q, torch.eye(q.shape[-1], dtype=q.dtype).expand(
        *q.shape[:-2], q.shape[-1], q.shape[-1]))


@settings(max_examples=40, deadline=None)
@given(shapes, seeds, dtypes, st.booleans())
def test_singular_vectors_and_values_make_the_matrix(shape, seed, dtype, full):
    batch, m, n = shape
    a = matrices(seed, (*batch, m, n), dtype)
    u, s, vh = torch.linalg.svd(a, full_matrices=full)
    k = min(m, n)
    near((u[..., :k] * s.unsqueeze(-2)) @ vh[..., :k, :], a)
    orthonormal(u), orthonormal(vh.mH.resolve_conj())
    assert (s.diff() <= 0).all()
    near(torch.linalg.svdvals(a), s)


@settings(max_examples=40, deadline=None)
@given(shapes, seeds, dtypes, st.sampled_from(["reduced", "complete"]))
def test_q_and_r_make_the_matrix(shape, seed, dtype, mode):
    batch, m, n = shape
    a = matrices(seed, (*batch, m, n), dtype)
    q, r = torch.linalg.qr(a, mode)
    near(q @ r, a)
    orthonormal(q)
    assert torch.equal(r, r.triu())
    if m >= n:
        near(torch.linalg.householder_product(*torch.geqrf(a)),
             torch.linalg.qr(a, "reduced")[0])


@settings(max_examples=40, deadline=None)
@given(shapes, seeds, dtypes)
def test_p_l_and_u_make_the_matrix(shape, seed, dtype):
    batch, m, n = shape
    a = matrices(seed, (*batch, m, n), dtype)
    p, lower, upper = torch.linalg.lu(a)
    near(p @ lower @ upper, a)
    assert torch.equal(lower, lower.tril())
    assert (lower.abs() <= 1.415).all()  # rows were exchanged for the largest |re| + |im|
    assert torch.equal(p.sum(-1), torch.ones(p.shape[:-1], dtype=p.dtype))


@settings(max_examples=40, deadline=None)
@given(shapes, seeds, dtypes, st.sampled_from("LU"))
def test_eigenvectors_and_values_make_the_matrix(shape, seed, dtype, half):
    batch, n, _ = shape
    a = matrices(seed, (*batch, n, n), dtype)
    hermitian = a + a.mH.resolve_conj()
    values, vectors = torch.linalg.eigh(hermitian, half)
    near((vectors * values.unsqueeze(-2)) @ vectors.mH.resolve_conj(), hermitian)
    values, vectors = torch.linalg.eig(a)
    wide = a.to(values.dtype)
    size = max(1.0, float(np.abs(a.numpy()).max(initial=0)))
    off = (wide @ vectors - vectors * values.unsqueeze(-2)).abs().numpy()
    assert off.max(initial=0) <= 300 * np.finfo(a.numpy().dtype).eps * size


@settings(max_examples=30, deadline=None)
@given(shapes, seeds, dtypes, st.booleans())
def test_the_factors_of_a_symmetric_matrix_solve(shape, seed, dtype, hermitian):
    batch, n, k = shape
    a = matrices(seed, (*batch, n, n), dtype)
    a = a + (a.mH.resolve_conj() if hermitian else a.mT)
    a = a + 4 * n * torch.eye(n, dtype=a.dtype)  # far from singular
    b = matrices(seed + 1, (*batch, n, k), dtype)
    factors = torch.linalg.ldl_factor(a, hermitian=hermitian)
    near(a @ torch.linalg.ldl_solve(*factors, b, hermitian=hermitian), b)
    near(a @ torch.linalg.solve(a, b), b)
    near(a @ torch.linalg.lu_solve(*torch.linalg.lu_factor(a), b), b)


@pytest.mark.parametrize("n", [1, 9, 40, 130])
def test_large_systems_are_numpys(n):
    a = matrices(n, (n, n), "float64")
    np.testing.assert_allclose(
        torch.linalg.det(a).item(), np.linalg.det(a.numpy()), rtol=1e-9)
    lu, pivots, info = torch.linalg.lu_factor_ex(a)
    assert info == 0
    signs = 1 - 2 * ((pivots != torch.arange(1, n + 1)).sum() % 2)
    np.testing.assert_allclose(
        (lu.diagonal().prod() * signs).item(), np.linalg.det(a.numpy()), rtol=1e-9)


def test_the_gradient_of_a_singular_determinant_is_the_cofactors():
    a = torch.tensor([[1.0, 2.0], [2.0, 4.0]], dtype=torch.float64, requires_grad=True)
    torch.linalg.det(a).backward()
    np.testing.assert_allclose(a.grad.numpy(), [[4.0, -2.0], [-2.0, 1.0]], atol=1e-12)


def some_of_svd(a):
    u, s, vh = torch.linalg.svd(a, full_matrices=False)
    return (u * s.exp().unsqueeze(-2)) @ vh  # the same for any signs


def some_of_eigh(a):
    values, vectors = torch.linalg.eigh(a + a.mT)
    return (vectors * values.sin().unsqueeze(-2)) @ vectors.mT


def some_of_eig(a):
    values, vectors = torch.linalg.eig(a)
    return ((vectors * values.exp().unsqueeze(-2)) @ torch.linalg.inv(vectors)).real


def some_of_qr(a):
    q, r = torch.linalg.qr(a)
    signs = r.diagonal(0, -2, -1).sign()
    return q * signs.unsqueeze(-2), r * signs.unsqueeze(-1)


@pytest.mark.parametrize("shape", [(4, 4), (5, 3), (3, 5), (2, 3, 3)])
@pytest.mark.parametrize("function", [
    some_of_svd, some_of_eigh, some_of_eig, some_of_qr, torch.linalg.pinv, torch.linalg.lu_factor])
def test_gradients_are_finite_differences(function, shape):
    if function in (some_of_eigh, some_of_eig) and shape[-1] != shape[-2]:
        shape = (3, 3)
    a, move = matrices(3, shape, "float64"), matrices(4, shape, "float64")

    def scalar(x):
        made = function(x)
        parts = made if isinstance(made, tuple) else (made,)
        return sum((each * torch.arange(each.numel()).reshape(each.shape).cos()).sum()
                   for each in parts if each.is_floating_point())

    x = a.clone().requires_grad_()
    (grad,) = torch.autograd.grad(scalar(x), x, create_graph=True)
    step = 1e-6
    slope = (scalar(a + step * move) - scalar(a - step * move)) / (2 * step)
    np.testing.assert_allclose((grad * move).sum().item(), slope.item(), rtol=1e-6)
    (second,) = torch.autograd.grad((grad * move).sum(), x)
    ends = []
    for sign in (1, -1):
        x = (a + sign * step * move).requires_grad_()
        ends.append((torch.autograd.grad(scalar(x), x)[0] * move).sum())
    np.testing.assert_allclose(
        (second * move).sum().item(), ((ends[0] - ends[1]) / (2 * step)).item(), rtol=1e-5)


@pytest.mark.parametrize("name", ["svd", "eigh", "eig"])
def test_a_loss_of_a_phase_has_no_gradient(name):
    a = matrices(5, (3, 3), "complex128")
    a = (a + a.mH.resolve_conj() if name == "eigh" else a).requires_grad_()
    vectors = getattr(torch.linalg, name)(a)[0 if name == "svd" else 1]
    with pytest.raises(RuntimeError, match="phase"):
        vectors.imag.sum().backward()
    assert a.grad is None


def test_low_rank_is_found():
    torch.manual_seed(0)
    a = matrices(6, (30, 4), "float64") @ matrices(7, (4, 20), "float64")
    for wide in (a, a.mT):
        u, s, v = torch.svd_lowrank(wide, q=5)
        near((u * s) @ v.mT, wide)
        u, s, v = torch.pca_lowrank(wide, q=5)
        near((u * s) @ v.mT, wide - wide.mean(0, True))
    with pytest.raises(ValueError, match="q must be"):
        torch.pca_lowrank(a, q=21)
