"""Formulas that compilers fuse: Rushlight beside PyTorch, `torch.compile` and `jax.jit`.

Each formula has a process of its own, where the peers take turns. The steady state is measured:
everybody has compiled before (what that costs is in `first.py`).
"""

from __future__ import annotations

import json
import statistics
import sys
from typing import Any

from bench.measure import agree, alternate, ratio
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
            cells, ratios = _row(child("chains", name, keep=keep))
            table.add(name, *cells, ratios=ratios if keep else {})


def _row(times: dict[str, Any]) -> tuple[list[str], dict[str, float]]:
    """The cells and the ratios of what a child found."""
    cells, ratios = [f"{statistics.median(times['rushlight']) * 1e6:.0f}"], {}
    for peer in PEERS[1:]:
        if isinstance(times[peer], str):
            cells += ["not measured", times[peer]]
            continue
        ratios[peer], spread = ratio(times["rushlight"], times[peer])
        microseconds = statistics.median(times[peer]) * 1e6
        cells += [f"{microseconds:.0f}", f"{ratios[peer]:.2f} ±{spread:.0%}"]
    return cells, ratios


def _measure(name: str) -> dict[str, Any]:
    """The seconds of every round by peer, or why there are none."""
    reasons = {peer: missing(peer) for peer in PEERS}
    calls = {peer: call_of(peer, name, SIZE) for peer, reason in reasons.items() if not reason}
    expected = calls["PyTorch"]()
    for call in calls.values():
        agree(call(), expected)
    return reasons | dict(zip(calls, alternate(list(calls.values()), ROUNDS, 0.01), strict=True))


if __name__ == "__main__":
    print(json.dumps(_measure(sys.argv[1])))
