"""Decompositions, systems of equations, and what is made of them."""

from . import c, case, error, f, i, inf, lib
from .reasons import EMPTY, UNDEFINED

HALVES = ("bfloat16", "float16")
OTHERS = (*HALVES, "int64", "int32", "uint8", "bool")
REFUSED = "PyTorch refuses the dtype, or gives nothing but nan"
PHASE = "the sign (the phase) of each vector is left open"
CHAOTIC = "a gradient of columns that are nearly singular says little"

A = f([[2.0, 0.25, 0.125], [0.5, 1.5, -0.25], [0.25, -0.5, 1.0]])
BATCH = f([[[2.0, 0.25], [0.5, 1.5]], [[1.0, -0.5], [-0.25, 3.0]]])
TALL = f([[2.0, 0.25], [0.5, 1.5], [-0.25, 1.0]])
WIDE = f([[2.0, 0.25, 1.0], [0.5, 1.5, -0.75]])
SPD = f([[2.0, 0.25, 0.125], [0.25, 1.5, -0.25], [0.125, -0.25, 1.0]])
SINGULAR = f([[1.0, 2.0], [2.0, 4.0]])
INTEGERS = i([[1, 2], [3, 4]])

# systems
for name in ("linalg.inv", "linalg.det", "linalg.slogdet", "det", "slogdet", "logdet", "inverse"):
    case(name, A), case(name, BATCH), case(name, f(0, 0)).without(*OTHERS, why=EMPTY)
    error(name, WIDE), error(name, f(3)), error(name, INTEGERS)
case("linalg.inv_ex", A), case("linalg.solve_ex", A, f(3, 2))
case("linalg.det", SINGULAR).without(
    "grad", "gradgrad", why="PyTorch gives 0: tests/test_linalg.py checks the cofactors")
case("linalg.slogdet", SINGULAR).without(
    "grad", "gradgrad", why=UNDEFINED)
error("linalg.inv", SINGULAR), error("linalg.solve", SINGULAR, f(2))
error("linalg.inv", f([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 2.0], [2.0, 4.0]]]))
case("linalg.solve", A, f(3)), case("linalg.solve", A, f(3, 2))
case("linalg.solve", BATCH, f(2, 2)), case("linalg.solve", A, f(2, 3), left=False)
case("linalg.solve", BATCH, f(2, 2, 3)), case(
    "linalg.solve", f(0, 0), f(0, 2)).without(*OTHERS, why=EMPTY)
error("linalg.solve", A, f(2)), error("linalg.solve", A, f(4, 2))
error("linalg.solve", A, f(3, dtype="int64")), error("linalg.solve", WIDE, f(2))
error("linalg.solve", A, f(3), left=False)
case("linalg.tensorinv", f([[[2.0, 0.25], [0.5, 1.5]]]).transposed, ind=2).without(
    "float16", "bfloat16", why=UNDEFINED)
case("linalg.tensorinv", A, ind=1), error("linalg.tensorinv", A, ind=0)
error("linalg.tensorinv", WIDE, ind=1)
case("linalg.tensorsolve", A, f(3)), error("linalg.tensorsolve", WIDE, f(2))

# triangular factors
for name in ("linalg.lu", "linalg.lu_factor", "linalg.lu_factor_ex", "lu"):
    for matrix in (A, BATCH, TALL, WIDE):
        case(name, matrix)
    case(name, f(0, 2)).without(*OTHERS, why=EMPTY)
case("linalg.lu_factor_ex", SINGULAR).without("grad", "gradgrad", why=UNDEFINED)
case("lu", A, get_infos=True).without("out", why="PyTorch loses the names there")
error("linalg.lu", f(3)), error("linalg.lu", A, pivot=False), error("linalg.lu", INTEGERS)
error("linalg.lu_factor", SINGULAR)
PIVOTS = f([2, 2, 3], dtype="int32")
case("lu_unpack", A, PIVOTS), case("lu_unpack", A, PIVOTS, unpack_pivots=False)
error("lu_unpack", A, i([1, 2, 3])), error("lu_unpack", A, f([1, 2, 4], dtype="int32"))
for left in (True, False):
    for adjoint in (False, True):
        case("linalg.lu_solve", A, PIVOTS, f(3, 3), left=left, adjoint=adjoint)
case("lu_solve", f(3, 2), A, PIVOTS)
error("linalg.lu_solve", A, PIVOTS, f(2, 2)), error("linalg.lu_solve", A, i([1, 2, 3]), f(3, 2))
for hermitian in (False, True):
    case("linalg.ldl_factor", SPD, hermitian=hermitian)
    case("linalg.ldl_factor_ex", SPD, hermitian=hermitian)
    case("linalg.ldl_solve", SPD, f([1, 2, 3], dtype="int32"), f(3, 2), hermitian=hermitian)
error("linalg.ldl_factor", WIDE)
error("linalg.ldl_solve", SPD, f([1, 2, 3], dtype="int32"), f(2, 2))

# orthogonal factors
for matrix in (A, TALL, f(0, 2), f(2, 0)):
    case("linalg.qr", matrix), case("qr", matrix)
case("linalg.qr", WIDE), case("linalg.qr", BATCH)
case("linalg.qr", TALL, mode="complete").without("grad", "gradgrad", why=PHASE)
case("linalg.qr", TALL, mode="r").without("grad", "gradgrad", why=PHASE)
error("linalg.qr", f(3)), error("linalg.qr", TALL, mode="full"), error("linalg.qr", INTEGERS)
case("geqrf", TALL).without("grad", "gradgrad", why="there is none")
case("linalg.householder_product", TALL, f(2)), case("orgqr", TALL, f(1))
error("linalg.householder_product", TALL, f(3)), error("linalg.householder_product", WIDE, f(2))
for left in (True, False):
    for transpose in (False, True):
        case("ormqr", TALL, f(2), f(3, 3), left, transpose)
error("ormqr", TALL, f(2), f(2, 2))

# singular values and eigenvalues
VALUES = ("linalg.svdvals", "linalg.matrix_rank", "linalg.pinv", "pinverse")
for name in VALUES:
    case(name, A), case(name, TALL), case(name, WIDE), case(name, BATCH)
    error(name, f(3)), error(name, INTEGERS)
case("linalg.matrix_rank", SINGULAR), case("linalg.matrix_rank", SPD, hermitian=True)
case("linalg.matrix_rank", A, atol=1.25), case("linalg.matrix_rank", A, rtol=0.75)
case("linalg.matrix_rank", A, 1.25)
case("linalg.pinv", SPD, hermitian=True), case("linalg.pinv", f(0, 3))
case("linalg.pinv", A, atol=1.25).without("gradgrad", why=CHAOTIC)
for name in ("linalg.svd", "svd"):
    for matrix in (A, TALL, WIDE):
        case(name, matrix).without("grad", "gradgrad", why=PHASE).with_undefined_values()
case("svd", TALL, compute_uv=False)
error("linalg.svd", f(3)), error("linalg.svd", A, driver="gesvd"), error("linalg.svd", INTEGERS)
for half in ("L", "U"):
    case("linalg.eigvalsh", SPD, half)
    case("linalg.eigh", SPD, half).without(
        "grad", "gradgrad", why=PHASE).with_undefined_values()
error("linalg.eigh", WIDE), error("linalg.eigh", SPD, "X"), error("linalg.eigvalsh", INTEGERS)
error("linalg.eig", WIDE), error("linalg.eig", f([[inf, 1.0], [1.0, 1.0]]))
for driver in ("gels", "gelsy", "gelsd", "gelss"):
    case("linalg.lstsq", TALL, f(3, 2), driver=driver)
case("linalg.lstsq", WIDE, f(2, 1)), case("linalg.lstsq", BATCH, f(2, 2))
error("linalg.lstsq", TALL, f(2, 2)), error("linalg.lstsq", TALL, f(3, 2), driver="gel")

# norms
for order in ("fro", "nuc", inf, -inf, 1, -1, 2, -2):
    case("linalg.matrix_norm", TALL, order), case("linalg.norm", WIDE, order)
    case("linalg.matrix_norm", f(2, 3, 2), order, dim=(0, 1), keepdim=True)
    case("linalg.cond", A, order)
case("linalg.cond", WIDE), case("linalg.cond", f(0, 0)).without(*OTHERS, why=EMPTY)
case("linalg.cond", SINGULAR, 1).without(
    "grad", "gradgrad", why=UNDEFINED)
case("linalg.norm", f(2, 3, 4)), case("linalg.norm", f(4), 3), case("linalg.norm", A, dim=1)
case("linalg.matrix_norm", f(2, 0)), case("linalg.norm", A, dtype=lib.float64)
error("linalg.matrix_norm", f(3)), error("linalg.matrix_norm", A, 3)
error("linalg.matrix_norm", A, dim=(0, 0)), error("linalg.matrix_norm", INTEGERS)
error("linalg.norm", f(4), "nuc"), error("linalg.norm", f(2, 3, 4), 2)
error("linalg.cond", WIDE, 1)

# functions of matrices
for matrix in (A, BATCH, f(2, 2).large, f(0, 0), f([[20.0, 1.0], [0.0, -30.0]])):
    case("matrix_exp", matrix).without(*HALVES, why=REFUSED)
case("linalg.matrix_exp", c(2, 2))
error("matrix_exp", WIDE), error("matrix_exp", INTEGERS)
for x, count in ((f(3), None), (f(2, 3), 2), (f(), 3)):
    case("linalg.vander", x, N=count).without(*HALVES, why=REFUSED)
error("linalg.vander", f(3), N=1)
case("linalg.diagonal", f(2, 3, 4)), case("linalg.diagonal", f(3, 4), offset=1, dim1=0, dim2=1)
