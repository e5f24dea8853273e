"""What importing costs, each time in a new process."""

from __future__ import annotations

import compileall
import importlib
import json
import statistics
import sys
import time
from importlib.util import find_spec
from pathlib import Path

from bench.processes import child, memory
from bench.tables import Report

TIMES = 7


def run(report: Report) -> None:
    """Add the table of NumPy, which we stand on, Rushlight and the peers."""
    found = find_spec("rushlight")
    assert found is not None and found.origin is not None
    compileall.compile_dir(str(Path(found.origin).parent), quiet=1)  # as installers do
    table = report.table("import", ["module", "seconds", "peak, MB"])
    for name in ("numpy", "rushlight", "torch", "jax"):
        if find_spec(name) is None:
            table.add(name, "not measured", "")
            continue
        times = [child("imports", name) for _ in range(TIMES)]
        seconds, peak = (statistics.median(each) for each in zip(*times, strict=True))
        table.add(name, f"{seconds:.3f}", f"{peak / 1e6:.0f}")


if __name__ == "__main__":
    start = time.perf_counter()
    importlib.import_module(sys.argv[1])
    print(json.dumps([time.perf_counter() - start, memory("VmHWM")]))
