"""`torch.linalg`: the rows of that family that live in rushlight so far."""

from rushlight.ops.cholesky import LinAlgError as LinAlgError
from rushlight.ops.op import furnish

furnish("linalg", globals())
