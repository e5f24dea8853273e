"""`torch.utils.tensorboard`: what is in the file is what was told."""

from __future__ import annotations

import struct
import subprocess
import sys

import pytest

import rushlight as torch
from rushlight.utils.tensorboard import SummaryWriter


def events(folder):
    """All values in the files of a folder: (step, tag, value), read by the format alone."""
    from tensorboardX.proto.event_pb2 import Event

    found = []
    for path in sorted(folder.rglob("events*")):
        data = path.read_bytes()
        while data:
            length, = struct.unpack_from("<Q", data)
            event = Event.FromString(data[12 : 12 + length])
            data = data[length + 16 :]
            found += [(event.step, each.tag, each) for each in event.summary.value]
    return found


@pytest.fixture
def written(tmp_path):
    pytest.importorskip("tensorboardX", reason="the extra tensorboard is not installed")

    def write(program):
        with SummaryWriter(tmp_path) as writer:
            assert writer.get_logdir() == str(tmp_path)
            program(writer)
        return events(tmp_path)

    return write


def test_numbers(written):
    found = written(lambda w: [
        w.add_scalar("loss", torch.tensor(k / 4, dtype=torch.bfloat16, requires_grad=True), k)
        for k in range(3)])
    assert [(step, tag, each.simple_value) for step, tag, each in found] == [
        (0, "loss", 0.0), (1, "loss", 0.25), (2, "loss", 0.5)]


def test_a_histogram(written):
    (step, tag, value), = written(
        lambda w: w.add_histogram("weights", torch.tensor([1.0, 2.0, 4.0]), global_step=7))
    assert (step, tag) == (7, "weights")
    assert (value.histo.min, value.histo.max, value.histo.num) == (1, 4, 3)
    assert (value.histo.sum, value.histo.sum_squares) == (7, 21)


def test_images(written):
    pytest.importorskip("PIL")
    found = written(lambda w: [
        w.add_image("one", torch.rand(3, 4, 5)),
        w.add_images("two", [torch.rand(3, 4, 5)] * 2, dataformats="CHW"),
        w.add_images("three", torch.rand(3, 1, 4, 5))])
    assert [(tag, each.image.height) for _, tag, each in found] == [
        ("one", 4), ("two", 4), ("three", 4)]
    assert all(each.image.encoded_image_string.startswith(b"\x89PNG") for _, _, each in found)


def test_settings_and_text(written):
    found = written(lambda w: [
        w.add_text("note", "a word"), w.add_hparams({"lr": 0.1}, {"loss": torch.tensor(2.5)})])
    tags = {tag: each for _, tag, each in found}
    assert tags["note/text_summary"].tensor.string_val == [b"a word"]
    assert tags["loss"].simple_value == 2.5
    assert "_hparams_/experiment" in tags


def test_refusals(written):
    def program(writer):
        with pytest.raises(NotImplementedError, match="add_graph"):
            writer.add_graph(None)
        with pytest.raises(AttributeError, match="no 'remove'"):
            writer.remove()

    written(program)


def test_without_the_extra(tmp_path):
    code = ("import sys; sys.modules['tensorboardX'] = None\n"
            "from rushlight.utils.tensorboard import SummaryWriter\n"
            "try: SummaryWriter()\n"
            "except ImportError as error: print(error)")
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                           cwd=tmp_path, timeout=60, check=True).stdout
    assert "rushlight[tensorboard]" in shown
    assert not list(tmp_path.iterdir())
