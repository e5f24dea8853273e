"""`torch.nn`: modules, their parameters, how they begin, and the functions they are made of.

A new family of layers is one import line in `nn/modules/__init__.py`.
"""

from rushlight.nn import functional, init, modules, parameter
from rushlight.nn.parameter import Buffer, Parameter

# Every layer is a name of `torch.nn` as well.
globals().update({
    name: each for name, each in vars(modules).items()
    if isinstance(each, type) and not name.startswith("_")})


def __getattr__(name: str) -> object:
    raise AttributeError(f"torch.nn has no {name!r}: if PyTorch has it, it is not here yet")
