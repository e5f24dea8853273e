"""Record what PyTorch's probes see. Needs PyTorch, which the tests do not.

    python tests/golden/record_probes.py             # every family
    python tests/golden/record_probes.py hooks init
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import torch
import torch.nn.utils.prune

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from probes import FAMILIES, collect, observe  # noqa: E402


def record(family: str) -> None:
    """Run the probes of a family on PyTorch and write its file."""
    seen = {name: observe(torch, each) for name, each in collect(family).items()}
    lines = ",\n".join(
        f'"{name}": [\n' + ",\n".join(json.dumps(each) for each in found) + "\n]"
        for name, found in seen.items())
    path = HERE / "probes" / f"{family}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text("{\n" + lines + "\n}\n")
    print(f"{family}: {len(seen)} probes, {sum(map(len, seen.values()))} observations, "
          f"{path.stat().st_size >> 10} KB")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for family in sys.argv[1:] or FAMILIES:
        record(family)
