"""`torch.jit`: scripted and traced functions and modules, which run as the Python they are.

There is no TorchScript here: no graph, no code, no file of it. What asks for one of these says so.
Source: https://docs.pytorch.org/docs/stable/jit.html
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import Any, Final, NamedTuple, NoReturn

from rushlight.nn.modules.module import Module

__all__ = [
    "Attribute", "Final", "Future", "ScriptFunction", "ScriptModule", "annotate", "export", "fork",
    "freeze", "ignore", "interface", "is_scripting", "is_tracing", "load", "optimize_for_inference",
    "optimized_execution", "save", "script", "script_if_tracing", "script_method", "trace",
    "trace_module", "unused", "wait",
]


def _no(name: str) -> NoReturn:
    raise NotImplementedError(
        f"torch.jit: {name} is not supported: there is no TorchScript here. torch.save and "
        "torch.load keep a state_dict")


class _Script:
    """What a scripted thing has in PyTorch, refused by name."""

    @property
    def graph(self) -> Any:
        """NotImplementedError."""
        _no("graph")

    @property
    def code(self) -> Any:
        """NotImplementedError."""
        _no("code")

    def save(self, f: Any, **kwargs: Any) -> NoReturn:
        """NotImplementedError."""
        _no("save")


class ScriptFunction(_Script):
    """A function that was scripted or traced: it calls the function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        functools.update_wrapper(self, function)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._function(*args, **kwargs)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)


class ScriptModule(_Script, Module):
    """A module that was scripted or traced: it is that module, under the same names.

    A base class, too, for modules whose methods have `script_method`.
    """

    @property
    def original_name(self) -> str:
        """The name of the class that was scripted."""
        return type(self).__name__


@functools.cache
def _scripted_class(kind: Any) -> type:
    return type(kind.__name__, (ScriptModule, kind), {
        "__module__": kind.__module__, "__qualname__": kind.__qualname__, "__doc__": kind.__doc__})


def _scripted(module: Module) -> Any:
    """The module again, as one that was scripted: both are of the same members."""
    if isinstance(module, ScriptModule):
        return module
    kind: Any = type(module)
    made: Any = object.__new__(_scripted_class(kind))
    made.__dict__ = module.__dict__
    return made


# --- scripting and tracing

_tracing = False


def script(obj: Any, optimize: Any = None, _frames_up: int = 0, _rcb: Any = None,
           example_inputs: Any = None) -> Any:
    """A ScriptModule of a module, a ScriptFunction of a function; a class or a container itself.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.jit.script.html
    """
    if isinstance(obj, Module):
        return _scripted(obj)
    if isinstance(obj, (type, list, dict, ScriptFunction)) or not callable(obj):
        return obj
    return ScriptFunction(obj)


def trace(
    func: Any, example_inputs: Any = None, optimize: Any = None, check_trace: bool = True,
    check_inputs: Any = None, check_tolerance: float = 1e-5, strict: bool = True,
    example_kwarg_inputs: dict[str, Any] | None = None, **more: Any,
) -> Any:
    """The function or module, called once with `example_inputs`; later calls run it anew.

    So, unlike a trace of PyTorch's, the result goes on to take every branch that it should. Raises
    RuntimeError where there is nothing to call it with.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.jit.trace.html
    """
    global _tracing
    if example_inputs is None and example_kwarg_inputs is None:
        raise RuntimeError("trace(): give example_inputs or example_kwarg_inputs")
    several = isinstance(example_inputs, (tuple, list))
    args = () if example_inputs is None else example_inputs if several else (example_inputs,)
    before, _tracing = _tracing, True
    try:
        func(*args, **(example_kwarg_inputs or {}))
    finally:
        _tracing = before
    return script(func)


def trace_module(mod: Module, inputs: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
    """The module, each method in `inputs` called once with what stands there."""
    for name, given in inputs.items():
        trace(getattr(mod, name), given)
    return _scripted(mod)


def script_if_tracing(fn: Any) -> Any:
    """The function itself."""
    return fn


def is_scripting() -> bool:
    """False: what runs is Python."""
    return False


def is_tracing() -> bool:
    """Whether `trace` is calling the function now."""
    return _tracing


# --- decorators and hints, which change nothing

def ignore(drop: Any = False, **kwargs: Any) -> Any:
    """The function itself; without one, a decorator."""
    return drop if callable(drop) else lambda fn: fn


def unused(fn: Any) -> Any:
    """The function itself."""
    return fn


def export(fn: Any) -> Any:
    """The function itself."""
    return fn


def script_method(fn: Any) -> Any:
    """The function itself."""
    return fn


def interface(obj: Any) -> Any:
    """The class itself. RuntimeError for what is no class."""
    if not isinstance(obj, type):
        raise RuntimeError(f"interface() takes a class, not {type(obj).__name__}")
    return obj


def annotate(the_type: Any, the_value: Any) -> Any:
    """The value."""
    return the_value


class Attribute(NamedTuple):
    """A value and the type it has in a ScriptModule."""

    value: Any
    type: Any


def freeze(mod: Any, preserved_attrs: Any = None, optimize_numerics: bool = True) -> Any:
    """The module. ValueError for what is no ScriptModule, RuntimeError for one in training."""
    if not isinstance(mod, ScriptModule):
        raise ValueError(f"freeze() takes a ScriptModule, not {type(mod).__name__}")
    if mod.training:
        raise RuntimeError("freeze(): the module is in training; call eval() first")
    return mod


def optimize_for_inference(mod: Any, other_methods: Any = None) -> Any:
    """The module."""
    return mod


def optimized_execution(should_optimize: bool) -> Any:
    """A `with` block that does nothing."""
    return contextlib.nullcontext()


# --- calls for later

class Future:
    """The result of `fork`."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def wait(self) -> Any:
        """The result."""
        return self._value

    value = wait

    def done(self) -> bool:
        """True."""
        return True


def fork(func: Any, *args: Any, **kwargs: Any) -> Future:
    """Call the function, now; `wait` gives its result."""
    return Future(func(*args, **kwargs))


def wait(future: Future) -> Any:
    """The result of `fork`."""
    return future.wait()


# --- files

def save(m: Any, f: Any, _extra_files: Any = None) -> NoReturn:
    """NotImplementedError."""
    _no("save")


def load(f: Any, map_location: Any = None, _extra_files: Any = None) -> NoReturn:
    """NotImplementedError."""
    _no("load")
