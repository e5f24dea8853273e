"""`torch.special`: the rows of that family."""

import importlib

from rushlight.ops.op import furnish

_FAMILIES = (
    "gamma_functions", "inverse_errors", "normal_distribution", "bessel", "orthogonal_polynomials",
)
for _family in _FAMILIES:
    importlib.import_module(f"rushlight.ops.{_family}")
furnish("special", globals())
