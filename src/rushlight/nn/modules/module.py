"""`Module`: what every layer and every model is.

A module has parameters, buffers and submodules, three dicts whose entries are its attributes as
well (`members.py`). This file has what an attribute may be and what a call does. The rest has a
file for each idea: `tree.py` (walking through submodules), `convert.py` (`to`, `half`, `train`...),
`state.py` (`state_dict`), `hooks.py` (who else looks at a call), `backward_hooks.py`.
"""

from __future__ import annotations

import importlib
from typing import Any

from rushlight.nn.modules import hooks
from rushlight.nn.modules.convert import Convertible
from rushlight.nn.modules.hooks import (
    EVERYWHERE,
    Hooked,
    called,
    register_module_backward_hook,
    register_module_buffer_registration_hook,
    register_module_forward_hook,
    register_module_forward_pre_hook,
    register_module_full_backward_hook,
    register_module_full_backward_pre_hook,
    register_module_module_registration_hook,
    register_module_parameter_registration_hook,
)
from rushlight.nn.modules.members import Members
from rushlight.nn.modules.state import Stateful
from rushlight.nn.parameter import Buffer, Parameter
from rushlight.tensor.tensor import Tensor

_MEMBERS = {"_parameters": "torch.nn.Parameter", "_buffers": "Tensor", "_modules": "Module"}


class Module(Hooked, Convertible, Stateful):
    """The base class of layers and models: subclass it, make the parts in `__init__`, compute in
    `forward`.

        class Model(nn.Module):
            def __init__(self):
                super().__init__()
                self.hidden, self.last = nn.Linear(2, 16), nn.Linear(16, 1)

            def forward(self, x):
                return self.last(self.hidden(x).relu())

    Parameters, buffers and modules assigned as attributes are found by `parameters()`, `to()`,
    `state_dict()` and the like. Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html
    """

    training: bool
    dump_patches = False
    call_super_init = False
    _version = 1
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Module | None]
    _non_persistent_buffers_set: set[str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not self.call_super_init and (args or kwargs):
            raise TypeError(
                f"{type(self).__name__}: Module.__init__() takes no arguments, it was given "
                f"{len(args) + len(kwargs)}")
        attributes = self.__dict__
        attributes["training"] = True
        attributes["_non_persistent_buffers_set"] = set()
        for name in _MEMBERS:
            attributes[name] = Members(self)
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    # --- a call

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._hooked or EVERYWHERE:
            return called(self, args, kwargs)
        return self.forward(*args, **kwargs)

    def _call_impl(self, *args: Any, **kwargs: Any) -> Any:
        return Module.__call__(self, *args, **kwargs)

    def forward(self, *input: Any) -> Any:
        """What the module computes. NotImplementedError until a subclass says so."""
        raise NotImplementedError(
            f'Module [{type(self).__name__}] has no "forward": its class must define one')

    # --- attributes

    def __getattr__(self, name: str) -> Any:
        if name in hooks.DICTS and "_modules" in self.__dict__:
            return self._new_hooks(name)
        for members in _MEMBERS:
            held = self.__dict__.get(members)
            if held is not None and name in held:
                return held[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Tensor):
            self._set_tensor(name, value)
        elif isinstance(value, Module):
            self._set_member("_modules", name, value, "module")
        elif name in self.__dict__:
            self._replace(name, value)
        else:
            object.__setattr__(self, name, value)

    def _taken(self, name: str) -> str | None:
        """Which dict of members has this name."""
        held = self.__dict__
        return next((each for each in _MEMBERS if name in held.get(each, ())), None)

    def _set_tensor(self, name: str, value: Tensor) -> None:
        taken = self._taken(name)
        if isinstance(value, Parameter):
            if "_parameters" not in self.__dict__:
                raise AttributeError("a parameter can't be assigned before Module.__init__() ran")
            self._forget(name, "_parameters")
            self.register_parameter(name, value)
        elif taken == "_buffers" or (taken is None and isinstance(value, Buffer)):
            self._set_buffer(name, value)
        elif taken is None:
            object.__setattr__(self, name, value)
        else:
            raise _mismatch(taken, name, value.type())

    def _set_buffer(self, name: str, value: Any) -> None:
        if name in self.__dict__.get("_buffers", ()):
            self._buffers[name] = hooks.registered("buffer", self, name, value)
            if isinstance(value, Buffer):
                self._keep_out(name, not getattr(value, "persistent", True))
            return
        if "_buffers" not in self.__dict__:
            raise AttributeError("a buffer can't be assigned before Module.__init__() ran")
        self._forget(name, "_buffers")
        self.register_buffer(name, value, getattr(value, "persistent", True))

    def _replace(self, name: str, value: Any) -> None:
        """Assign what is no tensor and no module to a name that is taken."""
        held = self.__dict__
        if name in _MEMBERS:
            entries = dict(value)
            held[name].clear()
            held[name] = Members(self, entries)
            return
        taken = self._taken(name)
        if taken is None:
            object.__setattr__(self, name, value)
        elif value is None:
            held[taken][name] = None
        else:
            raise _mismatch(taken, name, type(value).__name__)

    def _set_member(self, members: str, name: str, value: Any, what: str) -> None:
        if members not in self.__dict__:
            raise AttributeError(f"a {what} can't be assigned before Module.__init__() ran")
        self._forget(name, members)
        value = hooks.registered(what, self, name, value)
        self.__dict__[members][name] = value

    def _forget(self, name: str, kept: str) -> None:
        """The name is about to be another kind of member: take it away from where it was."""
        held = self.__dict__
        if name in held:
            for members in _MEMBERS:
                if members != kept:
                    held[members].pop(name, None)
            if name not in held[kept]:
                held.pop(name, None)
            held["_non_persistent_buffers_set"].discard(name)

    def __delattr__(self, name: str) -> None:
        held = self.__dict__
        for members in _MEMBERS:
            if name in held.get(members, ()):
                del held[members][name]
                held["_non_persistent_buffers_set"].discard(name)
                return
        object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        found = {*dir(type(self)), *self.__dict__, *hooks.DICTS}
        for members in _MEMBERS:
            found.update(self.__dict__.get(members, ()))
        return sorted(each for each in found if not each[:1].isdigit())

    # --- members by name

    def _check_name(self, what: str, name: Any, members: str) -> None:
        held = self.__dict__
        if members not in held:
            raise AttributeError(f"a {what} can't be registered before Module.__init__() ran")
        if not isinstance(name, str):
            raise TypeError(f"a {what}'s name is a string, not {type(name).__name__}")
        if "." in name:
            raise KeyError(f"a {what}'s name has no dot in it: {name!r}")
        if not name:
            raise KeyError(f"a {what}'s name can't be empty")
        if name not in held[members] and hasattr(self, name):
            raise KeyError(f"a {what} can't be called {name!r}: there is such an attribute already")

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter under this name; None reserves the name.

        Raises KeyError for a name that is taken or has a dot, TypeError for what is no Parameter.
        """
        self._check_name("parameter", name, "_parameters")
        if param is not None:
            if not isinstance(param, Parameter):
                raise TypeError(
                    f"parameter {name!r} must be a torch.nn.Parameter or None, not "
                    f"{type(param).__name__}")
            if param.grad_fn is not None:
                raise ValueError(
                    f"parameter {name!r} must be a leaf, not a result: compute it in forward")
            param = hooks.registered("parameter", self, name, param)
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that is part of the state, but not trained.

        persistent: whether it is in the `state_dict`. Raises KeyError for a name that is taken or
        has a dot, TypeError for what is no Tensor.
        """
        self._check_name("buffer", name, "_buffers")
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"buffer {name!r} must be a Tensor or None, not {type(tensor).__name__}")
        self._buffers[name] = hooks.registered("buffer", self, name, tensor)
        self._keep_out(name, not persistent)

    def _keep_out(self, name: str, out: bool) -> None:
        """Whether a buffer stays out of the `state_dict`."""
        outside = self._non_persistent_buffers_set
        (outside.add if out else outside.discard)(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a submodule under this name.

        Raises KeyError for a name that is taken or has a dot, TypeError for what is no Module.
        """
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"submodule {name!r} must be a Module, not {type(module).__name__}")
        self._check_name("module", name, "_modules")
        self._modules[name] = hooks.registered("module", self, name, module)

    def register_module(self, name: str, module: Module | None) -> None:
        """Another name of `add_module`."""
        self.add_module(name, module)

    # --- copies and pickles

    def __reduce_ex__(self, protocol: Any) -> Any:
        kind = type(self)
        if kind.__module__.startswith("torch.nn."):  # there may be no `torch` where this is loaded
            return _blank_layer, (kind.__module__, kind.__name__), self.__getstate__()
        return super().__reduce_ex__(protocol)

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        for members in _MEMBERS:
            for name in state.get(members, ()):
                state.pop(name, None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        held = self.__dict__
        held.update(state)
        for members in _MEMBERS:
            held[members] = Members(self, held.get(members, {}))
        held.setdefault("_non_persistent_buffers_set", set())

    # --- text

    def _get_name(self) -> str:
        return type(self).__name__

    def extra_repr(self) -> str:
        """What the text of this module says between its brackets."""
        return ""

    def __repr__(self) -> str:
        extra = self.extra_repr()
        lines = extra.split("\n") if extra else []
        children = [
            f"({name}): " + repr(module).replace("\n", "\n  ")
            for name, module in self._modules.items()
        ]
        if not children and len(lines) <= 1:
            return f"{self._get_name()}({extra})"
        body = "\n  ".join(lines + children)
        return f"{self._get_name()}(\n  {body}\n)"

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: kernels are compiled as they are wanted."""


def _mismatch(members: str, name: str, given: str) -> TypeError:
    """What is wrong with assigning something of another kind to a member."""
    return TypeError(
        f"{name!r} is among the module's {members.strip('_')} and can't become a {given}: assign a "
        f"{_MEMBERS[members]} or None, or delete it first")


def _blank_layer(module: str, name: str) -> Any:
    """A layer of this name without anything in it, for `__setstate__` to fill."""
    kind = getattr(importlib.import_module(module.replace("torch.", "rushlight.", 1)), name)
    return kind.__new__(kind)


__all__ = [
    "Module", "register_module_backward_hook", "register_module_buffer_registration_hook",
    "register_module_forward_hook", "register_module_forward_pre_hook",
    "register_module_full_backward_hook", "register_module_full_backward_pre_hook",
    "register_module_module_registration_hook", "register_module_parameter_registration_hook",
]
