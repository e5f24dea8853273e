"""Parametrizations of weights: normalised (`weight_norm`, `spectral_norm`), or `orthogonal`."""

from __future__ import annotations

from typing import Any

from rushlight.autograd.modes import no_grad
from rushlight.nn.modules.module import Module
from rushlight.nn.utils import orthogonal_maps as maps
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

    def _power_method(self, matrix: Any, n_power_iterations: int) -> None:
        with no_grad():
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

class _Orthogonal(Module):
    """A tall matrix with orthonormal columns, or a wide one with such rows, from any matrix.

    With a base (which is set when a value is first assigned) it is the base times that, so that
    whatever is assigned, the original begins where the maps are well behaved.
    """

    def __init__(self, shape: Any, orthogonal_map: str, use_trivialization: bool) -> None:
        super().__init__()
        self.shape, self.orthogonal_map = shape, orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, X: Any) -> Any:
        """The matrix with orthonormal columns or rows."""
        rows, columns = X.shape[-2:]
        if rows < columns:
            return self._tall(X.mT).mT
        return self._tall(X)

    def _tall(self, X: Any) -> Any:
        rows, columns = X.shape[-2:]
        if self.orthogonal_map == "householder":
            below = X.tril(-1)
            tau = 2.0 / (1.0 + (below * below.conj()).sum(-2))
            Q = maps.reflections(below, tau)
            Q = Q * X.diagonal(dim1=-2, dim2=-1).int().unsqueeze(-2)
        else:
            X = X.tril()
            if rows != columns:
                zeros = X.new_zeros((*X.shape[:-1], rows - columns))
                X = FACE["cat"]([X, zeros], -1)
            turn = maps.exponential if self.orthogonal_map == "matrix_exp" else maps.cayley
            Q = turn(X - X.mH)
            Q = Q if rows == columns else Q[..., :columns]
        return self.base @ Q if getattr(self, "base", None) is not None else Q

    def right_inverse(self, Q: Any) -> Any:
        """The original for a value, whose columns are made orthonormal if they aren't."""
        if Q.shape != self.shape:
            raise ValueError(
                f"a value of shape {list(Q.shape)} is no {' x '.join(map(str, self.shape))} matrix")
        rows, columns = Q.shape[-2:]
        with no_grad():
            return self._original_of(Q.mT).mT if rows < columns else self._original_of(Q)

    def _original_of(self, Q: Any) -> Any:
        rows, columns = Q.shape[-2:]
        if "base" not in self._buffers:
            if self.orthogonal_map != "householder":
                raise NotImplementedError(
                    f"without a base (use_trivialization=False) no value can be assigned to what "
                    f"{self.orthogonal_map} makes")
            A, tau = maps.factored(Q)
            diagonal = A.diagonal(dim1=-2, dim2=-1)
            diagonal.copy_(FACE["where"](tau == 0, -diagonal.sign(), diagonal.sign()))
            return A
        if rows == columns:
            self.base = Q.clone() if maps.is_orthogonal(Q) else maps.made_orthogonal(Q)
        else:
            more = FACE["randn"]((*Q.shape[:-1], rows - columns), dtype=Q.dtype, device=Q.device)
            self.base = maps.made_orthogonal(FACE["cat"]([Q, more], -1))
        original = FACE["zeros_like"](Q)
        original.diagonal(dim1=-2, dim2=-1).fill_(-1.0)
        return original


def orthogonal(
    module: Any, name: str = "weight", orthogonal_map: str | None = None, *,
    use_trivialization: bool = True,
) -> Any:
    """Let a matrix have orthonormal columns (rows, if they are fewer).

    orthogonal_map: "matrix_exp", "cayley" or "householder"; left out, "matrix_exp" for square or
    complex matrices and "householder" for others. use_trivialization: keep a base, so that values
    can be assigned and training starts well. Raises ValueError for another map, for a name that is
    no parameter or buffer, and for fewer than 2 dims.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.parametrizations.orthogonal.html
    """
    weight = _weight("orthogonal", module, name)
    if weight.dim() < 2:
        raise ValueError(f"orthogonal() is for matrices, and {name!r} has {weight.dim()} dims")
    if orthogonal_map is None:
        square = weight.shape[-2] == weight.shape[-1]
        orthogonal_map = "matrix_exp" if square or weight.dtype.is_complex else "householder"
    if orthogonal_map not in _MAPS:
        raise ValueError(
            f"orthogonal_map is one of {', '.join(_MAPS)}, not {orthogonal_map!r}")
    if orthogonal_map == "householder" and weight.dtype.is_complex:
        raise ValueError("the householder map is for real matrices: use matrix_exp or cayley")
    made = _Orthogonal(weight.shape, orthogonal_map, use_trivialization)
    parametrize.register_parametrization(module, name, made, unsafe=True)
    return module


_MAPS = ("matrix_exp", "cayley", "householder")
