"""`LazyModuleMixin`: modules that learn their sizes from the first input they are called with."""

from __future__ import annotations

from typing import Any

from rushlight.nn.modules.module import Module
from rushlight.nn.uninitialized import is_lazy


class LazyModuleMixin(Module):
    """Stands before Module in a class whose parameters may be `UninitializedParameter`s.

        class LazyScale(LazyModuleMixin, nn.Module):
            def __init__(self):
                super().__init__()
                self.scale = nn.UninitializedParameter()

            def initialize_parameters(self, input):
                self.scale.materialize(input.shape[-1:])
                nn.init.ones_(self.scale)

    The first call runs `initialize_parameters` with its arguments; then the module becomes a
    `cls_to_become`, if its class names one.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.modules.lazy.LazyModuleMixin.html
    """

    cls_to_become: type[Module] | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.__dict__["_lazy_handles"] = (
            self.register_load_state_dict_pre_hook(_take_shapes),
            self.register_forward_pre_hook(_begin, with_kwargs=True))

    def initialize_parameters(self, *args: Any, **kwargs: Any) -> None:
        """Materialize the parameters, given the arguments of the first call."""
        raise NotImplementedError(
            f"{type(self).__name__} is lazy: it must define initialize_parameters")

    def has_uninitialized_params(self) -> bool:
        """Whether a parameter or buffer of this module has no shape yet."""
        members = (*self._parameters.values(), *self._buffers.values())
        return any(is_lazy(each) for each in members)


def _begin(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Before the first call: have the parameters made, and be an ordinary module from then on."""
    module.initialize_parameters(*args, **kwargs)
    if module.has_uninitialized_params():
        raise RuntimeError(
            f"{type(module).__name__}.initialize_parameters() left a parameter without a shape")
    for handle in module.__dict__.pop("_lazy_handles"):
        handle.remove()
    if module.cls_to_become is not None:
        module.__class__ = module.cls_to_become


def _take_shapes(module: Any, state_dict: Any, prefix: str, *_: Any) -> None:
    """Before values are loaded: parameters without a shape take that of the values."""
    for name, member in (*module._parameters.items(), *module._buffers.items()):
        value = state_dict.get(prefix + name)
        if is_lazy(member) and value is not None and not is_lazy(value):
            member.materialize(value.shape)
