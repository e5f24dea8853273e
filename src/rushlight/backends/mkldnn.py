"""`torch.backends.mkldnn`: not here; its switches can be set, and mean nothing."""

enabled = False
deterministic = True
allow_tf32 = False


def is_available() -> bool:
    """False."""
    return False
