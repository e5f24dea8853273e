"""Random numbers: PyTorch's, to the bit. Walks of calls were recorded by `record_streams.py`.

A walk's calls share one stream, and after each its whole state is compared too. Where a float64
is the C library's logarithm, sine or tangent, another library's may differ by a unit or two in the
last place. What the records cannot show is checked against loops, fractions and NumPy.
"""

from __future__ import annotations

import base64
import json
import math
import random
from collections.abc import Callable
from fractions import Fraction
from hashlib import blake2b
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from rushlight.engine import box_muller, choices, distributions, movers, normals
from rushlight.engine.streams import BLOCK, STATE, Stream

Array = np.ndarray[Any, Any]
WALKS = json.loads((Path(__file__).parent / "golden" / "streams.json").read_text())
UNITS = 2
F32, F64 = np.dtype(np.float32), np.dtype(np.float64)


# ---- PyTorch's records


def title(walk: dict[str, Any]) -> str:
    first = walk["calls"][0][0]
    others = {call["kernel"] for call, _ in walk["calls"]}
    return first["kernel"] + "-" + first.get("dtype", "") if len(others) == 1 else "mixed"


def decoded(name: str, argument: Any) -> Any:
    if name == "dtype":
        return np.dtype(getattr(ml_dtypes, argument, argument))
    if name in ("shape", "into"):
        return tuple(argument)
    if isinstance(argument, dict):
        return np.array(argument["values"], decoded("dtype", argument["dtype"]))
    return argument


def kernel(name: str) -> Callable[..., Array]:
    for module in (distributions, normals, choices):
        if hasattr(module, name):
            return getattr(module, name)
    raise AttributeError(name)


def called(stream: Stream, call: dict[str, Any]) -> Array:
    arguments = {name: decoded(name, each) for name, each in call.items() if name != "kernel"}
    draw = kernel(call["kernel"])
    if "into" not in call:
        return draw(stream, **arguments)
    shape, axes, step = (arguments.pop(each) for each in ("into", "axes", "step"))
    target = np.zeros(shape, arguments["dtype"])
    view = target.transpose(axes)[::step]
    distributions.fill(view, lambda shape: draw(stream, shape, **arguments))
    return target


def digest(data: bytes) -> str:
    return blake2b(data, digest_size=8).hexdigest()


def units_apart(a: Array, b: Array) -> int:
    """The largest distance in units in the last place, of numbers that have one sign."""
    bits = a.view(f"i{a.dtype.itemsize}") - b.view(f"i{b.dtype.itemsize}")
    return int(np.abs(bits).max(initial=0))


def assert_same(result: Array, given: dict[str, Any]) -> None:
    """Equal to the bit; float64 numbers, if they are the C library's, almost."""
    assert result.flags.c_contiguous
    if "digest" in given:
        assert digest(result.tobytes()) == given["digest"]
    elif "values" in given:
        expected = np.frombuffer(base64.b64decode(given["values"]), result.dtype)
        if result.dtype.char in "dD":
            assert units_apart(result.ravel().view(F64), expected.view(F64)) <= UNITS
        else:
            assert result.tobytes() == expected.tobytes()


def assert_same_state(stream: Stream, given: dict[str, Any]) -> None:
    state = stream.get_state()
    kept = state[5024:5032].copy()
    state[5024:5032] = 0
    assert digest(state.tobytes()) == given["state"]
    expected = np.frombuffer(bytes.fromhex(given.get("kept", "00" * 8)), np.int64)
    assert abs(kept.view(np.int64) - expected) <= UNITS


@pytest.mark.parametrize("walk", WALKS, ids=title)
def test_recorded(walk: dict[str, Any]) -> None:
    stream = Stream(walk["seed"])
    for call, given in walk["calls"]:
        assert_same(called(stream, call), given)
        assert_same_state(stream, given)


# ---- the stream


def test_words_are_numpys_and_come_in_any_portions() -> None:
    chance = random.Random(1)
    numpys = np.random.RandomState(5)
    expected = numpys.randint(0, 2**32, 300_000, np.uint32)
    stream, done = Stream(5), 0
    while done < 200_000:
        count = chance.choice((0, 1, 7, 16, 623, 624, 625, 5000, 50_000))
        assert np.array_equal(stream.words(count), expected[done : done + count])
        done += count


def test_numbers_one_by_one_leave_the_rest() -> None:
    for before in (0, 1, 3, 600, 623):
        for count in (0, 1, 2, 31, 500, 2000):
            one, other = Stream(9), Stream(9)
            one.words(before), other.words(before)
            with one.one_by_one(one.words64) as draw:
                drawn = [draw() for _ in range(count)]
            assert drawn == other.words64(count).tolist()
            assert one.get_state().tobytes() == other.get_state().tobytes()


@pytest.mark.parametrize("before", [0, 1, 623, 624, 625, 3000])
def test_a_state_continues_where_it_was_taken(before: int) -> None:
    stream = Stream(-3)
    stream.words(before)
    normals.normal(stream, (3,), F64)
    state = stream.get_state()
    copy = stream.clone()
    following = normals.normal(stream, (700,), F32), normals.normal(stream, (2,), F64)
    restored = Stream()
    restored.set_state(state)
    for other in (copy, restored):
        assert other.initial_seed == 2**64 - 3
        again = normals.normal(other, (700,), F32), normals.normal(other, (2,), F64)
        assert all(np.array_equal(*both) for both in zip(following, again, strict=True))


def test_a_state_keeps_the_float32_normal_that_others_may_have_put_there() -> None:
    state = Stream(0).get_state()
    fields = state.view(STATE)
    fields["normal32"], fields["has_normal32"] = 0.5, True
    stream = Stream(1)
    stream.set_state(state)
    assert stream.kept_normal32 == 0.5
    assert stream.get_state().tobytes() == state.tobytes()


def test_bad_seeds_and_states() -> None:
    for seed in (2**64, -(2**63) - 1):
        with pytest.raises(ValueError, match="64 bits"):
            Stream(seed)
    good = Stream(0).get_state()
    wrong = good.copy()
    wrong.view(STATE)["left"] = BLOCK + 2
    for state in (good[:-1], good.astype(np.int16), wrong, np.zeros_like(good)):
        stream = Stream(4)
        before = stream.words(3).tolist()
        with pytest.raises(RuntimeError, match="state"):
            stream.set_state(state)
        assert (before + stream.words(3).tolist()) == Stream(4).words(6).tolist()


# ---- large arrays, which kernels make

LARGE: dict[str, Callable[[Stream, int], Array]] = {
    "words": lambda s, n: s.words(n),
    "pairs of words": lambda s, n: s.words64(n),
    **{f"uniform {dtype}": lambda s, n, dtype=dtype: distributions.uniform(s, (n,), dtype)
       for dtype in (*distributions.LARGEST, np.dtype(np.complex64))},
    **{f"uniform between {dtype}": lambda s, n, dtype=dtype: distributions.uniform(
        s, (n,), dtype, -0.3, 1.01) for dtype in distributions.LARGEST},
    **{f"normal {dtype}": lambda s, n, dtype=dtype: normals.normal(s, (n,), dtype)
       for dtype in (*distributions.LARGEST, np.dtype(np.complex128))},
    **{f"normal around {dtype}": lambda s, n, dtype=dtype: normals.normal(s, (n,), dtype, 3.0, 0.2)
       for dtype in distributions.LARGEST},
    **{f"integers {low} to {high}": lambda s, n, low=low, high=high: choices.integers(
        s, (n,), np.dtype(np.int64), low, high)
       for low, high in ((0, 1), (-5, 1000), (3, (1 << 28) + 2), (0, 1 << 40))},
    "permutation": lambda s, n: choices.permutation(s, n, np.dtype(np.int32)),
    "bernoulli": lambda s, n: distributions.bernoulli(s, (n,), F32, 0.3),
}


@pytest.mark.skipif(not movers.available(), reason="no kernels here")
@pytest.mark.parametrize("draw", LARGE.values(), ids=LARGE)
def test_kernels_make_what_numpy_makes(
    draw: Callable[[Stream, int], Array], monkeypatch: pytest.MonkeyPatch
) -> None:
    for before, count in ((0, 20_000), (623, 16_384), (624, 50_003), (5000, 16_401)):
        found = []
        for kernels in (True, False):
            monkeypatch.setattr(movers, "available", lambda kernels=kernels: kernels)
            stream = Stream(7)
            stream.words(before)
            made = draw(stream, count)
            found.append((made.tobytes(), stream.get_state().tobytes(), stream.words(9).tobytes()))
        assert found[0] == found[1]


# ---- roundings and functions


def rounded32(exact: Fraction) -> np.float32:
    """The nearest float32: of two float64's neighbours the one that is nearer in fractions."""
    near = np.float32(float(exact))
    around = (np.nextafter(near, np.float32(-np.inf)), near, np.nextafter(near, np.float32(np.inf)))
    return min(around, key=lambda each: abs(Fraction(float(each)) - exact))


def test_fused_operations_round_once() -> None:
    chance = np.random.default_rng(3)
    for b, c in ((0.7, -0.1), (1e-3, 5.0), (1024.5, -1e-9), (3.0, 1e12)):
        a = chance.standard_normal(500)
        exact = [float(Fraction(x) * Fraction(b) + Fraction(c)) for x in a.tolist()]
        assert box_muller.fused64(a, b, c).tolist() == exact
        a32, b32, c32 = a.astype(F32), np.float32(b), np.float32(c)
        fused = box_muller.fused32(a32, np.float64(b32), c32)
        for x, result in zip(a32.tolist(), fused, strict=True):
            exactly = Fraction(x) * Fraction(float(b32)) + Fraction(float(c32))
            assert result == rounded32(exactly)


def test_float32_functions_are_accurate() -> None:
    u = np.arange(0, 1 << 24, 997, dtype=np.uint32).astype(F32) * F32.type(2.0**-24)
    wide = u.astype(F64)
    radius = np.sqrt(-2 * np.log1p(-wide)).astype(F32)
    assert units_apart(box_muller.radius32(u), radius) <= 2
    angle = u * F32.type(2 * math.pi)
    for result, expected in zip(box_muller.turn32(u), (np.cos, np.sin), strict=True):
        np.testing.assert_allclose(result, expected(angle.astype(F64)), rtol=0, atol=1.2e-7)


def test_a_normal_zero_has_no_sign() -> None:
    """Of words that are 0 the distance is -0.0, before the mean of 0 is added."""
    state = Stream(0).get_state()
    fields = state.view(STATE)
    fields["next"], fields["left"], fields["key"] = 1, BLOCK, 0
    for dtype in (F32, F64):
        for count in (4, 16, 300, 1000):
            stream = Stream()
            stream.set_state(state)
            numbers = normals.normal(stream, (count,), dtype)
            assert not np.signbit(numbers[numbers == 0]).any()
            assert (numbers == 0).any()


def test_uniform_numbers_never_reach_the_upper_bound() -> None:
    for dtype in distributions.LARGEST:
        numbers = distributions.uniform(Stream(0), (100_000,), dtype, 1.0, 1.01)
        high = np.array(1.01).astype(dtype)
        assert (numbers >= 1).all() and (numbers < high).all()


# ---- permutations


def shuffled(partners: list[int]) -> list[int]:
    order = list(range(len(partners)))
    for i, partner in enumerate(partners):
        order[i], order[partner] = order[partner], order[i]
    return order


@pytest.mark.parametrize("n", [0, 1, 2, 3, 10, 250, 251, 4000])
def test_shuffles_are_the_swaps_one_after_another(n: int) -> None:
    chance = random.Random(n)
    forwards = [chance.randrange(i, n) for i in range(n)]
    backwards = [chance.randrange(i + 1) for i in range(n)]
    assert choices._swapped(np.array(forwards, np.int64)).tolist() == shuffled(forwards)
    assert choices._traced(np.array(forwards, np.int64)).tolist() == shuffled(forwards)
    assert choices._inside_out(np.array(backwards, np.uint64)).tolist() == shuffled(backwards)


# ---- refusals


@pytest.mark.parametrize(
    "wrong",
    [
        lambda s: distributions.uniform(s, (2,), F32, 2.0, 1.0),
        lambda s: distributions.uniform(s, (2,), F32, -3e38, 3e38),
        lambda s: distributions.uniform(s, (2,), np.dtype("f2"), 0.0, 1e6),
        lambda s: distributions.uniform(s, (2,), F32, math.nan, 1.0),
        lambda s: distributions.exponential(s, (2,), F32, 0.0),
        lambda s: distributions.exponential(s, (2,), np.dtype("i4")),
        lambda s: distributions.geometric(s, (2,), F32, 1.0),
        lambda s: distributions.cauchy(s, (2,), F32, 0.0, 0.0),
        lambda s: distributions.cauchy(s, (2,), np.dtype("i4")),
        lambda s: distributions.bernoulli(s, (2,), F32, 1.5),
        lambda s: distributions.bernoulli(s, (2,), F32, np.array([0.5, math.nan])),
        lambda s: distributions.poisson(s, np.array([-1.0])),
        lambda s: distributions.poisson(s, np.array([math.inf])),
        lambda s: normals.normal(s, (2,), F32, 0.0, -1.0),
        lambda s: normals.normal_around(s, np.zeros(2), np.array([1.0, -1.0]), F64),
        lambda s: normals.log_normal(s, (2,), F32, 0.0, 0.0),
        lambda s: choices.integers(s, (2,), np.dtype("u1"), 0, 257),
        lambda s: choices.integers(s, (2,), np.dtype("u1"), -1, 3),
        lambda s: choices.integers(s, (2,), np.dtype("i8"), 3, 3),
        lambda s: choices.integers(s, (2,), np.dtype("f2"), 0, 70_000),
        lambda s: choices.integers(s, (2,), np.dtype("i4"), -(2**63), None),
        lambda s: choices.permutation(s, -1, np.dtype("i8")),
        lambda s: choices.permutation(s, 2050, np.dtype("f2")),
        lambda s: choices.permutation(s, 256, np.dtype("u1")),
        lambda s: choices.multinomial(s, np.ones((1, 1, 1)), 1),
        lambda s: choices.multinomial(s, np.ones(3), 0),
        lambda s: choices.multinomial(s, np.ones(3), 4),
        lambda s: choices.multinomial(s, np.array([1.0, -1.0]), 1),
        lambda s: choices.multinomial(s, np.array([1.0, math.inf]), 3, True),
        lambda s: choices.multinomial(s, np.zeros(3), 2, True),
    ],
)
def test_refused_and_nothing_drawn(wrong: Callable[[Stream], Array]) -> None:
    stream = Stream(1)
    with pytest.raises(RuntimeError):
        wrong(stream)
    assert stream.get_state().tobytes() == Stream(1).get_state().tobytes()


def test_other_dtypes_are_refused() -> None:
    stream, ints = Stream(1), np.dtype(np.int64)
    for draw in (distributions.uniform, normals.normal, normals.log_normal):
        with pytest.raises(NotImplementedError):
            draw(stream, (2,), ints)
    with pytest.raises(NotImplementedError):
        distributions.geometric(stream, (2,), np.dtype(bool), 0.5)
    with pytest.raises(NotImplementedError):
        distributions.bernoulli(stream, (2,), np.dtype("c8"), 0.5)
    with pytest.raises(NotImplementedError):
        distributions.poisson(stream, np.ones(2, ints))
    with pytest.raises(NotImplementedError):
        choices.any_integers(stream, (2,), np.dtype(np.uint16))
