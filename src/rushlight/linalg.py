"""`torch.linalg`: the rows of that family that live in rushlight so far."""

from rushlight.ops.op import furnish

furnish("linalg", globals())
