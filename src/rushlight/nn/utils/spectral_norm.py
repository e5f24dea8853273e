"""Spectral normalisation: a weight divided by its largest singular value, by the old way of hooks.

`parametrizations.spectral_norm` is the new way; both estimate the value by power iteration, one
step before each call in training, and use the functions here.
"""

from __future__ import annotations

from typing import Any

from rushlight.autograd.modes import no_grad
from rushlight.nn.parameter import Parameter
from rushlight.nn.utils.weight_norm import hook_of
from rushlight.ops.op import FACE


def unit(vector: Any, eps: float) -> Any:
    """The vector at length 1; one shorter than `eps` is divided by that."""
    return vector / FACE["linalg.vector_norm"](vector).clamp(min=eps)


def as_matrix(weight: Any, dim: int) -> Any:
    """The weight with `dim` as its rows and all other dims as its columns."""
    if dim:
        weight = weight.permute(dim, *[each for each in range(weight.dim()) if each != dim])
    return weight.flatten(1)


def random_unit(weight: Any, size: int, eps: float) -> Any:
    """A random direction."""
    return unit(weight.new_empty(size).normal_(0, 1), eps)


def rows_dim(module: Any, dim: int | None) -> int:
    """Which dim of the module's weight its outputs are along, if that is not said."""
    if dim is not None:
        return dim
    return int(any(each.__name__.startswith("ConvTranspose") for each in type(module).__mro__))


def need_positive(n_power_iterations: int) -> None:
    """ValueError for no iterations."""
    if n_power_iterations <= 0:
        raise ValueError(f"n_power_iterations must be positive, it is {n_power_iterations}")


class SpectralNorm:
    """The hook: before each call the weight is computed from `weight_orig`."""

    _version = 1

    def __init__(
        self, name: str = "weight", n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12
    ) -> None:
        need_positive(n_power_iterations)
        self.name, self.dim, self.eps = name, dim, eps
        self.n_power_iterations = n_power_iterations

    def compute_weight(self, module: Any, do_power_iteration: bool) -> Any:
        """The weight over its largest singular value; with a step of the iteration first."""
        weight = getattr(module, self.name + "_orig")
        u, v = (getattr(module, self.name + each) for each in ("_u", "_v"))
        matrix = as_matrix(weight, self.dim)
        if do_power_iteration:
            with no_grad():
                for _ in range(self.n_power_iterations):
                    v.copy_(unit(matrix.t() @ u, self.eps))
                    u.copy_(unit(matrix @ v, self.eps))
                u, v = u.clone(), v.clone()  # the graph keeps these, whatever comes after
        return weight / (u @ (matrix @ v))

    def remove(self, module: Any) -> None:
        """Make the weight a parameter again, of the value it has."""
        with no_grad():
            weight = self.compute_weight(module, do_power_iteration=False)
        delattr(module, self.name)
        for each in ("_u", "_v", "_orig"):
            delattr(module, self.name + each)
        module.register_parameter(self.name, Parameter(weight.detach()))

    def __call__(self, module: Any, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module, module.training))

    def note_version(self, module: Any, state: Any, prefix: str, about: dict[str, Any]) -> None:
        """Say in the `state_dict` which form it has."""
        about.setdefault("spectral_norm", {})[self.name + ".version"] = self._version


def spectral_norm(
    module: Any, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12,
    dim: int | None = None,
) -> Any:
    """Let `module.weight` be `weight_orig` over its largest singular value.

    n_power_iterations: steps of the estimate before each call in training. eps: below it a length
    counts as this. dim: that of the outputs. RuntimeError where that is so already, ValueError for
    no iterations.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.spectral_norm.html
    """
    if hook_of(module, SpectralNorm, name) is not None:
        raise RuntimeError(f"{name!r} has spectral_norm already")
    hook = SpectralNorm(name, n_power_iterations, rows_dim(module, dim), eps)
    weight = module._parameters[name]
    if weight is None:
        raise ValueError(f"spectral_norm() needs a parameter, and {name!r} is None")
    with no_grad():
        rows, columns = as_matrix(weight, hook.dim).shape
        u, v = (random_unit(weight, size, eps) for size in (rows, columns))
    del module._parameters[name]
    module.register_parameter(name + "_orig", weight)
    setattr(module, name, weight.data)
    module.register_buffer(name + "_u", u)
    module.register_buffer(name + "_v", v)
    module.register_forward_pre_hook(hook)
    module._register_state_dict_hook(hook.note_version)
    return module


def remove_spectral_norm(module: Any, name: str = "weight") -> Any:
    """Take `spectral_norm` away. ValueError where there is none."""
    found = hook_of(module, SpectralNorm, name)
    if found is None:
        raise ValueError(f"{type(module).__name__} has no spectral_norm of {name!r}")
    key, hook = found
    hook.remove(module)
    del module._forward_pre_hooks[key]
    return module
