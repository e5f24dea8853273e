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
    found = {"shown": networks.shown(torch), "curve": networks.curve(torch)}
    (Path(__file__).parent / "layers.json").write_text(json.dumps(found, indent=0) + "\n")
