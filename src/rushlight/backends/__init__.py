"""`torch.backends`: which machinery is behind the tensors. None of PyTorch's is."""

from rushlight.backends import cpu, cuda, cudnn, mkl, mkldnn, mps, openmp

__all__ = ["cpu", "cuda", "cudnn", "mkl", "mkldnn", "mps", "openmp"]
