"""The first call of the chain in a process: with nothing compiled yet, and with it on disk."""

from __future__ import annotations

import json
import sys
import tempfile
import time

from bench.peers import PEERS, call_of, missing, prepare
from bench.processes import child
from bench.tables import Report

SIZE = 4_194_304
_CACHES = ("RUSHLIGHT_CACHE", "TORCHINDUCTOR_CACHE_DIR", "JAX_COMPILATION_CACHE_DIR")
_KEPT = {  # JAX keeps on disk only what took it a second to compile, unless told otherwise
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
}


def run(report: Report) -> None:
    """Add the table: import, first call, second call; from a new folder, then from the same one."""
    head = ["seconds", "import", "first call", "second call"]
    table = report.table("first call of the chain", head, f"{SIZE:,} float32 numbers")
    for peer in PEERS:
        if reason := missing(peer):
            table.add(peer, "not measured", reason, "")
            continue
        with tempfile.TemporaryDirectory() as folder:
            variables = dict.fromkeys(_CACHES, folder) | _KEPT
            for state in ("cold", "on disk"):
                seconds = child("first", peer, **variables)
                table.add(f"{peer}, {state}", *(f"{each:.4f}" for each in seconds))
                if peer == "PyTorch":  # it compiles nothing
                    break


def _measure(peer: str) -> list[float]:
    times = [time.perf_counter()]
    prepare(peer)
    times.append(time.perf_counter())
    call = call_of(peer, "chain", SIZE)
    for _ in range(2):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return [times[1] - times[0], *times[2:]]


if __name__ == "__main__":
    print(json.dumps(_measure(sys.argv[1])))
