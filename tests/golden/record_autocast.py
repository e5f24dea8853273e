"""Record what PyTorch's autocast and GradScaler give, in autocast.json. Needs PyTorch.

    python tests/golden/record_autocast.py
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent.parent))

import autocasting

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    found = autocasting.results(torch)
    text = ",\n".join(f"{json.dumps(key)}: {json.dumps(each)}" for key, each in found.items())
    (Path(__file__).parent / "autocast.json").write_text("{\n" + text + "\n}\n")
