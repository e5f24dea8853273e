"""Record what PyTorch's optimisers and schedules give, in optim.json. Needs PyTorch.

    python tests/golden/record_optim.py
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent.parent))

import training


def shortened(value: object) -> object:
    if isinstance(value, float):
        return float(f"{value:.14g}")
    return [shortened(each) for each in value] if isinstance(value, list) else value


def defaults(name: str) -> dict[str, object]:
    params = [torch.zeros(2, 2, requires_grad=True)]
    return {key: repr(each) for key, each in getattr(torch.optim, name)(params).defaults.items()}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    found = {key: shortened(each) for key, each in training.results(torch).items()}
    found["defaults"] = {name: defaults(name) for name in training.OPTIMIZERS}
    text = ",\n".join(f"{json.dumps(key)}: {json.dumps(each)}" for key, each in found.items())
    (Path(__file__).parent / "optim.json").write_text("{\n" + text + "\n}\n")
