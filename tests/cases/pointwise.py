"""Pointwise operations: one element in, one element out, with broadcasting."""

from dataclasses import replace

from . import b, c, case, error, f, i, inf, lib, nan
from .reasons import EMPTY, ROUNDED, UNDEFINED

SPECIAL = f([nan, inf, -inf, 0.0, -0.0, 1.0, -1.0])
REAL = "PyTorch takes the complex numbers whose imaginary part is 0"

# One argument. The domain is where the function is real and tame.

UNARY = {
    "real": """abs absolute neg negative positive exp exp2 expm1 square reciprocal sin cos tan atan
        arctan sinh cosh tanh asinh arcsinh sigmoid relu erf erfc sign sgn isnan isinf
        isfinite isposinf isneginf isreal real conj angle deg2rad rad2deg nan_to_num logical_not
        conj_physical resolve_conj resolve_neg special.expit special.erf special.expm1
        special.exp2""",
    "positive": """log log2 log10 log1p sqrt rsqrt special.log1p""",
    "unit": "asin arcsin acos arccos atanh arctanh",
    "above_one": "acosh arccosh",
    "large": "floor ceil round trunc fix frac",
}

for domain, names in UNARY.items():
    for name in names.split():
        for x in (f(3, 4), f(), f(0, 3), f(4, 3).transposed, f(5).sliced):
            case(name, replace(x, domain=domain))
        case(name, SPECIAL).without("grad", why=UNDEFINED)

for name in ("abs", "sgn", "sign", "relu", "sqrt", "floor", "square", "reciprocal"):
    case(name, f([0.0, 2.0, -2.0])).without("gradgrad", why=UNDEFINED)  # the derivative at a kink
for name in ("exp", "log", "sqrt", "sin", "tanh", "reciprocal", "abs", "sgn"):
    case(name, c(3, 2))
for name in ("imag", "real", "conj", "angle", "isreal"):
    case(name, c(3, 2))
error("imag", f(3))
error("neg", b(3))
error("sqrt", "text")
case("sigmoid", f([-100.0, -30.0, 0.0, 30.0, 100.0]))
case("log1p", f([1e-6, -1e-6, 0.5]))
case("expm1", f([1e-6, -1e-6, 0.5]))
case("exp", f([-200.0, 88.0, 100.0, 710.0]))
case("tanh", f([-50.0, -10.0, 10.0, 50.0]))
case("abs", f([-128, 127, 0]))
case("neg", f([1, 0, 255]))
case("abs", f([-128, 127], dtype="int8"))
case("neg", f([-128, 5], dtype="int8"))
case("abs", f(3, 3).expanded)
case("neg", f(2, 3).offset)
case("square", i([3, -4]))
case("reciprocal", i([2, -4])), case("reciprocal", i([0]))
case("sqrt", i([-1, 4]))
case("round", f([0.5, 1.5, 2.5, -0.5, -1.5])).without("gradgrad", why=UNDEFINED)
case("round", f(3, 4).large, decimals=1), case("round", f(3, 4).large, decimals=0)
case("round", f([1234.0, 1250.0, -1350.0]), decimals=-2)
case("nan_to_num", f([nan, inf, -inf, 2.0]))
case("nan_to_num", f([nan, inf, -inf, 2.0]), nan=1.0, posinf=3.0, neginf=-3.0)
case("nan_to_num", f([nan, inf, -inf, 2.0]), 0.5)
case("bitwise_not", f(3, 4)), case("bitwise_not", b(4)), case("bitwise_not", i([5, -1, 0]))
case("Tensor.__neg__", f(3))
case("Tensor.__abs__", f(3))
case("Tensor.__invert__", i([3, -4]))
case("Tensor.__pos__", f(3))
case("Tensor.__bool__", f([2.0])), case("Tensor.__bool__", f(0.0))
error("Tensor.__bool__", f(2))
error("Tensor.__invert__", f(2))
case("Tensor.__float__", f([2.5])).without("complex64", why=REAL)
case("Tensor.__int__", f([-2.5])).without("complex64", why=REAL)
error("Tensor.__int__", f(2))
case("Tensor.__len__", f(4, 2))
error("Tensor.__len__", f())
case("Tensor.item", f([2.5])), case("Tensor.item", i(-3))
error("Tensor.item", f(2))
case("Tensor.tolist", f([[0.5, 1.5], [2.5, 3.5]])), case("Tensor.tolist", i(3))

# Two arguments: tensors that broadcast, numbers on either side, mixed dtypes.

ARITHMETIC = "add sub subtract mul multiply div divide true_divide maximum minimum fmax fmin"
COMPARISON = (
    "eq ne not_equal lt less le less_equal gt greater ge greater_equal"
    " logical_and logical_or logical_xor"
)

for name in f"{ARITHMETIC} {COMPARISON}".split():
    case(name, f(3, 4), f(3, 4)), case(name, f(3, 4), f(4)), case(name, f(3, 1), f(2, 1, 4))
    case(name, f(), f(2, 3)), case(name, f(0, 3), f(3))
    case(name, f(3, 4).transposed, f(3, 4).expanded), case(name, f(3), i([1, 2, 3]))
    if "sub" not in name:
        case(name, f(3), b([True, False, True]))
    case(name, f([nan, 1.0, inf]), f([1.0, nan, inf])).without("gradgrad", why=UNDEFINED)
    error(name, f(3), f(4))
for name in ("add", "sub", "mul", "div"):
    case(name, f(2, 3), 2.5), case(name, f(2, 3), 3), case(name, i([4, 5]), 1.5)
    case(name, f(3), c(3)), case(name, f(2, dtype="bfloat16"), f(2, dtype="float16"))
    error(name, f(3), "text")
for name in ("eq", "lt", "ge", "ne"):
    case(name, f([1.0, 2.0, nan]), 2), case(name, i([1, 2, 3]), 2.5)
    case(name, f([1, 2, 3]), f([3, 2, 1]))
for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"):
    case(f"Tensor.__{name}__", f(3).positive, f(3).positive)
    case(f"Tensor.__{name}__", f(3).positive, 2)
    case(f"Tensor.__r{name}__", f(3).positive, 2)
for name in ("and", "or", "xor"):
    case(f"Tensor.__{name}__", b(4), b(4))
    case(f"Tensor.__r{name}__", i([6, 3]), 5)
for name in ("eq", "lt", "le", "gt", "ge", "ne"):
    case(f"Tensor.__{name}__", f(3), 0.25)

case("add", f(3), f(3), alpha=2)
case("sub", f(3), f(3), alpha=2)
case("add", i([1, 2]), i([3, 4]), alpha=3)
error("add", i([1, 2]), i([3, 4]), alpha=0.5)
case("rsub", f(3, 2), f(2)), case("rsub", f(3), 2.0), case("rsub", f(3), f(3), alpha=2)
error("sub", b(3), b(3))
error("rsub", b(3), 1)
for rounding in ("floor", "trunc"):
    case("div", f(3, 4).large, f(4), rounding_mode=rounding)
    case("div", f([-7, 7, -8, 8]), f([2, -2, 3, -3]), rounding_mode=rounding)
    case("div", i([7, -7]), 2.5, rounding_mode=rounding)
    case("div", f([1.0, -1.0, 0.0]), f([0.0, 0.0, 0.0]), rounding_mode=rounding).without(
        "grad", why=UNDEFINED
    )
    error("div", i([1]), i([0]), rounding_mode=rounding)
case("div", i([1, -1, 0]), i([0, 0, 0]))
error("div", f(2), f(2), rounding_mode="up")
case("true_divide", f([1.0, -1.0, 0.0]), f([0.0, 0.0, 0.0])).without("grad", why=UNDEFINED)

SIGNS = f([-7, 7, -8, 8, -6, 6]), f([2, -2, 3, -3, -2, 3])
for name in ("floor_divide", "remainder", "fmod"):
    case(name, f(3, 4).large, f(4)), case(name, *SIGNS), case(name, f(3).large, 0.75)
    case(name, i([-7, 7]), 2), case(name, i([-7, 7]), 2.5), case(name, f(0, 2), f(2))
    case(name, f(2, 1).large, f(3))
    case(name, f([1.0, -1.0, 0.0, inf]), f([0.0, 0.0, 0.0, 2.0])).without("grad", why=UNDEFINED)
    case(name, f([1.0, -1.0]), f([inf, inf])).without("grad", why=UNDEFINED)
    error(name, i([1]), i([0])), error(name, f(2), f(3)), error(name, b(2), b(2))
    error(name, i([1]), 0)
case("remainder", 7, f([2.0, -3.0]))
case("floor_divide", 7.5, f([2.0, -3.0]))

case("pow", f(3, 4).positive, f(4)), case("pow", f(3, 4), 2), case("pow", f(3, 4), 3)
case("pow", f(3), 0), case("pow", f(3), 1), case("pow", f(3).positive, 0.5)
case("pow", f(3).positive, -1), case("pow", f(3).positive, -0.5), case("pow", f(3).positive, -2)
case("pow", 2.0, f(3)), case("pow", 2, f(3).positive), case("pow", i([2, 3]), i([3, 2]))
case("pow", i([2, 3]), 2), case("pow", i([2, 3]), 0.5), case("pow", f(2, 3).positive, f())
case("pow", f([0.0, 0.0, 2.0]), f([0.0, 2.0, 0.0])).without("gradgrad", why=UNDEFINED)
case("pow", f([0.0, 2.0]), 2), case("pow", f([0.0, 2.0]), 0)
case("pow", f([-2.0, -8.0]), f([0.5, 2.0])).without("grad", why=UNDEFINED)
case("pow", 0.0, f([0.0, 1.0])).without("gradgrad", why=UNDEFINED)
case("pow", 1, f(3)), case("pow", i([2, -1, 1]), i([-1, -1, -2]))
error("pow", i([2, 3]), -1), error("pow", f(3), f(4))
case("float_power", f(3).positive, 2), case("float_power", f(3).positive, f(3))
case("float_power", 2.0, f(3)), case("float_power", i([2, 3]), -1), case("float_power", b(2), 2)

case("atan2", f(3, 4), f(4))
case("arctan2", f(3), f(3))
case("atan2", f(2, 1), f())
case("atan2", f([0.0, -0.0, 0.0, -0.0, 1.0]), f([1.0, 1.0, -1.0, -1.0, 0.0])).without(
    "gradgrad", why=UNDEFINED
)
case("hypot", f(3, 4), f(4)), case("hypot", f(2, 1), f())
case("hypot", f([3.0, 0.0]), f([4.0, 1.0]))
case("copysign", f(3, 4), f(4)), case("copysign", f(3), -1.0), case("copysign", f(3), i([-1, 0, 1]))
case("copysign", f([0.0, 1.0, nan]), f([-0.0, -0.0, -1.0])).without("gradgrad", why=UNDEFINED)
case("signbit", f(3, 4)), case("signbit", f()), case("signbit", f(4, 3).transposed)
case("signbit", f([0.0, -0.0, -1.0, inf])), case("signbit", i([-1, 0, 1]))
for name in ("logaddexp", "logaddexp2"):
    case(name, f(3, 4), f(4)), case(name, f(2, 1), f()), case(name, f(0, 2), f(2))
    case(name, f([inf, -inf, 100.0]), f([1.0, -inf, -100.0])).without("grad", why=UNDEFINED)
for name in ("xlogy", "special.xlogy"):
    case(name, f(3, 4), f(4).positive), case(name, f(3).positive, 2.0)
    case(name, 2.0, f(3).positive)
    case(name, f([0.0, 0.0, 2.0]), f([0.0, nan, 0.5])).without("grad", why=UNDEFINED)
case("heaviside", f([-1.0, 0.0, 2.0]), f([0.5, 0.5, 0.5]))
case("nextafter", f(3), f(3))
case("gcd", i([12, -18, 0]), i([8, 12, 5]))
case("lcm", i([4, -6, 0]), i([6, 4, 5]))
case("ldexp", f(3), i([1, -2, 3]))

for name in ("bitwise_and", "bitwise_or", "bitwise_xor"):
    case(name, f(3, 4), f(4)), case(name, b(4), b(4)), case(name, i([12, -7]), 10)
    case(name, i([12, -7]), f([3, 5], dtype="uint8")), case(name, 10, i([12, 3]))
    error(name, f(3), f(3)), error(name, i([1, 2]), i([1, 2, 3]))
for name in ("bitwise_left_shift", "bitwise_right_shift"):
    case(name, f([1, 5, 100]), f([1, 2, 3])), case(name, i([-8, 7]), 1)
    case(name, i([-8, 7]), i(2))
    error(name, b(2), b(2))
case("Tensor.__lshift__", i([1, 2]), 3)
case("Tensor.__rshift__", i([-9, 16]), 2)

case("isclose", f(3, 4), f(4)), case("isclose", f([1.0, nan, inf]), f([1.0 + 1e-9, nan, inf]))
case("isclose", f([1.0, nan]), f([1.05, nan]), rtol=0.1, equal_nan=True)
case("isclose", f([1, 2]), f([1, 3])), case("isclose", f([0.0]), f([0.25]), atol=0.5, rtol=0)
case("allclose", f([1.0, 2.0]), f([1.0, 2.0])), case("allclose", f(3), f(3))
case("allclose", f([nan]), f([nan])), case("allclose", f([nan]), f([nan]), equal_nan=True)
case("equal", f(3), f(3)), case("equal", f([1.0, 2.0]), f([1.0, 2.0])), case("equal", f(3), f(2))
case("equal", f([nan]), f([nan]))
error("isclose", f(3), i([1, 2, 3]))
error("allclose", f(3), f(4))

# Bounds, choices and fused arithmetic.

for name in ("clamp", "clip"):
    case(name, f(3, 4), -0.5, 0.5), case(name, f(5), min=-0.5), case(name, f(5), max=0.25)
    case(name, f(3, 4), min=f(4), max=f(3, 1).above_one), case(name, f(3), f(3))
    case(name, f(0), 0), case(name, f([nan, 5.0, -5.0, 1.0]), -1, 1), case(name, f([1, 2, 3]), 2, 1)
    case(name, f([-2, 5]), 0, 2.5)
    case(name, f([1.0, 2.0]), max=nan).without("grad", why=UNDEFINED)
    error(name, f(3)), error(name, f(3), min=f(4))
case("clamp", f([-1.0, 0.0, 1.0, 2.0]), 0.0, 1.0)  # a bound lets the gradient through
case("clamp", i([1, 5]), f([2.0, 2.0])), case("clamp", f(2, 3), max=f())
case("clamp_min", f(3, 4), 0.25), case("clamp_min", f(3, 4), f(4))
case("clamp_max", f(3, 4), 0.25), case("clamp_max", f(3, 4), f(4))
case("clamp_min", f([nan, 1]), 2)
case("clamp_max", i([1, 3]), 2)

case("where", b(3, 4), f(3, 4), f(4)), case("where", b(3, 1), f(4), f())
case("where", b(3), f(3), 2.0), case("where", b(3), 1, f(3)), case("where", b(3), 1.0, 2.0)
case("where", b(3), i([1, 2, 3]), f(3)), case("where", b(0), f(0), f(0)), case("where", b(2), 1, 2)
case("where", b(2, 3)), case("where", f([0.0, 1.0, 2.0])), case("where", b(3), c(3), f(3))
case("where", b([True, False]), f([1.0, 2.0]), f([nan, inf]))
error("where", b(3), f(4), f(3)), error("where", f(3), f(3), f(3))
case("lerp", f(3, 4), f(4), 0.25), case("lerp", f(3), f(3), f(3)), case("lerp", f(2, 1), f(3), f())
case("lerp", f(3), f(3), 0.75)
error("lerp", f(3), f(4), 0.5), error("lerp", i([1]), i([2]), 0.5)
case("addcmul", f(3, 4), f(4), f(3, 1)), case("addcmul", f(3), f(3), f(3), value=0.5)
case("addcmul", f(0, 2), f(2), f(2))
error("addcmul", f(3), f(4), f(3))
case("addcdiv", f(3, 4), f(4), f(3, 1)), case("addcdiv", f(3), f(3), f(3), value=-2)
error("addcdiv", i([1]), i([2]), i([3]))

# In place: the dtype and the shape of the first argument stay.

case("Tensor.add_", f(3, 4), f(4))
case("Tensor.mul_", f(2, 3).transposed, 2)
case("Tensor.div_", f(3), 2)
case("Tensor.zero_", f(2, 3))
case("Tensor.fill_", f(2, 3), 2), case("Tensor.fill_", f(2, 3).sliced, f())
case("Tensor.copy_", f(2, 3), f(3)), case("Tensor.copy_", i([1, 2]), f([1.5, -2.5]))
case("Tensor.clamp_", f(5), 0, 1)
case("Tensor.copy_", f(3), c(3)).without("grad", "bool", why="the imaginary part is dropped")
case("Tensor.add_", f(2, 3).sliced, f(2, 3))
error("Tensor.add_", f(3), f(4, 3)), error("Tensor.add_", f(3).expanded, 1)
error("Tensor.add_", i([1, 2]), 1.5)
error("Tensor.copy_", f(3), f(2))
error("Tensor.div_", i([1]), 2)
error("Tensor.mul_", f(2), c(2))
error("Tensor.fill_", f(2), f(2))

# Rows.

for name in ("softmax", "log_softmax"):
    case(name, f(3, 4), 1).without("float16", why=ROUNDED), case(name, f(3, 4), dim=0)
    case(name, f(2, 3, 2), -2), case(name, f(), 0), case(name, f(3, 2).transposed, 0)
    case(name, f(0, 3), 1).without("complex64", "int64", "int32", "uint8", "bool", why=EMPTY)
    case(name, f(3, 4), -1, dtype=lib.float64), case(name, i([1, 2]), 0, dtype=lib.float32)
    case(name, f([[1.0, inf, 0.0], [nan, 1.0, 2.0], [-inf, -inf, 1.0]]), 1).without(
        "grad", why=UNDEFINED
    )
    case(name, f([[-inf, -inf]]), 1).without("grad", why=UNDEFINED)
    case(name, f([1000.0, 1001.0, -1000.0]), 0)
    error(name, f(3, 4), 2), error(name, f(3), -2)
