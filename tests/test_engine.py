"""Deferred arithmetic: what the loops compute, and that nobody can tell that it waits.

The loops are compared with NumPy running the same graph (`numpy_runner`), over random graphs of
every dtype, layout and kind of kernel. Programs that write, view, delete and share are compared
with the same programs run eagerly, bit for bit, on operations that round in one way only; of
these there are thousands more in `fuzz_engine.py`.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rushlight as torch
from rushlight.engine import deferred, fusion, launch, loops, native, numpy_runner, plan
from rushlight.engine import programs as known_programs

pytestmark = pytest.mark.skipif(not native.available(), reason="needs llvmlite")
N = 150_000  # elements that are sure to be deferred


@pytest.fixture
def every_size(monkeypatch):
    """Defer arrays of any size, and let kernels compute them."""
    for each in ("LEAST", "LARGE"):
        monkeypatch.setattr(deferred, each, 1)
    monkeypatch.setattr(fusion, "SMALL", 1)


def test_medium_arrays_do_not_wait():
    """One operation of them is done by a kernel, at once."""
    x = np.random.default_rng(0).standard_normal((128, 256))
    assert deferred.LEAST <= x.size < deferred.LARGE
    x32, bits = x.astype("f"), x > 0
    for axis in (None, 0, 1, (0, 1)):
        for keepdims in (False, True):
            got = np.add.reduce(deferred.of(x), axis=axis, keepdims=keepdims)
            assert type(got) is np.ndarray
            np.testing.assert_allclose(got, x.sum(axis, keepdims=keepdims), rtol=1e-12, atol=1e-12)
            largest = np.maximum.reduce(deferred.of(x), axis=axis, keepdims=keepdims)
            np.testing.assert_array_equal(largest, x.max(axis, keepdims=keepdims))
    for got, want in (
        (deferred.of(x32).astype(np.float64), x32.astype(np.float64)),
        (deferred.call(np.multiply, x32, 2), x32 * 2),
        (deferred.call(np.subtract, x32, x32[0]), x32 - x32[0]),
        (deferred.call(np.bitwise_and, bits, bits), bits),
        (deferred.formula(lambda a, b, k: a * b + k, deferred.of(x), x, options=(3,)), x * x + 3),
    ):
        assert type(got) is np.ndarray and got.dtype == want.dtype
        np.testing.assert_allclose(got, want, rtol=1e-12)


# --- graphs: kernels against NumPy

BINARY = {
    "f": (np.add, np.subtract, np.multiply, np.divide, np.maximum, np.minimum, np.fmax, np.arctan2),
    "i": (np.add, np.subtract, np.multiply, np.maximum, np.bitwise_and, np.bitwise_xor),
    "b": (np.logical_and, np.logical_or, np.bitwise_xor, np.add),
}
UNARY = {
    "f": (np.negative, np.absolute, np.square, np.floor, np.rint, np.sqrt, np.exp, np.tanh, np.sin,
          np.log1p, np.copysign),
    "i": (np.negative, np.absolute, np.square, np.invert),
    "b": (np.logical_not, np.invert),
}
REDUCE = {
    "f": (np.add, np.maximum, np.minimum), "i": (np.add, np.multiply, np.maximum),
    "b": (np.logical_or, np.logical_and, np.add),
}
DTYPES = ("f4", "f8", "i8", "i4", "u1", "?", "e", "bf16")


def _array(random, shape, dtype, layout):
    values = random.standard_normal(shape) * 3
    if layout == "transposed":
        values = np.ascontiguousarray(values.T).T
    elif layout == "strided" and shape:
        values = np.repeat(values, 2, axis=-1)[..., ::2]
    elif layout == "reversed" and shape:
        values = values[::-1]
    elif layout == "broadcast" and shape:
        values = np.broadcast_to(values[:1], shape)
    kept = values
    if dtype == "bf16":
        made = kept.astype(ml_dtypes.bfloat16)
    elif dtype == "?":
        made = kept > 0
    else:
        made = kept.astype(dtype)
    if layout == "broadcast" and shape:
        made = np.broadcast_to(made[:1], shape)
    return made


@st.composite
def graphs(draw):
    """A shape, seeds, a dtype and steps: each makes a value of those before."""
    shape = tuple(draw(st.lists(st.sampled_from([1, 2, 3, 7, 33, 70]), min_size=1, max_size=4)))
    while np.prod(shape) > 40_000:
        shape = shape[1:]
    return (
        shape, draw(st.sampled_from(DTYPES)), draw(st.integers(0, 2**20)),
        draw(st.lists(st.sampled_from(["plain", "transposed", "strided", "reversed", "broadcast"]),
                      min_size=2, max_size=3)),
        draw(st.lists(st.tuples(st.sampled_from("ubbrmwc"), st.integers(0, 99), st.integers(0, 99),
                                st.integers(0, 99)), min_size=1, max_size=9)))


def build(graph, of):
    """The value at the end of the graph, made of arrays that `of` has wrapped."""
    shape, dtype, seed, layouts, steps = graph
    random = np.random.default_rng(seed)
    values = [of(_array(random, shape, dtype, each)) for each in layouts]
    if dtype in ("e", "bf16"):
        values = [each.astype(np.float32) for each in values]
    for kind, a, b, c in steps:
        x, y = values[a % len(values)], values[b % len(values)]
        group = {"f": "f", "i": "i", "u": "i", "b": "b"}[x.dtype.kind]
        if kind == "u":
            ufunc = UNARY[group][c % len(UNARY[group])]
            made = ufunc(x, 1.5) if ufunc is np.copysign else ufunc(x)
        elif kind == "b" and x.dtype == y.dtype:
            made = BINARY[group][c % len(BINARY[group])](x, y)
        elif kind == "r":
            axes = tuple(d for d in range(x.ndim) if (c >> d) & 1) or (x.ndim - 1,)
            made = REDUCE[group][b % len(REDUCE[group])].reduce(x, axis=axes, keepdims=True)
        elif kind == "w" and x.dtype == y.dtype:
            made = np.where(x > y if group != "b" else x, x, y)
        elif kind == "m" and group == "f":
            made = x * 2 + 1
        elif kind == "c" and group == "f":
            made = x.astype(np.float64 if c % 2 else np.float32)
        else:
            continue
        values.append(made)
    last = values[-1]
    if dtype in ("e", "bf16") and last.dtype == np.float32:
        last = last.astype(np.float16 if dtype == "e" else ml_dtypes.bfloat16)
    return last


@settings(max_examples=250, deadline=None)
@given(graphs())
def test_kernels_agree_with_numpy(graph):
    least, small = deferred.LEAST, fusion.SMALL
    deferred.LEAST = fusion.SMALL = 1
    try:
        with np.errstate(all="ignore"):
            made = build(graph, deferred.of)
            again = build(graph, deferred.of)
            got = np.asarray(deferred.computed(made))
            if type(again) is deferred.Deferred and again.value is None:
                numpy_runner.run(again)
            want = np.asarray(deferred.computed(again))
    finally:
        deferred.LEAST, fusion.SMALL = least, small
    assert got.dtype == want.dtype and got.shape == want.shape
    if want.dtype.kind in "iub":
        np.testing.assert_array_equal(got, want)
        return
    low = graph[1] in ("e", "bf16")
    wide = [each.astype(np.float64) for each in (got, want)]
    tolerance = 2e-2 if low else 2e-4 if want.dtype == np.float32 else 1e-9
    # Rounding is amplified where large terms cancel: the scale is that of the largest one.
    finite = wide[1][np.isfinite(wide[1])]
    scale = np.abs(finite).max(initial=1.0)
    np.testing.assert_allclose(*wide, rtol=tolerance, atol=tolerance * scale)


@pytest.mark.parametrize("shape", [(300_000,), (3, 100_000), (500, 300), (40, 30, 50), (70_000, 3)])
@pytest.mark.parametrize("axis", [None, 0, -1])
def test_the_number_of_threads_changes_no_bit(shape, axis):
    x = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    results = []
    before = torch.get_num_threads()
    try:
        for threads in (1, 2, 3, 8):
            torch.set_num_threads(threads)
            wide = deferred.of(x)
            summed = np.add.reduce(np.exp(wide) * wide, axis=axis)
            results.append((deferred.computed(summed), deferred.computed(np.tanh(wide))))
    finally:
        torch.set_num_threads(before)
    for each in results[1:]:
        assert each[0].tobytes() == results[0][0].tobytes()
        assert each[1].tobytes() == results[0][1].tobytes()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_long_sums_are_accurate(dtype):
    """At least as accurate as pairwise summation, by any axis."""
    x = np.random.default_rng(0).random((1000, 1000)).astype(dtype)
    exact = x.astype(np.longdouble)
    for axis in (None, 0, 1):
        got = deferred.computed(np.add.reduce(deferred.of(x), axis=axis))
        want = exact.sum(axis)
        assert np.max(np.abs(got - want) / want) < 4 * np.finfo(dtype).eps


def test_a_row_kernel_does_all_of_softmax(every_size):
    known_programs._programs.clear()
    x = deferred.of(np.random.default_rng(0).standard_normal((64, 300)))
    powers = np.exp(x - np.maximum.reduce(x, axis=-1, keepdims=True))
    got = deferred.computed(powers / np.add.reduce(powers, axis=-1, keepdims=True))
    assert len(known_programs._programs) == 1
    np.testing.assert_allclose(got.sum(-1), 1, rtol=1e-12)


def test_a_plan_is_printed_and_checked():
    value = plan.Value("load", "float", (), 0)
    f4 = np.dtype("f4")
    written = (plan.Output(1, f4, False),)
    good = plan.Plan(
        "flat", 0, 1, (f4,), "11", (value, plan.Value("exp", "float", (0,))), written)
    plan.check(good)
    assert "v1 = exp v0 : float" in str(good) and "define void @kernel" in loops.source(good)
    bad = plan.Plan(
        "flat", 0, 1, (f4,), "11", (value, plan.Value("add", "float", (0, 1))), written)
    with pytest.raises(ValueError, match="v1 uses what comes after it"):
        plan.check(bad)


# --- programs: deferred against eager


@st.composite
def programs(draw):
    return draw(st.integers(0, 2**20)), draw(st.lists(
        st.tuples(st.sampled_from(
            ["op", "op", "op", "number", "view", "write", "slice", "numpy", "delete", "read", "sum",
             "fill", "alias"]), st.integers(0, 99), st.integers(0, 99)), min_size=4, max_size=24))


def play(seed, steps):
    """Run a program on tensors; all it has read, and what its tensors hold at the end."""
    random = np.random.default_rng(seed)
    tensors = [torch.tensor(random.standard_normal((100, N // 100))) for _ in range(3)]
    arrays, seen = [], []
    for kind, a, b in steps:
        x, y = tensors[a % len(tensors)], tensors[b % len(tensors)]
        if kind == "op":
            tensors.append((x + y, x - y, x * y, torch.maximum(x, y), -x, x.abs())[b % 6])
        elif kind == "number":
            tensors.append(x * 0.5 + b)
        elif kind == "view":
            tensors.append((x[10:60].repeat(2, 1), x.t().reshape(x.shape), x.detach(), x[:])[b % 4])
        elif kind == "alias":
            tensors.append(x.view(-1).view(x.shape))
        elif kind == "write":
            (x.add_, x.mul_, x.copy_)[b % 3](y if y is not x else 2 if b % 3 == 1 else y)
        elif kind == "slice":
            x[b % 50 : b % 50 + 40] = y[:40]
        elif kind == "fill":
            x[b % 50] = b
        elif kind == "numpy":
            arrays.append(x.numpy())
            arrays[b % len(arrays)][b % 30] += 1
        elif kind == "delete" and len(tensors) > 3:
            tensors.pop(a % len(tensors))
        elif kind == "read":
            seen.append(x[b % 100, 7].item())
        elif kind == "sum":
            seen.append(x.amax().item())
        x = y = None
    return seen, [each.numpy().tobytes() for each in tensors], [each.tobytes() for each in arrays]


@settings(max_examples=60, deadline=None)
@given(programs())
def test_no_order_of_steps_shows_that_arithmetic_waits(program):
    later = play(*program)
    with torch.set_eager(True):
        at_once = play(*program)
    assert later == at_once


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.parametrize("options", [("--graphs", "200"), ("--graphs", "60", "--guard")])
def test_random_graphs(options):
    """Of every dtype, at every size, by any number of threads; and between guard pages."""
    done = subprocess.run(
        [sys.executable, Path(__file__).parent / "fuzz_engine.py", *options], text=True,
        capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_low_precision_rounds_after_each_operation(dtype):
    x, y = (torch.rand(N).to(dtype) for _ in range(2))

    def work():
        return ((x + y) * x - y).numpy(force=True) if dtype is torch.float16 else (
            (x + y) * x - y).view(torch.int16).numpy()

    later = work()
    with torch.set_eager():
        np.testing.assert_array_equal(later, work())


def test_threads_that_read_and_write():
    x = torch.rand(N)
    want = (x * 2 + 1).numpy().copy()
    wrong = []

    def work():
        for _ in range(50):
            y = x * 2 + 1
            z = y.clone()
            y.add_(1)
            if not np.array_equal(z.numpy(), want):
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not wrong


def test_memory_that_numpy_shares_is_never_read_late():
    array = np.ones(N)
    x = torch.from_numpy(array)
    y = x + 1
    array[:] = 5
    assert y[0] == 2 and (x + 1)[0] == 6
    z = torch.zeros(N)
    w = z + 1
    z.numpy()[:] = 7
    assert w[0] == 1 and (z + 1)[0] == 8


@pytest.mark.parametrize("view", [
    lambda x: x.expand(2, N), lambda x: x[:-8], lambda x: x[None], lambda x: x.view(2, -1),
    lambda x: x.as_strided((2, N // 2), (1, 2)), lambda x: x.unfold(0, 8, 8), lambda x: x.t(),
])
def test_what_reads_a_view_is_computed_before_its_base_is_written(view):
    x = torch.full((N,), -3.0).neg_()  # waits
    seen = view(x)
    y = seen + 1
    x.mul_(x)
    assert (y == 4).all() and (x == 9).all() and (seen == 9).all()


@pytest.mark.parametrize("share", [
    torch.from_numpy, torch.as_tensor, torch.asarray, torch.from_dlpack, torch.Tensor,
    lambda array: torch.frombuffer(array, dtype=torch.float32),
    lambda array: torch.from_numpy(array)[:],
])
def test_every_way_to_share_memory_ends_waiting(share):
    array = np.ones(N, np.float32)
    x = share(array)
    y = x + 1
    array[:] = 5
    assert y[0] == 2 and y.sum() == 2 * N
    assert (x + 1)[0] == 6


def test_memory_of_a_bytearray_is_never_read_late():
    buffer = bytearray(np.ones(N, np.float32).tobytes())
    y = torch.frombuffer(buffer, dtype=torch.float32) * 2
    buffer[:] = bytes(len(buffer))
    assert y.sum() == 2 * N


@pytest.mark.parametrize("look", [
    lambda x: x.numpy(), np.asarray, np.from_dlpack,
    lambda x: np.asarray(x.view(2, -1)).reshape(-1),
])
def test_every_look_from_outside_ends_waiting(look):
    x = torch.ones(N)
    y = x * 2
    look(x)[:] = 7
    assert y.sum() == 2 * N and (x * 2)[3] == 14


def test_errors_are_immediate():
    x = torch.rand(N)
    with pytest.raises(RuntimeError, match="broadcast"):
        x + torch.rand(N + 1)
    with pytest.raises(RuntimeError, match="dtype"):
        x.sum(dtype=torch.int64, dim=0).mean()
    with pytest.raises(IndexError):
        x.sum(3)
    for huge in (lambda: x + 10**400, lambda: 10**400 * x, lambda: x.long() + 2**70):
        with pytest.raises(RuntimeError, match="does not fit"):
            huge()


def test_arithmetic_waits_and_eager_mode_does_not():
    x = torch.rand(N)
    assert type((x + 1)._array) is deferred.Deferred
    with torch.set_eager():
        assert type((x + 1)._array) is np.ndarray
    assert type((x + 1)._array) is deferred.Deferred


def test_any_byte_but_zero_is_true():
    seen = torch.full((N,), 2, dtype=torch.uint8).view(torch.bool)
    assert (seen & seen).sum() == N and seen.any() and seen.all() and not (~seen).any()


def test_a_reduction_with_options_of_its_own_is_numpys():
    wide = deferred.of(np.ones(N))
    assert np.maximum.reduce(wide, initial=5.0) == 5
    assert np.add.reduce(wide, where=np.arange(N) < 3) == 3


@pytest.mark.parametrize("exposed", [False, True])
@pytest.mark.parametrize("dim", [0, 1])
def test_formulas_wait_as_one_value(exposed, dim):
    """Memory that NumPy may write to can't wait, so a formula of it is done in parts."""
    values = np.random.default_rng(0).standard_normal((300, N // 300)).astype(np.float32)
    wide = values.astype(np.float64)
    powers = np.exp(wide - wide.max(dim, keepdims=True))
    shares = powers / powers.sum(dim, keepdims=True)
    for _ in range(2):  # a new kernel, then a known one
        x = torch.from_numpy(values) if exposed else torch.tensor(values)
        for made, want in (
            (torch.softmax(x, dim), shares), (torch.log_softmax(x, dim), np.log(shares)),
            (x.sigmoid() * 2, 2 / (1 + np.exp(-wide))),
        ):
            assert exposed or type(made._array) is deferred.Deferred
            np.testing.assert_allclose(made.numpy(), want, rtol=2e-5, atol=1e-6)


def test_a_value_wanted_again_and_again_is_written():
    x, y = torch.rand(N), torch.rand(N)
    kept = x > 0.5
    for _ in range(3):
        assert type(kept._array) is deferred.Deferred and kept._array.value is None
        (kept & (y > 0.5))[0].item()
    assert kept._array.value is not None
    np.testing.assert_array_equal(kept.numpy(), x.numpy() > 0.5)


@pytest.mark.parametrize("dim", [0, 1])
def test_what_is_written_on_the_way_is_not_in_the_way(dim):
    """Two results of one kernel: exponentials wait where the first will be, not where it is."""
    wide = np.random.default_rng(0).standard_normal((400, 500))
    x = torch.softmax(torch.tensor(wide.astype(np.float32)), dim)
    for _ in range(4):  # wanted for the third time, x is written
        y = torch.softmax(x, dim)
        y[0, 0].item()
        powers = np.exp(wide - wide.max(dim, keepdims=True))
        powers = np.exp(powers / powers.sum(dim, keepdims=True))
        np.testing.assert_allclose(y.numpy(), powers / powers.sum(dim, keepdims=True), rtol=1e-5)


def test_a_long_chain_does_not_wait_for_ever():
    x = torch.rand(N)
    y = x
    for _ in range(1000):
        y = y * 1.001
    assert y._array.length <= deferred.LONGEST + 1
    np.testing.assert_allclose(y.numpy(), x.numpy() * 1.001**1000, rtol=1e-4)


def test_gradients_of_a_deferred_chain():
    x = torch.randn(N, dtype=torch.float64, requires_grad=True)
    ((x * 2 + 1).sigmoid() * x - x.exp()).sum().backward()
    v = x.detach().numpy()
    s = 1 / (1 + np.exp(-(2 * v + 1)))
    np.testing.assert_allclose(x.grad.numpy(), s + 2 * v * s * (1 - s) - np.exp(v), rtol=1e-12)


# --- memory


def test_buffers_are_reused_and_given_back():
    torch.empty_cache()
    x = torch.rand(1 << 20)
    for _ in range(5):
        (x + 1).sum().item()
        y = x * 2
        y[0].item()
        del y
    gc.collect()
    stats = torch.memory_stats()
    assert stats["reused"] > 0 and stats["held"] >= x.nbytes
    torch.empty_cache()
    assert torch.memory_stats()["held"] == 0


def test_a_view_keeps_its_buffer():
    x = torch.rand(1 << 20)
    y = (x + 1)[5:10]
    gc.collect()
    z = x * 3
    z[0].item()
    np.testing.assert_array_equal(y.numpy(), x.numpy()[5:10] + np.float32(1))


def test_debugging_lists_kernels():
    program = "import rushlight as t; x = t.rand(200000); print((x.exp() + 1).sum().item() > 0)"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True,
        env=os.environ | {"RUSHLIGHT_DEBUG": "1"})
    assert "GB/s: exp add reduce.add" in run.stderr and run.stdout == "True\n"


def test_without_native_code_results_are_the_same():
    program = (
        "import rushlight as t; from rushlight.engine import native; t.manual_seed(0); "
        "x = t.rand(50000); y = (x * 3 - 1).abs().maximum(x); "
        "print(native.available(), y.sum(), y[7])")
    shown = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True,
                       env=os.environ | {"RUSHLIGHT_JIT": each}).stdout.split(maxsplit=1)
        for each in "01"]
    assert shown[0][0] == "False" and shown[1][0] == "True"
    assert shown[0][1] == shown[1][1]


def test_a_kernel_is_compiled_once(every_size):
    x = np.random.default_rng(0).standard_normal((30, 40))
    deferred.computed(np.exp(deferred.of(x)) * 3)
    known = len(launch._kernels)
    deferred.computed(np.exp(deferred.of(np.ones((7, 9)))) * 3)
    assert len(launch._kernels) == known


@pytest.mark.parametrize("shape", [(200_000,), (400, 500)])
def test_formulas_inside_reductions(shape):
    a = np.random.default_rng(0).random(shape).astype(np.float32)
    x, wide = torch.tensor(a), a.astype(np.float64)
    whole = ((x * 2 + 1).sigmoid() * x - x.exp()).sum()
    expected = wide / (1 + np.exp(-(wide * 2 + 1))) - np.exp(wide)
    np.testing.assert_allclose(whole.item(), expected.sum(), rtol=1e-5)
    np.testing.assert_allclose((x.sigmoid().std() * x.mean()).item(),
                               (1 / (1 + np.exp(-wide))).std(ddof=1) * wide.mean(), rtol=1e-5)
    np.testing.assert_allclose((torch.softmax(x, -1) * x).sum(0).numpy(), (
        np.exp(wide) / np.exp(wide).sum(-1, keepdims=True) * wide).sum(0), rtol=1e-5)


def test_another_number_needs_no_other_kernel():
    a = np.random.default_rng(0).random(200_000).astype(np.float32)
    x = torch.tensor(a)
    known = []
    for number in (0.1, -0.3, 1e-8, 1e30, float("inf"), 7.3):
        np.testing.assert_array_equal((x * number).numpy(), a * np.float32(number))
        known.append(len(launch._kernels))
    assert known[0] == known[-1]
