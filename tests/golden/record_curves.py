"""Record how PyTorch's loss goes down in the trainings of curves.py, in curves.json.

    python tests/golden/record_curves.py
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import curves  # noqa: E402

if __name__ == "__main__":
    torch.set_num_threads(1)
    found = {each.__name__: each(torch) for each in curves.TRAININGS}
    (HERE / "curves.json").write_text(json.dumps(found, indent=0) + "\n")
    print({name: (values[0], values[-1]) for name, values in found.items()})
