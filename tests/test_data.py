"""`torch.utils.data`: PyTorch's orders from the same seeds, and worker processes that behave."""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import random
import re
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import data_programs
import numpy as np
import pytest
from data_workers import BAD, COUNT, Large, Squares, Trouble, as_it_is

import rushlight as torch
from rushlight.utils.data import DataLoader, Dataset, IterableDataset, random_split, workers

RECORDED = json.loads((Path(__file__).parent / "golden" / "data.json").read_text())
FORKS = "fork" in multiprocessing.get_all_start_methods()
needs_fork = pytest.mark.skipif(not FORKS, reason="this system does not fork")
needs_proc = pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="no /proc")


@pytest.fixture(scope="module")
def ours():
    state, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = data_programs.results(torch)
    random.setstate(state)
    np.random.set_state(numpy_state)  # noqa: NPY002
    return json.loads(json.dumps(found))


@needs_fork
@pytest.mark.parametrize("name", RECORDED)
def test_same_as_pytorch(ours, name):
    assert ours[name] == RECORDED[name]


def test_every_program_is_recorded(ours):
    assert ours.keys() == RECORDED.keys()


# --- worker processes


@pytest.mark.parametrize("method", ["spawn", *["fork"] * FORKS])
def test_workers_however_they_are_started(method):
    loader = DataLoader(
        Squares(), batch_size=3, num_workers=2, multiprocessing_context=method)
    assert [each.tolist() for each in loader] == [[0, 1, 4], [9, 16, 25], [36, 49]]
    assert loader.multiprocessing_context.get_start_method() == method


@pytest.mark.parametrize("by_file", [True, False])
def test_what_travels_in_shared_memory(monkeypatch, by_file):
    if by_file and not workers.transfer._IN_FILE:
        pytest.skip("there are no files in memory here")
    monkeypatch.setattr(workers.transfer, "_IN_FILE", by_file)
    loader = DataLoader(Large(), batch_size=None, num_workers=2, collate_fn=as_it_is)
    for index, got in enumerate(loader):
        want = Large()[index]
        assert got.keys() == want.keys()
        assert got.pop("text") == want.pop("text")
        for name, value in want.items():
            assert type(got[name]) is type(value)
            assert got[name].dtype == value.dtype
            assert (got[name] == value).all()
        assert got["leaf"].requires_grad
        got["array"][:] = 0  # each can be written to, and is nobody else's memory
        got["floats"].add_(1)
        assert torch.equal(got["floats"], want["floats"] + 1)
        assert torch.equal(got["turned"], want["turned"])


@needs_proc
def test_nothing_is_left_open():
    def held():
        gc.collect()
        return len(os.listdir("/proc/self/fd")), len(multiprocessing.active_children())

    list(DataLoader(Squares(), num_workers=1))  # what Python opens once
    before = held()
    for _ in range(3):
        list(DataLoader(Squares(), num_workers=2))
        abandoned = iter(DataLoader(Large(), batch_size=None, num_workers=2))
        next(abandoned)
        del abandoned
        with pytest.raises(ValueError, match="bad"):
            list(DataLoader(Trouble("value_error"), num_workers=2))
    persistent = DataLoader(Squares(), num_workers=2, persistent_workers=True)
    assert [each.item() for _ in range(2) for each in persistent] == [
        k * k for _ in range(2) for k in range(COUNT)]
    assert len(multiprocessing.active_children()) == 2
    del persistent
    assert held() == before


def test_an_epoch_given_up_leaves_nothing_to_the_next():
    loader = DataLoader(Squares(), num_workers=2, persistent_workers=True, prefetch_factor=3)
    first = iter(loader)
    assert next(first).item() == 0
    assert [each.item() for each in loader] == [k * k for k in range(COUNT)]


def test_two_loaders_at_once_end_without_each_other():
    one, two = (iter(DataLoader(Squares(), num_workers=2)) for _ in range(2))
    next(one), next(two)
    start = time.monotonic()
    del one
    assert time.monotonic() - start < 2
    assert len(list(two)) == COUNT - 1


@pytest.mark.parametrize(("kind", "words"), [
    ("exit", r"worker 1 \(pid \d+\) .*exit code 3"), ("kill", r"worker 1 \(pid \d+\) .*SIGKILL"),
])
@needs_fork
def test_a_worker_that_dies(kind, words):
    found = []
    with pytest.raises(RuntimeError, match=words):
        found.extend(each.item() for each in DataLoader(Trouble(kind), num_workers=2))
    assert not multiprocessing.active_children()


@pytest.mark.parametrize(("kind", "expected", "words"), [
    ("value_error", ValueError, "sample five is bad"), ("key_error", KeyError, "five\\\\nor six"),
    ("local_error", RuntimeError, "nobody else knows my type"),
    ("awkward", RuntimeError, r"Awkward: \(1, 2\)"), ("no_pickle", AttributeError, "lambda"),
    ("graph", RuntimeError, "detach"),
])
def test_an_error_in_a_worker_comes_with_its_traceback(kind, expected, words):
    batches = iter(DataLoader(
        Trouble(kind), batch_size=None, num_workers=2, collate_fn=as_it_is))
    assert [next(batches).item() for _ in range(BAD)] == [k * k for k in range(BAD)]
    with pytest.raises(expected, match=words) as raised:
        next(batches)
    assert "Traceback (most recent call last)" in str(raised.value)
    assert "worker process of the DataLoader, number 1" in str(raised.value)
    assert [each.item() for each in batches] == [36, 49]  # and the rest can still be had


def test_an_error_at_a_workers_start():
    def init(worker):
        raise OSError(f"no place for {worker}")

    with pytest.raises(OSError, match="no place for 0"):
        next(iter(DataLoader(Squares(), num_workers=1, worker_init_fn=init)))


def test_a_batch_that_takes_too_long(monkeypatch):
    monkeypatch.setattr(workers, "_PATIENCE", 0.1)  # for the worker that sleeps, at the end
    start = time.monotonic()
    with pytest.raises(RuntimeError, match=r"0.3 seconds"):
        list(DataLoader(Trouble("sleep"), num_workers=2, timeout=0.3))
    gc.collect()
    assert time.monotonic() - start < 5
    assert not multiprocessing.active_children()


def test_batches_as_they_come():
    class Slow(Squares):
        def __getitem__(self, index):
            time.sleep(0.3 * (index == 0))
            return index

    order = [each.item() for each in DataLoader(Slow(), num_workers=2, in_order=False)]
    assert sorted(order) == list(range(COUNT))
    assert order[0] != 0


def test_samples_fetched_together():
    class Together(Dataset):
        def __len__(self):
            return 4

        def __getitems__(self, indices):
            return [(i, len(indices)) for i in indices]

    assert [[each.tolist() for each in batch] for batch in DataLoader(Together(), 3)] == [
        [[0, 1, 2], [3, 3, 3]], [[3], [1]]]


def test_a_length_that_is_wrong():
    class Wrong(IterableDataset):
        def __iter__(self):
            return iter(range(5))

        def __len__(self):
            return 4

    loader = DataLoader(Wrong())
    assert len(loader) == 4
    with pytest.warns(UserWarning, match="has 4 samples, and this is batch 5"):
        assert len(list(loader)) == 5


def test_a_part_that_is_empty_is_told():
    with pytest.warns(UserWarning, match="part 1 is empty"):
        assert [len(each) for each in random_split(range(10), [0.01, 0.01, 0.98])] == [1, 0, 9]


# --- a process's end

PROGRAM = """
import os, sys, time
sys.path[:0] = {path!r}
from data_workers import Squares
from rushlight.utils.data import DataLoader, worker
class Slow(Squares):
    def __getitem__(self, index):
        time.sleep(0.05)
        return os.getpid()
    def __len__(self):
        return 10_000
worker._PATIENCE = 0.1
for k, batch in enumerate(DataLoader(Slow(), num_workers=2)):
    print(batch.item(), flush=True)
    if {forks} and not k and not os.fork():
        os.close(1), os.close(2)
        time.sleep(4)
        os._exit(0)
"""


def _alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@needs_fork
@needs_proc
@pytest.mark.parametrize(("number", "forks"), [
    (signal.SIGINT, False), (signal.SIGKILL, False), (signal.SIGKILL, True)])
def test_workers_go_when_their_loader_does(number, forks):
    """Ctrl-C leaves one traceback, and no process; nor does a loader that is killed, even where
    a process that it has forked keeps its connections open."""
    path = [str(Path(__file__).parent), str(Path(torch.__file__).parents[1])]
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(path=path, forks=forks)], start_new_session=True,
        text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    pids = {int(process.stdout.readline()) for _ in range(2)}
    if number == signal.SIGINT:
        os.killpg(process.pid, number)  # as a terminal does: to all of them
    else:
        process.kill()
    end = time.monotonic() + 2.5
    while any(map(_alive, pids)) and time.monotonic() < end:
        time.sleep(0.02)
    assert len(pids) == 2
    assert not any(map(_alive, pids))
    _, errors = process.communicate(timeout=10)
    if number == signal.SIGINT:
        assert errors.count("KeyboardInterrupt") == 1
        assert len(re.findall("Traceback", errors)) == 1


# --- names


def test_under_its_other_name():
    code = """
import torch
assert not any(name.startswith("rushlight.utils") for name in list(sys.modules))
from torch.utils.data import DataLoader, TensorDataset
import torch.utils.data.distributed
from torch.utils.data.dataloader import DataLoader as same
from torch.utils.data.sampler import RandomSampler
assert same is DataLoader is torch.utils.data.DataLoader
if __name__ == "__main__":
    rows = TensorDataset(torch.arange(4))
    print([x.tolist() for x, in DataLoader(rows, 2, num_workers=1)])
"""
    shown = subprocess.run(
        [sys.executable, "-m", "rushlight", "-c", "import sys" + code],
        capture_output=True, text=True, timeout=60, check=True)
    assert shown.stdout == "[[0, 1], [2, 3]]\n"


def test_on_the_face():
    assert torch.utils.data.DataLoader is DataLoader
    with pytest.raises(AttributeError, match="not here yet"):
        torch.utils.__getattr__("no_such_part")
