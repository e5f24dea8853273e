"""Record what PyTorch prints for examples/tutorial.py. Run by a Python that has PyTorch.

    python tests/golden/record_tutorial.py      (or `make record`)
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

GOLDEN = Path(__file__).with_name("tutorial.txt")
TUTORIAL = GOLDEN.parents[2] / "examples" / "tutorial.py"


def main() -> None:
    """Play the tutorial and keep what it printed, byte for byte."""
    played = subprocess.run([sys.executable, TUTORIAL], stdout=subprocess.PIPE, check=True)
    GOLDEN.write_bytes(played.stdout)
    print(f"{GOLDEN.name}: {len(played.stdout.splitlines())} lines")


if __name__ == "__main__":
    main()
