"""`torch.func`: functions of functions, and modules as functions of their parameters."""

from rushlight.func.jacobians import hessian, jacfwd, jacrev
from rushlight.func.mapping import vmap
from rushlight.func.transforms import grad, grad_and_value, jvp, linearize, vjp
from rushlight.nn.utils.stateless import call_with as functional_call
from rushlight.nn.utils.stateless import stack_module_state

__all__ = [
    "functional_call", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "linearize",
    "stack_module_state", "vjp", "vmap",
]
