"""Positive-definite and triangular matrices."""

from . import case, error, f

SPD = f([[2.0, 0.25, 0.125], [0.25, 1.5, -0.25], [0.125, -0.25, 1.0]])
BATCH = f([[[2.0, 0.25], [0.25, 1.5]], [[1.0, -0.5], [-0.5, 3.0]]])
LOWER = f([[1.5, 0.0, 0.0], [0.25, 1.25, 0.0], [0.125, -0.25, 1.0]])

for upper in (False, True):
    case("linalg.solve_triangular", LOWER, f(3, 2), upper=upper)
    case("linalg.solve_triangular", LOWER, f(2, 3), upper=upper, left=False)
    case("linalg.solve_triangular", LOWER, f(3, 2), upper=upper, unitriangular=True)
    case("linalg.cholesky", BATCH, upper=upper)
    case("cholesky", SPD, upper)
    case("cholesky_inverse", LOWER, upper)
    case("cholesky_solve", f(3, 2), LOWER, upper)
case("linalg.solve_triangular", BATCH, f(2, 3), upper=False)
case("linalg.solve_triangular", BATCH, f(2, 2, 3), upper=True)
case("linalg.cholesky", SPD)
case("linalg.cholesky_ex", BATCH)
error("linalg.solve_triangular", LOWER, f(2, 3), upper=True)
error("linalg.solve_triangular", f(2, 3), f(3, 3), upper=True)
error("linalg.cholesky", f(2, 3))
error("linalg.cholesky", f([[1.0, 2.0], [2.0, 1.0]]))
for transpose in (False, True):
    case("triangular_solve", f(3, 2), LOWER, False, transpose)
case("triangular_solve", f(3, 2), LOWER)
