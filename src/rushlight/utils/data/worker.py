"""A worker process of a loader: it waits for indices and sends batches back.

What goes to a worker are pairs: an epoch, and what to fetch. What comes back are triples: the
epoch, what it is (`BATCH`, `END` of an iterable dataset, `ERROR`), and the batch or the error's
type and text. An epoch that was given up leaves messages behind; by their number they are known.
"""

from __future__ import annotations

import os
import pickle
import queue
import random
import signal
import threading
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import numpy as np

from rushlight.utils.data import transfer
from rushlight.utils.data.fetch import Fetch, Recipe

BATCH, END, ERROR = "batch", "end", "error"
_PATIENCE = 5.0  # seconds between looks at whether the parent still lives


class WorkerInfo(NamedTuple):
    """What a worker knows of itself: its `id` of `num_workers`, its `seed`, its `dataset`."""

    id: int
    num_workers: int
    seed: int
    dataset: Any


_here: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """What the loader's worker that calls this knows of itself; None outside a worker.

    An iterable dataset asks it which part of the samples is its share.
    Source: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.get_worker_info
    """
    return _here


class Job(NamedTuple):
    """What a worker is told at its start."""

    recipe: Recipe
    base_seed: int
    id: int
    num_workers: int
    init: Callable[[int], None] | None


def main(job: Job, connection: Connection, others: list[Connection]) -> None:
    """Work until the loader closes its side of the connection. `others` is what to close first."""
    global _here
    for each in others:
        each.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the loader, which ends its workers
    tasks: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(connection, os.getppid(), tasks), daemon=True).start()
    _here = WorkerInfo(job.id, job.num_workers, job.base_seed + job.id, job.recipe.dataset)
    _seed(job.base_seed, job.id)
    first_error = None
    try:
        if job.init is not None:
            job.init(job.id)
    except Exception as error:
        first_error = _failure(error)
    current, fetch, ended = -1, None, False
    while (task := tasks.get()) is not None:
        epoch, index = task
        if epoch != current:
            current, fetch, ended = epoch, None, False
        kind, content = ERROR, first_error
        if first_error is None and not ended:
            try:
                fetch = fetch or job.recipe.fetcher()
                kind, content = _fetched(fetch, index)
            except Exception as error:
                kind, content = ERROR, _failure(error)
        first_error, ended = None, ended or kind == END
        if not _answered(connection, (epoch, kind, content)):
            return


def _fetched(fetch: Fetch, index: Any) -> tuple[str, Any]:
    try:
        return BATCH, fetch(index)
    except StopIteration:
        return END, None


def _answered(connection: Connection, answer: tuple[int, str, Any]) -> bool:
    """Send the answer, or why it can't be sent; whether the loader is still there."""
    try:
        try:
            transfer.send(connection, answer)
        except (BrokenPipeError, ConnectionError):
            return False
        except Exception as error:  # something in it can't be pickled
            transfer.send(connection, (answer[0], ERROR, _failure(error)))
    except OSError:
        return False
    return True


def _listen(connection: Connection, parent: int, tasks: queue.SimpleQueue[Any]) -> None:
    """Take in what the loader sends, so that it never waits for a worker that is busy."""
    try:
        while os.getppid() == parent:
            if connection.poll(_PATIENCE):
                tasks.put(transfer.receive(connection))
        os._exit(1)
    except (EOFError, OSError):
        tasks.put(None)


# --- random numbers


def _seed(base_seed: int, worker: int) -> None:
    """Seed this process's generators as PyTorch's workers do: ours, Python's and NumPy's."""
    import rushlight as torch

    torch.set_num_threads(1)
    seed = base_seed + worker
    random.seed(seed)
    torch.manual_seed(seed)
    words = (worker, base_seed & 0xFFFFFFFF, base_seed >> 32, 0)
    np.random.seed(np.random.SeedSequence(words).generate_state(4))  # noqa: NPY002  # users' own


# --- errors


def _failure(error: BaseException) -> tuple[bytes | None, str]:
    """An error's type, if another process can know it, and its traceback as text."""
    try:
        kind = pickle.dumps(type(error))
        pickle.loads(kind)
    except Exception:
        kind = None
    return kind, "".join(traceback.format_exception(error))


class _Text(str):
    """A message that `KeyError`, which shows the repr of its argument, shows as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def failed(worker: int, failure: tuple[bytes | None, str]) -> Exception:
    """An error of the type that a worker met, with its traceback; RuntimeError if there is none."""
    kind, text = failure
    told = _Text(f"a worker process of the DataLoader, number {worker}, met an error:\n\n{text}")
    if kind is not None:
        try:
            made = pickle.loads(kind)(told)
            if isinstance(made, Exception):
                return made
        except Exception:  # it takes something else than a text
            pass
    return RuntimeError(told)
