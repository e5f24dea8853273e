"""A module's own dicts of parameters, buffers and submodules, which are attributes as well.

`module._parameters["weight"]` and `module.weight` are one thing. Each entry is mirrored in the
module's `__dict__`, so that `self.weight` costs what any attribute costs and no `__getattr__` runs.
Invariant: whatever is written to a `Members`, by whichever dict method, is written to the module.
"""

from __future__ import annotations

import weakref
from typing import Any


class Members(dict[str, Any]):
    """A dict that writes through to the attributes of its owner (weakly held: no ring is made)."""

    __slots__ = ("owner",)

    def __init__(self, owner: Any, entries: Any = ()):
        super().__init__(entries)
        self.owner = weakref.ref(owner)
        owner.__dict__.update(self)

    def _attributes(self) -> dict[str, Any]:
        owner = self.owner()
        return {} if owner is None else owner.__dict__

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        self._attributes()[name] = value

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        self._attributes().pop(name, None)

    def pop(self, name: str, *default: Any) -> Any:
        """As for any dict."""
        if name in self:
            self._attributes().pop(name, None)
        return super().pop(name, *default)

    def popitem(self) -> tuple[str, Any]:
        """As for any dict."""
        name, value = super().popitem()
        self._attributes().pop(name, None)
        return name, value

    def clear(self) -> None:
        """As for any dict."""
        for name in self:
            self._attributes().pop(name, None)
        super().clear()

    def update(self, *entries: Any, **more: Any) -> None:
        """As for any dict."""
        super().update(*entries, **more)
        self._attributes().update(self)

    def setdefault(self, name: str, default: Any = None) -> Any:
        """As for any dict."""
        if name not in self:
            self[name] = default
        return self[name]

    def __ior__(self, entries: Any) -> Members:  # type: ignore[override,misc]
        self.update(entries)
        return self

    def __reduce_ex__(self, protocol: Any) -> Any:
        return dict, (), None, None, iter(self.items())  # its owner makes it a Members again
