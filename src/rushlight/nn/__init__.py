"""`torch.nn`: so far the functional names; layers follow."""

from rushlight.nn import functional

__all__ = ["functional"]
