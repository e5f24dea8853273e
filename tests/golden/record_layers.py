"""Record how PyTorch shows its layers, and how a small network learns, in layers.json.

    python tests/golden/record_layers.py
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent.parent))

import networks

if __name__ == "__main__":
    names = ("shown", "curve", "beginnings", "curve_of_images")
    found = {name: getattr(networks, name)(torch) for name in names}
    (Path(__file__).parent / "layers.json").write_text(json.dumps(found, indent=0) + "\n")
