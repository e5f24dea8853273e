"""`rushlight examples/digits.py` learns to read handwritten digits and draws its picture."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent / "examples"


def test_it_reads_held_out_digits(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    script = Path(sys.executable).with_name("rushlight")
    program = Path("examples", "digits.py")
    played = subprocess.run(
        [script, program], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert played.returncode == 0, played.stderr
    read = re.search(r"^read ([\d.]+)% of 359 held-out digits$", played.stdout, re.MULTILINE)
    picture = re.search(r"^picture: (.+)$", played.stdout, re.MULTILINE)
    assert read is not None
    assert float(read[1]) >= 96
    assert picture is not None
    assert (tmp_path / picture[1]).read_bytes().startswith(b"\x89PNG\r\n")
