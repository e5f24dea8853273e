"""Taking turns: how calls are timed beside each other, and what must be equal first.

Each round times every call, in batches of some milliseconds, and each round begins with another
one. What is compared is the round's times, so that a machine that slows down slows all of them; the
figure is the median over the rounds.

Threads that wait for each other wait for any program that has one of their cores meanwhile, some
libraries' for milliseconds. So the system is asked how much of the cores others had; if it was too
much the rounds are played again, and a figure that never had its quiet is marked as `busy`.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

Call = Callable[[], Any]

# How far results may lie apart, by the coarser of their dtypes: the algorithms differ.
_TOLERANCE = {"bfloat16": 2e-2, "float16": 2e-3, "float32": 2e-4, "float64": 1e-9,
              "complex64": 2e-4, "complex128": 1e-9}


_MOST_OTHERS = 0.04  # of the cores' time, while it is quiet enough
# Threads of a pool look for more work for a while, at the cost of who comes next.
_REST = 0.01
_TRIES = 3


class Rounds(NamedTuple):
    """For each call, the seconds that it took in each round; and whether others ran meanwhile."""

    times: list[list[float]]
    busy: bool

    def ratio(self, ours: int, theirs: int) -> tuple[float | None, str]:
        """The median of the rounds' ratios, None if others ran meanwhile; and in any case as text,
        with the middle half as a part of it.
        """
        ratios = sorted(
            a / b for a, b in zip(self.times[ours], self.times[theirs], strict=True))
        median = statistics.median(ratios)
        count = len(ratios)
        spread = (ratios[3 * count // 4] - ratios[count // 4]) / median
        shown = f"{median:.2f} ±{spread:.0%}"
        return (None, f"{shown} busy") if self.busy else (median, shown)


class Comparison(NamedTuple):
    """Median seconds a call, the median of the rounds' ratios if they had their quiet, and that
    with its spread."""

    ours: float
    theirs: float
    ratio: float | None
    shown: str


def compare(ours: Call, theirs: Call, rounds: int, seconds: float = 0.002) -> Comparison:
    """Time the two calls in turn, in batches of so many seconds, once their results agree."""
    agree(ours(), theirs())
    found = alternate((ours, theirs), rounds, seconds)
    return Comparison(*map(statistics.median, found.times), *found.ratio(0, 1))


def alternate(calls: Sequence[Call], rounds: int, seconds: float) -> Rounds:
    """Time the calls in turn, in batches of so many seconds."""
    tries = []
    for _ in range(_TRIES):
        before, start = _others(), time.perf_counter()
        times = _rounds(calls, rounds, seconds)
        wall = (time.perf_counter() - start) * len(os.sched_getaffinity(0))
        tries.append(((_others() - before) / wall, times))
        if tries[-1][0] < _MOST_OTHERS:
            break
    share, times = min(tries)
    return Rounds(times, share > _MOST_OTHERS)


def _rounds(calls: Sequence[Call], rounds: int, seconds: float) -> list[list[float]]:
    counts = [_batch_size(each, seconds) for each in calls]
    times: list[list[float]] = [[] for _ in calls]
    for turn in range(rounds):
        for k in range(len(calls)):
            k = (k + turn) % len(calls)
            time.sleep(_REST)
            calls[k]()
            times[k].append(timed(calls[k], counts[k]) / counts[k])
    return times


def _others() -> float:
    """Seconds that the cores have worked for anybody but this process."""
    fields = [int(each) for each in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    busy = sum(fields) - fields[3] - fields[4]  # all but idle, and waiting for disks
    return busy / os.sysconf("SC_CLK_TCK") - time.process_time()


def timed(call: Call, count: int) -> float:
    """Seconds that `count` calls take."""
    calls = range(count)
    start = time.perf_counter()
    for _ in calls:
        call()
    return time.perf_counter() - start


def _batch_size(call: Call, seconds: float) -> int:
    """How many calls take so long; the calls that find it out warm up."""
    count = 1
    while True:
        elapsed = timed(call, count)
        if elapsed > seconds:
            return max(1, round(count * seconds / elapsed))
        count *= 2


def agree(got: Any, want: Any) -> None:
    """AssertionError unless the results are equal, within what their dtypes can hold."""
    tolerance = max(_TOLERANCE.get(str(getattr(each, "dtype", "")).removeprefix("torch."), 0)
                    for each in (got, want))
    got, want = _numbers(got), _numbers(want)
    usual = float(np.sqrt(np.mean(np.square(np.abs(want))))) if want.size else 0.0
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance * usual)


def in_hand(result: Any) -> Any:
    """The result, with one of its values read: what was put off is done."""
    result.flatten()[0].item()
    return result


def _numbers(result: Any) -> np.ndarray[Any, Any]:
    if hasattr(result, "detach"):
        result = result.detach()
        result = (result if result.is_complex() else result.double()).numpy()
    return np.asarray(result, np.result_type(result, np.float64))
