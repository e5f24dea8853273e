"""New tensors, and the dtype that a mixture of dtypes has."""

from . import case, each, error, f, i, inf, lib, nan
from .reasons import HALF

DTYPES = [
    "float64", "float32", "float16", "bfloat16", "complex128", "complex64",
    "int64", "int32", "int16", "int8", "uint8", "bool",
]  # fmt: skip

for name in ("zeros", "ones"):
    case(name, 2, 3), case(name, (2, 3), dtype=each), case(name, ()), case(name, 0, 3)
    case(name, [2, 1])
    error(name, -1), error(name, (2, 1.5)), error(name, 2, dtype="float32")
case("empty", 2, 3, dtype=each).with_undefined_values()
case("empty", (0, 2)).with_undefined_values()
error("empty", -1)
case("empty_strided", (2, 3), (1, 2)).with_undefined_values()
case("full", (2, 3), 1.5), case("full", (2,), 2), case("full", (), True)
case("full", (2,), 3, dtype=each), case("full", (0,), 1), case("full", (2,), 1j)
case("full", (2,), inf)
error("full", (-1,), 1)
case("arange", 5), case("arange", 1, 7, 2), case("arange", 0.0, 1.0, 0.25), case("arange", 5.0)
case("arange", 3, 3), case("arange", 5, 0, -2), case("arange", 1, 6, 2, dtype=each)
case("arange", 0.1, 1, 0.3), case("arange", 0, 2, 0.3), case("arange", start=1, end=4)
error("arange", 0, 3, 0), error("arange", 0, 3, -1), error("arange", nan), error("arange", 0, inf)
case("linspace", 0, 1, 5), case("linspace", 3, -2, 4), case("linspace", 0, 10, 4, dtype=each)
case("linspace", 2, 5, 1), case("linspace", 0, 1, 0), case("linspace", f(0.5), 2, 3)
case("linspace", 0, 1, steps=7)
error("linspace", 0, 1, -1)
case("logspace", 0, 2, 3), case("logspace", -1, 1, 4, base=2), case("logspace", 0, 1, 1)
case("logspace", 0, 2, 0), case("logspace", 0, 3, 4, dtype=each)
error("logspace", 0, 1, -1)
case("eye", 3), case("eye", 2, 4), case("eye", 3, dtype=each), case("eye", 0)
error("eye", -1), error("eye", 2, -1)
for name in ("tril_indices", "triu_indices"):
    case(name, 3, 3), case(name, 3, 4, 1), case(name, 4, 3, -1), case(name, 0, 3)
    case(name, 2, 2, dtype=lib.int32)
    error(name, -1, 2), error(name, 2, 2, dtype=lib.float32)
case("complex", f(3), f(3)).without("float16", why=HALF)
error("complex", i([1]), i([1])), error("complex", f(2), f(2, dtype="float64"))
case("polar", f(3).positive, f(3)), case("polar", f(3, 1).positive, f(2))
error("polar", i([1]), i([1]))
case("scalar_tensor", 2.5), case("scalar_tensor", 3, dtype=lib.int32)

# From Python.

NUMBERS = [2, 2.5, True, 1j, [1, 2], [1.0, 2], [True, False], [1, 1j], [True, 2]]
for data in (*NUMBERS, [[1, 2], [3, 4]], [], [[]], (1, 2)):
    case("tensor", data)
    case("as_tensor", data)
case("tensor", [1, 2], dtype=each), case("tensor", [1.75, -2.5], dtype=lib.int64)
case("tensor", [nan, inf]), case("tensor", [0, 0.5, nan], dtype=lib.bool)
case("tensor", [f(), f()]), case("tensor", [2**40])
error("tensor", [[1, 2], [3]]), error("tensor", "text"), error("tensor", [1, "a"])
error("tensor", None), error("tensor", [300], dtype=lib.uint8)
error("tensor", [1j], dtype=lib.float32), error("tensor", [1, [2]]), error("tensor", [2**70])
error("tensor", [f(2), f(3)])
case("as_tensor", f(3)), case("as_tensor", f(3), dtype=lib.float64)
case("asarray", [1, 2.5]), case("asarray", f(3))

# Like another.

for name in ("zeros_like", "ones_like"):
    case(name, f(2, 3)), case(name, f()), case(name, f(0, 2)), case(name, f(2, 3), dtype=lib.int64)
    case(name, f(2, 3).transposed)
    error(name, [1, 2])
case("empty_like", f(2, 3)).with_undefined_values()
case("empty_like", f(3), dtype=lib.bool).with_undefined_values()
case("full_like", f(2, 3), 2), case("full_like", f(2), 2.5, dtype=lib.float64)
case("full_like", f(2, 3).transposed, 0)
case("Tensor.new_zeros", f(3), (2, 2)), case("Tensor.new_zeros", f(3), 2, 2)
case("Tensor.new_ones", f(3), (2,)), case("Tensor.new_ones", f(3), 2, dtype=lib.int64)
case("Tensor.new_full", f(3), (2,), 3)
case("Tensor.new_empty", f(3), (2, 2)).with_undefined_values()
case("Tensor.new_tensor", f(3), [1, 2])
case("Tensor.new_full", f(1), (), 1, dtype=lib.float32)
error("Tensor.new_zeros", f(3), -1)

# Promotion: of every dtype with every dtype, as tensors with and without dimensions and as numbers.

for one in DTYPES:
    for other in DTYPES:
        case("promote_types", getattr(lib, one), getattr(lib, other))
        case("can_cast", getattr(lib, one), getattr(lib, other))
        if one == "float16" and "complex" in other:  # HALF again
            continue
        case("result_type", f(2, dtype=one), f(dtype=other))
        case("add", f(2, dtype=one).positive, f(2, dtype=other).positive)
        case("add", f(2, dtype=one).positive, f(dtype=other).positive)
    for number in (True, 2, 2.5, 2j)[: 3 if one == "float16" else 4]:
        case("result_type", f(2, dtype=one), number), case("result_type", number, f(dtype=one))
        case("add", f(2, dtype=one).positive, number), case("add", f(dtype=one).positive, number)
case("result_type", 1, 2.5), case("result_type", 1, 2), case("result_type", True, 1)
error("promote_types", lib.float32, 1)
error("result_type", f(2))
