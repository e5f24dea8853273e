"""Record what PyTorch's layers give with weights and noise from the seed, in seeded_layers.json.

    python tests/golden/record_seeded_layers.py
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent.parent))

import seeded_layers

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    found = {line: seeded_layers.seen(torch, line, shapes) for line, shapes in seeded_layers.LINES}
    (Path(__file__).parent / "seeded_layers.json").write_text(json.dumps(found, indent=0) + "\n")
