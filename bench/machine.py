"""Facts about the machine and the versions: without them a figure says little."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path


def facts() -> dict[str, str]:
    """What a reader needs to know to measure the same."""
    return {
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0))),
        "caches": _caches(),
        "memory": f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}, {' '.join(platform.libc_ver())}",
        "versions": ", ".join([f"Python {platform.python_version()}", *_versions()]),
    }


def _versions() -> list[str]:
    found = []
    for name in ("numpy", "llvmlite", "torch", "jax"):
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            found.append(f"no {name}")
    return found


def _processor() -> str:
    import llvmlite.binding as llvm  # it knows the core behind a virtual machine's name

    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{(names or [platform.processor()])[0]} ({llvm.get_host_cpu_name()})"


def _caches() -> str:
    levels = {}
    for folder in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = ((folder / each).read_text().strip()
                             for each in ("level", "type", "size"))
        if kind != "Instruction":
            levels[f"L{level}"] = size
    return ", ".join(f"{level} {size}" for level, size in levels.items()) or "unknown"
