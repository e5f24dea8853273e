"""`torch.special`: the rows of that family that live in rushlight so far."""

import importlib

from rushlight.ops.op import furnish

for _family in ("gamma_functions", "inverse_errors"):
    importlib.import_module(f"rushlight.ops.{_family}")
furnish("special", globals())
