"""`rushlight examples/tutorial.py` prints what PyTorch prints, and the pages tell that same code.

The expected text was recorded from PyTorch by tests/golden/record_tutorial.py.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from test_docs import blocks

ROOT = Path(__file__).parent.parent
TUTORIAL = ROOT / "examples" / "tutorial.py"
GOLDEN = ROOT / "tests" / "golden" / "tutorial.txt"


def test_the_tutorial_prints_what_pytorch_prints() -> None:
    script = Path(sys.executable).with_name("rushlight")
    played = subprocess.run([script, TUTORIAL], capture_output=True, timeout=60)
    assert (played.returncode, played.stderr.decode()) == (0, "")
    assert played.stdout.decode().splitlines() == GOLDEN.read_text().splitlines()  # a readable diff
    assert played.stdout == GOLDEN.read_bytes()


@pytest.mark.parametrize("page", ["tutorial.md", "tutorial.zh.md"])
def test_the_page_tells_the_same_code(page: str) -> None:
    told = [block.code for block in blocks((ROOT / "docs" / page).read_text(encoding="utf-8"))]
    assert lines("\n".join(told)) == lines(TUTORIAL.read_text())


def lines(program: str) -> list[str]:
    """The lines of code without the module's docstring and the titles that it prints."""
    body = program.rpartition('"""')[2]
    return [line for line in body.splitlines() if line and not line.startswith('print("== ')]
