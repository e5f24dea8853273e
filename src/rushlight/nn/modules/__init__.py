"""The layers, a file for each family. A line here makes its layers names of `torch.nn`."""

from rushlight.nn.modules.container import (
    ModuleDict,
    ModuleList,
    ParameterDict,
    ParameterList,
    Sequential,
)
from rushlight.nn.modules.flatten import Flatten, Unflatten
from rushlight.nn.modules.linear import Bilinear, Identity, LazyLinear, Linear
from rushlight.nn.modules.module import Module
