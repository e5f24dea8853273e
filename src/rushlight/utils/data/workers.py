"""The loader's side of its workers: who fetches what, and what becomes of it.

Each worker has a connection of its own and answers in the order it was asked. So in order means:
wait for the worker that was asked longest ago. While the loader waits it also watches the worker's
process, and knows at once that it has died.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing import connection
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any, NamedTuple

from rushlight.utils.data import transfer, worker
from rushlight.utils.data.fetch import Recipe

_PATIENCE = 5.0  # seconds that workers have to end by themselves

# The loaders' sides of all connections. A forked worker gets copies, and closes them: or the
# workers that they belong to would not see their loader go.
_connections: weakref.WeakSet[Connection] = weakref.WeakSet()


class Worker(NamedTuple):
    """A process, and the connection to it."""

    id: int
    process: BaseProcess
    connection: Connection


class Workers:
    """The worker processes of a loader; they end when nobody holds this any more.

    `ahead`: how many batches each fetches before they are wanted. `timeout`: seconds that a batch
    may take; 0: any. `in_order`: whether batches come as they were asked for. `persist`: whether
    the workers stay at an epoch's end.
    """

    ahead = 2
    timeout = 0.0
    in_order = True
    persist = False

    def __init__(
        self, recipe: Recipe, base_seed: int, count: int, init: Callable[[int], None] | None,
        context: BaseContext | None,
    ):
        self._workers: list[Worker] = []
        self._close = weakref.finalize(self, _shut_down, os.getpid(), self._workers)
        self._epoch = 0
        context = context or multiprocessing.get_context()
        for k in range(count):
            ours, theirs = context.Pipe()
            _connections.add(ours)
            inherited = context.get_start_method() == "fork"
            others = [each for each in _connections if not each.closed] if inherited else []
            process = context.Process(  # type: ignore[attr-defined]
                target=worker.main, daemon=True,
                args=(worker.Job(recipe, base_seed, k, count, init), theirs, others))
            process.start()
            theirs.close()
            self._workers.append(Worker(k, process, ours))

    @property
    def closed(self) -> bool:
        """Whether the workers have ended."""
        return not self._close.alive

    def epoch(self, indices: Iterator[Any]) -> Iterator[Any]:
        """Begin an epoch: the first batches are asked for now. What is left of one before is lost.
        """
        self._epoch += 1
        return _Epoch(self, self._workers, indices, self._epoch)

    def close(self) -> None:
        """End the workers, now."""
        self._close()


class _Epoch:
    """The batches of one epoch, asked for a few ahead."""

    def __init__(
        self, owner: Workers, workers: list[Worker], indices: Iterator[Any], number: int
    ):
        self._owner = owner
        self._indices = indices
        self._number = number
        self._turns = deque(workers)  # who is asked next; at the left
        self._asked: deque[Worker] = deque()  # one entry to each batch; the oldest at the left
        for _ in range(max(1, owner.ahead) * len(workers)):
            self._ask()

    def __iter__(self) -> _Epoch:
        return self

    def __next__(self) -> Any:
        while self._asked:
            one, kind, content = self._answer()
            if kind == worker.END:
                self._turns.remove(one)
                self._asked = deque(each for each in self._asked if each is not one)
                self._ask()
                continue
            self._asked.remove(one)  # the oldest of its entries
            self._ask()
            if kind == worker.ERROR:
                raise worker.failed(one.id, content)
            return content
        if not self._owner.persist:
            self._owner.close()
        raise StopIteration

    def _ask(self) -> None:
        """Give the next task to the worker whose turn it is."""
        if not self._turns:
            return
        for index in self._indices:
            one = self._turns[0]
            self._turns.rotate(-1)
            self._asked.append(one)
            with suppress(OSError):  # a worker that died is noticed when its answer is wanted
                transfer.send(one.connection, (self._number, index))
            return

    def _answer(self) -> tuple[Worker, str, Any]:
        """The next answer, of the worker asked longest ago or of any."""
        wanted = [self._asked[0]] if self._owner.in_order else list(dict.fromkeys(self._asked))
        end = time.monotonic() + self._owner.timeout
        while True:
            left = max(0.0, end - time.monotonic()) if self._owner.timeout else None
            sides = [
                side for each in wanted for side in (each.connection, each.process.sentinel)]
            ready = connection.wait(sides, left)
            if not ready:
                raise RuntimeError(
                    f"DataLoader: no batch came within {self._owner.timeout} seconds from "
                    f"worker {', '.join(str(each.id) for each in wanted)}")
            for each in wanted:
                answer = self._received(each, ready)
                if answer is not None and answer[0] == self._number:
                    return each, *answer[1:]

    def _received(self, one: Worker, ready: list[Any]) -> tuple[int, str, Any] | None:
        """What the worker sent; None if it lives and sent nothing. RuntimeError if it has died."""
        try:
            if one.connection in ready or (one.process.sentinel in ready and one.connection.poll()):
                return transfer.receive(one.connection)
        except (EOFError, OSError):
            one.process.join(_PATIENCE)
        else:
            if one.process.sentinel not in ready:
                return None
        message = f"DataLoader: worker {one.id} (pid {one.process.pid}) {_death(one.process)}"
        self._asked.clear()
        self._owner.close()
        raise RuntimeError(message)


def _death(process: BaseProcess) -> str:
    """How a process ended."""
    process.join(_PATIENCE)
    code = process.exitcode
    if code is None or code >= 0:
        return f"ended by itself, with exit code {code}"
    return f"died of signal {signal.Signals(-code).name}: was there memory enough?"


def _shut_down(owner: int, workers: list[Worker]) -> None:
    """End the workers. A forked child, which has copies of everything, leaves them alone."""
    if os.getpid() != owner:
        return
    for each in workers:
        each.connection.close()
    end = time.monotonic() + _PATIENCE
    for each in workers:
        each.process.join(max(0, end - time.monotonic()))
    for each in workers:
        for stop in (each.process.terminate, each.process.kill):
            if each.process.is_alive():
                stop()
                each.process.join(1)
        each.process.close()
