"""Layers that are their settings and a function: most activations and losses.

    class LeakyReLU(Layer, of="leaky_relu"):
        negative_slope: float = 0.01
        inplace: bool = False

From it follow `__init__`, which takes the settings in this order and keeps them as attributes,
`forward`, which calls `nn.functional.leaky_relu(input, negative_slope, inplace)`, and the text.
"""

from __future__ import annotations

import inspect
from typing import Any

from rushlight.nn import functional as F
from rushlight.nn.modules.module import Module
from rushlight.ops.loss import reduction_of
from rushlight.tensor.tensor import Tensor

_ANY = inspect.Parameter.POSITIONAL_OR_KEYWORD


class Layer(Module):
    """The base of such layers. A class made without `of` has its parent's settings."""

    settings: tuple[str, ...] = ()
    function: str = ""
    _signature = inspect.Signature()  # of the settings
    __signature__ = _signature

    def __init_subclass__(cls, of: str = "", keywords: bool = False, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if of:
            own = inspect.get_annotations(cls)
            cls.settings = tuple(own)
            cls.function = of
            kind = inspect.Parameter.KEYWORD_ONLY if keywords else _ANY
            cls._signature = cls.__signature__ = inspect.Signature([
                inspect.Parameter(name, kind, default=cls.__dict__.get(name, inspect._empty))
                for name in own])
            for name in own:
                if name in cls.__dict__:
                    delattr(cls, name)  # a default is no attribute: it may become a buffer
        if "__init__" in cls.__dict__:
            _, *parameters = inspect.signature(cls.__init__).parameters.values()
            cls.__signature__ = inspect.Signature(parameters)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        given = type(self)._bound(args, kwargs)
        for name, value in given.items():
            setattr(self, name, value)

    @classmethod
    def _bound(cls, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """The settings by name; TypeError for what is none of them."""
        try:
            bound = cls._signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{cls.__name__}{cls._signature}: {error}") from None
        bound.apply_defaults()
        return bound.arguments

    def forward(self, input: Tensor) -> Tensor:
        """The function of the input and the settings."""
        return getattr(F, self.function)(input, *[getattr(self, name) for name in self.settings])

    def extra_repr(self) -> str:
        """The settings; `inplace` only where it is so."""
        shown = [
            f"{name}={getattr(self, name)!r}" for name in self.settings if name != "inplace"]
        if getattr(self, "inplace", False):
            shown.append("inplace=True")
        return ", ".join(shown)


class Loss(Layer):
    """The base of losses: `forward` takes an input and a target. Tensors among the settings are
    buffers; `size_average` and `reduce`, of older programs, become a `reduction`.
    """

    reduction: str
    _buffered: tuple[str, ...] = ("weight", "pos_weight")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        Module.__init__(self)
        given = type(self)._bound(args, kwargs)
        given["reduction"] = reduction_of(
            given.pop("size_average", None), given.pop("reduce", None), given["reduction"])
        for name, value in given.items():
            if name in self._buffered:
                self.register_buffer(name, value)
            else:
                setattr(self, name, value)
        self.check()

    def check(self) -> None:
        """Refuse settings that make no sense."""

    def forward(self, *inputs: Tensor) -> Tensor:
        """The loss of the inputs, the target the last of them."""
        settings = {
            name: getattr(self, name) for name in self.settings
            if name not in ("size_average", "reduce")}
        return getattr(F, self.function)(*inputs, **settings)

    def extra_repr(self) -> str:
        """Nothing: a loss is told by its name."""
        return ""
