"""Kill a process while it saves, again and again: the file must be whole each time.

    python tests/fuzz_saves.py 200
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import rushlight as torch

_SAVING = """
import sys, rushlight as torch
k = int(sys.argv[2])
print("begun", flush=True)
while True:
    k += 1
    torch.save({"k": k, "values": torch.full((200_000,), float(k))}, sys.argv[1])
"""


def kill_saves(times: int, seed: int = 0) -> tuple[int, int]:
    """How often a process was killed, and how many saves were done meanwhile; AssertionError for a
    file that is not whole or older than one seen before."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        path, last = Path(folder) / "model.pt", 0
        torch.save({"k": 0, "values": torch.zeros(200_000)}, path)
        for _ in range(times):
            process = subprocess.Popen(
                [sys.executable, "-c", _SAVING, str(path), str(last)], stdout=subprocess.PIPE)
            assert process.stdout is not None and process.stdout.readline() == b"begun\n"
            time.sleep(chance.uniform(0, 0.05))
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
            held = torch.load(path)
            assert held["k"] >= last and (held["values"] == held["k"]).all()
            last = held["k"]
        return times, last


if __name__ == "__main__":
    killed, saved = kill_saves(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
    print(f"{killed} processes killed, {saved} saves done, the file whole each time")
