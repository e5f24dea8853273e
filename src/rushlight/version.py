"""`torch.version`: which version this is, and that there is nothing of CUDA and its like in it."""

import rushlight

__version__ = rushlight.__version__
debug = False
cuda = hip = rocm = xpu = None
git_version = "Unknown"
