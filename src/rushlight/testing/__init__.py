"""`torch.testing`: comparing tensors, and making them.

Source: https://pytorch.org/docs/stable/testing.html
"""

from rushlight.testing.comparison import assert_close
from rushlight.testing.creation import make_tensor

__all__ = ["assert_close", "make_tensor"]
