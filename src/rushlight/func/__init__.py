"""`torch.func`: modules and functions as functions of their parameters."""

from rushlight.nn.utils.stateless import call_with as functional_call
from rushlight.nn.utils.stateless import stack_module_state

__all__ = ["functional_call", "stack_module_state"]
