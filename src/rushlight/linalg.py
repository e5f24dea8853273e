"""`torch.linalg`: the rows of that family."""

import importlib

from rushlight.ops.cholesky import LinAlgError as LinAlgError
from rushlight.ops.op import furnish

_FAMILIES = (
    "lu", "solves", "determinants", "svd", "eigen", "qr", "matrix_norms", "matrix_functions", "ldl",
)
for _family in _FAMILIES:
    importlib.import_module(f"rushlight.ops.{_family}")
furnish("linalg", globals())
