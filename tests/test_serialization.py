"""Checkpoints: PyTorch's files load here and ours are like them; what a file says is never run."""

from __future__ import annotations

import io
import os
import pickle
import pickletools
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import checkpoints
import fuzz_checkpoints
import fuzz_saves
import numpy as np
import pytest

import rushlight as torch

GOLDEN = Path(__file__).parent / "golden"


def same(got, wanted):
    assert type(got) is type(wanted)
    if isinstance(wanted, torch.Tensor):
        assert (got.shape, got.stride(), got.dtype, got.requires_grad) == (
            wanted.shape, wanted.stride(), wanted.dtype, wanted.requires_grad)
        np.testing.assert_array_equal(got.detach().tolist(), wanted.detach().tolist())
    elif isinstance(wanted, dict):
        assert list(got) == list(wanted)
        for key in wanted:
            same(got[key], wanted[key])
    else:
        assert got == wanted


def saved(obj, **kwargs):
    file = io.BytesIO()
    torch.save(obj, file, **kwargs)
    return file.getvalue()


@pytest.mark.parametrize("mmap", [False, True])
def test_files_of_pytorch(mmap):
    same(torch.load(GOLDEN / "checkpoint.pt", mmap=mmap), checkpoints.content(torch))


def test_files_of_pytorch_before_1_6():
    same(torch.load(GOLDEN / "checkpoint_legacy.pt"), checkpoints.content(torch, legacy=True))


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_there_and_back(protocol):
    data = saved(checkpoints.content(torch), pickle_protocol=protocol)
    same(torch.load(io.BytesIO(data)), checkpoints.content(torch))


def test_what_is_written_is_what_pytorch_writes():
    """The same names for the same things: PyTorch reads it by these."""
    def names(data):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            (entry,) = [each for each in archive.namelist() if each.endswith("data.pkl")]
            records = sorted(each.partition("/")[2] for each in archive.namelist())
            return {argument for opcode, argument, _ in pickletools.genops(archive.read(entry))
                    if opcode.name == "GLOBAL"}, [
                        each for each in records if not each.startswith(".data/")]

    ours = names(saved(checkpoints.content(torch)))
    theirs = names((GOLDEN / "checkpoint.pt").read_bytes())
    assert ours[0] <= theirs[0] and ours[1] == theirs[1]


def test_shared_memory_stays_shared():
    x = torch.zeros(4)
    loaded = torch.load(io.BytesIO(saved({"x": x, "part": x[1:], "again": x})))
    loaded["x"] += 1
    assert loaded["part"].tolist() == [1.0, 1.0, 1.0] and loaded["again"] is loaded["x"]
    loaded["part"].zero_()
    assert loaded["x"].tolist() == [1.0, 0.0, 0.0, 0.0]


def test_a_mapped_file_is_not_written_to(tmp_path):
    torch.save(torch.zeros(1000), tmp_path / "x.pt")
    x = torch.load(tmp_path / "x.pt", mmap=True)
    x += 1
    assert torch.load(tmp_path / "x.pt").sum().item() == 0 and x.sum().item() == 1000


def test_models_and_optimisers():
    def make():
        torch.manual_seed(0)
        model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
        return model, torch.optim.Adam(model.parameters())

    def step(model, optimizer):
        optimizer.zero_grad()
        model(torch.ones(2, 3)).sum().backward()
        optimizer.step()
        return [each.tolist() for each in model.parameters()]

    first, second = make(), make()
    step(*first)
    data = saved([each.state_dict() for each in first])
    for each, state in zip(second, torch.load(io.BytesIO(data)), strict=True):
        each.load_state_dict(state)
    assert step(*first) == step(*second)


# --- what is refused

class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


class Point:
    def __init__(self, x):
        self.x = x


@pytest.mark.parametrize("options", [{}, {"weights_only": False}, {"weights_only": True}])
def test_nothing_is_run(options, tmp_path):
    path = tmp_path / "was_here"
    data = fuzz_checkpoints.with_pickle(saved(0), lambda _: pickle.dumps({"x": Evil(path)}))
    with pytest.raises(pickle.UnpicklingError, match="system"):
        torch.load(io.BytesIO(data), **options)
    assert not path.exists()


def test_classes_of_data_can_be_allowed():
    data = saved(Point(torch.ones(2)))
    with pytest.raises(pickle.UnpicklingError, match="Point"):
        torch.load(io.BytesIO(data))
    with torch.serialization.safe_globals([Point]):
        assert torch.load(io.BytesIO(data)).x.tolist() == [1.0, 1.0]
        assert torch.serialization.get_safe_globals() == [Point]
    assert torch.serialization.get_safe_globals() == []


def reference(kind, count):
    return ("storage", kind, "0", "cpu", count)


def crafted(size, stride, offset=0, count=4, records=True):
    """A checkpoint whose pickle says what it likes of a storage of four floats."""
    data = saved(torch.zeros(4))

    def change(content):
        number = pickle.dumps
        told = [number(each, 2)[2:-1] for each in (offset, size, stride)]
        before, _, after = content.partition(b"QK\x00")  # behind the storage stands the offset
        assert after
        tail = after[after.index(b"\x89"):]  # requires_grad=False, and the rest
        storage = before.replace(b"K\x04", number(count, 2)[2:-1])
        return storage + b"Q" + b"".join(told) + tail

    return fuzz_checkpoints.with_pickle(data, change)


@pytest.mark.parametrize(("size", "stride", "offset", "count"), [
    ((5,), (1,), 0, 4), ((2,), (4,), 0, 4), ((4,), (1,), 1, 4), ((-1,), (1,), 0, 4),
    ((4,), (-1,), 0, 4), ((1 << 61, 1 << 61), (1, 1), 0, 4), ((4,), (1,), -1, 4),
    ((4, 2), (1,), 0, 4), ((4,), (1,), 0, 5), ((4,), (1,), 0, 1 << 40), ((2.5,), (1,), 0, 4),
])
def test_tensors_stay_within_their_storage(size, stride, offset, count):
    with pytest.raises((pickle.UnpicklingError, RuntimeError)):
        torch.load(io.BytesIO(crafted(size, stride, offset, count)))


def test_the_crafted_file_is_right_but_for_that():
    assert torch.load(io.BytesIO(crafted((2, 2), (2, 1)))).tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_compressed_files_are_refused():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/data.pkl", b"\0" * 10_000_000)
    with pytest.raises(RuntimeError, match="compressed"):
        torch.load(io.BytesIO(made.getvalue()))


def test_keys_that_would_take_for_ever_to_hash():
    nested = b"K\x01" + b"2\x86" * 60  # DUP is refused before it comes to that
    for opcodes in (nested, b"K\x01\x85" + b"q\x00h\x00\x86" * 60):
        data = fuzz_checkpoints.with_pickle(
            saved(0), lambda _, body=opcodes: b"\x80\x02}" + body + b"K\x01s.")
        with pytest.raises(pickle.UnpicklingError):
            torch.load(io.BytesIO(data))


@pytest.mark.parametrize(("error", "data"), [
    (EOFError, b""), (pickle.UnpicklingError, b"no checkpoint"), (RuntimeError, b"PK\x03\x04"),
])
def test_other_files(error, data):
    with pytest.raises(error):
        torch.load(io.BytesIO(data))


def test_storages_of_other_devices_need_a_place():
    data = saved(torch.ones(2))
    moved = fuzz_checkpoints.with_pickle(
        data, lambda content: content.replace(b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0"))
    with pytest.raises(RuntimeError, match="map_location"):
        torch.load(io.BytesIO(moved))
    for place in ("cpu", torch.device("cpu"), {"cuda:0": "cpu"}, lambda held, where: held):
        assert torch.load(io.BytesIO(moved), map_location=place).tolist() == [1.0, 1.0]


def test_damaged_files():
    begun = time.monotonic()
    found = {fuzz_checkpoints.play(seed) for seed in range(150)}
    assert "UnpicklingError" in found and "RuntimeError" in found
    assert time.monotonic() - begun < 60


# --- writing

def test_a_save_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "x.pt"
    torch.save(torch.ones(2), path)
    with pytest.raises((pickle.PicklingError, AttributeError, TypeError)):
        torch.save({"x": torch.zeros(2), "y": lambda: 0}, path)
    assert torch.load(path).tolist() == [1.0, 1.0] and os.listdir(tmp_path) == ["x.pt"]


def test_a_killed_process_leaves_a_whole_file(tmp_path):
    path = tmp_path / "x.pt"
    torch.save(torch.zeros(1), path)
    program = (
        "import sys, rushlight as t\nk = 0\n"
        "print('begun', flush=True)\n"
        "while True:\n    k += 1\n    t.save(t.full((20_000,), float(k)), sys.argv[1])\n")
    for wait in (0.02, 0.05, 0.09):
        process = subprocess.Popen(
            [sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        x = torch.load(path)
        assert x.min() == x.max()


def test_views_of_two_dtypes_are_refused():
    x = torch.zeros(4)
    with pytest.raises(RuntimeError, match="same memory"):
        torch.save([x, x.view(torch.int32)], io.BytesIO())


def test_what_is_no_file():
    with pytest.raises(AttributeError):
        torch.save(1, 3)
    with pytest.raises(RuntimeError, match="no folder"):
        torch.save(1, "/nowhere/at/all.pt")
    with pytest.raises(FileNotFoundError):
        torch.load("/nowhere/at/all.pt")


def test_a_killed_process_leaves_the_file_whole():
    """`python tests/fuzz_saves.py 200` does it more often."""
    killed, saved = fuzz_saves.kill_saves(3)
    assert killed == 3 and saved > 0
