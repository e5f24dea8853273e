"""`torch.return_types`: the classes of results that have several named parts."""

from rushlight.ops.op import room

globals().update(room("return_types"))
