"""`torch.special`: the normal distribution's functions, Bessel's, orthogonal polynomials."""

from . import case, error, f, inf, nan
from .reasons import ROUNDED, UNDEFINED

HALVES = ("float16", "bfloat16")
EDGES = f([0.0, -0.0, 1.0, -1.0, inf, -inf, nan])
NO_HALVES = "PyTorch refuses 16-bit floats here"

for name in ("ndtr", "log_ndtr", "erfcx", "entr", "i0e", "i1", "i1e", "i0"):
    at = f"special.{name}"
    case(at, f(3, 4)).without(*HALVES, why=NO_HALVES)
    case(at, f(4).large.sliced).without(*HALVES, why=NO_HALVES)
    case(at, EDGES).without("grad", "gradgrad", *HALVES, why=UNDEFINED)
case("special.ndtri", f(3, 4).probability).without(*HALVES, why=NO_HALVES)
case("special.ndtri", EDGES).without("grad", "gradgrad", *HALVES, why=UNDEFINED)
for name in ("logit", "special.logit"):
    case(name, f(3, 4).probability).without(*HALVES, why=ROUNDED)
    case(name, f(3, 4).probability, 0.25).without(*HALVES, why=ROUNDED)
    case(name, EDGES).without("grad", "gradgrad", why=UNDEFINED)
case("i0", f(3, 4)).without(*HALVES, why=ROUNDED)
case("special.xlog1py", f(3, 4), f(4).positive).without(*HALVES, why=ROUNDED)
case("special.xlog1py", EDGES, f([0.5, 0.0, 2.0, -1.0, 1.0, 0.0, 1.0])).without(
    "grad", "gradgrad", why=UNDEFINED)
case("special.xlog1py", f(3), 2.0), case("special.xlog1py", 2.0, f(3).positive)
case("special.zeta", f(3, 4).above_one, f(4).positive).without(
    "grad", "gradgrad", *HALVES, why="only `other` has a derivative")
case("special.zeta", 2.0, f(3).above_one).without(*HALVES, why=NO_HALVES)
case("special.zeta", f([1.0, 0.5, 2.0, 3.0]), f([2.0, 2.0, -1.0, 0.0])).without(
    "grad", "gradgrad", *HALVES, why=UNDEFINED)
error("special.zeta", f(3), f(4)), error("special.xlog1py", f(3), f(4))

for name in (
    "airy_ai", "bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "modified_bessel_i0",
    "modified_bessel_i1", "modified_bessel_k0", "modified_bessel_k1", "scaled_modified_bessel_k0",
    "scaled_modified_bessel_k1", "spherical_bessel_j0",
):
    case(f"special.{name}", f(3, 4).positive).without(*HALVES, why=NO_HALVES)
    case(f"special.{name}", f([0.0, 1.0, 3.5, nan])).without(*HALVES, why=NO_HALVES)

POLYNOMIALS = (
    "chebyshev_polynomial_t", "chebyshev_polynomial_u", "chebyshev_polynomial_v",
    "chebyshev_polynomial_w", "hermite_polynomial_h", "hermite_polynomial_he",
    "laguerre_polynomial_l", "legendre_polynomial_p", "shifted_chebyshev_polynomial_t",
    "shifted_chebyshev_polynomial_u", "shifted_chebyshev_polynomial_v",
    "shifted_chebyshev_polynomial_w",
)
for name in POLYNOMIALS:
    at = f"special.{name}"
    case(at, f(3, 1), f([-1.0, 0.0, 1.0, 2.0, 5.0])).without(*HALVES, why=NO_HALVES)
    case(at, f(3, 4).positive, 4).without(*HALVES, why=NO_HALVES)
    case(at, 0.75, f([0.0, 3.0, 6.0])).without(*HALVES, why=NO_HALVES)
    error(at, f(3), f(4))
