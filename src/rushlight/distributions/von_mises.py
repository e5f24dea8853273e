"""The von Mises distribution.

Sources: Best and Fisher, Efficient simulation of the von Mises distribution, 1979; Abramowitz and
Stegun, Handbook of Mathematical Functions, 9.8.1 to 9.8.4 (Bessel functions, to 7 digits).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rushlight.autograd.modes import no_grad
from rushlight.distributions import constraints
from rushlight.distributions import functions as f
from rushlight.distributions.parametric import Parametric
from rushlight.distributions.utils import broadcast_all
from rushlight.tensor.dtypes import bool_, float64
from rushlight.tensor.tensor import Tensor

__all__ = ["VonMises"]

# I0 and I1 / x in (x / 3.75)**2, below 3.75; sqrt(x) exp(-x) I0 and I1 in 3.75 / x, above.
_SMALL = (
    (1.0, 3.5156229, 3.0899424, 1.2067492, 0.2659732, 0.360768e-1, 0.45813e-2),
    (0.5, 0.87890594, 0.51498869, 0.15084934, 0.2658733e-1, 0.301532e-2, 0.32411e-3),
)
_LARGE = (
    (0.39894228, 0.1328592e-1, 0.225319e-2, -0.157565e-2, 0.916281e-2, -0.2057706e-1, 0.2635537e-1,
     -0.1647633e-1, 0.392377e-2),
    (0.39894228, -0.3988024e-1, -0.362018e-2, 0.163801e-2, -0.1031555e-1, 0.2282967e-1,
     -0.2895312e-1, 0.1787654e-1, -0.420059e-2),
)


def _polynomial(x: Tensor, coefficients: Sequence[float]) -> Tensor:
    value: Any = coefficients[-1]
    for each in coefficients[-2::-1]:
        value = each + x * value
    return value


def log_bessel(x: Tensor, order: int) -> Tensor:
    """log(I0(x)) or log(I1(x)) for positive x."""
    near = _polynomial((x / 3.75) ** 2, _SMALL[order]).log()
    if order == 1:
        near = x.abs().log() + near
    far = x - 0.5 * x.log() + _polynomial(3.75 / x, _LARGE[order]).log()
    return f.where(x < 3.75, near, far)


class VonMises(Parametric):
    """Angles around `loc`, the closer the larger `concentration` is; both in radians.

    loc may be any number; samples are in [-pi, pi).
    """

    arg_constraints = {"loc": constraints.real, "concentration": constraints.positive}
    support = constraints.real
    has_rsample = False

    def __init__(self, loc: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.concentration = broadcast_all(loc, concentration)
        super().__init__(self.loc.size(), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """loc, the mean direction."""
        return self.loc

    @property
    def mode(self) -> Tensor:
        """loc."""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """1 - I1 / I0, the circular variance."""
        k = self.concentration
        return 1 - (log_bessel(k, 1) - log_bessel(k, 0)).exp()

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Angles, by rejection from a wrapped Cauchy distribution, in float64."""
        shape = self._extended_shape(sample_shape)
        with no_grad():
            k = self.concentration.to(float64)
            r = _proposal_r(k)
            found = f.empty(shape, dtype=float64)
            done = f.zeros(shape, dtype=bool_)
            while not done.all():
                u1, u2, u3 = f.rand((3, *shape), dtype=float64).unbind()
                z = (math.pi * u1).cos()
                cosine = (1 + r * z) / (r + z)
                c = k * (r - cosine)
                accept = (c * (2 - c) - u2 > 0) | ((c / u2).log() + 1 - c >= 0)
                found = f.where(accept, (u3 - 0.5).sign() * cosine.acos(), found)
                done = done | accept
            turned = (found + math.pi + self.loc.to(float64)) % (2 * math.pi) - math.pi
            return turned.to(self.loc.dtype)

    def log_prob(self, value: Tensor) -> Tensor:
        """concentration cos(value - loc) - log(2 pi I0(concentration))."""
        if self._validate_args:
            self._validate_sample(value)
        k = self.concentration
        return k * (value - self.loc).cos() - math.log(2 * math.pi) - log_bessel(k, 0)


def _proposal_r(k: Tensor) -> Tensor:
    """Best and Fisher's r; for tiny concentrations by its series, 1 / k + k."""
    tau = 1 + (1 + 4 * k**2).sqrt()
    rho = (tau - (2 * tau).sqrt()) / (2 * k)
    return f.where(k < 1e-5, 1 / k + k, (1 + rho**2) / (2 * rho))
