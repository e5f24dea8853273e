"""The layers, a file for each family. A family is a line here and in `__all__`'s place below."""

from rushlight.nn.modules.container import ModuleDict, ModuleList, Sequential
from rushlight.nn.modules.linear import Identity, Linear
from rushlight.nn.modules.module import Module
