"""Record what PyTorch's averages of models give, in averages.json. Needs PyTorch.

    python tests/golden/record_averages.py
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent.parent))

import averages

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    found = averages.results(torch)
    text = ",\n".join(f"{json.dumps(key)}: {json.dumps(each)}" for key, each in found.items())
    (Path(__file__).parent / "averages.json").write_text("{\n" + text + "\n}\n")
