"""`torch.serialization`: checkpoints, written whole and read without running what they say."""

from rushlight.serialization.names import (
    add_safe_globals,
    clear_safe_globals,
    get_safe_globals,
    safe_globals,
)
from rushlight.serialization.reading import load
from rushlight.serialization.writing import save
