"""`torch.backends.cudnn`: not here; its switches can be set, and mean nothing."""

enabled = False
benchmark = False
deterministic = True


def is_available() -> bool:
    """False."""
    return False
