"""Layers that are a function and its settings, without parameters: what activations, losses and
dropout share.

A class says its settings as a dataclass does, in the order of PyTorch's arguments; `function` is
the name in `nn.functional` of what it calls with them. A setting that is a tensor is a buffer.
"""

from __future__ import annotations

import inspect
from typing import Any, ClassVar, dataclass_transform

from rushlight.nn import functional as F
from rushlight.nn.modules.module import Module


@dataclass_transform()
class Settings(Module):
    """Base of such layers. Raises TypeError for arguments that there are not, as Python does."""

    function: ClassVar[str] = ""
    buffers_: ClassVar[tuple[str, ...]] = ()
    settings: ClassVar[tuple[str, ...]] = ()
    __signature__: ClassVar[inspect.Signature] = inspect.Signature()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = [each for each, kind in inspect.get_annotations(cls).items()
               if not str(kind).startswith("ClassVar")]
        if not own:
            return
        parameters = []
        for each in own:
            default = cls.__dict__.get(each, inspect.Parameter.empty)
            parameters.append(inspect.Parameter(
                each, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default))
            if default is not inspect.Parameter.empty:
                delattr(cls, each)  # it would stand before a buffer of that name
        cls.settings, cls.__signature__ = tuple(own), inspect.Signature(parameters)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        given = self.__signature__.bind(*args, **kwargs)
        given.apply_defaults()
        for name, value in given.arguments.items():
            if name in self.buffers_:
                self.register_buffer(name, value)
            else:
                setattr(self, name, value)
        self.check()

    def check(self) -> None:
        """Refuse settings that make no sense."""

    def forward(self, *inputs: Any) -> Any:
        """The function of the inputs, with these settings."""
        return getattr(F, self.function)(
            *inputs, **{name: getattr(self, name) for name in self.settings})

    def extra_repr(self) -> str:
        """The settings; `inplace` only if it is on."""
        shown = [name for name in self.settings
                 if name not in self.buffers_ and (name != "inplace" or self.inplace)]
        return ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
