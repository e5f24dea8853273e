"""Random programs of one to eight ops agree with a NumPy model, and so do their gradients.

Each step is one function of the step's module (`rushlight` or a thin NumPy stand-in) so that both
sides run the same program. Gradients are compared with a central difference in a random direction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rushlight as torch

PROGRAMS = 10_000


@dataclass(frozen=True)
class Step:
    """One op, in our words and in NumPy's."""

    name: str
    ours: Any
    numpy: Any


def unary_steps():
    sigmoid = lambda a: 1 / (1 + np.exp(-a))  # noqa: E731
    table = {
        "sin": np.sin, "cos": np.cos, "tanh": np.tanh, "neg": np.negative, "square": np.square,
        "sigmoid": sigmoid, "atan": np.arctan, "clone": np.copy,
    }
    return [Step(name, lambda x, n=name: getattr(torch, n)(x), f) for name, f in table.items()]


UNARY = unary_steps()


@st.composite
def step(draw, shape, kind="f"):
    """A step that a value of this shape, of real, integer or complex numbers, can take."""
    kinds = ["unary", "scalar", "self"]
    if shape:
        kinds += ["permute", "sum", "select", "slice", "unsqueeze", "flip", "expand", "mask"]
        kinds += ["take", "reshape", "cat", "mean", "softmax", "cumsum", "written"]
    if len(shape) == 2:
        kinds += ["gram", "diagonal"]
    undefined = {"i": ("mean", "softmax"), "c": ("mask", "softmax"), "f": ()}[kind]
    chosen = draw(st.sampled_from([each for each in kinds if each not in undefined]))
    if chosen == "unary":
        return draw(st.sampled_from(UNARY))
    return MAKERS[chosen](draw, shape)


def _dim(draw, shape):
    return draw(st.integers(-len(shape), len(shape) - 1))


def _scalar(draw, shape):
    number = draw(st.sampled_from([-2, 0.5, 3, 1.25]))
    return Step(f"*{number}+1", lambda x: number * x + 1, lambda a: number * a + 1)


def _self(draw, shape):
    return Step("x*sin(x)/2", lambda x: x * x.sin() / 2, lambda a: a * np.sin(a) / 2)


def _permute(draw, shape):
    order = draw(st.permutations(range(len(shape))))
    return Step("permute", lambda x: x.permute(order), lambda a: a.transpose(order))


def _sum(draw, shape):
    dim, keep = _dim(draw, shape), draw(st.booleans())
    return Step("sum", lambda x: x.sum(dim, keepdim=keep), lambda a: a.sum(dim, keepdims=keep))


def _mean(draw, shape):
    dim = _dim(draw, shape)
    return Step("mean", lambda x: x.mean(dim), lambda a: a.mean(dim))


def _softmax(draw, shape):
    dim = _dim(draw, shape)

    def model(a):
        e = np.exp(a - a.max(dim, keepdims=True))
        return e / e.sum(dim, keepdims=True)

    return Step("softmax", lambda x: x.softmax(dim), model)


def _cumsum(draw, shape):
    dim = _dim(draw, shape)
    return Step("cumsum", lambda x: x.cumsum(dim), lambda a: a.cumsum(dim))


def _select(draw, shape):
    i = draw(st.integers(-shape[0], shape[0] - 1))
    return Step("select", lambda x: x[i], lambda a: a[i])


def _slice(draw, shape):
    start, step = draw(st.integers(0, shape[-1] - 1)), draw(st.integers(1, 2))
    return Step("slice", lambda x: x[..., start::step], lambda a: a[..., start::step])


def _unsqueeze(draw, shape):
    return Step("unsqueeze", lambda x: x.unsqueeze(-1), lambda a: a[..., None])


def _flip(draw, shape):
    dim = _dim(draw, shape)
    return Step("flip", lambda x: x.flip(dim), lambda a: np.flip(a, dim))


def _expand(draw, shape):
    new = (2, *shape)
    return Step("expand", lambda x: x.expand(new), lambda a: np.broadcast_to(a, new))


def _mask(draw, shape):
    return Step(
        "where", lambda x: torch.where(x > 0, x, x * 0.1), lambda a: np.where(a > 0, a, a * 0.1))


def _take(draw, shape):
    index = draw(st.lists(st.integers(0, shape[0] - 1), min_size=1, max_size=4))
    return Step("index", lambda x: x[torch.tensor(index)], lambda a: a[np.array(index)])


def _reshape(draw, shape):
    return Step("reshape", lambda x: x.reshape(-1), lambda a: a.reshape(-1))


def _cat(draw, shape):
    dim = _dim(draw, shape)
    return Step(
        "cat", lambda x: torch.cat([x, x * 2], dim), lambda a: np.concatenate([a, a * 2], dim))


def _gram(draw, shape):
    return Step("x @ x.T / n", lambda x: x @ x.t() / 8, lambda a: a @ a.T / 8)


def _diagonal(draw, shape):
    return Step("diagonal", lambda x: x.diagonal(), lambda a: a.diagonal())


def _written(draw, shape):
    """A write through a view of a copy: the base and the view share memory and history."""
    i = draw(st.integers(0, shape[0] - 1))

    def ours(x):
        y = x * 1
        y[i].mul_(x[0])
        return y

    def model(a):
        b = a * 1
        b[i] = b[i] * a[0]
        return b

    return Step("y[i] *= x[0]", ours, model)


MAKERS = {
    "scalar": _scalar, "self": _self, "permute": _permute, "sum": _sum, "mean": _mean,
    "softmax": _softmax, "cumsum": _cumsum, "select": _select, "slice": _slice,
    "unsqueeze": _unsqueeze, "flip": _flip, "expand": _expand, "mask": _mask, "take": _take,
    "reshape": _reshape, "cat": _cat, "gram": _gram, "diagonal": _diagonal, "written": _written,
}


@st.composite
def programs(draw):
    """(values, steps): an input array in some layout and the steps it goes through."""
    shape = tuple(draw(st.lists(st.integers(1, 3), max_size=3)))
    seed = draw(st.integers(0, 2**16))
    values = np.random.default_rng(seed).uniform(-1.5, 1.5, shape)
    if len(shape) > 1 and draw(st.booleans()):
        values = np.ascontiguousarray(values.T).T
    steps, current = [], values
    for _ in range(draw(st.integers(1, 8))):
        chosen = draw(step(current.shape))
        following = np.asarray(chosen.numpy(current))
        if following.size > 400:
            break
        steps.append(chosen)
        current = following
    return values, steps


def run_numpy(values, steps):
    for each in steps:
        values = np.asarray(each.numpy(values))
    return values


@st.composite
def typed_programs(draw):
    """(values, steps) of any kind of number, none of whose values grows beyond 50."""
    shape = tuple(draw(st.lists(st.integers(1, 3), max_size=3)))
    dtype = np.dtype(draw(st.sampled_from(
        ["float32", "float64", "int32", "int64", "complex64", "complex128"])))
    random = np.random.default_rng(draw(st.integers(0, 2**16)))
    real, imaginary = random.uniform(-1.5, 1.5, (2, *shape))
    values = {
        "f": real, "i": np.round(2 * real), "c": real + 1j * imaginary}[dtype.kind].astype(dtype)
    if len(shape) > 1 and draw(st.booleans()):
        values = np.ascontiguousarray(values.T).T
    steps, current = [], values.astype(WIDE[dtype.kind])
    for _ in range(draw(st.integers(1, 8))):
        chosen = draw(step(current.shape, current.dtype.kind))
        following = np.asarray(chosen.numpy(current))
        if following.size > 400 or not (np.abs(following) < 50).all():
            break
        steps.append(chosen)
        current = following
    return values, steps


WIDE = {"f": np.float64, "i": np.int64, "c": np.complex128}


@settings(max_examples=3000)
@given(typed_programs())
def test_other_dtypes(program):
    """The model computes in double precision; ours stays in the dtypes PyTorch has for each op."""
    values, steps = program
    y = torch.from_numpy(np.array(values, order="K"))
    for each in steps:
        y = each.ours(y)
    want = run_numpy(values.astype(WIDE[values.dtype.kind]), steps)
    assert y.numpy().dtype.kind == want.dtype.kind
    single = values.dtype in (np.float32, np.complex64) or values.dtype.kind == "i"
    if want.dtype.kind == "f":
        assert y.dtype is (torch.float32 if single else torch.float64)
    if want.dtype.kind == "c":
        assert y.dtype is (torch.complex64 if single else torch.complex128)
    atol = 0 if want.dtype.kind == "i" else 1e-3 if single else 1e-9
    np.testing.assert_allclose(y.numpy(), want, rtol=0, atol=atol)


@settings(max_examples=PROGRAMS)
@given(programs(), st.integers(0, 2**16))
def test_values_and_gradients(program, seed):
    values, steps = program
    x = torch.from_numpy(np.array(values, order="K")).requires_grad_()
    y = x
    for each in steps:
        y = each.ours(y)
    want = run_numpy(values, steps)
    np.testing.assert_allclose(y.detach().numpy(), want, rtol=1e-9, atol=1e-11)
    random = np.random.default_rng(seed)
    cotangent = random.standard_normal(want.shape)
    direction = random.standard_normal(values.shape)
    (gradient,) = torch.autograd.grad(y, x, torch.from_numpy(np.asarray(cotangent)))

    def quotient(eps):
        ends = [run_numpy(values + sign * eps * direction, steps) for sign in (1, -1)]
        return ((ends[0] - ends[1]) * cotangent).sum() / (2 * eps)

    # Richardson's: without the error in eps**2, which is large for an exponential of exponentials.
    numerical = (4 * quotient(1e-6) - quotient(2e-6)) / 3
    scale = 1 + np.abs(gradient.numpy()).sum()
    assert abs((gradient.numpy() * direction).sum() - numerical) < 2e-5 * scale


DTYPES = [np.float32, np.float64, np.int64, np.int16, np.uint8, np.bool_, np.complex64]


@st.composite
def windows(draw, shape):
    """A basic index into an array of this shape."""
    index = []
    for size in shape:
        if draw(st.booleans()):
            start = draw(st.integers(0, size - 1))
            index.append(slice(start, draw(st.integers(start + 1, size)), draw(st.integers(1, 2))))
        else:
            index.append(draw(st.integers(-size, size - 1)))
    return tuple(index)


@st.composite
def writes(draw):
    """(shape, dtype, from where, to where, whether through a transposed view)."""
    shape = tuple(draw(st.lists(st.integers(1, 5), min_size=1, max_size=3)))
    dtype = draw(st.sampled_from(DTYPES))
    return shape, dtype, draw(windows(shape)), draw(windows(shape)), draw(st.booleans())


@settings(max_examples=2_000)
@given(writes())
def test_overlapping_writes_agree_with_numpy(case):
    shape, dtype, source, target, transposed = case
    a = (np.arange(np.prod(shape)).reshape(shape) % 7).astype(dtype)
    x = torch.from_numpy(a.copy())
    if transposed:  # the same memory, seen the other way round
        a, x = a.copy(order="F"), x.permute(tuple(reversed(range(len(shape))))).contiguous()
        x = x.permute(tuple(reversed(range(len(shape)))))
    try:
        a[(*target, ...)] = a[(*source, ...)]
    except ValueError:
        with pytest.raises(RuntimeError):
            x[target] = x[source]
    else:
        x[target] = x[source]
    np.testing.assert_array_equal(x.numpy(), a)
