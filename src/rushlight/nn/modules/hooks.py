"""Who else looks at a module's call: forward hooks and pre-hooks, of one module or of all.

A hook dict is made when it is first asked for, so that modules without hooks have none, and
`_hooked` tells a call whether it must look.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from rushlight.autograd.node import RemovableHandle

DICTS = frozenset({
    "_forward_hooks", "_forward_hooks_with_kwargs", "_forward_hooks_always_called",
    "_forward_pre_hooks", "_forward_pre_hooks_with_kwargs", "_backward_hooks",
    "_backward_pre_hooks", "_state_dict_hooks", "_state_dict_pre_hooks",
    "_load_state_dict_pre_hooks", "_load_state_dict_post_hooks",
})
EVERYWHERE: OrderedDict[int, Any] = OrderedDict()


def registered(what: str, module: Any, name: str, member: Any) -> Any:
    """What the hooks on registration make of a new member."""
    return member


def called(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A call with its hooks."""
    return module.forward(*args, **kwargs)


class Hooked:
    """What a Module does for hooks."""

    _hooked = False

    def _new_hooks(self, name: str) -> OrderedDict[int, Any]:
        made: OrderedDict[int, Any] = OrderedDict()
        self.__dict__[name] = made
        self.__dict__["_hooked"] = True
        return made
