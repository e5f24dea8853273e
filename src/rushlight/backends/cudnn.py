"""`torch.backends.cudnn`: not here; its switches can be set, and mean nothing."""

enabled = False
benchmark = False
deterministic = True
allow_tf32 = True


def is_available() -> bool:
    """False."""
    return False


def version() -> None:
    """None."""
