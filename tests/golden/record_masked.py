"""Record what PyTorch's masked functions give, in masked.json. Needs PyTorch.

    python tests/golden/record_masked.py
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent.parent))

import masking


def shortened(value: object) -> object:
    if isinstance(value, float):
        return float(f"{value:.12g}")
    return [shortened(each) for each in value] if isinstance(value, list) else value


if __name__ == "__main__":
    found = {key: shortened(each) for key, each in masking.results(torch).items()}
    text = ",\n".join(f"{json.dumps(key)}: {json.dumps(each)}" for key, each in found.items())
    (Path(__file__).parent / "masked.json").write_text("{\n" + text + "\n}\n")
