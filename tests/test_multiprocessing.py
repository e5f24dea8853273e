"""`torch.multiprocessing`: processes that share tensors, and `spawn`."""

from __future__ import annotations

import gc
import os
import signal

import numpy as np
import pytest

import rushlight as torch
from rushlight.tensor import sharing

mp = torch.multiprocessing


def test_sharing_moves_a_storage_with_its_views():
    x = torch.arange(12.0).reshape(3, 4)
    row, columns = x[1], x.t()[::2]
    assert not x.is_shared()
    assert columns.share_memory_() is columns
    assert x.is_shared() and row.is_shared() and columns.is_shared()
    x.add_(1)
    row[0] = -5
    assert x.tolist() == [[1, 2, 3, 4], [-5, 6, 7, 8], [9, 10, 11, 12]]
    assert columns.tolist() == [[1, -5, 9], [3, 7, 11]]
    assert row.storage_offset() == 4 and x.untyped_storage() == row.untyped_storage()
    pointer = x.data_ptr()
    assert x.share_memory_().data_ptr() == pointer
    assert not x.clone().is_shared() and not torch.empty(0).share_memory_().is_shared()


def test_parameters_keep_their_place_in_graphs():
    model = torch.nn.BatchNorm1d(3)
    weight = model.weight
    assert model.share_memory() is model and model.weight is weight
    assert all(each.is_shared() for each in (*model.parameters(), *model.buffers()))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    pointer = weight.data_ptr()
    model(torch.rand(4, 3)).square().sum().backward()
    optimizer.step()
    assert weight.is_shared() and weight.data_ptr() == pointer and weight[0].item() != 1


def test_large_writes_go_to_the_memory_itself():
    x = torch.zeros(300_000).share_memory_()
    y = x * 2 + 1
    x.add_(1).mul_(3)
    x.copy_(x + 1)
    assert x.is_shared() and x[7].item() == 4 and y[7].item() == 1


def test_what_was_computed_is_of_the_time_before_another_process_writes():
    x = torch.ones(300_000).share_memory_()
    memory = sharing.memory_of(x)
    y = x * 2 + 1
    other = sharing.map_file(os.dup(memory.file), len(memory))
    np.frombuffer(other, np.float32)[:] = 5
    assert y[7].item() == 3 and x[7].item() == 5


def _double(tensor, done, received):
    tensor.mul_(2)
    done.put(tensor[0] + 1)
    received.wait(60)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_process_writes_what_we_see(method):
    context = mp.get_context(method)
    x, results = torch.arange(6.0).reshape(2, 3), context.Queue()
    received = context.Event()
    process = context.Process(target=_double, args=(x.share_memory_(), results, received))
    process.start()
    assert results.get(timeout=30).tolist() == [1, 3, 5]
    received.set()
    process.join()
    assert x.tolist() == [[0, 2, 4], [6, 8, 10]]


def _answer(connection):
    while (given := connection.recv()) is not None:
        connection.send([type(given).__name__, given.requires_grad, given])
        given.detach().add_(1)
        connection.send("done")


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_kinds_of_tensors_through_a_pipe():
    ours, theirs = mp.get_context("fork").Pipe()
    process = mp.get_context("fork").Process(target=_answer, args=(theirs,), daemon=True)
    process.start()
    whole = torch.arange(10)
    for sent in (
        torch.nn.Parameter(torch.ones(2)), whole[2:8:2], torch.ones(2, requires_grad=True),
        torch.tensor(3.5, dtype=torch.bfloat16), torch.ones(2, 3).t(),
    ):
        before = sent.detach().clone()
        ours.send(sent)
        kind, requires_grad, back = ours.recv()
        assert (kind, requires_grad) == (type(sent).__name__, sent.requires_grad)
        assert ours.recv() == "done"
        assert torch.equal(sent, before + 1) and torch.equal(back, sent)
        assert back.stride() == sent.stride() and back.is_shared() and back.is_leaf
    assert whole.tolist() == [0, 1, 3, 3, 5, 5, 7, 7, 8, 9]
    ours.send(torch.empty(0, 3))
    assert ours.recv()[2].shape == (0, 3)
    with pytest.raises(RuntimeError, match="leaf"):
        ours.send(torch.ones(2, requires_grad=True) * 2)
    ours.recv(), ours.send(None)
    process.join()


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_descriptors_are_closed():
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("no /proc")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        torch.ones(3).share_memory_()
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= before + 1


def _fill(i, tensor):
    tensor[i] = i + 1


def _fails(i, how):
    if i == 1:
        if how == "signal":
            os.kill(os.getpid(), signal.SIGKILL)
        if how == "exit":
            os._exit(3)
        raise ValueError("this one")
    signal.pause()


def test_spawn():
    x = torch.zeros(3).share_memory_()
    assert mp.spawn(_fill, (x,), nprocs=3) is None
    assert x.tolist() == [1, 2, 3]


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_failures():
    start = {"nprocs": 2, "start_method": "fork"}
    with pytest.raises(mp.ProcessRaisedException, match="this one") as raised:
        mp.start_processes(_fails, ("error",), **start)
    assert raised.value.error_index == 1 and "ValueError" in str(raised.value)
    with pytest.raises(mp.ProcessExitedException, match="SIGKILL") as exited:
        mp.start_processes(_fails, ("signal",), **start)
    assert exited.value.signal_name == "SIGKILL"
    with pytest.raises(mp.ProcessExitedException) as exited:
        mp.start_processes(_fails, ("exit",), **start)
    assert exited.value.exit_code == 3
    context = mp.start_processes(_fill, (torch.zeros(2),), join=False, **start)
    assert len(context.pids()) == 2
    while not context.join(timeout=5):
        pass


def test_names():
    assert mp.get_sharing_strategy() == "file_descriptor"
    mp.set_sharing_strategy("file_system")
    with pytest.raises(AssertionError):
        mp.set_sharing_strategy("pigeon")
    for name in ("Process", "Queue", "Pool", "Lock", "Manager", "set_start_method", "cpu_count"):
        assert callable(getattr(mp, name))


def _square(tensor):
    return tensor * tensor


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_pool():
    with mp.get_context("fork").Pool(2) as pool:
        squares = pool.map(_square, [torch.full((2,), float(k)) for k in range(4)])
    np.testing.assert_array_equal([each.tolist() for each in squares], [
        [0, 0], [1, 1], [4, 4], [9, 9]])
