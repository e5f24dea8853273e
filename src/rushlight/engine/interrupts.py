"""Work that Ctrl-C must not cut short: LLVM's objects are freed twice if it does."""

from __future__ import annotations

import _thread
import threading
from collections.abc import Callable
from typing import Any, TypeVar

Result = TypeVar("Result")


def undisturbed(work: Callable[[], Result]) -> Result:
    """The result of `work()`; what a signal raises meanwhile is raised after.

    Signal handlers run in the main thread alone, so the work is done in another.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    done: list[Any] = []
    error: list[BaseException] = []
    running = _thread.allocate_lock()

    def run() -> None:
        try:
            done.append(work())
        except BaseException as raised:
            error.append(raised)
        running.release()

    signalled: BaseException | None = None
    started: list[int] = []
    running.acquire()
    try:
        # One call into C: a signal is seen after it, when it is known that there is a thread.
        started.extend(map(_thread.start_new_thread, (run,), ((),)))
    except BaseException as raised:
        signalled = raised
    while started and not done and not error:
        try:
            running.acquire()
        except BaseException as raised:
            signalled = raised
    for each in (signalled, *error):
        if each is not None:
            raise each
    return done[0]
