"""Record what PyTorch gives for the programs of `data_programs.py`. Needs PyTorch.

    python tests/golden/record_data.py
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
import data_programs

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    found = data_programs.results(torch)
    lines = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in found.items()]
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    Path(__file__).with_name("data.json").write_text(text)
    print(f"recorded {len(found)} programs")
