"""Norms of channels and groups by loops of their own, held to float64 and finite differences."""

import numpy as np
import pytest

import rushlight as torch
from rushlight.engine import deferred, norm_kernels
from rushlight.testing import assert_close

F = torch.nn.functional


def numbers(*shape, seed=0, dtype="d"):
    return torch.tensor(np.random.default_rng(seed).standard_normal(shape).astype(dtype) * 3 + 5)


def standardized(x, axes, weight, bias, eps):
    mean, variance = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    form = (1, -1, *(1,) * (x.ndim - 2))
    return (x - mean) / np.sqrt(variance + eps), weight.reshape(form), bias.reshape(form)


SHAPES = [(4, 6, 9, 11), (1, 12, 130), (3, 4, 8, 8, 8), (2, 4, 5000), (16, 8, 17)]


@pytest.mark.parametrize("dtype", ["f", "d"])
@pytest.mark.parametrize("shape", SHAPES)
def test_values(shape, dtype):
    x, w, b = numbers(*shape, dtype=dtype), numbers(shape[1], dtype=dtype), numbers(shape[1],
                                                                                   dtype=dtype)
    exact = [each.numpy().astype("d") for each in (x, w, b)]
    inner = tuple(range(2, len(shape)))
    bound = {"rtol": 3e-6, "atol": 3e-5} if dtype == "f" else {"rtol": 1e-12, "atol": 1e-12}
    for axes, got in (
        ((0, *inner), F.batch_norm(x, None, None, w, b, True, eps=1e-3)),
        (inner, F.instance_norm(x, None, None, w, b, eps=1e-3)),
    ):
        normal, weight, bias = standardized(exact[0], axes, *exact[1:], 1e-3)
        np.testing.assert_allclose(got.numpy(), normal * weight + bias, **bound)
    grouped = exact[0].reshape(shape[0], 2, -1)
    normal = (grouped - grouped.mean(2, keepdims=True)) / np.sqrt(
        grouped.var(2, keepdims=True) + 1e-3)
    form = (1, -1, *(1,) * len(inner))
    want = normal.reshape(shape) * exact[1].reshape(form) + exact[2].reshape(form)
    np.testing.assert_allclose(F.group_norm(x, 2, w, b, 1e-3).numpy(), want, **bound)


@pytest.mark.parametrize("dtype", ["f", "d"])
@pytest.mark.parametrize("shape", [(1, 128), (300, 17), (5, 7, 1000), (2, 9000), (70, 16), (40, 3)])
def test_rows(shape, dtype):
    x = numbers(*shape, dtype=dtype)
    w, b = numbers(shape[-1], dtype=dtype, seed=1), numbers(shape[-1], dtype=dtype, seed=2)
    wide = [each.numpy().astype("d") for each in (x, w, b)]
    bound = {"rtol": 3e-6, "atol": 3e-5} if dtype == "f" else {"rtol": 1e-12, "atol": 1e-12}
    apart = wide[0] - wide[0].mean(-1, keepdims=True)
    want = apart / np.sqrt((apart * apart).mean(-1, keepdims=True) + 1e-5) * wide[1] + wide[2]
    np.testing.assert_allclose(F.layer_norm(x, shape[-1:], w, b).numpy(), want, **bound)
    want = wide[0] / np.sqrt((wide[0] ** 2).mean(-1, keepdims=True) + 1e-5) * wide[1]
    np.testing.assert_allclose(F.rms_norm(x, shape[-1:], w, 1e-5).numpy(), want, **bound)


def test_running_statistics():
    x, mean, variance = numbers(4, 6, 9, 11), torch.zeros(6).double(), torch.ones(6).double()
    F.batch_norm(x, mean, variance, None, None, True, momentum=0.25)
    exact = x.numpy()
    np.testing.assert_allclose(mean.numpy(), exact.mean((0, 2, 3)) / 4, rtol=1e-12)
    np.testing.assert_allclose(
        variance.numpy(), 0.75 + exact.var((0, 2, 3), ddof=1) / 4, rtol=1e-12)


NORMS = [
    lambda x, w, b: F.batch_norm(x, None, None, w, b, True),
    lambda x, w, b: F.instance_norm(x, None, None, w, b),
    lambda x, w, b: F.group_norm(x, 2, w, b),
    lambda x, w, b: F.batch_norm(x, None, None, None, b, True) * w.sum(),
    lambda x, w, b: F.layer_norm(x, (11, 13), w.sum() * b[0].expand(11, 13), b[1].expand(11, 13)),
    lambda x, w, b: F.layer_norm(x, (13,), w[2].expand(13)) * b.sum(),
    lambda x, w, b: F.layer_norm(x, (4, 11, 13)) * w.sum() + b.sum(),
    lambda x, w, b: F.rms_norm(x, (13,), w[1].expand(13)) * b.sum(),
    lambda x, w, b: F.rms_norm(x, (11, 13)) * w.sum() * b.sum(),
]


@pytest.fixture(autouse=True)
def kernels_for_all(monkeypatch):
    monkeypatch.setattr(deferred, "LEAST", 16)


@pytest.mark.parametrize("norm", NORMS)
def test_gradients_by_loops_and_by_formulas_agree(norm):
    """With create_graph gradients are made of operations on tensors; without, by one loop."""
    inputs = [numbers(3, 4, 11, 13), numbers(4), numbers(4)]
    for each in inputs:
        each.requires_grad_()
    back = numbers(3, 4, 11, 13, seed=3)
    joint = torch.autograd.grad(norm(*inputs), inputs, back)
    apart = torch.autograd.grad(norm(*inputs), inputs, back, create_graph=True)
    for one, other in zip(joint, apart, strict=True):
        assert_close(one, other.detach(), rtol=1e-10, atol=1e-10)
    step, at = 1e-6, (1, 2, 3, 4)
    changed = [each.detach().clone() for each in inputs]
    changed[0][at] += step
    ends = [(norm(*each) * back).sum().item() for each in (changed, inputs)]
    slope = (ends[0] - ends[1]) / step
    assert abs(slope - joint[0][at].item()) < 1e-5 * (abs(slope) + 10)


def test_only_what_is_wanted_has_a_gradient():
    x, w = numbers(3, 4, 11, 13), numbers(4).requires_grad_()
    F.batch_norm(x, None, None, w, None, True).sum().backward()
    assert x.grad is None and w.grad.shape == (4,)


def test_bits_do_not_depend_on_threads():
    x = numbers(5, 7, 33, 31, dtype="f").requires_grad_()
    usual, found = torch.get_num_threads(), set()
    try:
        for threads in (1, 2, 5):
            torch.set_num_threads(threads)
            made = F.batch_norm(x, None, None, None, None, True)
            (grad,) = torch.autograd.grad((made * made.exp()).sum(), x)
            found.add(made.detach().numpy().tobytes() + grad.numpy().tobytes())
    finally:
        torch.set_num_threads(usual)
    assert len(found) == 1


def test_what_the_loops_know():
    layout = norm_kernels.layout
    assert layout((2, 3, 4, 5), (0, 2, 3), (1, 3, 1, 1)) == (2, 3, 1, 20, True)
    assert layout((2, 3, 4, 5), (2, 3), (1, 3, 1, 1)) == (2, 3, 1, 20, False)
    assert layout((2, 3, 4, 50), (2, 3), (1, 3, 4, 1)) == (2, 3, 4, 50, False)
    assert layout((64, 300), (0,), (1, 300)) is None  # numbers side by side are of many channels
    assert layout((64, 300), (1,), (1, 300)) is None  # a layer norm
    assert layout((2, 3, 7), (0, 2), (1, 3, 1)) is None  # short


def test_nan_stays_in_its_unit():
    x = numbers(2, 4, 30, 30)
    x[1, 2, 3, 4] = torch.nan
    made = F.group_norm(x, 4)
    assert made[1, 2].isnan().all() and made.isnan().sum() == 900
