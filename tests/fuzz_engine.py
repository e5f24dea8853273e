"""Random programs on tensors, played eagerly and with arithmetic that waits: nobody may tell.

    python tests/fuzz_engine.py --graphs 20000 [--first SEED] [--guard]

A program makes tensors of many shapes, strides and dtypes and goes on with ops, views, writes,
deletions and arrays of NumPy's that share memory. Played with waiting arithmetic by several
numbers of threads, it must give the same bits each time; what is known from one play to the next
may change which kernels are taken, and so the last bits of sums. Against the eager play, results of
correctly rounded operations must have the same bits too; others may differ by their functions'
units in the last place, and by what further operations make of that: `bounds` keeps account.
With --guard all arrays lie between guard pages (`fuzz_guard_pages.py`).
"""

from __future__ import annotations

import argparse
import operator
import os
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

os.environ.setdefault("RUSHLIGHT_CACHE", "0")  # random kernels are of no use to anybody later

import ml_dtypes
import numpy as np

import rushlight as torch
from rushlight.engine import deferred, fusion, launch, programs
from rushlight.ops import warm_up

Array = np.ndarray[Any, Any]

FLOATS = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
DTYPES = (
    torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.bool, torch.uint8,
    torch.int8, torch.int16, torch.int32, torch.int64)
SIZES = (0, 1, 1, 2, 3, 5, 8, 17, 33, 64, 70, 130)
MOST = 6000  # elements of a tensor
STEPS = 14
# Units in the last place that NumPy's function and ours may be apart.
UNITS = 8


def defer_everything() -> None:
    """Arithmetic on tensors of every size waits, and threads share even small work."""
    for name, module in list(sys.modules.items()):
        if name.startswith("rushlight."):
            for limit in ("LEAST", "LARGE"):
                if limit in vars(module):
                    setattr(module, limit, 1)
    fusion.SMALL = 1
    launch.GRAIN = 512
    warm_up.HOT = 1 << 62  # native operators compute small tensors at once


# ---- how far two plays' results may be apart


def _unit(dtype: np.dtype[Any]) -> float:
    return float(ml_dtypes.finfo(dtype).eps)


def _wide(array: Array) -> Array:
    return array.astype(np.float64)


class Bounded:
    """A tensor, and in the eager play for each of its elements the bound of its error.

    The bounds lie in memory as the tensor does, so a view of it has the same view of them.
    """

    def __init__(self, tensor: Any, bounds: Array | None) -> None:
        self.tensor, self.bounds = tensor, bounds


def like(array: Array, bounds: Any) -> Array:
    """Bounds for this array, laid out as it is."""
    made = np.empty_like(array, np.float64, subok=False)
    made[...] = np.where(np.isnan(bounds), np.inf, bounds)
    return made


def rounded(array: Array, bounds: Any, units: float = 1.0) -> Array:
    """Bounds that also allow for the rounding of the result."""
    if array.dtype.kind != "f" and array.dtype.char != "E":
        return np.where(np.asarray(bounds) > 0, np.inf, 0.0)
    wide = np.abs(_wide(array))
    info = ml_dtypes.finfo(array.dtype)
    least = float(info.smallest_subnormal)
    # What is next to the largest number may be infinite in the other play.
    edge = ~(wide < 0.9 * float(info.max))
    total = bounds + units * (_unit(array.dtype) * wide + least)
    return np.where(edge, np.inf, total)


def spread(rule: Callable[..., Any], result: Array, *operands: Any, units: float = 0.0) -> Array:
    """Bounds of an operation's result; `rule` has those of the operands and their values."""
    bounds = [np.zeros(()) if isinstance(x, (int, float)) else x.bounds for x in operands]
    values = [np.float64(x) if isinstance(x, (int, float)) else _wide(x.tensor._array)
              for x in operands]
    if not units and not any(each.any() for each in bounds):
        return like(result, 0.0)
    total = np.asarray(rule(bounds, values, _wide(result)))
    while total.ndim > result.ndim:  # what is assigned may have more dims, of one element
        total = total[0]
    total = np.broadcast_to(total, result.shape)
    known = total == 0 if not units else np.zeros(total.shape, bool)
    return like(result, np.where(known, 0.0, rounded(result, total, max(units, 1.0))))


def _of_sum(e: Any, v: Any, r: Any) -> Any:
    return sum(e)


def _of_product(e: Any, v: Any, r: Any) -> Any:
    with np.errstate(invalid="ignore"):
        cross = [np.where(x == 0, 0.0, x * abs(y)) for x, y in ((e[0], v[1]), (e[1], v[0]))]
    return cross[0] + cross[1] + np.where(e[0] * e[1] > 0, e[0] * e[1], 0.0)


def _of_quotient(e: Any, v: Any, r: Any) -> Any:
    slack = abs(v[1]) - e[1]
    total = (e[0] + np.where(e[1] == 0, 0.0, abs(r) * e[1])) / slack
    return np.where((e[0] == 0) & (e[1] == 0), 0.0, np.where(slack > 0, total, np.inf))


def _of_either(e: Any, v: Any, r: Any) -> Any:
    return np.maximum(*e)


def _same(e: Any, v: Any, r: Any) -> Any:
    return e[0]


def _unless_certain(e: Any, v: Any, r: Any) -> Any:
    """Nothing can be said of the result where an operand isn't certain."""
    return sum(np.where(each > 0, np.inf, 0.0) for each in e)


def _of_comparison(e: Any, v: Any, r: Any) -> Any:
    with np.errstate(invalid="ignore"):
        return np.where((sum(e) == 0) | (abs(v[0] - v[1]) > sum(e)), 0.0, np.inf)


def _of_log_of_sum(unit: float) -> Callable[..., Any]:
    """The larger operand's units count."""
    return lambda e, v, r: (
        _unless_certain(e, v, r) + UNITS * unit * np.maximum(abs(v[0]), abs(v[1])))


def _of_root(e: Any, v: Any, r: Any) -> Any:
    return np.where(e[0] == 0, 0.0, np.where(v[0] > 2 * e[0], e[0] / np.sqrt(v[0]), np.inf))


def _of_exp(e: Any, v: Any, r: Any) -> Any:
    return np.where(e[0] < 1, 2 * abs(r) * e[0], np.inf)


# ---- what programs do

UNARY = {
    "neg": _same, "abs": _same, "square": lambda e, v, r: _of_product([e[0]] * 2, [v[0]] * 2, r),
    "sqrt": _of_root, "floor": _unless_certain, "ceil": _unless_certain, "trunc": _unless_certain,
    "round": _unless_certain, "sign": _unless_certain, "relu": _same,
    "isnan": _unless_certain, "isfinite": _unless_certain,
}
FUNCTIONS = {
    "exp": _of_exp, "tanh": _same, "sin": _same, "cos": _same, "sigmoid": _same,
    "erf": lambda e, v, r: 1.2 * e[0], "log1p": _unless_certain, "log": _unless_certain,
    "expm1": _of_exp, "exp2": _of_exp, "atan": _same, "asin": _unless_certain,
    "cosh": _unless_certain, "log2": _unless_certain, "asinh": _same, "tan": _unless_certain,
}
BINARY = {
    "add": _of_sum, "sub": _of_sum, "mul": _of_product, "div": _of_quotient,
    "maximum": _of_either, "minimum": _of_either, "fmod": _unless_certain,
    "remainder": _unless_certain, "copysign": _unless_certain, "fmax": _of_either,
}
COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")
BITWISE = ("bitwise_and", "bitwise_or", "bitwise_xor", "logical_and", "logical_or")
OF_TWO_FUNCTIONS = ("atan2", "hypot", "pow", "logaddexp")


def _expanded(array: Array, shape: tuple[int, ...]) -> Array:
    """As NumPy's broadcast_to, but may be written to."""
    strides = np.broadcast_to(array, shape).strides
    return np.lib.stride_tricks.as_strided(array, shape, strides, writeable=True)


class Refused(Exception):
    """The tensor library said no."""


def ask(function: Callable[..., Any], *operands: Any, **options: Any) -> Any:
    """What the function gives; Refused if it raises what users are told with."""
    try:
        return function(*operands, **options)
    except (RuntimeError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise Refused(type(error).__name__) from error


def _twice(to: Bounded, source: Bounded) -> float:
    """Float64 put into float16 is rounded once or, by way of float32, twice."""
    return float(to.tensor.dtype is torch.float16 and source.tensor.dtype is torch.float64)


def _zeros_alike(tensor: Any) -> Any:
    """Which zero is the larger one nobody has said."""
    return tensor + 0.0 if tensor.dtype in FLOATS else tensor


class Play:
    """One run of the program that a seed stands for."""

    def __init__(self, seed: int, checked: bool) -> None:
        self.random = np.random.default_rng(seed)
        self.checked = checked
        self.known: list[Bounded] = []
        self.aliases: list[tuple[Array, Array | None]] = []
        self.seen: list[tuple[Any, Array | None]] = []  # and bounds
        self.log: list[str] = []

    def pick(self, choices: Any) -> Any:
        picked = choices[int(self.random.integers(len(choices)))]
        if isinstance(picked, str) and self.log:
            self.log[-1] += "." + picked
        return picked

    def number(self, least: int, most: int) -> int:
        return int(self.random.integers(least, most + 1))

    def run(self) -> list[tuple[Any, Array | None]]:
        """What can be seen of the program, with bounds in the checked play."""
        shape = self.shape()
        for _ in range(self.number(2, 3)):
            self.create(shape if self.number(0, 3) else self.broadcast(shape))
        steps = [getattr(self, name) for name in (
            "unary", "function", "binary", "binary", "binary", "scalar", "compare", "bits",
            "where", "cast", "reduce", "view", "view", "inplace", "inplace", "assign", "out",
            "alias", "alias_write", "delete", "read", "create_again", "formula")]
        for _ in range(self.number(3, STEPS)):
            step = self.pick(steps)
            self.log.append(step.__name__)
            try:
                step()
            except Refused as error:
                self.seen.append((f"{step.__name__}: {error}", None))
        for each in self.known:
            self.see(each.tensor.detach(), each.bounds)
        for array, bounds in self.aliases:
            self.seen.append((array.copy(), None if bounds is None else bounds.copy()))
        return self.seen

    # -- tensors

    def shape(self) -> tuple[int, ...]:
        shape = [self.pick(SIZES) for _ in range(self.number(0, 4))]
        while np.prod(shape, dtype=int) > MOST:
            shape.pop()
        if self.number(0, 60) == 0:
            shape = [self.pick((40_000, 150_000))]
        return tuple(shape)

    def broadcast(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        shape = tuple(1 if self.number(0, 2) == 0 else n for n in shape)
        return shape[self.number(0, len(shape)) :] if shape else shape

    def create(self, shape: tuple[int, ...]) -> None:
        values = self.random.standard_normal(shape) * self.pick((1, 3, 50))
        dtype = self.pick(DTYPES)
        special = self.number(0, 7)
        if special < 2:
            at = self.random.random(shape) < 0.1
            values = np.where(at, self.pick((0.0, -0.0, np.inf, -np.inf, np.nan)), values)
        if dtype not in FLOATS:
            values = np.clip(np.nan_to_num(values), 0 if dtype is torch.uint8 else -120, 120)
        if dtype is torch.bool:
            values = values > 0
        array = np.asarray(values)
        if array.ndim > 1 and self.number(0, 2) == 0:  # laid out the other way round
            made = torch.tensor(np.ascontiguousarray(array.T)).to(dtype)
            made = made.t_() if array.ndim == 2 else made.permute(*range(array.ndim)[::-1])
        else:
            made = torch.tensor(array).to(dtype)
        self.keep(made, None)

    def create_again(self) -> None:
        self.create(tuple(self.any().tensor.shape))

    def any(self, kind: str = "") -> Bounded:
        """One of the tensors; of a kind of dtype if there is one."""
        found = [x for x in self.known
                 if not kind or (kind == "float") == (x.tensor.dtype in FLOATS)]
        return self.pick(found or self.known)

    def keep(self, tensor: Any, rule: Any, *operands: Any, units: float = 0.0) -> None:
        """A new tensor; its bounds follow by the rule from the operands."""
        bounds = None
        if self.checked:
            array = tensor.detach()._array
            bounds = like(array, 0.0) if rule is None else spread(
                rule, array, *operands, units=units)
        self.log[-1:] = [f"{each}>{tensor.dtype}{tuple(tensor.shape)}".replace("torch.", "")
                         for each in self.log[-1:]]
        self.known.append(Bounded(tensor, bounds))
        if len(self.known) > 7:
            del self.known[self.number(0, 3)]

    # -- ops

    def unary(self) -> None:
        x = self.any()
        name = self.pick(tuple(UNARY))
        self.keep(ask(getattr(torch, name), x.tensor), UNARY[name], x)

    def function(self) -> None:
        x = self.any("float")
        name = self.pick(tuple(FUNCTIONS))
        self.keep(ask(getattr(torch, name), x.tensor), FUNCTIONS[name], x, units=UNITS)

    def binary(self) -> None:
        x, y = self.any(), self.any()
        name = self.pick(tuple(BINARY) if self.number(0, 9) else OF_TWO_FUNCTIONS)
        other = y.tensor
        if name == "copysign" and other.dtype in FLOATS:
            other = torch.where(other == other, other, 1.0)  # nobody knows the sign of NaN
        made = ask(getattr(torch, name), x.tensor, other)
        if name in ("maximum", "minimum", "fmax"):
            made = _zeros_alike(made)
        if name in BINARY:
            self.keep(made, BINARY[name], x, y)
        else:
            rule = _unless_certain
            if name == "logaddexp":
                rule = _of_log_of_sum(_unit(made.detach()._array.dtype))
            self.keep(made, rule, x, y, units=UNITS)

    def scalar(self) -> None:
        x = self.any()
        number = self.pick((2, 3, -1, 0.5, 1.25, 7))
        name = self.pick(("add", "sub", "mul", "div"))
        self.keep(ask(getattr(torch, name), x.tensor, number), BINARY[name], x, number)

    def compare(self) -> None:
        x, y = self.any(), self.pick((self.any(), 0, 1))
        made = ask(getattr(torch, self.pick(COMPARISONS)),
                   x.tensor, y.tensor if isinstance(y, Bounded) else y)
        self.keep(made, _of_comparison, x, y)

    def bits(self) -> None:
        x, y = self.any("whole"), self.any("whole")
        made = ask(getattr(torch, self.pick(BITWISE)), x.tensor, y.tensor)
        self.keep(made, _unless_certain, x, y)

    def where(self) -> None:
        x, y = self.any(), self.any()
        condition = self.pick([c for c in self.known if c.tensor.dtype is torch.bool] or [None])
        if condition is None:
            condition = Bounded(x.tensor == x.tensor, x.bounds)
            if self.checked:
                condition.bounds = like(condition.tensor._array, 0.0)

        def rule(e: Any, v: Any, r: Any) -> Any:
            return np.where(e[0] > 0, np.inf, np.where(v[0] != 0, e[1], e[2]))

        made = ask(torch.where, condition.tensor, x.tensor, y.tensor)
        self.keep(made, rule, condition, x, y)

    def cast(self) -> None:
        x, dtype = self.any(), self.pick(DTYPES)
        source, rule = x.tensor, _same
        if x.tensor.dtype in FLOATS and dtype not in FLOATS:
            least = 0 if dtype is torch.uint8 else -100
            source = torch.where(source == source, source, 0.0).clamp(least, 100)
            rule = _unless_certain
        self.keep(source.to(dtype), rule, x)

    def reduce(self) -> None:
        x = self.any()
        tensor = x.tensor
        dims = [d for d in range(tensor.ndim) if self.number(0, 1)] or list(range(tensor.ndim))
        keepdim = bool(self.number(0, 1))
        name = self.pick(("sum", "sum", "amax", "amin", "mean", "any", "all", "prod"))
        if name in ("any", "all", "prod"):
            dims = dims[:1]
        options: dict[str, Any] = {"dim": tuple(dims) if name not in ("any", "all", "prod") else (
            dims[0] if dims else None)}
        if not dims:
            options = {}
        if dims:
            options["keepdim"] = keepdim
        made = ask(getattr(torch, name), tensor, **options)
        if name in ("amax", "amin"):
            made = _zeros_alike(made)
        count = max(1, int(np.prod([tensor.shape[d] for d in dims], dtype=int)))
        axes = tuple(dims)

        def rule(e: Any, v: Any, r: Any) -> Any:
            kept = bool(keepdim and dims)
            largest = e[0].max(axis=axes, keepdims=kept, initial=0.0)
            if name in ("amax", "amin"):
                return largest
            if name == "prod" and tensor.dtype in FLOATS:
                return np.inf
            if name in ("any", "all") or tensor.dtype not in FLOATS:
                return np.where(largest > 0, np.inf, 0.0)
            with np.errstate(invalid="ignore", over="ignore"):
                size = np.abs(v[0]).sum(axis=axes, keepdims=kept)
                total = e[0].sum(axis=axes, keepdims=kept)
            eps = _unit(tensor._array.dtype if tensor.dtype in FLOATS[:2] else np.dtype("f4"))
            total = total + (count + 320) * eps * size
            return total / count if name == "mean" else total

        rounds = tensor.dtype in FLOATS and name in ("sum", "mean", "prod")
        self.keep(made, rule, x, units=float(rounds))

    def formula(self) -> None:
        x = self.any("float")
        if x.tensor.ndim == 0 or x.tensor.numel() == 0:
            return
        dim = self.number(0, x.tensor.ndim - 1)
        count = x.tensor.shape[dim]

        def rule(e: Any, v: Any, r: Any) -> Any:
            return np.where(e[0] > 0, np.inf, 0).max(axis=dim, keepdims=True) + (
                (count + 400) * _unit(np.dtype("f4" if x.tensor.dtype is not FLOATS[1] else "f8")))

        self.keep(ask(torch.softmax, x.tensor, dim), rule, x, units=UNITS)

    # -- views

    def view(self) -> None:
        """The same view of a tensor and of its bounds."""
        x = self.any()
        shape, ndim = tuple(x.tensor.shape), x.tensor.ndim
        kind = self.pick(("slice", "select", "t", "permute", "reshape", "unsqueeze", "expand",
                          "narrow", "flat", "detach"))
        both: Callable[[Any], Any]
        if kind == "slice" and ndim:
            index = []
            for n in shape:
                first = self.number(0, n)
                index.append(slice(first, self.number(first, n), self.number(1, 2)))
            where = tuple(index)
            both = lambda a: a[where]  # noqa: E731
        elif kind == "select" and ndim and shape[0]:
            at = self.number(0, shape[0] - 1)
            both = lambda a: a[at, ...]  # noqa: E731
        elif kind == "t" and ndim == 2:
            both = lambda a: a.T  # noqa: E731
        elif kind == "permute" and ndim > 1:
            order = tuple(self.random.permutation(ndim).tolist())
            both = lambda a: a.transpose(order) if isinstance(a, np.ndarray) else a.permute(order)  # noqa: E731
        elif kind == "reshape":
            new = (-1, shape[-1]) if ndim > 1 and 0 not in shape else tuple(shape)
            both = lambda a: a.reshape(new)  # noqa: E731
        elif kind == "flat" and 0 not in shape:
            both = lambda a: a.reshape(-1)  # noqa: E731
        elif kind == "unsqueeze":
            both = lambda a: a[None]  # noqa: E731
        elif kind == "expand" and 1 in shape:
            new = tuple(3 if n == 1 else n for n in shape)
            both = lambda a: (  # noqa: E731
                _expanded(a, new) if isinstance(a, np.ndarray) else a.expand(new))
        elif kind == "narrow" and ndim and shape[-1] > 1:
            half = shape[-1] // 2
            both = lambda a: a[..., half:]  # noqa: E731
        else:
            both = lambda a: a[...]  # noqa: E731
        made = ask(both, x.tensor)
        bounds = None
        if self.checked:
            assert x.bounds is not None
            bounds = both(x.bounds)
            if not np.shares_memory(made._array, x.tensor._array) and made.numel():
                bounds = bounds.copy()
        self.known.append(Bounded(made, bounds))

    # -- writes

    def inplace(self) -> None:
        x, y = self.any(), self.any()
        name = self.pick(("add_", "sub_", "mul_", "copy_", "zero_", "fill_", "clamp_", "neg_",
                          "iadd", "imul", "exp_"))
        before = None if x.bounds is None else Bounded(x.tensor.clone(), x.bounds.copy())
        other = None if y.bounds is None else Bounded(y.tensor.clone(), y.bounds.copy())
        number = self.pick((2, 0, -3))
        if name in ("zero_", "neg_", "exp_"):
            ask(getattr(x.tensor, name))
        elif name == "fill_":
            ask(x.tensor.fill_, number)
        elif name == "clamp_":
            ask(x.tensor.clamp_, -2, 2)
        elif name == "iadd":
            ask(operator.iadd, x.tensor, y.tensor)
        elif name == "imul":
            ask(operator.imul, x.tensor, number)
        else:
            ask(getattr(x.tensor, name), y.tensor)
        if not self.checked:
            return
        assert x.bounds is not None
        result = x.tensor._array
        if name in ("zero_", "fill_"):
            x.bounds[...] = 0
        elif name == "imul":
            x.bounds[...] = spread(_of_product, result, before, number)
        elif name == "exp_":
            x.bounds[...] = spread(_of_exp, result, before, units=UNITS)
        elif name in ("neg_", "clamp_"):
            x.bounds[...] = spread(_same, result, before)
        elif name == "copy_":
            whole = x.tensor.dtype not in FLOATS
            x.bounds[...] = spread(
                _unless_certain if whole else _same, result, other, units=_twice(x, y))
        else:
            rule = _of_product if name == "mul_" else _of_sum
            x.bounds[...] = spread(rule, result, before, other)

    def assign(self) -> None:
        """x[slice] = number, a tensor's part, or what a mask says."""
        x = self.any()
        if x.tensor.ndim == 0 or x.tensor.shape[0] == 0:
            return
        n = x.tensor.shape[0]
        first = self.number(0, n - 1)
        where = slice(first, self.number(first, n))
        value = self.number(-3, 3) if x.tensor.dtype is not torch.uint8 else self.number(0, 3)
        if self.number(0, 1):
            y = self.any()
            part = y.tensor[0] if y.tensor.ndim == x.tensor.ndim and y.tensor.shape[0] else y.tensor
            bounds = None
            if self.checked:
                assert y.bounds is not None
                bounds = (y.bounds[0] if part is not y.tensor else y.bounds).copy()
            if part.dtype not in FLOATS or x.tensor.dtype in FLOATS:
                ask(operator.setitem, x.tensor, where, part)
                if self.checked:
                    assert x.bounds is not None
                    assert bounds is not None
                    x.bounds[where] = spread(
                        _same, x.tensor._array[where], Bounded(part, bounds), units=_twice(x, y))
        else:
            ask(operator.setitem, x.tensor, where, value)
            if self.checked:
                assert x.bounds is not None
                x.bounds[where] = 0

    def out(self) -> None:
        x, y, z = self.any(), self.any(), self.any()
        if x.tensor.shape != z.tensor.shape or y.tensor.shape != z.tensor.shape:
            return
        before = [None if each.bounds is None else Bounded(each.tensor.clone(), each.bounds.copy())
                  for each in (x, y)]
        ask(torch.mul, x.tensor, y.tensor, out=z.tensor)
        if self.checked:
            assert z.bounds is not None
            z.bounds[...] = spread(
                _of_product, z.tensor._array, *before, units=max(_twice(z, x), _twice(z, y)))

    # -- memory that others see

    def alias(self) -> None:
        x = self.any()
        if x.tensor.dtype is torch.bfloat16:
            return
        self.aliases.append((x.tensor.numpy(), x.bounds))

    def alias_write(self) -> None:
        if not self.aliases:
            return
        array, bounds = self.pick(self.aliases)
        if array.size and array.flags.writeable:
            at = np.unravel_index(self.number(0, array.size - 1), array.shape)
            array[at] = 1
            if bounds is not None:
                bounds[at] = 0

    def delete(self) -> None:
        if len(self.known) > 2:
            del self.known[self.number(0, len(self.known) - 1)]

    def read(self) -> None:
        x = self.any()
        if x.tensor.numel():
            at = tuple(self.number(0, n - 1) for n in x.tensor.shape)
            self.see(x.tensor[at], None if x.bounds is None else x.bounds[at])

    def see(self, tensor: Any, bounds: Any) -> None:
        """Take down what a tensor holds now."""
        array = np.asarray(deferred.computed(tensor._array))
        self.seen.append((array.copy(), None if bounds is None else np.array(bounds)))


# ---- the comparison


def _bits(seen: list[tuple[Any, Array | None]]) -> list[Any]:
    return [each if isinstance(each, str) else (each.dtype.str, each.shape, _without_nan(each))
            for each, _ in seen]


def _without_nan(array: Array) -> bytes:
    """The bits, but for those that tell one NaN from another."""
    if array.dtype.kind == "f" or array.dtype.char == "E":
        array = np.where(array == array, array, np.array(np.nan, array.dtype))
    return array.tobytes()


def difference(later: Any, at_once: Any, bounds: Array | None) -> str | None:
    """What is wrong with a result of the later play, beside that of the eager one."""
    if isinstance(later, str) or isinstance(at_once, str):
        return None if isinstance(at_once, str) and later == at_once else f"{later} {at_once}"
    if later.dtype != at_once.dtype or later.shape != at_once.shape:
        return f"{later.dtype} {later.shape}, eagerly {at_once.dtype} {at_once.shape}"
    assert bounds is not None
    exact = bounds == 0
    if _without_nan(later[exact]) != _without_nan(at_once[exact]):
        a, b = later[exact], at_once[exact]
        differs = [i for i in range(a.size)
                   if _without_nan(a[i : i + 1]) != _without_nan(b[i : i + 1])]
        return f"{a[differs[0]]!r}, eagerly exactly {b[differs[0]]!r}; {len(differs)} of {a.size}"
    with np.errstate(all="ignore"):
        a, b = _wide(later), _wide(at_once)
        fine = (abs(a - b) <= bounds) | (a == b) | (np.isnan(a) & np.isnan(b)) | np.isinf(bounds)
    if fine.all():
        return None
    at = tuple(each[0] for each in np.nonzero(~fine))
    return f"{later[at]!r}, eagerly {at_once[at]!r} within {bounds[at]}; {(~fine).sum()}"


def check(seed: int) -> str | None:
    """Play a seed's program in all ways: what is wrong, if anything is."""
    threads = (np.random.default_rng(seed).permutation(8)[:2] + 1).tolist()
    plays = []
    with np.errstate(all="ignore"):
        for each in threads:
            programs._programs.clear()
            torch.set_num_threads(each)
            plays.append(Play(seed, False).run())
        plays.append(Play(seed, False).run())  # by programs that are known
        with torch.set_eager(True):
            eager = Play(seed, True)
            at_once = eager.run()
    first, second = map(_bits, plays[:2])
    if first != second:
        return f"{threads[0]} threads and {threads[1]} differ; steps {eager.log}"
    for name, play in (("new", plays[0]), ("known", plays[2])):
        if len(play) != len(at_once):
            return f"{len(play)} things were seen, eagerly {len(at_once)}; steps {eager.log}"
        for k, ((later, _), (now, bounds)) in enumerate(zip(play, at_once, strict=True)):
            wrong = difference(later, now, bounds)
            if wrong:
                return f"result {k} by {name} programs: {wrong}; steps {eager.log}"
    return None


# ---- the command

CHUNK = 200  # graphs to a process: what it has compiled goes with it
_DIED = 255


def check_all(first: int, count: int) -> list[int]:
    """The seeds that went wrong, each told."""
    failed = []
    for seed in range(first, first + count):
        wrong = check(seed)
        if wrong:
            failed.append(seed)
            print(f"seed {seed}: {wrong}", flush=True)
    return failed


def in_a_process(first: int, count: int) -> int | None:
    """How many of these seeds went wrong; None if the process that checked them died."""
    child = os.fork()
    if child == 0:
        code = _DIED
        try:
            code = len(check_all(first, count))
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code if 0 <= code < _DIED else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--graphs", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--guard", action="store_true")
    options = parser.parse_args()
    defer_everything()
    if options.guard:
        import fuzz_guard_pages

        fuzz_guard_pages.install()
    begun, bad = time.perf_counter(), 0
    end = options.first + options.graphs
    for first in range(options.first, end, CHUNK):
        count = min(CHUNK, end - first)
        failed = in_a_process(first, count)
        if failed is None:  # which seed was it?
            failed = 0
            for seed in range(first, first + count):
                alone = in_a_process(seed, 1)
                failed += alone != 0
                if alone is None:
                    print(f"seed {seed}: the process died", flush=True)
        bad += failed
    print(f"{options.graphs} graphs, {bad or 'nothing'} wrong, "
          f"{time.perf_counter() - begun:.0f} s", flush=True)
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
