"""Kernels have the text that was recorded. `python tests/replay.py --record` records it anew."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import replay

from rushlight.engine import native

pytestmark = pytest.mark.skipif(not native.available(), reason="needs llvmlite")


def test_kernels_are_as_recorded():
    done = subprocess.run(
        [sys.executable, replay.__file__, "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_tests_make_is_recorded(tmp_path):
    """By the plugin; and a change of the text is told."""
    test = tmp_path / "test_one.py"
    test.write_text(
        "import rushlight as torch\n"
        "def test(): assert (torch.ones(200_000) * 3 + 1).sum() == 800_000\n")
    made = tmp_path / "made"
    paths = os.pathsep.join([str(Path(replay.__file__).parent), *sys.path])
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "replay", str(test)], cwd=tmp_path, check=True,
        env=os.environ | {"RUSHLIGHT_REPLAY": str(made), "PYTHONPATH": paths})
    found = replay.read(made)
    assert any(": multiply add reduce.add" in each for each in found)
    name = next(iter(found))
    assert replay.differences(found, found | {name: "0"}) == [f"another text: {name}"]
    assert replay.differences(found, {}) == [f"no longer made: {each}" for each in found]
