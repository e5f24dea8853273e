"""`torch.overrides`: functions here look at Tensors alone and call no `__torch_function__`.

Source: https://docs.pytorch.org/docs/stable/torch.overrides.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from rushlight.tensor.tensor import Tensor

__all__ = [
    "handle_torch_function", "has_torch_function", "is_tensor_like", "is_tensor_method_or_property",
    "resolve_name",
]


def is_tensor_like(inp: Any) -> bool:
    """Whether it is a Tensor, or has a `__torch_function__`."""
    return isinstance(inp, Tensor) or hasattr(inp, "__torch_function__")


def has_torch_function(relevant_args: Iterable[Any]) -> bool:
    """Whether one of them is of a class that has a `__torch_function__` of its own."""
    return any(hasattr(type(each), "__torch_function__") for each in relevant_args)


def handle_torch_function(
    public_api: Callable[..., Any], relevant_args: Iterable[Any], *args: Any, **kwargs: Any
) -> Any:
    """The result of the first `__torch_function__` that knows one: for functions of a user's own.

    Subclasses come before their bases. Raises TypeError where none knows.
    """
    overloaded: list[Any] = []
    for each in relevant_args:
        kind = type(each)
        if hasattr(kind, "__torch_function__") and kind not in map(type, overloaded):
            at = next((i for i, known in enumerate(overloaded) if issubclass(kind, type(known))),
                      len(overloaded))
            overloaded.insert(at, each)
    types = tuple(type(each) for each in overloaded)
    for each in overloaded:
        result = each.__torch_function__(public_api, types, args, kwargs)
        if result is not NotImplemented:
            return result
    names = ", ".join(each.__name__ for each in types)
    raise TypeError(f"no __torch_function__ of {names} knows {resolve_name(public_api)}")


def is_tensor_method_or_property(func: Callable[..., Any]) -> bool:
    """Whether it is a method of Tensor, or the getter of one of its properties."""
    name = getattr(func, "__name__", "")
    return vars(Tensor).get(name) is func or name == "__get__"


def resolve_name(f: Callable[..., Any]) -> str | None:
    """The function's name with its module, or None."""
    name = getattr(f, "__qualname__", None)
    return None if name is None else f"{f.__module__}.{name}" if f.__module__ else name


def __getattr__(name: str) -> NoReturn:
    raise AttributeError(f"torch.overrides has no {name!r}: no function here can be overridden")
