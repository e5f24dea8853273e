"""Weight normalisation: a weight's length and direction as two parameters, by the old way of hooks.

`parametrizations.weight_norm` is the new way; `norm_except` is what both compute with.
"""

from __future__ import annotations

import warnings
from typing import Any

from rushlight.nn.parameter import Parameter
from rushlight.ops.op import FACE
from rushlight.tensor.tensor import Tensor


def norm_except(v: Tensor, dim: int) -> Any:
    """The norm over all dims but one, which keep size 1; for dim -1 over all, without dims."""
    norm = FACE["linalg.vector_norm"]
    if dim == -1:
        return norm(v)
    others = [each for each in range(v.dim()) if each != dim % v.dim()]
    return norm(v, 2, others, keepdim=True) if others else v.abs()


class WeightNorm:
    """The hook: before each call the weight is computed from its length and direction."""

    def __init__(self, name: str, dim: int) -> None:
        self.name = name
        self.dim = -1 if dim is None else dim

    def compute_weight(self, module: Any) -> Any:
        """Length times direction."""
        g, v = (getattr(module, self.name + each) for each in ("_g", "_v"))
        return v * (g / norm_except(v, self.dim))

    def remove(self, module: Any) -> None:
        """Make the weight a parameter again, of the value it has."""
        weight = self.compute_weight(module)
        delattr(module, self.name)
        for each in ("_g", "_v"):
            del module._parameters[self.name + each]
        setattr(module, self.name, Parameter(weight.data))

    def __call__(self, module: Any, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module))


def hook_of(module: Any, kind: type, name: str) -> tuple[int, Any] | None:
    """The forward pre-hook of this kind for this parameter, and its key."""
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, kind) and hook.name == name:  # type: ignore[attr-defined]
            return key, hook
    return None


def weight_norm(module: Any, name: str = "weight", dim: int = 0) -> Any:
    """Let `module.weight` be `weight_g * weight_v / |weight_v|`, computed before each call.

    dim: along which every entry has a length of its own; None for one length in all. RuntimeError
    where that is so already.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.weight_norm.html
    """
    warnings.warn(
        "nn.utils.weight_norm is the old form of nn.utils.parametrizations.weight_norm",
        FutureWarning, stacklevel=2)
    if hook_of(module, WeightNorm, name) is not None:
        raise RuntimeError(f"{name!r} has weight_norm already")
    hook = WeightNorm(name, dim)
    weight = getattr(module, name)
    del module._parameters[name]
    module.register_parameter(name + "_g", Parameter(norm_except(weight, hook.dim).data))
    module.register_parameter(name + "_v", Parameter(weight.data))
    setattr(module, name, hook.compute_weight(module))
    module.register_forward_pre_hook(hook)
    return module


def remove_weight_norm(module: Any, name: str = "weight") -> Any:
    """Take `weight_norm` away. ValueError where there is none."""
    found = hook_of(module, WeightNorm, name)
    if found is None:
        raise ValueError(f"{type(module).__name__} has no weight_norm of {name!r}")
    key, hook = found
    hook.remove(module)
    del module._forward_pre_hooks[key]
    return module
