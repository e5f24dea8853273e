"""Our own vector functions beside NumPy's float64 (for float32) and mpmath (for float64).

The suite samples floats. `python tests/test_vector_math.py [NAME ...]` takes every one there is,
some minutes for each function, and prints the largest error: that is where `LARGEST` is from.
"""

from __future__ import annotations

import ctypes
import itertools
import math
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any

import mpmath
import numpy as np
import pytest

from rushlight.engine import native, vector_math, vector_scaling

pytestmark = pytest.mark.skipif(not native.available(), reason="needs llvmlite")

Array = np.ndarray[Any, Any]
DTYPES = {"float": np.dtype(np.float32), "double": np.dtype(np.float64)}

# The largest error of each function over all 2**32 floats, in units in the last place.
LARGEST = {
    "exp": 0.9092, "exp2": 0.8933, "expm1": 0.89, "log": 0.9467, "log2": 0.955, "log10": 0.9277,
    "log1p": 0.841, "sin": 0.878, "cos": 0.8808, "tan": 0.9671, "sinh": 0.5001, "cosh": 0.5001,
    "tanh": 0.9335, "arcsin": 0.6832, "arccos": 0.963, "arctan": 0.9303, "arcsinh": 0.5001,
    "arccosh": 0.5001, "arctanh": 0.5001, "erf": 0.9909, "erfc": 0.5365, "lgamma": 0.5001,
}  # fmt: skip
ONE_OPERAND = tuple(LARGEST)
REMAINDERS = ("fmod", "remainder")
TWO_OPERANDS = ("arctan2", "power", "hypot", "logaddexp")
COUNTS = dict.fromkeys(ONE_OPERAND, 1) | dict.fromkeys(TWO_OPERANDS + REMAINDERS, 2)
WANTED = list(itertools.product(COUNTS, DTYPES))

# ---- loops that call the functions


def loop(name: str, type: str) -> str:
    count = COUNTS[name]
    arrays = ", ".join(f"ptr noalias %a{i}" for i in range(count))
    loads = "".join(
        f"  %p{i} = getelementptr {type}, ptr %a{i}, i64 %i\n  %v{i} = load {type}, ptr %p{i}\n"
        for i in range(count)
    )
    operands = ", ".join(f"{type} %v{i}" for i in range(count))
    return f"""define void @loop.{name}.{type}(ptr noalias %o, {arrays}, i64 %n) #0 {{
start:
  br label %next
next:
  %i = phi i64 [0, %start], [%j, %next]
{loads}  %r = call {type} {vector_math.symbol(name, type)}({operands})
  %p = getelementptr {type}, ptr %o, i64 %i
  store {type} %r, ptr %p
  %j = add nuw nsw i64 %i, 1
  %more = icmp slt i64 %j, %n
  br i1 %more, label %next, label %end
end:
  ret void
}}
"""


class Compiled:
    """The loops as machine code."""

    def __init__(self, wanted: Iterable[tuple[str, str]]) -> None:
        wanted = list(wanted)
        self.text = vector_math.source(wanted) + "".join(loop(*each) for each in wanted)
        self.at = native.compile(self.text, [f"loop.{name}.{type}" for name, type in wanted])

    def __call__(self, name: str, *operands: Array) -> Array:
        type = {dtype: type for type, dtype in DTYPES.items()}[operands[0].dtype]
        pointers = [ctypes.c_void_p] * (1 + len(operands))
        address = self.at[f"loop.{name}.{type}"]
        function = ctypes.CFUNCTYPE(None, *pointers, ctypes.c_int64)(address)
        operands = tuple(map(np.ascontiguousarray, operands))
        result = np.empty_like(operands[0])
        function(result.ctypes.data, *(x.ctypes.data for x in operands), result.size)
        return result


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    return Compiled(WANTED)


# ---- inputs

SPECIAL = np.array(
    [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 2.5, -2.5,
     1e-45, -1e-45, 5e-324, -5e-324, 2.0**-126, 2.0**-1022, 3.4028235e38, -3.4028235e38,
     1.7976931348623157e308, -1.7976931348623157e308, 88.72284, 88.72283, -87.33655, -103.97208,
     -103.98, 709.782712893384, 709.7827128933841, -708.3964185322641, -745.1332191019411,
     -745.1332191019412, 1024.0, -1074.0, -1075.0, -1076.0, 128.0, -149.0, -150.0, 89.41599,
     710.4758600739439, 710.475860073944, 1e22, 16777216.0, 16777217.0, 9007199254740993.0,
     4503599627370497.0, 0.9999999999999999, 1.0000000000000002, 0.99999994, 1.0000001],
)  # fmt: skip
SOME = SPECIAL[[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 17, 18, 22, 23, 24, 46, 47, 48]]


def every_magnitude(count: int, seed: int) -> Array:
    """Random float64 bits; half of them of a moderate size, where most functions change."""
    random = np.random.default_rng(seed)
    bits = random.integers(0, 2**64, count // 2, dtype=np.uint64).view(np.float64)
    sizes = 2.0 ** random.uniform(-20, 10, count - count // 2)
    signed = sizes * random.choice([-1.0, 1.0], sizes.size)
    return np.concatenate([bits, signed])


def _lgamma(x: float) -> float:
    try:
        return math.lgamma(x)
    except (ValueError, OverflowError):  # 0 and the negative integers; what is too large
        return math.inf


def reference(name: str) -> Callable[..., Array]:
    """The function in float64, by NumPy or by C."""
    if name in ("erf", "erfc", "lgamma"):
        of_one = _lgamma if name == "lgamma" else getattr(math, name)
        return lambda x: np.array([of_one(each) for each in x.tolist()])
    ufunc: Callable[..., Array] = getattr(np, name)
    return ufunc


# ---- how far a result is from the exact value, in units in the last place


def units32(result: Array, exact: Array) -> Array:
    """The exact value is in float64, and as good as exact beside float32."""
    unit = np.ldexp(1.0, np.maximum(np.frexp(exact)[1] - 24, -149))
    # An infinity stands for the next number if float32 went on.
    result = np.clip(result.astype(np.float64), -(2.0**128), 2.0**128)
    distance = np.abs(result - np.clip(exact, -(2.0**128), 2.0**128)) / unit
    distance[np.isnan(exact) & np.isnan(result)] = 0.0
    distance[np.isinf(exact) & (np.abs(result) == 2.0**128)] = 0.0
    distance[(exact == 0) & (np.signbit(exact) != np.signbit(result))] = np.inf
    return np.where(np.isnan(distance), np.inf, distance)


def units64(result: float, exact: Any) -> float:
    if exact == 0:
        return 0.0 if result == 0 else math.inf
    end = mpmath.mpf(2) ** 1024  # infinity stands for the next number if float64 went on
    exact = min(max(exact, -end), end)
    value = end * math.copysign(1, result) if math.isinf(result) else mpmath.mpf(result)
    exponent = max(int(mpmath.frexp(exact)[1]), -1021)
    return float(abs(value - exact) / mpmath.mpf(2) ** (exponent - 53))


# ---- tests


def test_it_says_what_is_there() -> None:
    assert all(itertools.starmap(vector_math.has, WANTED))
    assert not vector_math.has("exp", "half")
    assert not vector_math.has("gamma", "float")
    assert vector_math.symbol("exp", "float") == "@rl.exp.f32"
    assert vector_math.source([]) == ""


def test_each_is_defined_once() -> None:
    text = vector_math.source([("sin", "double"), ("cos", "double"), ("sin", "double")])
    names = re.findall(r"^(?:define \w+ \S+ )?(@[\w.]+)", text, re.MULTILINE)
    assert sorted(names) == sorted(set(names))
    assert {"@rl.sin.f64", "@rl.cos.f64"} < set(names)


WITH_RARE_CASES = [
    *itertools.product(("sin", "cos", "tan", "fmod", "remainder"), DTYPES),
    *itertools.product(("log", "log2", "log10", "lgamma"), ["double"]),
]


@pytest.mark.parametrize(("name", "type"), WANTED)
def test_loops_become_vector_code(name: str, type: str) -> None:
    tools = native._toolchain()
    features = tools.llvm.get_host_cpu_features()
    if not (features.get("avx2") and features.get("fma")):
        pytest.skip("the processor has no AVX2")
    text = vector_math.source([(name, type)]) + loop(name, type)
    module = tools.llvm.parse_assembly(tools.head + text + tools.tail)
    native._optimise(tools, module)
    optimised = str(module.get_function(f"loop.{name}.{type}"))
    found = re.findall(r"= f\w+ (?:\w+ )*<(\d+) x (?:float|double)>", optimised)
    assert max(map(int, found)) >= (8 if features.get("avx512f") else 4)
    called = set(re.findall(r"call [^@]*@(?!llvm)([\w.]+)\(", optimised))
    if (name, type) in WITH_RARE_CASES:
        # Besides the rare case: the vectors' one, and the single numbers' that are left over.
        assert {each.removesuffix(".x1") for each in called} == {min(called)}
    else:
        assert not called or (name, type) == ("lgamma", "float")


def exact_for_floats(compiled: Compiled, name: str, x: Array) -> Array:
    """What is as good as exact beside float32; lgamma as our own float64 gives it."""
    wide = x.astype(np.float64)
    return compiled(name, wide) if name == "lgamma" else reference(name)(wide)


@pytest.mark.parametrize("name", ONE_OPERAND)
def test_float32_within_one_unit(compiled: Compiled, name: str) -> None:
    step = 4093 if name not in ("erf", "erfc") else 16381
    bits = np.arange(0, 2**32, step, dtype=np.uint64).astype(np.uint32)
    with np.errstate(all="ignore"):
        x = np.concatenate([bits.view(np.float32), SPECIAL.astype(np.float32)])
        exact = exact_for_floats(compiled, name, x)
        units = units32(compiled(name, x), exact)
    worst = units.argmax()
    assert units[worst] <= LARGEST[name] <= 1, (x[worst], exact[worst])


@pytest.mark.parametrize(("name", "type"), WITH_RARE_CASES)
@pytest.mark.parametrize("count", [1, 3, 4, 9, 16, 37])
def test_rare_numbers_leave_their_neighbours_alone(
    compiled: Compiled, name: str, type: str, count: int
) -> None:
    usual = np.linspace(0.3, 3e4, count).astype(DTYPES[type])
    if name.startswith("log"):
        rare = np.resize([0.0, 1e-320, np.inf], count)
    else:
        rare = -np.sqrt(usual) if name == "lgamma" else (usual * -1e30).astype(DTYPES[type])
    mixed = usual.copy()
    mixed[::3] = rare[::3]
    more = (np.full(count, 0.7, DTYPES[type]),) * (COUNTS[name] - 1)
    together = compiled(name, mixed, *more)
    for i in range(count):
        alone = compiled(name, mixed[i : i + 1], *(each[:1] for each in more))
        np.testing.assert_array_equal(together[i], alone[0])
    with np.errstate(all="ignore"):
        expected = reference(name)(mixed.astype(np.float64), *more)
    np.testing.assert_allclose(together, expected, rtol=1e-6)


@pytest.mark.parametrize(("name", "type"), WITH_RARE_CASES)
def test_a_constant_operand_changes_nothing(compiled: Compiled, name: str, type: str) -> None:
    """LLVM drops a function's parameter that is always the same, but here vectors depend on it."""
    last = COUNTS[name] - 1
    text = vector_math.source([(name, type)]) + loop(name, type)
    text = text.replace(f"{type} %v{last})", f"{type} 2.5)")
    address = native.compile(text, [f"loop.{name}.{type}"])[f"loop.{name}.{type}"]
    pointers = [ctypes.c_void_p] * (1 + COUNTS[name])
    x = np.linspace(0.5, 9, 37).astype(DTYPES[type])
    result, constant = np.empty_like(x), np.full_like(x, 2.5)
    ctypes.CFUNCTYPE(None, *pointers, ctypes.c_int64)(address)(
        result.ctypes.data, *[x.ctypes.data] * COUNTS[name], x.size)
    given = [x] * last + [constant]
    np.testing.assert_array_equal(result, compiled(name, *given))


@pytest.mark.parametrize("type", DTYPES)
def test_scaling_is_the_same_by_every_means(type: str) -> None:
    """By the processor's instruction or by products: also of and to subnormal numbers."""
    suffix = {"float": "f32", "double": "f64"}[type]
    text = "".join(
        vector_scaling.source(bool(i)).replace("@rl.times", f"@rl.{i}")
        + f"""define void @run{i}(ptr %o, ptr %a, ptr %b, i64 %n) #0 {{
start:
  br label %next
next:
  %i = phi i64 [0, %start], [%j, %next]
  %p = getelementptr {type}, ptr %a, i64 %i
  %q = getelementptr {type}, ptr %b, i64 %i
  %r = getelementptr {type}, ptr %o, i64 %i
  %x = load {type}, ptr %p
  %y = load {type}, ptr %q
  %v = call {type} @rl.{i}_two_to.{suffix}({type} %x, {type} %y)
  store {type} %v, ptr %r
  %j = add nuw nsw i64 %i, 1
  %more = icmp slt i64 %j, %n
  br i1 %more, label %next, label %end
end:
  ret void
}}
"""
        for i in range(2)
    )
    at = native.compile(text, ["run0", "run1"])
    random = np.random.default_rng(5)
    n = random.integers(*{"float": (-151, 129), "double": (-1076, 1025)}[type], 5000)
    x = random.uniform(0.5, 2, 5000).astype(DTYPES[type])
    x[::100] = np.nan
    shifted = (n + 1.5 * 2.0 ** np.finfo(DTYPES[type]).nmant).astype(DTYPES[type])
    with np.errstate(all="ignore"):
        expected = np.ldexp(x, n)
    for each in at.values():
        result = np.empty_like(x)
        function = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3, ctypes.c_int64)(each)
        function(result.ctypes.data, x.ctypes.data, shifted.ctypes.data, x.size)
        np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("name", ["arctan2", "power", "hypot"])
def test_float32_pairs(compiled: Compiled, name: str) -> None:
    random = np.random.default_rng(0)
    bits = random.integers(0, 2**32, (2, 2**18), dtype=np.uint64).astype(np.uint32)
    moderate = (random.standard_normal((2, 2**18)) * 8).astype(np.float32)
    with np.errstate(all="ignore"):
        pairs = np.array(list(itertools.product(SOME, SOME))).T.astype(np.float32)
        x, y = np.concatenate([bits.view(np.float32), moderate, abs(moderate), pairs], axis=1)
        exact = reference(name)(x.astype(np.float64), y.astype(np.float64))
        units = units32(compiled(name, x.copy(), y.copy()), exact)
    worst = units.argmax()
    assert units[worst] <= 1, (x[worst], y[worst], exact[worst])


def _mp_log2(x: Any) -> Any:
    return mpmath.log(x) / mpmath.log(2)


EXACT: dict[str, Callable[..., Any]] = {
    "exp": mpmath.exp, "exp2": lambda x: mpmath.power(2, x), "expm1": mpmath.expm1,
    "log": mpmath.log, "log2": _mp_log2, "log10": mpmath.log10, "log1p": mpmath.log1p,
    "sin": mpmath.sin, "cos": mpmath.cos, "tan": mpmath.tan,
    "sinh": mpmath.sinh, "cosh": mpmath.cosh, "tanh": mpmath.tanh,
    "arcsin": mpmath.asin, "arccos": mpmath.acos, "arctan": mpmath.atan,
    "arcsinh": mpmath.asinh, "arccosh": mpmath.acosh, "arctanh": mpmath.atanh,
    "erf": mpmath.erf, "erfc": mpmath.erfc, "lgamma": lambda x: mpmath.re(mpmath.loggamma(x)),
    "arctan2": mpmath.atan2, "power": mpmath.power, "hypot": mpmath.hypot,
}  # fmt: skip


def inputs64(name: str, count: int) -> Array:
    x = every_magnitude(count, seed=sum(map(ord, name)))
    x = x[np.isfinite(x)]
    below_one = 1 - np.exp2(-(abs(x) % 60))
    if name in ("log", "log2", "log10"):
        x = np.concatenate([abs(x), 1 + x[count // 2 :] / 2**11])
    elif name == "lgamma":
        near = (x % 1 - 0.5) / 2**9
        x = np.concatenate([abs(x), x[count // 2 :] % 10, 1 + near, 2 + near])
        x = x[x > 0]
    elif name == "log1p":
        x = np.concatenate([abs(x), -below_one])
    elif name == "arccosh":
        x = abs(x) + 1
    elif name in ("arcsin", "arccos", "arctanh"):
        x = np.concatenate([x[abs(x) < 1], x % 2 - 1, below_one])
    elif name in NEAR:
        x = np.concatenate([x, x % 1500 - 750, x % 40 - 20])
    return x


# Beyond this their results overflow or have long stopped to change, and mpmath would compute them
# to a million digits.
NEAR = ("exp", "exp2", "expm1", "sinh", "cosh", "tanh", "erf", "erfc")


@pytest.mark.parametrize("name", ONE_OPERAND)
def test_float64_within_two_units(compiled: Compiled, name: str) -> None:
    x = inputs64(name, 1500)
    result = compiled(name, x)
    with mpmath.workdps(40):
        for given, got in zip(x.tolist(), result.tolist(), strict=True):
            if not math.isnan(got) and (abs(given) < 1e6 or name not in NEAR):
                assert units64(got, EXACT[name](mpmath.mpf(given))) <= 2, given


@pytest.mark.parametrize("name", ONE_OPERAND)
def test_float64_borders(compiled: Compiled, name: str) -> None:
    x = np.concatenate([SPECIAL, inputs64(name, 1500)])
    with np.errstate(all="ignore"):
        result, expected = compiled(name, x), reference(name)(x)
    # Python's own lgamma isn't that good near 1 and 2.
    same(result, expected, 1e-14 if name == "lgamma" else 1e-323)


def same(result: Array, expected: Array, atol: float = 1e-323) -> None:
    """NaN at the same places, the same signs, also of zeros, and values a few bits apart."""
    nan = np.isnan(expected)
    np.testing.assert_array_equal(np.isnan(result), nan)
    signed = ~nan & ~((abs(expected) < atol) & (expected != 0))
    np.testing.assert_array_equal(np.signbit(result)[signed], np.signbit(expected)[signed])
    np.testing.assert_allclose(result, expected, rtol=2e-15, atol=atol)


@pytest.mark.parametrize("name", TWO_OPERANDS)
def test_float64_pairs(compiled: Compiled, name: str) -> None:
    x, y = np.array(list(itertools.product(SOME, SOME))).T.copy()
    with np.errstate(all="ignore"):
        same(compiled(name, x, y), reference(name)(x, y))


@pytest.mark.parametrize("name", REMAINDERS)
@pytest.mark.parametrize("type", DTYPES)
def test_remainders_are_exact(compiled: Compiled, name: str, type: str) -> None:
    dtype = DTYPES[type]
    integer = np.dtype(f"i{dtype.itemsize}")
    random = np.random.default_rng(4)
    bits = random.integers(0, 2**64, (2, 2**15), dtype=np.uint64).astype(f"u{dtype.itemsize}")
    moderate = (random.standard_normal((2, 2**16)) * [[100.0], [3.0]]).astype(dtype)
    # Quotients next to whole numbers, of which the largest are rounded.
    y = random.uniform(1, 2, 2**15).astype(dtype)
    whole = np.floor(2 ** random.uniform(0, np.finfo(dtype).nmant + 3, 2**15))
    near = np.nextafter((y * whole).astype(dtype), random.choice([0, np.inf], 2**15).astype(dtype))
    with np.errstate(all="ignore"):
        pairs = np.array(list(itertools.product(SPECIAL, SPECIAL))).T.astype(dtype)
        given = [bits.view(dtype), moderate, np.round(moderate), np.array([near, y]), pairs]
        x, y = np.concatenate(given, axis=1)
        expected, result = reference(name)(x, y), compiled(name, x, y)
    known = ~np.isnan(expected)
    np.testing.assert_array_equal(result[known].view(integer), expected[known].view(integer))
    assert np.isnan(result[~known]).all()


def test_lgamma_of_negative_doubles(compiled: Compiled) -> None:
    """Within 3 units of its two terms' larger one, of which it's the difference."""
    random = np.random.default_rng(6)
    x = -np.concatenate([random.uniform(0, 10, 2000), np.exp2(random.uniform(-60, 40, 1000))])
    result = compiled("lgamma", x)
    with mpmath.workdps(40):
        for given, got in zip(x.tolist(), result.tolist(), strict=True):
            positive = abs(mpmath.loggamma(mpmath.mpf(-given)))
            exact = EXACT["lgamma"](mpmath.mpf(given))
            assert abs(got - exact) <= 3 * 2.0**-52 * max(positive, abs(exact)), given


@pytest.mark.parametrize("name", ["arctan2", "power", "hypot"])
def test_float64_pairs_within_two_units(compiled: Compiled, name: str) -> None:
    random = np.random.default_rng(1)
    x, y = np.exp2(random.uniform(-30, 30, (2, 2000))) * random.choice([-1.0, 1.0], (2, 2000))
    if name == "power":
        x = abs(x)
        y = random.uniform(-1.05, 1.05, 2000) * 744 / np.log(x)
        x[:500] = 1 + random.uniform(-1e-3, 1e-3, 500)
        y[:500] = random.uniform(-7e5, 7e5, 500)
    else:
        x[:500] = y[:500] * random.uniform(0.4, 2.5, 500)
        x[500:600], y[500:600] = x[500:600] * 2.0**-1050, y[500:600] * 2.0**-1050
        x[600:700], y[600:700] = x[600:700] * 2.0**990, y[600:700] * 2.0**990
    result = compiled(name, x, y)
    with mpmath.workdps(40):
        for a, b, got in zip(x.tolist(), y.tolist(), result.tolist(), strict=True):
            exact = EXACT[name](mpmath.mpf(a), mpmath.mpf(b))
            assert a == 0 or units64(got, exact) <= 2, (a, b)


@pytest.mark.parametrize("type", DTYPES)
def test_logaddexp(compiled: Compiled, type: str) -> None:
    """Within 2 units of the larger operand or the result, whichever is larger."""
    random = np.random.default_rng(2)
    x, y = (random.standard_normal((2, 2**16)) * 10).astype(DTYPES[type])
    exact = np.logaddexp(x.astype(np.longdouble), y.astype(np.longdouble))
    size = np.maximum(np.maximum(abs(x), abs(y)), abs(exact))
    error = abs(compiled("logaddexp", x.copy(), y.copy()) - exact) / size
    assert error.max() <= 2 * np.finfo(DTYPES[type]).eps


@pytest.mark.parametrize("name", ["sin", "cos", "tan"])
def test_large_angles(compiled: Compiled, name: str) -> None:
    random = np.random.default_rng(3)
    multiples = np.round(2.0 ** random.uniform(0, 1000, 1000)) * (np.pi / 2)
    multiples[:500] = np.round(2.0 ** random.uniform(0, 21, 500)) * (np.pi / 2)
    x = np.concatenate([2.0 ** random.uniform(0, 1024, 1000), multiples, -np.arange(1.0, 500)])
    result = compiled(name, x)
    with mpmath.workdps(40):
        for given, got in zip(x.tolist(), result.tolist(), strict=True):
            assert units64(got, EXACT[name](mpmath.mpf(given))) <= 2, given


# ---- every float there is


def largest_error(name: str) -> tuple[float, float]:
    """Over all floats: the largest error, and where it is."""
    compiled = Compiled([(name, type) for type in DTYPES])
    largest, where = 0.0, 0.0
    for start in range(0, 2**32, 2**15):
        x = np.arange(start, start + 2**15, dtype=np.uint32).view(np.float32)
        with np.errstate(all="ignore"):
            result, exact = compiled(name, x), exact_for_floats(compiled, name, x)
            power = (exact.view(np.int64) & 0x7FF0000000000000).view(np.float64)
            distance = abs(result - exact) / np.maximum(power * 2.0**-23, 2.0**-149)
            worse = ~(distance <= largest)  # NaN too
            if worse.any():
                units = units32(result[worse], exact[worse])
                if units.max() > largest:
                    largest, where = float(units.max()), float(x[worse][units.argmax()])
    return largest, where


if __name__ == "__main__":
    for wanted in sys.argv[1:] or ONE_OPERAND:
        print("{:9} {:.6f} at {!r}".format(wanted, *largest_error(wanted)), flush=True)
