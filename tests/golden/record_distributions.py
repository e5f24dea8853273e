"""Record what PyTorch answers about every distribution. Needs PyTorch, which the tests do not.

    python tests/golden/record_distributions.py
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent.parent))

from distribution_cases import CASES, divergence, pairs, survey

warnings.simplefilter("ignore")
told = {
    "surveys": {
        dtype: {name: survey(torch, name, dtype) for name in CASES}
        for dtype in ("float64", "float32")
    },
    "divergences": {f"{p} {q}": divergence(torch, p, q) for p, q in pairs(torch)},
}
path = Path(__file__).with_name("distributions.json")
path.write_text(json.dumps(told, separators=(",", ":")) + "\n")
size = path.stat().st_size >> 10
print(f"{len(CASES)} distributions, {len(told['divergences'])} pairs, {size} KB")
