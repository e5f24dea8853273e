"""Kernels for rows and for steps in time: norms, LSTM and GRU layers, embeddings."""

import numpy as np
import pytest

import rushlight as torch
from rushlight import nn
from rushlight.engine import at_hand, native, recurrence
from rushlight.engine.recurrence import Walk, Weights
from rushlight.ops.normalization import _standardized

needs_llvm = pytest.mark.skipif(not native.available(), reason="the kernels are LLVM's")


@pytest.fixture(autouse=True)
def kernels_for_all(monkeypatch):
    """Of few numbers too, as in a program that has run for a while."""
    monkeypatch.setattr(at_hand, "_at_hand", True)
    monkeypatch.setattr(at_hand, "FEW", 0)


# --- norms


def normal(x, weight, bias, grad, eps, centred):
    """The result and the gradients, in float64."""
    x, weight, bias, grad = (np.asarray(each, np.float64) for each in (x, weight, bias, grad))
    apart = x - x.mean(-1, keepdims=True) if centred else x
    scale = 1 / np.sqrt((apart**2).mean(-1, keepdims=True) + eps)
    rows, slope = apart * scale, grad * weight
    across = (slope * rows).mean(-1, keepdims=True) * rows
    middle = slope.mean(-1, keepdims=True) if centred else 0
    return (rows * weight + bias, (slope - middle - across) * scale, (grad * rows).sum(0),
            grad.sum(0))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(4, 7), (33, 128), (300, 20), (64, 1000), (17, 64), (1, 3)])
@pytest.mark.parametrize("centred", [True, False])
def test_norms_of_rows(shape, dtype, centred):
    rng = np.random.default_rng(0)
    x, grad = (rng.standard_normal(shape).astype(dtype) + 1 for _ in range(2))
    weight, bias = (rng.standard_normal(shape[1]).astype(dtype) for _ in range(2))
    a, w, b = (torch.tensor(each, requires_grad=True) for each in (x, weight, bias))
    if centred:
        made = nn.functional.layer_norm(a, shape[1:], w, b, 1e-3)
    else:
        made = nn.functional.rms_norm(a, shape[1:], w, 1e-3)
        bias = np.zeros_like(bias)
    made.backward(torch.tensor(grad))
    wanted = normal(x, weight, bias, grad, 1e-3, centred)
    found = [made.detach(), a.grad, w.grad] + ([b.grad] if centred else [])
    for each, value in zip(found, wanted, strict=False):
        assert each.numpy().dtype == dtype
        tolerance = 3e-5 if dtype == "float32" else 1e-12
        np.testing.assert_allclose(each.numpy(), value, rtol=tolerance, atol=tolerance * 10)


def test_norms_without_weights_and_of_views():
    torch.manual_seed(0)
    x = torch.randn(40, 6, 8, dtype=torch.float64)
    for given in (x, x.transpose(0, 1), x[:, ::2]):
        made = nn.functional.layer_norm(given, given.shape[1:])
        rows = given.numpy().reshape(len(given), -1)
        wanted = (rows - rows.mean(1, keepdims=True)) / np.sqrt(rows.var(1, keepdims=True) + 1e-5)
        np.testing.assert_allclose(made.numpy().reshape(rows.shape), wanted, rtol=1e-10, atol=1e-12)


def test_norms_can_be_differentiated_again():
    torch.manual_seed(0)
    x, w, b = (torch.randn(*shape, dtype=torch.float64, requires_grad=True)
               for shape in ((3, 5), (5,), (5,)))
    for function in (
        lambda x, w, b: nn.functional.layer_norm(x, (5,), w, b),
        lambda x, w, b: nn.functional.rms_norm(x, (5,), w) + b,
        lambda x, w, b: nn.functional.layer_norm(x, (5,)) * w + b,
    ):
        assert torch.autograd.gradcheck(function, (x, w, b))
        assert torch.autograd.gradgradcheck(function, (x, w, b))


def test_norms_are_those_of_ops():
    torch.manual_seed(0)
    x, w, b = torch.randn(20, 30), torch.randn(30), torch.randn(30)
    torch.testing.assert_close(
        nn.functional.layer_norm(x, (30,), w, b),
        _standardized(x, w, b, (20, 30), (1, 30), ((1,), 1e-5, True), ""))


def test_a_weight_changed_in_place_is_refused():
    x, w = torch.randn(4, 5, requires_grad=True), torch.randn(5, requires_grad=True)
    made = nn.functional.layer_norm(x, (5,), w)
    with torch.no_grad():
        w.mul_(2)
    with pytest.raises(RuntimeError):
        made.sum().backward()
    made = nn.functional.layer_norm(x, (5,), w)
    made.sum().backward()
    with pytest.raises(RuntimeError):  # what it saved is freed
        made.sum().backward()


@pytest.mark.parametrize("shape", [(300,), (2, 5, 300), (3, 300, 2), (4, 257)])
def test_softmax_along_any_dim_of_many_terms(shape):
    x = np.random.default_rng(0).standard_normal(shape)
    for dim in range(-len(shape), len(shape)):
        powers = np.exp(x)
        shares = powers / powers.sum(dim, keepdims=True)
        for function in (torch.softmax, lambda x, dim: torch.log_softmax(x, dim).exp()):
            given = torch.tensor(x, requires_grad=True)
            made = function(given, dim)
            np.testing.assert_allclose(made.detach().numpy(), shares, rtol=1e-12)
            (made * made).sum().backward()
            wanted = 2 * shares * (shares - (shares**2).sum(dim, keepdims=True))
            np.testing.assert_allclose(given.grad.numpy(), wanted, rtol=1e-10, atol=1e-16)


# --- layers that go through time


def layer(kind, sizes, features, hidden, dtype, backwards, bias=True):
    """The arguments of a layer in one direction, and gradients of its results."""
    rng, gates = np.random.default_rng(0), {"lstm": 4, "gru": 3}[kind]

    def numbers(*shape):
        return rng.standard_normal(shape).astype(dtype)

    walk, batch = Walk.over(sizes, backwards), max(sizes)
    weights = Weights(
        numbers(gates * hidden, features) / 4, numbers(gates * hidden, hidden) / 4,
        numbers(gates * hidden) if bias else None, numbers(gates * hidden) if bias else None, None)
    cell = numbers(batch, hidden) if kind == "lstm" else None
    given = (numbers(sum(sizes), features), numbers(batch, hidden), cell, weights, walk)
    grads = (numbers(sum(sizes), hidden), numbers(batch, hidden),
             numbers(batch, hidden) if kind == "lstm" else None)
    return given, grads


def everything(run, grads):
    found = run.back(*grads)
    return [each for each in (
        run.out, run.state, run.cell, found.input, found.state, found.cell, *found.weights)
        if each is not None]


@needs_llvm
@pytest.mark.parametrize("kind", ["lstm", "gru"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("sizes", "features", "hidden"), [
    ((3,) * 5, 4, 8), ((33,) * 7, 20, 64), ((5,) * 3, 6, 37), ((6, 6, 4, 2, 2, 1), 10, 48),
    ((1,) * 4, 30, 256), ((70,), 8, 16)])
@pytest.mark.parametrize("backwards", [False, True])
def test_kernels_through_time_are_as_numpy(kind, dtype, sizes, features, hidden, backwards):
    from rushlight.engine.recurrence_native import Run

    given, grads = layer(kind, sizes, features, hidden, dtype, backwards)
    double, double_grads = (
        [None if each is None else each.astype("float64") for each in some]
        for some in (given[:3], grads))
    weights = Weights(*[None if each is None else each.astype("float64") for each in given[3]])
    wanted = recurrence.KINDS[kind](*double, weights, given[4])
    tolerance = 5e-5 if dtype == "float32" else 1e-11
    for a, b in zip(everything(Run(kind, *given), grads), everything(wanted, double_grads),
                    strict=True):
        assert a.shape == b.shape and a.dtype == dtype
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance * max(1, abs(b).max()))


@needs_llvm
@pytest.mark.parametrize("kind", ["lstm", "gru"])
@pytest.mark.parametrize(("batch", "hidden"), [(1, 256), (13, 48)])
def test_any_number_of_threads_gives_the_same_bits(kind, batch, hidden):
    from rushlight.engine.recurrence_native import Run

    given, grads = layer(kind, (batch,) * 4, 16, hidden, "float32", False)
    before, seen = torch.get_num_threads(), []
    try:
        for threads in (1, 2, 3, 4):
            torch.set_num_threads(threads)
            seen.append([each.tobytes() for each in everything(Run(kind, *given), grads)])
    finally:
        torch.set_num_threads(before)
    assert all(each == seen[0] for each in seen)


def test_layers_without_biases_and_their_second_gradients():
    torch.manual_seed(0)
    x = torch.randn(3, 2, 4, dtype=torch.float64, requires_grad=True)
    for kind in (nn.LSTM, nn.GRU):
        made = kind(4, 24, bias=False, dtype=torch.float64)
        assert torch.autograd.gradcheck(lambda x, made=made: made(x)[0].sum((0, 2)), x)
        assert torch.autograd.gradgradcheck(lambda x, made=made: made(x)[0].sum((0, 2)), x)


# --- embeddings


@pytest.mark.parametrize("rows", [40, 9000])
def test_large_embeddings(rows):
    rng = np.random.default_rng(0)
    table, at = rng.standard_normal((rows, 16)).astype("float32"), rng.integers(0, rows, (50, 40))
    grad = rng.standard_normal((50, 40, 16)).astype("float32")
    weight = torch.tensor(table, requires_grad=True)
    made = nn.functional.embedding(torch.tensor(at), weight)
    assert np.array_equal(made.detach().numpy(), table[at])
    made.backward(torch.tensor(grad))
    wanted = np.zeros((rows, 16))
    np.add.at(wanted, at.reshape(-1), grad.reshape(-1, 16).astype("float64"))
    np.testing.assert_allclose(weight.grad.numpy(), wanted, rtol=1e-5, atol=1e-4)
    for wrong in (rows, -1):
        at[3, 3] = wrong
        with pytest.raises(IndexError):
            nn.functional.embedding(torch.tensor(at), weight)


# --- cross entropy


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(5, 3), (40, 65), (1, 16), (33, 1000), (3, 5000)])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_cross_entropy_of_rows(shape, dtype, reduction):
    rng = np.random.default_rng(0)
    x, at = (rng.standard_normal(shape) * 5).astype(dtype), rng.integers(0, shape[1], shape[0])
    at[len(at) // 2] = -100 if len(at) > 1 else at[0]
    grad = rng.standard_normal(shape[0]) if reduction == "none" else np.array(1.5)
    given = torch.tensor(x, requires_grad=True)
    made = nn.functional.cross_entropy(given, torch.tensor(at), reduction=reduction)
    made.backward(torch.tensor(grad.astype(dtype)))
    wide, kept = x.astype("float64"), at != -100
    logs = wide - np.log(np.exp(wide).sum(1, keepdims=True))
    places = np.arange(len(at)), np.maximum(at, 0)
    terms = np.where(kept, -logs[places], 0)
    count = kept.sum() if reduction == "mean" else 1
    slopes = np.exp(logs)
    slopes[places] -= 1
    slopes *= (kept * grad / count)[:, None]
    tolerance = 2e-5 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(
        made.detach().numpy(), terms if reduction == "none" else terms.sum() / count,
        rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(given.grad.numpy(), slopes, rtol=tolerance, atol=tolerance)


def test_cross_entropy_of_wrong_classes_large_scores_and_twice():
    x = torch.randn(6, 5, dtype=torch.float64, requires_grad=True)
    for wrong in (5, -1):
        with pytest.raises(IndexError):
            nn.functional.cross_entropy(x, torch.tensor([0, 1, 2, 3, 4, wrong]))
    at = torch.tensor([0, 1, 2, 3, 4, 0])
    for reduction in ("mean", "none"):
        def loss(x, reduction=reduction):
            return nn.functional.cross_entropy(x, at, reduction=reduction)

        assert torch.autograd.gradcheck(loss, x)
        assert torch.autograd.gradgradcheck(loss, x)
    large = torch.tensor([[1e30, 0.0], [-np.inf, 2.0], [np.nan, 1.0]])
    found = nn.functional.cross_entropy(large, torch.tensor([0, 1, 0]), reduction="none")
    np.testing.assert_array_equal(found.numpy(), [0, 0, np.nan])
    assert nn.functional.cross_entropy(large, torch.tensor([-100] * 3)).isnan()
