"""`torch.backends.cuda`: not here; its switches can be set, and mean nothing."""

from types import SimpleNamespace

matmul = SimpleNamespace(
    allow_tf32=False, allow_fp16_reduced_precision_reduction=True,
    allow_bf16_reduced_precision_reduction=True)


def is_available() -> bool:
    """False."""
    return False


def is_built() -> bool:
    """False."""
    return False
