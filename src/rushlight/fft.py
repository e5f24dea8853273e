"""`torch.fft`: the rows of that family."""

import importlib

from rushlight.ops.op import furnish

importlib.import_module("rushlight.ops.fourier")
furnish("fft", globals())
