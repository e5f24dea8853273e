"""`torch.nn.functional`: the rows of that family that live in rushlight so far."""

from typing import TYPE_CHECKING, Any

from rushlight.ops import later
from rushlight.ops.op import furnish

later.load(later.MODELS)
furnish("nn.functional", globals())

if TYPE_CHECKING:  # rows come at run time
    def __getattr__(name: str) -> Any: ...
