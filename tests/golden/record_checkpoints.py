"""Write checkpoint.pt and checkpoint_legacy.pt with PyTorch. Needs PyTorch.

    python tests/golden/record_checkpoints.py
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent.parent))

import checkpoints

if __name__ == "__main__":
    here = Path(__file__).parent
    torch.save(checkpoints.content(torch), here / "checkpoint.pt")
    torch.save(checkpoints.content(torch, legacy=True), here / "checkpoint_legacy.pt",
               _use_new_zipfile_serialization=False)
