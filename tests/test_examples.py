"""Every example runs at a small size, learns, and draws its picture."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# What makes it small, and how far the loss must come down (a part of the first).
SMALL = {
    "char_gpt": (["--steps", "60", "--batch", "8", "--letters", "40"], 0.75),
    "digits_cnn": (["--epochs", "3"], 0.2),
    "lstm_text": (["--steps", "100"], 0.5),
    "matrix_factorisation": (["--epochs", "8"], 0.8),
    "neural_ode": (["--steps", "80"], 0.7),
    "resnet": (["--steps", "60", "--batch", "16"], 0.9),
    "vae": (["--epochs", "8"], 0.85),
}


def run(name: str, tmp_path: Path, *options: str) -> str:
    picture = tmp_path / f"{name}.png"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "rushlight", str(ROOT / "examples" / f"{name}.py"),
         *options, "--picture", str(picture)],
        capture_output=True, text=True, timeout=120, cwd=tmp_path, env=os.environ)
    assert done.returncode == 0, done.stderr[-3000:]
    assert picture.read_bytes().startswith(b"\x89PNG\r\n")
    assert f"picture: {picture}" in done.stdout
    return done.stdout


@pytest.mark.parametrize("name", SMALL)
def test_it_learns(name, tmp_path):
    options, part = SMALL[name]
    found = re.search(r"^loss: ([\d.]+) to ([\d.]+)", run(name, tmp_path, *options), re.MULTILINE)
    assert found is not None
    assert float(found[2]) < part * float(found[1])


def test_a_pole_is_balanced(tmp_path):
    shown = run("dqn", tmp_path, "--steps", "3000")
    found = re.search(r"stood (\d+) moments at first, (\d+) at last", shown)
    assert found is not None
    assert int(found[2]) > 1.5 * int(found[1])


def test_what_is_missing_is_told(tmp_path):
    (tmp_path / "gymnasium.py").write_text("raise ModuleNotFoundError('as if it were not there')")
    done = subprocess.run(
        [sys.executable, "-m", "rushlight", str(ROOT / "examples" / "dqn.py")],
        capture_output=True, text=True, timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])})
    assert done.returncode == 1
    assert done.stderr.strip() == "this example needs Gymnasium: pip install gymnasium"


def test_the_gallery_shows_every_example():
    shown = (ROOT / "docs" / "gallery" / "README.md").read_text()
    for name in (*SMALL, "dqn"):
        assert f"rushlight examples/{name}.py" in shown
        assert f"]({name}.png)" in shown
        assert (ROOT / "docs" / "gallery" / f"{name}.png").exists()
