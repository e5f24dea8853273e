"""`torch.backends`: which machinery is behind the tensors. None of PyTorch's is."""

from rushlight.backends import cuda, cudnn, mkl, mps

__all__ = ["cuda", "cudnn", "mkl", "mps"]
