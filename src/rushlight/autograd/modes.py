"""Whether ops are recorded: grad mode and inference mode, one state for each thread."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

_GENERATOR = 0x20  # inspect.CO_GENERATOR, without the import


class _Modes(threading.local):
    grad = True
    inference = False
    autocast = False  # see amp/casting.py


modes = _Modes()


class _Mode:
    """A grad mode for a `with` block, or, as a decorator, for each call of a function."""

    grad: bool
    inference: bool | None = None

    def __enter__(self) -> Any:
        self._before = (modes.grad, modes.inference)
        modes.grad = self.grad
        if self.inference is not None:
            modes.inference = self.inference

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        modes.grad, modes.inference = self._before

    def clone(self) -> _Mode:
        """A fresh mode of the same setting, since one object holds one `with` block's state."""
        return type(self)()

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        if getattr(function, "__code__", None) and function.__code__.co_flags & _GENERATOR:
            return self._around_generator(function)

        @functools.wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with self.clone():
                return function(*args, **kwargs)

        return inside

    def _around_generator(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The mode holds while the generator runs, not while its caller does."""

        @functools.wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            generator = function(*args, **kwargs)
            resume: Callable[[Any], Any] = generator.send
            argument: Any = None
            while True:
                try:
                    with self.clone():
                        value = resume(argument)
                except StopIteration as end:
                    return end.value
                try:
                    argument = yield value
                    resume = generator.send
                except GeneratorExit:
                    generator.close()
                    raise
                except BaseException as error:
                    argument, resume = error, generator.throw

        return inside


class no_grad(_Mode):
    """Ops inside are not recorded: a `with` block or a decorator.

    Source: https://pytorch.org/docs/stable/generated/torch.no_grad.html
    """

    grad = False

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        made = super().__new__(cls)
        return made if function is None else made(function)


class enable_grad(no_grad):
    """Ops inside are recorded again: a `with` block or a decorator."""

    grad = True


class set_grad_enabled(_Mode):
    """Turn recording on or off: at once as a call, or for a `with` block or a decorator."""

    def __init__(self, mode: bool):
        self._before = (modes.grad, modes.inference)
        self.grad = modes.grad = bool(mode)

    def __enter__(self) -> None:
        modes.grad = self.grad

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        modes.grad, modes.inference = self._before
        return super().__call__(function)

    def clone(self) -> _Mode:
        """A fresh mode of the same setting."""
        return set_grad_enabled(self.grad)


class inference_mode(_Mode):
    """Like `no_grad`, for code whose results never meet autograd: a `with` block or a decorator."""

    def __new__(cls, mode: Any = True) -> Any:
        made = super().__new__(cls)
        if callable(mode):
            made.__init__(True)  # type: ignore[misc]
            return made(mode)
        return made

    def __init__(self, mode: bool = True):
        self.inference = bool(mode)
        self.grad = not mode

    def __enter__(self) -> None:
        self._before = (modes.grad, modes.inference)
        modes.grad = modes.grad if not self.inference else False
        modes.inference = bool(self.inference)

    def clone(self) -> _Mode:
        """A fresh mode of the same setting."""
        return inference_mode(bool(self.inference))


def is_grad_enabled() -> bool:
    """Whether ops are being recorded in this thread."""
    return modes.grad


def is_inference_mode_enabled() -> bool:
    """Whether inference mode is on in this thread."""
    return modes.inference
