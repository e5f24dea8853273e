"""Who else looks at a module's call: hooks before and after `forward`, of one module or of all.

A module's hook dicts are made when one is first asked for, so that modules without hooks have none,
and `_hooked` tells a call whether it must look. How gradients are looked at is in
`backward_hooks.py`.
"""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

from rushlight.autograd.node import RemovableHandle
from rushlight.nn.modules.backward_hooks import BackwardHooks

_BACKWARD = ("_backward_hooks", "_backward_pre_hooks", "_last_backward_hooks")
_AROUND_CALLS = (
    "_forward_hooks", "_forward_hooks_with_kwargs", "_forward_hooks_always_called",
    "_forward_pre_hooks", "_forward_pre_hooks_with_kwargs", *_BACKWARD)
DICTS = frozenset(_AROUND_CALLS) | {
    "_state_dict_hooks", "_state_dict_pre_hooks", "_load_state_dict_pre_hooks",
    "_load_state_dict_post_hooks",
}
Hooks = dict[int, Any]


class _Everywhere(NamedTuple):
    """A hook on every module, and the name of the dict that it would be in on one."""

    kind: str
    hook: Any
    with_kwargs: bool = False
    always_call: bool = False


EVERYWHERE: OrderedDict[int, _Everywhere] = OrderedDict()
_registrations: dict[str, OrderedDict[int, Any]] = {
    "parameter": OrderedDict(), "buffer": OrderedDict(), "module": OrderedDict()}


def added(hooks: Any, hook: Any, prepend: bool = False) -> RemovableHandle:
    """Add a hook to a dict of them; gives the handle that takes it away."""
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


class Hooked:
    """What a Module does for hooks."""

    _hooked = False
    _is_full_backward_hook: bool | None = None
    _forward_hooks: Hooks
    _forward_hooks_with_kwargs: Hooks
    _forward_hooks_always_called: Hooks
    _forward_pre_hooks: Hooks
    _forward_pre_hooks_with_kwargs: Hooks
    _backward_hooks: Hooks
    _backward_pre_hooks: Hooks
    _last_backward_hooks: Hooks

    def _new_hooks(self, name: str) -> OrderedDict[int, Any]:
        """The dict of that name, which this module did not have so far."""
        self.__dict__[name] = made = OrderedDict[int, Any]()
        if name in _AROUND_CALLS:
            self.__dict__["_hooked"] = True
        return made

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args)` before `forward`; what it returns replaces the arguments.

        with_kwargs: `hook(module, args, kwargs)`, which returns both or None. prepend: before the
        hooks that are there.
        """
        handle = added(self._forward_pre_hooks, hook, prepend)
        if with_kwargs:
            self._forward_pre_hooks_with_kwargs[handle.id] = True
        return handle

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False,
        always_call: bool = False,
    ) -> RemovableHandle:
        """Call `hook(module, args, result)` after `forward`; what it returns replaces the result.

        with_kwargs: `hook(module, args, kwargs, result)`. always_call: also where `forward` raised
        an error, with None for the result. prepend: before the hooks that are there.
        """
        handle = added(self._forward_hooks, hook, prepend)
        if with_kwargs:
            self._forward_hooks_with_kwargs[handle.id] = True
        if always_call:
            self._forward_hooks_always_called[handle.id] = True
        return handle

    def register_full_backward_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, grad_output)` once the results' gradients are known.

        What it returns replaces them. prepend: before the hooks that are there.
        """
        return added(self._backward_pre_hooks, hook, prepend)

    def register_full_backward_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` once the inputs' gradients are known.

        What it returns replaces `grad_input`. Both are tuples, with None for what is no tensor.
        RuntimeError on a module that has hooks of the old kind.
        """
        self._use_backward_hooks(full=True)
        return added(self._backward_hooks, hook, prepend)

    def register_backward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """The old kind: `hook` sees the gradients of the last operation, not of the module."""
        self._use_backward_hooks(full=False)
        return added(self._last_backward_hooks, hook)

    def _use_backward_hooks(self, full: bool) -> None:
        if self._is_full_backward_hook not in (None, full):
            raise RuntimeError(
                "a module has either full backward hooks or those of the old kind, not both: use "
                "register_full_backward_hook for all")
        self._is_full_backward_hook = full


# --- a call

class _Call:
    """What is known of a call while it runs: its result so far, and which hooks had their turn."""

    def __init__(self) -> None:
        self.result: Any = None
        self.done: set[int] = set()


def called(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A module's call, with everybody who looks at it."""
    held = module.__dict__
    if not EVERYWHERE and not any(map(held.get, _AROUND_CALLS)):
        _forget_empty(held)
        return module.forward(*args, **kwargs)
    call = _Call()
    try:
        return _called(module, args, kwargs, call)
    except Exception:
        for key, hook, with_kwargs, always_call in _all_of(module, "_forward_hooks"):
            if always_call and key not in call.done:
                try:
                    hook(*((module, args, kwargs) if with_kwargs else (module, args)), call.result)
                except Exception as error:
                    warnings.warn(
                        f"a forward hook with always_call=True raised {error!r}, which gave way to "
                        "the module's own error", stacklevel=2)
        raise


def _forget_empty(held: dict[str, Any]) -> None:
    """No hook is left: the module becomes as quick again as before it had any."""
    for each in _AROUND_CALLS:
        held.pop(each, None)
    held["_hooked"] = False


def _called(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any], call: _Call) -> Any:
    for _, hook, with_kwargs, _ in _all_of(module, "_forward_pre_hooks"):
        if with_kwargs:
            replaced = hook(module, args, kwargs)
            if replaced is not None:
                if not isinstance(replaced, tuple) or len(replaced) != 2:
                    raise RuntimeError(
                        "a forward pre-hook with kwargs returns None, or the arguments and the "
                        f"keyword arguments, not {replaced!r}")
                args, kwargs = replaced
        else:
            replaced = hook(module, args)
            if replaced is not None:
                args = replaced if isinstance(replaced, tuple) else (replaced,)
    look = None
    if EVERYWHERE or not module.__dict__.keys().isdisjoint(_BACKWARD):
        look = BackwardHooks(module, *[
            [hook for _, hook, _, _ in _all_of(module, kind)] for kind in _BACKWARD])
        args = look.at_inputs(args)
    call.result = module.forward(*args, **kwargs)
    for key, hook, with_kwargs, _ in _all_of(module, "_forward_hooks"):
        call.done.add(key)
        if with_kwargs:
            replaced = hook(module, args, kwargs, call.result)
        else:
            replaced = hook(module, args, call.result)
        if replaced is not None:
            call.result = replaced
    return call.result if look is None else look.at_result(call.result)


def _all_of(module: Any, kind: str) -> list[tuple[int, Any, bool, bool]]:
    """The hooks of a kind, those on every module first, as key, hook, with_kwargs, always_call."""
    found: list[tuple[int, Any, bool, bool]] = []
    if EVERYWHERE:
        found += [(key, *each[1:]) for key, each in EVERYWHERE.items() if each.kind == kind]
    held = module.__dict__
    own = held.get(kind)
    if own:
        kwargs, always = held.get(kind + "_with_kwargs", ()), held.get(kind + "_always_called", ())
        found += [(key, hook, key in kwargs, key in always) for key, hook in own.items()]
    return found


# --- hooks on every module

def register_module_forward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, args)` before every module's `forward`."""
    return added(EVERYWHERE, _Everywhere("_forward_pre_hooks", hook))


def register_module_forward_hook(
    hook: Callable[..., Any], *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """Call `hook(module, args, result)` after every module's `forward`."""
    return added(EVERYWHERE, _Everywhere("_forward_hooks", hook, with_kwargs, always_call))


def register_module_full_backward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, grad_output)` when the gradients of any module's results are known."""
    return added(EVERYWHERE, _Everywhere("_backward_pre_hooks", hook))


def register_module_full_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, grad_input, grad_output)` when those of its inputs are known, too."""
    return added(EVERYWHERE, _Everywhere("_backward_hooks", hook))


def register_module_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """The old kind: `hook` sees the gradients of each module's last operation."""
    return added(EVERYWHERE, _Everywhere("_last_backward_hooks", hook))


def register_module_parameter_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, name, parameter)` when any module gets a parameter.

    What it returns takes the parameter's place.
    """
    return added(_registrations["parameter"], hook)


def register_module_buffer_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """The same for buffers."""
    return added(_registrations["buffer"], hook)


def register_module_module_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """The same for submodules."""
    return added(_registrations["module"], hook)


def registered(what: str, module: Any, name: str, member: Any) -> Any:
    """What the hooks on registration make of a new member."""
    for hook in _registrations[what].values():
        made = hook(module, name, member)
        member = member if made is None else made
    return member
