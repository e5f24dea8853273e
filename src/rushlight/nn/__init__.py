"""`torch.nn`: modules, their parameters, how they begin, and the functions they are made of.

A new family of layers is one import line in `nn/modules/__init__.py`.
"""

from typing import Any

from rushlight.nn import functional, grad, init, modules, parameter, utils
from rushlight.nn.parallel import DataParallel
from rushlight.nn.parameter import Buffer, Parameter
from rushlight.nn.uninitialized import UninitializedBuffer, UninitializedParameter

# Every layer is a name of `torch.nn` as well, and says that it is from there.
for _name, _layer in list(vars(modules).items()):
    if isinstance(_layer, type):
        _layer.__module__ = _layer.__module__.replace("rushlight.", "torch.", 1)
        globals()[_name] = _layer
del _name, _layer


def __getattr__(name: str) -> Any:
    raise AttributeError(f"torch.nn has no {name!r}: if PyTorch has it, it is not here yet")
