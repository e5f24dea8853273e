"""Discrete Fourier transforms: three rows over any dims, and the names of `torch.fft` made of them.

The rows leave scaling to `norm`: 0 scales nothing, 1 by the root of the number of points, 2 by
their number, in either direction. So the adjoint of a transform is the other direction's under the
same `norm`, and each derivative is again such a row.
Source: https://docs.pytorch.org/docs/stable/fft.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rushlight.ops.op import FACE, composite, op
from rushlight.ops.padding import constant_pad_nd
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Tensor

_FORWARD = ("backward", "ortho", "forward")  # NumPy's word for each norm
_INVERSE = ("forward", "ortho", "backward")
Dims = int | Sequence[int] | None


# --- rows


@op(name="_fft_c2c", method=False, node="FftC2CBackward0", input=lambda grad, dim, norm, forward:
    FACE["_fft_c2c"](grad, dim, norm, not forward))
def _fft_c2c(input: Tensor, dim: list[int], norm: int, forward: bool) -> Any:
    """The transform of complex numbers along several dims, forward or inverse."""
    if forward:
        return np.fft.fftn(input._array, axes=dim, norm=_FORWARD[norm])  # type: ignore[arg-type]
    return np.fft.ifftn(input._array, axes=dim, norm=_INVERSE[norm])  # type: ignore[arg-type]


def _to_real(grad: Tensor, input_shape: Any, dim: list[int], norm: int, onesided: bool) -> Tensor:
    if onesided:
        grad = _sized(grad, dim[-1], input_shape[dim[-1]])
    found: Tensor = FACE["_fft_c2c"](grad, dim, norm, False)
    return found.real


@op(name="_fft_r2c", method=False, node="FftR2CBackward0", input=_to_real)
def _fft_r2c(input: Tensor, dim: list[int], norm: int, onesided: bool) -> Any:
    """The forward transform of real numbers; onesided: of the last dim only the first half."""
    transform = np.fft.rfftn if onesided else np.fft.fftn
    return transform(input._array, axes=dim, norm=_FORWARD[norm])  # type: ignore[arg-type]


def _to_half(grad: Tensor, dim: list[int], norm: int, last_dim_size: int) -> Tensor:
    """Each place that stands for two counts twice."""
    found: Tensor = _fft_r2c(grad, dim, norm, True)
    size = last_dim_size // 2 + 1
    weight = np.full(size, 2.0)
    weight[0] = 1
    weight[last_dim_size - size + 1 :] = 1
    shape = [1] * found.ndim
    shape[dim[-1]] = size
    return found * FACE["tensor"](weight.reshape(shape), dtype=found.real.dtype)


@op(name="_fft_c2r", method=False, node="FftC2RBackward0", input=_to_half)
def _fft_c2r(input: Tensor, dim: list[int], norm: int, last_dim_size: int) -> Any:
    """The inverse transform of half of a Hermitian signal, which is real."""
    array = input._array
    sizes = [*[array.shape[d] for d in dim[:-1]], last_dim_size]
    return np.fft.irfftn(array, sizes, dim, norm=_INVERSE[norm])  # type: ignore[arg-type]


# --- arguments


def _norm(name: str, norm: str | None, forward: bool) -> int:
    """How a row scales where the user says `norm`."""
    if norm is None:
        norm = "backward"
    words = _FORWARD if forward else _INVERSE
    if norm not in words:
        raise RuntimeError(f'{name}(): norm is "forward", "backward" or "ortho", not {norm!r}')
    return words.index(norm)


def _ready(name: str, input: Tensor, complex_: bool = False, real: bool = False) -> Tensor:
    """The input in a dtype that can be transformed."""
    dtype = input.dtype
    if dtype.category < dtypes.FLOATING:
        dtype = dtypes.get_default_dtype()
    if real and dtype.is_complex:
        raise RuntimeError(f"{name}(): the input must be real, it is {dtype}: drop its imaginary "
                           "part, or use the transform of complex numbers")
    if dtype.numpy.char not in "fdFD":
        raise RuntimeError(f"{name}(): {dtype} is not supported: convert to float32 or float64")
    return input.to(dtype.to_complex() if complex_ else dtype)


def _sized(input: Tensor, dim: int, size: int) -> Tensor:
    """The dim cut off after `size` elements, or filled up with zeros."""
    missing = size - input.shape[dim]
    if missing <= 0:
        return input.narrow(dim, 0, size) if missing else input
    pads = [0, 0] * (input.ndim - 1 - dim % input.ndim) + [0, missing]
    found: Tensor = constant_pad_nd(input, pads, 0)
    return found


def _along(name: str, input: Tensor, dim: int) -> int:
    if not -max(input.ndim, 1) <= dim < max(input.ndim, 1):
        raise IndexError(f"{name}(): dim {dim} is not one of the {input.ndim} of the input")
    if input.ndim == 0:
        raise IndexError(f"{name}(): the input needs at least one dim, it has none")
    return dim % input.ndim


def _points(name: str, count: int) -> int:
    if count < 1:
        raise RuntimeError(f"{name}(): {count} points can't be transformed: at least 1 is needed")
    return count


def _settled(
    name: str, input: Tensor, s: Any, dim: Dims
) -> tuple[list[int], list[int]]:
    """The dims to transform and the sizes they are to have."""
    sizes = None if s is None else [s] if isinstance(s, int) else list(s)
    if dim is not None:
        asked = [dim] if isinstance(dim, int) else list(dim)
        dims = [_along(name, input, d) for d in asked]
        if len(set(dims)) != len(dims):
            raise RuntimeError(f"{name}(): a dim stands twice in {asked}")
        if sizes is not None and len(sizes) != len(dims):
            raise RuntimeError(f"{name}(): s has {len(sizes)} sizes for {len(dims)} dims")
    elif sizes is not None:
        if len(sizes) > input.ndim:
            raise RuntimeError(f"{name}(): s has {len(sizes)} sizes, the input {input.ndim} dims")
        dims = list(range(input.ndim - len(sizes), input.ndim))
    else:
        dims = list(range(input.ndim))
    if sizes is None:
        sizes = [-1] * len(dims)
    return dims, [
        _points(name, input.shape[d] if n == -1 else n) for d, n in zip(dims, sizes, strict=True)]


# --- one dim


def _one(name: str, forward: bool) -> Callable[..., Tensor]:
    def transform(
        input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None
    ) -> Tensor:
        scaled = _norm(name, norm, forward)
        input = _ready(name, input, complex_=not forward)
        dim = _along(name, input, dim)
        input = _sized(input, dim, _points(name, input.shape[dim] if n is None else n))
        found: Tensor = (
            _fft_c2c(input, [dim], scaled, forward) if input.is_complex()
            else _fft_r2c(input, [dim], scaled, False))
        return found

    return transform


def _one_half(name: str, forward: bool) -> Callable[..., Tensor]:
    """Real numbers to half of a Hermitian signal: `rfft`, or `ihfft`."""
    def transform(
        input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None
    ) -> Tensor:
        scaled = _norm(name, norm, forward)
        input = _ready(name, input, real=True)
        dim = _along(name, input, dim)
        input = _sized(input, dim, _points(name, input.shape[dim] if n is None else n))
        found: Tensor = _fft_r2c(input, [dim], scaled, True)
        return found if forward else found.conj().resolve_conj()

    return transform


def _one_real(name: str, forward: bool) -> Callable[..., Tensor]:
    """Half of a Hermitian signal to real numbers: `irfft`, or `hfft`."""
    def transform(
        input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None
    ) -> Tensor:
        scaled = _norm(name, norm, forward)
        input = _ready(name, input, complex_=True)
        dim = _along(name, input, dim)
        last = _points(name, 2 * (input.shape[dim] - 1) if n is None else n)
        input = _sized(input, dim, last // 2 + 1)
        found: Tensor = _fft_c2r(input.conj() if forward else input, [dim], scaled, last)
        return found

    return transform


# --- several dims


def _several(name: str, forward: bool) -> Callable[..., Tensor]:
    def transform(input: Tensor, s: Any, dim: Dims, norm: str | None) -> Tensor:
        scaled = _norm(name, norm, forward)
        dims, sizes = _settled(name, input, s, dim)
        input = _ready(name, input, complex_=True)
        for d, n in zip(dims, sizes, strict=True):
            input = _sized(input, d, n)
        found: Tensor = _fft_c2c(input, dims, scaled, forward) if dims else input.clone()
        return found

    return transform


def _several_half(name: str, forward: bool) -> Callable[..., Tensor]:
    def transform(input: Tensor, s: Any, dim: Dims, norm: str | None) -> Tensor:
        scaled = _norm(name, norm, forward)
        dims, sizes = _settled(name, input, s, dim)
        input = _ready(name, input, real=True)
        if not dims:
            raise RuntimeError(f"{name}(): at least one dim must be transformed")
        for d, n in zip(dims, sizes, strict=True):
            input = _sized(input, d, n)
        found: Tensor
        if forward:
            found = _fft_r2c(input, dims, scaled, True)
            return found
        found = _fft_r2c(input, dims[-1:], scaled, True).conj().resolve_conj()
        if dims[1:]:
            found = _fft_c2c(found, dims[:-1], scaled, False)
        return found

    return transform


def _several_real(name: str, forward: bool) -> Callable[..., Tensor]:
    def transform(input: Tensor, s: Any, dim: Dims, norm: str | None) -> Tensor:
        scaled = _norm(name, norm, forward)
        dims, sizes = _settled(name, input, s, dim)
        input = _ready(name, input, complex_=True)
        if not dims:
            raise RuntimeError(f"{name}(): at least one dim must be transformed")
        given = s is not None and (s if isinstance(s, int) else list(s)[-1]) != -1
        last = _points(name, sizes[-1] if given else 2 * (input.shape[dims[-1]] - 1))
        for d, n in zip(dims, [*sizes[:-1], last // 2 + 1], strict=True):
            input = _sized(input, d, n)
        if forward and dims[1:]:
            input = _fft_c2c(input, dims[:-1], scaled, True)
        found: Tensor = (
            _fft_c2r(input.conj(), dims[-1:], scaled, last) if forward
            else _fft_c2r(input, dims, scaled, last))
        return found

    return transform


_COMPLEX = _one, _several
_TO_HALF, _TO_REAL = (_one_half, _several_half), (_one_real, _several_real)
_FAMILY: Any = {  # what it is of, the forward transform's makers, the inverse's
    "": ("complex numbers", _COMPLEX, _COMPLEX),
    "r": ("real numbers, half of which is kept", _TO_HALF, _TO_REAL),
    "h": ("half of a Hermitian signal, which gives real numbers", _TO_REAL, _TO_HALF),
}


def _publish(kind: str, inverse: bool) -> None:
    name, forward = f"fft.{'i' * inverse}{kind}fft", not inverse
    what, *makers = _FAMILY[kind]
    single, several = makers[inverse]
    direction = "inverse " * inverse
    said = f"The {direction}Fourier transform of {what}"
    one = single(name, forward)
    many, two = (several(name + each, forward) for each in "n2")

    def n_dims(
        input: Tensor, s: Any = None, dim: Dims = None, norm: str | None = None
    ) -> Tensor:
        return many(input, s, dim, norm)

    def two_dims(
        input: Tensor, s: Any = None, dim: Dims = (-2, -1), norm: str | None = None
    ) -> Tensor:
        return two(input, s, dim, norm)

    for title, function, where in (
        (name, one, "along one dim, cut or filled up with zeros to n elements"),
        (name + "2", two_dims, "along two dims, cut or filled up with zeros to the sizes s"),
        (name + "n", n_dims, "along several dims (all), cut or filled up with zeros to sizes s"),
    ):
        function.__doc__ = f"""{said}, {where}.

    norm: "backward" scales the inverse by 1/n, "forward" the forward transform, "ortho" both by
    the root. float32, float64 and their complex dtypes; integers count as floats. RuntimeError for
    other dtypes, fewer than 1 point, dims and sizes that do not fit; IndexError for no such dim.
    """
        composite(name=title, method=False, out=True)(function)


for _kind in _FAMILY:
    for _inverse in (False, True):
        _publish(_kind, _inverse)


# --- helpers


def _frequencies(
    name: str, n: int, d: float, half: bool, out: Tensor | None, options: dict[str, Any]
) -> Tensor:
    if n < 1:
        raise RuntimeError(f"{name}(): n must be at least 1, it is {n}")
    places: Tensor = FACE["arange"](n // 2 + 1 if half else n, **options)
    if not half:
        places = FACE["where"](places >= (n + 1) // 2, places - n, places)
    if not places.dtype.is_floating_point and not places.dtype.is_complex:
        places = places.to(dtypes.get_default_dtype())
    places = places * (1.0 / (n * d))
    return places if out is None else out.resize_(places.shape).copy_(places)


@composite(name="fft.fftfreq", method=False)
def fftfreq(n: int, d: float = 1.0, *, out: Tensor | None = None, **options: Any) -> Tensor:
    """The frequencies of the n places of a transform of samples d apart: 0, 1, ..., -1 over n d."""
    options.setdefault("dtype", dtypes.get_default_dtype())
    return _frequencies("fft.fftfreq", n, d, False, out, options)


@composite(name="fft.rfftfreq", method=False)
def rfftfreq(n: int, d: float = 1.0, *, out: Tensor | None = None, **options: Any) -> Tensor:
    """The frequencies of the n // 2 + 1 places that `rfft` gives of n samples d apart."""
    options.setdefault("dtype", dtypes.get_default_dtype())
    return _frequencies("fft.rfftfreq", n, d, True, out, options)


def _rolled(input: Tensor, dim: Dims, shift: Callable[[int], int]) -> Tensor:
    dims = list(range(input.ndim)) if dim is None else [dim] if isinstance(dim, int) else list(dim)
    found: Tensor = input.roll([shift(input.shape[d]) for d in dims], dims) if dims else input
    return found


@composite(name="fft.fftshift", method=False)
def fftshift(input: Tensor, dim: Dims = None) -> Tensor:
    """The elements along the dims (all) rolled so that frequency 0 is in the middle."""
    return _rolled(input, dim, lambda n: n // 2)


@composite(name="fft.ifftshift", method=False)
def ifftshift(input: Tensor, dim: Dims = None) -> Tensor:
    """What `fftshift` did, undone."""
    return _rolled(input, dim, lambda n: (n + 1) // 2)
