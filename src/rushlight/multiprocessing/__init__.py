"""`torch.multiprocessing`: Python's own, with tensors that processes share.

A tensor that goes through a Queue or a Pipe, or to a Process as an argument, is moved to shared
memory, and the other process gets a tensor over the same memory: what one writes, both see. The
sender has to live until it is received. Source:
https://docs.pytorch.org/docs/stable/multiprocessing.html
"""

from __future__ import annotations

import multiprocessing
from multiprocessing import *  # noqa: F403
from typing import Any

from rushlight.multiprocessing import reductions
from rushlight.multiprocessing.reductions import init_reductions
from rushlight.multiprocessing.spawning import (
    ProcessContext,
    ProcessException,
    ProcessExitedException,
    ProcessRaisedException,
    SpawnContext,
    spawn,
    start_processes,
)

init_reductions()

_STRATEGIES = {"file_descriptor"}


def get_all_sharing_strategies() -> set[str]:
    """How memory can be shared here: {"file_descriptor"}."""
    return set(_STRATEGIES)


def get_sharing_strategy() -> str:
    """How memory is shared: "file_descriptor"."""
    return "file_descriptor"


def set_sharing_strategy(new_strategy: str) -> None:
    """Choose how memory is shared; "file_system" is taken for "file_descriptor".

    Raises AssertionError for any other.
    """
    if new_strategy not in (*_STRATEGIES, "file_system"):
        raise AssertionError(f"a sharing strategy is 'file_descriptor', not {new_strategy!r}")


__all__ = [  # noqa: PLE0604  (the names of a module that tells its own)
    *multiprocessing.__all__, "ProcessContext", "ProcessException", "ProcessExitedException",
    "ProcessRaisedException", "SpawnContext", "get_all_sharing_strategies", "get_sharing_strategy",
    "init_reductions", "reductions", "set_sharing_strategy", "spawn", "start_processes",
]


def __getattr__(name: str) -> Any:
    return getattr(multiprocessing, name)
