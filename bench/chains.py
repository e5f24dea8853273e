"""Formulas that compilers fuse: Rushlight beside PyTorch, `torch.compile` and `jax.jit`.

Each formula has a process of its own, where the peers take turns. The steady state is measured:
everybody has compiled before (what that costs is in `first.py`).
"""

from __future__ import annotations

import json
import statistics
import sys

from bench.measure import agree, alternate
from bench.peers import FORMULAS, PEERS, call_of, missing
from bench.processes import child
from bench.tables import Report

SIZE = 4_194_304
ROUNDS = 15


def run(report: Report) -> None:
    """Add two tables: with memory kept by the C library as by us, and as it keeps it by itself."""
    for keep, title in (
        (True, "fused formulas"), (False, "fused formulas, with fresh memory for every result"),
    ):
        head = ["formula", "ours"]
        for peer in PEERS[1:]:
            head += [peer, "ratio"]
        table = report.table(title, head, f"microseconds, {SIZE:,} float32 numbers")
        for name in FORMULAS:
            cells, ratios = child("chains", name, keep=keep)
            table.add(name, *cells, ratios=ratios if keep else {})


def _measure(name: str) -> tuple[list[str], dict[str, float | None]]:
    """The cells of a row, and the ratios by peer."""
    here = [peer for peer in PEERS if not missing(peer)]
    calls = [call_of(peer, name, SIZE) for peer in here]
    expected = calls[here.index("PyTorch")]()
    for call in calls:
        agree(call(), expected)
    found = alternate(calls, ROUNDS, 0.01)
    times = [f"{statistics.median(each) * 1e6:.0f}" for each in found.times]
    cells, ratios = times[:1], {}
    for peer in PEERS[1:]:
        if reason := missing(peer):
            cells += ["not measured", reason]
        else:
            ratios[peer], shown = found.ratio(0, here.index(peer))
            cells += [times[here.index(peer)], shown]
    return cells, ratios


if __name__ == "__main__":
    print(json.dumps(_measure(sys.argv[1])))
