"""Ask PyTorch which exception each call of `tests/bad_inputs.py` raises.

    .venv-peers/bin/python tests/golden/record_bad_inputs.py
"""

import json
import sys
from pathlib import Path

import numpy
import torch

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from bad_inputs import CALLS  # noqa: E402

found = {}
for call in CALLS:
    t = torch.arange(6.0).reshape(2, 3)
    try:
        eval(call, {"torch": torch, "numpy": numpy, "t": t})
    except Exception as error:
        found[call] = next(c.__name__ for c in type(error).__mro__ if c.__module__ == "builtins")
    else:
        found[call] = None
(HERE / "bad_inputs.json").write_text(json.dumps(found, indent=0) + "\n")
for call, name in found.items():
    if name is None:
        print("does not fail in PyTorch:", call)
