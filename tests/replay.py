"""Which kernels are made, and of what text: recorded, and compared after a change.

    python tests/replay.py --record          the expressions below, into tests/golden/kernels.txt
    python tests/replay.py --check
    python tests/replay.py --record --suite  every kernel that any test makes, into
    python tests/replay.py --check --suite   build/kernels.txt: record before a change, check after

A line is a kernel's name, the digest of its plan and the digest of its text before LLVM has seen
it. Neither depends on the machine. A change that is to leave kernels as they are leaves the lines
as they are; one that isn't shows with them what it has changed. `test_replay.py` checks the
expressions with every run of the tests.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np

from rushlight.engine import deferred, fusion, loops, vector_math

ROOT = Path(__file__).parent.parent
GOLDEN = ROOT / "tests" / "golden" / "kernels.txt"
OF_THE_SUITE = ROOT / "build" / "kernels.txt"

# ---- the fixed list

FLOAT_UNARY = (
    "negative", "absolute", "square", "sqrt", "floor", "rint", "isnan", "signbit", "exp", "exp2",
    "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "sinh", "cosh", "tanh",
    "arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh")
FLOAT_BINARY = (
    "add", "divide", "maximum", "fmin", "copysign", "less", "power", "arctan2", "hypot", "fmod",
    "remainder", "logaddexp")
WHOLE_BINARY = ("add", "multiply", "bitwise_and", "maximum", "greater_equal")
DTYPES = ("f4", "f8", "e", "i8", "i4", "u1", "?")


def _array(shape: tuple[int, ...], dtype: Any) -> Any:
    return deferred.of(np.ones(shape, dtype))


def _softmax(x: Any, axis: int) -> Any:
    powers = np.exp(x - np.maximum.reduce(x, axis=axis, keepdims=True))
    return powers / np.add.reduce(powers, axis=axis, keepdims=True)


def expressions() -> Iterator[tuple[str, Callable[[], Any]]]:
    """Names, and functions that give values that wait."""
    flat = (300,)
    for name in FLOAT_UNARY:
        for dtype in ("f4", "f8"):
            yield f"{name} {dtype}", lambda name=name, dtype=dtype: (
                getattr(np, name)(_array(flat, dtype)))
    for name in ("erf", "erfc", "lgamma"):
        for dtype in ("f4", "f8"):
            yield f"{name} {dtype}", lambda name=name, dtype=dtype: (
                deferred.elementwise(name, _array(flat, dtype)))
    for name in FLOAT_BINARY:
        for dtype in ("f4", "f8"):
            yield f"{name} {dtype}", lambda name=name, dtype=dtype: (
                getattr(np, name)(_array(flat, dtype), _array(flat, dtype)))
    for name in WHOLE_BINARY:
        for dtype in ("i8", "u1"):
            yield f"{name} {dtype}", lambda name=name, dtype=dtype: (
                getattr(np, name)(_array(flat, dtype), _array(flat, dtype)))
    for dtype in DTYPES:
        for final in DTYPES:
            if final != dtype:
                yield f"cast {dtype} {final}", lambda dtype=dtype, final=final: (
                    _array(flat, dtype).astype(final))
    yield "sum of bfloat16", lambda: (
        _array(flat, ml_dtypes.bfloat16) + _array(flat, ml_dtypes.bfloat16))
    yield "where", lambda: np.where(_array(flat, "f4") > 0, _array(flat, "f4"), 1.5)
    yield "chain", lambda: np.tanh(_array(flat, "f4") * 2 + 1) - np.exp(_array(flat, "f4"))
    yield "transposed", lambda: deferred.of(np.ones((64, 50), "f4").T) + _array((50, 64), "f4")
    yield "strided", lambda: deferred.of(np.ones((40, 80), "f4")[:, ::2]) * 2.0
    yield "broadcast", lambda: _array((40, 80), "f4") + _array((80,), "f4")
    yield "column broadcast", lambda: _array((40, 80), "f4") + _array((40, 1), "f4")
    for shape, axis in (((40, 80), -1), ((600, 80), 0), ((40, 80), None), ((2, 70_000), -1),
                        ((6, 7, 8), (0, 2)), ((6, 7, 8), 1)):
        for ufunc, dtype in ((np.add, "f4"), (np.maximum, "f8"), (np.add, "i4"),
                             (np.logical_or, "?")):
            yield f"{ufunc.__name__}.reduce {dtype} {shape} {axis}", (
                lambda ufunc=ufunc, dtype=dtype, shape=shape, axis=axis: (
                    ufunc.reduce(_array(shape, dtype), axis=axis)))
    for axis in (-1, 0):
        yield f"softmax {axis}", lambda axis=axis: _softmax(_array((40, 80), "f4"), axis)
    yield "variance of rows", lambda: _variance(_array((40, 80), "f4"))


def _variance(x: Any) -> Any:
    mean = np.add.reduce(x, axis=-1, keepdims=True) / 80
    return np.add.reduce((x - mean) * (x - mean), axis=-1) / 79


# ---- what is recorded


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _name(plan: Any) -> str:
    dull = ("load", "number")
    operations = [each.operation for each in plan.values if each.operation not in dull]
    if len(operations) > 12:
        operations[12:] = ["..."]
    dtypes = [each.name for each in plan.inputs] + [each.dtype.name for each in plan.outputs]
    return f"{plan.mode} {plan.layouts} {','.join(dtypes)}: {' '.join(operations)}"


@contextlib.contextmanager
def recorded() -> Iterator[dict[str, str]]:
    """What kernels are made within: plan to text, by their digests, and names."""
    found: dict[str, str] = {}
    source = loops.source

    def recording(plan: Any) -> str:
        text = source(plan)
        found[f"{_name(plan)} {_digest(repr(plan))}"] = _digest(text)
        return text

    loops.source = recording
    try:
        yield found
    finally:
        loops.source = source


def of_expressions() -> dict[str, str]:
    """The kernels of the fixed list, for a process that has made none yet."""
    deferred.LEAST = deferred.LARGE = fusion.SMALL = 1
    with recorded() as found, np.errstate(all="ignore"):
        for name, make in expressions():
            value = make()
            assert type(value) is deferred.Deferred, f"{name} does not wait"
            value.compute()
    named = " ".join(found)
    missing = [name for name in vector_math._FUNCTIONS if f" {name} " not in named]
    assert not missing, f"no expression has {missing}"
    return found


# ---- every test's: a plugin of pytest


def pytest_configure() -> None:
    global _recording, _made
    _recording = recorded()
    _made = _recording.__enter__()


def pytest_unconfigure() -> None:
    _recording.__exit__(None, None, None)
    with open(os.environ["RUSHLIGHT_REPLAY"], "a") as file:
        file.writelines(f"{each} {text}\n" for each, text in _made.items())


def of_suite(arguments: list[str]) -> dict[str, str]:
    """The kernels that the tests make, but for those of processes that they start."""
    import subprocess
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kernels"
        paths = os.pathsep.join([str(ROOT / "tests"), *sys.path])
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "replay", *arguments], cwd=ROOT,
            env=os.environ | {"RUSHLIGHT_REPLAY": str(path), "PYTHONPATH": paths})
        return read(path)


# ---- files, and their comparison


def read(path: Path) -> dict[str, str]:
    """Plans and texts of a file."""
    return dict(line.rsplit(" ", 1) for line in path.read_text().splitlines())


def write(path: Path, found: dict[str, str]) -> None:
    """Lines in order of their names."""
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{each} {found[each]}\n" for each in sorted(found)))


def differences(before: dict[str, str], now: dict[str, str]) -> list[str]:
    """What has changed, line by line."""
    changed = [f"another text: {each}" for each in now if before.get(each, now[each]) != now[each]]
    gone = [f"no longer made: {each}" for each in before if each not in now]
    new = [f"new: {each}" for each in now if each not in before]
    return changed + gone + new


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--record", action="store_true")
    what.add_argument("--check", action="store_true")
    parser.add_argument("--suite", action="store_true", help="what the tests make; pytest's "
                        "arguments may follow")
    options, arguments = parser.parse_known_args()
    found = of_suite(arguments) if options.suite else of_expressions()
    path = OF_THE_SUITE if options.suite else GOLDEN
    if options.record:
        write(path, found)
        print(f"{len(found)} kernels, in {path}")
        return 0
    before = read(path)
    told = differences(before, found)
    print("\n".join([*told, f"{len(found)} kernels, {len(told)} differences"]))
    # Which kernels tests make may depend on who came first; the list is to be the same.
    return any(before.get(each, text) != text for each, text in found.items()) if (
        options.suite) else bool(told)


if __name__ == "__main__":
    sys.exit(main())
