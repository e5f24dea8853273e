"""`spawn`: the same function in several processes, watched together."""

from __future__ import annotations

import multiprocessing
import signal
import sys
import time
import traceback
from collections.abc import Callable
from multiprocessing import connection
from multiprocessing.connection import Connection
from typing import Any

_PATIENCE = 30.0  # seconds that the others have to end when one has failed


class ProcessException(Exception):
    """A process failed: `error_index` says which, `error_pid` its id."""

    def __init__(self, msg: str, error_index: int, pid: int | None) -> None:
        super().__init__(msg)
        self.msg, self.error_index, self.pid = msg, error_index, pid
        self.error_pid = pid

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.msg, self.error_index, self.pid)


class ProcessRaisedException(ProcessException):
    """A process ended with an exception, whose traceback is the text."""


class ProcessExitedException(ProcessException):
    """A process ended without one: with `exit_code`, or by the signal `signal_name`."""

    def __init__(
        self, msg: str, error_index: int, error_pid: int | None, exit_code: int,
        signal_name: str | None = None,
    ) -> None:
        super().__init__(msg, error_index, error_pid)
        self.exit_code, self.signal_name = exit_code, signal_name

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (
            self.msg, self.error_index, self.pid, self.exit_code, self.signal_name)


def _run(fn: Callable[..., Any], i: int, args: tuple[Any, ...], errors: Connection) -> None:
    try:
        fn(i, *args)
    except KeyboardInterrupt:
        pass  # the parent, which has it, too, ends the others
    except Exception:
        errors.send(traceback.format_exc())
        sys.exit(1)


class ProcessContext:
    """The processes of `start_processes`."""

    def __init__(self, processes: list[Any], errors: list[Connection]) -> None:
        self.processes, self._errors = processes, errors
        self._running = dict(enumerate(processes))

    def pids(self) -> list[int]:
        """Their ids."""
        return [int(each.pid) for each in self.processes]

    def join(self, timeout: float | None = None, grace_period: float | None = None) -> bool:
        """Wait until all have ended, which True says, one has failed, or `timeout` seconds passed.

        The first that fails has the others ended. Raises ProcessRaisedException with its traceback,
        or ProcessExitedException.
        """
        until = None if timeout is None else time.monotonic() + timeout
        while self._running:
            left = None if until is None else max(0.0, until - time.monotonic())
            ready = connection.wait([each.sentinel for each in self._running.values()], left)
            if not ready:
                return False
            for i, each in list(self._running.items()):
                if each.sentinel in ready:
                    each.join()
                    if each.exitcode:
                        self._fail(i, _PATIENCE if grace_period is None else grace_period)
                    del self._running[i]
        return True

    def _fail(self, i: int, patience: float) -> None:
        failed = self._running.pop(i)
        for each in self._running.values():
            each.terminate()
        until = time.monotonic() + patience
        for each in self._running.values():
            each.join(max(0.0, until - time.monotonic()))
            if each.is_alive():
                each.kill()
                each.join()
        self._running.clear()
        try:
            text = self._errors[i].recv() if self._errors[i].poll() else None
        except EOFError:
            text = None
        if text is not None:
            raise ProcessRaisedException(
                f"process {i} ended with this error:\n\n{text}", i, failed.pid)
        if failed.exitcode < 0:
            name = signal.Signals(-failed.exitcode).name
            raise ProcessExitedException(
                f"process {i} was ended by signal {name}", i, failed.pid, failed.exitcode, name)
        raise ProcessExitedException(
            f"process {i} ended with exit code {failed.exitcode}", i, failed.pid, failed.exitcode)


SpawnContext = ProcessContext


def start_processes(
    fn: Callable[..., Any], args: tuple[Any, ...] = (), nprocs: int = 1, join: bool = True,
    daemon: bool = False, start_method: str = "spawn",
) -> ProcessContext | None:
    """Call `fn(i, *args)` in `nprocs` processes, of which `i` is the number.

    join: wait for them, see ProcessContext.join; else their ProcessContext is returned.
    """
    context: Any = multiprocessing.get_context(start_method)
    processes, errors = [], []
    for i in range(nprocs):
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_run, args=(fn, i, args, sender), daemon=daemon)
        process.start()
        sender.close()
        processes.append(process)
        errors.append(receiver)
    made = ProcessContext(processes, errors)
    if not join:
        return made
    while not made.join():
        pass
    return None


def spawn(
    fn: Callable[..., Any], args: tuple[Any, ...] = (), nprocs: int = 1, join: bool = True,
    daemon: bool = False, start_method: str = "spawn",
) -> ProcessContext | None:
    """Call `fn(i, *args)` in `nprocs` new processes; `fn` is a function of a module.

    Source: https://docs.pytorch.org/docs/stable/multiprocessing.html#torch.multiprocessing.spawn.spawn
    """
    return start_processes(fn, args, nprocs, join, daemon, start_method)
