"""Measurements that need a process of their own, and the memory that processes keep.

The C library hands large blocks back to the system when they are freed, and each new one then costs
its pages anew: at 16 MB that is most of the time of PyTorch's and JAX's kernels, and it comes and
goes. Rushlight keeps its blocks. So that kernels are compared, not that, everything is measured
with the C library told to keep memory as well; `chains` shows what happens without.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

_KEEP = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(2**40), "MALLOC_ARENA_MAX": "1"}


def keep_memory() -> None:
    """Start this program again with memory kept, unless the environment says how it is kept."""
    if not any(name.startswith("MALLOC_") for name in os.environ):
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], os.environ | _KEEP)


def child(module: str, *arguments: str, keep: bool = False, **variables: str) -> Any:
    """What `python -m bench.MODULE arguments` prints last, as JSON, run with these variables."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    done = subprocess.run(
        [sys.executable, "-m", f"bench.{module}", *arguments], capture_output=True, text=True,
        cwd=Path(__file__).parents[1], env=environment | (_KEEP if keep else {}) | variables)
    if done.returncode:
        raise RuntimeError(f"bench.{module} {' '.join(arguments)} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def memory(field: str) -> int:
    """Bytes of this process: `VmRSS` now, `VmHWM` at the highest."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise KeyError(field)


def give_back() -> None:
    """Have the C library give what it keeps back to the system."""
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)


def forget_peak() -> None:
    """Have `VmHWM` begin again from what is held now."""
    Path("/proc/self/clear_refs").write_text("5")
