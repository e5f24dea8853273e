"""Shapes: views of the same memory, and rearrangements that copy it."""

from . import b, c, case, error, f, i, lib

# New sizes for the same elements.

VIEW = "Tensor.view"
case(VIEW, f(3, 4), 2, 6), case(VIEW, f(3, 4), (12,)), case(VIEW, f(2, 6), -1, 3)
case(VIEW, f(), 1, 1), case(VIEW, f(0, 3), 3, 0), case(VIEW, f(1), ())
case(VIEW, f(3, 4).offset, 4, 3), case(VIEW, f(2, 3).transposed, 2, 3, 1)
case(VIEW, f(2, 6).sliced, 2, 2, 3), case(VIEW, f(3, 4).expanded, 3, 2, 2)
error(VIEW, f(3, 4), 5, 2), error(VIEW, f(3, 4), -1, 5), error(VIEW, f(3, 4), -1, -1)
error(VIEW, f(3, 4).transposed, 12), error(VIEW, f(0, 3), -1, 0), error(VIEW, f(4), -2, -2)

# The same bytes as another dtype.
case(VIEW, f(4, dtype="float32"), lib.int32), case(VIEW, f(2, 2, dtype="float64"), lib.int32)
case(VIEW, f(4, dtype="int32"), lib.float64), case(VIEW, c(2), lib.float32)
case(VIEW, f(4, dtype="bfloat16"), lib.int16), case(VIEW, f(4, dtype="uint8"), lib.int32)
error(VIEW, f(3, dtype="int32"), lib.int64), error(VIEW, f(2, 2, dtype="float32").transposed, lib.int8)
case("view_as_real", c(3, 2)), case("view_as_real", c()), error("view_as_real", f(3))
case("view_as_complex", f(3, 2)), case("view_as_complex", f(0, 2)), error("view_as_complex", f(3))
error("view_as_complex", f(3, 2).transposed), error("view_as_complex", i([1, 2]))

case("reshape", f(3, 4), (2, 6)), case("reshape", f(3, 4), (-1,)), case("reshape", f(), (1,))
case("reshape", f(3, 4).transposed, (12,)), case("reshape", f(0, 3), (0, 5)), case("reshape", f(1), ())
case("reshape", f(3, 4).transposed, (3, 2, 2)), case("Tensor.reshape", f(3, 4), 2, -1)
error("reshape", f(3, 4), (5, 2)), error("reshape", f(3, 4), (-1, 5)), error("reshape", f(4), (-1, -1))
case("Tensor.view_as", f(3, 4), f(2, 6)), case("Tensor.reshape_as", f(3, 4), f(2, 6))
error("Tensor.view_as", f(3, 4), f(5))
case("flatten", f(2, 3, 4)), case("flatten", f(2, 3, 4), 1), case("flatten", f(2, 3, 4), 0, 1)
case("flatten", f()), case("flatten", f(2, 3).transposed), case("flatten", f(2, 3, 4), -2, -1)
case("flatten", f(2, 0, 3), 1), error("flatten", f(2, 3), 1, 0), error("flatten", f(2, 3), 2)
case("unflatten", f(2, 6), 1, (2, 3)), case("unflatten", f(6, 2), 0, (-1, 3))
case("unflatten", f(2, 6), -1, [3, 2]), error("unflatten", f(2, 6), 1, (4, 2))
error("unflatten", f(2), 0, ())
case("ravel", f(2, 3)), case("ravel", f(2, 3).transposed), case("ravel", f())
case("squeeze", f(1, 3, 1)), case("squeeze", f(1, 3, 1), 0), case("squeeze", f(1, 3, 1), (0, -1))
case("squeeze", f(1, 3), 1), case("squeeze", f()), case("squeeze", f(), 0), error("squeeze", f(1, 3), 2)
case("squeeze", f(2, 1, 3).transposed, -2), error("squeeze", f(1, 3), (0, 0))
case("unsqueeze", f(3, 4), 0), case("unsqueeze", f(3, 4), 2), case("unsqueeze", f(3, 4), -1)
case("unsqueeze", f(), 0), case("unsqueeze", f(3, 4).transposed, 1), error("unsqueeze", f(3), 2)
error("unsqueeze", f(3), -3)

# Dimensions in another order.

case("t", f(3, 4)), case("t", f(3)), case("t", f()), error("t", f(2, 3, 4))
for name in ("transpose", "swapaxes", "swapdims"):
    case(name, f(3, 4), 0, 1), case(name, f(2, 3, 4), -1, 0), case(name, f(2, 3), 1, 1)
    case(name, f(3, 4).sliced, 0, 1), case(name, f(), 0, -1), error(name, f(3, 4), 0, 2)
case("permute", f(2, 3, 4), (2, 0, 1)), case("permute", f(2, 3, 4), (-1, 0, 1)), case("permute", f(), ())
case("Tensor.permute", f(2, 3, 4), 1, 0, 2), case("permute", f(3, 4).expanded, (1, 0))
error("permute", f(2, 3), (0, 0)), error("permute", f(2, 3), (0,)), error("permute", f(2, 3), (0, 2))
for name in ("movedim", "moveaxis"):
    case(name, f(2, 3, 4), 0, 2), case(name, f(2, 3, 4), (0, 1), (2, 0)), case(name, f(2, 3), -1, 0)
    error(name, f(2, 3), 0, 2), error(name, f(2, 3, 4), (0, 1), (2,)), error(name, f(2, 3), (0, 0), (0, 1))
for name in ("T", "mT", "H", "mH"):
    case(f"Tensor.{name}", f(3, 4)), case(f"Tensor.{name}", c(3, 2))
    case(f"Tensor.{name}", f(2, 3).transposed)
for name in ("mT", "mH"):
    case(f"Tensor.{name}", f(2, 3, 4)), error(f"Tensor.{name}", f(3))
error("Tensor.H", f(2, 3, 4)), case("adjoint", c(2, 3)), case("adjoint", f(2, 3, 4))
error("adjoint", f(3))

# One element, many places.

case("Tensor.expand", f(3, 1), 3, 4), case("Tensor.expand", f(4), 2, 3, 4), case("Tensor.expand", f(), 2, 3)
case("Tensor.expand", f(3, 1), -1, 4), case("Tensor.expand", f(3, 1), (2, -1, 0))
case("Tensor.expand", f(1, 3).transposed, 2, 3), case("Tensor.expand", f(2, 3), 2, 3)
error("Tensor.expand", f(3), 4), error("Tensor.expand", f(2, 3), 3), error("Tensor.expand", f(3), -1, 3)
error("Tensor.expand", f(3, 1), -2, 2)
case("Tensor.expand_as", f(3, 1), f(3, 4)), error("Tensor.expand_as", f(3), f(4))
case("broadcast_to", f(3, 1), (3, 4)), case("broadcast_to", f(), (2,)), error("broadcast_to", f(3), (4,))
case("broadcast_tensors", f(3, 1), f(4)), case("broadcast_tensors", f(), f(2, 2))
case("broadcast_tensors", f(3)), error("broadcast_tensors", f(3), f(4))
case("broadcast_shapes", (3, 1), (4,)), case("broadcast_shapes", (2, 1), (), (1, 5))
error("broadcast_shapes", (3,), (4,))

# Parts.

case("narrow", f(4, 3), 0, 1, 2), case("narrow", f(4, 3), -1, -2, 2), case("narrow", f(4, 3), 0, 4, 0)
case("narrow", f(4, 3).transposed, 1, 1, 2), error("narrow", f(4), 0, 3, 2), error("narrow", f(4), 1, 0, 1)
error("narrow", f(4), 0, 0, -1), error("narrow", f(), 0, 0, 1)
case("select", f(3, 4), 0, 1), case("select", f(3, 4), -1, -1), case("select", f(2, 3, 4), 1, 2)
case("select", f(3), 0, 1), case("select", f(4, 3).sliced, 1, 1)
error("select", f(3, 4), 0, 3), error("select", f(3, 4), 2, 0), error("select", f(), 0, 0)
case("split", f(5, 2), 2), case("split", f(5, 2), (1, 4)), case("split", f(2, 5), 3, dim=1)
case("split", f(2, 5), [2, 0, 3], -1), case("split", f(0, 2), 2), case("split", f(4), 10)
error("split", f(5), (1, 3)), error("split", f(5), 0), error("split", f(5), -1), error("split", f(), 1)
case("split_with_sizes", f(5, 2), (1, 4)), case("split_with_sizes", f(2, 5), [2, 3], 1)
error("split_with_sizes", f(5), (1, 3))
case("chunk", f(5, 2), 2), case("chunk", f(5), 4), case("chunk", f(2, 6), 3, dim=-1), case("chunk", f(2), 5)
error("chunk", f(5), 0), error("chunk", f(), 2)
case("tensor_split", f(7), 3), case("tensor_split", f(7, 2), (1, 4)), case("tensor_split", f(2, 5), 2, dim=1)
case("tensor_split", f(3), (2, 1, 5)), case("tensor_split", f(2), 4), error("tensor_split", f(3), 0)
error("tensor_split", f(), 2)
for name, x in (("hsplit", f(2, 4)), ("vsplit", f(4, 2)), ("dsplit", f(2, 1, 4))):
    case(name, x, 2), case(name, x, (1, 3)), error(name, x, 3), error(name, f(), 2)
case("unbind", f(3, 2)), case("unbind", f(2, 3), 1), case("unbind", f(2, 3).transposed, -1)
case("unbind", f(0, 2)), error("unbind", f(3), 1), error("unbind", f())
case("diagonal", f(3, 4)), case("diagonal", f(3, 4), 1), case("diagonal", f(4, 3), -2)
case("diagonal", f(2, 3, 4), 0, 0, 2), case("diagonal", f(2, 3, 3), dim1=-2, dim2=-1)
case("diagonal", f(2, 2), 5), case("diagonal", f(3, 3).transposed, 1)
error("diagonal", f(3)), error("diagonal", f(3, 3), 0, 1, 1)
case("Tensor.unfold", f(7), 0, 3, 2), case("Tensor.unfold", f(3, 5), 1, 2, 1), case("Tensor.unfold", f(4), -1, 4, 1)
case("Tensor.unfold", f(4), 0, 3, 3), error("Tensor.unfold", f(4), 0, 5, 1), error("Tensor.unfold", f(4), 0, 2, 0)
case("as_strided", f(12), (3, 2), (4, 1)), case("as_strided", f(12), (2, 2), (1, 1), 3)
case("as_strided", f(3, 4).transposed, (2, 3), (1, 2)), case("as_strided", f(4), (), (), 2)
case("as_strided", f(3), (2, 3), (0, 1)), error("as_strided", f(4), (3, 2), (4, 1))
error("as_strided", f(4), (2,), (1, 1)), error("as_strided", f(4), (2,), (-1,))

# The memory itself.

case("Tensor.contiguous", f(3, 4)), case("Tensor.contiguous", f(3, 4).transposed)
case("Tensor.is_contiguous", f(3, 4).transposed), case("Tensor.is_contiguous", f(3, 4))
case("Tensor.is_contiguous", f(3, 4).expanded), case("Tensor.is_contiguous", f(1, 4).sliced)
case("Tensor.stride", f(3, 4).transposed), case("Tensor.stride", f(3, 4), 0), case("Tensor.stride", f(0, 3))
case("Tensor.storage_offset", f(3, 4).offset), case("Tensor.size", f(3, 4)), case("Tensor.size", f(3, 4), -1)
case("Tensor.dim", f(3, 4)), case("Tensor.numel", f(3, 4)), case("Tensor.nelement", f())
case("Tensor.element_size", f(3)), case("numel", f(0, 3)), case("is_floating_point", f(2))
case("is_complex", f(2)), case("Tensor.shape", f(3, 4)), case("Tensor.dtype", f(2)), case("Tensor.ndim", f(2, 1))
case("Tensor.is_signed", f(2)), case("is_nonzero", f(1)), error("is_nonzero", f(2)), error("Tensor.size", f(3), 1)
case("clone", f(3, 4)), case("clone", f(3, 4).transposed), case("clone", f(3).expanded)
case("Tensor.detach", f(3)), case("Tensor.to", f(3), lib.float64), case("Tensor.to", f(3), lib.int64)
case("Tensor.to", f(3), lib.float32), case("Tensor.to", f(3), lib.float64, copy=True)
case("Tensor.to", f([0.0, 0.5, -2.0]), lib.bool), case("Tensor.type_as", f(3), f(3, dtype="float64"))
for name in ("float", "double", "half", "bfloat16", "int", "long", "short", "char", "byte", "bool"):
    case(f"Tensor.{name}", f([0, 1, 3])), case(f"Tensor.{name}", f([0.0, 1.75, 2.5]))
case("Tensor.cfloat", f(2)), case("Tensor.cdouble", f(2))

# Joins.

for name in ("cat", "concat", "concatenate"):
    case(name, [f(2, 3), f(1, 3)]), case(name, (f(2, 1), f(2, 3)), 1), case(name, [f(2, 3)], dim=-1)
    error(name, [f(2, 3), f(2, 4)]), error(name, []), error(name, [f(2), f(2, 2)])
case("cat", [f(0), f(2, 3)]), case("cat", [f(2), i([1, 2]), b([True])]), case("cat", [f(0, 3), f(2, 3)])
case("cat", [f(2, 3).transposed, f(2, 3).sliced], 0), case("cat", [f(2), c(2)])
error("cat", [f()]), error("cat", [f(2)], 1), error("cat", f(3))
case("stack", [f(2, 3), f(2, 3)]), case("stack", (f(2, 3), f(2, 3)), 1), case("stack", [f(2), f(2)], dim=-1)
case("stack", [f(), f()]), case("stack", [f(2), i([1, 2])]), error("stack", [f(2), f(3)]), error("stack", [])
error("stack", [f(2)], 2)
for name in ("hstack", "vstack", "dstack", "column_stack", "row_stack"):
    case(name, [f(3), f(3)]), case(name, (f(2, 3), f(2, 3))), case(name, [f(), f()])
    case(name, [f(2, 1, 2), f(2, 1, 2)]), error(name, [])
case("hstack", [f(2), f(3)]), error("vstack", [f(2), f(3)]), error("dstack", [f(2), f(3)])
case("column_stack", [f(2), f(2, 3)]), error("column_stack", [f(2), f(3)])
case("block_diag", f(2, 2), f(1, 3)), case("block_diag", f(3), f()), case("cartesian_prod", f(2), f(3))

# Rearrangements.

case("flip", f(3, 4), (0,)), case("flip", f(3, 4), (0, 1)), case("flip", f(2, 3, 2), (-1, 0))
case("flip", f(3, 4), ()), case("flip", f(0, 3), (1,)), case("flip", f(3, 4).transposed, (1,))
error("flip", f(3), (1,)), error("flip", f(3), (0, 0)), case("fliplr", f(3, 4)), case("flipud", f(3, 4))
case("flipud", f(3)), error("fliplr", f(3)), error("flipud", f())
case("roll", f(5), 2), case("roll", f(3, 4), 1), case("roll", f(3, 4), -1, 0), case("roll", f(0), 1)
case("roll", f(3, 4), (1, -2), (0, 1)), case("roll", f(3, 4), 7, 1), error("roll", f(3), (1, 2), 0)
error("roll", f(3), 1, 1), case("rot90", f(2, 3)), case("rot90", f(2, 3), 2), case("rot90", f(2, 3), -1)
case("rot90", f(2, 3, 2), 1, (1, 2)), error("rot90", f(3)), error("rot90", f(2, 3), 1, (0, 0))
for name in ("tril", "triu"):
    case(name, f(3, 3)), case(name, f(3, 4), 1), case(name, f(4, 3), -1), case(name, f(2, 3, 3), diagonal=1)
    case(name, f(3, 3).transposed), case(name, f(0, 3)), error(name, f(3))
case("diag", f(3)), case("diag", f(3), 1), case("diag", f(3, 4)), case("diag", f(3, 4), -1), error("diag", f())
case("diag", f(2), -2), error("diag", f(2, 2, 2))
case("diagflat", f(2, 2)), case("diagflat", f(3), 1)
case("diag_embed", f(3)), case("diag_embed", f(2, 3)), case("diag_embed", f(2, 3), 1, 0, 2)
case("diag_embed", f(2), offset=-1), error("diag_embed", f(2), 0, 0, 0)
case("diagonal_scatter", f(3, 3), f(3)), case("select_scatter", f(3, 4), f(4), 0, 1)
case("slice_scatter", f(4, 3), f(2, 3), 0, 1, 3), case("slice_scatter", f(2, 5), f(2, 2), 1, 0, 4, 2)
case("Tensor.repeat", f(2, 3), 2, 1), case("Tensor.repeat", f(3), 2, 2), case("Tensor.repeat", f(), 3)
case("Tensor.repeat", f(2, 3), 0, 2), case("Tensor.repeat", f(2, 3).transposed, (1, 2))
error("Tensor.repeat", f(2, 3), 2), error("Tensor.repeat", f(2), -1)
case("tile", f(2, 3), (2,)), case("tile", f(3), (2, 2)), case("tile", f(2, 3), (1, 0)), case("tile", f(), (2,))
case("repeat_interleave", f(2, 3), 2), case("repeat_interleave", f(2, 3), 2, dim=1)
case("repeat_interleave", f(3, 2), i([1, 0, 2]), dim=0), case("repeat_interleave", f(3), i([1, 0, 2]))
case("repeat_interleave", i([2, 0, 1])), case("repeat_interleave", f(2), 0)
case("repeat_interleave", f(2, 2), i([3]), dim=-1), error("repeat_interleave", f(3), -1)
error("repeat_interleave", f(3), i([1, 2])), error("repeat_interleave", f(3), i([1, -1, 0]))
for name in ("atleast_1d", "atleast_2d", "atleast_3d"):
    case(name, f()), case(name, f(3)), case(name, f(2, 3)), case(name, f(1, 2, 1, 2))
    case(name, f(2), f()), case(name, [f(2), f()])
case("meshgrid", f(2), f(3), indexing="ij"), case("meshgrid", f(2), f(3), indexing="xy")
case("meshgrid", [f(2), f(3), f(1)], indexing="ij"), case("meshgrid", f(), f(2), indexing="ij")
error("meshgrid", f(2, 2), f(3), indexing="ij"), error("meshgrid", f(2), f(3), indexing="yx")
