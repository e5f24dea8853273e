"""Reductions: fewer elements out than in, and the running ones along a dimension."""

from . import b, c, case, error, f, i, inf, lib, nan
from .reasons import EMPTY, TIES, UNDEFINED

RAGGED = f([[1.0, nan, 3.0], [nan, nan, nan], [inf, -inf, 2.0]])

# Sums, products, means: any dimensions.

for name in ("sum", "mean", "nansum", "nanmean", "logsumexp", "amax", "amin", "std", "var"):
    case(name, f(3, 4), dim=1), case(name, f(4, 3), dim=-2, keepdim=True)
    case(name, f(2, 3, 4), dim=(0, 2)), case(name, f(2, 3, 4), dim=[-1, 0], keepdim=True)
    case(name, f(5, 2).transposed, dim=0), case(name, f(4, 6).sliced, dim=1)
    case(name, f(3, 4).expanded, dim=1), case(name, RAGGED, dim=1).without("grad", why=UNDEFINED)
    error(name, f(3, 4), dim=2), error(name, f(3, 4), dim=-3), error(name, f(3, 4), dim=(0, 0))
    error(name, f(3, 4), dim=(1, -1))
for name in ("sum", "mean", "nansum", "nanmean", "amax", "amin", "std", "var", "prod"):
    case(name, f(2, 3, 4)), case(name, RAGGED).without("grad", why=UNDEFINED)
for name in ("sum", "mean", "nansum", "nanmean", "prod"):
    case(name, f()), case(name, f(0, 3)), case(name, f(0, 3), dim=0), case(name, f(2, 0), dim=1)
    case(name, f(), dim=0), case(name, f(3), dim=-1), case(name, f(2, 3), dtype=lib.float64)
for name in ("sum", "mean", "nansum", "prod"):
    case(name, i([1, 2, 3]), dtype=lib.float32)
for name in ("sum", "mean", "nansum", "amax"):
    case(name, f(2, 3), dim=())
case("sum", b(2, 3)), case("sum", b(2, 3), dim=0), case("sum", f([200, 100], dtype="uint8"))
case("sum", f(3), dtype=lib.int64), case("sum", f(2, 3), 1, True), case("sum", f(2, 3), (0, 1))
case("sum", f(2, 3), dim=None), case("sum", f(2, 3), dim=None, keepdim=True)
error("mean", i([1, 2])), error("mean", b(2))
case("mean", f([], dtype="float32"))
case("logsumexp", f([[1000.0, 1000.5], [-1000.0, -inf], [-inf, -inf]]), 1).without(
    "grad", why=UNDEFINED
)
case("logsumexp", f(0, 2), 1), case("logsumexp", f(2, 0), 1), case("logsumexp", i([1, 2]), 0)
case("prod", f(3, 4), dim=1), case("prod", f(3, 4), dim=0, keepdim=True)
case("prod", f(2, 3, 2), -1)
case("prod", f([[2.0, 0.0, 3.0], [0.0, 0.0, 4.0], [1.0, 2.0, 3.0]]), 1)  # zeros in a row
case("prod", f([2.0, 0.0, 3.0])), case("prod", f([0.0, 0.0, 3.0])), case("prod", b(3))
error("prod", f(3, 4), dim=2), error("prod", f(3, 4), dim=(0, 1))

# Spread.

for name in ("std", "var", "std_mean", "var_mean"):
    case(name, f(3, 4)), case(name, f(3, 4), 1), case(name, f(2, 3, 4), dim=(0, 2), keepdim=True)
    case(name, f(3, 4), unbiased=False), case(name, f(3, 4), 1, unbiased=False)
    case(name, f(3, 4), dim=0, correction=0), case(name, f(3, 4), correction=2)
    case(name, f(3, 4), dim=None, keepdim=True), case(name, f(0, 2)), case(name, f(0, 2), dim=0)
    case(name, f(1, 3), dim=0).without("grad", why=UNDEFINED)
    case(name, f()).without("grad", why=UNDEFINED), case(name, f(2, 1), 1, False)
    case(name, c(3, 2))
    error(name, i([1, 2, 3])), error(name, f(2, 3), dim=2)
case("std", f([2.0, 2.0, 2.0])).without("gradgrad", why=UNDEFINED)

for name in ("norm", "linalg.vector_norm"):
    case(name, f(3, 4)), case(name, f(3, 4), 1), case(name, f(3, 4), inf), case(name, f(3, 4), -inf)
    case(name, f(3, 4), 3), case(name, f(3, 4), 0), case(name, f(3, 4), 0.5), case(name, f(0))
    case(name, f(3, 4), 2, dim=1), case(name, f(2, 3, 4), 2, dim=(0, 2), keepdim=True)
    case(name, f([0.0, 0.0])).without("gradgrad", why=UNDEFINED), case(name, f())
    case(name, f([0.0, 0.0, 3.0]), 1).without("gradgrad", why=UNDEFINED)
    error(name, f(3, 4), 2, dim=2), error(name, i([1, 2]))
case("norm", f(3, 4), "fro"), case("norm", f(3, 4), "fro", dim=(0, 1))
case("Tensor.norm", f(3, 4)), case("Tensor.norm", f(3, 4), 2, 1, True)
case("norm", f(3), dtype=lib.float64)
for power in (1, 2, 3, inf):  # squares overflow, as PyTorch's do, but for a single element
    case("norm", f([1e30, 1e30], dtype="float32"), power)
    case("norm", f([[1e30], [1e-30]], dtype="float32"), power, 1)
case("dist", f(3, 4), f(3, 4)), case("dist", f(3, 4), f(4), 1)

# Extremes.

for name in ("max", "min"):
    case(name, f(3, 4)), case(name, f(3, 4), 1), case(name, f(3, 4), dim=0, keepdim=True)
    case(name, f(2, 3, 2), -1), case(name, f(3, 4).transposed, 0), case(name, f())
    case(name, f(), 0), case(name, f([1.0, nan, 2.0])), case(name, RAGGED, 1)
    case(name, f([3.0, 3.0, 1.0, 1.0]))  # ties share the gradient
    case(name, f([3.0, 3.0, 1.0, 1.0]), 0), case(name, f(0, 3), 1), case(name, f(3, 4), f(4))
    case(name, i([[1, 5], [7, 2]]), 1), case(name, b(2, 3), 1)
    error(name, f(0)), error(name, f(3, 0), 1), error(name, f(3), 1), error(name, f(3), f(4))
for name in ("amax", "amin"):
    case(name, f([3.0, 3.0, 1.0, 1.0])), case(name, f()), case(name, f(), 0)
    case(name, f([[3.0, 3.0], [1.0, 2.0]]), 1)
    case(name, f(0, 3), 1).without("complex64", why=EMPTY)
    error(name, f(0)), error(name, f(2, 0), 1)
case("aminmax", f(3, 4)), case("aminmax", f(3, 4), dim=1)
case("aminmax", f(3, 4), dim=0, keepdim=True)
case("aminmax", f([2.0, nan, 1.0])).without("grad", why=UNDEFINED), case("aminmax", f())
error("aminmax", f(0))
for name in ("argmax", "argmin"):
    case(name, f(3, 4)), case(name, f(3, 4), 1), case(name, f(3, 4), dim=0, keepdim=True)
    case(name, f(3, 4), dim=None, keepdim=True), case(name, f(2, 3, 2), -2), case(name, f())
    case(name, f(3, 4).transposed), case(name, f([1.0, nan, 2.0]))
    case(name, f([2.0, 5.0, 5.0, 2.0])), case(name, f(0, 3), 1), case(name, i([4, 9, 1]))
    case(name, f(3, 4).sliced, 1)
    error(name, f(0)), error(name, f(3), 1), error(name, f(2, 0), 1)

# Truth and counts.

for name in ("all", "any"):
    case(name, b(3, 4)), case(name, b(3, 4), 1), case(name, b(3, 4), dim=0, keepdim=True)
    case(name, f(3, 4)), case(name, f([0.0, nan])), case(name, f([0, 1, 2])), case(name, b(0))
    case(name, b(0, 2), 0), case(name, b(0, 2), 1), case(name, b(2, 3, 2), dim=(0, 2))
    case(name, f()), case(name, f([0.0]))
    error(name, b(2), 1)
case("count_nonzero", f([[0.0, 1.0, 2.0], [nan, 0.0, -0.0]]))
case("count_nonzero", f([[0, 1], [2, 0]]), 0), case("count_nonzero", b(2, 3, 2), dim=(0, 1))
case("count_nonzero", f(0)), case("count_nonzero", f())
error("count_nonzero", f(2), dim=1)

# Running along a dimension.

for name in ("cumsum", "cumprod", "logcumsumexp"):
    case(name, f(3, 4), 1), case(name, f(3, 4), dim=0), case(name, f(2, 3, 2), -1)
    case(name, f(), 0), case(name, f(0, 3), 0), case(name, f(3, 4).transposed, 1)
    case(name, f(4, 3).sliced, 0)
    case(name, f([1.0, nan, 2.0, inf]), 0).without("grad", why=UNDEFINED)
    error(name, f(3), 1)
for name in ("cumsum", "cumprod"):
    case(name, f(3), 0, dtype=lib.float64), case(name, b(4), 0), case(name, i([1, 2, 3]), 0)
case("cumprod", f([[2.0, 0.0, 3.0, 4.0], [0.0, 1.0, 0.0, 2.0]]), 1)
for name in ("cummax", "cummin"):
    case(name, f(3, 4), 1), case(name, f(3, 4), dim=0), case(name, f(2, 3, 2), -1)
    case(name, f(), 0).without("complex64", why=EMPTY), case(name, f([1.0, 3.0, 3.0, 2.0]), 0)
    case(name, f([1.0, nan, 2.0, 5.0]), 0), case(name, f(0, 3), 0).without("complex64", why=EMPTY)
    case(name, f(3, 4).transposed, 1)
    error(name, f(3), 1)
case("diff", f(5)), case("diff", f(3, 4)), case("diff", f(3, 4), dim=0), case("diff", f(6), n=2)
case("diff", f(2), n=3), case("diff", f(3, 4), prepend=f(3, 1), append=f(3, 2)), case("diff", b(4))
case("diff", f(4), n=0)
error("diff", f()), error("diff", f(3), dim=1), error("diff", f(3, 4), prepend=f(2, 1))

# Medians: of an even number, the lower.

for name in ("median", "nanmedian"):
    case(name, f(3, 4)), case(name, f(5)), case(name, f(3, 4), 1)
    case(name, f(3, 5), dim=0, keepdim=True), case(name, f(2, 3, 2), -2), case(name, f())
    case(name, f(), 0), case(name, f([1.0, nan, 3.0, 2.0]))
    case(name, f([[1.0, nan, 3.0], [4.0, 6.0, 5.0]]), 1), case(name, f(3, 4).transposed, 0)
    error(name, f(3), 1)
NO_NAN = ("int64", "int32", "uint8")
case("median", f(0)).without("complex64", "bool", *NO_NAN, why="nan is no integer")
case("nanmedian", f([nan, nan])).without("grad", why=UNDEFINED)
case("median", f([[2.0, 2.0, 2.0]]), 1).without("grad", why=TIES)
case("quantile", f(5), 0.3), case("quantile", f(3, 4), f([0.25, 0.5]), dim=1)
case("mode", f([[1.0, 2.0, 2.0], [3.0, 3.0, 1.0]]), 1).without("grad", why=TIES)

# Distinct elements.

REPEATS = f([3, 1, 2, 3, 1, 1])
case("unique", REPEATS), case("unique", f([[2, 1], [1, 2]])), case("unique", f(0))
case("unique", f()), case("unique", REPEATS, return_inverse=True)
case("unique", REPEATS, return_counts=True)
case("unique", REPEATS, return_inverse=True, return_counts=True)
case("unique", f([[1, 2], [1, 2], [0, 5]]), dim=0)
case("unique", f([[1, 2], [1, 2], [0, 5]]), dim=0, return_inverse=True, return_counts=True)
case("unique", f([[1, 1, 2], [3, 3, 4]]), dim=1)
case("Tensor.unique", b(4))
error("unique", f(3), dim=1)
RUNS = f([1, 1, 2, 2, 2, 1, 3])
case("unique_consecutive", RUNS), case("unique_consecutive", RUNS, return_inverse=True)
case("unique_consecutive", RUNS, return_counts=True), case("unique_consecutive", f(0))
case("unique_consecutive", RUNS, return_inverse=True, return_counts=True)
case("unique_consecutive", f([[1, 2], [1, 2], [0, 5]]), dim=0)

# NumPy's spellings of dim and keepdim.

for name in ("sum", "mean", "prod", "amax", "logsumexp", "all"):
    case(name, f(3, 4), axis=1, keepdims=True)
for name in ("cumsum", "softmax"):
    case(name, f(3, 4), axis=0)
