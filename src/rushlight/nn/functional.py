"""`torch.nn.functional`: the rows of that family that live in rushlight so far."""

from rushlight.ops import later
from rushlight.ops.op import furnish

later.load()
furnish("nn.functional", globals())
