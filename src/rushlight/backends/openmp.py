"""`torch.backends.openmp`: not here; the threads are the library's own."""


def is_available() -> bool:
    """False."""
    return False
