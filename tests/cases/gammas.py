"""The gamma function's family, and the inverse of the error function."""

from . import case, error, f, inf, nan
from .reasons import ROUNDED, UNDEFINED

HALVES = ("float16", "bfloat16")

for name in ("lgamma", "digamma"):
    case(name, f(3, 4).positive).without(*HALVES, why=ROUNDED)
    case(name, f(4).large)
    case(f"Tensor.{name}", f(3).above_one)
case("lgamma", f([0.0, -1.0, inf, -inf, nan])).without("grad", "gradgrad", why=UNDEFINED)
case("digamma", f([0.0, -1.0, inf, nan])).without("grad", "gradgrad", why=UNDEFINED)
case("special.gammaln", f(3).positive), case("special.psi", f(3).positive)
for n in range(4):
    case("polygamma", n, f(3, 4).above_one).without(*HALVES, why=ROUNDED)
case("special.polygamma", 1, f(4).large).without(
    *HALVES, "int64", "int32", why=ROUNDED)
case("Tensor.polygamma", f(3).positive, 2)
error("polygamma", -1, f(3))
for p in (1, 3):
    case("mvlgamma", f(3, 4).above_one, p).without(*HALVES, why=ROUNDED)
case("special.multigammaln", f(3).above_one, 2)
error("mvlgamma", f(3).above_one, 0)
for name in ("igamma", "igammac"):
    case(name, f(3, 4).positive, f(4).positive).without("grad", "gradgrad", *HALVES, why=ROUNDED)
    case(name, f([0.0, 1.0, 2.0, inf]), f([1.0, 0.0, inf, 1.0])).without(
        "grad", "gradgrad", why=UNDEFINED)
    error(name, f(3), f(4))
case("special.gammainc", f(3).positive, f(3).positive).without("grad", "gradgrad", why=UNDEFINED)
case("special.gammaincc", f(3).positive, f(3).positive).without("grad", "gradgrad", why=UNDEFINED)

case("erfinv", f(3, 4).unit)
case("special.erfinv", f(4).probability)
case("erfinv", f([-1.0, 1.0, 2.0, 0.0])).without("grad", "gradgrad", why=UNDEFINED)
