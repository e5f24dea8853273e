"""Parametrizations of weights: normalised (`weight_norm`, `spectral_norm`), or `orthogonal`."""

from __future__ import annotations

from typing import Any

from rushlight.autograd.modes import no_grad
from rushlight.nn.modules.module import Module
from rushlight.nn.utils import parametrize
from rushlight.nn.utils.spectral_norm import as_matrix, need_positive, random_unit, rows_dim, unit
from rushlight.nn.utils.weight_norm import norm_except
from rushlight.ops.op import FACE
from rushlight.tensor.tensor import Tensor

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]


def _weight(what: str, module: Any, name: str) -> Tensor:
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"{what}(): {type(module).__name__} has no parameter or buffer {name!r}")
    return weight


# --- length and direction

class _WeightNorm(Module):
    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Any, weight_v: Any) -> Any:
        """Length times direction."""
        return weight_v * (weight_g / norm_except(weight_v, self.dim))

    def right_inverse(self, weight: Any) -> tuple[Any, Any]:
        """Length and direction of a weight."""
        return norm_except(weight, self.dim), weight


def weight_norm(module: Any, name: str = "weight", dim: int = 0) -> Any:
    """Let a weight be a length (`original0`) times a direction (`original1`).

    dim: along which every entry has a length of its own; None for one length in all. States that
    the old `nn.utils.weight_norm` saved are read as well.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.parametrizations.weight_norm.html
    """
    parametrize.register_parametrization(module, name, _WeightNorm(dim), unsafe=True)

    def rename(state: dict[str, Any], prefix: str, *_: Any) -> None:
        old = [f"{prefix}{name}_{each}" for each in "gv"]
        if all(each in state for each in old):
            for i, each in enumerate(old):
                state[f"{prefix}parametrizations.{name}.original{i}"] = state.pop(each)

    module._register_load_state_dict_pre_hook(rename)
    return module


# --- divided by the largest singular value

class _SpectralNorm(Module):
    def __init__(
        self, weight: Any, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12
    ) -> None:
        super().__init__()
        if not -weight.dim() <= dim < weight.dim():
            raise IndexError(
                f"spectral_norm(): dim is {dim}, and the weight has {weight.dim()} dims")
        need_positive(n_power_iterations)
        self.dim, self.eps = dim % weight.dim(), eps
        if weight.dim() > 1:
            self.n_power_iterations = n_power_iterations
            with no_grad():
                matrix = as_matrix(weight, self.dim)
                u, v = (random_unit(matrix, size, eps) for size in matrix.shape)
                self.register_buffer("_u", u)
                self.register_buffer("_v", v)
                self._power_method(matrix, 15)

    @no_grad()
    def _power_method(self, matrix: Any, n_power_iterations: int) -> None:
        for _ in range(n_power_iterations):
            self._u.copy_(unit(matrix @ self._v, self.eps))
            self._v.copy_(unit(matrix.t() @ self._u, self.eps))

    def forward(self, weight: Any) -> Any:
        """The weight over its largest singular value, as it is estimated."""
        if weight.dim() == 1:
            return unit(weight, self.eps)
        matrix = as_matrix(weight, self.dim)
        if self.training:
            self._power_method(matrix, self.n_power_iterations)
        u, v = self._u.clone(), self._v.clone()  # the graph keeps these, whatever comes after
        return weight / (u @ (matrix @ v))

    def right_inverse(self, value: Any) -> Any:
        """The value, which is taken to be normalised."""
        return value


def spectral_norm(
    module: Any, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12,
    dim: int | None = None,
) -> Any:
    """Let a weight be divided by its largest singular value.

    n_power_iterations: steps of the estimate at each use in training. eps: below it a length counts
    as this. dim: that of the outputs. Raises ValueError for a name that is no parameter or buffer
    and for no iterations, IndexError for a dim that is not there.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.parametrizations.spectral_norm.html
    """
    weight = _weight("spectral_norm", module, name)
    made = _SpectralNorm(weight, n_power_iterations, rows_dim(module, dim), eps)
    parametrize.register_parametrization(module, name, made)
    return module


# --- orthogonal

_MAPS = ("matrix_exp", "cayley", "householder")


class _Orthogonal(Module):
    """A (tall) matrix with orthonormal columns, or its transpose, from any matrix of that shape."""

    def __init__(self, weight: Any, orthogonal_map: str, *, use_trivialization: bool) -> None:
        super().__init__()
        self.orthogonal_map = orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)
