"""Time every workload on Rushlight and on PyTorch, alternating in one process.

    make bench          (or: .venv-peers/bin/python -m bench [name ...])

Each round times both, in turn, in batches of about two milliseconds; a workload's figure is the
median over the rounds, and the ratio is the median of the rounds' ratios, so that a machine that
slows down slows both. Below 1.0 Rushlight is ahead. PyTorch runs with one thread, which is its
fastest setting at these sizes.
"""

from __future__ import annotations

import compileall
import math
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

import rushlight
from bench import large, movers, products, tiny

ROUNDS = 31
BATCH_SECONDS = 0.002


def batch_size(work: Any) -> int:
    """How many calls take about two milliseconds."""
    count = 1
    while True:
        elapsed = timed(work, count)
        if elapsed > BATCH_SECONDS:
            return max(1, int(count * BATCH_SECONDS / elapsed))
        count *= 2


def timed(work: Any, count: int) -> float:
    """Seconds that `count` calls take."""
    calls = range(count)
    start = time.perf_counter()
    for _ in calls:
        work()
    return time.perf_counter() - start


def compare(make: Any) -> tuple[float, float, float]:
    """Median seconds a call for us and for PyTorch, and the median of the rounds' ratios."""
    ours, theirs = make(rushlight), make(torch)
    count = batch_size(theirs)
    timed(ours, count)
    pairs = []
    for i in range(ROUNDS):
        if i % 2:
            pairs.append((timed(ours, count), timed(theirs, count)))
        else:
            pairs.append((timed(theirs, count), timed(ours, count))[::-1])
    ratio = statistics.median(a / b for a, b in pairs)
    our_time, their_time = (statistics.median(each) / count for each in zip(*pairs, strict=True))
    return our_time, their_time, ratio


def import_costs() -> list[tuple[str, float, float]]:
    """Seconds and peak megabytes of importing numpy, rushlight and torch, each in a new process."""
    rows = []
    for name in ("numpy", "rushlight", "torch"):
        found = [_import_once(name) for _ in range(7)]
        rows.append((name, *(statistics.median(each) for each in zip(*found, strict=True))))
    return rows


def _import_once(name: str) -> tuple[float, float]:
    program = (
        f"import time; s = time.perf_counter(); import {name}; e = time.perf_counter() - s; "
        "peak = [x for x in open('/proc/self/status') if x.startswith('VmHWM')][0].split()[1]; "
        "print(e, int(peak) / 1024)")
    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    seconds, megabytes = map(float, shown.split())
    return seconds, megabytes


def compare_large(
    make: Any, size: int, in_hand: Any = large.in_hand
) -> tuple[float, float, float, float]:
    """As `compare`, and the spread of the ratios: the middle half of them, as a part of the median.

    The results are compared before a time counts.
    """
    ours, theirs = make(rushlight, size), make(torch, size)
    got, want = (numbers(in_hand(each())) for each in (ours, theirs))
    np.testing.assert_allclose(got, want, rtol=1e-2, atol=1e-2 * np.abs(want).max())
    rounds = 9 if size > 2_000_000 else 15
    count = max(1, int(0.004 / max(timed(lambda: in_hand(theirs()), 2) / 2, 1e-6)))
    pairs = []
    for i in range(rounds):
        one = timed(lambda: in_hand(ours()), count) if i % 2 else None
        two = timed(lambda: in_hand(theirs()), count)
        pairs.append((one or timed(lambda: in_hand(ours()), count), two))
    ratios = sorted(a / b for a, b in pairs)
    ratio = statistics.median(ratios)
    spread = (ratios[3 * rounds // 4] - ratios[rounds // 4]) / ratio
    our_time, their_time = (statistics.median(each) / count for each in zip(*pairs, strict=True))
    return our_time, their_time, ratio, spread


def numbers(result: Any) -> Any:
    """What a tensor holds, as float64 or complex128."""
    result = result.detach()
    return result.numpy() if result.is_complex() else result.double().numpy()


def warm_up() -> None:
    """Let the native road open, as it does in any program after some thousand operations."""
    x = rushlight.ones(4)
    for _ in range(5000):
        x + x


def main_large(groups: dict[str, dict[str, large.Make]], names: list[str]) -> None:
    """Print the table of large tensors; with names, only those workloads."""
    torch.set_num_threads(rushlight.get_num_threads())
    for group, workloads in groups.items():
        if names and not workloads.keys() & set(names):
            continue
        threads = torch.get_num_threads()
        print(f"\n{group}, {threads} threads: us here, us there, ratio, spread of ratios")
        ratios = []
        for name, make in workloads.items():
            if names and name not in names:
                continue
            line = f"{name:<24}"
            for size in large.SIZES:
                ours, theirs, ratio, spread = compare_large(make, size)
                ratios.append(ratio)
                line += f"{ours * 1e6:>10.0f}{theirs * 1e6:>9.0f}{ratio:>7.2f} ±{spread:<5.0%}"
            print(line, flush=True)
        if ratios:
            mean = math.exp(statistics.fmean(map(math.log, ratios)))
            print(f"{'geometric mean':<24}{mean:>26.2f}")


def main_products(names: list[str]) -> None:
    """Print the table of products; with names, only those groups or workloads."""
    torch.set_num_threads(rushlight.get_num_threads())
    ratios = []
    for group, (sizes, workloads) in products.GROUPS.items():
        wanted = [each for each in workloads if not names or {group, each} & set(names)]
        if not wanted:
            continue
        print(f"\n{group} ({', '.join(map(str, sizes))}), {torch.get_num_threads()} threads: "
              "us here, us there, ratio")
        for name in wanted:
            line = f"{name:<24}"
            for size in sizes:
                ours, theirs, ratio, _ = compare_large(workloads[name], size, products.in_hand)
                ratios.append(ratio)
                line += f"{ours * 1e6:>10.1f}{theirs * 1e6:>9.1f}{ratio:>6.2f}"
            print(line, flush=True)
    print(f"{'geometric mean':<24}{math.exp(statistics.fmean(map(math.log, ratios))):>25.2f}")


def main_tiny(names: list[str]) -> None:
    """Print the table of tiny tensors; with names, only those workloads."""
    torch.set_num_threads(1)
    print(f"{'workload':<20}{'rushlight us':>14}{'PyTorch us':>12}{'ratio':>8}")
    ratios = []
    for make in tiny.WORKLOADS:
        if names and make.__name__ not in names:
            continue
        ours, theirs, ratio = compare(make)
        ratios.append(ratio)
        line = f"{make.__name__:<20}{ours * 1e6:>14.2f}{theirs * 1e6:>12.2f}{ratio:>8.2f}"
        print(line, flush=True)
    mean = math.exp(statistics.fmean(map(math.log, ratios)))
    print(f"{'geometric mean':<20}{mean:>34.2f}")


def main_import() -> None:
    """Print what importing costs."""
    compileall.compile_dir(str(Path(rushlight.__file__).parent), quiet=1)  # as installers do
    print(f"\n{'import':<20}{'seconds':>14}{'peak MB':>12}")
    for name, seconds, megabytes in import_costs():
        print(f"{name:<20}{seconds:>14.3f}{megabytes:>12.0f}")


def main(names: list[str]) -> None:
    """Print every table, or that of `import`, of `large`, `movers` or `products` (and some names),
    or of some names."""
    warm_up()
    if names[:1] == ["large"]:
        main_large(large.GROUPS, names[1:])
    elif names[:1] == ["movers"]:
        main_large(movers.GROUPS, names[1:])
    elif names[:1] == ["products"]:
        main_products(names[1:])
    elif names == ["import"]:
        main_import()
    else:
        main_tiny(names)
        if not names:
            main_import()
            main_large({**large.GROUPS, **movers.GROUPS}, [])
            main_products([])


if __name__ == "__main__":
    main(sys.argv[1:])
