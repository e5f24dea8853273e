"""Parameters computed from others: `register_parametrization(layer, "weight", Symmetric())`.

The parameter moves into `layer.parametrizations.weight.original`; `layer.weight` becomes a property
that computes it with the registered module. The property is on a class of the layer's own, a
subclass of the one it was.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rushlight.autograd.modes import no_grad
from rushlight.nn.modules.container import ModuleDict, ModuleList
from rushlight.nn.modules.module import Module
from rushlight.nn.parameter import Parameter
from rushlight.tensor.tensor import Tensor

_nesting = 0
_cache: dict[tuple[int, str], Any] = {}


@contextmanager
def cached() -> Iterator[None]:
    """Compute each parametrized tensor once as long as the `with` block lasts.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.parametrize.cached.html
    """
    global _nesting
    _nesting += 1
    try:
        yield
    finally:
        _nesting -= 1
        if not _nesting:
            _cache.clear()


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor, applied in order, and what they compute it from.

    That is `original`, or `original0`, `original1`... where the first one's `right_inverse` gives
    several tensors.
    """

    def __init__(
        self, modules: Sequence[Module], original: Tensor, unsafe: bool = False
    ) -> None:
        if not modules:
            raise ValueError("a ParametrizationList needs at least one parametrization")
        super().__init__(modules)
        self.unsafe = unsafe
        found: Any = original
        with no_grad():
            for module in reversed(list(self)):
                found = _inverted(module, found)
        if not isinstance(found, (Tensor, Sequence)):
            raise ValueError(
                f"right_inverse gives a Tensor or several, not a {type(found).__name__}")
        self.is_tensor = isinstance(found, Tensor)
        self.ntensors = 1 if self.is_tensor else len(found)
        if isinstance(found, Tensor):
            _need_alike(found, original, "right_inverse", shape=False)
            with no_grad():
                _assign(original, found)
            _register(self, "original", original)
        else:
            for i, each in enumerate(found):
                if not isinstance(each, Tensor):
                    raise ValueError(
                        f"right_inverse gives Tensors, and entry {i} is a {type(each).__name__}")
                if isinstance(original, Parameter):
                    each = Parameter(each, original.requires_grad)
                each.requires_grad_(original.requires_grad)
                _register(self, f"original{i}", each)
        if not unsafe:
            _need_alike(self(), original, "the parametrization")

    def _originals(self) -> list[Any]:
        if self.is_tensor:
            return [self.original]
        return [getattr(self, f"original{i}") for i in range(self.ntensors)]

    def right_inverse(self, value: Tensor) -> None:
        """Set the originals so that the parametrizations give `value`.

        RuntimeError if one of them has no `right_inverse`; ValueError if that gives tensors of
        another number or dtype than before.
        """
        found: Any = value
        with no_grad():
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(
                        f"{type(module).__name__} has no right_inverse: a value can't be assigned "
                        "to what it parametrizes")
                found = module.right_inverse(found)
            originals = self._originals()
            several = [found] if self.is_tensor else found
            if not isinstance(several, Sequence) or len(several) != len(originals):
                raise ValueError(f"right_inverse gives {len(originals)} tensors, as it did before")
            for original, each in zip(originals, several, strict=True):
                if not isinstance(each, Tensor):
                    raise ValueError(f"right_inverse gives Tensors, not a {type(each).__name__}")
                _need_alike(each, original, "right_inverse", shape=False)
                _assign(original, each)

    def forward(self) -> Any:
        """The tensor, computed from its originals."""
        first, *rest = self
        found = first(*self._originals())
        for module in rest:
            found = module(found)
        return found


def _inverted(module: Any, value: Any) -> Any:
    """What `right_inverse` gives; the value itself where there is none."""
    if not hasattr(module, "right_inverse"):
        return value
    try:
        return module.right_inverse(value)
    except NotImplementedError:
        return value


def _need_alike(made: Any, like: Tensor, what: str, shape: bool = True) -> None:
    if not isinstance(made, Tensor):
        raise ValueError(f"{what} must give a Tensor, not a {type(made).__name__}")
    if made.dtype != like.dtype:
        raise ValueError(
            f"{what} gives {made.dtype} where the tensor is {like.dtype}: unsafe=True allows that")
    if shape and made.shape != like.shape:
        raise ValueError(
            f"{what} gives shape {list(made.shape)} where the tensor has {list(like.shape)}: "
            "unsafe=True allows that")


def _assign(target: Tensor, value: Tensor) -> None:
    """Give an original its value: in its memory, or with new memory if the shape differs."""
    if value is target:
        return
    if value.shape != target.shape:
        target.data = value.clone()
    else:
        target.copy_(value)


def _register(module: Module, name: str, tensor: Tensor) -> None:
    if isinstance(tensor, Parameter):
        module.register_parameter(name, tensor)
    else:
        module.register_buffer(name, tensor)


# --- the class with the property

def _give_class(module: Module) -> None:
    kind: Any = type(module)

    def refuse(self: Any) -> Any:
        raise RuntimeError(
            "a parametrized module can't be pickled: save its state_dict(), or remove the "
            "parametrizations first")

    def deepcopy(self: Any, memo: dict[int, Any]) -> Any:
        copied = object.__new__(type(self))
        memo[id(self)] = copied
        copied.__setstate__(copy.deepcopy(Module.__getstate__(self), memo))
        return copied

    made: Any = type("Parametrized" + kind.__name__, (kind,), {
        "__module__": "torch.nn.utils.parametrize", "__getstate__": refuse,
        "__reduce_ex__": lambda self, protocol: refuse(self),
        "__deepcopy__": getattr(kind, "__deepcopy__", deepcopy)})
    module.__class__ = made


def _give_property(module: Module, name: str) -> None:
    def get(self: Any) -> Any:
        if not _nesting:
            return self.parametrizations[name]()
        key = (id(self), name)
        if key not in _cache:
            _cache[key] = self.parametrizations[name]()
        return _cache[key]

    def set(self: Any, value: Tensor) -> None:
        self.parametrizations[name].right_inverse(value)

    setattr(type(module), name, property(get, set))


# --- what users call

def register_parametrization(
    module: Any, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> Any:
    """Let `module.tensor_name` be what `parametrization` computes, from now on.

    Registered again, the new one is applied to what the one before gives. A `right_inverse(value)`
    of the parametrization, if it has one, gives the original for a value. unsafe: shape and dtype
    may change. Raises ValueError for a name that is no parameter or buffer, and where shape or
    dtype change.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.parametrize.register_parametrization.html
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        held = module.parametrizations[tensor_name]
        if not unsafe:
            before = getattr(module, tensor_name)
            after = parametrization(before)
            _need_alike(after, before, "the parametrization")
            if hasattr(parametrization, "right_inverse"):
                _need_alike(_inverted(parametrization, after), before, "right_inverse")
        held.append(parametrization)
        held.unsafe = held.unsafe or unsafe
    elif tensor_name in module._buffers or tensor_name in module._parameters:
        original = getattr(module, tensor_name)
        made = ParametrizationList([parametrization], original, unsafe)
        delattr(module, tensor_name)
        if not is_parametrized(module):
            _give_class(module)
            module.parametrizations = ModuleDict()
        _give_property(module, tensor_name)
        module.parametrizations[tensor_name] = made
    else:
        raise ValueError(
            f"{type(module).__name__} has no parameter, buffer or parametrized tensor of the name "
            f"{tensor_name!r}")
    return module


def is_parametrized(module: Any, tensor_name: str | None = None) -> bool:
    """Whether the module has parametrizations, or one of this tensor."""
    held = module.__dict__.get("parametrizations")
    if not isinstance(held, ModuleDict):
        return False
    return len(held) > 0 if tensor_name is None else tensor_name in held


def remove_parametrizations(
    module: Any, tensor_name: str, leave_parametrized: bool = True
) -> Any:
    """Make the tensor an ordinary parameter or buffer again.

    leave_parametrized: with the value it was computed to have; else with the original's. Raises
    ValueError where there is no parametrization, or several originals and none to go back to.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.parametrize.remove_parametrizations.html
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"{type(module).__name__} has no parametrization of {tensor_name!r}")
    held = module.parametrizations[tensor_name]
    original: Any = held._originals()[0]
    if leave_parametrized:
        with no_grad():
            value = getattr(module, tensor_name)
        if held.is_tensor:
            with no_grad():
                _assign(original, value)
        else:
            wants = original.requires_grad
            kind = Parameter if isinstance(original, Parameter) else None
            original = kind(value, wants) if kind else value
    elif not held.is_tensor:
        raise ValueError(
            f"{tensor_name!r} is computed from {held.ntensors} tensors: there is no one original "
            "to go back to, use leave_parametrized=True")
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    _register(module, tensor_name, original)
    if not is_parametrized(module):
        delattr(module, "parametrizations")
        module.__class__ = type(module).__bases__[0]
    return module


def type_before_parametrizations(module: Any) -> type:
    """The module's class as it was without parametrizations."""
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(
    from_module: Any, to_module: Any, tensor_name: str | None = None
) -> Any:
    """Give one module's parametrizations, and the parameters they compute from, to another.

    tensor_name: those of this tensor only.
    """
    if not is_parametrized(from_module):
        return to_module
    for name in list(from_module.parametrizations) if tensor_name is None else [tensor_name]:
        source = from_module.parametrizations[name]
        if not hasattr(to_module, name):
            setattr(to_module, name, Parameter(source._originals()[0]))
        for each in source:
            register_parametrization(to_module, name, each)
        target = to_module.parametrizations[name]
        for i, original in enumerate(source._originals()):
            setattr(target, "original" if source.is_tensor else f"original{i}", original)
    return to_module
