"""Peak memory of the chain's sum and its gradient, in the steady state, each peer in a process.

A first call loads and compiles everything; then memory that is only kept is given back, and the
peak of the next call counts from what is held at that moment.
"""

from __future__ import annotations

import gc
import json
import sys

from bench.peers import PEERS, call_of, missing, prepare
from bench.processes import child, forget_peak, give_back, memory
from bench.tables import Report

SIZE = 4_194_304


def run(report: Report) -> None:
    """Add the table, in megabytes and in tensors of this size."""
    one = SIZE * 4
    head = ["peer", "sum, MB", "in tensors", "and gradient, MB", "in tensors", "process, MB"]
    table = report.table(
        "peak memory of the chain", head, f"one tensor of {SIZE:,} float32 is {one / 1e6:.0f} MB")
    for peer in PEERS:
        if reason := missing(peer):
            table.add(peer, "not measured", reason, "", "", "")
            continue
        cells = []
        for name in ("chain, sum", "chain, sum, gradient"):
            extra, process = child("peak", peer, name)
            cells += [f"{extra / 1e6:.0f}", f"{extra / one:.1f}"]
        table.add(peer, *cells, f"{process / 1e6:.0f}")


def _measure(peer: str, name: str) -> tuple[int, int]:
    """Bytes at the peak of a call above those before it, and the process's highest ever."""
    call = call_of(peer, name, SIZE)
    call()
    highest = memory("VmHWM")
    gc.collect()
    if peer == "rushlight":
        prepare(peer).empty_cache()
    give_back()
    forget_peak()
    before = memory("VmRSS")
    call()
    return memory("VmHWM") - before, max(highest, memory("VmHWM"))


if __name__ == "__main__":
    print(json.dumps(_measure(*sys.argv[1:])))
