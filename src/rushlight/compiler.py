"""`torch.compile` and `torch.compiler`. Large work is fused and compiled here without being asked
to, so what is compiled is the function itself, and these are the ways in that programs use.

Source: https://docs.pytorch.org/docs/stable/torch.compiler_api.html
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from rushlight.nn.modules.module import Module

BACKENDS = ("cudagraphs", "inductor", "onnxrt", "openxla", "tvm")
_FOR_DEBUGGING = ("aot_eager", "aot_eager_decomp_partition", "aot_ts", "eager", "ts")
_MODES = ("default", "lite", "reduce-overhead", "max-autotune", "max-autotune-no-cudagraphs")
_STANCES = ("default", "force_eager", "eager_on_recompile", "fail_on_recompile",
            "eager_then_compile", "aot_eager_then_compile")

__all__ = [
    "allow_in_graph", "assume_constant_result", "compile", "cudagraph_mark_step_begin", "disable",
    "get_default_backend", "is_compiling", "is_dynamo_compiling", "is_exporting", "list_backends",
    "nested_compile_region", "reset", "set_default_backend", "set_stance", "substitute_in_graph",
]


class InvalidBackend(RuntimeError):
    """`torch.compile` was given the name of no backend."""


class OptimizedModule(Module):
    """What `torch.compile` makes of a module, which is `_orig_mod`.

    Names in the `state_dict` begin with "_orig_mod."; other attributes are those of the module,
    read and written.
    """

    _orig_mod: Any

    def __init__(self, module: Module) -> None:
        super().__init__()
        del self.__dict__["training"]  # it is the module's, too
        self._orig_mod = module

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module gives."""
        return self._orig_mod(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name == "_orig_mod":
            return self._modules["_orig_mod"]
        return getattr(self._orig_mod, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "_orig_mod" or name in self.__dict__ or hasattr(type(self), name):
            super().__setattr__(name, value)
        else:
            setattr(self._orig_mod, name, value)

    def __delattr__(self, name: str) -> None:
        if name in self.__dict__:
            super().__delattr__(name)
        else:
            delattr(self._orig_mod, name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *dir(self._orig_mod)})


def compile(
    model: Any = None, *, fullgraph: bool = False, dynamic: bool | None = None,
    backend: str | Callable[..., Any] | None = None, mode: str | None = None,
    options: dict[str, Any] | None = None, disable: bool = False, **more: Any,
) -> Any:
    """A function, or an `OptimizedModule` of a module; without `model`, a decorator.

    The engine fuses what it computes in any case: the result is the same, and so is the time. The
    options are checked and have no further meaning. Raises RuntimeError for an unknown mode or
    backend and for both `mode` and `options`, AssertionError for what can't be called, and
    NotImplementedError for a backend that is a function, since no graph is made for it.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.compile.html
    """
    _check(backend, mode, options)
    if model is None:
        return functools.partial(
            compile, fullgraph=fullgraph, dynamic=dynamic, backend=backend, mode=mode,
            options=options, disable=disable, **more)
    if not callable(model):
        raise AssertionError(f"compile() takes a function or a module, not {type(model).__name__}")
    if isinstance(model, Module) and not disable:
        return OptimizedModule(model)
    if disable or isinstance(model, type):
        return model

    @functools.wraps(model)
    def compiled(*args: Any, **kwargs: Any) -> Any:
        return model(*args, **kwargs)

    compiled._torchdynamo_orig_callable = model  # type: ignore[attr-defined]
    return compiled


def _check(backend: Any, mode: Any, options: Any) -> None:
    if mode is not None and options is not None:
        raise RuntimeError("compile() takes a mode or options, not both")
    if mode is not None and mode not in _MODES:
        raise RuntimeError(f"compile(): mode is one of {', '.join(_MODES)}, not {mode!r}")
    if callable(backend):
        raise NotImplementedError(
            "torch.compile with a backend that is a function: no graph is made for it here")
    if backend is not None and backend not in (*BACKENDS, *_FOR_DEBUGGING):
        raise InvalidBackend(
            f"compile(): there is no backend {backend!r}: torch.compiler.list_backends() tells")


# --- what a program asks of the compiler

_default_backend: Any = "inductor"


def is_compiling() -> bool:
    """False: functions run as they are written."""
    return False


def is_dynamo_compiling() -> bool:
    """False: functions run as they are written."""
    return False


def is_exporting() -> bool:
    """False."""
    return False


def reset() -> None:
    """Nothing to forget: no function is kept in another form."""


def cudagraph_mark_step_begin() -> None:
    """Nothing to mark: there are no CUDA graphs."""


def list_backends(exclude_tags: Iterable[str] = ("debug", "experimental")) -> list[str]:
    """The names that `torch.compile` takes as `backend`; all mean the engine of this library."""
    return sorted((*BACKENDS, *(() if "debug" in exclude_tags else _FOR_DEBUGGING)))


def get_default_backend() -> Any:
    """The backend for `torch.compile` where none is given."""
    return _default_backend


def set_default_backend(backend: str) -> None:
    """Set the backend for `torch.compile` where none is given. RuntimeError for an unknown one."""
    global _default_backend
    _check(backend, None, None)
    _default_backend = backend


# --- decorators that say how to compile

def disable(fn: Any = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    """The function itself; without one, a decorator."""
    return (lambda function: function) if fn is None else fn


def allow_in_graph(fn: Any) -> Any:
    """The function itself, or the functions of a list. AssertionError for what can't be called."""
    for each in fn if isinstance(fn, (list, tuple)) else [fn]:
        if not callable(each):
            raise AssertionError(f"allow_in_graph() takes functions, not {type(each).__name__}")
    return fn


def assume_constant_result(fn: Any) -> Any:
    """The function itself."""
    return fn


def nested_compile_region(fn: Any = None, **options: Any) -> Any:
    """The function itself; without one, a decorator."""
    return (lambda function: function) if fn is None else fn


def substitute_in_graph(original_fn: Any, **options: Any) -> Any:
    """A decorator that changes nothing: the original is what runs."""
    return lambda function: function


class set_stance:
    """How to compile from here on, or in a `with` block or a function: it makes no difference.

    Raises RuntimeError for an unknown stance.
    """

    def __init__(
        self, stance: str = "default", *, skip_guard_eval_unsafe: bool = False,
        force_backend: Any = None,
    ) -> None:
        if stance not in _STANCES:
            raise RuntimeError(f"set_stance(): it is one of {', '.join(_STANCES)}, not {stance!r}")

    def __enter__(self) -> None:
        """Nothing changes."""

    def __exit__(self, *_: object) -> None:
        """Nothing changes back."""

    def __call__(self, function: Any) -> Any:
        return function
