"""Products of matrices and vectors, and sums of products by subscript."""

from . import b, c, case, error, f, i, lib

case("matmul", f(3, 4), f(4, 2)), case("matmul", f(4), f(4)), case("matmul", f(3, 4), f(4))
case("matmul", f(3), f(3, 4)), case("matmul", f(2, 3, 4), f(2, 4, 2)), case("matmul", f(2, 3, 4), f(4, 2))
case("matmul", f(2, 3, 4), f(4)), case("matmul", f(4), f(2, 4, 3)), case("matmul", f(3, 4), f(2, 4, 2))
case("matmul", f(2, 1, 2, 3), f(3, 3, 2)), case("matmul", f(3, 4).transposed, f(4, 3).sliced)
case("matmul", f(0, 3), f(3, 2)), case("matmul", f(2, 0), f(0, 3)), case("matmul", f(3, 0), f(0))
case("matmul", f(2, 3).expanded, f(3, 2)), case("matmul", c(2, 3), c(3, 2))
case("Tensor.__matmul__", f(2, 3), f(3, 2)), case("Tensor.__rmatmul__", f(3, 2), f(2, 3))
error("matmul", f(3, 4), f(3, 4)), error("matmul", f(), f(3)), error("matmul", f(3), f(4))
error("matmul", f(2, 3, 4), f(3, 4, 2)), error("matmul", f(3, 2), i([1, 2])), error("matmul", f(3, 3), 2.0)

case("mm", f(3, 4), f(4, 2)), case("mm", f(3, 4).transposed, f(4, 2).transposed), case("mm", f(2, 0), f(0, 3))
case("mm", f(0, 3), f(3, 2)), error("mm", f(3), f(3, 2)), error("mm", f(3, 4), f(3, 4))
error("mm", f(2, 2), f(2, 2, dtype="float64"))
case("bmm", f(2, 3, 4), f(2, 4, 2)), case("bmm", f(0, 3, 4), f(0, 4, 2)), case("bmm", f(2, 3, 4).transposed, f(2, 4, 3))
error("bmm", f(3, 4), f(4, 2)), error("bmm", f(2, 3, 4), f(1, 4, 2)), error("bmm", f(2, 3, 4), f(2, 3, 4))
case("mv", f(3, 4), f(4)), case("mv", f(3, 4).transposed, f(4)), case("mv", f(2, 0), f(0))
error("mv", f(3, 4), f(3)), error("mv", f(3), f(3))
case("dot", f(4), f(4)), case("dot", f(0), f(0)), case("dot", f(4).sliced, f(4)), case("dot", c(3), c(3))
error("dot", f(3), f(4)), error("dot", f(2, 2), f(2, 2)), error("dot", f(2), i([1, 2]))
case("vdot", f(4), f(4)), case("vdot", c(3), c(3)), error("vdot", f(3), f(4)), error("vdot", f(2, 2), f(2, 2))
case("inner", f(4), f(4)), case("inner", f(2, 3), f(4, 3)), case("inner", f(2, 3), f(3)), case("inner", f(), f(2, 3))
case("inner", f(2, 2, 3), f(2, 3)), error("inner", f(3), f(4)), error("inner", f(2, 3), f(3, 2))
for name in ("outer", "ger"):
    case(name, f(3), f(4)), case(name, f(0), f(2)), case(name, f(4).sliced, f(2)), error(name, f(2, 2), f(2))
case("outer", f(2), i([1, 2, 3])), case("outer", c(2), f(2))

# A product added to something.

case("addmm", f(3, 2), f(3, 4), f(4, 2)), case("addmm", f(2), f(3, 4), f(4, 2), beta=2, alpha=3)
case("addmm", f(), f(2, 3), f(3, 2)), case("addmm", f(3, 1), f(3, 4), f(4, 2), beta=0)
case("addmm", f(2, 2), f(2, 0), f(0, 2)), error("addmm", f(3, 3), f(3, 4), f(4, 2))
error("addmm", f(3, 2), f(3, 4), f(3, 2)), error("addmm", f(2), f(2), f(2, 2))
case("addmv", f(3), f(3, 4), f(4)), case("addmv", f(), f(3, 4), f(4), beta=2, alpha=-1)
error("addmv", f(2), f(3, 4), f(4)), error("addmv", f(3), f(3, 4), f(3))
case("addr", f(3, 2), f(3), f(2)), case("addr", f(2), f(3), f(2), beta=0.5, alpha=2)
error("addr", f(3, 3), f(3), f(2)), error("addr", f(2, 2), f(2, 2), f(2))
case("addbmm", f(3, 2), f(2, 3, 4), f(2, 4, 2)), case("addbmm", f(2), f(2, 3, 4), f(2, 4, 2), beta=2, alpha=0.5)
error("addbmm", f(3, 2), f(2, 3, 4), f(1, 4, 2))
case("baddbmm", f(2, 3, 2), f(2, 3, 4), f(2, 4, 2)), case("baddbmm", f(3, 1), f(2, 3, 4), f(2, 4, 2), beta=2, alpha=3)
case("baddbmm", f(1), f(2, 2, 2), f(2, 2, 2), beta=0), error("baddbmm", f(2, 3, 3), f(2, 3, 4), f(2, 4, 2))
error("addmm", i([[1]]), i([[1]]), i([[1]]), beta=0.5)

# By subscript, and others.

EINSUM = {
    "ij,jk->ik": [f(2, 3), f(3, 4)], "ij,jk": [f(2, 3), f(3, 4)], "i,i": [f(3), f(3)], "i,j->ij": [f(2), f(3)],
    "ij->ji": [f(2, 3)], "ba": [f(2, 3)], "ij->": [f(2, 3)], "ij->i": [f(2, 3)], "ii": [f(3, 3)], "ii->i": [f(3, 3)],
    "bij,bjk->bik": [f(2, 2, 3), f(2, 3, 2)], "bij,bik->bjk": [f(2, 2, 3), f(2, 2, 2)],
    "...ij,...jk->...ik": [f(2, 2, 3), f(3, 2)], "...i->...": [f(2, 3)], "i...,i...->...": [f(3, 2), f(3, 1)],
    "ij,j,k->ik": [f(2, 3), f(3), f(2)], "ij,ij->ij": [f(2, 3), f(1, 3)], "bn,anm,bm->ba": [f(2, 2), f(3, 2, 3), f(2, 3)],
    "i j, j k -> i k": [f(2, 3), f(3, 2)], "Ab,bA->A": [f(2, 3), f(3, 2)], "iij->j": [f(2, 2, 3)], ",i->i": [f(), f(3)],
}  # fmt: skip
for subscripts, operands in EINSUM.items():
    case("einsum", subscripts, *operands)
case("einsum", "ij,jk->ik", [f(2, 3), f(3, 2)])
case("einsum", "ij,jk->ik", f(2, 0), f(0, 3)), case("einsum", "ij,j->i", f(3, 2).transposed, f(2))
error("einsum", "ij,jk->ik", f(2, 3), f(2, 3)), error("einsum", "ij->k", f(2, 3)), error("einsum", "ij,jk", f(2, 3))
error("einsum", "ijk->i", f(2, 3)), error("einsum", "i1->i", f(2, 3)), error("einsum", "ij->ii", f(2, 3))
error("einsum", "ii->i", f(2, 3))
case("tensordot", f(2, 3, 4), f(3, 4, 2)), case("tensordot", f(2, 3), f(3, 2), dims=1)
case("tensordot", f(2, 3, 4), f(4, 2), dims=([2, 0], [0, 1])), case("tensordot", f(2), f(3), dims=0)
error("tensordot", f(2, 3), f(2, 3), dims=1), error("tensordot", f(2, 3), f(3, 2), dims=([0], [0]))
error("tensordot", f(2, 3), f(3, 2), dims=([0, 1], [0]))
case("kron", f(2, 2), f(1, 3)), case("kron", f(2), f(3)), case("kron", f(2, 2), f(3)), case("kron", f(), f(2))
case("chain_matmul", f(2, 3), f(3, 4), f(4, 2)), case("chain_matmul", f(2, 3))
case("linalg.multi_dot", [f(2, 3), f(3, 4), f(4, 2)]), case("linalg.multi_dot", [f(3), f(3, 4), f(4)])
error("linalg.multi_dot", [f(2, 3)]), error("linalg.multi_dot", [f(2, 3), f(2, 3)])
case("cross", f(2, 3), f(2, 3)), case("cross", f(3, 2), f(3, 2), dim=0), case("cross", f(2, 3), f(1, 3), dim=1)
error("cross", f(2), f(2)), error("cross", f(2, 3), f(3, 2), dim=1), case("linalg.cross", f(2, 3), f(3))
case("trace", f(3, 3)), case("trace", f(2, 4)), case("trace", f(3, 2).transposed), case("trace", f(0, 3))
error("trace", f(3)), error("trace", f(2, 2, 2))
case("matrix_power", f(2, 2), 3), case("matrix_power", f(2, 2), 0), error("matrix_power", f(2, 3), 2)
case("vander", f(3), 3), case("linalg.vecdot", f(2, 3), f(3)), case("linalg.matmul", f(2, 3), f(3, 2))
case("cdist", f(3, 2), f(4, 2)), case("cdist", f(2, 3), f(2, 3), p=1.0), case("cov", f(3, 4)), case("corrcoef", f(3, 4))
case("nn.functional.linear", f(2, 3), f(4, 3), f(4)), case("nn.functional.linear", f(3), f(4, 3))
case("nn.functional.bilinear", f(2, 3), f(2, 4), f(2, 3, 4)), error("nn.functional.linear", f(2, 3), f(4, 2))
