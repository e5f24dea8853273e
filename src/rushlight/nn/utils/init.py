"""`skip_init`: a module made without the work of giving its parameters their first values."""

from __future__ import annotations

import inspect
from typing import Any

from rushlight.nn.modules.module import Module


def skip_init(module_cls: Any, *args: Any, **kwargs: Any) -> Any:
    """The module `module_cls(*args, **kwargs)`, with whatever values its parameters happen to have.

    RuntimeError for what is no Module class, or has no `device` argument.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.skip_init.html
    """
    if not isinstance(module_cls, type) or not issubclass(module_cls, Module):
        raise RuntimeError(f"skip_init() takes a class of modules, not {module_cls}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError(
            f"skip_init(): {module_cls.__name__} has no argument `device`, which would have to be "
            "'meta' at first")
    device = kwargs.pop("device", "cpu")
    kwargs["device"] = "meta"  # where random numbers cost nothing
    return module_cls(*args, **kwargs).to_empty(device=device)
