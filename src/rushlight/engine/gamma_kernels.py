"""Many gamma numbers natively: `gamma_draws.py`'s loop, the C library's functions, the same bits.

The kernel does whole numbers as long as the words last. One that runs out of words is begun again
with more, so that what it has used is always where Python can give the rest back.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from rushlight.engine import share
from rushlight.engine.box_muller import TWO_PI
from rushlight.engine.function_writer import (
    Value,
    Variable,
    choose,
    library,
    repeat_while,
    variable,
    when,
)
from rushlight.engine.share import given
from rushlight.engine.streams import Stream
from rushlight.engine.twister import unit
from rushlight.engine.vector_writer import constant

Array = np.ndarray[Any, Any]
_log, _log1p, _sin, _cos = (
    library(name, "double(double)") for name in ("log", "log1p", "sin", "cos"))
_pow = library("pow", "double(double, double)")


def gammas(stream: Stream, a: Array, inverse: Array, d: Array, squeeze: float) -> Array:
    """Gamma numbers for shape parameters a; see `gamma_draws._setup` for the other arrays."""
    setup = np.stack([each.astype(np.float64) for each in (a, inverse, d)], -1)
    made = np.empty(a.size)
    counts = np.zeros(2, np.int64)  # numbers made, and pairs of words used of those given
    kept = np.array([0.0, 0.0, squeeze])  # a normal number, whether there is one
    if stream.kept_normal is not None:
        kept[:2] = stream.kept_normal, 1
    words = np.empty(0, np.uint32)
    while counts[0] < a.size:
        words = np.concatenate([words[2 * counts[1] :], stream.ahead()])
        counts[1] = 0
        share.share(_kernel(), 1, 1, made, setup, words, counts, kept, a.size, words.size // 2)
    stream.give_back(words.size - 2 * int(counts[1]))
    stream.kept_normal = float(kept[0]) if kept[1] else None
    return made


class _Draws:
    """The uniform and normal numbers that a kernel draws, and whether the words ran out."""

    def __init__(self, words: Value, pairs: Value, kept: Value) -> None:
        self.words, self.pairs = words, pairs
        self.place, self.short = variable("i64", 0), variable("i64", 0)
        self.kept = variable("double", kept.item("double", 0))
        self.has = variable("double", kept.item("double", 1))
        self.values = [Variable(each.type, each.value) for each in self._all()]

    def _all(self) -> list[Variable]:
        return [self.place, self.kept, self.has]

    def commit(self) -> None:
        """What was used is used."""
        for saved, each in zip(self.values, self._all(), strict=True):
            saved.set(each.value)

    def uniform(self) -> Value:
        """The next number in [0, 1)."""
        place = self.place.value
        missing = self.pairs.at_most(place)
        with when(missing):
            self.short.set(1)
        self.place.set(place + 1)
        return unit(self.words, choose(missing, 0, place), 53)

    def normal(self) -> Value:
        """The next normal number: of a pair the second waits."""
        found = variable("double", self.kept.value)
        had = self.has.value.differs(0.0)
        self.has.set(choose(had, 0.0, _number(1.0)))
        with when(had.equals(0)):
            angle = self.uniform() * TWO_PI
            inner = _log1p(self.uniform() * -1.0) * -2.0
            radius = _root(inner)
            self.kept.set(radius * _sin(angle))
            found.set(radius * _cos(angle))
        return found.value


def _number(number: float) -> Value:
    return Value("double", constant("double", number))


def _root(value: Value) -> Value:
    return value.vector(f"call double @llvm.sqrt.f64(double {value.text})", "double")


@cache
def _kernel() -> int:
    def make(words: Value, begin: Value, end: Value) -> None:
        made, setup, drawn, counts, kept, size, pairs = given(words, "pppppii")
        draws = _Draws(drawn, pairs, kept)
        squeeze = kept.item("double", 2)
        i = variable("i64", counts.item("i64", 0))
        one = _number(1.0)
        with repeat_while(lambda: i.value.below(size) & draws.short.value.equals(0)):
            a, inverse, d = (setup.item("double", i.value * 3 + k) for k in range(3))
            usual = _number(0.0).below(a) & a.below(float("inf"))
            value = variable("double", choose(a.equals(0.0), 0.0, _number(float("nan"))))
            done, scale = variable("i64", 1), variable("double", 1.0)
            c = one.over(_root(d * 9.0))
            with when(usual):
                done.set(0)
                with when(inverse.differs(0.0)):
                    scale.set(_pow(one - draws.uniform(), inverse))
            with repeat_while(lambda: done.value.equals(0) & draws.short.value.equals(0)):
                x = draws.normal()
                base = one + c * x
                with when(_number(0.0).below(base)):
                    v = base * base * base
                    u = one - draws.uniform()
                    square = x * x
                    quick = u.below(one - squeeze * square * square)
                    accept = variable("i64", 1)
                    with when(quick.equals(0)):
                        least = square * 0.5 + d * (one - v + _log(v))
                        accept.set(choose(_log(u).below(least), 1, Value("i64", "0")))
                    with when(accept.value.differs(0)):
                        value.set(scale.value * d * v)
                        done.set(1)
            with when(draws.short.value.equals(0)):
                made.set_item("double", i.value, value.value)
                i.set(i.value + 1)
                draws.commit()
        place, normal, has = (each.value for each in draws.values)
        counts.set_item("i64", 0, i.value)
        counts.set_item("i64", 1, place)
        kept.set_item("double", 0, normal)
        kept.set_item("double", 1, has)

    return share.kernel("gammas", make)
