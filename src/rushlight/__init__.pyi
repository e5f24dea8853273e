"""The names of `rushlight`, for editors and type checkers. Made by tools/stubs.py."""

from typing import Any, Iterator

from rushlight import autograd as autograd
from rushlight import distributions as distributions
from rushlight import func as func
from rushlight import linalg as linalg
from rushlight import nn as nn
from rushlight import special as special
from rushlight import testing as testing
from rushlight.tensor.device import device as device
from rushlight.tensor.dtypes import dtype as dtype
from rushlight.tensor.dtypes import finfo as finfo
from rushlight.tensor.dtypes import iinfo as iinfo
from rushlight.tensor.size import Size as Size

bfloat16: dtype
bool: dtype
cdouble: dtype
cfloat: dtype
complex128: dtype
complex64: dtype
double: dtype
float: dtype
float16: dtype
float32: dtype
float64: dtype
float8_e4m3fn: dtype
float8_e4m3fnuz: dtype
float8_e5m2: dtype
float8_e5m2fnuz: dtype
half: dtype
int: dtype
int16: dtype
int32: dtype
int64: dtype
int8: dtype
long: dtype
short: dtype
uint16: dtype
uint32: dtype
uint64: dtype
uint8: dtype

class Tensor:
    """An array that knows how it was made."""

    @property
    def H(self) -> Any: ...
    @property
    def T(self) -> Any: ...
    def __abs__(self, *, out: Any = ...) -> Tensor:
        """The distance from zero; real for complex numbers."""
    def __add__(self, other: Any) -> Tensor:
        """"""
    def __and__(self, other: Any) -> Tensor:
        """"""
    @property
    def __array_interface__(self) -> Any: ...
    def __bool__(self) -> Any:
        """"""
    def __eq__(self, other: Any) -> Any:
        """"""
    def __float__(self) -> Any:
        """"""
    def __floordiv__(self, other: Any) -> Tensor:
        """"""
    def __ge__(self, other: Any) -> Tensor:
        """"""
    def __getitem__(self, index: Any) -> Tensor:
        """`self[index]`: a view for numbers, slices, None and ...; a copy where arrays are involved."""
    def __gt__(self, other: Any) -> Tensor:
        """"""
    def __iadd__(self, other: Any) -> Tensor:
        """"""
    def __iand__(self, other: Any) -> Tensor:
        """"""
    def __ifloordiv__(self, other: Any) -> Tensor:
        """"""
    def __imod__(self, other: Any) -> Tensor:
        """"""
    def __imul__(self, other: Any) -> Tensor:
        """"""
    def __int__(self) -> Any:
        """"""
    def __invert__(self, *, out: Any = ...) -> Tensor:
        """The bits it lacks; for bool, logical not."""
    def __ior__(self, other: Any) -> Tensor:
        """"""
    def __ipow__(self, other: Any) -> Tensor:
        """"""
    def __isub__(self, other: Any) -> Tensor:
        """"""
    def __iter__(self) -> Any:
        """"""
    def __itruediv__(self, other: Any) -> Tensor:
        """"""
    def __ixor__(self, other: Any) -> Tensor:
        """"""
    def __le__(self, other: Any) -> Tensor:
        """"""
    def __len__(self) -> Any:
        """"""
    def __lshift__(self, other: Any) -> Tensor:
        """"""
    def __lt__(self, other: Any) -> Tensor:
        """"""
    def __matmul__(self, other: Any) -> Tensor:
        """"""
    def __mod__(self, other: Any) -> Tensor:
        """"""
    def __mul__(self, other: Any) -> Tensor:
        """"""
    def __ne__(self, other: Any) -> Any:
        """"""
    def __neg__(self, *, out: Any = ...) -> Tensor:
        """-input. RuntimeError for bool."""
    def __or__(self, other: Any) -> Tensor:
        """"""
    def __pos__(self) -> Tensor:
        """The tensor itself. RuntimeError for bool."""
    def __pow__(self, other: Any) -> Tensor:
        """"""
    def __radd__(self, other: Any) -> Tensor:
        """"""
    def __rand__(self, other: Any) -> Tensor:
        """"""
    def __rfloordiv__(self, other: Any) -> Tensor:
        """"""
    def __rlshift__(self, other: Any) -> Tensor:
        """"""
    def __rmatmul__(self, other: Any) -> Tensor:
        """"""
    def __rmod__(self, other: Any) -> Tensor:
        """"""
    def __rmul__(self, other: Any) -> Tensor:
        """"""
    def __ror__(self, other: Any) -> Tensor:
        """"""
    def __rpow__(self, other: Any) -> Tensor:
        """"""
    def __rrshift__(self, other: Any) -> Tensor:
        """"""
    def __rshift__(self) -> Tensor:
        """"""
    def __rsub__(self, other: Any) -> Tensor:
        """"""
    def __rtruediv__(self, other: Any) -> Tensor:
        """"""
    def __rxor__(self, other: Any) -> Tensor:
        """"""
    def __setitem__(self, index: Any, value: Any) -> Any:
        """`self[index] = value`: a number, or a tensor that broadcasts to what the index names."""
    def __sub__(self, other: Any) -> Tensor:
        """"""
    def __truediv__(self, other: Any) -> Tensor:
        """"""
    def __xor__(self, other: Any) -> Tensor:
        """"""
    @property
    def _version(self) -> Any: ...
    def abs(self, *, out: Any = ...) -> Tensor:
        """The distance from zero; real for complex numbers."""
    def abs_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `absolute`."""
    def absolute(self, *, out: Any = ...) -> Tensor:
        """The distance from zero; real for complex numbers."""
    def absolute_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `absolute`."""
    def acos(self, *, out: Any = ...) -> Tensor:
        """The angle in [0, pi] whose cosine is input."""
    def acos_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `arccos`."""
    def acosh(self, *, out: Any = ...) -> Tensor:
        """The number >= 0 whose hyperbolic cosine is input."""
    def acosh_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `arccosh`."""
    def add(self, other: Any, *, alpha: Any = ..., out: Any = ...) -> Tensor:
        """input + alpha * other. Source: https://pytorch.org/docs/stable/generated/torch.add.html"""
    def add_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `add`."""
    def addbmm(self, batch1: Any, batch2: Any, *, beta: Any = ..., alpha: Any = ..., out: Any = ...) -> Any:
        """beta * input + alpha * the sum of the products of two batches of matrices."""
    def addbmm_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `addbmm`."""
    def addcdiv(self, tensor1: Any, tensor2: Any, *, value: Any = ..., out: Any = ...) -> Tensor:
        """input + value * tensor1 / tensor2."""
    def addcdiv_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `addcdiv`."""
    def addcmul(self, tensor1: Any, tensor2: Any, *, value: Any = ..., out: Any = ...) -> Tensor:
        """input + value * tensor1 * tensor2."""
    def addcmul_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `addcmul`."""
    def addmm(self, mat1: Any, mat2: Any, *, beta: Any = ..., alpha: Any = ..., out: Any = ...) -> Tensor:
        """beta * input + alpha * (mat1 @ mat2), for matrices `mat1` and `mat2`."""
    def addmm_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `addmm`."""
    def addmv(self, mat: Any, vec: Any, *, beta: Any = ..., alpha: Any = ..., out: Any = ...) -> Any:
        """beta * input + alpha * (mat @ vec), for a matrix and a vector."""
    def addmv_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `addmv`."""
    def addr(self, vec1: Any, vec2: Any, *, beta: Any = ..., alpha: Any = ..., out: Any = ...) -> Any:
        """beta * input + alpha * the outer product of two vectors, in their common dtype."""
    def addr_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `addr`."""
    def adjoint(self) -> Tensor:
        """The conjugate transpose of a matrix or of a batch of them."""
    def all(self, dim: Any = ..., keepdim: Any = ..., *, out: Any = ...) -> Tensor:
        """Whether all elements are nonzero, over the tensor or along `dim` (nan is nonzero)."""
    def allclose(self, other: Any, rtol: Any = ..., atol: Any = ..., equal_nan: Any = ...) -> Any:
        """Whether all elements are close: see `isclose`."""
    def amax(self, dim: Any = ..., keepdim: Any = ..., *, out: Any = ...) -> Tensor:
        """The largest element, of all or along `dim` (an int or several)."""
    def amin(self, dim: Any = ..., keepdim: Any = ..., *, out: Any = ...) -> Tensor:
        """The smallest element, of all or along `dim`: see `amax`."""
    def aminmax(self, *, dim: Any = ..., keepdim: Any = ..., out: Any = ...) -> Any:
        """The smallest and the largest element, of all or along `dim`, one int: (min, max)."""
    def angle(self, *, out: Any = ...) -> Tensor:
        """The angle in radians; 0 or pi for real numbers."""
    def any(self, dim: Any = ..., keepdim: Any = ..., *, out: Any = ...) -> Tensor:
        """Whether any element is nonzero, over the tensor or along `dim`: see `all`."""
    def arccos(self, *, out: Any = ...) -> Tensor:
        """The angle in [0, pi] whose cosine is input."""
    def arccos_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `arccos`."""
    def arccosh(self, *, out: Any = ...) -> Tensor:
        """The number >= 0 whose hyperbolic cosine is input."""
    def arccosh_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `arccosh`."""
    def arcsin(self, *, out: Any = ...) -> Tensor:
        """The angle in [-pi/2, pi/2] whose sine is input."""
    def arcsin_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `arcsin`."""
    def arcsinh(self, *, out: Any = ...) -> Tensor:
        """The number whose hyperbolic sine is input."""
    def arcsinh_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `arcsinh`."""
    def arctan(self, *, out: Any = ...) -> Tensor:
        """The angle in [-pi/2, pi/2] whose tangent is input."""
    def arctan2(self, other: Any, *, out: Any = ...) -> Tensor:
        """The angle of the point (other, input), in radians."""
    def arctan2_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `arctan2`."""
    def arctan_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `arctan`."""
    def arctanh(self, *, out: Any = ...) -> Tensor:
        """The number whose hyperbolic tangent is input."""
    def arctanh_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `arctanh`."""
    def argmax(self, dim: Any = ..., keepdim: Any = ..., *, out: Any = ...) -> Tensor:
        """The index of the largest element, in the flattened tensor or along `dim`."""
    def argmin(self, dim: Any = ..., keepdim: Any = ..., *, out: Any = ...) -> Tensor:
        """The index of the smallest element: see `argmax`."""
    def argsort(self, dim: Any = ..., descending: Any = ..., *, stable: Any = ..., out: Any = ...) -> Tensor:
        """The indices that sort the elements along `dim`: see `sort`."""
    def argwhere(self) -> Tensor:
        """The indices of the elements that are not zero, one row for each."""
    def as_strided(self, size: Any, stride: Any, storage_offset: Any = ...) -> Tensor:
        """A view of the storage of `input` with these sizes and strides, counted in elements."""
    def as_strided_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `as_strided`."""
    def as_strided_scatter(self, src: Any, size: Any, stride: Any, storage_offset: Any = ...) -> Tensor:
        """A copy of `input` with `src` put where `input.as_strided(size, stride, offset)` looks."""
    def asin(self, *, out: Any = ...) -> Tensor:
        """The angle in [-pi/2, pi/2] whose sine is input."""
    def asin_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `arcsin`."""
    def asinh(self, *, out: Any = ...) -> Tensor:
        """The number whose hyperbolic sine is input."""
    def asinh_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `arcsinh`."""
    def atan(self, *, out: Any = ...) -> Tensor:
        """The angle in [-pi/2, pi/2] whose tangent is input."""
    def atan2(self, other: Any, *, out: Any = ...) -> Tensor:
        """The angle of the point (other, input), in radians."""
    def atan2_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `arctan2`."""
    def atan_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `arctan`."""
    def atanh(self, *, out: Any = ...) -> Tensor:
        """The number whose hyperbolic tangent is input."""
    def atanh_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `arctanh`."""
    def backward(self, gradient: Any = ..., retain_graph: Any = ..., create_graph: Any = ..., inputs: Any = ...) -> Any:
        """Add the gradient of this tensor to the `.grad` of the leaves it was made from."""
    def baddbmm(self, batch1: Any, batch2: Any, *, beta: Any = ..., alpha: Any = ..., out: Any = ...) -> Any:
        """beta * input + alpha * the products of two batches of matrices."""
    def baddbmm_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `baddbmm`."""
    def bernoulli(self, p: Any = ..., *, generator: Any = ..., out: Any = ...) -> Tensor:
        """1 with probability `input` (elementwise; or `p` for all), else 0, in the dtype of `input`."""
    def bernoulli_(self, p: Any = ..., *, generator: Any = ...) -> Tensor:
        """Fill with 1 (probability `p`, a number or a tensor) and 0."""
    def bfloat16(self, memory_format: Any = ...) -> Tensor:
        """This tensor as torch.bfloat16; itself if it is that already."""
    def bincount(self, weights: Any = ..., minlength: Any = ..., *, out: Any = ...) -> Any:
        """How often each number from 0 on occurs in a 1-d tensor of integers."""
    def bitwise_and(self, other: Any, *, out: Any = ...) -> Tensor:
        """The bits both have; for bool, logical and."""
    def bitwise_and_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `bitwise_and`."""
    def bitwise_left_shift(self, other: Any, *, out: Any = ...) -> Tensor:
        """input * 2**other, in bits."""
    def bitwise_left_shift_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `bitwise_left_shift`."""
    def bitwise_not(self, *, out: Any = ...) -> Tensor:
        """The bits it lacks; for bool, logical not."""
    def bitwise_not_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `bitwise_not`."""
    def bitwise_or(self, other: Any, *, out: Any = ...) -> Tensor:
        """The bits either has; for bool, logical or."""
    def bitwise_or_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `bitwise_or`."""
    def bitwise_right_shift(self, other: Any, *, out: Any = ...) -> Tensor:
        """input / 2**other rounded down, in bits."""
    def bitwise_right_shift_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `bitwise_right_shift`."""
    def bitwise_xor(self, other: Any, *, out: Any = ...) -> Tensor:
        """The bits exactly one has; for bool, logical xor."""
    def bitwise_xor_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `bitwise_xor`."""
    def bmm(self, mat2: Any, *, out: Any = ...) -> Tensor:
        """The products of two batches of matrices, (b, n, m) and (b, m, p); nothing broadcasts."""
    def bool(self, memory_format: Any = ...) -> Tensor:
        """This tensor as torch.bool; itself if it is that already."""
    def broadcast_to(self, size: Any) -> Tensor:
        """`input` expanded to `size`, a view."""
    def byte(self, memory_format: Any = ...) -> Tensor:
        """This tensor as torch.uint8; itself if it is that already."""
    def cauchy_(self, *args: Any, generator: Any = ..., **kwargs: Any) -> Tensor:
        """Fill with Cauchy numbers."""
    def cdouble(self, memory_format: Any = ...) -> Tensor:
        """This tensor as torch.complex128; itself if it is that already."""
    def ceil(self, *, out: Any = ...) -> Tensor:
        """The smallest whole number not below."""
    def ceil_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `ceil`."""
    def cfloat(self, memory_format: Any = ...) -> Tensor:
        """This tensor as torch.complex64; itself if it is that already."""
    def char(self, memory_format: Any = ...) -> Tensor:
        """This tensor as torch.int8; itself if it is that already."""
    def cholesky(self, upper: Any = ...) -> Tensor:
        """`linalg.cholesky` under its old name."""
    def cholesky_inverse(self, upper: Any = ..., *, out: Any = ...) -> Tensor:
        """The inverse of a positive-definite matrix, given its Cholesky factor."""
    def cholesky_solve(self, L: Any, upper: Any = ..., *, out: Any = ...) -> Any:
        """X of A @ X = B, given the Cholesky factor of A; batches broadcast."""
    def chunk(self, chunks: Any, dim: Any = ...) -> Any:
        """At most `chunks` views of `dim`, of equal size but for the last."""
    def clamp(self, min: Any = ..., max: Any = ..., *, out: Any = ...) -> Tensor:
        """input, but not below min nor above max (numbers or tensors; either may be left out)."""
    def clamp_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `clip`."""
    def clamp_max(self, max: Any, *, out: Any = ...) -> Tensor:
        """input, but not above max."""
    def clamp_max_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `clamp_max`."""
    def clamp_min(self, min: Any, *, out: Any = ...) -> Tensor:
        """input, but not below min."""
    def clamp_min_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `clamp_min`."""
    def clip(self, min: Any = ..., max: Any = ..., *, out: Any = ...) -> Tensor:
        """input, but not below min nor above max (numbers or tensors; either may be left out)."""
    def clip_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `clip`."""
    def clone(self, *, memory_format: Any = ..., out: Any = ...) -> Tensor:
        """A copy with memory of its own, through which gradients flow back to `input`."""
    def combinations(self, r: Any = ..., with_replacement: Any = ...) -> Tensor:
        """All ways to choose `r` elements of a 1-d tensor, in order, as rows."""
    def conj(self) -> Tensor:
        """The complex conjugate; a real tensor itself."""
    def conj_physical(self) -> Tensor:
        """The complex conjugate, written out; a real tensor itself."""
    def conj_physical_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `conj_physical`."""
    def contiguous(self, memory_format: Any = ...) -> Tensor:
        """This tensor if its elements lie dense in row-major order, else a copy that does so."""
    def copy_(self, src: Any, non_blocking: Any = ...) -> Tensor:
        """Write the values of `src` into this tensor: broadcast to its shape, converted to its dtype."""
    def copysign(self, other: Any, *, out: Any = ...) -> Tensor:
        """The magnitude of input with the sign of other."""
    def copysign_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `copysign`."""
    def corrcoef(self) -> Tensor:
        """The correlations of variables in rows, observed in columns, each from -1 to 1."""
    def cos(self, *, out: Any = ...) -> Tensor:
        """The cosine of an angle in radians."""
    def cos_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `cos`."""
    def cosh(self, *, out: Any = ...) -> Tensor:
        """The hyperbolic cosine."""
    def cosh_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `cosh`."""
    def count_nonzero(self, *sizes: Any, **kwargs: Any) -> Any:
        """How many elements are nonzero, over the tensor or along `dim` (an int or several)."""
    def cov(self, *, correction: Any = ..., fweights: Any = ..., aweights: Any = ...) -> Tensor:
        """The covariances of variables in rows, observed in columns: (variables, variables)."""
    def cpu(self, memory_format: Any = ...) -> Tensor:
        """This tensor: it is on the CPU."""
    def cross(self, other: Any, dim: Any = ...) -> Tensor:
        """The cross product of the vectors of 3 along `dim`; without it, the first dim of size 3."""
    def cuda(self, device: Any = ..., non_blocking: Any = ...) -> Tensor:
        """RuntimeError: there is no CUDA device here."""
    def cummax(self, dim: Any, *, out: Any = ...) -> Any:
        """The largest element so far along `dim`, and where it was: (values, indices)."""
    def cummin(self, dim: Any, *, out: Any = ...) -> Any:
        """The smallest element so far along `dim`, and where it was: see `cummax`."""
    def cumprod(self, dim: Any, *, dtype: Any = ..., out: Any = ...) -> Any:
        """The running product along `dim`: each element times all before it."""
    def cumprod_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `cumprod`."""
    def cumsum(self, dim: Any, *, dtype: Any = ..., out: Any = ...) -> Any:
        """The running sum along `dim`: each element plus all before it."""
    def cumsum_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `cumsum`."""
    @property
    def data(self) -> Any: ...
    @data.setter
    def data(self, value: Any) -> None: ...
    def data_ptr(self) -> Any:
        """The address of the first element; 0 if there is none."""
    def deg2rad(self, *, out: Any = ...) -> Tensor:
        """Degrees as radians."""
    def deg2rad_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `deg2rad`."""
    def det(self) -> Tensor:
        """`linalg.det` under its old name."""
    def detach(self) -> Tensor:
        """A tensor over the same memory, outside the graph."""
    def detach_(self) -> Tensor:
        """Take this tensor out of the graph: it becomes a leaf."""
    @property
    def device(self) -> Any: ...
    def diag(self, diagonal: Any = ...) -> Tensor:
        """Of a matrix, a copy of its diagonal; of a vector, the matrix that has it as its diagonal."""
    def diag_embed(self, offset: Any = ..., dim1: Any = ..., dim2: Any = ..., *, out: Any = ...) -> Tensor:
        """Matrices, in the dims `dim1` and `dim2`, with the last dim of `input` on their diagonal."""
    def diagflat(self, offset: Any = ...) -> Tensor:
        """The matrix that has all elements of `input` on its diagonal."""
    def diagonal(self, offset: Any = ..., dim1: Any = ..., dim2: Any = ..., *, out: Any = ...) -> Tensor:
        """A view of the diagonal of two dims, as the last dim; `offset` counts to the right."""
    def diagonal_scatter(self, src: Any, offset: Any = ..., dim1: Any = ..., dim2: Any = ..., *, out: Any = ...) -> Any:
        """A copy of `input` with `src` on the diagonal of two dims."""
    def diff(self, n: Any = ..., dim: Any = ..., prepend: Any = ..., append: Any = ...) -> Tensor:
        """The differences of neighbours along `dim`, taken `n` times; of bool, whether they differ."""
    def digamma(self, *, out: Any = ...) -> Tensor:
        """The derivative of lgamma."""
    def digamma_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `special.psi`."""
    def dim(self) -> Any:
        """How many dimensions there are."""
    def dist(self, other: Any, p: Any = ...) -> Tensor:
        """The norm of input - other."""
    def div(self, other: Any, *, rounding_mode: Any = ..., out: Any = ...) -> Tensor:
        """input / other; with `rounding_mode` 'floor' or 'trunc' rounded, and integers stay integers."""
    def div_(self, other: Any, *, rounding_mode: Any = ...) -> Tensor:
        """In-place `div`."""
    def divide(self, other: Any, *, rounding_mode: Any = ..., out: Any = ...) -> Tensor:
        """input / other; with `rounding_mode` 'floor' or 'trunc' rounded, and integers stay integers."""
    def divide_(self, other: Any, *, rounding_mode: Any = ...) -> Tensor:
        """In-place `div`."""
    def dot(self, tensor: Any, *, out: Any = ...) -> Any:
        """The sum of the products of two vectors' elements."""
    def double(self, memory_format: Any = ...) -> Tensor:
        """This tensor as torch.float64; itself if it is that already."""
    def dsplit(self, indices_or_sections: Any) -> Any:
        """Views of dim 2: that many equal parts, or cut at the given indices."""
    @property
    def dtype(self) -> Any: ...
    def element_size(self) -> Any:
        """Bytes to one element."""
    def eq(self, other: Any, *, out: Any = ...) -> Tensor:
        """input == other, elementwise."""
    def eq_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `eq`."""
    def equal(self, other: Any) -> Any:
        """Whether both have the same shape and the same elements."""
    def erf(self, *, out: Any = ...) -> Tensor:
        """The error function: 2 / sqrt(pi) times the integral of exp(-t*t) from 0 to input."""
    def erf_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `special.erf`."""
    def erfc(self, *, out: Any = ...) -> Tensor:
        """1 - erf(input), exact where that is tiny."""
    def erfc_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `special.erfc`."""
    def erfinv(self, *, out: Any = ...) -> Tensor:
        """The number whose erf is `input`: infinite at -1 and 1, nan beyond."""
    def erfinv_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `special.erfinv`."""
    def exp(self, *, out: Any = ...) -> Tensor:
        """e ** input."""
    def exp2(self, *, out: Any = ...) -> Tensor:
        """2 ** input."""
    def exp2_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `special.exp2`."""
    def exp_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `exp`."""
    def expand(self, *size: Any, implicit: Any = ..., **size_by_name: Any) -> Tensor:
        """A view with dims of size 1 repeated up to `size`, without a copy; -1 keeps a size."""
    def expand_as(self, other: Any) -> Tensor:
        """This tensor expanded to the shape of `other`."""
    def expit_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `nn.functional.sigmoid`."""
    def expm1(self, *, out: Any = ...) -> Tensor:
        """exp(input) - 1, exact near zero."""
    def expm1_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `special.expm1`."""
    def exponential_(self, *args: Any, generator: Any = ..., **kwargs: Any) -> Tensor:
        """Fill with exponential numbers of rate `lambd`."""
    def fill(self, value: Any, *, out: Any = ...) -> Any:
        """A tensor of the shape and dtype of `input`, every element `value`."""
    def fill_(self, value: Any) -> Tensor:
        """Set every element to `value`, a number or a tensor without dims."""
    def fix(self, *, out: Any = ...) -> Tensor:
        """The whole part."""
    def fix_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `fix`."""
    def flatten(self, start_dim: Any = ..., end_dim: Any = ...) -> Tensor:
        """The dims from `start_dim` to `end_dim` (included) as one; a 0-d tensor becomes 1-d."""
    def flip(self, *sizes: Any, **kwargs: Any) -> Any:
        """A copy with the order of the elements reversed along `dims`."""
    def fliplr(self) -> Tensor:
        """A copy with the columns (dim 1) in reverse order."""
    def flipud(self) -> Tensor:
        """A copy with the rows (dim 0) in reverse order."""
    def float(self, memory_format: Any = ...) -> Tensor:
        """This tensor as torch.float32; itself if it is that already."""
    def float_power(self, exponent: Any) -> Tensor:
        """input ** exponent in double precision."""
    def float_power_(self, exponent: Any) -> Tensor:
        """In-place `float_power`. RuntimeError unless the tensor has double precision."""
    def floor(self, *, out: Any = ...) -> Tensor:
        """The largest whole number not above."""
    def floor_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `floor`."""
    def floor_divide(self, other: Any, *, out: Any = ...) -> Tensor:
        """The quotient rounded down. RuntimeError for an integer divided by zero."""
    def floor_divide_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `floor_divide`."""
    def fmax(self, other: Any, *, out: Any = ...) -> Tensor:
        """The larger of the two; the other one where one is nan."""
    def fmin(self, other: Any, *, out: Any = ...) -> Tensor:
        """The smaller of the two; the other one where one is nan."""
    def fmod(self, other: Any, *, out: Any = ...) -> Tensor:
        """What is left of input after division rounded to zero; it has the sign of input."""
    def fmod_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `fmod`."""
    def frac(self, *, out: Any = ...) -> Tensor:
        """The part after the point, with the sign of input."""
    def frac_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `frac`."""
    def frexp(self, *, out: Any = ...) -> Any:
        """(mantissa, exponent): input = mantissa * 2^exponent, 1/2 <= |mantissa| < 1, exponent int32."""
    def gammainc_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `special.gammainc`."""
    def gammaincc_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `special.gammaincc`."""
    def gammaln_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `special.gammaln`."""
    def gather(self, dim: Any, index: Any, *, sparse_grad: Any = ..., out: Any = ...) -> Tensor:
        """The elements that `index` names along `dim`; the result has the shape of `index`."""
    def gcd(self, other: Any, *, out: Any = ...) -> Tensor:
        """The greatest common divisor."""
    def gcd_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `gcd`."""
    def ge(self, other: Any, *, out: Any = ...) -> Tensor:
        """input >= other, elementwise."""
    def ge_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `greater_equal`."""
    def geometric_(self, *args: Any, generator: Any = ..., **kwargs: Any) -> Tensor:
        """Fill with how many trials of probability `p` the first success takes."""
    def geqrf(self) -> Any:
        """(a, tau): R on and above the diagonal of a, the reflections that make Q below it and in tau."""
    def ger(self, vec2: Any) -> Tensor:
        """Every element of one vector times every element of another, as a matrix."""
    @property
    def grad(self) -> Any: ...
    @grad.setter
    def grad(self, value: Any) -> None: ...
    @property
    def grad_fn(self) -> Any: ...
    def greater(self, other: Any, *, out: Any = ...) -> Tensor:
        """input > other, elementwise."""
    def greater_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `greater`."""
    def greater_equal(self, other: Any, *, out: Any = ...) -> Tensor:
        """input >= other, elementwise."""
    def greater_equal_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `greater_equal`."""
    def gt(self, other: Any, *, out: Any = ...) -> Tensor:
        """input > other, elementwise."""
    def gt_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `greater`."""
    def half(self, memory_format: Any = ...) -> Tensor:
        """This tensor as torch.float16; itself if it is that already."""
    def hardshrink(self, lambd: Any = ..., *, out: Any = ...) -> Tensor:
        """input, but 0 from -lambd to lambd."""
    def hash_tensor(self, dim: Any = ..., keepdim: Any = ..., *, mode: Any = ...) -> Tensor:
        """The bits of all elements, as float64 or int64, joined by exclusive or: uint64."""
    def heaviside(self, values: Any, *, out: Any = ...) -> Tensor:
        """0 below zero, 1 above, `values` at zero."""
    def heaviside_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `heaviside`."""
    def histc(self, bins: Any = ..., min: Any = ..., max: Any = ..., *, out: Any = ...) -> Tensor:
        """How many elements lie in each of `bins` equal parts from `min` to `max`."""
    def histogram(self, bins: Any, *, range: Any = ..., weight: Any = ..., density: Any = ...) -> Any:
        """(hist, bin_edges): how many elements (or their weights) lie in each bin; all but the last bin"""
    def hsplit(self, indices_or_sections: Any) -> Any:
        """Views of dim 1: that many equal parts, or cut at the given indices."""
    def hypot(self, other: Any, *, out: Any = ...) -> Tensor:
        """sqrt(input**2 + other**2), without overflow."""
    def hypot_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `hypot`."""
    def i0(self, *, out: Any = ...) -> Tensor:
        """The modified Bessel function of the first kind, of order 0."""
    def i0_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `special.i0`."""
    def igamma(self, other: Any, *, out: Any = ...) -> Tensor:
        """The regularised lower incomplete gamma function P(input, other)."""
    def igamma_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `special.gammainc`."""
    def igammac(self, other: Any, *, out: Any = ...) -> Tensor:
        """The regularised upper incomplete gamma function Q(input, other) = 1 - P."""
    def igammac_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `special.gammaincc`."""
    @property
    def imag(self) -> Any: ...
    @imag.setter
    def imag(self, value: Any) -> None: ...
    def index_add(self, dim: Any, index: Any, source: Any, *, alpha: Any = ..., out: Any = ...) -> Any:
        """A copy of `input` with `alpha` times each slice of `source` added where `index` says."""
    def index_add_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `index_add`."""
    def index_copy(self, dim: Any, index: Any, source: Any, *, out: Any = ...) -> Any:
        """A copy of `input` with the slices of `source` where `index` says."""
    def index_copy_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `index_copy`."""
    def index_fill(self, dim: Any, index: Any, value: Any, *, out: Any = ...) -> Any:
        """A copy of `input` with `value` (a number, or a tensor without dims) in the named slices."""
    def index_fill_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `index_fill`."""
    def index_put(self, indices: Any, values: Any, accumulate: Any = ...) -> Tensor:
        """A copy of `input` with `values` at `input[indices]`."""
    def index_put_(self, indices: Any, values: Any, accumulate: Any = ...) -> Tensor:
        """In-place `index_put`."""
    def index_reduce(self, dim: Any, index: Any, source: Any, reduce: Any, *, include_self: Any = ..., out: Any = ...) -> Any:
        """A copy of `input` with the slices of `source` reduced into those that `index` names."""
    def index_reduce_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `index_reduce`."""
    def index_select(self, dim: Any, index: Any, *, out: Any = ...) -> Any:
        """The slices of `input` along `dim` that `index` names, in that order."""
    def inner(self, other: Any) -> Tensor:
        """The sums of products along the last dims of both; `input * other` if one has no dims."""
    def int(self, memory_format: Any = ...) -> Tensor:
        """This tensor as torch.int32; itself if it is that already."""
    def inverse(self) -> Tensor:
        """`linalg.inv` under its old name."""
    def is_complex(self) -> Any:
        """Whether the dtype is complex."""
    def is_conj(self) -> Any:
        """False: conjugates are always written out here."""
    def is_contiguous(self, memory_format: Any = ...) -> Any:
        """Whether the elements lie dense in memory, in row-major order or that of `memory_format`."""
    def is_floating_point(self) -> Any:
        """Whether the dtype is a floating-point one."""
    def is_inference(self) -> Any:
        """"""
    @property
    def is_leaf(self) -> Any: ...
    @property
    def is_meta(self) -> Any: ...
    def is_neg(self) -> Any:
        """False: negatives are always written out here."""
    def is_nonzero(self) -> Any:
        """Whether the one element is not zero."""
    def is_set_to(self, tensor: Any) -> Any:
        """Whether both look at the same memory through the same sizes and strides."""
    def is_shared(self) -> Any:
        """Whether the tensor lies in memory that other processes can see."""
    def is_signed(self) -> Any:
        """Whether the dtype has negative values."""
    def isclose(self, other: Any, rtol: Any = ..., atol: Any = ..., equal_nan: Any = ...) -> Tensor:
        """Whether |input - other| <= atol + rtol * |other|, elementwise; equal infinities are close."""
    def isfinite(self, *, out: Any = ...) -> Tensor:
        """Whether it is neither infinite nor nan."""
    def isinf(self, *, out: Any = ...) -> Tensor:
        """Whether it is infinite."""
    def isnan(self, *, out: Any = ...) -> Tensor:
        """Whether it is nan."""
    def isneginf(self, *, out: Any = ...) -> Tensor:
        """Whether it is -inf."""
    def isposinf(self, *, out: Any = ...) -> Tensor:
        """Whether it is +inf."""
    def isreal(self, *, out: Any = ...) -> Tensor:
        """Whether its imaginary part is zero."""
    def istft(self, n_fft: Any, hop_length: Any = ..., win_length: Any = ..., window: Any = ..., center: Any = ..., normalized: Any = ..., onesided: Any = ..., length: Any = ..., return_complex: Any = ...) -> Tensor:
        """The signal whose `stft` is nearest to the input: (T,) or (batch, T)."""
    def item(self) -> Any:
        """The one element, as a Python number. RuntimeError if there is not exactly one."""
    @property
    def itemsize(self) -> Any: ...
    def kron(self, other: Any) -> Tensor:
        """The Kronecker product: every element of `input` times the whole of `other`."""
    def kthvalue(self, k: Any, dim: Any = ..., keepdim: Any = ..., *, out: Any = ...) -> Any:
        """The `k`-th smallest element along `dim`, counted from 1, and its place: (values, indices)."""
    @property
    def layout(self) -> Any: ...
    def lcm(self, other: Any, *, out: Any = ...) -> Tensor:
        """The least common multiple."""
    def lcm_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `lcm`."""
    def ldexp(self, other: Any, *, out: Any = ...) -> Tensor:
        """input * 2**other."""
    def ldexp_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `ldexp`."""
    def le(self, other: Any, *, out: Any = ...) -> Tensor:
        """input <= other, elementwise."""
    def le_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `less_equal`."""
    def lerp(self, end: Any, weight: Any, *, out: Any = ...) -> Tensor:
        """input + weight * (end - input)."""
    def lerp_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `lerp`."""
    def less(self, other: Any, *, out: Any = ...) -> Tensor:
        """input < other, elementwise."""
    def less_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `less`."""
    def less_equal(self, other: Any, *, out: Any = ...) -> Tensor:
        """input <= other, elementwise."""
    def less_equal_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `less_equal`."""
    def lgamma(self, *, out: Any = ...) -> Tensor:
        """The logarithm of the gamma function's absolute value."""
    def lgamma_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `special.gammaln`."""
    def log(self, *, out: Any = ...) -> Tensor:
        """The natural logarithm."""
    def log10(self, *, out: Any = ...) -> Tensor:
        """The logarithm to base 10."""
    def log10_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `log10`."""
    def log1p(self, *, out: Any = ...) -> Tensor:
        """log(1 + input), exact near zero."""
    def log1p_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `special.log1p`."""
    def log2(self, *, out: Any = ...) -> Tensor:
        """The logarithm to base 2."""
    def log2_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `log2`."""
    def log_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `log`."""
    def log_normal_(self, *args: Any, generator: Any = ..., **kwargs: Any) -> Tensor:
        """Fill with numbers whose logarithm is normal with this mean and std."""
    def log_softmax(self, dim: Any, dtype: Any = ..., *, out: Any = ...) -> Any:
        """The logarithm of `softmax`, without leaving range. dtype: convert the elements first."""
    def logaddexp(self, other: Any, *, out: Any = ...) -> Tensor:
        """log(exp(input) + exp(other)), without overflow."""
    def logaddexp2(self, other: Any, *, out: Any = ...) -> Tensor:
        """log2(2**input + 2**other), without overflow."""
    def logcumsumexp(self, dim: Any, *, out: Any = ...) -> Any:
        """The logarithm of the running sum of exponentials along `dim`."""
    def logdet(self) -> Tensor:
        """The logarithm of the determinant: nan for a negative one. RuntimeError as `slogdet`."""
    def logical_and(self, other: Any, *, out: Any = ...) -> Tensor:
        """Whether both are true (not zero)."""
    def logical_and_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `logical_and`."""
    def logical_not(self, *, out: Any = ...) -> Tensor:
        """Whether it is false (zero)."""
    def logical_not_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `logical_not`."""
    def logical_or(self, other: Any, *, out: Any = ...) -> Tensor:
        """Whether either is true (not zero)."""
    def logical_or_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `logical_or`."""
    def logical_xor(self, other: Any, *, out: Any = ...) -> Tensor:
        """Whether exactly one is true (not zero)."""
    def logical_xor_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `logical_xor`."""
    def logit(self, eps: Any = ...) -> Tensor:
        """log(input / (1 - input)), the inverse of sigmoid; nan outside 0 to 1."""
    def logit_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `special.logit`."""
    def logsumexp(self, dim: Any, keepdim: Any = ..., *, out: Any = ...) -> Any:
        """The logarithm of the sum of exponentials along `dim` (an int or several)."""
    def long(self, memory_format: Any = ...) -> Tensor:
        """This tensor as torch.int64; itself if it is that already."""
    def lt(self, other: Any, *, out: Any = ...) -> Tensor:
        """input < other, elementwise."""
    def lt_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `less`."""
    def lu(self, pivot: Any = ..., get_infos: Any = ...) -> Any:
        """(LU, pivots), with `get_infos` (LU, pivots, info): `linalg.lu_factor` of old."""
    def lu_solve(self, LU_data: Any, LU_pivots: Any) -> Tensor:
        """`linalg.lu_solve(LU_data, LU_pivots, b)` under its old name."""
    @property
    def mH(self) -> Any: ...
    @property
    def mT(self) -> Any: ...
    def masked_fill(self, mask: Any, value: Any, *, out: Any = ...) -> Any:
        """A copy of `input` with `value`, a number or a tensor without dims, where `mask` is True."""
    def masked_fill_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `masked_fill`."""
    def masked_scatter(self, mask: Any, source: Any, *, out: Any = ...) -> Any:
        """A copy of `input` with the elements of `source`, one after another, where `mask` is True."""
    def masked_scatter_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `masked_scatter`."""
    def masked_select(self, mask: Any, *, out: Any = ...) -> Any:
        """The elements where `mask` is True, in row-major order, as a vector."""
    def matmul(self, other: Any, *, out: Any = ...) -> Tensor:
        """The matrix product of two tensors."""
    def matrix_exp(self, *, out: Any = ...) -> Tensor:
        """I + A + A @ A / 2 + ...: the exponential of square matrices, (..., n, n), float or complex."""
    def matrix_power(self, n: Any) -> Tensor:
        """The product of `n` times the same square matrix, or batch of them; of its inverse if n < 0."""
    def max(self, *args: Any, **kwargs: Any) -> Any:
        """The largest element: of all, along `dim`, or of each pair of two tensors."""
    def maximum(self, other: Any, *, out: Any = ...) -> Tensor:
        """The larger of the two; nan if either is."""
    def mean(self, dim: Any = ..., keepdim: Any = ..., *, dtype: Any = ..., out: Any = ...) -> Tensor:
        """The mean of all elements, or along `dim` (an int or several)."""
    def median(self, *args: Any, **kwargs: Any) -> Any:
        """The median of all elements, or along `dim` with its place: (values, indices)."""
    def min(self, *args: Any, **kwargs: Any) -> Any:
        """The smallest element: of all, along `dim`, or of each pair of two tensors: see `max`."""
    def minimum(self, other: Any, *, out: Any = ...) -> Tensor:
        """The smaller of the two; nan if either is."""
    def mm(self, mat2: Any, *, out: Any = ...) -> Tensor:
        """The product of two matrices."""
    def mode(self, dim: Any = ..., keepdim: Any = ..., *, out: Any = ...) -> Any:
        """The commonest element along `dim`, of equally common ones the smallest: (values, indices)."""
    def moveaxis(self, source: Any, destination: Any) -> Tensor:
        """A view with the dims `source` moved to `destination`, the others keeping their order."""
    def movedim(self, source: Any, destination: Any) -> Tensor:
        """A view with the dims `source` moved to `destination`, the others keeping their order."""
    def msort(self) -> Tensor:
        """The elements sorted along the first dim."""
    def mul(self, other: Any, *, out: Any = ...) -> Tensor:
        """input * other."""
    def mul_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `multiply`."""
    def multinomial(self, num_samples: Any, replacement: Any = ..., *, generator: Any = ..., out: Any = ...) -> Any:
        """`num_samples` indices for each row of weights, in proportion to them."""
    def multiply(self, other: Any, *, out: Any = ...) -> Tensor:
        """input * other."""
    def multiply_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `multiply`."""
    def mv(self, vec: Any, *, out: Any = ...) -> Any:
        """The product of a matrix and a vector."""
    def mvlgamma(self, p: Any) -> Tensor:
        """The logarithm of the gamma function of p dims: log(pi) p (p-1) / 4 + sum lgamma(x - i / 2)."""
    def mvlgamma_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `special.multigammaln`."""
    def nan_to_num(self, nan: Any = ..., posinf: Any = ..., neginf: Any = ..., *, out: Any = ...) -> Tensor:
        """input with nan, +inf and -inf replaced (by 0 and the dtype's limits if not given)."""
    def nan_to_num_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `nan_to_num`."""
    def nanmean(self, dim: Any = ..., keepdim: Any = ..., *, dtype: Any = ...) -> Tensor:
        """The mean of the elements that are not nan: see `mean`."""
    def nanmedian(self, *args: Any, **kwargs: Any) -> Any:
        """The median of what is not nan: see `median`."""
    def nanquantile(self, q: Any, dim: Any = ..., keepdim: Any = ..., *, interpolation: Any = ...) -> Tensor:
        """The quantiles of what is not nan: see `quantile`."""
    def nansum(self, dim: Any = ..., keepdim: Any = ..., *, dtype: Any = ..., out: Any = ...) -> Tensor:
        """The sum with every nan taken as zero: see `sum`."""
    def narrow(self, dim: Any, start: Any, length: Any) -> Tensor:
        """A view of `length` places along `dim`, from `start` (a negative one counts from the end)."""
    def narrow_copy(self, dim: Any, start: Any, length: Any, *, out: Any = ...) -> Any:
        """A copy of what `narrow` shows."""
    @property
    def nbytes(self) -> Any: ...
    @property
    def ndim(self) -> Any: ...
    def ndimension(self) -> Any:
        """How many dimensions there are."""
    def ne(self, other: Any, *, out: Any = ...) -> Tensor:
        """input != other, elementwise."""
    def ne_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `not_equal`."""
    def neg(self, *, out: Any = ...) -> Tensor:
        """-input. RuntimeError for bool."""
    def neg_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `negative`."""
    def negative(self, *, out: Any = ...) -> Tensor:
        """-input. RuntimeError for bool."""
    def negative_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `negative`."""
    def nelement(self) -> Any:
        """How many elements there are."""
    def new(self, *args: Any) -> Tensor:
        """What `new_empty(2, 3)` or `new_tensor(data)` was called before 2018."""
    def new_empty(self, *size: Any, dtype: Any = ..., device: Any = ..., **options: Any) -> Tensor:
        """A tensor of uninitialised values, of the dtype and on the device of this one unless told."""
    def new_empty_strided(self, size: Any, stride: Any, dtype: Any = ..., device: Any = ..., **options: Any) -> Tensor:
        """An uninitialised tensor with these strides, of the dtype of this one unless told."""
    def new_full(self, size: Any, fill_value: Any, *, dtype: Any = ..., device: Any = ..., **options: Any) -> Tensor:
        """A tensor filled with one value, of the dtype and on the device of this one unless told."""
    def new_ones(self, *size: Any, dtype: Any = ..., device: Any = ..., **options: Any) -> Tensor:
        """A tensor of ones, of the dtype and on the device of this one unless told."""
    def new_tensor(self, data: Any, *, dtype: Any = ..., device: Any = ..., requires_grad: Any = ...) -> Tensor:
        """A tensor with a copy of `data`, of the dtype and on the device of this one unless told."""
    def new_zeros(self, *size: Any, dtype: Any = ..., device: Any = ..., **options: Any) -> Tensor:
        """A tensor of zeros, of the dtype and on the device of this one unless told."""
    def nextafter(self, other: Any, *, out: Any = ...) -> Tensor:
        """The next number after input towards other."""
    def nextafter_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `nextafter`."""
    def nonzero(self, *, as_tuple: Any = ...) -> Any:
        """The indices of the elements that are not zero: one row for each, or a tuple of vectors."""
    def nonzero_static(self, *, size: Any, fill_value: Any = ...) -> Tensor:
        """The first `size` rows of `nonzero`, with rows of `fill_value` where there are fewer."""
    def norm(self, p: Any = ..., dim: Any = ..., keepdim: Any = ..., dtype: Any = ...) -> Tensor:
        """The norm of order `p` over `dim`: a number, inf, 'fro' (2), or 'nuc' (of matrices)."""
    def normal_(self, mean: Any = ..., std: Any = ..., *, generator: Any = ...) -> Tensor:
        """Fill with normal numbers. RuntimeError for a negative `std`."""
    def not_equal(self, other: Any, *, out: Any = ...) -> Tensor:
        """input != other, elementwise."""
    def not_equal_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `not_equal`."""
    def numel(self) -> Any:
        """How many elements there are."""
    def numpy(self, *, force: Any = ...) -> Tensor:
        """A NumPy array over this tensor's memory: what one writes, the other sees."""
    def orgqr(self, tau: Any) -> Tensor:
        """The first n columns of H_1 @ ... @ H_k, what `geqrf` keeps of Q."""
    def ormqr(self, tau: Any, other: Any, left: Any = ..., transpose: Any = ...) -> Tensor:
        """Q @ other, or other @ Q if not `left`, with Q.mH for Q if `transpose`; Q as `geqrf` keeps it."""
    def outer(self, vec2: Any) -> Tensor:
        """Every element of one vector times every element of another, as a matrix."""
    def permute(self, *dims: Any, **dims_by_name: Any) -> Tensor:
        """A view with the dims in the order `dims`, each named once."""
    def pinverse(self, rcond: Any = ...) -> Tensor:
        """`linalg.pinv` under its old name."""
    def polygamma(self, n: Any) -> Tensor:
        """The n-th derivative of digamma."""
    def polygamma_(self, n: Any) -> Tensor:
        """In-place `polygamma`."""
    def positive(self) -> Tensor:
        """The tensor itself. RuntimeError for bool."""
    def pow(self, exponent: Any, *, out: Any = ...) -> Tensor:
        """input ** exponent. RuntimeError for integers to negative powers."""
    def pow_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `pow`."""
    def prelu(self, weight: Any) -> Tensor:
        """input where it is positive, else input times the weight of its channel, dim 1."""
    def prod(self, dim: Any = ..., keepdim: Any = ..., *, dtype: Any = ...) -> Tensor:
        """The product of all elements, or along `dim`, one int."""
    def psi_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `special.psi`."""
    def put(self, index: Any, source: Any, accumulate: Any = ..., *, out: Any = ...) -> Any:
        """A copy of `input` with the elements of `source` at `index`, counted in row-major order."""
    def put_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `put`."""
    def qr(self, some: Any = ...) -> Any:
        """`linalg.qr` of old: 'reduced', or 'complete' if not `some`."""
    def quantile(self, q: Any, dim: Any = ..., keepdim: Any = ..., *, interpolation: Any = ...) -> Tensor:
        """The values below which the parts `q` of the elements lie, of all or along `dim`."""
    def rad2deg(self, *, out: Any = ...) -> Tensor:
        """Radians as degrees."""
    def rad2deg_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `rad2deg`."""
    def random_(self, from_: Any = ..., to: Any = ..., *, generator: Any = ..., **bounds: Any) -> Tensor:
        """Fill with integers in [from, to); with one number, [0, to); with none, all of the dtype's."""
    def ravel(self) -> Tensor:
        """All elements in one dim: a view where that is possible."""
    @property
    def real(self) -> Any: ...
    @real.setter
    def real(self, value: Any) -> None: ...
    def reciprocal(self, *, out: Any = ...) -> Tensor:
        """1 / input."""
    def reciprocal_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `reciprocal`."""
    def register_hook(self, hook: Any) -> Any:
        """Call `hook(grad)` when this tensor's gradient is known; what it returns replaces it."""
    def register_post_accumulate_grad_hook(self, hook: Any) -> Any:
        """Call `hook(self)` each time a gradient was added to this leaf's `.grad`."""
    def relu(self, *, out: Any = ...) -> Tensor:
        """max(input, 0)."""
    def relu_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `nn.functional.relu`."""
    def remainder(self, other: Any, *, out: Any = ...) -> Tensor:
        """What is left of input after floor division by other; it has the sign of other."""
    def remainder_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `remainder`."""
    def renorm(self, p: Any, dim: Any, maxnorm: Any) -> Tensor:
        """Each slice along `dim` scaled down to the norm `maxnorm` of order p, where it exceeds that."""
    def renorm_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `renorm`."""
    def repeat(self, *sizes: Any, **kwargs: Any) -> Any:
        """A copy laid out `repeats` times along each dim; more repeats than dims add dims in front."""
    def repeat_interleave(self, repeats: Any = ..., dim: Any = ..., *, output_size: Any = ...) -> Tensor:
        """Each element along `dim` repeated: `repeats` times, or as often as that tensor says for it."""
    @property
    def requires_grad(self) -> Any: ...
    @requires_grad.setter
    def requires_grad(self, value: Any) -> None: ...
    def requires_grad_(self, requires_grad: Any = ...) -> Tensor:
        """Set `requires_grad` of this leaf, and return it."""
    def reshape(self, *shape: Any, **shape_by_name: Any) -> Tensor:
        """The elements in another shape: a view where the strides allow it, else a copy."""
    def reshape_as(self, other: Any) -> Tensor:
        """This tensor reshaped to the shape of `other`."""
    def resize_(self, *sizes: Any, memory_format: Any = ...) -> Tensor:
        """Give this tensor another size, in place; elements in storage order stay, new ones are junk."""
    def resize_as_(self, the_template: Any, *, memory_format: Any = ...) -> Tensor:
        """Give this tensor the size of another, in place."""
    def resolve_conj(self) -> Tensor:
        """The tensor itself: conjugates are always written out here."""
    def resolve_neg(self) -> Tensor:
        """The tensor itself: negatives are always written out here."""
    def retain_grad(self) -> Any:
        """Keep the gradient of this tensor in `.grad` though it is no leaf."""
    @property
    def retains_grad(self) -> Any: ...
    def roll(self, shifts: Any, dims: Any = ..., *, out: Any = ...) -> Any:
        """A copy with the elements moved along `dims` by `shifts`; what falls off comes in again."""
    def rot90(self, k: Any = ..., dims: Any = ..., *, out: Any = ...) -> Tensor:
        """A copy rotated by 90 degrees `k` times, from the first of `dims` towards the second."""
    def round(self, *, decimals: Any = ..., out: Any = ...) -> Tensor:
        """The nearest whole number (halves to the even one), or to so many decimals."""
    def round_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `round`."""
    def rsqrt(self, *, out: Any = ...) -> Tensor:
        """1 / sqrt(input)."""
    def rsqrt_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `rsqrt`."""
    def rsub(self, other: Any, *, alpha: Any = ..., out: Any = ...) -> Tensor:
        """other - alpha * input."""
    def scatter(self, dim: Any, index: Any, src: Any = ..., *, value: Any = ..., reduce: Any = ..., out: Any = ...) -> Tensor:
        """A copy of `input` with the elements of `src` (or one number) at the places `index` names."""
    def scatter_(self, dim: Any, index: Any, src: Any = ..., *, value: Any = ..., reduce: Any = ...) -> Tensor:
        """In-place `scatter`."""
    def scatter_add(self, dim: Any, index: Any, src: Any, *, out: Any = ...) -> Any:
        """A copy of `input` with the elements of `src` added at the places `index` names along `dim`."""
    def scatter_add_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `scatter_add`."""
    def scatter_reduce(self, dim: Any, index: Any, src: Any, reduce: Any, *, include_self: Any = ..., out: Any = ...) -> Any:
        """A copy of `input` with the elements of `src` reduced into the places `index` names."""
    def scatter_reduce_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `scatter_reduce`."""
    def select(self, dim: Any, index: Any, *, out: Any = ...) -> Tensor:
        """A view of what stands at `index` along `dim`, without that dim."""
    def select_scatter(self, src: Any, dim: Any, index: Any, *, out: Any = ...) -> Any:
        """A copy of `input` with `src` in the place of `input.select(dim, index)`."""
    def set_(self, source: Any = ..., storage_offset: Any = ..., size: Any = ..., stride: Any = ...) -> Tensor:
        """Make this tensor look at other memory: that of a tensor or a storage, or none at all."""
    def sgn(self, *, out: Any = ...) -> Tensor:
        """The sign; for complex numbers input / |input|, and 0 for 0."""
    def sgn_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `sgn`."""
    @property
    def shape(self) -> Any: ...
    def share_memory_(self) -> Tensor:
        """Move to memory that other processes can see, with all tensors over the same storage."""
    def short(self, memory_format: Any = ...) -> Tensor:
        """This tensor as torch.int16; itself if it is that already."""
    def sigmoid(self, *, out: Any = ...) -> Tensor:
        """1 / (1 + exp(-input))."""
    def sigmoid_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `nn.functional.sigmoid`."""
    def sign(self, *, out: Any = ...) -> Tensor:
        """-1, 0 or 1."""
    def sign_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `sign`."""
    def signbit(self, *, out: Any = ...) -> Tensor:
        """Whether its sign bit is set: -0.0 counts as negative."""
    def sin(self, *, out: Any = ...) -> Tensor:
        """The sine of an angle in radians."""
    def sin_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `sin`."""
    def sinc(self, *, out: Any = ...) -> Tensor:
        """sin(pi * input) / (pi * input), and 1 at 0."""
    def sinc_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `special.sinc`."""
    def sinh(self, *, out: Any = ...) -> Tensor:
        """The hyperbolic sine."""
    def sinh_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `sinh`."""
    def size(self, dim: Any = ...) -> Any:
        """The shape, or the size of one dim."""
    def slice_scatter(self, src: Any, dim: Any = ..., start: Any = ..., end: Any = ..., step: Any = ..., *, out: Any = ...) -> Any:
        """A copy of `input` with `src` in the place of `input[start:end:step]` along `dim`."""
    def slogdet(self) -> Any:
        """`linalg.slogdet` under its old name."""
    def softmax(self, dim: Any, dtype: Any = ..., *, out: Any = ...) -> Any:
        """exp(input), scaled to sum to one along `dim`. dtype: convert the elements first."""
    def sort(self, dim: Any = ..., descending: Any = ..., *, stable: Any = ..., out: Any = ...) -> Any:
        """The elements sorted along `dim`, and where each was: (values, indices)."""
    def split(self, split_size: Any, dim: Any = ...) -> Any:
        """Views of consecutive stretches of `dim`: of one size (the last may be smaller) or of several."""
    def split_with_sizes(self, split_sizes: Any, dim: Any = ...) -> Any:
        """Views of consecutive stretches of `dim`, of the given sizes."""
    def sqrt(self, *, out: Any = ...) -> Tensor:
        """The square root."""
    def sqrt_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `sqrt`."""
    def square(self, *, out: Any = ...) -> Tensor:
        """input * input."""
    def square_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `square`."""
    def squeeze(self, dim: Any = ..., *, out: Any = ...) -> Tensor:
        """A view without the dims of size 1: all of them, or those among `dim` (an int or several)."""
    def squeeze_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `squeeze`."""
    def std(self, *args: Any, out: Any = ..., **given: Any) -> Tensor:
        """The standard deviation, the square root of the variance: see `var`."""
    def stft(self, n_fft: Any, hop_length: Any = ..., win_length: Any = ..., window: Any = ..., center: Any = ..., pad_mode: Any = ..., normalized: Any = ..., onesided: Any = ..., return_complex: Any = ..., align_to_window: Any = ...) -> Tensor:
        """The transform of each window over a signal: (..., frequencies, windows)."""
    def storage(self) -> Any:
        """The memory this tensor shares with its views, as elements of its dtype."""
    def storage_offset(self) -> Any:
        """How many elements of the storage lie before the first of this tensor."""
    def stride(self, dim: Any = ...) -> Any:
        """How many elements lie between neighbours, for each dim or for one."""
    def sub(self, other: Any, *, alpha: Any = ..., out: Any = ...) -> Tensor:
        """input - alpha * other."""
    def sub_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `subtract`."""
    def subtract(self, other: Any, *, alpha: Any = ..., out: Any = ...) -> Tensor:
        """input - alpha * other."""
    def subtract_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `subtract`."""
    def sum(self, dim: Any = ..., keepdim: Any = ..., *, dtype: Any = ..., out: Any = ...) -> Tensor:
        """The sum of all elements, or along `dim` (an int or several)."""
    def sum_to_size(self, *size: Any) -> Tensor:
        """The sum over the dims that broadcasting `size` to this shape would repeat."""
    def svd(self, some: Any = ..., compute_uv: Any = ...) -> Any:
        """(U, S, V) of input = U @ diag(S) @ V.mH: `linalg.svd` of old."""
    def swapaxes(self, axis0: Any, axis1: Any) -> Tensor:
        """A view with two dims exchanged: `transpose`."""
    def swapaxes_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `swapdims`."""
    def swapdims(self, dim0: Any, dim1: Any) -> Tensor:
        """A view with two dims exchanged: `transpose`."""
    def swapdims_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `swapdims`."""
    def t(self, *, out: Any = ...) -> Tensor:
        """The transpose of a matrix; tensors of fewer dims as they are. RuntimeError above two dims."""
    def t_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `t`."""
    def take(self, index: Any, *, out: Any = ...) -> Any:
        """The elements at `index`, counted through `input` in row-major order; of the index's shape."""
    def take_along_dim(self, indices: Any, dim: Any = ...) -> Tensor:
        """The elements that `indices` names along `dim`; other dims broadcast."""
    def tan(self, *, out: Any = ...) -> Tensor:
        """The tangent of an angle in radians."""
    def tan_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `tan`."""
    def tanh(self, *, out: Any = ...) -> Tensor:
        """The hyperbolic tangent."""
    def tanh_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `nn.functional.tanh`."""
    def tensor_split(self, indices_or_sections: Any, dim: Any = ...) -> Any:
        """Views of `dim`: that many parts, their sizes differing by one at most, or cut at indices."""
    def tile(self, *sizes: Any, **kwargs: Any) -> Any:
        """`repeat` where dims that are not named, in front, are laid out once."""
    def to(self, *args: Any, copy: Any = ..., **options: Any) -> Tensor:
        """This tensor with another dtype or device; itself if it has them already."""
    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers."""
    def topk(self, k: Any, dim: Any = ..., largest: Any = ..., sorted: Any = ..., *, out: Any = ...) -> Any:
        """The `k` largest elements along `dim`, or the smallest, and their places: (values, indices)."""
    def trace(self, *, out: Any = ...) -> Tensor:
        """The sum of the diagonal of a matrix; integers give int64."""
    def transpose(self, dim0: Any, dim1: Any, *, out: Any = ...) -> Tensor:
        """A view with two dims exchanged."""
    def transpose_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `swapdims`."""
    def triangular_solve(self, A: Any, upper: Any = ..., transpose: Any = ..., unitriangular: Any = ...) -> Any:
        """(X, A) for X of A @ X = input, or of A.mT @ X = input: `linalg.solve_triangular` of old."""
    def tril(self, diagonal: Any = ..., *, out: Any = ...) -> Tensor:
        """The lower triangle of each matrix, with zeros above `diagonal` (counted to the right)."""
    def tril_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `tril`."""
    def triu(self, diagonal: Any = ..., *, out: Any = ...) -> Tensor:
        """The upper triangle of each matrix, with zeros below `diagonal` (counted to the right)."""
    def triu_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `triu`."""
    def true_divide(self, other: Any, *, out: Any = ...) -> Tensor:
        """input / other; integers give the default dtype."""
    def true_divide_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `true_divide`."""
    def trunc(self, *, out: Any = ...) -> Tensor:
        """The whole part."""
    def trunc_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `fix`."""
    def type(self, dtype: Any = ..., non_blocking: Any = ...) -> Any:
        """The tensor's type as a string, or, given a dtype or such a string, a converted tensor."""
    def type_as(self, other: Any) -> Tensor:
        """This tensor in the dtype of `other`."""
    def unbind(self, dim: Any = ..., *, out: Any = ...) -> Any:
        """Views of all slices along `dim`, without that dim."""
    def unflatten(self, dim: Any, sizes: Any) -> Tensor:
        """`dim` split into dims of `sizes`, of which one may be -1: the inverse of `flatten`."""
    def unfold(self, dimension: Any, size: Any, step: Any, *, out: Any = ...) -> Any:
        """A view of all windows of `size` places along a dim, `step` apart; they lie in the last dim."""
    def uniform_(self, from_: Any = ..., to: Any = ..., *, generator: Any = ..., **bounds: Any) -> Tensor:
        """Fill with numbers uniform in [from, to). RuntimeError if from > to."""
    def unique(self, sorted: Any = ..., return_inverse: Any = ..., return_counts: Any = ..., dim: Any = ...) -> Any:
        """The distinct elements in rising order, or the distinct slices along `dim`."""
    def unique_consecutive(self, return_inverse: Any = ..., return_counts: Any = ..., dim: Any = ...) -> Any:
        """The elements without those equal to the one before: see `unique` for the arguments."""
    def unsafe_chunk(self, chunks: Any, dim: Any = ...) -> Any:
        """`chunk` whose results autograd takes for separate tensors."""
    def unsafe_split(self, split_size: Any, dim: Any = ...) -> Any:
        """`split` whose results autograd takes for separate tensors: do not write to the input too."""
    def unsafe_split_with_sizes(self, split_sizes: Any, dim: Any = ...) -> Any:
        """`split_with_sizes` whose results autograd takes for separate tensors."""
    def unsqueeze(self, dim: Any, *, out: Any = ...) -> Tensor:
        """A view with a dim of size 1 put in at `dim`."""
    def unsqueeze_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `unsqueeze`."""
    def untyped_storage(self) -> Any:
        """The memory this tensor shares with its views, as bytes."""
    def var(self, *args: Any, out: Any = ..., **given: Any) -> Tensor:
        """The mean square distance from the mean, of all elements or along `dim`."""
    def vdot(self, other: Any, *, out: Any = ...) -> Any:
        """`dot` of the conjugate of `input` and `other`."""
    def view(self, *shape: Any, dtype: Any = ..., size: Any = ..., out: Any = ...) -> Tensor:
        """The same memory in another shape, or of another dtype."""
    def view_as(self, other: Any) -> Tensor:
        """This tensor viewed in the shape of `other`."""
    def view_as_complex(self, *, out: Any = ...) -> Tensor:
        """A tensor whose last dim, of size 2, holds real and imaginary parts, as complex numbers."""
    def view_as_real(self, *, out: Any = ...) -> Any:
        """A complex tensor as real numbers, with a last dim of size 2: real and imaginary parts."""
    def vsplit(self, indices_or_sections: Any) -> Any:
        """Views of dim 0: that many equal parts, or cut at the given indices."""
    def where(self, condition: Any, other: Any) -> Tensor:
        """This tensor where `condition` holds, else `other`."""
    def xlogy(self, other: Any, *, out: Any = ...) -> Tensor:
        """input * log(other), 0 where input is 0 (nan where other is nan)."""
    def xlogy_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In-place `special.xlogy`."""
    def zero_(self) -> Tensor:
        """Set every element to zero."""

BFloat16Tensor: Any
BoolTensor: Any
ByteTensor: Any
CharTensor: Any
DoubleTensor: Any
FACE: Any
FAMILIES: Any
FloatTensor: Any
Generator: Any
HalfTensor: Any
IntTensor: Any
LongTensor: Any
ShortTensor: Any
TypedStorage: Any
UntypedStorage: Any
def abs(input: Any, *, out: Any = ...) -> Tensor:
    """The distance from zero; real for complex numbers."""
def absolute(input: Any, *, out: Any = ...) -> Tensor:
    """The distance from zero; real for complex numbers."""
def acos(input: Any, *, out: Any = ...) -> Tensor:
    """The angle in [0, pi] whose cosine is input."""
def acosh(input: Any, *, out: Any = ...) -> Tensor:
    """The number >= 0 whose hyperbolic cosine is input."""
def adaptive_avg_pool1d(input: Any, output_size: Any) -> Tensor:
    """The means over windows that cover the input evenly."""
def adaptive_max_pool1d(input: Any, output_size: Any) -> Any:
    """"""
def add(input: Any, other: Any, *, alpha: Any = ..., out: Any = ...) -> Tensor:
    """input + alpha * other. Source: https://pytorch.org/docs/stable/generated/torch.add.html"""
def addbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = ..., alpha: Any = ..., out: Any = ...) -> Any:
    """beta * input + alpha * the sum of the products of two batches of matrices."""
def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: Any = ..., out: Any = ...) -> Tensor:
    """input + value * tensor1 / tensor2."""
def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: Any = ..., out: Any = ...) -> Tensor:
    """input + value * tensor1 * tensor2."""
def addmm(input: Any, mat1: Any, mat2: Any, *, beta: Any = ..., alpha: Any = ..., out: Any = ...) -> Tensor:
    """beta * input + alpha * (mat1 @ mat2), for matrices `mat1` and `mat2`."""
def addmv(input: Any, mat: Any, vec: Any, *, beta: Any = ..., alpha: Any = ..., out: Any = ...) -> Any:
    """beta * input + alpha * (mat @ vec), for a matrix and a vector."""
def addr(input: Any, vec1: Any, vec2: Any, *, beta: Any = ..., alpha: Any = ..., out: Any = ...) -> Any:
    """beta * input + alpha * the outer product of two vectors, in their common dtype."""
def adjoint(input: Any) -> Tensor:
    """The conjugate transpose of a matrix or of a batch of them."""
def affine_grid_generator(theta: Any, size: Any, align_corners: Any) -> Tensor:
    """`affine_grid` with align_corners always given."""
def alias_copy(input: Any, *args: Any, **kwargs: Any) -> Any:
    """What `alias` gives, as a copy with memory of its own."""
def all(input: Any, dim: Any = ..., keepdim: Any = ..., *, out: Any = ...) -> Tensor:
    """Whether all elements are nonzero, over the tensor or along `dim` (nan is nonzero)."""
def allclose(input: Any, other: Any, rtol: Any = ..., atol: Any = ..., equal_nan: Any = ...) -> Any:
    """Whether all elements are close: see `isclose`."""
def alpha_dropout(input: Any, p: Any, train: Any) -> Tensor:
    """`nn.functional.alpha_dropout` with `train` always given."""
def alpha_dropout_(input: Any, p: Any, train: Any) -> Tensor:
    """In-place `alpha_dropout`."""
def amax(input: Any, dim: Any = ..., keepdim: Any = ..., *, out: Any = ...) -> Tensor:
    """The largest element, of all or along `dim` (an int or several)."""
def amin(input: Any, dim: Any = ..., keepdim: Any = ..., *, out: Any = ...) -> Tensor:
    """The smallest element, of all or along `dim`: see `amax`."""
def aminmax(input: Any, *, dim: Any = ..., keepdim: Any = ..., out: Any = ...) -> Any:
    """The smallest and the largest element, of all or along `dim`, one int: (min, max)."""
def angle(input: Any, *, out: Any = ...) -> Tensor:
    """The angle in radians; 0 or pi for real numbers."""
def any(input: Any, dim: Any = ..., keepdim: Any = ..., *, out: Any = ...) -> Tensor:
    """Whether any element is nonzero, over the tensor or along `dim`: see `all`."""
def arange(start: Any = ..., end: Any = ..., step: Any = ..., *, out: Any = ..., dtype: Any = ..., device: Any = ..., **options: Any) -> Tensor:
    """The numbers from `start` (0 if left out) up to, not including, `end`, `step` apart."""
def arccos(input: Any, *, out: Any = ...) -> Tensor:
    """The angle in [0, pi] whose cosine is input."""
def arccosh(input: Any, *, out: Any = ...) -> Tensor:
    """The number >= 0 whose hyperbolic cosine is input."""
def arcsin(input: Any, *, out: Any = ...) -> Tensor:
    """The angle in [-pi/2, pi/2] whose sine is input."""
def arcsinh(input: Any, *, out: Any = ...) -> Tensor:
    """The number whose hyperbolic sine is input."""
def arctan(input: Any, *, out: Any = ...) -> Tensor:
    """The angle in [-pi/2, pi/2] whose tangent is input."""
def arctan2(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """The angle of the point (other, input), in radians."""
def arctanh(input: Any, *, out: Any = ...) -> Tensor:
    """The number whose hyperbolic tangent is input."""
are_deterministic_algorithms_enabled: Any
def argmax(input: Any, dim: Any = ..., keepdim: Any = ..., *, out: Any = ...) -> Tensor:
    """The index of the largest element, in the flattened tensor or along `dim`."""
def argmin(input: Any, dim: Any = ..., keepdim: Any = ..., *, out: Any = ...) -> Tensor:
    """The index of the smallest element: see `argmax`."""
def argsort(input: Any, dim: Any = ..., descending: Any = ..., *, stable: Any = ..., out: Any = ...) -> Tensor:
    """The indices that sort the elements along `dim`: see `sort`."""
def argwhere(input: Any) -> Tensor:
    """The indices of the elements that are not zero, one row for each."""
def as_strided(input: Any, size: Any, stride: Any, storage_offset: Any = ...) -> Tensor:
    """A view of the storage of `input` with these sizes and strides, counted in elements."""
def as_strided_copy(input: Any, *args: Any, **kwargs: Any) -> Any:
    """What `as_strided` gives, as a copy with memory of its own."""
def as_strided_scatter(input: Any, src: Any, size: Any, stride: Any, storage_offset: Any = ...) -> Tensor:
    """A copy of `input` with `src` put where `input.as_strided(size, stride, offset)` looks."""
def as_tensor(data: Any, dtype: Any = ..., device: Any = ...) -> Tensor:
    """`data` as a tensor, sharing memory with an array or tensor of that dtype already."""
def asarray(obj: Any, *, dtype: Any = ..., device: Any = ..., copy: Any = ..., requires_grad: Any = ...) -> Tensor:
    """`obj` as a tensor; `copy` forces (True) or forbids (False, ValueError) a copy."""
def asin(input: Any, *, out: Any = ...) -> Tensor:
    """The angle in [-pi/2, pi/2] whose sine is input."""
def asinh(input: Any, *, out: Any = ...) -> Tensor:
    """The number whose hyperbolic sine is input."""
def atan(input: Any, *, out: Any = ...) -> Tensor:
    """The angle in [-pi/2, pi/2] whose tangent is input."""
def atan2(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """The angle of the point (other, input), in radians."""
def atanh(input: Any, *, out: Any = ...) -> Tensor:
    """The number whose hyperbolic tangent is input."""
def atleast_1d(*tensors: Any) -> Any:
    """Each tensor with at least 1 dims: a view with dims of size 1 added."""
def atleast_2d(*tensors: Any) -> Any:
    """Each tensor with at least 2 dims: a view with dims of size 1 added."""
def atleast_3d(*tensors: Any) -> Any:
    """Each tensor with at least 3 dims: a view with dims of size 1 added."""
def avg_pool1d(input: Any, kernel_size: Any, stride: Any = ..., padding: Any = ..., ceil_mode: Any = ..., count_include_pad: Any = ...) -> Tensor:
    """The mean over windows."""
def baddbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = ..., alpha: Any = ..., out: Any = ...) -> Any:
    """beta * input + alpha * the products of two batches of matrices."""
def bartlett_window(window_length: Any, periodic: Any = ..., **options: Any) -> Tensor:
    """The window `signal.windows.bartlett`, periodic if nothing else is said. RuntimeError for a negative length or a dtype of integers."""
def batch_norm(input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, training: Any, momentum: Any, eps: Any, cudnn_enabled: Any) -> Tensor:
    """`nn.functional.batch_norm`, with its arguments in another order."""
def bernoulli(input: Any, p: Any = ..., *, generator: Any = ..., out: Any = ...) -> Tensor:
    """1 with probability `input` (elementwise; or `p` for all), else 0, in the dtype of `input`."""
def binary_cross_entropy_with_logits(input: Any, target: Any, weight: Any = ..., pos_weight: Any = ..., reduction: Any = ...) -> Tensor:
    """The same of `nn.functional`, `reduction` being 0 (none), 1 (mean) or 2 (sum)."""
def bincount(input: Any, weights: Any = ..., minlength: Any = ..., *, out: Any = ...) -> Any:
    """How often each number from 0 on occurs in a 1-d tensor of integers."""
def binomial(count: Any, prob: Any, generator: Any = ..., *, out: Any = ...) -> Any:
    """How often something of probability `prob` happens in `count` trials."""
def bitwise_and(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """The bits both have; for bool, logical and."""
def bitwise_left_shift(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """input * 2**other, in bits."""
def bitwise_not(input: Any, *, out: Any = ...) -> Tensor:
    """The bits it lacks; for bool, logical not."""
def bitwise_or(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """The bits either has; for bool, logical or."""
def bitwise_right_shift(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """input / 2**other rounded down, in bits."""
def bitwise_xor(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """The bits exactly one has; for bool, logical xor."""
def blackman_window(window_length: Any, periodic: Any = ..., **options: Any) -> Tensor:
    """The window `signal.windows.blackman`, periodic if nothing else is said. RuntimeError for a negative length or a dtype of integers."""
def block_diag(*tensors: Any) -> Tensor:
    """A matrix with the tensors, of two dims at most, as blocks along its diagonal."""
def bmm(input: Any, mat2: Any, *, out: Any = ...) -> Tensor:
    """The products of two batches of matrices, (b, n, m) and (b, m, p); nothing broadcasts."""
def broadcast_shapes(*shapes: Any) -> Any:
    """The shape that tensors of these shapes broadcast to. RuntimeError if they do not."""
def broadcast_tensors(*tensors: Any) -> Any:
    """The tensors as views of the one shape they broadcast to."""
def broadcast_to(input: Any, size: Any) -> Tensor:
    """`input` expanded to `size`, a view."""
def bucketize(input: Any, boundaries: Any, *, out_int32: Any = ..., right: Any = ..., out: Any = ...) -> Any:
    """Which bucket each value falls in: how many boundaries are below it."""
can_cast: Any
def cartesian_prod(*tensors: Any) -> Tensor:
    """All ways to take one element from each 1-d tensor, as rows; of one tensor, that tensor."""
def cat(tensors: Any, dim: Any = ..., *, out: Any = ..., axis: Any = ...) -> Tensor:
    """The tensors one after another along `dim`; their other sizes must be equal."""
def cdist(x1: Any, x2: Any, p: Any = ..., compute_mode: Any = ...) -> Tensor:
    """The distance of order `p` between each row of x1 (..., P, M) and of x2 (..., R, M)."""
def ceil(input: Any, *, out: Any = ...) -> Tensor:
    """The smallest whole number not below."""
def celu(input: Any, alpha: Any = ..., *, out: Any = ...) -> Tensor:
    """input where it is positive, else alpha * (exp(input / alpha) - 1)."""
def celu_(input: Any, *settings: Any, **named: Any) -> Tensor:
    """In-place `celu`."""
def chain_matmul(*matrices: Any) -> Tensor:
    """The product of matrices: `linalg.multi_dot` of them."""
def channel_shuffle(input: Any, groups: Any) -> Tensor:
    """The channels, in `groups` parts, dealt out: first the first of each part, and so on."""
channels_last: Any
channels_last_3d: Any
def cholesky(input: Any, upper: Any = ...) -> Tensor:
    """`linalg.cholesky` under its old name."""
def cholesky_inverse(L: Any, upper: Any = ..., *, out: Any = ...) -> Tensor:
    """The inverse of a positive-definite matrix, given its Cholesky factor."""
def cholesky_solve(B: Any, L: Any, upper: Any = ..., *, out: Any = ...) -> Any:
    """X of A @ X = B, given the Cholesky factor of A; batches broadcast."""
def chunk(input: Any, chunks: Any, dim: Any = ...) -> Any:
    """At most `chunks` views of `dim`, of equal size but for the last."""
def clamp(input: Any, min: Any = ..., max: Any = ..., *, out: Any = ...) -> Tensor:
    """input, but not below min nor above max (numbers or tensors; either may be left out)."""
def clamp_max(input: Any, max: Any, *, out: Any = ...) -> Tensor:
    """input, but not above max."""
def clamp_min(input: Any, min: Any, *, out: Any = ...) -> Tensor:
    """input, but not below min."""
def clip(input: Any, min: Any = ..., max: Any = ..., *, out: Any = ...) -> Tensor:
    """input, but not below min nor above max (numbers or tensors; either may be left out)."""
def clone(input: Any, *, memory_format: Any = ..., out: Any = ...) -> Tensor:
    """A copy with memory of its own, through which gradients flow back to `input`."""
def column_stack(tensors: Any) -> Tensor:
    """The tensors side by side, those of 1-d as columns."""
def combinations(input: Any, r: Any = ..., with_replacement: Any = ...) -> Tensor:
    """All ways to choose `r` elements of a 1-d tensor, in order, as rows."""
def complex(real: Any, imag: Any, *, out: Any = ...) -> Tensor:
    """The complex numbers with these real and imaginary parts."""
def concat(tensors: Any, dim: Any = ..., *, out: Any = ..., axis: Any = ...) -> Tensor:
    """The tensors one after another along `dim`; their other sizes must be equal."""
def concatenate(tensors: Any, dim: Any = ..., *, out: Any = ..., axis: Any = ...) -> Tensor:
    """The tensors one after another along `dim`; their other sizes must be equal."""
def conj(input: Any) -> Tensor:
    """The complex conjugate; a real tensor itself."""
def conj_physical(input: Any) -> Tensor:
    """The complex conjugate, written out; a real tensor itself."""
def constant_pad_nd(input: Any, pad: Any, value: Any = ..., *, out: Any = ...) -> Any:
    """The input with `value` around it. pad: (before, behind) for the last dim, then for others."""
contiguous_format: Any
def conv1d(input: Any, weight: Any, bias: Any = ..., stride: Any = ..., padding: Any = ..., dilation: Any = ..., groups: Any = ...) -> Tensor:
    """The sums of `input` in a window times `weight`, for each place of the window."""
def conv2d(input: Any, weight: Any, bias: Any = ..., stride: Any = ..., padding: Any = ..., dilation: Any = ..., groups: Any = ...) -> Tensor:
    """The sums of `input` in a window times `weight`, for each place of the window."""
def conv3d(input: Any, weight: Any, bias: Any = ..., stride: Any = ..., padding: Any = ..., dilation: Any = ..., groups: Any = ...) -> Tensor:
    """The sums of `input` in a window times `weight`, for each place of the window."""
def conv_tbc(input: Any, weight: Any, bias: Any, pad: Any = ...) -> Tensor:
    """`conv1d` of an input that is (time, batch, channels)."""
def conv_transpose1d(input: Any, weight: Any, bias: Any = ..., stride: Any = ..., padding: Any = ..., output_padding: Any = ..., groups: Any = ..., dilation: Any = ...) -> Tensor:
    """The transpose of `conv1d`, as its gradient is computed."""
def conv_transpose2d(input: Any, weight: Any, bias: Any = ..., stride: Any = ..., padding: Any = ..., output_padding: Any = ..., groups: Any = ..., dilation: Any = ...) -> Tensor:
    """The transpose of `conv2d`, as its gradient is computed."""
def conv_transpose3d(input: Any, weight: Any, bias: Any = ..., stride: Any = ..., padding: Any = ..., output_padding: Any = ..., groups: Any = ..., dilation: Any = ...) -> Tensor:
    """The transpose of `conv3d`, as its gradient is computed."""
def convolution(input: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, transposed: Any, output_padding: Any, groups: Any) -> Tensor:
    """Any convolution, over as many dims as `weight` has beyond two: see `conv2d`."""
def copysign(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """The magnitude of input with the sign of other."""
def corrcoef(input: Any) -> Tensor:
    """The correlations of variables in rows, observed in columns, each from -1 to 1."""
def cos(input: Any, *, out: Any = ...) -> Tensor:
    """The cosine of an angle in radians."""
def cosh(input: Any, *, out: Any = ...) -> Tensor:
    """The hyperbolic cosine."""
def cosine_embedding_loss(input1: Any, input2: Any, target: Any, margin: Any = ..., reduction: Any = ...) -> Tensor:
    """`nn.functional.cosine_embedding_loss` with a number for `reduction`."""
def cosine_similarity(x1: Any, x2: Any, dim: Any = ..., eps: Any = ...) -> Tensor:
    """The cosine of the angle between vectors along `dim`; each length counts as `eps` at least."""
def count_nonzero(input: Any, dim: Any = ..., *, out: Any = ...) -> Tensor:
    """How many elements are nonzero, over the tensor or along `dim` (an int or several)."""
def cov(input: Any, *, correction: Any = ..., fweights: Any = ..., aweights: Any = ...) -> Tensor:
    """The covariances of variables in rows, observed in columns: (variables, variables)."""
def cross(input: Any, other: Any, dim: Any = ...) -> Tensor:
    """The cross product of the vectors of 3 along `dim`; without it, the first dim of size 3."""
def ctc_loss(log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any, blank: Any = ..., reduction: Any = ..., zero_infinity: Any = ...) -> Tensor:
    """`nn.functional.ctc_loss`, `reduction` being 0 (none), 1 (mean) or 2 (sum)."""
def cummax(input: Any, dim: Any, *, out: Any = ...) -> Any:
    """The largest element so far along `dim`, and where it was: (values, indices)."""
def cummin(input: Any, dim: Any, *, out: Any = ...) -> Any:
    """The smallest element so far along `dim`, and where it was: see `cummax`."""
def cumprod(input: Any, dim: Any, *, dtype: Any = ..., out: Any = ...) -> Any:
    """The running product along `dim`: each element times all before it."""
def cumsum(input: Any, dim: Any, *, dtype: Any = ..., out: Any = ...) -> Any:
    """The running sum along `dim`: each element plus all before it."""
def cumulative_trapezoid(y: Any, x: Any = ..., *, dx: Any = ..., dim: Any = ...) -> Tensor:
    """The running integral along `dim`: see `trapezoid`."""
default_generator: Any
def deg2rad(input: Any, *, out: Any = ...) -> Tensor:
    """Degrees as radians."""
def det(input: Any) -> Tensor:
    """`linalg.det` under its old name."""
def detach_copy(input: Any, *args: Any, **kwargs: Any) -> Any:
    """What `detach` gives, as a copy with memory of its own."""
def diag(input: Any, diagonal: Any = ...) -> Tensor:
    """Of a matrix, a copy of its diagonal; of a vector, the matrix that has it as its diagonal."""
def diag_embed(input: Any, offset: Any = ..., dim1: Any = ..., dim2: Any = ..., *, out: Any = ...) -> Tensor:
    """Matrices, in the dims `dim1` and `dim2`, with the last dim of `input` on their diagonal."""
def diagflat(input: Any, offset: Any = ...) -> Tensor:
    """The matrix that has all elements of `input` on its diagonal."""
def diagonal(input: Any, offset: Any = ..., dim1: Any = ..., dim2: Any = ..., *, out: Any = ...) -> Tensor:
    """A view of the diagonal of two dims, as the last dim; `offset` counts to the right."""
def diagonal_copy(input: Any, *args: Any, **kwargs: Any) -> Any:
    """What `diagonal` gives, as a copy with memory of its own."""
def diagonal_scatter(input: Any, src: Any, offset: Any = ..., dim1: Any = ..., dim2: Any = ..., *, out: Any = ...) -> Any:
    """A copy of `input` with `src` on the diagonal of two dims."""
def diff(input: Any, n: Any = ..., dim: Any = ..., prepend: Any = ..., append: Any = ...) -> Tensor:
    """The differences of neighbours along `dim`, taken `n` times; of bool, whether they differ."""
def digamma(input: Any, *, out: Any = ...) -> Tensor:
    """The derivative of lgamma."""
def dist(input: Any, other: Any, p: Any = ...) -> Tensor:
    """The norm of input - other."""
def div(input: Any, other: Any, *, rounding_mode: Any = ..., out: Any = ...) -> Tensor:
    """input / other; with `rounding_mode` 'floor' or 'trunc' rounded, and integers stay integers."""
def divide(input: Any, other: Any, *, rounding_mode: Any = ..., out: Any = ...) -> Tensor:
    """input / other; with `rounding_mode` 'floor' or 'trunc' rounded, and integers stay integers."""
def dot(input: Any, tensor: Any, *, out: Any = ...) -> Any:
    """The sum of the products of two vectors' elements."""
def dropout(input: Any, p: Any, train: Any) -> Tensor:
    """`nn.functional.dropout` with `train` always given."""
def dropout_(input: Any, p: Any, train: Any) -> Tensor:
    """In-place `dropout`."""
def dsplit(input: Any, indices_or_sections: Any) -> Any:
    """Views of dim 2: that many equal parts, or cut at the given indices."""
def dstack(tensors: Any) -> Tensor:
    """The tensors one behind another: along dim 2."""
e: Any
def einsum(*args: Any) -> Tensor:
    """The sum of products that an equation in Einstein's notation says: 'ij,jk->ik'."""
def embedding(weight: Any, indices: Any, padding_idx: Any = ..., scale_grad_by_freq: Any = ..., sparse: Any = ...) -> Tensor:
    """The rows of `weight` that `indices` numbers: see `nn.functional.embedding`."""
def embedding_bag(weight: Any, indices: Any, offsets: Any, scale_grad_by_freq: Any = ..., mode: Any = ..., sparse: Any = ..., per_sample_weights: Any = ..., include_last_offset: Any = ..., padding_idx: Any = ...) -> Any:
    """`nn.functional.embedding_bag`, `mode` being 0 (sum), 1 (mean) or 2 (max); and which bag each"""
def embedding_renorm_(input: Any, indices: Any, max_norm: Any, norm_type: Any) -> Tensor:
    """Bring the rows of `input` that are numbered, and longer, to the norm `max_norm`, in place."""
def empty(*size: Any, out: Any = ..., dtype: Any = ..., layout: Any = ..., device: Any = ..., pin_memory: Any = ..., requires_grad: Any = ..., **options: Any) -> Tensor:
    """A tensor of whatever the memory holds."""
empty_cache: Any
def empty_like(input: Any, *, dtype: Any = ..., device: Any = ..., memory_format: Any = ..., requires_grad: Any = ..., **options: Any) -> Tensor:
    """A tensor of uninitialised values, of the size and dtype of `input`."""
def empty_permuted(size: Any, physical_layout: Any, *, dtype: Any = ..., device: Any = ..., **options: Any) -> Tensor:
    """An uninitialised dense tensor whose dims lie in memory in the order `physical_layout`."""
def empty_strided(size: Any, stride: Any, *, dtype: Any = ..., device: Any = ..., **options: Any) -> Tensor:
    """An uninitialised tensor with these strides, counted in elements."""
enable_grad: Any
def eq(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """input == other, elementwise."""
def equal(input: Any, other: Any) -> Any:
    """Whether both have the same shape and the same elements."""
def erf(input: Any, *, out: Any = ...) -> Tensor:
    """The error function: 2 / sqrt(pi) times the integral of exp(-t*t) from 0 to input."""
def erfc(input: Any, *, out: Any = ...) -> Tensor:
    """1 - erf(input), exact where that is tiny."""
def erfinv(input: Any, *, out: Any = ...) -> Tensor:
    """The number whose erf is `input`: infinite at -1 and 1, nan beyond."""
def exp(input: Any, *, out: Any = ...) -> Tensor:
    """e ** input."""
def exp2(input: Any, *, out: Any = ...) -> Tensor:
    """2 ** input."""
def expand_copy(input: Any, *args: Any, **kwargs: Any) -> Any:
    """What `expand` gives, as a copy with memory of its own."""
def expm1(input: Any, *, out: Any = ...) -> Tensor:
    """exp(input) - 1, exact near zero."""
def eye(n: Any, m: Any = ..., *, out: Any = ..., dtype: Any = ..., device: Any = ..., **options: Any) -> Tensor:
    """A matrix of `n` rows and `m` (else `n`) columns with ones on the diagonal."""
def feature_alpha_dropout(input: Any, p: Any, train: Any) -> Tensor:
    """`nn.functional.feature_alpha_dropout` with `train` always given."""
def feature_alpha_dropout_(input: Any, p: Any, train: Any) -> Tensor:
    """In-place `feature_alpha_dropout`."""
def feature_dropout(input: Any, p: Any, train: Any) -> Tensor:
    """`nn.functional.feature_dropout` with `train` always given."""
def feature_dropout_(input: Any, p: Any, train: Any) -> Tensor:
    """In-place `feature_dropout`."""
def fill(input: Any, value: Any, *, out: Any = ...) -> Any:
    """A tensor of the shape and dtype of `input`, every element `value`."""
def fill_(input: Any, value: Any) -> Tensor:
    """Set every element to `value`, a number or a tensor without dims."""
def fix(input: Any, *, out: Any = ...) -> Tensor:
    """The whole part."""
def flatten(input: Any, start_dim: Any = ..., end_dim: Any = ...) -> Tensor:
    """The dims from `start_dim` to `end_dim` (included) as one; a 0-d tensor becomes 1-d."""
def flip(input: Any, dims: Any, *, out: Any = ...) -> Any:
    """A copy with the order of the elements reversed along `dims`."""
def fliplr(input: Any) -> Tensor:
    """A copy with the columns (dim 1) in reverse order."""
def flipud(input: Any) -> Tensor:
    """A copy with the rows (dim 0) in reverse order."""
def float_power(input: Any, exponent: Any) -> Tensor:
    """input ** exponent in double precision."""
def floor(input: Any, *, out: Any = ...) -> Tensor:
    """The largest whole number not above."""
def floor_divide(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """The quotient rounded down. RuntimeError for an integer divided by zero."""
def fmax(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """The larger of the two; the other one where one is nan."""
def fmin(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """The smaller of the two; the other one where one is nan."""
def fmod(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """What is left of input after division rounded to zero; it has the sign of input."""
fork_rng: Any
def frac(input: Any, *, out: Any = ...) -> Tensor:
    """The part after the point, with the sign of input."""
def frexp(input: Any, *, out: Any = ...) -> Any:
    """(mantissa, exponent): input = mantissa * 2^exponent, 1/2 <= |mantissa| < 1, exponent int32."""
def from_dlpack(ext_tensor: Any) -> Tensor:
    """A tensor over the memory of any object that speaks DLPack."""
def from_numpy(ndarray: Any) -> Tensor:
    """A tensor over the array's own memory: what one writes, the other sees."""
def frombuffer(buffer: Any, *, dtype: Any, count: Any = ..., offset: Any = ..., requires_grad: Any = ...) -> Tensor:
    """A 1-d tensor over a buffer's memory, from `offset` bytes, of `count` elements (-1: all)."""
def full(size: Any, fill_value: Any, *, out: Any = ..., dtype: Any = ..., device: Any = ..., **options: Any) -> Tensor:
    """A tensor of this size filled with one value, of the dtype that the value has."""
def full_like(input: Any, fill_value: Any, *, dtype: Any = ..., device: Any = ..., memory_format: Any = ..., **options: Any) -> Tensor:
    """A tensor filled with one value, of the size and dtype of `input`."""
def gather(input: Any, dim: Any, index: Any, *, sparse_grad: Any = ..., out: Any = ...) -> Tensor:
    """The elements that `index` names along `dim`; the result has the shape of `index`."""
def gcd(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """The greatest common divisor."""
def ge(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """input >= other, elementwise."""
def geqrf(input: Any) -> Any:
    """(a, tau): R on and above the diagonal of a, the reflections that make Q below it and in tau."""
def ger(input: Any, vec2: Any) -> Tensor:
    """Every element of one vector times every element of another, as a matrix."""
get_default_device: Any
get_default_dtype: Any
get_deterministic_debug_mode: Any
get_device_module: Any
get_float32_matmul_precision: Any
get_num_threads: Any
get_rng_state: Any
def gradient(input: Any, *, spacing: Any = ..., dim: Any = ..., edge_order: Any = ...) -> Any:
    """The slope along each dim, each as large as the input."""
def greater(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """input > other, elementwise."""
def greater_equal(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """input >= other, elementwise."""
def grid_sampler(input: Any, grid: Any, interpolation_mode: Any, padding_mode: Any, align_corners: Any) -> Tensor:
    """`grid_sample` with its modes as numbers."""
def grid_sampler_2d(input: Any, grid: Any, interpolation_mode: Any, padding_mode: Any, align_corners: Any) -> Tensor:
    """`grid_sample` with its modes as numbers."""
def grid_sampler_3d(input: Any, grid: Any, interpolation_mode: Any, padding_mode: Any, align_corners: Any) -> Tensor:
    """`grid_sample` with its modes as numbers."""
def group_norm(input: Any, num_groups: Any, weight: Any = ..., bias: Any = ..., eps: Any = ..., cudnn_enabled: Any = ...) -> Tensor:
    """`nn.functional.group_norm`."""
def gru(input: Any, second: Any, *rest: Any, **named: Any) -> Any:
    """`gru` through time: (input, hx, weights, has_biases, num_layers, dropout, train, bidirectional, batch_first), or (data, batch_sizes, hx, weights, has_biases, num_layers, dropout, train, bidirectional) for packed sequences. The rows of the last layer, and the last state of each layer and direction. RuntimeError where sizes do not fit."""
def gru_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = ..., b_hh: Any = ...) -> Tensor:
    """The next state of a GRU."""
def gt(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """input > other, elementwise."""
def hamming_window(window_length: Any, periodic: Any = ..., alpha: Any = ..., beta: Any = ..., **options: Any) -> Tensor:
    """alpha - beta cos(2 pi t / span). RuntimeError as `hann_window`."""
def hann_window(window_length: Any, periodic: Any = ..., **options: Any) -> Tensor:
    """The window `signal.windows.hann`, periodic if nothing else is said. RuntimeError for a negative length or a dtype of integers."""
def hardshrink(input: Any, lambd: Any = ..., *, out: Any = ...) -> Tensor:
    """input, but 0 from -lambd to lambd."""
def hash_tensor(input: Any, dim: Any = ..., keepdim: Any = ..., *, mode: Any = ...) -> Tensor:
    """The bits of all elements, as float64 or int64, joined by exclusive or: uint64."""
def heaviside(input: Any, values: Any, *, out: Any = ...) -> Tensor:
    """0 below zero, 1 above, `values` at zero."""
def hinge_embedding_loss(input: Any, target: Any, margin: Any = ..., reduction: Any = ...) -> Tensor:
    """`nn.functional.hinge_embedding_loss` with a number for `reduction`."""
def histc(input: Any, bins: Any = ..., min: Any = ..., max: Any = ..., *, out: Any = ...) -> Tensor:
    """How many elements lie in each of `bins` equal parts from `min` to `max`."""
def histogram(input: Any, bins: Any, *, range: Any = ..., weight: Any = ..., density: Any = ...) -> Any:
    """(hist, bin_edges): how many elements (or their weights) lie in each bin; all but the last bin"""
def histogramdd(input: Any, bins: Any, *, range: Any = ..., weight: Any = ..., density: Any = ...) -> Any:
    """(hist, bin_edges) of points in several dims: hist (bins of each dim), a tuple of edges."""
def hsplit(input: Any, indices_or_sections: Any) -> Any:
    """Views of dim 1: that many equal parts, or cut at the given indices."""
def hstack(tensors: Any) -> Tensor:
    """The tensors side by side: along dim 1, or dim 0 where they are 1-d."""
def hypot(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """sqrt(input**2 + other**2), without overflow."""
def i0(input: Any, *, out: Any = ...) -> Tensor:
    """The modified Bessel function of the first kind, of order 0."""
def igamma(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """The regularised lower incomplete gamma function P(input, other)."""
def igammac(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """The regularised upper incomplete gamma function Q(input, other) = 1 - P."""
def imag(input: Any) -> Tensor:
    """The imaginary part, as a view. RuntimeError for a real tensor."""
def index_add(input: Any, dim: Any, index: Any, source: Any, *, alpha: Any = ..., out: Any = ...) -> Any:
    """A copy of `input` with `alpha` times each slice of `source` added where `index` says."""
def index_copy(input: Any, dim: Any, index: Any, source: Any, *, out: Any = ...) -> Any:
    """A copy of `input` with the slices of `source` where `index` says."""
def index_fill(input: Any, dim: Any, index: Any, value: Any, *, out: Any = ...) -> Any:
    """A copy of `input` with `value` (a number, or a tensor without dims) in the named slices."""
def index_put(input: Any, indices: Any, values: Any, accumulate: Any = ...) -> Tensor:
    """A copy of `input` with `values` at `input[indices]`."""
def index_put_(input: Any, indices: Any, values: Any, accumulate: Any = ...) -> Tensor:
    """In-place `index_put`."""
def index_reduce(input: Any, dim: Any, index: Any, source: Any, reduce: Any, *, include_self: Any = ..., out: Any = ...) -> Any:
    """A copy of `input` with the slices of `source` reduced into those that `index` names."""
def index_select(input: Any, dim: Any, index: Any, *, out: Any = ...) -> Any:
    """The slices of `input` along `dim` that `index` names, in that order."""
inf: Any
inference_mode: Any
initial_seed: Any
def inner(input: Any, other: Any) -> Tensor:
    """The sums of products along the last dims of both; `input * other` if one has no dims."""
def instance_norm(input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, use_input_stats: Any, momentum: Any, eps: Any, cudnn_enabled: Any) -> Tensor:
    """`nn.functional.instance_norm`, with its arguments in another order."""
def inverse(input: Any) -> Tensor:
    """`linalg.inv` under its old name."""
def is_complex(input: Any) -> Any:
    """Whether the dtype is complex."""
def is_conj(input: Any) -> Any:
    """False: conjugates are always written out here."""
is_deterministic_algorithms_warn_only_enabled: Any
def is_floating_point(input: Any) -> Any:
    """Whether the dtype is a floating-point one."""
is_grad_enabled: Any
is_inference_mode_enabled: Any
def is_neg(input: Any) -> Any:
    """False: negatives are always written out here."""
def is_nonzero(input: Any) -> Any:
    """Whether the one element is not zero."""
def is_signed(input: Any) -> Any:
    """Whether the dtype has negative values."""
is_storage: Any
def is_tensor(obj: Any) -> Any:
    """Whether `obj` is a Tensor."""
is_warn_always_enabled: Any
def isclose(input: Any, other: Any, rtol: Any = ..., atol: Any = ..., equal_nan: Any = ...) -> Tensor:
    """Whether |input - other| <= atol + rtol * |other|, elementwise; equal infinities are close."""
def isfinite(input: Any, *, out: Any = ...) -> Tensor:
    """Whether it is neither infinite nor nan."""
def isin(elements: Any, test_elements: Any, *, assume_unique: Any = ..., invert: Any = ..., out: Any = ...) -> Any:
    """Whether each element is among `test_elements`. invert: whether it is not."""
def isinf(input: Any, *, out: Any = ...) -> Tensor:
    """Whether it is infinite."""
def isnan(input: Any, *, out: Any = ...) -> Tensor:
    """Whether it is nan."""
def isneginf(input: Any, *, out: Any = ...) -> Tensor:
    """Whether it is -inf."""
def isposinf(input: Any, *, out: Any = ...) -> Tensor:
    """Whether it is +inf."""
def isreal(input: Any, *, out: Any = ...) -> Tensor:
    """Whether its imaginary part is zero."""
def istft(input: Any, n_fft: Any, hop_length: Any = ..., win_length: Any = ..., window: Any = ..., center: Any = ..., normalized: Any = ..., onesided: Any = ..., length: Any = ..., return_complex: Any = ...) -> Tensor:
    """The signal whose `stft` is nearest to the input: (T,) or (batch, T)."""
def kaiser_window(window_length: Any, periodic: Any = ..., beta: Any = ..., **options: Any) -> Tensor:
    """Kaiser's window. RuntimeError as `hann_window`."""
def kl_div(input: Any, target: Any, reduction: Any = ..., *, log_target: Any = ...) -> Tensor:
    """`nn.functional.kl_div`, `reduction` being 0 (none), 1 (mean) or 2 (sum)."""
def kron(input: Any, other: Any) -> Tensor:
    """The Kronecker product: every element of `input` times the whole of `other`."""
def kthvalue(input: Any, k: Any, dim: Any = ..., keepdim: Any = ..., *, out: Any = ...) -> Any:
    """The `k`-th smallest element along `dim`, counted from 1, and its place: (values, indices)."""
def layer_norm(input: Any, normalized_shape: Any, weight: Any = ..., bias: Any = ..., eps: Any = ..., cudnn_enable: Any = ...) -> Tensor:
    """`nn.functional.layer_norm`."""
layout: Any
def lcm(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """The least common multiple."""
def ldexp(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """input * 2**other."""
def le(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """input <= other, elementwise."""
def lerp(input: Any, end: Any, weight: Any, *, out: Any = ...) -> Tensor:
    """input + weight * (end - input)."""
def less(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """input < other, elementwise."""
def less_equal(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """input <= other, elementwise."""
def lgamma(input: Any, *, out: Any = ...) -> Tensor:
    """The logarithm of the gamma function's absolute value."""
def linspace(start: Any, end: Any, steps: Any, *, out: Any = ..., dtype: Any = ..., device: Any = ..., **options: Any) -> Tensor:
    """`steps` numbers from `start` to `end`, both included, at equal distances."""
def load(f: Any, map_location: Any = ..., pickle_module: Any = ..., *, weights_only: Any = ..., mmap: Any = ..., **pickle_load_args: Any) -> Any:
    """What `torch.save` wrote to a path or a file object: tensors in plain containers."""
def log(input: Any, *, out: Any = ...) -> Tensor:
    """The natural logarithm."""
def log10(input: Any, *, out: Any = ...) -> Tensor:
    """The logarithm to base 10."""
def log1p(input: Any, *, out: Any = ...) -> Tensor:
    """log(1 + input), exact near zero."""
def log2(input: Any, *, out: Any = ...) -> Tensor:
    """The logarithm to base 2."""
def log_softmax(input: Any, dim: Any, dtype: Any = ..., *, out: Any = ...) -> Any:
    """The logarithm of `softmax`, without leaving range. dtype: convert the elements first."""
def logaddexp(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """log(exp(input) + exp(other)), without overflow."""
def logaddexp2(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """log2(2**input + 2**other), without overflow."""
def logcumsumexp(input: Any, dim: Any, *, out: Any = ...) -> Any:
    """The logarithm of the running sum of exponentials along `dim`."""
def logdet(input: Any) -> Tensor:
    """The logarithm of the determinant: nan for a negative one. RuntimeError as `slogdet`."""
def logical_and(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """Whether both are true (not zero)."""
def logical_not(input: Any, *, out: Any = ...) -> Tensor:
    """Whether it is false (zero)."""
def logical_or(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """Whether either is true (not zero)."""
def logical_xor(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """Whether exactly one is true (not zero)."""
def logit(input: Any, eps: Any = ...) -> Tensor:
    """log(input / (1 - input)), the inverse of sigmoid; nan outside 0 to 1."""
def logspace(start: Any, end: Any, steps: Any, base: Any = ..., *, out: Any = ..., dtype: Any = ..., device: Any = ..., **options: Any) -> Tensor:
    """`steps` numbers from `base ** start` to `base ** end`, at equal ratios."""
def logsumexp(input: Any, dim: Any, keepdim: Any = ..., *, out: Any = ...) -> Any:
    """The logarithm of the sum of exponentials along `dim` (an int or several)."""
def lstm(input: Any, second: Any, *rest: Any, **named: Any) -> Any:
    """`lstm` through time: (input, hx, weights, has_biases, num_layers, dropout, train, bidirectional, batch_first), or (data, batch_sizes, hx, weights, has_biases, num_layers, dropout, train, bidirectional) for packed sequences. The rows of the last layer, and the last state of each layer and direction. RuntimeError where sizes do not fit."""
def lstm_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = ..., b_hh: Any = ...) -> Any:
    """The next state and cell of an LSTM, whose state and cell are `hx`."""
def lt(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """input < other, elementwise."""
def lu(A: Any, pivot: Any = ..., get_infos: Any = ...) -> Any:
    """(LU, pivots), with `get_infos` (LU, pivots, info): `linalg.lu_factor` of old."""
def lu_solve(b: Any, LU_data: Any, LU_pivots: Any) -> Tensor:
    """`linalg.lu_solve(LU_data, LU_pivots, b)` under its old name."""
def lu_unpack(LU_data: Any, LU_pivots: Any, unpack_data: Any = ..., unpack_pivots: Any = ..., *, out: Any = ...) -> Any:
    """(P, L, U) of what `linalg.lu_factor` gives; what is not asked for is empty."""
manual_seed: Any
def margin_ranking_loss(input1: Any, input2: Any, target: Any, margin: Any = ..., reduction: Any = ...) -> Tensor:
    """`nn.functional.margin_ranking_loss` with a number for `reduction`."""
def masked_fill(input: Any, mask: Any, value: Any, *, out: Any = ...) -> Any:
    """A copy of `input` with `value`, a number or a tensor without dims, where `mask` is True."""
def masked_scatter(input: Any, mask: Any, source: Any, *, out: Any = ...) -> Any:
    """A copy of `input` with the elements of `source`, one after another, where `mask` is True."""
def masked_select(input: Any, mask: Any, *, out: Any = ...) -> Any:
    """The elements where `mask` is True, in row-major order, as a vector."""
def matmul(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """The matrix product of two tensors."""
def matrix_exp(A: Any, *, out: Any = ...) -> Tensor:
    """I + A + A @ A / 2 + ...: the exponential of square matrices, (..., n, n), float or complex."""
def matrix_power(A: Any, n: Any) -> Tensor:
    """The product of `n` times the same square matrix, or batch of them; of its inverse if n < 0."""
def max(input: Any, *args: Any, **kwargs: Any) -> Any:
    """The largest element: of all, along `dim`, or of each pair of two tensors."""
def max_pool1d(input: Any, kernel_size: Any, stride: Any = ..., padding: Any = ..., dilation: Any = ..., ceil_mode: Any = ..., return_indices: Any = ...) -> Any:
    """The largest element of each window."""
def max_pool1d_with_indices(input: Any, kernel_size: Any, stride: Any = ..., padding: Any = ..., dilation: Any = ..., ceil_mode: Any = ..., return_indices: Any = ...) -> Any:
    """`max_pool1d` with its indices."""
def max_pool2d(input: Any, kernel_size: Any, stride: Any = ..., padding: Any = ..., dilation: Any = ..., ceil_mode: Any = ..., return_indices: Any = ...) -> Any:
    """The largest element of each window."""
def max_pool3d(input: Any, kernel_size: Any, stride: Any = ..., padding: Any = ..., dilation: Any = ..., ceil_mode: Any = ..., return_indices: Any = ...) -> Any:
    """The largest element of each window."""
def maximum(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """The larger of the two; nan if either is."""
def mean(input: Any, dim: Any = ..., keepdim: Any = ..., *, dtype: Any = ..., out: Any = ...) -> Tensor:
    """The mean of all elements, or along `dim` (an int or several)."""
def median(input: Any, *args: Any, **kwargs: Any) -> Any:
    """The median of all elements, or along `dim` with its place: (values, indices)."""
memory_format: Any
memory_stats: Any
def meshgrid(*tensors: Any, indexing: Any = ...) -> Any:
    """Grids of the coordinates that 1-d tensors span, one for each: views of one shape."""
def min(input: Any, *args: Any, **kwargs: Any) -> Any:
    """The smallest element: of all, along `dim`, or of each pair of two tensors: see `max`."""
def minimum(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """The smaller of the two; nan if either is."""
def mm(input: Any, mat2: Any, *, out: Any = ...) -> Tensor:
    """The product of two matrices."""
def mode(input: Any, dim: Any = ..., keepdim: Any = ..., *, out: Any = ...) -> Any:
    """The commonest element along `dim`, of equally common ones the smallest: (values, indices)."""
def moveaxis(input: Any, source: Any, destination: Any) -> Tensor:
    """A view with the dims `source` moved to `destination`, the others keeping their order."""
def movedim(input: Any, source: Any, destination: Any) -> Tensor:
    """A view with the dims `source` moved to `destination`, the others keeping their order."""
def msort(input: Any) -> Tensor:
    """The elements sorted along the first dim."""
def mul(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """input * other."""
def multinomial(input: Any, num_samples: Any, replacement: Any = ..., *, generator: Any = ..., out: Any = ...) -> Any:
    """`num_samples` indices for each row of weights, in proportion to them."""
def multiply(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """input * other."""
def mv(input: Any, vec: Any, *, out: Any = ...) -> Any:
    """The product of a matrix and a vector."""
def mvlgamma(input: Any, p: Any) -> Tensor:
    """The logarithm of the gamma function of p dims: log(pi) p (p-1) / 4 + sum lgamma(x - i / 2)."""
nan: Any
def nan_to_num(input: Any, nan: Any = ..., posinf: Any = ..., neginf: Any = ..., *, out: Any = ...) -> Tensor:
    """input with nan, +inf and -inf replaced (by 0 and the dtype's limits if not given)."""
def nanmean(input: Any, dim: Any = ..., keepdim: Any = ..., *, dtype: Any = ...) -> Tensor:
    """The mean of the elements that are not nan: see `mean`."""
def nanmedian(input: Any, *args: Any, **kwargs: Any) -> Any:
    """The median of what is not nan: see `median`."""
def nanquantile(input: Any, q: Any, dim: Any = ..., keepdim: Any = ..., *, interpolation: Any = ...) -> Tensor:
    """The quantiles of what is not nan: see `quantile`."""
def nansum(input: Any, dim: Any = ..., keepdim: Any = ..., *, dtype: Any = ..., out: Any = ...) -> Tensor:
    """The sum with every nan taken as zero: see `sum`."""
def narrow(input: Any, dim: Any, start: Any, length: Any) -> Tensor:
    """A view of `length` places along `dim`, from `start` (a negative one counts from the end)."""
def narrow_copy(input: Any, dim: Any, start: Any, length: Any, *, out: Any = ...) -> Any:
    """A copy of what `narrow` shows."""
def native_batch_norm(input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, training: Any, momentum: Any, eps: Any) -> Any:
    """`batch_norm`, the means, and what the distances from them were multiplied with; both are"""
def native_channel_shuffle(input: Any, groups: Any, *, out: Any = ...) -> Any:
    """`channel_shuffle` by its other name."""
def native_group_norm(input: Any, weight: Any, bias: Any, N: Any, C: Any, HxW: Any, group: Any, eps: Any) -> Any:
    """`group_norm`, the means, and what the distances from them were multiplied with."""
def native_layer_norm(input: Any, normalized_shape: Any, weight: Any, bias: Any, eps: Any) -> Any:
    """`layer_norm`, the means, and what the distances from them were multiplied with."""
def ne(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """input != other, elementwise."""
def neg(input: Any, *, out: Any = ...) -> Tensor:
    """-input. RuntimeError for bool."""
def negative(input: Any, *, out: Any = ...) -> Tensor:
    """-input. RuntimeError for bool."""
newaxis: Any
def nextafter(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """The next number after input towards other."""
no_grad: Any
def nonzero(input: Any, *, as_tuple: Any = ...) -> Any:
    """The indices of the elements that are not zero: one row for each, or a tuple of vectors."""
def nonzero_static(input: Any, *, size: Any, fill_value: Any = ...) -> Tensor:
    """The first `size` rows of `nonzero`, with rows of `fill_value` where there are fewer."""
def norm(input: Any, p: Any = ..., dim: Any = ..., keepdim: Any = ..., dtype: Any = ...) -> Tensor:
    """The norm of order `p` over `dim`: a number, inf, 'fro' (2), or 'nuc' (of matrices)."""
def normal(mean: Any = ..., std: Any = ..., size: Any = ..., *, generator: Any = ..., dtype: Any = ..., device: Any = ..., requires_grad: Any = ..., **options: Any) -> Tensor:
    """Normal numbers, with a tensor of means, of standard deviations, or numbers and a `size`."""
def not_equal(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """input != other, elementwise."""
def numel(self: Any) -> Any:
    """How many elements there are."""
def ones(*size: Any, out: Any = ..., dtype: Any = ..., layout: Any = ..., device: Any = ..., pin_memory: Any = ..., requires_grad: Any = ..., **options: Any) -> Tensor:
    """A tensor of ones."""
def ones_like(input: Any, *, dtype: Any = ..., device: Any = ..., memory_format: Any = ..., requires_grad: Any = ..., **options: Any) -> Tensor:
    """A tensor of ones, of the size and dtype of `input`."""
def orgqr(A: Any, tau: Any) -> Tensor:
    """The first n columns of H_1 @ ... @ H_k, what `geqrf` keeps of Q."""
def ormqr(input: Any, tau: Any, other: Any, left: Any = ..., transpose: Any = ...) -> Tensor:
    """Q @ other, or other @ Q if not `left`, with Q.mH for Q if `transpose`; Q as `geqrf` keeps it."""
def outer(input: Any, vec2: Any) -> Tensor:
    """Every element of one vector times every element of another, as a matrix."""
def pairwise_distance(x1: Any, x2: Any, p: Any = ..., eps: Any = ..., keepdim: Any = ...) -> Tensor:
    """The norm of order `p` of x1 - x2 + eps along the last dim."""
def pca_lowrank(A: Any, q: Any = ..., center: Any = ..., niter: Any = ...) -> Any:
    """(U, S, V) of nearly A, its columns' means taken away: the q principal components are in V."""
def pdist(input: Any, p: Any = ...) -> Tensor:
    """The distance of order `p` between each row of a matrix and each after it, in a vector."""
def permute(input: Any, dims: Any, *, out: Any = ...) -> Any:
    """A view with the dims in the order `dims`, each named once."""
def permute_copy(input: Any, *args: Any, **kwargs: Any) -> Any:
    """What `permute` gives, as a copy with memory of its own."""
pi: Any
def pinverse(input: Any, rcond: Any = ...) -> Tensor:
    """`linalg.pinv` under its old name."""
def pixel_shuffle(input: Any, upscale_factor: Any, *, out: Any = ...) -> Any:
    """(..., channels * r * r, height, width) to (..., channels, height * r, width * r)."""
def pixel_unshuffle(input: Any, downscale_factor: Any, *, out: Any = ...) -> Any:
    """(..., channels, height * r, width * r) to (..., channels * r * r, height, width)."""
def poisson(input: Any, generator: Any = ..., *, out: Any = ...) -> Tensor:
    """Poisson numbers with these rates. RuntimeError for negative rates."""
def poisson_nll_loss(input: Any, target: Any, log_input: Any, full: Any, eps: Any, reduction: Any) -> Tensor:
    """`nn.functional.poisson_nll_loss`, `reduction` being 0 (none), 1 (mean) or 2 (sum)."""
def polar(abs: Any, angle: Any, *, out: Any = ...) -> Any:
    """The complex numbers of these lengths and angles: `abs * exp(i * angle)`."""
def polygamma(n: Any, input: Any) -> Tensor:
    """The n-th derivative of digamma, n >= 0."""
def positive(input: Any) -> Tensor:
    """The tensor itself. RuntimeError for bool."""
def pow(input: Any, exponent: Any, *, out: Any = ...) -> Tensor:
    """input ** exponent. RuntimeError for integers to negative powers."""
def prelu(input: Any, weight: Any) -> Tensor:
    """input where it is positive, else input times the weight of its channel, dim 1."""
preserve_format: Any
def prod(input: Any, dim: Any = ..., keepdim: Any = ..., *, dtype: Any = ...) -> Tensor:
    """The product of all elements, or along `dim`, one int."""
promote_types: Any
def put(input: Any, index: Any, source: Any, accumulate: Any = ..., *, out: Any = ...) -> Any:
    """A copy of `input` with the elements of `source` at `index`, counted in row-major order."""
def qr(input: Any, some: Any = ...) -> Any:
    """`linalg.qr` of old: 'reduced', or 'complete' if not `some`."""
def quantile(input: Any, q: Any, dim: Any = ..., keepdim: Any = ..., *, interpolation: Any = ...) -> Tensor:
    """The values below which the parts `q` of the elements lie, of all or along `dim`."""
def rad2deg(input: Any, *, out: Any = ...) -> Tensor:
    """Radians as degrees."""
def rand(*size: Any, generator: Any = ..., out: Any = ..., dtype: Any = ..., device: Any = ..., requires_grad: Any = ..., **options: Any) -> Tensor:
    """A tensor of random numbers, uniform in [0, 1)."""
def rand_like(input: Any, *, dtype: Any = ..., device: Any = ..., generator: Any = ..., requires_grad: Any = ..., memory_format: Any = ..., **options: Any) -> Tensor:
    """Like `rand`, in the shape of `input`."""
def randint(*args: Any, low: Any = ..., high: Any = ..., size: Any = ..., generator: Any = ..., out: Any = ..., dtype: Any = ..., device: Any = ..., requires_grad: Any = ..., **options: Any) -> Tensor:
    """Integers from `low` (0 if left out) up to and without `high`, all equally likely."""
def randint_like(input: Any, *args: Any, low: Any = ..., high: Any = ..., dtype: Any = ..., **options: Any) -> Tensor:
    """Like `randint`, in the shape and dtype of `input`."""
def randn(*size: Any, generator: Any = ..., out: Any = ..., dtype: Any = ..., device: Any = ..., requires_grad: Any = ..., **options: Any) -> Tensor:
    """A tensor of random numbers, normal, mean 0 and variance 1."""
def randn_like(input: Any, *, dtype: Any = ..., device: Any = ..., generator: Any = ..., requires_grad: Any = ..., memory_format: Any = ..., **options: Any) -> Tensor:
    """Like `randn`, in the shape of `input`."""
def randperm(n: Any, *, generator: Any = ..., out: Any = ..., dtype: Any = ..., device: Any = ..., requires_grad: Any = ..., **options: Any) -> Tensor:
    """The numbers 0 to n - 1 in random order. RuntimeError for negative n."""
def ravel(input: Any) -> Tensor:
    """All elements in one dim: a view where that is possible."""
def real(input: Any) -> Tensor:
    """The real part, as a view; a real tensor itself."""
def reciprocal(input: Any, *, out: Any = ...) -> Tensor:
    """1 / input."""
def relu(input: Any, *, out: Any = ...) -> Tensor:
    """max(input, 0)."""
def relu_(input: Any, *settings: Any, **named: Any) -> Tensor:
    """In-place `relu`."""
def remainder(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """What is left of input after floor division by other; it has the sign of other."""
def renorm(input: Any, p: Any, dim: Any, maxnorm: Any) -> Tensor:
    """Each slice along `dim` scaled down to the norm `maxnorm` of order p, where it exceeds that."""
def repeat_interleave(input: Any, repeats: Any = ..., dim: Any = ..., *, output_size: Any = ...) -> Tensor:
    """Each element along `dim` repeated: `repeats` times, or as often as that tensor says for it."""
def reshape(input: Any, shape: Any) -> Tensor:
    """The elements in another shape: a view where the strides allow it, else a copy."""
def resolve_conj(input: Any) -> Tensor:
    """The tensor itself: conjugates are always written out here."""
def resolve_neg(input: Any) -> Tensor:
    """The tensor itself: negatives are always written out here."""
def result_type(tensor1: Any, tensor2: Any) -> Any:
    """The dtype that arithmetic between the two (tensors or numbers) gives."""
def rms_norm(input: Any, normalized_shape: Any, weight: Any = ..., eps: Any = ...) -> Tensor:
    """x / sqrt(mean(x * x) + eps) * weight, along the trailing dims."""
def rnn_relu(input: Any, second: Any, *rest: Any, **named: Any) -> Any:
    """`rnn_relu` through time: (input, hx, weights, has_biases, num_layers, dropout, train, bidirectional, batch_first), or (data, batch_sizes, hx, weights, has_biases, num_layers, dropout, train, bidirectional) for packed sequences. The rows of the last layer, and the last state of each layer and direction. RuntimeError where sizes do not fit."""
def rnn_relu_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = ..., b_hh: Any = ...) -> Tensor:
    """relu of what input and state add up to."""
def rnn_tanh(input: Any, second: Any, *rest: Any, **named: Any) -> Any:
    """`rnn_tanh` through time: (input, hx, weights, has_biases, num_layers, dropout, train, bidirectional, batch_first), or (data, batch_sizes, hx, weights, has_biases, num_layers, dropout, train, bidirectional) for packed sequences. The rows of the last layer, and the last state of each layer and direction. RuntimeError where sizes do not fit."""
def rnn_tanh_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = ..., b_hh: Any = ...) -> Tensor:
    """tanh of what input and state add up to."""
def roll(input: Any, shifts: Any, dims: Any = ..., *, out: Any = ...) -> Any:
    """A copy with the elements moved along `dims` by `shifts`; what falls off comes in again."""
def rot90(input: Any, k: Any = ..., dims: Any = ..., *, out: Any = ...) -> Tensor:
    """A copy rotated by 90 degrees `k` times, from the first of `dims` towards the second."""
def round(input: Any, *, decimals: Any = ..., out: Any = ...) -> Tensor:
    """The nearest whole number (halves to the even one), or to so many decimals."""
def row_stack(tensors: Any) -> Tensor:
    """The tensors one below another: along dim 0, those of 1-d as rows."""
def rrelu(input: Any, lower: Any = ..., upper: Any = ..., training: Any = ...) -> Tensor:
    """input where it is positive, else input times a slope: drawn from [lower, upper] for each"""
def rrelu_(input: Any, lower: Any = ..., upper: Any = ..., training: Any = ...) -> Tensor:
    """In-place `rrelu`."""
def rsqrt(input: Any, *, out: Any = ...) -> Tensor:
    """1 / sqrt(input)."""
def rsub(input: Any, other: Any, *, alpha: Any = ..., out: Any = ...) -> Tensor:
    """other - alpha * input."""
def save(obj: Any, f: Any, pickle_module: Any = ..., pickle_protocol: Any = ..., _use_new_zipfile_serialization: Any = ..., _disable_byteorder_record: Any = ...) -> Any:
    """Write an object to a path or a file object, to be read by `torch.load` here or in PyTorch."""
def scalar_tensor(s: Any, *, dtype: Any = ..., device: Any = ..., **options: Any) -> Tensor:
    """A 0-d tensor of one number, of the default dtype unless told."""
def scatter(input: Any, dim: Any, index: Any, src: Any = ..., *, value: Any = ..., reduce: Any = ..., out: Any = ...) -> Tensor:
    """A copy of `input` with the elements of `src` (or one number) at the places `index` names."""
def scatter_add(input: Any, dim: Any, index: Any, src: Any, *, out: Any = ...) -> Any:
    """A copy of `input` with the elements of `src` added at the places `index` names along `dim`."""
def scatter_reduce(input: Any, dim: Any, index: Any, src: Any, reduce: Any, *, include_self: Any = ..., out: Any = ...) -> Any:
    """A copy of `input` with the elements of `src` reduced into the places `index` names."""
def searchsorted(sorted_sequence: Any, input: Any, *, out_int32: Any = ..., right: Any = ..., side: Any = ..., sorter: Any = ..., out: Any = ...) -> Any:
    """Where to insert each value of `input` so that `sorted_sequence` stays sorted."""
seed: Any
def segment_reduce(data: Any, reduce: Any, *, lengths: Any = ..., indices: Any = ..., offsets: Any = ..., axis: Any = ..., unsafe: Any = ..., initial: Any = ...) -> Tensor:
    """The 'sum', 'mean', 'max', 'min' or 'prod' of each segment along `axis`."""
def select(input: Any, dim: Any, index: Any, *, out: Any = ...) -> Tensor:
    """A view of what stands at `index` along `dim`, without that dim."""
def select_copy(input: Any, *args: Any, **kwargs: Any) -> Any:
    """What `select` gives, as a copy with memory of its own."""
def select_scatter(input: Any, src: Any, dim: Any, index: Any, *, out: Any = ...) -> Any:
    """A copy of `input` with `src` in the place of `input.select(dim, index)`."""
def selu(input: Any, *, out: Any = ...) -> Tensor:
    """`elu`, scaled so that layers keep mean 0 and variance 1."""
def selu_(input: Any, *settings: Any, **named: Any) -> Tensor:
    """In-place `selu`."""
set_default_device: Any
set_default_dtype: Any
set_default_tensor_type: Any
set_deterministic_debug_mode: Any
set_eager: Any
set_float32_matmul_precision: Any
set_flush_denormal: Any
set_grad_enabled: Any
set_num_threads: Any
set_rng_state: Any
set_warn_always: Any
def sgn(input: Any, *, out: Any = ...) -> Tensor:
    """The sign; for complex numbers input / |input|, and 0 for 0."""
def sigmoid(input: Any, *, out: Any = ...) -> Tensor:
    """1 / (1 + exp(-input))."""
def sign(input: Any, *, out: Any = ...) -> Tensor:
    """-1, 0 or 1."""
def signbit(input: Any, *, out: Any = ...) -> Tensor:
    """Whether its sign bit is set: -0.0 counts as negative."""
def sin(input: Any, *, out: Any = ...) -> Tensor:
    """The sine of an angle in radians."""
def sinc(input: Any, *, out: Any = ...) -> Tensor:
    """sin(pi * input) / (pi * input), and 1 at 0."""
def sinh(input: Any, *, out: Any = ...) -> Tensor:
    """The hyperbolic sine."""
def slice_scatter(input: Any, src: Any, dim: Any = ..., start: Any = ..., end: Any = ..., step: Any = ..., *, out: Any = ...) -> Any:
    """A copy of `input` with `src` in the place of `input[start:end:step]` along `dim`."""
def slogdet(input: Any) -> Any:
    """`linalg.slogdet` under its old name."""
def softmax(input: Any, dim: Any, dtype: Any = ..., *, out: Any = ...) -> Any:
    """exp(input), scaled to sum to one along `dim`. dtype: convert the elements first."""
def sort(input: Any, dim: Any = ..., descending: Any = ..., *, stable: Any = ..., out: Any = ...) -> Any:
    """The elements sorted along `dim`, and where each was: (values, indices)."""
sparse_bsc: Any
sparse_bsr: Any
sparse_coo: Any
sparse_csc: Any
sparse_csr: Any
def split(tensor: Any, split_size_or_sections: Any, dim: Any = ...) -> Any:
    """Views of consecutive stretches of `dim`: of one size (the last may be smaller) or of several."""
def split_copy(input: Any, *args: Any, **kwargs: Any) -> Any:
    """What `split` gives, as a copy with memory of its own."""
def split_with_sizes(input: Any, split_sizes: Any, dim: Any = ...) -> Any:
    """Views of consecutive stretches of `dim`, of the given sizes."""
def split_with_sizes_copy(input: Any, *args: Any, **kwargs: Any) -> Any:
    """What `split_with_sizes` gives, as a copy with memory of its own."""
def sqrt(input: Any, *, out: Any = ...) -> Tensor:
    """The square root."""
def square(input: Any, *, out: Any = ...) -> Tensor:
    """input * input."""
def squeeze(input: Any, dim: Any = ..., *, out: Any = ...) -> Tensor:
    """A view without the dims of size 1: all of them, or those among `dim` (an int or several)."""
def squeeze_copy(input: Any, *args: Any, **kwargs: Any) -> Any:
    """What `squeeze` gives, as a copy with memory of its own."""
def stack(tensors: Any, dim: Any = ..., *, out: Any = ..., axis: Any = ...) -> Tensor:
    """The tensors, all of one shape, along a new dim put in at `dim`."""
def std(input: Any, *args: Any, out: Any = ..., **given: Any) -> Tensor:
    """The standard deviation, the square root of the variance: see `var`."""
def std_mean(input: Any, *args: Any, out: Any = ..., **given: Any) -> Any:
    """The standard deviation and the mean, as a pair: see `var`."""
def stft(input: Any, n_fft: Any, hop_length: Any = ..., win_length: Any = ..., window: Any = ..., center: Any = ..., pad_mode: Any = ..., normalized: Any = ..., onesided: Any = ..., return_complex: Any = ..., align_to_window: Any = ...) -> Tensor:
    """The transform of each window over a signal: (..., frequencies, windows)."""
strided: Any
def sub(input: Any, other: Any, *, alpha: Any = ..., out: Any = ...) -> Tensor:
    """input - alpha * other."""
def subtract(input: Any, other: Any, *, alpha: Any = ..., out: Any = ...) -> Tensor:
    """input - alpha * other."""
def sum(input: Any, dim: Any = ..., keepdim: Any = ..., *, dtype: Any = ..., out: Any = ...) -> Tensor:
    """The sum of all elements, or along `dim` (an int or several)."""
def svd(input: Any, some: Any = ..., compute_uv: Any = ...) -> Any:
    """(U, S, V) of input = U @ diag(S) @ V.mH: `linalg.svd` of old."""
def svd_lowrank(A: Any, q: Any = ..., niter: Any = ..., M: Any = ...) -> Any:
    """(U, S, V) of nearly A - M, for the q largest singular values."""
def swapaxes(input: Any, axis0: Any, axis1: Any) -> Tensor:
    """A view with two dims exchanged: `transpose`."""
def swapdims(input: Any, dim0: Any, dim1: Any) -> Tensor:
    """A view with two dims exchanged: `transpose`."""
def t(input: Any, *, out: Any = ...) -> Tensor:
    """The transpose of a matrix; tensors of fewer dims as they are. RuntimeError above two dims."""
def t_copy(input: Any, *args: Any, **kwargs: Any) -> Any:
    """What `t` gives, as a copy with memory of its own."""
def take(input: Any, index: Any, *, out: Any = ...) -> Any:
    """The elements at `index`, counted through `input` in row-major order; of the index's shape."""
def take_along_dim(input: Any, indices: Any, dim: Any = ...) -> Tensor:
    """The elements that `indices` names along `dim`; other dims broadcast."""
def tan(input: Any, *, out: Any = ...) -> Tensor:
    """The tangent of an angle in radians."""
def tanh(input: Any, *, out: Any = ...) -> Tensor:
    """The hyperbolic tangent."""
def tensor(data: Any, *, dtype: Any = ..., device: Any = ..., requires_grad: Any = ..., pin_memory: Any = ...) -> Tensor:
    """A new tensor with a copy of `data`: a number, nested sequences of them, or an array."""
def tensor_split(input: Any, indices_or_sections: Any, dim: Any = ...) -> Any:
    """Views of `dim`: that many parts, their sizes differing by one at most, or cut at indices."""
def tensordot(a: Any, b: Any, dims: Any = ...) -> Tensor:
    """The product of two tensors, summed over pairs of dims."""
def threshold(input: Any, threshold: Any, value: Any, *, out: Any = ...) -> Tensor:
    """input where it is above `threshold`, else `value`."""
def threshold_(input: Any, *settings: Any, **named: Any) -> Tensor:
    """In-place `threshold`."""
def tile(input: Any, dims: Any) -> Tensor:
    """`repeat` where dims that are not named, in front, are laid out once."""
def topk(input: Any, k: Any, dim: Any = ..., largest: Any = ..., sorted: Any = ..., *, out: Any = ...) -> Any:
    """The `k` largest elements along `dim`, or the smallest, and their places: (values, indices)."""
def trace(input: Any, *, out: Any = ...) -> Tensor:
    """The sum of the diagonal of a matrix; integers give int64."""
def transpose(input: Any, dim0: Any, dim1: Any, *, out: Any = ...) -> Tensor:
    """A view with two dims exchanged."""
def transpose_copy(input: Any, *args: Any, **kwargs: Any) -> Any:
    """What `transpose` gives, as a copy with memory of its own."""
def trapezoid(y: Any, x: Any = ..., *, dx: Any = ..., dim: Any = ...) -> Tensor:
    """The integral along `dim` of samples `y`, `dx` apart or taken at `x`, by straight lines."""
def trapz(y: Any, x: Any = ..., *, dx: Any = ..., dim: Any = ...) -> Tensor:
    """The integral along `dim` of samples `y`, `dx` apart or taken at `x`, by straight lines."""
def triangular_solve(input: Any, A: Any, upper: Any = ..., transpose: Any = ..., unitriangular: Any = ...) -> Any:
    """(X, A) for X of A @ X = input, or of A.mT @ X = input: `linalg.solve_triangular` of old."""
def tril(input: Any, diagonal: Any = ..., *, out: Any = ...) -> Tensor:
    """The lower triangle of each matrix, with zeros above `diagonal` (counted to the right)."""
def tril_indices(row: Any, col: Any, offset: Any = ..., *, dtype: Any = ..., device: Any = ..., **options: Any) -> Tensor:
    """Rows and columns of the tril part of a matrix, as a 2-row tensor."""
def triplet_margin_loss(anchor: Any, positive: Any, negative: Any, margin: Any = ..., p: Any = ..., eps: Any = ..., swap: Any = ..., reduction: Any = ...) -> Tensor:
    """`nn.functional.triplet_margin_loss` with a number for `reduction`."""
def triu(input: Any, diagonal: Any = ..., *, out: Any = ...) -> Tensor:
    """The upper triangle of each matrix, with zeros below `diagonal` (counted to the right)."""
def triu_indices(row: Any, col: Any, offset: Any = ..., *, dtype: Any = ..., device: Any = ..., **options: Any) -> Tensor:
    """Rows and columns of the triu part of a matrix, as a 2-row tensor."""
def true_divide(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """input / other; integers give the default dtype."""
def trunc(input: Any, *, out: Any = ...) -> Tensor:
    """The whole part."""
typename: Any
def unbind(input: Any, dim: Any = ..., *, out: Any = ...) -> Any:
    """Views of all slices along `dim`, without that dim."""
def unbind_copy(input: Any, *args: Any, **kwargs: Any) -> Any:
    """What `unbind` gives, as a copy with memory of its own."""
def unflatten(input: Any, dim: Any, sizes: Any) -> Tensor:
    """`dim` split into dims of `sizes`, of which one may be -1: the inverse of `flatten`."""
def unfold_copy(input: Any, *args: Any, **kwargs: Any) -> Any:
    """What `unfold` gives, as a copy with memory of its own."""
def unique(input: Any, sorted: Any = ..., return_inverse: Any = ..., return_counts: Any = ..., dim: Any = ...) -> Any:
    """The distinct elements in rising order, or the distinct slices along `dim`."""
def unique_consecutive(input: Any, return_inverse: Any = ..., return_counts: Any = ..., dim: Any = ...) -> Any:
    """The elements without those equal to the one before: see `unique` for the arguments."""
def unravel_index(indices: Any, shape: Any) -> Any:
    """The index in each dim of `shape` of elements numbered in row-major order, int64."""
def unsafe_chunk(input: Any, chunks: Any, dim: Any = ...) -> Any:
    """`chunk` whose results autograd takes for separate tensors."""
def unsafe_split(tensor: Any, split_size: Any, dim: Any = ...) -> Any:
    """`split` whose results autograd takes for separate tensors: do not write to the input too."""
def unsafe_split_with_sizes(input: Any, split_sizes: Any, dim: Any = ...) -> Any:
    """`split_with_sizes` whose results autograd takes for separate tensors."""
def unsqueeze(input: Any, dim: Any, *, out: Any = ...) -> Tensor:
    """A view with a dim of size 1 put in at `dim`."""
def unsqueeze_copy(input: Any, *args: Any, **kwargs: Any) -> Any:
    """What `unsqueeze` gives, as a copy with memory of its own."""
use_deterministic_algorithms: Any
def vander(x: Any, N: Any = ..., increasing: Any = ...) -> Tensor:
    """The powers of the elements of a 1-d tensor as columns, the highest first."""
def var(input: Any, *args: Any, out: Any = ..., **given: Any) -> Tensor:
    """The mean square distance from the mean, of all elements or along `dim`."""
def var_mean(input: Any, *args: Any, out: Any = ..., **given: Any) -> Any:
    """The variance and the mean, as a pair: see `var`."""
def vdot(input: Any, other: Any, *, out: Any = ...) -> Any:
    """`dot` of the conjugate of `input` and `other`."""
def view_as_complex(input: Any, *, out: Any = ...) -> Tensor:
    """A tensor whose last dim, of size 2, holds real and imaginary parts, as complex numbers."""
def view_as_complex_copy(input: Any, *args: Any, **kwargs: Any) -> Any:
    """What `view_as_complex` gives, as a copy with memory of its own."""
def view_as_real(input: Any, *, out: Any = ...) -> Any:
    """A complex tensor as real numbers, with a last dim of size 2: real and imaginary parts."""
def view_as_real_copy(input: Any, *args: Any, **kwargs: Any) -> Any:
    """What `view_as_real` gives, as a copy with memory of its own."""
def view_copy(input: Any, *args: Any, **kwargs: Any) -> Any:
    """What `view` gives, as a copy with memory of its own."""
def vsplit(input: Any, indices_or_sections: Any) -> Any:
    """Views of dim 0: that many equal parts, or cut at the given indices."""
def vstack(tensors: Any) -> Tensor:
    """The tensors one below another: along dim 0, those of 1-d as rows."""
def where(condition: Any, input: Any = ..., other: Any = ..., *, out: Any = ...) -> Any:
    """`input` where `condition` (bool) holds, else `other`; with the condition alone, `nonzero`."""
def xlogy(input: Any, other: Any, *, out: Any = ...) -> Tensor:
    """input * log(other), 0 where input is 0 (nan where other is nan)."""
def zero_(input: Any) -> Tensor:
    """Set every element to zero."""
def zeros(*size: Any, out: Any = ..., dtype: Any = ..., layout: Any = ..., device: Any = ..., pin_memory: Any = ..., requires_grad: Any = ..., **options: Any) -> Tensor:
    """A tensor of zeros."""
def zeros_like(input: Any, *, dtype: Any = ..., device: Any = ..., memory_format: Any = ..., requires_grad: Any = ..., **options: Any) -> Tensor:
    """A tensor of zeros, of the size and dtype of `input`."""

def __getattr__(name: str) -> Any: ...
