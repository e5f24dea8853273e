"""The native road does what the Python road does: the same bits, nodes, gradients and errors."""

from __future__ import annotations

import gc
import operator
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rushlight as torch
from rushlight.engine import native
from rushlight.ops import native_road

pytestmark = pytest.mark.skipif(
    not (native.available() and native_road.arm()), reason="the native road is closed here")

CALLS = {
    "__add__": 2, "__sub__": 2, "__mul__": 2, "__truediv__": 2, "__radd__": 1, "__rsub__": 1,
    "__rmul__": 1, "__pow__": 1, "__lt__": 2, "__eq__": 2, "exp": 0, "neg": 0, "sqrt": 0, "tanh": 0,
    "sum": 0, "mean": 0, "t": 0, "__getitem__": 3, "__matmul__": 2, "add": 2, "mul": 2,
}
DTYPES = (torch.float32, torch.float64, torch.int64, torch.bool, torch.bfloat16, torch.complex64)


@st.composite
def calls(draw):
    name = draw(st.sampled_from(sorted(CALLS)))
    shapes = [draw(st.sampled_from([(), (1,), (3,), (2, 3), (3, 3), (2, 1), (4, 4), (0, 3)]))
              for _ in range(2)]
    return (
        name, shapes, [draw(st.sampled_from(DTYPES)) for _ in range(2)], draw(st.booleans()),
        draw(st.sampled_from([1, 0.5, -2, True, 3.0, 10**30, None, "x"])), draw(st.booleans()),
        draw(st.integers(0, 2**16)))


def run(function, call):
    """What a call gives, as things that can be compared."""
    name, shapes, dtypes, wants, number, strided, seed = call
    random = np.random.default_rng(seed)
    x, y = (torch.tensor(random.standard_normal(shape) * 3).to(dtype)
            for shape, dtype in zip(shapes, dtypes, strict=True))
    if strided:
        x = x.t() if x.ndim == 2 else x
    if wants and x.is_floating_point():
        x.requires_grad_()
    kind = CALLS[name]
    other = y if kind == 2 and seed % 3 else number if kind else None
    args = (x,) if kind == 0 else (x, seed % 5 - 2 if kind == 3 else other)
    try:
        made = function(*args)
    except Exception as error:  # whatever it is, the other road must raise it too
        told = "" if name.startswith("__") else str(error)
        return type(error), told
    if made is NotImplemented:
        return TypeError, ""  # what Python makes of it, when neither operand knows better
    if not isinstance(made, torch.Tensor):
        return made
    seen = [made.dtype, made.shape, made.stride(), repr(made.tolist())
            if made.dtype is torch.bfloat16 else made.detach().numpy().tobytes(),
            made.requires_grad, type(made.grad_fn).__name__, made._base is x]
    if made.requires_grad:
        made.sum().abs().backward()
        seen.append(x.grad.double().numpy().tobytes())
    return seen


@settings(max_examples=1500, deadline=None)
@given(calls())
def test_both_roads_lead_to_the_same_place(call):
    before = native_road._replaced[call[0]]
    assert run(before, call) == run(getattr(torch.Tensor, call[0]), call)


def test_the_operators_are_native():
    assert type(torch.Tensor.__add__).__name__ != "function"
    assert torch.Tensor.exp.__doc__


def test_no_reference_is_lost_or_kept():
    x, y = torch.ones(3), torch.ones(3, requires_grad=True)
    held = [x, y, None, x._array, np.dtype(np.float32), torch.Tensor, 2.5]

    def work(times):
        for _ in range(times):
            x + x, x * 2.5, x + y, x[0], y.sum(), x.exp(), x.view(3, 1), x.sum().item()
            for bad in ("text", torch.ones(2)):
                with pytest.raises((TypeError, RuntimeError)):
                    operator.add(x, bad)

    work(10)
    gc.collect()
    before = [sys.getrefcount(each) for each in held]
    work(2000)
    gc.collect()
    drift = [sys.getrefcount(each) - n for each, n in zip(held, before, strict=True)]
    assert max(map(abs, drift)) < 100, drift


def test_a_write_after_saving_is_noticed():
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    z = y * y
    y += 1
    with pytest.raises(RuntimeError, match="changed in place"):
        z.sum().backward()


def test_a_write_computes_what_waits_for_the_memory():
    small, large = torch.ones(1), torch.ones(20_000)
    waiting = large + small
    small += 5
    assert waiting[7] == 2


def test_no_grad_holds_on_the_native_road():
    x = torch.ones(3, requires_grad=True)
    with torch.no_grad():
        assert (x + x).grad_fn is None and x.exp().grad_fn is None and x.sum().grad_fn is None


def test_the_road_opens_by_itself():
    program = (
        "import rushlight as t\nx = t.ones(3)\nkinds = {type(t.Tensor.__add__).__name__}\n"
        "for _ in range(4000): y = x + x\n"
        "kinds.add(type(t.Tensor.__add__).__name__)\nprint(len(kinds), y.tolist())")
    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert shown == "2 [2.0, 2.0, 2.0]\n"


@pytest.mark.parametrize("shapes", [
    ((130_000,), (130_000,)), ((130_000,), (1,)), ((300, 200), (200,)), ((300, 200), (300, 1)),
    ((2, 60_000), (2, 1)), ((60_000, 2), (2,)), ((3, 0), (3, 1))])
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_on_all_cores_it_is_numpys(shapes, threads):
    random = np.random.default_rng(0)
    a, b = (random.random(shape).astype(np.float32) for shape in shapes)
    x, y = torch.tensor(a), torch.tensor(b)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        for function in (operator.add, operator.sub, operator.truediv, operator.lt):
            assert type(function(x, y)._array) is np.ndarray
            np.testing.assert_array_equal(function(x, y).numpy(), function(a, b))
            np.testing.assert_array_equal(function(y, x).numpy(), function(b, a))
        np.testing.assert_array_equal((-x).numpy(), -a)
    finally:
        torch.set_num_threads(before)


@st.composite
def linear_calls(draw):
    inner, outer = draw(st.integers(0, 5)), draw(st.integers(0, 5))
    lead = draw(st.sampled_from([(), (1,), (3,), (2, 3), (0,), (2, 1, 2)]))
    wrong = draw(st.sampled_from([None, None, None, "bias", "inner", "dtype", "number"]))
    return lead, inner, outer, draw(st.booleans()), draw(st.booleans()), wrong, draw(
        st.tuples(*[st.booleans()] * 3)), draw(st.integers(0, 2**16))


def run_linear(function, call):
    lead, inner, outer, biased, strided, wrong, wants, seed = call
    random = np.random.default_rng(seed)
    dtype = (np.float32, np.float64)[seed % 2]
    shapes = (*lead, inner + (wrong == "inner")), (outer, inner), (outer + (wrong == "bias"),)
    given = [torch.tensor(random.standard_normal(each).astype(dtype)) for each in shapes]
    if strided:
        given[1] = torch.tensor(given[1].numpy().T.copy()).t()
    if wrong == "dtype":
        given[1] = given[1].to(torch.int64)
    given = [torch.nn.Parameter(each) if want and each.is_floating_point() else each
             for each, want in zip(given, wants, strict=True)]
    if wrong == "number":
        given[0] = 3
    try:
        made = function(*given[: 2 + biased])
    except Exception as error:
        return type(error), str(error)
    seen = [made.dtype, made.shape, made.stride(), made.detach().numpy().tobytes(),
            type(made.grad_fn).__name__, made.requires_grad]
    if made.requires_grad:
        (made * made).sum().backward()
        seen += [None if each.grad is None else each.grad.numpy().tobytes() for each in given]
    return seen


@settings(max_examples=600, deadline=None)
@given(linear_calls())
def test_linear_is_the_same_by_both_roads(call):
    before = native_road._replaced["nn.functional.linear"]
    assert run_linear(before, call) == run_linear(torch.nn.functional.linear, call)


def test_linear_takes_names_and_loses_no_reference():
    linear = torch.nn.functional.linear
    assert type(linear).__name__ == "builtin_function_or_method"
    layer, x = torch.nn.Linear(3, 2), torch.ones(4, 3)
    assert linear(bias=layer.bias, input=x, weight=layer.weight).tolist() == layer(x).tolist()
    held = [x, layer.weight, layer.bias, None, layer.weight._array, torch.Tensor]

    def work(times):
        for _ in range(times):
            layer(x), linear(x, layer.weight), linear(x, layer.weight, None), layer(x[None])
            with pytest.raises(RuntimeError):
                layer(torch.ones(2))

    work(10)
    gc.collect()
    before = [sys.getrefcount(each) for each in held]
    work(2000)
    gc.collect()
    drift = [sys.getrefcount(each) - n for each, n in zip(held, before, strict=True)]
    assert max(map(abs, drift)) < 100, drift


def test_parameters_are_as_native_as_tensors():
    p, x = torch.nn.Parameter(torch.ones(2, 2)), torch.full((2, 2), 3.0)
    calls = [
        lambda a: a * x, lambda a: x + a, lambda a: a * 2.0, lambda a: 2.0 - a, lambda a: a @ x,
        lambda a: x @ a, lambda a: a.exp(), lambda a: a.sum(), lambda a: a.t(), lambda a: a[1],
        lambda a: a.mul(x), lambda a: x.mul(a), lambda a: a**2, lambda a: a.view(4)]
    fallbacks = []
    for name, before in native_road._replaced.items():
        if name.startswith("__") and getattr(before, "__code__", None):
            fallbacks.append(before.__code__)

    def watched(frame, event, argument):
        assert frame.f_code not in fallbacks, frame.f_code.co_name

    for call in calls:
        sys.setprofile(watched)
        try:
            made = call(p)
        finally:
            sys.setprofile(None)
        assert type(made) is torch.Tensor and made.requires_grad
        made.sum().backward()
    with torch.no_grad():
        p += 1
        p *= x
    assert type(p) is torch.nn.Parameter and p.tolist() == [[6.0, 6.0]] * 2


def test_a_parameter_written_to_after_saving_is_noticed():
    p = torch.nn.Parameter(torch.ones(3))
    with torch.no_grad():
        p += 1  # before, which is no matter
    (p * p).sum().backward()
    assert p.grad.tolist() == [4.0] * 3
    made = (p * p).sum()
    with torch.no_grad():
        p += 1
    with pytest.raises(RuntimeError, match="changed in place"):
        made.backward()
